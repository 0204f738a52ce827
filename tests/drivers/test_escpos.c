// The ESC/POS driver on a bench with a scripted printer: opening, jobs under every fault, cancelling, drawer.
// lint: file, one scripted printer serves all of these cases
#include "bench.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "drivers/escpos/engine.h"
#include "drivers/registry.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 10

/* A printer that answers by rule. What it is sent is scanned for requests and kept in `all`. */
static struct {
	struct bench bench;
	bool single;   /* answers are fed byte by byte */
	bool mute;     /* answers nothing */
	bool no_asb;   /* ignores GS a */
	bool no_ids;   /* keeps process ids to itself */
	bool no_qr;    /* knows no QR codes */
	bool no_clear; /* ignores DLE DC4 8 */
	bool held;     /* out of paper: what is in the buffer waits */
	bool forgot;   /* the QR store is empty: it was switched off */
	uint8_t asb[4], eot[5];
	size_t seen;
	unsigned ids, eots, queries;
	uint32_t last_id;
	char held_ids[64][4];
	unsigned held_count;
	struct ph_buf lines; /* all notifications */
} sim;

static struct ph_engine *engine(void)
{
	/* the first member of the driver's state */
	return ph_device_state(&sim.bench.device);
}

static void feed(const void *data, size_t len)
{
	bench_feed(&sim.bench, data, len, sim.single);
}

static void answer_id(const char id[4])
{
	char out[7] = {0x37, 0x22, id[0], id[1], id[2], id[3], 0};

	feed(out, sizeof out);
}

static void take_id(const uint8_t *id)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		ck_assert(id[i] >= 0x20 && id[i] <= 0x7e);
		value = value * 95 + id[i] - 0x20;
	}
	ck_assert_msg(value > sim.last_id, "ids must ascend");
	sim.last_id = value;
	sim.ids++;
	if (sim.mute || sim.no_ids)
		return;
	if (sim.held)
		memcpy(sim.held_ids[sim.held_count++], id, 4);
	else
		answer_id((const char *)id);
}

/* Whether a request stands at `p`; answers it and returns its length. */
static size_t take_request(const uint8_t *p, size_t len)
{
	static const uint8_t clear[] = {0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8};

	if (len >= 3 && p[0] == 0x10 && p[1] == 4) {
		sim.eots++;
		if (!sim.mute)
			feed(&sim.eot[p[2]], 1);
		return 3;
	}
	if (len >= sizeof clear && !memcmp(p, clear, sizeof clear)) {
		sim.held_count = 0;
		if (!sim.mute && !sim.no_clear)
			feed("\x37\x25", 3);
		return sizeof clear;
	}
	if (len >= 3 && p[0] == 0x1d && p[1] == 'a') {
		if (!sim.mute && !sim.no_asb && !sim.held)
			feed(sim.asb, 4);
		return 3;
	}
	if (len >= 11 && !memcmp(p, "\x1d(H\x06\x00\x30\x30", 7)) {
		take_id(p + 7);
		return 11;
	}
	if (len >= 8 && !memcmp(p, "\x1d(k\x03\x00\x31\x52\x30", 8)) {
		sim.queries++;
		if (!sim.mute && !sim.no_qr)
			feed(sim.forgot ? "76"
					  "0\x1f"
					  "0\x1f"
					  "1\x1f"
					  "1"
					: "76"
					  "63\x1f"
					  "63\x1f"
					  "1\x1f"
					  "0",
				sim.forgot ? 10 : 12);
		return 8;
	}
	return 1;
}

/* Answers what has been written since the last time, until nothing new comes. */
static void pump(void)
{
	while (sim.seen < sim.bench.written.len) {
		const uint8_t *p = (const uint8_t *)sim.bench.written.data + sim.seen;
		PH_CLEANUP_FREE uint8_t *copy = malloc(64);
		size_t len = sim.bench.written.len - sim.seen;
		len = len > 64 ? 64 : len;
		memcpy(copy, p, len);
		size_t used = take_request(copy, len);
		sim.seen += used;
	}
	ph_buf_add_str(&sim.lines, bench_lines(&sim.bench));
}

static void run(unsigned ms)
{
	pump();
	for (unsigned t = 0; t < ms; t += STEP_MS) {
		bench_advance(&sim.bench, STEP_MS);
		pump();
	}
}

/* All that was written, as text; from now on only what comes next. */
static const char *written(void)
{
	pump();
	sim.seen = 0;
	return bench_written(&sim.bench);
}

/* The notifications since the last call. */
static const char *lines(void)
{
	static char *last;

	pump();
	free(last);
	last = strdup(sim.lines.data ? sim.lines.data : "");
	ph_buf_reset(&sim.lines);
	return last;
}

