// The ESC/POS driver: jobs under every fault, copies, reprints and what is continued.
#include "base/cleanup.h"
#include "escpos_sim.h"

/* ---- printing ---- */

START_TEST(printed)
{
	open_ready("tcp://127.0.0.1");
	sim.single = _i;
	printer.no_ids = true;
	print("", 2, ",{\"cut\":\"partial\"}");
	ASSERT_HAS(written(), PROLOGUE "line 0<0a>line 1<0a>");
	ck_assert_str_eq(lines(), "1 {\"segments\":2}\n");
	ck_assert_uint_eq(printer.ids, 2);
	uint32_t id = engine()->pending[engine()->pending_first].id;
	uint8_t out[PH_ESCPOS_PROCESS_ID_LEN];
	ph_escpos_put_process_id(out, id);
	answer_id((const char *)out + 7);
	ck_assert_str_eq(lines(),
		"job.progress {\"job\":\"j\",\"segments\":2,\"sent\":2,\"confirmed\":1}\n");
	ph_escpos_put_process_id(out, id + 1);
	answer_id((const char *)out + 7);
	ck_assert_str_eq(lines(),
		"job.progress {\"job\":\"j\",\"segments\":2,\"sent\":2,\"confirmed\":2}\n" ENDED(
			"printed", 2, 2) "}\n");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	/* a late or foreign id means nothing */
	answer_id("~~~~");
	ck_assert_str_eq(lines(), "");
	finish();
}
END_TEST

START_TEST(in_flight_is_bounded)
{
	open_ready(_i ? "tcp://127.0.0.1" : "serial:/dev/null");
	sim.held = true; /* answers are kept back without a word: the buffer fills */
	print("", 1000, "");
	run(0);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	ck_assert_uint_ge(engine()->most_in_flight, 2048);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	sim.held = false;
	for (unsigned i = 0; i < printer.held_count; i++)
		answer_id(printer.held_ids[i]);
	run(1000);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	ASSERT_HAS(lines(), "\"outcome\":\"printed\",\"segments\":42,\"confirmed\":42");
	ASSERT_HAS(written(), "line 999<0a>");
	finish();
}
END_TEST

START_TEST(a_lost_answer_on_tcp_is_made_good_by_the_next)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 60, "");
	run(0);
	ck_assert_uint_eq(printer.held_count, 3);
	lines();
	sim.held = false;
	answer_id(printer.held_ids[2]);
	ck_assert_str_eq(lines(),
		"job.progress {\"job\":\"j\",\"segments\":3,\"sent\":3,\"confirmed\":3}\n" ENDED(
			"printed", 3, 3) "}\n");
	finish();
}
END_TEST

START_TEST(a_lost_answer_on_a_serial_line_is_verified)
{
	open_ready("serial:/dev/null");
	sim.held = true;
	print("", 60, "");
	run(0);
	ASSERT_HAS(written(), PROLOGUE MARKER);
	sim.held = false;
	printer.forgot = _i == 1;
	sim.mute = _i == 2;
	lines();
	answer_id(printer.held_ids[0]);
	answer_id(printer.held_ids[2]);
	run(0);
	ck_assert_uint_eq(printer.queries, 1);
	if (_i == 2) {
		/* no answer at all: what is certain stays certain */
		run(20000);
		ASSERT_HAS(lines(), ENDED("lost", 3, 1) ",\"reason\":\"no_confirmation\"}");
	} else if (_i == 1) {
		ASSERT_HAS(lines(), ENDED("lost", 3, 1) ",\"reason\":\"power_cycle\"}");
		ASSERT_HAS(written(), CLEAR);
	} else {
		ASSERT_HAS(lines(), ENDED("printed", 3, 3) "}");
	}
	finish();
}
END_TEST

START_TEST(the_last_answer_is_lost)
{
	open_ready("tcp://127.0.0.1");
	printer.no_ids = true;
	print("", 3, "");
	run(9900);
	ck_assert_uint_eq(printer.ids, 1);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	if (_i == 0) {
		/* asked once more, by a new id alone */
		printer.no_ids = false;
		run(200);
		ck_assert_uint_eq(printer.ids, 2);
		ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	} else {
		run(5200);
		ck_assert_uint_eq(printer.ids, 2);
		ASSERT_HAS(lines(), ENDED("lost", 1, 0) ",\"reason\":\"no_confirmation\"}");
		/* the printer is made clean */
		ASSERT_HAS(written(), CLEAR PROLOGUE);
		ASSERT_HAS(lines(), "");
	}
	finish();
}
END_TEST

