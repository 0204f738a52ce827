// The D-Bus door on a private bus: calls, errors, properties, objects, signals, peers that leave, a bus that leaves.
#include "daemon/doors/dbus/door.h"

#include "daemon/doors/dbus/internal.h"
#include "dbus_bus.h"
#include "dbus_fake.h"

#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ROOT	"/org/poshal1"
#define PRINTER "/org/poshal1/device/till_2d1"
#define MANAGER "org.poshal1.Manager"
#define NOBODY	65534

#define PRINTER_JSON                                                                               \
	"{'id':'till-1','class':'printer','driver':'escpos','connection':'tcp://127.0.0.1:9100',"  \
	"'vendor':'Epson','model':'TM-T88V','serial':null,'roles':['receipt'],'state':'ready',"    \
	"'reasons':[],'capabilities':{'columns':42,'cut':['partial']},"                            \
	"'status':{'online':true,'paper':'ok','cover':'closed','error':null},'holder':null}"

static struct bus bus;
static struct ph_dbus_door *door;
static struct client client;
static struct ph_device *printer;

static void start_bus(void)
{
	bus_start(&bus, BUS_OPEN);
}

static void stop_bus(void)
{
	bus_remove(&bus);
}

static void open_door(void)
{
	ck_assert_int_eq(ph_dbus_door_new(&fake.daemon, &door), 0);
	ck_assert_str_eq(fake.daemon.bus_state, "absent");
	WAIT_FOR(fake.daemon.event, !strcmp(fake.daemon.bus_state, "connected"));
}

static void set_up(void)
{
	fake_init();
	printer = fake_device(PH_CLASS_PRINTER, "till-1", PRINTER_JSON);
	open_door();
	client_open(&client, fake.daemon.event, -1);
}

static void tear_down(void)
{
	client_close(&client);
	ph_dbus_door_free(door);
	ck_assert_ptr_null(fake.daemon.hooks);
	ck_assert_ptr_null(fake.daemon.clients);
	fake_done();
}

static sd_bus_message *ask(
	const char *path, const char *interface, const char *member, const char *types, ...)
{
	sd_bus_message *message = NULL;
	va_list args;

	ck_assert_int_ge(sd_bus_message_new_method_call(
				 client.bus, &message, PH_BUS_NAME, path, interface, member),
		0);
	va_start(args, types);
	ck_assert_int_ge(sd_bus_message_appendv(message, types, args), 0);
	va_end(args);
	return client_call(&client, message);
}

static void expect_error(sd_bus_message *reply, const char *name, const char *text)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	ck_assert_ptr_nonnull(error);
	ck_assert_str_eq(error->name, name);
	ck_assert_str_eq(error->message, text);
	sd_bus_message_unref(reply);
}

/* A message with its signature as text without layout. */
static const char *dump(sd_bus_message *message)
{
	static char flat[16384];
	char *text = NULL, *out;
	size_t len = 0;

	ck_assert_int_ge(sd_bus_message_rewind(message, true), 0);
	FILE *f = open_memstream(&text, &len);
	ck_assert_int_ge(sd_bus_message_dump(message, f, SD_BUS_MESSAGE_DUMP_SUBTREE_ONLY), 0);
	fclose(f);
	out = flat + sprintf(flat, "MESSAGE\"%s\"{", sd_bus_message_get_signature(message, true));
	for (const char *p = text; *p && out < flat + sizeof flat - 4; p++)
		if (*p != ' ' && *p != '\n')
			*out++ = *p;
	strcpy(out, "};");
	free(text);
	return flat;
}

static void expect_text(sd_bus_message *reply, const char *text)
{
	ck_assert_msg(!sd_bus_message_is_method_error(reply, NULL), "%s: %s",
		sd_bus_message_get_error(reply)->name, sd_bus_message_get_error(reply)->message);
	ck_assert_str_eq(dump(reply), text);
	sd_bus_message_unref(reply);
}

START_TEST(print_is_called_and_answered)
{
	char label[64];
	sd_bus_message *reply = ask(PRINTER, "org.poshal1.Printer", "Print", "ssa{sv}", "sale-1",
		"{\"text\":\"CAFÉ\"}", 1, "ttl_s", "i", 60);

	expect_text(reply,
		"MESSAGE\"ssba{sv}\"{STRING\"job\";STRING\"state\";BOOLEANtrue;ARRAY\"{sv}\"{"
		"DICT_ENTRY\"sv\"{STRING\"reason\";VARIANT\"s\"{STRING\"reason\";};};};};");
	ck_assert_str_eq(fake.method, "printer.print");
	ck_assert_str_eq(fake.params, "{\"device\":\"till-1\",\"key\":\"sale-1\","
				      "\"document\":{\"text\":\"CAFÉ\"},\"ttl_s\":60}");
	snprintf(label, sizeof label, "uid %u, %s", geteuid(), client.name);
	ck_assert_str_eq(fake.label, label);
}
END_TEST

