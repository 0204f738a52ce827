// Makes a message of a record by the rules of a dialect and a decision of an answer; sending and matching are the link's.
#include "acquirer/compose.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts of a message that are put together here; nothing of the account. */
struct texts {
	struct ph_iso_message message;
	char amount[13], currency[4], entry[4], sequence[4], cashback[21], original[43];
	uint8_t icc[PH_ISO_ICC_BYTES];
};

static enum ph_iso_icc icc_of(enum ph_action action)
{
	switch (action) {
	case PH_REVERSE:
		return PH_ISO_ICC_REVERSAL;
	case PH_COMPLETE:
	case PH_ADVISE:
		return PH_ISO_ICC_ADVICE;
	case PH_AUTHORIZE:
	case PH_REFUND:
		break;
	}
	return PH_ISO_ICC_REQUEST;
}

void ph_compose_mti(
	const struct ph_composer *composer, const struct ph_record *record, char ret_mti[5])
{
	const struct ph_iso_dialect *dialect = composer->dialect;
	const char *mti = dialect->types[record->type].mti;

	if (record->action == PH_REVERSE)
		mti = dialect->reversal_mti;
	else if (record->action == PH_ADVISE)
		mti = dialect->advice_mti;

	if (record->repeat)
		ph_iso_repeat_mti(mti, ret_mti);
	else
		memcpy(ret_mti, mti, 5);
}

static bool in_rule(const struct ph_iso_rule *rule, unsigned n)
{
	return (rule->must[(n - 1) / 64] | rule->may[(n - 1) / 64]) >> (63 - (n - 1) % 64) & 1;
}

bool ph_compose_wants_once(const struct ph_composer *composer, const struct ph_record *record)
{
	const struct ph_iso_rule *rule;
	char mti[5];

	ph_compose_mti(composer, record, mti);
	rule = ph_iso_rule(composer->dialect, mti);
	return rule && record->once_len && in_rule(rule, 35);
}

static void set_if(struct ph_iso_message *message, unsigned n, const char *text)
{
	if (*text)
		ph_iso_set_text(message, n, text);
}

static void set_till(struct ph_iso_message *message, const struct ph_acquirer_config *config)
{
	set_if(message, 18, config->mcc);
	set_if(message, 19, config->country);
	set_if(message, 24, config->nii);
	set_if(message, 32, config->acquirer_id);
	set_if(message, 33, config->forwarding_id);
	set_if(message, 41, config->tid);
	set_if(message, 42, config->mid);
	set_if(message, 43, config->location);
}

static void set_money(
	struct texts *texts, const struct ph_iso_dialect *dialect, const struct ph_record *record)
{
	struct ph_iso_message *message = &texts->message;

	ph_iso_set_text(message, 3,
		record->cashback && record->type == PH_ISO_SALE
			? dialect->cashback
			: dialect->types[record->type].processing);
	snprintf(texts->amount, sizeof texts->amount, "%012llu",
		(unsigned long long)(record->amount % (PH_RECORD_AMOUNT_MAX + 1)));
	ph_iso_set_text(message, 4, texts->amount);
	snprintf(texts->currency, sizeof texts->currency, "%03u", record->currency_number % 1000);
	ph_iso_set_text(message, 49, texts->currency);
	if (!record->cashback)
		return;
	/* account type 00, amount type 40: cash back; D: taken from the account */
	snprintf(texts->cashback, sizeof texts->cashback, "0040%sD%012llu", texts->currency,
		(unsigned long long)(record->cashback % (PH_RECORD_AMOUNT_MAX + 1)));
	ph_iso_set_text(message, 54, texts->cashback);
}

static void set_card(struct texts *texts, const struct ph_iso_dialect *dialect,
	const struct ph_record *record, const struct ph_account *const accounts[2])
{
	struct ph_iso_message *message = &texts->message;
	const struct ph_account *account = accounts[0], *once = accounts[1];
	int sequence = record->sequence >= 0 ? record->sequence : account->sequence;

	ph_iso_set(message, 2, account->hidden_pan, account->pan_len);
	ph_iso_set(message, 14, account->hidden_expiry, sizeof account->hidden_expiry);
	snprintf(texts->entry, sizeof texts->entry, "%.2s%.1s", dialect->entries[record->entry],
		dialect->pins[record->pin]);
	ph_iso_set_text(message, 22, texts->entry);
	if (sequence >= 0) {
		snprintf(texts->sequence, sizeof texts->sequence, "%03d", sequence % 100);
		ph_iso_set_text(message, 23, texts->sequence);
	}
	if (once && once->track2_len)
		ph_iso_set(message, 35, once->hidden_track2, once->track2_len);
}

