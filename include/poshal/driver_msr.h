/*
 * The part of the driver contract that is about readers of magnetic stripes. poshal/driver.h includes it.
 *
 * Card data stays in the process of the device: what leaves it is a masked number, what an encrypting reader sends
 * encrypted, and clear data only of cards whose number begins with a configured prefix that no payment card has. Nothing of
 * a card reaches a log line, a direct command or a message to more than one client. A driver keeps a card in a ph_secret
 * (base/secret.h) and sets `secret` in its struct ph_driver, so that the host wipes what it has read.
 */
#ifndef POSHAL_DRIVER_MSR_H
#define POSHAL_DRIVER_MSR_H

#include <stdbool.h>
#include <stddef.h>

struct ph_device;

#define PH_SWIPE_MAX 8192 /* bytes of a swipe as JSON; a longer one is dropped */

/* UnifiedPOS TracksToRead, as bits. */
#define PH_TRACKS_ALL 0x0f

struct ph_msr_settings {
	unsigned tracks; /* wanted: 1, 2, 4 and 8 (JIS II) */
	bool card_errors; /* an error of one wanted track is an error of the card; else good tracks are delivered */
	bool sentinels; /* clear tracks keep them */
	bool details;	/* name and expiry of cards that are not clear */
};

struct ph_msr_ops {
	/* Cards are wanted from now on, in this way; NULL: not wanted, what is swiped is wiped. 0 or -errno. */
	int (*enable)(struct ph_device *device, const struct ph_msr_settings *settings);
};

struct ph_msr_capabilities {
	unsigned tracks; /* as above */
	bool encrypts;	 /* the reader encrypts by itself */
};

/*
 * A card was swiped. `data` is the object of msr.data as JSON text of `len` bytes, which the caller wipes; `good` false: of
 * msr.error. Dropped by the host while nobody wants cards.
 */
void ph_emit_swipe(struct ph_device *device, bool good, const char *data, size_t len);

#endif
