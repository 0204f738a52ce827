// The queue that goes on at another machine, and the keys of account data. A file of it has one record a line, sealed to that machine.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_LINE "{\"format\":\"poshal queue\",\"version\":1}\n"
#define BATCH	   16 /* records of a call */
#define WAIT_MS	   120000

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* Every one of them changes something, and somebody has to answer for it. */
static cJSON *params_of(struct ctl *ctl)
{
	const char *operator_name = ctl_value(ctl, "operator");
	cJSON *params;

	if (!operator_name) {
		ctl_say("--operator NAME is missing: who wants it?");
		return NULL;
	}
	params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "operator", operator_name);
	return params;
}

/* ---- keys ---- */

static char *format_since(const cJSON *key)
{
	return ctl_local_time(ctl_str(key, "since"));
}

int ctl_run_queue_keys(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {{"KEY", "kid", NULL}, {"STATE", "state", NULL},
		{"RECORDS", "records", NULL}, {"SEALED", "sealed", NULL},
		{"SINCE", NULL, format_since}, {0}};
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	int r = ctl_call(ctl, "queue.keys", NULL, &result);
	const cJSON *walk;

	if (r != CTL_OK)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
		return CTL_OK;
	}
	ctl_print_table(cJSON_GetObjectItemCaseSensitive(result, "keys"), columns,
		"no account data was sealed yet");
	walk = cJSON_GetObjectItemCaseSensitive(result, "rewrap");
	if (walk) {
		printf("\nrewrap for %s: %s, %lld done, %lld failed\n", ctl_str(walk, "kid"),
			ctl_str(walk, "state"), (long long)ctl_int(walk, "done"),
			(long long)ctl_int(walk, "failed"));
		ctl_put_line("  ", ctl_str(walk, "text"));
	}
	return CTL_OK;
}

int ctl_run_queue_rewrap(struct ctl *ctl)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	cJSON *params = params_of(ctl);
	int r = params ? ctl_call(ctl, "queue.rewrap", params, &result) : CTL_USAGE;

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else if (!ctl_int(result, "records"))
		printf("no record is of another key than %s\n", ctl_str(result, "kid"));
	else
		printf("%lld records of other keys are being wrapped for %s; `poshalctl queue "
		       "keys` tells how far it is\n",
			(long long)ctl_int(result, "records"), ctl_str(result, "kid"));
	return CTL_OK;
}

/* ---- export ---- */

/* The public half of a key. A file that has the secret one as well is nothing to be given to the service. */
static cJSON *read_public(const char *path)
{
	char text[2048];
	FILE *file = fopen(path, "re");
	const char *trouble = file ? "is no key as `queue keygen` writes it" : strerror(errno);
	size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
	cJSON *object = n ? cJSON_ParseWithLength(text, n) : NULL;

	if (file)
		fclose(file);
	if (cJSON_HasObjectItem(object, "secret_b64"))
		trouble = "has the secret half of a key: that stays at its machine, give its "
			  "FILE.public";
	else if (object)
		return object;
	cJSON_Delete(object);
	ctl_say("%s: %s", path, trouble);
	return NULL;
}

/* What has left is on the disk before more is asked for: it is nowhere else any more. */
static int write_records(FILE *file, const cJSON *records)
{
	const cJSON *record;

	cJSON_ArrayForEach(record, records)
	{
		PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(record);

		if (!text || fprintf(file, "%s\n", text) < 0)
			return -EIO;
	}
	return fflush(file) || fsync(fileno(file)) ? -errno : 0;
}

static void say_staying(const cJSON *staying)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, staying)
	{
		fprintf(stderr, "%s stays here (%s): ", ctl_str(item, "payment"),
			ctl_str(item, "state"));
		ctl_fputs(ctl_str(item, "reason"), stderr);
		fputc('\n', stderr);
	}
}

struct exported {
	FILE *file;
	int64_t records, staying, after;
	bool more;
};

