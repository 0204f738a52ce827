/*
 * Words that are kept, by owner and key; the journal has them too. The owner is the name of a device's section for what its
 * driver asked to be kept, and a name no section can have ("*scanner-1") for what poshald itself keeps.
 */
#ifndef PH_DAEMON_OBJECTS_MEMORY_H
#define PH_DAEMON_OBJECTS_MEMORY_H

#include "base/buf.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_daemon;
struct ph_unit;

/* Loads all of it. Blocks; before the journal is attached to the loop. */
int ph_memory_load(struct ph_daemon *daemon);
void ph_memory_done(struct ph_daemon *daemon);

/* `device.remember` of a driver. What is beyond the limits, or no text, is not kept. */
void ph_memory_remember(struct ph_unit *unit, const cJSON *params);

/* Whether anything is kept for a section. */
bool ph_memory_has(const struct ph_daemon *daemon, const char *name);

/* Keeps a text of poshald's own, or drops it (NULL). Returns 0, -ENOSPC, -ENOMEM. */
int ph_memory_keep(struct ph_daemon *daemon, const char *owner, const char *key, const char *value);

/* Drops all that is kept for an owner. */
void ph_memory_forget(struct ph_daemon *daemon, const char *owner);

/* Calls each() for every owner that has the key. Nothing may be kept or dropped meanwhile. */
void ph_memory_each(const struct ph_daemon *daemon, const char *key,
	void (*each)(void *userdata, const char *owner, const char *value), void *userdata);

/* Writes what is kept for a section as one JSON object. */
void ph_memory_write(const struct ph_daemon *daemon, const char *name, struct ph_buf *buf);

#endif
