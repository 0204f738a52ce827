/*
 * Check digits of GS1 numbers, and the short form of UPC numbers.
 *
 * Sources: GS1 General Specifications, 7.9 (check digits), 7.10 (UPC-E); ISO/IEC 15420.
 */
#ifndef PH_PROTOCOLS_GS1_CHECK_DIGIT_H
#define PH_PROTOCOLS_GS1_CHECK_DIGIT_H

#include <stdbool.h>
#include <stddef.h>

#define PH_UPCA_LEN 12
#define PH_UPCE_LEN 8 /* number system, six digits, check digit */

/* Whether all `len` characters are digits; true for none. */
bool ph_all_digits(const char *text, size_t len);

/* Check digit, as a character, behind `len` digits, which must be digits: of GTIN-8/12/13/14, SSCC, GLN, GSRN... */
char ph_check_digit(const char *digits, size_t len);

/* Whether these are at least two digits of which the last is the check digit of the others. */
bool ph_check_digit_ok(const char *digits, size_t len);

/*
 * Whether a label is a GTIN of 8, 12, 13 or 14 digits. Returns 0; -EINVAL for another length or other characters;
 * -EBADMSG for a wrong check digit.
 */
int ph_gtin_check(const char *label, size_t len);

/*
 * The UPC-A number behind a UPC-E one of 6 digits (number system 0), 7 (number system in front) or 8 (check digit behind),
 * NUL-terminated. Returns 0; -EINVAL for another length, other characters or a number system other than 0 and 1; -EBADMSG
 * for a wrong check digit.
 */
int ph_upce_to_upca(const char *upce, size_t len, char ret_upca[PH_UPCA_LEN + 1]);

/*
 * The UPC-E number, with number system and check digit, of a UPC-A one, NUL-terminated. Returns 0; -EINVAL when these are
 * not 12 digits; -EBADMSG for a wrong check digit; -ERANGE when the number has no short form.
 */
int ph_upca_to_upce(const char *upca, size_t len, char ret_upce[PH_UPCE_LEN + 1]);

#endif
