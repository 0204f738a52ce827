/* An ESC/POS printer that answers by rule. What it is sent is scanned for requests. */
#ifndef PH_TESTS_DRIVERS_ESCPOS_SIM_H
#define PH_TESTS_DRIVERS_ESCPOS_SIM_H

#include "drivers/escpos/engine.h"
#include "printer_sim.h"

extern struct escpos_printer {
	bool no_asb;	/* ignores GS a */
	bool no_ids;	/* keeps process ids to itself */
	bool no_qr;	/* knows no QR codes */
	bool no_clear;	/* ignores DLE DC4 8 */
	uint8_t no_eot; /* from this one on DLE EOT gets no answer; 0: all do */
	bool forgot;	/* the QR store is empty: it was switched off */
	uint8_t asb[4], eot[5];
	unsigned ids, eots, queries;
	uint32_t last_id;
	char held_ids[64][4];
	unsigned held_count;
} printer;

struct ph_engine *engine(void);

void answer_id(const char id[4]);
void set_asb(uint8_t a, uint8_t b, uint8_t c);
void set_paper(bool there);

/* All that was written, as text; from now on only what comes next. */
const char *written(void);

/* A printer that is switched on. */
void prepare(void);

/* The same, and it has no paper. */
void prepare_without_paper(void);

/* One whose profile states everything, ready. */
void open_ready(const char *connection);

void print_text(const char *text);

/* Nothing of it has left. */
#define GIVEN_BACK(segments)                                                                       \
	"job.end {\"job\":\"j\",\"outcome\":\"lost\",\"segments\":" #segments                      \
	",\"sent\":0,\"confirmed\":0}\n"

#define PROLOGUE "<1b>@<1c>.<1d>aO<1b>t<00>"
#define CLEAR	 "<10><14><08><01><03><14><01><06><02><08>"
#define MARKER	 "<1d>(k<04><00>1P0A"

#endif
