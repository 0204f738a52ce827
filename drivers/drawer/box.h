/*
 * A cash drawer with an interface of its own: the port, its timers in the one timer of the driver, and when the device is asked
 * for its state. The driver knows the bytes. Without I/O of its own.
 *
 * The device is asked only while somebody waits: while an opening is in hand, or poshald says so (sense with watch).
 */
#ifndef PH_DRIVERS_DRAWER_BOX_H
#define PH_DRIVERS_DRAWER_BOX_H

#include "drivers/drawer/port.h"

/* What a model can do; a row of the driver's table. */
struct ph_drawer_box_model {
	unsigned pins;		   /* 1 or 2 */
	enum ph_drawer_sensor own; /* what its level means; PH_SENSOR_NONE: it says nothing */
	bool ask_first;		   /* a drawer that is open already is given no pulse */
	unsigned ask_ms,
		answer_ms;  /* between two questions; for an answer, 0: it is there at once */
	unsigned gap_ms;    /* between two openings, at least PH_DRAWER_PULSE_GAP_MS */
	unsigned charge_ms; /* before the first one after the link is up */
};

struct ph_drawer_box_ops {
	int (*pulse)(
		struct ph_device *device, unsigned drawer); /* 0 or what ph_link_write() says */
	/* Asks; ph_drawer_box_level() follows, also from inside. 0 or a negative errno. May be NULL with PH_SENSOR_NONE. */
	int (*ask)(struct ph_device *device);
	/* No answer is waited for any more. May be NULL. */
	void (*rest)(struct ph_device *device);
	void (*info)(struct ph_device *device); /* says anew what the drawer can do */
};

enum ph_drawer_box_timer {
	PH_BOX_TIMER_DEBOUNCE, /* before the wait: what it settles may be what is waited for */
	PH_BOX_TIMER_WAIT,
	PH_BOX_TIMER_ASK,
	PH_BOX_TIMER_ANSWER,
	PH_BOX_TIMER_COUNT_
};

struct ph_drawer_box {
	struct ph_device *device;
	const struct ph_drawer_box_model *model;
	const struct ph_drawer_box_ops *ops;
	struct ph_drawer_port port;
	uint64_t at[PH_BOX_TIMER_COUNT_]; /* 0: off */
	uint64_t up_at;
	unsigned missed;      /* questions in a row without an answer */
	uint64_t answered_at; /* since the last pulse; 0: it has not answered */
	bool up, asking;
	bool overdue; /* the time of an opening is over, and the device was not asked in it to the end */
	/* of an opening whose pulse waits for the first answer */
	bool opening;
	struct ph_drawer_request request;
};

/* In init(): takes the option drawer_sensor (PH_DRAWER_BOX_OPTION_SENSOR) and what was learnt. */
void ph_drawer_box_init(struct ph_drawer_box *box, struct ph_device *device,
	const struct ph_drawer_box_model *model, const struct ph_drawer_box_ops *ops);

/* From the driver's open(). */
void ph_drawer_box_up(struct ph_drawer_box *box);

/* Members of struct ph_driver. The box is the first member of the driver's state. */
void ph_drawer_box_on_close(struct ph_device *device, bool lost, size_t unsent);
void ph_drawer_box_on_tick(struct ph_device *device);
extern const struct ph_drawer_ops ph_drawer_box_drawer_ops;

/* The answer to a question; one that nobody asked is ignored. */
void ph_drawer_box_level(struct ph_drawer_box *box, bool high);

/* The capabilities, for the driver's info. */
struct ph_drawer_capabilities ph_drawer_box_capabilities(const struct ph_drawer_box *box);

/* Bytes that open the drawer go out by another way: -EBUSY when that is too soon, else the next pulse keeps its distance. */
int ph_drawer_box_note_pulse(struct ph_drawer_box *box);

#define PH_DRAWER_BOX_OPTION_SENSOR(text)                                                          \
	{                                                                                          \
		.name = "drawer_sensor", .type = PH_OPTION_CHOICE,                                 \
		.choices = ph_drawer_sensor_choices, .preset = "auto", .summary = text             \
	}

#endif
