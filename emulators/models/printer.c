// The printer as a box with a receive buffer, a print engine and things that break; what the bytes
// mean is in the other printer_*.c files.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_internal.h"

void ph_emu_printer_config_default(struct ph_emu_printer_config *config)
{
	*config = (struct ph_emu_printer_config){
		.width_dots = 576,
		.rx_size = 4096,
		.answers = PH_EMU_ANSWER_ALL,
		.cutter_dots = 96,
		.page_rows = 1662,
		.nv_size = 256 * 1024,
		.ram_size = 64 * 1024,
		.vertical_dpi = 406,
		.charset = "GB18030",
		.model_id = 0x20,
		.type_id = 0x02,
		.version_id = 0x01,
		.maker = "POSHAL",
		.model = "EMU-80",
		.firmware = "1.00",
		.serial = "EMU0001",
	};
}

int ph_emu_printer_new(
	const struct ph_emu_printer_config *config, struct ph_emu_printer **ret_printer)
{
	if (config->rx_size < 16 || config->rx_size > PH_EMU_PRINTER_RX_MAX ||
		config->vertical_dpi == 0 || config->page_rows < 100 ||
		config->page_rows > PH_EMU_CANVAS_MAX_HEIGHT)
		return -EINVAL;
	struct ph_emu_printer *p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->config = *config;
	p->config.font = ph_emu_font_ref(config->font);
	p->dialect = config->dialect == PH_EMU_DIALECT_ESCPOS ? &emu_escpos : &emu_star;
	p->nv.capacity = config->nv_size;
	p->ram.capacity = config->ram_size;
	p->raster.item = SIZE_MAX;
	p->rx = malloc(config->rx_size);
	p->cmd_size = 512;
	p->cmd = malloc(p->cmd_size);
	int r = ph_emu_paper_init(&p->paper, config->width_dots);
	if (r == 0 && (!p->rx || !p->cmd))
		r = -ENOMEM;
	if (r == 0 && p->dialect->init)
		r = p->dialect->init(p);
	if (r < 0) {
		ph_emu_printer_free(p);
		return r;
	}
	r = emu_lacks_parse(p);
	if (r == 0)
		r = emu_pages_parse(p);
	if (r < 0) {
		ph_emu_printer_free(p);
		return r;
	}
	emu_power_up(p);
	*ret_printer = p;
	return 0;
}

void ph_emu_printer_free(struct ph_emu_printer *p)
{
	if (!p)
		return;
	if (p->dialect->done)
		p->dialect->done(p);
	emu_forget_ram(p);
	emu_shelf_clear(&p->nv);
	emu_nv_forget(p);
	emu_matrices_done(p);
	ph_emu_paper_done(&p->paper);
	ph_emu_font_unref(p->config.font);
	free(p->rx);
	free(p->cmd);
	free(p);
}

// items that reach the paper only with the page they are on
static bool on_a_page(enum ph_emu_item_type type)
{
	switch (type) {
	case PH_EMU_ITEM_LINE:
	case PH_EMU_ITEM_BARCODE:
	case PH_EMU_ITEM_QR:
	case PH_EMU_ITEM_SYMBOL:
	case PH_EMU_ITEM_RASTER:
	case PH_EMU_ITEM_RULE:
	case PH_EMU_ITEM_FEED:
		return true;
	case PH_EMU_ITEM_CUT:
	case PH_EMU_ITEM_PULSE:
	case PH_EMU_ITEM_BEEP:
	case PH_EMU_ITEM_REFUSED:
	case PH_EMU_ITEM_CONSUMED:
	case PH_EMU_ITEM_UNKNOWN:
	case PH_EMU_ITEM_LOST:
	case PH_EMU_ITEM_MARK:
		return false;
	}
	return false;
}

struct ph_emu_item *emu_item(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name)
{
	bool composing = p->page.active && on_a_page(type);
	struct ph_emu_item *item;

	if (composing)
		p->page.record.y = p->page.at;
	item = ph_emu_paper_add(composing ? &p->page.record : &p->paper, type);
	if (item) {
		item->name = name;
		item->time_us = p->now_us;
		item->at_byte = p->counts.processed;
	}
	return item;
}

void emu_refuse(struct ph_emu_printer *p, const char *what, const char *why)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_REFUSED, what);
	if (item)
		item->text = strdup(why);
}

void emu_busy_ms(struct ph_emu_printer *p, uint64_t ms)
{
	if (p->busy_until_ns < p->now_us * 1000)
		p->busy_until_ns = p->now_us * 1000;
	p->busy_until_ns += ms * 1000000;
}

void emu_mark(struct ph_emu_printer *p, const char *name)
{
	emu_item(p, PH_EMU_ITEM_MARK, name);
}

