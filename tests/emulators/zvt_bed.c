// The driver zvt and the emulated terminal, written apart from each other, with a line between them.
#include "tests/emulators/zvt_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 100u
#define END_MS	1200000u /* each payment has ended then */

struct bench bench;
struct ph_emu_terminal terminal;
struct zvt_line line;
char ending[1024], progress[4096], receipts[16384];

static struct ph_emu_unit *const unit = &terminal.unit;

uint64_t now_us(void)
{
	return bench.now_ms * 1000;
}

static void line_breaks(void)
{
	unit->hang_up = unit->reenumerate = unit->leave = false;
	bench.dropped = false;
	ph_emu_unit_drop(unit);
	unit->ops->opened(unit, false);
	ph_buf_reset(&bench.written);
	ph_device_link_down(&bench.device, true, 0);
}

static void line_mends(void)
{
	ph_device_link_up(&bench.device);
	unit->ops->opened(unit, true);
}

void line_back(void)
{
	line.cut = false;
	if (!line.unseen)
		line_mends();
}

// How many of these bytes arrive; the line is cut behind them.
static size_t arriving(struct zvt_way *way, size_t n)
{
	if (line.cut)
		return 0;
	if (way->bytes + n >= way->cut_at) {
		n = way->cut_at - way->bytes;
		way->cut_at = ZVT_NEVER;
		line.cut = line.pending = true;
	}
	way->bytes += n;
	return n;
}

// What the host does when one side has ended the connection; true when it has done something.
static bool looks_at_line(void)
{
	bool left = (unit->hang_up || unit->leave) && ph_emu_unit_waiting(unit) == 0;
	bool rests = left && unit->leave && bench.device.driver->ended(&bench.device);
	bool broken = bench.device.link_up && (bench.dropped || unit->reenumerate || left);

	if (broken)
		line_breaks();
	if (!bench.device.link_up && ((broken && !rests) || bench.wanted > 0)) {
		bench.wanted = 0;
		line.opened++;
		line_mends();
	}
	return broken;
}

// Each side gets what the other has said; false when nothing was on its way.
static bool carry(void)
{
	uint8_t bytes[4096];
	size_t n = bench.written.len;
	bool moved = n > 0;

	if (n > 0) {
		ck_assert_uint_le(n, sizeof bytes);
		memcpy(bytes, bench.written.data, n);
		ph_buf_reset(&bench.written);
		n = arriving(&line.to_terminal, n);
		if (n > 0)
			ph_emu_unit_input(unit, now_us(), PH_EMU_DATA, bytes, n);
	}
	ph_emu_unit_tick(unit, now_us());
	n = ph_emu_unit_bytes(unit, now_us(), bytes, sizeof bytes);
	moved |= n > 0;
	n = arriving(&line.to_till, n);
	if (n > 0)
		bench_feed(&bench, bytes, n, false);
	if (line.cut && line.pending) {
		line.pending = false;
		if (!line.unseen)
			line_breaks();
		return false;
	}
	if (looks_at_line())
		moved = true;
	return moved;
}

static void keep(const char *lines, const char *word, char *out, size_t size)
{
	for (const char *at = lines; (at = strstr(at, word)) != NULL; at++) {
		size_t len = strcspn(at, "\n") + 1, n = strlen(out);
		ck_assert_uint_lt(n + len, size);
		memcpy(out + n, at, len);
		out[n + len] = '\0';
	}
}

// Stores what is to be stored, and keeps the end and the receipts.
static void look_up(void)
{
	const char *lines = bench_lines(&bench), *at = strstr(lines, "payment.end {");
	const char *need = strstr(lines, "payment.need {\"payment\":\"");
	char payment[16] = "", answer[64];

	if (at)
		snprintf(ending, sizeof ending, "%s", at);
	keep(lines, "payment.receipt {", receipts, sizeof receipts);
	keep(lines, "payment.progress {", progress, sizeof progress);
	if (!need)
		return;
	sscanf(need, "payment.need {\"payment\":\"%15[^\"]", payment);
	snprintf(answer, sizeof answer, "{\"payment\":\"%s\",\"ok\":true}", payment);
	bench_request(&bench, "payment.proceed", answer);
}