START_TEST(every_method_answers_with_its_signature)
{
	struct ph_dbus_table table;

	ck_assert_int_eq(ph_dbus_table_init(&table, ph_methods, ph_methods_count), 0);
	for (size_t i = 0; i < table.len; i++) {
		const struct ph_dbus_member *m = &table.members[i];
		char interface[64];
		sd_bus_message *message = NULL;
		if (strcmp(m->in, "") && strcmp(m->in, "a{sv}"))
			continue;
		snprintf(interface, sizeof interface, "org.poshal1.%s", m->noun);
		sd_bus_message_new_method_call(client.bus, &message, PH_BUS_NAME,
			m->has_device ? PRINTER : ROOT, interface, m->member);
		if (*m->in)
			sd_bus_message_append(message, m->in, 0);
		sd_bus_message *reply = client_call(&client, message);
		ck_assert_msg(!sd_bus_message_is_method_error(reply, NULL), "%s", m->method->name);
		ck_assert_str_eq(sd_bus_message_get_signature(reply, true), m->out);
		ck_assert_str_eq(fake.method, m->method->name);
		sd_bus_message_unref(reply);
	}
	ck_assert_uint_gt(fake.runs, 20);
	ph_dbus_table_done(&table);
}
END_TEST

START_TEST(a_role_is_a_path)
{
	sd_bus_message_unref(
		ask("/org/poshal1/device/receipt", "org.poshal1.Printer", "Status", ""));
	ck_assert_str_eq(fake.params, "{\"device\":\"receipt\"}");
	sd_bus_message *reply = ask("/org/poshal1/device/receipt",
		"org.freedesktop.DBus.Properties", "Get", "ss", "org.poshal1.Device", "Id");
	expect_text(reply, "MESSAGE\"v\"{VARIANT\"s\"{STRING\"till-1\";};};");
}
END_TEST

START_TEST(bytes_travel_as_ay)
{
	sd_bus_message *reply =
		ask(PRINTER, "org.poshal1.Device", "DirectIO", "ay", 3, 0x10, 0x04, 0x01);

	ck_assert_str_eq(fake.params, "{\"device\":\"till-1\",\"data_b64\":\"EAQB\"}");
	expect_text(reply, "MESSAGE\"a{sv}\"{ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"reply\";"
			   "VARIANT\"ay\"{ARRAY\"y\"{BYTE0;BYTE1;BYTE2;};};};};};");
}
END_TEST

START_TEST(wrong_calls)
{
	expect_error(ask(PRINTER, "org.poshal1.Printer", "Print", "ss", "k", "{}"),
		SD_BUS_ERROR_INVALID_ARGS,
		"Printer.Print takes the signature \"ssa{sv}\", not \"ss\"");
	expect_error(ask(PRINTER, "org.poshal1.Printer", "Print", "ssa{sv}", "", "{}", 0),
		"org.poshal1.Error.Illegal", "$.key: must not be empty (correct the argument)");
	expect_error(ask(PRINTER, "org.poshal1.Printer", "Burn", ""), SD_BUS_ERROR_UNKNOWN_METHOD,
		PRINTER " has no method org.poshal1.Printer.Burn");
	expect_error(ask(ROOT, "org.poshal1.Printer", "Status", ""), SD_BUS_ERROR_UNKNOWN_METHOD,
		ROOT " has no method org.poshal1.Printer.Status");
	expect_error(ask("/org/poshal1/device", MANAGER, "Info", ""), SD_BUS_ERROR_UNKNOWN_METHOD,
		"/org/poshal1/device has no method org.poshal1.Manager.Info");
	expect_error(ask("/org/poshal1/nowhere", MANAGER, "Info", ""), SD_BUS_ERROR_UNKNOWN_OBJECT,
		"no object /org/poshal1/nowhere");
	expect_error(ask("/org/poshal1/device/x/y", MANAGER, "Info", ""),
		SD_BUS_ERROR_UNKNOWN_OBJECT, "no object /org/poshal1/device/x/y");
	expect_error(ask("/org/poshal1/device/_ff", MANAGER, "Info", ""),
		SD_BUS_ERROR_UNKNOWN_OBJECT, "no object /org/poshal1/device/_ff");
	expect_error(ask("/org/poshal1/device/none", "org.freedesktop.DBus.Introspectable",
			     "Introspect", ""),
		SD_BUS_ERROR_UNKNOWN_OBJECT, "no device or role none");
	ck_assert_uint_eq(fake.runs, 0);
}
END_TEST

