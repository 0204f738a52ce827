// The ESC/POS printer driver: options, documents into segments, and the engine's way to the host.
#include "base/cleanup.h"
#include "drivers/escpos/engine.h"
#include "drivers/registry.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/receipt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPRINT_MARK  "*** REPRINT ***"
#define CONTINUE_MARK "*** CONTINUED ***"

PH_DEFINE_CLEANUP(struct ph_receipt *, ph_receipt_free)

struct state {
	struct ph_engine engine;
	struct ph_device *device;
	struct ph_escpos_profile profile; /* the row with the options worked in */
	struct ph_escpos_page pages[PH_CODEPAGE_COUNT];
	bool automatic; /* the profile is found by asking the printer */
	uint64_t timer_at;

	/* the job in hand; bytes NULL: none */
	char job[PH_NAME_MAX + 1];
	uint8_t *bytes;
	struct ph_engine_segment *segments;
	unsigned segment_count;
	uint8_t mark[PH_ENGINE_PREFIX_MAX];
};

static struct state *state_of(struct ph_engine *engine)
{
	return PH_CONTAINER_OF(engine, struct state, engine);
}

/* ---- options ---- */

static int use_codepage(struct ph_device *device, struct state *state)
{
	const char *name = ph_option_text(device, "codepage");
	const struct ph_escpos_profile *profile = &state->profile;
	int page = name ? ph_codepage_by_name(name) : -1;
	size_t i = 0;

	if (!name)
		return 0;
	while (i < profile->page_count && profile->pages[i].page != page)
		i++;
	if (page < 0 || i == profile->page_count)
		return ph_option_refuse(
			device, "codepage", "profile %s has no page '%s'", profile->name, name);
	/* the encoder takes the first page that fits: put this one in front */
	state->pages[0] = profile->pages[i];
	memcpy(state->pages + 1, profile->pages, i * sizeof *state->pages);
	memcpy(state->pages + i + 1, profile->pages + i + 1,
		(profile->page_count - i - 1) * sizeof *state->pages);
	state->profile.pages = state->pages;
	state->profile.charset_default = state->pages[0].n;
	return 0;
}

static int use_profile(
	struct ph_device *device, struct state *state, const struct ph_escpos_profile *row)
{
	struct ph_escpos_profile *profile = &state->profile;
	unsigned columns = (unsigned)ph_option_int(device, "columns");

	*profile = *row;
	if (profile->page_count > PH_ARRAY_SIZE(state->pages))
		profile->page_count = PH_ARRAY_SIZE(state->pages);
	if (columns) {
		profile->width_dots = (uint16_t)(columns * profile->font[0][0]);
		profile->columns[0] = (uint8_t)columns;
		profile->columns[1] = (uint8_t)(profile->width_dots / profile->font[1][0]);
	}
	if (ph_option_is_set(device, "pulse_on_ms"))
		profile->pulse_on_ms = (uint16_t)ph_option_int(device, "pulse_on_ms");
	if (ph_option_is_set(device, "pulse_off_ms"))
		profile->pulse_off_ms = (uint16_t)ph_option_int(device, "pulse_off_ms");
	if (ph_option_is_set(device, "feed_before_cut"))
		profile->feed_before_cut = (uint8_t)ph_option_int(device, "feed_before_cut");
	if (ph_option_is_set(device, "receive_buffer"))
		profile->rx_buffer = (uint16_t)ph_option_int(device, "receive_buffer");
	if (ph_option_is_set(device, "drawers"))
		profile->drawers = (uint8_t)ph_option_int(device, "drawers");
	return use_codepage(device, state);
}

static const struct ph_engine_ops engine_ops;

