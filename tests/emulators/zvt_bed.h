/* The driver zvt and the emulated terminal with a line between them that a test can cut anywhere. Time is by hand. */
#ifndef PH_TESTS_EMULATORS_ZVT_BED_H
#define PH_TESTS_EMULATORS_ZVT_BED_H

#include "drivers/registry.h"
#include "emulators/models/zvt.h"
#include "tests/drivers/bench.h"

#include <check.h>

#define ZVT_NEVER SIZE_MAX

extern struct bench bench;
extern struct ph_emu_terminal terminal;

/* Bytes that have arrived, and behind how many of them the line is cut, once: from then on nothing arrives until line_back(). */
struct zvt_way {
	size_t bytes, cut_at;
};
struct zvt_line {
	struct zvt_way to_terminal, to_till;
	bool cut;    /* nothing passes */
	bool unseen; /* neither side sees that it is cut: a plug of a serial line that was pulled */
	bool pending;	 /* it was cut, and nobody has looked yet */
	unsigned opened; /* how often a connection was opened again */
};
extern struct zvt_line line;
extern char ending[1024];    /* the line of the last payment.end */
extern char progress[4096];  /* the same of payment.progress */
extern char receipts[16384]; /* the lines of payment.receipt since it was emptied */

uint64_t now_us(void);
void start(bool serial, const struct ph_emu_terminal_config *config, const char *const *options);
void stop(void);
void pass(unsigned ms);
void line_back(void);

/* A payment of a type, with what belongs to it ("" or ",\"original\":..."); does not wait for its end. */
void begin(const char *type, unsigned n, unsigned amount, const char *more);
/* Lets time pass until it has ended. */
const char *end(void);
const char *sale(unsigned n, unsigned amount);
bool told(const char *words);
#define approved()  told("\"outcome\":\"approved\"")
#define uncertain() told("\"outcome\":\"uncertain\"")

/* What the payment that has just ended is called in a later one that is about it: the end of a request. */
const char *original(void);

/* A command that moves money or closes the day, about a first payment where there is one, and whether the ledger says that it happened. */
struct zvt_command {
	const char *first, *type;
	unsigned amount;
	bool (*happened)(void);
};
#define ZVT_COMMANDS 6
extern const struct zvt_command commands[ZVT_COMMANDS];
/* Takes the first payment, if any; returns what belongs to begin(). */
const char *prepare(const struct zvt_command *command);

/* Transactions of this kind and amount that stand in the ledger. */
unsigned stand(enum ph_emu_terminal_kind kind, unsigned amount);
#define held(amount) stand(PH_EMU_TERMINAL_SALE, amount)

#endif
