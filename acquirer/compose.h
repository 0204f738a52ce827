/*
 * A record as a message of a dialect, and an answer as a decision. Pure. The message has the account number in it: `out` is
 * memory of a ph_secret, and the account is wiped by whoever opened it.
 */
#ifndef PH_ACQUIRER_COMPOSE_H
#define PH_ACQUIRER_COMPOSE_H

#include "acquirer/config.h"
#include "acquirer/decision.h"
#include "acquirer/record.h"
#include "acquirer/totals.h"

struct ph_composer {
	const struct ph_iso_dialect *dialect;
	const struct ph_acquirer_config *config;
};

/* Whether this dialect sends what is in the record's `once_b64` for this action. */
bool ph_compose_wants_once(const struct ph_composer *composer, const struct ph_record *record);

/* The MTI of a record's message. */
void ph_compose_mti(
	const struct ph_composer *composer, const struct ph_record *record, char ret_mti[5]);

/*
 * Writes the framed message. `once` may be NULL. Returns its bytes, or -EINVAL with a sentence that names field or member and
 * holds nothing of the account.
 */
ssize_t ph_compose(const struct ph_composer *composer, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint8_t *out, size_t size,
	char why[PH_RECORD_WHY_SIZE]);

/* Its totals: 0500 or what the dialect has. -EINVAL, too, where it has none. */
void ph_compose_totals_mti(
	const struct ph_composer *composer, const struct ph_totals *totals, char ret_mti[5]);
ssize_t ph_compose_totals(const struct ph_composer *composer, const struct ph_totals *totals,
	uint8_t *out, size_t size, char why[PH_RECORD_WHY_SIZE]);

/* A message of the link itself: 0800 or, with `response`, 0810 to `request`. */
ssize_t ph_compose_network(const struct ph_composer *composer, const char *stan,
	const char *transmission, const char *code, uint8_t *out, size_t size);
ssize_t ph_compose_network_answer(const struct ph_composer *composer,
	const struct ph_iso_message *request, const char *response, uint8_t *out, size_t size);

/*
 * What an answer says of a request about `amount`. 0, or -EBADMSG where it says nothing that can be relied on: no code, a code
 * by which the host does not know itself, an approved amount of nothing or above the one asked for. `amount` 0: a reversal,
 * whose amount says nothing.
 */
int ph_decide(const struct ph_iso_dialect *dialect, const struct ph_iso_message *answer,
	uint64_t amount, struct ph_decision *ret_decision);

/* What an answer says to totals: by field 66, else by field 39. 0, or -EBADMSG where it has neither. */
int ph_balance_read(const struct ph_iso_message *answer, struct ph_balance *ret_balance);

#endif
