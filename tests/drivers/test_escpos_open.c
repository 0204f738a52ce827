// The ESC/POS driver: opening printers that are known, unknown or mute, options and requests.
#include "escpos_sim.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <stdio.h>

/* ---- opening ---- */

START_TEST(opening_is_two_round_trips)
{
	prepare();
	sim.single = _i;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	ck_assert_str_eq(bench_written(&sim.bench), CLEAR);
	feed("\x37\x25", 3);
	ck_assert_str_eq(bench_written(&sim.bench), PROLOGUE);
	ck_assert_str_eq(bench_lines(&sim.bench), "");
	feed(printer.asb, 4);
	ck_assert_str_eq(bench_written(&sim.bench), "");
	const char *up = bench_lines(&sim.bench);
	ASSERT_HAS(up, "\"confirms\":\"process_id\",\"status\":\"asb\",\"receive_buffer\":4096}");
	ASSERT_HAS(up, "\"drawer\":{\"sensor\":false,\"pins\":[1,2]}");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ASSERT_HAS(up,
		"device.status {\"class\":\"printer\",\"status\":{\"online\":true,\"paper\":\"ok\","
		"\"cover\":\"closed\",\"error\":null},\"reasons\":[]}\n");
	/* idle is asleep */
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(opening_without_answer)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(950);
	ck_assert_str_eq(written(), CLEAR PROLOGUE "<10><04><01>");
	ASSERT_HAS(lines(), "device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],"
			    "\"message\":\"the printer does not answer\"}\n");
	/* asked again after 0.5 s, 1 s, 2 s ... 30 s */
	run(500);
	ASSERT_HAS(written(), CLEAR);
	run(120000);
	ck_assert_uint_le(count_of(written(), CLEAR), 9);
	sim.mute = false;
	run(31000);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

START_TEST(opening_out_of_paper)
{
	prepare_without_paper();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(400);
	ck_assert_str_eq(
		written(), CLEAR PROLOGUE "<10><04><01><10><04><02><10><04><03><10><04><04>");
	ASSERT_HAS(lines(),
		"\"online\":false,\"paper\":\"empty\",\"cover\":\"closed\",\"error\":null},"
		"\"reasons\":[\"rec_empty\"]}\n");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

/* It has answered something and then nothing for a moment: whether it has paper is not known, so it is not ready. */
START_TEST(opening_out_of_paper_with_a_pause)
{
	prepare_without_paper();
	printer.no_eot = (uint8_t)_i;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(700);
	const char *up = lines();
	ASSERT_HAS(up, "device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"]");
	ck_assert_ptr_null(strstr(up, "\"ready\""));
	printer.no_eot = 0;
	run(2000);
	up = lines();
	ASSERT_HAS(up, "device.state {\"state\":\"ready\"");
	ASSERT_HAS(up, "\"reasons\":[\"rec_empty\"]}\n");
	ck_assert_ptr_null(strstr(up, "\"paper\":\"ok\""));
	finish();
}
END_TEST

/* One that never answers them all, whatever its name promises: it is used as what it is. */
START_TEST(opening_with_half_an_answer)
{
	prepare();
	printer.no_asb = true;
	printer.no_eot = 3;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(1000);
	ck_assert_ptr_null(strstr(lines(), "\"ready\""));
	run(3000);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\"");
	finish();
}
END_TEST

/* It answers no GS I; the device id of its USB connection names it. */
START_TEST(opening_by_device_id)
{
	prepare();
	open_with("usb:04b8:0e15", (const char *[]){"info:1284_mfg=EPSON", "info:1284_mdl=TM-T20II",
					   "info:usb_id=04b8:0202", NULL});
	run(2000);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"EPSON\",\"model\":\"TM-T20II\"");
	ASSERT_HAS(up, "\"profile\":\"epson-tm-t20ii\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

/* Neither answers nor a device id: the ids of its USB connection. */
START_TEST(opening_by_usb_ids)
{
	static const struct {
		const char *options[5], *profile;
	} rows[] = {
		{{"info:usb_id=04b8:0e15"}, "epson-tm-t20ii"},
		{{"info:usb_id=04b8:0202"}, "epson-tm-t88v"},
		{{"info:usb_id=1234:5678"}, "generic-80"},
		{{"info:usb_id=04b8:0e15", "info:1284_mfg=ACME", "info:1284_mdl=A80"},
			"epson-tm-t20ii"},
		{{"info:usb_id=04b8:0e15", "profile=generic-58"}, "generic-58"},
	};
	char expected[64];

	prepare();
	open_with("usb:path=1-2", rows[_i].options);
	run(2000);
	snprintf(expected, sizeof expected, "\"profile\":\"%s\"", rows[_i].profile);
	ASSERT_HAS(lines(), expected);
	finish();
}
END_TEST

/* What it answers itself counts for more than ids that several models share. */
START_TEST(answers_before_usb_ids)
{
	prepare();
	open_with("usb:path=1-2", (const char *[]){"info:usb_id=04b8:0e15", NULL});
	run(0);
	feed("_X1", 4);
	feed("_1.07 ESC", 10);
	feed("_EPSON", 7);
	feed("_TM-T88VI", 10);
	run(2000);
	ASSERT_HAS(lines(), "\"profile\":\"epson-tm-t88vi\"");
	finish();
}
END_TEST

START_TEST(opening_by_asking)
{
	prepare();
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	ck_assert_str_eq(written(), PROLOGUE "<1d>ID");
	feed("_X1", 4);
	ck_assert_str_eq(written(), "<1d>IA");
	feed("_1.07 ESC", 10);
	ck_assert_str_eq(written(), "<1d>IB");
	feed("_EPSON", 7);
	ck_assert_str_eq(written(), "<1d>IC");
	feed("_TM-T20II", 10);
	ck_assert_str_eq(written(), "<1d>IE");
	feed("_KANJI JAPANESE", 16);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"EPSON\",\"model\":\"TM-T20II\",\"serial\":\"X1\","
		       "\"firmware\":\"1.07 ESC\"");
	ASSERT_HAS(up, "\"profile\":\"epson-tm-t20ii\"");
	ASSERT_HAS(up, "\"confirms\":\"process_id\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	ASSERT_HAS(up, "device.remember {\"key\":\"unit\",\"value\":"
		       "\"X1|1.07 ESC|EPSON|TM-T20II|KANJI JAPANESE|\"}");
	/* the font it has is used */
	written();
	print_text("\xe6\x97\xa5");
	ASSERT_HAS(written(), "<1c>&<93><fa><1c>.<0a>");
	finish();
}
END_TEST

/* What was found out about this unit is not asked again; another unit, or other firmware, is. */
START_TEST(opening_with_memory)
{
	static const char *const serials[] = {"_X1", "_X2"};

	prepare();
	open_with("tcp://127.0.0.1",
		(const char *[]){"memory:unit=X1|1.0|ACME|A80|CHINA GB18030|iq", NULL});
	run(0);
	ck_assert_str_eq(written(), PROLOGUE "<1d>ID");
	feed(serials[_i], 4);
	ck_assert_str_eq(written(), "<1d>IA");
	feed("_1.0", 5);
	if (_i) {
		ck_assert_str_eq(written(), "<1d>IB");
		finish();
		return;
	}
	ck_assert_str_eq(written(), "");
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"ACME\",\"model\":\"A80\",\"serial\":\"X1\"");
	ASSERT_HAS(up, "\"qr\":true,\"confirms\":\"process_id\"");
	ck_assert_ptr_null(strstr(up, "device.remember"));
	finish();
}
END_TEST

START_TEST(opening_probes_what_is_open)
{
	prepare();
	printer.no_ids = _i & 1;
	printer.no_qr = _i & 2;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=generic-80", NULL});
	run(1500);
	ck_assert_uint_eq(printer.ids, 1);
	const char *up = lines();
	ASSERT_HAS(up, printer.no_ids ? "\"confirms\":\"none\"" : "\"confirms\":\"process_id\"");
	ASSERT_HAS(up, printer.no_qr ? "\"qr\":false" : "\"qr\":true");
	written();
	lines();
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"body\":[{\"qr\":{\"data\":\"x\"}}]}}");
	ASSERT_HAS(lines(), printer.no_qr
				    ? "{\"needs\":[{\"kind\":\"symbol\",\"width\":576,\"node\":0}]}"
				    : "{\"segments\":1}");
	finish();
}
END_TEST

