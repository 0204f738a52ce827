/*
 * The loop-free half of the host: one device, its driver, its options, the requests in hand and the notifications. The
 * other half (loop.c) or a test bench supplies the io table.
 */
#ifndef PH_DRIVERS_HOST_DEVICE_H
#define PH_DRIVERS_HOST_DEVICE_H

#include "base/buf.h"
#include "drivers/transport/transport.h"
#include "poshal/driver.h"
#include "poshal/errors.h"
#include "poshal/limits.h"
#include "protocols/gs1/measure.h"

#define PH_REQUEST_ID_SIZE    (PH_ID_MAX * 6 + 3) /* a request id as JSON text, all escaped */
#define PH_DRAWER_PENDING_MAX 4	   /* requests to a drawer in hand; one more is Busy */
#define PH_DIRECT_REPLY_MAX   4096 /* bytes a device.directIO returns; further ones are left out */
#define PH_DIRECT_WAIT_MS     300  /* for the first byte of the device's answer */
#define PH_DIRECT_QUIET_MS    40   /* silence that ends it */
#define PH_HELD_MAX	      4	   /* requests that wait for a released device; one more is Busy */
#define PH_OPTION_VALUE_MAX   256  /* bytes of an option value; longer is Illegal */

struct ph_device_io {
	/* One line with its LF to poshald. */
	void (*send)(struct ph_device *device, const char *line, size_t len);
	int (*link_write)(struct ph_device *device, const void *data, size_t len);
	size_t (*link_queued)(const struct ph_device *device);
	void (*link_drop)(struct ph_device *device);
	/* A released device is needed: bring the link up. Absent: nothing is ever released. */
	void (*link_want)(struct ph_device *device);
	/* Calls ph_device_run_held() once, soon, not from inside. */
	void (*run_held_soon)(struct ph_device *device);
	/* As the members of struct ph_transport_ops; absent: no link has them. */
	int (*link_port_status)(struct ph_device *device);
	int (*link_feature)(struct ph_device *device, const void *data, size_t len);
	/* What has come is given to the driver now. Absent: nothing can have. */
	void (*link_receive)(struct ph_device *device);
	const uint8_t *(*link_descriptor)(const struct ph_device *device, size_t *ret_len);
	const char *(*link_info)(const struct ph_device *device, const char *what);
	int (*link_lines)(struct ph_device *device); /* PH_LINE_ bits */
	int (*link_listen)(struct ph_device *device, bool on);
	void (*timer_set)(struct ph_device *device, unsigned ms);
	/* Calls ph_device_report() once after `ms`. */
	void (*report_in)(struct ph_device *device, unsigned ms);
	/* Calls ph_device_direct_done() once after `ms`; absent: device.directIO is answered at once. */
	void (*direct_in)(struct ph_device *device, unsigned ms);
	uint64_t (*now_ms)(const struct ph_device *device);
	void (*start)(struct ph_device *device); /* options are accepted: bring the link up */
	void (*stop)(struct ph_device *device);	 /* close in good order, then leave */
	/* A line of a recording, without its LF. Absent: nothing is recorded. */
	void (*record_line)(struct ph_device *device, uint64_t ms, const char *line);
};

/* A word poshald keeps for the driver. */
struct ph_memory {
	char key[PH_NAME_MAX + 1];
	char *value; /* NULL: free */
};

/* How the numbers a shop makes itself are read. */
struct ph_scan_rules {
	char country[3]; /* ISO 3166, or "" */
	bool pattern_set;
	struct ph_measure_rule pattern; /* goes before those of the country */
};

struct ph_pending {
	uint32_t token; /* 0: free */
	char id[PH_REQUEST_ID_SIZE];
};

struct ph_device {
	const struct ph_driver *driver;
	const struct ph_device_io *io;
	const struct ph_transport_ops *transport; /* NULL until configured */
	void *state;
	char **values; /* one per option of the driver; NULL: not configured */
	struct ph_url url;
	char *lock_dir;
	bool lock_dir_fixed; /* by the command line: poshald's is for its own user */
	char name[PH_NAME_MAX + 1];
	unsigned classes;
	bool link_up; /* between the driver's open() and close() */
	bool stopping;
	unsigned release_s; /* option idle_release_s */
	bool released; /* the link is down because nobody needs it; for the service the device is ready */
	char *held[PH_HELD_MAX]; /* requests that wait for the link of a released device */
	unsigned held_count;

	/* the last device.state */
	enum ph_device_state reported;
	unsigned reported_reasons;

	struct ph_buf out; /* the message being built */

	/* why the running request or open is refused */
	char refused_path[160], refused_text[256];
	struct ph_buf *explained; /* rows of the running printer.explain, or NULL */
	struct cJSON *needs;	  /* what the running printer.print wants drawn, or NULL */
	struct ph_memory *memory; /* PH_MEMORY_KEYS_MAX of them; NULL until something is kept */
	bool refused;

	struct ph_pending pending[PH_DRAWER_PENDING_MAX];
	uint32_t last_token;

	char direct_id[PH_REQUEST_ID_SIZE]; /* of the device.directIO in hand; empty: none */
	struct ph_buf direct_reply;	    /* what the device sent since */

