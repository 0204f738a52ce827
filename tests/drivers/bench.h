/* A driver on a bench: scripted bytes below, notifications above, time by hand. Nothing here waits. */
#ifndef PH_TESTS_DRIVERS_BENCH_H
#define PH_TESTS_DRIVERS_BENCH_H

#include "drivers/host/device.h"

struct bench {
	struct ph_device device;
	struct ph_buf lines;   /* what went up, one short form per line */
	struct ph_buf written; /* what went down */
	uint64_t now_ms, timer_at, report_at;
	size_t blocked; /* bytes the link does not take for now */
	bool block;	/* count written bytes as queued until bench_drain() */
	/* what a USB link says of the device: options "info:1284_mfg=X", "info:1284_mdl=X", "info:usb_id=X" */
	char mfg[32], mdl[32], usb_id[32];
	const uint8_t *descriptor; /* of a HID link; NULL: none */
	size_t descriptor_len;
	unsigned ports_asked; /* times the port status was asked for; only a USB link has one */
	unsigned wanted;      /* times a released link was wanted */
	bool held_due;	      /* what waited for it is to be run: ph_device_run_held() */
	bool dropped, started, stopped;
	int modem;  /* PH_LINE_ bits of a serial link, or a negative errno */
	bool muted; /* ph_link_listen(false) of a USB link */
	int next_id;
};

/* `options` are KEY=VALUE, or memory:KEY=VALUE for what poshald has kept; ends with NULL. Configures and brings the link up. */
void bench_init(struct bench *bench, const struct ph_driver *driver, const char *connection,
	unsigned classes, const char *const *options);
/* The same without the link: that of a HID device needs its descriptor first. ph_device_link_up() follows. */
void bench_prepare(struct bench *bench, const struct ph_driver *driver, const char *connection,
	unsigned classes, const char *const *options);
void bench_done(struct bench *bench);

/* Sends a request; `params` is JSON. */
void bench_request(struct bench *bench, const char *method, const char *params);

/* Bytes of the device, all at once or one by one. */
void bench_feed(struct bench *bench, const void *data, size_t len, bool single);

/* Moves time, running timers as they come due. */
void bench_advance(struct bench *bench, unsigned ms);

/* The same while nobody runs us: a timer that comes due is late, and runs when time moves on. */
void bench_sleep(struct bench *bench, unsigned ms);

/* What was queued has left. */
void bench_drain(struct bench *bench);

/*
 * What went up since the last call, freed by the next: a notification as "method {params}", an answer as "ID {result}",
 * an error as "ID ! Name message".
 */
const char *bench_lines(struct bench *bench);

/*
 * The same for scanners: "text symbology upos|" of each label, with * behind it where `inferred` is to be seen and the
 * symbology was; other lines whole. Overwritten by the next call.
 */
const char *bench_labels(struct bench *bench, bool inferred);

/* What went down since the last call as hex with printable ASCII left alone: "<1b>@". Freed by the next call. */
const char *bench_written(struct bench *bench);

/* Bytes in that form; freed by the next call. */
const char *bench_show(const void *data, size_t len);

#endif
