// Decides whether a sale may stand without the host; who asks, and what is then stored, is left to others.
#include "daemon/payments/offline_policy.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

struct question {
	const struct ph_offline_limits *limits;
	const struct ph_offline_exposure *exposure;
	const struct ph_offline_sale *sale;
};

void ph_offline_limits_init(struct ph_offline_limits *limits)
{
	*limits = (struct ph_offline_limits){
		.currency = "EUR",
		.max_sale = 5000,
		.max_sale_pin = 10000,
		.max_sale_no_cvm = 2500,
		.max_sale_forced = 15000,
		.max_total = 200000,
		.max_count = 200,
		.max_accept_s = 24 * 3600,
		.card_count = 1,
		.card_total = 5000,
		.card_window_s = 24 * 3600,
		.forward_s = 72 * 3600,
		.entries = 1u << PH_ENTRY_CHIP | 1u << PH_ENTRY_CONTACTLESS,
		.no_cvm = true,
		.signature = true,
		.need_oda = true,
		.warn_percent = {50, 80, 95},
		.random_online = 10,
		.forward_rate = 5,
		.forward_window = 4,
	};
}

/* The largest sale for how the cardholder was verified; as long as that is not known, the largest of all. */
static int64_t sale_limit(const struct question *q)
{
	const struct ph_offline_limits *limits = q->limits;
	int64_t limit = limits->max_sale;

	switch (q->sale->cvm) {
	case PH_CVM_OFFLINE_PIN:
	case PH_CVM_UNKNOWN:
		limit = limits->max_sale_pin > limit ? limits->max_sale_pin : limit;
		break;
	case PH_CVM_NONE:
		limit = limits->max_sale_no_cvm;
		break;
	case PH_CVM_SIGNATURE:
	case PH_CVM_ONLINE_PIN:
	case PH_CVM_FAILED:
		break;
	}
	if (q->sale->answered_for && limits->max_sale_forced > limit)
		limit = limits->max_sale_forced;
	return limit;
}

static bool in_bins(const struct ph_offline_bins *bins, const char *digits)
{
	for (size_t i = 0; i < bins->count; i++)
		if (!strncmp(bins->rows[i], digits, strlen(bins->rows[i])))
			return true;
	return false;
}

static int64_t left_total(const struct question *q)
{
	return ph_offline_left(q->limits->max_total, q->exposure->total);
}

static int64_t left_s(const struct question *q)
{
	if (q->exposure->since_host_s < 0)
		return 0;
	return ph_offline_left(q->limits->max_accept_s, q->exposure->since_host_s);
}

/* ---- the rules: each says whether it forbids ---- */

static bool is_refused(const struct question *q)
{
	return q->sale->wish == PH_OFFLINE_REFUSE;
}

static bool is_off(const struct question *q)
{
	return !q->limits->enabled;
}

static bool not_answered_for(const struct question *q)
{
	return q->sale->wish == PH_OFFLINE_FORCE && !q->sale->answered_for;
}

static bool host_is_up(const struct question *q)
{
	return q->exposure->host_up && !q->exposure->forced && q->sale->wish != PH_OFFLINE_FORCE;
}

static bool journal_is_sick(const struct question *q)
{
	return q->exposure->journal_sick;
}

static bool clock_is_suspect(const struct question *q)
{
	return q->exposure->clock_suspect;
}

static bool key_is_missing(const struct question *q)
{
	return q->exposure->no_key;
}

static bool till_is_unknown(const struct question *q)
{
	return q->exposure->no_terminal;
}

static bool other_currency(const struct question *q)
{
	return strcmp(q->sale->currency, q->limits->currency) != 0;
}

static bool is_refund(const struct question *q)
{
	return q->sale->refund && !q->limits->refunds;
}

static bool too_large(const struct question *q)
{
	return q->sale->amount > sale_limit(q);
}

static bool too_much(const struct question *q)
{
	return q->sale->amount > left_total(q);
}

static bool too_many(const struct question *q)
{
	return q->exposure->count >= q->limits->max_count;
}

static bool never_answered(const struct question *q)
{
	return q->exposure->since_host_s < 0;
}

static bool too_long(const struct question *q)
{
	return left_s(q) == 0;
}

static bool card_is_untold(const struct question *q)
{
	return q->sale->card.untold;
}

static bool card_is_unrecognised(const struct question *q)
{
	return q->sale->card.unrecognised && q->limits->card_count;
}

/* A sum for each card that is not below the sum of all holds by itself. */
static bool total_is_unknown(const struct question *q)
{
	return q->sale->card.unrecognised && q->limits->card_total < q->limits->max_total;
}

static bool wrong_entry(const struct question *q)
{
	return q->sale->entry != PH_ENTRY_UNKNOWN && !(q->limits->entries & 1u << q->sale->entry);
}

static bool cvm_failed(const struct question *q)
{
	return q->sale->cvm == PH_CVM_FAILED;
}

