// Measures layout and encoding of one receipt to ESC/POS in CPU time: from the document in memory, from its
// JSON text, and with automatic code pages against one fixed page.
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

static char text[1 << 20];
static size_t text_len;
static struct ph_receipt *receipt;
static struct ph_display_list list;
static struct ph_receipt_job job;

static void fail(const struct ph_receipt_error *error)
{
	fprintf(stderr, "bench_encode RECEIPT.json [PROFILE]: %s %s\n", error->path,
		error->message);
	exit(1);
}

// No drawings: what a page lacks is replaced.
static const struct ph_rasters none;
static const struct ph_escpos_input input = {.rasters = &none};

static void encode(const struct ph_escpos_profile *profile)
{
	const struct ph_media media = ph_escpos_profile_media(profile);
	struct ph_receipt_error error = {0};

	if (ph_layout(receipt, &media, NULL, &list, &error) < 0 ||
		ph_escpos_encode(&list, profile, &input, &job, &error) < 0)
		fail(&error);
}

static void parse(void)
{
	struct ph_receipt_error error = {0};
	cJSON *json = cJSON_ParseWithLength(text, text_len);

	ph_receipt_free(receipt);
	receipt = NULL;
	if (!json || ph_receipt_parse(json, &receipt, &error) < 0)
		fail(&error);
	cJSON_Delete(json);
}

static void parse_and_encode(const struct ph_escpos_profile *profile)
{
	parse();
	encode(profile);
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double one_round(
	void (*work)(const struct ph_escpos_profile *), const struct ph_escpos_profile *profile)
{
	const double start = cpu_us();

	for (int i = 0; i < PER_ROUND; i++)
		work(profile);
	return (cpu_us() - start) / PER_ROUND;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof values[0], by_value);
	return values[ROUNDS / 2];
}

static bool only_lines_are_missing(void)
{
	for (uint32_t i = 0; i < job.loss_count; i++) {
		if (job.losses[i].kind != PH_LOSS_RULE)
			return false;
	}
	return true;
}

// The profile with the one page that prints all text of the receipt.
static struct ph_escpos_profile with_one_page(const struct ph_escpos_profile *profile)
{
	struct ph_escpos_profile one = *profile;

	one.page_count = 1;
	for (unsigned i = 0; i < profile->page_count; i++) {
		one.pages[0] = profile->pages[i];
		encode(&one);
		if (only_lines_are_missing())
			return one;
	}
	fprintf(stderr, "no single page prints this receipt\n");
	exit(1);
}

int main(int argc, char **argv)
{
	const struct ph_escpos_profile *profile = profile_named(argc > 2 ? argv[2] : "generic-80");
	FILE *file = argc > 1 ? fopen(argv[1], "re") : NULL;
	static double automatic[ROUNDS], fixed[ROUNDS], from_json[ROUNDS];
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX];

	if (!file)
		fail(&(struct ph_receipt_error){"", "no such file"});
	text_len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	parse();
	const struct ph_escpos_profile one = with_one_page(profile);
	for (int round = 0; round < ROUNDS; round++) {
		automatic[round] = one_round(encode, profile);
		fixed[round] = one_round(encode, &one);
	}
	for (int round = 0; round < ROUNDS; round++)
		from_json[round] = one_round(parse_and_encode, profile);
	const size_t bytes = job.len + ph_escpos_put_prologue(prologue, profile, 0x4f) +
			     job.segment_count * (size_t)PH_ESCPOS_PROCESS_ID_LEN;
	printf("{\"cpu_us\":%.2f,\"fixed_us\":%.2f,\"json_us\":%.2f,\"bytes\":%zu,"
	       "\"segments\":%u}\n",
		median(automatic), median(fixed), median(from_json), bytes, job.segment_count);
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	return 0;
}
