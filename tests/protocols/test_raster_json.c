// Orders and drawings through JSON and back; bad rows.
#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "protocols/receipt/raster_json.h"

static struct ph_run runs[] = {
	{.data = "\xd7\xa9", .len = 2, .x = 12, .width = 12, .repeat = 1, .group = 3},
	{.data = "-",
		.len = 1,
		.x = 24,
		.width = 72,
		.repeat = 3,
		.style = PH_STYLE_BOLD | PH_STYLE_FONT_B | 1 << PH_STYLE_WIDTH_SHIFT},
};

static const struct ph_display_list list = {
	.media = {.width = 576, .cell = {12, 9, 8}}, .runs = runs, .run_count = 2};

START_TEST(test_orders_are_written)
{
	const struct ph_raster_order orders[] = {
		{.kind = PH_ORDER_LINE, .runs = 2, .x = 12, .width = 84, .height = 24},
		{.kind = PH_ORDER_IMAGE, .at = PH_AT(7, 0), .width = 345},
		{.kind = PH_ORDER_SYMBOL, .at = PH_AT(8, 0), .width = 576},
		{.kind = PH_ORDER_PAGE, .at = PH_AT(9, 0), .width = 576},
	};
	struct cJSON *json;

	ck_assert_int_eq(ph_orders_to_json(&list, orders, 4, &json), 0);
	char *text = cJSON_PrintUnformatted(json);
	ck_assert_str_eq(text,
		"[{\"kind\":\"line\",\"width\":84,\"height\":24,\"cell\":12,\"runs\":["
		"{\"x\":0,\"width\":12,\"text\":\"\xd7\xa9\",\"style\":[],\"group\":3},"
		"{\"x\":12,\"width\":72,\"text\":\"---\",\"style\":[\"bold\",\"font_b\"],"
		"\"size\":[2,1],\"group\":0}]},"
		"{\"kind\":\"image\",\"width\":345,\"node\":7},"
		"{\"kind\":\"symbol\",\"width\":576,\"node\":8},"
		"{\"kind\":\"page\",\"width\":576,\"node\":9,\"cell\":12}]");
	free(text);

	struct ph_order_read read;
	ck_assert_int_eq(ph_order_from_json(cJSON_GetArrayItem(json, 0), &read, NULL), 0);
	ck_assert_int_eq(read.order.kind, PH_ORDER_LINE);
	ck_assert_uint_eq(read.order.at, PH_AT_NONE);
	ck_assert_uint_eq(read.order.runs, 2);
	ck_assert_uint_eq(read.order.width, 84);
	ck_assert_uint_eq(read.order.height, 24);
	ck_assert_uint_eq(read.cell, 12);
	ck_assert_uint_eq(read.runs[0].group, 3);
	ck_assert_str_eq(read.runs[1].data, "---");
	ck_assert_uint_eq(read.runs[1].style, runs[1].style);
	ck_assert_uint_eq(read.runs[1].x, 12);
	ph_order_read_done(&read);
	ck_assert_int_eq(ph_order_from_json(cJSON_GetArrayItem(json, 3), &read, NULL), 0);
	ck_assert_int_eq(read.order.kind, PH_ORDER_PAGE);
	ck_assert_uint_eq(read.order.at, PH_AT(9, 0));
	ph_order_read_done(&read);
	cJSON_Delete(json);
}
END_TEST

