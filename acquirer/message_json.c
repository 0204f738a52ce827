// Makes JSON of a record and a decision of JSON; HTTP and TLS around it are link_https.c's.
#include "acquirer/message_json.h"

#include "acquirer/reader.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* Data of a chip as each gateway gets it; account data is left out in any case. What the card gets of an answer is the last. */
static const struct ph_iso_dialect chip = {
	.icc_may = {[PH_ISO_ICC_REQUEST] = {.tags = {0x82, 0x84, 0x95, 0x9a, 0x9c, 0x5f2a, 0x5f34,
						    0x9f02, 0x9f03, 0x9f06, 0x9f09, 0x9f10, 0x9f1a,
						    0x9f1e, 0x9f26, 0x9f27, 0x9f33, 0x9f34, 0x9f35,
						    0x9f36, 0x9f37, 0x9f41, 0x9f53, 0x9f5b, 0x9f66,
						    0x9f6e, 0x9f7c, 0x4f, 0x8a},
			    .len = 29}},
	.icc_answer = {.tags = {0x91, 0x8a, 0x71, 0x72, 0x89}, .len = 5},
};

struct writer {
	char *out;
	size_t size, len;
	bool full;
};

static void put(struct writer *writer, const void *data, size_t len)
{
	if (len > writer->size - writer->len) {
		writer->full = true;
		return;
	}
	memcpy(writer->out + writer->len, data, len);
	writer->len += len;
}

static void put_text(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

/* A member with a text; what is in it is printable ASCII. Nothing of an account passes here. */
static void put_member(struct writer *writer, const char *name, const char *text)
{
	put_text(writer, ",\"");
	put_text(writer, name);
	put_text(writer, "\":\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			put(writer, "\\", 1);
		put(writer, text, 1);
	}
	put(writer, "\"", 1);
}

static void put_if(struct writer *writer, const char *name, const char *text)
{
	if (*text)
		put_member(writer, name, text);
}

__attribute__((format(printf, 2, 3))) static void put_format(
	struct writer *writer, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	put_text(writer, text);
}

const char *ph_json_action(enum ph_action action)
{
	static const char *const names[] = {
		[PH_AUTHORIZE] = "authorize",
		[PH_REFUND] = "refund",
		[PH_COMPLETE] = "complete",
		[PH_ADVISE] = "advise",
		[PH_REVERSE] = "reverse",
	};

	return names[action];
}

int ph_json_key(const char *payment, const char *stan, char ret_key[PH_JSON_KEY_SIZE],
	char why[PH_RECORD_WHY_SIZE])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";

	if (payment[strspn(payment, letters)]) {
		snprintf(why, PH_RECORD_WHY_SIZE,
			"$.payment: has characters that cannot be in an idempotency key");
		return -EINVAL;
	}
	snprintf(ret_key, PH_JSON_KEY_SIZE, "%s.%s", payment, stan);
	return 0;
}

/* ---- messages ---- */

static void begin(
	struct writer *writer, const struct ph_acquirer_config *config, const char *message)
{
	put_text(writer, "{\"version\":1");
	put_member(writer, "message", message);
	put_member(writer, "terminal", config->tid);
	put_member(writer, "merchant", config->mid);
}

static ssize_t end(struct writer *writer)
{
	put(writer, "}", 1);
	return writer->full ? -ENOBUFS : (ssize_t)writer->len;
}

static void put_money(struct writer *writer, const struct ph_record *record)
{
	static const char *const types[] = {"sale", "refund", "preauth", "complete"};

	put_member(writer, "type", types[record->type]);
	put_format(writer, ",\"amount\":%llu", (unsigned long long)record->amount);
	if (record->cashback)
		put_format(writer, ",\"cashback\":%llu", (unsigned long long)record->cashback);
	put_text(writer, ",\"currency\":{\"code\":\"");
	put_text(writer, record->currency);
	put_format(writer, "\",\"number\":%u}", record->currency_number);
}

static void put_card(struct writer *writer, const struct ph_record *record,
	const struct ph_account *const accounts[2])
{
	static const char *const entries[] = {"chip", "stripe", "manual"};
	const struct ph_account *account = accounts[0], *once = accounts[1];
	int sequence = record->sequence >= 0 ? record->sequence : account->sequence;

	put_member(writer, "entry", entries[record->entry]);
	if (record->pin != PH_ISO_PIN_UNKNOWN)
		put_format(writer, ",\"pin_capable\":%s",
			record->pin == PH_ISO_PIN_YES ? "true" : "false");
	put_text(writer, ",\"card\":{\"number\":\"");
	put(writer, account->hidden_pan, account->pan_len);
	put_text(writer, "\",\"expiry\":\"");
	put(writer, account->hidden_expiry, sizeof account->hidden_expiry);
	put(writer, "\"", 1);
	if (sequence >= 0)
		put_format(writer, ",\"sequence\":%d", sequence);
	if (once && once->track2_len) {
		put_text(writer, ",\"track2\":\"");
		put(writer, once->hidden_track2, once->track2_len);
		put(writer, "\"", 1);
	}
	put(writer, "}", 1);
}

