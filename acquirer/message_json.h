/*
 * Records and answers as JSON for gateways that speak HTTPS: docs/acquirer-https.md, which is poshal's own. Pure but for what
 * cJSON allocates. A message has the account number in it: `out` is memory of a ph_secret.
 */
#ifndef PH_ACQUIRER_MESSAGE_JSON_H
#define PH_ACQUIRER_MESSAGE_JSON_H

#include "acquirer/config.h"
#include "acquirer/decision.h"
#include "acquirer/record.h"
#include "acquirer/totals.h"

#include <sys/types.h>

#define PH_JSON_MESSAGE_MAX 4096 /* bytes of a request */
#define PH_JSON_ANSWER_MAX  4096 /* of an answer; a longer one says nothing */
#define PH_JSON_KEY_SIZE    80	 /* of an idempotency key: payment, a dot, trace number */

/* "authorize", "refund", "complete", "advise", "reverse": also the last part of the address. */
const char *ph_json_action(enum ph_action action);

/* What makes a message the same when it is repeated. -EINVAL with why[]: a payment id that cannot be in a header. */
int ph_json_key(const char *payment, const char *stan, char ret_key[PH_JSON_KEY_SIZE],
	char why[PH_RECORD_WHY_SIZE]);

/* Bytes written, without a NUL; -EINVAL with why[], which holds nothing of the account. */
ssize_t ph_json_message(const struct ph_acquirer_config *config, const struct ph_record *record,
	const struct ph_account *const accounts[2], char *out, size_t size,
	char why[PH_RECORD_WHY_SIZE]);
ssize_t ph_json_totals(const struct ph_acquirer_config *config, const struct ph_totals *totals,
	char *out, size_t size);
ssize_t ph_json_echo(const struct ph_acquirer_config *config, char *out, size_t size);

/* What an answer is to. */
struct ph_json_asked {
	const char *message, *tid, *stan, *transmission;
	uint64_t amount; /* 0: of a reversal */
};

/*
 * 0, or -EBADMSG: no JSON, of another message, terminal or trace number, a decision that cannot be relied on (see ph_decision_settle()),
 * or the gateway does not know itself.
 */
int ph_json_decide(const char *text, size_t len, const struct ph_json_asked *asked,
	struct ph_decision *ret_decision);
int ph_json_balance(const char *text, size_t len, const struct ph_json_asked *asked,
	struct ph_balance *ret_balance);

/* What a refusal says in its member `error`, printable, without long numbers; "" where it says nothing. */
void ph_json_refusal(const char *text, size_t len, char ret_text[PH_HOST_TEXT_SIZE]);

#endif
