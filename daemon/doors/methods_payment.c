// Parameters and results of the methods for payments, card readers and terminals; their rows are in methods.c.
#include "daemon/doors/fields.h"

#include "poshal/limits.h"

/* payments, card readers, terminals */
#define PAYMENT                                                                                    \
	{                                                                                          \
		"payment", PH_VALUE_STRING, REQUIRED, 1, PH_KEY_MAX, NULL,                         \
			"payment id, or the caller's key"                                          \
	}
#define PAY_DEVICE                                                                                 \
	{                                                                                          \
		"device", PH_VALUE_STRING, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,                    \
			"id or role; role `payment`, else the only one, if absent"                 \
	}
#define AMOUNT                                                                                     \
	{                                                                                          \
		"amount", PH_VALUE_INT, REQUIRED, 1, PH_PAYMENT_AMOUNT_MAX, NULL, "minor units"    \
	}
#define OPERATOR                                                                                   \
	{                                                                                          \
		"operator", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "who stands at the till"      \
	}
#define REFERENCE                                                                                  \
	{                                                                                          \
		"reference", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "receipt number or the like" \
	}
#define REASON                                                                                     \
	{                                                                                          \
		"reason", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "for the audit trail"           \
	}
#define OFFLINE                                                                                    \
	{                                                                                          \
		"offline", PH_VALUE_STRING, OPTIONAL, 0, 0, "refuse allow force",                  \
			"what may happen without the host; refuse if absent"                       \
	}