static int escpos_init(struct ph_device *device)
{
	static const char *const sensors[] = {"none", "open_high", "open_low"};
	struct state *state = ph_device_state(device);
	const char *name = ph_option_text(device, "profile");
	const char *sensor = ph_option_text(device, "drawer_sensor");
	int i = 0;

	state->device = device;
	state->automatic = !strcmp(name, "auto");
	const struct ph_escpos_profile *row =
		ph_escpos_profile_by_name(state->automatic ? "generic-80" : name);
	if (!row)
		return ph_option_refuse(device, "profile", "'%s' is not a profile", name);
	int r = use_profile(device, state, row);
	if (r < 0)
		return r;
	while (strcmp(sensors[i], sensor))
		i++;
	state->engine.profile = &state->profile;
	state->engine.sensor = (enum ph_drawer_sensor)i;
	/* a profile that states everything is believed: opening is then one round trip */
	state->engine.identify = state->automatic || row->gs_paren_h == PH_ESCPOS_PROBE;
	state->engine.untied = !strcmp(ph_device_connection(device, "scheme"), "serial");
	/* ids ascend from one process to the next, so that a late answer is never taken for ours */
	state->engine.next_id = (uint32_t)(ph_now_ms(device) / 100 % PH_ESCPOS_PROCESS_ID_COUNT);
	ph_engine_init(&state->engine, &engine_ops);
	return 0;
}

/* ---- the engine's outputs ---- */

static int engine_write(struct ph_engine *engine, const void *data, size_t len)
{
	return ph_link_write(state_of(engine)->device, data, len);
}

static size_t engine_queued(const struct ph_engine *engine)
{
	const struct state *state = PH_CONTAINER_OF(engine, const struct state, engine);

	return ph_link_queued(state->device);
}

static void engine_ready(struct ph_engine *engine)
{
	ph_device_ready(state_of(engine)->device);
}

static void engine_silent(struct ph_engine *engine)
{
	ph_device_not_ready(state_of(engine)->device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING),
		"the printer does not answer");
}

/* What the printer answered, else what its USB connection says of it. */
static const char *info_text(const struct ph_engine *engine, enum ph_engine_info which)
{
	static const char *const by_usb[PH_INFO_COUNT_] = {[PH_INFO_VENDOR] = "1284_mfg",
		[PH_INFO_MODEL] = "1284_mdl",
		[PH_INFO_SERIAL] = "usb_serial"};
	const struct state *state = PH_CONTAINER_OF(engine, const struct state, engine);

	if (*engine->info[which])
		return engine->info[which];
	return by_usb[which] ? ph_device_connection(state->device, by_usb[which]) : NULL;
}

static void engine_identified(struct ph_engine *engine)
{
	struct state *state = state_of(engine);
	const char *vendor = info_text(engine, PH_INFO_VENDOR);
	const char *model = info_text(engine, PH_INFO_MODEL);
	const struct ph_escpos_profile *row =
		ph_escpos_profile_by_model(vendor ? vendor : "", model ? model : "");

	if (state->automatic && row)
		use_profile(state->device, state, row);
}

static void engine_resolved(struct ph_engine *engine)
{
	static const char *const barcode_names[] = {
		"upca", "upce", "ean13", "ean8", "code39", "itf", "codabar", "code128"};
	struct state *state = state_of(engine);
	const struct ph_escpos_profile *profile = &state->profile;
	const char *codepages[PH_CODEPAGE_COUNT + 1] = {NULL};
	const char *barcodes[PH_ARRAY_SIZE(barcode_names) + 1] = {NULL};
	unsigned count = 0;

	for (unsigned i = 0; i < profile->page_count; i++)
		codepages[i] = ph_codepage_name(profile->pages[i].page);
	for (unsigned i = 0; i < PH_ARRAY_SIZE(barcode_names); i++)
		if (profile->barcodes >> i & 1)
			barcodes[count++] = barcode_names[i];
	struct ph_printer_capabilities printer = {
		.columns = profile->columns[0],
		.columns_b = profile->columns[1],
		.width_dots = profile->width_dots,
		.profile = profile->name,
		.cut_partial = profile->cutter == PH_ESCPOS_CUTTER_PARTIAL ||
			       profile->cutter == PH_ESCPOS_CUTTER_BOTH,
		.cut_full = profile->cutter == PH_ESCPOS_CUTTER_FULL ||
			    profile->cutter == PH_ESCPOS_CUTTER_BOTH,
		.qr = profile->qr,
		.codepages = codepages,
		.barcodes = barcodes,
		.confirms = ph_engine_confirms(engine),
		.status = ph_engine_status_means(engine),
		.receive_buffer = profile->rx_buffer,
	};
	struct ph_drawer_capabilities drawer = {
		.sensor = engine->sensor != PH_SENSOR_NONE &&
			  ph_engine_status_means(engine) != PH_STATUS_NONE,
		.pins = profile->drawers,
	};
	ph_emit_info(state->device, &(struct ph_info){.vendor = info_text(engine, PH_INFO_VENDOR),
					    .model = info_text(engine, PH_INFO_MODEL),
					    .serial = info_text(engine, PH_INFO_SERIAL),
					    .firmware = info_text(engine, PH_INFO_FIRMWARE),
					    .printer = &printer,
					    .drawer = &drawer});
}