static void set_asb(uint8_t a, uint8_t b, uint8_t c)
{
	memcpy(sim.asb, (uint8_t[]){a, b, c, 0}, 4);
	feed(sim.asb, 4);
}

static void set_paper(bool there)
{
	sim.held = !there;
	sim.eot[1] = there ? 0x12 : 0x1a;
	sim.eot[4] = there ? 0x12 : 0x72;
	set_asb(there ? 0x10 : 0x18, 0, there ? 0 : 0x0c);
	for (unsigned i = 0; there && i < sim.held_count; i++)
		answer_id(sim.held_ids[i]);
	if (there)
		sim.held_count = 0;
	pump();
}

static void prepare(void)
{
	ph_buf_done(&sim.lines);
	memset(&sim, 0, sizeof sim);
	memcpy(sim.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
	memset(sim.eot, 0x12, sizeof sim.eot);
}

static void open_with(const char *connection, const char *const *options)
{
	bench_init(&sim.bench, &ph_driver_escpos, connection, 0, options);
}

/* A printer whose profile states everything, ready. */
static void open_ready(const char *connection)
{
	prepare();
	open_with(connection,
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	sim.last_id = 0;
	ck_assert_ptr_nonnull(strstr(lines(), "device.state {\"state\":\"ready\""));
	written();
}

static void finish(void)
{
	bench_done(&sim.bench);
	ph_buf_done(&sim.lines);
}

/* A document of `count` numbered lines and more nodes behind them. */
static void print(const char *mode, unsigned count, const char *more)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params, "{\"job\":\"j\",%s\"document\":{\"body\":[", mode);
	for (unsigned i = 0; i < count; i++)
		ph_buf_printf(&params, "%s{\"text\":\"line %u\"}", i ? "," : "", i);
	ph_buf_printf(&params, "%s]}}", more);
	bench_request(&sim.bench, "printer.print", params.data);
}

static void print_text(const char *text)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params, "{\"job\":\"j\",\"document\":{\"body\":[{\"text\":\"%s\"}]}}", text);
	bench_request(&sim.bench, "printer.print", params.data);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

#define ASSERT_HAS(text, what)                                                                     \
	do {                                                                                       \
		const char *has_ = (text);                                                         \
		ck_assert_msg(has_ &&strstr(has_, what), "no '%s' in:\n%s", what,                  \
			has_ ? has_ : "nothing");                                                  \
	} while (0)

#define ENDED(outcome, segments, confirmed)                                                        \
	"job.end {\"job\":\"j\",\"outcome\":\"" outcome "\",\"segments\":" #segments               \
	",\"confirmed\":" #confirmed

/* Nothing of it has left. */
#define GIVEN_BACK(segments)                                                                       \
	"job.end {\"job\":\"j\",\"outcome\":\"lost\",\"segments\":" #segments                      \
	",\"sent\":0,\"confirmed\":0}\n"

#define PROLOGUE "<1b>@<1c>.<1d>aO<1b>t<00>"
#define CLEAR	 "<10><14><08><01><03><14><01><06><02><08>"
#define MARKER	 "<1d>(k<04><00>1P0A"

/* ---- opening ---- */

