/* The driver's own memory, and what its parts share: options and profile, documents, host calls. */
#ifndef PH_DRIVERS_ESCPOS_STATE_H
#define PH_DRIVERS_ESCPOS_STATE_H

#include "base/cleanup.h"
#include "drivers/escpos/engine.h"

struct ph_display;

#define ESCPOS_LOGOS_MAX 10 /* pictures that we keep in a printer */

struct escpos_state {
	struct ph_engine engine;
	struct ph_device *device;
	struct ph_escpos_profile profile; /* the section with the options worked in */
	struct ph_profile_text profiles;  /* of option profile_file; NULL without it */
	bool automatic;			  /* the profile is found by asking the printer */
	uint64_t timer_at;

	struct ph_printer_job job; /* the one in hand */

	struct ph_display *pole; /* a display plugged into the printer; NULL: none */

	/* pictures in the printer's memory; seen: among the keys that are just being listed */
	struct ph_escpos_logo logos[ESCPOS_LOGOS_MAX];
	bool logo_seen[ESCPOS_LOGOS_MAX];
	unsigned logo_count;
	bool storing;
	/* one that shall be stored when there is nothing to print; wish_bits NULL: none */
	uint8_t *wish_bits;
	struct ph_raster wish;
	uint8_t wish_hash[PH_ESCPOS_LOGO_HASH];
};

static inline struct escpos_state *escpos_state_of(struct ph_engine *engine)
{
	return PH_CONTAINER_OF(engine, struct escpos_state, engine);
}

/* escpos.c: one timer for the earliest of all parts. */
void escpos_update_timer(struct ph_device *device);

/* settings.c */
#define ESCPOS_OPTIONS 15
extern const struct ph_option escpos_options[ESCPOS_OPTIONS];

/* Reads options and profile. 0, or -EINVAL after ph_option_refuse(). */
int escpos_settings_init(struct ph_device *device);
void escpos_settings_done(struct escpos_state *state);

/* Takes the section that names this printer, where the profile is to be found out; false when there is none. */
bool escpos_settings_identified(struct escpos_state *state, const char *vendor, const char *model);
/* The same by the ids of its USB connection, "04b8:0e15", which models of a maker may share. */
bool escpos_settings_by_usb(struct escpos_state *state, const char *ids);

/* memory.c: what has been found out about a unit, kept by its serial number. */
bool escpos_recall(struct escpos_state *state, const char *serial);
void escpos_remember(struct escpos_state *state, const char *serial);

/* logos.c: pictures that the printer keeps. */
void escpos_logos_init(struct escpos_state *state);
bool escpos_logos_wanted(struct escpos_state *state);
void escpos_logos_listed(struct escpos_state *state, const char *keys, size_t len, bool last);
/* Takes the first picture of the job that is to be stored. */
void escpos_logos_wish(struct escpos_state *state, const struct ph_escpos_stores *stores,
	const struct ph_rasters *rasters);
/* After each input: stores what is wished once the printer is idle. */
void escpos_logos_step(struct escpos_state *state);
void escpos_logos_drop(struct escpos_state *state);

/* pole.c: a display behind the printer, where class display was asked for. */
int escpos_pole_init(
	struct escpos_state *state); /* 0, -ENOMEM, or -EINVAL after ph_option_refuse() */
void escpos_pole_done(struct escpos_state *state);
void escpos_pole_link_up(struct escpos_state *state); /* in front of all else */
void escpos_pole_link_down(struct escpos_state *state);
/* After each input: sends what is to be seen once the printer has nothing to do. */
void escpos_pole_step(struct escpos_state *state);
void escpos_pole_tick(struct escpos_state *state);
uint64_t escpos_pole_due(const struct escpos_state *state); /* 0: never */
int escpos_show(struct ph_device *device, const struct ph_display_row *rows, unsigned count,
	int brightness);
int escpos_line(struct ph_device *device, enum ph_display_method method, const struct cJSON *params,
	struct cJSON *result);

/* document.c: the host's calls of the same names. */
int escpos_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments);
int escpos_explain(struct ph_device *device, const struct cJSON *document);

#endif
