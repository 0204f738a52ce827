// What an emulated Star printer says: automatic status, counters, identification; drawers, faults, reset
// (STAR Line Mode and StarPRNT Command Specifications).
#include "tests/emulators/printer_bed.h"

#define IDLE "\x23\x08\x04\0\0\0\0\0\0" // the sensor of a shut drawer is high

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	b.config.dialect = PH_EMU_DIALECT_STARPRNT;
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static void set(void (*change)(struct ph_emu_printer_state *))
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);

	change(&s);
	ph_emu_printer_set(b.p, b.now, &s);
}

// ---- automatic status ----

START_TEST(test_asked_for)
{
	FEED(&b, "\x1B\x06\x01");
	REPLIED(&b, IDLE);
	// Line Mode: version 3
	bed_done(&b);
	b.config.dialect = PH_EMU_DIALECT_STARLINE;
	bed_open(&b);
	FEED(&b, "\x1B\x06\x01");
	REPLIED(&b, "\x23\x06\x04\0\0\0\0\0\0");
}
END_TEST

static void cover(struct ph_emu_printer_state *s)
{
	s->cover_open = !s->cover_open;
}

static void cutter(struct ph_emu_printer_state *s)
{
	s->error = PH_EMU_ERROR_CUTTER;
}

static void hot(struct ph_emu_printer_state *s)
{
	s->error = PH_EMU_ERROR_HEAD_HOT;
}

static void broken(struct ph_emu_printer_state *s)
{
	s->error = PH_EMU_ERROR_UNRECOVERABLE;
}

static void well(struct ph_emu_printer_state *s)
{
	s->error = PH_EMU_ERROR_NONE;
}

static void switched_off_line(struct ph_emu_printer_state *s)
{
	s->offline = true;
}

START_TEST(test_sent_after_each_change)
{
	set(cover);
	REPLIED(&b, "\x23\x08\x2C\0\0\0\0\0\0");
	set(cover);
	REPLIED(&b, IDLE);
	bed_set_paper(&b, PH_EMU_PAPER_NEAR_END);
	REPLIED(&b, "\x23\x08\x04\0\0\x04\0\0\0");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "\x23\x08\x0C\0\0\x0C\0\0\0");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	REPLIED(&b, IDLE);
	set(cutter);
	REPLIED(&b, "\x23\x08\x0C\x08\0\0\0\0\0");
	set(hot);
	REPLIED(&b, "\x23\x08\x0C\x40\0\0\0\0\0");
	set(broken);
	REPLIED(&b, "\x23\x08\x0C\x20\0\0\0\0\0");
	set(well);
	REPLIED(&b, IDLE);
	set(switched_off_line);
	REPLIED(&b, "\x23\x08\x4C\0\0\0\0\0\0");
}
END_TEST

START_TEST(test_switched_off_and_on)
{
	// ESC RS a 0: no longer by itself; each setting is answered with one status
	FEED(&b, "\x1B\x1E"
		 "a\0");
	REPLIED(&b, IDLE);
	set(cover);
	REPLIED(&b, "");
	FEED(&b, "\x1B\x06\x01");
	REPLIED(&b, "\x23\x08\x2C\0\0\0\0\0\0");
	set(cover);
	FEED(&b, "\x1B\x1E"
		 "a1");
	REPLIED(&b, IDLE);
}
END_TEST

START_TEST(test_enquiry)
{
	// not while the status comes by itself
	FEED(&b, "\x05\x04");
	REPLIED(&b, "");
	FEED(&b, "\x1B\x1E"
		 "a\0");
	REPLIED(&b, IDLE);
	FEED(&b, "\x05\x04");
	REPLIED(&b, "\0\x10");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, "\x05\x04");
	REPLIED(&b, "\x08\x1C");
}
END_TEST

START_TEST(test_a_full_buffer_and_lost_bytes)
{
	ck_assert_int_eq(ph_emu_printer_arm(b.p, b.now,
				 &(struct ph_emu_armed){.fault = PH_EMU_FAULT_DROP_BYTES,
					 .count = PH_EMU_COUNT_RECEIVED,
					 .n = 2}),
		0);
	FEED(&b, "abcd\n");
	// told once
	REPLIED(&b, "\x23\x08\x04\0\x40\0\0\0\0");
	bed_printed(&b, "acd\n");
	FEED(&b, "\x1B\x06\x01");
	REPLIED(&b, IDLE);
}
END_TEST

START_TEST(test_asked_inside_of_data)
{
	// real-time, inside of an image as well, and out of a printer without paper
	FEED(&b, "\x1BX\x01\0\x1B\x06\x01");
	REPLIED(&b, IDLE);
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "\x23\x08\x0C\0\0\x0C\0\0\0");
	FEED(&b, "waits\n\x1B\x06\x01");
	REPLIED(&b, "\x23\x08\x0C\0\0\x0C\0\0\0");
}
END_TEST

