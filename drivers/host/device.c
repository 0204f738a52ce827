// One device without its loop: options, state, life of the driver. Requests are in dispatch.c, notifications in emit.c.
#include "drivers/host/device.h"

#include "base/cleanup.h"
#include "base/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int ph_device_init(
	struct ph_device *device, const struct ph_driver *driver, const struct ph_device_io *io)
{
	*device = (struct ph_device){
		.driver = driver, .io = io, .reported = PH_DEVICE_STARTING, .out.max = 0};
	device->state = calloc(1, driver->state_size ? driver->state_size : 1);
	device->values = calloc(driver->option_count + 1, sizeof *device->values);
	if (!device->state || !device->values) {
		free(device->state);
		free(device->values);
		return -ENOMEM;
	}
	return 0;
}

void ph_device_done(struct ph_device *device)
{
	if (!device->driver)
		return;
	ph_device_link_down(device, true, 0);
	ph_buf_done(&device->direct_reply);
	ph_device_held_done(device);
	if (device->transport && device->driver->done)
		device->driver->done(device);
	for (size_t i = 0; i < device->driver->option_count; i++)
		free(device->values[i]);
	free(device->values);
	free(device->state);
	free(device->lock_dir);
	ph_device_memory_done(device);
	ph_buf_done(&device->out);
	*device = (struct ph_device){0};
}

__attribute__((format(printf, 3, 0))) static void refuse(
	struct ph_device *device, const char *path, const char *format, va_list args)
{
	snprintf(device->refused_path, sizeof device->refused_path, "%s", path);
	vsnprintf(device->refused_text, sizeof device->refused_text, format, args);
	device->refused = true;
}

int ph_option_refuse(struct ph_device *device, const char *name, const char *format, ...)
{
	char path[96];
	va_list args;

	snprintf(path, sizeof path, "$.options.%.64s", name);
	va_start(args, format);
	refuse(device, path, format, args);
	va_end(args);
	return -EINVAL;
}

int ph_request_refuse(struct ph_device *device, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(device, path, format, args);
	va_end(args);
	return -EINVAL;
}

static int find_option(const struct ph_device *device, const char *name)
{
	for (size_t i = 0; i < device->driver->option_count; i++)
		if (!strcmp(device->driver->options[i].name, name))
			return (int)i;
	return -ENOENT;
}

static int parse_bool(const char *text)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (!strcasecmp(words[i], text))
			return (int)(i & 1);
	return -EINVAL;
}

static int check_choice(struct ph_device *device, const struct ph_option *option, const char *value)
{
	char list[160] = "";

	for (const char *const *choice = option->choices; *choice; choice++) {
		if (!strcmp(*choice, value))
			return 0;
		size_t used = strlen(list);
		snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", *choice);
	}
	return ph_option_refuse(device, option->name, "is one of %s", list);
}

int ph_option_check(struct ph_device *device, const struct ph_option *option, const char *value)
{
	long number;

	switch (option->type) {
	case PH_OPTION_TEXT:
		return 0;
	case PH_OPTION_INT:
		if (ph_url_number(value, option->min, option->max, &number) < 0)
			return ph_option_refuse(device, option->name, "is a number from %ld to %ld",
				option->min, option->max);
		return 0;
	case PH_OPTION_BOOL:
		if (parse_bool(value) < 0)
			return ph_option_refuse(device, option->name, "is yes or no");
		return 0;
	case PH_OPTION_CHOICE:
		return check_choice(device, option, value);
	}
	return -EINVAL;
}

int ph_device_set_option(struct ph_device *device, const char *name, const char *value)
{
	int i = find_option(device, name);

	if (i < 0) {
		int r = ph_host_option_set(device, name, value);
		return r != -ENOENT ? r
				    : ph_option_refuse(device, name, "driver %s has no such option",
					      device->driver->name);
	}
	if (strlen(value) > PH_OPTION_VALUE_MAX)
		return ph_option_refuse(
			device, name, "is longer than %d bytes", PH_OPTION_VALUE_MAX);
	int r = ph_option_check(device, &device->driver->options[i], value);
	if (r < 0)
		return r;
	char *copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(device->values[i]);
	device->values[i] = copy;
	return 0;
}

static int set_connection(struct ph_device *device, const char *connection)
{
	const char *const *scheme = device->driver->connections;
	char why[128];

	int r = ph_url_parse(connection, &device->url);
	if (r < 0)
		return ph_request_refuse(device, "$.connection",
			r == -E2BIG ? "is too long" : "is not a connection URL");
	while (*scheme && strcmp(*scheme, device->url.scheme))
		scheme++;
	const struct ph_transport_ops *transport = ph_transport_find(device->url.scheme);
	if (!*scheme || !transport)
		return ph_request_refuse(device, "$.connection",
			"driver %s cannot be connected by '%.32s'", device->driver->name,
			device->url.scheme);
	r = transport->check(&device->url, why, sizeof why);
	if (r < 0)
		return ph_request_refuse(device, "$.connection", "%s", why);
	device->transport = transport;
	return 0;
}

