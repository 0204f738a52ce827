// Collects keys into labels; where the keys come from and what the layout makes of them is the caller's business.
#include "protocols/wedge/wedge.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/codepage/codepage.h"
#include "protocols/gs1/check_digit.h"

#include <linux/input-event-codes.h>
#include <string.h>

#define DIGITS_MAX 7 /* of a character code */

void ph_wedge_init(struct ph_wedge *wedge, const struct ph_wedge_options *options)
{
	memset(wedge, 0, offsetof(struct ph_wedge, labels));
	wedge->options = *options;
	if (!wedge->options.idle_ms)
		wedge->options.idle_ms = PH_WEDGE_IDLE_MS;
}

static bool is_open(const struct ph_wedge *wedge)
{
	return wedge->len || wedge->skipping;
}

static void begin_anew(struct ph_wedge *wedge)
{
	wedge->len = 0;
	wedge->keys = wedge->characters = 0;
	wedge->skipping = false;
}

/* Whether a scanner has typed this, or somebody with fingers. */
static bool is_fast(const struct ph_wedge *wedge)
{
	if (!wedge->options.shared)
		return true;
	if (wedge->characters < PH_WEDGE_CHARACTERS_MIN)
		return false;
	return wedge->last_us - wedge->first_us <=
	       (uint64_t)(wedge->keys - 1) * PH_WEDGE_KEY_MS * 1000;
}

/* The label ends here, if there is one. */
static int finish(struct ph_wedge *wedge, struct ph_wedge_event *event)
{
	const bool have = wedge->len && !wedge->skipping && is_fast(wedge);

	if (have) {
		*event = (struct ph_wedge_event){
			.kind = PH_WEDGE_LABEL,
			.label = wedge->labels[wedge->current],
			.len = wedge->len,
		};
		wedge->current ^= 1;
	}
	begin_anew(wedge);
	return have;
}

static int put(struct ph_wedge *wedge, uint32_t codepoint, struct ph_wedge_event *event)
{
	char text[4];
	const int n = ph_utf8_encode(codepoint, text);

	if (wedge->skipping || n < 0)
		return 0;
	if ((size_t)n > PH_LABEL_MAX - wedge->len) {
		begin_anew(wedge);
		wedge->skipping = true;
		*event = (struct ph_wedge_event){.kind = PH_WEDGE_TOO_LONG};
		return 1;
	}
	memcpy(wedge->labels[wedge->current] + wedge->len, text, (size_t)n);
	wedge->len += (size_t)n;
	wedge->characters++;
	return 0;
}

static int keypad_digit(uint16_t code)
{
	static const uint16_t codes[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5,
		KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};

	if (code < KEY_KP7 || code > KEY_KP0)
		return -1;
	for (int i = 0; i < (int)PH_ARRAY_SIZE(codes); i++)
		if (codes[i] == code)
			return i;
	return -1;
}

/* Place of a function key in the options, or -1. */
static int function_key(uint16_t code)
{
	if (code >= KEY_F1 && code <= KEY_F10)
		return code - KEY_F1;
	return code == KEY_F11 || code == KEY_F12 ? code - KEY_F11 + 10 : -1;
}

static void press_alt(struct ph_wedge *wedge)
{
	wedge->alt = true;
	wedge->digits = 0;
	wedge->number = 0;
}

static void collect_digit(struct ph_wedge *wedge, unsigned digit)
{
	if (wedge->digits >= DIGITS_MAX)
		return;
	if (wedge->digits == 0)
		wedge->zero = digit == 0;
	wedge->digits++;
	wedge->number = wedge->number * 10 + digit;
}

/* The character of a code; what is too large for a code page is one of Unicode. */
static uint32_t alt_character(const struct ph_wedge *wedge)
{
	const uint32_t number = wedge->number;
	const bool windows = wedge->digits >= 4 && wedge->zero;

	if (number < 0x80 || number > 0xff)
		return number;
	const int32_t found =
		ph_codepage_decode(windows ? PH_CODEPAGE_1252 : PH_CODEPAGE_437, (uint8_t)number);
	return found < 0 ? number : (uint32_t)found;
}