START_TEST(without_interface)
{
	sd_bus_message_unref(ask(PRINTER, NULL, "Print", "ssa{sv}", "k", "{}", 0));
	ck_assert_str_eq(fake.method, "printer.print");
}
END_TEST

static void out_of_paper(struct ph_call *call)
{
	struct ph_failure failure;

	ph_failure_set_extended(&failure, "RecEmpty", "load paper and close the cover", "till-1",
		"printer till-1: out of paper");
	ph_call_fail_with(call, &failure);
}

START_TEST(errors_have_name_text_and_hint)
{
	fake.handler = out_of_paper;
	expect_error(ask(PRINTER, "org.poshal1.Printer", "Print", "ssa{sv}", "k", "{}", 0),
		"org.poshal1.Error.Extended.RecEmpty",
		"printer till-1: out of paper (load paper and close the cover)");
}
END_TEST

static void answer_nonsense(struct ph_call *call)
{
	ph_call_reply(call, NULL);
}

START_TEST(an_incomplete_answer_is_a_failure)
{
	fake.handler = answer_nonsense;
	expect_error(ask(PRINTER, "org.poshal1.Printer", "Print", "ssa{sv}", "k", "{}", 0),
		"org.poshal1.Error.Failure",
		"the answer of printer.print cannot be sent, at job: error 22 (see the log of the "
		"service)");
}
END_TEST

/* Calls before the credentials are here wait in order; more than the limit are refused at once. */
START_TEST(calls_wait_for_credentials)
{
	struct answer answers[PH_CALLS_PENDING + 6];
	unsigned refused = 0;

	fake.handler = fake_hold;
	for (int i = 0; i < PH_CALLS_PENDING + 6; i++)
		client_send(&client, &answers[i], PRINTER, "org.poshal1.Printer.Status", "");
	WAIT_FOR(fake.daemon.event, fake.held_count == PH_CALLS_PENDING);
	WAIT_FOR(fake.daemon.event, answers[PH_CALLS_PENDING + 5].message);
	ck_assert_uint_eq(fake.daemon.client_count, 1);
	for (int i = 0; i < PH_CALLS_PENDING + 6; i++) {
		refused += answers[i].message != NULL;
		if (answers[i].message)
			expect_error(answers[i].message, "org.poshal1.Error.LimitExceeded",
				"64 calls of this peer are under way already (wait until earlier "
				"work is done)");
	}
	ck_assert_uint_eq(refused, 6);
	for (unsigned i = 0; i < PH_CALLS_PENDING; i++)
		fake_answer(fake.held[i]);
	for (int i = 0; i < PH_CALLS_PENDING; i++) {
		WAIT_FOR(fake.daemon.event, answers[i].message);
		ck_assert(i == 0 || answers[i].order > answers[i - 1].order);
		sd_bus_message_unref(answers[i].message);
	}
}
END_TEST

START_TEST(waiting_calls_are_bounded_in_bytes)
{
	struct answer answers[12];
	char *document = malloc(PH_LINE_MAX);

	memset(document, ' ', PH_LINE_MAX);
	strcpy(document + PH_LINE_MAX - 1000, "{}");
	for (int i = 0; i < 12; i++)
		client_send(&client, &answers[i], PRINTER, "org.poshal1.Printer.Print", "ssa{sv}",
			"k", document, 0);
	unsigned refused = 0;
	for (int i = 0; i < 12; i++) {
		WAIT_FOR(fake.daemon.event, answers[i].message);
		refused += sd_bus_message_is_method_error(
				   answers[i].message, "org.poshal1.Error.LimitExceeded") > 0;
		sd_bus_message_unref(answers[i].message);
	}
	ck_assert_uint_eq(refused + fake.runs, 12);
	ck_assert_uint_eq(door->waiting_bytes, 0);
	free(document);
}
END_TEST

START_TEST(peers_are_bounded)
{
	door->peer_count += PH_BUS_PEERS_MAX;
	expect_error(ask(ROOT, MANAGER, "Info", ""), "org.poshal1.Error.LimitExceeded",
		"1024 programs on the bus use poshal already (wait until earlier work is done)");
	door->peer_count -= PH_BUS_PEERS_MAX;
	sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	ck_assert_uint_eq(fake.runs, 1);
}
END_TEST

START_TEST(no_reply_wanted)
{
	sd_bus_message *message = NULL;

	sd_bus_message_new_method_call(
		client.bus, &message, PH_BUS_NAME, PRINTER, "org.poshal1.Printer", "Status");
	sd_bus_message_set_expect_reply(message, false);
	sd_bus_send(client.bus, message, NULL);
	sd_bus_message_unref(message);
	/* the next answer is of the next call */
	expect_text(ask(PRINTER, "org.poshal1.Drawer", "Status", ""),
		"MESSAGE\"sa{sv}\"{STRING\"state\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"left_"
		"open\";"
		"VARIANT\"b\"{BOOLEANtrue;};};};};");
	ck_assert_uint_eq(fake.runs, 2);
}
END_TEST