static int put_icc(
	struct writer *writer, const struct ph_record *record, char why[PH_RECORD_WHY_SIZE])
{
	uint8_t icc[PH_ISO_ICC_BYTES];
	char text[PH_BASE64_SIZE(PH_ISO_ICC_BYTES)];
	uint32_t missing;
	ssize_t n;

	if (!record->icc_len)
		return 0;
	n = ph_iso_icc_filter(
		&chip, PH_ISO_ICC_REQUEST, record->icc, record->icc_len, icc, &missing);
	if (n < 0) {
		snprintf(why, PH_RECORD_WHY_SIZE, "$.icc_b64: is no TLV, or too long");
		return -EINVAL;
	}
	ph_base64_encode(icc, (size_t)n, text);
	put_member(writer, "icc_b64", text);
	return 0;
}

static void put_original(struct writer *writer, const struct ph_record *record)
{
	static const char *const reasons[] = {"timeout", "cancelled", "malfunction"};

	if (record->action == PH_REVERSE)
		put_member(writer, "reason", reasons[record->reason]);
	if (!record->original_stan[0])
		return;
	put_text(writer, ",\"original\":{\"stan\":\"");
	put_text(writer, record->original_stan);
	put(writer, "\"", 1);
	put_member(writer, "transmission", record->original_transmission);
	put_if(writer, "approval_code", record->approval_code);
	put(writer, "}", 1);
}

static void put_approval(struct writer *writer, const struct ph_record *record)
{
	if (record->deferred)
		put_text(writer, ",\"deferred\":true");
	if (record->action != PH_ADVISE)
		return;
	put_member(writer, "approved_by", record->voice ? "voice" : "chip");
	put_if(writer, "arc", record->arc);
	put_if(writer, "approval_code", record->approval_code);
}

ssize_t ph_json_message(const struct ph_acquirer_config *config, const struct ph_record *record,
	const struct ph_account *const accounts[2], char *out, size_t size,
	char why[PH_RECORD_WHY_SIZE])
{
	struct writer writer = {.out = out, .size = size};
	ssize_t n;

	begin(&writer, config, ph_json_action(record->action));
	put_format(&writer, ",\"repeat\":%s", record->repeat ? "true" : "false");
	put_member(&writer, "payment", record->payment);
	put_money(&writer, record);
	put_member(&writer, "stan", record->stan);
	put_member(&writer, "rrn", record->rrn);
	put_member(&writer, "transmission", record->transmission);
	put_member(&writer, "local_time", record->local_time);
	put_member(&writer, "local_date", record->local_date);
	put_card(&writer, record, accounts);
	put_approval(&writer, record);
	put_original(&writer, record);
	if (put_icc(&writer, record, why) < 0)
		return -EINVAL;
	n = end(&writer);
	if (n < 0)
		snprintf(why, PH_RECORD_WHY_SIZE, "the message is too long");
	return n < 0 ? -EINVAL : n;
}

ssize_t ph_json_totals(const struct ph_acquirer_config *config, const struct ph_totals *totals,
	char *out, size_t size)
{
	struct writer writer = {.out = out, .size = size};

	begin(&writer, config, "reconcile");
	put_format(&writer, ",\"repeat\":%s", totals->repeat ? "true" : "false");
	put_member(&writer, "stan", totals->stan);
	put_member(&writer, "transmission", totals->transmission);
	put_format(&writer, ",\"currency\":{\"code\":\"%s\",\"number\":%u},\"totals\":{",
		totals->currency, totals->currency_number);
	for (unsigned i = 0; i < PH_TOTAL_COUNT_; i++)
		put_format(&writer, "%s\"%s\":{\"count\":%llu,\"amount\":%llu}", i ? "," : "",
			ph_total_names[i], (unsigned long long)totals->sums[i].count,
			(unsigned long long)totals->sums[i].amount);
	put(&writer, "}", 1);
	return end(&writer);
}

ssize_t ph_json_echo(const struct ph_acquirer_config *config, char *out, size_t size)
{
	struct writer writer = {.out = out, .size = size};

	begin(&writer, config, "echo");
	return end(&writer);
}

/* ---- answers ---- */

static cJSON *parse(const char *text, size_t len)
{
	return ph_json_scan(text, len, PH_JSON_DEPTH_MAX) == 0 ? cJSON_ParseWithLength(text, len)
							       : NULL;
}

/* A text that may be absent, of at most size - 1 printable ASCII characters; else "". */
static void take_text(const struct ph_reader *reader, const char *name, char *out, size_t size)
{
	const char *text = cJSON_GetStringValue(ph_reader_get(reader, name));
	size_t len = text ? strlen(text) : 0;

	out[0] = '\0';
	if (!len || len >= size)
		return;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return;
	memcpy(out, text, len + 1);
}

