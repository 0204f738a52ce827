// Builds the notifications of the driver protocol, by hand for speed, one line each.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/names.h"
#include "base/utf8.h"
#include "drivers/host/device.h"
#include "drivers/host/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const reason_names[PH_REASON_COUNT_] = {
	[PH_REASON_UNPLUGGED] = "unplugged",
	[PH_REASON_NOT_RESPONDING] = "not_responding",
	[PH_REASON_BUSY_ELSEWHERE] = "busy_elsewhere",
	[PH_REASON_NO_PERMISSION] = "no_permission",
	[PH_REASON_WRONG_MODE] = "wrong_mode",
	[PH_REASON_REC_EMPTY] = "rec_empty",
	[PH_REASON_REC_NEAR_END] = "rec_near_end",
	[PH_REASON_COVER_OPEN] = "cover_open",
	[PH_REASON_CUTTER_ERROR] = "cutter_error",
	[PH_REASON_HEAD_HOT] = "head_hot",
	[PH_REASON_PRINTER_ERROR] = "printer_error",
	[PH_REASON_FEEDING] = "feeding",
	[PH_REASON_OFF_LINE] = "off_line",
	[PH_REASON_PARAMETERS_EXPIRING] = "parameters_expiring",
	[PH_REASON_PARAMETERS_EXPIRED] = "parameters_expired",
	[PH_REASON_NO_FINGERPRINT_KEY] = "no_fingerprint_key",
	[PH_REASON_NO_DENY_LIST] = "no_deny_list",
};

const char *ph_reason_name(enum ph_reason reason)
{
	return (unsigned)reason < PH_REASON_COUNT_ ? reason_names[reason] : "unknown";
}

void ph_message_reasons(struct ph_buf *out, unsigned reasons)
{
	const char *list[PH_REASON_COUNT_ + 1];
	int count = 0;

	for (int i = 0; i < PH_REASON_COUNT_; i++)
		if (reasons & PH_REASON_BIT(i))
			list[count++] = reason_names[i];
	list[count] = NULL;
	ph_message_list(out, "reasons", list);
}

void ph_device_hello(struct ph_device *device, const char *dial_name)
{
	struct ph_buf *out = ph_message_begin(device, "driver.hello");

	ph_message_member(out, "driver", device->driver->name);
	ph_message_member(out, "version", device->driver->version);
	ph_buf_printf(out, "\"protocol\":{\"major\":%d,\"minor\":%d},", PH_PROTOCOL_MAJOR,
		PH_PROTOCOL_MINOR);
	if (dial_name)
		ph_message_member(out, "device", dial_name);
	ph_message_finish(device);
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
	struct ph_buf *out = ph_message_begin(device, "device.state");
	ph_message_member(out, "state", ph_device_state_name(state));
	ph_message_reasons(out, reasons);
	ph_message_member(out, "message", message);
	ph_message_finish(device);
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
	ph_message_number(out, "columns", (long)caps->columns);
	ph_message_number(out, "columns_b", (long)caps->columns_b);
	ph_message_number(out, "width_dots", (long)caps->width_dots);
	ph_message_member(out, "profile", caps->profile);
	ph_message_list(out, "cut", cut);
	ph_message_list(out, "codepages", caps->codepages);
	ph_message_list(out, "barcodes", caps->barcodes);
	ph_message_bool(out, "qr", caps->qr);
	ph_message_member(out, "confirms", confirms[caps->confirms]);
	ph_message_member(out, "status", status[caps->status]);
	ph_message_number(out, "receive_buffer", (long)caps->receive_buffer);
	ph_message_end_object(out);
}

static void add_display_caps(struct ph_buf *out, const struct ph_display_capabilities *caps)
{
	ph_buf_add_str(out, "\"display\":{");
	ph_message_number(out, "rows", (long)caps->rows);
	ph_message_number(out, "columns", (long)caps->columns);
	ph_message_bool(out, "brightness", caps->brightness);
	ph_message_list(out, "codepages", caps->codepages);
	if (caps->windows) {
		ph_message_member(out, "set", caps->set);
		ph_message_number(out, "windows", (long)caps->windows);
		ph_message_number(out, "descriptors", (long)caps->descriptors);
		ph_message_bool(out, "reverse", caps->reverse);
		ph_buf_printf(out, caps->glyph_last ? "\"glyphs\":[%u,%u]," : "\"glyphs\":[],",
			caps->glyph_first, caps->glyph_last);
	}
	ph_message_end_object(out);
}

void ph_emit_info(struct ph_device *device, const struct ph_info *info)
{
	struct ph_buf *out = ph_message_begin(device, "device.info");

	ph_message_member(out, "vendor", info->vendor);
	ph_message_member(out, "model", info->model);
	ph_message_member(out, "serial", info->serial);
	ph_message_member(out, "firmware", info->firmware);
	ph_buf_add_str(out, "\"capabilities\":{");
	if (info->printer && (device->classes & PH_CLASS_BIT(PH_CLASS_PRINTER)))
		add_printer_caps(out, info->printer);
	if (info->drawer && (device->classes & PH_CLASS_BIT(PH_CLASS_DRAWER)))
		ph_message_drawer_caps(out, info->drawer);
	if (info->display && (device->classes & PH_CLASS_BIT(PH_CLASS_DISPLAY)))
		add_display_caps(out, info->display);
	if (info->scanner && (device->classes & PH_CLASS_BIT(PH_CLASS_SCANNER)))
		ph_message_scanner_caps(out, info->scanner);
	if (info->msr && (device->classes & PH_CLASS_BIT(PH_CLASS_MSR)))
		ph_message_msr_caps(out, info->msr);
	if (info->scale && (device->classes & PH_CLASS_BIT(PH_CLASS_SCALE)))
		ph_message_scale_caps(out, info->scale);
	if (info->payment && (device->classes & PH_CLASS_BIT(PH_CLASS_CARD_READER)))
		ph_message_payment_caps(out, PH_CLASS_CARD_READER, info->payment);
	if (info->payment && (device->classes & PH_CLASS_BIT(PH_CLASS_TERMINAL)))
		ph_message_payment_caps(out, PH_CLASS_TERMINAL, info->payment);
	ph_message_end_object(out);
	ph_message_finish(device);
}

