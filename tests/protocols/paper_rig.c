// What tests of printing have in common: encoding, an emulated printer, reading the paper, documents at random.
#include "paper_rig.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct paper_rig rig;

void rig_teardown(void)
{
	ph_emu_printer_free(rig.printer);
	ph_receipt_job_done(&rig.job);
	ph_display_list_done(&rig.list);
	ph_receipt_free(rig.receipt);
	memset(&rig, 0, sizeof rig);
}

// --- encoding ---------------------------------------------------------------------------------

void rig_lay_out(const char *document)
{
	const struct ph_media media =
		rig.star ? ph_star_profile_media(rig.star) : ph_escpos_profile_media(rig.escpos);
	cJSON *json = cJSON_Parse(document);

	ck_assert_msg(json != NULL, "test is not JSON: %s", document);
	ph_receipt_free(rig.receipt);
	rig.receipt = NULL;
	ck_assert_msg(ph_receipt_parse(json, &rig.receipt, &rig.error) == 0 &&
			      ph_layout(rig.receipt, &media, NULL, &rig.list, &rig.error) == 0,
		"%s: %s %s", document, rig.error.path, rig.error.message);
	cJSON_Delete(json);
}

int rig_encode(void)
{
	const struct ph_escpos_input input = {.rasters = rig.rasters, .ret_stores = &rig.stores};

	if (rig.star)
		return ph_star_encode(&rig.list, rig.star, rig.rasters, &rig.job, &rig.error);
	return ph_escpos_encode(&rig.list, rig.escpos, &input, &rig.job, &rig.error);
}

static void encode(const char *document)
{
	rig_lay_out(document);
	ck_assert_msg(rig_encode() == 0, "%s: %s %s", document, rig.error.path, rig.error.message);
}

// --- the printer ------------------------------------------------------------------------------

void rig_feed(const uint8_t *bytes, size_t len)
{
	while (len) {
		const size_t taken = ph_emu_printer_feed(rig.printer, 0, bytes, len);
		ck_assert_uint_gt(taken, 0);
		bytes += taken;
		len -= taken;
		ph_emu_printer_tick(rig.printer, 0);
	}
}

void rig_prologue(void)
{
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX + PH_STAR_PROLOGUE_MAX];

	rig_feed(prologue, rig.star ? ph_star_put_prologue(prologue, rig.star)
				    : ph_escpos_put_prologue(prologue, rig.escpos, 0));
}

void rig_power_on(void)
{
	static const enum ph_emu_dialect dialects[] = {[PH_STAR_PRNT] = PH_EMU_DIALECT_STARPRNT,
		[PH_STAR_LINE] = PH_EMU_DIALECT_STARLINE,
		[PH_STAR_RASTER] = PH_EMU_DIALECT_STARRASTER};
	struct ph_emu_printer_config config;

	ph_emu_printer_free(rig.printer);
	rig.printer = NULL;
	ph_emu_printer_config_default(&config);
	if (rig.star) {
		config.width_dots = rig.star->width_dots;
		config.dialect = dialects[rig.star->dialect];
	} else {
		config.width_dots = rig.escpos->width_dots;
		config.kanji_on = true; // FS . of the prologue must take care
		if (rig.escpos->kanji == PH_ESCPOS_KANJI_JAPANESE)
			config.charset = "SHIFT_JIS";
		if (rig.escpos->quirks & PH_ESCPOS_QUIRK_LF_AFTER_IMAGE)
			config.deviations = PH_EMU_DEVIATION_LF_AFTER_RASTER;
	}
	ck_assert_int_eq(ph_emu_printer_new(&config, &rig.printer), 0);
	rig_prologue();
}

void rig_check_obeyed(void)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);

	ck_assert_uint_eq(ph_emu_printer_counts(rig.printer).unknown, 0);
	for (size_t i = 0; i < paper->n_items; i++)
		ck_assert_int_ne(paper->items[i].type, PH_EMU_ITEM_REFUSED);
}

void rig_print_all(const char *document)
{
	encode(document);
	rig_power_on();
	rig_feed(rig.job.bytes, rig.job.len);
	rig_check_obeyed();
}

void rig_print_segments(const char *document)
{
	encode(document);
	rig_power_on();
	for (uint32_t i = 0; i < rig.job.segment_count; i++) {
		const struct ph_receipt_segment *segment = &rig.job.segments[i];
		if (i)
			rig_prologue();
		rig_feed(rig.job.bytes + segment->offset, segment->len);
	}
	rig_check_obeyed();
}

// --- the paper --------------------------------------------------------------------------------

