/* What result codes and statuses mean, for people. Source: PA00P015, chapters "Error messages" and "Intermediate status". */
#ifndef PH_PROTOCOLS_ZVT_CODES_H
#define PH_PROTOCOLS_ZVT_CODES_H

#include <stdint.h>

/* A sentence without a full stop; never NULL. */
const char *ph_zvt_result_text(uint8_t code);

/* The kinds of cards of the totals (bitmap 60), in their order; NULL behind the last. */
const char *ph_zvt_kind_text(unsigned kind);

/* Kinds of what goes on at a terminal. */
enum ph_zvt_phase {
	PH_ZVT_PHASE_OTHER,
	PH_ZVT_PHASE_CARD, /* waits for a card: it can be aborted */
	PH_ZVT_PHASE_READING,
	PH_ZVT_PHASE_PIN,
	PH_ZVT_PHASE_CHOICE,
	PH_ZVT_PHASE_HOST,
	PH_ZVT_PHASE_REVERSING, /* it undoes a transaction by itself */
	PH_ZVT_PHASE_REMOVE,
};

struct ph_zvt_status {
	enum ph_zvt_phase phase;
	const char *text; /* NULL: nothing is known of it */
};

/* An intermediate status; 40 hex added to one says "remove the card" as well. */
struct ph_zvt_status ph_zvt_status_of(uint8_t status);

/* The state of a terminal in a status enquiry: NULL when it is ready. */
const char *ph_zvt_state_text(uint8_t state);

#endif
