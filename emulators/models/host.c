// The line of an acquirer's host: frames, answers that are late, doubled or broken. What is booked is in host_ledger.c.
#include "emulators/models/host.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/host_internal.h"

#define HEADER_MAX 4u
#define TPDU	   5u
#define BYTE_US	   1000u /* between two bytes that come one at a time */
#define FRAME_MAX  (EMU_ISO_MAX + HEADER_MAX + TPDU)

static struct ph_emu_host *host_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_host, unit);
}

// ---- faults ----

#define UNTIL_TOLD PH_EMU_UNIT_NEVER

static const char *const fault_words[] = {"silent", "drop_before", "drop_after", "delay", "late",
	"hold", "twice", "swapped", "wrong_stan", "wrong_mti", "garbage", "half", "bytes",
	"storm_91", "storm_96", "skew", "status"};

// Answers that "hold" keeps go with the next tick.
static void let_go(struct ph_emu_host *h)
{
	for (size_t i = 0; i < PH_EMU_HOST_PENDING; i++)
		if (h->pending[i].due_us == UNTIL_TOLD)
			h->pending[i].due_us = 0;
}

int ph_emu_host_fault(
	struct ph_emu_host *h, const char *word, const char *on, unsigned times, unsigned ms)
{
	size_t i = 0;

	if (strcmp(word, "none") == 0) {
		h->n_faults = 0;
		let_go(h);
		return 0;
	}
	while (i < PH_ARRAY_SIZE(fault_words) && strcmp(fault_words[i], word) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(fault_words) || strlen(on) > 4)
		return -EINVAL;
	if (h->n_faults == PH_EMU_HOST_FAULTS)
		return -ENOBUFS;
	struct ph_emu_host_fault *f = &h->faults[h->n_faults++];
	*f = (struct ph_emu_host_fault){.word = fault_words[i], .times = times, .ms = ms};
	snprintf(f->on, sizeof f->on, "%.4s", on);
	return 0;
}

static bool concerns(const struct ph_emu_host_fault *f, const char *mti)
{
	if (f->on[0])
		return strncmp(f->on, mti, strlen(f->on)) == 0;
	return strcmp(f->word, "silent") == 0 || mti[1] != '8';
}

// The fault that strikes this message; word NULL for none.
static struct ph_emu_host_fault strike(struct ph_emu_host *h, const char *mti)
{
	for (size_t i = 0; i < h->n_faults; i++) {
		struct ph_emu_host_fault f = h->faults[i];
		if (!concerns(&f, mti))
			continue;
		h->counts.struck++;
		if (f.times && --h->faults[i].times == 0) {
			h->n_faults--;
			memmove(&h->faults[i], &h->faults[i + 1],
				(h->n_faults - i) * sizeof *h->faults);
		}
		return f;
	}
	return (struct ph_emu_host_fault){0};
}

static bool is(const struct ph_emu_host_fault *f, const char *word)
{
	return f->word && strcmp(f->word, word) == 0;
}

// ---- answers ----

static void transmit(struct ph_emu_host *h, const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = len - at < PH_EMU_PACKET_MAX ? len - at : PH_EMU_PACKET_MAX;
		if (emu_unit_send(&h->unit, data + at, n) < 0) {
			h->counts.lost++;
			return;
		}
		at += n;
	}
	h->counts.answers++;
}

static void forget(struct emu_host_answer *a)
{
	free(a->bytes);
	*a = (struct emu_host_answer){0};
}

static void release_held(struct ph_emu_host *h)
{
	for (size_t i = 0; i < PH_EMU_HOST_PENDING; i++)
		if (h->pending[i].bytes && h->pending[i].held) {
			transmit(h, h->pending[i].bytes, h->pending[i].len);
			forget(&h->pending[i]);
		}
}

static void keep(
	struct ph_emu_host *h, const uint8_t *frame, size_t len, uint64_t due_us, bool held)
{
	size_t i = 0;

	while (i < PH_EMU_HOST_PENDING && h->pending[i].bytes)
		i++;
	uint8_t *copy = i < PH_EMU_HOST_PENDING ? malloc(len) : NULL;
	if (!copy) {
		h->counts.lost++;
		return;
	}
	memcpy(copy, frame, len);
	h->pending[i] = (struct emu_host_answer){due_us, copy, len, held};
}

