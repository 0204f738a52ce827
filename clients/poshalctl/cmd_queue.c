// The queue of what stands without the host: what it is at a glance, its records, and what a person does with them.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/currency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BAR_CELLS  20
#define NAME_CELLS "%-10s"

static bool is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void put_amount(int64_t amount, const char *currency)
{
	char text[PH_AMOUNT_SIZE];

	ph_currency_format(amount, currency, true, text);
	ctl_puts(text);
}

/* Without the currency, which follows. */
static void put_bare_amount(int64_t amount, const char *currency)
{
	char text[PH_AMOUNT_SIZE];

	ph_currency_format(amount, currency, true, text);
	text[strcspn(text, " ")] = '\0';
	ctl_puts(text);
}

/* ---- times ---- */

/* Seconds from now to an RFC 3339 time in UTC; 0 when it cannot be read. */
static int64_t seconds_to(const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	return rest && strchr(".Z", *rest)
		       ? (int64_t)timegm(&tm) - (int64_t)(ph_clock_wall_us() / 1000000)
		       : 0;
}

static void put_span(int64_t seconds)
{
	int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;

	if (minutes < 1)
		fputs("less than a minute", stdout);
	else if (minutes < 60)
		printf("%lld min", (long long)minutes);
	else if (minutes < 48 * 60)
		printf("%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
	else
		printf("%lld days", (long long)(minutes / (24 * 60)));
}

static void put_time(const char *text)
{
	PH_CLEANUP_FREE char *local = ctl_local_time(text);

	ctl_puts(local ? local : text);
}

/* ---- queue ---- */

static void put_name(const char *name)
{
	printf(NAME_CELLS, name);
}

static void print_host(const cJSON *status)
{
	static const struct {
		const char *mode, *text;
	} modes[] = {
		{"online", "online"},
		{"degraded", "online, with trouble"},
		{"offline", "does not answer"},
		{"forced", "not asked"},
	};
	const char *mode = ctl_str(status, "mode"), *since = ctl_str(status, "offline_since");
	const char *answer =
		ctl_str(cJSON_GetObjectItemCaseSensitive(status, "host"), "last_answer");

	put_name("host");
	for (size_t i = 0; i < PH_ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i].mode, mode))
			fputs(modes[i].text, stdout);
	if (*since) {
		fputs(" since ", stdout);
		put_time(since);
	}
	if (*ctl_str(status, "reason")) {
		fputs(": ", stdout);
		ctl_puts(ctl_str(status, "reason"));
	}
	fputs(*answer ? "; last answer " : "; it has not answered yet", stdout);
	put_time(answer);
	putchar('\n');
}

static void print_accepting(const cJSON *status)
{
	const char *until = ctl_str(status, "accept_until");
	const cJSON *forced = cJSON_GetObjectItemCaseSensitive(status, "forced");

	put_name("offline");
	if (!is_true(status, "enabled")) {
		puts("off: every sale needs the host (section [offline] of poshal.conf)");
		return;
	}
	if (!is_true(status, "accepting")) {
		fputs("nothing is accepted: ", stdout);
		ctl_puts(ctl_str(status, "why_not"));
		putchar('\n');
		return;
	}
	fputs("sales are accepted until ", stdout);
	put_time(until);
	fputs(", for ", stdout);
	put_span(seconds_to(until));
	putchar('\n');
	if (!forced)
		return;
	put_name("");
	fputs("without the host until ", stdout);
	put_time(ctl_str(forced, "until"));
	fputs(", says ", stdout);
	ctl_puts(ctl_str(forced, "operator"));
	putchar('\n');
}

static void put_bar(int64_t part, int64_t whole)
{
	int64_t cells = whole > 0 ? part * BAR_CELLS / whole : 0;

	if (part > 0 && cells < 1)
		cells = 1;
	putchar('[');
	for (int i = 0; i < BAR_CELLS; i++)
		putchar(i < cells ? '#' : '.');
	putchar(']');
}

