// The payment terminal: the published frames, a sale in each of its forms, and a ledger that tells what a till must find out.
#include <errno.h>

#include "emulators/models/zvt.h"
#include "unit_bed.h"

static struct ph_emu_terminal terminal;
static struct ph_emu_unit *const unit = &terminal.unit;

static void start(bool serial)
{
	struct ph_emu_terminal_config config;

	ph_emu_terminal_done(&terminal);
	ph_emu_terminal_config_default(&config);
	config.serial = serial;
	config.receipt = 42;
	ph_emu_terminal_init(&terminal, &config);
	terminal.trace = 123;
	// 1 September 2026, 12:30:00
	terminal.clock_us = 1788265800ll * 1000000 - (int64_t)bed_now;
	unit->ops->opened(unit, true);
}

#define OK  "80 00 00"
#define PAY "06 01 0A 04 00 00 00 00 12 34 49 09 78"
#define RESULT                                                                                     \
	"27 00 04 00 00 00 00 12 34 49 09 78 0B 00 01 23 0C 12 30 00 0D 09 01 22 F0 F8 54 13 33 "  \
	"EE EE EE 00 11 29 12 34 56 78 3B 31 32 33 35 32 33 00 00 87 00 42 8A 06 19 70"
#define DONE "06 0F 00"

// What the till says, and all that the terminal says to it at once.
static void talk(const char *till, const char *answer)
{
	bed_say(unit, till);
	bed_pass(unit, 0);
	bed_out(unit, answer);
}

static void sign_on(const char *command)
{
	talk(command, OK " 06 0F 0A 19 00 29 12 34 56 78 49 09 78");
	talk(OK, "");
}

START_TEST(test_sale)
{
	start(false);
	talk(PAY, OK " 04 0F 37 " RESULT);
	ck_assert(!terminal.entries[0].acknowledged);
	talk(OK, DONE);
	ck_assert(terminal.entries[0].acknowledged);
	talk(OK, "");
	ck_assert(!terminal.running);
	ck_assert_uint_eq(terminal.n_entries, 1);
	ck_assert_uint_eq(terminal.entries[0].amount, 1234);
	ck_assert_uint_eq(terminal.entries[0].receipt, 42);
	// asked for the last one, without a receipt
	talk("06 20 05 12 34 56 03 03", OK " 04 0F 37 " RESULT);
	talk(OK, DONE);
	talk(OK, "");
	// and undone
	talk("06 30 06 12 34 56 87 00 42", OK
		" 04 0F 3B 27 00 04 00 00 00 00 12 34 49 09 78 0B 00 01 24 37 00 01 23 0C 12 30 00 "
		"0D 09 01 22 F0 F8 54 13 33 EE EE EE 00 11 29 12 34 56 78 3B 31 32 33 35 32 34 00 "
		"00 87 00 43 8A 06 19 70");
	talk(OK, DONE);
	talk(OK, "");
	ck_assert(terminal.entries[0].reversed && !terminal.entries[0].by_itself);
	talk("06 30 06 12 34 56 87 00 42", OK " 04 0F 07 27 B4 29 12 34 56 78");
	talk(OK, "06 1E 01 B4");
	talk(OK, "");
}
END_TEST

START_TEST(test_registration_and_status)
{
	start(false);
	sign_on("06 00 06 12 34 56 08 09 78");
	talk(PAY, OK " 04 FF 01 0A");
	talk(OK, "04 FF 01 04");
	talk(OK, "04 0F 37 " RESULT);
	talk(OK, "04 FF 01 0B");
	talk(OK, DONE);
	talk(OK, "");
	// log-off: the till prints, and hears no status
	talk("06 02 00", OK);
	ck_assert_uint_eq(terminal.registered, 0x86);
	// another currency, a wrong password, what it does not know
	talk("06 00 06 12 34 56 08 08 40", OK " 06 1E 01 6F");
	talk(OK, "");
	talk("06 00 06 00 00 00 08 09 78", "84 83 00");
	talk("06 99 00", "84 83 00");
	talk("06 01 02 7F 01", "84 83 00");
	talk("06 01 03 04 00 00", "84 9A 00");
	talk("05 01 00", OK " 06 0F 01 00");
	talk("06 01 00", "84 9C 00");
	talk(OK, "");
	talk("06 B0 00", OK);
}
END_TEST

