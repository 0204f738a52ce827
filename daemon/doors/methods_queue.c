// Parameters and results of the methods for what stands without the host; their rows are in methods.c.
#include "daemon/doors/fields.h"

#include "daemon/journal/journal_export.h"
#include "daemon/payments/offline.h"
#include "poshal/limits.h"

#define PAYMENT                                                                                    \
	{                                                                                          \
		"payment", PH_VALUE_STRING, REQUIRED, 1, PH_KEY_MAX, NULL,                         \
			"payment id, or the caller's key"                                          \
	}
#define OPERATOR                                                                                   \
	{                                                                                          \
		"operator", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "who wants it"                \
	}
#define WHY                                                                                        \
	{                                                                                          \
		"reason", PH_VALUE_STRING, REQUIRED, 1, 200, NULL, "why, for the audit trail"      \
	}
#define MAYBE_WHY                                                                                  \
	{                                                                                          \
		"reason", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "why, for the audit trail"      \
	}

const struct ph_field ph_fields_queue_status_result[] = {
	{"enabled", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "sales may be accepted without the host"},
	{"mode", PH_VALUE_STRING, REQUIRED, 0, 0, "online degraded offline forced",
		"how the host is taken to be; forced: an operator has said to work without it"},
	{"reason", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "why it is not online, a sentence"},
	{"offline_since", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "since when it is not"},
	{"forced", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL, "operator, reason, until"},
	{"host", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "state, last_answer?"},
	{"pending", PH_VALUE_INT, REQUIRED, 0, 0, NULL,
		"accepted here, and not answered by the host yet"},
	{"pending_total", PH_VALUE_INT, REQUIRED, 0, 0, NULL,
		"their sum in the currency of the limits, minor units"},
	{"exposure", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"the same by family and currency: family, currency, count, total"},
	{"limits", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"currency, max_sale, max_total, max_count and so on; left_total, left_count"},
	{"accept_until", PH_VALUE_STRING, REQUIRED, 0, 0, NULL,
		"unless the host answers before; empty: it has never answered"},
	{"accepting", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL,
		"if the host did not answer now, a sale within the limits would be accepted"},
	{"why_not", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "a sentence"},
	{"limit", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "the limit that says no"},
	{"oldest", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "when the oldest of them was accepted"},
	{"next_attempt", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "when something is due"},
	{"work", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "records somebody has to look at"},
	{"held", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "of the pending ones: held back"},
	{"unreadable", PH_VALUE_INT, OPTIONAL, 0, 0, NULL,
		"records on damaged pages of the journal: they are not sent"},
	{"warnings", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"limits that are nearly reached: limit, percent, text"},
	END,
};
const struct ph_field ph_fields_queue_list_params[] = {
	{"filter", PH_VALUE_STRING, OPTIONAL, 0, 0, "open work final all",
		"open if absent: not answered yet; work: somebody has to look"},
	{"after", PH_VALUE_INT, OPTIONAL, 0, INT64_MAX, NULL,
		"only records behind this one, for the next page"},
	{"limit", PH_VALUE_INT, OPTIONAL, 1, PH_LIST_MAX, NULL, "100 if absent; oldest first"},
	END,
};
const struct ph_field ph_fields_queue_list_result[] = {
	{"records", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "records, see below"},
	{"more", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "there are more behind the last one"},
	END,
};
const struct ph_field ph_fields_queue_forward_params[] = {
	{"payment", PH_VALUE_STRING, OPTIONAL, 1, PH_KEY_MAX, NULL,
		"only this one: id, or the caller's key; all if absent"},
	{"operator", PH_VALUE_STRING, OPTIONAL, 1, 200, NULL, "who wants it"},
	MAYBE_WHY,
	END,
};
const struct ph_field ph_fields_queue_forward_result[] = {
	{"waiting", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "of all: how many are not answered yet"},
	{"payment", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of one: payment id"},
	{"state", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of one: of its record"},
	END,
};
const struct ph_field ph_fields_queue_act_params[] = {PAYMENT, OPERATOR, WHY, END};
const struct ph_field ph_fields_queue_release_params[] = {
	PAYMENT,
	OPERATOR,
	{"amount", PH_VALUE_INT, OPTIONAL, 1, PH_PAYMENT_AMOUNT_MAX, NULL,
		"with the tip, minor units; as accepted if absent"},
	MAYBE_WHY,
	END,
};
const struct ph_field ph_fields_queue_act_result[] = {
	{"payment", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "payment id"},
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "of its record, now"},
	{"amount", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "that will be sent, minor units"},
	{"currency", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "ISO 4217 code"},
	END,
};
const struct ph_field ph_fields_force_offline_params[] = {
	{"on", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "work without the host, or with it again"},
	OPERATOR,
	WHY,
	{"minutes", PH_VALUE_INT, OPTIONAL, 1, PH_FORCED_OFFLINE_MAX_S / 60, NULL,
		"it ends by itself after so many; 240 if absent"},
	END,
};
const struct ph_field ph_fields_force_offline_result[] = {
	{"mode", PH_VALUE_STRING, REQUIRED, 0, 0, "online degraded offline forced",
		"as of queue.status"},
	{"until", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "when it ends"},
	END,
};
const struct ph_field ph_fields_queue_verify_result[] = {
	{"ok", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "nothing was found"},
	{"problems", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "part, problem, advice"},
	{"audit", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "as of audit.verify"},
	{"exposure", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"agrees: what is stored, and what the records are together"},
	{"sealed", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"records with account data, unreadable, and by key: kid, records, known"},
	{"journal", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"state: ok, checking, damaged, closed; text?"},
	END,
};
const struct ph_field ph_fields_queue_totals_params[] = {
	{"since", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"accepted since, RFC 3339 in UTC; all that is kept if absent"},
	{"reconcile", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"close the day with the host; needs the grant `queue` and an operator"},
	{"carry_forward", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"with reconcile: what is pending goes into the next day"},
	{"currency", PH_VALUE_STRING, OPTIONAL, 1, 3, NULL,
		"with reconcile: ISO 4217 code; that of the till if absent"},
	{"operator", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "with reconcile: who closes the day"},
	END,
};
const struct ph_field ph_fields_queue_totals_result[] = {
	{"pending", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "not answered by the host yet"},
	{"audit_head", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"hash of the last row of the audit trail: print it; absent when the journal is "
		"damaged there"},
	{"audit_entries", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "rows of the audit trail"},
	{"totals", PH_VALUE_OBJECTS, OPTIONAL, 0, 0, NULL, "by family and currency, see below"},
	{"agrees", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "each sum is that of its parts"},
	{"work", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "records somebody has to look at"},
	{"balance", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"with reconcile: in_balance, out_of_balance or error"},
	{"sums", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"with reconcile: credits, credit_reversals, debits, debit_reversals: count, total"},
	{"host_sums", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"with reconcile: the same of the host"},
	{"host_text", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "with reconcile: what the host says"},
	{"currency", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "with reconcile: ISO 4217 code"},
	{"settled", PH_VALUE_INT, OPTIONAL, 0, 0, NULL,
		"with reconcile: records of the closed day"},
	END,
};
const struct ph_field ph_fields_queue_export_params[] = {
	{"to", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"the other machine's key, its public half: kid, public_b64"},
	OPERATOR,
	{"after", PH_VALUE_INT, OPTIONAL, 0, INT64_MAX, NULL,
		"only records behind this one: `after` of the last answer"},
	{"limit", PH_VALUE_INT, OPTIONAL, 1, PH_EXPORT_MAX, NULL, "16 if absent; oldest first"},
	{"again", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"what was exported before, because the file is lost"},
	END,
};
const struct ph_field ph_fields_queue_export_result[] = {
	{"records", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"what has left: to be handed to queue.import as it is"},
	{"staying", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "payment, state, reason"},
	{"more", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "there are more behind `after`"},
	{"after", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "where the next call goes on"},
	END,
};
const struct ph_field ph_fields_queue_import_params[] = {
	{"records", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "1 to 16 of queue.export"},
	OPERATOR,
	END,
};
const struct ph_field ph_fields_queue_import_result[] = {
	{"records", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"in their order: rrn, reference?, outcome (imported, duplicate, refused), "
		"payment?, reason?"},
	{"imported", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "how many are new"},
	{"duplicates", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "how many are there already"},
	{"refused", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "how many were not taken"},
	END,
};
const struct ph_field ph_fields_queue_keys_result[] = {
	{"keys", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"the current one first: kid, state (current, old, gone), since, records, sealed"},
	{"rewrap", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"the last queue.rewrap: state (running, done, stopped), kid, done, failed, text?"},
	END,
};
const struct ph_field ph_fields_queue_rewrap_params[] = {OPERATOR, END};
const struct ph_field ph_fields_queue_rewrap_result[] = {
	{"kid", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "key they are wrapped for"},
	{"records", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "how many are of other keys now"},
	END,
};