static void engine_status(struct ph_engine *engine, const struct ph_printer_status *status)
{
	ph_emit_printer_status(state_of(engine)->device, status);
}

static void engine_drawer_status(struct ph_engine *engine, enum ph_drawer_state drawer)
{
	ph_emit_drawer_status(state_of(engine)->device, drawer);
}

static void engine_drawer_reply(
	struct ph_engine *engine, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	ph_drawer_reply(state_of(engine)->device, token, outcome, already);
}

static void engine_progress(struct ph_engine *engine, unsigned sent, unsigned confirmed)
{
	struct state *state = state_of(engine);

	ph_emit_job_progress(state->device, state->job, state->segment_count, sent, confirmed);
}

static void drop_job(struct state *state)
{
	free(PH_STEAL(state->bytes));
	free(PH_STEAL(state->segments));
}

static void engine_end(struct ph_engine *engine, enum ph_job_outcome outcome, unsigned confirmed,
	const char *reason)
{
	struct state *state = state_of(engine);

	drop_job(state);
	ph_emit_job_end(
		state->device, state->job, outcome, state->segment_count, confirmed, reason);
}

static void engine_drop(struct ph_engine *engine)
{
	ph_link_drop(state_of(engine)->device, "the printer has stopped answering");
}

static const struct ph_engine_ops engine_ops = {
	.write = engine_write,
	.queued = engine_queued,
	.ready = engine_ready,
	.silent = engine_silent,
	.identified = engine_identified,
	.resolved = engine_resolved,
	.status = engine_status,
	.drawer_status = engine_drawer_status,
	.drawer_reply = engine_drawer_reply,
	.progress = engine_progress,
	.end = engine_end,
	.drop = engine_drop,
};

/* ---- the host's calls ---- */

/* After each input: one timer for the earliest of the engine's. */
static void update_timer(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	uint64_t due = ph_engine_due(&state->engine), now = ph_now_ms(device);

	if (due == state->timer_at)
		return;
	state->timer_at = due;
	if (!due)
		ph_timer_set(device, 0);
	else
		ph_timer_set(device, due > now ? (unsigned)(due - now) : 1);
}

static int escpos_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->timer_at = 0;
	ph_engine_link_up(&state->engine, ph_now_ms(device));
	update_timer(device);
	return PH_LATER;
}

static void escpos_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	ph_engine_link_down(&state->engine, ph_now_ms(device));
	state->timer_at = 0;
}

static void escpos_done(struct ph_device *device)
{
	drop_job(ph_device_state(device));
}

static void escpos_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	ph_engine_receive(&state->engine, ph_now_ms(device), data, len);
	update_timer(device);
}

