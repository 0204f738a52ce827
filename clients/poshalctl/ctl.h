/* What the files of poshalctl share: the command table's row, the invocation, calls, and printing. */
#ifndef PH_POSHALCTL_CTL_H
#define PH_POSHALCTL_CTL_H

#include "poshal/client.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes, as in poshalctl(1). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,	     /* the service answered with an error, or the work ended badly */
	CTL_USAGE = 2,	     /* the command line or an input file is wrong; nothing was asked */
	CTL_UNREACHABLE = 3, /* no service, or the connection was lost */
	CTL_DENIED = 4,	     /* a grant is missing, or permission on the socket */
	CTL_UNCERTAIN = 5,   /* it is not known whether it happened: look at the device */
	CTL_TIMEOUT = 6,
};

#define CTL_FILE_MAX	(1024 * 1024) /* bytes of a document file; a larger one is refused */
#define CTL_OPTIONS_MAX 12	      /* per command */
#define CTL_CALL_MS	30000	      /* longest wait for an answer that should come at once */

struct ctl;

struct ctl_option {
	const char *name;  /* without "--" */
	const char *value; /* name of its value in the help, NULL for a flag */
	const char *help;
};

struct ctl_command {
	const char *name; /* "list", or two words: "drawer open" */
	const char *args; /* as in the help: "DEVICE FILE|-" */
	int min_args;
	int max_args; /* -1: any number */
	const char *help;
	const struct ctl_option
		*options;	     /* up to CTL_OPTIONS_MAX, ends with a NULL name; or NULL */
	bool takes_command;	     /* words behind "--" are a command to run */
	int (*run)(struct ctl *ctl); /* returns an enum ctl_exit, or the exit code of a command */
};

/* All commands, in the order of the help; ends with a NULL name. */
extern const struct ctl_command ctl_commands[];
extern const struct ctl_option ctl_global_options[];

/* One invocation. */
struct ctl {
	const struct ctl_command *command;
	const char *values[CTL_OPTIONS_MAX]; /* of the command's options; "" for a flag */
	char **args;			     /* positional */
	int arg_count;
	char **rest; /* behind "--", NULL when there is none */
	bool json, help, version;
	const char *group;  /* with help: the first of two words, or NULL */
	const char *socket; /* path from --socket or --root, or NULL */
	char *socket_owned;
	struct poshal *client; /* connected at the first call */
	bool retain;	       /* answer lease.requested with device.retain */
	const char *lost;      /* id of a device whose lease was lost, or NULL */
	char lost_device[96];
};

/* ---- options.c ---- */

/* Reads the command line into ctl. Returns CTL_OK, or CTL_USAGE after saying why. */
int ctl_parse(struct ctl *ctl, int argc, char **argv);
/* Value of an option of the command, or NULL when it was not given. */
const char *ctl_value(const struct ctl *ctl, const char *name);
/* A whole number in min..max; `fallback` when not given. Returns CTL_OK or CTL_USAGE after saying why. */
int ctl_number(const struct ctl *ctl, const char *name, const int64_t range[2], int64_t fallback,
	int64_t *ret_number);
int ctl_run_help(struct ctl *ctl);

/* ---- session.c ---- */

/* A call of which a person is told nothing more when it succeeded; with --json its result is printed. */
int ctl_call_quietly(struct ctl *ctl, const char *method, cJSON *params);

/* Connects. Returns CTL_OK, or an exit code after saying why. */
int ctl_connect(struct ctl *ctl);
/*
 * Calls and waits, timeout_ms as in poshal_wait(). `params` is freed, NULL is {}. Returns CTL_OK with *ret_result
 * owned by the caller (NULL: not wanted), or an exit code after saying why.
 */
int ctl_call_within(
	struct ctl *ctl, const char *method, cJSON *params, int timeout_ms, cJSON **ret_result);
int ctl_call(struct ctl *ctl, const char *method, cJSON *params, cJSON **ret_result);
/* The key of --key, or a new one in fresh[]. NULL without random numbers. */
const char *ctl_key(const struct ctl *ctl, char fresh[POSHAL_KEY_SIZE]);
/* ctl_call_within() with the member "key". Where the answer is missing it says how to repeat the call. */
int ctl_call_keyed(struct ctl *ctl, const char *method, const char *key, cJSON *params,
	int timeout_ms, cJSON **ret_result);
/* {"device": DEVICE}, to be added to and handed to ctl_call(). */
cJSON *ctl_device_params(const char *device);
/* Waits for events until `until()` is true, the deadline passes (CTL_TIMEOUT) or the connection is lost. */
int ctl_wait_events(struct ctl *ctl, bool (*until)(void *userdata), void *userdata, int timeout_ms);
/* Answers lease.requested when ctl->retain, and notes lease.lost. */
void ctl_lease_event(struct ctl *ctl, const struct poshal_event *event);
/* "poshalctl: ..." on stderr. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An error of the service on stderr, as text or with --json as JSON. Returns the exit code for it. */
int ctl_report(const struct ctl *ctl, const struct poshal_error *error);

/* ---- reach.c ---- */

/* Why the socket cannot be reached, as a finding of system.diagnose; `error` is from poshal_open(). */
cJSON *ctl_unreachable_finding(const char *path, int error);

/* ---- print.c ---- */

