// Judges the host's answers to what is sent from the queue. Storing and telling it is left to forward.c.
#include "daemon/payments/forward_judge.h"

#include "base/cleanup.h"

#include <string.h>

#define REFUSED_HOLD  "acquirer_refused"
#define AMOUNT_HOLD   "no_amount"
#define PRESENT_AGAIN "51 61 65"

/* ---- what may be relied on ---- */

static bool has_code(const char *codes, const char *code)
{
	for (const char *at = codes; at && *at; at += at[2] ? 3 : 2)
		if (!strncmp(at, code, 2) && code[0])
			return true;
	return false;
}

bool ph_forward_may_present_again(const char *response_code)
{
	return has_code(PRESENT_AGAIN, response_code);
}

/* Less than was sent, and more than nothing; 0: what was taken is not known. */
static int64_t partial_amount(const struct ph_record_row *row, const struct ph_host_answer *answer)
{
	const cJSON *amount = cJSON_GetObjectItemCaseSensitive(answer->result, "amount_approved");

	if (!cJSON_IsNumber(amount) || amount->valuedouble < 1 ||
		amount->valuedouble >= (double)row->amount)
		return 0;
	return (int64_t)amount->valuedouble;
}

static const char *code_of(const struct ph_host_answer *answer)
{
	const char *code = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(answer->result, "response_code"));

	return code ? code : "";
}

/* The host has said yes to what is undone: it cannot be without it. */
static bool host_had_it(const struct ph_record_row *row)
{
	return strcmp(row->reason, "timeout") != 0 || row->original_approval[0];
}

static void set(struct ph_forward_verdict *verdict, enum ph_record_state state, bool repeat)
{
	verdict->state = state;
	verdict->repeat = repeat;
}

/* ---- by kind ---- */

/* It has it, or it will get it again. */
static void judge_reversal(const struct ph_record_row *row, const struct ph_host_answer *answer,
	struct ph_forward_verdict *verdict)
{
	switch (answer->decision) {
	case PH_HOST_APPROVED:
	case PH_HOST_PARTIAL:
	case PH_HOST_DUPLICATE: /* it has had it */
		set(verdict, PH_RECORD_APPROVED, row->repeat);
		return;
	case PH_HOST_NOT_FOUND: /* the original never arrived */
		if (host_had_it(row))
			set(verdict, PH_RECORD_REJECTED, true);
		else
			set(verdict, PH_RECORD_APPROVED, row->repeat);
		return;
	case PH_HOST_NOT_SENT:
		set(verdict, PH_RECORD_RETRY_WAIT, row->repeat);
		return;
	case PH_HOST_NO_ANSWER:
		set(verdict, PH_RECORD_UNSURE, true);
		return;
	case PH_HOST_SOFT:
		set(verdict, PH_RECORD_RETRY_WAIT, true);
		return;
	case PH_HOST_DECLINED:
	case PH_HOST_REFERRED:
	case PH_HOST_FORMAT:
		set(verdict, PH_RECORD_REJECTED, true);
		return;
	case PH_HOST_REFUSED: /* it has not left */
		set(verdict, PH_RECORD_REJECTED, row->repeat);
		return;
	}
}

/* What the acquirer makes no message of: one that may have arrived before, and one whose money is out, are not given up for it. */
static void judge_refused(const struct ph_record_row *row, struct ph_forward_verdict *verdict)
{
	bool held = ph_record_family(row->kind) != PH_FAMILY_NONE || row->repeat;

	set(verdict, held ? PH_RECORD_HELD : PH_RECORD_REJECTED, row->repeat);
	verdict->hold_reason = held ? REFUSED_HOLD : NULL;
}

/* Completions, and what card or issuer have approved: repeated with the same fields until there is an answer. */
static void judge_advice(const struct ph_record_row *row, const struct ph_host_answer *answer,
	struct ph_forward_verdict *verdict)
{
	switch (answer->decision) {
	case PH_HOST_APPROVED:
		set(verdict, PH_RECORD_APPROVED, true);
		return;
	case PH_HOST_PARTIAL: /* its answer to a repeat would be the same */
		verdict->amount_host = partial_amount(row, answer);
		set(verdict, verdict->amount_host ? PH_RECORD_PARTIAL : PH_RECORD_HELD, true);
		verdict->hold_reason = verdict->amount_host ? NULL : AMOUNT_HOLD;
		return;
	case PH_HOST_DUPLICATE: /* to a repeat: it has had it */
		set(verdict, row->repeat ? PH_RECORD_APPROVED : PH_RECORD_REJECTED, true);
		return;
	case PH_HOST_DECLINED:
		set(verdict, PH_RECORD_DECLINED, true);
		return;
	case PH_HOST_REFERRED:
		set(verdict, PH_RECORD_REFERRED, true);
		return;
	case PH_HOST_FORMAT:
	case PH_HOST_NOT_FOUND:
		set(verdict, PH_RECORD_REJECTED, true);
		return;
	case PH_HOST_SOFT:
		set(verdict, PH_RECORD_RETRY_WAIT, true);
		return;
	case PH_HOST_REFUSED:
		judge_refused(row, verdict);
		return;
	case PH_HOST_NOT_SENT:
		set(verdict, PH_RECORD_RETRY_WAIT, row->repeat);
		return;
	case PH_HOST_NO_ANSWER:
		set(verdict, PH_RECORD_UNSURE, true);
		return;
	}
}

