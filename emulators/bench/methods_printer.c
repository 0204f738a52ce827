// Control methods of printers: their panel, their faults, and what stands on their paper.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "emulators/bench/control.h"

static int word_index(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

static const char *const paper_words[] = {"ok", "near_end", "empty"};
static const char *const cover_words[] = {"closed", "open"};
static const char *const error_words[] = {
	"none", "mechanical", "cutter", "unrecoverable", "head_hot"};
static const char *const power_words[] = {"cycle"};
static const char *const count_words[] = {"received", "processed"};

// ---- state ----

static cJSON *state_json(const struct ph_bench_device *d)
{
	const struct ph_emu_printer_state *s = ph_emu_printer_state(d->printer);
	struct ph_emu_printer_counts c = ph_emu_printer_counts(d->printer);
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "paper", paper_words[s->paper]);
	cJSON_AddStringToObject(o, "cover", cover_words[s->cover_open]);
	cJSON_AddStringToObject(o, "error", error_words[s->error]);
	cJSON_AddBoolToObject(o, "offline", ph_emu_printer_is_offline(d->printer));
	cJSON_AddBoolToObject(o, "feed_button", s->feed_button);
	cJSON_AddBoolToObject(o, "stall", s->stall);
	cJSON_AddBoolToObject(o, "hang", s->hang);
	cJSON_AddBoolToObject(o, "mute", s->mute);
	cJSON_AddBoolToObject(o, "zero_window", s->zero_window);
	cJSON_AddBoolToObject(o, "plugged", ph_emu_plug_is_in(d->plug));
	cJSON_AddBoolToObject(o, "connected", ph_emu_plug_is_connected(d->plug));
	cJSON_AddNumberToObject(o, "buffered", (double)ph_emu_printer_buffered(d->printer));
	cJSON_AddNumberToObject(o, "line_pending", (double)ph_emu_printer_line_pending(d->printer));
	cJSON_AddNumberToObject(o, "received", (double)c.received);
	cJSON_AddNumberToObject(o, "processed", (double)c.processed);
	cJSON_AddNumberToObject(o, "replied", (double)c.replied);
	cJSON_AddNumberToObject(o, "replies", (double)c.replies);
	cJSON_AddNumberToObject(o, "dropped_replies", (double)c.dropped_replies);
	cJSON_AddNumberToObject(o, "dropped_bytes", (double)c.dropped_bytes);
	cJSON_AddNumberToObject(o, "lines", (double)c.lines);
	cJSON_AddNumberToObject(o, "cuts", (double)c.cuts);
	cJSON_AddNumberToObject(o, "pulses", (double)c.pulses);
	cJSON_AddNumberToObject(o, "unknown", (double)c.unknown);
	cJSON_AddNumberToObject(o, "power_cycles", (double)c.power_cycles);
	cJSON_AddNumberToObject(o, "faults", (double)c.faults);
	cJSON_AddNumberToObject(o, "armed", ph_emu_printer_armed(d->printer));
	return o;
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	if (d)
		ph_call_ok(call, state_json(d));
}

// reads a word parameter; false after an error was answered
static bool take_word(
	struct ph_call *call, const char *name, const char *const *words, size_t n, int *at)
{
	const char *word = ph_param_text(call->params, name, NULL);
	int i = word ? word_index(words, n, word) : *at;
	char list[128] = "";
	size_t len = 0;

	if (i >= 0) {
		*at = i;
		return true;
	}
	for (size_t k = 0; k < n; k++)
		len += (size_t)snprintf(list + len, sizeof list - len, " %s", words[k]);
	ph_call_error(call, PH_E_ILLEGAL, "params.%s is one of:%s", name, list);
	return false;
}

static void note_params(struct ph_bench_device *d, const char *what, const cJSON *params)
{
	cJSON *detail = cJSON_Duplicate(params, true);
	cJSON_DeleteItemFromObject(detail, "device");
	ph_bench_note(d->bench, d->id, what, detail);
}

static void power_cycle(struct ph_bench_device *d)
{
	ph_emu_printer_power_cycle(d->printer, ph_bench_now(d->bench));
	if (d->plug_config.kind != PH_EMU_PLUG_PTY)
		ph_emu_plug_reset(d->plug);
}

