// The driver zvt and the emulated terminal, written apart from each other: whatever goes wrong in a sale, what the driver tells is what
// the terminal's ledger holds, or the driver says that it does not know.
#include "drivers/registry.h"
#include "emulators/models/zvt.h"
#include "tests/drivers/bench.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 100u
#define END_MS	1200000u /* each sale has ended then */

static struct bench bench;
static struct ph_emu_terminal terminal;
static struct ph_emu_unit *const unit = &terminal.unit;
static char ending[1024];

static uint64_t now_us(void)
{
	return bench.now_ms * 1000;
}

static void line_breaks(void)
{
	unit->hang_up = unit->reenumerate = false;
	bench.dropped = false;
	ph_emu_unit_drop(unit);
	unit->ops->opened(unit, false);
	ph_buf_reset(&bench.written);
	ph_device_link_down(&bench.device, true, 0);
	ph_device_link_up(&bench.device);
	unit->ops->opened(unit, true);
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
		ph_emu_unit_input(unit, now_us(), PH_EMU_DATA, bytes, n);
	}
	ph_emu_unit_tick(unit, now_us());
	n = ph_emu_unit_bytes(unit, now_us(), bytes, sizeof bytes);
	if (n > 0)
		bench_feed(&bench, bytes, n, false);
	if (bench.dropped || unit->reenumerate ||
		(unit->hang_up && ph_emu_unit_waiting(unit) == 0)) {
		line_breaks();
		moved = true;
	}
	return moved || n > 0;
}

// Stores what is to be stored, and keeps the end.
static void look_up(void)
{
	const char *lines = bench_lines(&bench), *end = strstr(lines, "payment.end {");
	char payment[16] = "";
	const char *need = strstr(lines, "payment.need {\"payment\":\"");

	if (end)
		snprintf(ending, sizeof ending, "%s", end);
	if (!need)
		return;
	sscanf(need, "payment.need {\"payment\":\"%15[^\"]", payment);
	char answer[64];
	snprintf(answer, sizeof answer, "{\"payment\":\"%s\",\"ok\":true}", payment);
	bench_request(&bench, "payment.proceed", answer);
}

static void pass(unsigned ms)
{
	for (unsigned passed = 0; passed <= ms; passed += STEP_MS) {
		for (int i = 0; i < 1000 && carry(); i++)
			look_up();
		look_up();
		bench_advance(&bench, STEP_MS);
	}
}

static void start(bool serial, bool keep)
{
	static const char *const options[] = {"password=123456", NULL};
	struct ph_emu_terminal_config config;

	setenv("TZ", "UTC", 1);
	ph_emu_terminal_config_default(&config);
	config.serial = serial;
	config.auto_reversal = !keep;
	ph_emu_terminal_init(&terminal, &config);
	bench_init(&bench, &ph_driver_zvt,
		serial ? "serial:/dev/ttyS0?baud=9600" : "tcp://127.0.0.1:20007",
		PH_CLASS_BIT(PH_CLASS_TERMINAL), options);
	// 22 November 2026, 09:31:00
	terminal.clock_us = 1795339860ll * 1000000 - (int64_t)now_us();
	unit->ops->opened(unit, true);
	pass(1000);
	ck_assert(terminal.registered);
}

static const char *sale(unsigned n, unsigned amount)
{
	char request[256];

	snprintf(request, sizeof request,
		"{\"payment\":\"pay-%u\",\"type\":\"sale\",\"amount\":%u,\"currency\":{\"code\":"
		"\"EUR\","
		"\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":93059,\"counter\":%u}",
		n, amount, n);
	ending[0] = 0;
	bench_request(&bench, "payment.start", request);
	for (unsigned passed = 0; passed < END_MS && !ending[0]; passed += 1000)
		pass(1000);
	ck_assert_msg(ending[0], "sale %u has no end", n);
	return ending;
}

static bool approved(void)
{
	return strstr(ending, "\"outcome\":\"approved\"") != NULL;
}

static bool uncertain(void)
{
	return strstr(ending, "\"outcome\":\"uncertain\"") != NULL;
}

