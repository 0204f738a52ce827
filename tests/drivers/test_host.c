// The loop-free half of the host: options, texts of devices, replies, and the order of an accepted request.
#include "bench.h"

#include "base/cleanup.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned inits, dones;
static bool refuse_init;
static int print_result;
static uint32_t tokens[PH_DRAWER_PENDING_MAX + 1];
static unsigned token_count;

static int init(struct ph_device *device)
{
	inits++;
	if (refuse_init)
		return ph_option_refuse(device, "level", "is %ld", ph_option_int(device, "level"));
	return 0;
}

static void done(struct ph_device *device)
{
	dones++;
}

static unsigned needs_wanted;
static bool needs_stubborn; /* asks again although it has got its drawings */

static int print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	if (needs_wanted && (!request->rasters || needs_stubborn)) {
		cJSON *orders = cJSON_CreateArray();
		for (unsigned i = 0; i < needs_wanted; i++)
			cJSON_AddItemToArray(orders, cJSON_CreateString("order"));
		return ph_print_needs(device, orders);
	}
	if (request->rasters)
		ck_assert_int_eq(cJSON_GetArraySize(request->rasters), (int)needs_wanted);
	*ret_segments = request->copies;
	return print_result;
}

static void start_job(struct ph_device *device)
{
	ph_emit_job_end(device, "j", PH_OUTCOME_PRINTED, 1, 1, NULL);
}

static int cancel(struct ph_device *device, const char *job)
{
	return -ENOENT;
}

static int open_drawer(struct ph_device *device, const struct ph_drawer_request *request)
{
	tokens[token_count++] = request->token;
	return PH_LATER;
}

static const struct ph_printer_ops printer = {
	.print = print,
	.start = start_job,
	.cancel = cancel,
};
static const struct ph_drawer_ops drawer = {.open = open_drawer};
static const char *const connections[] = {"serial", NULL};
static const char *const choices[] = {"a", "b", NULL};
static const struct ph_option options[] = {
	{"level", PH_OPTION_INT, -5, 5, NULL, "3", "a level"},
	{"on", PH_OPTION_BOOL, 0, 0, NULL, NULL, "a switch"},
	{"pick", PH_OPTION_CHOICE, 0, 0, choices, "a", "a \"choice\""},
	{"text", PH_OPTION_TEXT, 0, 0, NULL, NULL, "a text"},
};

static const struct ph_match matches[] = {
	{.node = "hidraw", .proto = "hidfake"},
	{"tty", 0x05e0, 0x1701, 0, NULL, "Acme", "Pole", "level=4", PH_BIND_OFFER, PH_SUPPORTED},
	{"usb", 0x0c2e, 0x0b00, 0x0bff, NULL, NULL, NULL, NULL, PH_BIND_AUTO, PH_EXPERIMENTAL},
};

static const struct ph_driver driver = {
	.name = "fake",
	.version = "1",
	.summary = "for tests",
	.classes = PH_CLASS_BIT(PH_CLASS_PRINTER) | PH_CLASS_BIT(PH_CLASS_DRAWER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.maturity = PH_TESTED,
	.init = init,
	.done = done,
	.printer = &printer,
	.drawer = &drawer,
};

static struct bench bench;

static void ignore_line(struct ph_device *device, const char *line, size_t len)
{
}

static void ignore_start(struct ph_device *device)
{
}

static void ignore_timer(struct ph_device *device, unsigned ms)
{
}

static void start(void)
{
	bench_init(&bench, &driver, "serial:/dev/null", 0, NULL);
	bench_lines(&bench);
}

START_TEST(option_values)
{
	bench_init(&bench, &driver, "serial:/dev/null", 0,
		(const char *[]){"level=-5", "on=Yes", "text=", NULL});
	ck_assert_int_eq(ph_option_int(&bench.device, "level"), -5);
	ck_assert(ph_option_bool(&bench.device, "on"));
	ck_assert_str_eq(ph_option_text(&bench.device, "pick"), "a");
	ck_assert(!ph_option_is_set(&bench.device, "pick"));
	ck_assert(ph_option_is_set(&bench.device, "text"));
	ck_assert_str_eq(ph_option_text(&bench.device, "text"), "");
	static const char *const bad[][3] = {{"level", "6", "is a number from -5 to 5"},
		{"level", "x", "is a number from -5 to 5"}, {"on", "maybe", "is yes or no"},
		{"pick", "c", "is one of a, b"}, {"gone", "1", "driver fake has no such option"}};
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(
			ph_device_set_option(&bench.device, bad[i][0], bad[i][1]), -EINVAL);
		ck_assert_str_eq(bench.device.refused_text, bad[i][2]);
	}
	char text[PH_OPTION_VALUE_MAX + 2];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(ph_device_set_option(&bench.device, "text", text), -EINVAL);
	bench_done(&bench);
	ck_assert_uint_eq(inits, dones);
}
END_TEST

