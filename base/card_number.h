/*
 * Numbers of payment cards in texts that people wrote, or a terminal: found, and made unreadable but for the first six and the last four
 * digits, as on receipts. What is found (ISO/IEC 7812-1: 12 to 19 digits, the last by Luhn's formula):
 *
 * - 12 to 19 digits in a row that begin with 1 to 9 and whose check digit is right; behind zeros, or within 17 and more, from 13 on;
 * - groups of digits with up to three spaces, '-' or '.' between them that are one together. One group may have fewer than three digits
 *   beside the last, which leaves dates, times and columns of amounts alone; or all have one or two, from 13 digits on, without '.';
 * - groups at the end of a line and at the start of the next, from 13 digits on, without '.'; not the end of an amount ("12,34");
 * - 14 to 19 digits in a row that begin with 3 to 6, whatever the check digit: some schemes' numbers have none.
 *
 * One number in ten of that length passes as a card's by chance. Application identifiers ("A0000000031010") are left alone.
 */
#ifndef PH_BASE_CARD_NUMBER_H
#define PH_BASE_CARD_NUMBER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Digits become '*'; the length stays. Returns whether there was any. */
bool ph_card_number_mask(char *text);

/* Whether there is one of 13 digits or more: references of 12 are common. */
bool ph_card_number_in(const char *text);

/*
 * The same in all strings, names of members and numbers (which become 0) of a document; a string that goes on in the next one is found, as
 * lines of a receipt are. Returns 0, or -ENOMEM: the document may still show one.
 */
int ph_card_number_mask_json(cJSON *document);

#endif