START_TEST(opening_is_two_round_trips)
{
	prepare();
	sim.single = _i;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	ck_assert_str_eq(bench_written(&sim.bench), CLEAR);
	feed("\x37\x25", 3);
	ck_assert_str_eq(bench_written(&sim.bench), PROLOGUE);
	ck_assert_str_eq(bench_lines(&sim.bench), "");
	feed(sim.asb, 4);
	ck_assert_str_eq(bench_written(&sim.bench), "");
	const char *up = bench_lines(&sim.bench);
	ASSERT_HAS(up, "\"confirms\":\"process_id\",\"status\":\"asb\",\"receive_buffer\":4096}");
	ASSERT_HAS(up, "\"drawer\":{\"sensor\":false,\"pins\":[1,2]}");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ASSERT_HAS(up,
		"device.status {\"class\":\"printer\",\"status\":{\"online\":true,\"paper\":\"ok\","
		"\"cover\":\"closed\",\"error\":null},\"reasons\":[]}\n");
	/* idle is asleep */
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(opening_without_answer)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(950);
	ck_assert_str_eq(written(), CLEAR PROLOGUE "<10><04><01>");
	ASSERT_HAS(lines(), "device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],"
			    "\"message\":\"the printer does not answer\"}\n");
	/* asked again after 0.5 s, 1 s, 2 s ... 30 s */
	run(500);
	ASSERT_HAS(written(), CLEAR);
	run(120000);
	ck_assert_uint_le(count_of(written(), CLEAR), 9);
	sim.mute = false;
	run(31000);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

START_TEST(opening_out_of_paper)
{
	prepare();
	sim.held = true;
	sim.eot[1] = 0x1a;
	sim.eot[2] = 0x32;
	sim.eot[4] = 0x7e;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(400);
	ck_assert_str_eq(
		written(), CLEAR PROLOGUE "<10><04><01><10><04><02><10><04><03><10><04><04>");
	ASSERT_HAS(lines(),
		"\"online\":false,\"paper\":\"empty\",\"cover\":\"closed\",\"error\":null},"
		"\"reasons\":[\"rec_empty\"]}\n");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

/* It answers no GS I; the device id of its USB connection names it. */
START_TEST(opening_by_device_id)
{
	prepare();
	open_with("usb:04b8:0e15", (const char *[]){"info:mfg=EPSON", "info:mdl=TM-T20II", NULL});
	run(2000);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"EPSON\",\"model\":\"TM-T20II\"");
	ASSERT_HAS(up, "\"profile\":\"epson-tm-t20ii\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

START_TEST(opening_by_asking)
{
	prepare();
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	ck_assert_str_eq(written(), PROLOGUE "<1d>ID");
	feed("_X1", 4);
	ck_assert_str_eq(written(), "<1d>IA");
	feed("_1.07 ESC", 10);
	ck_assert_str_eq(written(), "<1d>IB");
	feed("_EPSON", 7);
	ck_assert_str_eq(written(), "<1d>IC");
	feed("_TM-T20II", 10);
	ck_assert_str_eq(written(), "<1d>IE");
	feed("_KANJI JAPANESE", 16);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"EPSON\",\"model\":\"TM-T20II\",\"serial\":\"X1\","
		       "\"firmware\":\"1.07 ESC\"");
	ASSERT_HAS(up, "\"profile\":\"epson-tm-t20ii\"");
	ASSERT_HAS(up, "\"confirms\":\"process_id\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ASSERT_HAS(up, "device.remember {\"key\":\"unit\",\"value\":"
		       "\"X1|1.07 ESC|EPSON|TM-T20II|KANJI JAPANESE|\"}");
	/* the font it has is used */
	written();
	print_text("\xe6\x97\xa5");
	ASSERT_HAS(written(), "<1c>&<93><fa><1c>.<0a>");
	finish();
}
END_TEST

/* What was found out about this unit is not asked again; another unit, or other firmware, is. */
START_TEST(opening_with_memory)
{
	static const char *const serials[] = {"_X1", "_X2"};

	prepare();
	open_with("tcp://127.0.0.1",
		(const char *[]){"memory:unit=X1|1.0|ACME|A80|CHINA GB18030|iq", NULL});
	run(0);
	ck_assert_str_eq(written(), PROLOGUE "<1d>ID");
	feed(serials[_i], 4);
	ck_assert_str_eq(written(), "<1d>IA");
	feed("_1.0", 5);
	if (_i) {
		ck_assert_str_eq(written(), "<1d>IB");
		finish();
		return;
	}
	ck_assert_str_eq(written(), "");
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"ACME\",\"model\":\"A80\",\"serial\":\"X1\"");
	ASSERT_HAS(up, "\"qr\":true,\"confirms\":\"process_id\"");
	ck_assert_ptr_null(strstr(up, "device.remember"));
	finish();
}
END_TEST

START_TEST(opening_probes_what_is_open)
{
	prepare();
	sim.no_ids = _i & 1;
	sim.no_qr = _i & 2;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=generic-80", NULL});
	run(1500);
	ck_assert_uint_eq(sim.ids, 1);
	const char *up = lines();
	ASSERT_HAS(up, sim.no_ids ? "\"confirms\":\"none\"" : "\"confirms\":\"process_id\"");
	ASSERT_HAS(up, sim.no_qr ? "\"qr\":false" : "\"qr\":true");
	written();
	lines();
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"body\":[{\"qr\":{\"data\":\"x\"}}]}}");
	ASSERT_HAS(lines(), sim.no_qr
				    ? "{\"needs\":[{\"kind\":\"symbol\",\"width\":576,\"node\":0}]}"
				    : "{\"segments\":1}");
	finish();
}
END_TEST

START_TEST(a_clone_that_answers_nothing)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	ASSERT_HAS(lines(), "\"confirms\":\"none\",\"status\":\"none\"");
	written();
	print("", 3, "");
	ck_assert_str_eq(written(), "<1b>@<1c>.<1b>t<00>line 0<0a>line 1<0a>line 2<0a>");
	ck_assert_str_eq(lines(),
		"1 {\"segments\":1}\n"
		"job.progress {\"job\":\"j\",\"segments\":1,\"sent\":1,\"confirmed\":0}\n" ENDED(
			"sent_unconfirmed", 1, 0) "}\n");
	/* nothing is claimed before the bytes have left */
	sim.bench.block = true;
	print("", 60, "");
	run(20000);
	ASSERT_HAS(lines(), "\"sent\":1,");
	sim.bench.block = false;
	bench_drain(&sim.bench);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 3, 0));
	finish();
}
END_TEST

