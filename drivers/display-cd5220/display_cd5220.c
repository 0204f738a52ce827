// The cd5220 row of the line display drivers; everything it does is in drivers/display.
#include "drivers/display/display.h"
#include "drivers/registry.h"

static int init(struct ph_device *device)
{
	return ph_display_init(device, &ph_linedisplay_cd5220);
}

const struct ph_driver ph_driver_display_cd5220 = {
	.name = "display-cd5220",
	.version = POSHAL_VERSION,
	.summary = "CD5220 customer displays (Partner, Posiflex, HP, Bematech and clones)",
	.classes = PH_CLASS_BIT(PH_CLASS_DISPLAY),
	.connections = ph_display_connections,
	.options = ph_display_options,
	.option_count = PH_DISPLAY_OPTION_COUNT,
	.state_size = sizeof(struct ph_display),
	.init = init,
	.open = ph_display_open,
	.receive = ph_display_receive,
	.sent = ph_display_sent,
	.direct = ph_display_direct,
	.display = &ph_display_ops,
};
