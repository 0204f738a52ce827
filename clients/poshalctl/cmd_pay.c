// Commands about payments: take one with what its device wants shown, look at it, end it, undo it.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"
#include "base/currency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t amounts[] = {1, 999999999999};

/* As people write it, with all decimals of the currency, so that nothing is a hundred times too much or too little. */
static int64_t read_decimals(const char *text, unsigned exponent)
{
	const char *point = strchr(text, '.');
	int64_t amount = 0;

	if (!point || strlen(point + 1) != exponent)
		return 0;
	return ph_currency_parse(text, exponent, &amount) == 0 ? amount : 0;
}

static int64_t read_whole(const char *text)
{
	bool digits = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 12;

	return digits ? strtoll(text, NULL, 10) : 0;
}

static void say_no_amount(const char *text, const char *currency)
{
	unsigned number, exponent;

	if (!currency)
		ctl_say("`%s` is no amount: write whole minor units, 1250 for 12.50 EUR.", text);
	else if (strchr(text, '.') && !ph_currency_find(currency, &number, &exponent))
		ctl_say("`%s` is no currency that is known here: write its code in capitals, as "
			"EUR.",
			currency);
	else
		ctl_say("`%s` is no amount: write it with all decimals of its currency, as 12.50 "
			"EUR or 7 JPY.",
			text);
}

/* An argument that is an amount: with the decimals of its currency; without a currency (NULL) whole minor units. */
static int read_amount(const char *text, const char *currency, int64_t *ret_amount)
{
	unsigned number, exponent = 0;
	bool decimals = currency && ph_currency_find(currency, &number, &exponent) && exponent;
	int64_t amount = decimals ? read_decimals(text, exponent) : read_whole(text);

	if (amount < amounts[0] || amount > amounts[1]) {
		say_no_amount(text, currency);
		return CTL_USAGE;
	}
	*ret_amount = amount;
	return CTL_OK;
}

static void add_texts(struct ctl *ctl, cJSON *params, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ctl_value(ctl, names[i]))
			cJSON_AddStringToObject(params, names[i], ctl_value(ctl, names[i]));
}

/* ---- how it goes, and how it ended ---- */

static const char *step_text(const char *step)
{
	static const struct {
		const char *step, *text;
	} texts[] = {
		{"insert_card", "insert the card"},
		{"reading", "reading the card"},
		{"choose_application", "the card has several applications:"},
		{"enter_pin", "enter the PIN"},
		{"authorising", "asking for approval"},
		{"remove_card", "remove the card"},
		{"use_terminal", "this card has to be held at a terminal"},
		{"processing", "processing"},
		{"recovering", "finding out what became of it"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].step, step))
			return texts[i].text;
	return step;
}

static void print_choices(const cJSON *data)
{
	bool confirm = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "confirm"));
	const cJSON *choice;
	int i = 0;

	cJSON_ArrayForEach(choice, cJSON_GetObjectItemCaseSensitive(data, "choices"))
	{
		if (confirm)
			fputs("  ", stderr);
		else
			fprintf(stderr, "  %d  ", i);
		i++;
		ctl_fputs(ctl_str(choice, "text"), stderr);
		fputc('\n', stderr);
	}
	if (i)
		fprintf(stderr, "  answer with: poshalctl pay choose %s %s\n",
			ctl_str(data, "payment"), confirm ? "yes|no" : "NUMBER");
}

static void on_progress(struct poshal *client, int64_t id, const char *text, void *userdata)
{
	const struct ctl *ctl = userdata;
	cJSON *data = cJSON_Parse(text);

	if (ctl->json) {
		puts(text);
		fflush(stdout);
	} else {
		const char *wanted = ctl_str(data, "text");
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "confirm")))
			wanted = "the card wants its application to be confirmed:";
		ctl_fputs(*wanted ? wanted : step_text(ctl_str(data, "step")), stderr);
		fputc('\n', stderr);
		print_choices(data);
	}
	cJSON_Delete(data);
}

/* As people write it: 1250 EUR is a hundred times too much in the eyes of whoever reads it. */
static char *amount_text(const cJSON *amount, const char *currency, char text[PH_AMOUNT_SIZE])
{
	double value = cJSON_IsNumber(amount) ? amount->valuedouble : 0;

	ph_currency_format((int64_t)value, currency, true, text);
	return text;
}

