// The rules of EMV for an answer to reset, one line of a table for each interface byte; resetting is left to the reader.
#include "protocols/emv/atr.h"

#include <string.h>

#define TS_DIRECT  0x3b
#define TS_INVERSE 0x3f
#define GROUPS	   4 /* TA1 to TD4; what stands behind is counted, not judged */

/* Bits of T0 and TDi that announce the next interface bytes. */
#define HAS_TA	     0x10
#define HAS_TB	     0x20
#define HAS_TC	     0x40
#define HAS_TD	     0x80

#define TD_PROTOCOL  0x0f
#define TA2_IMPLICIT 0x10
#define T1	     1
#define T14	     14
#define T15	     15
#define TC1_MINIMUM  0xff /* no extra guard time, and one etu less with T=1 */
#define WAITING_EMV  0x0a /* TC2 */
#define CWI_MAX	     5
#define BWI_MAX	     4

struct group {
	bool has_a, has_b, has_c, has_d;
	uint8_t a, b, c, d;
};

struct bytes {
	struct group groups[GROUPS];
	uint8_t t0;
	unsigned count;	 /* of groups, more than GROUPS where there are */
	bool check_byte; /* another protocol than T=0 is named */
	bool warm;
};

static uint8_t protocol(const struct bytes *b)
{
	return b->groups[0].has_d ? b->groups[0].d & TD_PROTOCOL : 0;
}

/* T=1 has bytes of its own in the third group. */
static bool names_t1(const struct bytes *b)
{
	return b->groups[1].has_d && (b->groups[1].d & TD_PROTOCOL) == T1;
}

static bool ta1_good(const struct bytes *b)
{
	const struct group *g = &b->groups[0];

	/* without TA2 it is only an offer */
	return !g->has_a || !b->groups[1].has_a || (g->a >= 0x11 && g->a <= 0x13);
}

static bool tb1_good(const struct bytes *b)
{
	return b->warm || (b->groups[0].has_b && !b->groups[0].b);
}

static bool td1_good(const struct bytes *b)
{
	return protocol(b) <= T1;
}

static bool ta2_good(const struct bytes *b)
{
	const struct group *g = &b->groups[1];

	return !g->has_a || (!(g->a & TA2_IMPLICIT) && (g->a & TD_PROTOCOL) == protocol(b));
}

static bool tb2_good(const struct bytes *b)
{
	return !b->groups[1].has_b;
}

static bool tc2_good(const struct bytes *b)
{
	return !b->groups[1].has_c || b->groups[1].c == WAITING_EMV;
}

/* Behind T=0 there may be T=14 (EMV) and the global bytes of T=15 (ISO/IEC 7816-3). T=1 cannot be without its own bytes. */
static bool td2_good(const struct bytes *b)
{
	uint8_t other = b->groups[1].d & TD_PROTOCOL;

	if (!b->groups[1].has_d)
		return protocol(b) != T1;
	return other == T1 || (protocol(b) == 0 && (other == T14 || other == T15));
}

static bool ta3_good(const struct bytes *b)
{
	const struct group *g = &b->groups[2];

	return !names_t1(b) || !g->has_a || (g->a >= 0x10 && g->a <= 0xfe);
}

/* EMV Level 1, 8.3.3.10: 2 to the power of CWI must be more than the extra guard time and one. */
static bool tb3_good(const struct bytes *b)
{
	const struct group *g = &b->groups[2];
	uint8_t guard = b->groups[0].has_c ? b->groups[0].c : 0;
	unsigned least = guard == TC1_MINIMUM ? 0 : guard + 1u;
	unsigned cwi = g->b & 0x0fu, bwi = g->b >> 4u;

	if (!names_t1(b))
		return true;
	return g->has_b && bwi <= BWI_MAX && cwi <= CWI_MAX && 1u << cwi > least;
}

