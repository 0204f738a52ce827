/*
 * What all scale drivers do alike: ask, wait for a stable weight, ask again, give up in time, follow the plate while live
 * weight is on. A driver sends the requests that this asks for and hands in every reading it decodes.
 *
 * It uses the device's timer: a driver whose timer is the weigher's calls ph_weigher_tick() from tick().
 */
#ifndef PH_DRIVERS_SCALE_WEIGHER_H
#define PH_DRIVERS_SCALE_WEIGHER_H

#include "poshal/driver.h"
#include "protocols/scale/scale.h"

#define PH_WEIGHER_ANSWER_MS                                                                       \
	1000 /* silence after a request; then it is sent again, while there is time */
#define PH_WEIGHER_AGAIN_MS 200 /* from an answer that is no weight yet to the next request */

enum ph_weigher_job {
	PH_WEIGHER_IDLE,
	PH_WEIGHER_READ,
	PH_WEIGHER_ZERO,
	PH_WEIGHER_TARE,
	PH_WEIGHER_CLEAR_TARE,
};

struct ph_weigher;

struct ph_weigher_ops {
	/*
	 * Sends the request of a job, a weight for PH_WEIGHER_READ; what came before must not be taken for its answer.
	 * `again` is the second step of a protocol that has two (PH_SCALE_READY). `tare` may be NULL. 0 or a negative errno.
	 */
	int (*ask)(
		struct ph_device *device, enum ph_weigher_job job, const char *tare, bool second);
	bool continuous;  /* readings come by themselves: a read only waits for the next one */
	bool silent_same; /* the device does not answer when nothing has changed */
};

struct ph_weigher {
	const struct ph_weigher_ops *ops;
	enum ph_weigher_job job;
	bool any;  /* a weight that moves is an answer */
	bool once; /* no time for a second question */
	bool live;
	bool asked; /* an answer is due */
	bool moved; /* the last answer said that it moves */
	bool not_ready;
	bool garbled;	      /* since the request came what is no reading */
	uint64_t deadline_ms; /* of the job */
	uint64_t next_ms;     /* the answer is overdue, or the next request is due; 0: neither */
	char tare[PH_SCALE_TEXT_MAX];
	/* what was told last while live */
	bool told;
	enum ph_weight_state told_state;
	char told_text[PH_SCALE_TEXT_MAX];
};

void ph_weigher_init(struct ph_weigher *weigher, const struct ph_weigher_ops *ops);

/* The members of struct ph_scale_ops. */
int ph_weigher_read(
	struct ph_weigher *weigher, struct ph_device *device, bool any, unsigned timeout_ms);
int ph_weigher_zero(struct ph_weigher *weigher, struct ph_device *device);
int ph_weigher_tare(struct ph_weigher *weigher, struct ph_device *device, const char *tare);
int ph_weigher_live(struct ph_weigher *weigher, struct ph_device *device, bool on);

/* Whether a reading is an answer to something: the driver may leave out what nobody asked for. */
bool ph_weigher_wants(const struct ph_weigher *weigher);

/* Bytes came that belong to no reading. */
void ph_weigher_garbled(struct ph_weigher *weigher);

void ph_weigher_take(struct ph_weigher *weigher, struct ph_device *device,
	const struct ph_scale_reading *reading);
void ph_weigher_tick(struct ph_weigher *weigher, struct ph_device *device);

/* The link is gone; the host answers what was in hand. */
void ph_weigher_close(struct ph_weigher *weigher);

/* The units that may be configured, for option tables; "as_sent" first. */
extern const char *const ph_weigher_units[];
enum ph_scale_unit ph_weigher_unit(const char *word);

#endif
