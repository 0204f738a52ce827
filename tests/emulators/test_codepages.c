// The emulator's code pages against the service's own: written down twice, so that a slip shows.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/codepage.h"
#include "protocols/codepage/codepage.h"

static struct ph_emu_codepages pages;

// what the emulator prints for a byte, in the service's terms
static int32_t printed(const char *name, uint8_t byte)
{
	uint32_t c = ph_emu_codepage_char(&pages, name, byte);
	return c == PH_EMU_NO_CHARACTER || c < 0xA0 ? -1 : (int32_t)c;
}

// The two sources of these disagree, or one of them leaves the place open.
static bool open_question(const char *name, unsigned byte)
{
	if (strcmp(name, "thai11") == 0)
		return byte >= 0xFA;
	// the printer has signs around the letters
	if (strcmp(name, "katakana") == 0)
		return byte < 0xA1 || byte > 0xDF;
	if (strcmp(name, "cp3848") == 0)
		return byte == 0xB5 || byte == 0xD5;
	return (strcmp(name, "cp3002") == 0 && byte == 0xA0) ||
	       (strcmp(name, "cp3841") == 0 && byte == 0xA4);
}

START_TEST(test_page)
{
	const char *name = ph_codepage_name(_i);
	ck_assert_ptr_nonnull(name);
	for (unsigned byte = 0x80; byte < 0x100; byte++)
		if (!open_question(name, byte))
			ck_assert_msg(ph_codepage_decode((enum ph_codepage)_i, (uint8_t)byte) ==
					      printed(name, (uint8_t)byte),
				"%s %02x: %x", name, byte, printed(name, (uint8_t)byte));
}
END_TEST

START_TEST(test_numberings)
{
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_EPSON, 17), "CP866");
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_EPSON, 53), "RK1048");
	ck_assert_ptr_null(ph_emu_codepage_numbered(PH_EMU_NUMBERING_EPSON, 71));
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_POS5890, 72), "CP1250");
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_POS5890, 2), "CP850");
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_SRP275, 28), "CP1251");
	ck_assert_str_eq(ph_emu_codepage_numbered(PH_EMU_NUMBERING_STAR, 34), "CP1251");
	ck_assert_ptr_null(ph_emu_codepage_numbered(PH_EMU_NUMBERING_STAR, 50));
	// every page that has a number has characters
	for (int numbering = PH_EMU_NUMBERING_EPSON; numbering <= PH_EMU_NUMBERING_STAR;
		numbering++)
		for (unsigned n = 0; n < 256; n++) {
			const char *name =
				ph_emu_codepage_numbered((enum ph_emu_numbering)numbering, n);
			if (!name)
				continue;
			unsigned known = 0;
			for (unsigned byte = 0x80; byte < 0x100; byte++)
				known += printed(name, (uint8_t)byte) > 0;
			ck_assert_msg(known >= 60, "%s has %u characters", name, known);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("code pages of the emulator");
	TCase *tc = tcase_create("all");
	tcase_add_loop_test(tc, test_page, 0, PH_CODEPAGE_COUNT);
	tcase_add_test(tc, test_numberings);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
