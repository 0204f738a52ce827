/* What drivers have asked to be kept about their devices, by the names of the devices' sections; the journal has it too. */
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

/* Writes what is kept for a section as one JSON object. */
void ph_memory_write(const struct ph_daemon *daemon, const char *name, struct ph_buf *buf);

#endif
