/*
 * Which device a node of the kernel is, from what udev says of it: by its serial number where that is credible, else by the
 * port it is in. No I/O. Numbers that the kernel gives anew at each insertion (hidraw3, bus and device) are never identity.
 */
#ifndef PH_DAEMON_CORE_IDENTITY_H
#define PH_DAEMON_CORE_IDENTITY_H

#include "base/usb_want.h"
#include "daemon/core/manifest.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SYSPATH_MAX 511 /* bytes; a node with a longer one is not seen */
#define PH_ID_PATH_MAX 159 /* bytes of ID_PATH; longer is cut */
#define PH_PROTO_MAX   31

struct ph_node {
	char syspath[PH_SYSPATH_MAX + 1]; /* "" of one that is only remembered */
	char subsystem[16];		  /* hidraw, tty, usb, input */
	char devnode[64];		  /* "/dev/hidraw3" */
	uint16_t vendor, product;
	char serial[PH_USB_TEXT_MAX + 1]; /* as the device says it; "" without */
	char maker[PH_USB_TEXT_MAX + 1], model[PH_USB_TEXT_MAX + 1];
	char port[PH_USB_PATH_MAX + 1];	  /* "1-2.3"; "" where it is not on USB */
	int interface;			  /* -1: the whole device, or not on USB */
	char id_path[PH_ID_PATH_MAX + 1]; /* of udev; with the interface. "" when it has none */
	char proto[PH_PROTO_MAX + 1];	  /* ID_POSHAL_PROTO; "" without */
	bool poshal;			  /* ID_POSHAL=1 */
	bool keyboard;			  /* ID_INPUT_KEYBOARD=1 */
	bool printer;			  /* it has an interface of the printer class */
};

/* What is remembered of a recognised device. */
struct ph_identity {
	char driver[PH_NAME_MAX + 1];
	uint32_t classes;    /* of the driver: 1u << enum ph_class */
	struct ph_node node; /* as seen last; without syspath */
	bool twin; /* another one with the same serial number was there: only the port counts */
	bool present;
};

/* The row of a driver that serves this node, or NULL. Ids go before words of the descriptor, `auto` before `offer`. */
const struct ph_manifest_match *ph_identity_row(const struct ph_manifests *manifests,
	const struct ph_node *node, const struct ph_manifest **ret_manifest);

/* Whether the serial number of this node tells it from others of its kind. */
bool ph_identity_has_serial(const struct ph_node *node);

/* Two units, plugged in at the same time, of one model with one serial number. */
bool ph_identity_twins(const struct ph_node *a, const struct ph_node *b);

enum ph_claim {
	PH_CLAIM_NEW,	   /* never seen */
	PH_CLAIM_SAME,	   /* it was there before, in this port */
	PH_CLAIM_MOVED,	   /* it was, in another port: the serial number says so */
	PH_CLAIM_REPLACED, /* the same model in the port of one that is gone */
	PH_CLAIM_MODE,	   /* the same device, or its port, with another product id: another mode */
	PH_CLAIM_COUNT_
};

/*
 * Which of the remembered devices this node is. Only those that are not present are taken. `strict`: only by SAME and MOVED,
 * so that a device that is still to be looked at is not robbed of its place. *ret_index only with another answer than NEW.
 */
enum ph_claim ph_identity_claim(const struct ph_identity *const *known, size_t count,
	const struct ph_identity *now, bool strict, size_t *ret_index);

/*
 * The connection URL of a device: by its serial number, or by its port. `line` are serial line settings ("baud=9600&bits=7")
 * or "". Returns 0, -ENAMETOOLONG.
 */
int ph_identity_connection(
	const struct ph_identity *identity, const char *line, char *out, size_t size);

/* Whether a configured connection means this node. Paths are compared as they are; links are followed by the caller. */
bool ph_identity_is_meant(const struct ph_node *node, const char *connection);

/* As kept in the journal, and back; -EINVAL for what is not such an object. The caller owns the object. */
cJSON *ph_identity_to_json(const struct ph_identity *identity);
int ph_identity_from_json(const cJSON *object, struct ph_identity *ret_identity);

#endif
