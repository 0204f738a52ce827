/*
 * Price and weight inside a number: goods that the shop or a national organisation numbers itself (prefix 02 and 20 to 29).
 *
 * A pattern has a character for each digit of the number:
 *   0-9  this digit, at the beginning: the prefix
 *   P    item, which the prefix is a part of as well
 *   V    value: up to nine digits, in one piece
 *   C    in the middle: verifier of the value, which then has four or five digits; at the end: the number's own check digit
 *   N    any digit that means nothing
 *
 * Sources: GS1 General Specifications, 2.1.12 (variable measure trade items) and 7.9 (price and weight verifiers); rules of
 * the national organisations, as read from the tables of public parsers.
 */
#ifndef PH_PROTOCOLS_GS1_MEASURE_H
#define PH_PROTOCOLS_GS1_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_MEASURE_DIGITS 13

enum ph_measure_kind {
	PH_MEASURE_PRICE,  /* in the currency of the country */
	PH_MEASURE_WEIGHT, /* kilograms */
	PH_MEASURE_COUNT   /* pieces */
};

struct ph_measure_rule {
	char pattern[PH_MEASURE_DIGITS + 1]; /* 12 (UPC-A) or 13 characters */
	enum ph_measure_kind kind;
	uint8_t decimals; /* of the value, 0 to 9 */
};

struct ph_measure {
	enum ph_measure_kind kind;
	bool verified;	/* false: the verifier is wrong, and the value is 0: do not sell by it */
	uint32_t value; /* in units of 10^-decimals */
	uint8_t decimals;
	char item[PH_MEASURE_DIGITS + 1]; /* prefix and P digits */
	/* The number with value and verifier zeroed and its check digit anew: what articles are looked up by. */
	char key[PH_MEASURE_DIGITS + 1];
};

/*
 * Reads "PATTERN [price|weight|count [DECIMALS]]", such as "20PPPPPVVVVVC price 2"; without the rest it is a price of two
 * decimals. Returns 0; -EINVAL when the pattern cannot be right (length, prefix other than 02 and 20 to 29 or, of 12
 * characters, 2; no C at the end; value missing, split or too long; verifier of other than four or five digits).
 */
int ph_measure_rule_parse(const char *text, struct ph_measure_rule *ret_rule);

/*
 * Applies a rule. The number is 12 or 13 digits with its check digit; a UPC-A number may have a zero in front. Returns 0,
 * also where the verifier is wrong (see `verified`); -ENOMSG when the rule is not for this number; -EBADMSG when the number
 * is none or its check digit is wrong.
 */
int ph_measure_apply(const struct ph_measure_rule *rule, const char *number, size_t len,
	struct ph_measure *ret_measure);

/* Applies the rule that a country (ISO 3166, "DE") has for the number; -ENOMSG also when it has none. */
int ph_measure_by_country(
	const char *country, const char *number, size_t len, struct ph_measure *ret_measure);

/* Whether a country has rules of its own. */
bool ph_measure_country_known(const char *country);

/* Verifier of a value of four or five digits, as a character; 0 for another length. Only digits. */
char ph_measure_verifier(const char *value, size_t len);

#endif
