// HTTP and JSON to messages of the ledger and back; what they mean is host_ledger.c's.
#include "emulators/models/host_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/cleanup.h"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

// ---- a request ----

struct request {
	char path[128], key[128], authorization[EMU_HTTP_WORD_MAX + 16];
	size_t head, body; /* bytes */
	bool has_length;
};

static const char *find_end(const uint8_t *data, size_t len)
{
	return memmem(data, len, "\r\n\r\n", 4);
}

static bool is_header(const char *line, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	snprintf(out, size, "%s", line + n + 1 + strspn(line + n + 1, " \t"));
	return true;
}

static void take_header(const char *line, struct request *r)
{
	char value[24];

	if (is_header(line, "Idempotency-Key", r->key, sizeof r->key) ||
		is_header(line, "Authorization", r->authorization, sizeof r->authorization) ||
		!is_header(line, "Content-Length", value, sizeof value))
		return;
	r->body = strtoul(value, NULL, 10);
	r->has_length = true;
}

// The status the head alone is refused with, or 200.
static unsigned read_head(const uint8_t *data, size_t len, struct request *r)
{
	char head[EMU_HTTP_HEAD_MAX + 1], *save = NULL;

	memcpy(head, data, len);
	head[len] = 0;
	char *line = strtok_r(head, "\r\n", &save);
	if (!line || sscanf(line, "POST %127s HTTP/1.1", r->path) != 1)
		return 405;
	while ((line = strtok_r(NULL, "\r\n", &save)))
		take_header(line, r);
	return r->has_length ? 200 : 411;
}

// ---- JSON to a message ----

static const struct kind {
	const char *message, *type; /* NULL: of any type */
	const char *mti, *processing, *original;
} kinds[] = {
	{"authorize", "sale", "0200", "000000", NULL},
	{"authorize", "preauth", "0100", "000000", NULL},
	{"refund", "refund", "0200", "200000", NULL},
	{"complete", "complete", "0220", "000000", "0100"},
	{"advise", "sale", "0220", "000000", NULL},
	{"advise", "refund", "0220", "200000", NULL},
	{"reverse", "preauth", "0420", "000000", "0100"},
	{"reverse", "refund", "0420", "200000", "0200"},
	{"reverse", "complete", "0420", "000000", "0220"},
	{"reverse", NULL, "0420", "000000", "0200"},
	{"reconcile", NULL, "0500", NULL, NULL},
	{"echo", NULL, "0800", NULL, NULL},
};

static const char *text_of(const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
	return text ? text : "";
}

static const struct kind *find_kind(const cJSON *o)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].message, text_of(o, "message")) == 0 &&
			(!kinds[i].type || strcmp(kinds[i].type, text_of(o, "type")) == 0))
			return &kinds[i];
	return NULL;
}

// A text of exactly that many characters; 0: of any number up to `max`.
static bool put_text(
	struct emu_iso *m, unsigned field, const char *text, size_t exactly, size_t max)
{
	size_t n = strlen(text);

	if (exactly ? n != exactly : n == 0 || n > max)
		return false;
	return emu_iso_put(m, field, text, n) == 0;
}

static bool put_number(
	struct emu_iso *m, unsigned field, const cJSON *item, unsigned digits, double max)
{
	char text[24];

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > max)
		return false;
	snprintf(text, sizeof text, "%0*llu", (int)digits, (unsigned long long)item->valuedouble);
	return emu_iso_put_text(m, field, text) == 0;
}

static bool put_padded(struct emu_iso *m, unsigned field, const char *text, int size)
{
	char padded[24];

	if (!*text || strlen(text) > (size_t)size)
		return false;
	snprintf(padded, sizeof padded, "%-*s", size, text);
	return emu_iso_put_text(m, field, padded) == 0;
}

static bool put_icc(struct emu_iso *m, const cJSON *o)
{
	const char *text = text_of(o, "icc_b64");
	uint8_t icc[999 + 3];

	if (!*text)
		return true;
	ssize_t n = strlen(text) <= 1332 ? ph_base64_decode(text, strlen(text), icc) : -1;
	return n > 0 && n <= 999 && emu_iso_put(m, 55, icc, (size_t)n) == 0;
}

static bool put_card(struct emu_iso *m, const cJSON *o)
{
	const cJSON *card = cJSON_GetObjectItemCaseSensitive(o, "card");
	const cJSON *sequence = cJSON_GetObjectItemCaseSensitive(card, "sequence");

	return put_text(m, 2, text_of(card, "number"), 0, 19) &&
	       put_text(m, 14, text_of(card, "expiry"), 4, 0) &&
	       (!sequence || put_number(m, 23, sequence, 3, 99)) && put_icc(m, o);
}

