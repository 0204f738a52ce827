/* The driver's own memory, and what its parts share: options and profile, documents, host calls. */
#ifndef PH_DRIVERS_STAR_STATE_H
#define PH_DRIVERS_STAR_STATE_H

#include "base/cleanup.h"
#include "drivers/star/engine.h"

struct star_state {
	struct ph_star_engine engine;
	struct ph_device *device;
	struct ph_star_profile profile;	 /* the row with the options worked in */
	struct ph_profile_text profiles; /* of option profile_file; empty without it */
	bool automatic;			 /* the profile is found by asking the printer */
	uint64_t timer_at;

	struct ph_printer_job job; /* the one in hand */
};

static inline struct star_state *star_state_of(struct ph_star_engine *engine)
{
	return PH_CONTAINER_OF(engine, struct star_state, engine);
}

/* settings.c */
#define STAR_OPTIONS 10
extern const struct ph_option star_options[STAR_OPTIONS];

/* Reads options and profile. 0, or -EINVAL after ph_option_refuse(). */
int star_settings_init(struct ph_device *device);

/* Takes the row that names this printer, where the profile is to be found out. `model` may be NULL. */
void star_settings_identified(struct star_state *state, const char *model);

/* document.c: the host's calls of the same names. */
int star_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments);
int star_explain(struct ph_device *device, const struct cJSON *document);

#endif