START_TEST(test_receipts)
{
	start(false);
	sign_on("06 00 06 12 34 56 82 09 78");
	talk(PAY, OK " 04 0F 37 " RESULT);
	talk(OK, "06 D1 0D 40 48 84 'ndlerbeleg'");
	for (unsigned i = 0; i < 15; i++) {
		ck_assert(terminal.running);
		bed_say(unit, i == 3 ? "84 CC 00" : OK);
		bed_pass(unit, 0);
		unit->out_at = unit->out_len = 0;
	}
	talk(OK, DONE);
	talk(OK, "");
	// in blocks, with ISO 8859-15
	talk("06 00 13 12 34 56 82 09 78 06 0B 26 04 0A 02 06 D3 27 03 14 01 0F",
		OK " 06 0F 11 19 00 29 12 34 56 78 49 09 78 06 05 27 03 14 01 0F");
	talk(OK, "");
	bed_say(unit, "06 20 05 12 34 56 03 00");
	bed_pass(unit, 0);
	bed_out(unit,
		OK " 06 D3 9D 06 81 9A 1F 07 01 01 25 81 93 09 01 40 07 0C 48 E4 'ndlerbeleg' "
		   "07 07 'Zahlung' 09 01 00 07 11 'Terminal 12345678' 07 18 'Beleg 0042  Trace "
		   "000123' 07 16 'Karte 541333******0011' 09 01 20 07 09 'EUR 12,34' 09 01 00 07 "
		   "1B 'Genehmigung f' FC 'r diese Karte' 09 01 81");
	ck_assert(terminal.running);
}
END_TEST

START_TEST(test_identifier)
{
	start(false);
	terminal.receipt = 9999;
	talk("06 01 0F 04 00 00 00 00 12 34 49 09 78 06 03 1F 1F 00", OK
		" 04 0F 3E 27 00 04 00 00 00 00 12 34 49 09 78 0B 00 01 23 0C 12 30 00 0D 09 01 22 "
		"F0 "
		"F8 54 13 33 EE EE EE 00 11 29 12 34 56 78 3B 31 32 33 35 32 33 00 00 87 99 99 8A "
		"06 19 70 06 05 1F 1F 02 99 99");
	talk(OK, DONE);
	talk(OK, "");
	ck_assert_uint_eq(terminal.receipt, 1);
	// the till has not seen number 9999: it is undone, and its number used again
	bed_say(unit, "06 01 11 04 00 00 00 00 12 34 49 09 78 06 05 1F 1F 02 99 98");
	ck_assert(terminal.entries[0].reversed && terminal.entries[0].by_itself);
	bed_pass(unit, 0);
	ck_assert_uint_eq(terminal.entries[1].receipt, 9999);
	ck_assert_uint_eq(terminal.counts.auto_reversals, 1);
}
END_TEST

static void nobody_answers(bool keep)
{
	start(false);
	terminal.config.auto_reversal = !keep;
	talk(PAY, OK " 04 0F 37 " RESULT);
	bed_pass(unit, 4999);
	ck_assert(terminal.running);
	bed_pass(unit, 1);
	ck_assert(!terminal.running);
	ck_assert_uint_eq(terminal.n_entries, 1);
	ck_assert(terminal.entries[0].reversed != keep);
	talk("06 20 05 12 34 56 03 03", keep ? OK " 04 0F 37 " RESULT : OK " " DONE);
}

START_TEST(test_nobody_answers)
{
	nobody_answers(true);
	nobody_answers(false);
	// the till could not store it
	start(false);
	talk(PAY, OK " 04 0F 37 " RESULT);
	talk("84 B1 00", "06 1E 01 B1");
	ck_assert(terminal.entries[0].reversed && terminal.entries[0].by_itself);
	ck_assert_uint_eq(terminal.counts.refused, 1);
	talk(OK, "");
	// the till is not ready yet
	bed_say(unit, PAY);
	bed_pass(unit, 0);
	unit->out_at = unit->out_len = 0;
	talk("84 9C 00", "");
	bed_pass(unit, 2000);
	ck_assert_uint_gt(ph_emu_unit_waiting(unit), 0);
	unit->out_at = unit->out_len = 0;
	talk(OK, DONE);
}
END_TEST

START_TEST(test_amounts)
{
	static const struct {
		const char *pay, *first, *second;
	} table[] = {
		{"06 01 07 04 00 00 00 00 10 01", OK " 04 0F 07 27 05 29 12 34 56 78",
			"06 1E 01 05"},
		{"06 01 07 04 00 00 00 00 10 02", OK " 04 0F 07 27 6C 29 12 34 56 78",
			"06 1E 01 6C"},
		{"06 01 07 04 00 00 00 00 10 04", OK " 04 0F 07 27 9C 29 12 34 56 78",
			"06 1E 01 9C"},
	};

	start(false);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		talk(table[i].pay, table[i].first);
		talk(OK, table[i].second);
		talk(OK, "");
	}
	ck_assert_uint_eq(terminal.n_entries, 0);
	bed_say(unit, "06 01 07 04 00 00 00 00 10 06");
	bed_pass(unit, 0);
	ck_assert_uint_eq(terminal.entries[0].amount, 503);
	start(false);
	// a wrong PIN, and then the right one
	talk("06 01 07 04 00 00 00 00 10 05", OK " 04 0F 07 27 37 29 12 34 56 78");
	bed_say(unit, OK);
	bed_pass(unit, 0);
	ck_assert_uint_eq(terminal.n_entries, 1);
}
END_TEST

