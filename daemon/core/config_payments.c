// The section [payments]: what receipts and messages to a host say of the shop.
#include "daemon/core/config_payments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS	   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CHARACTERS LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"

static bool is_id(const char *value)
{
	size_t len = strlen(value);

	return len >= 1 && len <= 16 && strspn(value, CHARACTERS) == len;
}

static bool is_text(const char *value)
{
	return strlen(value) <= 40;
}

static bool is_currency(const char *value)
{
	return strlen(value) == 3 && strspn(value, LETTERS) == 3;
}

/* True when the key was one of these. */
static bool load_number(
	struct ph_config *config, const char *file, const struct ph_ini_entry *entry)
{
	const struct {
		const char *name;
		unsigned *out;
		unsigned long max;
		const char *unit;
	} keys[] = {{"choice_s", &config->payments.choice_s, 600, "seconds"},
		{"answer_s", &config->payments.answer_s, 600, "seconds"},
		{"card_s", &config->payments.card_s, 3600, "seconds"},
		{"void_days", &config->payments.void_days, PH_KEY_KEEP_DAYS, "days"}};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(entry->key, keys[i].name) != 0)
			continue;
		size_t len = strlen(entry->value);
		unsigned long value = strtoul(entry->value, NULL, 10);
		if (len >= 1 && len <= 4 && strspn(entry->value, "0123456789") == len &&
			value >= 1 && value <= keys[i].max)
			*keys[i].out = (unsigned)value;
		else
			ph_problem_add(&config->problems, file, entry->line,
				"`%s = %s` is not right; write %s, 1 to %lu", entry->key,
				entry->value, keys[i].unit, keys[i].max);
		return true;
	}
	return false;
}

static void load_key(struct ph_config *config, const char *file, const struct ph_ini_entry *entry)
{
	struct ph_config_payments *to = &config->payments;
	const struct {
		const char *name;
		char *out;
		size_t size;
		bool (*is_right)(const char *value);
		const char *expected;
	} keys[] = {
		{"terminal_id", to->terminal_id, sizeof to->terminal_id, is_id,
			"1 to 16 letters and digits"},
		{"merchant_id", to->merchant_id, sizeof to->merchant_id, is_id,
			"1 to 16 letters and digits"},
		{"merchant_name", to->merchant_name, sizeof to->merchant_name, is_text,
			"at most 40 bytes"},
		{"merchant_place", to->merchant_place, sizeof to->merchant_place, is_text,
			"at most 40 bytes"},
		{"currency", to->currency, sizeof to->currency, is_currency,
			"three capital letters"},
	};

	if (load_number(config, file, entry))
		return;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(entry->key, keys[i].name) != 0)
			continue;
		if (keys[i].is_right(entry->value))
			snprintf(keys[i].out, keys[i].size, "%s", entry->value);
		else
			ph_problem_add(&config->problems, file, entry->line,
				"`%s = %s` is not right; write %s", entry->key, entry->value,
				keys[i].expected);
		return;
	}
	ph_problem_add(&config->problems, file, entry->line,
		"unknown key `%s` in [payments]; there are terminal_id, merchant_id, "
		"merchant_name, merchant_place, currency, choice_s, card_s, answer_s, void_days",
		entry->key);
}

void ph_config_load_payments(struct ph_config *config, const struct ph_ini_section *section)
{
	config->payments = (struct ph_config_payments){.currency = "EUR",
		.choice_s = 60,
		.card_s = 300,
		.answer_s = 60,
		.void_days = PH_JOURNAL_VOID_DAYS};
	for (size_t i = 0; section && i < section->len; i++)
		load_key(config, section->file, &section->entries[i]);
}