static bool online_pin(const struct question *q)
{
	return q->sale->cvm == PH_CVM_ONLINE_PIN;
}

static bool no_cvm(const struct question *q)
{
	return q->sale->cvm == PH_CVM_NONE && !q->limits->no_cvm;
}

static bool signature(const struct question *q)
{
	return q->sale->cvm == PH_CVM_SIGNATURE && !q->limits->signature;
}

static bool not_authenticated(const struct question *q)
{
	const bool chip = q->sale->entry == PH_ENTRY_CHIP || q->sale->entry == PH_ENTRY_CONTACTLESS;

	return q->limits->need_oda && chip &&
	       (q->sale->oda == PH_ODA_NONE || q->sale->oda == PH_ODA_FAILED);
}

static bool only_static(const struct question *q)
{
	return q->limits->need_oda && !q->limits->static_oda && q->sale->oda == PH_ODA_STATIC;
}

static bool expires_soon(const struct question *q)
{
	return q->sale->card.expires_soon;
}

static bool card_is_denied(const struct question *q)
{
	return q->sale->card.denied;
}

static bool list_is_unknown(const struct question *q)
{
	return q->sale->card.deny_unknown;
}

static bool bin_is_denied(const struct question *q)
{
	const char *digits = q->sale->card.first_digits;

	return digits && in_bins(&q->limits->bins_denied, digits);
}

static bool bin_not_allowed(const struct question *q)
{
	const char *digits = q->sale->card.first_digits;

	return digits && q->limits->bins_allowed.count &&
	       !in_bins(&q->limits->bins_allowed, digits);
}

static bool card_too_often(const struct question *q)
{
	return q->sale->card.first_digits && q->limits->card_count &&
	       q->sale->card.count >= q->limits->card_count;
}

static bool card_too_much(const struct question *q)
{
	return q->sale->card.first_digits && q->sale->card.count &&
	       q->sale->amount > q->limits->card_total - q->sale->card.total;
}

enum about { ALL, STAND_IN }; /* STAND_IN: not of what the card has approved by itself */

/* The order is that of what a person can do about it: what is switched off or sick first, the card last. */
static const struct rule {
	bool (*forbids)(const struct question *q);
	enum about about;
	const char *limit, *text;
} rules[] = {
	{is_refused, ALL, "offline", "the caller wants the host to decide"},
	{is_off, ALL, "enabled", "offline payments are not enabled: section [offline]"},
	{not_answered_for, ALL, "force",
		"forcing needs the grant `queue`, an operator and a reason"},
	{host_is_up, STAND_IN, "host_up", "the host answers, so it decides"},
	{journal_is_sick, ALL, "journal",
		"the journal cannot be relied on: see `poshalctl doctor`"},
	{clock_is_suspect, ALL, "clock",
		"the clock has been set, and how old stored sales are is not known: see "
		"`poshalctl doctor`"},
	{key_is_missing, ALL, "key", "there is no key to seal account data with"},
	{till_is_unknown, ALL, "terminal_id",
		"how the host knows this till is not known: set terminal_id, or start "
		"poshal-acquirer"},
	{other_currency, ALL, "currency", "offline payments are taken in another currency only"},
	{is_refund, ALL, "refunds", "refunds need the host"},
	{too_large, STAND_IN, "max_sale", "the amount is above the limit of a single sale"},
	{too_many, ALL, "max_count", "as many sales wait for the host as may"},
	{too_much, ALL, "max_total", "with this sale more would wait for the host than may"},
	{never_answered, STAND_IN, "max_accept_hours",
		"the host has never answered this till: make one payment that it decides first"},
	{too_long, STAND_IN, "max_accept_hours", "the host has not answered for too long"},
	{card_is_untold, ALL, "facts", "the reader does not say what has to be known of the card"},
	{wrong_entry, STAND_IN, "entry", "cards entered this way need the host"},
	{cvm_failed, STAND_IN, "cvm", "the cardholder could not be verified"},
	{online_pin, ALL, "online_pin",
		"the PIN of this card needs the host, and a PIN is never stored"},
	{no_cvm, STAND_IN, "no_cvm",
		"without verification of the cardholder the host has to decide"},
	{signature, STAND_IN, "signature", "with a signature the host has to decide"},
	{not_authenticated, STAND_IN, "need_oda", "the card could not prove that it is genuine"},
	{only_static, STAND_IN, "static_oda",
		"the card proves itself by a method that can be copied"},
	{expires_soon, STAND_IN, "expiry",
		"the card has expired, or will before the host can be asked"},
	{card_is_denied, ALL, "deny_list", "the card is on the merchant's list"},
	{list_is_unknown, ALL, "deny_list",
		"the merchant's list of denied cards cannot be used: see `poshalctl doctor`"},
	{bin_is_denied, ALL, "deny_bins", "cards of this kind need the host"},
	{bin_not_allowed, ALL, "allow_bins", "cards of this kind need the host"},
	{card_is_unrecognised, STAND_IN, "card_count",
		"whether this card was used before is not known: its reader has no "
		"fingerprint key"},
	{total_is_unknown, STAND_IN, "card_total",
		"for how much this card was used before is not known: its reader has no "
		"fingerprint key"},
	{card_too_often, STAND_IN, "card_count",
		"this card has been used without the host as often as may be"},
	{card_too_much, STAND_IN, "card_total",
		"this card has been used without the host for as much as may be"},
};

