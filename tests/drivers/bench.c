// The bench: an io table in memory with a clock moved by hand.
#include "bench.h"

#include "base/cleanup.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bench *bench_of(const struct ph_device *device)
{
	return PH_CONTAINER_OF(device, struct bench, device);
}

static void add_json(struct ph_buf *out, const cJSON *item)
{
	char *text = cJSON_PrintUnformatted(item);

	ph_buf_add_str(out, text ? text : "?");
	free(text);
}

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	struct bench *bench = bench_of(device);
	struct ph_buf *out = &bench->lines;

	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(line[len - 1], '\n');
	ck_assert_ptr_null(memchr(line, '\n', len - 1));
	cJSON *message = cJSON_ParseWithLength(line, len);
	ck_assert_msg(message, "not JSON: %.*s", (int)len, line);
	const cJSON *method = cJSON_GetObjectItem(message, "method");
	const cJSON *error = cJSON_GetObjectItem(message, "error");
	if (method) {
		ph_buf_printf(out, "%s ", method->valuestring);
		add_json(out, cJSON_GetObjectItem(message, "params"));
	} else {
		add_json(out, cJSON_GetObjectItem(message, "id"));
		if (error)
			ph_buf_printf(out, " ! %s %s",
				cJSON_GetObjectItem(cJSON_GetObjectItem(error, "data"), "name")
					->valuestring,
				cJSON_GetObjectItem(error, "message")->valuestring);
		else
			ph_buf_add_char(out, ' ');
		if (!error)
			add_json(out, cJSON_GetObjectItem(message, "result"));
	}
	ph_buf_add_char(out, '\n');
	cJSON_Delete(message);
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	struct bench *bench = bench_of(device);

	if (bench->blocked + len > PH_LINK_QUEUE_BYTES)
		return -ENOBUFS;
	ph_buf_add(&bench->written, data, len);
	if (bench->block)
		bench->blocked += len;
	return 0;
}

static size_t link_queued(const struct ph_device *device)
{
	return bench_of(device)->blocked;
}

static void link_drop(struct ph_device *device)
{
	bench_of(device)->dropped = true;
}

static int link_port_status(struct ph_device *device)
{
	if (strcmp(device->url.scheme, "usb"))
		return -EOPNOTSUPP;
	bench_of(device)->ports_asked++;
	return 0;
}

static char *info_of(struct bench *bench, const char *what)
{
	return !strcmp(what, "1284_mfg")   ? bench->mfg
	       : !strcmp(what, "1284_mdl") ? bench->mdl
	       : !strcmp(what, "usb_id")   ? bench->usb_id
					   : NULL;
}

static const char *link_info(const struct ph_device *device, const char *what)
{
	const char *text = info_of(bench_of(device), what);

	return text && *text ? text : NULL;
}

static int link_feature(struct ph_device *device, const void *data, size_t len)
{
	if (!bench_of(device)->descriptor)
		return -EOPNOTSUPP;
	ph_buf_add(&bench_of(device)->written, data, len);
	return 0;
}

static int link_lines(struct ph_device *device)
{
	return strcmp(device->url.scheme, "serial") ? -EOPNOTSUPP : bench_of(device)->modem;
}

static int link_listen(struct ph_device *device, bool on)
{
	if (strcmp(device->url.scheme, "usb"))
		return -EOPNOTSUPP;
	bench_of(device)->muted = !on;
	return 0;
}

static const uint8_t *link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	*ret_len = bench_of(device)->descriptor_len;
	return bench_of(device)->descriptor;
}

static void link_want(struct ph_device *device)
{
	bench_of(device)->wanted++;
}

static void run_held_soon(struct ph_device *device)
{
	bench_of(device)->held_due = true;
}

static void timer_set(struct ph_device *device, unsigned ms)
{
	struct bench *bench = bench_of(device);

	bench->timer_at = ms ? bench->now_ms + ms : 0;
}

static void report_in(struct ph_device *device, unsigned ms)
{
	struct bench *bench = bench_of(device);

	bench->report_at = bench->now_ms + ms;
}

static uint64_t now_ms(const struct ph_device *device)
{
	return bench_of(device)->now_ms;
}

static void start(struct ph_device *device)
{
	bench_of(device)->started = true;
}

static void stop(struct ph_device *device)
{
	bench_of(device)->stopped = true;
}

static const struct ph_device_io io = {
	.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.link_drop = link_drop,
	.link_port_status = link_port_status,
	.link_info = link_info,
	.link_feature = link_feature,
	.link_lines = link_lines,
	.link_listen = link_listen,
	.link_descriptor = link_descriptor,
	.link_want = link_want,
	.run_held_soon = run_held_soon,
	.timer_set = timer_set,
	.report_in = report_in,
	.now_ms = now_ms,
	.start = start,
	.stop = stop,
};

