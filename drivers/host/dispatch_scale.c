// Requests to scales: one is in hand at a time, and the driver ends it.
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TARE_TEXT_MAX 16

/* The driver may answer from inside the call: the id is there before. */
static int take_on(struct ph_device *device, const struct ph_host_request *request)
{
	if (!device->link_up)
		return -ENOTCONN;
	if (device->scale_id[0])
		return -EBUSY;
	snprintf(device->scale_id, sizeof device->scale_id, "%s", request->id);
	return 0;
}

static int passed_on(struct ph_device *device, int r)
{
	if (r < 0)
		device->scale_id[0] = '\0';
	return r;
}

static int call_read(struct ph_device *device, struct ph_host_request *request)
{
	bool live = cJSON_IsTrue(ph_param_get(request->params, "live"));
	long timeout_ms = ph_param_get_int(request->params, "timeout_ms", PH_SCALE_TIMEOUT_MS);
	int r = take_on(device, request);

	if (r < 0)
		return r;
	return passed_on(device, device->driver->scale->read(device, live, (unsigned)timeout_ms));
}

static int call_zero(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_scale_ops *ops = device->driver->scale;
	int r = ops->zero ? take_on(device, request) : -EOPNOTSUPP;

	return r < 0 ? r : passed_on(device, ops->zero(device));
}

/* "0.125": digits with at most one point among them. */
static bool is_weight(const char *text)
{
	const char *point = strchr(text, '.');

	return strspn(text, "0123456789.") == strlen(text) && text[0] && text[0] != '.' &&
	       (!point || (point[1] && !strchr(point + 1, '.')));
}

static int call_tare(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_scale_ops *ops = device->driver->scale;
	const char *tare = ph_param_get_text(request, "tare");

	if (tare && !is_weight(tare))
		return ph_request_refuse(device, "$.tare", "is not a weight such as 0.125");
	int r = ops->tare ? take_on(device, request) : -EOPNOTSUPP;
	return r < 0 ? r : passed_on(device, ops->tare(device, tare));
}

static int call_live(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_scale_ops *ops = device->driver->scale;
	bool on = cJSON_IsTrue(ph_param_get(request->params, "on"));

	if (!ops->live)
		return -EOPNOTSUPP;
	if (!device->link_up)
		return -ENOTCONN;
	bool before = device->scale_live;
	device->scale_live = on;
	int r = ops->live(device, on);
	if (r < 0)
		device->scale_live = before;
	return r;
}

static const struct ph_param read_params[] = {{"live", PH_PARAM_BOOLEAN, false, 0, 0},
	{"timeout_ms", PH_PARAM_INTEGER, false, 0, PH_SCALE_TIMEOUT_MS_MAX}, {0}};
static const struct ph_param tare_params[] = {
	{"tare", PH_PARAM_TEXT, false, 0, TARE_TEXT_MAX}, {0}};
static const struct ph_param live_params[] = {{"on", PH_PARAM_BOOLEAN, true, 0, 0}, {0}};

const struct ph_host_method ph_scale_methods[] = {
	{"scale.read", PH_CLASS_SCALE, false, read_params, call_read, NULL},
	{"scale.zero", PH_CLASS_SCALE, false, ph_no_params, call_zero, NULL},
	{"scale.tare", PH_CLASS_SCALE, false, tare_params, call_tare, NULL},
	{"scale.live", PH_CLASS_SCALE, false, live_params, call_live, NULL},
	{0},
};