static uint64_t tick(struct ph_emu_unit *unit)
{
	struct ph_emu_host *h = host_of(unit);
	uint64_t next = PH_EMU_UNIT_NEVER;

	for (size_t i = 0; i < PH_EMU_HOST_PENDING; i++) {
		struct emu_host_answer *a = &h->pending[i];
		if (!a->bytes || a->held)
			continue;
		if (a->due_us <= unit->now_us) {
			transmit(h, a->bytes, a->len);
			forget(a);
		} else if (a->due_us < next) {
			next = a->due_us;
		}
	}
	return next;
}

static size_t put_header(const struct ph_emu_host *h, size_t len, uint8_t *out)
{
	char digits[8];

	switch (h->config.header) {
	case PH_EMU_HEADER_2B:
	case PH_EMU_HEADER_2B_INCL:
		len += h->config.header == PH_EMU_HEADER_2B_INCL ? 2 : 0;
		out[0] = (uint8_t)(len >> 8);
		out[1] = (uint8_t)len;
		return 2;
	case PH_EMU_HEADER_4A:
		snprintf(digits, sizeof digits, "%04u", (unsigned)len % 10000);
		memcpy(out, digits, 4);
		return 4;
	case PH_EMU_HEADER_4B:
		out[0] = out[1] = 0;
		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
		return 4;
	case PH_EMU_HEADER_2BCD:
		out[0] = (uint8_t)(len / 1000 % 10 << 4 | len / 100 % 10);
		out[1] = (uint8_t)(len / 10 % 10 << 4 | len % 10);
		return 2;
	case PH_EMU_HEADER_COUNT_:
		break;
	}
	return 0;
}

static size_t frame_message(const struct ph_emu_host *h, const struct emu_iso *m, uint8_t *out)
{
	if (h->config.json)
		return emu_http_answer(&h->http, m, out, FRAME_MAX);
	uint8_t body[TPDU + EMU_ISO_MAX];
	size_t before = h->config.tpdu ? TPDU : 0;
	ssize_t n = emu_iso_encode(h->config.packing, m, body + before, EMU_ISO_MAX);

	if (n < 0)
		return 0;
	if (h->config.tpdu) {
		/* the sender becomes the receiver */
		body[0] = h->tpdu[0];
		memcpy(body + 1, h->tpdu + 3, 2);
		memcpy(body + 3, h->tpdu + 1, 2);
	}
	size_t header = put_header(h, before + (size_t)n, out);
	memcpy(out + header, body, before + (size_t)n);
	return header + before + (size_t)n;
}

static void overwrite(struct emu_iso *m, unsigned field, const char *text)
{
	if (m->has[field] && m->len[field] == strlen(text))
		memcpy(m->bytes + m->at[field], text, strlen(text));
}

// What a fault makes of an answer before it is packed.
static void distort(struct emu_iso *answer, const struct ph_emu_host_fault *f)
{
	if (is(f, "skew")) {
		/* the host's clock is its own */
		overwrite(answer, 12, "235959");
		overwrite(answer, 13, "0101");
		if (!answer->has[15])
			emu_iso_put_text(answer, 15, "0101");
	}
	if (is(f, "wrong_mti"))
		answer->mti[1] = answer->mti[1] == '2' ? '4' : '2';
	if (is(f, "wrong_stan") && answer->has[11]) {
		uint8_t *last = answer->bytes + answer->at[11] + answer->len[11] - 1;
		*last = *last == '9' ? '0' : (uint8_t)(*last + 1);
	}
}

static void send_answer(struct ph_emu_host *h, struct emu_iso *answer,
	const struct ph_emu_host_fault *f, uint64_t late_us)
{
	uint8_t frame[FRAME_MAX];

	distort(answer, f);
	size_t n = frame_message(h, answer, frame);
	if (n == 0) {
		h->counts.lost++;
		return;
	}
	if (is(f, "garbage"))
		for (size_t i = HEADER_MAX; i < n; i++)
			frame[i] = (uint8_t)(frame[i] * 7 + i * 31 + 0x80);
	if (is(f, "half")) {
		transmit(h, frame, n / 2);
		h->unit.hang_up = true;
	} else if (is(f, "bytes")) {
		for (size_t i = 0; i < n; i++) {
			emu_unit_send(&h->unit, frame + i, 1);
			emu_unit_pause(&h->unit, BYTE_US);
		}
		h->counts.answers++;
	} else if (is(f, "swapped")) {
		keep(h, frame, n, 0, true);
	} else if (is(f, "hold")) {
		keep(h, frame, n, UNTIL_TOLD, false);
	} else if (late_us) {
		keep(h, frame, n, h->unit.now_us + late_us, false);
	} else {
		transmit(h, frame, n);
		if (is(f, "twice"))
			transmit(h, frame, n);
		release_held(h);
	}
}

