/*
 * What the tables of requests are made of. Each class may have a file and a table of its own; dispatch.c checks the
 * parameters by the table, calls, and answers. For the dispatch files of the host only.
 */
#ifndef PH_DRIVERS_HOST_DISPATCH_H
#define PH_DRIVERS_HOST_DISPATCH_H

#include "base/buf.h"
#include "poshal/driver.h"

#include <cjson/cJSON.h>

enum ph_param_kind {
	PH_PARAM_TEXT,
	PH_PARAM_INTEGER,
	PH_PARAM_BOOLEAN,
	PH_PARAM_OBJECT,
	PH_PARAM_ARRAY,
	PH_PARAM_ANY
};

/* One parameter; a method's list ends with a NULL name. For PH_PARAM_TEXT, max is its bytes. */
struct ph_param {
	const char *name;
	enum ph_param_kind kind;
	bool required;
	long min, max;
};

struct ph_host_request {
	const char *line; /* as it came */
	size_t line_len;
	const char *id;
	const cJSON *params;
	struct ph_buf result; /* "{}" when empty */
};

struct ph_host_method {
	const char *name;
	int class_; /* needed of the device, or -1 */
	bool early; /* allowed before driver.open */
	const struct ph_param *params;
	/*
	 * 0 to answer with result, PH_NEEDS for the same without `after`, PH_LATER, or a negative errno (with or
	 * without ph_request_refuse)
	 */
	int (*call)(struct ph_device *device, struct ph_host_request *request);
	/* called after the answer has been sent, on success */
	void (*after)(struct ph_device *device);
};

extern const struct ph_param ph_no_params[];

/* Tables, ending with an empty row. */
extern const struct ph_host_method ph_display_methods[];
extern const struct ph_host_method ph_drawer_methods[];
extern const struct ph_host_method ph_scanner_methods[];
extern const struct ph_host_method ph_msr_methods[];
extern const struct ph_host_method ph_payment_methods[];
extern const struct ph_host_method ph_scale_methods[];

/*
 * Checks an object against a list: types, ranges, required members, and that nothing is there twice or unknown. `prefix` is
 * its JSON path. Returns 0, or -EINVAL after ph_request_refuse(). The params of a request are checked already.
 */
int ph_params_check(struct ph_device *device, const char *prefix, const cJSON *object,
	const struct ph_param *params);

/* Members of a checked object. */
const cJSON *ph_param_get(const cJSON *object, const char *name); /* NULL: absent */
const char *ph_param_get_text(
	const struct ph_host_request *request, const char *name); /* NULL: absent */
long ph_param_get_int(const cJSON *object, const char *name, long missing);

#endif