/* The same for people: cut, and what is not ASCII becomes '?'. */
static void take_sentence(
	const struct ph_reader *reader, const char *name, char out[PH_HOST_TEXT_SIZE])
{
	const char *text = cJSON_GetStringValue(ph_reader_get(reader, name));
	size_t len = text ? strnlen(text, PH_HOST_TEXT_SIZE - 1) : 0;

	for (size_t i = 0; i < len; i++)
		out[i] = (char)(text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
	out[len] = '\0';
	ph_hide_numbers(out);
}

static bool same(const struct ph_reader *reader, const char *name, const char *text, bool must)
{
	const char *told = cJSON_GetStringValue(ph_reader_get(reader, name));

	return told ? !strcmp(told, text) : !must && !ph_reader_get(reader, name);
}

static bool is_to(const struct ph_reader *reader, const struct ph_json_asked *asked)
{
	return cJSON_IsObject(reader->object) && same(reader, "terminal", asked->tid, true) &&
	       same(reader, "stan", asked->stan, true) &&
	       same(reader, "transmission", asked->transmission, false) &&
	       same(reader, "message", asked->message, false);
}

static int decision_of(const struct ph_reader *reader, struct ph_decision *decision)
{
	const char *word = cJSON_GetStringValue(ph_reader_get(reader, "decision"));

	for (int i = 0; word && i < PH_ISO_UNKNOWN; i++) {
		if (strcmp(ph_iso_decision_name((enum ph_iso_decision)i), word) != 0)
			continue;
		decision->decision = (enum ph_iso_decision)i;
		return ph_reader_text(reader, "response_code", decision->response_code, 2, true) < 0
			       ? -EBADMSG
			       : 0;
	}
	return -EBADMSG;
}

static void take_issuer(const struct ph_reader *reader, struct ph_decision *decision)
{
	uint8_t icc[PH_ISO_ICC_BYTES + 2];
	size_t len = 0;
	ssize_t n;

	if (ph_reader_bytes(reader, "issuer_b64", icc, PH_ISO_ICC_BYTES, &len) < 0 || !len)
		return;
	n = ph_iso_icc_answer(&chip, icc, len, decision->issuer);
	decision->issuer_len = n > 0 ? (size_t)n : 0;
	ph_wipe(icc, sizeof icc);
}

int ph_json_decide(const char *text, size_t len, const struct ph_json_asked *asked,
	struct ph_decision *ret_decision)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *root = parse(text, len);
	struct ph_reader reader = {.object = root, .in = ""};
	struct ph_decision decision = {0};

	if (!root || !is_to(&reader, asked) || decision_of(&reader, &decision) < 0)
		return -EBADMSG;
	decision.has_amount = ph_reader_get(&reader, "amount_approved") != NULL;
	if (decision.has_amount && ph_reader_number(&reader, "amount_approved",
					   PH_RECORD_AMOUNT_MAX, &decision.amount) < 0)
		return -EBADMSG;
	if (ph_decision_settle(&decision, asked->amount) < 0)
		return -EBADMSG;
	take_text(&reader, "approval_code", decision.approval_code, sizeof decision.approval_code);
	take_text(&reader, "rrn", decision.rrn, sizeof decision.rrn);
	take_text(&reader, "settlement_date", decision.settlement, sizeof decision.settlement);
	take_sentence(&reader, "host_text", decision.host_text);
	take_issuer(&reader, &decision);
	*ret_decision = decision;
	return 0;
}

int ph_json_balance(const char *text, size_t len, const struct ph_json_asked *asked,
	struct ph_balance *ret_balance)
{
	static const char *const states[] = {"in_balance", "out_of_balance", "error", NULL};
	PH_CLEANUP(cJSON_Delete_p) cJSON *root = parse(text, len);
	struct ph_reader reader = {.object = root, .in = ""};
	struct ph_balance balance = {0};
	int state = root && is_to(&reader, asked) ? ph_reader_word(&reader, "balance", states) : -1;

	if (state < 0)
		return -EBADMSG;
	balance.state = (enum ph_balance_state)state;
	balance.has_totals = ph_sums_read(&reader, "host_totals", balance.totals) == 0;
	take_text(&reader, "response_code", balance.response_code, sizeof balance.response_code);
	take_text(&reader, "settlement_date", balance.settlement, sizeof balance.settlement);
	take_sentence(&reader, "host_text", balance.host_text);
	*ret_balance = balance;
	return 0;
}

void ph_json_refusal(const char *text, size_t len, char ret_text[PH_HOST_TEXT_SIZE])
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *root = parse(text, len);
	struct ph_reader reader = {.object = root, .in = ""};

	ret_text[0] = '\0';
	if (cJSON_IsObject(root))
		take_sentence(&reader, "error", ret_text);
}