/* ---- printing ---- */

START_TEST(printed)
{
	open_ready("tcp://127.0.0.1");
	sim.single = _i;
	sim.no_ids = true;
	print("", 2, ",{\"cut\":\"partial\"}");
	ASSERT_HAS(written(), PROLOGUE "line 0<0a>line 1<0a>");
	ck_assert_str_eq(lines(), "1 {\"segments\":2}\n");
	ck_assert_uint_eq(sim.ids, 2);
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
	for (unsigned i = 0; i < sim.held_count; i++)
		answer_id(sim.held_ids[i]);
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
	ck_assert_uint_eq(sim.held_count, 3);
	lines();
	sim.held = false;
	answer_id(sim.held_ids[2]);
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
	sim.forgot = _i == 1;
	sim.mute = _i == 2;
	lines();
	answer_id(sim.held_ids[0]);
	answer_id(sim.held_ids[2]);
	run(0);
	ck_assert_uint_eq(sim.queries, 1);
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
	sim.no_ids = true;
	print("", 3, "");
	run(9900);
	ck_assert_uint_eq(sim.ids, 1);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	if (_i == 0) {
		/* asked once more, by a new id alone */
		sim.no_ids = false;
		run(200);
		ck_assert_uint_eq(sim.ids, 2);
		ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	} else {
		run(5200);
		ck_assert_uint_eq(sim.ids, 2);
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
	unsigned ids = sim.ids;
	set_paper(false);
	ASSERT_HAS(lines(), "\"reasons\":[\"rec_empty\"]");
	run(600000);
	/* for as long as it takes: nothing more is sent, nothing is given up */
	ck_assert_uint_eq(sim.ids, ids);
	ck_assert_str_eq(lines(), "");
	ck_assert_uint_ge(sim.eots, 10);
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
	sim.eot[4] = 0x72;
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

START_TEST(a_word_that_was_lost_is_asked_for)
{
	open_ready("tcp://127.0.0.1");
	set_paper(false);
	bench_request(&sim.bench, "printer.refresh", "{}");
	run(1000);
	ck_assert_uint_eq(sim.eots, 4);
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	ck_assert_ptr_null(strstr(lines(), "\"paper\":\"ok\""));
	/* it comes back without a word */
	sim.held = false;
	memset(sim.eot, 0x12, sizeof sim.eot);
	memcpy(sim.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
	run(1000);
	ck_assert_str_eq(lines(), "");
	bench_request(&sim.bench, "printer.refresh", "{}");
	run(1000);
	ASSERT_HAS(lines(), "\"online\":true,\"paper\":\"ok\"");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(paper_out_at_the_beginning_puts_the_question_off)
{
	prepare();
	sim.held = true;
	sim.eot[1] = 0x1a;
	sim.eot[2] = 0x32;
	sim.eot[4] = 0x7e;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=generic-80", NULL});
	run(1000);
	ck_assert_uint_eq(sim.ids, 0);
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
	sim.held_count = 0;
	sim.forgot = true;
	memset(sim.eot, 0x12, sizeof sim.eot);
	memcpy(sim.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
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
	answer_id(sim.held_ids[0]);
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(),
		"\"outcome\":\"lost\",\"segments\":17,\"confirmed\":1,\"reason\":\"link_lost\"}");
	/* accepted while it is gone, printed when it is back; the printer is cleared first */
	sim.held = false;
	written();
	print("\"mode\":\"reprint\",", 3, "");
	run(1000);
	ck_assert_str_eq(written(), "");
	sim.last_id = 0;
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
	sim.eot[1] = sim.eot[3] = 0x1a;
	set_asb(0x18, 0x08, 0);
	run(5000);
	ck_assert_uint_eq(count_of(written(), "<10><05><01>"), 1);
	ASSERT_HAS(lines(), "\"reasons\":[\"cutter_error\"]");
	/* somebody opens the cover, takes the paper out and closes it */
	sim.eot[2] = 0x16;
	set_asb(0x38, 0x08, 0);
	run(2000);
	ck_assert_uint_eq(count_of(written(), "<10><05>"), 0);
	sim.eot[2] = 0x12;
	set_asb(0x18, 0x08, 0);
	run(2000);
	ck_assert_uint_eq(count_of(written(), "<10><05><01>"), 1);
	sim.eot[3] = 0x12;
	set_paper(true);
	run(0);
	ASSERT_HAS(lines(), "\"outcome\":\"printed\"");
	finish();
}
END_TEST

/* A picture of 8 x 8 dots that the printer shall keep, with its drawing. */
static void print_logo(bool drawn)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params,
		"{\"job\":\"j\",%s\"document\":{\"body\":[{\"image\":{\"store\":true,\"data_b64\":"
		"\"iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADElEQVR4nGNgoA4AAABIAAEuuDx+"
		"AAAAAElFTkSuQmCC\""
		"}}]}}",
		drawn ? "\"rasters\":[{\"width\":8,\"height\":8,\"bits_b64\":\"/4GBgYGBgf8=\"}],"
		      : "");
	bench_request(&sim.bench, "printer.print", params.data);
}

#define KEYS_ASKED "<1d>(L<04><00>0@KC"

START_TEST(a_logo_is_stored_once_and_printed_by_its_key)
{
	open_ready("tcp://127.0.0.1");
	print_logo(false);
	ASSERT_HAS(lines(), "{\"needs\":[{\"kind\":\"image\",\"width\":8,\"node\":0}]}");
	print_logo(true);
	run(0);
	const char *down = written();
	ASSERT_HAS(down, "<1d>(L<12><00>0p0<01><01>1<08><00><08><00><ff>");
	const char *up = lines();
	ASSERT_HAS(up, ENDED("printed", 1, 1));
	ASSERT_HAS(up, "device.remember {\"key\":\"logo_day\",");
	/* when there is nothing to print it is stored, and the printer asked whether it is there */
	ASSERT_HAS(down, "<1d>(L<13><00>0C0P0<01><08><00><08><00>1<ff>");
	ASSERT_HAS(down, KEYS_ASKED);
	print("", 1, "");
	run(100);
	ck_assert_str_eq(written(), ""); /* jobs wait meanwhile */
	feed("7r@P0", 6);
	run(0);
	up = lines();
	ASSERT_HAS(up, "device.remember {\"key\":\"logos\",\"value\":\"P0=");
	ASSERT_HAS(up, ENDED("printed", 1, 1));
	written();
	print_logo(false);
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	down = written();
	ASSERT_HAS(down, "<1d>(L<06><00>0EP0<01><01>");
	ck_assert_ptr_null(strstr(down, KEYS_ASKED));
	finish();
}
END_TEST

START_TEST(a_logo_that_is_gone_is_sent_again)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii",
					     "memory:logos=P0=00112233445566778899aabbccddeeff;"
					     "P1=0123456789abcdef0123456789abcdef;",
					     NULL});
	run(0);
	ASSERT_HAS(written(), KEYS_ASKED);
	feed("7rAXX", 6);
	ck_assert_str_eq(written(), "<06>");
	feed("7r@P1", 6);
	const char *up = lines();
	ASSERT_HAS(up, "device.remember {\"key\":\"logos\",\"value\":"
		       "\"P1=0123456789abcdef0123456789abcdef;\"}");
	ASSERT_HAS(up, "\"state\":\"ready\"");
	finish();
}
END_TEST

