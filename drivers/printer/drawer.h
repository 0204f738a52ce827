/*
 * The cash drawer behind a printer: what its switch says, debounced, and the call that waits for it. Without I/O or clock:
 * the engine it belongs to sends the pulse, carries the level in and runs the two timers.
 */
#ifndef PH_DRIVERS_PRINTER_DRAWER_H
#define PH_DRIVERS_PRINTER_DRAWER_H

#include <stdbool.h>
#include <stdint.h>

#include "poshal/driver.h"

#define PH_DRAWER_WAIT_MS      1500 /* the switch must show the drawer open within this */
#define PH_DRAWER_DEBOUNCE_MS  50
#define PH_DRAWER_PULSE_GAP_MS 200 /* between two pulses; sooner is Busy */

/* Level of the switch while the drawer is open; option drawer_sensor in this order. */
enum ph_drawer_sensor { PH_SENSOR_NONE, PH_SENSOR_OPEN_HIGH, PH_SENSOR_OPEN_LOW };

extern const char *const ph_drawer_sensor_choices[]; /* NULL behind the last */

struct ph_drawer_port;

struct ph_drawer_port_ops {
	/* Change of state, debounced. */
	void (*status)(struct ph_drawer_port *port, enum ph_drawer_state state);
	/* The end of a call; the port has forgotten it. */
	void (*reply)(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_outcome outcome,
		bool already);
	/* Calls ph_drawer_port_timeout() in so many ms, or ph_drawer_port_debounced(); 0 never. */
	void (*wait)(struct ph_drawer_port *port, unsigned ms);
	void (*debounce)(struct ph_drawer_port *port, unsigned ms);
};

struct ph_drawer_port {
	const struct ph_drawer_port_ops *ops;
	enum ph_drawer_sensor sensor;
	enum ph_drawer_state state;
	uint32_t token;	     /* of the call that waits; 0: none */
	uint64_t last_pulse; /* 0: none */
	bool seen, raw_open, debouncing;
};

/* Zeroed but for `sensor` before. */
void ph_drawer_port_init(struct ph_drawer_port *port, const struct ph_drawer_port_ops *ops);

/* The level was told. */
void ph_drawer_port_level(struct ph_drawer_port *port, bool high);
void ph_drawer_port_debounced(struct ph_drawer_port *port);

/* `pushed`: the printer tells changes by itself; else what was seen is worth nothing later. */
void ph_drawer_port_timeout(struct ph_drawer_port *port, bool pushed);

/* The printer is gone. */
void ph_drawer_port_down(struct ph_drawer_port *port);

/*
 * A call begins. 0: send the pulse, and ph_drawer_port_pulsed(); PH_LATER: it was answered, the drawer is open already;
 * -EBUSY: another call waits, or the last pulse is too young.
 */
int ph_drawer_port_open(struct ph_drawer_port *port, uint64_t now, uint32_t token, bool pushed);

/* The pulse went out (`result` 0) or not. `sensed`: the level can be known. PH_LATER, -EIO or `result`. */
int ph_drawer_port_pulsed(struct ph_drawer_port *port, uint64_t now, int result, bool sensed);

/* A pulse in the stream of a job: the next one keeps its distance. */
static inline void ph_drawer_port_note_pulse(struct ph_drawer_port *port, uint64_t now)
{
	port->last_pulse = now;
}

#endif