/* What is at stake: of the limits' currency with what is left; everything else as it is. */
static void print_exposure(const cJSON *status)
{
	const cJSON *limits = cJSON_GetObjectItemCaseSensitive(status, "limits"), *item;
	const char *currency = ctl_str(limits, "currency");
	int64_t total = 0, count = 0;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(status, "exposure"))
	{
		bool own = !strcmp(ctl_str(item, "family"), "stand_in");
		if (own && !strcmp(ctl_str(item, "currency"), currency)) {
			total = ctl_int(item, "total");
			count = ctl_int(item, "count");
			continue;
		}
		put_name(own ? "at risk" : "approved");
		put_amount(ctl_int(item, "total"), ctl_str(item, "currency"));
		printf(own ? ", %lld sales\n" : " by card or telephone, %lld to be told the host\n",
			(long long)ctl_int(item, "count"));
	}
	if (!is_true(status, "enabled") && !count)
		return;
	put_name("at risk");
	put_bare_amount(total, currency);
	fputs(" of ", stdout);
	put_amount(ctl_int(limits, "max_total"), currency);
	fputs("  ", stdout);
	put_bar(total, ctl_int(limits, "max_total"));
	printf("  %lld of %lld sales\n", (long long)count, (long long)ctl_int(limits, "max_count"));
}

static void print_waiting(const cJSON *status)
{
	const char *oldest = ctl_str(status, "oldest"), *next = ctl_str(status, "next_attempt");
	int64_t pending = ctl_int(status, "pending"), held = ctl_int(status, "held");

	put_name("waiting");
	if (!pending) {
		puts("nothing");
		return;
	}
	printf("%lld", (long long)pending);
	if (*oldest) {
		fputs(", the oldest for ", stdout);
		put_span(seconds_to(oldest));
	}
	if (held)
		printf("; %lld held back", (long long)held);
	if (*next && !strcmp(ctl_str(status, "mode"), "offline"))
		fputs("; they go when the host is back", stdout);
	else if (*next && seconds_to(next) <= 0)
		fputs("; next attempt now", stdout);
	else if (*next) {
		fputs("; next attempt in ", stdout);
		put_span(seconds_to(next));
	}
	putchar('\n');
}

static void print_to_do(const cJSON *status)
{
	int64_t work = ctl_int(status, "work"), unreadable = ctl_int(status, "unreadable");
	const cJSON *warning;

	cJSON_ArrayForEach(warning, cJSON_GetObjectItemCaseSensitive(status, "warnings"))
	{
		put_name("warning");
		ctl_puts(ctl_str(warning, "text"));
		putchar('\n');
	}
	if (unreadable) {
		put_name("to do");
		printf("%lld records cannot be read: `poshalctl doctor`\n", (long long)unreadable);
	}
	if (unreadable && !work)
		return;
	put_name("to do");
	if (work == 1)
		puts("one record needs somebody: `poshalctl queue list --filter work`");
	else if (work)
		printf("%lld records need somebody: `poshalctl queue list --filter work`\n",
			(long long)work);
	else
		puts("nothing");
}

int ctl_run_queue(struct ctl *ctl)
{
	cJSON *status = NULL;
	int r = ctl_call(ctl, "queue.status", NULL, &status);

	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(status);
	} else {
		print_host(status);
		print_accepting(status);
		print_exposure(status);
		print_waiting(status);
		print_to_do(status);
	}
	cJSON_Delete(status);
	return CTL_OK;
}

/* ---- queue list ---- */

static char *format_amount(const cJSON *record)
{
	char text[PH_AMOUNT_SIZE];

	ph_currency_format(ctl_int(record, "amount"), ctl_str(record, "currency"), true, text);
	return strdup(text);
}

static char *format_accepted(const cJSON *record)
{
	return ctl_local_time(ctl_str(record, "accepted"));
}

