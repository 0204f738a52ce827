/*
 * Bar code scanners by their protocol: a label in, packets for the host out, and what the host commands. The plain serial
 * scanner that says nothing but labels is `serial`, made of scanner.h.
 *
 * Sources: USB-IF HID Point of Sale Usage Tables 1.02; HHP USB Interfaces User's Guide; Newland, Zebra (72E-40451), Datalogic and
 * Honeywell manuals.
 */
#ifndef PH_EMULATORS_MODELS_READER_H
#define PH_EMULATORS_MODELS_READER_H

#include "emulators/models/label_ids.h"
#include "emulators/models/scanner.h"
#include "emulators/models/unit.h"

#define PH_EMU_READER_COMMANDS 64u /* last commands remembered, as hexadecimal */
#define PH_EMU_READER_PENDING                                                                      \
	65536u /* bytes of labels that wait for an acknowledgement; more is -ENOBUFS */

struct ph_emu_reader;

struct ph_emu_label {
	const struct ph_emu_label_ids *ids;
	const uint8_t *data;
	size_t len;
};

/* Where a reader can hang: what it is behind USB unless the bench says otherwise. */
enum ph_emu_reader_cable { PH_EMU_CABLE_SERIAL, PH_EMU_CABLE_HID, PH_EMU_CABLE_KEYBOARD };

struct ph_emu_reader_kind {
	const char *word; /* in a bench file */
	enum ph_emu_reader_cable cable;
	const struct ph_emu_unit_ops *ops;
	/* 0, -ENOBUFS, -EMSGSIZE, -EINVAL: this protocol has no such symbology */
	int (*scan)(struct ph_emu_reader *r, const struct ph_emu_label *label);
	void (*init)(struct ph_emu_reader *r); /* state after power-on; may be NULL */
	uint16_t vendor, product;	       /* as USB device */
	const char *maker, *model, *interface_text;
	const uint8_t *descriptor; /* HID: of reports */
	size_t descriptor_len;
	bool control_out; /* HID: no OUT endpoint */
};

/* Labels in parts, each of which waits for the host: bytes with a length in front of each part. */
struct ph_emu_parts {
	uint8_t data[PH_EMU_READER_PENDING];
	size_t len, at;
};

struct ph_emu_reader {
	struct ph_emu_unit unit;
	const struct ph_emu_reader_kind *kind;
	struct ph_emu_scanner line; /* prefix, suffix, aim of the serial kinds and the wedge */
	bool plain;		    /* serial kinds: no identifiers of the maker in front */
	unsigned gap_ms;	    /* wedge: between two characters */
	bool alt; /* wedge: characters that have no key as Alt and keypad digits */
	struct ph_emu_plate *plate; /* single cable: the scale in the same box, or NULL */

	/* what a person sees and hears */
	bool enabled, armed; /* scanning allowed; triggered by the host */
	bool beeper;
	unsigned good, error, not_on_file; /* beeps by command of the host */
	unsigned errors_sent;		   /* transmissions given up */
	uint8_t lamps;
	char commands[PH_EMU_READER_COMMANDS][65];
	uint64_t n_commands; /* ring */

	/* faults */
	long stall_ms;	       /* before the last part of the next label */
	bool unfinished;       /* the last part of the next label is never sent */
	bool other_identifier; /* the second part of the next label has another one */
	long declared;	       /* length byte of the next report, -1 */
	bool short_report;     /* the next report ends early */
	bool wrong_checksum, drop_ack, repeat, repeat_changed; /* ssi */

	/* the protocol's own */
	uint8_t rx[1024];
	size_t rx_len;
	uint64_t rx_us; /* of the last byte */
	uint8_t config[9], two_label[8];
	struct ph_emu_parts parts;
	uint64_t waiting_since_us;
	unsigned resent;
	uint8_t params[3][256];
	bool asleep, command_mode, weight_wanted;
};

/* NULL for an unknown word. */
const struct ph_emu_reader_kind *ph_emu_reader_kind(const char *word);

void ph_emu_reader_init(struct ph_emu_reader *r, const struct ph_emu_reader_kind *kind);
void ph_emu_reader_done(struct ph_emu_reader *r);
/* A label in front of the reader. symbology NULL is EAN-13. -EPERM: the host has forbidden it; -EINVAL for an unknown symbology,
 * -EMSGSIZE, -ENOBUFS. */
int ph_emu_reader_scan(struct ph_emu_reader *r, uint64_t now_us, const char *symbology,
	const uint8_t *data, size_t len);
/* The n-th last command of the host as hexadecimal, 0 the last; NULL when there were not that many. */
const char *ph_emu_reader_command(const struct ph_emu_reader *r, unsigned n);

#endif