START_TEST(test_card)
{
	start(false);
	ck_assert_int_eq(ph_emu_terminal_card(&terminal, bed_now, "gold"), -EINVAL);
	ck_assert_int_eq(ph_emu_terminal_card(&terminal, bed_now, "none"), 0);
	talk(PAY, OK);
	ck_assert(terminal.waiting_card);
	talk("06 B0 00", OK " 04 0F 07 27 6C 29 12 34 56 78");
	talk(OK, "06 1E 01 6C");
	talk(OK, "");
	talk(PAY, OK);
	bed_pass(unit, 59999);
	bed_silent(unit);
	ph_emu_terminal_card(&terminal, bed_now, "expired");
	bed_pass(unit, 0);
	bed_out(unit, "04 0F 07 27 78 29 12 34 56 78");
	talk(OK, "06 1E 01 78");
	talk(OK, "");
	// asked whether it is on the till's list
	talk("06 00 0E 12 34 56 00 09 78 06 06 26 04 0A 02 06 E4",
		OK " 06 0F 0A 19 00 29 12 34 56 78 49 09 78");
	talk(OK, "");
	ph_emu_terminal_card(&terminal, bed_now, "good");
	talk(PAY, OK " 06 E4 0E 22 F0 F8 54 13 33 EE EE EE 00 11 0E 30 12");
	talk("84 6E 00", "04 0F 07 27 6E 29 12 34 56 78");
	ck_assert_uint_eq(terminal.n_entries, 0);
}
END_TEST

