/*
 * Recordings of what a device and its driver say to each other, for tests/replay: text, one line for each piece.
 *
 *   # poshal recording 1
 *   driver scanner-ssi
 *   connection serial:/dev/ttyACM0
 *   option aim=auto
 *   0 up                       milliseconds since the start, and what happened
 *   0 descriptor 05 8c 09      the report descriptor of a HID device
 *   0 info usb_id=05e0:1900    what a USB device says of itself
 *   12 < 02 41 42              from the device; on packet links one report or more whole ones
 *   13 > 06                    to the device
 *   13 feature fe 01           a feature report set
 *   900 ? {"method":"scanner.beep","params":{}}   a request, as it was typed
 *   5000 down
 *
 * A driver with `record` writes its own lines instead of those for bytes and requests.
 */
#ifndef PH_DRIVERS_HOST_RECORD_H
#define PH_DRIVERS_HOST_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ph_device;

struct ph_record {
	FILE *file; /* NULL: nothing is recorded, and all but start does nothing */
	uint64_t start_us;
	struct ph_device *masking; /* whose driver says what is written; NULL: all is */
};

/*
 * Begins a recording of a configured device. `connection` is the URL, `options` are KEY=VALUE texts. Returns 0; -EACCES for classes that handle
 * cards, of which nothing is recorded unless the driver masks it; else -errno of the file, which must not exist yet and is for its owner
 * alone, or what the driver's begin() failed with.
 */
int ph_record_start(struct ph_record *record, const char *path, struct ph_device *device,
	const char *connection, const char *const *options, int option_count);

/* The link is up; before the driver's open(), which may write. */
void ph_record_up(struct ph_record *record, const struct ph_device *device);

void ph_record_word(struct ph_record *record, const char *word); /* "down" */

/* `kind` is "<", ">" or "feature". */
void ph_record_bytes(struct ph_record *record, const char *kind, const void *data, size_t len);

void ph_record_request(struct ph_record *record, const char *line, size_t len);

/* A line of a driver that masks by itself. */
void ph_record_write(struct ph_record *record, uint64_t ms, const char *line);

void ph_record_end(struct ph_record *record);

#endif