START_TEST(paper_out_in_the_middle)
{
	open_ready(_i ? "tcp://127.0.0.1" : "serial:/dev/null");
	sim.held = true;
	print("", 400, "");
	run(0);
	unsigned ids = printer.ids;
	set_paper(false);
	ASSERT_HAS(lines(), "\"reasons\":[\"rec_empty\"]");
	run(600000);
	/* for as long as it takes: nothing more is sent, nothing is given up */
	ck_assert_uint_eq(printer.ids, ids);
	ck_assert_str_eq(lines(), "");
	ck_assert_uint_ge(printer.eots, 10);
	set_paper(true);
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 17, 17) "}");
	ck_assert_uint_eq(count_of(written(), "line 200<0a>"), 1);
	finish();
}
END_TEST

START_TEST(paper_out_at_the_beginning)
{
	open_ready("tcp://127.0.0.1");
	set_paper(false);
	written();
	print("", 3, "");
	run(5000);
	ck_assert_str_eq(written(), "");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	ASSERT_HAS(lines(), "1 {\"segments\":1}\n" GIVEN_BACK(1));
	set_paper(true);
	print("", 3, "");
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

START_TEST(what_was_not_begun_is_given_back)
{
	/* on a line the printer is asked before a job begins; that is answered by no paper, or by nothing */
	open_ready("serial:/dev/null");
	printer.eot[4] = 0x72;
	print("", 3, "");
	set_paper(false);
	ASSERT_HAS(lines(), GIVEN_BACK(1));
	set_paper(true);
	lines();
	sim.mute = true;
	print("", 3, "");
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(), "\"outcome\":\"lost\",\"segments\":1,\"sent\":0,\"confirmed\":0,"
			    "\"reason\":\"link_lost\"}");
	finish();
}
END_TEST

