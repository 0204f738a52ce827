// Replies and settings that draw nothing: GS ( E, counters, macros, buzzers, cuts in all their forms, the
// lengths of what is only consumed, and faults at any byte or reply.
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

static const struct ph_emu_item *last(void)
{
	return bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1);
}

START_TEST(test_user_settings)
{
	FEED(&b, "\x1D(E\x02\0\x04\x01");
	REPLIED(&b, "\x37\x21"
		    "00000000\0");
	// written only between entering and leaving
	FEED(&b, "\x1D(E\x0A\0\x03\x01"
		 "22222221\x1D(E\x02\0\x04\x01");
	REPLIED(&b, "\x37\x21"
		    "00000000\0");
	FEED(&b, "\x1D(E\x03\0\x01IN");
	REPLIED(&b, "\x37\x20\0");
	FEED(&b, "\x1D(E\x0A\0\x03\x01"
		 "22222221\x1D(E\x04\0\x05\x05\x05\0\x1D(E\x02\0\x04\x01\x1D(E\x02\0\x06\x05");
	REPLIED(&b, "\x37\x21"
		    "00000001\0\x37\x27\x05\x1F"
		    "5\0");
	FEED(&b, "x\x1D(E\x04\0\x02OUT");
	ck_assert_str_eq(last()->name, "reset");
	FEED(&b, "\x1D(E\x02\0\x06\x03\x1D(E\x02\0\x0C\x01");
	REPLIED(&b, "\x37\x27\x03\x1F"
		    "6\0\x37\x33\x01\x1F"
		    "38400\0");
}
END_TEST

START_TEST(test_counters)
{
	FEED(&b, "a\nb\n\x1DV\x01\x1Dg2\0\x14\0\x1Dg2\0\x32\0\x1Dg2\0\x46\0");
	REPLIED(&b, "_2\0_1\0_0\0");
	// rows in which the head was on: the boxes of two letters
	FEED(&b, "\x1Dg2\0\x15\0");
	REPLIED(&b, "_32\0");
	FEED(&b, "\x1Dg0\0\x32\0\x1DV\x01\x1Dg2\0\x32\0\x1Dg2\0\xB2\0");
	REPLIED(&b, "_1\0_2\0");
}
END_TEST

START_TEST(test_macro)
{
	// printed while it is recorded, then twice more; at once because there is no wait
	FEED(&b, "\x1D:m\n\x1D:\x1D^\x02\0\0x\n");
	bed_printed(&b, "m\nm\nm\nx\n");
	// 300 ms before each
	FEED(&b, "\x1D^\x02\x03\0y\n");
	bed_printed(&b, "m\nm\nm\nx\n");
	b.now += 300000;
	ph_emu_printer_tick(b.p, b.now);
	bed_printed(&b, "m\nm\nm\nx\nm\n");
	b.now += 600000;
	ph_emu_printer_tick(b.p, b.now);
	bed_printed(&b, "m\nm\nm\nx\nm\nm\ny\n");
}
END_TEST

START_TEST(test_macro_by_button)
{
	FEED(&b, "\x1D:m\n\x1D:\x1D^\x02\0\x01z\n");
	bed_printed(&b, "m\n");
	FEED(&b, "\x10\x05\0");
	bed_printed(&b, "m\nm\n");
	FEED(&b, "\x10\x05\0");
	bed_printed(&b, "m\nm\nm\nz\n");
	// the button itself
	FEED(&b, "\x1D^\x01\0\x01");
	struct ph_emu_printer_state s = {.feed_button = true};
	ph_emu_printer_set(b.p, b.now, &s);
	s.feed_button = false;
	ph_emu_printer_set(b.p, b.now, &s);
	bed_printed(&b, "m\nm\nm\nz\nm\n");
	ph_emu_printer_tear(b.p, b.now);
	// GS ^ while it is recorded takes it away
	FEED(&b, "\x1D:n\n\x1D^\x01\0\0\x1D^\x01\0\0e\n");
	bed_printed(&b, "n\ne\n");
}
END_TEST

