// Lines of a terminal become receipt documents, one for each print-out.
#include "drivers/zvt/zvt.h"

#include "base/card_number.h"
#include "protocols/zvt/text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 400 /* of a text, UTF-8 */

void zvt_receipt_drop(struct zvt *zvt)
{
	cJSON_Delete(zvt->receipt.body);
	zvt->receipt = (struct receipt){.number = zvt->receipt.number};
}

/* Who it is for: as the terminal says, else as its text says, else the merchant's comes first. */
static const char *copy_of(const struct zvt *zvt)
{
	const struct receipt *receipt = &zvt->receipt;

	if (receipt->type == 1)
		return "merchant";
	if (receipt->type == 2)
		return "customer";
	if (receipt->type == 3 || zvt->payment.type == PH_PAYMENT_END_OF_DAY)
		return "shop";
	if (receipt->customer != receipt->merchant)
		return receipt->customer ? "customer" : "merchant";
	return receipt->number ? "customer" : "merchant";
}

void zvt_receipt_end(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct receipt *receipt = &zvt->receipt;

	if (!receipt->body)
		return;
	cJSON *cut = cJSON_CreateObject(), *document = cJSON_CreateObject();
	cJSON_AddStringToObject(cut, "cut", "partial");
	cJSON_AddItemToArray(receipt->body, cut);
	cJSON_AddNumberToObject(document, "v", 1);
	cJSON_AddItemToObject(document, "body", receipt->body);
	receipt->body = NULL;
	/* a number may go on in the next line */
	if (ph_card_number_mask_json(document) == 0)
		ph_payment_receipt(device, copy_of(zvt), document);
	else
		cJSON_Delete(document);
	receipt->number++;
	zvt_receipt_drop(zvt);
}

static void add_feed(cJSON *body, unsigned lines)
{
	cJSON *node = cJSON_CreateObject(), *feed = cJSON_AddObjectToObject(node, "feed");

	cJSON_AddNumberToObject(feed, "lines", lines > 20 ? 20 : lines);
	cJSON_AddItemToArray(body, node);
}

static void add_text(cJSON *body, const struct ph_zvt_line *line, const char *text)
{
	cJSON *node = cJSON_CreateObject();
	const int size[2] = {line->double_width ? 2 : 1, line->double_height ? 2 : 1};

	cJSON_AddStringToObject(node, "text", text);
	if (line->centred)
		cJSON_AddStringToObject(node, "align", "center");
	if (size[0] * size[1] > 1)
		cJSON_AddItemToObject(node, "size", cJSON_CreateIntArray(size, 2));
	cJSON_AddItemToArray(body, node);
}

static void note_copy(struct receipt *receipt, const char *text)
{
	receipt->customer |= strcasestr(text, "kundenbeleg") || strcasestr(text, "customer");
	receipt->merchant |= strcasestr(text, "ndlerbeleg") || strcasestr(text, "merchant");
}

static void take_line(const struct ph_zvt_line *line, void *userdata)
{
	struct ph_device *device = userdata;
	struct zvt *zvt = ph_device_state(device);
	struct receipt *receipt = &zvt->receipt;
	char text[LINE_MAX_BYTES];

	if (!receipt->body)
		receipt->body = cJSON_CreateArray();
	memset(text, ' ', line->indent);
	size_t len = ph_zvt_text(zvt->charset, line->text, line->text ? line->len : 0,
		text + line->indent, sizeof text - line->indent);
	note_copy(receipt, text);
	if (receipt->lines < RECEIPT_LINES_MAX) {
		receipt->lines++;
		if (line->feed)
			add_feed(receipt->body, line->feed);
		else if (len)
			add_text(receipt->body, line, text);
		else if (!line->last)
			add_feed(receipt->body, 1);
	}
	if (line->last)
		zvt_receipt_end(device);
}

uint8_t zvt_receipt_take(struct ph_device *device, const struct ph_zvt_apdu *apdu)
{
	struct zvt *zvt = ph_device_state(device);
	unsigned prints = PH_ZVT_CONFIG_ECR_PRINTS_PAYMENT | PH_ZVT_CONFIG_ECR_PRINTS_ADMIN;

	/* nobody waits for the print-out of a diagnosis */
	if (zvt->exchange.job == JOB_SERVICE)
		return 0;
	if (!(zvt->config & prints) || !ph_payment_in_hand(device))
		return PH_ZVT_PRINTER_MISSING;
	/* the type may stand behind the lines, which end the receipt: it is looked for first */
	int type = ph_zvt_print_type(apdu);
	if (type > 0)
		zvt->receipt.type = type;
	return ph_zvt_read_print(apdu, take_line, device) < 0 ? PH_ZVT_PROTOCOL_ERROR : 0;
}
