// Symbols at the limits of what they hold and of the paper: a printer that gets one it cannot print says nothing.
#include "paper_rig.h"
#include "tests/support/escpos_profile.h"

static struct ph_escpos_profile profile;

static void order(const char *node)
{
	static char document[8192];

	rig.escpos = &profile;
	snprintf(document, sizeof document, "{\"body\":[%s]}", node);
	rig_lay_out(document);
	ck_assert_msg(rig_encode() == 0, "%s: %s %s", node, rig.error.path, rig.error.message);
}

// `count` times `part`, then what closes the node.
static const char *long_node(const char *head, const char *part, unsigned count, const char *more)
{
	static char node[4096];
	size_t len = (size_t)snprintf(node, sizeof node, "%s", head);

	while (count--)
		len += (size_t)snprintf(node + len, sizeof node - len, "%s", part);
	snprintf(node + len, sizeof node - len, "\"%s}}", more);
	return node;
}

// A printer prints nothing of a symbol that is too wide or holds too much: either it is certain that it fits, or it is
// drawn, or the document is refused.
START_TEST(a_symbol_is_never_left_to_a_printer_that_may_drop_it)
{
#define CODE "{\"code2d\":{\"type\":"
#define BARS "{\"barcode\":{\"type\":"
	static const struct {
		const char *head, *part;
		unsigned count;
		const char *more;
	} rows[] = {
		{CODE "\"pdf417\",\"data\":\"", "x\xc3\x84\x31\x61", 150, ""},
		{CODE "\"pdf417\",\"data\":\"", "\xc3\xa4", 925, ""},
		{CODE "\"pdf417\",\"data\":\"", "x", 1500, ",\"ec\":8"},
		{CODE "\"pdf417\",\"data\":\"", "x", 300, ",\"rows\":3"},
		{CODE "\"pdf417\",\"data\":\"", "x", 500, ",\"columns\":1"},
		{CODE "\"pdf417\",\"data\":\"", "7", 400, ""},
		{CODE "\"pdf417\",\"data\":\"", "Ab1.", 60, ",\"module\":8"},
		{CODE "\"pdf417\",\"data\":\"", "Ab1.", 60, ",\"truncated\":true"},
		{CODE "\"maxicode\",\"data\":\"", "HELLO", 1, ",\"mode\":2"},
		{CODE "\"maxicode\",\"data\":\"", "aB", 46, ""},
		{CODE "\"maxicode\",\"data\":\"", "\xc3\xa4", 46, ""},
		{CODE "\"maxicode\",\"data\":\"", "A", 93, ",\"mode\":5"},
		{CODE "\"maxicode\",\"data\":\"", "A", 93, ""},
		{CODE "\"maxicode\",\"data\":\"", "a [", 20, ""},
		{CODE "\"aztec\",\"data\":\"", "x", 500, ",\"layers\":1"},
		{CODE "\"datamatrix\",\"data\":\"", "x", 1500, ""},
		{BARS "\"code93\",\"data\":\"", "a", 12, ",\"align\":\"right\""},
		{BARS "\"code93\",\"data\":\"", "a", 13, ",\"module\":4"},
		{BARS "\"code93\",\"data\":\"", "A", 25, ""},
	};
	const char *node = long_node(rows[_i].head, rows[_i].part, rows[_i].count, rows[_i].more);

	profile = *profile_named("epson-tm-t20ii");
	profile.codes2d |= 1u << PH_CODE2D_AZTEC | 1u << PH_CODE2D_DATAMATRIX;
	order(node);
	if (rig.job.order_count)
		return;
	rig_power_on();
	rig_feed(rig.job.bytes, rig.job.len);
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);
	unsigned symbols = 0;
	for (size_t i = 0; i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		ck_assert_msg(item->type != PH_EMU_ITEM_REFUSED, "%.60s: %s", node, item->text);
		symbols += item->type == PH_EMU_ITEM_BARCODE || item->type == PH_EMU_ITEM_SYMBOL;
	}
	ck_assert_uint_eq(symbols, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_symbols");
	TCase *tests = tcase_create("limits");
	tcase_add_checked_fixture(tests, NULL, rig_teardown);
	tcase_add_loop_test(tests, a_symbol_is_never_left_to_a_printer_that_may_drop_it, 0, 19);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