START_TEST(logos_are_not_stored_all_day)
{
	char writes[64];

	prepare();
	snprintf(writes, sizeof writes, "memory:logo_day=%llu 10",
		(unsigned long long)(ph_clock_wall_us() / 86400000000ull));
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", writes, NULL});
	run(0);
	print_logo(true);
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ck_assert_ptr_null(strstr(written(), "0C0P0"));
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

/* ---- cancelling ---- */

START_TEST(cancel_before_the_first_byte)
{
	open_ready("serial:/dev/null");
	/* it waits for the answer to a question */
	sim.mute = true;
	print("", 3, "");
	lines();
	written();
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"other\"}");
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ck_assert_str_eq(lines(), "2 ! NoExist `poshalctl list` shows what exists\n" ENDED(
					  "cancelled", 1, 0) "}\n3 {}\n");
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(cancel_while_printing)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	unsigned count = sim.held_count;
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	/* what is under way is whole commands: it is printed and counted, nothing follows */
	for (unsigned i = 0; i < count; i++)
		answer_id(sim.held_ids[i]);
	run(0);
	ck_assert_uint_eq(sim.ids, count);
	char end[80];
	snprintf(end, sizeof end, "\"outcome\":\"cancelled\",\"segments\":17,\"confirmed\":%u}",
		count);
	ASSERT_HAS(lines(), end);
	finish();
}
END_TEST

START_TEST(cancel_while_held)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	set_paper(false);
	if (_i == 2) {
		/* cancelled while able, the paper ends while waiting */
		set_asb(0x10, 0, 0);
		bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
		set_asb(0x18, 0, 0x0c);
	}
	written();
	lines();
	sim.no_clear = _i == 1;
	if (_i < 2)
		bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	else
		set_asb(0x18, 0, 0x0c);
	run(990);
	if (_i == 1)
		ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(1100);
	if (_i < 2)
		ASSERT_HAS(written(), CLEAR PROLOGUE);
	if (_i != 2)
		ASSERT_HAS(lines(), ENDED("cancelled", 17, 0) "}");
	/* nothing of the old job is left to be confirmed */
	set_paper(true);
	run(1000);
	lines();
	print("", 1, "");
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