void emu_feed(struct ph_emu_printer *p, int dots)
{
	emu_draw_rules(p, dots);
	if (dots > 0) {
		p->counts.fed_dots += (unsigned)dots;
		p->counts.head_rows += ph_emu_paper_dotted(&p->paper, p->paper.y, (unsigned)dots);
	}
	ph_emu_paper_feed(&p->paper, dots);
	emu_check_reserved(p);
	if (p->config.lines_per_second) {
		uint64_t moved = (uint64_t)abs(dots);
		p->busy_until_ns += moved * 1000000000ull / LINE_DOTS / p->config.lines_per_second;
	}
	if (ph_emu_paper_is_full(&p->paper) && p->state.paper != PH_EMU_PAPER_EMPTY)
		emu_strike(p, &(struct trigger){.fault = PH_EMU_FAULT_PAPER_EMPTY});
}

void emu_pulse(struct ph_emu_printer *p, unsigned pin, unsigned on_ms, unsigned off_ms)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_PULSE, NULL);
	if (item) {
		item->value = (int)pin;
		item->width = (int)on_ms;
		item->height = (int)off_ms;
	}
	p->counts.pulses++;
	if (p->config.drawer)
		ph_emu_drawer_pulse(p->config.drawer, p->now_us, pin, on_ms, off_ms);
	p->dialect->status_changed(p);
}

bool ph_emu_printer_is_offline(const struct ph_emu_printer *p)
{
	const struct ph_emu_printer_state *s = &p->state;
	return s->cover_open || s->offline || s->feed_button || s->paper == PH_EMU_PAPER_EMPTY ||
	       s->error != PH_EMU_ERROR_NONE;
}

static bool engine_may_run(const struct ph_emu_printer *p)
{
	return !p->state.stall && !p->state.hang && !ph_emu_printer_is_offline(p);
}

static bool macro_plays(const struct ph_emu_printer *p)
{
	return p->macro.times_left > 0;
}

// the macro being played comes before what waits in the receive buffer
static void play_byte(struct ph_emu_printer *p)
{
	uint8_t byte = p->macro.bytes[p->macro.at++];

	if (p->macro.at == p->macro.len) {
		p->macro.at = 0;
		p->macro.times_left--;
	}
	p->dialect->byte(p, byte);
	if (p->macro.at > 0 || !macro_plays(p))
		return;
	emu_busy_ms(p, p->macro.wait_ms);
	p->macro.waits = p->macro.by_button;
}

static void take_byte(struct ph_emu_printer *p)
{
	uint8_t byte = p->rx[p->rx_start];

	p->rx_start = (p->rx_start + 1) % p->config.rx_size;
	p->rx_len--;
	p->counts.processed++;
	if (p->config.bytes_per_second)
		p->busy_until_ns += 1000000000ull / p->config.bytes_per_second;
	p->dialect->byte(p, byte);
	emu_count(p, PH_EMU_COUNT_PROCESSED);
	emu_strike_due(p);
}

static bool work_waits(const struct ph_emu_printer *p)
{
	return macro_plays(p) ? !p->macro.waits : p->rx_len > 0;
}

static void engine_run(struct ph_emu_printer *p)
{
	while (work_waits(p) && engine_may_run(p) && p->busy_until_ns <= p->now_us * 1000) {
		if (macro_plays(p))
			play_byte(p);
		else
			take_byte(p);
	}
	emu_flush_pending(p);
}

size_t ph_emu_printer_room(const struct ph_emu_printer *p)
{
	if (p->state.hang || p->state.zero_window)
		return 0;
	return p->config.rx_size - p->rx_len;
}

static void set_now(struct ph_emu_printer *p, uint64_t now_us)
{
	p->now_us = now_us;
	// an idle engine does not save up time
	if (p->rx_len == 0 && p->busy_until_ns < now_us * 1000)
		p->busy_until_ns = now_us * 1000;
}

static void arrive(struct ph_emu_printer *p, uint8_t byte)
{
	p->rx[(p->rx_start + p->rx_len) % p->config.rx_size] = byte;
	p->rx_len++;
	p->cleared = false;
	p->dialect->raw(p, byte);
	if (!p->cleared)
		engine_run(p);
}

size_t ph_emu_printer_feed(
	struct ph_emu_printer *p, uint64_t now_us, const uint8_t *data, size_t len)
{
	size_t taken = 0;

	set_now(p, now_us);
	for (; taken < len && ph_emu_printer_room(p) > 0; taken++) {
		p->counts.received++;
		emu_count(p, PH_EMU_COUNT_RECEIVED);
		bool lost = emu_byte_is_lost(p);
		if (!lost)
			arrive(p, data[taken]);
		emu_strike_due(p);
		// what was on its way when the link broke never arrives
		if (p->link_event != PH_EMU_LINK_NOTHING)
			return len;
	}
	return taken;
}

size_t ph_emu_printer_pending(const struct ph_emu_printer *p)
{
	return p->state.hang ? 0 : p->tx_len;
}

size_t ph_emu_printer_take(struct ph_emu_printer *p, uint8_t *out, size_t size)
{
	size_t n = ph_emu_printer_pending(p);
	if (n > size)
		n = size;
	memcpy(out, p->tx, n);
	memmove(p->tx, p->tx + n, p->tx_len - n);
	p->tx_len -= n;
	p->counts.replied += n;
	emu_flush_pending(p);
	return n;
}

