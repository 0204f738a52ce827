// The Star driver on a bench with a scripted printer: opening, jobs under every fault, cancelling, drawer.
// lint: file, one scripted printer serves all of these cases
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/star/engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP_MS 10

/* A printer that answers by rule. `seen` bytes have arrived, `done` of them are obeyed. */
static struct {
	struct bench bench;
	bool single;	 /* answers are fed byte by byte */
	bool mute;	 /* answers nothing */
	bool no_counter; /* does not know ESC GS ETX */
	bool no_etb;	 /* does not know ETB */
	bool stuck;	 /* inside of a command: obeys nothing but real-time commands */
	bool held;	 /* out of paper: what is in the buffer waits */
	unsigned forget; /* so many next answers of ESC GS ETX 1 are lost */
	bool no_reset_help;
	bool prnt; /* says that it speaks StarPRNT */
	uint8_t asb[9];
	size_t seen, done;
	uint8_t counter, etb;
	unsigned asks, counts, resets;
	struct ph_buf lines; /* all notifications */
} sim;

static struct ph_star_engine *engine(void)
{
	/* the first member of the driver's state */
	return ph_device_state(&sim.bench.device);
}

static void feed(const void *data, size_t len)
{
	bench_feed(&sim.bench, data, len, sim.single);
}

static void send_asb(void)
{
	sim.asb[0] = 0x23;
	sim.asb[1] = sim.prnt ? 0x08 : 0x06;
	sim.asb[7] = (uint8_t)((sim.etb & 7) << 1 | (sim.etb & 0x18) << 2);
	if (!sim.mute)
		feed(sim.asb, sizeof sim.asb);
	sim.asb[2] &= (uint8_t)~0x02;
}

static void answer_counter(const uint8_t *p)
{
	const uint8_t out[8] = {0x1b, 0x1d, 3, p[3], p[4], p[5], sim.counter, 0};

	if (p[3] == 1 && sim.forget) {
		sim.forget--;
		return;
	}
	if (!sim.mute)
		feed(out, sizeof out);
}

static void count_document(const uint8_t *p)
{
	if (p[3] == 1) {
		sim.counter++;
		sim.counts++;
	}
	if (p[3] == 2)
		sim.counter = 0;
	if (p[3] <= 1)
		answer_counter(p);
}

/* Obeys one command at `p` in stream order; returns its length. */
static size_t obey(const uint8_t *p, size_t len)
{
	if (len >= 6 && !memcmp(p, "\x1b\x1d\x03", 3)) {
		if (!sim.no_counter)
			count_document(p);
		return 6;
	}
	if (p[0] == 0x17 && !sim.no_etb) {
		sim.etb = (sim.etb + 1) & 31;
		sim.asb[2] |= 0x02;
		send_asb();
	} else if (len >= 4 && !memcmp(p, "\x1b\x1e\x45", 3)) {
		sim.etb = 0;
		return 4;
	} else if (len >= 5 && !memcmp(p, "\x1b#*\n", 5)) {
		if (!sim.mute)
			feed("\x1b#*,TSP654II Ver1.2\n", 21);
		return 5;
	} else if (len >= 7 && !memcmp(p, "\x1b\x1d)I", 4)) {
		feed("\x1b\x1d)I\x01\x00\x31PrSrN=X77,\n", 19);
		return 7;
	}
	return 1;
}

/* What is obeyed as it arrives. */
static void arrive(const uint8_t *p, size_t len)
{
	if (len >= 3 && !memcmp(p, "\x1b\x06\x01", 3)) {
		sim.asks++;
		send_asb();
	}
	if (len >= 3 && !memcmp(p, "\x1b\x06\x18", 3)) {
		sim.resets++;
		sim.stuck = sim.no_reset_help;
		sim.counter = sim.etb = 0;
		sim.done = sim.seen + 3;
	}
}

static const uint8_t *written_from(size_t at, uint8_t copy[16], size_t *ret_len)
{
	size_t len = sim.bench.written.len - at;

	*ret_len = len > 16 ? 16 : len;
	memcpy(copy, (const uint8_t *)sim.bench.written.data + at, *ret_len);
	return copy;
}

