// What the emulated printer answers, and how it behaves when paper, cover, power or time fail.
#include "tests/emulators/printer_bed.h"

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

// Epson ESC/POS reference, DLE EOT: healthy printer, drawer sensor low
START_TEST(test_dle_eot_healthy)
{
	FEED(&b, "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04");
	// closed drawer of this bed: open is low, so closed is high
	REPLIED(&b, "\x16\x12\x12\x12");
}
END_TEST

START_TEST(test_dle_eot_paper_end_and_cover)
{
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, "\x10\x04\x01\x10\x04\x02\x10\x04\x04");
	REPLIED(&b, "\x1E\x32\x7E");
	bed_set_paper(&b, PH_EMU_PAPER_NEAR_END);
	FEED(&b, "\x10\x04\x01\x10\x04\x04");
	REPLIED(&b, "\x16\x1E");
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.cover_open = true;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "\x10\x04\x02");
	REPLIED(&b, "\x16");
}
END_TEST

START_TEST(test_dle_eot_errors)
{
	static const struct {
		enum ph_emu_printer_error error;
		const char *reply;
	} rows[] = {
		{PH_EMU_ERROR_MECHANICAL, "\x16"},
		{PH_EMU_ERROR_CUTTER, "\x1A"},
		{PH_EMU_ERROR_UNRECOVERABLE, "\x32"},
		{PH_EMU_ERROR_HEAD_HOT, "\x52"},
	};
	for (size_t i = 0; i < 4; i++) {
		struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
		s.error = rows[i].error;
		ph_emu_printer_set(b.p, b.now, &s);
		FEED(&b, "\x10\x04\x03");
		bed_replied(&b, rows[i].reply, 1);
		FEED(&b, "\x10\x04\x02");
		REPLIED(&b, "\x52");
	}
}
END_TEST

START_TEST(test_asb_at_once_and_on_change)
{
	FEED(&b, "\x1D\x61\xFF");
	REPLIED(&b, "\x14\x00\x00\x00");
	bed_set_paper(&b, PH_EMU_PAPER_NEAR_END);
	REPLIED(&b, "\x14\x00\x03\x00");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "\x1C\x00\x0F\x00");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	REPLIED(&b, "\x14\x00\x00\x00");
	FEED(&b, "\x1B\x70\x00\x19\xFA");
	REPLIED(&b, "\x10\x00\x00\x00");
	// ESC @ ends it
	FEED(&b, "\x1B\x40");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "");
}
END_TEST

START_TEST(test_asb_only_enabled_items)
{
	FEED(&b, "\x1D\x61\x01");
	REPLIED(&b, "\x14\x00\x00\x00");
	bed_set_paper(&b, PH_EMU_PAPER_NEAR_END);
	REPLIED(&b, "");
	FEED(&b, "\x1D\x61\x00");
	FEED(&b, "\x1B\x70\x00\x19\xFA");
	REPLIED(&b, "");
}
END_TEST

START_TEST(test_requests_in_the_stream)
{
	FEED(&b, "\x1D\x72\x01\x1D\x72\x02\x1Bu\x30\x1Bv");
	REPLIED(&b, "\x00\x01\x01\x00");
	bed_set_paper(&b, PH_EMU_PAPER_NEAR_END);
	FEED(&b, "\x1D\x72\x31");
	REPLIED(&b, "\x03");
	FEED(&b, "\x1D\x49\x01\x1D\x49\x02\x1D\x49\x03");
	REPLIED(&b, "\x20\x02\x01");
	FEED(&b, "\x1D\x49\x42\x1D\x49\x43");
	REPLIED(&b, "_POSHAL\0_EMU-80\0");
	// information A keeps its identifier
	FEED(&b, "\x1D\x49\x21\x1D\x49\x23\x1D\x49\x60");
	REPLIED(&b, "\x3D\x21\x42\0\x3D\x23\x30\0\x3D\x60\0");
}
END_TEST

