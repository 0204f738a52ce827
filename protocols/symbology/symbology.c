// The symbology table and its look-ups; check digits and GS1 element strings are not its business.
#include "protocols/symbology/symbology.h"

#include <stdbool.h>
#include <string.h>

/* Where an identifier fits several rows the first one wins, unless refine() knows better. */
static const struct ph_symbology table[] = {
	{"ean13", 104, 119, 'E', "03"},
	{"ean8", 103, 118, 'E', "4"},
	{"upca", 101, 111, 0, NULL}, /* by length of ]E0 */
	{"upce", 102, 112, 0, NULL},
	{"standard2of5", 105, 0, 'S', ""},
	{"standard2of5", 105, 0, 'R', ""},
	{"itf", 106, 0, 'I', "013"},
	{"codabar", 107, 0, 'F', ""},
	{"code39", 108, 0, 'A', "01234567"},
	{"code93", 109, 0, 'G', ""},
	{"code128", 110, 0, 'C', "02"},
	{"gs1-128", 120, 0, 'C', "1"},
	{"isbt128", 141, 0, 'C', "4"},
	{"ocr-a", 121, 0, 'o', "1"},
	{"ocr-b", 122, 0, 'o', "2"},
	{"databar", 131, 0, 'e', "0"},
	{"databar-limited", 134, 0, 0, NULL},
	{"databar-expanded", 132, 0, 0, NULL},
	{"matrix2of5", 136, 0, 0, NULL},
	{"code32", 138, 0, 0, NULL},
	{"code39-cip", 139, 0, 0, NULL},
	{"trioptic", 140, 0, 0, NULL},
	{"code11", 142, 0, 'H', ""},
	{"msi", 143, 0, 'M', ""},
	{"plessey", 144, 0, 'P', ""},
	{"telepen", 145, 0, 'B', ""},
	{"composite-a", 151, 0, 'e', "12"},
	{"composite-b", 152, 0, 0, NULL},
	{"composite-c", 153, 0, 0, NULL},
	{"tlc39", 154, 0, 0, NULL},
	{"pdf417", 201, 0, 'L', "012"},
	{"maxicode", 202, 0, 'U', ""},
	{"datamatrix", 203, 0, 'd', "01346"},
	{"gs1-datamatrix", 208, 0, 'd', "25"},
	{"qr", 204, 0, 'Q', "01256"},
	{"gs1-qr", 209, 0, 'Q', "34"},
	{"microqr", 205, 0, 0, NULL},
	{"aztec", 206, 0, 'z', ""},
	{"micropdf", 207, 0, 'L', "345"},
	{"code49", 210, 0, 'T', ""},
	{"code16k", 211, 0, 'K', ""},
	{"codablock-a", 212, 0, 'O', "6"},
	{"codablock-f", 213, 0, 'O', "45"},
	{"codablock-256", 214, 0, 0, NULL},
	{"hanxin", 215, 0, 'h', ""},
	{"australia-post", 301, 0, 0, NULL},
	{"canada-post", 302, 0, 0, NULL},
	{"china-post", 303, 0, 0, NULL},
	{"dutch-post", 304, 0, 0, NULL},
	{"infomail", 305, 0, 0, NULL},
	{"japan-post", 306, 0, 0, NULL},
	{"korea-post", 307, 0, 0, NULL},
	{"sweden-post", 308, 0, 0, NULL},
	{"uk-post", 309, 0, 0, NULL},
	{"imb", 310, 0, 0, NULL},
	{"planet", 311, 0, 0, NULL},
	{"postnet", 312, 0, 0, NULL},
	{"dotcode", PH_UPOS_OTHER, 0, 'J', ""},
	{"other", PH_UPOS_OTHER, 0, 'X', ""},
};

#define TABLE_SIZE (sizeof table / sizeof table[0])

const struct ph_symbology ph_symbology_unknown = {"unknown", PH_UPOS_UNKNOWN, 0, 0, NULL};

const struct ph_symbology *ph_symbology_by_name(const char *name)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return strcmp(name, "unknown") ? NULL : &ph_symbology_unknown;
}

const struct ph_symbology *ph_symbology_by_upos(int upos)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].upos == upos)
			return &table[i];
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].upos_addon && table[i].upos_addon == upos)
			return &table[i];
	return upos == PH_UPOS_UNKNOWN ? &ph_symbology_unknown : NULL;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_modifier(uint8_t c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* EAN and UPC share an identifier; the number of digits, add-on of 2 or 5 apart, tells them apart. */
static const struct ph_symbology *by_digits(size_t digits)
{
	if (digits == 13)
		return ph_symbology_by_name("ean13");
	if (digits == 12)
		return ph_symbology_by_name("upca");
	if (digits == 8)
		return ph_symbology_by_name("upce");
	return NULL;
}

static const struct ph_symbology *refine_ean(
	const struct ph_symbology *row, size_t label_len, int *upos)
{
	const struct ph_symbology *found = by_digits(label_len);

	if (found) {
		*upos = found->upos;
		return found;
	}
	static const size_t addons[] = {2, 5};
	for (size_t i = 0; i < 2; i++) {
		found = label_len > addons[i] ? by_digits(label_len - addons[i]) : NULL;
		if (found) {
			*upos = found->upos_addon;
			return found;
		}
	}
	return row;
}

static const struct ph_symbology *refine(
	const struct ph_symbology *row, size_t label_len, int *upos)
{
	*upos = row->upos;
	if (row->upos == 104)
		return refine_ean(row, label_len, upos);
	if (row->upos == 103 && label_len != 8)
		*upos = row->upos_addon;
	if (row->upos == 131 && label_len != 16) {
		row = ph_symbology_by_name("databar-expanded");
		*upos = row->upos;
	}
	return row;
}

const struct ph_symbology *ph_symbology_by_aim(
	const uint8_t aim[3], size_t label_len, int *ret_upos)
{
	if (aim[0] != ']' || !is_letter(aim[1]) || !is_modifier(aim[2]))
		return NULL;
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		const struct ph_symbology *row = &table[i];
		if (row->aim_letter != (char)aim[1])
			continue;
		if (*row->modifiers && !strchr(row->modifiers, aim[2]))
			continue;
		return refine(row, label_len, ret_upos);
	}
	*ret_upos = PH_UPOS_OTHER;
	return ph_symbology_by_name("other");
}
