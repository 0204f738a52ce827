// Measures layout and encoding of one receipt to ESC/POS in CPU time; parsing the JSON is not in it.
//   bench_encode RECEIPT.json [PROFILE]
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "protocols/escpos/encode.h"
#include "protocols/receipt/layout.h"
#include "tests/support/escpos_profile.h"

#define ROUNDS	  401
#define PER_ROUND 50

static cJSON *read_json(const char *path)
{
	FILE *file = fopen(path, "re");
	static char text[1 << 20];

	if (!file)
		return NULL;
	const size_t len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	return cJSON_ParseWithLength(text, len);
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	const struct ph_escpos_profile *profile = profile_named(argc > 2 ? argv[2] : "generic-80");
	cJSON *json = argc > 1 ? read_json(argv[1]) : NULL;
	struct ph_receipt_error error = {0};
	struct ph_receipt *receipt = NULL;
	struct ph_display_list list = {0};
	struct ph_escpos_job job = {0};
	static double times[ROUNDS];
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX];

	if (!profile || !json || ph_receipt_parse(json, &receipt, &error) < 0) {
		fprintf(stderr, "bench_encode RECEIPT.json [PROFILE]: %s %s\n", error.path,
			error.message);
		return 1;
	}
	const struct ph_media media = ph_escpos_profile_media(profile);
	for (int round = 0; round < ROUNDS; round++) {
		const double start = cpu_us();
		for (int i = 0; i < PER_ROUND; i++) {
			if (ph_layout(receipt, &media, NULL, &list, &error) < 0 ||
				ph_escpos_encode(&list, profile, NULL, &job, &error) < 0) {
				fprintf(stderr, "%s: %s\n", error.path, error.message);
				return 1;
			}
		}
		times[round] = (cpu_us() - start) / PER_ROUND;
	}
	qsort(times, ROUNDS, sizeof times[0], by_value);
	const size_t bytes = job.len + ph_escpos_put_prologue(prologue, profile, 0x4f) +
			     job.segment_count * (size_t)PH_ESCPOS_PROCESS_ID_LEN;
	printf("{\"cpu_us\":%.2f,\"bytes\":%zu,\"segments\":%u}\n", times[ROUNDS / 2], bytes,
		job.segment_count);
	ph_escpos_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	return 0;
}
