/*
 * The part of the driver contract that is about scales. poshal/driver.h includes it.
 *
 * A weight is handed over as the device sent it: nothing is rounded, scaled, converted or averaged, on any station of the
 * way. poshal is not a certified weighing instrument by itself.
 */
#ifndef POSHAL_DRIVER_SCALE_H
#define POSHAL_DRIVER_SCALE_H

#include "poshal/errors.h"

#include <stdbool.h>
#include <stdint.h>

struct ph_device;

#define PH_SCALE_TIMEOUT_MS	5000 /* of a read that says nothing else */
#define PH_SCALE_TIMEOUT_MS_MAX 60000

/* What a scale says of its plate. Source: UnifiedPOS 1.16, Scale, StatusUpdateEvent. */
enum ph_weight_state {
	PH_WEIGHT_STABLE = 11,
	PH_WEIGHT_UNSTABLE = 12,
	PH_WEIGHT_ZERO = 13, /* stable at zero */
	PH_WEIGHT_OVER = 14,
	PH_WEIGHT_NOT_READY = 15, /* warms up, must be zeroed or calibrated */
	PH_WEIGHT_UNDER_ZERO = 16,
	PH_WEIGHT_UNDER_MINIMUM = 17,
};

struct ph_weight {
	enum ph_weight_state state;
	const char *
		weight; /* "1.234", "-0.125", leading zeros as sent; NULL: the scale said no number */
	int decimals;	/* digits behind the point; negative: zeros that follow the digits sent */
	const char
		*unit; /* "kg", "g", "lb", "oz", "lb-oz" ...; NULL: neither sent nor configured */
	const char
		*ounces; /* of "lb-oz": the rest behind the whole pounds in `weight`; else NULL */
	bool stable;
	bool stability_unknown; /* the protocol has no word for it */
	bool net, zero;
	bool unchanged; /* said again because nothing has changed */
	bool high_range;
	const char *tare, *unit_price, *total; /* where the device sends them; else NULL */
};

struct ph_scale_ops {
	/*
	 * Weighs. What the device sent before is never the answer. Without `live` only a stable weight is one, and until
	 * `timeout_ms` (0: one question) it is asked for again. Returns PH_LATER and answers by ph_scale_weighed() or
	 * ph_scale_refuse(), also from inside the call; or a negative errno. One request is in hand at a time; the host
	 * refuses a second one.
	 */
	int (*read)(struct ph_device *device, bool live, unsigned timeout_ms);
	/* Sets zero. PH_LATER and ph_scale_done() or ph_scale_refuse(). NULL: the device has no command for it. */
	int (*zero)(struct ph_device *device);
	/*
	 * Takes what is on the plate as tare (NULL), or this much ("0.125", in the device's own decimals; "0" clears).
	 * As zero(). -EINVAL after ph_request_refuse().
	 */
	int (*tare)(struct ph_device *device, const char *tare);
	/* Tells by ph_emit_weight() what changes on the plate, until switched off or the link is closed. 0 or -errno. */
	int (*live)(struct ph_device *device, bool on);
};

struct ph_scale_capabilities {
	bool zero, tare, digital_tare, live;
	bool stability; /* the device says whether a weight is stable; else only live weights are to be had */
	const char *const *units; /* ends with NULL; NULL or empty: as sent */
};

/* Ends scale.read in hand. Nothing happens when none is. */
void ph_scale_weighed(struct ph_device *device, const struct ph_weight *weight);

/* Ends scale.zero or scale.tare in hand. */
void ph_scale_done(struct ph_device *device);

/*
 * Ends the request in hand with an error. With PH_E_EXTENDED `word` is the name behind "Extended." (UnifiedPOS: OverWeight,
 * UnderZero, SameWeight, UnderWeight; poshal's: InMotion, UnitMismatch, NotReady, NotUnderstood); else NULL.
 */
void ph_scale_refuse(
	struct ph_device *device, enum ph_error error, const char *word, const char *message);

/* The plate changed. Dropped by the host unless live weight is on. */
void ph_emit_weight(struct ph_device *device, const struct ph_weight *weight);

#endif