START_TEST(test_preauthorization)
{
	start(false);
	bed_say(unit, "06 22 0A 04 00 00 00 00 50 00 49 09 78");
	bed_pass(unit, 0);
	unit->out_at = unit->out_len = 0;
	talk(OK, DONE);
	talk(OK, "");
	talk("06 23 07 87 FF FF 06 02 23 00", OK " 06 1E 09 B8 06 06 23 04 08 02 00 42");
	talk(OK, "");
	talk("06 24 0A 87 00 42 04 00 00 00 00 60 00", OK " 04 0F 07 27 B7 29 12 34 56 78");
	talk(OK, "06 1E 01 B7");
	talk(OK, "");
	bed_say(unit, "06 24 0A 87 00 42 04 00 00 00 00 40 00");
	bed_pass(unit, 0);
	ck_assert_uint_eq(terminal.n_entries, 2);
	ck_assert_int_eq(terminal.entries[1].kind, PH_EMU_TERMINAL_BOOK);
	ck_assert_uint_eq(terminal.entries[1].amount, 4000);
	ck_assert(terminal.entries[0].closed);
	unit->out_at = unit->out_len = 0;
	talk(OK, DONE);
	talk(OK, "");
	talk("06 50 03 12 34 56", OK
		" 04 0F 42 27 00 04 00 00 00 00 40 00 60 F0 F5 F3 00 42 00 43 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 01 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
	talk(OK, DONE);
	ck_assert(terminal.entries[1].closed);
}
END_TEST

START_TEST(test_faults)
{
	start(false);
	ck_assert_int_eq(ph_emu_terminal_fault(&terminal, "odd", 1), -EINVAL);
	ph_emu_terminal_fault(&terminal, "ignore", 1);
	talk(PAY, "");
	ph_emu_terminal_fault(&terminal, "busy", 1);
	talk(PAY, "84 9C 00");
	ph_emu_terminal_fault(&terminal, "stall", 1);
	talk(PAY, OK);
	ck_assert_uint_eq(terminal.n_entries, 0);
	ph_emu_terminal_fault(&terminal, "stall_booked", 1);
	talk(PAY, OK);
	ck_assert_uint_eq(terminal.n_entries, 1);
	bed_pass(unit, 5000);
	ck_assert(terminal.entries[0].by_itself);
	terminal.config.auto_reversal = false;
	ph_emu_terminal_fault(&terminal, "close_before", 1);
	talk(PAY, OK);
	ck_assert(unit->hang_up);
	ck_assert(!terminal.entries[1].by_itself);
	unit->hang_up = false;
	ph_emu_terminal_fault(&terminal, "close_after", 1);
	bed_say(unit, PAY);
	bed_pass(unit, 0);
	ck_assert(unit->hang_up);
	unit->ops->opened(unit, false);
	unit->out_at = unit->out_len = 0;
	ck_assert(!terminal.running);
	ck_assert_uint_eq(terminal.n_entries, 3);
	ph_emu_terminal_fault(&terminal, "status_after_abort", 1);
	talk("06 01 07 04 00 00 00 00 10 01", OK " 04 0F 07 27 05 29 12 34 56 78");
	unit->ops->opened(unit, false);
	ph_emu_terminal_fault(&terminal, "reboot", 1);
	talk(PAY, OK);
	ck_assert(unit->reenumerate);
	ck_assert_uint_eq(terminal.n_entries, 4);
	ck_assert_uint_eq(terminal.n_faults, 0);
	ph_emu_terminal_fault(&terminal, "long_length", 1);
	bed_say(unit, PAY);
	bed_pass(unit, 0);
	uint8_t got[8];
	ck_assert_uint_eq(ph_emu_unit_bytes(unit, bed_now, got, 5), 5);
	bed_compare(got, 5, "80 00 FF 00 00", 0);
}
END_TEST

// ---- the serial line ----

START_TEST(test_serial)
{
	start(true);
	// doubled bytes, checksum low byte first
	talk("10 02 06 10 10 03 12 34 56 10 03 15 AD", "06 10 02 80 00 00 10 03 F5 1F");
	talk("06", "10 02 04 0F 42 27 00 04 00 00 00 00 00 00 60 F0 F5 F3 00 00 00 00 @71 10 03 91 "
		   "75");
	// not taken: again, twice at most
	talk("15", "10 02 04 0F 42 27 00 04 00 00 00 00 00 00 60 F0 F5 F3 00 00 00 00 @71 10 03 91 "
		   "75");
	talk("06", "");
	talk("10 02 80 00 00 10 03 F5 1F", "06 10 02 06 0F 00 10 03 C6 33");
	talk("06 10 02 80 00 00 10 03 F5 1F", "06");
	ck_assert(!terminal.running);
	// a wrong checksum, a gap
	talk("10 02 06 10 10 03 12 34 56 10 03 15 AE", "15");
	bed_say(unit, "10 02 06");
	bed_pass(unit, 200);
	bed_out(unit, "15");
	ck_assert_uint_eq(terminal.counts.bad_blocks, 2);
}
END_TEST

START_TEST(test_serial_faults)
{
	static const char busy[] = "10 02 84 9C 00 10 03 C3 41";

	start(true);
	ph_emu_terminal_fault(&terminal, "busy", 1);
	ph_emu_terminal_fault(&terminal, "nak", 1);
	talk("10 02 06 01 0A 04 00 00 00 00 12 34 49 09 78 10 03 B0 91", "15");
	ph_emu_terminal_fault(&terminal, "bad_crc", 1);
	talk("10 02 06 01 0A 04 00 00 00 00 12 34 49 09 78 10 03 B0 91",
		"06 10 02 84 9C 00 10 03 C2 40");
	talk("15", busy);
	talk("06", "");
	// its ACK is lost, and the till repeats the block: it is not done twice
	ph_emu_terminal_fault(&terminal, "lost_ack", 1);
	bed_say(unit, "10 02 06 01 0A 04 00 00 00 00 12 34 49 09 78 10 03 B0 91");
	bed_pass(unit, 0);
	unit->out_at = unit->out_len = 0;
	bed_say(unit, "10 02 06 01 0A 04 00 00 00 00 12 34 49 09 78 10 03 B0 91");
	bed_pass(unit, 0);
	bed_out(unit, "06");
	ck_assert_uint_eq(terminal.counts.duplicates, 1);
	ck_assert_uint_eq(terminal.n_entries, 1);
	// nobody acknowledges: two repeats, then the sale is undone
	bed_pass(unit, 15000);
	ck_assert_uint_eq(terminal.counts.repeats, 3);
	ck_assert(terminal.entries[0].by_itself);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt terminal");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	setenv("TZ", "UTC", 1);
	tcase_add_test(tcase, test_sale);
	tcase_add_test(tcase, test_registration_and_status);
	tcase_add_test(tcase, test_receipts);
	tcase_add_test(tcase, test_identifier);
	tcase_add_test(tcase, test_nobody_answers);
	tcase_add_test(tcase, test_amounts);
	tcase_add_test(tcase, test_card);
	tcase_add_test(tcase, test_preauthorization);
	tcase_add_test(tcase, test_faults);
	tcase_add_test(tcase, test_serial);
	tcase_add_test(tcase, test_serial_faults);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	ph_emu_terminal_done(&terminal);
	return failed != 0;
}
