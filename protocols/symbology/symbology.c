// The symbology table and its look-ups; check digits and GS1 element strings are not its business.
#include "protocols/symbology/symbology.h"

#include "base/cleanup.h"
#include "protocols/symbology/table.h"

#include <stdbool.h>
#include <string.h>

const struct ph_symbology ph_symbology_unknown = {.name = "unknown", .upos = PH_UPOS_UNKNOWN};

const struct ph_symbology *ph_symbology_by_name(const char *name)
{
	for (size_t i = 0; i < ph_symbology_rows; i++)
		if (!strcmp(ph_symbology_table[i].name, name))
			return &ph_symbology_table[i];
	return strcmp(name, "unknown") ? NULL : &ph_symbology_unknown;
}

const struct ph_symbology *ph_symbology_by_upos(int upos)
{
	if (upos == PH_UPOS_UNKNOWN)
		return &ph_symbology_unknown;
	for (size_t i = 0; i < ph_symbology_rows; i++)
		if (ph_symbology_table[i].upos == upos)
			return &ph_symbology_table[i];
	for (size_t i = 0; i < ph_symbology_rows; i++)
		if (ph_symbology_table[i].upos_addon == upos ||
			ph_symbology_table[i].upos_check == upos)
			return &ph_symbology_table[i];
	return NULL;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_modifier(uint8_t c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/*
 * Place of the identifier `id` among the words of `list`, from 0, or -1. A word that is shorter than `id` fits where
 * `prefix` is set.
 */
static int find_word(const char *list, const uint8_t *id, size_t len, bool prefix)
{
	for (int place = 0; list && *list; place++) {
		size_t n = strcspn(list, " ");
		if ((n == len || (prefix && n < len)) && !memcmp(list, id, n))
			return place;
		list += n + (list[n] == ' ');
	}
	return -1;
}

/* Digits of an EAN or UPC label without add-on; 0 for other symbologies. */
static size_t digits_of(const struct ph_symbology *row)
{
	switch (row->upos) {
	case 101:
		return 12;
	case 102:
	case 103:
		return 8;
	case 104:
		return 13;
	default:
		return 0;
	}
}

/* Number of a label whose length tells whether it has an add-on. */
static int upos_by_length(const struct ph_symbology *row, size_t label_len)
{
	size_t digits = digits_of(row);

	return digits && (label_len == digits + 2 || label_len == digits + 5) ? row->upos_addon
									      : row->upos;
}

/* EAN and UPC share an identifier; the number of digits, add-on of 2 or 5 apart, tells them apart. */
static const struct ph_symbology *refine_ean(
	const struct ph_symbology *row, size_t label_len, int *upos)
{
	static const char *const names[] = {"ean13", "upca", "upce"};
	static const size_t addons[] = {0, 2, 5};

	for (size_t i = 0; i < PH_ARRAY_SIZE(addons); i++)
		for (size_t j = 0; j < PH_ARRAY_SIZE(names); j++) {
			const struct ph_symbology *found = ph_symbology_by_name(names[j]);
			if (label_len != digits_of(found) + addons[i])
				continue;
			*upos = addons[i] ? found->upos_addon : found->upos;
			return found;
		}
	*upos = row->upos;
	return row;
}

static const struct ph_symbology *refine(
	const struct ph_symbology *row, size_t label_len, int *upos)
{
	if (row->upos == 104)
		return refine_ean(row, label_len, upos);
	if (row->upos == 131 && label_len != 16)
		row = ph_symbology_by_name("databar-expanded");
	*upos = row->upos;
	if (row->upos == 103 && label_len != 8)
		*upos = row->upos_addon;
	return row;
}

const struct ph_symbology *ph_symbology_by_aim(
	const uint8_t aim[3], size_t label_len, int *ret_upos)
{
	if (aim[0] != ']' || !is_letter(aim[1]) || !is_modifier(aim[2]))
		return NULL;
	for (size_t i = 0; i < ph_symbology_rows; i++) {
		const struct ph_symbology *row = &ph_symbology_table[i];
		if (find_word(row->aim, aim + 1, 2, true) >= 0)
			return refine(row, label_len, ret_upos);
	}
	*ret_upos = PH_UPOS_OTHER;
	return ph_symbology_by_name("other");
}

bool ph_symbology_aim(const struct ph_symbology *symbology, int upos, char ret_aim[4])
{
	const char *id = symbology->aim;

	/* EAN and UPC share theirs; with an add-on EAN-8 has none of its own */
	if (digits_of(symbology))
		id = symbology->upos == 103 ? "E4" : upos == symbology->upos ? "E0" : "E3";
	if (!id || strlen(id) != 2 || (symbology->upos == 103 && upos != symbology->upos))
		return false;
	ret_aim[0] = ']';
	memcpy(ret_aim + 1, id, 3);
	return true;
}

const struct ph_symbology *ph_symbology_by_zebra_x(uint8_t modifier)
{
	static const struct {
		char modifier;
		const char *name;
	} rows[] = {
		{'9', "ean13"},
		{'C', "ean8"},
		{'g', "upca"},
		{'k', "upce"},
		{'r', "databar"},
		{'s', "databar-limited"},
		{'t', "databar-expanded"},
		{'V', "pdf417"},
		{'S', "microqr"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if ((uint8_t)rows[i].modifier == modifier)
			return ph_symbology_by_name(rows[i].name);
	return NULL;
}

const struct ph_symbology *ph_symbology_by_ibm(uint32_t id, int *ret_upos)
{
	for (size_t i = 0; id && i < ph_symbology_rows; i++) {
		const struct ph_symbology *row = &ph_symbology_table[i];
		for (size_t j = 0; j < PH_SYMBOLOGY_IBM_IDS; j++) {
			if (row->ibm[j] != id)
				continue;
			*ret_upos = j && row->upos_addon ? row->upos_addon : row->upos;
			return row;
		}
	}
	return NULL;
}

static const struct ph_symbology *by_ssi_byte(uint8_t type)
{
	for (size_t i = 0; type && i < ph_symbology_rows; i++)
		if (ph_symbology_table[i].ssi && strchr(ph_symbology_table[i].ssi, type))
			return &ph_symbology_table[i];
	return NULL;
}

const struct ph_symbology *ph_symbology_by_ssi(uint8_t type, int *ret_upos)
{
	const struct ph_symbology *row = by_ssi_byte(type);

	if (row) {
		*ret_upos = row->upos;
		return row;
	}
	/* an add-on of two or five digits is one of two bits */
	if ((type & 0xc0) != 0x40 && (type & 0xc0) != 0x80)
		return NULL;
	row = by_ssi_byte(type & 0x3f);
	if (!row || !digits_of(row))
		return NULL;
	*ret_upos = row->upos_addon;
	return row;
}

const struct ph_symbology *ph_symbology_by_hhp(
	uint8_t byte, const uint8_t aim[3], size_t label_len, int *ret_upos)
{
	const struct ph_symbology *row = NULL;
	int upos = 0;

	if (aim && byte)
		row = ph_symbology_by_aim(aim, label_len, &upos);
	if (row && row->hhp && strchr(row->hhp, byte)) {
		*ret_upos = upos;
		return row;
	}
	for (size_t i = 0; byte && i < ph_symbology_rows; i++) {
		row = &ph_symbology_table[i];
		if (!row->hhp || !strchr(row->hhp, byte))
			continue;
		*ret_upos = upos_by_length(row, label_len);
		return row;
	}
	return NULL;
}

static const char *datalogic_list(const struct ph_symbology *row, enum ph_datalogic_ids ids)
{
	switch (ids) {
	case PH_DATALOGIC_US:
		return row->us;
	case PH_DATALOGIC_EU:
		return row->eu;
	case PH_DATALOGIC_SCRS232:
		return row->scrs232;
	}
	return NULL;
}

const struct ph_symbology *ph_symbology_by_datalogic(enum ph_datalogic_ids ids, const uint8_t *data,
	size_t len, size_t *ret_id_len, int *ret_upos)
{
	for (size_t n = len < PH_DATALOGIC_ID_MAX ? len : PH_DATALOGIC_ID_MAX; n; n--)
		for (size_t i = 0; i < ph_symbology_rows; i++) {
			const struct ph_symbology *row = &ph_symbology_table[i];
			int place = find_word(datalogic_list(row, ids), data, n, false);
			if (place < 0)
				continue;
			*ret_id_len = n;
			*ret_upos = place && row->upos_addon ? row->upos_addon
							     : upos_by_length(row, len - n);
			return row;
		}
	return NULL;
}

static const struct {
	unsigned eci;
	const char *charset;
} charsets[] = {
	{0, "CP437"},
	{1, "ISO-8859-1"},
	{2, "CP437"},
	{3, "ISO-8859-1"},
	{4, "ISO-8859-2"},
	{5, "ISO-8859-3"},
	{6, "ISO-8859-4"},
	{7, "ISO-8859-5"},
	{8, "ISO-8859-6"},
	{9, "ISO-8859-7"},
	{10, "ISO-8859-8"},
	{11, "ISO-8859-9"},
	{12, "ISO-8859-10"},
	{13, "ISO-8859-11"},
	{15, "ISO-8859-13"},
	{16, "ISO-8859-14"},
	{17, "ISO-8859-15"},
	{18, "ISO-8859-16"},
	{20, "SHIFT_JIS"},
	{21, "CP1250"},
	{22, "CP1251"},
	{23, "CP1252"},
	{24, "CP1256"},
	{25, "UCS-2BE"},
	{26, "UTF-8"},
	{27, "US-ASCII"},
	{28, "BIG5"},
	{29, "GB18030"}, /* GB 2312 in older editions, which is part of it */
	{30, "CP949"},
	{31, "GBK"},
	{32, "GB18030"},
	{33, "UTF-16LE"},
	{34, "UTF-32BE"},
	{35, "UTF-32LE"},
	{170, "US-ASCII"},
	{899, PH_ECI_BINARY},
};

const char *ph_symbology_eci_charset(unsigned eci)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(charsets); i++)
		if (charsets[i].eci == eci)
			return charsets[i].charset;
	return NULL;
}
