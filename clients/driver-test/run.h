/*
 * A driver under test: its executable on a carrier as poshald would start it, and a device that is emulated as far as a cable
 * goes. All waits have deadlines. For check.c.
 */
#ifndef PH_DRIVER_TEST_RUN_H
#define PH_DRIVER_TEST_RUN_H

#include "base/buf.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <sys/types.h>

#define DRIVER_DEADLINE_MS 30000 /* for what the protocol gives no limit */
#define DRIVER_ANSWER_MS   5000	 /* for a ping, and for any answer here */
#define DRIVER_START_MS	   10000 /* more until its first message: it is being loaded */

enum driver_link { DRIVER_LINK_NONE, DRIVER_LINK_SERIAL, DRIVER_LINK_TCP };

struct driver_run {
	const char *name;
	pid_t pid;  /* 0: it has ended */
	int status; /* of waitpid(), once it has */
	int carrier;
	struct ph_buf in; /* what came and is no whole line yet */
	int next_id;
	unsigned notes; /* notifications so far */
	char state[16]; /* of the last device.state; "" */
	bool hello;	/* driver.hello has come, first of all, and fits */
	bool broken;	/* a line that is no JSON object */
	bool speaks;	/* something has come */
	bool eof;
	enum driver_link link;
	int device, listener; /* ends of the emulated device; -1 */
	char connection[128];
};

/* Starts the driver with a device that waits for it. Returns 0 or a negative errno. */
int driver_start(struct driver_run *run, const char *path, const char *name, enum driver_link link);

/* Ends whatever is left. */
void driver_end(struct driver_run *run);

/* Sends bytes of the carrier; -EPIPE when it ended. */
int driver_send(struct driver_run *run, const char *data, size_t len);

/* Sends a request; `params` is JSON text. Returns its id or a negative errno. */
int driver_request(struct driver_run *run, const char *method, const char *params);

/*
 * The answer to a request, owned by the caller; NULL when none comes in time, which is longer for a driver that has said nothing
 * yet, or the driver ends.
 */
cJSON *driver_answer(struct driver_run *run, int id, int timeout_ms);

/* The same, and no other answer may come before it. */
cJSON *driver_answer_only(struct driver_run *run, int id, int timeout_ms);

/* Waits until the last device.state is one of two words (the second may be NULL), or the driver has ended. */
bool driver_state(struct driver_run *run, const char *word, const char *other, int timeout_ms);

/* Takes in what has come; an answer among it is nobody's. */
void driver_read_on(struct driver_run *run);

/* Waits for its end; true when it came in time. */
bool driver_ended(struct driver_run *run, int timeout_ms);

/* Rubbish of the device, as much as its link takes at once. Returns bytes. */
size_t driver_device_says(struct driver_run *run, size_t len);

/* poshald is gone: the carrier ends. */
void driver_hang_up(struct driver_run *run);

/* The cable is pulled. */
void driver_unplug(struct driver_run *run);

#endif
