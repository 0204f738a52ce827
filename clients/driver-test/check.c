// Puts a driver through what docs/driver-protocol.md asks of each, whatever its device; running it is left to run.c.
#include "clients/driver-test/check.h"

#include "clients/driver-test/run.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define MANIFEST_MAX	65536
#define LINE_TOO_LONG	(8 * 1024 * 1024 + 4096)
#define FLOOD_BYTES	262144
#define FLOOD_NOTES_MAX 2000 /* notifications in a second after which poshald would have ended it */
#define UNPLUG_MS	1500 /* who listens to its device learns of it at once */
#define BURST		20

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

enum verdict { PASSED, FAILED, NOT_APPLICABLE };

/* The driver, and the check in hand. */
struct test {
	const cJSON *manifest;
	const char *name, *path; /* path: of the executable */
	enum driver_link link;
	const char *connect;   /* a device of the user's instead of an emulated one, or NULL */
	struct ph_buf options; /* members of driver.open's options, as JSON; "" */
	struct driver_run run;
	char why[256]; /* what is wrong, or why it does not apply */
};

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

/* Says why; a check returns it. */
__attribute__((format(printf, 2, 3))) static enum verdict failed(
	struct test *test, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(test->why, sizeof test->why, format, args);
	va_end(args);
	return FAILED;
}

static enum verdict not_applicable(struct test *test, const char *why)
{
	snprintf(test->why, sizeof test->why, "%s", why);
	return NOT_APPLICABLE;
}

/* ---- what checks are made of ---- */

/* A request must be answered by an error, and the driver must live on; `what` names it for people. */
static enum verdict refused(struct test *test, const char *what, int id)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *answer = driver_answer(&test->run, id, DRIVER_ANSWER_MS);

	if (!answer)
		return failed(test, "%s is not answered in time", what);
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer, "error");
	if (!cJSON_IsObject(error))
		return failed(test, "%s is not refused", what);
	if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(error, "code")) ||
		!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "message")))
		return failed(test, "the error for %s has no code and message", what);
	return PASSED;
}

static enum verdict refuses(struct test *test, const char *method, const char *params)
{
	return refused(test, method, driver_request(&test->run, method, params));
}

static enum verdict accepted(struct test *test, const char *method, int id)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *answer = driver_answer(&test->run, id, DRIVER_ANSWER_MS);

	if (!answer)
		return failed(test, "%s is not answered in time", method);
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer, "error");
	if (error)
		return failed(test, "%s is refused: %s", method, text_of(error, "message"));
	if (!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(answer, "result")))
		return failed(test, "the result of %s is no object", method);
	return PASSED;
}

static enum verdict accepts(struct test *test, const char *method, const char *params)
{
	return accepted(test, method, driver_request(&test->run, method, params));
}

static enum verdict pings(struct test *test)
{
	return accepts(test, "driver.ping", "{}");
}

/* There is a device to open; else why not. */
static bool has_device(struct test *test)
{
	if (test->connect || test->link != DRIVER_LINK_NONE)
		return true;
	not_applicable(test, "it connects by neither serial nor tcp; name a device by --connect");
	return false;
}

/* Sends driver.open with the test's device; `option` and `more` are further members, with their comma. */
static int request_open(struct test *test, const char *option, const char *more)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;
	const char *connection = test->connect ? test->connect : test->run.connection;

	ph_buf_add_str(&params, "{\"device\":\"test\",\"connection\":");
	ph_buf_add_json_str(&params, connection, strlen(connection));
	ph_buf_printf(&params, ",\"options\":{%s%s%s}%s}",
		test->options.data ? test->options.data : "",
		test->options.len && *option ? "," : "", option, more);
	return params.error ? params.error : driver_request(&test->run, "driver.open", params.data);
}

static enum verdict opens(struct test *test)
{
	if (!has_device(test))
		return NOT_APPLICABLE;
	enum verdict verdict = accepted(test, "driver.open", request_open(test, "", ""));
	if (verdict != PASSED)
		return verdict;
	if (!driver_state(&test->run, "ready", "offline", DRIVER_DEADLINE_MS))
		return failed(test, "device.state does not come within 30 s");
	driver_read_on(&test->run); /* it may have come up in steps */
	return PASSED;
}