START_TEST(test_buzzers)
{
	FEED(&b, "\x1B(A\x04\0\x30\x32\x03\x05");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_BEEP);
	ck_assert_int_eq(last()->value, 3);
	FEED(&b, "\x1B(A\x03\0\x61\x02\x04");
	ck_assert_str_eq(last()->name, "pattern");
	ck_assert_int_eq(last()->width, 2);
	ck_assert_int_eq(last()->value, 4);
	FEED(&b, "\x1B(A\x07\0\x62\x30\x01\x64\x30\x05\x05\x1B"
		 "B\x02\x05\x07");
	ck_assert_str_eq(last()->name, "bell");
	ck_assert_uint_eq(ph_emu_printer_paper(b.p)->n_items, 4);
	// in real time, and its end
	FEED(&b, "\x10\x14\x03\x01\x02\0\x05\x05");
	ck_assert_str_eq(last()->name, "pattern");
	FEED(&b, "\x10\x14\x03\0\0\0\x01\0");
	REPLIED(&b, "\x37\x54\x40\0");
}
END_TEST

START_TEST(test_cut_forms)
{
	b.config.vertical_dpi = 203;
	teardown();
	bed_open(&b);
	// a reserved cut comes when its place has reached the knife: 96 dots later
	FEED(&b, "a\n\x1DV\x61\x0A");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_LINE);
	FEED(&b, "\x1BJ\x69");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_FEED);
	FEED(&b, "\x1BJ\x01");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_CUT);
	ck_assert_str_eq(last()->name, "full");
	ck_assert_uint_eq(last()->row, 40);
	// cut and back to where the next form begins
	ph_emu_printer_tear(b.p, b.now);
	FEED(&b, "a\n\x1DV\x68\x0A");
	ck_assert_str_eq(last()->name, "partial");
	ck_assert_uint_eq(last()->row, 40);
	ck_assert_uint_eq(bed_rows(&b), 40);
	// units more than to the knife
	FEED(&b, "\x1DV\x42\x14");
	ck_assert_uint_eq(bed_rows(&b), 40 + 96 + 20);
	FEED(&b, "\x1Bi\x1Bm");
	ck_assert_str_eq(last()->name, "partial");
}
END_TEST

START_TEST(test_cutters)
{
	b.config.cutter = PH_EMU_CUTTER_PARTIAL;
	teardown();
	bed_open(&b);
	FEED(&b, "\x1DV\0");
	ck_assert_str_eq(last()->name, "partial");
	b.config.cutter = PH_EMU_CUTTER_NONE;
	teardown();
	bed_open(&b);
	FEED(&b, "\x1DV\x42\0");
	ck_assert_str_eq(last()->text, "no cutter");
	ck_assert_uint_eq(bed_rows(&b), 96);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).cuts, 0);
	b.config.cutter = PH_EMU_CUTTER_BOTH;
	b.config.deviations = PH_EMU_DEVIATION_CUT_WITHOUT_FEED | PH_EMU_DEVIATION_NO_ESC_J |
			      PH_EMU_DEVIATION_NO_NEGATIVE_MOVE | PH_EMU_DEVIATION_NO_LATE_POSITION;
	teardown();
	bed_open(&b);
	FEED(&b, "\x1BJ\x40\x1DV\x42\0");
	ck_assert_uint_eq(bed_rows(&b), 0);
	FEED(&b, "ab\x1B\\\xE8\xFF"
		 "c\x1B$\x60\0d\n");
	bed_printed(&b, "- - - - - - - - - - - - - - - - - - - - - - - -\nabcd\n");
}
END_TEST

START_TEST(test_ink_and_extended_status)
{
	FEED(&b, "\x1Dj\x01");
	REPLIED(&b, "\x35\x40\x40\0");
	FEED(&b, "\x1C(e\x02\0\x33\x08");
	REPLIED(&b, "\x39\x40\x40\0");
	FEED(&b, "\x1Dj\0\x1C(e\x02\0\x33\0\x10\x04\x07\x01\x10\x04\x08\x03\x10\x04\x12\x01");
	REPLIED(&b, "");
	teardown();
	b.config.answers |= PH_EMU_ANSWER_EXTRA;
	bed_open(&b);
	FEED(&b, "\x10\x04\x07\x02\x10\x04\x08\x03\x10\x04\x12\x02\x10\x04\x07\x05");
	REPLIED(&b, "\x12\x12\x12");
}
END_TEST