/* The next from `*at` on that says no, or NULL. */
static const struct rule *next_no(const struct question *q, size_t *at)
{
	while (*at < PH_ARRAY_SIZE(rules)) {
		const struct rule *rule = &rules[(*at)++];
		if ((rule->about == ALL || !q->sale->advice) && rule->forbids(q))
			return rule;
	}
	return NULL;
}

const char *ph_offline_next_no(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale, size_t *at,
	const char **ret_text)
{
	const struct question q = {limits, exposure, sale};
	const struct rule *rule = next_no(&q, at);

	if (!rule)
		return NULL;
	*ret_text = rule->text;
	return rule->limit;
}

unsigned ph_offline_percent(int64_t part, int64_t whole)
{
	if (whole <= 0 || part >= whole)
		return 100;
	return part > 0 ? (unsigned)(part * 100 / whole) : 0;
}

unsigned ph_offline_warn_at(const struct ph_offline_limits *limits, unsigned percent)
{
	unsigned at = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(limits->warn_percent); i++)
		if (limits->warn_percent[i] && percent >= limits->warn_percent[i])
			at = limits->warn_percent[i];
	return at;
}

/* How near the nearest limit is, with this sale in. */
static unsigned warning(const struct question *q)
{
	const unsigned used[] = {
		ph_offline_percent(q->exposure->total + q->sale->amount, q->limits->max_total),
		ph_offline_percent((int64_t)q->exposure->count + 1, q->limits->max_count),
		ph_offline_percent(q->exposure->since_host_s, q->limits->max_accept_s),
	};
	unsigned most = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(used); i++)
		most = used[i] > most ? used[i] : most;
	return ph_offline_warn_at(q->limits, most);
}

void ph_offline_decide(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale,
	struct ph_offline_verdict *ret_verdict)
{
	const struct question q = {limits, exposure, sale};
	struct ph_offline_verdict verdict = {
		.left_total = left_total(&q),
		.left_count = (uint32_t)ph_offline_left(limits->max_count, exposure->count),
		.left_s = left_s(&q),
	};

	size_t at = 0;
	const struct rule *no = next_no(&q, &at);

	if (no) {
		verdict.limit = no->limit;
		snprintf(verdict.text, sizeof verdict.text, "%s", no->text);
		*ret_verdict = verdict;
		return;
	}
	verdict.yes = true;
	verdict.warn = warning(&q);
	snprintf(verdict.text, sizeof verdict.text, "%s",
		sale->card.first_digits
			? "it may stand without the host"
			: "as far as is known without a card, it may stand without the host");
	*ret_verdict = verdict;
}

/* ---- the same at length ---- */

static struct ph_offline_use use_of(const char *limit, int64_t allowed, int64_t used)
{
	return (struct ph_offline_use){.limit = limit,
		.allowed = allowed,
		.used = used,
		.left = ph_offline_left(allowed, used)};
}

size_t ph_offline_uses(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale,
	struct ph_offline_use ret_uses[PH_OFFLINE_USES])
{
	const struct question q = {limits, exposure, sale};
	size_t n = 0;

	ret_uses[n++] = use_of("max_total", limits->max_total, exposure->total);
	ret_uses[n++] = use_of("max_count", limits->max_count, exposure->count);
	if (sale->advice)
		return n;
	ret_uses[n++] = use_of("max_sale", sale_limit(&q), 0);
	ret_uses[n++] = use_of("max_accept_hours", limits->max_accept_s,
		exposure->since_host_s < 0 ? limits->max_accept_s : exposure->since_host_s);
	if (sale->card.first_digits && limits->card_count)
		ret_uses[n++] = use_of("card_count", limits->card_count, sale->card.count);
	if (sale->card.first_digits)
		ret_uses[n++] = use_of("card_total", limits->card_total, sale->card.total);
	return n;
}

enum ph_offline_entry ph_offline_entry_of(const char *word)
{
	static const char *const words[PH_ENTRY_COUNT_] = {
		[PH_ENTRY_CHIP] = "chip",
		[PH_ENTRY_CONTACTLESS] = "contactless",
		[PH_ENTRY_STRIPE] = "stripe",
		[PH_ENTRY_MANUAL] = "manual",
	};

	for (int i = PH_ENTRY_CHIP; i < PH_ENTRY_COUNT_; i++)
		if (!strcmp(words[i], word))
			return (enum ph_offline_entry)i;
	return PH_ENTRY_UNKNOWN;
}