// Epson ESC/POS reference, GS ( H function 48
START_TEST(test_process_id)
{
	FEED(&b, "line\n\x1D(H\x06\0\x30\x30"
		 "AB01");
	REPLIED(&b, "\x37\x22"
		    "AB01\0");
	// an id outside 20-7E is ignored
	FEED(&b, "\x1D(H\x06\0\x30\x30"
		 "A\x01"
		 "01");
	REPLIED(&b, "");
}
END_TEST

START_TEST(test_process_id_waits_for_printing)
{
	ph_emu_printer_set_speed(b.p, 0, 10);
	FEED(&b, "one\ntwo\n\x1D(H\x06\0\x30\x30"
		 "AB01\x10\x04\x04");
	// real-time status is not held up
	REPLIED(&b, "\x12");
	uint64_t next = ph_emu_printer_tick(b.p, b.now);
	ck_assert_uint_eq(next, b.now + 100000);
	b.now = next;
	ck_assert_uint_eq(ph_emu_printer_tick(b.p, b.now), b.now + 100000);
	REPLIED(&b, "");
	b.now += 100000;
	ck_assert_uint_eq(ph_emu_printer_tick(b.p, b.now), PH_EMU_NEVER);
	REPLIED(&b, "\x37\x22"
		    "AB01\0");
}
END_TEST

START_TEST(test_only_latest_id_is_kept)
{
	// the host does not read: half of the transmit buffer fills up first
	for (unsigned i = 0; i < 2048; i++)
		FEED(&b, "\x10\x04\x01");
	FEED(&b, "\x1D(H\x06\0\x30\x30"
		 "AAAA\x1D(H\x06\0\x30\x30"
		 "BBBB");
	uint8_t drain[2048];
	ck_assert_uint_eq(ph_emu_printer_take(b.p, drain, sizeof drain), 2048);
	REPLIED(&b, "\x37\x22"
		    "BBBB\0");
}
END_TEST

START_TEST(test_offline_response)
{
	FEED(&b, "\x1D(H\x03\0\x31\x30\x01");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	REPLIED(&b, "\x37\x23\0");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	REPLIED(&b, "");
}
END_TEST

START_TEST(test_realtime_inside_image_data)
{
	// two rows of four bytes that hold DLE EOT 1: it is answered and it is printed
	FEED(&b, "\x1Dv0\0\x04\0\x02\0\x10\x04\x01\xFF\xFF\xFF\x10\x04");
	REPLIED(&b, "\x16");
	FEED(&b, "ok\n");
	REPLIED(&b, "");
	bed_printed(&b, "[IMAGE 32x2]\nok\n");
	const struct ph_emu_paper *paper = ph_emu_printer_paper(b.p);
	ck_assert_mem_eq(paper->bits, "\x10\x04\x01\xFF", 4);
	ck_assert_mem_eq(paper->bits + paper->stride, "\xFF\xFF\x10\x04", 4);
}
END_TEST

START_TEST(test_realtime_while_stopped)
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.stall = true;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "text\n\x1Dr\x01\x10\x04\x04\x10\x14\x01\x00\x01");
	REPLIED(&b, "\x12");
	ck_assert_uint_eq(b.drawer.pulses, 1);
	ck_assert(b.drawer.open);
	bed_printed(&b, "");
	s.stall = false;
	ph_emu_printer_set(b.p, b.now, &s);
	REPLIED(&b, "\x00");
	bed_printed(&b, "text\n");
}
END_TEST

START_TEST(test_realtime_pulse_rules)
{
	// GS ( D turns it off; a running pulse and an error do, too
	FEED(&b, "\x1D(D\x03\0\x14\x01\0\x10\x14\x01\0\x01");
	ck_assert_uint_eq(b.drawer.pulses, 0);
	FEED(&b, "\x1B@\x10\x14\x01\0\x02\x10\x14\x01\0\x02");
	ck_assert_uint_eq(b.drawer.pulses, 1);
	ck_assert_uint_eq(b.drawer.record[0].on_ms, 200);
	b.now += 400000;
	FEED(&b, "\x10\x14\x01\0\x01");
	ck_assert_uint_eq(b.drawer.pulses, 2);
	// pin 5 is another drawer
	b.now += 400000;
	FEED(&b, "\x10\x14\x01\x01\x01");
	ck_assert_uint_eq(b.drawer.pulses, 2);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 3);
}
END_TEST

