// What the scripted printers of all languages share: bytes up and down, time, documents.
#include "printer_sim.h"

#include "base/cleanup.h"

#include <stdlib.h>

struct printer_sim sim;

void feed(const void *data, size_t len)
{
	bench_feed(&sim.bench, data, len, sim.single);
}

void pump(void)
{
	sim_answer();
	ph_buf_add_str(&sim.lines, bench_lines(&sim.bench));
}

void run(unsigned ms)
{
	pump();
	for (unsigned t = 0; t < ms; t += STEP_MS) {
		bench_advance(&sim.bench, STEP_MS);
		pump();
	}
}

const char *lines(void)
{
	static char *last;

	pump();
	free(last);
	last = strdup(sim.lines.data ? sim.lines.data : "");
	ph_buf_reset(&sim.lines);
	return last;
}

void open_with(const char *connection, const char *const *options)
{
	bench_init(&sim.bench, sim_driver, connection, 0, options);
}

void finish(void)
{
	bench_done(&sim.bench);
	ph_buf_done(&sim.lines);
}

void print(const char *mode, unsigned count, const char *more)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	ph_buf_printf(&params, "{\"job\":\"j\",%s\"document\":{\"body\":[", mode);
	for (unsigned i = 0; i < count; i++)
		ph_buf_printf(&params, "%s{\"text\":\"line %u\"}", i ? "," : "", i);
	ph_buf_printf(&params, "%s]}}", more);
	bench_request(&sim.bench, "printer.print", params.data);
}

unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

int run_suite(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create("all");

	add(tc);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
