/* Finds the answer of a serial drawer in what it sends: one of two texts of equal length. */
#ifndef PH_DRIVERS_DRAWER_SERIAL_ANSWER_H
#define PH_DRIVERS_DRAWER_SERIAL_ANSWER_H

#include "poshal/driver.h"

#define PH_DRAWER_ANSWER_MAX 8

struct ph_drawer_answers {
	size_t len; /* 0 to PH_DRAWER_ANSWER_MAX; 0: there are none */
	uint8_t open[PH_DRAWER_ANSWER_MAX], closed[PH_DRAWER_ANSWER_MAX];
};

/* The last bytes; rubbish in front of an answer does no harm. */
struct ph_drawer_answer_reader {
	const struct ph_drawer_answers *answers;
	uint8_t last[PH_DRAWER_ANSWER_MAX];
	size_t len;
};

void ph_drawer_answer_init(
	struct ph_drawer_answer_reader *reader, const struct ph_drawer_answers *answers);

/* A question goes out: what came before is no part of its answer. */
void ph_drawer_answer_reset(struct ph_drawer_answer_reader *reader);

/* What is known with this byte; PH_DRAWER_STATE_UNKNOWN: nothing yet. */
enum ph_drawer_state ph_drawer_answer_feed(struct ph_drawer_answer_reader *reader, uint8_t byte);

#endif