START_TEST(grants_come_from_the_bus)
{
	struct client other;
	struct ph_access_rule rule = {.id = NOBODY, .grants = PH_GRANT_BIT(PH_GRANT_MONITOR)};
	struct answer answer;
	char text[200];

	if (geteuid())
		return; /* only root can be somebody else */
	fake.config.access.rules = malloc(sizeof rule);
	*fake.config.access.rules = rule;
	fake.config.access.len = 1;
	client_open(&other, fake.daemon.event, NOBODY);
	client_send(&other, &answer, PRINTER, "org.poshal1.Printer.Status", "");
	WAIT_FOR(fake.daemon.event, answer.message);
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
	client_send(&other, &answer, PRINTER, "org.poshal1.Printer.Print", "ssa{sv}", "k", "{}", 0);
	WAIT_FOR(fake.daemon.event, answer.message);
	snprintf(text, sizeof text,
		"printer.print needs the grant `print`, which uid 65534, %s does not have (ask the "
		"administrator for the grant: section [access] of poshal.conf)",
		other.name);
	expect_error(answer.message, "org.poshal1.Error.AccessDenied", text);
	client_close(&other);
}
END_TEST

START_TEST(properties)
{
	static const char iface[] = "org.freedesktop.DBus.Properties";

	expect_text(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Printer", "Paper"),
		"MESSAGE\"v\"{VARIANT\"s\"{STRING\"ok\";};};");
	expect_text(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Device", "Holder"),
		"MESSAGE\"v\"{VARIANT\"s\"{STRING\"\";};};");
	expect_text(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Device", "Roles"),
		"MESSAGE\"v\"{VARIANT\"as\"{ARRAY\"s\"{STRING\"receipt\";};};};");
	expect_text(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Device", "Capabilities"),
		"MESSAGE\"v\"{VARIANT\"a{sv}\"{ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"columns\";"
		"VARIANT\"x\"{INT6442;};};DICT_ENTRY\"sv\"{STRING\"cut\";VARIANT\"as\"{ARRAY\"s\"{"
		"STRING\"partial\";};};};};};};");
	expect_text(ask(PRINTER, iface, "GetAll", "s", "org.poshal1.Printer"),
		"MESSAGE\"a{sv}\"{ARRAY\"{sv}\"{"
		"DICT_ENTRY\"sv\"{STRING\"Paper\";VARIANT\"s\"{STRING\"ok\";};};"
		"DICT_ENTRY\"sv\"{STRING\"Cover\";VARIANT\"s\"{STRING\"closed\";};};"
		"DICT_ENTRY\"sv\"{STRING\"Online\";VARIANT\"b\"{BOOLEANtrue;};};};};");
	expect_text(ask(ROOT, iface, "Get", "ss", MANAGER, "Version"),
		"MESSAGE\"v\"{VARIANT\"s\"{STRING\"" POSHAL_VERSION "\";};};");
	expect_error(ask(PRINTER, iface, "Set", "ssv", "org.poshal1.Printer", "Paper", "s", "x"),
		SD_BUS_ERROR_PROPERTY_READ_ONLY, "Paper cannot be set");
	expect_error(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Printer", "Ink"),
		SD_BUS_ERROR_UNKNOWN_PROPERTY, "org.poshal1.Printer has no property Ink");
	expect_error(ask(PRINTER, iface, "Get", "ss", "org.poshal1.Scanner", "Enabled"),
		SD_BUS_ERROR_UNKNOWN_INTERFACE, "this object has no interface org.poshal1.Scanner");
	expect_error(ask(PRINTER, iface, "Get", "s", "x"), SD_BUS_ERROR_INVALID_ARGS,
		"Get takes the signature \"ss\", not \"s\"");
}
END_TEST

static void change(const char *description)
{
	fake_describe(printer, description);
	fake.daemon.hooks->device_changed(fake.daemon.hooks_door, printer);
}

