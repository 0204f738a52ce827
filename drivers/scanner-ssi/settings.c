// The parameter numbers of symbologies; when they are sent is the driver's business.
#include "drivers/scanner-ssi/settings.h"

#include "base/cleanup.h"
#include "protocols/ssi/ssi.h"

#include <errno.h>
#include <string.h>

const char *const ph_ssi_setting_names[] = {"code39", "upca", "upce", "ean13", "ean8",
	"standard2of5", "itf", "codabar", "code128", "code93", "code11", "msi", "trioptic",
	"gs1-128", "pdf417", "isbt128", "postnet", "planet", "uk-post", "micropdf", "japan-post",
	"australia-post", "datamatrix", "qr", "maxicode", "dutch-post", "databar",
	"databar-limited", "databar-expanded", "composite-c", "composite-a", "tlc39", "microqr",
	"aztec", "imb", "matrix2of5", "hanxin", NULL};

/* in the order of the names; composite-a stands for A and B, which have one parameter */
static const uint16_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 84, 89, 90, 91,
	227, 290, 291, 292, 293, 294, 326, 338, 339, 340, 341, 342, 371, 573, 574, 592, 618, 1167};

_Static_assert(PH_ARRAY_SIZE(numbers) + 1 == PH_ARRAY_SIZE(ph_ssi_setting_names),
	"each name has its number");
_Static_assert(PH_ARRAY_SIZE(numbers) <= PH_SSI_SETTINGS_MAX, "settings hold all of them");

int ph_ssi_setting_find(const char *name)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(numbers); i++)
		if (!strcmp(ph_ssi_setting_names[i], name))
			return (int)i;
	return strcmp(name, "composite-b") ? -EINVAL : ph_ssi_setting_find("composite-a");
}

/* Numbers from 1024 on take the prefix F8 and two bytes; ph_ssi_param() knows those below. */
static size_t write_param(unsigned number, bool on, uint8_t out[4])
{
	if (number >= 1024) {
		out[0] = 0xf8;
		out[1] = (uint8_t)(number >> 8);
		out[2] = (uint8_t)number;
		out[3] = on;
		return 4;
	}
	const int n = ph_ssi_param(number, on, out);
	return n > 0 ? (size_t)n : 0;
}

size_t ph_ssi_settings_write(
	const struct ph_ssi_settings *settings, size_t *at, uint8_t *out, size_t size)
{
	size_t len = 1;
	uint8_t param[4];

	out[0] = PH_SSI_BEEP_NONE;
	for (; *at < PH_ARRAY_SIZE(numbers); ++*at) {
		if (!settings->set[*at])
			continue;
		const size_t n = write_param(numbers[*at], settings->on[*at], param);
		if (len + n > size)
			break;
		memcpy(out + len, param, n);
		len += n;
	}
	return len > 1 ? len : 0;
}

size_t ph_ssi_setting_write(int place, bool on, uint8_t out[5])
{
	out[0] = PH_SSI_BEEP_NONE;
	return 1 + write_param(numbers[place], on, out + 1);
}
