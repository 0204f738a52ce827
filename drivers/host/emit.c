// Builds the notifications of the driver protocol, by hand for speed, one line each.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/names.h"
#include "base/utf8.h"
#include "drivers/host/device.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RATE_WINDOW_MS 1000

static const char *const reason_names[PH_REASON_COUNT_] = {
	[PH_REASON_UNPLUGGED] = "unplugged",
	[PH_REASON_NOT_RESPONDING] = "not_responding",
	[PH_REASON_BUSY_ELSEWHERE] = "busy_elsewhere",
	[PH_REASON_NO_PERMISSION] = "no_permission",
	[PH_REASON_REC_EMPTY] = "rec_empty",
	[PH_REASON_REC_NEAR_END] = "rec_near_end",
	[PH_REASON_COVER_OPEN] = "cover_open",
	[PH_REASON_CUTTER_ERROR] = "cutter_error",
	[PH_REASON_HEAD_HOT] = "head_hot",
	[PH_REASON_PRINTER_ERROR] = "printer_error",
	[PH_REASON_FEEDING] = "feeding",
	[PH_REASON_OFF_LINE] = "off_line",
};

const char *ph_reason_name(enum ph_reason reason)
{
	return (unsigned)reason < PH_REASON_COUNT_ ? reason_names[reason] : "unknown";
}

static struct ph_buf *begin(struct ph_device *device, const char *method)
{
	struct ph_buf *out = &device->out;

	ph_buf_reset(out);
	ph_buf_add_str(out, "{\"jsonrpc\":\"2.0\",\"method\":\"");
	ph_buf_add_str(out, method);
	ph_buf_add_str(out, "\",\"params\":{");
	return out;
}

/* Drops the comma behind the last member. */
static void finish(struct ph_device *device)
{
	struct ph_buf *out = &device->out;

	if (!out->error && out->len && out->data[out->len - 1] == ',')
		out->len--;
	ph_buf_add_str(out, "}}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
	/* one long message must not keep its memory for ever */
	if (out->size > 16384)
		ph_buf_done(out);
}

/* A text of a device: what is not UTF-8 becomes U+FFFD. */
static void add_text(struct ph_buf *out, const char *text, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	PH_CLEANUP(ph_buf_done) struct ph_buf clean = PH_BUF_INIT;

	if (ph_utf8_valid(text, len) && !memchr(text, 0, len)) {
		ph_buf_add_json_str(out, text, len);
		return;
	}
	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		int n = ph_utf8_decode(text + i, len - i, &cp);
		if (n > 0 && cp)
			ph_buf_add(&clean, text + i, (size_t)n);
		else
			ph_buf_add(&clean, replacement, 3);
		i += n > 0 ? (size_t)n : 1;
	}
	ph_buf_add_json_str(out, clean.data ? clean.data : "", clean.len);
}

static void add_key(struct ph_buf *out, const char *key)
{
	ph_buf_add_char(out, '"');
	ph_buf_add_str(out, key);
	ph_buf_add_str(out, "\":");
}

/* "key":"text", or nothing for NULL. */
static void add_member(struct ph_buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	add_key(out, key);
	add_text(out, text, strlen(text));
	ph_buf_add_char(out, ',');
}

static void add_number(struct ph_buf *out, const char *key, long number)
{
	add_key(out, key);
	ph_buf_add_int(out, number);
	ph_buf_add_char(out, ',');
}

static void add_bool(struct ph_buf *out, const char *key, bool value)
{
	add_key(out, key);
	ph_buf_add_str(out, value ? "true," : "false,");
}

static void add_list(struct ph_buf *out, const char *key, const char *const *list)
{
	add_key(out, key);
	ph_buf_add_char(out, '[');
	for (const char *const *text = list; text && *text; text++) {
		if (text != list)
			ph_buf_add_char(out, ',');
		add_text(out, *text, strlen(*text));
	}
	ph_buf_add_str(out, "],");
}

static void end_object(struct ph_buf *out)
{
	if (!out->error && out->len && out->data[out->len - 1] == ',')
		out->len--;
	ph_buf_add_str(out, "},");
}

static void add_reasons(struct ph_buf *out, unsigned reasons)
{
	const char *list[PH_REASON_COUNT_ + 1];
	int count = 0;

	for (int i = 0; i < PH_REASON_COUNT_; i++)
		if (reasons & PH_REASON_BIT(i))
			list[count++] = reason_names[i];
	list[count] = NULL;
	add_list(out, "reasons", list);
}

