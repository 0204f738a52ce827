// Honeywell's serial commands, over a line or through the tunnel of HID POS: trigger, beep and the menu with its answers.
//
// Source: Honeywell user's guides, chapter "Serial Programming Commands".
#include <string.h>

#include "emulators/models/reader_internal.h"

enum { SYN = 0x16, CR = 0x0D, ACK = 0x06, ENQ = 0x05, NAK = 0x15 };
enum { TRIGGER_ON = 'T', TRIGGER_OFF = 'U', BEEP = 0x07, MENU = 'M' };

/* Tags this scanner knows, what they are set to at most (one digit; 0: any text), and what a question is answered with. */
static const struct {
	const char *tag;
	char most;
	const char *value;
} tags[] = {
	{"REVINF", 0, ""},
	{"TERMID", 0, "130"},
	{"BEPBEP", '1', "1"},
	{"DEFALT", 0, ""},
	{"PREBK2", 0, ""},
	{"PRECA2", 0, ""},
	{"SUFBK2", 0, ""},
	{"SUFCA2", 0, ""},
	{"CBRENA", '1', "1"},
	{"E13ENA", '1', "1"},
	{"EA8ENA", '1', "1"},
	{"UPAENA", '1', "1"},
	{"UPEEN0", '1', "1"},
	{"128ENA", '1', "1"},
	{"C39ENA", '1', "1"},
	{"I25ENA", '1', "1"},
	{"QRCENA", '1', "1"},
	{"IDMENA", '1', "1"},
	{"PDFENA", '1', "1"},
	{"AZTENA", '1', "1"},
};

struct answer {
	uint8_t data[512];
	size_t len;
};

static void add(struct answer *a, const void *data, size_t len)
{
	if (len > sizeof a->data - a->len)
		len = sizeof a->data - a->len;
	memcpy(a->data + a->len, data, len);
	a->len += len;
}

// One command between two punctuation marks: its echo with the status behind it.
static uint8_t run_one(
	struct ph_emu_reader *r, const char *tag, const char *value, size_t len, struct answer *a)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (strncmp(tags[i].tag, tag, 6) != 0)
			continue;
		add(a, tag, 6);
		if (len == 1 && (*value == '?' || *value == '^' || *value == '*')) {
			add(a, tags[i].value, strlen(tags[i].value));
			return ACK;
		}
		add(a, value, len);
		if (tags[i].most && (len != 1 || *value < '0' || *value > tags[i].most))
			return NAK;
		if (strncmp(tag, "BEPBEP", 6) == 0)
			r->beeper = *value == '1';
		return ACK;
	}
	add(a, tag, strnlen(tag, 6));
	add(a, value, len);
	return ENQ;
}

static void run_menu(
	struct ph_emu_reader *r, const char *text, size_t len, emu_hhp_answer_fn answer)
{
	static const char revision[] = "Product Name: POSHAL scanner\r\nBoot Revision: 1\r\n"
				       "Software Revision: EMU00001\r\n";
	struct answer a = {.len = 0};
	char tag[7] = "";

	for (size_t at = 0; at < len;) {
		size_t end = at;
		while (end < len && !strchr(";,.!", text[end]))
			end++;
		size_t n = end - at;
		if (at == 0 || text[at - 1] == ';') {
			memset(tag, 0, sizeof tag);
			memcpy(tag, text + at, n < 6 ? n : 6);
			at += n < 6 ? n : 6;
			n = end - at;
		}
		if (strcmp(tag, "REVINF") == 0)
			answer(r, (const uint8_t *)revision, sizeof revision - 1, false);
		uint8_t status = run_one(r, tag, text + at, n, &a);
		add(&a, &status, 1);
		if (end < len)
			add(&a, text + end, 1);
		at = end + 1;
	}
	answer(r, a.data, a.len, true);
}

static void run_short(struct ph_emu_reader *r, uint8_t command)
{
	if (command == TRIGGER_ON)
		r->armed = true;
	else if (command == TRIGGER_OFF)
		r->armed = false;
	else if (command == BEEP)
		r->good++;
}

void emu_hhp_input(
	struct ph_emu_reader *r, const uint8_t *data, size_t len, emu_hhp_answer_fn answer)
{
	for (size_t i = 0; i < len; i++) {
		if (r->rx_len == 0 && data[i] != SYN)
			continue;
		if (r->rx_len == sizeof r->rx)
			r->rx_len = 0;
		r->rx[r->rx_len++] = data[i];
		if (r->rx_len < 3)
			continue;
		if (r->rx[2] != CR) {
			r->rx_len = 0;
		} else if (r->rx[1] != MENU) {
			run_short(r, r->rx[1]);
			r->rx_len = 0;
		} else if (r->rx_len > 3 && (data[i] == '.' || data[i] == '!')) {
			run_menu(r, (const char *)r->rx + 3, r->rx_len - 3, answer);
			r->rx_len = 0;
		}
	}
}

// ---- the serial scanner ----

static void line_answer(struct ph_emu_reader *r, const uint8_t *text, size_t len, bool last)
{
	emu_unit_send(&r->unit, text, len);
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	emu_reader_note(r, data, len);
	emu_hhp_input(r, data, len, line_answer);
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	return emu_reader_serial.scan(r, label);
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .fault = emu_reader_fault, .power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_honeywell = {
	.word = "honeywell",
	.cable = PH_EMU_CABLE_SERIAL,
	.ops = &ops,
	.scan = scan,
	.vendor = 0x0c2e,
	.product = 0x0b8a, /* low five bits 0A: CDC */
	.maker = "Honeywell Imaging & Mobility",
	.model = "Serial scanner",
};