START_TEST(a_refused_open_can_be_repeated)
{
	struct ph_device device;

	start();
	ck_assert_int_eq(ph_device_init(&device, &driver, bench.device.io), 0);
	struct ph_device_config config = {.name = "x", .connection = "serial:/dev/null"};
	refuse_init = true;
	ck_assert_int_eq(ph_device_configure(&device, &config), -EINVAL);
	ck_assert_str_eq(device.refused_path, "$.options.level");
	ck_assert_str_eq(device.refused_text, "is 3");
	refuse_init = false;
	ck_assert_int_eq(ph_device_configure(&device, &config), 0);
	ph_device_done(&device);
	bench_request(&bench, "driver.open", "{\"device\":\"x\",\"connection\":\"serial:/x\"}");
	ck_assert_str_eq(bench_lines(&bench), "1 ! Exists it is there already\n");
	bench_done(&bench);
}
END_TEST

START_TEST(foreign_texts_are_made_utf8)
{
	start();
	ph_emit_info(&bench.device,
		&(struct ph_info){.vendor = "A\xff\xc3\xa9\xed\xa0\x80", .model = "q\"\\\n\x1b"});
	ck_assert_str_eq(bench_lines(&bench),
		"device.info "
		"{\"vendor\":\"A\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
		"\"model\":\"q\\\"\\\\\\n\\u001b\",\"capabilities\":{}}\n");
	ph_emit_log(&bench.device, PH_LOG_WARNING, "%s", "x\xfey");
	ck_assert_str_eq(bench_lines(&bench),
		"driver.log {\"level\":\"warning\",\"message\":\"x\xef\xbf\xbdy\"}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(the_answer_comes_before_the_job_begins)
{
	start();
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{},\"copies\":2}");
	ck_assert_str_eq(bench_lines(&bench),
		"1 {\"segments\":2}\n"
		"job.end {\"job\":\"j\",\"outcome\":\"printed\",\"segments\":1,\"confirmed\":1}\n");
	print_result = -EBUSY;
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{}}");
	ck_assert_str_eq(bench_lines(&bench),
		"2 ! Busy the device is not done with what it was asked before\n");
	bench_done(&bench);
}
END_TEST

START_TEST(drawings_come_first)
{
	start();
	needs_wanted = 2;
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{}}");
	ck_assert_str_eq(bench_lines(&bench), "1 {\"needs\":[\"order\",\"order\"]}\n");
	bench_request(&bench, "printer.print",
		"{\"job\":\"j\",\"document\":{},\"rasters\":[{\"error\":\"x\"},{}]}");
	ck_assert_str_eq(bench_lines(&bench),
		"2 {\"segments\":1}\n"
		"job.end {\"job\":\"j\",\"outcome\":\"printed\",\"segments\":1,"
		"\"confirmed\":1}\n");
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{},\"rasters\":{}}");
	ck_assert_str_eq(bench_lines(&bench), "3 ! Illegal $.rasters must be a list\n");
	needs_stubborn = true;
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{},\"rasters\":[]}");
	ck_assert_str_eq(bench_lines(&bench), "4 ! Failure Protocol error\n");
	needs_stubborn = false;
	needs_wanted = PH_DRIVER_SAYS_MAX / 8;
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{}}");
	ck_assert_str_eq(
		bench_lines(&bench), "5 ! TooLarge that is more than the device takes at once\n");
	needs_wanted = 0;
	bench_done(&bench);
}
END_TEST