void ph_device_hello(struct ph_device *device, const char *dial_name)
{
	struct ph_buf *out = begin(device, "driver.hello");

	add_member(out, "driver", device->driver->name);
	add_member(out, "version", device->driver->version);
	ph_buf_printf(out, "\"protocol\":{\"major\":%d,\"minor\":%d},", PH_PROTOCOL_MAJOR,
		PH_PROTOCOL_MINOR);
	if (dial_name)
		add_member(out, "device", dial_name);
	finish(device);
}

void ph_device_set_state(
	struct ph_device *device, enum ph_device_state state, unsigned reasons, const char *message)
{
	if (device->held_count)
		device->io->run_held_soon(device);
	if (device->reported == state && device->reported_reasons == reasons)
		return;
	device->reported = state;
	device->reported_reasons = reasons;
	struct ph_buf *out = begin(device, "device.state");
	add_member(out, "state", ph_device_state_name(state));
	add_reasons(out, reasons);
	add_member(out, "message", message);
	finish(device);
}

void ph_device_ready(struct ph_device *device)
{
	if (device->link_up)
		ph_device_set_state(device, PH_DEVICE_READY, 0, NULL);
}

void ph_device_not_ready(struct ph_device *device, unsigned reasons, const char *message)
{
	if (device->link_up)
		ph_device_set_state(device, PH_DEVICE_OFFLINE, reasons, message);
}

static void add_printer_caps(struct ph_buf *out, const struct ph_printer_capabilities *caps)
{
	static const char *const confirms[] = {
		"none", "gs_r", "process_id", "counter", "job_state"};
	static const char *const status[] = {"none", "eot", "asb", "ipp"};
	const char *cut[3] = {NULL};

	cut[0] = caps->cut_partial ? "partial" : caps->cut_full ? "full" : NULL;
	cut[1] = caps->cut_partial && caps->cut_full ? "full" : NULL;
	ph_buf_add_str(out, "\"printer\":{");
	add_number(out, "columns", (long)caps->columns);
	add_number(out, "columns_b", (long)caps->columns_b);
	add_number(out, "width_dots", (long)caps->width_dots);
	add_member(out, "profile", caps->profile);
	add_list(out, "cut", cut);
	add_list(out, "codepages", caps->codepages);
	add_list(out, "barcodes", caps->barcodes);
	add_bool(out, "qr", caps->qr);
	add_member(out, "confirms", confirms[caps->confirms]);
	add_member(out, "status", status[caps->status]);
	add_number(out, "receive_buffer", (long)caps->receive_buffer);
	end_object(out);
}

static void add_drawer_caps(struct ph_buf *out, const struct ph_drawer_capabilities *caps)
{
	ph_buf_add_str(out, "\"drawer\":{");
	add_bool(out, "sensor", caps->sensor);
	ph_buf_add_str(out, caps->pins > 1 ? "\"pins\":[1,2]"
			    : caps->pins   ? "\"pins\":[1]"
					   : "\"pins\":[]");
	end_object(out);
}

static void add_display_caps(struct ph_buf *out, const struct ph_display_capabilities *caps)
{
	ph_buf_add_str(out, "\"display\":{");
	add_number(out, "rows", (long)caps->rows);
	add_number(out, "columns", (long)caps->columns);
	add_bool(out, "brightness", caps->brightness);
	add_list(out, "codepages", caps->codepages);
	end_object(out);
}

static void add_scanner_caps(struct ph_buf *out, const struct ph_scanner_capabilities *caps)
{
	ph_buf_add_str(out, "\"scanner\":{");
	add_list(out, "symbologies", caps->symbologies);
	add_bool(out, "trigger", caps->trigger);
	add_bool(out, "beep", caps->beep);
	end_object(out);
}

void ph_emit_info(struct ph_device *device, const struct ph_info *info)
{
	struct ph_buf *out = begin(device, "device.info");

	add_member(out, "vendor", info->vendor);
	add_member(out, "model", info->model);
	add_member(out, "serial", info->serial);
	add_member(out, "firmware", info->firmware);
	ph_buf_add_str(out, "\"capabilities\":{");
	if (info->printer && (device->classes & PH_CLASS_BIT(PH_CLASS_PRINTER)))
		add_printer_caps(out, info->printer);
	if (info->drawer && (device->classes & PH_CLASS_BIT(PH_CLASS_DRAWER)))
		add_drawer_caps(out, info->drawer);
	if (info->display && (device->classes & PH_CLASS_BIT(PH_CLASS_DISPLAY)))
		add_display_caps(out, info->display);
	if (info->scanner && (device->classes & PH_CLASS_BIT(PH_CLASS_SCANNER)))
		add_scanner_caps(out, info->scanner);
	end_object(out);
	finish(device);
}