const struct ph_field ph_fields_authorize_params[] = {
	KEY,
	AMOUNT,
	{"currency", PH_VALUE_STRING, REQUIRED, 1, 3, NULL, "ISO 4217 code, EUR"},
	PAY_DEVICE,
	{"type", PH_VALUE_STRING, OPTIONAL, 0, 0, "sale preauth",
		"sale if absent; preauth reserves the amount"},
	OFFLINE,
	{"cashback", PH_VALUE_INT, OPTIONAL, 0, PH_PAYMENT_AMOUNT_MAX, NULL, "part of the amount"},
	REFERENCE,
	OPERATOR,
	REASON,
	END,
};
const struct ph_field ph_fields_pay_result[] = {
	{"payment", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "payment id"},
	{"outcome", PH_VALUE_STRING, REQUIRED, 0, 0,
		"started approved partial approved_offline declined referred cancelled uncertain",
		"how it ended; started on D-Bus, where the end is a signal"},
	{"duplicate", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"the key was known: this is the first outcome"},
	{"type", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "sale, refund, void ..."},
	{"kind", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"who decided: online, terminal; sale_deferred, refund_deferred, emv_offline_tc, "
		"voice"},
	{"mode", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "online or offline"},
	{"limit", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"which says no, where the reason is offline_limit"},
	{"offline_since", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"when the host counted as away first, RFC 3339 in UTC"},
	{"exposure", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"what stands without the host just now, where that is enabled or anything stands"},
	{"device", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "device id"},
	{"amount", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "as asked for"},
	{"amount_approved", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "0 unless approved"},
	{"currency", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "ISO 4217 code"},
	{"reason", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "a word, unless approved"},
	{"message", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "a sentence for people"},
	{"host_text", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "what the host wants shown"},
	{"response_code", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of the host, two characters"},
	{"approval_code", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of the host"},
	{"rrn", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"what the host knows it by: retrieval reference number"},
	{"masked_pan", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "411111******1111"},
	{"scheme", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of the card"},
	{"application_label", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of the card"},
	{"aid", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of the card's application"},
	{"entry", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "chip or terminal"},
	{"sequence", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "of the card"},
	{"signature", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "the merchant's receipt needs one"},
	{"reference", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "the terminal's own"},
	{"count", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "payments of an end of day"},
	{"total", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "their sum"},
	{"totals", PH_VALUE_OBJECTS, OPTIONAL, 0, 0, NULL,
		"the same by scheme: scheme, count, total"},
	{"emv", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"cryptogram, cryptogram_type, tvr, tsi, cvm, atc"},
	{"receipts", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"documents for customer, merchant, shop"},
	END,
};
const struct ph_field ph_fields_payment_params[] = {PAYMENT, END};
const struct ph_field ph_fields_payment_result[] = {
	{"payment", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "payment object"},
	END,
};
const struct ph_field ph_fields_payment_list_params[] = {
	{"state", PH_VALUE_STRING, OPTIONAL, 0, 0,
		"started intent approved partial approved_offline declined referred cancelled "
		"uncertain",
		"only in this state"},
	{"since", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "changed since, RFC 3339 in UTC"},
	{"before", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "a payment id: only older ones"},
	{"limit", PH_VALUE_INT, OPTIONAL, 1, PH_LIST_MAX, NULL, "100 if absent; newest first"},
	END,
};
const struct ph_field ph_fields_payments_result[] = {
	{"payments", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "payment objects, without receipts"},
	END,
};
const struct ph_field ph_fields_payment_resolve_params[] = {
	PAYMENT,
	{"outcome", PH_VALUE_STRING, REQUIRED, 0, 0, "approved cancelled reversed",
		"money was taken, or not; reversed: the acquirer has undone it by hand"},
	{"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who has looked"},
	{"reason", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "what was found, for the audit trail"},
	END,
};
const struct ph_field ph_fields_payment_retry_params[] = {
	PAYMENT,
	{"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who wants it"},
	{"reason", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "what was mended, for the audit trail"},
	END,
};
const struct ph_field ph_fields_payment_void_params[] = {
	PAYMENT,
	KEY,
	{"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who undoes it"},
	{"reason", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "for the audit trail"},
	END,
};
const struct ph_field ph_fields_payment_refund_params[] = {
	KEY,
	AMOUNT,
	{"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who gives it back"},
	{"payment", PH_VALUE_STRING, OPTIONAL, 1, PH_KEY_MAX, NULL,
		"the one it belongs to: id, or the caller's key"},
	PAY_DEVICE,
	{"currency", PH_VALUE_STRING, OPTIONAL, 1, 3, NULL,
		"ISO 4217 code; that of the payment if absent"},
	OFFLINE,
	REFERENCE,
	REASON,
	END,
};
const struct ph_field ph_fields_payment_complete_params[] = {PAYMENT, KEY, AMOUNT, OPERATOR, END};
const struct ph_field ph_fields_payment_voice_params[] = {
	KEY,
	AMOUNT,
	{"currency", PH_VALUE_STRING, REQUIRED, 1, 3, NULL, "ISO 4217 code, EUR"},
	{"payment", PH_VALUE_STRING, REQUIRED, 1, PH_KEY_MAX, NULL,
		"the referred one: id, or the caller's key"},
	{"device", PH_VALUE_STRING, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,
		"card reader it is booked at: id or role; that of the referred one if absent"},
	{"approval_code", PH_VALUE_STRING, REQUIRED, 1, 6, NULL,
		"what was told on the telephone: letters and digits"},
	{"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who has called"},
	REFERENCE,
	REASON,
	END,
};
const struct ph_field ph_fields_payment_choose_params[] = {
	PAYMENT,
	{"choice", PH_VALUE_INT, REQUIRED, 0, 31, NULL,
		"place in the list of choices, from 0; with confirm 0 is yes, 1 is no"},
	END,
};
const struct ph_field ph_fields_payment_explain_params[] = {
	AMOUNT,
	{"currency", PH_VALUE_STRING, REQUIRED, 1, 3, NULL, "ISO 4217 code, EUR"},
	PAY_DEVICE,
	OFFLINE,
	{"type", PH_VALUE_STRING, OPTIONAL, 0, 0, "sale refund", "sale if absent"},
	END,
};
const struct ph_field ph_fields_payment_explain_result[] = {
	{"device", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "device id"},
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "device state"},
	{"online", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "whether the host is asked, and why"},
	{"offline", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"whether it may stand without it, and which limit says no"},
	{"exposure", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"what stands without the host just now, where that is enabled or anything stands"},
	{"acquirer", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "what is known of the host's link"},
	END,
};
const struct ph_field ph_fields_end_of_day_params[] = {DEVICE, KEY, OPERATOR, END};
const struct ph_field ph_fields_paying_status_result[] = {
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "device state"},
	{"reasons", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL, "what is wrong, as words"},
	{"status", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"of a reader: card; of a terminal: terminal, its number, and needs"},
	{"payment", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "the one in hand"},
	END,
};
const struct ph_field ph_fields_transmit_params[] = {
	DEVICE,
	{"data_b64", PH_VALUE_BYTES, REQUIRED, 0, 261, NULL, "a command APDU"},
	END,
};
const struct ph_field ph_fields_transmit_result[] = {
	{"reply_b64", PH_VALUE_BYTES, REQUIRED, 0, 0, NULL, "answer and status word"},
	END,
};
