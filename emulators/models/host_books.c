// The books of the acquirer's host: every message that came, found by what it is known by. What is booked, host_ledger.c decides.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/host_internal.h"

#define SIZE_MIN 64u

/* Lists of what has something in common; a list ends with 0, else it is the number of a booking from 1 on. */
enum list {
	BY_TRACE,    /* terminal and trace number */
	BY_ORIGINAL, /* reversals: terminal and trace number of what they undo */
	BY_USE,	     /* the use of a card */
	LISTS
};
_Static_assert(LISTS == sizeof((struct ph_emu_host *)0)->heads / sizeof(uint32_t *),
	"one head array for each list");

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	return hash;
}

static uint64_t hash_trace(const char *terminal, const char *stan)
{
	uint64_t hash = mix(mix(0xcbf29ce484222325, terminal), stan);

	return hash ^ hash >> 29;
}

static size_t place(const struct ph_emu_host *h, uint64_t hash)
{
	return (size_t)(hash & (h->size_heads - 1));
}

static const struct ph_emu_booking *first(
	const struct ph_emu_host *h, enum list list, uint64_t hash)
{
	uint32_t n = h->size_heads ? h->heads[list][place(h, hash)] : 0;

	return n ? &h->bookings[n - 1] : NULL;
}

static const struct ph_emu_booking *next(
	const struct ph_emu_host *h, enum list list, const struct ph_emu_booking *b)
{
	return b->next[list] ? &h->bookings[b->next[list] - 1] : NULL;
}

static void enter(struct ph_emu_host *h, struct ph_emu_booking *b, enum list list, uint64_t hash)
{
	uint32_t *head = &h->heads[list][place(h, hash)];

	b->next[list] = *head;
	*head = (uint32_t)(b - h->bookings) + 1;
}

static void index_one(struct ph_emu_host *h, struct ph_emu_booking *b)
{
	enter(h, b, BY_TRACE, hash_trace(b->terminal, b->stan));
	if (b->kind == PH_EMU_KIND_REVERSAL)
		enter(h, b, BY_ORIGINAL, hash_trace(b->terminal, b->original_stan));
	else if (b->use)
		enter(h, b, BY_USE, b->use);
}

static bool grow(struct ph_emu_host *h)
{
	size_t size = h->size_bookings ? 2 * h->size_bookings : SIZE_MIN;
	struct ph_emu_booking *more = realloc(h->bookings, size * sizeof *more);

	if (!more)
		return false;
	h->bookings = more;
	uint32_t *heads = calloc(size * LISTS, sizeof *heads);
	if (!heads)
		return false;
	free(h->heads[0]);
	for (size_t i = 0; i < LISTS; i++)
		h->heads[i] = heads + i * size;
	h->size_bookings = h->size_heads = size;
	for (size_t i = 0; i < h->n_bookings; i++)
		index_one(h, &h->bookings[i]);
	return true;
}

struct ph_emu_booking *emu_books_add(struct ph_emu_host *h, const struct ph_emu_booking *b)
{
	if (h->n_bookings == PH_EMU_HOST_BOOKINGS)
		return NULL;
	if (h->n_bookings == h->size_bookings && !grow(h))
		return NULL;
	struct ph_emu_booking *kept = &h->bookings[h->n_bookings++];
	*kept = *b;
	index_one(h, kept);
	h->n_booked += kept->booked;
	h->n_reversals += kept->kind == PH_EMU_KIND_REVERSAL;
	return kept;
}

struct ph_emu_booking *emu_books_find(
	struct ph_emu_host *h, const char *terminal, const char *stan, const char *sent, char class)
{
	const struct ph_emu_booking *b = first(h, BY_TRACE, hash_trace(terminal, stan));

	while (b && (b->mti[1] != class || strcmp(b->stan, stan) != 0 ||
			    strcmp(b->sent, sent) != 0 || strcmp(b->terminal, terminal) != 0))
		b = next(h, BY_TRACE, b);
	return b ? &h->bookings[b - h->bookings] : NULL;
}

bool emu_books_reused(const struct ph_emu_host *h, const struct ph_emu_booking *b)
{
	const struct ph_emu_booking *other = first(h, BY_TRACE, hash_trace(b->terminal, b->stan));

	while (other && (other->mti[1] != b->mti[1] || strcmp(other->stan, b->stan) != 0 ||
				strcmp(other->terminal, b->terminal) != 0 ||
				strcmp(other->sent, b->sent) == 0))
		other = next(h, BY_TRACE, other);
	return other != NULL;
}

struct ph_emu_booking *emu_books_undoing(struct ph_emu_host *h, const struct ph_emu_booking *b)
{
	const struct ph_emu_booking *r = first(h, BY_ORIGINAL, hash_trace(b->terminal, b->stan));

	while (r && (r->found || strcmp(r->original_stan, b->stan) != 0 ||
			    strcmp(r->original_sent, b->sent) != 0 ||
			    strcmp(r->terminal, b->terminal) != 0))
		r = next(h, BY_ORIGINAL, r);
	return r ? &h->bookings[r - h->bookings] : NULL;
}

static bool same_chosen(const struct ph_emu_booking *a, const struct ph_emu_booking *b)
{
	static const uint8_t unknown[sizeof a->chosen];

	return memcmp(a->chosen, b->chosen, sizeof unknown) == 0 ||
	       memcmp(a->chosen, unknown, sizeof unknown) == 0 ||
	       memcmp(b->chosen, unknown, sizeof unknown) == 0;
}

const struct ph_emu_booking *emu_books_same_use(
	const struct ph_emu_host *h, const struct ph_emu_booking *b, const char *but_stan)
{
	const struct ph_emu_booking *other = b->use ? first(h, BY_USE, b->use) : NULL;

	while (other && (other->use != b->use || !other->booked || other->reversed ||
				other->kind == PH_EMU_KIND_COMPLETION || !same_chosen(other, b) ||
				strcmp(other->stan, but_stan) == 0 ||
				strcmp(other->terminal, b->terminal) != 0))
		other = next(h, BY_USE, other);
	return other;
}

void emu_books_clear(struct ph_emu_host *h)
{
	free(h->bookings);
	free(h->heads[0]);
	h->bookings = NULL;
	memset(h->heads, 0, sizeof h->heads);
	h->n_bookings = h->size_bookings = h->size_heads = h->day = 0;
	h->n_booked = h->n_reversals = 0;
	h->last_day = (struct ph_emu_day){0};
}