/* Answers what has been written since the last time, until nothing new comes. */
static void pump(void)
{
	uint8_t copy[16];
	size_t len;

	for (;;) {
		if (sim.seen < sim.bench.written.len) {
			const uint8_t *p = written_from(sim.seen, copy, &len);
			arrive(p, len);
			sim.seen++;
		} else if (sim.done < sim.seen && !sim.held && !sim.stuck) {
			const uint8_t *p = written_from(sim.done, copy, &len);
			sim.done += obey(p, len);
		} else {
			break;
		}
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

/* All that was written, as text. A printer that holds keeps it in its buffer nevertheless. */
static const char *written(void)
{
	static char *last;
	struct ph_buf keep = PH_BUF_INIT;

	pump();
	size_t done = sim.done;
	ph_buf_add(&keep, sim.bench.written.data + done, sim.bench.written.len - done);
	free(last);
	last = strdup(bench_written(&sim.bench));
	if (keep.len)
		ph_buf_add(&sim.bench.written, keep.data, keep.len);
	ph_buf_done(&keep);
	sim.done = 0;
	sim.seen = sim.bench.written.len;
	return last;
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

static void set_status(uint8_t printer, uint8_t error, uint8_t paper)
{
	sim.asb[2] = printer;
	sim.asb[3] = error;
	sim.asb[5] = paper;
	sim.held = (printer & 0x28) || error || (paper & 8);
	send_asb();
	pump();
}

static void prepare(void)
{
	ph_buf_done(&sim.lines);
	memset(&sim, 0, sizeof sim);
}

static void open_with(const char *connection, const char *const *options)
{
	bench_init(&sim.bench, &ph_driver_star, connection, 0, options);
}

/* A printer whose profile states everything, ready. */
static void open_ready(const char *connection)
{
	prepare();
	open_with(connection,
		(const char *[]){"profile=star-mc-print3", "drawer_sensor=open_high", NULL});
	run(0);
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

#define ASSERT_HAS(text, what)                                                                     \
	do {                                                                                       \
		const char *has_ = (text);                                                         \
		ck_assert_msg(has_ &&strstr(has_, what), "no '%s' in:\n%s", what,                  \
			has_ ? has_ : "nothing");                                                  \
	} while (0)

#define ENDED(outcome, segments, confirmed)                                                        \
	"job.end {\"job\":\"j\",\"outcome\":\"" outcome "\",\"segments\":" #segments               \
	",\"confirmed\":" #confirmed

#define ASK	 "<1b><1e>a<01><1b><06><01>"
#define TIMES	 "<1b><07><14><14>"
#define PROLOGUE "<1b>@<1b>z<01><1b><1d>t<01>"
#define SYNC	 TIMES "<1b><1d><03><04><00><00>" PROLOGUE "<1b><1d><03><00><00><00>"
#define CLEAR	 "<1b><1d><03><02><00><00>"
#define COUNT	 "<1b><1d><03><01>"
#define RESET	 "<1b><06><18>"

/* ---- opening ---- */

START_TEST(opening_is_two_round_trips)
{
	prepare();
	sim.single = _i;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	ck_assert_str_eq(bench_written(&sim.bench), ASK);
	send_asb();
	ck_assert_str_eq(bench_written(&sim.bench), SYNC);
	ck_assert_str_eq(bench_lines(&sim.bench), "");
	feed("\x1b\x1d\x03\x00\x00\x00\x09\x00", 8);
	ck_assert_str_eq(bench_written(&sim.bench), "");
	const char *up = bench_lines(&sim.bench);
	ASSERT_HAS(up, "\"confirms\":\"counter\",\"status\":\"asb\",\"receive_buffer\":4096}");
	ASSERT_HAS(up, "\"profile\":\"star-mc-print3\"");
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

START_TEST(opening_by_asking)
{
	prepare();
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"Star\",\"model\":\"TSP654II\"");
	ASSERT_HAS(up, "\"firmware\":\"1.2\"");
	ASSERT_HAS(up, "\"profile\":\"star-tsp650ii\"");
	ASSERT_HAS(up, "\"confirms\":\"counter\"");
	/* StarPRNT, version 4, tells its serial number */
	finish();
	prepare();
	sim.prnt = true;
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	ASSERT_HAS(lines(), "\"serial\":\"X77\"");
	finish();
}
END_TEST

START_TEST(opening_without_answer)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=star-mc-print3", NULL});
	run(1500);
	ck_assert_str_eq(written(), ASK ASK ASK);
	ASSERT_HAS(lines(), "device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],"
			    "\"message\":\"the printer does not answer\"}\n");
	run(120000);
	ck_assert_uint_le(sim.asks, 40);
	sim.mute = false;
	run(31000);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

START_TEST(opening_out_of_paper)
{
	prepare();
	sim.asb[2] = 0x08;
	sim.asb[5] = 0x08;
	sim.held = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(0);
	ck_assert_str_eq(written(), ASK);
	const char *up = lines();
	ASSERT_HAS(up, "\"online\":false,\"paper\":\"empty\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\"");
	ASSERT_HAS(up, "\"confirms\":\"none\"");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	/* what it can confirm is found out as soon as it can answer */
	set_status(0, 0, 0);
	ASSERT_HAS(written(), SYNC);
	ASSERT_HAS(lines(), "\"confirms\":\"counter\"");
	finish();
}
END_TEST

START_TEST(opening_inside_of_a_command)
{
	/* someone stopped in the middle of an image: the printer says its status and obeys nothing */
	prepare();
	sim.stuck = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(1600);
	ck_assert_str_eq(written(), ASK SYNC "<1b><1e>E<00><17>" RESET);
	ck_assert_uint_eq(sim.resets, 1);
	run(3000);
	ck_assert_str_eq(written(), ASK SYNC);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();

	/* the reset is tried once, then the printer is what it is: broken */
	prepare();
	sim.stuck = sim.no_reset_help = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(60000);
	ck_assert_uint_eq(sim.resets, 1);
	ASSERT_HAS(lines(), "\"reasons\":[\"not_responding\"]");
	finish();
}
END_TEST

START_TEST(what_counts_is_found_out)
{
	prepare();
	sim.no_counter = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starprnt-80", NULL});
	run(600);
	/* the probe is NULs to a printer that does not know it */
	ck_assert_str_eq(written(), ASK TIMES PROLOGUE "<1b><1d><03><00><00><00><1b><1e>E<00><17>");
	ASSERT_HAS(lines(), "\"confirms\":\"counter\"");
	finish();

	prepare();
	sim.no_counter = sim.no_etb = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starprnt-80", NULL});
	run(8000);
	ASSERT_HAS(lines(), "\"confirms\":\"none\"");
	ck_assert_uint_eq(sim.resets, 1);
	print("", 1, "");
	run(10);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	finish();
}
END_TEST

/* ---- jobs ---- */

START_TEST(a_job)
{
	open_ready("tcp://127.0.0.1");
	sim.single = _i;
	print("", 2, ",{\"cut\":\"partial\"}");
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "{\"segments\":2}\n");
	ASSERT_HAS(up, "job.progress {\"job\":\"j\",\"segments\":2,\"sent\":2,\"confirmed\":1}\n");
	ASSERT_HAS(up, ENDED("printed", 2, 2));
	const char *down = written();
	ASSERT_HAS(down, PROLOGUE CLEAR COUNT);
	ASSERT_HAS(down, "line 0<0a>line 1<0a>" COUNT);
	ASSERT_HAS(down, "<1b>d<03>" COUNT);
	ck_assert_uint_eq(sim.counter, 3);
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(the_window)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true; /* no answer yet */
	print("", 1200, "");
	run(100);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	ck_assert_uint_gt(engine()->most_in_flight, 2048);
	ck_assert_uint_eq(engine()->confirmed, 0);
	sim.held = false;
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 50, 50));
	ck_assert_uint_eq(engine()->in_flight, 0);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	finish();
}
END_TEST

START_TEST(counting_around)
{
	/* 300 segments: the counter begins anew before it is full, and all are confirmed */
	open_ready("tcp://127.0.0.1");
	PH_CLEANUP(ph_buf_done) struct ph_buf more = PH_BUF_INIT;
	for (unsigned i = 0; i < 299; i++)
		ph_buf_add_str(&more, ",{\"cut\":\"partial\"}");
	print("", 1, more.data);
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 300, 300));
	ck_assert_uint_lt(sim.counter, 100);
	finish();
}
END_TEST

