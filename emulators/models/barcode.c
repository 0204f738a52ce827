// Linear symbols as modules; drawing them is left to the printer model. Code 128 is in code128.c.
#include "emulators/models/barcode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulators/models/barcode_internal.h"

// ISO/IEC 15420: odd parity (A) digits; B is their mirror inverse, C the inverse
static const char *const ean_a[10] = {"0001101", "0011001", "0010011", "0111101", "0100011",
	"0110001", "0101111", "0111011", "0110111", "0001011"};
static const char *const ean13_parity[10] = {"AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB",
	"ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"};
static const char *const upce_parity[10] = {"BBBAAA", "BBABAA", "BBAABA", "BBAAAB", "BABBAA",
	"BAABBA", "BAAABB", "BABABA", "BABAAB", "BAABAB"};

int ph_emu_bars_modules(struct ph_emu_bars *bars, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (bars->n_modules == PH_EMU_BARS_MAX_MODULES)
			return -EINVAL;
		bars->module[bars->n_modules++] = *pattern == '1';
	}
	return 0;
}

int ph_emu_bars_widths(struct ph_emu_bars *bars, const char *widths)
{
	for (unsigned i = 0; widths[i]; i++)
		for (int n = widths[i] - '0'; n > 0; n--)
			if (ph_emu_bars_modules(bars, i % 2 ? "0" : "1") < 0)
				return -EINVAL;
	return 0;
}

static void ean_digit(struct ph_emu_bars *bars, char digit, char set)
{
	char out[8] = {0};
	const char *a = ean_a[digit - '0'];

	for (unsigned i = 0; i < 7; i++) {
		char bit = set == 'B' ? a[6 - i] : a[i];
		out[i] = set == 'A' ? bit : (bit == '1' ? '0' : '1');
	}
	ph_emu_bars_modules(bars, out);
}

char ph_emu_bars_mod10(const char *digits, size_t len)
{
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(digits[len - 1 - i] - '0') * (i % 2 ? 1u : 3u);
	return (char)('0' + (10 - sum % 10) % 10);
}

static bool all_digits(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] < '0' || data[i] > '9')
			return false;
	return true;
}

// copies digits and completes the check digit; a digit that was sent is not verified
static int take_digits(const uint8_t *data, size_t len, size_t full, char *out)
{
	if ((len != full && len != full - 1) || !all_digits(data, len))
		return -EINVAL;
	memcpy(out, data, len);
	if (len == full - 1)
		out[full - 1] = ph_emu_bars_mod10(out, len);
	out[full] = 0;
	return 0;
}

static void ean13_bars(struct ph_emu_bars *bars, const char digits[static 14])
{
	const char *parity = ean13_parity[digits[0] - '0'];
	ph_emu_bars_modules(bars, "101");
	for (unsigned i = 0; i < 6; i++)
		ean_digit(bars, digits[i + 1], parity[i]);
	ph_emu_bars_modules(bars, "01010");
	for (unsigned i = 7; i < 13; i++)
		ean_digit(bars, digits[i], 'C');
	ph_emu_bars_modules(bars, "101");
}

static int encode_ean13(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	int r = take_digits(data, len, 13, bars->data);
	if (r < 0)
		return r;
	ean13_bars(bars, bars->data);
	memcpy(bars->hri, bars->data, 14);
	return 0;
}

static int encode_upca(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	int r = take_digits(data, len, 12, bars->data);
	if (r < 0)
		return r;
	char digits[14] = "0";
	memcpy(digits + 1, bars->data, 13);
	ean13_bars(bars, digits);
	memcpy(bars->hri, bars->data, 13);
	bars->hri_style = PH_EMU_HRI_TWO_SIX;
	return 0;
}

static int encode_ean8(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	int r = take_digits(data, len, 8, bars->data);
	if (r < 0)
		return r;
	ph_emu_bars_modules(bars, "101");
	for (unsigned i = 0; i < 4; i++)
		ean_digit(bars, bars->data[i], 'A');
	ph_emu_bars_modules(bars, "01010");
	for (unsigned i = 4; i < 8; i++)
		ean_digit(bars, bars->data[i], 'C');
	ph_emu_bars_modules(bars, "101");
	memcpy(bars->hri, bars->data, 9);
	bars->hri_style = PH_EMU_HRI_TWO_FOUR;
	return 0;
}

