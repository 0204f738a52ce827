// What the tests of receipt documents share: parsing, laying out and showing a text.
#ifndef PH_TESTS_RECEIPT_HELP_H
#define PH_TESTS_RECEIPT_HELP_H

#include "protocols/receipt/layout.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY(nodes) "{\"body\":[" nodes "]}"

static inline int try_parse(
	const char *text, struct ph_receipt **ret, struct ph_receipt_error *error)
{
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %.900s", text);
	const int r = ph_receipt_parse(json, ret, error);
	cJSON_Delete(json);
	return r;
}

static inline struct ph_receipt *accept(const char *text)
{
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"untouched", "untouched"};

	const int r = try_parse(text, &receipt, &error);
	ck_assert_msg(r == 0, "%.900s: %s %s", text, error.path, error.message);
	ck_assert_str_eq(error.path, "untouched");
	return receipt;
}

static inline void refuse(const char *text, int expected, const char *path, const char *part)
{
	struct ph_receipt *receipt = (struct ph_receipt *)-1;
	struct ph_receipt_error error;

	const int r = try_parse(text, &receipt, &error);
	ck_assert_msg(r == expected, "%.900s: %d", text, r);
	ck_assert_msg(strcmp(error.path, path) == 0, "%.900s: path %s", text, error.path);
	ck_assert_msg(strstr(error.message, part) != NULL, "%.900s: %s", text, error.message);
	ck_assert_ptr_eq(receipt, (struct ph_receipt *)-1);
}

// The text form on a paper of `columns`; free().
static inline char *show(const char *document, unsigned columns)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_receipt *receipt = accept(document);
	struct ph_display_list list = {0};
	struct ph_receipt_error error = {"", ""};
	char *text = NULL;

	const int r = ph_layout(receipt, &media, NULL, &list, &error);
	ck_assert_msg(r == 0, "%.900s: %s %s", document, error.path, error.message);
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	return text;
}

static inline void check_show(const char *nodes, unsigned columns, const char *expected)
{
	char document[8192];

	snprintf(document, sizeof document, BODY("%s"), nodes);
	char *text = show(document, columns);
	ck_assert_str_eq(text, expected);
	free(text);
}

#endif