START_TEST(cancel_when_the_link_takes_nothing)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	sim.bench.block = true;
	print("", 60, "");
	lines();
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	run(9900);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(200);
	ck_assert(sim.bench.dropped);
	ASSERT_HAS(lines(), ENDED("cancelled", 3, 0) "}");
	finish();
}
END_TEST

START_TEST(cancelled_is_not_lost)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(), ENDED("cancelled", 17, 0) ",\"reason\":\"link_lost\"}");
	finish();
}
END_TEST

START_TEST(a_closed_window_is_not_silence)
{
	open_ready("tcp://127.0.0.1");
	sim.no_ids = true;
	sim.bench.block = true;
	print("", 3, "");
	run(60000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	ck_assert_uint_eq(sim.eots, 0);
	sim.bench.block = false;
	bench_drain(&sim.bench);
	sim.no_ids = false;
	run(11000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

/* A printer that never answers, on USB: the port status is asked beside the data it does not take. */
START_TEST(port_status)
{
	struct ph_device *device = &sim.bench.device;

	prepare();
	sim.mute = true;
	open_with("usb:0416:5011", (const char *[]){"profile=generic-58", NULL});
	run(5000);
	ck_assert_uint_eq(sim.bench.ports_asked, 0);
	lines();
	sim.bench.block = true;
	print("", 3, "");
	run(1500);
	ck_assert_uint_eq(sim.bench.ports_asked, 1);
	ph_device_port_status(device, 0x38);
	ASSERT_HAS(lines(), "device.status {\"class\":\"printer\",\"status\":{\"online\":true,"
			    "\"paper\":\"empty\",\"cover\":\"unknown\",\"error\":null},"
			    "\"reasons\":[\"rec_empty\"]}");
	run(1000);
	ck_assert_uint_eq(sim.bench.ports_asked, 2);
	ph_device_port_status(device, 0x18);
	ASSERT_HAS(lines(), "\"paper\":\"ok\"");
	sim.bench.block = false;
	bench_drain(&sim.bench);
	/* all has left; the last word is the port's */
	ck_assert_uint_eq(sim.bench.ports_asked, 3);
	ph_device_port_status(device, 0x08);
	ASSERT_HAS(lines(), "\"reasons\":[\"off_line\"]");
	run(1000);
	ck_assert_uint_eq(sim.bench.ports_asked, 4);
	ph_device_port_status(device, 0x18);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	/* nothing is asked while nothing is printed */
	run(5000);
	ck_assert_uint_eq(sim.bench.ports_asked, 4);
	finish();
}
END_TEST

static const int port_failures[] = {-EOPNOTSUPP, -ETIMEDOUT, -EIO};

START_TEST(no_port_status)
{
	prepare();
	sim.mute = true;
	open_with("usb:0416:5011", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	print("", 3, "");
	ck_assert_uint_eq(sim.bench.ports_asked, 1);
	ph_device_port_status(&sim.bench.device, port_failures[_i]);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	finish();
}
END_TEST

/* ---- drawer ---- */

/* open_low: pin 3 high is closed */
static void drawer_level(bool high)
{
	set_asb(high ? 0x14 : 0x10, 0, 0);
	sim.eot[1] = high ? 0x16 : 0x12;
}

static void open_closed_drawer(void)
{
	prepare();
	sim.asb[0] = 0x14;
	sim.eot[1] = 0x16;
	open_with("tcp://127.0.0.1",
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	ASSERT_HAS(lines(), "device.status {\"class\":\"drawer\",\"status\":{\"open\":false}");
	written();
}

START_TEST(drawer_opens)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{\"n\":2,\"on_ms\":50}");
	ck_assert_str_eq(written(), "<1b>p<01><19><fa>");
	run(180);
	ck_assert_str_eq(lines(), "");
	/* a contact that bounces: five changes in 30 ms, one event */
	for (int i = 0; i < 5; i++) {
		drawer_level(i % 2);
		run(STEP_MS);
	}
	run(100);
	ck_assert_str_eq(lines(),
		"device.status {\"class\":\"drawer\",\"status\":{\"open\":true},\"reasons\":[]}\n"
		"1 {\"outcome\":\"opened\",\"already\":false}\n");
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "2 {\"outcome\":\"opened\",\"already\":true}\n");
	ck_assert_str_eq(written(), "");
	/* by its key, without a pulse */
	drawer_level(true);
	run(100);
	ck_assert_str_eq(lines(),
		"device.status "
		"{\"class\":\"drawer\",\"status\":{\"open\":false},\"reasons\":[]}\n");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(an_open_drawer_needs_no_pause)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	drawer_level(false);
	run(60);
	ASSERT_HAS(lines(), "1 {\"outcome\":\"opened\",\"already\":false}\n");
	/* within 200 ms of the pulse, but no second one is needed */
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "2 {\"outcome\":\"opened\",\"already\":true}\n");
	drawer_level(true);
	run(60);
	lines();
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "3 ! Busy ");
	ck_assert_uint_eq(count_of(written(), "<1b>p"), 1);
	finish();
}
END_TEST

START_TEST(drawer_stuck)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	run(120);
	/* one at a time, and not twice within 200 ms */
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "2 ! Busy try again when the present work is done\n");
	run(1370);
	ck_assert_str_eq(lines(), "");
	run(20);
	ck_assert_str_eq(lines(), "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	ck_assert_str_eq(written(), "<1b>p<00>2<fa>");
	run(10000);
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(drawer_without_sensor)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", "drawers=1", NULL});
	run(0);
	ck_assert_ptr_null(strstr(lines(), "\"class\":\"drawer\""));
	written();
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "1 {\"outcome\":\"no_sensor\",\"already\":false}\n");
	bench_request(&sim.bench, "drawer.open", "{}");
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	bench_request(&sim.bench, "drawer.open", "{\"n\":3}");
	ck_assert_str_eq(lines(), "2 ! Busy try again when the present work is done\n"
				  "3 ! Illegal $.n the printer opens 1 drawers\n"
				  "4 ! Illegal $.n is not within 1 and 2\n");
	ck_assert_str_eq(written(), "<1b>p<00>2<fa>");
	ph_device_link_down(&sim.bench.device, true, 0);
	lines();
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "5 ! Offline ");
	finish();
}
END_TEST