START_TEST(changes_carry_only_what_changed)
{
	client_match(&client, "type='signal',sender='org.poshal1'");
	/* three changes in one turn are one; what is back again is none */
	change("{'state':'offline','status':{'paper':'empty'}}");
	change("{'state':'failed'}");
	fake_describe(printer, PRINTER_JSON);
	cJSON *paper = cJSON_GetObjectItem(fake.descriptions[0], "status");
	cJSON_SetValuestring(cJSON_GetObjectItem(paper, "paper"), "empty");
	fake.daemon.hooks->device_changed(fake.daemon.hooks_door, printer);
	WAIT_FOR(fake.daemon.event, client.signal_count == 2);
	ck_assert_str_eq(sd_bus_message_get_path(client.signals[0]), PRINTER);
	ck_assert_str_eq(sd_bus_message_get_member(client.signals[0]), "PropertiesChanged");
	ck_assert_str_eq(dump(client.signals[0]),
		"MESSAGE\"sa{sv}as\"{STRING\"org.poshal1.Device\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{"
		"STRING\"Status\";VARIANT\"a{sv}\"{ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"online\";"
		"VARIANT\"b\"{BOOLEANtrue;};};DICT_ENTRY\"sv\"{STRING\"paper\";VARIANT\"s\"{"
		"STRING\""
		"empty\";};};DICT_ENTRY\"sv\"{STRING\"cover\";VARIANT\"s\"{STRING\"closed\";};};};}"
		";};"
		"};ARRAY\"s\"{};};");
	ck_assert_str_eq(dump(client.signals[1]),
		"MESSAGE\"sa{sv}as\"{STRING\"org.poshal1.Printer\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{"
		"STRING\"Paper\";VARIANT\"s\"{STRING\"empty\";};};};ARRAY\"s\"{};};");
	client_forget_signals(&client);
	/* no change, no signal; a read shows what was signalled before the answer */
	fake.daemon.hooks->device_changed(fake.daemon.hooks_door, printer);
	sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	ck_assert_uint_eq(client.signal_count, 0);
}
END_TEST

START_TEST(objects_come_and_go)
{
	static const char iface[] = "org.freedesktop.DBus.ObjectManager";
	sd_bus_message *reply = ask(ROOT, iface, "GetManagedObjects", "");
	const char *path;

	client_match(&client, "type='signal',sender='org.poshal1'");
	ck_assert_str_eq(sd_bus_message_get_signature(reply, true), "a{oa{sa{sv}}}");
	ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}"), 0);
	ck_assert_int_gt(sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}"), 0);
	ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
	ck_assert_str_eq(path, PRINTER);
	sd_bus_message_unref(reply);

	struct ph_device *drawer =
		fake_device(PH_CLASS_DRAWER, "drawer", "{'id':'drawer','status':{'open':false}}");
	fake.daemon.hooks->device_added(fake.daemon.hooks_door, drawer);
	WAIT_FOR(fake.daemon.event, client.signal_count == 1);
	ck_assert_str_eq(sd_bus_message_get_member(client.signals[0]), "InterfacesAdded");
	ck_assert_ptr_nonnull(strstr(dump(client.signals[0]),
		"DICT_ENTRY\"sa{sv}\"{STRING\"org.poshal1.Drawer\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{"
		"STRING\"State\";VARIANT\"s\"{STRING\"closed\";};};};};"));
	fake.daemon.hooks->device_changed(fake.daemon.hooks_door, drawer);
	fake.daemon.hooks->device_removed(fake.daemon.hooks_door, drawer);
	WAIT_FOR(fake.daemon.event, client.signal_count == 2);
	ck_assert_str_eq(sd_bus_message_get_member(client.signals[1]), "InterfacesRemoved");
	ck_assert_str_eq(dump(client.signals[1]),
		"MESSAGE\"oas\"{OBJECT_PATH\"/org/poshal1/device/drawer\";ARRAY\"s\"{"
		"STRING\"org.poshal1.Device\";STRING\"org.poshal1.Drawer\";};};");
}
END_TEST

START_TEST(introspection_on_the_bus)
{
	static const char iface[] = "org.freedesktop.DBus.Introspectable";
	const char *xml;
	sd_bus_message *reply = ask("/org", iface, "Introspect", "");

	ck_assert_int_gt(sd_bus_message_read(reply, "s", &xml), 0);
	ck_assert_ptr_nonnull(strstr(xml, "<node name=\"poshal1\"/>"));
	sd_bus_message_unref(reply);
	reply = ask("/org/poshal1/device", iface, "Introspect", "");
	ck_assert_int_gt(sd_bus_message_read(reply, "s", &xml), 0);
	ck_assert_ptr_nonnull(strstr(xml, "<node name=\"till_2d1\"/>"));
	sd_bus_message_unref(reply);
	reply = ask(PRINTER, iface, "Introspect", "");
	ck_assert_int_gt(sd_bus_message_read(reply, "s", &xml), 0);
	ck_assert_ptr_nonnull(strstr(xml, "<interface name=\"org.poshal1.Printer\">"));
	sd_bus_message_unref(reply);
	sd_bus_message_unref(ask(PRINTER, "org.freedesktop.DBus.Peer", "Ping", ""));
}
END_TEST

