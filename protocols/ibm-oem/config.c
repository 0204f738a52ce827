// The settings of scanners on IBM's OEM interface: where in the nine bytes each of them is.
#include "protocols/ibm-oem/config.h"

#include <errno.h>

static const struct {
	const char *name;
	uint8_t byte, mask;
} settings[PH_OEM_SETTINGS] = {
	[PH_OEM_UPC_EAN] = {"upc_ean", 0, 0x01},
	[PH_OEM_UPC_D] = {"upc_d", 0, 0x02},
	[PH_OEM_CODE39] = {"code39", 0, 0x04},
	[PH_OEM_ITF] = {"itf", 0, 0x08},
	[PH_OEM_CODABAR] = {"codabar", 0, 0x10},
	[PH_OEM_CODE93] = {"code93", 0, 0x20},
	[PH_OEM_CODE128] = {"code128", 0, 0x40},
	[PH_OEM_GS1_128] = {"gs1_128", 0, 0x80},
	[PH_OEM_ADDON_2] = {"addon_2", 1, 0x01},
	[PH_OEM_ADDON_5] = {"addon_5", 1, 0x02},
	[PH_OEM_ADDON_CODE128] = {"addon_code128", 1, 0x04},
	[PH_OEM_UPCA_CHECK_DIGIT] = {"upca_check_digit", 1, 0x08},
	[PH_OEM_UPCE_CHECK_DIGIT] = {"upce_check_digit", 1, 0x10},
	[PH_OEM_CODE39_CHECK_DIGIT] = {"code39_check_digit", 1, 0x20},
	[PH_OEM_ITF_CHECK_DIGIT] = {"itf_check_digit", 1, 0x40},
	[PH_OEM_TWO_LABELS] = {"two_labels", 2, 0x01},
	[PH_OEM_UPCA_TO_EAN13] = {"upca_to_ean13", 2, 0x02},
	[PH_OEM_UPCE_TO_EAN13] = {"upce_to_ean13", 2, 0x04},
	[PH_OEM_UPCE_TO_UPCA] = {"upce_to_upca", 2, 0x08},
	[PH_OEM_PRICE_CHECK_4] = {"price_check_4", 2, 0x10},
	[PH_OEM_PRICE_CHECK_5] = {"price_check_5", 2, 0x20},
	[PH_OEM_GOOD_READ_BEEP] = {"good_read_beep", 3, 0x01},
	[PH_OEM_BEEP_VOLUME] = {"beep_volume", 3, 0x06},
	[PH_OEM_BEEP_FREQUENCY] = {"beep_frequency", 3, 0x18},
	[PH_OEM_BEEP_DURATION] = {"beep_duration", 3, 0x60},
	[PH_OEM_MOTOR_TIMEOUT] = {"motor_timeout", 4, 0x07},
	[PH_OEM_LASER_TIMEOUT] = {"laser_timeout", 4, 0x18},
	[PH_OEM_DOUBLE_READ_TIMEOUT] = {"double_read_timeout", 4, 0x60},
	[PH_OEM_STORE_LABEL_SECURITY] = {"store_label_security", 5, 0x03},
	[PH_OEM_ITF_LENGTH_1] = {"itf_length_1", 6, 0x3f},
	[PH_OEM_ITF_TWO_LENGTHS] = {"itf_two_lengths", 6, 0x40},
	[PH_OEM_ITF_RANGE] = {"itf_range", 6, 0x80},
	[PH_OEM_ITF_LENGTH_2] = {"itf_length_2", 7, 0x3f},
	[PH_OEM_LAMP_DURATION] = {"lamp_duration", 8, 0x03},
	[PH_OEM_BARCODE_PROGRAMMING] = {"barcode_programming", 8, 0x04},
	[PH_OEM_LASER_SWITCH] = {"laser_switch", 8, 0x08},
	[PH_OEM_VOLUME_SWITCH] = {"volume_switch", 8, 0x10},
};

/* The lowest bit of a mask: by it a value is shifted into place. */
static unsigned step(enum ph_oem_setting setting)
{
	unsigned mask = settings[setting].mask;

	return mask & (~mask + 1);
}

const char *ph_oem_setting_name(enum ph_oem_setting setting)
{
	return settings[setting].name;
}

unsigned ph_oem_config_get(const uint8_t config[PH_OEM_CONFIG_LEN], enum ph_oem_setting setting)
{
	return (config[settings[setting].byte] & settings[setting].mask) / step(setting);
}

int ph_oem_config_set(
	uint8_t config[PH_OEM_CONFIG_LEN], enum ph_oem_setting setting, unsigned value)
{
	uint8_t *byte = &config[settings[setting].byte];
	unsigned mask = settings[setting].mask;

	if (value > mask / step(setting))
		return -ERANGE;
	*byte = (uint8_t)((*byte & ~mask) | value * step(setting));
	return 0;
}