static struct ph_buf *begin_status(struct ph_device *device, const char *class_name)
{
	struct ph_buf *out = ph_message_begin(device, "device.status");

	ph_message_member(out, "class", class_name);
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
	ph_message_bool(out, "online", status->online);
	ph_message_member(out, "paper", papers[status->paper]);
	ph_message_member(out, "cover", covers[status->cover]);
	if (status->error >= 0)
		ph_message_member(out, "error", ph_reason_name((enum ph_reason)status->error));
	else
		ph_buf_add_str(out, "\"error\":null,");
	ph_message_end_object(out);
	ph_message_reasons(out, status->reasons);
	ph_message_finish(device);
}

void ph_emit_display_status(struct ph_device *device, const char *const *rows, unsigned count)
{
	const char *list[PH_DISPLAY_ROWS_MAX + 1] = {NULL};

	for (unsigned i = 0; i < count && i < PH_DISPLAY_ROWS_MAX; i++)
		list[i] = rows[i];
	struct ph_buf *out = begin_status(device, "display");
	ph_message_list(out, "rows", list);
	ph_message_end_object(out);
	ph_message_reasons(out, 0);
	ph_message_finish(device);
}

void ph_emit_job_progress(struct ph_device *device, const char *job, unsigned segments,
	unsigned sent, unsigned confirmed)
{
	struct ph_buf *out = ph_message_begin(device, "job.progress");

	ph_message_member(out, "job", job);
	ph_message_number(out, "segments", (long)segments);
	ph_message_number(out, "sent", (long)sent);
	ph_message_number(out, "confirmed", (long)confirmed);
	ph_message_finish(device);
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
	struct ph_buf *out = ph_message_begin(device, "job.end");

	ph_message_member(out, "job", job);
	ph_message_member(out, "outcome", words[outcome]);
	ph_message_number(out, "segments", (long)segments);
	if (outcome == PH_OUTCOME_NOT_SENT)
		ph_message_number(out, "sent", 0);
	ph_message_number(out, "confirmed", (long)confirmed);
	ph_message_member(out, "reason", reason);
	ph_message_finish(device);
}

void ph_emit_busy(struct ph_device *device, unsigned max_ms)
{
	struct ph_buf *out = ph_message_begin(device, "driver.busy");

	ph_message_number(out, "max_ms", (long)max_ms);
	ph_message_finish(device);
}

void ph_device_report_memory(struct ph_device *device, const char *key, const char *value)
{
	struct ph_buf *out = ph_message_begin(device, "device.remember");

	ph_message_member(out, "key", key);
	if (value)
		ph_message_member(out, "value", value);
	else
		ph_buf_add_str(out, "\"value\":null");
	ph_message_finish(device);
}

void ph_emit_log(struct ph_device *device, enum ph_log_level level, const char *format, ...)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct ph_buf *out = ph_message_begin(device, "driver.log");
	ph_message_member(out, "level", words[level]);
	ph_message_member(out, "message", text);
	ph_message_finish(device);
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
	const char *text = message ? message : "";

	ph_buf_reset(out);
	ph_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,", id,
		ph_error_code(error));
	ph_message_member(out, "message", *text ? text : ph_error_name(error));
	ph_buf_add_str(out, "\"data\":{");
	ph_message_member(out, "name", ph_error_name(error));
	ph_message_member(out, "path", path);
	ph_message_bool(out, "retryable", ph_error_retryable(error));
	out->len -= out->error ? 0 : 1;
	ph_buf_add_str(out, "}}}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
}

/* What a person reads of a driver's answer that says no more than a number. The hint of the error comes on top. */
static const char *text_of(int negative_errno)
{
	static const struct {
		int number;
		const char *text;
	} table[] = {
		{EOPNOTSUPP, "this device cannot do that"},
		{EINVAL, "this device does not take such a value"},
		{EEXIST, "it is there already"},
		{EBUSY, "the device is not done with what it was asked before"},
		{ENOTCONN, "the device is not connected"},
		{EIO, "the device does not take anything now"},
		{ETIMEDOUT, "the device did not answer in time"},
		{ENOBUFS, "too much waits for the device already"},
		{ENOSPC, "there is no room for one more"},
		{ENOENT, "there is no such one here"},
		{EMSGSIZE, "that is more than the device takes at once"},
		{E2BIG, "that is more than the device takes at once"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(table); i++)
		if (table[i].number == -negative_errno)
			return table[i].text;
	return strerror(-negative_errno);
}

void ph_device_reply_errno(struct ph_device *device, const char *id, int negative_errno)
{
	ph_device_reply_error(
		device, id, ph_error_from_errno(negative_errno), NULL, text_of(negative_errno));
}
