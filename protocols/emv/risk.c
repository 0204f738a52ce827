// Processing restrictions, terminal risk management and action analysis; what is learned for them is asked by the kernel.
#include "protocols/emv/risk.h"

#define TYPE_SALE     0x00 /* 9C */
#define TYPE_CASH     0x01
#define TYPE_CASHBACK 0x09

/* 9F35 and 9F40, EMV Book 4, annex A1 and A3 */
#define ATM_TERMINAL_FIRST 0x14
#define ATM_TERMINAL_LAST  0x16
#define ADDITIONAL_CASH	   0x8000000000 /* first byte of five */

static bool is_atm(const struct ph_emv_data *data)
{
	uint64_t type = ph_emv_data_number(data, PH_TAG_TERMINAL_TYPE, 0);
	uint64_t additional = ph_emv_data_number(data, PH_TAG_ADDITIONAL_CAPABILITIES, 0);

	return type >= ATM_TERMINAL_FIRST && type <= ATM_TERMINAL_LAST &&
	       additional & ADDITIONAL_CASH;
}

/* What is asked for must be allowed at home or abroad: EMV Book 3, table 36. */
static bool service_allowed(const struct ph_emv_data *data, unsigned usage, bool domestic)
{
	uint64_t type = ph_emv_data_number(data, PH_TAG_TYPE, TYPE_SALE);
	bool cashback = ph_emv_data_number(data, PH_TAG_AMOUNT_OTHER, 0) != 0;
	unsigned cash = domestic ? PH_AUC_CASH_DOMESTIC : PH_AUC_CASH_INTERNATIONAL;
	unsigned sale = domestic ? PH_AUC_GOODS_DOMESTIC | PH_AUC_SERVICES_DOMESTIC
				 : PH_AUC_GOODS_INTERNATIONAL | PH_AUC_SERVICES_INTERNATIONAL;
	unsigned back = domestic ? PH_AUC_CASHBACK_DOMESTIC : PH_AUC_CASHBACK_INTERNATIONAL;

	if (type == TYPE_CASH && !(usage & cash))
		return false;
	if ((type == TYPE_SALE || type == TYPE_CASHBACK) && !(usage & sale))
		return false;
	return !(type == TYPE_CASHBACK || cashback) || usage & back;
}

static bool usage_allowed(const struct ph_emv_data *data)
{
	if (!ph_emv_data_get(data, PH_TAG_USAGE_CONTROL, NULL))
		return true;
	unsigned usage = (unsigned)ph_emv_data_number(data, PH_TAG_USAGE_CONTROL, 0);
	if (!(usage & (is_atm(data) ? PH_AUC_ATM : PH_AUC_NOT_ATM)))
		return false;
	if (!ph_emv_data_get(data, PH_TAG_ISSUER_COUNTRY, NULL))
		return true;
	uint64_t issuer = ph_emv_data_number(data, PH_TAG_ISSUER_COUNTRY, 0);
	return service_allowed(
		data, usage, issuer == ph_emv_data_number(data, PH_TAG_TERMINAL_COUNTRY, 0));
}

/* A date as YYYYMMDD, or `otherwise`. */
static uint32_t date_of(const struct ph_emv_data *data, uint32_t tag, uint32_t otherwise)
{
	const uint8_t *bytes = ph_emv_data_get(data, tag, NULL);
	uint32_t date;

	return bytes && !ph_emv_date(bytes, &date) ? date : otherwise;
}

uint64_t ph_emv_restrictions(const struct ph_emv_data *data)
{
	uint32_t today = date_of(data, PH_TAG_DATE, UINT32_MAX);
	uint64_t ours = ph_emv_data_number(data, PH_TAG_VERSION_TERMINAL, UINT64_MAX);
	uint64_t tvr = 0;

	if (ph_emv_data_number(data, PH_TAG_VERSION_CARD, ours) != ours)
		tvr |= PH_TVR_VERSIONS_DIFFER;
	if (!usage_allowed(data))
		tvr |= PH_TVR_SERVICE_NOT_ALLOWED;
	if (date_of(data, PH_TAG_EFFECTIVE, 0) > today)
		tvr |= PH_TVR_NOT_YET_EFFECTIVE;
	if (date_of(data, PH_TAG_EXPIRY, 0) < today)
		tvr |= PH_TVR_EXPIRED;
	return tvr;
}

bool ph_emv_random_selected(
	uint64_t amount, uint8_t random, const struct ph_emv_application *application)
{
	uint64_t target = application->random_target, most = application->random_max;
	uint64_t threshold = application->random_threshold, floor = application->floor_limit;

	if (amount >= floor)
		return false;
	if (amount < threshold)
		return random <= target;
	/* target + (most - target) * (amount - threshold) / (floor - threshold) */
	uint64_t bias = most > target ? most - target : 0;
	return random <= target + bias * (amount - threshold) / (floor - threshold);
}