static struct ph_buf *begin_status(struct ph_device *device, const char *class_name)
{
	struct ph_buf *out = begin(device, "device.status");

	add_member(out, "class", class_name);
	ph_buf_add_str(out, "\"status\":{");
	return out;
}

void ph_emit_printer_status(struct ph_device *device, const struct ph_printer_status *status)
{
	static const char *const papers[] = {"unknown", "ok", "near_end", "empty"};
	static const char *const covers[] = {"unknown", "closed", "open"};

	if (device->released || !(device->classes & PH_CLASS_BIT(PH_CLASS_PRINTER)))
		return;
	struct ph_buf *out = begin_status(device, "printer");
	add_bool(out, "online", status->online);
	add_member(out, "paper", papers[status->paper]);
	add_member(out, "cover", covers[status->cover]);
	if (status->error >= 0)
		add_member(out, "error", ph_reason_name((enum ph_reason)status->error));
	else
		ph_buf_add_str(out, "\"error\":null,");
	end_object(out);
	add_reasons(out, status->reasons);
	finish(device);
}

void ph_emit_drawer_status(struct ph_device *device, enum ph_drawer_state state)
{
	static const char *const words[] = {"null", "false", "true"};

	if (device->released || !(device->classes & PH_CLASS_BIT(PH_CLASS_DRAWER)))
		return;
	struct ph_buf *out = begin_status(device, "drawer");
	add_key(out, "open");
	ph_buf_add_str(out, words[state]);
	end_object(out);
	add_reasons(out, 0);
	finish(device);
}

void ph_emit_display_status(struct ph_device *device, const char *const *rows, unsigned count)
{
	const char *list[PH_DISPLAY_ROWS_MAX + 1] = {NULL};

	for (unsigned i = 0; i < count && i < PH_DISPLAY_ROWS_MAX; i++)
		list[i] = rows[i];
	struct ph_buf *out = begin_status(device, "display");
	add_list(out, "rows", list);
	end_object(out);
	add_reasons(out, 0);
	finish(device);
}

void ph_drawer_reply(
	struct ph_device *device, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	char result[64];

	for (size_t i = 0; i < PH_ARRAY_SIZE(device->pending); i++) {
		struct ph_pending *pending = &device->pending[i];
		if (!token || pending->token != token)
			continue;
		snprintf(result, sizeof result, "{\"outcome\":\"%s\",\"already\":%s}",
			ph_drawer_outcome_name(outcome), already ? "true" : "false");
		pending->token = 0;
		ph_device_reply(device, pending->id, result);
		return;
	}
}

/* Printable text with the separators of GS1 and ISO 15434; everything else travels as bytes only. */
static bool is_text(const uint8_t *label, size_t len)
{
	const uint32_t controls = 1u << 4 | 1u << 9 | 1u << 10 | 1u << 13 | 0xf0000000u;
	bool ascii = true;

	for (size_t i = 0; i < len; i++) {
		if (label[i] < 0x20 && !(controls >> label[i] & 1))
			return false;
		ascii = ascii && label[i] < 0x80;
	}
	return ascii || ph_utf8_valid((const char *)label, len);
}

/* Whether one more scan is within the rate; what is above is counted and reported when the second is over. */
static bool rate_allows(struct ph_device *device)
{
	uint64_t now = device->io->now_ms(device);

	if (now - device->rate_start_ms >= RATE_WINDOW_MS) {
		device->rate_start_ms = now;
		device->rate_count = 0;
	}
	if (++device->rate_count <= PH_SCAN_RATE_MAX)
		return true;
	if (!device->rate_dropped++)
		device->io->report_in(device, RATE_WINDOW_MS);
	return false;
}

void ph_device_report(struct ph_device *device)
{
	unsigned count = device->rate_dropped;

	device->rate_dropped = 0;
	if (count)
		ph_emit_dropped(device, count, PH_DROP_RATE);
}

