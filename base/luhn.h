/* The check digit of numbers of cards: ISO/IEC 7812-1, annex B (Luhn's formula). A number is right when the sum of its digits' terms ends in 0. */
#ifndef PH_BASE_LUHN_H
#define PH_BASE_LUHN_H

#include <stddef.h>

/* What a digit (0 to 9) adds to the sum; `place` counts from the last digit, which has 0. */
static inline unsigned ph_luhn_term(unsigned digit, size_t place)
{
	unsigned term = digit << (place & 1);

	return term > 9 ? term - 9 : term;
}

#endif