static void escpos_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->timer_at = 0;
	ph_engine_tick(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static void escpos_sent(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_engine_sent(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static int escpos_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	/* between the bytes of a job there is no place for others */
	return state->bytes ? -EBUSY : ph_link_write(device, data, len);
}

static int refuse_document(struct ph_device *device, int r, const struct ph_receipt_error *error)
{
	char path[160];

	if (r == -ENOMEM)
		return r;
	snprintf(path, sizeof path, "$.document%s", *error->path ? error->path + 1 : "");
	return ph_request_refuse(device, path, "%s", error->message);
}

static int encode(struct ph_device *device, const struct ph_receipt *receipt,
	const struct ph_layout_options *options, struct ph_escpos_job *job)
{
	struct state *state = ph_device_state(device);
	struct ph_media media = ph_escpos_profile_media(&state->profile);
	PH_CLEANUP(ph_display_list_done) struct ph_display_list list = {0};
	struct ph_receipt_error error = {0};

	int r = ph_layout(receipt, &media, options, &list, &error);
	if (r >= 0)
		r = ph_escpos_encode(&list, &state->profile, job, &error);
	return r < 0 ? refuse_document(device, r, &error) : 0;
}

/* Appends the segments of one copy, whose bytes begin at `base`. */
static void add_copy(struct state *state, const struct ph_escpos_job *job, uint32_t base)
{
	for (uint32_t i = 0; i < job->segment_count; i++) {
		const struct ph_escpos_segment *from = &job->segments[i];
		state->segments[state->segment_count++] = (struct ph_engine_segment){
			.offset = base + from->offset,
			.len = from->len,
			.flags = (uint8_t)from->flags,
		};
	}
}

/* The first copy with its effects, the others without: a drawer opens once. */
static int join_copies(struct state *state, const struct ph_escpos_job *first,
	const struct ph_escpos_job *rest, unsigned copies)
{
	size_t count = first->segment_count + (size_t)(copies - 1) * rest->segment_count;

	drop_job(state);
	state->segment_count = 0;
	state->bytes = malloc((size_t)first->len + rest->len + 1);
	state->segments = calloc(count + 1, sizeof *state->segments);
	if (!state->bytes || !state->segments) {
		drop_job(state);
		return -ENOMEM;
	}
	if (first->len)
		memcpy(state->bytes, first->bytes, first->len);
	if (rest->len)
		memcpy(state->bytes + first->len, rest->bytes, rest->len);
	add_copy(state, first, 0);
	for (unsigned i = 1; i < copies; i++)
		add_copy(state, rest, first->len);
	return 0;
}

/* Lays out and encodes; the segments of a document are the same whenever mode and copies are. */
static int encode_copies(struct ph_device *device, const struct ph_receipt *receipt,
	const struct ph_print_request *request)
{
	bool reprint = request->mode == PH_PRINT_REPRINT;
	struct ph_layout_options options = {
		.mark = reprint ? REPRINT_MARK : NULL, .no_effects = reprint};
	PH_CLEANUP(ph_escpos_job_done) struct ph_escpos_job first = {0};
	PH_CLEANUP(ph_escpos_job_done) struct ph_escpos_job rest = {0};

	int r = encode(device, receipt, &options, &first);
	options.no_effects = true;
	if (r >= 0 && request->copies > 1)
		r = encode(device, receipt, &options, &rest);
	return r < 0 ? r : join_copies(ph_device_state(device), &first, &rest, request->copies);
}

/* In a continued job effects are counted and left out, and a line on the paper says what this is. */
static int prepare_continue(struct ph_device *device, const struct ph_print_request *request,
	struct ph_engine_job *engine_job)
{
	struct state *state = ph_device_state(device);
	struct ph_layout_options options = {.mark = CONTINUE_MARK};
	PH_CLEANUP(ph_escpos_job_done) struct ph_escpos_job mark = {0};

	if (request->from_segment > state->segment_count)
		return ph_request_refuse(device, "$.from_segment", "the document has %u segments",
			state->segment_count);
	for (unsigned i = 0; i < state->segment_count; i++)
		state->segments[i].skip = state->segments[i].flags & PH_ESCPOS_SEGMENT_ONCE;
	int r = encode(device, NULL, &options, &mark);
	if (r < 0)
		return r;
	if (mark.len > sizeof state->mark - 64)
		return -E2BIG;
	memcpy(state->mark, mark.bytes, mark.len);
	engine_job->mark = state->mark;
	engine_job->mark_len = mark.len;
	engine_job->first = request->from_segment;
	return 0;
}

static int escpos_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct state *state = ph_device_state(device);
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {0};
	struct ph_engine_job job = {.id = state->job};

	if (state->bytes)
		return -EBUSY;
	int r = ph_receipt_parse(request->document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	r = encode_copies(device, receipt, request);
	if (r >= 0 && request->mode == PH_PRINT_CONTINUE)
		r = prepare_continue(device, request, &job);
	if (r >= 0) {
		snprintf(state->job, sizeof state->job, "%s", request->job);
		job.bytes = state->bytes;
		job.segments = state->segments;
		job.count = state->segment_count;
		r = ph_engine_print(&state->engine, ph_now_ms(device), &job);
	}
	if (r < 0) {
		drop_job(state);
		return r;
	}
	*ret_segments = state->segment_count;
	return 0;
}

static void escpos_start(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_engine_start(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static int escpos_cancel(struct ph_device *device, const char *job)
{
	struct state *state = ph_device_state(device);
	int r = ph_engine_cancel(&state->engine, ph_now_ms(device), job);

	update_timer(device);
	return r;
}

static int escpos_drawer(struct ph_device *device, const struct ph_drawer_request *request)
{
	struct state *state = ph_device_state(device);
	const struct ph_escpos_profile *profile = &state->profile;

	if (request->drawer > profile->drawers)
		return ph_request_refuse(
			device, "$.n", "the printer opens %u drawers", profile->drawers);
	int r = ph_engine_drawer(&state->engine, ph_now_ms(device), request->token, request->drawer,
		request->on_ms ? request->on_ms : profile->pulse_on_ms,
		request->off_ms ? request->off_ms : profile->pulse_off_ms);
	update_timer(device);
	return r;
}

static int escpos_explain(struct ph_device *device, const struct cJSON *document)
{
	PH_CLEANUP(ph_receipt_free_p) struct ph_receipt *receipt = NULL;
	PH_CLEANUP(ph_escpos_job_done) struct ph_escpos_job job = {0};
	struct ph_receipt_error error = {0};
	char path[160] = "$.document", inner[128], text[128];

	int r = ph_receipt_parse(document, &receipt, &error);
	if (r < 0)
		return refuse_document(device, r, &error);
	r = encode(device, receipt, NULL, &job);
	for (uint32_t i = 0; r >= 0 && i < job.loss_count; i++) {
		ph_receipt_path(receipt, job.losses[i].at, inner, sizeof inner);
		snprintf(path, sizeof path, "$.document%s", *inner ? inner + 1 : "");
		r = ph_explain_add(
			device, path, ph_escpos_loss_text(&job.losses[i], text, sizeof text));
	}
	if (r >= 0 && job.loss_missed)
		r = ph_explain_add(device, "$.document", "there are more");
	return r;
}

static const struct ph_printer_ops printer_ops = {
	.print = escpos_print,
	.start = escpos_start,
	.cancel = escpos_cancel,
	.explain = escpos_explain,
};

static const struct ph_drawer_ops drawer_ops = {.open = escpos_drawer};

static const char *const connections[] = {"serial", "tcp", "usb", NULL};
static const char *const sensor_choices[] = {"none", "open_high", "open_low", NULL};

static const struct ph_option options[] = {
	{.name = "profile",
		.type = PH_OPTION_TEXT,
		.preset = "auto",
		.summary =
			"model: epson-tm-t20ii, generic-80, generic-58 ...; auto asks the printer"},
	{.name = "columns",
		.type = PH_OPTION_INT,
		.min = 16,
		.max = 80,
		.summary = "font A cells per line, where the paper is narrower than the profile"},
	{.name = "codepage", .type = PH_OPTION_TEXT, .summary = "the code page to prefer: cp858"},
	{.name = "feed_before_cut",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 20,
		.summary = "lines fed in front of a cut"},
	{.name = "receive_buffer",
		.type = PH_OPTION_INT,
		.min = 64,
		.max = 65535,
		.summary = "bytes; the most that is under way without confirmation"},
	{.name = "drawers",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 2,
		.summary = "drawers connected to the printer"},
	{.name = "drawer_sensor",
		.type = PH_OPTION_CHOICE,
		.choices = sensor_choices,
		.preset = "none",
		.summary = "level of connector pin 3 while the drawer is open"},
	{.name = "pulse_on_ms",
		.type = PH_OPTION_INT,
		.min = 2,
		.max = 510,
		.summary = "on time of a drawer pulse"},
	{.name = "pulse_off_ms",
		.type = PH_OPTION_INT,
		.min = 2,
		.max = 510,
		.summary = "off time of a drawer pulse"},
};

const struct ph_driver ph_driver_escpos = {
	.name = "escpos",
	.version = POSHAL_VERSION,
	.summary = "ESC/POS receipt printers with cash drawer port",
	.classes = PH_CLASS_BIT(PH_CLASS_PRINTER) | PH_CLASS_BIT(PH_CLASS_DRAWER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct state),
	.init = escpos_init,
	.open = escpos_open,
	.close = escpos_close,
	.done = escpos_done,
	.receive = escpos_receive,
	.tick = escpos_tick,
	.sent = escpos_sent,
	.direct = escpos_direct,
	.printer = &printer_ops,
	.drawer = &drawer_ops,
};