void ph_emit_scan(struct ph_device *device, const struct ph_scan *scan)
{
	if (device->scanner_off || !rate_allows(device))
		return;
	struct ph_buf *out = begin(device, "scanner.data");
	ph_buf_add_str(out, "\"data_b64\":\"");
	ph_buf_add_base64(out, scan->data, scan->data_len);
	ph_buf_add_str(out, "\",\"label_b64\":\"");
	ph_buf_add_base64(out, scan->label, scan->label_len);
	ph_buf_add_str(out, "\",");
	if (is_text(scan->label, scan->label_len)) {
		add_key(out, "text");
		ph_buf_add_json_str(out, (const char *)scan->label, scan->label_len);
		ph_buf_add_char(out, ',');
	}
	add_member(out, "symbology", scan->symbology);
	add_number(out, "upos_type", scan->upos_type);
	add_member(out, "aim", scan->aim);
	finish(device);
}

void ph_emit_dropped(struct ph_device *device, unsigned count, enum ph_drop_reason reason)
{
	static const char *const words[] = {"too_long", "garbled", "rate"};
	struct ph_buf *out = begin(device, "scanner.dropped");

	add_number(out, "count", (long)count);
	add_member(out, "reason", words[reason]);
	finish(device);
}

void ph_emit_job_progress(struct ph_device *device, const char *job, unsigned segments,
	unsigned sent, unsigned confirmed)
{
	struct ph_buf *out = begin(device, "job.progress");

	add_member(out, "job", job);
	add_number(out, "segments", (long)segments);
	add_number(out, "sent", (long)sent);
	add_number(out, "confirmed", (long)confirmed);
	finish(device);
}

void ph_emit_job_end(struct ph_device *device, const char *job, enum ph_job_outcome outcome,
	unsigned segments, unsigned confirmed, const char *reason)
{
	static const char *const words[PH_OUTCOME_COUNT_] = {
		[PH_OUTCOME_PRINTED] = "printed",
		[PH_OUTCOME_SENT_UNCONFIRMED] = "sent_unconfirmed",
		[PH_OUTCOME_LOST] = "lost",
		[PH_OUTCOME_CANCELLED] = "cancelled",
		[PH_OUTCOME_FAILED] = "failed",
		[PH_OUTCOME_NOT_SENT] = "lost",
	};
	struct ph_buf *out = begin(device, "job.end");

	add_member(out, "job", job);
	add_member(out, "outcome", words[outcome]);
	add_number(out, "segments", (long)segments);
	if (outcome == PH_OUTCOME_NOT_SENT)
		add_number(out, "sent", 0);
	add_number(out, "confirmed", (long)confirmed);
	add_member(out, "reason", reason);
	finish(device);
}

void ph_emit_busy(struct ph_device *device, unsigned max_ms)
{
	struct ph_buf *out = begin(device, "driver.busy");

	add_number(out, "max_ms", (long)max_ms);
	finish(device);
}

void ph_device_report_memory(struct ph_device *device, const char *key, const char *value)
{
	struct ph_buf *out = begin(device, "device.remember");

	add_member(out, "key", key);
	if (value)
		add_member(out, "value", value);
	else
		ph_buf_add_str(out, "\"value\":null");
	finish(device);
}

void ph_emit_log(struct ph_device *device, enum ph_log_level level, const char *format, ...)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct ph_buf *out = begin(device, "driver.log");
	add_member(out, "level", words[level]);
	add_member(out, "message", text);
	finish(device);
}

void ph_device_reply(struct ph_device *device, const char *id, const char *result)
{
	struct ph_buf *out = &device->out;

	ph_buf_reset(out);
	ph_buf_add_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	ph_buf_add_str(out, id);
	ph_buf_add_str(out, ",\"result\":");
	ph_buf_add_str(out, result);
	ph_buf_add_str(out, "}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
}

void ph_device_reply_error(struct ph_device *device, const char *id, enum ph_error error,
	const char *path, const char *message)
{
	struct ph_buf *out = &device->out;
	const char *text = message && *message ? message : ph_error_hint(error);

	ph_buf_reset(out);
	ph_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,", id,
		ph_error_code(error));
	add_member(out, "message", *text ? text : ph_error_name(error));
	ph_buf_add_str(out, "\"data\":{");
	add_member(out, "name", ph_error_name(error));
	add_member(out, "path", path);
	add_bool(out, "retryable", ph_error_retryable(error));
	out->len -= out->error ? 0 : 1;
	ph_buf_add_str(out, "}}}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
}