static void set_original(
	struct texts *texts, const struct ph_composer *composer, const struct ph_record *record)
{
	const struct ph_acquirer_config *config = composer->config;
	struct ph_iso_message *message = &texts->message;

	if (record->action == PH_REVERSE)
		ph_iso_set_text(message, 39, composer->dialect->reasons[record->reason]);
	if (!record->original_stan[0])
		return;
	const char *mti = record->original_mti;
	if (!mti[0]) /* what such a message is in this dialect */
		mti = composer->dialect
			      ->types[record->action == PH_COMPLETE ? PH_ISO_PREAUTH : record->type]
			      .mti;
	snprintf(texts->original, sizeof texts->original, "%s%s%s%011llu%011llu", mti,
		record->original_stan, record->original_transmission,
		strtoull(config->acquirer_id, NULL, 10), strtoull(config->forwarding_id, NULL, 10));
	ph_iso_set_text(message, 90, texts->original);
	set_if(message, 38, record->approval_code);
}

/* Field 39 is in the message where the rule has it; the chip's own code is in tag 8A in any case. */
static void set_approval(struct ph_iso_message *message, const struct ph_record *record)
{
	if (record->action != PH_ADVISE)
		return;
	set_if(message, 38, record->approval_code);
	set_if(message, 39, record->arc);
}

/* Fields that tell what the type does not. They are in the message whatever its rule says. */
static void set_mark(struct ph_iso_message *message, const struct ph_iso_dialect *dialect,
	const struct ph_record *record)
{
	enum ph_iso_mark mark = record->voice ? PH_ISO_VOICE : PH_ISO_DEFERRED;

	for (unsigned i = 0; (record->voice || record->deferred) && i < PH_ISO_MARKS_MAX; i++)
		if (dialect->marks[mark][i].field)
			ph_iso_set_text(message, dialect->marks[mark][i].field,
				dialect->marks[mark][i].value);
}

static int set_icc(struct texts *texts, const struct ph_iso_dialect *dialect,
	const struct ph_record *record, char why[PH_RECORD_WHY_SIZE])
{
	uint32_t missing = 0;
	ssize_t n;

	if (!record->icc_len)
		return 0;
	n = ph_iso_icc_filter(dialect, icc_of(record->action), record->icc, record->icc_len,
		texts->icc, &missing);
	if (n == -ENOENT)
		snprintf(why, PH_RECORD_WHY_SIZE, "$.icc_b64: tag %X is missing", missing);
	else if (n < 0)
		snprintf(why, PH_RECORD_WHY_SIZE, "$.icc_b64: is no TLV, or too long");
	if (n < 0)
		return -EINVAL;
	ph_iso_set(&texts->message, 55, texts->icc, (size_t)n);
	return 0;
}

/* Leaves in the message what the rule has, and finds what must be there and is not. */
static int apply_rule(struct ph_iso_message *message, const struct ph_iso_rule *rule, bool chip,
	struct ph_iso_error *ret_error)
{
	for (unsigned half = 0; half < 2; half++) {
		uint64_t keep = rule->must[half] | rule->may[half] | (chip ? rule->chip[half] : 0);
		uint64_t missing = rule->must[half] & ~message->present[half];

		message->present[half] &= keep;
		if (!missing)
			continue;
		ret_error->field = 64 * half + (unsigned)__builtin_clzll(missing) + 1;
		ret_error->what = "has to be in this message, and there is no value";
		return -EINVAL;
	}
	return 0;
}

static int keep_ruled(const struct ph_composer *composer, struct ph_iso_message *message, bool chip,
	char why[PH_RECORD_WHY_SIZE])
{
	const struct ph_iso_dialect *dialect = composer->dialect;
	const struct ph_iso_rule *rule = ph_iso_rule(dialect, message->mti);
	struct ph_iso_error error = {.what = "is not in this dialect"};

	if (rule && apply_rule(message, rule, chip, &error) == 0)
		return 0;
	ph_iso_error_text(&dialect->table, &error, why, PH_RECORD_WHY_SIZE);
	return -EINVAL;
}

static ssize_t pack(const struct ph_composer *composer, struct ph_iso_message *message,
	uint8_t *out, size_t size, char why[PH_RECORD_WHY_SIZE])
{
	const struct ph_iso_dialect *dialect = composer->dialect;
	size_t front = ph_iso_front(&dialect->framing);
	struct ph_iso_error error = {.what = "is too long"};
	ssize_t n = -EINVAL;

	if (size > front)
		n = ph_iso_pack(&dialect->table, message, out + front, size - front, &error);
	if (n < 0) {
		ph_iso_error_text(&dialect->table, &error, why, PH_RECORD_WHY_SIZE);
		return -EINVAL;
	}
	return (ssize_t)ph_iso_frame_close(&dialect->framing, out, (size_t)n);
}