// The next row that has ink, without blanks at its end; those in front of a symbol are left out as
// well, as the emulator lists symbols at the left. Feeds are no rows on its list.
static void next_row(const char **text, char *row, size_t size)
{
	size_t len, skip;

	do {
		len = strcspn(*text, "\n");
		skip = strspn(*text, " ");
		skip = (*text)[skip] == '[' ? skip : 0;
		snprintf(row, size, "%.*s", (int)(len - skip), *text + skip);
		*text += len + ((*text)[len] == '\n');
		for (len = strlen(row); len && row[len - 1] == ' '; len--)
			row[len - 1] = 0;
	} while (!len && **text);
}

void rig_check_paper(const char *document)
{
	char *paper = ph_emu_paper_text(ph_emu_printer_paper(rig.printer)), *preview = NULL;
	char on_paper[1024], expected[1024];

	ck_assert_ptr_nonnull(paper);
	ck_assert_int_eq(ph_display_list_text(&rig.list, &preview), 0);
	for (const char *a = paper, *b = preview; *a || *b;) {
		next_row(&a, on_paper, sizeof on_paper);
		next_row(&b, expected, sizeof expected);
		ck_assert_msg(strcmp(on_paper, expected) == 0, "\n%s\nis not\n%s\n%s", on_paper,
			expected, document);
	}
	free(paper);
	free(preview);
}

void rig_check_printed(const char *document)
{
	rig_print_all(document);
	rig_check_paper(document);
	rig_print_segments(document);
	rig_check_paper(document);
}

// --- documents --------------------------------------------------------------------------------

static unsigned dice(unsigned sides)
{
	static unsigned seed = 7;

	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static char *put_text(char *out)
{
	static const char *const parts[] = {"a", "Z", "7", "  ", "\xc3\xa9", "\xc5\x93", "\xd0\x96",
		"\xe2\x82\xac", "\xc5\x82", "\xe2\x94\x82", "e\\u0301", "word ", "\xce\xa9 ",
		"12,50"};

	for (unsigned i = dice(25); i > 0; i--)
		out = stpcpy(out, parts[dice(sizeof parts / sizeof parts[0])]);
	return out;
}

static char *put_style(char *out)
{
	static const char *const styles[] = {"", "", ",\"bold\":true", ",\"invert\":true",
		",\"underline\":true", ",\"underline\":\"thick\"", ",\"size\":[1,2]",
		",\"italic\":true"};
	return stpcpy(out, styles[dice(sizeof styles / sizeof styles[0])]);
}

static char *put_node(char *out, bool upside_down)
{
	static const char *const aligns[] = {"left", "center", "right"};
	static const char *const others[] = {"{\"rule\":\"single\"}", "{\"rule\":\"double\"}",
		"{\"cut\":\"partial\"}", "{\"feed\":{\"lines\":2}}"};

	switch (dice(7)) {
	case 4:
		out = put_text(
			stpcpy(out, "{\"box\":{\"border\":\"double\",\"body\":[{\"text\":\""));
		return stpcpy(out, "\"}]}}");
	case 5:
		out = put_text(stpcpy(out, "{\"table\":{\"border\":\"single\",\"row_rules\":true,"
					   "\"columns\":[{},{\"w\":\"30%\"}],\"rows\":[[\""));
		out = put_text(stpcpy(out, "\",\"b\"],[\"c\",\""));
		return stpcpy(out, "\"]]}}");
	case 0:
		out = put_text(stpcpy(out, "{\"pair\":[\""));
		out = put_text(stpcpy(out, "\",\""));
		return stpcpy(put_style(stpcpy(out, "\"]")), "}");
	case 1:
		out = put_text(stpcpy(out, "{\"table\":{\"columns\":[{},{\"w\":9,\"align\":"
					   "\"right\"}],\"rows\":[[\""));
		out = put_text(stpcpy(out, "\",\""));
		return stpcpy(put_style(stpcpy(out, "\"]]}")), "}");
	case 2:
		return stpcpy(out, others[dice(4)]);
	default:
		out = put_text(stpcpy(out, "{\"text\":\""));
		out = put_style(stpcpy(out, "\""));
		if (upside_down)
			out = stpcpy(out, dice(8) ? "" : ",\"upside_down\":true");
		out += sprintf(out, ",\"align\":\"%s\"}", aligns[dice(3)]);
		return out;
	}
}

const char *rig_random_document(bool upside_down)
{
	static char document[16384];
	char *out = stpcpy(document, "{\"body\":[");

	for (unsigned i = dice(40) + 1; i > 0; i--)
		out = stpcpy(put_node(out, upside_down), i > 1 ? "," : "]}");
	return document;
}

const char *rig_read_file(const char *path)
{
	static char text[8192];
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
	return text;
}
