/* Sections the service writes by itself. */
#ifndef PH_DAEMON_OBJECTS_ADOPT_H
#define PH_DAEMON_OBJECTS_ADOPT_H

#include <stdbool.h>

struct ph_daemon;
struct ph_identity;

/*
 * A device that was adopted, and is recognised now because it was set to another mode, keeps its name: its section is
 * written anew, with the settings the new driver knows, and read soon. False when it is none of these, when that cannot be
 * written, and when it was done less than a minute ago.
 */
bool ph_adopt_follow(struct ph_daemon *daemon, const struct ph_identity *identity);

#endif
