/* Inside of the line display model, shared by its files only. */
#ifndef PH_PROTOCOLS_LINEDISPLAY_MODEL_INTERNAL_H
#define PH_PROTOCOLS_LINEDISPLAY_MODEL_INTERNAL_H

#include "protocols/linedisplay/model.h"

/* model.c */
struct ph_linedisplay_window *ph_linedisplay_own(struct ph_linedisplay *display);
void ph_linedisplay_put(struct ph_linedisplay *display, struct ph_linedisplay_window *window,
	const struct ph_linedisplay_cell *cell);
void ph_linedisplay_draw_view(
	struct ph_linedisplay *display, const struct ph_linedisplay_window *window);

/* marquee.c */
bool ph_linedisplay_is_typing(const struct ph_linedisplay *display);
bool ph_linedisplay_is_running(const struct ph_linedisplay_window *window);

static inline struct ph_linedisplay_cell *ph_linedisplay_cells(
	struct ph_linedisplay *display, const struct ph_linedisplay_window *window, unsigned row)
{
	return display->pool + window->first + (size_t)row * window->geometry.columns;
}

#endif