// ---- counters ----

START_TEST(test_etb)
{
	// bits 1-3 and 5-6 of byte 8 count; the flag of byte 3 is told once
	FEED(&b, "a\n\x17");
	REPLIED(&b, "\x23\x08\x06\0\0\0\0\x02\0");
	FEED(&b, "\x17\x17\x17\x17\x17\x17\x17");
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	ck_assert_uint_eq(b.reply_len, 63);
	ck_assert_mem_eq(b.reply + 54, "\x23\x08\x06\0\0\0\0\x20\0", 9);
	// what stands in the line is printed
	FEED(&b, "x\x17");
	bed_printed(&b, "a\nx\n");
	REPLIED(&b, "\x23\x08\x06\0\0\0\0\x22\0");
	FEED(&b, "\x1B\x1E"
		 "E\0\x1B\x06\x01");
	REPLIED(&b, IDLE);
	// it waits for its turn
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "\x23\x08\x0C\0\0\x0C\0\0\0");
	FEED(&b, "y\n\x17");
	REPLIED(&b, "");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	REPLIED(&b, IDLE "\x23\x08\x06\0\0\0\0\x02\0");
}
END_TEST

START_TEST(test_document_counter)
{
	// s 0 reads, 1 counts, 2 clears; the number comes back
	FEED(&b, "\x1B\x1D\x03\x00\x34\x12");
	REPLIED(&b, "\x1B\x1D\x03\x00\x34\x12\0\0");
	FEED(&b, "a\x1B\x1D\x03\x01\x35\x12");
	REPLIED(&b, "\x1B\x1D\x03\x01\x35\x12\x01\0");
	bed_printed(&b, "a\n");
	FEED(&b, "\x1B\x1D\x03\x01\x36\x12\x1B\x1D\x03\x02\0\0\x1B\x1D\x03\x00\x37\x12");
	REPLIED(&b, "\x1B\x1D\x03\x01\x36\x12\x02\0\x1B\x1D\x03\x00\x37\x12\0\0");
	// the power forgets it
	FEED(&b, "\x1B\x1D\x03\x01\x38\x12");
	REPLIED(&b, "\x1B\x1D\x03\x01\x38\x12\x01\0");
	ph_emu_printer_power_cycle(b.p, b.now);
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	FEED(&b, "\x1B\x1D\x03\x00\x39\x12");
	REPLIED(&b, "\x1B\x1D\x03\x00\x39\x12\0\0");
}
END_TEST

START_TEST(test_no_counters)
{
	bed_done(&b);
	b.config.answers = PH_EMU_ANSWER_ASB;
	bed_open(&b);
	FEED(&b, "\x17\x1B\x1D\x03\x01\x35\x12");
	REPLIED(&b, "");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 0);
}
END_TEST

START_TEST(test_a_document_without_trouble)
{
	FEED(&b, "\x1B\x1D\x03\x03\0\0a\n\x1B\x1D\x03\x04\0\0b\n");
	bed_printed(&b, "a\nb\n");
	REPLIED(&b, "");
}
END_TEST

START_TEST(test_an_error_ends_a_document)
{
	FEED(&b, "\x1B\x1D\x03\x03\0\0a\n");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, "b\n");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	// thrown away up to the end of the document
	FEED(&b, "c\n\x1B\x1D\x03\x04\0\0d\n");
	bed_printed(&b, "a\nd\n");
}
END_TEST

START_TEST(test_an_error_ends_a_document_for_ten_seconds)
{
	FEED(&b, "\x1B\x1D\x03\x03\0\0a\n");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	FEED(&b, "c\n");
	b.now += 9999999;
	FEED(&b, "d\n");
	b.now += 1;
	FEED(&b, "e\n");
	bed_printed(&b, "a\ne\n");
}
END_TEST

// ---- identification ----

START_TEST(test_identification)
{
	bed_done(&b);
	strcpy(b.config.model, "MCP31L");
	strcpy(b.config.firmware, "3.0");
	strcpy(b.config.serial, "2560019");
	bed_open(&b);
	FEED(&b, "\x1B#*\n\0");
	REPLIED(&b, "\x1B#*,MCP31L Ver3.0\n\0");
	FEED(&b, "\x1B\x1D)I\x01\0\x31");
	REPLIED(&b, "\x1B\x1D)I\x01\0\x31PrSrN=2560019,\n\0");
}
END_TEST

// ---- drawers ----