static uint64_t lateness(const struct ph_emu_host *h, const struct ph_emu_host_fault *f)
{
	if (is(f, "late"))
		return (f->ms ? f->ms : 2 * h->config.timeout_ms) * 1000ull;
	return is(f, "delay") ? f->ms * 1000ull : 0;
}

// ---- messages ----

static void send_status(struct ph_emu_host *h, unsigned status)
{
	uint8_t frame[1024];

	h->counts.refused++;
	transmit(h, frame, emu_http_refuse(status, frame, sizeof frame));
}

// What refuses a message without a look at it: a storm, or a status.
static bool is_turned_away(
	struct ph_emu_host *h, const struct emu_iso *m, const struct ph_emu_host_fault *f)
{
	struct emu_iso answer;

	if (is(f, "status")) {
		if (h->config.json)
			send_status(h, f->ms);
		return h->config.json;
	}
	if (!is(f, "storm_91") && !is(f, "storm_96"))
		return false;
	if (emu_host_refuse(h, m, f->word + strlen("storm_"), &answer))
		send_answer(h, &answer, f, 0);
	return true;
}

static void handle(struct ph_emu_host *h, const struct emu_iso *m)
{
	struct emu_iso answer;
	struct emu_host_fate fate = {0};
	struct ph_emu_host_fault f = strike(h, m->mti);

	if (is_turned_away(h, m, &f) || is(&f, "silent") || is(&f, "drop_before") ||
		emu_host_loses(h, m))
		return;
	bool answered = emu_host_book(h, m, &answer, &fate);
	if (answered && !fate.drop && !is(&f, "drop_after")) {
		uint64_t late = lateness(h, &f);
		send_answer(h, &answer, &f, late ? late : fate.late_us);
	}
	explicit_bzero(&answer, sizeof answer);
}

static void on_message(struct ph_emu_host *h, const uint8_t *data, size_t len)
{
	struct emu_iso m;

	h->counts.messages++;
	if (h->config.tpdu && len > TPDU) {
		memcpy(h->tpdu, data, TPDU);
		data += TPDU;
		len -= TPDU;
	}
	if (emu_iso_decode(h->config.packing, data, len, &m, &h->last_field) < 0)
		h->counts.unreadable++;
	else
		handle(h, &m);
	explicit_bzero(&m, sizeof m);
}

static void forget_bytes(struct ph_emu_host *h, size_t n)
{
	h->rx_len -= n;
	memmove(h->rx, h->rx + n, h->rx_len);
	explicit_bzero(h->rx + h->rx_len, sizeof h->rx - h->rx_len);
}

// True when a request was taken.
static bool next_request(struct ph_emu_host *h)
{
	struct emu_iso m;
	unsigned status;
	size_t n = emu_http_take(h->rx, h->rx_len, h->config.word, &h->http, &m, &status);

	if (n == 0)
		return false;
	h->counts.messages++;
	if (status == 200) {
		handle(h, &m);
	} else {
		h->counts.unreadable += status != 401;
		send_status(h, status);
	}
	explicit_bzero(&m, sizeof m);
	forget_bytes(h, n);
	return true;
}

