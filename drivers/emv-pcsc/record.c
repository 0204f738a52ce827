// Recordings of payments: kept in locked memory until the card is given back, masked as a whole, and written only then.
#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/mask.h"
#include "protocols/emv/session.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

#define PIECES_MAX 5000
#define BYTES_MAX  (384 * 1024)
#define TEXT_MAX   4096 /* of a request, or of a line */

enum piece_kind { PIECE_FROM_READER, PIECE_TO_READER, PIECE_TEXT };

struct piece {
	enum piece_kind kind;
	uint32_t at, len;
	uint64_t ms;
};

struct emv_recording {
	struct ph_secret *secret; /* this struct is in it */
	uint64_t since_ms;
	bool session; /* between CONNECT for a payment and RELEASE: what else is said is not written */
	bool full;    /* the session has become too long, and none of it is written */
	unsigned count, used;
	struct piece pieces[PIECES_MAX];
	struct ph_emv_said said[PIECES_MAX];
	uint8_t hidden[BYTES_MAX];
};

static void add(struct emv_state *state, enum piece_kind kind, const void *data, size_t len)
{
	struct emv_recording *recording = state->recording;

	if (recording->count == PIECES_MAX || len > BYTES_MAX - recording->used) {
		recording->full = true;
		return;
	}
	recording->pieces[recording->count++] = (struct piece){.kind = kind,
		.at = recording->used,
		.len = (uint32_t)len,
		.ms = ph_now_ms(state->device) - recording->since_ms};
	memcpy(recording->hidden + recording->used, data, len);
	recording->used += (unsigned)len;
}

static void add_text(struct emv_state *state, const char *text)
{
	if (state->recording)
		add(state, PIECE_TEXT, text, strlen(text) + 1);
}

/* ---- what the kernel drew and found ---- */

void emv_record_random(struct emv_state *state, const uint8_t *bytes, size_t len)
{
	char hex[2 * 16 + 1], line[64];

	if (!state->recording || len > 16)
		return;
	ph_emv_hex_write(bytes, len, hex);
	snprintf(line, sizeof line, "random %s", hex);
	add_text(state, line);
}

const char *const emv_check_words[PH_EMV_CHECK_COUNT_] = {[PH_EMV_CHECK_ISSUER] = "issuer",
	[PH_EMV_CHECK_ICC] = "icc",
	[PH_EMV_CHECK_STATIC] = "static",
	[PH_EMV_CHECK_DYNAMIC] = "dynamic",
	[PH_EMV_CHECK_COMBINED] = "combined"};

void emv_record_checked(void *context, struct ph_emv_checked *checked)
{
	struct emv_state *state = context;
	char hex[2 * sizeof checked->found + 1] = "", line[96];

	if (!checked->result)
		ph_emv_hex_write(checked->found, checked->found_len, hex);
	snprintf(line, sizeof line, "check %s %s%s%s", emv_check_words[checked->check],
		checked->result ? strerrorname_np(-checked->result) : "ok", *hex ? " " : "", hex);
	add_text(state, line);
}

/* ---- requests: of those about payments, the members that matter here ---- */

static int copy_member(cJSON *to, const cJSON *from, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(from, name);
	cJSON *copy = member ? cJSON_Duplicate(member, true) : NULL;

	return member && (!copy || !cJSON_AddItemToObject(to, name, copy)) ? -ENOMEM : 0;
}

static int copy_issuer(cJSON *to, const cJSON *from)
{
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(from, "issuer_b64"));
	uint8_t bytes[TEXT_MAX];
	char masked[TEXT_MAX + 1];

	if (!text)
		return 0;
	size_t len = strlen(text);
	ssize_t n = len < sizeof bytes ? ph_base64_decode(text, len, bytes) : -E2BIG;
	if (n < 0)
		return -EBADMSG;
	ph_emv_mask_issuer(bytes, (size_t)n);
	ph_base64_encode(bytes, (size_t)n, masked);
	return cJSON_AddStringToObject(to, "issuer_b64", masked) ? 0 : -ENOMEM;
}

static int copy_request(const cJSON *request, cJSON *copy)
{
	static const char *const members[] = {"payment", "type", "amount", "cashback", "currency",
		"date", "time", "counter", "forced_online", "host_away", "choices", "offline", "ok",
		"approved", "referred", "arc", "choice"};
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(request, "params");
	int r = copy_member(copy, request, "method");

	cJSON *to = cJSON_AddObjectToObject(copy, "params");
	for (size_t i = 0; i < PH_ARRAY_SIZE(members) && r == 0; i++)
		r = copy_member(to, params, members[i]);
	return r == 0 ? copy_issuer(to, params) : r;
}