static void run_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	const cJSON *p = call->params;
	if (!d)
		return;
	struct ph_emu_printer_state s = *ph_emu_printer_state(d->printer);
	int paper = (int)s.paper, cover = s.cover_open, error = (int)s.error, power = 0;
	if (!take_word(call, "paper", paper_words, 3, &paper) ||
		!take_word(call, "cover", cover_words, 2, &cover) ||
		!take_word(call, "error", error_words, 5, &error) ||
		!take_word(call, "power", power_words, 1, &power))
		return;
	s.paper = (enum ph_emu_paper_state)paper;
	s.cover_open = cover;
	s.error = (enum ph_emu_printer_error)error;
	s.offline = ph_param_bool(p, "offline", s.offline);
	s.feed_button = ph_param_bool(p, "feed_button", s.feed_button);
	s.stall = ph_param_bool(p, "stall", s.stall);
	s.hang = ph_param_bool(p, "hang", s.hang);
	s.mute = ph_param_bool(p, "mute", s.mute);
	s.zero_window = ph_param_bool(p, "zero_window", s.zero_window);
	note_params(d, "set", p);
	if (ph_param_has(p, "bytes_per_second") || ph_param_has(p, "lines_per_second"))
		ph_emu_printer_set_speed(d->printer,
			(unsigned)ph_param_number(p, "bytes_per_second", 0),
			(unsigned)ph_param_number(p, "lines_per_second", 0));
	ph_emu_printer_set(d->printer, ph_bench_now(d->bench), &s);
	if (ph_param_has(p, "power"))
		power_cycle(d);
	ph_bench_touched(d);
	ph_call_ok(call, state_json(d));
}

// ---- faults ----

static const struct fault {
	const char *kind;	  /* as `kind` names it */
	const char *name, *value; /* the older form: a parameter and its word; NULL: a true value */
	enum ph_emu_fault fault;
} faults[] = {
	{"paper_empty", "paper", "empty", PH_EMU_FAULT_PAPER_EMPTY},
	{"paper_near_end", "paper", "near_end", PH_EMU_FAULT_PAPER_NEAR_END},
	{"cover_open", "cover", "open", PH_EMU_FAULT_COVER_OPEN},
	{"cutter", "error", "cutter", PH_EMU_FAULT_CUTTER},
	{"head_hot", "error", "head_hot", PH_EMU_FAULT_HEAD_HOT},
	{"mechanical", "error", "mechanical", PH_EMU_FAULT_MECHANICAL},
	{"unrecoverable", "error", "unrecoverable", PH_EMU_FAULT_UNRECOVERABLE},
	{"power_cycle", "power", "cycle", PH_EMU_FAULT_POWER_CYCLE},
	{"stall", "stall", NULL, PH_EMU_FAULT_STALL},
	{"hang", "hang", NULL, PH_EMU_FAULT_HANG},
	{"reset", "disconnect", NULL, PH_EMU_FAULT_DISCONNECT},
	{"offline", "offline", NULL, PH_EMU_FAULT_OFFLINE},
	{"zero_window", "zero_window", NULL, PH_EMU_FAULT_ZERO_WINDOW},
	{"drop_byte", NULL, NULL, PH_EMU_FAULT_DROP_BYTES},
	{"lose_reply", NULL, NULL, PH_EMU_FAULT_LOSE_REPLY},
	{"delay_reply", NULL, NULL, PH_EMU_FAULT_DELAY_REPLY},
	{"merge_reply", NULL, NULL, PH_EMU_FAULT_MERGE_REPLY},
	{"garble", NULL, NULL, PH_EMU_FAULT_GARBLE},
};

static bool is_named(const struct fault *f, const cJSON *params)
{
	const char *kind = ph_param_text(params, "kind", NULL);
	if (kind)
		return strcmp(f->kind, kind) == 0;
	if (!f->name)
		return false;
	return f->value ? strcmp(ph_param_text(params, f->name, ""), f->value) == 0
			: ph_param_bool(params, f->name, false);
}

static const struct fault *find_fault(const cJSON *params)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(faults); i++)
		if (is_named(&faults[i], params))
			return &faults[i];
	return NULL;
}

static void set_reply_faults(struct ph_bench_device *d, const cJSON *params)
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(d->printer);
	s.garble = (unsigned)ph_param_number(params, "garble", s.garble);
	s.drop_replies = (unsigned)ph_param_number(params, "drop_replies", s.drop_replies);
	s.drop_process_ids =
		(unsigned)ph_param_number(params, "drop_process_ids", s.drop_process_ids);
	ph_emu_printer_set(d->printer, ph_bench_now(d->bench), &s);
}

static bool replies_only(const cJSON *params)
{
	return ph_param_has(params, "garble") || ph_param_has(params, "drop_replies") ||
	       ph_param_has(params, "drop_process_ids");
}

