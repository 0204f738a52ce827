// Measures how long the emulated printer takes to put one receipt on paper, in CPU time: dots, record
// and replies, no picture. The glyphs are in its cache, as they are from the second receipt on.
//   bench_emulator RECEIPT.json [PROFILE]
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "emulators/models/printer.h"
#include "protocols/escpos/encode.h"
#include "protocols/receipt/layout.h"
#include "tests/support/escpos_profile.h"

#define ROUNDS 201

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

static int encode(const char *path, const char *profile_name, struct ph_receipt_job *job)
{
	const struct ph_escpos_profile *profile = profile_named(profile_name);
	cJSON *json = path ? read_json(path) : NULL;
	struct ph_receipt_error error = {0};
	struct ph_receipt *receipt = NULL;
	struct ph_display_list list = {0};
	int r = -1;

	if (profile && json && ph_receipt_parse(json, &receipt, &error) == 0) {
		const struct ph_media media = ph_escpos_profile_media(profile);
		r = ph_layout(receipt, &media, NULL, &list, &error);
		if (r == 0)
			r = ph_escpos_encode(&list, profile, NULL, job, &error);
	}
	if (r < 0)
		fprintf(stderr, "bench_emulator RECEIPT.json [PROFILE]: %s %s\n", error.path,
			error.message);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	return r;
}

// one receipt on fresh paper; returns its dot rows
static uint64_t print(struct ph_emu_printer *p, const struct ph_receipt_job *job)
{
	static uint8_t reply[PH_EMU_PRINTER_TX_SIZE];
	uint64_t rows;

	for (size_t at = 0; at < job->len;)
		at += ph_emu_printer_feed(p, 1000, job->bytes + at, job->len - at);
	ph_emu_printer_take(p, reply, sizeof reply);
	rows = ph_emu_printer_paper(p)->y;
	ph_emu_printer_tear(p, 1000);
	return rows;
}

int main(int argc, char **argv)
{
	struct ph_emu_printer_config config;
	struct ph_emu_printer *p;
	struct ph_receipt_job job = {0};
	static double times[ROUNDS];
	uint64_t rows = 0;

	ph_emu_printer_config_default(&config);
	config.rx_size = PH_EMU_PRINTER_RX_MAX;
	if (encode(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : "generic-80", &job) < 0 ||
		ph_emu_font_new(NULL, &config.font) < 0 || ph_emu_printer_new(&config, &p) < 0)
		return 1;
	const double begin = cpu_us();
	print(p, &job);
	const double first = cpu_us() - begin;
	for (int round = 0; round < ROUNDS; round++) {
		const double start = cpu_us();
		rows = print(p, &job);
		times[round] = cpu_us() - start;
	}
	qsort(times, ROUNDS, sizeof times[0], by_value);
	printf("{\"cpu_us\":%.1f,\"first_us\":%.1f,\"bytes\":%u,\"rows\":%llu}\n",
		times[ROUNDS / 2], first, job.len, (unsigned long long)rows);
	ph_emu_printer_free(p);
	ph_emu_font_unref(config.font);
	ph_receipt_job_done(&job);
	return 0;
}