static void said_request(struct emv_state *state, const char *line, size_t len)
{
	static const char *const methods[] = {"payment.start", "payment.proceed", "payment.cancel"};
	PH_CLEANUP(cJSON_Delete_p) cJSON *request = cJSON_ParseWithLength(line, len);
	PH_CLEANUP(cJSON_Delete_p) cJSON *copy = cJSON_CreateObject();
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "method"));
	char text[TEXT_MAX] = "? ";

	for (size_t i = 0; method && i < PH_ARRAY_SIZE(methods); i++) {
		if (strcmp(method, methods[i]) != 0)
			continue;
		if (copy_request(request, copy) == 0 &&
			cJSON_PrintPreallocated(copy, text + 2, sizeof text - 2, false))
			add_text(state, text);
		else
			state->recording->full = true;
	}
}

/* ---- writing ---- */

/* What the mask knows of each piece; of packets without a command or an answer all behind the kind is other. */
static void list_pieces(struct emv_recording *recording)
{
	for (unsigned i = 0; i < recording->count; i++) {
		const struct piece *piece = &recording->pieces[i];
		uint8_t *bytes = recording->hidden + piece->at;
		struct ph_emv_said *said = &recording->said[i];
		*said = (struct ph_emv_said){PH_EMV_SAID_OTHER, bytes, piece->len};
		if (piece->kind == PIECE_TEXT)
			continue;
		if (bytes[0] == PH_READER_COMMAND)
			said->kind = PH_EMV_SAID_COMMAND;
		else if (bytes[0] == PH_READER_ANSWER)
			said->kind = PH_EMV_SAID_ANSWER;
		said->data++;
		said->len--;
	}
}

static void write_piece(struct emv_state *state, const struct piece *piece)
{
	const uint8_t *bytes = state->recording->hidden + piece->at;
	char line[PH_EMV_LINE_MAX];

	if (piece->kind == PIECE_TEXT)
		ph_record_line(state->device, piece->ms, (const char *)bytes);
	else if (ph_emv_line_write(bytes, piece->len, piece->kind == PIECE_FROM_READER, line) > 0)
		ph_record_line(state->device, piece->ms, line);
}

static void flush(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);
	struct emv_recording *recording = state->recording;

	list_pieces(recording);
	ph_emv_mask(recording->said, recording->count);
	for (unsigned i = 0; i < recording->count && !recording->full; i++)
		write_piece(state, &recording->pieces[i]);
	if (recording->full)
		ph_emit_log(device, PH_LOG_WARNING, "a session was too long to be recorded");
	ph_wipe(recording->hidden, recording->used);
	recording->count = recording->used = 0;
	recording->session = recording->full = false;
}

static bool is_wanted(struct emv_state *state, const uint8_t *packet)
{
	struct emv_recording *recording = state->recording;

	if (packet[0] == PH_READER_STATE || packet[0] == PH_READER_FEATURES)
		return true;
	if (packet[0] == PH_READER_CONNECT)
		recording->session = state->phase != EMV_IDLE;
	return recording->session;
}

static void said(
	struct ph_device *device, enum ph_record_kind kind, const uint8_t *data, size_t len)
{
	struct emv_state *state = ph_device_state(device);

	if (kind == PH_RECORD_REQUEST) {
		said_request(state, (const char *)data, len);
		return;
	}
	if (!len || !is_wanted(state, data))
		return;
	add(state, kind == PH_RECORD_FROM_DEVICE ? PIECE_FROM_READER : PIECE_TO_READER, data, len);
	if (data[0] == PH_READER_RELEASE)
		flush(device);
}

static int begin(struct ph_device *device)
{
	struct emv_state *state = ph_device_state(device);
	struct ph_secret *secret;
	int r = ph_secret_new(sizeof(struct emv_recording), &secret);

	if (r < 0)
		return r;
	state->recording = ph_secret_memory(secret);
	state->recording->secret = secret;
	state->recording->since_ms = ph_now_ms(device);
	state->world.checked = emv_record_checked;
	return 0;
}

void emv_record_done(struct emv_state *state)
{
	if (state->recording)
		ph_secret_free(state->recording->secret);
	state->recording = NULL;
}

const struct ph_record_ops emv_record_ops = {.begin = begin, .said = said, .flush = flush};
