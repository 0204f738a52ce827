// Card-stripe readers: cards with the public test numbers as reports, messages or keystrokes.
#include "emulators/models/msr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define FIELD PH_EMU_TRACK_MAX

static struct ph_emu_msr *msr_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_msr, unit);
}

// ---- cards ----

static const char *const test_numbers[] = {
	"4111111111111111", "5555555555554444", "378282246310005", "6011000990139424"};

static bool is_test_number(const char *number)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(test_numbers); i++)
		if (strcmp(test_numbers[i], number) == 0)
			return true;
	return false;
}

static void payment_card(struct ph_emu_swipe *s, const char *number)
{
	snprintf(s->track[0], sizeof s->track[0], "%%B%s^TEST/CARD^29122010000000000?", number);
	snprintf(s->track[1], sizeof s->track[1], ";%s=29122010000000000?", number);
}

static int make_card(const char *kind, const char *number, struct ph_emu_swipe *s)
{
	payment_card(s, number);
	if (strcmp(kind, "good") == 0 || strcmp(kind, "double") == 0 ||
		strcmp(kind, "silence") == 0)
		return 0;
	if (strcmp(kind, "encrypted") == 0) {
		s->encrypted = true;
		s->track[0][0] = 0;
		return 0;
	}
	if (strcmp(kind, "track1_wrong") == 0) {
		s->error[0] = true;
		s->track[0][0] = 0;
		return 0;
	}
	if (strcmp(kind, "no_luhn") == 0) {
		s->track[0][0] = 0;
		snprintf(s->track[1], FIELD, ";4111111111111112=2912201?");
		return 0;
	}
	memset(s->track, 0, sizeof s->track);
	if (strcmp(kind, "all_wrong") == 0) {
		s->error[0] = s->error[1] = s->error[2] = true;
		s->encode = 5;
	} else if (strcmp(kind, "blank") == 0) {
		s->encode = 3;
	} else if (strcmp(kind, "aamva") == 0) {
		s->encode = 1;
		snprintf(s->track[0], FIELD, "%%CAANYTOWN^DOE$JANE$Q^1 MAIN STREET^?");
		snprintf(s->track[1], FIELD, ";6360121234567890123=290619850704?");
	} else if (strcmp(kind, "jis2") == 0) {
		s->encode = 7;
		snprintf(s->track[1], FIELD, "A1234567890123A");
	} else if (strcmp(kind, "staff") == 0) {
		snprintf(s->track[1], FIELD, ";9826000000001234?");
	} else {
		return -EINVAL;
	}
	return 0;
}

int ph_emu_msr_swipe(struct ph_emu_msr *m, uint64_t now_us, const char *kind, const char *number)
{
	struct ph_emu_swipe s = {.encode = 0};
	unsigned times = strcmp(kind, "double") == 0 ? 2 : 1;
	int r = 0;

	if (number && !is_test_number(number))
		return -EPERM;
	r = make_card(kind, number ? number : test_numbers[0], &s);
	m->unit.now_us = now_us;
	if (strcmp(kind, "silence") == 0)
		m->no_end = true;
	for (unsigned i = 0; i < times && r == 0; i++) {
		r = m->kind->swipe(m, &s);
		m->swipes += r == 0;
	}
	m->short_report = m->long_length = m->no_end = false;
	return r;
}

// ---- MagTek ----

static const uint8_t descriptor_magtek[] = {0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x09, 0x20, 0x09, 0x21, 0x09, 0x22, 0x09, 0x28, 0x09, 0x29,
	0x09, 0x2A, 0x09, 0x38, 0x95, 0x07, 0x81, 0x02, 0x09, 0x30, 0x95, 0x6E, 0x82, 0x02, 0x01,
	0x09, 0x31, 0x95, 0x6E, 0x82, 0x02, 0x01, 0x09, 0x32, 0x95, 0x6E, 0x82, 0x02, 0x01, 0x09,
	0x20, 0x95, 0x18, 0xB2, 0x02, 0x01, 0xC0};

// one report for each swipe, also when nothing could be read; behind the 0 that stands for no report id
static int swipe_magtek(struct ph_emu_msr *m, const struct ph_emu_swipe *s)
{
	uint8_t report[1 + 7 + 3 * FIELD] = {0};
	uint8_t *r = report + 1;

	if (s->encrypted)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(s->track[i]);
		r[i] = s->error[i];
		if (m->no_end && len)
			len--;
		r[3 + i] = (uint8_t)len;
		memcpy(r + 7 + i * FIELD, s->track[i], len);
	}
	if (m->long_length)
		r[4] = 200;
	r[6] = s->encode;
	return emu_unit_send(&m->unit, report, m->short_report ? 40 : sizeof report);
}

// ---- ID TECH ----

