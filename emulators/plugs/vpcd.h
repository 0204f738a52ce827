/*
 * A card in the virtual reader of vsmartcard's driver for pcscd (vpcd): the driver listens, the card connects. Runs on the
 * caller's sd-event loop; a timer only runs while the card is in and no reader is there. Source: vsmartcard, "Virtual Smart Card
 * Architecture", virtualsmartcard API: messages of a two-byte length and data, of which one byte alone is a control.
 */
#ifndef PH_EMULATORS_PLUGS_VPCD_H
#define PH_EMULATORS_PLUGS_VPCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define PH_EMU_VPCD_PORT 35963u /* of the first slot; the second has the next one */
#define PH_EMU_VPCD_MAX	 261u	/* bytes of a command; a reader that sends more is dropped */

/* What is asked of the card; called from the loop. */
struct ph_emu_vpcd_ops {
	/* Returns the bytes of the answer to reset, at most 33. */
	size_t (*atr)(void *userdata, uint8_t *out);
	/* Power on, or a reset. */
	void (*reset)(void *userdata);
	/*
	 * Answers a command, at most 258 bytes, and says after how long. 0: it says nothing and hears nothing more; negative: it is
	 * out of the reader.
	 */
	int (*command)(void *userdata, const uint8_t *command, size_t len, uint8_t *out,
		unsigned *ret_delay_ms);
	/* A reader is there or gone, the card is pulled (by itself); may be NULL. */
	void (*changed)(void *userdata);
};

struct ph_emu_vpcd;

/* Without a card. -ENOMEM. */
int ph_emu_vpcd_new(sd_event *event, uint16_t port, const struct ph_emu_vpcd_ops *ops,
	void *userdata, struct ph_emu_vpcd **ret_vpcd);
void ph_emu_vpcd_free(struct ph_emu_vpcd *vpcd);

/*
 * The card goes in; less than a second after another one was taken out it is on its way so long, so that a reader notices. When no
 * reader listens it is tried again until ph_emu_vpcd_out().
 */
void ph_emu_vpcd_in(struct ph_emu_vpcd *vpcd);
void ph_emu_vpcd_out(struct ph_emu_vpcd *vpcd);
bool ph_emu_vpcd_is_in(const struct ph_emu_vpcd *vpcd);
bool ph_emu_vpcd_is_connected(const struct ph_emu_vpcd *vpcd);
/* Whether the reader has given it power. */
bool ph_emu_vpcd_is_powered(const struct ph_emu_vpcd *vpcd);

#endif
