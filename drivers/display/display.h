/* What all line display drivers share: options, the screen, and when to send. A driver adds its command set. */
#ifndef PH_DRIVERS_DISPLAY_H
#define PH_DRIVERS_DISPLAY_H

#include "poshal/driver.h"
#include "protocols/linedisplay/render.h"

struct ph_display {
	struct ph_linedisplay_screen screen; /* wanted */
	struct ph_linedisplay_renderer renderer;
	bool dirty; /* changed while the link was still busy */
};

/* Members of struct ph_driver; state_size is sizeof(struct ph_display). */
int ph_display_init(struct ph_device *device, const struct ph_linedisplay_set *set);
int ph_display_open(struct ph_device *device);
void ph_display_receive(struct ph_device *device, const uint8_t *data, size_t len);
void ph_display_sent(struct ph_device *device);
int ph_display_direct(struct ph_device *device, const uint8_t *data, size_t len);

extern const struct ph_display_ops ph_display_ops;
#define PH_DISPLAY_OPTION_COUNT 4
extern const struct ph_option ph_display_options[PH_DISPLAY_OPTION_COUNT];
extern const char *const ph_display_connections[];

#endif
