// What cards are told apart by: the key of fingerprints and the list of denied cards, read again when their files have changed.
// A payment begins with a look at the files; nothing is watched in between.
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY, LIST, SIGNATURE }; /* of emv_cards.seen; the first two of emv_cards.said */

/* Whether it is another file than the one that was seen last, or has come or gone; remembers the one that is there. */
static bool has_changed(struct stat *seen, const char *path)
{
	struct stat now;

	if (stat(path, &now) < 0)
		memset(&now, 0, sizeof now);
	bool same = now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
		    now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
		    now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
	*seen = now;
	return !same;
}

/* Logged once, until something else is wrong or all was well in between. */
static void say(struct emv_state *state, int what, const char *why)
{
	char *said = state->cards.said[what];

	if (*why && strcmp(said, why) != 0)
		ph_emit_log(state->device, PH_LOG_ERROR, "%s: %s",
			what == KEY ? "cards cannot be told apart"
				    : "denied cards are not known, so no sale stands without the "
				      "host",
			why);
	snprintf(said, EMV_WHY_SIZE, "%s", why);
}

/* ---- the key ---- */

/* Where systemd or poshald says that state belongs. */
static int key_path(const struct emv_state *state, char out[EMV_PATH_SIZE])
{
	const char *option = ph_option_text(state->device, "fingerprint_key");
	const char *folder = getenv("STATE_DIRECTORY");
	int n;

	if (option)
		n = snprintf(out, EMV_PATH_SIZE, "%s", option);
	else if (folder && *folder)
		n = snprintf(out, EMV_PATH_SIZE, "%.*s/" EMV_FINGERPRINT_FILE,
			(int)strcspn(folder, ":"), folder);
	else
		return -ENOENT;
	return n < EMV_PATH_SIZE ? 0 : -ENAMETOOLONG;
}

static void refresh_key(struct emv_state *state)
{
	struct emv_cards *cards = &state->cards;
	char path[EMV_PATH_SIZE], why[EMV_WHY_SIZE] = "";

	if (key_path(state, path) < 0) {
		snprintf(why, sizeof why, "there is no place for the key: set fingerprint_key");
	} else if (has_changed(&cards->seen[KEY], path) || !cards->key) {
		ph_secret_free(PH_STEAL(cards->key));
		emv_fingerprint_key_load(path, true, &cards->key, why);
	}
	if (!cards->key)
		cards->reasons |= PH_REASON_BIT(PH_REASON_NO_FINGERPRINT_KEY);
	say(state, KEY, why);
}

/* ---- the list ---- */

static int read_list(struct emv_state *state, const char *path, char why[EMV_WHY_SIZE])
{
	PH_CLEANUP_FREE char *text = NULL;
	uint8_t signer[32];
	unsigned line = 0;
	size_t len;

	int r = emv_files_signer(state, signer, why);
	if (r == 0)
		r = emv_files_signed(path, PH_DENY_LIST_BYTES_MAX, signer, &text, &len, why);
	if (r < 0)
		return r;
	r = ph_deny_list_read(text, len, &state->cards.list, &line);
	if (r < 0)
		snprintf(why, EMV_WHY_SIZE, "%.200s: line %u: %s", path, line,
			r == -EBADMSG ? "is not as it must be" : strerror(-r));
	return r;
}

/* A list that cannot be used takes the place of one that could: an old one may lack the card that was stolen today. */
static void reload_list(struct emv_state *state, const char *path)
{
	struct emv_cards *cards = &state->cards;
	char why[EMV_WHY_SIZE] = "";

	ph_deny_list_done(&cards->list);
	cards->list_good = read_list(state, path, why) == 0;
	say(state, LIST, why);
}

/* Rows of another key are found by nobody: such a list looks as if no card were on it. */
static bool made_with_our_key(const struct emv_cards *cards)
{
	uint8_t mark[PH_FINGERPRINT_SIZE];

	emv_fingerprint(cards->key, NULL, 0, mark);
	return !memcmp(mark, cards->list.key_mark, sizeof mark);
}

/* Of a list that is good: why it is of no use all the same, or NULL. */
static const char *useless(const struct emv_cards *cards, uint32_t date)
{
	if (cards->list.expires && cards->list.expires < date)
		return "has expired";
	if (cards->key && !made_with_our_key(cards))
		return "was made with another key than that of fingerprint_key";
	return NULL;
}

static void refresh_list(struct emv_state *state, const char *path, uint32_t date)
{
	struct emv_cards *cards = &state->cards;
	char signature[EMV_PATH_SIZE], why[EMV_WHY_SIZE];

	bool changed = has_changed(&cards->seen[LIST], path);
	if (emv_signature_path(path, signature) == 0)
		changed |= has_changed(&cards->seen[SIGNATURE], signature);
	if (changed || !cards->list_good)
		reload_list(state, path);
	const char *what = cards->list_good ? useless(cards, date) : NULL;
	cards->list_current = cards->list_good && !what;
	if (!cards->list_current)
		cards->reasons |= PH_REASON_BIT(PH_REASON_NO_DENY_LIST);
	if (!cards->list_good)
		return;
	snprintf(why, sizeof why, "%.200s: %s", path, what ? what : "");
	say(state, LIST, what ? why : "");
}

bool emv_cards_refresh(struct emv_state *state, uint32_t date, bool offline)
{
	struct emv_cards *cards = &state->cards;
	const char *list = ph_option_text(state->device, "deny_list");
	unsigned before = cards->reasons;

	cards->reasons = 0;
	cards->wanted |= offline || list || ph_option_text(state->device, "fingerprint_key");
	if (cards->wanted)
		refresh_key(state);
	if (list)
		refresh_list(state, list, date);
	return cards->reasons != before;
}

void emv_cards_done(struct emv_state *state)
{
	ph_secret_free(PH_STEAL(state->cards.key));
	ph_deny_list_done(&state->cards.list);
}

enum emv_denied emv_cards_denied(
	const struct emv_state *state, const uint8_t fingerprint[PH_FINGERPRINT_SIZE])
{
	const struct emv_cards *cards = &state->cards;

	if (!ph_option_text(state->device, "deny_list"))
		return EMV_DENIED_NO;
	if (cards->list_good && ph_deny_list_has(&cards->list, fingerprint))
		return EMV_DENIED_YES; /* also when it has expired since: somebody has put it there */
	return cards->list_current ? EMV_DENIED_NO : EMV_DENIED_UNKNOWN;
}

bool emv_cards_listed(void *context, const uint8_t *pan, size_t len, int sequence)
{
	struct emv_state *state = context;
	uint8_t digits[PH_PAN_MAX], fingerprint[PH_FINGERPRINT_SIZE];
	bool listed = false;

	int n = pan && state->cards.key ? emv_account_digits(pan, len, digits) : 0;
	if (n > 0) {
		emv_fingerprint(state->cards.key, digits, (size_t)n, fingerprint);
		listed = emv_cards_denied(state, fingerprint) == EMV_DENIED_YES;
	}
	ph_wipe(digits, sizeof digits);
	return listed;
}
