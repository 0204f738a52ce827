// The driver zvt and the emulated terminal, written apart from each other: whatever goes wrong in a sale, what the driver tells is what
// the terminal's ledger holds, or the driver says that it does not know.
#include "tests/emulators/zvt_bed.h"

#include <stdio.h>
#include <string.h>

static void start_with(bool serial, bool keep)
{
	struct ph_emu_terminal_config config;

	ph_emu_terminal_config_default(&config);
	config.auto_reversal = !keep;
	start(serial, &config, NULL);
}

static const char *const faults[] = {"none", "ignore", "busy", "refused", "aborted", "silent_run",
	"stall", "stall_booked", "close_before", "close_after", "status_twice",
	"status_after_abort", "long_length", "unknown_bmp", "unknown_tlv", "truncated_tlv",
	"wrong_llvar", "reboot", "split", "clock", "bad_crc", "nak", "lost_ack", "no_doubling"};
#define FAULTS	   (sizeof faults / sizeof *faults)
#define TCP_FAULTS 20

static void run(const char *fault, bool serial, bool keep, bool first)
{
	start_with(serial, keep);
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
	stop();
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

// ---- each fault, with each command that changes the ledger ----

static void run_command(
	const struct zvt_command *command, const char *fault, bool serial, bool keep)
{
	start_with(serial, keep);
	const char *about = prepare(command);
	ck_assert_int_eq(ph_emu_terminal_fault(&terminal, fault, 1), 0);
	begin(command->type, 2, command->amount, about);
	end();
	/* none of these hides the truth */
	ck_assert_msg(!uncertain() && command->happened() == approved(), "%s, %s: %s",
		command->type, fault, ending);
	/* nothing of it is done later, and the terminal can be used again */
	bool was = command->happened();
	ph_emu_terminal_fault(&terminal, "none", 0);
	pass(60000);
	ck_assert_uint_eq(command->happened(), was);
	sale(3, 1500);
	ck_assert_msg(approved(), "%s, %s: %s", command->type, fault, ending);
	ck_assert_uint_eq(command->happened(), was);
	stop();
}

START_TEST(test_commands)
{
	for (size_t i = 0; i < ZVT_COMMANDS; i++)
		for (unsigned how = 0; how < 4; how++)
			if ((how & 1) || _i < TCP_FAULTS)
				run_command(&commands[i], faults[_i], how & 1, how & 2);
}
END_TEST

// What it shows and prints: texts as progress, receipts for both and a report for the shop, in its characters and in each form.
START_TEST(test_texts)
{
	static const char *const forms[][5] = {
		{"password=123456", NULL},
		{"password=123456", "block_print=no", NULL},
		{"password=123456", "charset=iso8859-15", NULL},
		{"password=123456", "charset=iso8859-15", "block_print=no", NULL},
	};

	start(_i & 1, NULL, forms[_i / 2]);
	sale(1, 1009);
	ck_assert_msg(approved(), "%s", ending);
	ck_assert_msg(
		strstr(progress, "\"text\":\"Bitte Karte prüfen und bestätigen\""), "%s", progress);
	const char *merchant = strstr(receipts, "\"copy\":\"merchant\"");
	const char *customer = strstr(receipts, "\"copy\":\"customer\"");
	ck_assert_msg(merchant && customer && merchant < customer, "%s", receipts);
	ck_assert(strstr(merchant, "Händlerbeleg") && strstr(customer, "Kundenbeleg"));
	ck_assert_msg(strstr(customer, "{\"text\":\"EUR 10,09\",\"size\":[2,1]}") &&
			      strstr(customer, "Genehmigung für diese Karte") &&
			      strstr(customer, "Karte 541333******0011"),
		"%s", receipts);
	begin("end_of_day", 2, 0, "");
	end();
	ck_assert_msg(told("\"count\":1,\"total\":1009,"), "%s", ending);
	ck_assert_msg(strstr(receipts, "\"copy\":\"shop\"") && strstr(receipts, "Abschluß") &&
			      strstr(receipts, "Summe EUR 10,09"),
		"%s", receipts);
	stop();
}
END_TEST

// Somebody wants a payment ended, at any moment of it: what is told is what the ledger holds, and the terminal can be used again.
START_TEST(test_cancelled)
{
	static const char *const cards[] = {"good", "none"};
	unsigned cancelled = 0, went_on = 0;

	for (unsigned how = 0; how < 4; how++)
		for (unsigned ms = 0; ms < 3000; ms += 100) {
			start_with(how & 1, false);
			terminal.config.pace_ms = 200;
			ph_emu_terminal_card(&terminal, now_us(), cards[how / 2]);
			begin("sale", 1, 1000, "");
			pass(ms);
			if (!ending[0])
				bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
			end();
			ck_assert_msg(
				!uncertain() && approved() == held(1000), "%u ms: %s", ms, ending);
			*(approved() ? &went_on : &cancelled) += 1;
			ph_emu_terminal_card(&terminal, now_us(), "good");
			sale(2, 1500);
			ck_assert_msg(approved(), "%u ms: %s", ms, ending);
			stop();
		}
	ck_assert_uint_gt(cancelled, 50);
	ck_assert_uint_gt(went_on, 10);
}
END_TEST

// One that closes the connection behind each command: each command gets its own, and the terminal stays ready.
START_TEST(test_closing)
{
	struct ph_emu_terminal_config config;

	ph_emu_terminal_config_default(&config);
	config.closes = true;
	start(false, &config, NULL);
	pass(1000);
	ck_assert(!bench.device.link_up);
	unsigned before = terminal.counts.commands;
	for (unsigned n = 1; n < 4; n++) {
		line.opened = 0;
		sale(n, 1000 + 10 * n);
		ck_assert_msg(approved(), "%s", ending);
		// the last transaction, the totals, the payment
		ck_assert_uint_eq(line.opened, 3);
		pass(1000);
		ck_assert(!bench.device.link_up);
	}
	ck_assert_uint_eq(terminal.counts.commands - before, 9);
	// and without that habit on the same connection again
	terminal.config.closes = false;
	sale(4, 1040);
	ck_assert_msg(approved(), "%s", ending);
	line.opened = 0;
	sale(5, 1050);
	ck_assert_msg(approved() && !line.opened, "%s", ending);
	stop();
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

	start_with(false, false);
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		size_t before = terminal.n_entries;
		ck_assert_int_eq(ph_emu_terminal_card(&terminal, now_us(), table[i].card), 0);
		sale(i + 1, table[i].amount);
		ck_assert_msg(strstr(ending, table[i].end), "%u: %s", table[i].amount, ending);
		ck_assert_uint_eq(terminal.n_entries - before, table[i].held != 0);
		if (table[i].held)
			ck_assert_uint_eq(held(table[i].held), 1);
	}
	stop();
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
	tcase_add_loop_test(tcase, test_commands, 0, (int)FAULTS);
	tcase_add_loop_test(tcase, test_texts, 0, 8);
	tcase_add_test(tcase, test_cancelled);
	tcase_add_test(tcase, test_closing);
	tcase_add_test(tcase, test_decisions);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
