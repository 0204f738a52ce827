// Single Star commands for the driver: prologue, requests, counters, pulses; documents are encode.c's.
#include <string.h>

#include "protocols/star/encode.h"
#include "protocols/star/star_const.h"

#define PULSE_PRESET 20 // of ESC BEL

static size_t put(uint8_t *out, const uint8_t *bytes, size_t len)
{
	memcpy(out, bytes, len);
	return len;
}

#define PUT(out, ...) put(out, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static uint8_t tens(unsigned ms)
{
	const unsigned n = (ms + 9) / 10;

	return (uint8_t)(n < 1 ? 1 : n > 127 ? 127 : n);
}

// As the printer comes up.
static bool is_preset(unsigned on_ms, unsigned off_ms)
{
	return tens(on_ms) == PULSE_PRESET && tens(off_ms) == PULSE_PRESET;
}

static size_t put_times(uint8_t *out, unsigned on_ms, unsigned off_ms)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_BEL, tens(on_ms), tens(off_ms));
}

size_t ph_star_put_pulse_times(uint8_t *out, const struct ph_star_profile *profile)
{
	return put_times(out, profile->pulse_on_ms, profile->pulse_off_ms);
}

size_t ph_star_put_prologue(uint8_t *out, const struct ph_star_profile *profile)
{
	size_t len = PUT(out, PH_STAR_ESC, PH_STAR_ESC_INIT);

	if (profile->dialect == PH_STAR_RASTER)
		return len;
	len += PUT(out + len, PH_STAR_ESC, PH_STAR_ESC_SPACING, 1);
	if (profile->page_count)
		len += PUT(out + len, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_CODEPAGE,
			profile->pages[0].n);
	// what the printer has by itself is not told again: a byte lost on the way would be a pulse
	if (profile->drawers && !is_preset(profile->pulse_on_ms, profile->pulse_off_ms))
		len += ph_star_put_pulse_times(out + len, profile);
	return len;
}

size_t ph_star_put_counter(uint8_t *out, uint8_t s, uint16_t id)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_COUNTER, s, (uint8_t)id,
		(uint8_t)(id >> 8));
}

size_t ph_star_put_etb(uint8_t *out)
{
	return PUT(out, PH_STAR_ETB);
}

size_t ph_star_put_clear_etb(uint8_t *out)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_RS, PH_STAR_RS_CLEAR_ETB, 0);
}

size_t ph_star_put_asb(uint8_t *out, bool on)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_RS, PH_STAR_RS_ASB, on);
}

size_t ph_star_put_ask(uint8_t *out)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_ACK, PH_STAR_SOH);
}

size_t ph_star_put_reset(uint8_t *out)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_ACK, PH_STAR_CAN);
}

size_t ph_star_put_identify(uint8_t *out)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_ESC_ASK, '*', PH_STAR_LF, PH_STAR_NUL);
}

// In graphic mode the drawer is a command of raster mode; it is ignored while rows wait, so that it
// gets a raster mode of its own.
static size_t put_raster_pulse(uint8_t *out, unsigned drawer)
{
	return PUT(out, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_ENTER, PH_STAR_ESC,
		PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_DRAWER, (uint8_t)('0' + drawer),
		PH_STAR_NUL, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_QUIT);
}

size_t ph_star_put_pulse(uint8_t *out, const struct ph_star_profile *profile, unsigned drawer,
	unsigned on_ms, unsigned off_ms)
{
	const bool other = drawer == 1 && (tens(on_ms) != tens(profile->pulse_on_ms) ||
						  tens(off_ms) != tens(profile->pulse_off_ms));
	size_t len = other ? put_times(out, on_ms, off_ms) : 0;

	if (profile->dialect == PH_STAR_RASTER)
		len += put_raster_pulse(out + len, drawer);
	else
		len += PUT(out + len, drawer == 1 ? PH_STAR_BEL : PH_STAR_SUB);
	return other ? len + ph_star_put_pulse_times(out + len, profile) : len;
}

size_t ph_star_put_fast_pulse(uint8_t *out)
{
	return PUT(out, PH_STAR_FS);
}