START_TEST(what_is_remembered)
{
	char text[PH_MEMORY_VALUE_MAX + 2], key[16];

	start();
	ck_assert_ptr_null(ph_remembered(&bench.device, "a"));
	ph_remember(&bench.device, "a", NULL);
	ph_remember(&bench.device, "a", "1");
	ph_remember(&bench.device, "a", "1");
	ph_remember(&bench.device, "a", "2\n");
	ck_assert_str_eq(ph_remembered(&bench.device, "a"), "2\n");
	ph_remember(&bench.device, "a", NULL);
	ck_assert_ptr_null(ph_remembered(&bench.device, "a"));
	ck_assert_str_eq(bench_lines(&bench), "device.remember {\"key\":\"a\",\"value\":\"1\"}\n"
					      "device.remember {\"key\":\"a\",\"value\":\"2\\n\"}\n"
					      "device.remember {\"key\":\"a\",\"value\":null}\n");
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	ph_remember(&bench.device, "long", text);
	ph_remember(&bench.device, "", "no key");
	ph_remember(&bench.device, text, "a long key");
	ph_remember(&bench.device, "bytes", "\xff");
	ck_assert_str_eq(bench_lines(&bench), "");
	for (int i = 0; i <= PH_MEMORY_KEYS_MAX; i++) {
		snprintf(key, sizeof key, "key %d", i);
		ph_remember(&bench.device, key, key);
		ck_assert_int_eq(ph_remembered(&bench.device, key) != NULL, i < PH_MEMORY_KEYS_MAX);
	}
	bench_done(&bench);
}
END_TEST

START_TEST(what_was_remembered_comes_with_the_open)
{
	struct ph_device device;

	start();
	ck_assert_int_eq(ph_device_init(&device, &driver, bench.device.io), 0);
	char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"driver.open\",\"params\":{"
		      "\"device\":\"x\",\"connection\":\"serial:/dev/null\","
		      "\"memory\":{\"a\":\"1\",\"b\":2,\"\":\"\"}}}";
	device.io = &(const struct ph_device_io){
		.send = ignore_line, .start = ignore_start, .timer_set = ignore_timer};
	ph_device_dispatch(&device, line, strlen(line));
	ck_assert_str_eq(ph_remembered(&device, "a"), "1");
	ck_assert_ptr_null(ph_remembered(&device, "b"));
	ck_assert_ptr_null(ph_remembered(&device, ""));
	ph_device_done(&device);
	bench_done(&bench);
}
END_TEST