START_TEST(out_of_paper)
{
	open_ready(_i ? "serial:/dev/null" : "tcp://127.0.0.1");
	set_status(0x08, 0, 0x08);
	print("", 3, "");
	run(20000);
	const char *up = lines();
	ASSERT_HAS(up, "\"paper\":\"empty\"");
	if (_i) {
		/* here it is asked for as long as there is a job */
		ck_assert_ptr_null(strstr(up, "job.end"));
	} else {
		ASSERT_HAS(up, "\"outcome\":\"lost\",\"segments\":1,\"sent\":0,\"confirmed\":0}");
	}
	set_status(0, 0, 0);
	if (!_i)
		print("", 3, "");
	run(2000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));

	/* in the middle: it waits as long as it takes, and goes on by itself */
	print("", 100, "");
	set_status(0x28, 0, 0);
	run(60000);
	up = lines();
	ASSERT_HAS(up, "\"reasons\":[\"cover_open\"]");
	ck_assert_ptr_null(strstr(up, "job.end"));
	set_status(0, 0, 0);
	run(1000);
	ASSERT_HAS(lines(), ENDED("printed", 5, 5));
	finish();
}
END_TEST

START_TEST(lost_answers)
{
	/* one is missing, the next one counts right: nothing was lost but the answer */
	open_ready("tcp://127.0.0.1");
	sim.forget = 2;
	print("", 60, "");
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	/* the last one is missing: the printer is asked where its counter stands */
	sim.forget = 2;
	print("", 3, "");
	run(9000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(2000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "<1b><1d><03><00>");
	finish();
}
END_TEST

START_TEST(power_cycle_on_a_line)
{
	open_ready("serial:/dev/null");
	written();
	sim.held = true;
	print("", 100, "");
	run(100);
	/* what the printer had is gone, and it counts from the beginning */
	sim.done = sim.seen;
	sim.counter = 0;
	sim.held = false;
	run(20000);
	const char *up = lines();
	ASSERT_HAS(up, ENDED("lost", 5, 0));
	ASSERT_HAS(up, "\"reason\":\"power_cycle\"");
	/* and the printer is found ready again */
	print("", 1, "");
	run(1000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	finish();
}
END_TEST

START_TEST(bytes_dropped_on_a_line)
{
	/* the printer misses a piece that holds a counter: a later answer counts one too few */
	open_ready("serial:/dev/null");
	written();
	sim.held = true;
	print("", 60, "");
	run(10);
	ck_assert_uint_eq(engine()->pending_count, 4);
	/* everything up to behind the first segment's counter */
	sim.done = sim.seen;
	sim.counter = 1;
	sim.held = false;
	const struct ph_star_pending *last =
		&engine()->pending[(engine()->pending_first + 3) % PH_STAR_PENDING_MAX];
	const uint8_t answer[] = {0x1b, 0x1d, 3, 1, (uint8_t)last->id, (uint8_t)(last->id >> 8),
		(uint8_t)(last->expected - 1), 0};
	feed(answer, sizeof answer);
	run(10);
	ASSERT_HAS(lines(), ENDED("lost", 3, 0));
	finish();
}
END_TEST

START_TEST(no_confirmation_at_all)
{
	open_ready("tcp://127.0.0.1");
	sim.stuck = true;
	print("", 1, "");
	run(14000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(1500);
	ASSERT_HAS(lines(), "\"reason\":\"no_confirmation\"");
	finish();
}
END_TEST

START_TEST(overflow)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 100, "");
	run(10);
	sim.asb[4] = 0x40;
	send_asb();
	sim.asb[4] = 0;
	sim.done = sim.seen;
	sim.held = false;
	run(10);
	ASSERT_HAS(lines(), "\"reason\":\"overflow\"");
	finish();
}
END_TEST

START_TEST(link_lost)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 100, "");
	run(10);
	ph_device_link_down(&sim.bench.device, true, 0);
	pump();
	const char *up = lines();
	ASSERT_HAS(up, ENDED("lost", 5, 0));
	ASSERT_HAS(up, "\"reason\":\"link_lost\"");
	finish();
}
END_TEST

