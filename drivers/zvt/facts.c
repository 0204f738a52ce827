// Facts about a terminal and its transactions as text, and back; what they prove is for recover.c.
#include "drivers/zvt/facts.h"

#include <stdarg.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transaction transaction_of(const struct ph_zvt_result *result)
{
	return (struct transaction){
		.known = result->has & PH_ZVT_HAS_RECEIPT ? FACT_KNOWN : FACT_UNKNOWN,
		.trace_set = result->has & PH_ZVT_HAS_TRACE,
		.turnover_set = result->has & PH_ZVT_HAS_TURNOVER,
		.receipt = result->receipt,
		.turnover = result->turnover,
		.trace = result->trace,
	};
}

bool transaction_same(const struct transaction *a, const struct transaction *b)
{
	if (a->known != FACT_KNOWN || b->known != FACT_KNOWN || a->receipt != b->receipt)
		return false;
	if (a->trace_set && b->trace_set && a->trace != b->trace)
		return false;
	return !a->turnover_set || !b->turnover_set || a->turnover == b->turnover;
}

struct text {
	char *out;
	size_t len, size;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text->out + text->len, text->size - text->len, format, args);
	va_end(args);
	if (n > 0)
		text->len +=
			(size_t)n < text->size - text->len ? (size_t)n : text->size - text->len - 1;
}

static void add_transaction(struct text *text, const char *prefix, const struct transaction *t)
{
	if (t->known == FACT_NONE)
		add(text, " %sreceipt=none", prefix);
	if (t->known != FACT_KNOWN)
		return;
	add(text, " %sreceipt=%04u", prefix, t->receipt);
	if (t->trace_set)
		add(text, " %strace=%06" PRIu64, prefix, t->trace);
	if (t->turnover_set)
		add(text, " %sturnover=%06u", prefix, t->turnover);
}

void facts_write(const struct facts *facts, char out[FACTS_TEXT_MAX])
{
	struct text text = {.out = out, .size = FACTS_TEXT_MAX};

	add(&text, "start=%014" PRIu64, facts->start);
	add_transaction(&text, "", &facts->last);
	if (facts->totals_set)
		add(&text, " count=%" PRIu64 " sum=%" PRIu64, facts->count, facts->sum);
	if (!facts->result_set)
		return;
	add(&text, " code=%u amount=%" PRIu64, facts->code, facts->amount);
	add_transaction(&text, "now_", &facts->result);
}

/* The number of "KEY=123" among the words; false when it is not there. */
static bool number_of(const char *text, const char *key, uint64_t *ret_value)
{
	size_t len = strlen(key);
	const char *at = text;
	char *end;

	while (strncmp(at, key, len) != 0 || at[len] != '=') {
		at = strchr(at, ' ');
		if (!at)
			return false;
		at++;
	}
	at += len + 1;
	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	uint64_t value = strtoull(at, &end, 10);
	if (errno || (*end && *end != ' '))
		return false;
	*ret_value = value;
	return true;
}

static void read_transaction(const char *text, const char *prefix, struct transaction *ret)
{
	char key[32];
	uint64_t value;

	*ret = (struct transaction){.known = FACT_UNKNOWN};
	snprintf(key, sizeof key, " %sreceipt=none", prefix);
	if (strstr(text, key))
		ret->known = FACT_NONE;
	snprintf(key, sizeof key, "%sreceipt", prefix);
	if (!number_of(text, key, &value) || value > 9999)
		return;
	ret->known = FACT_KNOWN;
	ret->receipt = (unsigned)value;
	snprintf(key, sizeof key, "%strace", prefix);
	ret->trace_set = number_of(text, key, &ret->trace);
	snprintf(key, sizeof key, "%sturnover", prefix);
	ret->turnover_set = number_of(text, key, &value) && value <= 999999;
	ret->turnover = ret->turnover_set ? (unsigned)value : 0;
}

void facts_read(const char *text, struct facts *ret_facts)
{
	uint64_t code;

	*ret_facts = (struct facts){.last = {.known = FACT_UNKNOWN}};
	if (!text)
		return;
	number_of(text, "start", &ret_facts->start);
	read_transaction(text, "", &ret_facts->last);
	ret_facts->totals_set = number_of(text, "count", &ret_facts->count) &&
				number_of(text, "sum", &ret_facts->sum);
	read_transaction(text, "now_", &ret_facts->result);
	ret_facts->result_set = number_of(text, "code", &code) && code <= 0xff &&
				number_of(text, "amount", &ret_facts->amount);
	ret_facts->code = ret_facts->result_set ? (uint8_t)code : 0;
}

void reference_write(const struct ph_zvt_result *result, bool reserved, char out[PH_NAME_MAX + 1])
{
	struct text text = {.out = out, .size = PH_NAME_MAX + 1};

	add(&text, "receipt=%04u", result->receipt);
	if (result->has & PH_ZVT_HAS_TRACE && result->trace <= 999999)
		add(&text, " trace=%06" PRIu64, result->trace);
	if (!reserved)
		return;
	if (result->has & PH_ZVT_HAS_ATTRIBUTE)
		add(&text, " attribute=");
	/* in two halves: what has more than twelve digits in a row could be an account number, and is not kept */
	for (size_t i = 0; result->has & PH_ZVT_HAS_ATTRIBUTE && i < sizeof result->attribute; i++)
		add(&text, "%s%02x", i == sizeof result->attribute / 2 ? "-" : "",
			result->attribute[i]);
	add(&text, " reserved");
}

static int read_attribute(const char *text, struct ph_zvt_order *order)
{
	const char *at = strstr(text, " attribute=");

	if (!at)
		return 0;
	at += strlen(" attribute=");
	for (size_t i = 0; i < sizeof order->attribute; i++) {
		unsigned byte;
		if (i == sizeof order->attribute / 2 && *at == '-')
			at++;
		if (sscanf(at, "%2x", &byte) != 1)
			return -EINVAL;
		at += 2;
		order->attribute[i] = (uint8_t)byte;
	}
	order->attribute_set = true;
	return 0;
}

int reference_read(const char *text, struct ph_zvt_order *order, bool *ret_reserved)
{
	uint64_t value;

	if (!number_of(text, "receipt", &value) || value > 9999)
		return -EINVAL;
	order->receipt = (unsigned)value;
	order->trace_set = number_of(text, "trace", &value) && value <= 999999;
	order->trace = order->trace_set ? (unsigned)value : 0;
	*ret_reserved = strstr(text, " reserved") != NULL;
	return read_attribute(text, order);
}