void bench_prepare(struct bench *bench, const struct ph_driver *driver, const char *connection,
	unsigned classes, const char *const *options)
{
	struct ph_device_config config = {
		.name = "bench", .connection = connection, .classes = classes};

	*bench = (struct bench){.now_ms = 1000000};
	ck_assert_int_eq(ph_device_init(&bench->device, driver, &io), 0);
	for (; options && *options; options++) {
		char *copy = strdup(*options);
		char *equals = strchr(copy, '=');
		*equals = '\0';
		if (strncmp(copy, "memory:", 7) == 0) {
			ph_device_recall(&bench->device, copy + 7, equals + 1);
			free(copy);
			continue;
		}
		if (strncmp(copy, "info:", 5) == 0) {
			snprintf(info_of(bench, copy + 5), sizeof bench->mfg, "%s", equals + 1);
			free(copy);
			continue;
		}
		ck_assert_msg(ph_device_set_option(&bench->device, copy, equals + 1) == 0, "%s %s",
			bench->device.refused_path, bench->device.refused_text);
		free(copy);
	}
	ck_assert_msg(ph_device_configure(&bench->device, &config) == 0, "%s %s",
		bench->device.refused_path, bench->device.refused_text);
}

void bench_init(struct bench *bench, const struct ph_driver *driver, const char *connection,
	unsigned classes, const char *const *options)
{
	bench_prepare(bench, driver, connection, classes, options);
	ph_device_link_up(&bench->device);
}

void bench_done(struct bench *bench)
{
	ph_device_done(&bench->device);
	ph_buf_done(&bench->lines);
	ph_buf_done(&bench->written);
}

void bench_request(struct bench *bench, const char *method, const char *params)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;

	ph_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}",
		++bench->next_id, method, params);
	ph_device_dispatch(&bench->device, line.data, line.len);
}

void bench_feed(struct bench *bench, const void *data, size_t len, bool single)
{
	const struct ph_driver *driver = bench->device.driver;
	const uint8_t *bytes = data;

	if (!single) {
		driver->receive(&bench->device, bytes, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		driver->receive(&bench->device, bytes + i, 1);
}

void bench_advance(struct bench *bench, unsigned ms)
{
	uint64_t end = bench->now_ms + ms;

	while (bench->timer_at && bench->timer_at <= end) {
		bench->now_ms = bench->timer_at;
		bench->timer_at = 0;
		bench->device.driver->tick(&bench->device);
	}
	bench->now_ms = end;
	if (bench->report_at && bench->report_at <= end) {
		bench->report_at = 0;
		ph_device_report(&bench->device);
	}
}

void bench_sleep(struct bench *bench, unsigned ms)
{
	bench->now_ms += ms;
	if (bench->timer_at && bench->timer_at < bench->now_ms)
		bench->timer_at = bench->now_ms;
}

void bench_drain(struct bench *bench)
{
	bench->blocked = 0;
	if (bench->device.driver->sent)
		bench->device.driver->sent(&bench->device);
}

static const char *hand_out(char **last, struct ph_buf *buf)
{
	free(*last);
	*last = strdup(buf->data ? buf->data : "");
	ph_buf_reset(buf);
	return *last;
}

const char *bench_lines(struct bench *bench)
{
	static char *last;

	return hand_out(&last, &bench->lines);
}

const char *bench_labels(struct bench *bench, bool inferred)
{
	static char out[20000];
	const char *line = bench_lines(bench);
	size_t used = 0;

	out[0] = '\0';
	for (const char *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		const char *text = strstr(line, "\"text\":\""),
			   *name = strstr(line, "\"symbology\":\""),
			   *upos = strstr(line, "\"upos_type\":"),
			   *guess = inferred ? strstr(line, "\"inferred\":true") : NULL;
		if (text && name && upos && text < end)
			used += (size_t)snprintf(out + used, sizeof out - used, "%.*s %.*s %d%s|",
				(int)strcspn(text + 8, "\""), text + 8,
				(int)strcspn(name + 13, "\""), name + 13, atoi(upos + 12),
				guess && guess < end ? "*" : "");
		else
			used += (size_t)snprintf(
				out + used, sizeof out - used, "%.*s|", (int)(end - line), line);
		ck_assert_uint_lt(used, sizeof out);
	}
	return out;
}

const char *bench_show(const void *data, size_t len)
{
	static char *last;
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = bytes[i];
		if (isprint(c) && c != '<')
			ph_buf_add_char(&text, (char)c);
		else
			ph_buf_printf(&text, "<%02x>", c);
	}
	return hand_out(&last, &text);
}

const char *bench_written(struct bench *bench)
{
	const char *text = bench_show(bench->written.data, bench->written.len);

	ph_buf_reset(&bench->written);
	return text;
}
