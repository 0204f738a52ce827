/* Shared by the files of cash drawers: what the service keeps of one besides its state. */
#ifndef PH_DAEMON_OBJECTS_DRAWER_PRIVATE_H
#define PH_DAEMON_OBJECTS_DRAWER_PRIVATE_H

#include "daemon/objects/device.h"
#include "daemon/objects/drawer.h"

#include <systemd/sd-event.h>

struct ph_call;

/* What a driver answered; -1: unknown. */
struct ph_drawer_reading {
	int open;			  /* 1 open, 0 closed */
	const char *level;		  /* "high", "low" or NULL */
	const struct ph_failure *failure; /* it did not answer; else NULL */
};

typedef void (*ph_drawer_read)(void *userdata, const struct ph_drawer_reading *reading);

struct ph_drawer_ask {
	ph_drawer_read done;
	void *userdata;
	struct ph_drawer_ask *next;
};

enum ph_drawer_finding {
	PH_FINDING_NOTHING,
	PH_FINDING_NONE,
	PH_FINDING_OPEN_HIGH,
	PH_FINDING_OPEN_LOW,
	PH_FINDING_COUNT_
};

/* A dialogue of drawer.tune; it belongs to the client with this label. */
struct ph_drawer_tuning {
	char who[64];
	char closed[8]; /* level while it is closed; empty: not begun */
	enum ph_drawer_finding finding;
	struct ph_call *call;	/* of the step in hand, or NULL */
	sd_event_source *again; /* the next look after a pulse */
	unsigned looks;		/* that are left */
};

struct ph_drawer {
	struct ph_device *device;
	/* questions to the driver */
	struct ph_drawer_ask *asks; /* that wait for the answer */
	bool sensing;		    /* a question is with the driver */
	bool watched, watch_asked;  /* the driver watches; was told so with the question in hand */
	sd_event_source *retry;
	/* left-open alarm */
	sd_event_source *alarm;
	uint64_t opened_us; /* monotonic; 0: not open */
	unsigned alarms;    /* since then */
	struct ph_drawer_tuning tuning;
};

/* Made when first needed; NULL without memory. */
struct ph_drawer *ph_drawer_of(struct ph_device *device);

/* An opening is under way. */
bool ph_drawer_opening(const struct ph_device *device);

/* Boolean of the drawer's capabilities. */
bool ph_drawer_can(const struct ph_device *device, const char *capability);

/*
 * Asks the driver what the switch says now; done() is called exactly once, also from inside. A driver that cannot be asked
 * answers with the state known here.
 */
void ph_drawer_ask(struct ph_device *device, ph_drawer_read done, void *userdata);

/* What wants the driver to watch has changed. */
void ph_drawer_watch(struct ph_device *device);

/* ---- drawer_alarm.c ---- */

/* The state has changed. */
void ph_drawer_alarm_update(struct ph_drawer *drawer);
void ph_drawer_alarm_done(struct ph_drawer *drawer);

/* ---- drawer_tune.c ---- */

/* The device is removed: the step in hand is answered. */
void ph_drawer_tune_done(struct ph_drawer *drawer);

#endif
