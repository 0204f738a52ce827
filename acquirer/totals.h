/* The sums of a till's day as poshald asks the host about them, read from JSON and checked (docs/acquirer-protocol.md). */
#ifndef PH_ACQUIRER_TOTALS_H
#define PH_ACQUIRER_TOTALS_H

#include "acquirer/decision.h"

struct cJSON;
struct ph_reader;

#define PH_TOTAL_COUNT_MAX  9999999999ull	/* n10 */
#define PH_TOTAL_AMOUNT_MAX 9007199254740991ull /* n16, and what JSON holds exactly */

struct ph_totals {
	char tid[9]; /* field 41 of the till whose sums they are; "" if nobody said */
	char stan[7], transmission[11];
	char currency[4];
	unsigned currency_number;
	struct ph_sum sums[PH_TOTAL_COUNT_];
	unsigned timeout_ms; /* 0: what the configuration says */
	bool repeat;
};

/* 0, or -EINVAL with the member and what is wrong with it in why[] (PH_RECORD_WHY_SIZE). */
int ph_totals_read(const struct cJSON *params, struct ph_totals *ret_totals, char *why);

/* The four sums of a member, each with count and amount. */
int ph_sums_read(
	const struct ph_reader *outer, const char *name, struct ph_sum sums[PH_TOTAL_COUNT_]);

#endif
