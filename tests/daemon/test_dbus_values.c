// The D-Bus door without a bus: signatures, arguments, results and introspection of every method of the table.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "dbus_fake.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static sd_bus *bus;
static struct ph_dbus_door door;

/* A connection that nobody answers: enough to build messages. */
static void set_up(void)
{
	int fds[2];

	fake_init();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_ge(sd_bus_new(&bus), 0);
	ck_assert_int_ge(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
	ck_assert_int_ge(sd_bus_start(bus), 0);
	close(fds[1]);
	memset(&door, 0, sizeof door);
	door.daemon = &fake.daemon;
	ck_assert_int_eq(ph_dbus_table_init(&door.table, ph_methods, ph_methods_count), 0);
}

static void tear_down(void)
{
	ph_dbus_objects_done(&door);
	ph_dbus_table_done(&door.table);
	sd_bus_close_unref(bus);
	fake_done();
}

static sd_bus_message *new_call(void)
{
	sd_bus_message *message = NULL;

	ck_assert_int_ge(sd_bus_message_new_method_call(
				 bus, &message, NULL, "/org/poshal1", "org.poshal1.X", "Y"),
		0);
	return message;
}

static void seal(sd_bus_message *message)
{
	ck_assert_int_ge(sd_bus_message_seal(message, 1, 0), 0);
	ck_assert_int_ge(sd_bus_message_rewind(message, true), 0);
}

static const struct ph_dbus_member *member_of(const char *noun, const char *member, bool device)
{
	const struct ph_dbus_member *found = ph_dbus_table_find(&door.table, noun, member, device);

	ck_assert_ptr_nonnull(found);
	return found;
}

/* Reads the arguments of a sealed message; compares them with JSON (with ' for "). */
static void expect_params(
	const struct ph_dbus_member *member, sd_bus_message *message, const char *json)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	cJSON *params = NULL, *expected = fake_json(json);
	size_t size = 0;

	seal(message);
	int r = ph_dbus_read_params(member, message, "p1", &params, &size, &error);
	ck_assert_msg(r == 0, "%s", error.message);
	char *text = cJSON_PrintUnformatted(params);
	ck_assert_msg(cJSON_Compare(params, expected, true), "got %s", text);
	free(text);
	cJSON_Delete(params);
	cJSON_Delete(expected);
	sd_bus_message_unref(message);
}

static void expect_refusal(const struct ph_dbus_member *member, sd_bus_message *message,
	const char *name, const char *text)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	cJSON *params = NULL;
	size_t size = 0;

	seal(message);
	ck_assert_int_lt(ph_dbus_read_params(member, message, "p1", &params, &size, &error), 0);
	ck_assert_ptr_null(params);
	ck_assert_str_eq(error.name, name);
	ck_assert_str_eq(error.message, text);
	sd_bus_error_free(&error);
	sd_bus_message_unref(message);
}

static void append_argument(sd_bus_message *message, enum ph_value_type type)
{
	int r = 0;

	switch (type) {
	case PH_VALUE_STRING:
		r = sd_bus_message_append(message, "s", "t");
		break;
	case PH_VALUE_DOCUMENT:
		r = sd_bus_message_append(message, "s", "{\"text\":\"x\"}");
		break;
	case PH_VALUE_BOOL:
		r = sd_bus_message_append(message, "b", 1);
		break;
	case PH_VALUE_INT:
		r = sd_bus_message_append(message, "x", (int64_t)7);
		break;
	case PH_VALUE_STRINGS:
		r = sd_bus_message_append(message, "as", 2, "a", "b");
		break;
	case PH_VALUE_OBJECT:
		r = sd_bus_message_append(message, "a{sv}", 1, "k", "s", "v");
		break;
	case PH_VALUE_OBJECTS:
		r = sd_bus_message_append(message, "aa{sv}", 1, 1, "k", "s", "v");
		break;
	case PH_VALUE_BYTES:
		r = sd_bus_message_append(message, "ay", 3, 0, 1, 2);
		break;
	case PH_VALUE_ID:
		ck_abort_msg("an id is for the JSON door only");
	}
	ck_assert_int_ge(r, 0);
}