START_TEST(by_etb)
{
	prepare();
	sim.no_counter = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starline-80", NULL});
	run(600);
	lines();
	written();
	print("", 3, ",{\"cut\":\"partial\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 2, 2));
	ASSERT_HAS(
		written(), PROLOGUE "<1b><1e>E<00>line 0<0a>line 1<0a>line 2<0a><17><1b>d<03><17>");
	/* many: the counter of five bits never goes around */
	PH_CLEANUP(ph_buf_done) struct ph_buf more = PH_BUF_INIT;
	for (unsigned i = 0; i < 99; i++)
		ph_buf_add_str(&more, ",{\"cut\":\"partial\"}");
	print("", 1, more.data);
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 100, 100));
	/* held in the middle, and switched off and on there */
	sim.held = true;
	print("", 100, "");
	run(10);
	sim.held = false;
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 5, 5));
	finish();
}
END_TEST

START_TEST(etb_after_a_power_cycle)
{
	prepare();
	sim.no_counter = true;
	open_with("serial:/dev/null", (const char *[]){"profile=starline-80", NULL});
	run(600);
	lines();
	print("", 400, "");
	run(0);
	sim.held = true;
	sim.seen = sim.bench.written.len;
	sim.done = sim.seen;
	sim.etb = 0;
	sim.held = false;
	run(20000);
	const char *up = lines();
	ck_assert(strstr(up, ENDED("printed", 17, 17)) || strstr(up, "\"outcome\":\"lost\""));
	finish();
}
END_TEST