static void check_pulse(size_t n, unsigned pin, unsigned on_ms, unsigned off_ms)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(b.p);

	for (size_t i = 0; i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		if (item->type != PH_EMU_ITEM_PULSE || n-- > 0)
			continue;
		ck_assert_int_eq(item->value, (int)pin);
		ck_assert_int_eq(item->width, (int)on_ms);
		ck_assert_int_eq(item->height, (int)off_ms);
		return;
	}
	ck_abort_msg("no such pulse");
}

START_TEST(test_drawers)
{
	// BEL and FS with the times of ESC BEL; SUB and EM the other one
	FEED(&b, "\x07\x1B\x07\x05\x14\x07\x1A\x19\x1B\x07\xFF\0\x07\x1B\x07\xFF\x01\x1C");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 6);
	check_pulse(0, 2, 200, 200);
	check_pulse(1, 2, 50, 200);
	check_pulse(2, 5, 200, 200);
	check_pulse(3, 5, 200, 200);
	check_pulse(4, 2, 50, 200);  // a time of 0 changes nothing
	check_pulse(5, 2, 1280, 10); // 128 units at most
}
END_TEST

START_TEST(test_the_sensor)
{
	b.drawer.open = false;
	FEED(&b, "\x07");
	REPLIED(&b, "\x23\x08\0\0\0\0\0\0\0");
	ph_emu_drawer_set(&b.drawer, b.now, false);
	ph_emu_printer_drawer_changed(b.p, b.now);
	REPLIED(&b, IDLE);
}
END_TEST

START_TEST(test_pulses_without_paper)
{
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, "\x07\x1A");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 0);
	FEED(&b, "\x1C");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 1);
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 3);
	// in the data of a symbol or an image they are data
	FEED(&b, "\x1BX\x01\0\x07\x1C\x1A\x1B\x1DyD1\0\x02\0\x1C\x07");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 3);
}
END_TEST

// ---- reset and power ----

START_TEST(test_reset)
{
	FEED(&b, "kept\n");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, "lost\n\x1BX\xFF\0abc"); // inside of an image
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	FEED(&b, "\x1B\x06\x18");
	REPLIED(&b, "\x23\x08\x0C\0\0\x0C\0\0\0");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	FEED(&b, "next\n");
	bed_printed(&b, "kept\nnext\n");
}
END_TEST

START_TEST(test_reset_clears_an_error)
{
	set(cutter);
	FEED(&b, "\x1B\x06\x18");
	ck_assert(!ph_emu_printer_is_offline(b.p));
	// heat does not go away by being told to
	set(hot);
	FEED(&b, "\x1B\x06\x18");
	ck_assert(ph_emu_printer_is_offline(b.p));
}
END_TEST

START_TEST(test_reset_in_its_turn)
{
	FEED(&b, "\x1B"
		 "Elost\x1B?\n\0next\n");
	bed_printed(&b, "next\n");
}
END_TEST

START_TEST(test_cancelled)
{
	// CAN clears the line and the counter of ETB
	FEED(&b, "\x17lost\x18next\n\x1B\x06\x01");
	REPLIED(&b, "\x23\x08\x06\0\0\0\0\x02\0" IDLE);
	bed_printed(&b, "next\n");
}
END_TEST

START_TEST(test_power)
{
	FEED(&b, "\x17\x1B\x1E"
		 "a\0");
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	FEED(&b, "lost\x1B");
	ph_emu_printer_power_cycle(b.p, b.now);
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	FEED(&b, "E\n"); // no rest of a command
	FEED(&b, "\x1B\x06\x01");
	REPLIED(&b, IDLE);
	bed_printed(&b, "E\n");
	set(cover);
	REPLIED(&b, "\x23\x08\x2C\0\0\0\0\0\0"); // by itself again
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_status");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_asked_for);
	tcase_add_test(tc, test_sent_after_each_change);
	tcase_add_test(tc, test_switched_off_and_on);
	tcase_add_test(tc, test_enquiry);
	tcase_add_test(tc, test_a_full_buffer_and_lost_bytes);
	tcase_add_test(tc, test_asked_inside_of_data);
	tcase_add_test(tc, test_etb);
	tcase_add_test(tc, test_document_counter);
	tcase_add_test(tc, test_no_counters);
	tcase_add_test(tc, test_a_document_without_trouble);
	tcase_add_test(tc, test_an_error_ends_a_document);
	tcase_add_test(tc, test_an_error_ends_a_document_for_ten_seconds);
	tcase_add_test(tc, test_identification);
	tcase_add_test(tc, test_drawers);
	tcase_add_test(tc, test_the_sensor);
	tcase_add_test(tc, test_pulses_without_paper);
	tcase_add_test(tc, test_reset);
	tcase_add_test(tc, test_reset_clears_an_error);
	tcase_add_test(tc, test_reset_in_its_turn);
	tcase_add_test(tc, test_cancelled);
	tcase_add_test(tc, test_power);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