	char scale_id[PH_REQUEST_ID_SIZE]; /* of the request to a scale in hand; empty: none */
	bool scale_live;
	bool msr_on; /* poshald wants cards */

	char payment[PH_NAME_MAX + 1];	  /* in hand; empty: none */
	bool payment_needs;		  /* the driver waits for payment.proceed */
	char card_id[PH_REQUEST_ID_SIZE]; /* of the card.transmit in hand; empty: none */

	struct ph_scan_rules scan_rules;
	bool scanner_off;
	uint64_t rate_start_ms;
	unsigned rate_count, rate_dropped;
};

/* Prepares an unconfigured device. Returns 0 or -ENOMEM. */
int ph_device_init(
	struct ph_device *device, const struct ph_driver *driver, const struct ph_device_io *io);
void ph_device_done(struct ph_device *device);

/* What is read from driver.open or the command line. */
struct ph_device_config {
	const char *name, *connection, *lock_dir; /* lock_dir may be NULL */
	unsigned classes;			  /* 0: all of the driver */
};

/*
 * Sets one option before ph_device_configure(). Returns 0, -ENOMEM, or -EINVAL with refused_path and refused_text set; so
 * does ph_device_configure(), which runs the driver's init().
 */
int ph_device_set_option(struct ph_device *device, const char *name, const char *value);
int ph_device_configure(struct ph_device *device, const struct ph_device_config *config);

/* Checks a value against an option's row. Returns 0, or -EINVAL after ph_option_refuse(). */
int ph_option_check(struct ph_device *device, const struct ph_option *option, const char *value);

/* Gives the driver what the device has sent, and wipes it where it is secret. */
void ph_device_receive(struct ph_device *device, uint8_t *data, size_t len);

/* The link came and went. */
void ph_device_link_up(struct ph_device *device);
void ph_device_link_down(struct ph_device *device, bool lost, size_t unsent);

/*
 * What poshald has kept, before ph_device_configure(). What the driver could not have asked for is left out. Returns 0
 * or -ENOMEM.
 */
int ph_device_recall(struct ph_device *device, const char *key, const char *value);

/* Says what is to be kept; a NULL value is to be forgotten. */
void ph_device_report_memory(struct ph_device *device, const char *key, const char *value);
void ph_device_memory_done(struct ph_device *device);

/* ---- host_options.c ---- */

/* Option `index` (from 0) of the host itself that this driver's devices have, or NULL behind the last. */
const struct ph_option *ph_host_option(const struct ph_driver *driver, size_t index);

/* Sets such an option. -ENOENT: it has none of that name; else as ph_device_set_option(). */
int ph_host_option_set(struct ph_device *device, const char *name, const char *value);

/* ---- release.c ---- */

/* Whether nothing is under way, so that the link may go. Ask after release_s without traffic. */
bool ph_device_may_release(const struct ph_device *device);
/* The link is about to be closed in good order, and is not missed. */
void ph_device_release(struct ph_device *device);
/* Keeps a request until the link of a released device is back, or cannot be had. -EBUSY, -ENOMEM. */
int ph_device_hold(struct ph_device *device, const char *line, size_t len);
/* The device is ready, or is not: what waited is run, with whatever comes of it. */
void ph_device_run_held(struct ph_device *device);
void ph_device_held_done(struct ph_device *device);

/* The answer to ph_link_ask_port_status(): the byte or a negative errno. */
void ph_device_port_status(struct ph_device *device, int status);

/* Reports device.state unless it is the same as before. */
void ph_device_set_state(struct ph_device *device, enum ph_device_state state, unsigned reasons,
	const char *message);

/* The time asked for by report_in() has come: counts that were held back are reported. */
void ph_device_report(struct ph_device *device);

/* Bytes from the device that a device.directIO in hand may be waiting for. */
void ph_device_direct_heard(struct ph_device *device, const void *data, size_t len);

/* The device has said what it has to say, or is gone: answers the device.directIO in hand, if there is one. */
void ph_device_direct_done(struct ph_device *device);

/* The link is gone: the request to a scale in hand is answered, live weight is off. */
void ph_device_scale_lost(struct ph_device *device);

/* Says who this is; `dial_name` is the device it is for where poshald cannot know, else NULL. */
void ph_device_hello(struct ph_device *device, const char *dial_name);

/* Handles one line of poshald; `line` is NUL-terminated. */
void ph_device_dispatch(struct ph_device *device, const char *line, size_t len);

/* Answers: `result` is a JSON object as text. path and message may be NULL. */
void ph_device_reply(struct ph_device *device, const char *id, const char *result);
void ph_device_reply_error(struct ph_device *device, const char *id, enum ph_error error,
	const char *path, const char *message);
void ph_device_reply_errno(struct ph_device *device, const char *id, int negative_errno);

/* Word of a reason bit position. */
const char *ph_reason_name(enum ph_reason reason);
/* Adds the member "reasons": a list of words, of PH_REASON_BIT() each. */
void ph_message_reasons(struct ph_buf *out, unsigned reasons);

/* The manifest of a driver as JSON text with a LF. Returns 0 or -ENOMEM. */
int ph_manifest_write(struct ph_buf *out, const struct ph_driver *driver, const char *exec);

#endif