START_TEST(drawer_while_printing_is_in_real_time)
{
	open_closed_drawer();
	sim.held = true;
	print("", 400, "");
	run(0);
	written();
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(written(), "<10><14><01><00><01>");
	drawer_level(false);
	run(60);
	ASSERT_HAS(lines(), "2 {\"outcome\":\"opened\",\"already\":false}\n");
	finish();
}
END_TEST

START_TEST(drawer_by_asking)
{
	/* no automatic status: the level is asked for while it matters, and unknown otherwise */
	prepare();
	sim.no_asb = true;
	sim.eot[1] = 0x16;
	open_with("tcp://127.0.0.1",
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(1000);
	ck_assert_ptr_null(strstr(lines(), "\"open\":false"));
	bench_request(&sim.bench, "drawer.open", "{}");
	run(300);
	sim.eot[1] = 0x12;
	run(400);
	ASSERT_HAS(lines(), "1 {\"outcome\":\"opened\",\"already\":false}\n");
	finish();
}
END_TEST

START_TEST(drawer_when_the_link_goes)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	ph_device_link_down(&sim.bench.device, true, 0);
	const char *up = lines();
	ASSERT_HAS(up, "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	ASSERT_HAS(up, "{\"class\":\"drawer\",\"status\":{\"open\":null}");
	/* the pulse is not repeated */
	written();
	ph_device_link_up(&sim.bench.device);
	run(2000);
	ck_assert_ptr_null(strstr(written(), "<1b>p"));
	finish();
}
END_TEST

/* ---- requests ---- */

START_TEST(refusals)
{
	open_ready("tcp://127.0.0.1");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"body\":[{\"text\":\"a\"},{\"bogus\":1}]}}");
	const char *up = lines();
	ASSERT_HAS(up, "1 ! Illegal $.document.body[1]");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"mode\":\"again\"}");
	ck_assert_str_eq(lines(), "2 ! Illegal $.mode is first, reprint or continue\n");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"from_segment\":1}");
	ck_assert_str_eq(lines(), "3 ! Illegal $.from_segment belongs to mode continue\n");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"copies\":11}");
	ck_assert_str_eq(lines(), "4 ! Illegal $.copies is not within 1 and 10\n");
	sim.held = true;
	print("", 400, "");
	print("", 400, "");
	ASSERT_HAS(lines(), "6 ! Busy ");
	bench_request(&sim.bench, "device.directIO", "{\"data_b64\":\"QQ==\"}");
	ASSERT_HAS(lines(), "7 ! Busy ");
	finish();
}
END_TEST

START_TEST(classes_on_request)
{
	prepare();
	bench_init(&sim.bench, &ph_driver_escpos, "tcp://127.0.0.1", PH_CLASS_BIT(PH_CLASS_PRINTER),
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	const char *up = lines();
	ck_assert_ptr_null(strstr(up, "\"drawer\""));
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "1 ! Illegal the device has no such class\n");
	finish();
}
END_TEST

static const char *const bad_options[][2] = {
	{"profile=none-such", "$.options.profile 'none-such' is not a profile"},
	{"codepage=cp9", "$.options.codepage profile generic-80 has no page 'cp9'"},
};

