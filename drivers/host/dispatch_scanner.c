// Requests to scanners: parameters, words and the call into the driver.
#include "base/cleanup.h"
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"

#include <errno.h>
#include <string.h>

static int set_scanning(struct ph_device *device, bool on)
{
	const struct ph_scanner_ops *ops = device->driver->scanner;
	int r = ops->enable ? ops->enable(device, on) : 0;

	if (r >= 0)
		device->scanner_off = !on;
	return r;
}

static int call_enable(struct ph_device *device, struct ph_host_request *request)
{
	return set_scanning(device, true);
}

static int call_disable(struct ph_device *device, struct ph_host_request *request)
{
	return set_scanning(device, false);
}

static int call_beep(struct ph_device *device, struct ph_host_request *request)
{
	static const char *const kinds[] = {
		[PH_BEEP_GOOD] = "good",
		[PH_BEEP_ERROR] = "error",
		[PH_BEEP_NOT_ON_FILE] = "not_on_file",
	};
	const struct ph_scanner_ops *ops = device->driver->scanner;
	const char *word = ph_param_get_text(request, "kind");
	unsigned kind = PH_BEEP_GOOD;

	while (word && kind < PH_ARRAY_SIZE(kinds) && strcmp(kinds[kind], word) != 0)
		kind++;
	if (kind == PH_ARRAY_SIZE(kinds))
		return ph_request_refuse(device, "$.kind", "is one of good, error, not_on_file");
	return ops->beep ? ops->beep(device, (enum ph_beep)kind) : -EOPNOTSUPP;
}

static int call_trigger(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_scanner_ops *ops = device->driver->scanner;
	const cJSON *on = ph_param_get(request->params, "on");

	return ops->trigger ? ops->trigger(device, !on || cJSON_IsTrue(on)) : -EOPNOTSUPP;
}

static int call_symbology(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_scanner_ops *ops = device->driver->scanner;
	const char *name = ph_param_get_text(request, "symbology");

	if (!ops->symbology)
		return -EOPNOTSUPP;
	int r = ops->symbology(device, name, cJSON_IsTrue(ph_param_get(request->params, "on")));
	if (r == -EINVAL && !device->refused)
		return ph_request_refuse(
			device, "$.symbology", "is not one this scanner can be told");
	return r;
}

static const struct ph_param beep_params[] = {{"kind", PH_PARAM_TEXT, false, 0, 16}, {0}};
static const struct ph_param trigger_params[] = {{"on", PH_PARAM_BOOLEAN, false, 0, 0}, {0}};
static const struct ph_param symbology_params[] = {
	{"symbology", PH_PARAM_TEXT, true, 0, 64}, {"on", PH_PARAM_BOOLEAN, true, 0, 0}, {0}};

const struct ph_host_method ph_scanner_methods[] = {
	{"scanner.enable", PH_CLASS_SCANNER, false, ph_no_params, call_enable, NULL},
	{"scanner.disable", PH_CLASS_SCANNER, false, ph_no_params, call_disable, NULL},
	{"scanner.beep", PH_CLASS_SCANNER, false, beep_params, call_beep, NULL},
	{"scanner.trigger", PH_CLASS_SCANNER, false, trigger_params, call_trigger, NULL},
	{"scanner.symbology", PH_CLASS_SCANNER, false, symbology_params, call_symbology, NULL},
	{0},
};