/* The limits of an application are in its own currency. */
static bool same_currency(
	const struct ph_emv_application *application, const struct ph_emv_data *data)
{
	uint64_t currency = ph_emv_data_number(data, PH_TAG_CURRENCY, UINT64_MAX);
	uint64_t exponent =
		ph_emv_data_number(data, PH_TAG_CURRENCY_EXPONENT, application->currency_exponent);

	return currency == application->currency && exponent == application->currency_exponent;
}

static uint64_t floor_and_random(const struct ph_emv_risk *risk,
	const struct ph_emv_application *application, const struct ph_emv_data *data)
{
	uint64_t limit = application->floor_limit;
	uint64_t tvr = 0;

	if (!same_currency(application, data))
		return PH_TVR_FLOOR_LIMIT;
	if (risk->amount >= limit || risk->earlier_amount >= limit - risk->amount)
		tvr |= PH_TVR_FLOOR_LIMIT;
	if (ph_emv_random_selected(risk->amount, risk->random, application))
		tvr |= PH_TVR_RANDOM;
	return tvr;
}

/* EMV Book 3, 10.6.3: the upper limit only counts beyond the lower one. */
static uint64_t velocity(const struct ph_emv_risk *risk, const struct ph_emv_data *data)
{
	uint64_t tvr = 0;

	if (!ph_emv_data_get(data, PH_TAG_LOWER_LIMIT, NULL) ||
		!ph_emv_data_get(data, PH_TAG_UPPER_LIMIT, NULL))
		return 0;
	if (risk->last_online_atc == 0)
		tvr |= PH_TVR_NEW_CARD;
	if (risk->atc < 0 || risk->last_online_atc < 0)
		return tvr | PH_TVR_LOWER_LIMIT | PH_TVR_UPPER_LIMIT | PH_TVR_ICC_DATA_MISSING;
	if (risk->atc <= risk->last_online_atc)
		return tvr | PH_TVR_LOWER_LIMIT | PH_TVR_UPPER_LIMIT;
	uint64_t since = (uint64_t)(risk->atc - risk->last_online_atc);
	if (since > ph_emv_data_number(data, PH_TAG_LOWER_LIMIT, 0)) {
		tvr |= PH_TVR_LOWER_LIMIT;
		if (since > ph_emv_data_number(data, PH_TAG_UPPER_LIMIT, 0))
			tvr |= PH_TVR_UPPER_LIMIT;
	}
	return tvr;
}

uint64_t ph_emv_risk_check(const struct ph_emv_risk *risk,
	const struct ph_emv_application *application, const struct ph_emv_data *data)
{
	uint64_t tvr = floor_and_random(risk, application, data) | velocity(risk, data);

	if (risk->listed)
		tvr |= PH_TVR_EXCEPTION_FILE;
	if (risk->forced_online)
		tvr |= PH_TVR_FORCED_ONLINE;
	return tvr;
}

#define ALL_BITS 0xffffffffff

static bool hit(
	uint64_t tvr, uint64_t tac, const struct ph_emv_data *data, uint32_t iac, uint64_t missing)
{
	return tvr & (tac | ph_emv_data_number(data, iac, missing)) & ALL_BITS;
}

/* The second digit of the terminal type: EMV Book 4, annex A1. */
static bool online_only(const struct ph_emv_terminal *terminal)
{
	return (terminal->type & 0x0f) == 1 || (terminal->type & 0x0f) == 4;
}

static bool offline_only(const struct ph_emv_terminal *terminal)
{
	return (terminal->type & 0x0f) == 3 || (terminal->type & 0x0f) == 6;
}

uint8_t ph_emv_decide(uint64_t tvr, const struct ph_emv_application *application,
	const struct ph_emv_data *data, const struct ph_emv_terminal *terminal,
	enum ph_emv_host host)
{
	if (hit(tvr, application->tac_denial, data, PH_TAG_IAC_DENIAL, 0))
		return PH_CID_AAC;
	if (offline_only(terminal))
		return ph_emv_decide_unable(tvr, application, data, terminal);
	if (host == PH_EMV_HOST_AWAY && terminal->offline_at_once)
		return ph_emv_decide_unable(tvr, application, data, terminal);
	if (online_only(terminal) ||
		hit(tvr, application->tac_online, data, PH_TAG_IAC_ONLINE, ALL_BITS))
		return PH_CID_ARQC;
	return PH_CID_TC;
}

uint8_t ph_emv_decide_unable(uint64_t tvr, const struct ph_emv_application *application,
	const struct ph_emv_data *data, const struct ph_emv_terminal *terminal)
{
	bool refuse = online_only(terminal) ||
		      hit(tvr, application->tac_default, data, PH_TAG_IAC_DEFAULT, ALL_BITS);

	return refuse ? PH_CID_AAC : PH_CID_TC;
}