START_TEST(test_clear_buffers)
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.error = PH_EMU_ERROR_CUTTER;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "never printed\n\x1Dv0\0\xFF\0\xFF\0\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08");
	REPLIED(&b, "\x37\x25\0");
	FEED(&b, "next\n");
	bed_printed(&b, "next\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_LOST);
	ck_assert_int_eq(bed_item(&b, 0)->value, 14 + 8);
}
END_TEST

START_TEST(test_enq_recovers)
{
	FEED(&b, "kept ");
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.error = PH_EMU_ERROR_CUTTER;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "line\n");
	bed_printed(&b, "");
	FEED(&b, "\x10\x05\x01");
	bed_printed(&b, "kept line\n");
	ck_assert_int_eq(ph_emu_printer_state(b.p)->error, PH_EMU_ERROR_NONE);
}
END_TEST

START_TEST(test_buffer_fills)
{
	bed_done(&b);
	b.config.rx_size = 64;
	bed_open(&b);
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	char data[100];
	memset(data, 'x', sizeof data);
	data[63] = '\n';
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 64);
	ck_assert_uint_eq(bed_feed(&b, data, sizeof data), 64);
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 0);
	ck_assert_uint_eq(bed_feed(&b, "y", 1), 0);
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 64);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).lines, 2);
}
END_TEST

START_TEST(test_paper_end_at_a_byte)
{
	ck_assert_int_eq(bed_arm(&b, PH_EMU_FAULT_PAPER_EMPTY, PH_EMU_COUNT_PROCESSED, 6), 0);
	FEED(&b, "\x1D\x61\xFF");
	REPLIED(&b, "\x14\0\0\0");
	FEED(&b, "one\ntwo\n\x1D(H\x06\0\x30\x30"
		 "AB01");
	REPLIED(&b, "\x1C\x00\x0F\x00");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).processed, 6);
	bed_printed(&b, "");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	REPLIED(&b, "\x14\0\0\0\x37\x22"
		    "AB01\0");
	bed_printed(&b, "one\ntwo\n");
}
END_TEST

START_TEST(test_paper_end_after_lines)
{
	bed_arm(&b, PH_EMU_FAULT_PAPER_EMPTY, PH_EMU_COUNT_LINES, 2);
	FEED(&b, "one\ntwo\nthree\n");
	bed_printed(&b, "one\ntwo\n");
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	bed_printed(&b, "one\ntwo\nthree\n");
}
END_TEST

START_TEST(test_power_cycle)
{
	FEED(&b, "\x1D\x61\xFF\x1B\x45\x01printed\nhalf a line");
	REPLIED(&b, "\x14\0\0\0");
	bed_set_paper(&b, PH_EMU_PAPER_EMPTY);
	FEED(&b, " rest\n");
	ph_emu_printer_power_cycle(b.p, b.now);
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	ck_assert_uint_eq(ph_emu_printer_buffered(b.p), 0);
	ck_assert_uint_eq(ph_emu_printer_line_pending(b.p), 0);
	// replies and automatic status are gone with the power
	REPLIED(&b, "");
	FEED(&b, "new\n");
	bed_printed(&b, "printed\nnew\n");
	const struct ph_emu_paper *paper = ph_emu_printer_paper(b.p);
	ck_assert(paper->items[0].runs[0].style.bold);
	ck_assert(!paper->items[paper->n_items - 1].runs[0].style.bold);
}
END_TEST

