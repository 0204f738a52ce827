// Connection URLs and what the transports accept of them.
#include "base/cleanup.h"
#include "drivers/transport/transport.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_url url;

START_TEST(parts)
{
	ck_assert_int_eq(
		ph_url_parse("serial:/dev/ttyUSB0?baud=9600&parity=n&flow=rtscts", &url), 0);
	ck_assert_str_eq(url.scheme, "serial");
	ck_assert_str_eq(url.host, "");
	ck_assert_str_eq(url.path, "/dev/ttyUSB0");
	ck_assert_str_eq(ph_url_query(&url, "baud"), "9600");
	ck_assert_str_eq(ph_url_query(&url, "flow"), "rtscts");
	ck_assert_ptr_null(ph_url_query(&url, "stop"));

	ck_assert_int_eq(ph_url_parse("tcp://10.0.0.7:9100", &url), 0);
	ck_assert_str_eq(url.host, "10.0.0.7");
	ck_assert_int_eq(url.port, 9100);
	ck_assert_str_eq(url.path, "");

	ck_assert_int_eq(ph_url_parse("tcp://[fe80::1%25eth0]:9100/?timeout_ms=500", &url), 0);
	ck_assert_str_eq(url.host, "fe80::1%eth0");
	ck_assert_int_eq(url.port, 9100);
	ck_assert_str_eq(url.path, "/");

	ck_assert_int_eq(ph_url_parse("serial:/dev/a%20b", &url), 0);
	ck_assert_str_eq(url.path, "/dev/a b");
	ck_assert_int_eq(ph_url_parse("usb:04b8:0e15?serial=X", &url), 0);
	ck_assert_str_eq(url.path, "04b8:0e15");
}
END_TEST

static const char *const bad_urls[] = {"", ":", "tcp", "/dev/ttyS0", "Serial:/dev/x", "tcp://",
	"tcp://:9100", "tcp://h:0", "tcp://h:65536", "tcp://h:9100x", "tcp://[::1", "tcp://[::1]9",
	"serial:/dev/x?baud", "serial:/dev/x?=9600", "serial:/dev/x?baud=1&baud=2",
	"serial:/dev/%zz", "serial:/dev/%0", "serial:/dev/%00", "serial:/dev/a b"};

START_TEST(bad_forms)
{
	ck_assert_msg(ph_url_parse(bad_urls[_i], &url) == -EINVAL, "%s", bad_urls[_i]);
}
END_TEST

START_TEST(limits)
{
	char text[PH_URL_MAX + 16] = "serial:/";

	memset(text + 8, 'x', sizeof text - 9);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(ph_url_parse(text, &url), -E2BIG);
	text[PH_URL_MAX] = '\0';
	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	strcpy(text, "serial:/x?");
	for (int i = 0; i <= PH_URL_QUERY_MAX; i++) {
		char pair[] = {(char)('a' + i), '=', '1', '&', 0};
		strcat(text, pair);
	}
	ck_assert_int_eq(ph_url_parse(text, &url), -E2BIG);
}
END_TEST

static const struct {
	const char *url;
	const char *why; /* NULL: accepted */
} checks[] = {
	{"serial:/dev/ttyS0", NULL},
	{"serial:/dev/ttyS0?baud=115200&bits=7&parity=o&stop=2&flow=xonxoff", NULL},
	{"serial:ttyS0", "a serial connection is serial:/dev/NAME or serial:usb=VVVV:PPPP"},
	{"serial://host/dev/x", "a serial connection is serial:/dev/NAME or serial:usb=VVVV:PPPP"},
	{"serial:/dev/ttyS0?baud=9601", "baud=9601 is not possible"},
	{"serial:/dev/ttyS0?bits=9", "bits=9 is not possible"},
	{"serial:/dev/ttyS0?parity=x", "parity=x is not possible"},
	{"serial:/dev/ttyS0?flow=", "flow= is not possible"},
	{"serial:/dev/ttyS0?speed=1",
		"unknown key 'speed' (serial knows baud, bits, parity, stop, flow)"},
	{"tcp://127.0.0.1:9100", NULL},
	{"tcp://localhost", NULL},
	{"tcp://[::1]:9100?timeout_ms=100", NULL},
	{"tcp://printer.example:9100",
		"'printer.example' is not a numeric address; give the device a fixed one"},
	{"tcp:10.0.0.7", "a network connection is tcp://ADDRESS:PORT"},
	{"tcp://10.0.0.7/queue", "a network connection is tcp://ADDRESS:PORT"},
	{"tcp://10.0.0.7?timeout_ms=99", "timeout_ms is 100 to 60000"},
	{"tcp://10.0.0.7?x=1", "unknown key 'x' (tcp knows timeout_ms)"},
};

START_TEST(transport_checks)
{
	char why[160] = "";

	ck_assert_int_eq(ph_url_parse(checks[_i].url, &url), 0);
	const struct ph_transport_ops *ops = ph_transport_find(url.scheme);
	ck_assert_ptr_nonnull(ops);
	int r = ops->check(&url, why, sizeof why);
	ck_assert_int_eq(r, checks[_i].why ? -EINVAL : 0);
	ck_assert_str_eq(why, checks[_i].why ? checks[_i].why : "");
}
END_TEST

START_TEST(numbers)
{
	long n = 7;

	ck_assert_int_eq(ph_url_number("12", 0, 20, &n), 0);
	ck_assert_int_eq(n, 12);
	static const char *const bad[] = {
		"", "x", "12x", " 1", "+1", "21", "-1", "1e1", "99999999999999999999"};
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(ph_url_number(bad[i], 0, 20, &n), -EINVAL);
	ck_assert_int_eq(ph_url_number(NULL, 0, 20, &n), -EINVAL);
	ck_assert_int_eq(n, 12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("url");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, parts);
	tcase_add_loop_test(tc, bad_forms, 0, PH_ARRAY_SIZE(bad_urls));
	tcase_add_test(tc, limits);
	tcase_add_loop_test(tc, transport_checks, 0, PH_ARRAY_SIZE(checks));
	tcase_add_test(tc, numbers);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
