// Check digits and UPC-E; which symbol a number came from is not its business.
#include "protocols/gs1/check_digit.h"

#include <errno.h>
#include <string.h>

bool ph_all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

char ph_check_digit(const char *digits, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(digits[len - 1 - i] - '0') * (i % 2 ? 1 : 3);
	return (char)('0' + (10 - sum % 10) % 10);
}

bool ph_check_digit_ok(const char *digits, size_t len)
{
	return len >= 2 && ph_all_digits(digits, len) &&
	       ph_check_digit(digits, len - 1) == digits[len - 1];
}

int ph_gtin_check(const char *label, size_t len)
{
	if (len != 8 && (len < 12 || len > 14))
		return -EINVAL;
	if (!ph_all_digits(label, len))
		return -EINVAL;
	return ph_check_digit_ok(label, len) ? 0 : -EBADMSG;
}

/* The eleven digits in front of the check digit; `d` are the six digits behind the number system. */
static void expand(char system, const char d[6], char out[PH_UPCA_LEN])
{
	memset(out, '0', PH_UPCA_LEN);
	out[0] = system;
	memcpy(out + 1, d, 2);
	if (d[5] <= '2') {
		out[3] = d[5];
		memcpy(out + 8, d + 2, 3);
	} else if (d[5] == '3') {
		out[3] = d[2];
		memcpy(out + 9, d + 3, 2);
	} else if (d[5] == '4') {
		memcpy(out + 3, d + 2, 2);
		out[10] = d[4];
	} else {
		memcpy(out + 3, d + 2, 3);
		out[10] = d[5];
	}
}

int ph_upce_to_upca(const char *upce, size_t len, char ret_upca[PH_UPCA_LEN + 1])
{
	char upca[PH_UPCA_LEN + 1] = "";

	if (len < 6 || len > PH_UPCE_LEN || !ph_all_digits(upce, len))
		return -EINVAL;
	const char system = len == 6 ? '0' : upce[0];
	if (system > '1')
		return -EINVAL;
	expand(system, upce + (len > 6), upca);
	upca[11] = ph_check_digit(upca, 11);
	if (len == PH_UPCE_LEN && upce[7] != upca[11])
		return -EBADMSG;
	memcpy(ret_upca, upca, sizeof upca);
	return 0;
}

static bool zeros(const char *digits, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		if (digits[i] != '0')
			return false;
	return true;
}

int ph_upca_to_upce(const char *upca, size_t len, char ret_upce[PH_UPCE_LEN + 1])
{
	char upce[PH_UPCE_LEN + 1] = "";

	if (len != PH_UPCA_LEN || !ph_all_digits(upca, len))
		return -EINVAL;
	if (!ph_check_digit_ok(upca, len))
		return -EBADMSG;
	memcpy(upce, upca, 6);
	upce[7] = upca[11];
	if (upca[0] > '1')
		return -ERANGE;
	if (upca[3] <= '2' && zeros(upca, 4, 7)) {
		memcpy(upce + 3, upca + 8, 3);
		upce[6] = upca[3];
	} else if (zeros(upca, 4, 8)) {
		memcpy(upce + 4, upca + 9, 2);
		upce[6] = '3';
	} else if (zeros(upca, 5, 9)) {
		upce[5] = upca[10];
		upce[6] = '4';
	} else if (zeros(upca, 6, 9) && upca[10] >= '5') {
		upce[6] = upca[10];
	} else {
		return -ERANGE;
	}
	memcpy(ret_upce, upce, sizeof upce);
	return 0;
}
