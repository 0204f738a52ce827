/*
 * The application identifiers of GS1: of what parts the value of each consists. Lists that change without the specification
 * (countries, currencies, banks, coupons) and which identifiers need each other are not checked.
 *
 * Source: GS1 General Specifications, 3.2 (identifiers in numerical order), figure 7.8.5-2 (predefined lengths), 7.11
 * (character sets); GS1 Digital Link: URI Syntax 1.4, 4 (keys and qualifiers).
 */
#ifndef PH_PROTOCOLS_GS1_DICTIONARY_H
#define PH_PROTOCOLS_GS1_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_GS1_AI_MAX	 4  /* digits of an identifier */
#define PH_GS1_VALUE_MAX 90 /* characters of one value */
#define PH_GS1_PARTS	 4

enum ph_gs1_set {
	PH_GS1_NONE,   /* no further part */
	PH_GS1_DIGITS, /* 0 to 9 */
	PH_GS1_TEXT,   /* character set 82 */
	PH_GS1_UPPER,  /* character set 39 */
	PH_GS1_BASE64  /* character set 64, file-safe */
};

enum ph_gs1_rule {
	PH_GS1_ANY,
	PH_GS1_CHECK,  /* the last digit is a check digit */
	PH_GS1_PAIR,   /* the last two characters check the others (GMN) */
	PH_GS1_MONTH,  /* yymmdd, whose day may be 00: the end of the month */
	PH_GS1_DAY,    /* yymmdd or yyyymmdd */
	PH_GS1_HOUR,   /* hh */
	PH_GS1_MINUTE, /* mm, also seconds */
	PH_GS1_TIME,   /* hhmm */
	PH_GS1_PIECE,  /* piece and total, two digits each */
};

struct ph_gs1_part {
	uint8_t set;  /* enum ph_gs1_set */
	uint8_t rule; /* enum ph_gs1_rule */
	uint8_t min;  /* characters; 0 when the part may be left out */
	uint8_t max;
};

struct ph_gs1_ai {
	const char *first, *last; /* identifiers of this row */
	const char *title;	  /* as the specification abbreviates it */
	struct ph_gs1_part parts[PH_GS1_PARTS];
	bool decimals; /* the last digit of the identifier counts the decimals */
	const char *
		qualifiers; /* key of a Digital Link: which may follow, in order; "" for none; else NULL */
};

/* Digits of the identifier that begins with these two digits, or 0 where none does. */
size_t ph_gs1_ai_len(const char *digits);

/*
 * Characters of values whose length needs no separator, of the identifiers that begin with these two digits; 0 for the
 * others. It holds for identifiers that are not assigned yet, too.
 */
size_t ph_gs1_fixed_len(const char *digits);

/* Row of the identifier of `len` digits, or NULL when it is not assigned. */
const struct ph_gs1_ai *ph_gs1_ai_find(const char *ai, size_t len);

/*
 * Checks a value against its row (NULL: any characters that element strings may have). Returns NULL when it is right, else
 * what is wrong with it, in words.
 */
const char *ph_gs1_value_check(const struct ph_gs1_ai *row, const char *value, size_t len);

#endif