// The length a header tells; false when it tells none.
static bool read_header(const struct ph_emu_host *h, size_t *ret_header, size_t *ret_len)
{
	const uint8_t *p = h->rx;
	size_t n = 0;

	bool bcd = h->config.header == PH_EMU_HEADER_2BCD;

	*ret_header = bcd || h->config.header <= PH_EMU_HEADER_2B_INCL ? 2 : 4;
	if (h->rx_len < *ret_header) {
		*ret_len = SIZE_MAX;
		return true;
	}
	for (size_t i = 0; i < *ret_header; i++) {
		bool digit = h->config.header == PH_EMU_HEADER_4A;
		if (digit && !isdigit(p[i]))
			return false;
		if (bcd && (p[i] >> 4 > 9 || (p[i] & 15) > 9))
			return false;
		if (bcd)
			n = n * 100 + (size_t)(p[i] >> 4) * 10 + (p[i] & 15);
		else
			n = digit ? n * 10 + (size_t)(p[i] - '0') : n << 8 | p[i];
	}
	if (h->config.header == PH_EMU_HEADER_2B_INCL && n >= 2)
		n -= 2;
	*ret_len = n;
	return n <= EMU_ISO_MAX;
}

// True when a message was taken.
static bool next_frame(struct ph_emu_host *h)
{
	size_t header, len;

	if (!read_header(h, &header, &len)) {
		h->counts.unreadable++;
		h->rx_len = 0;
		h->unit.hang_up = true;
		return false;
	}
	if (len == SIZE_MAX || h->rx_len - header < len)
		return false;
	if (len > 0) /* an empty one keeps the line alive */
		on_message(h, h->rx + header, len);
	forget_bytes(h, header + len);
	return true;
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_host *h = host_of(unit);

	while (len > 0) {
		size_t room = sizeof h->rx - h->rx_len;
		size_t n = len < room ? len : room;
		memcpy(h->rx + h->rx_len, data, n);
		h->rx_len += n;
		data += n;
		len -= n;
		while (h->rx_len > 0 && (h->config.json ? next_request(h) : next_frame(h)))
			;
	}
}

static void opened(struct ph_emu_unit *unit, bool open)
{
	struct ph_emu_host *h = host_of(unit);

	explicit_bzero(h->rx, sizeof h->rx);
	h->rx_len = 0;
	for (size_t i = 0; i < PH_EMU_HOST_PENDING; i++)
		forget(&h->pending[i]);
}

// ---- outside ----

static const struct ph_emu_unit_ops ops = {.input = input, .tick = tick, .opened = opened};

void ph_emu_host_config_default(struct ph_emu_host_config *config)
{
	*config = (struct ph_emu_host_config){.by_cents = true, .timeout_ms = 30000};
}

void ph_emu_host_init(struct ph_emu_host *h, const struct ph_emu_host_config *config)
{
	*h = (struct ph_emu_host){.config = *config};
	ph_emu_unit_init(&h->unit, &ops);
}

void ph_emu_host_reset(struct ph_emu_host *h)
{
	emu_books_clear(h);
	h->counts = (struct ph_emu_host_counts){0};
	h->last_field = 0;
}

void ph_emu_host_done(struct ph_emu_host *h)
{
	opened(&h->unit, false);
	emu_books_clear(h);
	ph_emu_unit_done(&h->unit);
}

void ph_emu_host_cutover(struct ph_emu_host *h, uint64_t now_us)
{
	struct emu_iso m;
	uint8_t frame[FRAME_MAX];
	char stan[16];

	h->unit.now_us = now_us;
	if (h->config.json)
		return; /* a gateway only answers */
	emu_iso_clear(&m, "0800");
	snprintf(stan, sizeof stan, "%06u", ++h->own_stan % 1000000);
	emu_iso_put_text(&m, 7, "0101000000");
	emu_iso_put_text(&m, 11, stan);
	emu_iso_put_text(&m, 70, "201");
	transmit(h, frame, frame_message(h, &m, frame));
}

int ph_emu_packing_parse(const char *word)
{
	static const char *const words[] = {[PH_EMU_PACK_ASCII] = "ascii",
		[PH_EMU_PACK_MIXED] = "mixed",
		[PH_EMU_PACK_BCD] = "bcd"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

int ph_emu_header_parse(const char *word)
{
	static const char *const words[PH_EMU_HEADER_COUNT_] = {
		[PH_EMU_HEADER_2B] = "2b",
		[PH_EMU_HEADER_2B_INCL] = "2b-incl",
		[PH_EMU_HEADER_4A] = "4a",
		[PH_EMU_HEADER_4B] = "4b",
		[PH_EMU_HEADER_2BCD] = "2bcd",
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}