START_TEST(cancel_before_the_first_byte)
{
	open_ready("serial:/dev/null");
	set_status(0x28, 0, 0);
	print("", 100, "");
	run(0);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ASSERT_HAS(lines(), ENDED("cancelled", 5, 0));
	finish();
}
END_TEST

START_TEST(cancelling)
{
	open_ready("tcp://127.0.0.1");
	/* able: what is in the printer comes out, no more */
	sim.held = true;
	print("", 1200, "");
	run(10);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	sim.held = false;
	run(10);
	ASSERT_HAS(lines(), "\"outcome\":\"cancelled\"");
	ck_assert_uint_eq(sim.resets, 0);
	/* held by the cover: the printer is emptied by a reset, and is itself again */
	print("", 1200, "");
	set_status(0x28, 0, 0);
	run(10);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ASSERT_HAS(written(), RESET);
	run(2900);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(200);
	ASSERT_HAS(lines(), "\"outcome\":\"cancelled\"");
	set_status(0, 0, 0);
	run(1000);
	print("", 1, "");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	finish();
}
END_TEST

START_TEST(reprint_and_continue)
{
	open_ready("tcp://127.0.0.1");
	print("\"mode\":\"reprint\",", 2, ",{\"drawer\":{\"n\":1}}");
	run(10);
	const char *down = written();
	ASSERT_HAS(down, "*** REPRINT ***");
	ASSERT_HAS(down, "line 1");
	ck_assert_ptr_null(strstr(down, "<07><14><14><07>"));
	lines();
	print("\"mode\":\"continue\",\"from_segment\":1,", 30, ",{\"drawer\":{\"n\":1}}");
	run(10);
	down = written();
	ASSERT_HAS(down, "*** CONTINUED ***");
	ASSERT_HAS(down, "line 29");
	ck_assert_ptr_null(strstr(down, "line 3<0a>"));
	ck_assert_ptr_null(strstr(down, "<07><14><14><07>"));
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	ck_assert_uint_eq(engine()->in_flight, 0);
	finish();
}
END_TEST