/* When something happens with it by itself. */
static char *format_next(const cJSON *record)
{
	const char *next = ctl_str(record, "next"), *release = ctl_str(record, "release");

	if (*release)
		return ctl_local_time(release);
	return *next ? ctl_local_time(next) : strdup(ctl_str(record, "hold_reason"));
}

static void print_work(const cJSON *records)
{
	const cJSON *record;

	cJSON_ArrayForEach(record, records)
	{
		const cJSON *work = cJSON_GetObjectItemCaseSensitive(record, "work");
		if (!work)
			continue;
		putchar('\n');
		ctl_puts(ctl_str(record, "payment"));
		fputs(": ", stdout);
		ctl_puts(ctl_str(work, "reason"));
		putchar('\n');
		ctl_put_line("  to do  ", ctl_str(work, "action"));
	}
}

int ctl_run_queue_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {{"PAYMENT", "payment", NULL},
		{"KIND", "kind", NULL}, {"STATE", "state", NULL}, {"AMOUNT", NULL, format_amount},
		{"CARD", "masked_pan", NULL}, {"REFERENCE", "reference", NULL},
		{"ACCEPTED", NULL, format_accepted}, {"TRIES", "attempts", NULL},
		{"NEXT", NULL, format_next}, {NULL, NULL, NULL}};
	static const int64_t range[] = {1, 500}, after_range[] = {0, 1ll << 53};
	cJSON *params = cJSON_CreateObject(), *result = NULL;
	int64_t limit, after;

	if (ctl_number(ctl, "limit", range, 100, &limit) ||
		ctl_number(ctl, "after", after_range, 0, &after)) {
		cJSON_Delete(params);
		return CTL_USAGE;
	}
	if (ctl_value(ctl, "filter"))
		cJSON_AddStringToObject(params, "filter", ctl_value(ctl, "filter"));
	if (after)
		cJSON_AddNumberToObject(params, "after", (double)after);
	cJSON_AddNumberToObject(params, "limit", (double)limit);
	int r = ctl_call(ctl, "queue.list", params, &result);
	if (r)
		return r;
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(result, "records");
	int count = cJSON_GetArraySize(records);
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		ctl_print_table(records, columns, "nothing");
		print_work(records);
		if (count && is_true(result, "more"))
			printf("\nmore: --after %lld\n",
				(long long)ctl_int(
					cJSON_GetArrayItem(records, count - 1), "record"));
	}
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- what a person does ---- */

static cJSON *act_params(struct ctl *ctl)
{
	static const char *const texts[] = {"operator", "reason"};
	cJSON *params = cJSON_CreateObject();

	if (ctl->arg_count)
		cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (ctl_value(ctl, texts[i]))
			cJSON_AddStringToObject(params, texts[i], ctl_value(ctl, texts[i]));
	return params;
}

static void print_act(const cJSON *result)
{
	ctl_puts(ctl_str(result, "payment"));
	putchar(' ');
	ctl_puts(ctl_str(result, "state"));
	if (*ctl_str(result, "currency")) {
		putchar(' ');
		put_amount(ctl_int(result, "amount"), ctl_str(result, "currency"));
	}
	putchar('\n');
}

/* All that has no answer: also what is held, and what was exported. */
static void print_waits(int64_t waiting)
{
	if (waiting)
		printf("%lld not answered by the host yet; what is not held goes as soon as the "
		       "host takes it\n",
			(long long)waiting);
	else
		puts("nothing waits for the host");
}

static int act(struct ctl *ctl, const char *method, cJSON *params)
{
	cJSON *result = NULL;
	int r = ctl_call(ctl, method, params, &result);

	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else if (*ctl_str(result, "payment"))
		print_act(result);
	else
		print_waits(ctl_int(result, "waiting"));
	cJSON_Delete(result);
	return CTL_OK;
}

