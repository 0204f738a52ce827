// The receipts of a payment at a card reader, made from its result: what EMV wants a cardholder to see, and nothing that must not be.
#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/payments/payment_private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static cJSON *add_line(cJSON *body, const char *text, const char *align, bool bold)
{
	cJSON *node = cJSON_CreateObject();

	cJSON_AddStringToObject(node, "text", text);
	if (align)
		cJSON_AddStringToObject(node, "align", align);
	if (bold)
		cJSON_AddTrueToObject(node, "bold");
	cJSON_AddItemToArray(body, node);
	return node;
}

static void add_pair(cJSON *body, const char *name, const char *value)
{
	cJSON *node, *pair;

	if (!value || !value[0])
		return;
	node = cJSON_CreateObject();
	pair = cJSON_AddArrayToObject(node, "pair");
	cJSON_AddItemToArray(pair, cJSON_CreateString(name));
	cJSON_AddItemToArray(pair, cJSON_CreateString(value));
	cJSON_AddItemToArray(body, node);
}

static void add_rule(cJSON *body)
{
	cJSON *node = cJSON_CreateObject();

	cJSON_AddStringToObject(node, "rule", "single");
	cJSON_AddItemToArray(body, node);
}

/* Nobody but the merchant has approved it: whoever holds the receipt has to know. */
static bool stands_in(const struct ph_payment *payment)
{
	return payment->stand.accepted &&
	       ph_record_family(payment->stand.kind) == PH_FAMILY_STAND_IN;
}

static const char *verdict(const struct ph_payment *payment)
{
	static const char *const texts[PH_PAY_STATE_COUNT_] = {
		[PH_PAY_APPROVED] = "APPROVED",
		[PH_PAY_PARTIAL] = "APPROVED IN PART",
		[PH_PAY_APPROVED_OFFLINE] = "APPROVED OFFLINE",
		[PH_PAY_DECLINED] = "DECLINED",
		[PH_PAY_REFERRED] = "CALL THE ISSUER",
		[PH_PAY_CANCELLED] = "CANCELLED",
		[PH_PAY_UNCERTAIN] = "RESULT NOT KNOWN",
	};

	if (stands_in(payment))
		return "ACCEPTED OFFLINE";
	return texts[payment->state] ? texts[payment->state] : "";
}

static void add_merchant(cJSON *body, const struct ph_payment *payment)
{
	const struct ph_config_payments *config = &payment->daemon->config->payments;

	if (config->merchant_name[0])
		add_line(body, config->merchant_name, "center", true);
	if (config->merchant_place[0])
		add_line(body, config->merchant_place, "center", false);
	add_pair(body, "Merchant", config->merchant_id);
	add_pair(body, "Terminal", ph_payments_terminal(payment->daemon));
}

static void add_emv(cJSON *body, const cJSON *result)
{
	static const struct {
		const char *name, *member;
	} rows[] = {{"Cryptogram", "cryptogram"}, {"Type", "cryptogram_type"}, {"TVR", "tvr"},
		{"TSI", "tsi"}, {"CVM", "cvm"}};
	const cJSON *emv = cJSON_GetObjectItemCaseSensitive(result, "emv");

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		add_pair(body, rows[i].name, ph_payment_text(emv, rows[i].member));
}

static bool approved(const struct ph_payment *payment)
{
	return payment->state == PH_PAY_APPROVED || payment->state == PH_PAY_PARTIAL ||
	       payment->state == PH_PAY_APPROVED_OFFLINE;
}

static const char *title(const char *type)
{
	if (!strcmp(type, "refund"))
		return "REFUND TO CARD";
	if (!strcmp(type, "preauth"))
		return "RESERVATION ON CARD";
	return strcmp(type, "void") ? "CARD PAYMENT" : "VOID OF CARD PAYMENT";
}

static void add_moment(cJSON *body, const struct ph_payment *payment)
{
	time_t moment = (time_t)(payment->created_us / 1000000);
	struct tm local;
	char text[32];

	if (localtime_r(&moment, &local) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local))
		add_pair(body, "Date", text);
}

static cJSON *document(const struct ph_payment *payment, const cJSON *result, const char *copy)
{
	cJSON *object = cJSON_CreateObject();
	char amount[PH_AMOUNT_SIZE];

	cJSON_AddNumberToObject(object, "v", 1);
	cJSON *body = cJSON_AddArrayToObject(object, "body");
	add_merchant(body, payment);
	add_line(body, copy, "center", false);
	add_rule(body);
	add_line(body, title(payment->type), NULL, true);
	add_moment(body, payment);
	add_pair(body, "Payment", payment->name);
	add_pair(body, "Card", ph_payment_text(result, "masked_pan"));
	add_pair(body, "Application", ph_payment_text(result, "application_label"));
	add_pair(body, "AID", ph_payment_text(result, "aid"));
	ph_currency_format(payment->amount, payment->currency, false, amount);
	add_pair(body, "Amount", amount);
	if (payment->state == PH_PAY_PARTIAL) {
		ph_currency_format(payment->amount_approved, payment->currency, false, amount);
		add_pair(body, "Approved", amount);
	}
	add_pair(body, "Approval code", ph_payment_text(result, "approval_code"));
	add_pair(body, "Response", ph_payment_text(result, "response_code"));
	add_pair(body, "Reference", ph_payment_text(result, "rrn"));
	add_emv(body, result);
	add_rule(body);
	add_line(body, verdict(payment), "center", true);
	if (stands_in(payment))
		add_line(body, "SUBJECT TO AUTHORIZATION", "center", true);
	return object;
}

static void add_signature(cJSON *receipt)
{
	cJSON *body = cJSON_GetObjectItemCaseSensitive(receipt, "body");

	add_line(body, "", NULL, false);
	add_line(body, "Signature", NULL, false);
	add_line(body, "", NULL, false);
	add_rule(body);
}

cJSON *ph_payment_receipts(const struct ph_payment *payment, const cJSON *result)
{
	cJSON *receipts = cJSON_CreateObject();
	const cJSON *signature = cJSON_GetObjectItemCaseSensitive(result, "signature");

	/* a payment that never met a card leaves nothing to hand out */
	if (!payment->card)
		return receipts;
	cJSON_AddItemToObject(receipts, "customer", document(payment, result, "CUSTOMER COPY"));
	cJSON_AddItemToObject(receipts, "merchant", document(payment, result, "MERCHANT COPY"));
	if (approved(payment) && cJSON_IsTrue(signature))
		add_signature(cJSON_GetObjectItemCaseSensitive(receipts, "merchant"));
	return receipts;
}
