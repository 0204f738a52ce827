// The script of an ESC/POS printer: status, process ids, QR codes and what a full buffer does.
#include "escpos_sim.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <stdlib.h>

const struct ph_driver *const sim_driver = &ph_driver_escpos;
struct escpos_printer printer;

struct ph_engine *engine(void)
{
	/* the first member of the driver's state */
	return ph_device_state(&sim.bench.device);
}

void answer_id(const char id[4])
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
	ck_assert_msg(value > printer.last_id, "ids must ascend");
	printer.last_id = value;
	printer.ids++;
	if (sim.mute || printer.no_ids)
		return;
	if (sim.held)
		memcpy(printer.held_ids[printer.held_count++], id, 4);
	else
		answer_id((const char *)id);
}

/* Whether a request stands at `p`; answers it and returns its length. */
static size_t take_request(const uint8_t *p, size_t len)
{
	static const uint8_t clear[] = {0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8};

	if (len >= 3 && p[0] == 0x10 && p[1] == 4) {
		printer.eots++;
		if (!sim.mute && (!printer.no_eot || p[2] < printer.no_eot))
			feed(&printer.eot[p[2]], 1);
		return 3;
	}
	if (len >= sizeof clear && !memcmp(p, clear, sizeof clear)) {
		printer.held_count = 0;
		if (!sim.mute && !printer.no_clear)
			feed("\x37\x25", 3);
		return sizeof clear;
	}
	if (len >= 3 && p[0] == 0x1d && p[1] == 'a') {
		if (!sim.mute && !printer.no_asb && !sim.held)
			feed(printer.asb, 4);
		return 3;
	}
	if (len >= 11 && !memcmp(p, "\x1d(H\x06\x00\x30\x30", 7)) {
		take_id(p + 7);
		return 11;
	}
	if (len >= 8 && !memcmp(p, "\x1d(k\x03\x00\x31\x52\x30", 8)) {
		printer.queries++;
		if (!sim.mute && !printer.no_qr)
			feed(printer.forgot ? "76"
					      "0\x1f"
					      "0\x1f"
					      "1\x1f"
					      "1"
					    : "76"
					      "63\x1f"
					      "63\x1f"
					      "1\x1f"
					      "0",
				printer.forgot ? 10 : 12);
		return 8;
	}
	return 1;
}

void sim_answer(void)
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
}

const char *written(void)
{
	pump();
	sim.seen = 0;
	return bench_written(&sim.bench);
}

void set_asb(uint8_t a, uint8_t b, uint8_t c)
{
	memcpy(printer.asb, (uint8_t[]){a, b, c, 0}, 4);
	feed(printer.asb, 4);
}

void set_paper(bool there)
{
	sim.held = !there;
	printer.eot[1] = there ? 0x12 : 0x1a;
	printer.eot[4] = there ? 0x12 : 0x72;
	set_asb(there ? 0x10 : 0x18, 0, there ? 0 : 0x0c);
	for (unsigned i = 0; there && i < printer.held_count; i++)
		answer_id(printer.held_ids[i]);
	if (there)
		printer.held_count = 0;
	pump();
}

void prepare(void)
{
	ph_buf_done(&sim.lines);
	memset(&sim, 0, sizeof sim);
	memset(&printer, 0, sizeof printer);
	memcpy(printer.asb, (uint8_t[]){0x10, 0, 0, 0}, 4);
	memset(printer.eot, 0x12, sizeof printer.eot);
}

void prepare_without_paper(void)
{
	prepare();
	sim.held = true;
	printer.eot[1] = 0x1a;
	printer.eot[2] = 0x32;
	printer.eot[4] = 0x7e;
}

void open_ready(const char *connection)
{
	prepare();
	open_with(connection,
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	printer.last_id = 0;
	ck_assert_ptr_nonnull(strstr(lines(), "device.state {\"state\":\"ready\""));
	written();
}

void print_text(const char *text)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params, "{\"job\":\"j\",\"document\":{\"body\":[{\"text\":\"%s\"}]}}", text);
	bench_request(&sim.bench, "printer.print", params.data);
}