START_TEST(drawer_answers_find_their_request)
{
	start();
	for (int i = 0; i < PH_DRAWER_PENDING_MAX + 1; i++)
		bench_request(&bench, "drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench),
		"5 ! Busy the device is not done with what it was asked before\n");
	ph_drawer_reply(&bench.device, tokens[1], PH_DRAWER_OPENED, false);
	ph_drawer_reply(&bench.device, tokens[1], PH_DRAWER_OPENED, false);
	ph_drawer_reply(&bench.device, 0, PH_DRAWER_OPENED, false);
	ph_drawer_reply(&bench.device, 4711, PH_DRAWER_OPENED, false);
	ck_assert_str_eq(bench_lines(&bench), "2 {\"outcome\":\"opened\",\"already\":false}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(states_are_reported_once)
{
	start();
	ph_device_ready(&bench.device);
	ph_device_not_ready(&bench.device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING), "hm");
	ph_device_not_ready(&bench.device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING), "hm");
	ph_device_ready(&bench.device);
	ck_assert_str_eq(bench_lines(&bench),
		"device.state "
		"{\"state\":\"offline\",\"reasons\":[\"not_responding\"],\"message\":\"hm\"}\n"
		"device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ph_device_link_down(&bench.device, true, 0);
	ph_device_ready(&bench.device);
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_done(&bench);
}
END_TEST

START_TEST(closing)
{
	start();
	bench_request(&bench, "driver.close", "{}");
	ck_assert(bench.stopped);
	bench_request(&bench, "driver.ping", "{}");
	ck_assert_str_eq(bench_lines(&bench), "1 {}\n2 ! Closed the driver is closing\n");
	bench_done(&bench);
}
END_TEST

static bool is_idle = true;

static bool idle(struct ph_device *device)
{
	return is_idle;
}

static void close_link(struct ph_device *device, bool lost, size_t unsent)
{
	/* as a driver does that knows nothing of being released */
	ph_emit_printer_status(device, &(struct ph_printer_status){.error = -1});
	ph_emit_drawer_status(device, PH_DRAWER_STATE_UNKNOWN, false);
}

static int open_later(struct ph_device *device)
{
	return PH_LATER;
}

/* A driver that can do without its link, ready and released. */
static void start_released(struct ph_driver *idler)
{
	static const char *const network[] = {"tcp", "serial", NULL};

	*idler = driver;
	idler->connections = network;
	idler->idle = idle;
	idler->open = open_later;
	idler->close = close_link;
	bench_init(&bench, idler, "tcp://127.0.0.1", 0, (const char *[]){"idle_release_s=5", NULL});
	ck_assert_uint_eq(bench.device.release_s, 5);
	ck_assert(!ph_device_may_release(&bench.device)); /* it is not ready */
	ph_device_ready(&bench.device);
	is_idle = false;
	ck_assert(!ph_device_may_release(&bench.device));
	is_idle = true;
	ck_assert(ph_device_may_release(&bench.device));
	bench_lines(&bench);
	ph_device_release(&bench.device);
	ck_assert_str_eq(bench_lines(&bench), ""); /* for the service nothing has changed */
	ck_assert(!ph_device_may_release(&bench.device));
}

START_TEST(a_released_device_is_had_again)
{
	struct ph_driver idler;

	start_released(&idler);
	/* what needs no link is answered, what is wrong as well */
	bench_request(&bench, "driver.ping", "{}");
	bench_request(&bench, "printer.print", "{\"job\":1}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! Illegal $.job must be a text"));
	ck_assert_uint_eq(bench.wanted, 0);
	bench_request(&bench, "printer.print", "{\"job\":\"j\",\"document\":{}}");
	bench_request(&bench, "drawer.open", "{}");
	ck_assert_uint_eq(bench.wanted, 1);
	ck_assert_str_eq(bench_lines(&bench), "");
	ph_device_link_up(&bench.device);
	ck_assert(!bench.held_due);
	/* one that comes now does not overtake */
	bench_request(&bench, "drawer.open", "{}");
	ph_device_ready(&bench.device);
	ck_assert(bench.held_due);
	token_count = 0;
	ph_device_run_held(&bench.device);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "3 {\"segments\":1}"));
	ck_assert_uint_eq(token_count, 2);
	ck_assert(!ph_device_may_release(&bench.device)); /* two answers are due */
	bench_done(&bench);
}
END_TEST

START_TEST(a_released_device_that_is_gone)
{
	struct ph_driver idler;

	start_released(&idler);
	for (int i = 0; i < PH_HELD_MAX; i++)
		bench_request(&bench, "drawer.open", "{}");
	ck_assert_str_eq(bench_lines(&bench), "");
	bench_request(&bench, "drawer.open", "{}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "5 ! Busy"));
	ph_device_set_state(
		&bench.device, PH_DEVICE_OFFLINE, PH_REASON_BIT(PH_REASON_NOT_RESPONDING), "gone");
	ck_assert(bench.held_due);
	ph_device_run_held(&bench.device);
	const char *lines = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(lines, "device.state {\"state\":\"offline\""));
	ck_assert_ptr_nonnull(strstr(lines, "1 ! Offline"));
	ck_assert_ptr_nonnull(strstr(lines, "4 ! Offline"));
	/* requests still held at the end are freed */
	ph_device_release(&bench.device);
	bench_request(&bench, "drawer.open", "{}");
	bench_done(&bench);
}
END_TEST

