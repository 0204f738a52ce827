/* The driver's own memory, and what its parts share: options and profile, documents, host calls. */
#ifndef PH_DRIVERS_ESCPOS_STATE_H
#define PH_DRIVERS_ESCPOS_STATE_H

#include "base/cleanup.h"
#include "drivers/escpos/engine.h"

#define ESCPOS_LOGOS_MAX 10 /* pictures that we keep in a printer */

struct escpos_state {
	struct ph_engine engine;
	struct ph_device *device;
	struct ph_escpos_profile profile; /* the section with the options worked in */
	struct ph_profile_text profiles;  /* of option profile_file; NULL without it */
	bool automatic;			  /* the profile is found by asking the printer */
	uint64_t timer_at;

	struct ph_printer_job job; /* the one in hand */

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

/* settings.c */
#define ESCPOS_OPTIONS 10
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

/* document.c: the host's calls of the same names. */
int escpos_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments);
int escpos_explain(struct ph_device *device, const struct cJSON *document);

#endif
