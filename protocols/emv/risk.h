/*
 * The terminal's own checks, each a function of its inputs: processing restrictions, terminal risk management, and what
 * follows from the action codes. Source: EMV Book 3, 10.4, 10.6 and 10.7.
 */
#ifndef PH_PROTOCOLS_EMV_RISK_H
#define PH_PROTOCOLS_EMV_RISK_H

#include "protocols/emv/bits.h"
#include "protocols/emv/data.h"
#include "protocols/emv/parameters.h"

/* TVR bits of byte 2 for version, dates and usage control. The data hold date, type, country and terminal type. */
uint64_t ph_emv_restrictions(const struct ph_emv_data *data);

struct ph_emv_risk {
	uint64_t amount;	 /* minor units */
	uint64_t earlier_amount; /* last one approved for this account here (split sales); 0 none */
	uint8_t random;		 /* 1 to 99, uniform */
	bool listed;		 /* the account is on the exception file */
	bool forced_online;
	/* Answers to GET DATA; absent: -1. */
	int32_t atc, last_online_atc;
};

/*
 * TVR bits of byte 4, and of bytes 1 and 2 for the exception file, missing counters and a new card. Limits of the application are in its own
 * currency; a transaction in another one counts as above the floor.
 */
uint64_t ph_emv_risk_check(const struct ph_emv_risk *risk,
	const struct ph_emv_application *application, const struct ph_emv_data *data);

/* Whether random selection takes this one. Source: EMV Book 3, 10.6.2. */
bool ph_emv_random_selected(
	uint64_t amount, uint8_t random, const struct ph_emv_application *application);

enum ph_emv_host { PH_EMV_HOST_THERE, PH_EMV_HOST_AWAY };

/*
 * First action analysis: the cryptogram to ask for, PH_CID_AAC, _TC or _ARQC. Codes of the issuer that are missing count as
 * EMV says: denial zeros, online and default ones.
 */
uint8_t ph_emv_decide(uint64_t tvr, const struct ph_emv_application *application,
	const struct ph_emv_data *data, const struct ph_emv_terminal *terminal,
	enum ph_emv_host host);

/* After a host that could not be reached: PH_CID_AAC or PH_CID_TC. A terminal that is online only has nothing to approve with. */
uint8_t ph_emv_decide_unable(uint64_t tvr, const struct ph_emv_application *application,
	const struct ph_emv_data *data, const struct ph_emv_terminal *terminal);

#endif