static const char *json_argument(enum ph_value_type type)
{
	switch (type) {
	case PH_VALUE_STRING:
		return "'t'";
	case PH_VALUE_DOCUMENT:
		return "{'text':'x'}";
	case PH_VALUE_BOOL:
		return "true";
	case PH_VALUE_INT:
		return "7";
	case PH_VALUE_STRINGS:
		return "['a','b']";
	case PH_VALUE_OBJECT:
		return "{'k':'v'}";
	case PH_VALUE_OBJECTS:
		return "[{'k':'v'}]";
	case PH_VALUE_BYTES:
		return "'AAEC'";
	case PH_VALUE_ID:
		break;
	}
	return "null";
}

static void append_options(sd_bus_message *message, const struct ph_method *method)
{
	char name[PH_NAME_MAX + 1];

	sd_bus_message_open_container(message, 'a', "{sv}");
	for (const struct ph_field *f = method->params; f->name; f++) {
		if (f->required || ph_dbus_json_only(method, f))
			continue;
		sd_bus_message_open_container(message, 'e', "sv");
		sd_bus_message_append(message, "s", ph_dbus_field_name(f, name));
		sd_bus_message_open_container(message, 'v', ph_dbus_signature(f->type));
		append_argument(message, f->type);
		sd_bus_message_close_container(message);
		sd_bus_message_close_container(message);
	}
	sd_bus_message_close_container(message);
}

/* Every parameter of every method arrives under its JSON name with its value. */
START_TEST(params_of_every_method)
{
	const struct ph_dbus_member *member = &door.table.members[_i];
	const struct ph_method *method = member->method;
	sd_bus_message *message = new_call();
	char json[2048] = "{";
	const struct ph_field *f = method->params;

	if (member->has_device) {
		ck_assert_str_eq(f->name, "device");
		strcat(json, "'device':'p1',");
		f++;
	}
	for (; f->name; f++) {
		if (f->required)
			append_argument(message, f->type);
		if (ph_dbus_json_only(method, f))
			continue;
		sprintf(json + strlen(json), "'%s':%s,", f->name, json_argument(f->type));
	}
	if (member->in_options)
		append_options(message, method);
	if (json[1])
		json[strlen(json) - 1] = '\0';
	strcat(json, "}");
	expect_params(member, message, json);
}
END_TEST

/* Every result can be sent, with the signature that introspection tells. */
START_TEST(result_of_every_method)
{
	const struct ph_dbus_member *member = &door.table.members[_i];
	sd_bus_message *message = new_call();
	cJSON *result = fake_result(member->method->result);
	const char *missing = "";

	ck_assert_int_eq(ph_dbus_append_result(message, member, result, &missing), 0);
	seal(message);
	char expected[2 * PH_BUS_SIGNATURE_SIZE] = "";
	for (const struct ph_field *f = member->method->result; f->name; f++)
		if (f->required)
			strcat(expected, ph_dbus_signature(f->type));
	ck_assert_str_eq(member->out, sd_bus_message_get_signature(message, true));
	ck_assert_int_eq(strncmp(member->out, expected, strlen(expected)), 0);
	ck_assert_str_eq(member->out + strlen(expected), member->out_options ? "a{sv}" : "");
	sd_bus_message_unref(message);
	cJSON_Delete(result);
}
END_TEST