static bool has_class(const struct test *test, const char *name)
{
	const cJSON *item;
	bool has = false;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test->manifest, "classes")) has =
		has || (cJSON_IsString(item) && !strcmp(item->valuestring, name));
	return has;
}

/* ---- the checks ---- */

static enum verdict check_hello(struct test *test)
{
	enum verdict verdict = pings(test);

	if (verdict != PASSED)
		return verdict;
	return test->run.hello ? PASSED
			       : failed(test, "driver.hello does not come first, or names another "
					      "driver or protocol");
}

static enum verdict check_unknown_method(struct test *test)
{
	enum verdict verdict = refuses(test, "driver.fly", "{}");

	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_unknown_member(struct test *test)
{
	enum verdict verdict = refuses(test, "driver.ping", "{\"colour\":\"blue\"}");

	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_before_open(struct test *test)
{
	const cJSON *class_ =
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(test->manifest, "classes"), 0);
	const char *method = has_class(test, "display")	  ? "display.clear"
			     : has_class(test, "scanner") ? "scanner.enable"
			     : has_class(test, "drawer")  ? "drawer.open"
							  : NULL;

	if (!cJSON_IsString(class_) || !method)
		return not_applicable(test, "no request of its classes is short enough");
	/* a driver that shows it once there is a device is right as well; it must answer */
	PH_CLEANUP(cJSON_Delete_p)
	cJSON *answer = driver_answer(
		&test->run, driver_request(&test->run, method, "{}"), DRIVER_ANSWER_MS);
	return answer ? pings(test) : failed(test, "%s before driver.open is not answered", method);
}

static enum verdict check_bad_option(struct test *test)
{
	if (!has_device(test))
		return NOT_APPLICABLE;
	enum verdict verdict = refused(test, "driver.open with an unknown option",
		request_open(test, "\"no-such-option\":\"1\"", ""));
	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_bad_connection(struct test *test)
{
	enum verdict verdict = refuses(
		test, "driver.open", "{\"device\":\"test\",\"connection\":\"nonsense:/nowhere\"}");

	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_bad_class(struct test *test)
{
	if (!has_device(test))
		return NOT_APPLICABLE;
	enum verdict verdict = refused(test, "driver.open with an unknown class",
		request_open(test, "", ",\"classes\":[\"toaster\"]"));
	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_open(struct test *test)
{
	enum verdict verdict = opens(test);

	if (verdict != PASSED)
		return verdict;
	return refused(test, "a second driver.open", request_open(test, "", ""));
}

static enum verdict check_other_classes(struct test *test)
{
	static const struct {
		const char *class_, *method, *params;
	} rows[] = {
		{"display", "display.clear", "{}"},
		{"scanner", "scanner.enable", "{}"},
		{"drawer", "drawer.open", "{}"},
		{"printer", "printer.cancel", "{\"job\":\"x\"}"},
	};
	enum verdict verdict = opens(test);

	for (size_t i = 0; verdict == PASSED && i < PH_ARRAY_SIZE(rows); i++)
		if (!has_class(test, rows[i].class_))
			verdict = refuses(test, rows[i].method, rows[i].params);
	return verdict == PASSED ? pings(test) : verdict;
}

static enum verdict check_once(struct test *test)
{
	enum verdict verdict = opens(test);
	int last = 0;

	if (verdict != PASSED)
		return verdict;
	for (int i = 0; i < BURST; i++)
		last = driver_request(&test->run, "driver.ping", "{}");
	for (int id = last - BURST + 1; id <= last; id++) {
		PH_CLEANUP(cJSON_Delete_p)
		cJSON *answer = driver_answer(&test->run, id, DRIVER_ANSWER_MS);
		if (!answer)
			return failed(test, "of %d requests at once not all are answered, in order",
				BURST);
	}
	/* a second answer would come before the next one's */
	int id = driver_request(&test->run, "driver.ping", "{}");
	PH_CLEANUP(cJSON_Delete_p)
	cJSON *answer = driver_answer_only(&test->run, id, DRIVER_ANSWER_MS);
	return answer ? PASSED : failed(test, "a request is answered twice");
}

static enum verdict check_flood(struct test *test)
{
	if (test->connect)
		return not_applicable(test, "only with the emulated device");
	enum verdict verdict = opens(test);
	size_t said = 0;

	if (verdict != PASSED)
		return verdict;
	unsigned before = test->run.notes;
	const uint64_t begin = ph_clock_mono_us();
	for (int i = 0; verdict == PASSED && i < 64 && said < FLOOD_BYTES; i++) {
		said += driver_device_says(&test->run, FLOOD_BYTES / 8);
		verdict = pings(test);
	}
	if (verdict != PASSED)
		return verdict;
	const uint64_t seconds = 1 + (ph_clock_mono_us() - begin) / 1000000;
	if (test->run.notes - before > FLOOD_NOTES_MAX * seconds)
		return failed(test, "%u notifications for %zu bytes of a device that floods",
			test->run.notes - before, said);
	return said ? PASSED : not_applicable(test, "it does not read from its device");
}

static enum verdict check_unplug(struct test *test)
{
	if (test->connect)
		return not_applicable(test, "only with the emulated device");
	enum verdict verdict = opens(test);

	if (verdict != PASSED)
		return verdict;
	driver_unplug(&test->run);
	/* a printer that is asked nothing may find out with the next job only; a driver may end as well */
	if (driver_state(&test->run, "offline", "failed", UNPLUG_MS) || test->run.eof)
		return PASSED;
	verdict = pings(test);
	return verdict == PASSED ? not_applicable(test, "it was offline before, or does not look")
				 : verdict;
}

static enum verdict check_replug(struct test *test)
{
	enum verdict verdict = opens(test);

	if (verdict != PASSED)
		return verdict;
	if (test->connect || test->link != DRIVER_LINK_TCP || strcmp(test->run.state, "ready") != 0)
		return not_applicable(test, "only where a connection by tcp is ready at once");
	driver_unplug(&test->run);
	if (!driver_state(&test->run, "offline", NULL, DRIVER_DEADLINE_MS))
		return failed(test, "it does not say offline within 30 s");
	if (!driver_state(&test->run, "ready", NULL, DRIVER_DEADLINE_MS))
		return failed(test, "it does not come back within 30 s");
	return PASSED;
}

/* Answered by an error, or the end of the driver: anything but silence. */
static enum verdict lives_or_ends(struct test *test)
{
	PH_CLEANUP(cJSON_Delete_p)
	cJSON *answer = driver_answer(
		&test->run, driver_request(&test->run, "driver.ping", "{}"), DRIVER_ANSWER_MS);

	if (answer || driver_ended(&test->run, DRIVER_DEADLINE_MS))
		return PASSED;
	return failed(test, "it neither answers any more nor ends");
}

static enum verdict check_not_json(struct test *test)
{
	static const char *const lines[] = {"\n", "{]\n", "[1,2]\n", "\"x\"\n", "{\"id\":1}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"driver.ping\"}\n", "\x80\xff\n"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(lines) && !test->run.eof; i++)
		driver_send(&test->run, lines[i], strlen(lines[i]));
	return lives_or_ends(test);
}

static enum verdict check_long_line(struct test *test)
{
	PH_CLEANUP_FREE char *line = malloc(LINE_TOO_LONG);

	if (!line)
		return failed(test, "out of memory");
	memset(line, 'x', LINE_TOO_LONG);
	line[LINE_TOO_LONG - 1] = '\n';
	int r = driver_send(&test->run, line, LINE_TOO_LONG);
	if (r == -EAGAIN)
		return failed(test, "it stopped reading");
	return lives_or_ends(test);
}

static enum verdict check_close(struct test *test)
{
	enum verdict verdict = opens(test);

	if (verdict == FAILED)
		return verdict;
	verdict = accepts(test, "driver.close", "{}");
	if (verdict != PASSED)
		return verdict;
	if (!driver_ended(&test->run, DRIVER_DEADLINE_MS))
		return failed(test, "it does not end after driver.close");
	return WIFEXITED(test->run.status) && WEXITSTATUS(test->run.status) == 0
		       ? PASSED
		       : failed(test, "it does not end with status 0 after driver.close");
}

static enum verdict check_end_of_carrier(struct test *test)
{
	enum verdict verdict = opens(test);

	if (verdict == FAILED)
		return verdict;
	driver_hang_up(&test->run);
	return driver_ended(&test->run, DRIVER_DEADLINE_MS)
		       ? PASSED
		       : failed(test, "it does not end with its carrier");
}

static const struct check {
	const char *text;
	enum verdict (*run)(struct test *test);
} checks[] = {
	{"says who it is before anything else", check_hello},
	{"refuses a method it does not know", check_unknown_method},
	{"refuses a member it does not know", check_unknown_member},
	{"answers a request that comes before driver.open", check_before_open},
	{"refuses an option it does not know", check_bad_option},
	{"refuses a connection it does not know", check_bad_connection},
	{"refuses a class it does not offer", check_bad_class},
	{"opens once, and reports the state of its device", check_open},
	{"refuses requests of classes it does not offer", check_other_classes},
	{"answers each request once", check_once},
	{"answers while its device floods", check_flood},
	{"notices that its device is gone", check_unplug},
	{"finds its device when it is back", check_replug},
	{"answers, or ends, after lines that are no request", check_not_json},
	{"answers, or ends, after a line that is too long", check_long_line},
	{"closes when asked to", check_close},
	{"ends with its carrier", check_end_of_carrier},
};

/* ---- what it is run with ---- */

cJSON *driver_manifest_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, MANIFEST_MAX + 1) : NULL;
	cJSON *manifest = NULL;

	if (text && fread(text, 1, MANIFEST_MAX, file))
		manifest = cJSON_Parse(text);
	free(text);
	if (file)
		fclose(file);
	return manifest;
}

static void choose_link(struct test *test)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(test->manifest, "connections"))
	{
		const char *scheme = cJSON_IsString(item) ? item->valuestring : "";
		if (!strcmp(scheme, "tcp"))
			test->link = DRIVER_LINK_TCP;
		else if (!strcmp(scheme, "serial") && test->link == DRIVER_LINK_NONE)
			test->link = DRIVER_LINK_SERIAL;
	}
}