void pass(unsigned ms)
{
	for (unsigned passed = 0; passed <= ms; passed += STEP_MS) {
		for (int i = 0; i < 1000 && carry(); i++)
			look_up();
		look_up();
		bench_advance(&bench, STEP_MS);
	}
}

void start(bool serial, const struct ph_emu_terminal_config *config, const char *const *options)
{
	static const char *const usual[] = {"password=123456", NULL};
	struct ph_emu_terminal_config plain;

	setenv("TZ", "UTC", 1);
	ph_emu_terminal_config_default(&plain);
	if (config)
		plain = *config;
	plain.serial = serial;
	line = (struct zvt_line){
		.to_terminal = {.cut_at = ZVT_NEVER}, .to_till = {.cut_at = ZVT_NEVER}};
	receipts[0] = '\0';
	ph_emu_terminal_init(&terminal, &plain);
	bench_init(&bench, &ph_driver_zvt,
		serial ? "serial:/dev/ttyS0?baud=9600" : "tcp://127.0.0.1:20007",
		PH_CLASS_BIT(PH_CLASS_TERMINAL), options ? options : usual);
	// 22 November 2026, 09:31:00
	terminal.clock_us = 1795339860ll * 1000000 - (int64_t)now_us();
	unit->ops->opened(unit, true);
	pass(1000);
	ck_assert(terminal.registered);
}

void stop(void)
{
	bench_done(&bench);
	ph_emu_terminal_done(&terminal);
}

void begin(const char *type, unsigned n, unsigned amount, const char *more)
{
	char request[512];

	snprintf(request, sizeof request,
		"{\"payment\":\"pay-%u\",\"type\":\"%s\",\"amount\":%u,\"currency\":{\"code\":"
		"\"EUR\",\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":93059,"
		"\"counter\":%u%s}",
		n, type, amount, n, more);
	ending[0] = progress[0] = receipts[0] = '\0';
	bench_request(&bench, "payment.start", request);
}

const char *end(void)
{
	for (unsigned passed = 0; passed < END_MS && !ending[0]; passed += 1000)
		pass(1000);
	ck_assert_msg(ending[0], "a payment has no end");
	return ending;
}

const char *sale(unsigned n, unsigned amount)
{
	begin("sale", n, amount, "");
	return end();
}

bool told(const char *words)
{
	return strstr(ending, words) != NULL;
}

unsigned stand(enum ph_emu_terminal_kind kind, unsigned amount)
{
	unsigned count = 0;

	for (size_t i = 0; i < terminal.n_entries; i++) {
		const struct ph_emu_terminal_entry *e = &terminal.entries[i];
		count += e->kind == kind && e->amount == amount && !e->reversed;
	}
	return count;
}

// ---- commands ----

const char *original(void)
{
	static char text[192];
	char reference[100] = "";
	const char *at = strstr(ending, "\"reference\":\"");

	ck_assert_msg(at != NULL, "%s", ending);
	sscanf(at, "\"reference\":\"%99[^\"]", reference);
	snprintf(text, sizeof text, ",\"original\":{\"reference\":\"%s\",\"amount\":1234}",
		reference);
	return text;
}

static bool is_refunded(void)
{
	return stand(PH_EMU_TERMINAL_REFUND, 1234) == 1;
}

static bool is_reserved(void)
{
	return stand(PH_EMU_TERMINAL_PREAUTH, 1234) == 1;
}

static bool is_booked(void)
{
	return stand(PH_EMU_TERMINAL_BOOK, 1000) == 1;
}

static bool is_voided(void)
{
	return terminal.entries[0].reversed;
}

static bool is_closed(void)
{
	return terminal.entries[0].closed;
}

const struct zvt_command commands[ZVT_COMMANDS] = {
	{NULL, "refund", 1234, is_refunded},
	{NULL, "preauth", 1234, is_reserved},
	{"preauth", "complete", 1000, is_booked},
	{"preauth", "void", 1234, is_voided},
	{"sale", "void", 1234, is_voided},
	{"sale", "end_of_day", 0, is_closed},
};

const char *prepare(const struct zvt_command *command)
{
	if (!command->first)
		return "";
	begin(command->first, 1, 1234, "");
	end();
	ck_assert_msg(approved(), "%s", ending);
	return strcmp(command->type, "end_of_day") ? original() : "";
}