START_TEST(copies_and_drawings)
{
	open_ready("tcp://127.0.0.1");
	print("\"copies\":2,", 1, ",{\"drawer\":{\"n\":1}}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	written();
	/* what it cannot print it has drawn */
	print("", 0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	const char *up = lines();
	ASSERT_HAS(up, "{\"needs\":[{\"kind\":\"line\",\"width\":24,\"height\":24");
	ck_assert_str_eq(written(), "");
	/* 72 bytes of 0xff: 3 bytes for each of 24 rows */
	print("\"rasters\":[{\"width\":24,\"height\":24,\"bits_b64\":"
	      "\"//////////////////////////////////////////////////////////////////////////"
	      "//////////////////////\"}],",
		0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "<1b>X<18><00><ff><ff><ff>");
	/* nothing can draw: a question mark */
	print("\"rasters\":[],", 0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "a?<0a>");
	finish();
}
END_TEST

START_TEST(a_printer_that_only_draws)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-tsp100", NULL});
	run(0);
	lines();
	print("\"mode\":\"continue\",\"from_segment\":0,", 1, "");
	const char *up = lines();
	/* the line, and the words that say what this is */
	ASSERT_HAS(up, "line 0");
	ASSERT_HAS(up, "*** CONTINUED ***");
	print("\"rasters\":[],", 1, "");
	ASSERT_HAS(lines(), "this printer prints drawings only, and this one could not be made");
	finish();
}
END_TEST

/* Writes a file of profiles; the caller removes it. */
static void write_profiles(char path[], const char *text)
{
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(further_profiles)
{
	char path[] = "/tmp/poshal-profiles-XXXXXX", option[64];

	write_profiles(path, "[profile mine]\nsource = a test\ninherits = star-tsp650ii\n"
			     "models = TSP654II\nwidth_dots = 384\n");
	snprintf(option, sizeof option, "profile_file=%s", path);
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){option, NULL});
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "\"profile\":\"mine\"");
	ASSERT_HAS(up, "\"columns\":32");
	finish();
	unlink(path);
}
END_TEST

START_TEST(bad_options)
{
	struct ph_device_config config = {.name = "x", .connection = "tcp://127.0.0.1"};
	char path[] = "/tmp/poshal-profiles-XXXXXX", text[512], wrong[128];
	const char *const bad[][3] = {
		{"profile", "star", "$.options.profile 'star' is not a profile"},
		{"profile_file", path, wrong},
		{"profile_file", "/nonsense",
			"$.options.profile_file /nonsense: No such file or directory"},
		{"codepage", "cp9", "$.options.codepage profile starprnt-80 has no page 'cp9'"}};

	write_profiles(path, "[profile mine]\ninherits = star-tsp650ii\nwidth = 384\n");
	snprintf(wrong, sizeof wrong, "$.options.profile_file %s:3: there is no key 'width'", path);
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++) {
		struct ph_device device;
		prepare();
		open_with("tcp://127.0.0.1", NULL);
		ck_assert_int_eq(ph_device_init(&device, &ph_driver_star, sim.bench.device.io), 0);
		ck_assert_int_eq(ph_device_set_option(&device, bad[i][0], bad[i][1]), 0);
		ck_assert_int_lt(ph_device_configure(&device, &config), 0);
		snprintf(text, sizeof text, "%s %s", device.refused_path, device.refused_text);
		ck_assert_str_eq(text, bad[i][2]);
		ph_device_done(&device);
		finish();
	}
	unlink(path);
}
END_TEST