START_TEST(known_signatures)
{
	ck_assert_str_eq(member_of("Printer", "Print", true)->in, "ssa{sv}");
	ck_assert_str_eq(member_of("Printer", "Print", true)->out, "ssba{sv}");
	ck_assert_str_eq(member_of("Drawer", "Open", true)->in, "sa{sv}");
	ck_assert_str_eq(member_of("Device", "DirectIO", true)->in, "ay");
	ck_assert_str_eq(member_of("Device", "DirectIO", true)->out, "a{sv}");
	ck_assert_str_eq(member_of("Manager", "GetDevice", false)->in, "s");
	ck_assert_str_eq(member_of("Manager", "GetDevice", false)->out, "a{sv}");
	ck_assert_str_eq(member_of("Manager", "Subscribe", false)->in, "asa{sv}");
	ck_assert_str_eq(member_of("Manager", "ListDevices", false)->out, "aa{sv}");
	ck_assert_ptr_null(ph_dbus_table_find(&door.table, "Printer", "Print", false));
	ck_assert_ptr_null(ph_dbus_table_find(&door.table, "Printer", "Nothing", true));
	ck_assert_ptr_null(ph_dbus_table_find(&door.table, "Nothing", "Print", true));
	ck_assert_ptr_eq(ph_dbus_table_find(&door.table, NULL, "Print", true),
		member_of("Printer", "Print", true));
}
END_TEST

START_TEST(optional_widths_and_nesting)
{
	const struct ph_dbus_member *print = member_of("Printer", "Print", true);
	const struct ph_dbus_member *subscribe = member_of("Manager", "Subscribe", false);
	const struct ph_dbus_member *show = member_of("Display", "Show", true);
	sd_bus_message *m = new_call();

	sd_bus_message_append(m, "ssa{sv}", "k", "{}", 2, "ttl_s", "u", 60u, "copies", "y", 2);
	expect_params(print, m, "{'device':'p1','key':'k','document':{},'ttl_s':60,'copies':2}");
	m = new_call();
	sd_bus_message_append(m, "asa{sv}", 1, "*", 1, "since", "a{sv}", 3, "instance", "s", "i",
		"seq", "t", (uint64_t)12, "raw", "ay", 1, 255);
	expect_params(subscribe, m,
		"{'topics':['*'],'since':{'instance':'i','seq':12,'raw_b64':'/w=='}}");
	m = new_call();
	sd_bus_message_append(m, "a{sv}", 1, "items", "aa{sv}", 2, 2, "text", "s", "A", "blink",
		"b", 1, 1, "l", "av", 2, "d", 1.5, "n", -3);
	expect_params(
		show, m, "{'device':'p1','items':[{'text':'A','blink':true},{'l':[1.5,-3]}]}");
}
END_TEST

