// Notifications about payments and cards: how one goes, what it needs, and its one end.
#include "base/cleanup.h"
#include "base/names.h"
#include "base/secret.h"
#include "drivers/host/device.h"
#include "drivers/host/message.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

const char *const ph_payment_type_words[PH_PAYMENT_TYPE_COUNT_] = {
	[PH_PAYMENT_SALE] = "sale",
	[PH_PAYMENT_REFUND] = "refund",
	[PH_PAYMENT_PREAUTH] = "preauth",
	[PH_PAYMENT_COMPLETE] = "complete",
	[PH_PAYMENT_VOID] = "void",
	[PH_PAYMENT_END_OF_DAY] = "end_of_day",
};

void ph_message_payment_caps(
	struct ph_buf *out, enum ph_class class_, const struct ph_payment_capabilities *caps)
{
	const char *list[PH_PAYMENT_TYPE_COUNT_ + 1];
	size_t n = 0;

	for (unsigned i = 0; i < PH_PAYMENT_TYPE_COUNT_; i++)
		if (caps->types & 1u << i)
			list[n++] = ph_payment_type_words[i];
	list[n] = NULL;
	ph_message_key(out, ph_class_name(class_));
	ph_buf_add_char(out, '{');
	ph_message_list(out, "types", list);
	ph_message_bool(out, "keeps_offline", caps->keeps_offline);
	ph_message_bool(out, "pin_pad", caps->pin_pad);
	if (caps->pin_features)
		ph_message_list(out, "pin_features", caps->pin_features);
	ph_message_bool(out, "contactless", caps->contactless);
	ph_message_bool(out, "prints", caps->prints);
	ph_message_end_object(out);
}

const char *ph_payment_in_hand(const struct ph_device *device)
{
	return device->payment[0] ? device->payment : NULL;
}

static struct ph_buf *begin(struct ph_device *device, const char *method)
{
	struct ph_buf *out = ph_message_begin(device, method);

	ph_message_member(out, "payment", device->payment);
	return out;
}

/* A member that holds JSON. */
static void add_json(struct ph_buf *out, const char *key, const cJSON *json)
{
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(json);

	if (!text) {
		out->error = -ENOMEM;
		return;
	}
	ph_message_key(out, key);
	ph_buf_add_str(out, text);
	ph_buf_add_char(out, ',');
}

void ph_payment_progress(struct ph_device *device, enum ph_payment_step step, const char *text)
{
	static const char *const words[PH_STEP_COUNT_] = {
		[PH_STEP_INSERT_CARD] = "insert_card",
		[PH_STEP_READING] = "reading",
		[PH_STEP_CHOOSE_APPLICATION] = "choose_application",
		[PH_STEP_ENTER_PIN] = "enter_pin",
		[PH_STEP_AUTHORISING] = "authorising",
		[PH_STEP_REMOVE_CARD] = "remove_card",
		[PH_STEP_USE_TERMINAL] = "use_terminal",
		[PH_STEP_PROCESSING] = "processing",
		[PH_STEP_RECOVERING] = "recovering",
	};

	if (!device->payment[0])
		return;
	struct ph_buf *out = begin(device, "payment.progress");
	ph_message_member(out, "step", words[step]);
	ph_message_member(out, "text", text);
	ph_message_finish(device);
}

int ph_payment_need(struct ph_device *device, enum ph_need need, cJSON *data)
{
	static const char *const words[] = {[PH_NEED_CHOICE] = "choice",
		[PH_NEED_ONLINE] = "online",
		[PH_NEED_STORE] = "store"};
	__attribute__((unused)) PH_CLEANUP(cJSON_Delete_p) cJSON *owned = data;

	if (!device->payment[0])
		return -ENOENT;
	if (!data)
		return -ENOMEM;
	struct ph_buf *out = begin(device, "payment.need");
	ph_message_member(out, "need", words[need]);
	for (const cJSON *item = data->child; item; item = item->next)
		add_json(out, item->string, item);
	int r = out->error;
	if (r < 0)
		return r;
	device->payment_needs = true;
	ph_message_finish(device);
	return 0;
}

void ph_payment_receipt(struct ph_device *device, const char *copy, cJSON *document)
{
	__attribute__((unused)) PH_CLEANUP(cJSON_Delete_p) cJSON *owned = document;

	if (!device->payment[0] || !document)
		return;
	struct ph_buf *out = begin(device, "payment.receipt");
	ph_message_member(out, "copy", copy);
	add_json(out, "document", document);
	ph_message_finish(device);
}

