/*
 * What the driver of a card reader says of a card before a sale may stand without the host: member `facts` of payment.need (docs/driver-protocol.md).
 *
 * Read strictly, for it decides about money and is kept beside it: a word that is not known, or more digits of the account number than
 * the six that may be seen, and none of it counts. Then the sale is judged as if nothing were known of the card, which is a no.
 */
#ifndef PH_DAEMON_PAYMENTS_CARD_FACTS_H
#define PH_DAEMON_PAYMENTS_CARD_FACTS_H

#include "daemon/payments/offline_policy.h"

#include <cjson/cJSON.h>

#define PH_CARD_FINGERPRINT  32 /* bytes */
#define PH_CARD_FIRST_DIGITS 6

struct ph_card_facts {
	enum ph_offline_entry entry; /* none of the three is its UNKNOWN */
	enum ph_offline_cvm cvm;
	enum ph_offline_oda oda;
	char first_digits[PH_CARD_FIRST_DIGITS + 1];
	bool expires_soon;
	bool deny_known; /* the merchant's list could be asked; else the card must count as denied */
	bool denied;
	bool has_fingerprint; /* else limits for each card cannot be kept: they must say no */
	uint8_t fingerprint[PH_CARD_FINGERPRINT];
};

/* 0; -EBADMSG: absent, or not as it must be. */
int ph_card_facts_read(const cJSON *facts, struct ph_card_facts *ret_facts);

#endif
