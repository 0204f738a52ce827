// The script of a Star printer: status, both counters, its buffer and a reset.
#include "star_sim.h"

#include "drivers/registry.h"

#include <stdlib.h>

const struct ph_driver *const sim_driver = &ph_driver_star;
struct star_printer printer;

struct ph_star_engine *engine(void)
{
	/* the first member of the driver's state */
	return ph_device_state(&sim.bench.device);
}

void send_asb(void)
{
	printer.asb[0] = 0x23;
	printer.asb[1] = printer.prnt ? 0x08 : 0x06;
	printer.asb[7] = (uint8_t)((printer.etb & 7) << 1 | (printer.etb & 0x18) << 2);
	if (!sim.mute)
		feed(printer.asb, sizeof printer.asb);
	printer.asb[2] &= (uint8_t)~0x02;
}

static void answer_counter(const uint8_t *p)
{
	const uint8_t out[8] = {0x1b, 0x1d, 3, p[3], p[4], p[5], printer.counter, 0};

	if (p[3] == 1 && printer.forget) {
		printer.forget--;
		return;
	}
	if (!sim.mute)
		feed(out, sizeof out);
}

static void count_document(const uint8_t *p)
{
	if (p[3] == 1) {
		printer.counter++;
		printer.counts++;
	}
	if (p[3] == 2)
		printer.counter = 0;
	if (p[3] <= 1)
		answer_counter(p);
}

/* Obeys one command at `p` in stream order; returns its length. */
static size_t obey(const uint8_t *p, size_t len)
{
	if (len >= 6 && !memcmp(p, "\x1b\x1d\x03", 3)) {
		if (!printer.no_counter)
			count_document(p);
		return 6;
	}
	if (p[0] == 0x17 && !printer.no_etb) {
		printer.etb = (printer.etb + 1) & 31;
		printer.asb[2] |= 0x02;
		send_asb();
	} else if (len >= 4 && !memcmp(p, "\x1b\x1e\x45", 3)) {
		printer.etb = 0;
		return 4;
	} else if (len >= 5 && !memcmp(p, "\x1b#*\n", 5)) {
		if (!sim.mute && printer.no_known_model)
			feed("\x1b#*,XYZ9\n", 10);
		else if (!sim.mute)
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
		printer.asks++;
		send_asb();
	}
	if (len >= 3 && !memcmp(p, "\x1b\x06\x18", 3)) {
		printer.resets++;
		printer.stuck = printer.no_reset_help;
		printer.counter = printer.etb = 0;
		printer.done = sim.seen + 3;
	}
}

static const uint8_t *written_from(size_t at, uint8_t copy[16], size_t *ret_len)
{
	size_t len = sim.bench.written.len - at;

	*ret_len = len > 16 ? 16 : len;
	memcpy(copy, (const uint8_t *)sim.bench.written.data + at, *ret_len);
	return copy;
}

void sim_answer(void)
{
	uint8_t copy[16];
	size_t len;

	for (;;) {
		if (sim.seen < sim.bench.written.len) {
			const uint8_t *p = written_from(sim.seen, copy, &len);
			arrive(p, len);
			sim.seen++;
		} else if (printer.done < sim.seen && !sim.held && !printer.stuck) {
			const uint8_t *p = written_from(printer.done, copy, &len);
			printer.done += obey(p, len);
		} else {
			break;
		}
	}
}

const char *written(void)
{
	static char *last;
	struct ph_buf keep = PH_BUF_INIT;

	pump();
	size_t done = printer.done;
	ph_buf_add(&keep, sim.bench.written.data + done, sim.bench.written.len - done);
	free(last);
	last = strdup(bench_written(&sim.bench));
	if (keep.len)
		ph_buf_add(&sim.bench.written, keep.data, keep.len);
	ph_buf_done(&keep);
	printer.done = 0;
	sim.seen = sim.bench.written.len;
	return last;
}

void set_status(uint8_t state, uint8_t error, uint8_t paper)
{
	printer.asb[2] = state;
	printer.asb[3] = error;
	printer.asb[5] = paper;
	sim.held = (state & 0x28) || error || (paper & 8);
	send_asb();
	pump();
}

void prepare(void)
{
	ph_buf_done(&sim.lines);
	memset(&sim, 0, sizeof sim);
	memset(&printer, 0, sizeof printer);
}

void open_ready(const char *connection)
{
	prepare();
	open_with(connection,
		(const char *[]){"profile=star-mc-print3", "drawer_sensor=open_high", NULL});
	run(0);
	ck_assert_ptr_nonnull(strstr(lines(), "device.state {\"state\":\"ready\""));
	written();
}