START_TEST(refusals)
{
	const struct ph_dbus_member *print = member_of("Printer", "Print", true);
	const struct ph_dbus_member *subscribe = member_of("Manager", "Subscribe", false);
	sd_bus_message *m = new_call();

	sd_bus_message_append(m, "ss", "k", "{}");
	expect_refusal(print, m, SD_BUS_ERROR_INVALID_ARGS,
		"Printer.Print takes the signature \"ssa{sv}\", not \"ss\"");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{}", 1, "colour", "s", "red");
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.colour: unknown parameter (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{}", 1, "key", "s", "again");
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.key: unknown parameter (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{}", 1, "ttl_s", "s", "soon");
	expect_refusal(print, m, SD_BUS_ERROR_INVALID_ARGS,
		"option ttl_s of Printer.Print has the type x, not s");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{}", 1, "wait", "b", 1);
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.wait: not on the bus; the signal JobState tells the end (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{", 0);
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.document: is not a JSON text (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{\"a\":\"\\u0000\"}", 0);
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.document: is not JSON in UTF-8 without NUL (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", "{} {}", 0);
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.document: is not a JSON text (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "asa{sv}", 0, 1, "since", "a{sv}", 1, "seq", "t", UINT64_MAX);
	expect_refusal(subscribe, m, "org.poshal1.Error.Illegal",
		"a number is beyond 2^53 in size (correct the argument)");
	m = new_call();
	sd_bus_message_append(m, "asa{sv}", 0, 1, "since", "a{sv}", 1, "seq", "(s)", "x");
	expect_refusal(subscribe, m, "org.poshal1.Error.Illegal",
		"a value of type r has no meaning here (correct the argument)");
}
END_TEST

START_TEST(deep_documents_are_refused)
{
	const struct ph_dbus_member *print = member_of("Printer", "Print", true);
	char document[256] = "";

	for (int i = 0; i < PH_JSON_DEPTH_MAX + 1; i++)
		strcat(document, "[");
	sd_bus_message *m = new_call();
	sd_bus_message_append(m, "ssa{sv}", "k", document, 0);
	expect_refusal(print, m, "org.poshal1.Error.Illegal",
		"$.document: is nested too deep (correct the argument)");
}
END_TEST

START_TEST(large_arguments_are_refused)
{
	const struct ph_dbus_member *print = member_of("Printer", "Print", true);
	const struct ph_dbus_member *subscribe = member_of("Manager", "Subscribe", false);
	static const char too_large[] =
		"the arguments are longer than 1048576 bytes (send less at once)";
	char *document = malloc(PH_LINE_MAX + 1);
	sd_bus_message *m = new_call();

	memset(document, ' ', PH_LINE_MAX);
	document[PH_LINE_MAX] = '\0';
	sd_bus_message_append(m, "ssa{sv}", "k", document, 0);
	expect_refusal(print, m, "org.poshal1.Error.TooLarge", too_large);
	free(document);

	/* many small values count too */
	m = new_call();
	sd_bus_message_open_container(m, 'a', "s");
	for (int i = 0; i < PH_LINE_MAX / 8; i++)
		sd_bus_message_append(m, "s", "");
	sd_bus_message_close_container(m);
	sd_bus_message_append(m, "a{sv}", 0);
	expect_refusal(subscribe, m, "org.poshal1.Error.TooLarge", too_large);
}
END_TEST

/* What arrives as a variant, as text: signature and value. */
static void expect_variant(const char *json, const char *signature, const char *dump)
{
	cJSON *value = fake_json(json);
	sd_bus_message *m = new_call();
	const char *contents;
	char type, *text = NULL;
	size_t len = 0;

	ck_assert_int_eq(ph_dbus_append_variant(m, value), 0);
	seal(m);
	ck_assert_int_eq(sd_bus_message_peek_type(m, &type, &contents), 1);
	ck_assert_str_eq(contents, signature);
	FILE *f = open_memstream(&text, &len);
	ck_assert_int_ge(sd_bus_message_dump(m, f, SD_BUS_MESSAGE_DUMP_SUBTREE_ONLY), 0);
	fclose(f);
	/* without layout */
	char flat[2048], *out = flat;
	for (const char *p = text; *p && out < flat + sizeof flat - 1; p++)
		if (*p != ' ' && *p != '\n')
			*out++ = *p;
	*out = '\0';
	ck_assert_msg(strstr(flat, dump), "%s lacks %s", flat, dump);
	free(text);
	sd_bus_message_unref(m);
	cJSON_Delete(value);
}

START_TEST(variants)
{
	expect_variant("'t'", "s", "STRING\"t\"");
	expect_variant("true", "b", "BOOLEANtrue");
	expect_variant("-5", "x", "INT64-5");
	expect_variant("9007199254740992", "x", "INT649007199254740992");
	expect_variant("0.5", "d", "DOUBLE0.5");
	expect_variant("['a','b']", "as", "STRING\"a\";STRING\"b\"");
	expect_variant("[]", "as", "ARRAY\"s\"{}");
	expect_variant("[{'a':1}]", "aa{sv}", "STRING\"a\";VARIANT\"x\"{INT641;}");
	expect_variant("[1,null,'b']", "av", "VARIANT\"x\"{INT641;};VARIANT\"s\"{STRING\"b\";}");
	expect_variant("{'a':null,'b':{}}", "a{sv}",
		"DICT_ENTRY\"sv\"{STRING\"b\";VARIANT\"a{sv}\"{ARRAY\"{sv}\"{};};}");
	expect_variant("{'label_b64':'AAH/'}", "a{sv}",
		"STRING\"label\";VARIANT\"ay\"{ARRAY\"y\"{BYTE0;BYTE1;BYTE255;};}");
	expect_variant(
		"{'label_b64':'!'}", "a{sv}", "STRING\"label_b64\";VARIANT\"s\"{STRING\"!\";}");
}
END_TEST

START_TEST(deep_results_become_text)
{
	char json[512] = "";

	for (int i = 0; i < 30; i++)
		strcat(json, "{'a':");
	strcat(json, "1");
	for (int i = 0; i < 30; i++)
		strcat(json, "}");
	expect_variant(json, "a{sv}", "VARIANT\"s\"{STRING\"{\"a\":{\"a\":");
}
END_TEST

START_TEST(results_must_be_complete)
{
	const struct ph_dbus_member *print = member_of("Printer", "Print", true);
	cJSON *result = fake_json("{'job':'j','duplicate':false}");
	const char *missing = "";
	sd_bus_message *m = new_call();

	ck_assert_int_eq(ph_dbus_append_result(m, print, result, &missing), -EINVAL);
	ck_assert_str_eq(missing, "state");
	sd_bus_message_unref(m);
	cJSON_Delete(result);
}
END_TEST

/* Checks nesting and quoting; returns the number of elements. */
static unsigned check_xml(const char *xml)
{
	const char *stack[16];
	size_t lens[16];
	unsigned depth = 0, count = 0;

	for (const char *p = xml; (p = strchr(p, '<'));) {
		const char *name = p + 1, *end = name;
		while (*end && *end != '>') {
			if (*end == '"')
				end = strchr(end + 1, '"');
			ck_assert_ptr_nonnull(end);
			ck_assert(*end != '<');
			end++;
		}
		ck_assert(*end == '>');
		size_t len = strcspn(name, " />");
		if (*name == '/') {
			len = strcspn(name + 1, ">");
			ck_assert_uint_gt(depth, 0);
			depth--;
			ck_assert(lens[depth] == len && !memcmp(stack[depth], name + 1, len));
		} else if (*name != '!' && end[-1] != '/') {
			ck_assert_uint_lt(depth, 16);
			stack[depth] = name;
			lens[depth++] = len;
		}
		count++;
		p = end;
	}
	ck_assert_uint_eq(depth, 0);
	for (const char *p = xml; (p = strchr(p, '&')); p++)
		ck_assert(!strncmp(p, "&lt;", 4) || !strncmp(p, "&gt;", 4) ||
			  !strncmp(p, "&amp;", 5) || !strncmp(p, "&quot;", 6));
	return count;
}

static void expect_method(const char *xml, const struct ph_dbus_member *member)
{
	char text[128];
	const char *p, *end;

	snprintf(text, sizeof text, " <interface name=\"org.poshal1.%s\">", member->noun);
	p = strstr(xml, text);
	ck_assert_msg(p != NULL, "%s", text);
	snprintf(text, sizeof text, "  <method name=\"%s\">", member->member);
	p = strstr(p, text);
	ck_assert_msg(p != NULL, "%s", text);
	end = strstr(p, "</method>");
	/* its arguments in order give the signatures */
	char in[PH_BUS_SIGNATURE_SIZE] = "", out[PH_BUS_SIGNATURE_SIZE] = "";
	while ((p = strstr(p, "<arg type=\"")) && p < end) {
		size_t len = strcspn(p += 11, "\"");
		const char *direction = strstr(p, "direction=\"") + 11;
		strncat(*direction == 'i' ? in : out, p, len);
	}
	ck_assert_str_eq(in, member->in);
	ck_assert_str_eq(out, member->out);
}

START_TEST(introspection)
{
	static const struct {
		const char *id, *noun;
		enum ph_class class_;
	} kinds[FAKE_DEVICES] = {{"p-1", "Printer", PH_CLASS_PRINTER},
		{"d", "Drawer", PH_CLASS_DRAWER}, {"s", "Scanner", PH_CLASS_SCANNER},
		{"w", "Display", PH_CLASS_DISPLAY}, {"k", "Scale", PH_CLASS_SCALE},
		{"m", "Msr", PH_CLASS_MSR}, {"c", "CardReader", PH_CLASS_CARD_READER},
		{"t", "Terminal", PH_CLASS_TERMINAL}};
	unsigned seen = 0;
	char *xml = NULL;

	for (int i = 0; i < FAKE_DEVICES; i++)
		fake_device(kinds[i].class_, kinds[i].id, "{}");
	ck_assert_int_eq(ph_dbus_objects_init(&door), 0);
	for (int i = -1; i < FAKE_DEVICES; i++) {
		const struct ph_device *device = i < 0 ? NULL : &fake.devices[i];
		ck_assert_int_eq(ph_dbus_introspect(&door, device ? PH_PLACE_DEVICE : PH_PLACE_ROOT,
					 device, &xml),
			0);
		check_xml(xml);
		for (size_t n = 0; n < door.table.len; n++) {
			const struct ph_dbus_member *m = &door.table.members[n];
			bool here =
				device ? m->has_device && (!strcmp(m->noun, "Device") ||
								  !strcmp(m->noun, kinds[i].noun))
				       : !m->has_device;
			if (!here)
				continue;
			expect_method(xml, m);
			seen += !device || strcmp(m->noun, "Device") || i == 0;
		}
		free(xml);
	}
	ck_assert_uint_eq(seen, door.table.len);
	ck_assert_int_eq(ph_dbus_introspect(&door, PH_PLACE_DEVICES, NULL, &xml), 0);
	ck_assert_ptr_nonnull(strstr(xml, "<node name=\"p_2d1\"/>\n <node name=\"d\"/>\n"));
	check_xml(xml);
	free(xml);
}
END_TEST

START_TEST(introspection_is_documented)
{
	struct ph_device *device = fake_device(PH_CLASS_PRINTER, "p", "{}");
	char *xml = NULL;

	ck_assert_int_eq(ph_dbus_introspect(&door, PH_PLACE_DEVICE, device, &xml), 0);
	ck_assert_ptr_nonnull(
		strstr(xml, "value=\"Accepts a print job; it is on disk when this answers.\""));
	ck_assert_ptr_nonnull(strstr(xml, "on_recovery (s): what to do when the printer loses part "
					  "of it; reprint if absent [reprint continue ask]\"/>"));
	ck_assert_ptr_null(strstr(xml, "wait (b)"));
	ck_assert_ptr_nonnull(strstr(xml, "<signal name=\"JobState\">"));
	ck_assert_ptr_nonnull(strstr(xml, "<property type=\"s\" name=\"Paper\" access=\"read\">"));
	free(xml);
}
END_TEST

int main(void)
{
	int members = 0;
	Suite *suite = suite_create("dbus_values");
	TCase *tcase = tcase_create("all");

	for (size_t i = 0; i < ph_methods_count; i++)
		members += ph_methods[i].dbus != NULL;
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, params_of_every_method, 0, members);
	tcase_add_loop_test(tcase, result_of_every_method, 0, members);
	tcase_add_test(tcase, known_signatures);
	tcase_add_test(tcase, optional_widths_and_nesting);
	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, deep_documents_are_refused);
	tcase_add_test(tcase, large_arguments_are_refused);
	tcase_add_test(tcase, variants);
	tcase_add_test(tcase, deep_results_become_text);
	tcase_add_test(tcase, results_must_be_complete);
	tcase_add_test(tcase, introspection);
	tcase_add_test(tcase, introspection_is_documented);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
