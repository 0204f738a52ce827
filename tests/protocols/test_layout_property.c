// What holds for the layout of any document: random ones, made from a seed, on two papers.
#include "protocols/receipt/layout.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 600

static unsigned seed, number; // of the document

// check notes each assertion that it makes, which is too slow for as many as there are here.
#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("document %u: %s", number, #condition);                       \
	} while (0)

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

#define PICK(list) (list[dice(sizeof list / sizeof list[0])])

static void put_text(FILE *out)
{
	static const char *const parts[] = {"a", "Z", "7", " ", " ", "  ", "\xc3\xa9",
		"\xd0\x96\xd1\x83", "\xe2\x82\xac", "\xe6\x97\xa5\xe6\x9c\xac", "\\n", "\\t",
		"word ", "longer-word", "e\\u0301\\u0302", "\xe3\x80\x8c\xe3\x81\x82\xe3\x80\x8d",
		"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", // family
		"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",		    // thumb with skin tone
		"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa",		    // flag
		"\\u1112\\u1161\\u11ab",			    // Hangul jamo
		"\xe0\xb8\x81\xe0\xb8\xb3\xe0\xb9\x80\xe0\xb8\x81", // Thai
		"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf", // Devanagari conjunct
		"\\u05e9\\u05dc\\u05d5\\u05dd", "\\u0633\\u0644\\u0627\\u0645", "\\u200b",
		"\\u00a0", "\xe2\x9d\xa4\xef\xb8\x8f", "12-13", "\\u0009\\u3042"};

	fputc('"', out);
	for (unsigned i = dice(dice(8) ? 12 : 60); i > 0; i--)
		fputs(PICK(parts), out);
	fputc('"', out);
}

static void put_style(FILE *out)
{
	static const char *const styles[] = {"", "", "", ",\"bold\":true", ",\"size\":[2,3]",
		",\"invert\":true,\"font\":\"b\"", ",\"underline\":\"thick\"", ",\"font\":\"c\"",
		",\"size\":[8,1]", ",\"italic\":true,\"strike\":true", ",\"color\":\"red\""};
	fputs(PICK(styles), out);
}

static void put_runs(FILE *out, bool turned)
{
	if (dice(3)) {
		put_text(out);
		return;
	}
	fputc('[', out);
	for (unsigned i = dice(4) + 1; i > 0; i--) {
		fputs("{\"t\":", out);
		put_text(out);
		put_style(out);
		fprintf(out, "%s}%s", turned && !dice(4) ? ",\"rotate\":true" : "",
			i > 1 ? "," : "");
	}
	fputc(']', out);
}

static void put_row(FILE *out, unsigned columns)
{
	fputc('[', out);
	for (unsigned column = 0; column < columns;) {
		const unsigned span = dice(4) ? 1 : dice(columns - column) + 1;
		if (span == 1 && dice(2)) {
			put_text(out);
		} else {
			fputs("{\"text\":", out);
			put_runs(out, false);
			fprintf(out, ",\"span\":%u", span);
			put_style(out);
			fputs(dice(2) ? ",\"align\":\"right\"}" : "}", out);
		}
		column += span;
		fputs(column < columns ? "," : "", out);
	}
	fputc(']', out);
}

static void put_table(FILE *out)
{
	static const char *const widths[] = {"\"*\"", "1", "2", "9", "40", "\"20%\"", "\"90%\""};
	static const char *const borders[] = {"none", "single", "double"};
	const unsigned columns = dice(4) + 1;

	fprintf(out, "{\"table\":{\"border\":\"%s\",\"row_rules\":%s,\"columns\":[", PICK(borders),
		dice(2) ? "true" : "false");
	for (unsigned i = 0; i < columns; i++)
		fprintf(out, "%s{\"w\":%s}", i ? "," : "", PICK(widths));
	fputs("],\"rows\":[", out);
	for (unsigned i = dice(4); i > 0; i--) {
		put_row(out, columns);
		fputs(i > 1 ? "," : "", out);
	}
	fputs("]}", out);
	put_style(out);
	fputc('}', out);
}

static void put_nodes(FILE *out, unsigned depth, bool in_area);

