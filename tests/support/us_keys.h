/* The keys of a keyboard set to us, as a scanner or stripe reader uses it. */
#ifndef PH_TESTS_US_KEYS_H
#define PH_TESTS_US_KEYS_H

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>

struct us_key {
	uint16_t code;
	bool shift;
};

/* The key of a character; code 0 where there is none here. */
static inline struct us_key us_key_of(char c)
{
	static const uint16_t letters[] = {KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H,
		KEY_I, KEY_J, KEY_K, KEY_L, KEY_M, KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T,
		KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z};
	static const struct {
		char c;
		struct us_key key;
	} others[] = {{'0', {KEY_0, false}}, {'\n', {KEY_ENTER, false}}, {'\r', {KEY_ENTER, false}},
		{' ', {KEY_SPACE, false}}, {'%', {KEY_5, true}}, {'^', {KEY_6, true}},
		{'?', {KEY_SLASH, true}}, {'/', {KEY_SLASH, false}}, {';', {KEY_SEMICOLON, false}},
		{'=', {KEY_EQUAL, false}}, {'+', {KEY_EQUAL, true}}, {'-', {KEY_MINUS, false}},
		{']', {KEY_RIGHTBRACE, false}}};

	if (c >= 'a' && c <= 'z')
		return (struct us_key){letters[c - 'a'], false};
	if (c >= 'A' && c <= 'Z')
		return (struct us_key){letters[c - 'A'], true};
	if (c >= '1' && c <= '9')
		return (struct us_key){(uint16_t)(KEY_1 + c - '1'), false};
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].c == c)
			return others[i].key;
	return (struct us_key){0, false};
}

#endif