static bool put_original(struct emu_iso *m, const struct kind *kind, const cJSON *o)
{
	const cJSON *original = cJSON_GetObjectItemCaseSensitive(o, "original");
	char text[64];

	if (!kind->original)
		return true;
	if (strlen(text_of(original, "stan")) != 6 ||
		strlen(text_of(original, "transmission")) != 10)
		return false;
	snprintf(text, sizeof text, "%s%.6s%.10s%022d", kind->original, text_of(original, "stan"),
		text_of(original, "transmission"), 0);
	return emu_iso_put_text(m, 90, text) == 0;
}

static bool put_record(struct emu_iso *m, const struct kind *kind, const cJSON *o)
{
	const cJSON *currency = cJSON_GetObjectItemCaseSensitive(o, "currency");

	if (!put_text(m, 3, kind->processing, 6, 0) ||
		!put_number(
			m, 4, cJSON_GetObjectItemCaseSensitive(o, "amount"), 12, 999999999999) ||
		!put_text(m, 12, text_of(o, "local_time"), 6, 0) ||
		!put_text(m, 13, text_of(o, "local_date"), 4, 0) ||
		!put_text(m, 37, text_of(o, "rrn"), 12, 0) ||
		!put_number(m, 49, cJSON_GetObjectItemCaseSensitive(currency, "number"), 3, 999))
		return false;
	if (*text_of(o, "approval_code") && !put_text(m, 38, text_of(o, "approval_code"), 0, 6))
		return false;
	return put_card(m, o) && put_original(m, kind, o);
}

static const char *const sums[] = {"credits", "credit_reversals", "debits", "debit_reversals"};

static bool put_sums(struct emu_iso *m, const cJSON *o)
{
	const cJSON *totals = cJSON_GetObjectItemCaseSensitive(o, "totals");

	for (unsigned i = 0; i < 4; i++) {
		const cJSON *sum = cJSON_GetObjectItemCaseSensitive(totals, sums[i]);
		if (!put_number(m, 74 + i, cJSON_GetObjectItemCaseSensitive(sum, "count"), 10,
			    9999999999.0) ||
			!put_number(m, 86 + i, cJSON_GetObjectItemCaseSensitive(sum, "amount"), 16,
				9007199254740991.0))
			return false;
	}
	return true;
}

static bool make_message(const struct kind *kind, const cJSON *o, struct emu_iso *m)
{
	emu_iso_clear(m, kind->mti);
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "repeat")))
		m->mti[3] = '1';
	if (!put_padded(m, 41, text_of(o, "terminal"), 8) ||
		!put_padded(m, 42, text_of(o, "merchant"), 15))
		return false;
	if (kind->mti[1] == '8')
		return emu_iso_put_text(m, 70, "301") == 0;
	if (!put_text(m, 7, text_of(o, "transmission"), 10, 0) ||
		!put_text(m, 11, text_of(o, "stan"), 6, 0))
		return false;
	return kind->mti[1] == '5' ? put_sums(m, o) : put_record(m, kind, o);
}

// The key ends in the trace number, and the address in the message.
static bool belongs(const struct request *r, const cJSON *o)
{
	const char *dot = strrchr(r->key, '.'), *slash = strrchr(r->path, '/');

	if (!slash || strcmp(slash + 1, text_of(o, "message")) != 0)
		return false;
	if (strcmp(text_of(o, "message"), "echo") == 0)
		return !r->key[0];
	return dot && strcmp(dot + 1, text_of(o, "stan")) == 0;
}

static unsigned read_body(
	const struct request *r, const char *body, struct emu_http *http, struct emu_iso *m)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *o = cJSON_ParseWithLength(body, r->body);
	const struct kind *kind = find_kind(o);

	if (!kind)
		return cJSON_IsObject(o) ? 404 : 400;
	if (!belongs(r, o) || !make_message(kind, o, m))
		return 422;
	snprintf(http->message, sizeof http->message, "%s", kind->message);
	http->class = kind->mti[1];
	return 200;
}

size_t emu_http_take(const uint8_t *data, size_t len, const char *word, struct emu_http *ret_http,
	struct emu_iso *ret_message, unsigned *ret_status)
{
	const char *end = find_end(data, len);
	struct request r = {0};
	char expected[EMU_HTTP_WORD_MAX + 16];