ssize_t ph_compose(const struct ph_composer *composer, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint8_t *out, size_t size,
	char why[PH_RECORD_WHY_SIZE])
{
	const struct ph_iso_dialect *dialect = composer->dialect;
	struct texts texts;
	struct ph_iso_message *message = &texts.message;
	char mti[5];

	ph_compose_mti(composer, record, mti);
	ph_iso_init(message, mti);
	set_till(message, composer->config);
	set_money(&texts, dialect, record);
	ph_iso_set_text(message, 7, record->transmission);
	ph_iso_set_text(message, 11, record->stan);
	ph_iso_set_text(message, 12, record->local_time);
	ph_iso_set_text(message, 13, record->local_date);
	ph_iso_set_text(message, 25, dialect->types[record->type].condition);
	ph_iso_set_text(message, 37, record->rrn);
	set_card(&texts, dialect, record, accounts);
	set_original(&texts, composer, record);
	set_approval(message, record);
	if (set_icc(&texts, dialect, record, why) < 0)
		return -EINVAL;
	if (keep_ruled(composer, message, record->entry == PH_ISO_CHIP, why) < 0)
		return -EINVAL;
	set_mark(message, dialect, record);
	return pack(composer, message, out, size, why);
}

/* ---- totals ---- */

/* Fields of the sums, in the order of enum ph_total. */
static const unsigned count_fields[] = {74, 75, 76, 77}, amount_fields[] = {86, 87, 88, 89};

void ph_compose_totals_mti(
	const struct ph_composer *composer, const struct ph_totals *totals, char ret_mti[5])
{
	const char *mti = composer->dialect->reconcile.mti;

	if (totals->repeat && *mti)
		ph_iso_repeat_mti(mti, ret_mti);
	else
		memcpy(ret_mti, mti, 5);
}

/* What is left of debits and credits after their reversals; the host says which sign that has. */
static void write_net(
	const struct ph_iso_dialect *dialect, const struct ph_totals *totals, char out[18])
{
	const struct ph_sum *sums = totals->sums;
	uint64_t debits = sums[PH_DEBITS].amount + sums[PH_CREDIT_REVERSALS].amount;
	uint64_t credits = sums[PH_CREDITS].amount + sums[PH_DEBIT_REVERSALS].amount;
	bool more = debits >= credits;

	snprintf(out, 18, "%.1s%016llu",
		more ? dialect->reconcile.debits : dialect->reconcile.credits,
		(unsigned long long)((more ? debits - credits : credits - debits) %
				     10000000000000000ull));
}

ssize_t ph_compose_totals(const struct ph_composer *composer, const struct ph_totals *totals,
	uint8_t *out, size_t size, char why[PH_RECORD_WHY_SIZE])
{
	char counts[PH_TOTAL_COUNT_][11], amounts[PH_TOTAL_COUNT_][17], currency[4], net[18],
		mti[5];
	struct ph_iso_message message;

	ph_compose_totals_mti(composer, totals, mti);
	ph_iso_init(&message, mti);
	set_till(&message, composer->config);
	ph_iso_set_text(&message, 7, totals->transmission);
	ph_iso_set_text(&message, 11, totals->stan);
	snprintf(currency, sizeof currency, "%03u", totals->currency_number % 1000);
	ph_iso_set_text(&message, 50, currency);
	for (unsigned i = 0; i < PH_TOTAL_COUNT_; i++) {
		snprintf(counts[i], sizeof counts[i], "%010llu",
			(unsigned long long)(totals->sums[i].count % 10000000000ull));
		snprintf(amounts[i], sizeof amounts[i], "%016llu",
			(unsigned long long)(totals->sums[i].amount % 10000000000000000ull));
		ph_iso_set_text(&message, count_fields[i], counts[i]);
		ph_iso_set_text(&message, amount_fields[i], amounts[i]);
	}
	write_net(composer->dialect, totals, net);
	ph_iso_set_text(&message, 97, net);
	if (keep_ruled(composer, &message, false, why) < 0)
		return -EINVAL;
	return pack(composer, &message, out, size, why);
}

ssize_t ph_compose_network(const struct ph_composer *composer, const char *stan,
	const char *transmission, const char *code, uint8_t *out, size_t size)
{
	struct ph_iso_message message;
	char why[PH_RECORD_WHY_SIZE];

	ph_iso_init(&message, "0800");
	set_till(&message, composer->config);
	ph_iso_set_text(&message, 7, transmission);
	ph_iso_set_text(&message, 11, stan);
	ph_iso_set_text(&message, 70, code);
	if (keep_ruled(composer, &message, false, why) < 0)
		return -EINVAL;
	return pack(composer, &message, out, size, why);
}

