/* Who may do what: rules for users and groups from [access], and the grants of a peer by them. */
#ifndef PH_DAEMON_CORE_ACCESS_H
#define PH_DAEMON_CORE_ACCESS_H

#include "daemon/core/ini.h"
#include "poshal/types.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PH_ACCESS_GROUP "poshal" /* the group that may use devices when nothing is configured */

struct ph_access_rule {
	bool is_group;
	uint32_t id;	 /* uid or gid */
	uint32_t grants; /* PH_GRANT_BIT(...) */
};

struct ph_access {
	struct ph_access_rule *rules; /* owned */
	size_t len;
	uid_t own_uid; /* has all grants, like root */
};

/*
 * Fills an empty `access` from the section [access], or with the default when `section` is NULL: group
 * poshal has all but directio, queue and configure. Names are looked up here and never again; a rule that
 * is wrong or names nobody is a problem and gives nothing. Returns 0 or -ENOMEM.
 */
int ph_access_init(struct ph_access *access, const struct ph_ini_section *section, uid_t own_uid,
	struct ph_problems *problems);
void ph_access_done(struct ph_access *access); /* accepts a zeroed struct */

/*
 * Grants of a peer: all rules that fit, together. `gids` must hold its primary group (SO_PEERCRED) and the
 * others (SO_PEERGROUPS).
 */
uint32_t ph_access_grants(
	const struct ph_access *access, uid_t uid, const gid_t *gids, size_t gids_len);

#endif