START_TEST(test_power_cycle_at_a_byte)
{
	bed_arm(&b, PH_EMU_FAULT_POWER_CYCLE, PH_EMU_COUNT_RECEIVED, 10);
	FEED(&b, "one\ntwo\nthree\nfour\n");
	bed_printed(&b, "one\ntwo\n");
	ck_assert_int_eq(ph_emu_printer_take_link_event(b.p), PH_EMU_LINK_POWER);
	ck_assert_int_eq(ph_emu_printer_take_link_event(b.p), PH_EMU_LINK_NOTHING);
	FEED(&b, "five\n");
	bed_printed(&b, "one\ntwo\nfive\n");
}
END_TEST

START_TEST(test_disconnect_at_a_byte)
{
	bed_arm(&b, PH_EMU_FAULT_DISCONNECT, PH_EMU_COUNT_RECEIVED, 5);
	FEED(&b, "one\ntwo\n");
	ck_assert_int_eq(ph_emu_printer_take_link_event(b.p), PH_EMU_LINK_DISCONNECT);
	ck_assert_uint_eq(ph_emu_printer_line_pending(b.p), 1);
	FEED(&b, "\n");
	bed_printed(&b, "one\nt\n");
}
END_TEST

START_TEST(test_reply_faults)
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.drop_process_ids = 1;
	s.garble = 1;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "\x1D(H\x06\0\x30\x30"
		 "AAAA\x10\x04\x04\x10\x04\x04");
	REPLIED(&b, "\x47\x12");
	FEED(&b, "\x1D(H\x06\0\x30\x30"
		 "BBBB");
	REPLIED(&b, "\x37\x22"
		    "BBBB\0");
	s.garble = 0;
	s.mute = true;
	ph_emu_printer_set(b.p, b.now, &s);
	FEED(&b, "\x10\x04\x04");
	REPLIED(&b, "");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).dropped_replies, 2);
}
END_TEST

START_TEST(test_hang)
{
	bed_arm(&b, PH_EMU_FAULT_HANG, PH_EMU_COUNT_PROCESSED, 4);
	ck_assert_uint_eq(bed_feed(&b, "one\ntwo\n", 8), 4);
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 0);
	ck_assert_uint_eq(bed_feed(&b, "\x10\x04\x01", 3), 0);
}
END_TEST

START_TEST(test_too_many_faults)
{
	for (unsigned i = 0; i < PH_EMU_PRINTER_TRIGGERS; i++)
		ck_assert_int_eq(bed_arm(&b, PH_EMU_FAULT_STALL, PH_EMU_COUNT_PROCESSED, 1000), 0);
	ck_assert_int_eq(bed_arm(&b, PH_EMU_FAULT_STALL, PH_EMU_COUNT_PROCESSED, 1000), -ENOSPC);
}
END_TEST

START_TEST(test_answers_by_model)
{
	bed_done(&b);
	b.config.answers = PH_EMU_ANSWER_EOT;
	bed_open(&b);
	FEED(&b, "\x1D\x61\xFF\x1Dr\x01\x1D\x49\x43\x1D(H\x06\0\x30\x30"
		 "AB01\x10\x04\x01");
	REPLIED(&b, "\x16");
}
END_TEST

START_TEST(test_speed_in_bytes)
{
	ph_emu_printer_set_speed(b.p, 1000, 0);
	FEED(&b, "abcd\n");
	bed_printed(&b, "");
	b.now += 3000;
	ph_emu_printer_tick(b.p, b.now);
	bed_printed(&b, "");
	b.now += 1000;
	ck_assert_uint_eq(ph_emu_printer_tick(b.p, b.now), PH_EMU_NEVER);
	bed_printed(&b, "abcd\n");
}
END_TEST

// ---- the drawer ----

START_TEST(test_drawer_levels)
{
	struct ph_emu_drawer d;
	ph_emu_drawer_init(&d, &(struct ph_emu_drawer_config){.pin = 2, .open_is_high = true});
	ck_assert(!d.level);
	ph_emu_drawer_set(&d, 0, true);
	ck_assert(d.level);
	ph_emu_drawer_init(&d, &(struct ph_emu_drawer_config){.pin = 2});
	ck_assert(d.level);
	ph_emu_drawer_set(&d, 0, true);
	ck_assert(!d.level);
	ph_emu_drawer_init(&d, &(struct ph_emu_drawer_config){.pin = 2, .no_sensor = true});
	ph_emu_drawer_set(&d, 0, true);
	ck_assert(d.level);
}
END_TEST

