// Reads GS1 element strings and numbers out of labels; Digital Links are digital_link.c, prices in numbers measure.c.
#include "protocols/gs1/gs1.h"

#include "base/cleanup.h"
#include "protocols/gs1/check_digit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ph_gs1_clear(struct ph_gs1 *gs1)
{
	gs1->count = gs1->text_len = 0;
	gs1->text[0] = gs1->reason[0] = '\0';
}

int ph_gs1_fail(struct ph_gs1 *gs1, int error, const char *ai, size_t ai_len, const char *what)
{
	ph_gs1_clear(gs1);
	if (ai_len)
		snprintf(gs1->reason, sizeof gs1->reason, "(%.*s): %s", (int)ai_len, ai, what);
	else
		*stpncpy(gs1->reason, what, PH_GS1_REASON_MAX) = '\0';
	return error;
}

/* Characters of the fixed parts in front of one that varies; 0 where there is no such pair. */
static uint8_t split_of(const struct ph_gs1_ai *row)
{
	unsigned fixed = 0;

	for (size_t i = 0; row && i < PH_GS1_PARTS && row->parts[i].set; i++) {
		if (row->parts[i].min != row->parts[i].max)
			return (uint8_t)fixed;
		fixed += row->parts[i].max;
	}
	return 0;
}

int ph_gs1_add(struct ph_gs1 *gs1, const char *ai, size_t ai_len, const char *value, size_t len)
{
	const struct ph_gs1_ai *row = ph_gs1_ai_find(ai, ai_len);
	const char *wrong = ph_gs1_value_check(row, value, len);

	if (wrong)
		return ph_gs1_fail(gs1, -EBADMSG, ai, ai_len, wrong);
	if (gs1->count == PH_GS1_ELEMENTS_MAX || gs1->text_len + len + 1 > sizeof gs1->text)
		return ph_gs1_fail(gs1, -E2BIG, NULL, 0, "too many elements");
	struct ph_gs1_element *element = &gs1->elements[gs1->count++];
	*element = (struct ph_gs1_element){
		.title = row ? row->title : NULL,
		.at = (uint16_t)gs1->text_len,
		.len = (uint16_t)len,
		.split = split_of(row),
		.decimals = (int8_t)(row && row->decimals ? ai[ai_len - 1] - '0' : -1),
	};
	memcpy(element->ai, ai, ai_len);
	memcpy(gs1->text + gs1->text_len, value, len);
	gs1->text_len += len;
	gs1->text[gs1->text_len++] = '\0';
	return 0;
}

/* Adds the element at the beginning of the data; returns its length, separator included. */
static int add_first(struct ph_gs1 *gs1, const char *data, size_t len)
{
	const size_t ai_len = len >= 2 && ph_all_digits(data, 2) ? ph_gs1_ai_len(data) : 0;

	if (!ai_len || len < ai_len || !ph_all_digits(data, ai_len))
		return ph_gs1_fail(gs1, -EBADMSG, NULL, 0, "no application identifier");
	const char *value = data + ai_len;
	size_t rest = len - ai_len, value_len = ph_gs1_fixed_len(data);
	if (value_len > rest)
		return ph_gs1_fail(gs1, -EBADMSG, data, ai_len, "too short");
	if (!value_len) {
		const char *end = memchr(value, PH_GS1_GS, rest);
		value_len = end ? (size_t)(end - value) : rest;
	}
	const int r = ph_gs1_add(gs1, data, ai_len, value, value_len);
	if (r < 0)
		return r;
	const size_t used = ai_len + value_len;
	return (int)(used + (used < len && data[used] == PH_GS1_GS));
}

int ph_gs1_parse_elements(const char *data, size_t len, struct ph_gs1 *gs1)
{
	ph_gs1_clear(gs1);
	if (len > PH_LABEL_MAX)
		return ph_gs1_fail(gs1, -E2BIG, NULL, 0, "too long");
	if (len && data[0] == PH_GS1_GS) {
		data++;
		len--;
	}
	if (!len)
		return ph_gs1_fail(gs1, -EBADMSG, NULL, 0, "empty");
	while (len) {
		const int used = add_first(gs1, data, len);
		if (used < 0)
			return used;
		data += used;
		len -= (size_t)used;
	}
	return 0;
}