// UPC-A digits to the six of UPC-E (GS1 General Specifications 5.2.2.4); -EINVAL if none
static int upce_compress(const char upca[static 13], char six[static 7])
{
	const char *m = upca + 1, *p = upca + 6;
	if (upca[0] != '0')
		return -EINVAL;
	if (m[2] <= '2' && !memcmp(m + 3, "00", 2) && !memcmp(p, "00", 2))
		snprintf(six, 7, "%.2s%.3s%c", m, p + 2, m[2]);
	else if (!memcmp(m + 3, "00", 2) && !memcmp(p, "000", 3))
		snprintf(six, 7, "%.3s%.2s3", m, p + 3);
	else if (m[4] == '0' && !memcmp(p, "0000", 4))
		snprintf(six, 7, "%.4s%c4", m, p[4]);
	else if (p[4] >= '5' && !memcmp(p, "0000", 4))
		snprintf(six, 7, "%.5s%c", m, p[4]);
	else
		return -EINVAL;
	return 0;
}

static void upce_expand(const char six[static 7], char upca[static 13])
{
	char body[12];
	if (six[5] <= '2')
		snprintf(body, sizeof body, "0%.2s%c0000%.3s", six, six[5], six + 2);
	else if (six[5] == '3')
		snprintf(body, sizeof body, "0%.3s00000%.2s", six, six + 3);
	else if (six[5] == '4')
		snprintf(body, sizeof body, "0%.4s00000%c", six, six[4]);
	else
		snprintf(body, sizeof body, "0%.5s0000%c", six, six[5]);
	memcpy(upca, body, 11);
	upca[11] = ph_emu_bars_mod10(upca, 11);
	upca[12] = 0;
}

static int encode_upce(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	char upca[13], six[7] = {0};
	if (!all_digits(data, len))
		return -EINVAL;
	if (len == 11 || len == 12) {
		if (take_digits(data, len, 12, upca) < 0 || upce_compress(upca, six) < 0)
			return -EINVAL;
	} else if (len >= 6 && len <= 8) {
		if (len > 6 && data[0] != '0')
			return -EINVAL;
		memcpy(six, data + (len > 6), 6);
		upce_expand(six, upca);
	} else {
		return -EINVAL;
	}
	const char *parity = upce_parity[upca[11] - '0'];
	ph_emu_bars_modules(bars, "101");
	for (unsigned i = 0; i < 6; i++)
		ean_digit(bars, six[i], parity[i]);
	ph_emu_bars_modules(bars, "010101");
	snprintf(bars->data, sizeof bars->data, "0%s%c", six, upca[11]);
	memcpy(bars->hri, six, 7);
	return 0;
}

// ISO/IEC 16388: bars and spaces alternate, 1 narrow, 3 wide
static const char code39_chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*";
static const char *const code39_widths[] = {"111331311", "311311113", "113311113", "313311111",
	"111331113", "311331111", "113331111", "111311313", "311311311", "113311311", "311113113",
	"113113113", "313113111", "111133113", "311133111", "113133111", "111113313", "311113311",
	"113113311", "111133311", "311111133", "113111133", "313111131", "111131133", "311131131",
	"113131131", "111111333", "311111331", "113111331", "111131331", "331111113", "133111113",
	"333111111", "131131113", "331131111", "133131111", "131111313", "331111311", "133111311",
	"131313111", "131311131", "131113131", "111313131", "131131311"};

static int encode_code39(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	if (len > 0 && data[0] == '*')
		data++, len--;
	if (len > 0 && data[len - 1] == '*')
		len--;
	if (len < 1 || len > 255)
		return -EINVAL;
	snprintf(bars->data, sizeof bars->data, "%.*s", (int)len, (const char *)data);
	snprintf(bars->hri, sizeof bars->hri, "*%.*s*", (int)len, (const char *)data);
	if (strlen(bars->data) != len || strchr(bars->data, '*'))
		return -EINVAL;
	for (const char *c = bars->hri; *c; c++) {
		const char *at = strchr(code39_chars, *c);
		if (!at)
			return -EINVAL;
		if (ph_emu_bars_widths(bars, code39_widths[at - code39_chars]) < 0)
			return -EINVAL;
		if (c[1])
			ph_emu_bars_modules(bars, "0");
	}
	bars->hri_style = PH_EMU_HRI_SPREAD;
	return 0;
}

