/* A Star printer that answers by rule: `sim.seen` bytes have arrived, `done` of them are obeyed. */
#ifndef PH_TESTS_DRIVERS_STAR_SIM_H
#define PH_TESTS_DRIVERS_STAR_SIM_H

#include "drivers/star/engine.h"
#include "printer_sim.h"

extern struct star_printer {
	bool no_counter; /* does not know ESC GS ETX */
	bool no_etb;	 /* does not know ETB */
	bool stuck;	 /* inside of a command: obeys nothing but real-time commands */
	unsigned forget; /* so many next answers of ESC GS ETX 1 are lost */
	bool no_reset_help;
	bool prnt;	     /* says that it speaks StarPRNT */
	bool no_known_model; /* is one of which nobody knows */
	uint8_t asb[9];
	size_t done;
	uint8_t counter, etb;
	unsigned asks, counts, resets;
} printer;

struct ph_star_engine *engine(void);

void send_asb(void);
void set_status(uint8_t state, uint8_t error, uint8_t paper);

/* All that was written, as text. A printer that holds keeps it in its buffer nevertheless. */
const char *written(void);

/* A printer that is switched on. */
void prepare(void);

/* One whose profile states everything, ready. */
void open_ready(const char *connection);

#define ASK	 "<1b><1e>a<01><1b><06><01>"
#define TIMES	 "<1b><07><14><14>"
#define PROLOGUE "<1b>@<1b>z<01><1b><1d>t<01>"
#define SYNC	 TIMES "<1b><1d><03><04><00><00>" PROLOGUE "<1b><1d><03><00><00><00>"
#define CLEAR	 "<1b><1d><03><02><00><00>"
#define COUNT	 "<1b><1d><03><01>"
#define RESET	 "<1b><06><18>"

#endif