/* What the host has done is not known. One that answers a repeat from its log never says it otherwise. */
static void judge_lost(
	const struct ph_record_row *row, bool request_repeat, struct ph_forward_verdict *verdict)
{
	if (request_repeat && row->attempts < PH_REPEATS_MAX) {
		set(verdict, PH_RECORD_RETRY_WAIT, true);
		return;
	}
	set(verdict, PH_RECORD_ABANDONED, row->repeat);
	verdict->supersede = true;
}

/*
 * It has moved nothing, and hosts answer a number they have seen from their log: others are taken. Of an earlier attempt it does
 * not say whether that arrived.
 */
static void judge_not_now(
	const struct ph_record_row *row, bool request_repeat, struct ph_forward_verdict *verdict)
{
	if (row->repeat) {
		judge_lost(row, request_repeat, verdict);
		return;
	}
	set(verdict, PH_RECORD_ABANDONED, false);
	verdict->supersede = verdict->not_now = true;
}

/* Requests that nobody has approved yet. */
static void judge_request(const struct ph_record_row *row, const struct ph_host_answer *answer,
	bool request_repeat, struct ph_forward_verdict *verdict)
{
	switch (answer->decision) {
	case PH_HOST_APPROVED:
		set(verdict, PH_RECORD_APPROVED, row->repeat);
		return;
	case PH_HOST_PARTIAL:
		verdict->amount_host = partial_amount(row, answer);
		if (verdict->amount_host)
			set(verdict, PH_RECORD_PARTIAL, row->repeat);
		else
			judge_lost(row, false, verdict);
		return;
	case PH_HOST_DUPLICATE:
		/* that it has had an earlier attempt does not say what it decided; of the first to arrive nobody knows what it was */
		if (row->repeat)
			judge_lost(row, false, verdict);
		else
			set(verdict, PH_RECORD_REJECTED, row->repeat);
		return;
	case PH_HOST_DECLINED:
		set(verdict, PH_RECORD_DECLINED, row->repeat);
		verdict->present_again = ph_forward_may_present_again(code_of(answer));
		return;
	case PH_HOST_REFERRED:
		set(verdict, PH_RECORD_REFERRED, row->repeat);
		return;
	case PH_HOST_FORMAT:
	case PH_HOST_NOT_FOUND:
		set(verdict, PH_RECORD_REJECTED, row->repeat);
		return;
	case PH_HOST_SOFT:
		judge_not_now(row, request_repeat, verdict);
		return;
	case PH_HOST_NOT_SENT:
		set(verdict, PH_RECORD_RETRY_WAIT, row->repeat);
		return;
	case PH_HOST_REFUSED:
		judge_refused(row, verdict);
		return;
	case PH_HOST_NO_ANSWER:
		judge_lost(row, request_repeat, verdict);
		return;
	}
}

void ph_forward_judge(const struct ph_record_row *row, const struct ph_host_answer *answer,
	bool request_repeat, struct ph_forward_verdict *ret_verdict)
{
	struct ph_forward_verdict verdict = {.state = PH_RECORD_UNSURE, .repeat = true};

	if (row->kind == PH_RECORD_REVERSAL)
		judge_reversal(row, answer, &verdict);
	else if (ph_record_family(row->kind) == PH_FAMILY_STAND_IN)
		judge_request(row, answer, request_repeat, &verdict);
	else
		judge_advice(row, answer, &verdict);
	*ret_verdict = verdict;
}

/* ---- words ---- */