/* Asked before it begins, on a line: one that is late, and one whose answer is older than what the printer says. */
START_TEST(what_waits_for_an_answer_is_asked_for_again)
{
	open_ready("serial:/dev/null");
	sim.mute = _i == 0;
	if (_i)
		printer.eot[1] = 0x1a;
	print("", 3, "");
	run(PH_ENGINE_ANSWER_MS + 100);
	sim.mute = false;
	printer.eot[1] = 0x12;
	set_asb(0x14, 0, 0); /* the drawer was pushed shut: nothing for a job to go on by */
	run(5000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(a_word_that_was_lost_is_asked_for)
{
	open_ready("tcp://127.0.0.1");
	set_paper(false);
	bench_request(&sim.bench, "printer.refresh", "{}");
	run(1000);
	ck_assert_uint_eq(printer.eots, 4);
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	ck_assert_ptr_null(strstr(lines(), "\"paper\":\"ok\""));
	/* it comes back without a word */
	sim.held = false;
	memset(printer.eot, 0x12, sizeof printer.eot);
	memcpy(printer.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
	run(1000);
	ck_assert_str_eq(lines(), "");
	bench_request(&sim.bench, "printer.refresh", "{}");
	run(1000);
	ASSERT_HAS(lines(), "\"online\":true,\"paper\":\"ok\"");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

/* One byte of a status was garbled; nothing is wrong with the printer. */
static const uint8_t garbled[][3] = {{0x18, 0, 0}, {0x30, 0, 0}, {0x50, 0, 0}, {0x10, 0x04, 0},
	{0x10, 0x08, 0}, {0x10, 0x20, 0}, {0x10, 0x40, 0}, {0x10, 0, 0x0c}};

START_TEST(an_error_that_is_none)
{
	open_ready(_i % 2 ? "tcp://127.0.0.1" : "serial:/dev/null");
	sim.held = true;
	print("", 3, "");
	run(0);
	uint8_t asb[] = {garbled[_i / 2][0], garbled[_i / 2][1], garbled[_i / 2][2], 0};
	feed(asb, sizeof asb);
	run(100);
	lines();
	sim.held = false;
	run(5000);
	/* lost, because nobody can know: the service has it printed again, and a printer of our own is ready for that */
	ASSERT_HAS(lines(), "\"online\":true,\"paper\":\"ok\",\"cover\":\"closed\",\"error\":null");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(paper_out_at_the_beginning_puts_the_question_off)
{
	prepare_without_paper();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=generic-80", NULL});
	run(1000);
	ck_assert_uint_eq(printer.ids, 0);
	lines();
	print("", 3, "");
	run(1000);
	set_paper(true);
	run(1000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

START_TEST(switched_off_while_out_of_paper)
{
	open_ready("serial:/dev/null");
	sim.held = true;
	print("", 400, "");
	run(0);
	set_paper(false);
	lines();
	/* off, new paper, on: the line stays up, the automatic status is forgotten, the buffer empty */
	sim.held = false;
	printer.held_count = 0;
	printer.forgot = true;
	memset(printer.eot, 0x12, sizeof printer.eot);
	memcpy(printer.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
	run(3000);
	const char *up = lines();
	ASSERT_HAS(up,
		"\"outcome\":\"lost\",\"segments\":17,\"confirmed\":0,\"reason\":\"power_cycle\"}");
	ASSERT_HAS(up, "\"online\":true,\"paper\":\"ok\"");
	finish();
}
END_TEST

START_TEST(switched_off_for_a_while)
{
	open_ready("serial:/dev/null");
	sim.held = true;
	print("", 400, "");
	run(0);
	sim.mute = true;
	run(2500);
	lines();
	sim.mute = sim.held = false;
	run(1500);
	ASSERT_HAS(lines(),
		"\"outcome\":\"lost\",\"segments\":17,\"confirmed\":0,\"reason\":\"power_cycle\"}");
	finish();
}
END_TEST

START_TEST(silence_gives_the_link_up)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	sim.mute = true;
	run(4000);
	ck_assert(!sim.bench.dropped);
	run(3000);
	ck_assert(sim.bench.dropped);
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(), "\"outcome\":\"lost\",\"segments\":17,\"confirmed\":0,\"reason\":\"not_"
			    "responding\"}");
	finish();
}
END_TEST

START_TEST(the_link_goes_in_the_middle)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	answer_id(printer.held_ids[0]);
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(),
		"\"outcome\":\"lost\",\"segments\":17,\"confirmed\":1,\"reason\":\"link_lost\"}");
	/* accepted while it is gone, printed when it is back; the printer is cleared first */
	sim.held = false;
	written();
	print("\"mode\":\"reprint\",", 3, "");
	run(1000);
	ck_assert_str_eq(written(), "");
	printer.last_id = 0;
	ph_device_link_up(&sim.bench.device);
	run(0);
	ASSERT_HAS(written(), CLEAR PROLOGUE PROLOGUE);
	ASSERT_HAS(lines(), "\"outcome\":\"printed\"");
	finish();
}
END_TEST

/* Where nothing clears the printer, the data of the command it stopped in is made up with NULs. */
START_TEST(a_command_that_was_cut_off_is_ended)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	lines();
	sim.bench.block = true;
	print("", 1, ",{\"barcode\":{\"type\":\"ean8\",\"data\":\"9638507\"}}");
	run(0);
	ph_device_link_down(&sim.bench.device, true, 4);
	ASSERT_HAS(lines(), "\"reason\":\"link_lost\"");
	written();
	ph_device_link_up(&sim.bench.device);
	ASSERT_HAS(written(), "<00><00><00><00><00><00><00><00><1b>@<1c>.");
	finish();
}
END_TEST

START_TEST(a_jammed_cutter_is_tried_again)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 3, ",{\"cut\":\"full\"}");
	run(0);
	written();
	printer.eot[1] = printer.eot[3] = 0x1a;
	set_asb(0x18, 0x08, 0);
	run(5000);
	ck_assert_uint_eq(count_of(written(), "<10><05><01>"), 1);
	ASSERT_HAS(lines(), "\"reasons\":[\"cutter_error\"]");
	/* somebody opens the cover, takes the paper out and closes it */
	printer.eot[2] = 0x16;
	set_asb(0x38, 0x08, 0);
	run(2000);
	ck_assert_uint_eq(count_of(written(), "<10><05>"), 0);
	printer.eot[2] = 0x12;
	set_asb(0x18, 0x08, 0);
	run(2000);
	ck_assert_uint_eq(count_of(written(), "<10><05><01>"), 1);
	printer.eot[3] = 0x12;
	set_paper(true);
	run(0);
	ASSERT_HAS(lines(), "\"outcome\":\"printed\"");
	finish();
}
END_TEST

/* ---- modes ---- */

#define EFFECTS ",{\"cut\":\"partial\"},{\"drawer\":{\"n\":1}},{\"text\":\"end\"}"

START_TEST(copies_open_the_drawer_once)
{
	open_ready("tcp://127.0.0.1");
	print("\"copies\":3,", 1, EFFECTS);
	run(0);
	const char *bytes = written();
	ck_assert_uint_eq(count_of(bytes, "<1b>p"), 1);
	ck_assert_uint_eq(count_of(bytes, "line 0<0a>"), 3);
	ck_assert_uint_eq(count_of(bytes, "end<0a>"), 3);
	ASSERT_HAS(lines(), "\"outcome\":\"printed\"");
	finish();
}
END_TEST

START_TEST(a_reprint_is_marked_and_has_no_effects)
{
	open_ready("tcp://127.0.0.1");
	print("\"mode\":\"reprint\",\"copies\":2,", 1, EFFECTS);
	run(0);
	const char *bytes = written();
	ck_assert_uint_eq(count_of(bytes, "<1b>p"), 0);
	ck_assert_uint_eq(count_of(bytes, "*** REPRINT ***"), 2);
	/* what the first attempt left is cut off */
	ck_assert_uint_eq(count_of(bytes, "<1d>VB"), 3);
	ck_assert(strstr(bytes, "<1d>VB") < strstr(bytes, "*** REPRINT ***"));
	ASSERT_HAS(lines(), "\"outcome\":\"printed\"");
	finish();
}
END_TEST

START_TEST(continuing)
{
	open_ready("tcp://127.0.0.1");
	print("", 30, EFFECTS);
	run(0);
	ASSERT_HAS(lines(), "1 {\"segments\":5}\n");
	written();
	print("\"mode\":\"continue\",\"from_segment\":1,", 30, EFFECTS);
	run(0);
	const char *bytes = written();
	ck_assert_uint_eq(count_of(bytes, "<1b>p"), 0);
	ck_assert_uint_eq(count_of(bytes, "*** CONTINUED ***"), 1);
	ck_assert_uint_eq(count_of(bytes, "line 23<0a>"), 0);
	ck_assert_uint_eq(count_of(bytes, "line 24<0a>"), 1);
	ck_assert_uint_eq(count_of(bytes, "end<0a>"), 1);
	const char *up = lines();
	ASSERT_HAS(up, "2 {\"segments\":5}\n"
		       "job.progress {\"job\":\"j\",\"segments\":5,\"sent\":5,\"confirmed\":2}\n");
	ASSERT_HAS(up, ENDED("printed", 5, 5) "}");
	/* behind the end there is nothing to do */
	print("\"mode\":\"continue\",\"from_segment\":5,", 30, EFFECTS);
	ck_assert_str_eq(lines(), "3 {\"segments\":5}\n" ENDED("printed", 5, 5) "}\n");
	print("\"mode\":\"continue\",\"from_segment\":6,", 30, EFFECTS);
	ck_assert_str_eq(lines(), "4 ! Illegal $.from_segment the document has 5 segments\n");
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, printed, 0, 2);
	tcase_add_loop_test(tc, in_flight_is_bounded, 0, 2);
	tcase_add_test(tc, a_lost_answer_on_tcp_is_made_good_by_the_next);
	tcase_add_loop_test(tc, a_lost_answer_on_a_serial_line_is_verified, 0, 3);
	tcase_add_loop_test(tc, the_last_answer_is_lost, 0, 2);
	tcase_add_loop_test(tc, paper_out_in_the_middle, 0, 2);
	tcase_add_test(tc, paper_out_at_the_beginning);
	tcase_add_test(tc, what_was_not_begun_is_given_back);
	tcase_add_loop_test(tc, what_waits_for_an_answer_is_asked_for_again, 0, 2);
	tcase_add_test(tc, a_word_that_was_lost_is_asked_for);
	tcase_add_loop_test(tc, an_error_that_is_none, 0, 2 * PH_ARRAY_SIZE(garbled));
	tcase_add_test(tc, paper_out_at_the_beginning_puts_the_question_off);
	tcase_add_test(tc, switched_off_while_out_of_paper);
	tcase_add_test(tc, switched_off_for_a_while);
	tcase_add_test(tc, silence_gives_the_link_up);
	tcase_add_test(tc, the_link_goes_in_the_middle);
	tcase_add_test(tc, a_command_that_was_cut_off_is_ended);
	tcase_add_test(tc, a_jammed_cutter_is_tried_again);
	tcase_add_test(tc, copies_open_the_drawer_once);
	tcase_add_test(tc, a_reprint_is_marked_and_has_no_effects);
	tcase_add_test(tc, continuing);
}

int main(void)
{
	return run_suite("escpos_jobs", add_tests);
}
