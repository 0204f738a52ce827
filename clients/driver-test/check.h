/*
 * The conformance test of drivers: what docs/driver-protocol.md asks of each, one process per check. For poshalctl and
 * poshal-driver-test.
 */
#ifndef PH_DRIVER_TEST_CHECK_H
#define PH_DRIVER_TEST_CHECK_H

#include <cjson/cJSON.h>

struct driver_check {
	const cJSON *manifest; /* with a name */
	const char *path;      /* of the executable */
	const char *connect;   /* URL of a device instead of an emulated cable, or NULL */
	const char *options;   /* it cannot be opened without: "KEY=VALUE KEY=VALUE", or NULL */
};

/* The object in a manifest's file, owned by the caller; NULL when there is none. */
cJSON *driver_manifest_read(const char *path);

/*
 * Runs all checks, which takes seconds, with a bad driver minutes; each() gets {check, verdict, why} after each of them.
 * Returns how many failed, or -EINVAL for options that are not in that form.
 */
int driver_check(const struct driver_check *check, void (*each)(void *userdata, const cJSON *row),
	void *userdata);

#endif
