/* Inside of the control socket: how a call reaches a method and how it is answered. */
#ifndef PH_EMULATORS_BENCH_CONTROL_H
#define PH_EMULATORS_BENCH_CONTROL_H

#include "base/stream.h"
#include "emulators/bench/bench.h"
#include "poshal/errors.h"

struct ph_bench_client {
	struct ph_bench_client *next;
	struct ph_bench *bench;
	struct ph_stream stream;
};

/* One call. Exactly one of ph_call_ok(), ph_call_error() or ph_call_wait() ends it. */
struct ph_call {
	struct ph_bench *bench;
	struct ph_bench_client *client;
	cJSON *id;	     /* owned; NULL for a notification */
	const cJSON *params; /* an object, checked against the method's list */
};

/* Answers; result becomes owned and may be NULL for {}. */
void ph_call_ok(struct ph_call *call, cJSON *result);
void ph_call_error(struct ph_call *call, enum ph_error error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A condition a call waits for: fills *ret_result and returns true when it holds. */
typedef bool (*ph_condition_fn)(struct ph_bench_device *d, const cJSON *params, cJSON **ret_result);

/* Answers now if the condition holds, else when it does, or with Timeout after timeout_ms of the
 * parameters (default 60000). */
void ph_call_wait(struct ph_call *call, struct ph_bench_device *d, ph_condition_fn condition);

/* The device the call means: `device`, or the only one of the class that is not spare. NULL after an
 * error was answered. */
struct ph_bench_device *ph_call_device(struct ph_call *call, enum ph_bench_class class);
/* Any device by `device`. */
struct ph_bench_device *ph_call_any_device(struct ph_call *call);

/* Parameters, which have the right type already; the fallback when absent. */
const char *ph_param_text(const cJSON *params, const char *name, const char *fallback);
bool ph_param_bool(const cJSON *params, const char *name, bool fallback);
double ph_param_number(const cJSON *params, const char *name, double fallback);
bool ph_param_has(const cJSON *params, const char *name);

struct ph_method {
	const char *name;
	/* "device:s png:b after_bytes:n ..."; an "!" behind the letter makes it required */
	const char *params;
	void (*run)(struct ph_call *call);
};

/* NULL-terminated tables of the method files */
extern const struct ph_method ph_bench_printer_methods[];
extern const struct ph_method ph_bench_device_methods[];
extern const struct ph_method ph_bench_scanner_methods[];
extern const struct ph_method ph_bench_scale_methods[];
extern const struct ph_method ph_bench_host_methods[];
extern const struct ph_method ph_bench_card_methods[];
extern const struct ph_method ph_bench_terminal_methods[];

#endif