START_TEST(refused_documents)
{
	open_ready("tcp://127.0.0.1");
	print("", 0,
		"{\"barcode\":{\"type\":\"code39\",\"data\":"
		"\"012345678901234567890123456789\"}}");
	ASSERT_HAS(lines(), "! Illegal");
	print("", 0, "{\"drawer\":{\"n\":2}},{\"drawer\":{\"n\":2}}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 2, 2));
	bench_request(&sim.bench, "printer.explain",
		"{\"document\":{\"body\":[{\"text\":\"a\",\"size\":[8,8]}]}}");
	ASSERT_HAS(lines(), "{\"degradations\":[{\"path\":\"$.document.body[0].text\","
			    "\"text\":\"size -> 6 times at most\"}],\"needs\":[]}");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"p\",\"document\":{\"pdf_b64\":\"JVBERi0xLjQ=\"}}");
	ASSERT_HAS(lines(), "! Illegal $.document.pdf_b64 receipt printers print no PDF");
	finish();
}
END_TEST

/* ---- drawer ---- */

START_TEST(drawer)
{
	open_ready("tcp://127.0.0.1");
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(written(), "<07>");
	sim.asb[2] = 0x04;
	send_asb();
	run(60);
	const char *up = lines();
	ASSERT_HAS(up, "{\"outcome\":\"opened\",\"already\":false}");
	ASSERT_HAS(up, "{\"class\":\"drawer\",\"status\":{\"open\":true}");
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "\"already\":true");
	sim.asb[2] = 0;
	send_asb();
	run(300);
	/* it stays shut: said after 1.5 s */
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ck_assert_str_eq(written(), "<1a>");
	run(1600);
	ASSERT_HAS(lines(), "not_confirmed");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(drawer_past_a_job)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 1200, "");
	run(10);
	/* FS is obeyed at once, with the times set at the start of the job */
	bench_request(&sim.bench, "drawer.open", "{}");
	const char *down = (const char *)sim.bench.written.data;
	size_t len = sim.bench.written.len;
	ck_assert_int_eq(down[len - 1], 0x1c);
	run(1600);
	lines();
	/* without paper a pulse at drawer 2 would come when there is some */
	set_status(0x08, 0, 0x08);
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ASSERT_HAS(lines(), "! Busy");
	ck_assert_uint_eq(sim.bench.written.len, len);
	finish();
}
END_TEST

START_TEST(drawer_by_usb)
{
	/* the status is asked for while it matters, and not known otherwise */
	prepare();
	open_with("usb:0519:0003",
		(const char *[]){"profile=star-mpop", "drawer_sensor=open_low", NULL});
	run(0);
	lines();
	written();
	sim.asb[2] = 0x04;
	bench_request(&sim.bench, "drawer.open", "{}");
	run(150);
	sim.asb[2] = 0;
	run(300);
	ASSERT_HAS(lines(), "{\"outcome\":\"opened\",\"already\":false}");
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, opening_is_two_round_trips, 0, 2);
	tcase_add_test(tc, opening_by_asking);
	tcase_add_test(tc, opening_without_answer);
	tcase_add_test(tc, opening_out_of_paper);
	tcase_add_test(tc, opening_inside_of_a_command);
	tcase_add_test(tc, what_counts_is_found_out);
	tcase_add_loop_test(tc, a_job, 0, 2);
	tcase_add_test(tc, the_window);
	tcase_add_test(tc, counting_around);
	tcase_add_loop_test(tc, out_of_paper, 0, 2);
	tcase_add_test(tc, lost_answers);
	tcase_add_test(tc, power_cycle_on_a_line);
	tcase_add_test(tc, bytes_dropped_on_a_line);
	tcase_add_test(tc, no_confirmation_at_all);
	tcase_add_test(tc, overflow);
	tcase_add_test(tc, link_lost);
	tcase_add_test(tc, by_etb);
	tcase_add_test(tc, etb_after_a_power_cycle);
	tcase_add_test(tc, cancel_before_the_first_byte);
	tcase_add_test(tc, cancelling);
	tcase_add_test(tc, reprint_and_continue);
	tcase_add_test(tc, copies_and_drawings);
	tcase_add_test(tc, a_printer_that_only_draws);
	tcase_add_test(tc, further_profiles);
	tcase_add_test(tc, bad_options);
	tcase_add_test(tc, refused_documents);
	tcase_add_test(tc, drawer);
	tcase_add_test(tc, drawer_past_a_job);
	tcase_add_test(tc, drawer_by_usb);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