static void put_amount(const cJSON *amount, const char *currency)
{
	char text[PH_AMOUNT_SIZE];

	ctl_puts(amount_text(amount, currency, text));
}

static void put_part(const char *before, const char *text)
{
	if (!*text)
		return;
	fputs(before, stdout);
	ctl_puts(text);
}

static void print_turnover(const char *name, const cJSON *object, const char *currency)
{
	const cJSON *count = cJSON_GetObjectItemCaseSensitive(object, "count");
	const cJSON *total = cJSON_GetObjectItemCaseSensitive(object, "total");

	if (!cJSON_IsNumber(count) || !cJSON_IsNumber(total))
		return;
	fputs("  ", stdout);
	ctl_puts(name);
	printf(": %lld payments, ", (long long)count->valuedouble);
	put_amount(total, currency);
	putchar('\n');
}

/* Of an end of day: what it has closed. */
static void print_totals(const cJSON *result)
{
	const char *currency = ctl_str(result, "currency");
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(result, "totals"))
	{
		print_turnover(ctl_str(item, "scheme"), item, currency);
	}
	print_turnover("in all", result, currency);
}

/* What stands without the host must not look like what it has approved. */
static void print_mode(const cJSON *result)
{
	static const struct {
		const char *kind, *text;
	} kinds[] = {
		{"sale_deferred",
			"accepted offline, subject to authorization: nobody has approved it "
			"yet, and it may still be declined"},
		{"refund_deferred", "accepted offline, subject to authorization: the host has not "
				    "seen this refund yet, and may still decline it"},
		{"emv_offline_tc", "approved offline by the card; the host is told later"},
		{"voice", "approved by telephone; the host is told later"},
		{"terminal", "approved offline by the terminal, which tells its host later"},
	};
	const char *kind = ctl_str(result, "kind");

	if (strcmp(ctl_str(result, "mode"), "offline") != 0 ||
		strcmp(ctl_str(result, "outcome"), "approved_offline") != 0)
		return;
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			ctl_put_line("  ", kinds[i].text);
}

static void print_result(const cJSON *result)
{
	const cJSON *amount = cJSON_GetObjectItemCaseSensitive(result, "amount_approved");
	const char *type = ctl_str(result, "type");

	ctl_puts(ctl_str(result, "payment"));
	if (strcmp(type, "sale") != 0)
		put_part(" ", type);
	put_part(" ", ctl_str(result, "outcome"));
	if (cJSON_IsNumber(amount) && amount->valuedouble > 0) {
		putchar(' ');
		put_amount(amount, ctl_str(result, "currency"));
	}
	put_part(" ", ctl_str(result, "masked_pan"));
	put_part(", approval code ", ctl_str(result, "approval_code"));
	put_part(": ", ctl_str(result, "reason"));
	if (*ctl_str(result, "reason"))
		put_part(" ", ctl_str(result, "response_code"));
	put_part(", ", ctl_str(result, "limit"));
	put_part("; ", ctl_str(result, "message"));
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "duplicate")))
		fputs(" (for the first call with this key)", stdout);
	putchar('\n');
	print_mode(result);
	print_totals(result);
}

static int exit_of(const char *outcome)
{
	static const char *const good[] = {"approved", "partial", "approved_offline", "started"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(good); i++)
		if (!strcmp(good[i], outcome))
			return CTL_OK;
	return strcmp(outcome, "uncertain") ? CTL_FAILED : CTL_UNCERTAIN;
}

/* Calls what moves money, shows how it goes, and says with which key to repeat it. */
static int take(struct ctl *ctl, const char *method, cJSON *params, const char *key)
{
	cJSON *result = NULL;
	int r = ctl_connect(ctl);

	if (r) {
		cJSON_Delete(params);
		return r;
	}
	poshal_on_progress(ctl->client, on_progress, ctl);
	r = ctl_call_keyed(ctl, method, key, params, POSHAL_FOREVER, &result);
	if (r)
		return r;
	if (ctl->json)
		ctl_print_json(result);
	else
		print_result(result);
	r = exit_of(ctl_str(result, "outcome"));
	cJSON_Delete(result);
	return r;
}