START_TEST(events_are_unicast)
{
	struct client other;

	client_open(&other, fake.daemon.event, -1);
	client_match(&other, "type='signal',sender='org.poshal1'");
	sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	struct ph_client *peer = fake.daemon.clients;
	fake_event(peer, "scanner.data", "lane-1",
		"{'text':'4006381333931','data_b64':'XQ==','label_b64':'NDA=','symbology':'ean13',"
		"'upos_type':104,'age_ms':2}",
		true);
	fake_event(peer, "job.state", "till-1",
		"{'job':'j-1','state':'printed','confirmed_through':3}", true);
	fake_event(peer, "job.state", "till-1", "{'job':'j-1','state':'printed'}", false);
	fake_event(peer, "lease.requested", "lane-1", "{'by':'uid 1, :1.9'}", true);
	WAIT_FOR(fake.daemon.event, client.signal_count == 4);
	sd_bus_message **s = client.signals;
	ck_assert_str_eq(sd_bus_message_get_path(s[0]), "/org/poshal1/device/lane_2d1");
	ck_assert_str_eq(sd_bus_message_get_interface(s[0]), "org.poshal1.Scanner");
	ck_assert_str_eq(sd_bus_message_get_member(s[0]), "Data");
	ck_assert_str_eq(sd_bus_message_get_destination(s[0]), client.name);
	ck_assert_str_eq(dump(s[0]),
		"MESSAGE\"saysa{sv}\"{STRING\"4006381333931\";ARRAY\"y\"{BYTE52;BYTE48;};STRING\""
		"ean13\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"data\";VARIANT\"ay\"{ARRAY\"y\"{"
		"BYTE93;"
		"};};};DICT_ENTRY\"sv\"{STRING\"upos_type\";VARIANT\"x\"{INT64104;};};DICT_"
		"ENTRY\"sv\"{"
		"STRING\"age_ms\";VARIANT\"x\"{INT642;};};DICT_ENTRY\"sv\"{STRING\"seq\";"
		"VARIANT\"x\"{"
		"INT641;};};DICT_ENTRY\"sv\"{STRING\"time\";VARIANT\"s\"{STRING\""
		"2026-11-21T19:45:08.123Z\";};};};};");
	ck_assert_str_eq(sd_bus_message_get_interface(s[1]), "org.poshal1.Printer");
	ck_assert_str_eq(sd_bus_message_get_member(s[1]), "JobState");
	ck_assert_ptr_nonnull(strstr(dump(s[1]),
		"MESSAGE\"ssa{sv}\"{STRING\"j-1\";STRING\"printed\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{"
		"STRING\"confirmed_through\";VARIANT\"x\"{INT643;};};"));
	ck_assert_str_eq(sd_bus_message_get_path(s[2]), ROOT);
	ck_assert_str_eq(sd_bus_message_get_member(s[2]), "Event");
	ck_assert_str_eq(dump(s[2]),
		"MESSAGE\"sstsa{sv}\"{STRING\"job.state\";STRING\"till-1\";UINT643;STRING\""
		"2026-11-21T19:45:08.123Z\";ARRAY\"{sv}\"{DICT_ENTRY\"sv\"{STRING\"job\";"
		"VARIANT\"s\"{"
		"STRING\"j-1\";};};DICT_ENTRY\"sv\"{STRING\"state\";VARIANT\"s\"{STRING\"printed\";"
		"};};"
		"};};");
	ck_assert_str_eq(sd_bus_message_get_interface(s[3]), "org.poshal1.Device");
	ck_assert_str_eq(sd_bus_message_get_member(s[3]), "LeaseRequested");
	ck_assert_uint_eq(other.signal_count, 0);
	client_close(&other);
}
END_TEST

static void answer_rubbish(struct ph_call *call)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "state", "\xe2\x82");
	ph_call_reply(call, result);
}

static void fail_with_rubbish(struct ph_call *call)
{
	ph_call_fail(call, PH_E_FAILURE, "cut \xe2\x82");
}

/* The bus would end the connection of a program that sends this. */
START_TEST(texts_that_are_no_utf8_do_not_leave)
{
	fake.handler = answer_rubbish;
	expect_text(ask(PRINTER, "org.poshal1.Drawer", "Status", ""),
		"MESSAGE\"sa{sv}\"{STRING\"??\";ARRAY\"{sv}\"{};};");
	fake.handler = fail_with_rubbish;
	expect_error(ask(PRINTER, "org.poshal1.Drawer", "Status", ""), "org.poshal1.Error.Failure",
		"cut  (see the log of the service)");
	cJSON *status = cJSON_GetObjectItem(fake.descriptions[0], "status");
	cJSON_AddStringToObject(status, "\xff", "\xff");
	cJSON_SetValuestring(cJSON_GetObjectItem(status, "paper"), "\xff");
	fake.daemon.hooks->device_changed(fake.daemon.hooks_door, printer);
	fake.handler = NULL;
	for (int i = 0; i < 2; i++)
		sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	ck_assert_str_eq(fake.daemon.bus_state, "connected");
}
END_TEST

