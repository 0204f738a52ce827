// What the host says: answers find their requests, or are dropped and told; its own messages are answered.
#include "acquirer/link_iso.h"

#include "acquirer/log.h"
#include "base/crash_point.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

static void copy(const struct ph_iso_message *message, unsigned n, char *out, size_t size)
{
	const struct ph_iso_value *value = ph_iso_get(message, n);
	size_t len = value && value->len < size ? value->len : 0;

	if (len)
		memcpy(out, value->data, len);
	out[len] = '\0';
}

/* The terminal of a message is ours; its id is padded with spaces. */
static bool for_us(const struct iso_link *link, const struct ph_iso_message *message)
{
	const struct ph_iso_value *value = ph_iso_get(message, 41);
	const char *tid = link->setup.config->tid;
	size_t len = value ? value->len : 0;

	while (len && value->data[len - 1] == ' ')
		len--;
	return value && len == strlen(tid) && !memcmp(value->data, tid, len);
}

static void tell_late(
	struct iso_link *link, const struct ph_iso_message *answer, const struct key *key)
{
	const char *payment = NULL;
	char code[3];

	copy(answer, 39, code, sizeof code);
	for (unsigned i = 0; for_us(link, answer) && i < LATE_MAX; i++) {
		const struct key *old = &link->late[i].key;

		if (strcmp(old->mti, key->mti) != 0 || strcmp(old->stan, key->stan) != 0)
			continue;
		if (key->transmission[0] && strcmp(old->transmission, key->transmission) != 0)
			continue;
		payment = link->late[i].payment[0] ? link->late[i].payment : NULL;
		break;
	}
	ph_acquirer_log(LOG_WARNING, "dropped an answer %s, trace number %s: %s", key->mti,
		key->stan, payment ? "it is too late" : "nothing here asked for it");
	link->setup.news->late(link->setup.userdata, payment, key->stan, code);
}

static void answered(struct iso_link *link, const struct ph_iso_message *answer)
{
	struct ph_link_answer told = {0};
	struct ph_decision decision;
	struct ph_balance balance;
	struct key key;
	struct slot *slot;

	memcpy(key.mti, answer->mti, sizeof key.mti);
	copy(answer, 11, key.stan, sizeof key.stan);
	copy(answer, 7, key.transmission, sizeof key.transmission);
	slot = for_us(link, answer) ? slot_for(link, &key) : NULL;
	if (!slot) {
		tell_late(link, answer, &key);
		return;
	}
	link_proven(link);
	if (slot->totals && ph_balance_read(answer, &balance) == 0) {
		told.balance = &balance;
	} else if (!slot->totals &&
		   ph_decide(link->setup.dialect, answer, slot->amount, &decision) == 0) {
		told.decision = &decision;
	} else {
		told.error = -ETIMEDOUT;
		told.maybe_sent = true;
		told.why = "the host's answer does not say what became of it";
		slot_remember(link, slot);
	}
	PH_CRASH_POINT(slot->point, "answer");
	slot_finish(slot, &told);
}

/* 0800 and 0820 of the host. */
static void asked(struct iso_link *link, const struct ph_iso_message *message)
{
	uint8_t frame[NETWORK_BYTES];
	char code[4];
	bool known;
	ssize_t n;

	copy(message, 70, code, sizeof code);
	known = !strcmp(code, "001") || !strcmp(code, "002") || !strcmp(code, "201") ||
		!strcmp(code, "301");
	if (!strcmp(message->mti, "0800")) {
		n = ph_compose_network_answer(
			&link->composer, message, known ? "00" : "12", frame, sizeof frame);
		if (n > 0)
			link_queue_network(link, frame, (size_t)n);
	}
	if (!strcmp(code, "201"))
		link->setup.news->cutover(link->setup.userdata);
}

static void network_answered(struct iso_link *link, const struct ph_iso_message *answer)
{
	char stan[7], code[3];

	copy(answer, 11, stan, sizeof stan);
	copy(answer, 39, code, sizeof code);
	if (!link->network_waits || strcmp(stan, link->network_stan) != 0) {
		ph_acquirer_log(LOG_INFO, "dropped an answer 0810 that nothing here asked for");
		return;
	}
	link->network_waits = false;
	link->echo_deadline = sd_event_source_disable_unref(link->echo_deadline);
	if (link->phase != UP && strcmp(code, "00") != 0) {
		link_fail(link, -EACCES, "the host refuses the sign-on");
		return;
	}
	link_proven(link);
	if (link->phase != UP)
		link_up(link);
}

static void arrived(struct iso_link *link, const uint8_t *data, size_t len)
{
	struct ph_iso_store store = {.data = link->hidden_store, .size = PH_ISO_STORE_MAX};
	const struct ph_iso_table *table = &link->setup.dialect->table;
	struct ph_iso_message message;
	struct ph_iso_error error;
	char why[120];

	if (ph_iso_unpack(table, data, len, &store, &message, &error) < 0) {
		ph_iso_error_text(table, &error, why, sizeof why);
		ph_acquirer_log(LOG_WARNING, "dropped a message of the host: %s", why);
	} else if (message.mti[1] == '8' && (message.mti[2] == '0' || message.mti[2] == '2')) {
		asked(link, &message);
	} else if (message.mti[1] == '8') {
		network_answered(link, &message);
	} else {
		answered(link, &message);
	}
	ph_wipe(link->hidden_store, store.len);
}

int link_read_frames(struct iso_link *link)
{
	const struct ph_iso_framing *framing = &link->setup.dialect->framing;
	struct ph_iso_frame frame;
	size_t at = 0;
	int r = 0;

	/* what a message leads to may close the line */
	while (link->phase == UP || link->phase == SIGNING) {
		r = ph_iso_frame_next(
			framing, link->hidden_received + at, link->received - at, &frame);
		if (r <= 0)
			break;
		if (frame.len)
			arrived(link, frame.message, frame.len);
		at += frame.total;
	}
	if (link->phase == IDLE || r < 0)
		return r < 0 ? r : 0;
	memmove(link->hidden_received, link->hidden_received + at, link->received - at);
	ph_wipe(link->hidden_received + link->received - at, at);
	link->received -= at;
	return 0;
}
