/*
 * What an answer of the host makes of a record that was sent from the queue, and what a person is told where one has to look. Pure.
 */
#ifndef PH_DAEMON_PAYMENTS_FORWARD_JUDGE_H
#define PH_DAEMON_PAYMENTS_FORWARD_JUDGE_H

#include "daemon/journal/journal_queue.h"
#include "daemon/payments/acquirer.h"

#include <stdbool.h>

/* So often a request is repeated over a link that may; then it is undone, and asked anew. */
#define PH_REPEATS_MAX 10

struct ph_forward_verdict {
	/* RETRY_WAIT, UNSURE: again after a pause; REJECTED of a reversal, HELD: somebody has to look; ABANDONED: see supersede */
	enum ph_record_state state;
	bool repeat; /* a later attempt says that it is one */
	/* This request must not go out again: a successor asks anew (ph_journal_supersede). */
	bool supersede;
	bool not_now; /* and there is nothing to undo: the host has said that it did nothing */
	bool present_again;	 /* DECLINED, and a person may present it again some day */
	int64_t amount_host;	 /* PARTIAL: minor units that stand */
	const char *hold_reason; /* HELD */
};

/* `request_repeat`: the link may repeat requests (capability of the acquirer). `row` as it was sent, with its attempts counted. */
void ph_forward_judge(const struct ph_record_row *row, const struct ph_host_answer *answer,
	bool request_repeat, struct ph_forward_verdict *ret_verdict);

/* Whether a sale that was declined with this code may be presented again: 51, 61, 65. */
bool ph_forward_may_present_again(const char *response_code);

/* Why a record of a family is work for a person, and what to do: sentences without a full stop. */
struct ph_forward_word {
	const char *reason; /* a word for programs: "late_decline" */
	const char *message, *advice;
};

/* By family, state and response code. NULL: it is no work. */
const struct ph_forward_word *ph_forward_word(const struct ph_record_row *row);

#endif