enum carrier {
	ELEMENTS,
	NUMBER, /* EAN and UPC */
	ITF,
	LINK /* maybe */
};

/* Symbols that carry GS1 data by their nature. */
static const struct {
	const char *aim;       /* letter and modifier, or letter alone; NULL without its own */
	const char *symbology; /* NULL where the name does not tell that it is GS1's */
	enum carrier carrier;
} carriers[] = {
	{"C1", "gs1-128", ELEMENTS},
	{"e0", "databar", ELEMENTS},
	{NULL, "databar-limited", ELEMENTS},
	{NULL, "databar-expanded", ELEMENTS},
	{"e1", "composite-a", ELEMENTS},
	{"e2", "composite-b", ELEMENTS},
	{NULL, "composite-c", ELEMENTS},
	{"d2", "gs1-datamatrix", ELEMENTS},
	{"d5", NULL, ELEMENTS},
	{"Q3", "gs1-qr", ELEMENTS},
	{"Q4", NULL, ELEMENTS},
	{"J1", NULL, ELEMENTS},
	{"J4", NULL, ELEMENTS},
	{"E0", "ean13", NUMBER},
	{"E3", "upca", NUMBER},
	{"E4", "ean8", NUMBER},
	{NULL, "upce", NUMBER},
	{"I", "itf", ITF},
};

static enum carrier carrier_of(const char *symbology, const char *aim)
{
	const size_t n = PH_ARRAY_SIZE(carriers);

	for (size_t i = 0; aim && i < n; i++)
		if (carriers[i].aim && !strncmp(carriers[i].aim, aim + 1, strlen(carriers[i].aim)))
			return carriers[i].carrier;
	for (size_t i = 0; !aim && symbology && i < n; i++)
		if (carriers[i].symbology && !strcmp(carriers[i].symbology, symbology))
			return carriers[i].carrier;
	return LINK;
}

/* Digits of an EAN or UPC number without its add-on, or 0. */
static size_t number_len(bool ean8, bool upce, size_t len)
{
	static const size_t lens[] = {13, 12, 8}, addons[] = {0, 2, 5};

	if (upce && (len == 6 || len == 7))
		return len;
	for (size_t i = 0; i < PH_ARRAY_SIZE(addons); i++)
		for (size_t j = 0; j < PH_ARRAY_SIZE(lens); j++)
			if (len == lens[j] + addons[i] && (lens[j] == 8 || (!ean8 && !upce)))
				return lens[j];
	return 0;
}

/* (01) with as many zeros in front as it takes to make 14 digits. */
static int add_gtin(struct ph_gs1 *gs1, const char *digits, size_t len)
{
	char gtin[14 + 1] = "00000000000000";

	memcpy(gtin + 14 - len, digits, len);
	return ph_gs1_add(gs1, "01", 2, gtin, 14);
}

static int parse_number(
	const char *symbology, const char *aim, const char *label, size_t len, struct ph_gs1 *gs1)
{
	const bool ean8 = aim ? aim[2] == '4' : !strcmp(symbology, "ean8");
	const size_t digits = number_len(ean8, !aim && !strcmp(symbology, "upce"), len);
	char upca[PH_UPCA_LEN + 1];

	if (!digits || !ph_all_digits(label, len))
		return ph_gs1_fail(gs1, -EBADMSG, NULL, 0, "no EAN or UPC number");
	if (ean8 || digits > 8)
		return add_gtin(gs1, label, digits);
	const int r = ph_upce_to_upca(label, digits, upca);
	if (r < 0)
		return ph_gs1_fail(gs1, -EBADMSG, "01", 2,
			r == -EBADMSG ? "wrong check digit" : "no UPC-E number");
	return add_gtin(gs1, upca, PH_UPCA_LEN);
}