// each is consumed with its own length: the letter behind it is the next byte of text
START_TEST(test_lengths)
{
	static const struct {
		const char *bytes;
		size_t len;
	} commands[] = {
#define C(bytes) {bytes, sizeof(bytes) - 1}
		C("\x1BU\x01"),
		C("\x1B"
		  "c3\x01"),
		C("\x1B"
		  "c4\x01"),
		C("\x1B"
		  "c5\x01"),
		C("\x1D(K\x02\0\x30\x01"),
		C("\x1D(K\x02\0\x61\x01"),
		C("\x1D(M\x02\0\x01\x01"),
		C("\x1Dz0\x05\x05"),
		C("\x1D"
		  "b\x01"),
		C("\x1D"
		  "A\x01\x01"),
		C("\x1C(L\x02\0\x41\x30"),
		C("\x1D(G\x02\0\x30\x04"),
		C("\x1C"
		  "a\x30\x01"),
		C("\x1C"
		  "a\x31"),
		C("\x1C"
		  "b"),
		C("\x1C"
		  "c"),
		C("\x1B"
		  "F\x01"),
		C("\x1B"
		  "C\x10"),
		C("\x1B"
		  "f\x01\x02"),
		C("\x1Bq"),
		C("\x1Cg1\0\0\0\0\0\x02\0ab"),
		C("\x1Cg2\0\0\0\0\0\x02\0"),
		C("\x1D(F\x04\0\x01\0\x10\0"),
		C("\x1D(C\x05\0\0\0\0\0\0"),
		C("\x1D"
		  "c"),
		C("\x1D\x0C"),
		C("\x1B<"),
		C("\x1B"
		  "4\x01"),
		C("\x1D(A\x02\0\x30\x02"),
		C("\x1C(E\x03\0\x3C\x01\x02"),
		C("\x1D(Z\0\0"),
		C("\x1B(Y\x01\0x"),
	};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		ph_emu_printer_tear(b.p, b.now);
		bed_feed(&b, commands[i].bytes, commands[i].len);
		FEED(&b, "Z\n");
		bed_printed(&b, "Z\n");
	}
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 0);
}
END_TEST

// ---- faults ----

static void arm(enum ph_emu_fault fault, enum ph_emu_count count, uint64_t n, uint64_t amount)
{
	struct ph_emu_armed a = {fault, count, n, amount};
	ck_assert_int_eq(ph_emu_printer_arm(b.p, b.now, &a), 0);
}

START_TEST(test_dropped_bytes)
{
	arm(PH_EMU_FAULT_DROP_BYTES, PH_EMU_COUNT_RECEIVED, 2, 0);
	FEED(&b, "abc\n");
	bed_printed(&b, "ac\n");
	arm(PH_EMU_FAULT_DROP_BYTES, PH_EMU_COUNT_RECEIVED, 1, 3);
	FEED(&b, "abcd\n");
	bed_printed(&b, "ac\nd\n");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).dropped_bytes, 4);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).received, 9);
}
END_TEST

START_TEST(test_faults_at_a_received_byte)
{
	arm(PH_EMU_FAULT_PAPER_EMPTY, PH_EMU_COUNT_RECEIVED, 3, 0);
	FEED(&b, "a\nb\nc\n");
	bed_printed(&b, "a\n");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).processed, 3);
	bed_set_paper(&b, PH_EMU_PAPER_OK);
	bed_printed(&b, "a\nb\nc\n");
	arm(PH_EMU_FAULT_OFFLINE, PH_EMU_COUNT_RECEIVED, 1, 0);
	FEED(&b, "d\n");
	ck_assert(ph_emu_printer_is_offline(b.p));
	ck_assert_str_eq(last()->name, "offline");
	// the buffer goes with the power; the printer is back on-line
	ph_emu_printer_power_cycle(b.p, b.now);
	ck_assert(!ph_emu_printer_is_offline(b.p));
}
END_TEST

START_TEST(test_zero_window)
{
	arm(PH_EMU_FAULT_ZERO_WINDOW, PH_EMU_COUNT_RECEIVED, 4, 0);
	ck_assert_uint_eq(bed_feed(&b, "\x10\x04\x01\n\n\n", 6), 4);
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 0);
	// what was read is answered and printed
	REPLIED(&b, "\x16");
	ck_assert_uint_eq(bed_rows(&b), 30);
	struct ph_emu_printer_state s = *ph_emu_printer_state(b.p);
	s.zero_window = false;
	ph_emu_printer_set(b.p, b.now, &s);
	ck_assert_uint_eq(ph_emu_printer_room(b.p), 4096);
}
END_TEST

#define ID(digit)                                                                                  \
	"\x1D(H\x06\0\x30\x30"                                                                     \
	"000" digit
#define ANSWER(digit)                                                                              \
	"\x37\x22"                                                                                 \
	"000" digit "\0"

