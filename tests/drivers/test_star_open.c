// The Star driver: opening printers that are known, unknown or mute, options and requests.
#include "star_sim.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- opening ---- */

START_TEST(opening_is_two_round_trips)
{
	prepare();
	sim.single = _i;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	ck_assert_str_eq(bench_written(&sim.bench), ASK);
	send_asb();
	ck_assert_str_eq(bench_written(&sim.bench), SYNC);
	ck_assert_str_eq(bench_lines(&sim.bench), "");
	feed("\x1b\x1d\x03\x00\x00\x00\x09\x00", 8);
	ck_assert_str_eq(bench_written(&sim.bench), "");
	const char *up = bench_lines(&sim.bench);
	ASSERT_HAS(up, "\"confirms\":\"counter\",\"status\":\"asb\",\"receive_buffer\":4096}");
	ASSERT_HAS(up, "\"profile\":\"star-mc-print3\"");
	ASSERT_HAS(up, "\"gs1_128\"");
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

START_TEST(opening_by_asking)
{
	prepare();
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "\"vendor\":\"Star\",\"model\":\"TSP654II\"");
	ASSERT_HAS(up, "\"firmware\":\"1.2\"");
	ASSERT_HAS(up, "\"profile\":\"star-tsp650ii\"");
	ASSERT_HAS(up, "\"confirms\":\"counter\"");
	/* StarPRNT, version 4, tells its serial number */
	finish();
	prepare();
	printer.prnt = true;
	open_with("tcp://127.0.0.1", NULL);
	run(0);
	ASSERT_HAS(lines(), "\"serial\":\"X77\"");
	finish();
}
END_TEST

/* Star Line Mode has no ESC GS S: what a printer speaks that no profile names, its status says. */
START_TEST(opening_what_no_profile_names)
{
	for (unsigned prnt = 0; prnt < 2; prnt++) {
		prepare();
		printer.no_known_model = true;
		printer.prnt = prnt;
		open_with("tcp://127.0.0.1", NULL);
		run(0);
		ASSERT_HAS(lines(),
			prnt ? "\"profile\":\"starprnt-80\"" : "\"profile\":\"starline-80\"");
		finish();
	}
}
END_TEST

START_TEST(opening_without_answer)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=star-mc-print3", NULL});
	run(1500);
	ck_assert_str_eq(written(), ASK ASK ASK);
	ASSERT_HAS(lines(), "device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],"
			    "\"message\":\"the printer does not answer\"}\n");
	run(120000);
	ck_assert_uint_le(printer.asks, 40);
	sim.mute = false;
	run(31000);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();
}
END_TEST

START_TEST(opening_out_of_paper)
{
	prepare();
	printer.asb[2] = 0x08;
	printer.asb[5] = 0x08;
	sim.held = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(0);
	ck_assert_str_eq(written(), ASK);
	const char *up = lines();
	ASSERT_HAS(up, "\"online\":false,\"paper\":\"empty\"");
	ASSERT_HAS(up, "device.state {\"state\":\"ready\"");
	ASSERT_HAS(up, "\"confirms\":\"none\"");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	/* what it can confirm is found out as soon as it can answer */
	set_status(0, 0, 0);
	ASSERT_HAS(written(), SYNC);
	ASSERT_HAS(lines(), "\"confirms\":\"counter\"");
	finish();
}
END_TEST

