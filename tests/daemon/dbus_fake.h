/* A daemon of fakes behind the D-Bus door: the real method table, handlers that note and answer, devices of JSON. */
#ifndef PH_TESTS_DAEMON_DBUS_FAKE_H
#define PH_TESTS_DAEMON_DBUS_FAKE_H

#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"

#define FAKE_DEVICES 8

struct fake {
	struct ph_daemon daemon;
	struct ph_config config;
	struct ph_device devices[FAKE_DEVICES];
	cJSON *descriptions[FAKE_DEVICES];
	char *params;				/* JSON of the last call; owned */
	char method[48];			/* its name */
	char label[64];				/* its caller */
	unsigned runs;				/* calls that reached a handler */
	void (*handler)(struct ph_call *call);	/* NULL: fake_answer */
	struct ph_call *held[PH_CALLS_PENDING]; /* by fake_hold */
	unsigned held_count, cancelled;
	unsigned removed_clients;
};

extern struct fake fake;

/* Sets up a loop, an access table that grants everything, and no devices. */
void fake_init(void);
void fake_done(void);

/* Adds a device whose description is the JSON text with ' for ". */
struct ph_device *fake_device(enum ph_class class_, const char *id, const char *description);

/* Replaces the description. */
void fake_describe(struct ph_device *device, const char *description);

/* Handlers: answer with a value for every field of the result; keep the call open until cancelled. */
void fake_answer(struct ph_call *call);
void fake_hold(struct ph_call *call);

/* A result with a value for every field. */
cJSON *fake_result(const struct ph_field *fields);

/* Sends an event to a client as the core does. `data` with ' for ". */
void fake_event(struct ph_client *client, const char *topic, const char *device, const char *data,
	bool unicast);

/* JSON text with ' replaced by ". */
cJSON *fake_json(const char *text);

#endif
