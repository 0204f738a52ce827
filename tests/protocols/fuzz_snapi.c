// SNAPI: input reports of any bytes and times; answers are read whatever they say.
#include "protocols/snapi/attribute.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_snapi snapi;

static void read_answer(const uint8_t *bytes, size_t len)
{
	struct ph_snapi_answer answer;
	unsigned sum = 0;

	if (ph_snapi_answer(bytes, len, &answer) < 0)
		return;
	for (size_t i = 0; i < answer.id_count * 2; i++)
		sum += answer.ids[i];
	for (size_t i = 0; i < answer.value.len; i++)
		sum += answer.value.data[i];
	if (sum > UINT16_MAX * 256u)
		abort();
}

static void take_events(void)
{
	struct ph_snapi_event event;
	unsigned count = 0;

	while (ph_snapi_next(&snapi, &event) > 0) {
		if (++count > 2 || event.len > PH_LABEL_MAX)
			abort();
		if (event.kind == PH_SNAPI_ANSWER)
			read_answer(event.data, event.len);
	}
}

/* A report in memory of just its size, so that a step beyond its end is seen. */
static void feed_report(const uint8_t *report, size_t len, uint8_t how, uint64_t now_ms)
{
	uint8_t *exact = malloc(len ? len : 1);

	if (len)
		memcpy(exact, report, len);
	if (how & 1 && ph_snapi_late(&snapi, now_ms) < 0)
		abort();
	take_events();
	if (how & 2)
		ph_snapi_request_sent(&snapi);
	if (ph_snapi_feed(&snapi, exact, len, now_ms) < 0)
		abort();
	take_events();
	read_answer(exact, len);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t now_ms = 0;

	ph_snapi_init(&snapi);
	/* each report: its length, the time since the last in 8 ms, then its bytes */
	while (len >= 2) {
		size_t part = data[0] < len - 2 ? data[0] : len - 2;
		now_ms += data[1] * 8u;
		feed_report(data + 2, part, data[1], now_ms);
		data += 2 + part;
		len -= 2 + part;
	}
	return 0;
}
