// Requests in flight: each from its message to its one answer; the line they go over is link_iso.c's.
#include "acquirer/link_iso.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void slot_free(struct slot *slot)
{
	sd_event_source_disable_unref(slot->deadline);
	slot->deadline = NULL;
	ph_wipe(slot->hidden_frame, slot->len);
	slot->used = false;
}

void slot_remember(struct iso_link *link, const struct slot *slot)
{
	unsigned at = link->late_next++ % LATE_MAX;

	link->late[at].key = slot->key;
	memcpy(link->late[at].payment, slot->payment, sizeof slot->payment);
}

/* Told, and gone unless some of its bytes have left and the rest has to follow. */
void slot_finish(struct slot *slot, const struct ph_link_answer *answer)
{
	struct iso_link *link = slot->link;
	struct ph_link_answer told = *answer;
	uint64_t ticket = slot->ticket;
	bool tell = !slot->told;

	told.ms = (unsigned)((ph_clock_mono_us() - slot->since_us) / 1000);
	slot->told = true;
	slot->deadline = sd_event_source_disable_unref(slot->deadline);
	if (!slot->written || slot->written == slot->len || link->phase != UP)
		slot_free(slot);
	if (tell)
		link->setup.news->answer(link->setup.userdata, ticket, &told);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct slot *slot = userdata;
	bool sent = slot->written > 0;
	struct ph_link_answer answer = {.error = sent ? -ETIMEDOUT : -ENOTCONN,
		.maybe_sent = sent,
		.why = sent ? "the host has not answered in time"
			    : "the message could not be sent in time"};

	if (sent)
		slot_remember(slot->link, slot);
	slot_finish(slot, &answer);
	return 0;
}

/* Everything in flight ends: what has not begun to leave has certainly done nothing. */
void slots_broken(struct iso_link *link, const char *why)
{
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct slot *slot = &link->slots[i];
		struct ph_link_answer answer = {.error = -ENOTCONN, .why = why};

		if (!slot->used)
			continue;
		answer.maybe_sent = slot->written > 0;
		slot_finish(slot, &answer);
	}
}

/* The oldest with bytes to go; one that has begun comes before all others. */
struct slot *slot_to_write(struct iso_link *link)
{
	struct slot *found = NULL;

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct slot *slot = &link->slots[i];

		if (!slot->used || slot->written == slot->len)
			continue;
		if (slot->written)
			return slot;
		if (!found || slot->order < found->order)
			found = slot;
	}
	return found;
}

static bool same_key(const struct key *a, const struct key *b)
{
	return !strcmp(a->mti, b->mti) && !strcmp(a->stan, b->stan) &&
	       (!a->transmission[0] || !b->transmission[0] ||
		       !strcmp(a->transmission, b->transmission));
}

struct slot *slot_for(struct iso_link *link, const struct key *key)
{
	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++)
		if (link->slots[i].used && !link->slots[i].told && link->slots[i].written &&
			same_key(&link->slots[i].key, key))
			return &link->slots[i];
	return NULL;
}

static struct slot *free_slot(struct iso_link *link, const struct key *key, int *ret_error)
{
	struct slot *found = NULL;

	for (unsigned i = 0; i < PH_LINK_IN_FLIGHT; i++) {
		struct slot *slot = &link->slots[i];

		if (!slot->used) {
			found = slot;
		} else if (!slot->told && same_key(&slot->key, key)) {
			*ret_error = -EEXIST;
			return NULL;
		}
	}
	*ret_error = -EBUSY;
	return found;
}

/* A slot for a message of this type. -EINVAL with why[], -EEXIST, -EBUSY. */
static int slot_begin(struct iso_link *link, const char *mti, const struct key *asked,
	struct slot **ret_slot, char why[PH_RECORD_WHY_SIZE])
{
	struct key key = *asked;
	struct slot *slot;
	int r;

	if (!ph_iso_answer_mti(mti, key.mti)) {
		snprintf(why, PH_RECORD_WHY_SIZE, "%s%s",
			*mti ? "a message that has no answer: "
			     : "this dialect has no such message",
			mti);
		return -EINVAL;
	}
	slot = free_slot(link, &key, &r);
	if (!slot)
		return r;
	slot->key = key;
	snprintf(slot->point, sizeof slot->point, "M%s", mti);
	*ret_slot = slot;
	return 0;
}

/* Its message is there. */
static int slot_go(struct slot *slot, size_t len, uint64_t ticket, unsigned timeout_ms)
{
	struct iso_link *link = slot->link;
	uint64_t wait_ms = timeout_ms ? timeout_ms : link->setup.config->answer_timeout_ms;
	int r;

	slot->used = true;
	slot->told = false;
	slot->ticket = ticket;
	slot->order = ++link->order;
	slot->since_us = ph_clock_mono_us();
	slot->len = len;
	slot->written = 0;
	r = sd_event_add_time_relative(link->setup.event, &slot->deadline, CLOCK_MONOTONIC,
		wait_ms * 1000, 1000, on_deadline, slot);
	if (r < 0)
		slot_free(slot);
	return r < 0 ? r : 0;
}

int slot_new(struct iso_link *link, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint64_t ticket, char why[PH_RECORD_WHY_SIZE])
{
	struct key key = {0};
	struct slot *slot;
	char mti[5];
	ssize_t len;
	int r;

	ph_compose_mti(&link->composer, record, mti);
	memcpy(key.stan, record->stan, sizeof key.stan);
	memcpy(key.transmission, record->transmission, sizeof key.transmission);
	r = slot_begin(link, mti, &key, &slot, why);
	if (r < 0)
		return r;
	len = ph_compose(&link->composer, record, accounts, slot->hidden_frame, SLOT_BYTES, why);
	if (len < 0) {
		ph_wipe(slot->hidden_frame, SLOT_BYTES);
		return -EINVAL;
	}
	slot->totals = false;
	slot->amount = record->action == PH_REVERSE ? 0 : record->amount;
	memcpy(slot->payment, record->payment, sizeof slot->payment);
	return slot_go(slot, (size_t)len, ticket, record->timeout_ms);
}

int slot_new_totals(struct iso_link *link, const struct ph_totals *totals, uint64_t ticket,
	char why[PH_RECORD_WHY_SIZE])
{
	struct key key = {0};
	struct slot *slot;
	char mti[5];
	ssize_t len;
	int r;

	ph_compose_totals_mti(&link->composer, totals, mti);
	memcpy(key.stan, totals->stan, sizeof key.stan);
	memcpy(key.transmission, totals->transmission, sizeof key.transmission);
	r = slot_begin(link, mti, &key, &slot, why);
	if (r < 0)
		return r;
	len = ph_compose_totals(&link->composer, totals, slot->hidden_frame, SLOT_BYTES, why);
	if (len < 0)
		return -EINVAL;
	slot->totals = true;
	slot->amount = 0;
	slot->payment[0] = '\0';
	return slot_go(slot, (size_t)len, ticket, totals->timeout_ms);
}