START_TEST(a_clone_that_answers_nothing)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	ASSERT_HAS(lines(), "\"confirms\":\"none\",\"status\":\"none\"");
	written();
	print("", 3, "");
	ck_assert_str_eq(written(), "<1b>@<1c>.<1b>t<00>line 0<0a>line 1<0a>line 2<0a>");
	ck_assert_str_eq(lines(),
		"1 {\"segments\":1}\n"
		"job.progress {\"job\":\"j\",\"segments\":1,\"sent\":1,\"confirmed\":0}\n" ENDED(
			"sent_unconfirmed", 1, 0) "}\n");
	/* nothing is claimed before the bytes have left */
	sim.bench.block = true;
	print("", 60, "");
	run(20000);
	ASSERT_HAS(lines(), "\"sent\":1,");
	sim.bench.block = false;
	bench_drain(&sim.bench);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 3, 0));
	finish();
}
END_TEST

/* ---- requests ---- */

START_TEST(refusals)
{
	open_ready("tcp://127.0.0.1");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"body\":[{\"text\":\"a\"},{\"bogus\":1}]}}");
	const char *up = lines();
	ASSERT_HAS(up, "1 ! Illegal $.document.body[1]");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"mode\":\"again\"}");
	ck_assert_str_eq(lines(), "2 ! Illegal $.mode is first, reprint or continue\n");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"from_segment\":1}");
	ck_assert_str_eq(lines(), "3 ! Illegal $.from_segment belongs to mode continue\n");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"j\",\"document\":{\"text\":\"a\"},\"copies\":11}");
	ck_assert_str_eq(lines(), "4 ! Illegal $.copies is not within 1 and 10\n");
	sim.held = true;
	print("", 400, "");
	print("", 400, "");
	ASSERT_HAS(lines(), "6 ! Busy ");
	bench_request(&sim.bench, "device.directIO", "{\"data_b64\":\"QQ==\"}");
	ASSERT_HAS(lines(), "7 ! Busy ");
	finish();
}
END_TEST