// Sales of this amount that the ledger holds.
static unsigned held(unsigned amount)
{
	unsigned count = 0;

	for (size_t i = 0; i < terminal.n_entries; i++) {
		const struct ph_emu_terminal_entry *e = &terminal.entries[i];
		count += e->kind == PH_EMU_TERMINAL_SALE && e->amount == amount && !e->reversed;
	}
	return count;
}

static const char *const faults[] = {"none", "ignore", "busy", "silent_run", "stall",
	"stall_booked", "close_before", "close_after", "status_twice", "status_after_abort",
	"long_length", "unknown_bmp", "unknown_tlv", "truncated_tlv", "wrong_llvar", "reboot",
	"split", "clock", "bad_crc", "nak", "lost_ack", "no_doubling"};
#define FAULTS	   (sizeof faults / sizeof *faults)
#define TCP_FAULTS 18

static void run(const char *fault, bool serial, bool keep, bool first)
{
	start(serial, keep);
	if (!first) {
		sale(1, 1000);
		ck_assert_msg(approved(), "%s", ending);
	}
	ck_assert_int_eq(ph_emu_terminal_fault(&terminal, fault, 1), 0);
	sale(2, 1234);
	bool was = approved(), unknown = uncertain();
	if (!unknown)
		ck_assert_msg(held(1234) == was, "%s: %s, the ledger holds %u", fault, ending,
			held(1234));
	ck_assert_uint_le(held(1234), 1);
	ph_emu_terminal_fault(&terminal, "none", 0);
	if (!unknown) {
		sale(3, 1500);
		ck_assert_msg(approved(), "%s, then %s", fault, ending);
		ck_assert_uint_eq(held(1500), 1);
		ck_assert_uint_eq(held(1234), was);
		ck_assert_uint_eq(held(1000), !first);
	}
	bench_done(&bench);
	ph_emu_terminal_done(&terminal);
}

START_TEST(test_tcp)
{
	for (unsigned how = 0; how < 4; how++)
		run(faults[_i], false, how & 1, how & 2);
}
END_TEST

START_TEST(test_serial)
{
	for (unsigned how = 0; how < 4; how++)
		run(faults[_i], true, how & 1, how & 2);
}
END_TEST

// What the terminal and the card decide, in the driver's words.
START_TEST(test_decisions)
{
	static const struct {
		const char *card;
		unsigned amount, held;
		const char *end;
	} table[] = {
		{"good", 1000, 1000, "\"outcome\":\"approved\",\"amount_approved\":1000,"},
		{"good", 1001, 0, "\"outcome\":\"declined\""},
		{"good", 1002, 0,
			"\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":"
			"\"cancelled_on_terminal\""},
		{"good", 1004, 0, "\"reason\":\"terminal_busy\""},
		{"good", 1005, 1005, "\"outcome\":\"approved\""},
		{"good", 1006, 503, "\"outcome\":\"partial\",\"amount_approved\":503,"},
		{"good", 1007, 1007, "\"outcome\":\"approved\""},
		{"good", 1008, 1108, "\"outcome\":\"approved\",\"amount_approved\":1108,"},
		{"visa", 1100, 1100, "\"masked_pan\":\"476173******0119\""},
		{"expired", 1200, 0, "\"outcome\":\"declined\""},
		{"unreadable", 1300, 0, "\"outcome\":\"declined\""},
		{"declined", 1400, 0, "\"reason\":\"declined_by_host\""},
		{"none", 1500, 0, "\"reason\":\"cancelled_on_terminal\""},
	};

	start(false, false);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		size_t before = terminal.n_entries;
		ck_assert_int_eq(ph_emu_terminal_card(&terminal, now_us(), table[i].card), 0);
		sale(i + 1, table[i].amount);
		ck_assert_msg(strstr(ending, table[i].end), "%u: %s", table[i].amount, ending);
		ck_assert_uint_eq(terminal.n_entries - before, table[i].held != 0);
		if (table[i].held)
			ck_assert_uint_eq(held(table[i].held), 1);
	}
	bench_done(&bench);
	ph_emu_terminal_done(&terminal);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt against a terminal");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_tcp, 0, TCP_FAULTS);
	tcase_add_loop_test(tcase, test_serial, 0, (int)FAULTS);
	tcase_add_test(tcase, test_decisions);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
