// The section [offline]: what may stand without the host. What the limits do is offline_policy.c's.
#include "daemon/core/config_device.h"
#include "daemon/core/config_payments.h"

#include "base/cleanup.h"
#include "base/currency.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum kind { YES_NO, AMOUNT, NUMBER, MINUTES, HOURS, ENTRIES, BINS, PERCENTS, CURRENCY };

#define AT(member) offsetof(struct ph_offline_limits, member)

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	unsigned min, max;
	const char *expected;
} keys[] = {
	{"enabled", YES_NO, AT(enabled), 0, 0, "yes or no"},
	{"i_understand_pci_scope", YES_NO, AT(knows_pci_scope), 0, 0, "yes or no"},
	{"currency", CURRENCY, AT(currency), 0, 0, "a currency's three letters"},
	{"max_sale", AMOUNT, AT(max_sale), 0, 0, "an amount like 50.00"},
	{"max_sale_pin", AMOUNT, AT(max_sale_pin), 0, 0, "an amount like 100.00"},
	{"max_sale_no_cvm", AMOUNT, AT(max_sale_no_cvm), 0, 0, "an amount like 25.00"},
	{"max_sale_forced", AMOUNT, AT(max_sale_forced), 0, 0, "an amount like 150.00"},
	{"max_total", AMOUNT, AT(max_total), 0, 0, "an amount like 2000.00"},
	{"max_count", NUMBER, AT(max_count), 1, 100000, "a whole number from 1 to 100000"},
	{"max_accept_hours", HOURS, AT(max_accept_s), 1, 168, "hours from 1 to 168"},
	{"card_count", NUMBER, AT(card_count), 0, 1000, "a whole number from 0 to 1000"},
	{"card_total", AMOUNT, AT(card_total), 0, 0, "an amount like 50.00"},
	{"card_hours", HOURS, AT(card_window_s), 1, 72, "hours from 1 to 72"},
	{"forward_hours", HOURS, AT(forward_s), 1, 720, "hours from 1 to 720"},
	{"entry", ENTRIES, AT(entries), 0, 0, "some of chip, contactless, stripe, manual"},
	{"no_cvm", YES_NO, AT(no_cvm), 0, 0, "yes or no"},
	{"signature", YES_NO, AT(signature), 0, 0, "yes or no"},
	{"need_oda", YES_NO, AT(need_oda), 0, 0, "yes or no"},
	{"static_oda", YES_NO, AT(static_oda), 0, 0, "yes or no"},
	{"refunds", YES_NO, AT(refunds), 0, 0, "yes or no"},
	{"allow_bins", BINS, AT(bins_allowed), 0, 0,
		"at most 64 beginnings of card numbers, of 1 to 6 digits"},
	{"deny_bins", BINS, AT(bins_denied), 0, 0,
		"at most 64 beginnings of card numbers, of 1 to 6 digits"},
	{"warn_percent", PERCENTS, AT(warn_percent), 1, 100,
		"up to three ascending numbers from 1 to 100"},
	{"random_online", NUMBER, AT(random_online), 0, 1000, "a whole number from 0 to 1000"},
	{"hold_minutes", MINUTES, AT(hold_s), 0, PH_OFFLINE_HOLD_MAX_S / 60,
		"minutes from 0 to 1440"},
	{"tip_percent", NUMBER, AT(tip_percent), 0, 100, "a whole number from 0 to 100"},
	{"forward_rate", NUMBER, AT(forward_rate), 0, 1000, "a whole number from 0 to 1000"},
	{"forward_window", NUMBER, AT(forward_window), 1, 8, "a whole number from 1 to 8"},
};

static int set_bool(bool *to, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return -EINVAL;
	*to = value[0] == 'y';
	return 0;
}

static int set_seconds(uint32_t *to, const struct key *key, const char *value, unsigned unit_s)
{
	unsigned number;
	int r = ph_config_unsigned(value, key->min, key->max, &number);

	if (r == 0)
		*to = number * unit_s;
	return r;
}

static int set_entries(unsigned *to, const char *value)
{
	unsigned entries = 0;
	char word[16];

	while (ph_ini_word(&value, word, sizeof word)) {
		enum ph_offline_entry entry = ph_offline_entry_of(word);
		if (entry == PH_ENTRY_UNKNOWN)
			return -EINVAL;
		entries |= 1u << entry;
	}
	*to = entries;
	return entries ? 0 : -EINVAL;
}