/* "queue hold" and its like: the method has the name of the command. */
int ctl_run_queue_act(struct ctl *ctl)
{
	static const int64_t range[] = {1, 999999999999};
	const char *verb = strchr(ctl->command->name, ' ') + 1;
	char method[32];
	int64_t amount;

	if (ctl_number(ctl, "amount", range, 0, &amount)) {
		ctl_say("It is in minor units: 1400 for 14.00 EUR.");
		return CTL_USAGE;
	}
	snprintf(method, sizeof method, "queue.%s", verb);
	cJSON *params = act_params(ctl);
	if (amount)
		cJSON_AddNumberToObject(params, "amount", (double)amount);
	return act(ctl, method, params);
}

int ctl_run_queue_offline(struct ctl *ctl)
{
	static const int64_t range[] = {1, 240};
	bool on = !strcmp(ctl->command->name, "queue offline");
	cJSON *result = NULL;
	int64_t minutes;

	if (ctl_number(ctl, "minutes", range, 0, &minutes))
		return CTL_USAGE;
	cJSON *params = act_params(ctl);
	cJSON_AddBoolToObject(params, "on", on);
	if (minutes)
		cJSON_AddNumberToObject(params, "minutes", (double)minutes);
	int r = ctl_call(ctl, "queue.forceOffline", params, &result);
	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else if (on) {
		fputs("the host is not asked until ", stdout);
		put_time(ctl_str(result, "until"));
		puts(", or `poshalctl queue online`");
	} else {
		fputs("the host is asked again; it is ", stdout);
		ctl_puts(ctl_str(result, "mode"));
		putchar('\n');
	}
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- queue verify ---- */

static void print_problems(const cJSON *problems)
{
	const cJSON *problem;

	cJSON_ArrayForEach(problem, problems)
	{
		ctl_puts(ctl_str(problem, "part"));
		fputs(": ", stdout);
		ctl_puts(ctl_str(problem, "problem"));
		putchar('\n');
		ctl_put_line("  to do  ", ctl_str(problem, "advice"));
	}
}

/* A key that is not the current one may go when no record needs it any more. */
static void print_keys(const cJSON *sealed)
{
	const cJSON *key;

	cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(sealed, "keys"))
	{
		fputs("  key    ", stdout);
		ctl_puts(ctl_str(key, "kid"));
		printf(", %s: %lld records\n", ctl_str(key, "state"),
			(long long)ctl_int(key, "records"));
	}
}

int ctl_run_queue_verify(struct ctl *ctl)
{
	cJSON *result = NULL;
	int r = ctl_call_within(ctl, "queue.verify", NULL, POSHAL_FOREVER, &result);

	if (r)
		return r;
	const cJSON *audit = cJSON_GetObjectItemCaseSensitive(result, "audit");
	const cJSON *sealed = cJSON_GetObjectItemCaseSensitive(result, "sealed");
	bool ok = is_true(result, "ok");
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		print_problems(cJSON_GetObjectItemCaseSensitive(result, "problems"));
		printf("%s: %lld entries of the audit trail, %lld sealed records\n",
			ok ? "all is well" : "see above", (long long)ctl_int(audit, "entries"),
			(long long)ctl_int(sealed, "records"));
		print_keys(sealed);
		ctl_put_line("  head   ", ctl_str(audit, "head"));
	}
	cJSON_Delete(result);
	return ok ? CTL_OK : CTL_FAILED;
}

/* ---- queue totals ---- */

static void print_sum(const char *name, const cJSON *sum, const char *currency)
{
	char text[PH_AMOUNT_SIZE];

	ph_currency_format(ctl_int(sum, "total"), currency, true, text);
	printf("  %-24s %5lld  %20s\n", name, (long long)ctl_int(sum, "count"), text);
}

