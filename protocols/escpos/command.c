// Single ESC/POS commands for the driver: prologue, requests, pulses; documents are encode.c's.
#include <string.h>

#include "protocols/escpos/encode.h"
#include "protocols/escpos/escpos_const.h"

static size_t put(uint8_t *out, const uint8_t *bytes, size_t len)
{
	memcpy(out, bytes, len);
	return len;
}

#define PUT(out, ...) put(out, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static uint8_t clamp(unsigned value, unsigned low, unsigned high)
{
	return (uint8_t)(value < low ? low : value > high ? high : value);
}

size_t ph_escpos_put_prologue(uint8_t *out, const struct ph_escpos_profile *profile, uint8_t asb)
{
	size_t len = PUT(out, PH_EP_ESC, PH_EP_ESC_INIT, PH_EP_FS, PH_EP_FS_KANJI_OFF);

	if (asb)
		len += ph_escpos_put_gs_a(out + len, asb);
	if (profile->kanji == PH_ESCPOS_KANJI_JAPANESE)
		len += PUT(out + len, PH_EP_FS, PH_EP_FS_KANJI_SET, 1);
	if (profile->utf8)
		len += PUT(out + len, PH_EP_FS, PH_EP_FS_PAREN, PH_EP_PAREN_ENCODING, 2, 0,
			PH_EP_ENCODING_SELECT, 2);
	return len + PUT(out + len, PH_EP_ESC, PH_EP_ESC_CODEPAGE, profile->charset_default);
}

size_t ph_escpos_put_process_id(uint8_t *out, uint32_t id)
{
	id %= PH_ESCPOS_PROCESS_ID_COUNT;
	const uint8_t d4 = (uint8_t)(0x20 + id % 95), d3 = (uint8_t)(0x20 + id / 95 % 95);
	const uint8_t d2 = (uint8_t)(0x20 + id / 9025 % 95), d1 = (uint8_t)(0x20 + id / 857375);
	return PUT(out, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_RESPONSE, 6, 0, PH_EP_RESPONSE_ID,
		0x30, d1, d2, d3, d4);
}

size_t ph_escpos_put_gs_r(uint8_t *out, uint8_t n)
{
	return PUT(out, PH_EP_GS, PH_EP_GS_STATUS, n);
}

size_t ph_escpos_put_gs_i(uint8_t *out, uint8_t n)
{
	return PUT(out, PH_EP_GS, PH_EP_GS_ID, n);
}

size_t ph_escpos_put_gs_a(uint8_t *out, uint8_t n)
{
	return PUT(out, PH_EP_GS, PH_EP_GS_ASB, n);
}

size_t ph_escpos_put_dle_eot(uint8_t *out, uint8_t n)
{
	return PUT(out, PH_EP_DLE, PH_EP_EOT, n);
}

size_t ph_escpos_put_dle_enq(uint8_t *out, uint8_t n)
{
	return PUT(out, PH_EP_DLE, PH_EP_ENQ, n);
}

size_t ph_escpos_put_pulse(uint8_t *out, unsigned drawer, unsigned on_ms, unsigned off_ms)
{
	const uint8_t on = clamp((on_ms + 1) / 2, 1, 255);
	uint8_t off = clamp((off_ms + 1) / 2, 1, 255);

	// neither t1 and t2 nor t2 and what follows may be a real-time command: rest 2 ms longer
	if (off == PH_EP_DLE || (on == PH_EP_DLE && (off == PH_EP_EOT || off == PH_EP_DC4)))
		off++;
	if (on == PH_EP_DLE && off == PH_EP_ENQ)
		off++;
	return PUT(out, PH_EP_ESC, PH_EP_ESC_PULSE, drawer == 2, on, off);
}

size_t ph_escpos_put_dle_pulse(uint8_t *out, unsigned drawer, unsigned on_ms)
{
	const uint8_t time = clamp((on_ms + 99) / 100, 1, 8);
	return PUT(out, PH_EP_DLE, PH_EP_DC4, PH_EP_DC4_PULSE, drawer == 2, time);
}

size_t ph_escpos_put_clear(uint8_t *out)
{
	return PUT(out, PH_EP_DLE, PH_EP_DC4, PH_EP_DC4_CLEAR, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02,
		0x08);
}