void ph_emu_printer_drop_output(struct ph_emu_printer *p)
{
	p->tx_len = p->late_len = 0;
	p->pending_id_len = p->pending_offline_len = 0;
}

uint64_t ph_emu_printer_tick(struct ph_emu_printer *p, uint64_t now_us)
{
	set_now(p, now_us);
	emu_strike_due(p);
	uint64_t next = emu_send_late(p);
	engine_run(p);
	if (!work_waits(p) || !engine_may_run(p))
		return next;
	// at most a thousand turns per second: the engine catches up in each
	uint64_t turn = (p->busy_until_ns + 999) / 1000;
	turn = turn > now_us + 1000 ? turn : now_us + 1000;
	return turn < next ? turn : next;
}

const struct ph_emu_printer_state *ph_emu_printer_state(const struct ph_emu_printer *p)
{
	return &p->state;
}

void ph_emu_printer_set(
	struct ph_emu_printer *p, uint64_t now_us, const struct ph_emu_printer_state *state)
{
	set_now(p, now_us);
	if (state->paper == PH_EMU_PAPER_EMPTY && p->state.paper != PH_EMU_PAPER_EMPTY)
		emu_mark(p, "paper_empty");
	if (state->paper != PH_EMU_PAPER_EMPTY && p->state.paper == PH_EMU_PAPER_EMPTY)
		emu_mark(p, "paper_loaded");
	if (state->cover_open != p->state.cover_open)
		emu_mark(p, state->cover_open ? "cover_open" : "cover_closed");
	// a press of the button lets a macro go on
	if (state->feed_button && !p->state.feed_button)
		p->macro.waits = false;
	p->state = *state;
	p->dialect->status_changed(p);
	engine_run(p);
}

void ph_emu_printer_set_speed(
	struct ph_emu_printer *p, unsigned bytes_per_second, unsigned lines_per_second)
{
	p->config.bytes_per_second = bytes_per_second;
	p->config.lines_per_second = lines_per_second;
	p->busy_until_ns = p->now_us * 1000;
}

void ph_emu_printer_drawer_changed(struct ph_emu_printer *p, uint64_t now_us)
{
	p->now_us = now_us;
	p->dialect->status_changed(p);
}

void emu_lose_line(struct ph_emu_printer *p)
{
	if (p->n_cells + p->n_strips) {
		struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_LOST, "line");
		if (item)
			item->value = (int)(p->n_cells + p->n_strips);
	}
	emu_drop_line(p);
}

void emu_clear_buffers(struct ph_emu_printer *p, size_t own)
{
	size_t lost = p->rx_len + p->cmd_len;
	lost = lost > own ? lost - own : 0;
	if (lost) {
		struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_LOST, "buffer");
		if (item)
			item->value = (int)lost;
	}
	emu_lose_line(p);
	emu_page_leave(p);
	p->rx_start = p->rx_len = 0;
	p->cleared = true;
	p->pending_id_len = 0;
	p->macro.times_left = 0;
	p->dialect->reset(p);
}

void ph_emu_printer_power_cycle(struct ph_emu_printer *p, uint64_t now_us)
{
	p->now_us = now_us;
	emu_mark(p, "power_cycle");
	emu_clear_buffers(p, 0);
	p->rt_len = 0;
	p->counts.power_cycles++;
	p->busy_until_ns = now_us * 1000;
	p->pulse_until_us = 0;
	ph_emu_printer_drop_output(p);
	p->raw_len = 0;
	p->raw_skip = 0;
	p->macro.len = 0;
	p->macro.recording = false;
	p->n_reserved = 0;
	p->state.hang = p->state.zero_window = p->state.offline = false;
	if (p->state.error != PH_EMU_ERROR_HEAD_HOT)
		p->state.error = PH_EMU_ERROR_NONE;
	emu_power_up(p);
	p->dialect->status_changed(p);
}

enum ph_emu_link_event ph_emu_printer_take_link_event(struct ph_emu_printer *p)
{
	enum ph_emu_link_event event = p->link_event;
	p->link_event = PH_EMU_LINK_NOTHING;
	return event;
}

const struct ph_emu_paper *ph_emu_printer_paper(const struct ph_emu_printer *p)
{
	return &p->paper;
}

void ph_emu_printer_tear(struct ph_emu_printer *p, uint64_t now_us)
{
	bool used_up = ph_emu_paper_is_full(&p->paper);
	struct ph_emu_printer_state state = p->state;

	p->now_us = now_us;
	ph_emu_paper_tear(&p->paper);
	if (!used_up)
		return;
	state.paper = PH_EMU_PAPER_OK;
	ph_emu_printer_set(p, now_us, &state);
}

struct ph_emu_printer_counts ph_emu_printer_counts(const struct ph_emu_printer *p)
{
	return p->counts;
}

size_t ph_emu_printer_buffered(const struct ph_emu_printer *p)
{
	return p->rx_len;
}

size_t ph_emu_printer_line_pending(const struct ph_emu_printer *p)
{
	return p->n_cells + p->n_strips;
}
