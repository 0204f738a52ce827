// One method call from message to answer. Who calls is left to peers.c, what a method does to its object.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ph_dbus_set_failure(sd_bus_error *error, const struct ph_failure *failure)
{
	char name[sizeof PH_BUS_ERROR_PREFIX + sizeof failure->name];

	snprintf(name, sizeof name, PH_BUS_ERROR_PREFIX "%s", failure->name);
	if (failure->hint[0])
		return sd_bus_error_setf(error, name, "%s (%s)", failure->message, failure->hint);
	return sd_bus_error_setf(error, name, "%s", failure->message);
}

void ph_dbus_clean_error(sd_bus_error *error)
{
	sd_bus_error clean = SD_BUS_ERROR_NULL;

	if (!error->message || ph_utf8_valid(error->message, strlen(error->message)))
		return;
	PH_CLEANUP_FREE char *text = strdup(error->message);
	if (text)
		ph_dbus_clean_text(text);
	sd_bus_error_set(&clean, error->name, text ? text : "");
	sd_bus_error_free(error);
	*error = clean;
}

__attribute__((format(printf, 3, 0))) static void fill_failure(
	struct ph_failure *failure, enum ph_error code, const char *format, va_list args)
{
	*failure = (struct ph_failure){.error = code};
	snprintf(failure->name, sizeof failure->name, "%s", ph_error_name(code));
	snprintf(failure->hint, sizeof failure->hint, "%s", ph_error_hint(code));
	vsnprintf(failure->message, sizeof failure->message, format, args);
}

int ph_dbus_set_error(sd_bus_error *error, enum ph_error code, const char *format, ...)
{
	struct ph_failure failure;
	va_list args;

	va_start(args, format);
	fill_failure(&failure, code, format, args);
	va_end(args);
	return ph_dbus_set_failure(error, &failure);
}

void ph_dbus_call_free(struct ph_dbus_call *call)
{
	sd_bus_message_unref(call->message);
	cJSON_Delete(call->params);
	free(call);
}

static void send_failure(struct ph_dbus_call *call, const struct ph_failure *failure)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;

	ph_dbus_set_failure(&error, failure);
	ph_dbus_clean_error(&error);
	sd_bus_reply_method_error(call->message, &error);
	sd_bus_error_free(&error);
}

void ph_dbus_call_refuse(struct ph_dbus_call *call, enum ph_error code, const char *format, ...)
{
	struct ph_failure failure;
	va_list args;

	va_start(args, format);
	fill_failure(&failure, code, format, args);
	va_end(args);
	send_failure(call, &failure);
	ph_dbus_call_free(call);
}

/* The answer, or what keeps it from being built. */
static int build_reply(
	struct ph_dbus_call *call, const cJSON *result, sd_bus_message **ret, const char **ret_at)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call->message, &reply);

	if (r >= 0)
		r = ph_dbus_append_result(reply, call->member, result, ret_at);
	if (r < 0) {
		sd_bus_message_unref(reply);
		return r;
	}
	*ret = reply;
	return 0;
}

static void on_reply(struct ph_call *base, const cJSON *result)
{
	struct ph_dbus_call *call = (struct ph_dbus_call *)base;
	sd_bus_message *reply = NULL;
	const char *at = "";

	/* Without a client the caller is gone; without a wish for an answer there is none. */
	if (!base->client || base->client->gone ||
		!sd_bus_message_get_expect_reply(call->message)) {
		ph_dbus_call_free(call);
		return;
	}
	int r = build_reply(call, result, &reply, &at);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	if (r >= 0) {
		ph_dbus_call_free(call);
		return;
	}
	ph_dbus_call_refuse(call, PH_E_FAILURE, "the answer of %s cannot be sent, at %s: error %d",
		call->member->method->name, at, -r);
}

static void on_fail(struct ph_call *base, const struct ph_failure *failure)
{
	struct ph_dbus_call *call = (struct ph_dbus_call *)base;

	if (base->client && !base->client->gone)
		send_failure(call, failure);
	ph_dbus_call_free(call);
}

static const struct ph_call_ops ops = {.reply = on_reply, .fail = on_fail};

/* Reads and checks the arguments. */
static int read_checked(const struct ph_dbus_member *member, sd_bus_message *message,
	const char *device, struct ph_dbus_call *call, sd_bus_error *error)
{
	struct ph_failure failure;
	int r = ph_dbus_read_params(member, message, device, &call->params, &call->size, error);

	if (r < 0)
		return r;
	r = ph_params_check(member->method, call->params, &failure);
	return r < 0 ? ph_dbus_set_failure(error, &failure) : 0;
}

int ph_dbus_handle_call(struct ph_dbus_door *door, const struct ph_dbus_member *member,
	sd_bus_message *message, const char *device, sd_bus_error *error)
{
	struct ph_dbus_peer *peer = NULL;
	int r = ph_dbus_peer_get(door, sd_bus_message_get_sender(message), &peer, error);

	if (r < 0)
		return r;
	if (peer->waiting_count + peer->asking_count + peer->client.call_count >= PH_CALLS_PENDING)
		return ph_dbus_set_error(error, PH_E_LIMIT_EXCEEDED,
			"%d calls of this peer are under way already", PH_CALLS_PENDING);
	struct ph_dbus_call *call = calloc(1, sizeof *call);
	if (!call)
		return -ENOMEM;
	r = read_checked(member, message, device, call, error);
	if (r >= 0 && !peer->known && door->waiting_bytes + call->size > PH_BUS_WAITING_BYTES)
		r = ph_dbus_set_error(error, PH_E_LIMIT_EXCEEDED,
			"too many calls wait for the credentials of their callers");
	if (r < 0) {
		ph_dbus_call_free(call);
		return r;
	}
	call->member = member;
	call->message = sd_bus_message_ref(message);
	call->call = (struct ph_call){.ops = &ops,
		.method = member->method,
		.client = &peer->client,
		.daemon = door->daemon,
		.params = call->params};
	ph_dbus_peer_start(peer, call);
	return 1;
}