	*ret_status = 200;
	if (!end && len <= EMU_HTTP_HEAD_MAX)
		return 0;
	r.head = end ? (size_t)(end + 4 - (const char *)data) : len;
	if (r.head > EMU_HTTP_HEAD_MAX) {
		*ret_status = 431;
		return len;
	}
	*ret_status = read_head(data, r.head, &r);
	if (*ret_status == 200 && r.body > EMU_ISO_MAX - EMU_HTTP_HEAD_MAX)
		*ret_status = 413;
	if (*ret_status != 200)
		return len;
	if (len - r.head < r.body)
		return 0;
	snprintf(expected, sizeof expected, "Bearer %s", word);
	if (*word && strcmp(r.authorization, expected) != 0)
		*ret_status = 401;
	else
		*ret_status = read_body(&r, (const char *)data + r.head, ret_http, ret_message);
	return r.head + r.body;
}

// ---- an answer ----

static const struct {
	const char *code, *decision;
} decisions[] = {
	{"00", "approved"},
	{"10", "partial"},
	{"01", "referred"},
	{"02", "referred"},
	{"91", "soft"},
	{"96", "soft"},
	{"12", "format"},
	{"30", "format"},
	{"94", "duplicate"},
	{"25", "not_found"},
};

static const char *decision_of(const char *code)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(decisions); i++)
		if (strcmp(decisions[i].code, code) == 0)
			return decisions[i].decision;
	return "declined";
}

static void add_text(cJSON *o, const char *name, const struct emu_iso *m, unsigned field)
{
	char text[64];
	size_t n;

	if (!m->has[field])
		return;
	emu_iso_text(m, field, text, sizeof text);
	for (n = strlen(text); n && text[n - 1] == ' '; n--)
		text[n - 1] = 0;
	cJSON_AddStringToObject(o, name, text);
}

static double number_of(const struct emu_iso *m, unsigned field)
{
	char text[24];
	return (double)strtoull(emu_iso_text(m, field, text, sizeof text), NULL, 10);
}

static void add_decision(cJSON *o, const struct emu_iso *m)
{
	char code[3], icc[PH_BASE64_SIZE(999)];

	emu_iso_text(m, 39, code, sizeof code);
	const char *decision = decision_of(code);
	cJSON_AddStringToObject(o, "decision", decision);
	if (m->has[4] && (decision[0] == 'a' || decision[0] == 'p') && m->mti[1] != '4')
		cJSON_AddNumberToObject(o, "amount_approved", number_of(m, 4));
	add_text(o, "approval_code", m, 38);
	if (!m->has[55] || m->len[55] > 999)
		return;
	ph_base64_encode(m->bytes + m->at[55], m->len[55], icc);
	cJSON_AddStringToObject(o, "issuer_b64", icc);
}

static void add_balance(cJSON *o, const struct emu_iso *m)
{
	static const char *const states[] = {"error", "in_balance", "out_of_balance", "error"};
	unsigned settled = (unsigned)number_of(m, 66);
	cJSON *totals = cJSON_AddObjectToObject(o, "host_totals");

	cJSON_AddStringToObject(o, "balance", states[settled < 4 ? settled : 0]);
	for (unsigned i = 0; i < 4; i++) {
		cJSON *sum = cJSON_AddObjectToObject(totals, sums[i]);
		cJSON_AddNumberToObject(sum, "count", number_of(m, 74 + i));
		cJSON_AddNumberToObject(sum, "amount", number_of(m, 86 + i));
	}
}

static const char *word_of(unsigned status)
{
	return status == 200 ? "OK" : status < 500 ? "Refused" : "Broken";
}

static size_t respond(unsigned status, const char *body, uint8_t *out, size_t size)
{
	// the client closes: a response that is not read is none
	int n = snprintf((char *)out, size,
		"HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		status, word_of(status), strlen(body), body);

	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t emu_http_answer(
	const struct emu_http *http, const struct emu_iso *answer, uint8_t *out, size_t size)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *o = cJSON_CreateObject();
	bool same = answer->mti[1] == http->class;

	cJSON_AddNumberToObject(o, "version", 1);
	cJSON_AddStringToObject(o, "message",
		same		     ? http->message
		: http->class == '4' ? "authorize"
				     : "reverse");
	add_text(o, "terminal", answer, 41);
	add_text(o, "stan", answer, 11);
	add_text(o, "transmission", answer, 7);
	add_text(o, "rrn", answer, 37);
	add_text(o, "response_code", answer, 39);
	add_text(o, "settlement_date", answer, 15);
	if (answer->mti[1] == '5')
		add_balance(o, answer);
	else if (answer->mti[1] != '8')
		add_decision(o, answer);
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(o);
	return text ? respond(200, text, out, size) : 0;
}

size_t emu_http_refuse(unsigned status, uint8_t *out, size_t size)
{
	return respond(status, "{\"error\":\"the emulated gateway refuses this\"}", out, size);
}
