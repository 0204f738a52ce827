/*
 * What a serial scanner can be told besides sending labels, by maker: a table of commands and a reader of the answers, which
 * come between the labels. Shared by the files of the driver.
 */
#ifndef PH_DRIVERS_SCANNER_SERIAL_DIALECT_H
#define PH_DRIVERS_SCANNER_SERIAL_DIALECT_H

#include "drivers/scanner-serial/framing.h"
#include "drivers/scanner-serial/packets.h"
#include "drivers/scanner/affix.h"
#include "drivers/scanner/label.h"
#include "poshal/driver.h"
#include "protocols/scanner-serial/datalogic.h"
#include "protocols/scanner-serial/honeywell.h"
#include "protocols/scanner-serial/single_cable.h"

#define PH_DIALECT_SETTINGS_MAX 48

struct ph_serial_scanner;

struct ph_dialect {
	const char *name; /* a word of the option `protocol` */
	struct ph_scanner_capabilities capabilities;
	/* Each of these may be NULL: there is no such command. */
	int (*enable)(struct ph_device *device, bool on);
	int (*beep)(struct ph_device *device, enum ph_beep kind);
	int (*trigger)(struct ph_device *device, bool on);
	int (*symbology)(struct ph_device *device, const char *name, bool on);
	void (*open)(struct ph_device *device); /* asks what is to be asked first */
	/* While an answer is awaited: takes a byte that may belong to it. False: it is one of a label. */
	bool (*take)(struct ph_device *device, uint8_t c);
	/* The answer did not come in time. */
	void (*expire)(struct ph_device *device);
};

extern const struct ph_dialect ph_dialect_plain, ph_dialect_honeywell, ph_dialect_datalogic,
	ph_dialect_single_cable;

struct ph_serial_scanner {
	const struct ph_dialect *dialect;
	struct ph_framing framing;
	struct ph_ssi_decoder packets; /* sees what the framing sees */
	struct ph_affixes affixes;
	enum ph_label_id id;
	unsigned idle_ms;
	bool mask;	 /* 7-bit line: bit 7 is parity */
	bool off;	 /* switched off by the service */
	bool wrong_mode; /* it sends packets, and no label since */
	bool kept_back;	 /* a label that seems to be the piece of a packet */
	bool timer_armed;
	uint64_t idle_at,
		answer_at; /* when silence ends a label, and the wait for an answer; 0: not */

	/* of what is awaited */
	bool asked_revision, in_text;
	unsigned replies; /* single bytes that are still to come */
	union {
		struct ph_honeywell_answer honeywell;
		struct ph_datalogic_info datalogic;
		struct ph_single_cable cable;
	};
	/* symbologies: what was asked for, and what of it is not sent */
	bool set[PH_DIALECT_SETTINGS_MAX], on[PH_DIALECT_SETTINGS_MAX],
		dirty[PH_DIALECT_SETTINGS_MAX];
};

/* ---- scanner_serial.c, for the dialects ---- */

/* Bytes of labels after all. */
void ph_serial_scanner_bytes(struct ph_device *device, const uint8_t *data, size_t len);

/* Sends a command; `answer_ms` is how long its answer may take, 0 when there is none. */
int ph_serial_scanner_send(
	struct ph_device *device, const void *data, size_t len, unsigned answer_ms);

/* What the scanner says it is; each may be NULL. */
void ph_serial_scanner_info(
	struct ph_device *device, const char *model, const char *serial, const char *firmware);

#endif