/* A composite symbol in the form of GS1's tools: the number, "|]e0", and the element string of its second half. */
static int parse_number_composite(
	const char *symbology, const char *aim, const char *label, size_t len, struct ph_gs1 *gs1)
{
	const char *second = memmem(label, len, "|]e0", 4);
	const size_t first_len = second ? (size_t)(second - label) : len;
	int r = parse_number(symbology, aim, label, first_len, gs1);

	if (r < 0 || !second)
		return r;
	second += 4;
	for (size_t left = len - first_len - 4; left;) {
		r = add_first(gs1, second, left);
		if (r < 0)
			return r;
		second += r;
		left -= (size_t)r;
	}
	return 0;
}

/* Symbols with an extended channel begin with a backslash and six digits. */
static size_t eci_len(const char *label, size_t len)
{
	return len >= 7 && label[0] == '\\' && ph_all_digits(label + 1, 6) ? 7 : 0;
}

int ph_gs1_parse(
	const char *symbology, const char *aim, const char *label, size_t len, struct ph_gs1 *gs1)
{
	size_t eci = 0;

	ph_gs1_clear(gs1);
	if (aim && strlen(aim) != 3)
		aim = NULL;
	if (len > PH_LABEL_MAX)
		return ph_gs1_fail(gs1, -E2BIG, NULL, 0, "too long");
	switch (carrier_of(symbology, aim)) {
	case ELEMENTS:
		eci = eci_len(label, len);
		return ph_gs1_parse_elements(label + eci, len - eci, gs1);
	case NUMBER:
		return parse_number_composite(symbology, aim, label, len, gs1);
	case ITF:
		/* any other ITF is not GS1's; a wrong check digit makes it any other */
		if (len != 14 || !ph_check_digit_ok(label, len))
			return -ENOMSG;
		return add_gtin(gs1, label, len);
	case LINK:
		break;
	}
	if (!aim && len && label[0] == PH_GS1_GS)
		return ph_gs1_parse_elements(label, len, gs1);
	const int r = ph_gs1_parse_link(label, len, gs1);
	if (r == -ENOMSG)
		gs1->reason[0] = '\0'; /* most addresses are none of GS1's */
	return r;
}

const struct ph_gs1_element *ph_gs1_find(const struct ph_gs1 *gs1, const char *ai)
{
	for (size_t i = 0; i < gs1->count; i++)
		if (!strcmp(gs1->elements[i].ai, ai))
			return &gs1->elements[i];
	return NULL;
}

const char *ph_gs1_value(const struct ph_gs1 *gs1, const struct ph_gs1_element *element)
{
	return gs1->text + element->at;
}

int ph_gs1_human(const struct ph_gs1 *gs1, char *out, size_t size)
{
	size_t at = 0;

	if (size)
		out[0] = '\0';
	for (size_t i = 0; i < gs1->count; i++) {
		const struct ph_gs1_element *element = &gs1->elements[i];
		const int n = snprintf(
			out + at, size - at, "(%s)%s", element->ai, ph_gs1_value(gs1, element));
		if (n < 0 || (size_t)n >= size - at)
			return -ENOBUFS;
		at += (size_t)n;
	}
	return size ? (int)at : -ENOBUFS;
}

int ph_gs1_element_string(const struct ph_gs1 *gs1, char *out, size_t size)
{
	size_t at = 0;

	if (size)
		out[0] = '\0';
	for (size_t i = 0; i < gs1->count; i++) {
		const struct ph_gs1_element *element = &gs1->elements[i];
		const bool separate = i + 1 < gs1->count && !ph_gs1_fixed_len(element->ai);
		const int n = snprintf(out + at, size - at, "%s%s%s", element->ai,
			ph_gs1_value(gs1, element), separate ? "\x1d" : "");
		if (n < 0 || (size_t)n >= size - at)
			return -ENOBUFS;
		at += (size_t)n;
	}
	return size ? (int)at : -ENOBUFS;
}