static int release_alt(struct ph_wedge *wedge, struct ph_wedge_event *event)
{
	const bool have = wedge->alt && wedge->digits;

	wedge->alt = false;
	return have ? put(wedge, alt_character(wedge), event) : 0;
}

/* The control character of Ctrl and a key, the character itself when the layout has applied it, or 0. */
static uint32_t control(uint32_t c)
{
	if (c < 0x20)
		return c;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '[' && c <= '_'))
		return c & 0x1f;
	return 0;
}

/* The character of a key, or 0. */
static uint32_t character(const struct ph_wedge *wedge, const struct ph_wedge_key *key)
{
	const int digit = keypad_digit(key->code), function = function_key(key->code);

	if (digit >= 0)
		return (uint32_t)('0' + digit);
	if (function >= 0)
		return wedge->options.function_keys[function] & 0x7f;
	if (key->ctrl)
		return control(key->codepoint);
	return key->codepoint;
}

static bool is_end(const struct ph_wedge *wedge, const struct ph_wedge_key *key)
{
	return key->code == KEY_ENTER || key->code == KEY_KPENTER ||
	       (key->code == KEY_TAB && wedge->options.tab);
}

static int press(
	struct ph_wedge *wedge, const struct ph_wedge_key *key, struct ph_wedge_event *event)
{
	if (key->code == KEY_LEFTALT) {
		press_alt(wedge);
		return 0;
	}
	if (wedge->alt) {
		const int digit = keypad_digit(key->code);
		if (digit >= 0)
			collect_digit(wedge, (unsigned)digit);
		return 0;
	}
	if (is_end(wedge, key))
		return finish(wedge, event);
	const uint32_t c = character(wedge, key);
	return c ? put(wedge, c, event) : 0;
}

/* A pause in front of this key may have ended the label. */
static int count_key(struct ph_wedge *wedge, uint64_t now_us, struct ph_wedge_event *event)
{
	const int r = ph_wedge_tick(wedge, now_us, event);

	if (!wedge->keys)
		wedge->first_us = now_us;
	wedge->keys++;
	wedge->last_us = now_us;
	return r;
}

int ph_wedge_key(
	struct ph_wedge *wedge, const struct ph_wedge_key *key, struct ph_wedge_event *ret_event)
{
	/* the clock of events may be set back */
	const uint64_t time_us = key->time_us < wedge->last_us ? wedge->last_us : key->time_us;

	if (key->value == PH_WEDGE_RELEASED && key->code == KEY_LEFTALT) {
		wedge->last_us = time_us;
		return release_alt(wedge, ret_event);
	}
	if (key->value != PH_WEDGE_PRESSED)
		return 0;
	const int ended = count_key(wedge, time_us, ret_event);
	/* behind a pause there is no label that this key could end, nor one that is full */
	const int r = press(wedge, key, ret_event);
	return ended || r;
}

int ph_wedge_tick(struct ph_wedge *wedge, uint64_t now_us, struct ph_wedge_event *ret_event)
{
	if (now_us < wedge->last_us + (uint64_t)wedge->options.idle_ms * 1000)
		return 0;
	return finish(wedge, ret_event);
}

uint64_t ph_wedge_deadline(const struct ph_wedge *wedge)
{
	return is_open(wedge) ? wedge->last_us + (uint64_t)wedge->options.idle_ms * 1000
			      : UINT64_MAX;
}

int ph_wedge_dropped(struct ph_wedge *wedge, uint64_t now_us, struct ph_wedge_event *ret_event)
{
	const bool told = wedge->skipping;

	begin_anew(wedge);
	wedge->skipping = true;
	wedge->alt = false;
	if (now_us > wedge->last_us)
		wedge->last_us = now_us;
	if (told)
		return 0;
	*ret_event = (struct ph_wedge_event){.kind = PH_WEDGE_LOST};
	return 1;
}

const char *ph_wedge_infer(const char *label, size_t len)
{
	char upca[PH_UPCA_LEN + 1];

	if (!ph_check_digit_ok(label, len))
		return NULL;
	if (len == 13)
		return "ean13";
	if (len == 12)
		return "upca";
	if (len != 8 || ph_upce_to_upca(label, len, upca) == 0)
		return NULL;
	return "ean8";
}