static int set_bins(struct ph_offline_bins *to, const char *value)
{
	struct ph_offline_bins bins = {.count = 0};
	char word[PH_OFFLINE_BIN_MAX + 2];

	while (ph_ini_word(&value, word, sizeof word)) {
		size_t len = strlen(word);
		if (bins.count == PH_OFFLINE_BINS_MAX || len < 1 || len > PH_OFFLINE_BIN_MAX ||
			strspn(word, "0123456789") != len)
			return -EINVAL;
		memcpy(bins.rows[bins.count++], word, len + 1);
	}
	*to = bins;
	return 0;
}

static int set_percents(unsigned to[3], const struct key *key, const char *value)
{
	unsigned percents[3] = {0}, count = 0;
	char word[8];

	while (ph_ini_word(&value, word, sizeof word)) {
		if (count == 3 || ph_config_unsigned(word, key->min, key->max, &percents[count]) ||
			(count && percents[count] <= percents[count - 1]))
			return -EINVAL;
		count++;
	}
	memcpy(to, percents, sizeof percents);
	return 0;
}

static int set(struct ph_offline_limits *limits, const struct key *key, const char *value,
	unsigned exponent)
{
	void *to = (char *)limits + key->offset;
	unsigned number;

	switch (key->kind) {
	case YES_NO:
		return set_bool(to, value);
	case AMOUNT:
		return ph_currency_parse(value, exponent, to);
	case NUMBER:
		return ph_config_unsigned(value, key->min, key->max, to);
	case MINUTES:
		return set_seconds(to, key, value, 60);
	case HOURS:
		return set_seconds(to, key, value, 3600);
	case ENTRIES:
		return set_entries(to, value);
	case BINS:
		return set_bins(to, value);
	case PERCENTS:
		return set_percents(to, key, value);
	case CURRENCY:
		if (!ph_currency_find(value, &number, &exponent))
			return -EINVAL;
		memcpy(to, value, 4);
		return 0;
	}
	return -EINVAL;
}

/* Whether nothing was wrong with it. */
static bool load_key(struct ph_config *config, const char *file, const struct ph_ini_entry *entry)
{
	unsigned number, exponent = 2;

	ph_currency_find(config->offline.currency, &number, &exponent);
	for (size_t i = 0; i < PH_ARRAY_SIZE(keys); i++) {
		if (strcmp(entry->key, keys[i].name) != 0)
			continue;
		if (set(&config->offline, &keys[i], entry->value, exponent) == 0)
			return true;
		ph_problem_add(&config->problems, file, entry->line,
			"`%s = %s` is not right; write %s. Nothing is accepted offline until then",
			entry->key, entry->value, keys[i].expected);
		return false;
	}
	ph_problem_add(&config->problems, file, entry->line,
		"unknown key `%s` in [offline]; see poshal.conf(5). Nothing is accepted offline "
		"until then",
		entry->key);
	return false;
}

static bool agrees(struct ph_config *config, const struct ph_ini_section *section)
{
	const struct ph_offline_limits *o = &config->offline;
	const char *why = NULL;

	if (o->max_sale > o->max_total || o->max_sale_pin > o->max_total ||
		o->max_sale_no_cvm > o->max_total || o->max_sale_forced > o->max_total)
		why = "a single sale may be larger than max_total";
	else if (o->enabled && !o->knows_pci_scope)
		why = "account numbers would be kept on this machine, sealed, which is in scope of "
		      "PCI DSS: read docs/offline-payments.md and write "
		      "`i_understand_pci_scope = yes`";
	else if (o->hold_s >= o->forward_s)
		why = "hold_minutes is not below forward_hours, so a sale would be too old to be "
		      "sent when its window ends";
	if (!why)
		return true;
	ph_problem_add(&config->problems, section->file, section->line,
		"in [offline] %s. Nothing is accepted offline until that is put right", why);
	return false;
}

void ph_config_load_offline(struct ph_config *config, const struct ph_ini_section *section)
{
	bool good = true;

	ph_offline_limits_init(&config->offline);
	memcpy(config->offline.currency, config->payments.currency, 4);
	/* amounts are read in the currency, wherever that stands */
	for (size_t i = 0; section && i < section->len; i++)
		if (!strcmp(section->entries[i].key, "currency"))
			good = load_key(config, section->file, &section->entries[i]) && good;
	for (size_t i = 0; section && i < section->len; i++)
		if (strcmp(section->entries[i].key, "currency") != 0)
			good = load_key(config, section->file, &section->entries[i]) && good;
	if (section && good)
		good = agrees(config, section);
	if (!good || (section && section->broken))
		config->offline.enabled = false;
}