static void put_node(FILE *out, unsigned depth, bool in_area)
{
	static const char *const aligns[] = {"left", "center", "right"};
	static const char *const others[] = {
		"{\"rule\":\"single\"}", "{\"rule\":\"thick\"}", "{\"feed\":{\"lines\":2}}"};

	switch (dice(depth ? 7 : 6)) {
	case 0:
	case 1:
		fputs("{\"text\":", out);
		put_runs(out, true);
		fprintf(out, ",\"align\":\"%s\"", PICK(aligns));
		put_style(out);
		fputc('}', out);
		return;
	case 2:
		fputs("{\"pair\":[", out);
		put_text(out);
		fputc(',', out);
		put_text(out);
		fputc(']', out);
		put_style(out);
		fputc('}', out);
		return;
	case 3:
	case 4:
		put_table(out);
		return;
	case 5:
		fputs(PICK(others), out);
		return;
	default:
		fprintf(out, "{\"box\":{\"padding\":%u,\"border\":\"%s\",\"width\":%s,\"body\":[",
			dice(3), dice(3) ? "single" : "double", dice(2) ? "\"80%\"" : "30");
		put_nodes(out, depth - 1, in_area);
		fprintf(out, "],\"align\":\"%s\"}}", PICK(aligns));
	}
}

static void put_nodes(FILE *out, unsigned depth, bool in_area)
{
	for (unsigned i = dice(4) + 1; i > 0; i--) {
		put_node(out, depth, in_area);
		fputs(i > 1 ? "," : "", out);
	}
}

static void put_page(FILE *out)
{
	static const char *const directions[] = {"right", "left", "up", "down"};

	fputs(",{\"page\":{\"body\":[", out);
	for (unsigned i = dice(3) + 1; i > 0; i--) {
		fprintf(out,
			"{\"area\":{\"x\":%u,\"y\":%u,\"width\":%u,\"height\":%u,\"direction\":"
			"\"%s\",\"body\":[",
			dice(16), dice(9), dice(40) + 8, dice(150) + 40, PICK(directions));
		put_nodes(out, 2, true);
		fprintf(out, "]}}%s", i > 1 ? "," : "");
	}
	fputs("]}}", out);
}

static char *random_document(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	fputs("{\"body\":[", out);
	put_nodes(out, 3, false);
	if (!dice(4))
		put_page(out);
	fputs("]}", out);
	fclose(out);
	return text;
}

// --- what must hold ---------------------------------------------------------------------------

// Runs stand from left to right, within `width`, and none covers another.
static void check_line(
	const struct ph_display_list *list, const struct ph_item *item, unsigned width)
{
	unsigned x = 0, bytes = 0;

	for (uint32_t i = 0; i < item->line.count; i++) {
		const struct ph_run *run = &list->runs[item->line.first + i];
		ck_assert_msg(
			run->x >= x, "document %u: run at %u, line drawn to %u", number, run->x, x);
		HOLDS(run->len > 0);
		HOLDS(run->repeat >= 1);
		HOLDS(run->rule ? !run->group : run->group || run->data[0] == ' ');
		x = run->x + (unsigned)run->width;
		bytes += run->len * run->repeat;
	}
	HOLDS(x <= width);
	HOLDS(bytes == item->line.bytes);
}

static void check_items(const struct ph_display_list *list)
{
	unsigned width = list->media.width;

	for (uint32_t i = 0; i < list->item_count; i++) {
		const struct ph_item *item = &list->items[i];
		if (item->kind == PH_ITEM_AREA) {
			const enum ph_direction direction = item->area.node->area.direction;
			HOLDS(item->area.x + item->area.width <= list->media.width);
			width = direction == PH_DIRECTION_UP || direction == PH_DIRECTION_DOWN
					? item->area.height * (unsigned)PH_LAYOUT_LINE_UNITS
					: item->area.width;
		} else if (item->kind == PH_ITEM_PAGE_END) {
			width = list->media.width;
		} else if (item->kind == PH_ITEM_LINE) {
			check_line(list, item, width);
		}
	}
}

// Appends what is neither a space nor a place to break.
static size_t append_ink(char *out, size_t at, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\n", data[i]))
			continue;
		if (len - i >= 3 && memcmp(data + i, "\xe2\x80\x8b", 3) == 0) {
			i += 2;
			continue;
		}
		out[at++] = data[i];
	}
	return at;
}