ssize_t ph_compose_network_answer(const struct ph_composer *composer,
	const struct ph_iso_message *request, const char *response, uint8_t *out, size_t size)
{
	static const unsigned echoed[] = {7, 11, 24, 32, 33, 41, 42, 70};
	struct ph_iso_message message;
	char why[PH_RECORD_WHY_SIZE];

	ph_iso_init(&message, "0810");
	for (unsigned i = 0; i < PH_ARRAY_SIZE(echoed); i++) {
		const struct ph_iso_value *value = ph_iso_get(request, echoed[i]);

		if (value)
			ph_iso_set(&message, echoed[i], value->data, value->len);
	}
	ph_iso_set_text(&message, 39, response);
	if (keep_ruled(composer, &message, false, why) < 0)
		return -EINVAL;
	return pack(composer, &message, out, size, why);
}

/* ---- answers ---- */

/* A value as text, without spaces at its end, at most size - 1 characters; whatever is not ASCII becomes '?'. */
static void copy_text(const struct ph_iso_message *answer, unsigned n, char *out, size_t size)
{
	const struct ph_iso_value *value = ph_iso_get(answer, n);
	size_t len = value ? value->len : 0;

	while (len && value->data[len - 1] == ' ')
		len--;
	if (len > size - 1)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = value->data[i] < 0x7f ? (char)value->data[i] : '?';
	out[len] = '\0';
}

/* Digits of a field, at most 16 of them. */
static bool read_number(const struct ph_iso_message *answer, unsigned n, uint64_t *ret_number)
{
	const struct ph_iso_value *value = ph_iso_get(answer, n);
	uint64_t number = 0;

	if (!value)
		return false;
	for (size_t i = 0; i < value->len; i++)
		number = number * 10 + value->data[i] - '0';
	*ret_number = number;
	return true;
}

int ph_decide(const struct ph_iso_dialect *dialect, const struct ph_iso_message *answer,
	uint64_t amount, struct ph_decision *ret_decision)
{
	const struct ph_iso_value *code = ph_iso_get(answer, 39), *icc = ph_iso_get(answer, 55);
	struct ph_decision decision = {0};
	ssize_t n;

	if (!code || code->len != 2)
		return -EBADMSG;
	memcpy(decision.response_code, code->data, 2);
	decision.decision = ph_iso_decide(dialect, code->data);
	decision.has_amount = read_number(answer, 4, &decision.amount);
	if (decision.decision == PH_ISO_UNKNOWN || ph_decision_settle(&decision, amount) < 0)
		return -EBADMSG;
	copy_text(answer, 38, decision.approval_code, sizeof decision.approval_code);
	copy_text(answer, 37, decision.rrn, sizeof decision.rrn);
	copy_text(answer, 15, decision.settlement, sizeof decision.settlement);
	copy_text(answer, ph_iso_has(answer, 44) ? 44 : 63, decision.host_text,
		sizeof decision.host_text);
	ph_hide_numbers(decision.host_text);
	n = icc ? ph_iso_icc_answer(dialect, icc->data, icc->len, decision.issuer) : 0;
	decision.issuer_len = n > 0 ? (size_t)n : 0;
	*ret_decision = decision;
	return 0;
}

static enum ph_balance_state balance_of(const struct ph_iso_message *answer, const char code[3])
{
	const struct ph_iso_value *settled = ph_iso_get(answer, 66);
	bool good = !strcmp(code, "00"), wrong = !strcmp(code, "95");

	if (settled && settled->data[0] == '2')
		return PH_OUT_OF_BALANCE;
	/* a host that contradicts itself has said nothing good */
	if (settled)
		return settled->data[0] == '1' && !wrong ? PH_IN_BALANCE : PH_BALANCE_ERROR;
	if (wrong)
		return PH_OUT_OF_BALANCE;
	return good ? PH_IN_BALANCE : PH_BALANCE_ERROR;
}

int ph_balance_read(const struct ph_iso_message *answer, struct ph_balance *ret_balance)
{
	struct ph_balance balance = {.has_totals = true};

	if (!ph_iso_has(answer, 39) && !ph_iso_has(answer, 66))
		return -EBADMSG;
	copy_text(answer, 39, balance.response_code, sizeof balance.response_code);
	balance.state = balance_of(answer, balance.response_code);
	for (unsigned i = 0; i < PH_TOTAL_COUNT_; i++)
		if (!read_number(answer, count_fields[i], &balance.totals[i].count) ||
			!read_number(answer, amount_fields[i], &balance.totals[i].amount))
			balance.has_totals = false;
	copy_text(answer, 15, balance.settlement, sizeof balance.settlement);
	copy_text(answer, ph_iso_has(answer, 44) ? 44 : 63, balance.host_text,
		sizeof balance.host_text);
	ph_hide_numbers(balance.host_text);
	*ret_balance = balance;
	return 0;
}
