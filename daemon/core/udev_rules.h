/*
 * Rules of other programs that claim devices by their USB ids, as udev reads them: brltty, gpsd and ModemManager write to
 * whatever has the id of a converter chip. For the doctor; udev itself is not asked.
 */
#ifndef PH_DAEMON_CORE_UDEV_RULES_H
#define PH_DAEMON_CORE_UDEV_RULES_H

#include "daemon/core/identity.h"

#include <stdbool.h>
#include <stddef.h>

#define PH_RULE_FILES_MAX 512		/* of one folder; further ones are not read */
#define PH_RULE_FILE_MAX  (1024 * 1024) /* bytes; what follows is not read */
#define PH_CLAIMS_MAX	  2048		/* rules that are kept */

struct ph_rule_claim {
	const char *program; /* "brltty" */
	char *file;	     /* below the root */
	unsigned line;
	char *text;
};

struct ph_rule_claims {
	struct ph_rule_claim *items;
	size_t len;
};

/*
 * Reads the folders of rules below `root` ("" for the machine's own); a file hides those of its name in later folders. What
 * cannot be read is left out. Accepts only an empty list.
 */
void ph_rule_claims_read(struct ph_rule_claims *claims, const char *root);

/* Whether a rule names both ids of this device, and nothing else it says of a USB device speaks against it. */
bool ph_rule_claim_fits(const struct ph_rule_claim *claim, const struct ph_node *node);

void ph_rule_claims_done(struct ph_rule_claims *claims);

#endif
