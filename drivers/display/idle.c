// The text a display shows while nobody uses it: kept across restarts, laid over the picture, taken away by the next use.
#include "drivers/display/display.h"

#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY "idle_text"

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Takes {"after_s", "rows":[{"text","blink"?,"reverse"?}]}; no rows: none. */
static void take(struct ph_display *display, const cJSON *params)
{
	struct ph_display_idle *idle = &display->idle;
	const cJSON *after = member(params, "after_s"), *rows = member(params, "rows"), *row;
	unsigned count = 0;

	idle->after_ms = 1000u * (unsigned)(cJSON_IsNumber(after) && after->valuedouble >= 1 &&
							    after->valuedouble <= 86400
						    ? after->valuedouble
						    : PH_DISPLAY_IDLE_S);
	memset(idle->rows, 0, sizeof idle->rows);
	cJSON_ArrayForEach(row, rows)
	{
		const char *text = cJSON_GetStringValue(member(row, "text"));
		if (!text || count == display->renderer.rows)
			break;
		snprintf(idle->rows[count], sizeof idle->rows[count], "%s", text);
		idle->attributes[count++] =
			(uint8_t)((cJSON_IsTrue(member(row, "blink")) ? PH_LINEDISPLAY_BLINK : 0) |
				  (cJSON_IsTrue(member(row, "reverse")) ? PH_LINEDISPLAY_REVERSE
									: 0));
	}
	idle->set = count > 0;
}

void ph_display_idle_recall(struct ph_display *display)
{
	const char *kept = ph_remembered(display->device, MEMORY);
	cJSON *params = kept ? cJSON_Parse(kept) : NULL;

	if (cJSON_IsObject(params))
		take(display, params);
	cJSON_Delete(params);
	display->idle.shown = display->idle.set;
}

static bool is_due(const struct ph_display_idle *idle, uint64_t now)
{
	return idle->set && !idle->held &&
	       (!idle->used_at || now - idle->used_at >= idle->after_ms);
}

/* One use has ended or begins: a good moment to draw all anew, for a display never says what it has lost. */
static void changed(struct ph_display *display)
{
	ph_linedisplay_forget(&display->renderer);
	ph_display_refresh(display);
	ph_display_report(display);
}

int ph_display_idle_set(struct ph_display *display, const cJSON *params)
{
	struct ph_display_idle *idle = &display->idle;
	char *text = cJSON_PrintUnformatted(params);
	int r = !text ? -ENOMEM : strlen(text) > PH_MEMORY_VALUE_MAX ? -E2BIG : 0;

	if (r == 0) {
		take(display, params);
		ph_remember(display->device, MEMORY, idle->set ? text : NULL);
		idle->shown = is_due(idle, ph_now_ms(display->device));
		changed(display);
	}
	free(text);
	return r;
}

void ph_display_idle_hold(struct ph_display *display, bool held)
{
	struct ph_display_idle *idle = &display->idle;

	if (idle->held == held)
		return;
	idle->held = held;
	if (!held)
		ph_linedisplay_close_windows(&display->model);
	/* nobody comes back to what stands beneath the idle text: it is the last customer's */
	if (!held && idle->set)
		ph_linedisplay_clear(&display->model);
	/* at the end of a lease at once: nobody uses the display any more */
	idle->shown = idle->set && !held;
	changed(display);
}

void ph_display_idle_used(struct ph_display *display)
{
	display->idle.shown = false;
	display->idle.used_at = ph_now_ms(display->device);
}

uint64_t ph_display_idle_due(const struct ph_display *display)
{
	const struct ph_display_idle *idle = &display->idle;

	return idle->set && !idle->held && !idle->shown ? idle->used_at + idle->after_ms : 0;
}

void ph_display_idle_tick(struct ph_display *display, uint64_t now)
{
	struct ph_display_idle *idle = &display->idle;

	if (idle->shown || !is_due(idle, now))
		return;
	idle->shown = true;
	changed(display);
}

void ph_display_idle_draw(const struct ph_display *display, struct ph_linedisplay_screen *screen)
{
	const struct ph_display_idle *idle = &display->idle;

	if (!idle->shown)
		return;
	for (unsigned i = 0; i < screen->rows; i++)
		ph_linedisplay_screen_row(screen, i, idle->rows[i], idle->attributes[i]);
	screen->cursor_type = PH_LINEDISPLAY_CURSOR_NONE;
}