START_TEST(test_lost_reply)
{
	arm(PH_EMU_FAULT_LOSE_REPLY, PH_EMU_COUNT_REPLIES, 2, 0);
	FEED(&b, ID("1") ID("2") ID("3"));
	REPLIED(&b, ANSWER("1") ANSWER("3"));
	arm(PH_EMU_FAULT_LOSE_REPLY, PH_EMU_COUNT_RECEIVED, 1, 2);
	FEED(&b, ID("4") ID("5") ID("6"));
	REPLIED(&b, ANSWER("6"));
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).dropped_replies, 3);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).replies, 6);
}
END_TEST

START_TEST(test_delayed_reply)
{
	arm(PH_EMU_FAULT_DELAY_REPLY, PH_EMU_COUNT_REPLIES, 2, 500);
	FEED(&b, ID("1") ID("2") ID("3"));
	REPLIED(&b, ANSWER("1"));
	ck_assert_uint_eq(ph_emu_printer_tick(b.p, b.now), b.now + 500000);
	b.now += 499999;
	ph_emu_printer_tick(b.p, b.now);
	REPLIED(&b, "");
	b.now++;
	ck_assert_uint_eq(ph_emu_printer_tick(b.p, b.now), PH_EMU_NEVER);
	REPLIED(&b, ANSWER("2") ANSWER("3"));
	FEED(&b, ID("4"));
	REPLIED(&b, ANSWER("4"));
}
END_TEST

START_TEST(test_merged_replies)
{
	arm(PH_EMU_FAULT_MERGE_REPLY, PH_EMU_COUNT_REPLIES, 1, 2);
	FEED(&b, ID("1") ID("2"));
	REPLIED(&b, "");
	FEED(&b, "\x10\x04\x01");
	REPLIED(&b, ANSWER("1") ANSWER("2") "\x16");
}
END_TEST

START_TEST(test_fault_at_a_reply)
{
	// the power goes when the second answer is due: it never leaves
	arm(PH_EMU_FAULT_POWER_CYCLE, PH_EMU_COUNT_REPLIES, 2, 0);
	FEED(&b, ID("1"));
	REPLIED(&b, ANSWER("1"));
	FEED(&b, ID("2"));
	REPLIED(&b, "");
	ck_assert_int_eq(ph_emu_printer_take_link_event(b.p), PH_EMU_LINK_POWER);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).power_cycles, 1);
}
END_TEST

START_TEST(test_garbled_reply)
{
	arm(PH_EMU_FAULT_GARBLE, PH_EMU_COUNT_REPLIES, 1, 2);
	FEED(&b, "\x1D\x49\x42");
	REPLIED(&b, "\x0A\x05OSHAL\0");
}
END_TEST

// at every byte of a job: whatever strikes, the printer stays whole and each line is on paper once at most
START_TEST(test_every_fault_at_every_byte)
{
	static const char job[] = "one\n\x1D(k\x05\0\x31\x50\x30hi\x1D(k\x03\0\x31\x51\x30"
				  "\x1Dv0\0\x01\0\x02\0\x81\x18two\n" ID("7") "\x1DV\x42\0";
	for (int fault = PH_EMU_FAULT_PAPER_EMPTY; fault <= PH_EMU_FAULT_GARBLE; fault++)
		for (size_t at = 1; at < sizeof job; at++) {
			struct bed c;
			bed_init(&c);
			bed_open(&c);
			struct ph_emu_armed a = {
				(enum ph_emu_fault)fault, PH_EMU_COUNT_RECEIVED, at, 1};
			ck_assert_int_eq(ph_emu_printer_arm(c.p, c.now, &a), 0);
			size_t taken = bed_feed(&c, job, sizeof job - 1);
			struct ph_emu_printer_state good = {0};
			ph_emu_printer_set(c.p, c.now + 10000, &good);
			ph_emu_printer_tick(c.p, c.now + 10000);
			ck_assert_uint_le(taken, sizeof job - 1);
			char *text = ph_emu_paper_text(ph_emu_printer_paper(c.p));
			char *first = strstr(text, "one\n");
			ck_assert(!first || !strstr(first + 1, "one\n"));
			free(text);
			bed_done(&c);
		}
}
END_TEST