START_TEST(classes_on_request)
{
	prepare();
	bench_init(&sim.bench, &ph_driver_escpos, "tcp://127.0.0.1", PH_CLASS_BIT(PH_CLASS_PRINTER),
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	const char *up = lines();
	ck_assert_ptr_null(strstr(up, "\"drawer\""));
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "1 ! Illegal the device has no such class\n");
	finish();
}
END_TEST

static const char *const bad_options[][2] = {
	{"profile=none-such", "$.options.profile 'none-such' is not a profile"},
	{"codepage=cp9", "$.options.codepage profile generic-80 has no page 'cp9'"},
};

START_TEST(bad_option)
{
	struct ph_device_config config = {.name = "x", .connection = "tcp://127.0.0.1"};
	struct ph_device device;
	char key[64], text[512];

	prepare();
	open_with("tcp://127.0.0.1", NULL);
	ck_assert_int_eq(ph_device_init(&device, &ph_driver_escpos, sim.bench.device.io), 0);
	snprintf(key, sizeof key, "%s", bad_options[_i][0]);
	*strchr(key, '=') = '\0';
	ck_assert_int_eq(
		ph_device_set_option(&device, key, strchr(bad_options[_i][0], '=') + 1), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	snprintf(text, sizeof text, "%s %s", device.refused_path, device.refused_text);
	ck_assert_str_eq(text, bad_options[_i][1]);
	ph_device_done(&device);
	finish();
}
END_TEST

START_TEST(preferred_codepage_and_columns)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", "codepage=cp858",
					     "columns=32", "feed_before_cut=2", NULL});
	run(0);
	ASSERT_HAS(written(), "<1b>t<13>");
	const char *up = lines();
	ASSERT_HAS(up, "\"columns\":32,\"columns_b\":42,\"width_dots\":384");
	ASSERT_HAS(up, "\"codepages\":[\"cp858\",\"cp437\",\"cp1252\",\"cp850\"");
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, opening_is_two_round_trips, 0, 2);
	tcase_add_test(tc, opening_without_answer);
	tcase_add_test(tc, opening_out_of_paper);
	tcase_add_loop_test(tc, opening_out_of_paper_with_a_pause, 1, 5);
	tcase_add_test(tc, opening_with_half_an_answer);
	tcase_add_test(tc, opening_by_device_id);
	tcase_add_loop_test(tc, opening_by_usb_ids, 0, 5);
	tcase_add_test(tc, answers_before_usb_ids);
	tcase_add_test(tc, opening_by_asking);
	tcase_add_loop_test(tc, opening_with_memory, 0, 2);
	tcase_add_loop_test(tc, opening_probes_what_is_open, 0, 4);
	tcase_add_test(tc, a_clone_that_answers_nothing);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, classes_on_request);
	tcase_add_loop_test(tc, bad_option, 0, PH_ARRAY_SIZE(bad_options));
	tcase_add_test(tc, preferred_codepage_and_columns);
}

int main(void)
{
	return run_suite("escpos_open", add_tests);
}
