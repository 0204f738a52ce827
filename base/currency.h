/* Currencies of ISO 4217. */
#ifndef PH_BASE_CURRENCY_H
#define PH_BASE_CURRENCY_H

#include <stdbool.h>
#include <stdint.h>

#define PH_AMOUNT_SIZE 48 /* of an amount as text, with its currency and a NUL */

/* By its three letters: the number and how many decimals an amount has (0 to 3). False: not known. */
bool ph_currency_find(const char *code, unsigned *ret_number, unsigned *ret_exponent);

/*
 * An amount as people write it, "50" or "50.00", in minor units: at most `exponent` decimals, no sign, at most
 * PH_PAYMENT_AMOUNT_MAX. Returns 0 or -EINVAL.
 */
int ph_currency_parse(const char *text, unsigned exponent, int64_t *ret_amount);

/*
 * Minor units as people write them: "1250.00 EUR", with `grouped` "1,250.00 EUR". A currency that is not known has two decimals;
 * of `code` three bytes count, "" leaves it out.
 */
void ph_currency_format(int64_t amount, const char *code, bool grouped, char out[PH_AMOUNT_SIZE]);

#endif
