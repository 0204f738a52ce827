// Questions and answers of multicast DNS byte by byte (RFC 1035, 4.1), and messages that lie.
#include "protocols/mdns/mdns.h"
#include "tests/protocols/hex_help.h"

#include <check.h>
#include <errno.h>
#include <string.h>

/* An answer: PTR, SRV, TXT, A, with names that point back. 0c is "_ipp", 11 "_tcp", 16 "local". */
#define HEADER "00 00 84 00 00 00 00 04 00 00 00 00 "
#define PTR                                                                                        \
	"04 5f 69 70 70 04 5f 74 63 70 05 6c 6f 63 61 6c 00 00 0c 00 01 00 00 11 94 00 06 03 42 "  \
	"61 72 c0 0c "
#define SRV "c0 27 00 21 80 01 00 00 00 78 00 0a 00 00 00 00 02 77 01 68 c0 16 "
#define TXT "c0 27 00 10 80 01 00 00 11 94 00 0d 05 74 79 3d 45 50 06 54 59 32 3d 78 79 "
#define A   "c0 3f 00 01 80 01 00 00 00 78 00 04 0a 00 00 07 "

static uint8_t bytes[16384];
static struct ph_mdns_record record;

static int next(size_t len, size_t *cursor)
{
	return ph_mdns_next(bytes, len, cursor, &record);
}

START_TEST(question)
{
	static const char *const names[] = {"_ipp._tcp.local", "_printer._tcp.local"};
	uint8_t message[PH_MDNS_QUERY_MAX], expected[128];

	int len = ph_mdns_query(names, 2, message);
	size_t wanted =
		hex("00 00 00 00 00 02 00 00 00 00 00 00 "
		    "04 5f 69 70 70 04 5f 74 63 70 05 6c 6f 63 61 6c 00 00 0c 00 01 "
		    "08 5f 70 72 69 6e 74 65 72 04 5f 74 63 70 05 6c 6f 63 61 6c 00 00 0c 00 01",
			expected, sizeof expected);
	ck_assert_int_eq(len, (int)wanted);
	ck_assert_mem_eq(message, expected, wanted);
}
END_TEST

START_TEST(questions_that_cannot_be)
{
	char label[80];
	const char *names[64];
	uint8_t message[PH_MDNS_QUERY_MAX];

	names[0] = "a..b";
	ck_assert_int_eq(ph_mdns_query(names, 1, message), -EINVAL);
	memset(label, 'x', 64);
	label[64] = '\0';
	names[0] = label;
	ck_assert_int_eq(ph_mdns_query(names, 1, message), -EINVAL);
	for (int i = 0; i < 64; i++)
		names[i] = "_ipp._tcp.local";
	ck_assert_int_eq(ph_mdns_query(names, 64, message), -ENOBUFS);
}
END_TEST

START_TEST(records)
{
	size_t cursor = 0, len = hex(HEADER PTR SRV TXT A, bytes, sizeof bytes);
	const char *value;

	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_uint_eq(record.type, PH_MDNS_PTR);
	ck_assert_str_eq(record.name, "_ipp._tcp.local");
	ck_assert_str_eq(record.target, "Bar._ipp._tcp.local");
	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_uint_eq(record.type, PH_MDNS_SRV);
	ck_assert_str_eq(record.name, "Bar._ipp._tcp.local");
	ck_assert_str_eq(record.target, "h.local");
	ck_assert_uint_eq(record.port, 0x0277);
	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_uint_eq(record.type, PH_MDNS_TXT);
	ck_assert_int_eq(ph_mdns_text(record.text, record.text_len, "ty", &value), 2);
	ck_assert_mem_eq(value, "EP", 2);
	ck_assert_int_eq(ph_mdns_text(record.text, record.text_len, "ty2", &value), 2);
	ck_assert_int_eq(ph_mdns_text(record.text, record.text_len, "t", &value), -ENOENT);
	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_uint_eq(record.type, PH_MDNS_A);
	ck_assert_str_eq(record.name, "h.local");
	ck_assert_mem_eq(record.address, "\x0a\0\0\x07", 4);
	ck_assert_int_eq(next(len, &cursor), 0);
}
END_TEST