static int export_batch(struct ctl *ctl, const cJSON *to, struct exported *exported)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	cJSON *params = params_of(ctl);
	const cJSON *records, *staying;
	int r;

	cJSON_AddItemToObject(params, "to", cJSON_Duplicate(to, true));
	cJSON_AddNumberToObject(params, "after", (double)exported->after);
	cJSON_AddBoolToObject(params, "again", ctl_value(ctl, "again") != NULL);
	r = ctl_call_within(ctl, "queue.export", params, WAIT_MS, &result);
	if (r != CTL_OK)
		return r;
	records = cJSON_GetObjectItemCaseSensitive(result, "records");
	staying = cJSON_GetObjectItemCaseSensitive(result, "staying");
	r = write_records(exported->file, records);
	if (r < 0) {
		ctl_say("%s: %s; what has left is told again by --again", ctl->args[0],
			strerror(-r));
		return CTL_FAILED;
	}
	say_staying(staying);
	exported->records += cJSON_GetArraySize(records);
	exported->staying += cJSON_GetArraySize(staying);
	exported->after = ctl_int(result, "after");
	exported->more = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "more"));
	return CTL_OK;
}

static int export_all(struct ctl *ctl, const cJSON *to, struct exported *exported)
{
	int r = CTL_OK;

	if (fputs(FIRST_LINE, exported->file) < 0)
		return CTL_FAILED;
	do
		r = export_batch(ctl, to, exported);
	while (r == CTL_OK && exported->more);
	return r;
}

int ctl_run_queue_export(struct ctl *ctl)
{
	const char *key = ctl_value(ctl, "to");
	PH_CLEANUP(cJSON_Delete_p) cJSON *operator_given = params_of(ctl), *to = NULL;
	struct exported exported = {0};
	int fd, r;

	if (!operator_given)
		return CTL_USAGE;
	if (!key) {
		ctl_say("--to FILE is missing: the public half of the other machine's key");
		return CTL_USAGE;
	}
	to = read_public(key);
	if (!to)
		return CTL_USAGE;
	fd = open(ctl->args[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	exported.file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!exported.file) {
		ctl_say("%s: %s", ctl->args[0], strerror(errno));
		return CTL_USAGE;
	}
	r = export_all(ctl, to, &exported);
	fclose(exported.file);
	if (!exported.records)
		unlink(ctl->args[0]);
	if (r == CTL_OK && !exported.records)
		printf("there is nothing to be given away, and no file was written; %lld stay "
		       "here\n",
			(long long)exported.staying);
	else if (r == CTL_OK)
		printf("%lld records are in %s and will not be sent by this machine; %lld stay "
		       "here\n",
			(long long)exported.records, ctl->args[0], (long long)exported.staying);
	return r;
}

/* ---- import ---- */

struct imported {
	int64_t imported, duplicates, refused;
};

static void say_refused(const cJSON *records)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, records)
	{
		if (strcmp(ctl_str(item, "outcome"), "refused") != 0)
			continue;
		const char *reference = ctl_str(item, "reference");
		fprintf(stderr, "%s%s", ctl_str(item, "rrn"), *reference ? ", " : "");
		ctl_fputs(reference, stderr);
		fputs(*reference ? ", is refused: " : " is refused: ", stderr);
		ctl_fputs(ctl_str(item, "reason"), stderr);
		fputc('\n', stderr);
	}
}

/* `records` is taken over. */
static int import_batch(struct ctl *ctl, cJSON *records, struct imported *imported)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	cJSON *params = params_of(ctl);
	int r;

	cJSON_AddItemToObject(params, "records", records);
	r = ctl_call_within(ctl, "queue.import", params, WAIT_MS, &result);
	if (r != CTL_OK)
		return r;
	say_refused(cJSON_GetObjectItemCaseSensitive(result, "records"));
	imported->imported += ctl_int(result, "imported");
	imported->duplicates += ctl_int(result, "duplicates");
	imported->refused += ctl_int(result, "refused");
	return CTL_OK;
}