static bool tc3_good(const struct bytes *b)
{
	const struct group *g = &b->groups[2];

	return !names_t1(b) || !g->has_c || !g->c;
}

/* Each interface byte that EMV has a rule for. TC1 may be anything; with T=1 the rule of TB3 bounds it. */
static const struct {
	bool (*good)(const struct bytes *b);
	const char *why;
} rules[] = {
	{ta1_good, "TA1"},
	{tb1_good, "TB1"},
	{td1_good, "TD1"},
	{ta2_good, "TA2"},
	{tb2_good, "TB2"},
	{tc2_good, "TC2"},
	{td2_good, "TD2"},
	{ta3_good, "TA3"},
	{tb3_good, "TB3"},
	{tc3_good, "TC3"},
};

/* One byte, when it is announced. False: the answer is too short. */
static bool next_byte(const uint8_t *atr, size_t len, size_t *at, bool announced, uint8_t *ret_byte)
{
	if (!announced)
		return true;
	if (*at >= len)
		return false;
	*ret_byte = atr[(*at)++];
	return true;
}

/* Interface bytes from `at` on; returns where they end, 0 when they do not. */
static size_t read_groups(const uint8_t *atr, size_t len, size_t at, struct bytes *b)
{
	uint8_t announced = b->t0;
	bool more = true;

	while (more) {
		struct group g = {.has_a = announced & HAS_TA,
			.has_b = announced & HAS_TB,
			.has_c = announced & HAS_TC,
			.has_d = announced & HAS_TD};
		if (!next_byte(atr, len, &at, g.has_a, &g.a) ||
			!next_byte(atr, len, &at, g.has_b, &g.b) ||
			!next_byte(atr, len, &at, g.has_c, &g.c) ||
			!next_byte(atr, len, &at, g.has_d, &g.d))
			return 0;
		if (b->count < GROUPS)
			b->groups[b->count] = g;
		b->count++;
		b->check_byte = b->check_byte || g.d & TD_PROTOCOL;
		more = g.has_d;
		announced = g.d;
	}
	return at;
}

static bool check_byte_good(const uint8_t *atr, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 1; i < len; i++)
		sum ^= atr[i];
	return sum == 0;
}

/* What is wrong, or NULL. */
static const char *judge(const uint8_t *atr, size_t len, struct bytes *b, struct ph_atr *out)
{
	if (len < 2 || len > PH_ATR_MAX)
		return "length";
	if (atr[0] != TS_DIRECT && atr[0] != TS_INVERSE)
		return "TS";
	b->t0 = atr[1];
	size_t at = read_groups(atr, len, 2, b);
	uint8_t historical = b->t0 & 0x0f;
	if (!at || len != at + historical + b->check_byte)
		return "length";
	if (b->check_byte && !check_byte_good(atr, len))
		return "TCK";
	out->t1 = protocol(b) == T1;
	out->historical_len = historical;
	memcpy(out->historical, atr + at, historical);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!rules[i].good(b))
			return rules[i].why;
	return NULL;
}

/* 3B 8n 80 01: what a reader makes up for a card of ISO/IEC 14443. */
static bool contactless(const uint8_t *atr, size_t len)
{
	return len >= 4 && atr[0] == TS_DIRECT && (atr[1] & 0xf0) == HAS_TD && atr[2] == 0x80 &&
	       atr[3] == 0x01;
}

enum ph_atr_verdict ph_atr_read(const uint8_t *atr, size_t len, bool warm, struct ph_atr *ret_atr)
{
	struct bytes b = {.warm = warm};

	*ret_atr = (struct ph_atr){.t1 = false};
	const char *why = judge(atr, len, &b, ret_atr);
	if (contactless(atr, len))
		return PH_ATR_CONTACTLESS;
	ret_atr->why = why;
	if (!why)
		return PH_ATR_GOOD;
	return warm ? PH_ATR_REJECT : PH_ATR_WARM_RESET;
}
