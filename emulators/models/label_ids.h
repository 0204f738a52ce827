/* How scanners name symbologies on the wire: AIM (ISO/IEC 15424), IBM/Toshiba OEM, SSI and SNAPI (Zebra), Honeywell, Datalogic.
 * Sources: maker manuals; ISO/IEC 15424. Written for the emulators alone, so that a wrong row in the service shows. */
#ifndef PH_EMULATORS_MODELS_LABEL_IDS_H
#define PH_EMULATORS_MODELS_LABEL_IDS_H

#include <stdint.h>

struct ph_emu_label_ids {
	const char *name;
	const char *aim;     /* letter and modifier, NULL: none */
	uint32_t ibm;	     /* one byte, or three: 00 id 0B; 0 none */
	uint8_t ssi, hhp;    /* 0 none */
	const char *us, *eu; /* Datalogic RS-232 */
	const char *scrs232; /* Datalogic single cable */
};

/* By name; '_' and '-' are the same. NULL when it is not known. */
const struct ph_emu_label_ids *ph_emu_label_ids(const char *name);

#endif
