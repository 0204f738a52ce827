// Requests to cash drawers, which end later: who waits for which answer, and the words it is made of.
#include "base/cleanup.h"
#include "base/names.h"
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"
#include "drivers/host/message.h"

#include <errno.h>
#include <stdio.h>

static const char *const state_words[] = {
	[PH_DRAWER_STATE_UNKNOWN] = "null",
	[PH_DRAWER_STATE_CLOSED] = "false",
	[PH_DRAWER_STATE_OPEN] = "true",
};

/* A place for a request that is answered later, or NULL. */
static struct ph_pending *keep(struct ph_device *device, const struct ph_host_request *request)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(device->pending) && device->pending[i].token)
		i++;
	if (i == PH_ARRAY_SIZE(device->pending))
		return NULL;
	struct ph_pending *pending = &device->pending[i];
	pending->token = ++device->last_token ? device->last_token : ++device->last_token;
	snprintf(pending->id, sizeof pending->id, "%s", request->id);
	return pending;
}

/* Answers the request and frees its place; false when it is gone. */
static bool end(struct ph_device *device, uint32_t token, const char *result, int error)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(device->pending); i++) {
		struct ph_pending *pending = &device->pending[i];
		if (!token || pending->token != token)
			continue;
		pending->token = 0;
		if (result)
			ph_device_reply(device, pending->id, result);
		else
			ph_device_reply_errno(device, pending->id, error);
		return true;
	}
	return false;
}

static int call_open(struct ph_device *device, struct ph_host_request *request)
{
	struct ph_drawer_request open = {
		.drawer = (unsigned)ph_param_get_int(request->params, "n", 1),
		.on_ms = (unsigned)ph_param_get_int(request->params, "on_ms", 0),
		.off_ms = (unsigned)ph_param_get_int(request->params, "off_ms", 0),
	};

	/* a pulse is for now: it must not wait for a link that comes back later */
	if (!device->link_up)
		return -ENOTCONN;
	struct ph_pending *pending = keep(device, request);
	if (!pending)
		return -EBUSY;
	open.token = pending->token;
	int r = device->driver->drawer->open(device, &open);
	if (r < 0)
		pending->token = 0;
	return r;
}

void ph_drawer_reply(
	struct ph_device *device, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	char result[64];

	snprintf(result, sizeof result, "{\"outcome\":\"%s\",\"already\":%s}",
		ph_drawer_outcome_name(outcome), already ? "true" : "false");
	end(device, token, result, 0);
}

void ph_drawer_refuse(struct ph_device *device, uint32_t token, int error)
{
	end(device, token, NULL, error);
}

static int call_sense(struct ph_device *device, struct ph_host_request *request)
{
	struct ph_drawer_sense sense = {
		.watch = cJSON_IsTrue(ph_param_get(request->params, "watch"))};

	if (!device->driver->drawer->sense)
		return -EOPNOTSUPP;
	if (!device->link_up)
		return -ENOTCONN;
	struct ph_pending *pending = keep(device, request);
	if (!pending)
		return -EBUSY;
	sense.token = pending->token;
	int r = device->driver->drawer->sense(device, &sense);
	if (r < 0)
		pending->token = 0;
	return r;
}

void ph_drawer_sensed(
	struct ph_device *device, uint32_t token, enum ph_drawer_state state, enum ph_level level)
{
	static const char *const levels[] = {
		[PH_LEVEL_UNKNOWN] = "null",
		[PH_LEVEL_LOW] = "\"low\"",
		[PH_LEVEL_HIGH] = "\"high\"",
	};
	char result[64];

	snprintf(result, sizeof result, "{\"open\":%s,\"level\":%s}", state_words[state],
		levels[level]);
	end(device, token, result, 0);
}

static int call_learn(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_drawer_ops *ops = device->driver->drawer;
	const cJSON *sensor = ph_param_get(request->params, "sensor");

	if (!ops->learn)
		return -EOPNOTSUPP;
	if (!cJSON_IsString(sensor) && !cJSON_IsNull(sensor))
		return ph_request_refuse(device, "$.sensor", "must be a text or null");
	return ops->learn(device, sensor->valuestring);
}

void ph_emit_drawer_status(struct ph_device *device, enum ph_drawer_state state, bool by_hand)
{
	if (device->released || !(device->classes & PH_CLASS_BIT(PH_CLASS_DRAWER)))
		return;
	struct ph_buf *out = ph_message_begin(device, "device.status");
	ph_message_member(out, "class", "drawer");
	ph_message_key(out, "status");
	ph_buf_add_str(out, "{\"open\":");
	ph_buf_add_str(out, state_words[state]);
	ph_buf_add_str(out, by_hand ? ",\"cause\":\"manual\"}," : "},");
	ph_message_list(out, "reasons", NULL);
	ph_message_finish(device);
}

void ph_message_drawer_caps(struct ph_buf *out, const struct ph_drawer_capabilities *caps)
{
	static const char *const polarities[] = {
		[PH_POLARITY_UNKNOWN] = NULL,
		[PH_POLARITY_CONFIGURED] = "configured",
		[PH_POLARITY_LEARNT] = "learnt",
		[PH_POLARITY_DEVICE] = "device",
	};

	ph_buf_add_str(out, "\"drawer\":{");
	ph_message_bool(out, "sensor", caps->sensor);
	ph_buf_add_str(out, caps->pins > 1 ? "\"pins\":[1,2],"
			    : caps->pins   ? "\"pins\":[1],"
					   : "\"pins\":[],");
	ph_message_member(out, "polarity", polarities[caps->polarity]);
	if (caps->polled)
		ph_message_bool(out, "polled", true);
	ph_message_end_object(out);
}

static const struct ph_param open_params[] = {{"n", PH_PARAM_INTEGER, false, 1, 2},
	{"on_ms", PH_PARAM_INTEGER, false, 2, 510}, {"off_ms", PH_PARAM_INTEGER, false, 2, 510},
	{0}};
static const struct ph_param sense_params[] = {{"watch", PH_PARAM_BOOLEAN, false, 0, 0}, {0}};
static const struct ph_param learn_params[] = {{"sensor", PH_PARAM_ANY, true, 0, 0}, {0}};

const struct ph_host_method ph_drawer_methods[] = {
	{"drawer.open", PH_CLASS_DRAWER, false, open_params, call_open, NULL},
	{"drawer.sense", PH_CLASS_DRAWER, false, sense_params, call_sense, NULL},
	{"drawer.learn", PH_CLASS_DRAWER, false, learn_params, call_learn, NULL},
	{0},
};