START_TEST(a_peer_that_leaves_ends_its_calls)
{
	struct client other;
	struct answer answer;

	client_open(&other, fake.daemon.event, -1);
	fake.handler = fake_hold;
	client_send(&other, &answer, PRINTER, "org.poshal1.Drawer.WaitForClose", "a{sv}", 0);
	WAIT_FOR(fake.daemon.event, fake.held_count == 1);
	ck_assert_uint_eq(door->peer_count, 1);
	client_close(&other);
	WAIT_FOR(fake.daemon.event, fake.removed_clients == 1);
	ck_assert_uint_eq(fake.cancelled, 1);
	ck_assert_uint_eq(door->peer_count, 0);
	/* one that leaves before its credentials are here leaves nothing behind */
	client_open(&other, fake.daemon.event, -1);
	client_send(&other, &answer, PRINTER, "org.poshal1.Printer.Status", "");
	sd_bus_flush(other.bus);
	client_close(&other);
	fake.handler = NULL;
	sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	WAIT_FOR(fake.daemon.event, door->peer_count == 1);
	ck_assert_uint_eq(fake.daemon.client_count, 1);
}
END_TEST

START_TEST(a_second_service_is_refused)
{
	struct ph_daemon second = fake.daemon;
	struct ph_dbus_door *other = NULL;

	second.clients = NULL;
	ck_assert_int_eq(ph_dbus_door_new(&second, &other), 0);
	WAIT_FOR(fake.daemon.event, !other->bus);
	ck_assert_str_eq(second.bus_state, "absent");
	ck_assert_str_eq(fake.daemon.bus_state, "connected");
	ph_dbus_door_free(other);
}
END_TEST

START_TEST(no_bus)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/ph-nobus-XXXXXX", text[64];

	fake_init();
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
	snprintf(text, sizeof text, "unix:path=%s/socket", folder);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", text, 1);
	ck_assert_int_eq(ph_dbus_door_new(&fake.daemon, &door), -ENOENT);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(ph_dbus_door_new(&fake.daemon, &door), -ECONNREFUSED);
	ck_assert_str_eq(fake.daemon.bus_state, "absent");
	ck_assert_ptr_null(fake.daemon.hooks);
	close(fd);
	unlink(address.sun_path);
	rmdir(folder);
	fake_done();
}
END_TEST

START_TEST(the_bus_goes_and_returns)
{
	struct bus own;

	bus_start(&own, BUS_OPEN);
	fake_init();
	printer = fake_device(PH_CLASS_PRINTER, "till-1", PRINTER_JSON);
	open_door();
	client_open(&client, fake.daemon.event, -1);
	fake.handler = fake_hold;
	struct answer answer;
	client_send(&client, &answer, PRINTER, "org.poshal1.Printer.Status", "");
	WAIT_FOR(fake.daemon.event, fake.held_count == 1);
	bus_kill(&own);
	WAIT_FOR(fake.daemon.event, !strcmp(fake.daemon.bus_state, "absent"));
	ck_assert_uint_eq(fake.cancelled, 1);
	ck_assert_uint_eq(fake.removed_clients, 1);
	WAIT_FOR(fake.daemon.event, answer.message);
	sd_bus_message_unref(answer.message);
	client_close(&client);
	/* objects go on */
	change("{'state':'offline'}");
	/* and nothing spins in the meantime; a file that somebody makes in /tmp does wake the loop */
	unsigned long long end = mono_us() + 50000;
	for (unsigned turns = 0; mono_us() < end; turns++) {
		ck_assert_uint_lt(turns, 200);
		sd_event_run(fake.daemon.event, 50000);
	}
	bus_restart(&own);
	WAIT_FOR(fake.daemon.event, !strcmp(fake.daemon.bus_state, "connected"));
	client_open(&client, fake.daemon.event, -1);
	fake.handler = NULL;
	expect_text(ask(PRINTER, "org.freedesktop.DBus.Properties", "Get", "ss",
			    "org.poshal1.Device", "State"),
		"MESSAGE\"v\"{VARIANT\"s\"{STRING\"offline\";};};");
	sd_bus_message_unref(ask(ROOT, MANAGER, "Info", ""));
	tear_down();
	bus_remove(&own);
}
END_TEST

