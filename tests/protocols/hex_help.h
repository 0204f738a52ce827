/* Bytes for tests, written as in the documents they are from: "02 0D 5D". */
#ifndef PH_TESTS_HEX_HELP_H
#define PH_TESTS_HEX_HELP_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads the bytes of a text into `out`; returns how many there are. */
static inline size_t hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (sscanf(text, " %2x%n", &byte, &used) == 1) {
		ck_assert_uint_lt(n, max);
		out[n++] = (uint8_t)byte;
		text += used;
	}
	return n;
}

#endif