void ph_payment_end(struct ph_device *device, const struct ph_payment_end *end)
{
	static const char *const words[PH_PAYMENT_OUTCOME_COUNT_] = {
		[PH_PAYMENT_APPROVED] = "approved",
		[PH_PAYMENT_PARTIAL] = "partial",
		[PH_PAYMENT_APPROVED_OFFLINE] = "approved_offline",
		[PH_PAYMENT_DECLINED] = "declined",
		[PH_PAYMENT_REFERRED] = "referred",
		[PH_PAYMENT_CANCELLED] = "cancelled",
		[PH_PAYMENT_UNCERTAIN] = "uncertain",
	};
	__attribute__((unused)) PH_CLEANUP(cJSON_Delete_p) cJSON *owned = end->data;

	if (!device->payment[0])
		return;
	struct ph_buf *out = begin(device, "payment.end");
	ph_message_member(out, "outcome", words[end->outcome]);
	ph_message_number(out, "amount_approved", (long)end->amount_approved);
	if (end->reverse)
		ph_message_bool(out, "reverse", true);
	if (end->without_host)
		ph_message_bool(out, "without_host", true);
	ph_message_member(out, "reason", end->reason);
	ph_message_member(out, "message", end->message);
	if (end->data)
		add_json(out, "data", end->data);
	ph_message_finish(device);
	device->payment[0] = '\0';
	device->payment_needs = false;
}

void ph_card_reply(struct ph_device *device, const uint8_t *answer, size_t len)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf result = PH_BUF_INIT;

	if (!device->card_id[0])
		return;
	ph_buf_add_str(&result, "{\"reply_b64\":\"");
	ph_buf_add_base64(&result, answer, len);
	ph_buf_add_str(&result, "\"}");
	if (result.error)
		ph_device_reply_error(device, device->card_id, PH_E_FAILURE, NULL, "out of memory");
	else
		ph_device_reply(device, device->card_id, result.data);
	device->card_id[0] = '\0';
	if (result.data)
		ph_wipe(result.data, result.size);
	if (device->out.data)
		ph_wipe(device->out.data, device->out.size);
	ph_buf_reset(&device->out);
}

void ph_card_refuse(struct ph_device *device, int error)
{
	if (!device->card_id[0])
		return;
	ph_device_reply_error(device, device->card_id, ph_error_from_errno(error), NULL, NULL);
	device->card_id[0] = '\0';
}

void ph_emit_card_status(struct ph_device *device, enum ph_card_state state, unsigned reasons)
{
	static const char *const words[PH_CARD_STATE_COUNT_] = {
		[PH_CARD_ABSENT] = "absent",
		[PH_CARD_PRESENT] = "present",
		[PH_CARD_CONTACTLESS] = "contactless",
		[PH_CARD_MUTE] = "mute",
	};

	if (!(device->classes & PH_CLASS_BIT(PH_CLASS_CARD_READER)))
		return;
	struct ph_buf *out = ph_message_begin(device, "device.status");
	ph_message_member(out, "class", "card_reader");
	ph_buf_add_str(out, "\"status\":{");
	ph_message_member(out, "card", words[state]);
	ph_message_end_object(out);
	ph_message_reasons(out, reasons);
	ph_message_finish(device);
}

void ph_emit_terminal_status(struct ph_device *device, const char *number, unsigned needs)
{
	static const char *const words[PH_TERMINAL_NEED_COUNT_] = {
		[PH_TERMINAL_INITIALISATION] = "initialisation",
		[PH_TERMINAL_DIAGNOSIS] = "diagnosis",
		[PH_TERMINAL_ACTION] = "action",
	};
	const char *list[PH_TERMINAL_NEED_COUNT_ + 1];
	size_t n = 0;

	if (!(device->classes & PH_CLASS_BIT(PH_CLASS_TERMINAL)))
		return;
	for (unsigned i = 0; i < PH_TERMINAL_NEED_COUNT_; i++)
		if (needs & 1u << i)
			list[n++] = words[i];
	list[n] = NULL;
	struct ph_buf *out = ph_message_begin(device, "device.status");
	ph_message_member(out, "class", "terminal");
	ph_buf_add_str(out, "\"status\":{");
	ph_message_member(out, "terminal", number);
	ph_message_list(out, "needs", list);
	ph_message_end_object(out);
	ph_buf_add_str(out, "\"reasons\":[],");
	ph_message_finish(device);
}