START_TEST(more_peers_than_the_bus_can_watch)
{
	struct client others[3];
	struct answer answer;
	struct bus own;

	bus_start(&own, BUS_OPEN "<limit name=\"max_match_rules_per_connection\">2</limit>");
	fake_init();
	printer = fake_device(PH_CLASS_PRINTER, "till-1", PRINTER_JSON);
	open_door();
	for (int i = 0; i < 3; i++) {
		client_open(&others[i], fake.daemon.event, -1);
		client_send(&others[i], &answer, PRINTER, "org.poshal1.Printer.Status", "");
		WAIT_FOR(fake.daemon.event, answer.message);
		if (i < 2)
			sd_bus_message_unref(answer.message);
	}
	expect_error(answer.message, "org.poshal1.Error.LimitExceeded",
		"the message bus cannot watch more peers (wait until earlier work is done)");
	ck_assert_uint_eq(door->peer_count, 2);
	client_close(&others[0]);
	WAIT_FOR(fake.daemon.event, door->peer_count == 1);
	client_send(&others[2], &answer, PRINTER, "org.poshal1.Printer.Status", "");
	WAIT_FOR(fake.daemon.event, answer.message);
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
	client_close(&others[1]);
	client_close(&others[2]);
	ph_dbus_door_free(door);
	fake_done();
	bus_remove(&own);
}
END_TEST

/* packaging/dbus/org.poshal1.conf: root may own, call and hear; a stranger may nothing. */
START_TEST(the_shipped_policy)
{
	struct client stranger;
	struct answer answer;
	struct bus own;

	if (geteuid())
		return; /* only root can be somebody else */
	bus_start(&own, "<include>" POLICY "</include>");
	fake_init();
	printer = fake_device(PH_CLASS_PRINTER, "till-1", PRINTER_JSON);
	open_door();
	client_open(&client, fake.daemon.event, -1);
	client_open(&stranger, fake.daemon.event, NOBODY);
	client_match(&client, "type='signal',path_namespace='/org/poshal1'");
	client_match(&stranger, "type='signal',path_namespace='/org/poshal1'");
	client_send(&stranger, &answer, PRINTER, "org.poshal1.Printer.Status", "");
	WAIT_FOR(fake.daemon.event, answer.message);
	ck_assert(sd_bus_message_is_method_error(answer.message, SD_BUS_ERROR_ACCESS_DENIED));
	sd_bus_message_unref(answer.message);
	sd_bus_message_unref(ask(PRINTER, "org.poshal1.Printer", "Status", ""));
	ck_assert_uint_eq(fake.runs, 1);
	change("{'state':'offline'}");
	WAIT_FOR(fake.daemon.event, client.signal_count == 2);
	client_match(&stranger, "type='signal',path='/later'"); /* its answer comes behind */
	ck_assert_uint_eq(stranger.signal_count, 0);
	client_close(&stranger);
	tear_down();
	bus_remove(&own);
}
END_TEST

static TCase *shared_bus(void)
{
	TCase *tcase = tcase_create("bus");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, start_bus, stop_bus);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, print_is_called_and_answered);
	tcase_add_test(tcase, every_method_answers_with_its_signature);
	tcase_add_test(tcase, a_role_is_a_path);
	tcase_add_test(tcase, bytes_travel_as_ay);
	tcase_add_test(tcase, wrong_calls);
	tcase_add_test(tcase, without_interface);
	tcase_add_test(tcase, errors_have_name_text_and_hint);
	tcase_add_test(tcase, an_incomplete_answer_is_a_failure);
	tcase_add_test(tcase, calls_wait_for_credentials);
	tcase_add_test(tcase, waiting_calls_are_bounded_in_bytes);
	tcase_add_test(tcase, peers_are_bounded);
	tcase_add_test(tcase, no_reply_wanted);
	tcase_add_test(tcase, grants_come_from_the_bus);
	tcase_add_test(tcase, properties);
	tcase_add_test(tcase, changes_carry_only_what_changed);
	tcase_add_test(tcase, objects_come_and_go);
	tcase_add_test(tcase, introspection_on_the_bus);
	tcase_add_test(tcase, events_are_unicast);
	tcase_add_test(tcase, texts_that_are_no_utf8_do_not_leave);
	tcase_add_test(tcase, a_peer_that_leaves_ends_its_calls);
	tcase_add_test(tcase, a_second_service_is_refused);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("dbus_door");
	TCase *alone = tcase_create("own bus");

	suite_add_tcase(suite, shared_bus());
	tcase_set_timeout(alone, 60);
	tcase_add_test(alone, no_bus);
	tcase_add_test(alone, the_bus_goes_and_returns);
	tcase_add_test(alone, the_shipped_policy);
	tcase_add_test(alone, more_peers_than_the_bus_can_watch);
	suite_add_tcase(suite, alone);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