/* Columns a text takes on a terminal, after what ctl_puts() does to it. */
size_t ctl_width(const char *text);
/* Writes a text with control characters made visible, so that a label cannot steer the terminal. */
void ctl_puts(const char *text);
void ctl_fputs(const char *text, FILE *file);
/* A line of both; nothing without a text. */
void ctl_put_line(const char *before, const char *text);
/* The value as one line: texts as they are, yes and no, lists joined with commas. Owned by the caller. */
char *ctl_text(const cJSON *value);
/* Text member, "" when absent. Valid as long as the object. */
const char *ctl_str(const cJSON *object, const char *name);
/* Whole number, 0 when absent. */
int64_t ctl_int(const cJSON *object, const char *name);
/* "name  value" lines, nested objects indented. */
void ctl_print_fields(const cJSON *object, int indent);
/* Prints JSON on one line. */
void ctl_print_json(const cJSON *value);

struct ctl_column {
	const char *title;
	const char *member;		      /* of each object */
	char *(*format)(const cJSON *object); /* instead of member; owned by the caller */
};
/* Aligned columns, or `empty` when the list is empty. `columns` ends with a NULL title. */
void ctl_print_table(const cJSON *list, const struct ctl_column *columns, const char *empty);

/* RFC 3339 UTC to local "2026-11-21 20:45:08"; what is not understood stays as it is. Owned by the caller. */
char *ctl_local_time(const char *time);

/* ---- cmd_print.c ---- */

/*
 * The document in a file, as --text and --document say or the first character shows. Returns CTL_OK, or an exit code after
 * saying why.
 */
int ctl_read_document(struct ctl *ctl, const char *path, cJSON **ret_document);

/* ---- one function per command ---- */

int ctl_run_audit(struct ctl *ctl);
int ctl_run_audit_verify(struct ctl *ctl);
int ctl_run_call(struct ctl *ctl);
int ctl_run_claim(struct ctl *ctl);
int ctl_run_device(struct ctl *ctl);
int ctl_run_display_clear(struct ctl *ctl);
int ctl_run_display_content(struct ctl *ctl);
int ctl_run_display_idle(struct ctl *ctl);
int ctl_run_display_marquee(struct ctl *ctl);
int ctl_run_display_show(struct ctl *ctl);
int ctl_run_doctor(struct ctl *ctl);
int ctl_run_drawer_acknowledge(struct ctl *ctl);
int ctl_run_drawer_open(struct ctl *ctl);
int ctl_run_drawer_status(struct ctl *ctl);
int ctl_run_drawer_tune(struct ctl *ctl);
int ctl_run_drawer_wait(struct ctl *ctl);
int ctl_run_driver_test(struct ctl *ctl);
int ctl_run_drivers(struct ctl *ctl);
int ctl_run_health(struct ctl *ctl);
int ctl_run_info(struct ctl *ctl);
int ctl_run_job(struct ctl *ctl);
int ctl_run_job_copy(struct ctl *ctl);
int ctl_run_job_wait(struct ctl *ctl);
int ctl_run_jobs(struct ctl *ctl);
int ctl_run_list(struct ctl *ctl);
int ctl_run_pay_authorize(struct ctl *ctl);
int ctl_run_pay_cancel(struct ctl *ctl);
int ctl_run_pay_choose(struct ctl *ctl);
int ctl_run_pay_complete(struct ctl *ctl);
int ctl_run_pay_end_of_day(struct ctl *ctl);
int ctl_run_pay_explain(struct ctl *ctl);
int ctl_run_pay_get(struct ctl *ctl);
int ctl_run_pay_list(struct ctl *ctl);
int ctl_run_pay_refund(struct ctl *ctl);
int ctl_run_pay_resolve(struct ctl *ctl);
int ctl_run_pay_retry(struct ctl *ctl);
int ctl_run_pay_void(struct ctl *ctl);
int ctl_run_pay_voice(struct ctl *ctl);
int ctl_run_preview(struct ctl *ctl);
int ctl_run_print(struct ctl *ctl);
int ctl_run_queue(struct ctl *ctl);
int ctl_run_queue_act(struct ctl *ctl);
int ctl_run_queue_list(struct ctl *ctl);
int ctl_run_queue_offline(struct ctl *ctl);
int ctl_run_queue_totals(struct ctl *ctl);
int ctl_run_queue_verify(struct ctl *ctl);
int ctl_run_queue_export(struct ctl *ctl);
int ctl_run_queue_import(struct ctl *ctl);
int ctl_run_queue_keygen(struct ctl *ctl);
int ctl_run_queue_keys(struct ctl *ctl);
int ctl_run_queue_rewrap(struct ctl *ctl);
int ctl_run_queue_take_back(struct ctl *ctl);
int ctl_run_queue_hand_over(struct ctl *ctl);
int ctl_run_reload(struct ctl *ctl);
int ctl_run_roles(struct ctl *ctl);
int ctl_run_discover(struct ctl *ctl);
int ctl_run_adopt(struct ctl *ctl);
int ctl_run_role_bind(struct ctl *ctl);
int ctl_run_role_unbind(struct ctl *ctl);
int ctl_run_scale_read(struct ctl *ctl);
int ctl_run_scale_tare(struct ctl *ctl);
int ctl_run_scale_watch(struct ctl *ctl);
int ctl_run_scale_zero(struct ctl *ctl);
int ctl_run_swipe(struct ctl *ctl);
int ctl_run_scan(struct ctl *ctl);
int ctl_run_show(struct ctl *ctl);
int ctl_run_statistics(struct ctl *ctl);
int ctl_run_validate(struct ctl *ctl);
int ctl_run_watch(struct ctl *ctl);

#endif