// ISO/IEC 16390
static const char *const itf_widths[10] = {
	"11331", "31113", "13113", "33111", "11313", "31311", "13311", "11133", "31131", "13131"};

static int encode_itf(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	if (len < 2 || len > 255 || len % 2 || !all_digits(data, len))
		return -EINVAL;
	snprintf(bars->data, sizeof bars->data, "%.*s", (int)len, (const char *)data);
	memcpy(bars->hri, bars->data, sizeof bars->hri);
	ph_emu_bars_widths(bars, "1111");
	for (size_t i = 0; i < len; i += 2) {
		char w[11] = {0};
		for (unsigned k = 0; k < 5; k++) {
			w[2 * k] = itf_widths[data[i] - '0'][k];
			w[2 * k + 1] = itf_widths[data[i + 1] - '0'][k];
		}
		if (ph_emu_bars_widths(bars, w) < 0)
			return -EINVAL;
	}
	return ph_emu_bars_widths(bars, "311");
}

// EN 798: 1 narrow, 2 wide
static const char codabar_chars[] = "0123456789-$:/.+ABCD";
static const char *const codabar_widths[] = {"1111122", "1111221", "1112112", "2211111", "1121121",
	"2111121", "1211112", "1211211", "1221111", "2112111", "1112211", "1122111", "2111212",
	"2121112", "2121211", "1121212", "1122121", "1212112", "1112122", "1112221"};

static int encode_codabar(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	if (len < 2 || len > 255)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = (char)data[i];
		if (c >= 'a' && c <= 'd')
			c = (char)(c - 'a' + 'A');
		const char *at = c ? strchr(codabar_chars, c) : NULL;
		bool edge = i == 0 || i + 1 == len;
		if (!at || edge != (c >= 'A'))
			return -EINVAL;
		bars->data[i] = c;
		if (ph_emu_bars_widths(bars, codabar_widths[at - codabar_chars]) < 0)
			return -EINVAL;
		if (i + 1 < len)
			ph_emu_bars_modules(bars, "0");
	}
	memcpy(bars->hri, bars->data, sizeof bars->hri);
	bars->hri_style = PH_EMU_HRI_SPREAD;
	return 0;
}

static const struct symbology {
	unsigned m_a, m_b; /* numbers in function A and B of GS k; 255 none */
	const char *name;
	int (*encode)(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
} symbologies[] = {
	{0, 65, "UPCA", encode_upca},
	{1, 66, "UPCE", encode_upce},
	{2, 67, "EAN13", encode_ean13},
	{3, 68, "EAN8", encode_ean8},
	{4, 69, "CODE39", encode_code39},
	{5, 70, "ITF", encode_itf},
	{6, 71, "CODABAR", encode_codabar},
	{255, 72, "CODE93", ph_emu_bars_code93},
	{255, 73, "CODE128", ph_emu_bars_code128},
	{255, 74, "GS1-128", ph_emu_bars_gs1_128},
	{255, 75, "DATABAR", ph_emu_bars_databar_omni},
	{255, 76, "DATABAR-TRUNCATED", ph_emu_bars_databar_truncated},
	{255, 77, "DATABAR-LIMITED", ph_emu_bars_databar_limited},
	{255, 78, "DATABAR-EXPANDED", ph_emu_bars_databar_expanded},
	{255, 79, "CODE128", ph_emu_bars_code128_auto},
};

int ph_emu_bars_encode(unsigned m, const uint8_t *data, size_t len, struct ph_emu_bars *ret_bars)
{
	for (size_t i = 0; i < sizeof symbologies / sizeof *symbologies; i++) {
		const struct symbology *s = &symbologies[i];
		if (s->m_a != m && s->m_b != m)
			continue;
		*ret_bars = (struct ph_emu_bars){.name = s->name};
		return s->encode(ret_bars, data, len);
	}
	return -ENOTSUP;
}