/* ---- commands ---- */

int ctl_run_pay_authorize(struct ctl *ctl)
{
	static const char *const texts[] = {
		"device", "type", "offline", "reason", "reference", "operator"};
	char fresh[POSHAL_KEY_SIZE];
	int64_t amount, cashback;
	static const int64_t range[] = {0, 999999999999};

	if (read_amount(ctl->args[0], ctl->args[1], &amount) ||
		ctl_number(ctl, "cashback", range, 0, &cashback))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddNumberToObject(params, "amount", (double)amount);
	cJSON_AddStringToObject(params, "currency", ctl->args[1]);
	if (cashback)
		cJSON_AddNumberToObject(params, "cashback", (double)cashback);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "payment.authorize", params, ctl_key(ctl, fresh));
}

int ctl_run_pay_refund(struct ctl *ctl)
{
	static const char *const texts[] = {"device", "payment", "reference", "operator", "reason"};
	char fresh[POSHAL_KEY_SIZE];
	int64_t amount;

	if (read_amount(ctl->args[0], ctl->arg_count > 1 ? ctl->args[1] : NULL, &amount))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddNumberToObject(params, "amount", (double)amount);
	if (ctl->arg_count > 1)
		cJSON_AddStringToObject(params, "currency", ctl->args[1]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "payment.refund", params, ctl_key(ctl, fresh));
}

int ctl_run_pay_void(struct ctl *ctl)
{
	static const char *const texts[] = {"operator", "reason"};
	char fresh[POSHAL_KEY_SIZE];
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "payment.void", params, ctl_key(ctl, fresh));
}

int ctl_run_pay_complete(struct ctl *ctl)
{
	static const char *const texts[] = {"operator"};
	char fresh[POSHAL_KEY_SIZE];
	int64_t amount;

	if (read_amount(ctl->args[1], NULL, &amount))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	cJSON_AddNumberToObject(params, "amount", (double)amount);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "payment.complete", params, ctl_key(ctl, fresh));
}

int ctl_run_pay_voice(struct ctl *ctl)
{
	static const char *const texts[] = {"device", "operator", "reference", "reason"};
	char fresh[POSHAL_KEY_SIZE];
	int64_t amount;

	if (read_amount(ctl->args[1], ctl->args[2], &amount))
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	cJSON_AddNumberToObject(params, "amount", (double)amount);
	cJSON_AddStringToObject(params, "currency", ctl->args[2]);
	cJSON_AddStringToObject(params, "approval_code", ctl->args[3]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "payment.voice", params, ctl_key(ctl, fresh));
}

/* "yes" or "no: the limit", and why. */
static void print_answer(const char *name, const cJSON *answer)
{
	bool yes = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "yes"));

	printf("%-8s %s", name, yes ? "yes" : "no");
	put_part(", ", ctl_str(answer, "limit"));
	put_part(": ", ctl_str(answer, "text"));
	putchar('\n');
}

int ctl_run_pay_explain(struct ctl *ctl)
{
	static const char *const texts[] = {"device", "offline", "type"};
	cJSON *params = cJSON_CreateObject(), *result = NULL;
	int64_t amount;

	if (read_amount(ctl->args[0], ctl->args[1], &amount)) {
		cJSON_Delete(params);
		return CTL_USAGE;
	}
	cJSON_AddNumberToObject(params, "amount", (double)amount);
	cJSON_AddStringToObject(params, "currency", ctl->args[1]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	int r = ctl_call(ctl, "payment.explain", params, &result);
	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		print_answer("online", cJSON_GetObjectItemCaseSensitive(result, "online"));
		print_answer("offline", cJSON_GetObjectItemCaseSensitive(result, "offline"));
	}
	cJSON_Delete(result);
	return CTL_OK;
}

int ctl_run_pay_end_of_day(struct ctl *ctl)
{
	static const char *const texts[] = {"operator"};
	char fresh[POSHAL_KEY_SIZE];
	cJSON *params = ctl_device_params(ctl->arg_count ? ctl->args[0] : "terminal");

	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return take(ctl, "terminal.endOfDay", params, ctl_key(ctl, fresh));
}

