// Reads answers of scales on IBM's OEM interface and builds their commands; asking and waiting is
// for the driver.
#include "protocols/ibm-oem/oem_scale.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define DATA_AT	       3

#define S1_METRIC      0x01
#define S1_FIVE_DIGITS 0x02

/* The first row whose bit is set says what an answer is. */
static const struct {
	uint8_t byte, bit;
	enum ph_oem_scale_kind kind;
} kinds[] = {
	{0, 0x01, PH_OEM_SCALE_FLASHING},
	{0, 0x80, PH_OEM_SCALE_NOT_READY},
	{2, 0x01, PH_OEM_SCALE_CONFIG_DONE},
	{0, 0x02, PH_OEM_SCALE_CONFIG},
	{0, 0x40, PH_OEM_SCALE_COMMAND_ERROR},
	{1, 0x08, PH_OEM_SCALE_DATA_ERROR},
	{1, 0x10, PH_OEM_SCALE_READ_ERROR},
	{1, 0x20, PH_OEM_SCALE_NO_DISPLAY},
	{1, 0x40, PH_OEM_SCALE_HARDWARE_ERROR},
	{1, 0x80, PH_OEM_SCALE_REJECTED},
	{2, 0x04, PH_OEM_SCALE_OVER},
	{2, 0x02, PH_OEM_SCALE_UNDER},
	{2, 0x10, PH_OEM_SCALE_NEEDS_ZERO},
	{2, 0x20, PH_OEM_SCALE_WARM_UP},
	{2, 0x40, PH_OEM_SCALE_DUPLICATE},
	{2, 0x08, PH_OEM_SCALE_ZERO},
	{1, 0x04, PH_OEM_SCALE_MOTION},
};

static const uint8_t commands[PH_OEM_SCALE_COMMANDS][2] = {
	[PH_OEM_SCALE_READ_ENGLISH] = {0x01},
	[PH_OEM_SCALE_READ_METRIC] = {0x02},
	[PH_OEM_SCALE_SET_ZERO] = {0x03},
	[PH_OEM_SCALE_STATUS_LONG] = {0x04},
	[PH_OEM_SCALE_STATUS_SHORT] = {0x05},
	[PH_OEM_SCALE_CLEAR_DISPLAY] = {0x06},
	[PH_OEM_SCALE_REPORT_CONFIG] = {0x21},
	[PH_OEM_SCALE_SELF_TEST] = {0x00, 0x10},
	[PH_OEM_SCALE_STATUS] = {0x00, 0x20},
	[PH_OEM_SCALE_RESET] = {0x00, 0x40},
};

static enum ph_oem_scale_kind classify(const uint8_t status[3])
{
	if (status[0] == 0xff && status[1] == 0xff && status[2] == 0xff)
		return PH_OEM_SCALE_GONE;
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (status[kinds[i].byte] & kinds[i].bit)
			return kinds[i].kind;
	return PH_OEM_SCALE_WEIGHT;
}

static int read_digits(const uint8_t *bytes, size_t len, struct ph_oem_scale_answer *answer)
{
	bool five = answer->status[1] & (S1_METRIC | S1_FIVE_DIGITS);
	size_t count = five ? 5 : 4;

	if (len < DATA_AT + count)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		if (bytes[DATA_AT + i] > 9)
			return -EBADMSG;
		answer->digits[i] = (char)('0' + bytes[DATA_AT + i]);
	}
	answer->decimals = five ? 3 : 2;
	return 0;
}

int ph_oem_scale_parse(
	const uint8_t *bytes, size_t len, bool two_status, struct ph_oem_scale_answer *ret_answer)
{
	struct ph_oem_scale_answer answer = {0};
	int r = 0;

	if (len < (two_status ? 2 : 3))
		return -EBADMSG;
	memcpy(answer.status, bytes, two_status ? 2 : 3);
	if (two_status && bytes[0] == 0xff && bytes[1] == 0xff)
		answer.status[2] = 0xff;
	answer.kind = classify(answer.status);
	answer.metric = answer.status[1] & S1_METRIC;
	if (answer.kind == PH_OEM_SCALE_WEIGHT) {
		r = read_digits(bytes, len, &answer);
	} else if (answer.kind == PH_OEM_SCALE_CONFIG) {
		if (len < DATA_AT + PH_OEM_SCALE_CONFIG_LEN)
			return -EBADMSG;
		memcpy(answer.config, bytes + DATA_AT, PH_OEM_SCALE_CONFIG_LEN);
	}
	if (r < 0)
		return r;
	*ret_answer = answer;
	return 0;
}

void ph_oem_scale_command(
	enum ph_oem_scale_command command, uint8_t ret_bytes[PH_OEM_SCALE_COMMAND_LEN])
{
	memset(ret_bytes, 0, PH_OEM_SCALE_COMMAND_LEN);
	memcpy(ret_bytes, commands[command], sizeof commands[command]);
}

void ph_oem_scale_configure(
	const uint8_t config[PH_OEM_SCALE_CONFIG_LEN], uint8_t ret_bytes[PH_OEM_SCALE_COMMAND_LEN])
{
	ret_bytes[0] = 0x20;
	ret_bytes[1] = 0x00;
	memcpy(ret_bytes + 2, config, PH_OEM_SCALE_CONFIG_LEN);
}
