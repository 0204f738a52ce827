/*
 * What all small devices share (scanners, scales, drawer boxes, card-stripe readers): packets to the host, each due at its time,
 * and faults of the way there. A packet is a report with its id first (0 where there are none), eight bytes of a boot keyboard
 * behind a 0, or bytes of a serial line. Pure: time is handed in, in microseconds of a clock the caller owns.
 */
#ifndef PH_EMULATORS_MODELS_UNIT_H
#define PH_EMULATORS_MODELS_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_PACKET_MAX 4096u		 /* bytes of one packet */
#define PH_EMU_UNIT_QUEUE (1024 * 1024u) /* bytes that wait for the host; more is -ENOBUFS */
#define PH_EMU_UNIT_NEVER UINT64_MAX

enum ph_emu_channel {
	PH_EMU_DATA,	/* bytes of a line or pipe, in pieces of any size */
	PH_EMU_REPORT,	/* an output report, id first */
	PH_EMU_FEATURE, /* a feature report, id first */
};

struct ph_emu_unit;

struct ph_emu_unit_ops {
	void (*input)(struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data,
		size_t len);
	/* Does what is due; returns when it wants to be called again. NULL: nothing is ever due. */
	uint64_t (*tick)(struct ph_emu_unit *unit);
	/* Fills in the report a host asks for on the control pipe, id first; 0 for none. NULL: none. */
	size_t (*get_report)(
		struct ph_emu_unit *unit, unsigned type, unsigned id, uint8_t *out, size_t size);
	/* A fault of this kind of device by its word; -EINVAL for another one. NULL: none. */
	int (*fault)(struct ph_emu_unit *unit, const char *word, long value, bool off);
	/* Power went away and came back. NULL: nothing is lost. */
	void (*power)(struct ph_emu_unit *unit);
	/* The host has opened or left the line. NULL: the device cannot tell. */
	void (*opened)(struct ph_emu_unit *unit, bool open);
};

struct ph_emu_unit {
	const struct ph_emu_unit_ops *ops;
	uint64_t now_us, due_us; /* of the last call; of the last packet queued */
	uint8_t *out;		 /* packets, each behind its length and time */
	size_t out_len, out_size, out_at;
	size_t taken;	  /* bytes of the first packet that are gone already */
	bool reenumerate; /* the device leaves the bus and comes back: read and cleared by the bench */
	bool hang_up;	  /* the connection is reset behind what is queued: the same */
	bool leave;	  /* the connection is closed in order behind what is queued: the same */
	uint64_t received; /* bytes of the host */

	/* faults; positions count bytes to the host from when they were set, -1 is off */
	bool mute;		 /* nothing reaches the host */
	bool twice;		 /* the next packet is sent twice */
	long drop_at;		 /* this byte is lost */
	long garble_at;		 /* a bit of this byte is wrong, as a parity error shows */
	long cut_at;		 /* from this byte on the packet is lost */
	uint64_t answer_wait_us; /* every packet is late by this */
};

void ph_emu_unit_init(struct ph_emu_unit *unit, const struct ph_emu_unit_ops *ops);
void ph_emu_unit_done(struct ph_emu_unit *unit);

void ph_emu_unit_input(struct ph_emu_unit *unit, uint64_t now_us, enum ph_emu_channel channel,
	const uint8_t *data, size_t len);
/* Does what is due; returns when to come again: for the device or for its next packet. */
uint64_t ph_emu_unit_tick(struct ph_emu_unit *unit, uint64_t now_us);
/* The next packet that is due, cut to `size`; 0 for none. */
size_t ph_emu_unit_packet(struct ph_emu_unit *unit, uint64_t now_us, uint8_t *out, size_t size);
/* The same as bytes of a line, across packets. */
size_t ph_emu_unit_bytes(struct ph_emu_unit *unit, uint64_t now_us, uint8_t *out, size_t size);
/* All that waits is lost. */
void ph_emu_unit_drop(struct ph_emu_unit *unit);
size_t ph_emu_unit_waiting(const struct ph_emu_unit *unit);
/* "mute", "twice", "drop_byte", "garble", "cut", "delay" (milliseconds) or one of the device. -EINVAL for another word. */
int ph_emu_unit_fault(
	struct ph_emu_unit *unit, uint64_t now_us, const char *word, long value, bool off);
void ph_emu_unit_power(struct ph_emu_unit *unit, uint64_t now_us);

/* ---- for the devices ---- */

/* Queues a packet behind what waits. -ENOBUFS when too much waits, -EMSGSIZE when it is too long. */
int emu_unit_send(struct ph_emu_unit *unit, const void *data, size_t len);
/* What is queued from now on goes that much later than what is queued already. */
void emu_unit_pause(struct ph_emu_unit *unit, uint64_t us);

/* reader_wedge.c: a character as reports of a boot keyboard with the American layout. */
#define EMU_KEYS_DESCRIPTOR 45
extern const uint8_t emu_keys_descriptor[EMU_KEYS_DESCRIPTOR];
int emu_keys_type(struct ph_emu_unit *unit, bool alt, uint8_t c);

#endif