START_TEST(opening_inside_of_a_command)
{
	/* someone stopped in the middle of an image: the printer says its status and obeys nothing */
	prepare();
	printer.stuck = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(1600);
	ck_assert_str_eq(written(), ASK SYNC "<1b><1e>E<00><17>" RESET);
	ck_assert_uint_eq(printer.resets, 1);
	run(3000);
	ck_assert_str_eq(written(), ASK SYNC);
	ASSERT_HAS(lines(), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	finish();

	/* the reset is tried once, then the printer is what it is: broken */
	prepare();
	printer.stuck = printer.no_reset_help = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-mc-print3", NULL});
	run(60000);
	ck_assert_uint_eq(printer.resets, 1);
	ASSERT_HAS(lines(), "\"reasons\":[\"not_responding\"]");
	finish();
}
END_TEST

START_TEST(what_counts_is_found_out)
{
	prepare();
	printer.no_counter = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starprnt-80", NULL});
	run(600);
	/* the probe is NULs to a printer that does not know it */
	ck_assert_str_eq(written(), ASK TIMES PROLOGUE "<1b><1d><03><00><00><00><1b><1e>E<00><17>");
	ASSERT_HAS(lines(), "\"confirms\":\"counter\"");
	finish();

	prepare();
	printer.no_counter = printer.no_etb = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starprnt-80", NULL});
	run(8000);
	ASSERT_HAS(lines(), "\"confirms\":\"none\"");
	ck_assert_uint_eq(printer.resets, 1);
	print("", 1, "");
	run(10);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	finish();
}
END_TEST

/* ---- options and requests ---- */

static void write_profiles(char path[], const char *text)
{
	const int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(further_profiles)
{
	char path[] = "/tmp/poshal-profiles-XXXXXX", option[64];

	write_profiles(path, "[profile mine]\nsource = a test\ninherits = star-tsp650ii\n"
			     "models = TSP654II\nwidth_dots = 384\n");
	snprintf(option, sizeof option, "profile_file=%s", path);
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){option, NULL});
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "\"profile\":\"mine\"");
	ASSERT_HAS(up, "\"columns\":32");
	finish();
	unlink(path);
}
END_TEST

START_TEST(bad_options)
{
	struct ph_device_config config = {.name = "x", .connection = "tcp://127.0.0.1"};
	char path[] = "/tmp/poshal-profiles-XXXXXX", text[512], wrong[128];
	const char *const bad[][3] = {
		{"profile", "star", "$.options.profile 'star' is not a profile"},
		{"profile_file", path, wrong},
		{"profile_file", "/nonsense",
			"$.options.profile_file /nonsense: No such file or directory"},
		{"codepage", "cp9", "$.options.codepage profile starprnt-80 has no page 'cp9'"}};

	write_profiles(path, "[profile mine]\ninherits = star-tsp650ii\nwidth = 384\n");
	snprintf(wrong, sizeof wrong, "$.options.profile_file %s:3: there is no key 'width'", path);
	for (size_t i = 0; i < PH_ARRAY_SIZE(bad); i++) {
		struct ph_device device;
		prepare();
		open_with("tcp://127.0.0.1", NULL);
		ck_assert_int_eq(ph_device_init(&device, &ph_driver_star, sim.bench.device.io), 0);
		ck_assert_int_eq(ph_device_set_option(&device, bad[i][0], bad[i][1]), 0);
		ck_assert_int_lt(ph_device_configure(&device, &config), 0);
		snprintf(text, sizeof text, "%s %s", device.refused_path, device.refused_text);
		ck_assert_str_eq(text, bad[i][2]);
		ph_device_done(&device);
		finish();
	}
	unlink(path);
}
END_TEST

START_TEST(refused_documents)
{
	open_ready("tcp://127.0.0.1");
	print("", 0,
		"{\"barcode\":{\"type\":\"code39\",\"data\":"
		"\"012345678901234567890123456789\"}}");
	ASSERT_HAS(lines(), "! Illegal");
	print("", 0, "{\"drawer\":{\"n\":2}},{\"drawer\":{\"n\":2}}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 2, 2));
	bench_request(&sim.bench, "printer.explain",
		"{\"document\":{\"body\":[{\"text\":\"a\",\"size\":[8,8]}]}}");
	ASSERT_HAS(lines(), "{\"degradations\":[{\"path\":\"$.document.body[0].text\","
			    "\"text\":\"size above 6 times -> raster\"}],\"needs\":[{");
	bench_request(&sim.bench, "printer.print",
		"{\"job\":\"p\",\"document\":{\"pdf_b64\":\"JVBERi0xLjQ=\"}}");
	ASSERT_HAS(lines(), "! Illegal $.document.pdf_b64 receipt printers print no PDF");
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, opening_is_two_round_trips, 0, 2);
	tcase_add_test(tc, opening_by_asking);
	tcase_add_test(tc, opening_what_no_profile_names);
	tcase_add_test(tc, opening_without_answer);
	tcase_add_test(tc, opening_out_of_paper);
	tcase_add_test(tc, opening_inside_of_a_command);
	tcase_add_test(tc, what_counts_is_found_out);
	tcase_add_test(tc, further_profiles);
	tcase_add_test(tc, bad_options);
	tcase_add_test(tc, refused_documents);
}

int main(void)
{
	return run_suite("star_open", add_tests);
}
