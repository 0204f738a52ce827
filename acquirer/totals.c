// Reads the sums of a day from JSON; what the host says to them is the link's.
#include "acquirer/totals.h"

#include "acquirer/reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int ph_sums_read(
	const struct ph_reader *outer, const char *name, struct ph_sum sums[PH_TOTAL_COUNT_])
{
	static const char *const names[] = {"count", "amount", NULL};
	struct ph_reader reader = {
		.object = ph_reader_get(outer, name), .in = "totals.", .why = outer->why};

	if (!cJSON_IsObject(reader.object))
		return ph_reader_wrong(outer, name, "is missing, or no object");
	if (ph_reader_known_members(&reader, ph_total_names) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < PH_TOTAL_COUNT_; i++) {
		char in[40];
		struct ph_reader sum = {.object = ph_reader_get(&reader, ph_total_names[i]),
			.in = in,
			.why = outer->why};

		snprintf(in, sizeof in, "totals.%s.", ph_total_names[i]);
		if (!cJSON_IsObject(sum.object))
			return ph_reader_wrong(
				&reader, ph_total_names[i], "is missing, or no object");
		if (ph_reader_known_members(&sum, names) < 0 ||
			ph_reader_number(&sum, "count", PH_TOTAL_COUNT_MAX, &sums[i].count) < 0 ||
			ph_reader_number(&sum, "amount", PH_TOTAL_AMOUNT_MAX, &sums[i].amount) < 0)
			return -EINVAL;
	}
	return 0;
}

int ph_totals_read(const struct cJSON *params, struct ph_totals *ret_totals, char *why)
{
	static const char *const names[] = {
		"tid", "stan", "transmission", "currency", "totals", "timeout_ms", "repeat", NULL};
	struct ph_reader reader = {.object = params, .in = "", .why = why};
	struct ph_totals totals = {0};

	if (ph_reader_known_members(&reader, names) < 0 || ph_reader_tid(&reader, totals.tid) < 0 ||
		ph_reader_text(&reader, "stan", totals.stan, 6, false) < 0 ||
		ph_reader_text(&reader, "transmission", totals.transmission, 10, false) < 0 ||
		ph_reader_currency(&reader, totals.currency, &totals.currency_number) < 0 ||
		ph_sums_read(&reader, "totals", totals.sums) < 0 ||
		ph_reader_flag(&reader, "repeat", &totals.repeat) < 0 ||
		ph_reader_timeout(&reader, &totals.timeout_ms) < 0)
		return -EINVAL;
	if (!strcmp(totals.stan, "000000"))
		return ph_reader_wrong(&reader, "stan", "begins at 000001");
	*ret_totals = totals;
	return 0;
}