// bytes are those the engine took, except for faults of the line; count says it explicitly
static enum ph_emu_count unit_of(const struct fault *f, int count)
{
	switch (f->fault) {
	case PH_EMU_FAULT_DISCONNECT:
	case PH_EMU_FAULT_POWER_CYCLE:
	case PH_EMU_FAULT_ZERO_WINDOW:
		return count == 1 ? PH_EMU_COUNT_PROCESSED : PH_EMU_COUNT_RECEIVED;
	default:
		return count == 0 ? PH_EMU_COUNT_RECEIVED : PH_EMU_COUNT_PROCESSED;
	}
}

static int arm(struct ph_bench_device *d, const cJSON *p, const struct fault *f, int count)
{
	struct ph_emu_armed a = {.fault = f->fault, .count = unit_of(f, count)};
	double n = ph_param_number(p, "after_bytes", 0);
	double amount = ph_param_number(p, "times", ph_param_number(p, "ms", 0));

	if (ph_param_has(p, "at_byte")) {
		// every fault counts the bytes as they arrive
		a.count = PH_EMU_COUNT_RECEIVED;
		n = ph_param_number(p, "at_byte", 0);
	} else if (ph_param_has(p, "at_reply")) {
		a.count = PH_EMU_COUNT_REPLIES;
		n = ph_param_number(p, "at_reply", 0);
	} else if (ph_param_has(p, "after_lines")) {
		a.count = PH_EMU_COUNT_LINES;
		n = ph_param_number(p, "after_lines", 0);
	}
	a.n = n > 0 ? (uint64_t)n : 0;
	a.amount = amount > 0 ? (uint64_t)amount : 0;
	return ph_emu_printer_arm(d->printer, ph_bench_now(d->bench), &a);
}

static void unknown_fault(struct ph_call *call)
{
	char list[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(faults); i++)
		len += (size_t)snprintf(list + len, sizeof list - len, " %s", faults[i].kind);
	ph_call_error(call, PH_E_ILLEGAL,
		"no fault named: kind is one of%s; or paper empty|near_end, cover open, error "
		"cutter|head_hot|mechanical|unrecoverable, power cycle, stall, hang, disconnect, "
		"offline, zero_window, garble, drop_replies, drop_process_ids or clear",
		list);
}

static void run_fault(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	const cJSON *p = call->params;
	int count = -1;

	if (!d)
		return;
	if (ph_param_has(p, "count") && !take_word(call, "count", count_words, 2, &count))
		return;
	const struct fault *f = find_fault(p);
	bool clear = ph_param_bool(p, "clear", false);
	if (!f && (ph_param_has(p, "kind") || (!clear && !replies_only(p)))) {
		unknown_fault(call);
		return;
	}
	note_params(d, "fault", p);
	if (clear)
		ph_emu_printer_disarm(d->printer);
	set_reply_faults(d, p);
	if (f && arm(d, p, f, count) < 0) {
		ph_call_error(call, PH_E_LIMIT_EXCEEDED, "%u faults are armed already",
			PH_EMU_PRINTER_TRIGGERS);
		return;
	}
	ph_bench_touched(d);
	ph_call_ok(call, NULL);
}

// ---- paper ----

static cJSON *style_json(const struct ph_emu_style *s, cJSON *o)
{
	int size[2] = {s->width, s->height};
	cJSON_AddItemToObject(o, "size", cJSON_CreateIntArray(size, 2));
	char font[2] = {s->font, 0};
	cJSON_AddStringToObject(o, "font", font);
	if (s->bold)
		cJSON_AddTrueToObject(o, "bold");
	if (s->underline)
		cJSON_AddNumberToObject(o, "underline", s->underline);
	if (s->invert)
		cJSON_AddTrueToObject(o, "invert");
	if (s->upside_down)
		cJSON_AddTrueToObject(o, "upside_down");
	if (s->rotated)
		cJSON_AddTrueToObject(o, "rotated");
	if (s->colour == 2)
		cJSON_AddNumberToObject(o, "colour", 2);
	return o;
}

static const char *align_word(char align)
{
	return align == 'c' ? "center" : align == 'r' ? "right" : "left";
}

