// A customer display plugged into the printer: what it is sent goes between ESC = 2 and ESC = 1, and never into a job.
#include "drivers/display/display.h"
#include "drivers/escpos/state.h"

#include "poshal/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t to_display[] = {0x1b, 0x3d, 0x02}, to_printer[] = {0x1b, 0x3d, 0x01};

static struct escpos_state *state_of(const struct ph_display *display)
{
	return ph_device_state(display->device);
}

/* A job has the line to itself, from its first byte to its end; and a printer that stands still passes nothing on. */
static bool pole_busy(struct ph_display *display)
{
	const struct escpos_state *state = state_of(display);

	const struct ph_engine *engine = &state->engine;

	if (state->job.bytes || engine->job || state->storing || engine->step != PH_STEP_READY ||
		ph_link_queued(state->device) > 0)
		return true;
	/* one that never answers is taken at its silence */
	return engine->answers && !ph_engine_is_idle(engine);
}

/* In one piece, so that the printer is never left deselected while the link is there. */
static int pole_write(struct ph_display *display, const uint8_t *data, size_t len)
{
	uint8_t out[PH_LINEDISPLAY_OUT_MAX + sizeof to_display + sizeof to_printer];

	if (len > PH_LINEDISPLAY_OUT_MAX)
		return -EMSGSIZE;
	memcpy(out, to_display, sizeof to_display);
	memcpy(out + sizeof to_display, data, len);
	memcpy(out + sizeof to_display + len, to_printer, sizeof to_printer);
	return ph_link_write(display->device, out, sizeof to_display + len + sizeof to_printer);
}

static const struct ph_display_way way = {.write = pole_write, .busy = pole_busy};

int escpos_pole_init(struct escpos_state *state)
{
	if (!(ph_device_classes(state->device) & PH_CLASS_BIT(PH_CLASS_DISPLAY)))
		return 0;
	state->pole = calloc(1, sizeof *state->pole);
	if (!state->pole)
		return -ENOMEM;
	int r = ph_display_init(state->pole, state->device, &way, "display_", NULL);
	/* what comes back is the printer's */
	state->pole->frames.wanted = false;
	return r;
}

void escpos_pole_done(struct escpos_state *state)
{
	free(state->pole);
	state->pole = NULL;
}

/* The last connection may have ended between the two commands; a printer that is not selected hears nothing else. */
void escpos_pole_link_up(struct escpos_state *state)
{
	if (state->pole)
		ph_link_write(state->device, to_printer, sizeof to_printer);
}

void escpos_pole_link_down(struct escpos_state *state)
{
	if (state->pole)
		ph_display_close(state->pole);
}

void escpos_pole_step(struct escpos_state *state)
{
	struct ph_display *pole = state->pole;

	if (!pole || pole_busy(pole))
		return;
	if (!pole->up)
		ph_display_open(pole);
	else
		ph_display_sent(pole);
}

void escpos_pole_tick(struct escpos_state *state)
{
	if (state->pole)
		ph_display_tick(state->pole);
}

uint64_t escpos_pole_due(const struct escpos_state *state)
{
	/* while a job has the line nothing moves */
	return state->pole && !state->pole->dirty ? ph_display_due(state->pole) : 0;
}

int escpos_show(
	struct ph_device *device, const struct ph_display_row *rows, unsigned count, int brightness)
{
	struct escpos_state *state = ph_device_state(device);
	int r = ph_display_show(state->pole, rows, count, brightness);

	escpos_update_timer(device);
	return r;
}

int escpos_line(struct ph_device *device, enum ph_display_method method, const struct cJSON *params,
	struct cJSON *result)
{
	struct escpos_state *state = ph_device_state(device);
	int r = ph_display_line(state->pole, method, params, result);

	escpos_update_timer(device);
	return r;
}
