/*
 * The nine bytes that set up a scanner on IBM's OEM interface, by name.
 *
 * Source: Datalogic's androidPOS-core, scanner configuration (numbers only).
 */
#ifndef PH_PROTOCOLS_IBM_OEM_CONFIG_H
#define PH_PROTOCOLS_IBM_OEM_CONFIG_H

#include "protocols/ibm-oem/ibm_oem.h"

enum ph_oem_setting {
	PH_OEM_UPC_EAN,
	PH_OEM_UPC_D,
	PH_OEM_CODE39,
	PH_OEM_ITF,
	PH_OEM_CODABAR,
	PH_OEM_CODE93,
	PH_OEM_CODE128,
	PH_OEM_GS1_128,
	PH_OEM_ADDON_2,
	PH_OEM_ADDON_5,
	PH_OEM_ADDON_CODE128,
	PH_OEM_UPCA_CHECK_DIGIT,
	PH_OEM_UPCE_CHECK_DIGIT,
	PH_OEM_CODE39_CHECK_DIGIT,
	PH_OEM_ITF_CHECK_DIGIT,
	PH_OEM_TWO_LABELS,
	PH_OEM_UPCA_TO_EAN13,
	PH_OEM_UPCE_TO_EAN13,
	PH_OEM_UPCE_TO_UPCA,
	PH_OEM_PRICE_CHECK_4,
	PH_OEM_PRICE_CHECK_5,
	PH_OEM_GOOD_READ_BEEP,
	PH_OEM_BEEP_VOLUME,	     /* 0 to 3 */
	PH_OEM_BEEP_FREQUENCY,	     /* 0 to 3 */
	PH_OEM_BEEP_DURATION,	     /* 0 to 3 */
	PH_OEM_MOTOR_TIMEOUT,	     /* 0 to 7 */
	PH_OEM_LASER_TIMEOUT,	     /* 0 to 3 */
	PH_OEM_DOUBLE_READ_TIMEOUT,  /* 0 to 3 */
	PH_OEM_STORE_LABEL_SECURITY, /* 0 to 3 */
	PH_OEM_ITF_LENGTH_1,	     /* 0 to 63 */
	PH_OEM_ITF_TWO_LENGTHS,
	PH_OEM_ITF_RANGE, /* the two lengths are the ends of a range */
	PH_OEM_ITF_LENGTH_2,
	PH_OEM_LAMP_DURATION, /* 0 to 3 */
	PH_OEM_BARCODE_PROGRAMMING,
	PH_OEM_LASER_SWITCH,
	PH_OEM_VOLUME_SWITCH
};

#define PH_OEM_SETTINGS (PH_OEM_VOLUME_SWITCH + 1)

/* "upc_ean", "addon_2", ...: for configuration and statistics. */
const char *ph_oem_setting_name(enum ph_oem_setting setting);

/* 0 or 1 unless a range is given above. */
unsigned ph_oem_config_get(const uint8_t config[PH_OEM_CONFIG_LEN], enum ph_oem_setting setting);

/* -ERANGE: the value does not fit. */
int ph_oem_config_set(
	uint8_t config[PH_OEM_CONFIG_LEN], enum ph_oem_setting setting, unsigned value);

#endif