static int import_lines(struct ctl *ctl, FILE *file, struct imported *imported)
{
	PH_CLEANUP_FREE char *line = NULL;
	cJSON *batch = cJSON_CreateArray();
	size_t size = 0;
	int r = CTL_OK;

	while (r == CTL_OK && getline(&line, &size, file) > 0) {
		cJSON *record = cJSON_Parse(line);

		if (!record) {
			ctl_say("%s: a line of it is no record", ctl->args[0]);
			r = CTL_USAGE;
			break;
		}
		cJSON_AddItemToArray(batch, record);
		if (cJSON_GetArraySize(batch) < BATCH)
			continue;
		r = import_batch(ctl, batch, imported);
		batch = cJSON_CreateArray();
	}
	if (r == CTL_OK && cJSON_GetArraySize(batch))
		return import_batch(ctl, batch, imported);
	cJSON_Delete(batch);
	return r;
}

/* Behind its first line; NULL: it was said why not. */
static FILE *open_export(const char *path)
{
	FILE *file = fopen(path, "re");
	char first[sizeof FIRST_LINE] = "";

	if (!file) {
		ctl_say("%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fgets(first, sizeof first, file) && strcmp(first, FIRST_LINE) == 0)
		return file;
	ctl_say("%s: is no file of `queue export`", path);
	fclose(file);
	return NULL;
}

int ctl_run_queue_import(struct ctl *ctl)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *operator_given = params_of(ctl);
	FILE *file = operator_given ? open_export(ctl->args[0]) : NULL;
	struct imported imported = {0};

	if (!file)
		return CTL_USAGE;
	int r = import_lines(ctl, file, &imported);
	fclose(file);
	printf("%lld records are taken, %lld were there already, %lld refused\n",
		(long long)imported.imported, (long long)imported.duplicates,
		(long long)imported.refused);
	return r == CTL_OK && imported.refused ? CTL_FAILED : r;
}

static cJSON *ending_params(struct ctl *ctl, const char *payment)
{
	const char *reason = ctl_value(ctl, "reason");
	cJSON *params = params_of(ctl);

	if (!params)
		return NULL;
	cJSON_AddStringToObject(params, "payment", payment);
	cJSON_AddStringToObject(params, "reason", reason ? reason : "");
	return params;
}

/* `params` is freed. */
static int end_one(struct ctl *ctl, const char *method, cJSON *params)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	int r = ctl_call(ctl, method, params, &result);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		printf("%s %s\n", ctl_str(result, "payment"), ctl_str(result, "state"));
	return CTL_OK;
}

int ctl_run_queue_take_back(struct ctl *ctl)
{
	cJSON *params = ending_params(ctl, ctl->args[0]);

	return params ? end_one(ctl, "queue.takeBack", params) : CTL_USAGE;
}

struct handed {
	int64_t after, records;
	bool more;
};

static int hand_over_page(struct ctl *ctl, struct handed *handed)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *result = NULL;
	cJSON *params = cJSON_CreateObject();
	const cJSON *record;

	cJSON_AddNumberToObject(params, "after", (double)handed->after);
	int r = ctl_call(ctl, "queue.list", params, &result);
	handed->more = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "more"));
	cJSON_ArrayForEach(record, cJSON_GetObjectItemCaseSensitive(result, "records"))
	{
		handed->after = ctl_int(record, "record");
		if (r != CTL_OK || strcmp(ctl_str(record, "hold_reason"), "exported") != 0)
			continue;
		r = ctl_call_quietly(
			ctl, "queue.handOver", ending_params(ctl, ctl_str(record, "payment")));
		handed->records += r == CTL_OK;
	}
	return r;
}

int ctl_run_queue_hand_over(struct ctl *ctl)
{
	bool all = ctl_value(ctl, "all") != NULL;
	const char *payment = ctl->arg_count ? ctl->args[0] : "";
	PH_CLEANUP(cJSON_Delete_p) cJSON *params = ending_params(ctl, payment);
	struct handed handed = {0};
	int r;

	if (!params)
		return CTL_USAGE;
	if (all == (payment[0] != '\0')) {
		ctl_say("name a payment, or say --all for everything that was exported");
		return CTL_USAGE;
	}
	if (!all)
		return end_one(ctl, "queue.handOver", PH_STEAL(params));
	do
		r = hand_over_page(ctl, &handed);
	while (r == CTL_OK && handed.more);
	if (!ctl->json)
		printf("%lld records are at the other machine for good\n",
			(long long)handed.records);
	return r;
}