START_TEST(bad_option)
{
	struct ph_device_config config = {.name = "x", .connection = "tcp://127.0.0.1"};
	struct ph_device device;
	char key[64], text[512];

	prepare();
	open_with("tcp://127.0.0.1", NULL);
	ck_assert_int_eq(ph_device_init(&device, &ph_driver_escpos, sim.bench.device.io), 0);
	snprintf(key, sizeof key, "%s", bad_options[_i][0]);
	*strchr(key, '=') = '\0';
	ck_assert_int_eq(
		ph_device_set_option(&device, key, strchr(bad_options[_i][0], '=') + 1), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	snprintf(text, sizeof text, "%s %s", device.refused_path, device.refused_text);
	ck_assert_str_eq(text, bad_options[_i][1]);
	ph_device_done(&device);
	finish();
}
END_TEST

START_TEST(preferred_codepage_and_columns)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", "codepage=cp858",
					     "columns=32", "feed_before_cut=2", NULL});
	run(0);
	ASSERT_HAS(written(), "<1b>t<13>");
	const char *up = lines();
	ASSERT_HAS(up, "\"columns\":32,\"columns_b\":42,\"width_dots\":384");
	ASSERT_HAS(up, "\"codepages\":[\"cp858\",\"cp437\",\"cp1252\",\"cp850\"");
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, opening_is_two_round_trips, 0, 2);
	tcase_add_test(tc, opening_without_answer);
	tcase_add_test(tc, opening_out_of_paper);
	tcase_add_test(tc, opening_by_device_id);
	tcase_add_test(tc, opening_by_asking);
	tcase_add_loop_test(tc, opening_with_memory, 0, 2);
	tcase_add_loop_test(tc, opening_probes_what_is_open, 0, 4);
	tcase_add_test(tc, a_clone_that_answers_nothing);
	tcase_add_loop_test(tc, printed, 0, 2);
	tcase_add_loop_test(tc, in_flight_is_bounded, 0, 2);
	tcase_add_test(tc, a_lost_answer_on_tcp_is_made_good_by_the_next);
	tcase_add_loop_test(tc, a_lost_answer_on_a_serial_line_is_verified, 0, 3);
	tcase_add_loop_test(tc, the_last_answer_is_lost, 0, 2);
	tcase_add_loop_test(tc, paper_out_in_the_middle, 0, 2);
	tcase_add_test(tc, paper_out_at_the_beginning);
	tcase_add_test(tc, what_was_not_begun_is_given_back);
	tcase_add_test(tc, a_word_that_was_lost_is_asked_for);
	tcase_add_test(tc, paper_out_at_the_beginning_puts_the_question_off);
	tcase_add_test(tc, switched_off_while_out_of_paper);
	tcase_add_test(tc, switched_off_for_a_while);
	tcase_add_test(tc, silence_gives_the_link_up);
	tcase_add_test(tc, the_link_goes_in_the_middle);
	tcase_add_test(tc, a_command_that_was_cut_off_is_ended);
	tcase_add_test(tc, a_jammed_cutter_is_tried_again);
	tcase_add_test(tc, a_logo_is_stored_once_and_printed_by_its_key);
	tcase_add_test(tc, a_logo_that_is_gone_is_sent_again);
	tcase_add_test(tc, logos_are_not_stored_all_day);
	tcase_add_test(tc, copies_open_the_drawer_once);
	tcase_add_test(tc, a_reprint_is_marked_and_has_no_effects);
	tcase_add_test(tc, continuing);
	tcase_add_test(tc, cancel_before_the_first_byte);
	tcase_add_test(tc, cancel_while_printing);
	tcase_add_loop_test(tc, cancel_while_held, 0, 3);
	tcase_add_test(tc, cancel_when_the_link_takes_nothing);
	tcase_add_test(tc, cancelled_is_not_lost);
	tcase_add_test(tc, a_closed_window_is_not_silence);
	tcase_add_test(tc, port_status);
	tcase_add_loop_test(tc, no_port_status, 0, PH_ARRAY_SIZE(port_failures));
	tcase_add_test(tc, drawer_opens);
	tcase_add_test(tc, an_open_drawer_needs_no_pause);
	tcase_add_test(tc, drawer_stuck);
	tcase_add_test(tc, drawer_without_sensor);
	tcase_add_test(tc, drawer_while_printing_is_in_real_time);
	tcase_add_test(tc, drawer_by_asking);
	tcase_add_test(tc, drawer_when_the_link_goes);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, classes_on_request);
	tcase_add_loop_test(tc, bad_option, 0, PH_ARRAY_SIZE(bad_options));
	tcase_add_test(tc, preferred_codepage_and_columns);
}

int main(void)
{
	Suite *suite = suite_create("escpos");
	TCase *tc = tcase_create("all");

	add_tests(tc);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