int ph_device_configure(struct ph_device *device, const struct ph_device_config *config)
{
	unsigned classes = config->classes
				   ? config->classes
				   : device->driver->classes & ~device->driver->classes_named;

	if (classes & ~device->driver->classes)
		return ph_request_refuse(device, "$.classes",
			"driver %s does not offer all of them", device->driver->name);
	if (strlen(config->name) > PH_NAME_MAX)
		return ph_request_refuse(device, "$.device", "is too long");
	int r = set_connection(device, config->connection);
	if (r < 0)
		return r;
	if (device->release_s && !device->transport->releasable) {
		device->transport = NULL;
		return ph_option_refuse(device, "idle_release_s",
			"is not possible on a '%s' connection", device->url.scheme);
	}
	snprintf(device->name, sizeof device->name, "%s", config->name);
	device->classes = classes;
	if (config->lock_dir && !device->lock_dir_fixed) {
		free(device->lock_dir);
		device->lock_dir = strdup(config->lock_dir);
		if (!device->lock_dir)
			r = -ENOMEM;
	}
	if (r >= 0 && device->driver->init)
		r = device->driver->init(device);
	if (r < 0)
		device->transport = NULL;
	return r;
}

void ph_device_link_up(struct ph_device *device)
{
	int r = 0;

	device->link_up = true;
	device->released = false;
	if (device->driver->open)
		r = device->driver->open(device);
	if (r == 0)
		ph_device_ready(device);
}

void ph_device_link_down(struct ph_device *device, bool lost, size_t unsent)
{
	ph_device_direct_done(device);
	if (!device->link_up)
		return;
	if (lost)
		device->link_up = false;
	if (device->driver->close)
		device->driver->close(device, lost, unsent);
	device->link_up = false;
	ph_device_scale_lost(device);
	device->msr_on = false;
	/* with a payment in hand the driver may wait for the link to come back */
	if (device->io && !device->payment[0])
		device->io->timer_set(device, 0);
}

void ph_device_receive(struct ph_device *device, uint8_t *data, size_t len)
{
	ph_device_direct_heard(device, data, len);
	if (device->driver->receive)
		device->driver->receive(device, data, len);
	if (device->driver->secret)
		ph_wipe(data, len);
}

void *ph_device_state(struct ph_device *device)
{
	return device->state;
}

unsigned ph_device_classes(const struct ph_device *device)
{
	return device->classes;
}

const char *ph_device_connection(const struct ph_device *device, const char *what)
{
	if (!strcmp(what, "scheme"))
		return device->url.scheme;
	if (!strcmp(what, "host"))
		return device->url.host;
	if (!strcmp(what, "path"))
		return device->url.path;
	const char *value = ph_url_query(&device->url, what);
	if (!value && device->link_up && device->io->link_info)
		value = device->io->link_info(device, what);
	return value;
}

int ph_device_connection_port(const struct ph_device *device)
{
	return device->url.port;
}

const char *ph_option_text(const struct ph_device *device, const char *name)
{
	int i = find_option(device, name);

	if (i < 0)
		return NULL;
	return device->values[i] ? device->values[i] : device->driver->options[i].preset;
}

long ph_option_int(const struct ph_device *device, const char *name)
{
	const char *text = ph_option_text(device, name);

	return text ? strtol(text, NULL, 10) : 0;
}

bool ph_option_bool(const struct ph_device *device, const char *name)
{
	const char *text = ph_option_text(device, name);

	return text && parse_bool(text) == 1;
}

void ph_record_line(struct ph_device *device, uint64_t ms, const char *line)
{
	if (device->io->record_line)
		device->io->record_line(device, ms, line);
}

bool ph_option_is_set(const struct ph_device *device, const char *name)
{
	int i = find_option(device, name);

	return i >= 0 && device->values[i];
}

int ph_link_write(struct ph_device *device, const void *data, size_t len)
{
	if (!device->link_up)
		return -ENOTCONN;
	return len ? device->io->link_write(device, data, len) : 0;
}

size_t ph_link_queued(const struct ph_device *device)
{
	return device->io->link_queued(device);
}

int ph_link_feature(struct ph_device *device, const void *data, size_t len)
{
	if (!device->link_up)
		return -ENOTCONN;
	return device->io->link_feature ? device->io->link_feature(device, data, len) : -EOPNOTSUPP;
}

void ph_link_receive(struct ph_device *device)
{
	if (device->link_up && device->io->link_receive)
		device->io->link_receive(device);
}

const uint8_t *ph_link_descriptor(const struct ph_device *device, size_t *ret_len)
{
	return device->io->link_descriptor ? device->io->link_descriptor(device, ret_len) : NULL;
}

int ph_link_lines(struct ph_device *device)
{
	if (!device->link_up)
		return -ENOTCONN;
	return device->io->link_lines ? device->io->link_lines(device) : -EOPNOTSUPP;
}

int ph_link_listen(struct ph_device *device, bool on)
{
	if (!device->link_up)
		return -ENOTCONN;
	return device->io->link_listen ? device->io->link_listen(device, on) : -EOPNOTSUPP;
}

void ph_link_drop(struct ph_device *device, const char *message)
{
	ph_emit_log(device, PH_LOG_WARNING, "%s", message);
	device->io->link_drop(device);
}

void ph_link_want(struct ph_device *device)
{
	if (!device->link_up && device->io->link_want)
		device->io->link_want(device);
}

int ph_link_ask_port_status(struct ph_device *device)
{
	if (!device->link_up)
		return -ENOTCONN;
	if (!device->driver->port_status || !device->io->link_port_status)
		return -EOPNOTSUPP;
	return device->io->link_port_status(device);
}

void ph_device_port_status(struct ph_device *device, int status)
{
	if (device->link_up && device->driver->port_status)
		device->driver->port_status(device, status);
}

void ph_timer_set(struct ph_device *device, unsigned ms)
{
	device->io->timer_set(device, ms);
}

uint64_t ph_now_ms(const struct ph_device *device)
{
	return device->io->now_ms(device);
}
