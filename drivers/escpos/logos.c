// Pictures that the printer keeps: which it holds by what poshald remembers and the printer confirms, and
// storing a new one when there is nothing to print.
#include "drivers/escpos/state.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAP	   "logos"    /* "P0=<hash>;P1=<hash>;" */
#define KEY_WRITES "logo_day" /* "<day> <writes>" */
#define WRITES_MAX 10	      /* a day: the memory of a printer wears out */
#define DAY_US	   (86400ull * 1000000)
#define FIRST_KEY  'P'
#define ENTRY	   (4 + 2 * PH_ESCPOS_LOGO_HASH) /* characters of KEY_MAP */

/* ---- what is remembered ---- */

static void put_hash(char out[2 * PH_ESCPOS_LOGO_HASH], const uint8_t *hash)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < PH_ESCPOS_LOGO_HASH; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
}

static bool take_hash(const char *text, uint8_t hash[PH_ESCPOS_LOGO_HASH])
{
	for (unsigned i = 0; i < PH_ESCPOS_LOGO_HASH; i++) {
		unsigned byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		hash[i] = (uint8_t)byte;
	}
	return true;
}

static void remember(struct escpos_state *state)
{
	char map[ESCPOS_LOGOS_MAX * ENTRY + 1], *out = map;

	for (unsigned i = 0; i < state->logo_count; i++, out += ENTRY) {
		const struct ph_escpos_logo *logo = &state->logos[i];
		memcpy(out, logo->key, 2);
		out[2] = '=';
		put_hash(out + 3, logo->hash);
		out[ENTRY - 1] = ';';
	}
	*out = 0;
	ph_remember(state->device, KEY_MAP, *map ? map : NULL);
}

void escpos_logos_init(struct escpos_state *state)
{
	const char *map = ph_remembered(state->device, KEY_MAP);

	state->logo_count = 0;
	for (; map && strlen(map) >= ENTRY && state->logo_count < ESCPOS_LOGOS_MAX; map += ENTRY) {
		struct ph_escpos_logo *logo = &state->logos[state->logo_count];
		if (map[0] != FIRST_KEY || map[2] != '=' || !take_hash(map + 3, logo->hash))
			break;
		logo->key[0] = map[0];
		logo->key[1] = map[1];
		state->logo_count++;
	}
}

static void count_writes(struct escpos_state *state, uint64_t *ret_day, unsigned *ret_writes)
{
	const char *text = ph_remembered(state->device, KEY_WRITES);
	unsigned long long day = 0;

	*ret_day = ph_clock_wall_us() / DAY_US;
	if (!text || sscanf(text, "%llu %u", &day, ret_writes) != 2 || day != *ret_day)
		*ret_writes = 0;
}

/* ---- what the printer says ---- */

bool escpos_logos_wanted(struct escpos_state *state)
{
	if (state->profile.graphics_keys != PH_ESCPOS_YES) {
		state->logo_count = 0;
		return false;
	}
	memset(state->logo_seen, 0, sizeof state->logo_seen);
	return state->logo_count > 0;
}

void escpos_logos_listed(struct escpos_state *state, const char *keys, size_t len, bool last)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < state->logo_count; i++)
		for (size_t k = 0; k + 1 < len; k += 2)
			if (!memcmp(keys + k, state->logos[i].key, 2))
				state->logo_seen[i] = true;
	if (!last)
		return;
	for (unsigned i = 0; i < state->logo_count; i++)
		if (state->logo_seen[i])
			state->logos[kept++] = state->logos[i];
	bool changed = kept != state->logo_count || state->storing;
	state->logo_count = kept;
	state->storing = false;
	memset(state->logo_seen, 0, sizeof state->logo_seen);
	/* a printer that does not answer today may do so tomorrow: what is remembered stays */
	if (changed && len)
		remember(state);
}

/* ---- storing ---- */

void escpos_logos_drop(struct escpos_state *state)
{
	free(PH_STEAL(state->wish_bits));
}

void escpos_logos_wish(struct escpos_state *state, const struct ph_escpos_stores *stores,
	const struct ph_rasters *rasters)
{
	for (uint32_t i = 0; i < stores->count && !state->wish_bits; i++) {
		uint32_t order = stores->items[i].order;
		const struct ph_raster *raster =
			order < rasters->count ? &rasters->items[order] : NULL;
		if (!raster || !raster->bits)
			continue;
		size_t len = (size_t)((raster->width + 7u) / 8) * raster->height;
		uint8_t *bits = len <= PH_ESCPOS_LOGO_MAX ? malloc(len) : NULL;
		if (!bits)
			continue;
		memcpy(bits, raster->bits, len);
		state->wish_bits = bits;
		state->wish = *raster;
		state->wish.bits = bits;
		memcpy(state->wish_hash, stores->items[i].hash, sizeof state->wish_hash);
	}
}

/* A key that is free, or that of the picture stored first. */
static struct ph_escpos_logo *take_place(struct escpos_state *state)
{
	char used[ESCPOS_LOGOS_MAX] = {0};
	struct ph_escpos_logo *logo;
	unsigned i = 0;

	if (state->logo_count == ESCPOS_LOGOS_MAX) {
		char key = state->logos[0].key[1];
		memmove(state->logos, state->logos + 1,
			(ESCPOS_LOGOS_MAX - 1) * sizeof *state->logos);
		logo = &state->logos[ESCPOS_LOGOS_MAX - 1];
		logo->key[1] = key;
		return logo;
	}
	for (unsigned k = 0; k < state->logo_count; k++)
		used[(unsigned)(state->logos[k].key[1] - '0') % ESCPOS_LOGOS_MAX] = 1;
	while (used[i])
		i++;
	logo = &state->logos[state->logo_count++];
	logo->key[0] = FIRST_KEY;
	logo->key[1] = (char)('0' + i);
	return logo;
}

static int store(struct escpos_state *state)
{
	PH_CLEANUP_FREE uint8_t *command = malloc(ph_escpos_logo_size(&state->wish));
	struct ph_escpos_logo logos[ESCPOS_LOGOS_MAX];
	unsigned count = state->logo_count;

	if (!command)
		return -ENOMEM;
	memcpy(logos, state->logos, sizeof logos);
	struct ph_escpos_logo *logo = take_place(state);
	int r = ph_escpos_put_logo(&state->wish, logo->key, command);
	if (r > 0)
		r = ph_engine_store(&state->engine, ph_now_ms(state->device), command, (size_t)r);
	if (r < 0) {
		memcpy(state->logos, logos, sizeof logos);
		state->logo_count = count;
		return r;
	}
	memcpy(logo->hash, state->wish_hash, sizeof logo->hash);
	/* the others were there before */
	memset(state->logo_seen, 0, sizeof state->logo_seen);
	state->storing = true;
	return 0;
}

void escpos_logos_step(struct escpos_state *state)
{
	char text[48];
	uint64_t day;
	unsigned writes;

	if (!state->wish_bits || state->job.bytes || !ph_engine_is_idle(&state->engine))
		return;
	count_writes(state, &day, &writes);
	if (writes < WRITES_MAX && store(state) == 0) {
		snprintf(text, sizeof text, "%llu %u", (unsigned long long)day, writes + 1);
		ph_remember(state->device, KEY_WRITES, text);
	}
	escpos_logos_drop(state);
}