// every kind of command: pieces of any size give the same dots and the same replies
static const char everything[] =
	"\x1B@\x1DI\x43text\tx\x1B$\x40\0y\x1B*\x21\x02\0abcdef\n"
	"\x1D(L\x0C\0\x30\x43\x30"
	"AB\x01\x02\0\x01\0\x31\x80\x1D(L\x06\0\x30\x45"
	"AB\x02\x01\x1D(L\x04\0\x30\x40KC\x06"
	"\x1Cq\x02\x01\0\x01\0\x10\x04\x01\xFF\0\x10\x04\x02\0\0\0\0\x1Cp\x01\x03"
	"\x1D*\x01\x01\x80\x40\x10\x04\x04\0\0\0\x1D/\x01\x1DQ0\0\x03\0\x01\0\x80\x01\xFF"
	"\x1D\x38L\x0B\0\0\0\x30\x70\x30\x02\x02\x31\x02\0\x01\0\x40\x1D(L\x02\0\x30\x32"
	"\x1D(k\x08\0\x30\x50\x30hello\x1D(k\x03\0\x30\x51\x30\x1D(k\x03\0\x30\x52\x30"
	"\x1D(k\x05\0\x36\x50\x30hi\x1D(k\x03\0\x36\x51\x30\x1Dk\x4B\x0D"
	"0950110153000"
	"\x1BL\x1BW\x14\0\x28\0\x64\0\x50\0\x1BT\x01page\n\x1D$\x08\0q\x1DV\x01"
	"\x1D(H\x06\0\x30\x30"
	"0009\x1D(Q\x0C\0\x30\x02\0\x01\0\x05\0\x01\0\x01\x01\x01\x0C"
	"\x1C&\xC4\xE3\x81\x30\x84\x36\x1C.\x1C(C\x02\0\x30\x02\xE4\xBD\xA0\x1C(C\x02\0\x30\x01\n"
	"\x1B&\x03\x41\x41\x02\xFF\xFF\xFF\x80\0\0\x1B%\x01"
	"A\n\x1D:macro\n\x1D:\x1D^\x02\0\0"
	"\x1D(E\x02\0\x06\x03\x1Dg2\0\x32\0\x1B\x7F\x1DV\x61\x10\x1BJ\xFF\x1BJ\xFF\x1DV\x68\0";

START_TEST(test_any_pieces)
{
	uint8_t reply[4096];
	bed_feed(&b, everything, sizeof everything - 1);
	size_t len = ph_emu_printer_take(b.p, reply, sizeof reply);
	const struct ph_emu_paper *paper = ph_emu_printer_paper(b.p);
	uint32_t crc = ph_emu_paper_crc(paper, 0, paper->y);

	ck_assert_uint_eq(len, 46);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 1);
	for (size_t piece = 1; piece < 24; piece++) {
		struct bed c;
		bed_init(&c);
		bed_open(&c);
		for (size_t at = 0; at < sizeof everything - 1; at += piece) {
			size_t rest = sizeof everything - 1 - at;
			bed_feed(&c, everything + at, rest < piece ? rest : piece);
		}
		c.reply_len = ph_emu_printer_take(c.p, c.reply, sizeof c.reply);
		ck_assert_uint_eq(c.reply_len, len);
		ck_assert_mem_eq(c.reply, reply, len);
		const struct ph_emu_paper *other = ph_emu_printer_paper(c.p);
		ck_assert_uint_eq(other->y, paper->y);
		ck_assert_uint_eq(other->n_items, paper->n_items);
		ck_assert_uint_eq(ph_emu_paper_crc(other, 0, other->y), crc);
		bed_done(&c);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer settings and faults");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, test_user_settings);
	tcase_add_test(tc, test_counters);
	tcase_add_test(tc, test_macro);
	tcase_add_test(tc, test_macro_by_button);
	tcase_add_test(tc, test_buzzers);
	tcase_add_test(tc, test_cut_forms);
	tcase_add_test(tc, test_cutters);
	tcase_add_test(tc, test_ink_and_extended_status);
	tcase_add_test(tc, test_lengths);
	tcase_add_test(tc, test_dropped_bytes);
	tcase_add_test(tc, test_faults_at_a_received_byte);
	tcase_add_test(tc, test_zero_window);
	tcase_add_test(tc, test_lost_reply);
	tcase_add_test(tc, test_delayed_reply);
	tcase_add_test(tc, test_merged_replies);
	tcase_add_test(tc, test_fault_at_a_reply);
	tcase_add_test(tc, test_garbled_reply);
	tcase_add_test(tc, test_every_fault_at_every_byte);
	tcase_add_test(tc, test_any_pieces);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