#define INK_MAX 65536

static void check_ink(
	const struct ph_display_list *list, uint32_t at, const struct ph_text *runs, unsigned count)
{
	static char expected[INK_MAX], found[INK_MAX];
	size_t expected_len = 0, found_len = 0;

	for (unsigned i = 0; i < count; i++)
		expected_len = append_ink(expected, expected_len, runs[i].data, runs[i].len);
	for (uint32_t i = 0; i < list->item_count; i++) {
		const struct ph_item *item = &list->items[i];
		for (uint32_t n = 0; item->kind == PH_ITEM_LINE && n < item->line.count; n++) {
			const struct ph_run *run = &list->runs[item->line.first + n];
			if (run->at == at && !run->rule)
				found_len = append_ink(found, found_len, run->data, run->len);
		}
	}
	HOLDS(found_len == expected_len && memcmp(found, expected, found_len) == 0);
}

static void check_nothing_is_lost(const struct ph_display_list *list)
{
	for (uint32_t i = 0; i < list->receipt->node_count; i++) {
		const struct ph_receipt_node *node = &list->receipt->nodes[i];
		const unsigned columns = node->kind == PH_NODE_TABLE ? node->table.column_count : 0;
		for (unsigned n = 0; node->kind == PH_NODE_TEXT && n < node->text.count; n++)
			check_ink(list, PH_AT(i, n), &node->text.runs[n], 1);
		for (unsigned n = 0; node->kind == PH_NODE_PAIR && n < 2; n++)
			check_ink(list, PH_AT(i, n), &node->pair[n], 1);
		for (unsigned n = 0; columns && n < columns * node->table.row_count; n++)
			check_ink(list,
				PH_AT(i, n / columns * PH_RECEIPT_COLUMNS_MAX + n % columns),
				node->table.cells[n].runs, node->table.cells[n].count);
	}
}

static void check_same(const struct ph_display_list *a, const struct ph_display_list *b)
{
	HOLDS(a->item_count == b->item_count);
	HOLDS(a->run_count == b->run_count);
	for (uint32_t i = 0; i < a->run_count; i++) {
		HOLDS(a->runs[i].data == b->runs[i].data);
		HOLDS(a->runs[i].len == b->runs[i].len);
		HOLDS(a->runs[i].x == b->runs[i].x);
		HOLDS(a->runs[i].width == b->runs[i].width);
		HOLDS(a->runs[i].style == b->runs[i].style);
	}
}

// Returns whether the document fits this paper.
static bool check_paper(const struct ph_receipt *receipt, unsigned columns)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_display_list list = {0}, again = {0};
	struct ph_receipt_error error = {"", ""};
	char *text = NULL;

	const int r = ph_layout(receipt, &media, NULL, &list, &error);
	if (r == 0) {
		check_items(&list);
		check_nothing_is_lost(&list);
		ck_assert_int_eq(ph_layout(receipt, &media, NULL, &again, NULL), 0);
		check_same(&list, &again);
		ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
		free(text);
	} else {
		ck_assert_int_eq(r, -ERANGE);
		ck_assert_int_eq(strncmp(error.path, "$.body[", 7), 0);
	}
	ph_display_list_done(&list);
	ph_display_list_done(&again);
	return r == 0;
}

START_TEST(any_document)
{
	unsigned fits = 0;

	for (unsigned i = 0; i < DOCUMENTS; i++) {
		struct ph_receipt *receipt = NULL;
		struct ph_receipt_error error;
		seed = number = i;
		char *text = random_document();
		cJSON *json = cJSON_Parse(text);
		ck_assert_msg(json != NULL, "%u: %.500s", i, text);
		ck_assert_msg(ph_receipt_parse(json, &receipt, &error) == 0, "%u: %s %s", i,
			error.path, error.message);
		cJSON_Delete(json);
		free(text);
		fits += check_paper(receipt, 32);
		fits += check_paper(receipt, 48);
		ph_receipt_free(receipt);
	}
	ck_assert_uint_gt(fits, DOCUMENTS * 3 / 2); // most do, or the test tests nothing
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout_property");
	TCase *tests = tcase_create("layout");

	tcase_add_test(tests, any_document);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
