// receiptline documents from any bytes: parse, lay out on papers of many widths, show.
#include "protocols/receipt/layout.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void print(const struct ph_receipt *receipt, unsigned columns)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_display_list list = {0};
	struct ph_receipt_error error = {"", ""};
	char *text = NULL, path[64];

	if (ph_layout(receipt, &media, NULL, &list, &error) == 0) {
		if (ph_display_list_text(&list, &text) == 0)
			free(text);
		if (ph_display_list_html(&list, NULL, &text) == 0)
			free(text);
		for (uint32_t i = 0; i < list.run_count; i++) {
			if (list.runs[i].x + (unsigned)list.runs[i].width > media.width)
				abort();
		}
		for (uint32_t i = 0; i < list.item_count; i++)
			ph_receipt_path(receipt, list.items[i].at, path, sizeof path);
	}
	ph_display_list_done(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	cJSON *json = cJSON_CreateObject();
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"", ""};

	if (len)
		memcpy(text, data, len);
	text[len] = 0;
	cJSON_AddStringToObject(json, "receiptline", text);
	if (ph_receipt_parse(json, &receipt, &error) == 0) {
		print(receipt, 8);
		print(receipt, 32);
		print(receipt, 48);
	} else if (!error.path[0] || !error.message[0]) {
		abort();
	}
	ph_receipt_free(receipt);
	cJSON_Delete(json);
	free(text);
	return 0;
}