static void add_runs(cJSON *o, const struct ph_emu_item *item)
{
	if (item->n_runs == 1)
		style_json(&item->runs[0].style, o);
	if (item->n_runs < 2)
		return;
	cJSON *runs = cJSON_AddArrayToObject(o, "runs");
	for (size_t i = 0; i < item->n_runs; i++) {
		const struct ph_emu_run *r = &item->runs[i];
		PH_CLEANUP_FREE char *text = strndup(item->text + r->offset, r->len);
		cJSON *run = cJSON_CreateObject();
		cJSON_AddStringToObject(run, "text", text ? text : "");
		cJSON_AddItemToArray(runs, style_json(&r->style, run));
	}
}

static void add_box(cJSON *o, const struct ph_emu_item *item)
{
	cJSON_AddStringToObject(o, "align", align_word(item->align));
	cJSON_AddNumberToObject(o, "width_dots", item->width);
	cJSON_AddNumberToObject(o, "height_dots", item->height);
}

static cJSON *item_json(const struct ph_emu_item *item)
{
	cJSON *o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "type", ph_emu_item_type_name(item->type));
	if (item->name)
		cJSON_AddStringToObject(o, "name", item->name);
	if (item->text)
		cJSON_AddStringToObject(o, "text", item->text);
	switch (item->type) {
	case PH_EMU_ITEM_LINE:
		add_box(o, item);
		add_runs(o, item);
		break;
	case PH_EMU_ITEM_BARCODE:
	case PH_EMU_ITEM_QR:
	case PH_EMU_ITEM_SYMBOL:
		add_box(o, item);
		cJSON_AddNumberToObject(o, "module_dots", item->value);
		break;
	case PH_EMU_ITEM_RASTER:
		add_box(o, item);
		cJSON_AddNumberToObject(o, "printed_dots", item->done);
		cJSON_AddBoolToObject(o, "complete", item->done == item->height);
		break;
	case PH_EMU_ITEM_RULE:
		add_box(o, item);
		break;
	case PH_EMU_ITEM_FEED:
		cJSON_AddNumberToObject(o, "dots", item->height);
		break;
	case PH_EMU_ITEM_CUT:
		cJSON_AddBoolToObject(o, "through_print", item->value);
		break;
	case PH_EMU_ITEM_PULSE:
		cJSON_AddNumberToObject(o, "pin", item->value);
		cJSON_AddNumberToObject(o, "on_ms", item->width);
		cJSON_AddNumberToObject(o, "off_ms", item->height);
		break;
	case PH_EMU_ITEM_BEEP:
		cJSON_AddNumberToObject(o, "times", item->value);
		break;
	case PH_EMU_ITEM_LOST:
		cJSON_AddNumberToObject(o, "count", item->value);
		break;
	case PH_EMU_ITEM_CONSUMED:
	case PH_EMU_ITEM_UNKNOWN:
		cJSON_AddNumberToObject(o, "bytes", item->value);
		break;
	case PH_EMU_ITEM_REFUSED:
	case PH_EMU_ITEM_MARK:
		break;
	}
	cJSON_AddNumberToObject(o, "row", (double)item->row);
	cJSON_AddNumberToObject(o, "byte", (double)item->at_byte);
	return o;
}

static cJSON *symbols_json(const struct ph_emu_paper *paper)
{
	cJSON *symbols = cJSON_CreateArray();
	for (size_t i = 0; i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		if (item->type != PH_EMU_ITEM_BARCODE && item->type != PH_EMU_ITEM_QR &&
			item->type != PH_EMU_ITEM_SYMBOL)
			continue;
		cJSON *o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "type", item->name);
		cJSON_AddStringToObject(o, "data", item->text ? item->text : "");
		cJSON_AddItemToArray(symbols, o);
	}
	return symbols;
}

// a number that is the same for the same dots
static void add_dots(cJSON *o, const struct ph_emu_paper *paper, const struct ph_emu_item *item)
{
	char text[9];
	bool printed = item->type == PH_EMU_ITEM_LINE || item->type == PH_EMU_ITEM_BARCODE ||
		       item->type == PH_EMU_ITEM_QR || item->type == PH_EMU_ITEM_SYMBOL ||
		       item->type == PH_EMU_ITEM_RASTER;
	if (!printed || item->height <= 0)
		return;
	snprintf(text, sizeof text, "%08x",
		ph_emu_paper_crc(paper, item->row, (uint64_t)item->height));
	cJSON_AddStringToObject(o, "dots_crc", text);
}

static bool add_png(cJSON *result, const struct ph_emu_paper *paper, unsigned scale)
{
	PH_CLEANUP_FREE uint8_t *png = NULL;
	size_t len;
	if (ph_emu_paper_png(paper, scale, &png, &len) < 0)
		return false;
	PH_CLEANUP_FREE char *text = malloc(PH_BASE64_SIZE(len));
	if (!text)
		return false;
	ph_base64_encode(png, len, text);
	return cJSON_AddStringToObject(result, "png_b64", text) != NULL;
}