static void print_family(const cJSON *total)
{
	static const struct {
		const char *member, *text;
		bool always;
	} rows[] = {
		{"accepted", "accepted", true},
		{"approved", "approved", true},
		{"partial_delta", "not approved of partial", false},
		{"declined", "declined", true},
		{"voided", "void", false},
		{"expired", "expired", false},
		{"handed_over", "at another machine", false},
		{"pending", "waiting", true},
	};
	bool own = !strcmp(ctl_str(total, "family"), "stand_in");

	ctl_puts(ctl_str(total, "currency"));
	puts(own ? ", accepted by the shop" : ", approved by card or telephone");
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++) {
		const cJSON *sum = cJSON_GetObjectItemCaseSensitive(total, rows[i].member);
		if (rows[i].always || ctl_int(sum, "count") || ctl_int(sum, "total"))
			print_sum(rows[i].text, sum, ctl_str(total, "currency"));
	}
}

static void print_day(const cJSON *result)
{
	static const struct {
		const char *word, *text;
	} words[] = {
		{"in_balance", "the host has the same sums: the day is closed"},
		{"out_of_balance",
			"the host has other sums: the day stays open; call the acquirer"},
		{"error", "the host could not say: the day stays open; try again"},
	};
	static const char *const names[] = {
		"debits", "debit_reversals", "credits", "credit_reversals"};
	static const char *const texts[] = {"sales", "sales undone", "refunds", "refunds undone"};
	const cJSON *sums = cJSON_GetObjectItemCaseSensitive(result, "sums");
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(result, "host_sums");
	const char *currency = ctl_str(result, "currency");

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, ctl_str(result, "balance")))
			puts(words[i].text);
	for (size_t i = 0; i < PH_ARRAY_SIZE(names); i++)
		print_sum(texts[i], cJSON_GetObjectItemCaseSensitive(sums, names[i]), currency);
	if (host)
		puts("the host says");
	for (size_t i = 0; host && i < PH_ARRAY_SIZE(names); i++)
		print_sum(texts[i], cJSON_GetObjectItemCaseSensitive(host, names[i]), currency);
	printf("%lld payments settled\n", (long long)ctl_int(result, "settled"));
}

static void print_totals(const cJSON *result)
{
	const cJSON *totals = cJSON_GetObjectItemCaseSensitive(result, "totals"), *total;

	if (*ctl_str(result, "balance"))
		print_day(result);
	cJSON_ArrayForEach(total, totals)
	{
		print_family(total);
	}
	if (totals && !cJSON_GetArraySize(totals))
		puts("nothing was accepted without the host");
	if (totals && !is_true(result, "agrees"))
		puts("the sums do not agree: `poshalctl queue verify`");
	if (ctl_int(result, "pending"))
		printf("%lld not answered by the host yet\n",
			(long long)ctl_int(result, "pending"));
	if (ctl_int(result, "work"))
		printf("%lld to be seen to: `poshalctl queue list --filter work`\n",
			(long long)ctl_int(result, "work"));
	ctl_put_line("audit trail  ", ctl_str(result, "audit_head"));
}

static int totals_exit(const cJSON *result)
{
	const char *balance = ctl_str(result, "balance");

	if (*balance)
		return strcmp(balance, "in_balance") ? CTL_FAILED : CTL_OK;
	return is_true(result, "agrees") ? CTL_OK : CTL_FAILED;
}

int ctl_run_queue_totals(struct ctl *ctl)
{
	static const char *const texts[] = {"since", "currency"};
	cJSON *params = act_params(ctl), *result = NULL;

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (ctl_value(ctl, texts[i]))
			cJSON_AddStringToObject(params, texts[i], ctl_value(ctl, texts[i]));
	if (ctl_value(ctl, "reconcile"))
		cJSON_AddTrueToObject(params, "reconcile");
	if (ctl_value(ctl, "carry-forward"))
		cJSON_AddTrueToObject(params, "carry_forward");
	int r = ctl_call_within(ctl, "queue.totals", params, POSHAL_FOREVER, &result);
	if (r)
		return r;
	r = totals_exit(result);
	if (ctl->json)
		ctl_print_json(result);
	else
		print_totals(result);
	cJSON_Delete(result);
	return r;
}