static const struct row {
	enum ph_family family; /* PH_FAMILY_NONE: any */
	enum ph_record_state state;
	const char *codes; /* NULL: any; of HELD: the hold reason */
	struct ph_forward_word word;
} rows[] = {
	{PH_FAMILY_STAND_IN, PH_RECORD_DECLINED, PRESENT_AGAIN,
		{"late_decline",
			"the issuer has declined it after the customer left: the account or its "
			"limit is exhausted for now",
			"contact the customer, or present it again after a day with `poshalctl "
			"queue again`"}},
	{PH_FAMILY_STAND_IN, PH_RECORD_DECLINED, "04 07 34 41 43 67",
		{"late_decline",
			"the issuer has declined it after the customer left: the card is lost, "
			"stolen or suspected",
			"do not present it again; keep receipt and recordings, and call the "
			"acquirer"}},
	{PH_FAMILY_STAND_IN, PH_RECORD_DECLINED, "14 54 33",
		{"late_decline",
			"the issuer has declined it after the customer left: the card does not "
			"exist or has expired",
			"contact the customer; it is not paid for"}},
	{PH_FAMILY_STAND_IN, PH_RECORD_DECLINED, NULL,
		{"late_decline", "the issuer has declined it after the customer left",
			"contact the customer; it is not paid for"}},
	{PH_FAMILY_ADVICE, PH_RECORD_DECLINED, NULL,
		{"late_decline",
			"the host does not take what card or issuer have approved at the till",
			"call the acquirer with the receipt: an approval is proven by its "
			"cryptogram or its code"}},
	{PH_FAMILY_NONE, PH_RECORD_REFERRED, NULL,
		{"late_referral", "the issuer wants to be called before it approves",
			"call the issuer with the receipt; when it agrees, ask the host again with "
			"`poshalctl queue again`"}},
	{PH_FAMILY_NONE, PH_RECORD_PARTIAL, NULL,
		{"late_partial", "the issuer has approved less than was sold",
			"contact the customer for the rest, or write it off"}},
	{PH_FAMILY_NONE, PH_RECORD_REJECTED, "94",
		{"duplicate",
			"the host says it has had a message with this number, and this was "
			"the first",
			"call the acquirer: the number was used by another till, or by a restored "
			"backup"}},
	{PH_FAMILY_NONE, PH_RECORD_REJECTED, NULL,
		{"rejected", "the host does not understand the message",
			"call the acquirer: the dialect or the merchant's set-up is wrong; then "
			"`poshalctl queue again`"}},
	{PH_FAMILY_NONE, PH_RECORD_EXPIRED, NULL,
		{"expired", "it is older than what may be sent (forward_hours)",
			"call the acquirer: it may take it by telephone; or `poshalctl queue "
			"again`"}},
	{PH_FAMILY_NONE, PH_RECORD_HELD, PH_HELD_UNANSWERED,
		{PH_HELD_UNANSWERED,
			"the host does not answer it, or not so that it can be relied on; each "
			"time it was undone and asked anew",
			"call the acquirer with the numbers of `poshalctl pay get`; then "
			"`poshalctl queue release`, or void it"}},
	{PH_FAMILY_NONE, PH_RECORD_HELD, PH_HELD_NOT_NOW,
		{PH_HELD_NOT_NOW,
			"the host has said \"not now\" to it too often (91, 96), each time with "
			"a number of its own",
			"call the acquirer; then `poshalctl queue release`, or void it"}},
	{PH_FAMILY_NONE, PH_RECORD_HELD, PH_HELD_RESTORED,
		{PH_HELD_RESTORED,
			"the journal was put back from a backup: the host may have had this since",
			"look into the acquirer's list: where it is not, `poshalctl queue "
			"release`; where it is, or to be sure, void it"}},
	{PH_FAMILY_NONE, PH_RECORD_HELD, AMOUNT_HOLD,
		{AMOUNT_HOLD, "the host has approved a part of it, and does not say how much",
			"call the acquirer with the numbers of `poshalctl pay get`; when it is "
			"mended, `poshalctl queue release`"}},
	{PH_FAMILY_NONE, PH_RECORD_HELD, NULL,
		{"acquirer_refused", "poshal-acquirer makes no message of it",
			"see its log; when it is mended, `poshalctl queue release`"}},
};

static bool is_of(const struct row *of, const struct ph_record_row *row)
{
	if (!of->codes)
		return true;
	return row->state == PH_RECORD_HELD ? !strcmp(of->codes, row->hold_reason)
					    : has_code(of->codes, row->response_code);
}

const struct ph_forward_word *ph_forward_word(const struct ph_record_row *row)
{
	enum ph_family family = ph_record_family(row->kind);

	for (size_t i = 0; family != PH_FAMILY_NONE && i < PH_ARRAY_SIZE(rows); i++) {
		if (rows[i].state != row->state ||
			(rows[i].family != PH_FAMILY_NONE && rows[i].family != family))
			continue;
		if (is_of(&rows[i], row))
			return &rows[i].word;
	}
	return NULL;
}
