/* The loop half of the host: carrier, link supervision and timers of one device on an sd-event loop. */
#ifndef PH_DRIVERS_HOST_LOOP_H
#define PH_DRIVERS_HOST_LOOP_H

#include "base/stream.h"
#include "drivers/host/device.h"
#include "drivers/host/record.h"

#include <systemd/sd-device.h>
#include <systemd/sd-event.h>

#define PH_CARRIER_QUEUE_BYTES                                                                     \
	(2 * PH_DRIVER_SAYS_MAX) /* unread by poshald; more ends the process */
#define PH_CARRIER_QUEUE_LINES 16384

struct ph_loop {
	struct ph_device device;
	sd_event *event;
	struct ph_stream carrier;
	struct ph_transport link;
	struct ph_record record;
	sd_event_source *io; /* the link's descriptor */
	sd_event_source *driver_timer, *report_timer, *direct_timer;
	sd_event_source *retry_timer;	/* back-off, time limit of a connect, end of finishing */
	sd_event_source *calm_timer;	/* end of a pause for a flooding device */
	sd_event_source *release_timer; /* until the device may be given away */
	sd_event_source *held_timer;	/* requests that waited for it are run */
	sd_event_source *pending_timer; /* while a peer has not acknowledged what was written */
	sd_event_source *watch;		/* the folder the device will appear in */
	sd_event_source *deferred;	/* a link that failed while the driver was writing */
	sd_device_monitor *arrivals; /* udev events that may be the device; NULL while it is open */
	char *watch_name;	     /* the entry waited for */
	uint8_t *queue;
	size_t queue_start, queue_len, queue_size;
	unsigned backoff_ms, pending_ms;
	unsigned
		unheard_ms; /* the driver's timer was held up for, because there was something to read */
	uint64_t up_since_us, window_start_us, active_us;
	size_t window_bytes;
	int deferred_error;
	bool releasing; /* being given away: closed in good order */
	bool wanted;	/* and wanted again meanwhile */
	bool flooding, write_wanted, finishing;
};

/*
 * Prepares loop and carrier. `fd_out` as in ph_stream_init(); `dial_name` is the device's name on a carrier that was
 * dialled, else NULL. Returns 0 or a negative errno. The device is then configured by the caller or by poshald;
 * ph_loop_run() returns at the end of the carrier or after driver.close.
 */
int ph_loop_init(struct ph_loop *loop, const struct ph_driver *driver, int fd, int fd_out,
	const char *dial_name);
int ph_loop_run(struct ph_loop *loop);
void ph_loop_done(struct ph_loop *loop);

/* Starts opening the link of a configured device. */
void ph_loop_start(struct ph_loop *loop);

/* Of the io table: a line of the recording. */
void ph_loop_record_line(struct ph_device *device, uint64_t ms, const char *line);

/* ---- link.c ---- */
extern const struct ph_device_io ph_link_io;
void ph_loop_link_done(struct ph_loop *loop);

/* Gives the driver what the device has sent already; an end of the link is left for the next event. */
void ph_loop_link_receive(struct ph_device *device);

#endif