/* MagTek's head of seven bytes, the length of all in two, a block of 500; a feature of 8; no report ids. */
static const uint8_t descriptor_idtech[] = {0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x09, 0x20, 0x09, 0x21, 0x09, 0x22, 0x09, 0x28, 0x09, 0x29,
	0x09, 0x2A, 0x09, 0x38, 0x95, 0x07, 0x81, 0x02, 0x09, 0x30, 0x95, 0x02, 0x82, 0x02, 0x01,
	0x09, 0x31, 0x96, 0xF4, 0x01, 0x82, 0x02, 0x01, 0x09, 0x20, 0x95, 0x08, 0xB2, 0x02, 0x01,
	0xC0};

#define IDTECH_REPORT 509
#define KSN_LEN	      10

// first six and last four digits stay, the rest of number and data is masked
static size_t mask(const char *track, uint8_t *out)
{
	size_t len = strlen(track), number = strcspn(track + 1, "=^?");

	for (size_t i = 0; i < len; i++) {
		bool digit = track[i] >= '0' && track[i] <= '9';
		bool kept = i <= 4 || (i > number - 4 && i <= number);
		out[i] = (uint8_t)(digit && !kept ? '*' : track[i]);
	}
	return len;
}

// The enhanced form with track 2 alone: masked, forty bytes that stand for the encrypted ones, and the number of the key.
static size_t encrypted_message(struct ph_emu_msr *m, const struct ph_emu_swipe *s, uint8_t *out)
{
	uint8_t *body = out + 3, *p = body;
	const uint8_t ksn[KSN_LEN] = {
		0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0, (uint8_t)(1 + m->counter++)};
	size_t clear = strlen(s->track[1]), sealed = (clear + 7) / 8 * 8;
	const uint8_t head[] = {0x80, 0x02, 0, (uint8_t)clear, 0, 0x02, 0x82};
	uint8_t lrc = 0, sum = 0;

	memcpy(p, head, sizeof head);
	p += sizeof head;
	p += mask(s->track[1], p);
	memset(p, 0xAA, sealed);
	p += sealed;
	memcpy(p, ksn, sizeof ksn);
	p += sizeof ksn;
	size_t len = (size_t)(p - body);
	for (size_t i = 0; i < len; i++) {
		lrc ^= body[i];
		sum = (uint8_t)(sum + body[i]);
	}
	if (m->long_length)
		len--;
	out[0] = 0x02;
	out[1] = (uint8_t)len;
	out[2] = (uint8_t)(len >> 8);
	*p++ = m->short_report ? lrc ^ 1 : lrc;
	*p++ = sum;
	*p++ = 0x03;
	return (size_t)(p - out);
}

static size_t clear_text(const struct ph_emu_msr *m, const struct ph_emu_swipe *s, uint8_t *out)
{
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(s->track[i]);
		memcpy(out + n, s->track[i], len);
		n += len;
		if (s->error[i]) {
			memcpy(out + n, i == 0 ? "%E?" : i == 1 ? ";E?" : "+E?", 3);
			n += 3;
		}
	}
	return m->no_end && n ? n / 2 : n;
}

// an encrypted message has a head of its own, which takes the place of the other one
static int swipe_idtech(struct ph_emu_msr *m, const struct ph_emu_swipe *s)
{
	uint8_t report[1 + IDTECH_REPORT] = {0};
	uint8_t *r = report + 1;

	if (s->encrypted) {
		encrypted_message(m, s, r);
		return emu_unit_send(&m->unit, report, sizeof report);
	}
	size_t n = clear_text(m, s, r + 9);
	for (unsigned i = 0; i < 3; i++) {
		r[i] = s->error[i];
		r[3 + i] = (uint8_t)strlen(s->track[i]);
	}
	r[6] = s->encode;
	r[7] = (uint8_t)n;
	r[8] = (uint8_t)(n >> 8);
	if (m->long_length)
		r[8] = 0x7F;
	return emu_unit_send(&m->unit, report, m->short_report ? 12 : sizeof report);
}

static int swipe_line(struct ph_emu_msr *m, const struct ph_emu_swipe *s)
{
	uint8_t text[512];
	size_t n;

	if (s->encrypted) {
		n = encrypted_message(m, s, text);
	} else {
		n = clear_text(m, s, text);
		if (!m->no_end)
			text[n++] = '\r';
	}
	return emu_unit_send(&m->unit, text, n);
}

// `02 S fn len data 03 LRC` writes a setting, `02 R fn 03 LRC` reads one; answered by ACK or NAK
static void setting(struct ph_emu_msr *m)
{
	uint8_t lrc = 0;

	for (size_t i = 0; i + 1 < m->rx_len; i++)
		lrc ^= m->rx[i];
	uint8_t answer = lrc == m->rx[m->rx_len - 1] ? 0x06 : 0x15;
	m->rx_len = 0;
	emu_unit_send(&m->unit, &answer, 1);
}

static void input_line(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_msr *m = msr_of(unit);

	for (size_t i = 0; i < len; i++) {
		if (m->rx_len == 0 && data[i] != 0x02)
			continue;
		if (m->rx_len == sizeof m->rx)
			m->rx_len = 0;
		m->rx[m->rx_len++] = data[i];
		/* ETX ends it, with the check byte behind; a setting carries its length */
		size_t n = m->rx_len;
		size_t end = n > 3 && m->rx[1] == 'S' && m->rx[3] != 0x03 ? 4u + m->rx[3] : 3;
		if (n == end + 2 && m->rx[end] == 0x03)
			setting(m);
		else if (n > end + 2)
			m->rx_len = 0;
	}
}