int ctl_run_pay_cancel(struct ctl *ctl)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	return ctl_call_quietly(ctl, "payment.cancel", params);
}

int ctl_run_pay_choose(struct ctl *ctl)
{
	const char *word = ctl->args[1];
	char *end = NULL;
	long choice = strtol(word, &end, 10);

	if (!strcmp(word, "yes") || !strcmp(word, "no")) {
		choice = strcmp(word, "yes") != 0;
	} else if (end == word || *end || choice < 0 || choice > 31) {
		ctl_say("`%s` is no number of the list, and neither yes nor no.", word);
		return CTL_USAGE;
	}
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	cJSON_AddNumberToObject(params, "choice", (double)choice);
	return ctl_call_quietly(ctl, "payment.choose", params);
}

int ctl_run_pay_resolve(struct ctl *ctl)
{
	static const char *const texts[] = {"operator", "reason"};
	cJSON *params = cJSON_CreateObject(), *result = NULL;

	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	cJSON_AddStringToObject(params, "outcome", ctl->args[1]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	int r = ctl_call(ctl, "payment.resolve", params, &result);
	if (r)
		return r;
	const cJSON *payment = cJSON_GetObjectItemCaseSensitive(result, "payment");
	const cJSON *resolution = cJSON_GetObjectItemCaseSensitive(payment, "resolution");
	if (ctl->json) {
		ctl_print_json(payment);
	} else {
		ctl_puts(ctl_str(payment, "payment"));
		put_part(" ", ctl_str(payment, "state"));
		put_part(", resolved as ", ctl_str(resolution, "outcome"));
		put_part(" by ", ctl_str(resolution, "operator"));
		putchar('\n');
	}
	cJSON_Delete(result);
	return CTL_OK;
}

int ctl_run_pay_retry(struct ctl *ctl)
{
	static const char *const texts[] = {"operator", "reason"};
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	return ctl_call_quietly(ctl, "payment.retry", params);
}

int ctl_run_pay_get(struct ctl *ctl)
{
	cJSON *params = cJSON_CreateObject(), *result = NULL;

	cJSON_AddStringToObject(params, "payment", ctl->args[0]);
	int r = ctl_call(ctl, "payment.get", params, &result);
	if (r)
		return r;
	cJSON *payment = cJSON_GetObjectItemCaseSensitive(result, "payment");
	if (ctl->json) {
		ctl_print_json(payment);
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(payment, "receipts");
		ctl_print_fields(payment, 0);
	}
	cJSON_Delete(result);
	return CTL_OK;
}

static char *format_time(const cJSON *payment)
{
	return ctl_local_time(ctl_str(payment, "created"));
}

static char *format_amount(const cJSON *payment)
{
	char text[PH_AMOUNT_SIZE];

	return strdup(amount_text(cJSON_GetObjectItemCaseSensitive(payment, "amount"),
		ctl_str(payment, "currency"), text));
}

int ctl_run_pay_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {{"PAYMENT", "payment", NULL},
		{"STATE", "state", NULL}, {"TYPE", "type", NULL}, {"AMOUNT", NULL, format_amount},
		{"TIME", NULL, format_time}, {"DEVICE", "device", NULL},
		{"REFERENCE", "reference", NULL}, {NULL, NULL, NULL}};
	static const char *const texts[] = {"state", "since"};
	static const int64_t range[] = {1, 500};
	cJSON *params = cJSON_CreateObject(), *result = NULL;
	int64_t limit;

	add_texts(ctl, params, texts, PH_ARRAY_SIZE(texts));
	if (ctl_number(ctl, "limit", range, 100, &limit)) {
		cJSON_Delete(params);
		return CTL_USAGE;
	}
	cJSON_AddNumberToObject(params, "limit", (double)limit);
	int r = ctl_call(ctl, "payment.list", params, &result);
	if (r)
		return r;
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(result, "payments");
	if (ctl->json)
		ctl_print_json(list);
	else
		ctl_print_table(list, columns, "no payments");
	cJSON_Delete(result);
	return CTL_OK;
}