START_TEST(test_bad_orders)
{
	static const struct {
		const char *json, *member;
	} rows[] = {
		{"{}", "kind"},
		{"{\"kind\":\"document\"}", "kind"},
		{"{\"kind\":\"image\",\"node\":1}", "width"},
		{"{\"kind\":\"image\",\"width\":0,\"node\":1}", "width"},
		{"{\"kind\":\"image\",\"width\":1.5,\"node\":1}", "width"},
		{"{\"kind\":\"image\",\"width\":10}", "node"},
		{"{\"kind\":\"image\",\"width\":10,\"node\":-1}", "node"},
		{"{\"kind\":\"page\",\"width\":10,\"node\":1}", "cell"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":9000,\"cell\":12}", "height"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":24,\"cell\":12}", "runs"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":24,\"cell\":12,\"runs\":[{}]}", "x"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":24,\"cell\":12,\"runs\":"
		 "[{\"x\":0,\"width\":1}]}",
			"text"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":24,\"cell\":12,\"runs\":"
		 "[{\"x\":0,\"width\":1,\"text\":\"a\",\"style\":[\"fat\"]}]}",
			"style"},
		{"{\"kind\":\"line\",\"width\":10,\"height\":24,\"cell\":12,\"runs\":"
		 "[{\"x\":0,\"width\":1,\"text\":\"a\",\"size\":[1,9]}]}",
			"size"},
	};
	struct ph_order_read read;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *json = cJSON_Parse(rows[i].json);
		const char *member = NULL;
		ck_assert_ptr_nonnull(json);
		ck_assert_int_eq(ph_order_from_json(json, &read, &member), -EINVAL);
		ck_assert_str_eq(member, rows[i].member);
		cJSON_Delete(json);
	}
}
END_TEST

START_TEST(test_drawings_round_trip)
{
	const uint8_t bits[] = {0xff, 0xff, 0x80, 0x40};
	const struct ph_raster raster = {.bits = bits, .width = 10, .height = 2};
	const struct ph_raster none = {.error = "no such font"};
	struct ph_raster_set set;
	cJSON *json = cJSON_CreateArray();

	cJSON_AddItemToArray(json, ph_raster_to_json(&raster));
	cJSON_AddItemToArray(json, ph_raster_to_json(&none));
	cJSON_AddItemToArray(json, cJSON_CreateObject());
	cJSON_AddItemToArray(json, cJSON_Parse("{\"width\":8,\"height\":2,\"bits_b64\":\"AA==\"}"));
	cJSON_AddItemToArray(json, cJSON_Parse("{\"width\":8,\"height\":1,\"bits_b64\":\"A*==\"}"));
	ck_assert_int_eq(ph_rasters_from_json(json, &set), 0);
	ck_assert_uint_eq(set.rasters.count, 5);
	ck_assert_uint_eq(set.rasters.items[0].width, 10);
	ck_assert_uint_eq(set.rasters.items[0].height, 2);
	// what lies behind the tenth dot is cleared
	ck_assert_mem_eq(set.rasters.items[0].bits, "\xff\xc0\x80\x40", 4);
	ck_assert_str_eq(set.rasters.items[1].error, "no such font");
	for (int i = 1; i < 5; i++) {
		ck_assert_ptr_null(set.rasters.items[i].bits);
		ck_assert_ptr_nonnull(set.rasters.items[i].error);
	}
	ph_raster_set_done(&set);
	cJSON_Delete(json);
}
END_TEST

START_TEST(test_too_many_drawings)
{
	const size_t height = PH_ORDER_HEIGHT_MAX, stride = 128;
	const struct ph_raster raster = {
		.bits = calloc(height, stride), .width = stride * 8, .height = height};
	struct ph_raster_set set;
	cJSON *json = cJSON_CreateArray();

	for (int i = 0; i < 3; i++) // a mebibyte each
		cJSON_AddItemToArray(json, ph_raster_to_json(&raster));
	ck_assert_int_eq(ph_rasters_from_json(json, &set), 0);
	ck_assert_ptr_nonnull(set.rasters.items[1].bits);
	ck_assert_ptr_null(set.rasters.items[2].bits);
	ck_assert_str_eq(set.rasters.items[2].error, "the drawings of this job are too large");
	ph_raster_set_done(&set);
	cJSON_Delete(json);
	free((void *)raster.bits);

	json = cJSON_CreateArray();
	for (int i = 0; i <= PH_ORDERS_MAX; i++)
		cJSON_AddItemToArray(json, cJSON_CreateObject());
	ck_assert_int_eq(ph_rasters_from_json(json, &set), -E2BIG);
	ck_assert_int_eq(ph_rasters_from_json(NULL, &set), -EINVAL);
	cJSON_Delete(json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("raster_json");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, test_orders_are_written);
	tcase_add_test(tcase, test_bad_orders);
	tcase_add_test(tcase, test_drawings_round_trip);
	tcase_add_test(tcase, test_too_many_drawings);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