// ---- page 8E ----

/* Lengths of tracks 1 to 3 and JIS, their data of 110 bytes each; report id 1. */
static const uint8_t descriptor_8e[] = {0x05, 0x8E, 0x09, 0x01, 0xA1, 0x01, 0x85, 0x01, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x09, 0x11, 0x81, 0x02, 0x09, 0x12, 0x81, 0x02,
	0x09, 0x13, 0x81, 0x02, 0x09, 0x14, 0x81, 0x02, 0x95, 0x6E, 0x09, 0x21, 0x82, 0x02, 0x01,
	0x09, 0x22, 0x82, 0x02, 0x01, 0x09, 0x23, 0x82, 0x02, 0x01, 0x09, 0x24, 0x82, 0x02, 0x01,
	0xC0};

static int swipe_8e(struct ph_emu_msr *m, const struct ph_emu_swipe *s)
{
	uint8_t report[1 + 4 + 4 * FIELD] = {1};

	if (s->encrypted)
		return -EOPNOTSUPP;
	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(s->track[i]);
		unsigned at = s->encode == 7 ? 3 : i; /* JIS has a field of its own */
		if (len == 0)
			continue;
		report[1 + at] = (uint8_t)(m->no_end ? len - 1 : len);
		memcpy(report + 5 + at * FIELD, s->track[i], m->no_end ? len - 1 : len);
	}
	if (m->long_length)
		report[2] = 200;
	return emu_unit_send(&m->unit, report, m->short_report ? 40 : sizeof report);
}

// ---- wedge ----

static int swipe_keys(struct ph_emu_msr *m, const struct ph_emu_swipe *s)
{
	uint8_t text[512];
	size_t n;
	int e = 0;

	if (s->encrypted)
		return -EOPNOTSUPP;
	n = clear_text(m, s, text);
	if (!m->no_end)
		text[n++] = '\r';
	for (size_t i = 0; i < n && e == 0; i++)
		e = emu_keys_type(&m->unit, false, text[i]);
	return e;
}

// ---- the list ----

static void no_input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
}

static int fault(struct ph_emu_unit *unit, const char *word, long value, bool off)
{
	struct ph_emu_msr *m = msr_of(unit);

	if (strcmp(word, "short_report") == 0)
		m->short_report = !off;
	else if (strcmp(word, "long_length") == 0)
		m->long_length = !off;
	else if (strcmp(word, "no_end") == 0)
		m->no_end = !off;
	else
		return -EINVAL;
	return 0;
}

static const struct ph_emu_unit_ops ops = {.input = no_input, .fault = fault};
static const struct ph_emu_unit_ops ops_line = {.input = input_line, .fault = fault};

static const struct ph_emu_msr_kind kinds[] = {
	{.word = "magtek",
		.ops = &ops,
		.swipe = swipe_magtek,
		.vendor = 0x0801,
		.product = 0x0002,
		.maker = "Mag-Tek",
		.model = "USB Swipe Reader",
		.descriptor = descriptor_magtek,
		.descriptor_len = sizeof descriptor_magtek},
	{.word = "idtech",
		.ops = &ops,
		.swipe = swipe_idtech,
		.vendor = 0x0acd,
		.product = 0x2010,
		.maker = "ID TECH",
		.model = "SecureMag HID Reader",
		.descriptor = descriptor_idtech,
		.descriptor_len = sizeof descriptor_idtech},
	{.word = "idtech-serial",
		.ops = &ops_line,
		.swipe = swipe_line,
		.vendor = 0x0acd,
		.product = 0x0300,
		.maker = "ID TECH",
		.model = "SecureMag serial reader"},
	{.word = "hid",
		.ops = &ops,
		.swipe = swipe_8e,
		.vendor = 0x1d6b,
		.product = 0x018e,
		.maker = "POSHAL",
		.model = "Stripe reader",
		.descriptor = descriptor_8e,
		.descriptor_len = sizeof descriptor_8e},
	{.word = "wedge",
		.ops = &ops,
		.swipe = swipe_keys,
		.keyboard = true,
		.vendor = 0x0801,
		.product = 0x0001,
		.maker = "Mag-Tek",
		.model = "USB Swipe Reader, keyboard",
		.descriptor = emu_keys_descriptor,
		.descriptor_len = EMU_KEYS_DESCRIPTOR},
};

const struct ph_emu_msr_kind *ph_emu_msr_kind(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

void ph_emu_msr_init(struct ph_emu_msr *m, const struct ph_emu_msr_kind *kind)
{
	*m = (struct ph_emu_msr){.kind = kind};
	ph_emu_unit_init(&m->unit, kind->ops);
}

void ph_emu_msr_done(struct ph_emu_msr *m)
{
	ph_emu_unit_done(&m->unit);
}