START_TEST(test_drawer_pulse_too_short_and_stuck)
{
	FEED(&b, "\x1B\x70\x00\x05\xFA");
	ck_assert_uint_eq(b.drawer.pulses, 1);
	ck_assert(!b.drawer.open);
	b.drawer.stuck = true;
	FEED(&b, "\x1B\x70\x30\x19\xFA");
	ck_assert(!b.drawer.open);
	b.drawer.stuck = false;
	FEED(&b, "\x1B\x70\x01\x19\xFA");
	ck_assert(!b.drawer.open);
	ck_assert_uint_eq(b.drawer.pulses, 2);
	FEED(&b, "\x1B\x70\x00\x19\xFA");
	ck_assert(b.drawer.open);
	ck_assert_uint_eq(b.drawer.record[2].on_ms, 50);
	ck_assert_uint_eq(b.drawer.record[2].off_ms, 500);
}
END_TEST

START_TEST(test_drawer_delay_and_bounce)
{
	struct ph_emu_drawer d;
	ph_emu_drawer_init(
		&d, &(struct ph_emu_drawer_config){
			    .pin = 2, .open_is_high = true, .delay_ms = 180, .bounce_ms = 25});
	ph_emu_drawer_pulse(&d, 0, 2, 50, 500);
	ck_assert(!d.open);
	ck_assert_uint_eq(ph_emu_drawer_tick(&d, 0), 180000);
	unsigned changes = 0;
	bool last = d.level;
	uint64_t now = 180000;
	while (now != PH_EMU_NEVER) {
		uint64_t next = ph_emu_drawer_tick(&d, now);
		changes += d.level != last;
		last = d.level;
		ck_assert(next == PH_EMU_NEVER || next > now);
		now = next;
	}
	ck_assert_uint_eq(changes, 5);
	ck_assert(d.open && d.level);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer status");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_dle_eot_healthy);
	tcase_add_test(tc, test_dle_eot_paper_end_and_cover);
	tcase_add_test(tc, test_dle_eot_errors);
	tcase_add_test(tc, test_asb_at_once_and_on_change);
	tcase_add_test(tc, test_asb_only_enabled_items);
	tcase_add_test(tc, test_requests_in_the_stream);
	tcase_add_test(tc, test_process_id);
	tcase_add_test(tc, test_process_id_waits_for_printing);
	tcase_add_test(tc, test_only_latest_id_is_kept);
	tcase_add_test(tc, test_offline_response);
	tcase_add_test(tc, test_realtime_inside_image_data);
	tcase_add_test(tc, test_realtime_while_stopped);
	tcase_add_test(tc, test_realtime_pulse_rules);
	tcase_add_test(tc, test_clear_buffers);
	tcase_add_test(tc, test_enq_recovers);
	tcase_add_test(tc, test_buffer_fills);
	tcase_add_test(tc, test_paper_end_at_a_byte);
	tcase_add_test(tc, test_paper_end_after_lines);
	tcase_add_test(tc, test_power_cycle);
	tcase_add_test(tc, test_power_cycle_at_a_byte);
	tcase_add_test(tc, test_disconnect_at_a_byte);
	tcase_add_test(tc, test_reply_faults);
	tcase_add_test(tc, test_hang);
	tcase_add_test(tc, test_too_many_faults);
	tcase_add_test(tc, test_answers_by_model);
	tcase_add_test(tc, test_speed_in_bytes);
	tcase_add_test(tc, test_drawer_levels);
	tcase_add_test(tc, test_drawer_pulse_too_short_and_stuck);
	tcase_add_test(tc, test_drawer_delay_and_bounce);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