START_TEST(releasing_is_refused)
{
	struct ph_driver idler = driver;

	start();
	ck_assert_int_eq(ph_device_set_option(&bench.device, "idle_release_s", "5"), -EINVAL);
	bench_done(&bench);
	idler.idle = idle;
	ck_assert_int_eq(ph_device_init(&bench.device, &idler, bench.device.io), 0);
	ck_assert_int_eq(ph_device_set_option(&bench.device, "idle_release_s", "-1"), -EINVAL);
	ck_assert_int_eq(ph_device_set_option(&bench.device, "idle_release_s", "60"), 0);
	ck_assert_int_eq(
		ph_device_configure(&bench.device,
			&(struct ph_device_config){.name = "x", .connection = "serial:/dev/null"}),
		-EINVAL);
	ck_assert_str_eq(bench.device.refused_text, "is not possible on a 'serial' connection");
	ph_device_done(&bench.device);
}
END_TEST

START_TEST(manifest)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf out = PH_BUF_INIT;

	ck_assert_int_eq(ph_manifest_write(&out, &driver, "fake-device"), 0);
	ck_assert_str_eq(out.data,
		"{\"name\":\"fake\",\"version\":\"1\",\"exec\":\"fake-device\",\"summary\":\"for "
		"tests\",\"maturity\":\"tested\",\n"
		" \"classes\":[\"printer\",\"drawer\"],\"connections\":[\"serial\"],\n"
		" \"options\":[\n"
		"  {\"name\":\"level\",\"type\":\"int\",\"min\":-5,\"max\":5,\"default\":\"3\","
		"\"summary\":\"a level\"},\n"
		"  {\"name\":\"on\",\"type\":\"bool\",\"summary\":\"a switch\"},\n"
		"  "
		"{\"name\":\"pick\",\"type\":\"choice\",\"choices\":[\"a\",\"b\"],\"default\":"
		"\"a\","
		"\"summary\":\"a \\\"choice\\\"\"},\n"
		"  {\"name\":\"text\",\"type\":\"text\",\"summary\":\"a text\"}],\n"
		" \"match\":[\n"
		"  {\"node\":\"hidraw\",\"proto\":\"hidfake\",\"bind\":\"auto\",\"maturity\":"
		"\"experimental\"},\n"
		"  {\"node\":\"tty\",\"usb\":\"05e0:1701\",\"maker\":\"Acme\",\"model\":\"Pole\","
		"\"options\":\"level=4\",\"bind\":\"offer\",\"maturity\":\"supported\"},\n"
		"  {\"node\":\"usb\",\"usb\":\"0c2e:0b00-0bff\",\"bind\":\"auto\",\"maturity\":"
		"\"experimental\"}]}\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, option_values);
	tcase_add_test(tc, a_refused_open_can_be_repeated);
	tcase_add_test(tc, foreign_texts_are_made_utf8);
	tcase_add_test(tc, the_answer_comes_before_the_job_begins);
	tcase_add_test(tc, drawings_come_first);
	tcase_add_test(tc, what_is_remembered);
	tcase_add_test(tc, what_was_remembered_comes_with_the_open);
	tcase_add_test(tc, drawer_answers_find_their_request);
	tcase_add_test(tc, states_are_reported_once);
	tcase_add_test(tc, closing);
	tcase_add_test(tc, a_released_device_is_had_again);
	tcase_add_test(tc, a_released_device_that_is_gone);
	tcase_add_test(tc, releasing_is_refused);
	tcase_add_test(tc, manifest);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