static void run_paper(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	if (!d)
		return;
	const struct ph_emu_paper *paper = ph_emu_printer_paper(d->printer);
	PH_CLEANUP_FREE char *text = ph_emu_paper_text(paper);
	double scale = ph_param_number(call->params, "scale", 1);
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "text", text ? text : "");
	if (ph_param_bool(call->params, "png", false) &&
		(scale < 1 || scale > 4 || !add_png(result, paper, (unsigned)scale))) {
		cJSON_Delete(result);
		ph_call_error(call, PH_E_ILLEGAL, "no picture: params.scale is 1 to 4");
		return;
	}
	cJSON_AddItemToObject(result, "symbols", symbols_json(paper));
	cJSON *events = cJSON_AddArrayToObject(result, "events");
	bool dots = ph_param_bool(call->params, "dots", false);
	for (size_t i = 0; i < paper->n_items; i++) {
		cJSON *event = item_json(&paper->items[i]);
		if (dots)
			add_dots(event, paper, &paper->items[i]);
		cJSON_AddItemToArray(events, event);
	}
	cJSON_AddNumberToObject(result, "rows", (double)paper->y);
	ph_call_ok(call, result);
}

static void run_tear(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	if (!d)
		return;
	ph_bench_note(d->bench, d->id, "tear", NULL);
	ph_emu_printer_tear(d->printer, ph_bench_now(d->bench));
	d->items_seen = 0;
	ph_call_ok(call, NULL);
}

// ---- waiting ----

static bool text_printed(const struct ph_emu_paper *paper, const char *text)
{
	PH_CLEANUP_FREE char *all = ph_emu_paper_text(paper);
	return all && strstr(all, text);
}

static bool at_least(const cJSON *params, const char *name, uint64_t have)
{
	return (double)have >= ph_param_number(params, name, 0);
}

static bool is_word(const cJSON *params, const char *name, const char *word)
{
	return strcmp(ph_param_text(params, name, word), word) == 0;
}

/* Nothing in it and nothing on the way to it. */
static bool is_idle(const struct ph_bench_device *d)
{
	return ph_emu_printer_buffered(d->printer) == 0 && ph_emu_plug_unread(d->plug) == 0;
}

static bool printer_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(d->printer);
	const struct ph_emu_printer_state *s = ph_emu_printer_state(d->printer);
	struct ph_emu_printer_counts c = ph_emu_printer_counts(d->printer);
	bool on = ph_emu_plug_is_connected(d->plug);
	const char *text = ph_param_text(p, "text", NULL);

	if (!at_least(p, "faults", c.faults) || !at_least(p, "replies", c.replies) ||
		!at_least(p, "bytes", c.received) || !at_least(p, "lines", paper->lines) ||
		!at_least(p, "cuts", paper->cuts) || !at_least(p, "pulses", paper->pulses) ||
		!is_word(p, "paper", paper_words[s->paper]) ||
		!is_word(p, "cover", cover_words[s->cover_open]) ||
		ph_param_bool(p, "connected", on) != on ||
		(ph_param_has(p, "idle") && ph_param_bool(p, "idle", false) != is_idle(d)) ||
		(text && !text_printed(paper, text)))
		return false;
	*ret_result = state_json(d);
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_PRINTER);
	if (d)
		ph_call_wait(call, d, printer_condition);
}

const struct ph_method ph_bench_printer_methods[] = {
	{"printer.state", "device:s", run_state},
	{"printer.set",
		"device:s paper:s cover:s error:s offline:b feed_button:b stall:b hang:b mute:b "
		"zero_window:b power:s bytes_per_second:n lines_per_second:n",
		run_set},
	{"printer.fault",
		"device:s kind:s at_byte:n at_reply:n times:n ms:n "
		"paper:s cover:s error:s power:s stall:b hang:b disconnect:b offline:b "
		"zero_window:b garble:n drop_replies:n drop_process_ids:n after_bytes:n "
		"after_lines:n count:s clear:b",
		run_fault},
	{"printer.paper", "device:s png:b scale:n dots:b", run_paper},
	{"printer.tear", "device:s", run_tear},
	{"printer.wait",
		"device:s text:s bytes:n replies:n faults:n lines:n cuts:n pulses:n paper:s "
		"cover:s connected:b "
		"idle:b "
		"timeout_ms:n",
		run_wait},
	{0},
};
