/* A small device on a table: bytes as hexadecimal in and out, time by hand. */
#ifndef PH_TESTS_EMULATORS_UNIT_BED_H
#define PH_TESTS_EMULATORS_UNIT_BED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/unit.h"

static uint64_t bed_now = 1000000;

/* "02 0D 'text' @61 64" as bytes: pairs of digits, text between apostrophes, and zeros up to an offset. */
static inline size_t bed_bytes(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (const char *p = text; *p;) {
		ck_assert_uint_lt(n, size);
		if (*p == ' ') {
			p++;
		} else if (*p == '\'') {
			for (p++; *p != '\''; p++)
				out[n++] = (uint8_t)*p;
			p++;
		} else if (*p == '@') {
			char *end;
			for (size_t to = strtoul(p + 1, &end, 10); n < to;)
				out[n++] = 0;
			p = end;
		} else {
			char pair[3] = {p[0], p[1], 0};
			out[n++] = (uint8_t)strtoul(pair, NULL, 16);
			p += 2;
		}
	}
	return n;
}

static inline void bed_in(struct ph_emu_unit *unit, enum ph_emu_channel channel, const char *text)
{
	uint8_t data[1024];
	size_t n = bed_bytes(text, data, sizeof data);

	ph_emu_unit_input(unit, bed_now, channel, data, n);
}

static inline void bed_say(struct ph_emu_unit *unit, const char *text)
{
	bed_in(unit, PH_EMU_DATA, text);
}

/* Time goes on, and what is due happens. */
static inline void bed_pass(struct ph_emu_unit *unit, unsigned ms)
{
	uint64_t end = bed_now + ms * 1000ull, next;

	while ((next = ph_emu_unit_tick(unit, bed_now)) <= end)
		bed_now = next > bed_now ? next : bed_now + 1;
	bed_now = end;
	ph_emu_unit_tick(unit, bed_now);
}

static inline void bed_compare(const uint8_t *got, size_t n, const char *text, size_t padded)
{
	uint8_t want[1024] = {0};
	char a[2049] = "", b[2049] = "";
	size_t len = bed_bytes(text, want, sizeof want);

	if (len < padded)
		len = padded;
	ck_assert_uint_le(n, 1024);
	for (size_t i = 0; i < n; i++)
		snprintf(a + 2 * i, 3, "%02x", got[i]);
	for (size_t i = 0; i < len; i++)
		snprintf(b + 2 * i, 3, "%02x", want[i]);
	ck_assert_str_eq(a, b);
}

/* The next packet is exactly this, filled up with zeros to `padded` bytes. */
static inline void bed_packet(struct ph_emu_unit *unit, const char *text, size_t padded)
{
	uint8_t got[PH_EMU_PACKET_MAX];
	size_t n = ph_emu_unit_packet(unit, bed_now, got, sizeof got);

	bed_compare(got, n, text, padded);
}

/* All bytes that are due are exactly these. */
static inline void bed_out(struct ph_emu_unit *unit, const char *text)
{
	uint8_t got[1024];
	size_t n = ph_emu_unit_bytes(unit, bed_now, got, sizeof got);

	bed_compare(got, n, text, 0);
}

static inline void bed_silent(struct ph_emu_unit *unit)
{
	bed_out(unit, "");
}

#endif
