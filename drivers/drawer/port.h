/*
 * A cash drawer: what its switch says, debounced, and the calls that wait for it. Without I/O or clock: whom it belongs to
 * (the engine of a printer, or box.h) sends the pulse, carries the level in and runs the two timers.
 */
#ifndef PH_DRIVERS_DRAWER_PORT_H
#define PH_DRIVERS_DRAWER_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "poshal/driver.h"

#define PH_DRAWER_WAIT_MS      1500 /* the switch must show the drawer open within this */
#define PH_DRAWER_DEBOUNCE_MS  50
#define PH_DRAWER_PULSE_GAP_MS 200  /* between two pulses; sooner is Busy */
#define PH_DRAWER_CAUSE_MS     5000 /* opened later than this after a pulse: by hand */
#define PH_DRAWER_WATCH_MS     500  /* between two questions while somebody watches */

/* Level of the switch while the drawer is open; option drawer_sensor in this order. */
enum ph_drawer_sensor {
	PH_SENSOR_NONE,
	PH_SENSOR_OPEN_HIGH,
	PH_SENSOR_OPEN_LOW,
	PH_SENSOR_AUTO, /* not learnt yet */
};

extern const char *const ph_drawer_sensor_choices[]; /* NULL behind the last */

/* -EINVAL: no such word. */
int ph_drawer_sensor_parse(const char *word, enum ph_drawer_sensor *ret_sensor);

struct ph_drawer_port;

struct ph_drawer_port_ops {
	/* Change of state, debounced. `by_hand`: it went open, and no pulse was the cause. */
	void (*status)(struct ph_drawer_port *port, enum ph_drawer_state state, bool by_hand);
	/* The end of a call; the port has forgotten it. */
	void (*reply)(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_outcome outcome,
		bool already);
	/* The end of a question. */
	void (*sensed)(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_state state,
		enum ph_level level);
	/* Calls ph_drawer_port_timeout() in so many ms, or ph_drawer_port_debounced(); 0 never. */
	void (*wait)(struct ph_drawer_port *port, unsigned ms);
	void (*debounce)(struct ph_drawer_port *port, unsigned ms);
	uint64_t (*now)(const struct ph_drawer_port *port); /* monotonic ms */
};

struct ph_drawer_port {
	const struct ph_drawer_port_ops *ops;
	enum ph_drawer_sensor sensor, own;
	enum ph_drawer_polarity polarity;
	enum ph_drawer_state state;
	uint32_t token;		  /* of the call that waits; 0: none */
	uint32_t sense_token;	  /* of the question that waits; 0: none */
	uint64_t last_pulse;	  /* 0: none */
	enum ph_level raw, level; /* as told last, and debounced */
	bool seen, debouncing;
	bool overdue;	 /* the time of the call is over, but for what was told last */
	bool watching;	 /* somebody wants to know of changes */
	bool once;	 /* the question in hand is asked in passing */
	unsigned used;	 /* drawers that had a pulse, a bit each: more than one share the switch */
	unsigned latest; /* drawer of the last pulse */
	unsigned opened; /* whose pulse opened the switch; 0: not known, or more than one */
};

/* Zeroed but for what ph_drawer_port_configure() sets before. */
void ph_drawer_port_init(struct ph_drawer_port *port, const struct ph_drawer_port_ops *ops);

/*
 * Takes the option drawer_sensor; where that is `auto` what was learnt; else `own`, what the device itself means by its level
 * (PH_SENSOR_AUTO where a cable decides). To be called in init() of the driver.
 */
void ph_drawer_port_configure(
	struct ph_drawer_port *port, struct ph_device *device, enum ph_drawer_sensor own);

/* What the level means is known. */
static inline bool ph_drawer_port_knows(const struct ph_drawer_port *port)
{
	return port->sensor == PH_SENSOR_OPEN_HIGH || port->sensor == PH_SENSOR_OPEN_LOW;
}

/* Somebody waits for the level: it is asked for, where it is not told. */
static inline bool ph_drawer_port_waits(const struct ph_drawer_port *port)
{
	return port->token || port->sense_token || port->watching;
}

/* Milliseconds between two questions meanwhile. */
static inline unsigned ph_drawer_port_pause(const struct ph_drawer_port *port)
{
	return port->token || port->sense_token ? PH_DRAWER_WAIT_MS / 15 : PH_DRAWER_WATCH_MS;
}

/* The level was told. */
void ph_drawer_port_level(struct ph_drawer_port *port, bool high);
void ph_drawer_port_debounced(struct ph_drawer_port *port);

/* `pushed`: the device tells changes by itself; else what was seen is worth nothing later. */
void ph_drawer_port_timeout(struct ph_drawer_port *port, bool pushed);

/* Nothing is asked any more: what was seen is not known from now on. */
void ph_drawer_port_forget(struct ph_drawer_port *port);

/* The device is gone. */
void ph_drawer_port_down(struct ph_drawer_port *port);

/*
 * A call begins. 0: send the pulse, and ph_drawer_port_pulsed(); PH_LATER: it was answered, the drawer is open already;
 * -EBUSY: another call waits, or the last pulse is too young. Two drawers on one switch make it say open while any is: then a
 * drawer that is not the one that opened it gets its pulse.
 */
int ph_drawer_port_open(
	struct ph_drawer_port *port, uint64_t now, uint32_t token, unsigned drawer, bool pushed);

/*
 * The pulse went out (`result` 0) or not. `sensed`: the level can be known. With two drawers on one switch that was not known
 * to be closed it cannot say whether this one opened: not confirmed. PH_LATER, -EIO or `result`.
 */
int ph_drawer_port_pulsed(
	struct ph_drawer_port *port, uint64_t now, unsigned drawer, int result, bool sensed);

/* As the member of struct ph_drawer_ops; `pushed` and `sensed` as above. PH_LATER or -EBUSY. */
int ph_drawer_port_sense(
	struct ph_drawer_port *port, const struct ph_drawer_sense *sense, bool pushed, bool sensed);
/* The device does not say: the question in hand is answered with that. */
void ph_drawer_port_unanswered(struct ph_drawer_port *port);

/* As the member of struct ph_drawer_ops; what is learnt is remembered. The caller emits its info anew. */
int ph_drawer_port_learn(struct ph_drawer_port *port, struct ph_device *device, const char *word);

/* A pulse in the stream of a job: the next one keeps its distance. */
void ph_drawer_port_note_pulse(struct ph_drawer_port *port, uint64_t now, unsigned drawer);

#endif
