/*
 * A printer driver on a bench with a scripted printer, whatever its language: the script is sim_answer(), of escpos_sim.c or
 * star_sim.c. Time moves by hand.
 */
#ifndef PH_TESTS_DRIVERS_PRINTER_SIM_H
#define PH_TESTS_DRIVERS_PRINTER_SIM_H

#include <check.h>
#include <string.h>

#include "bench.h"

#define STEP_MS 10

extern struct printer_sim {
	struct bench bench;
	bool single;	     /* answers are fed byte by byte */
	bool mute;	     /* answers nothing */
	bool held;	     /* out of paper: what is in the buffer waits */
	size_t seen;	     /* bytes written by the driver that have arrived */
	struct ph_buf lines; /* all notifications */
} sim;

/* The driver, and what its printer does with bytes that are new; until nothing new comes. */
extern const struct ph_driver *const sim_driver;
void sim_answer(void);

void feed(const void *data, size_t len);
void pump(void);
void run(unsigned ms);

/* The notifications since the last call. */
const char *lines(void);

void open_with(const char *connection, const char *const *options);
void finish(void);

/* A document of `count` numbered lines and more nodes behind them. */
void print(const char *mode, unsigned count, const char *more);

unsigned count_of(const char *text, const char *what);

/* Runs what `add` adds; the exit status of the program. */
int run_suite(const char *name, void (*add)(TCase *tc));

#define ASSERT_HAS(text, what)                                                                     \
	do {                                                                                       \
		const char *has_ = (text);                                                         \
		ck_assert_msg(has_ &&strstr(has_, what), "no '%s' in:\n%s", what,                  \
			has_ ? has_ : "nothing");                                                  \
	} while (0)

#define ENDED(outcome, segments, confirmed)                                                        \
	"job.end {\"job\":\"j\",\"outcome\":\"" outcome "\",\"segments\":" #segments               \
	",\"confirmed\":" #confirmed

#endif
