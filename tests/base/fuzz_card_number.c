// Texts with card numbers: only digits become '*', what is found is masked, and a document stays one.
#include "base/card_number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool right)
{
	if (!right)
		abort();
}

static void check_text(const char *text)
{
	char *masked = strdup(text);

	need(masked != NULL);
	bool found = ph_card_number_mask(masked);
	need(found || !ph_card_number_in(text));
	need(found == (strcmp(masked, text) != 0) || strpbrk(text, "\x10\x11\x12\x13\x14\x15\x16"
								   "\x17\x18\x19"));
	need(strlen(masked) == strlen(text));
	for (size_t i = 0; text[i]; i++)
		need(masked[i] == text[i] || masked[i] == '*');
	free(masked);
}

static void check_document(const char *text)
{
	cJSON *document = cJSON_Parse(text);

	if (!document)
		return;
	need(ph_card_number_mask_json(document) == 0);
	char *printed = cJSON_PrintUnformatted(document);
	need(printed != NULL);
	cJSON *again = cJSON_Parse(printed);
	need(again != NULL);
	cJSON_Delete(again);
	free(printed);
	cJSON_Delete(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	need(text != NULL);
	for (size_t i = 0; i < len; i++)
		text[i] = data[i] ? (char)data[i] : ' ';
	text[len] = '\0';
	check_text(text);
	check_document(text);
	free(text);
	return 0;
}