/* "set=cd5220 columns=20" as members of an object. */
static int take_options(struct test *test, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, " "), name = strcspn(text, "= ");
		if (name < len && name) {
			if (test->options.len)
				ph_buf_add_char(&test->options, ',');
			ph_buf_add_json_str(&test->options, text, name);
			ph_buf_add_char(&test->options, ':');
			ph_buf_add_json_str(&test->options, text + name + 1, len - name - 1);
		} else if (len) {
			return -EINVAL;
		}
		text += len + (text[len] == ' ');
	}
	return test->options.error;
}

/* ---- all of them ---- */

static void driver_test_done(struct test *test)
{
	ph_buf_done(&test->options);
}

static enum verdict run_check(struct test *test, const struct check *check)
{
	test->why[0] = '\0';
	int r = driver_start(&test->run, test->path, test->name, test->link);
	enum verdict verdict =
		r < 0 ? failed(test, "%s cannot be started: %s", test->path, strerror(-r))
		      : check->run(test);
	if (verdict == PASSED && test->run.broken)
		verdict = failed(test, "it sent a line that is no JSON object");
	if (verdict == PASSED)
		test->why[0] = '\0';
	driver_end(&test->run);
	return verdict;
}

static cJSON *row_of(const struct test *test, const char *text, enum verdict verdict)
{
	static const char *const words[] = {
		[PASSED] = "passed", [FAILED] = "failed", [NOT_APPLICABLE] = "not applicable"};
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "check", text);
	cJSON_AddStringToObject(row, "verdict", words[verdict]);
	cJSON_AddStringToObject(row, "why", test->why);
	return row;
}

int driver_check(const struct driver_check *check, void (*each)(void *userdata, const cJSON *row),
	void *userdata)
{
	PH_CLEANUP(driver_test_done)
	struct test test = {.manifest = check->manifest,
		.name = text_of(check->manifest, "name"),
		.path = check->path,
		.connect = check->connect};
	int failures = 0;

	int r = take_options(&test, check->options);
	if (r < 0)
		return r;
	if (!test.connect)
		choose_link(&test);
	for (size_t i = 0; i < PH_ARRAY_SIZE(checks); i++) {
		enum verdict verdict = run_check(&test, &checks[i]);
		failures += verdict == FAILED;
		PH_CLEANUP(cJSON_Delete_p) cJSON *row = row_of(&test, checks[i].text, verdict);
		each(userdata, row);
	}
	return failures;
}