START_TEST(cut_off)
{
	size_t len = hex(HEADER PTR SRV TXT A, bytes, sizeof bytes);

	for (size_t i = 0; i < len; i++) {
		size_t cursor = 0;
		int r;
		while ((r = next(i, &cursor)) > 0)
			;
		ck_assert(r == 0 || r == -EBADMSG);
	}
}
END_TEST

START_TEST(names)
{
	/* a dot and a backslash within a label */
	size_t cursor = 0, len = hex(HEADER "04 61 2e 5c 62 00 00 0c 00 01 00 00 00 00 00 01 00",
				   bytes, sizeof bytes);

	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_str_eq(record.name, "a\\.\\\\b");
	ck_assert_str_eq(record.target, "");
}
END_TEST

START_TEST(names_that_lie)
{
	static const char *const bad[] = {
		"c0 0c 00 01 00 01 00 00 00 00 00 04 01 02 03 04",	 /* points at itself */
		"c0 ff 00 01 00 01 00 00 00 00 00 04 01 02 03 04",	 /* points ahead */
		"40 61 00 00 01 00 01 00 00 00 00 00 04 01 02 03 04",	 /* reserved */
		"02 61 00 00 00 01 00 01 00 00 00 00 00 04 01 02 03 04", /* NUL within a label */
		"00 00 01 00 01 00 00 00 00 00 05 01 02 03 04 05", /* an address of five bytes */
		"00 00 21 00 01 00 00 00 00 00 02 01 02",	   /* a server without a port */
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		size_t cursor = 0, len = hex(HEADER, bytes, sizeof bytes);
		len += hex(bad[i], bytes + len, sizeof bytes - len);
		ck_assert_int_eq(next(len, &cursor), -EBADMSG);
	}
	/* longer than a name may be: five labels of 63 bytes */
	size_t cursor = 0, len = hex(HEADER, bytes, sizeof bytes);
	for (int i = 0; i < 5; i++) {
		bytes[len++] = 63;
		memset(bytes + len, 'x', 63);
		len += 63;
	}
	len += hex("00 00 01 00 01 00 00 00 00 00 04 01 02 03 04", bytes + len, sizeof bytes - len);
	ck_assert_int_eq(next(len, &cursor), -EBADMSG);
}
END_TEST

START_TEST(no_answers)
{
	size_t cursor = 0,
	       len = hex("00 00 00 00 00 01 00 00 00 00 00 00 00 00 01 00 01", bytes, sizeof bytes);

	ck_assert_int_eq(next(len, &cursor), 0); /* a question */
	ck_assert_int_eq(next(5, &cursor), 0);
	/* a question in front of an answer is passed over */
	len = hex("00 00 84 00 00 01 00 01 00 00 00 00 01 61 00 00 0c 00 01 "
		  "c0 0c 00 01 00 01 00 00 00 00 00 04 01 02 03 04",
		bytes, sizeof bytes);
	ck_assert_int_eq(next(len, &cursor), 1);
	ck_assert_str_eq(record.name, "a");
	cursor = 0;
	memset(bytes + 4, 0xff, 2); /* as many questions as there can be */
	ck_assert_int_eq(next(len, &cursor), -EBADMSG);
	bytes[2] = 0x84;
	ck_assert_int_eq(next(PH_MDNS_MESSAGE_MAX + 1, &cursor), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mdns");
	TCase *all = tcase_create("all");

	tcase_add_test(all, question);
	tcase_add_test(all, questions_that_cannot_be);
	tcase_add_test(all, records);
	tcase_add_test(all, cut_off);
	tcase_add_test(all, names);
	tcase_add_test(all, names_that_lie);
	tcase_add_test(all, no_answers);
	suite_add_tcase(suite, all);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
