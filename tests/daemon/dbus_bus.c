// The private message bus and the clients of the tests of the D-Bus door.
#include "dbus_bus.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned answers;

static void write_config(const struct bus *bus, const char *rules)
{
	char path[128];

	snprintf(path, sizeof path, "%s/bus.conf", bus->folder);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
		"1.0//EN\"\n"
		" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
		"<busconfig><type>system</type><listen>%s</listen><auth>EXTERNAL</auth>\n"
		"<policy context=\"default\"><allow user=\"*\"/><deny own=\"*\"/>"
		"<deny send_type=\"method_call\"/><allow send_type=\"signal\"/>"
		"<allow send_requested_reply=\"true\" send_type=\"method_return\"/>"
		"<allow send_requested_reply=\"true\" send_type=\"error\"/>"
		"<allow receive_type=\"method_call\"/><allow receive_type=\"signal\"/>"
		"<allow receive_type=\"method_return\"/><allow receive_type=\"error\"/>"
		"<allow send_destination=\"org.freedesktop.DBus\"/></policy>\n"
		"%s</busconfig>\n",
		bus->address, rules);
	fclose(f);
}

void bus_restart(struct bus *bus)
{
	char option[160], ready[8];
	int fds[2];

	snprintf(option, sizeof option, "--config-file=%s/bus.conf", bus->folder);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	bus->pid = fork();
	ck_assert_int_ge(bus->pid, 0);
	if (!bus->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 3);
		dup2(open("/dev/null", O_WRONLY), 2);
		execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--nopidfile",
			"--nosyslog", "--print-address=3", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	ck_assert_int_gt(read(fds[0], ready, sizeof ready), 0); /* it listens */
	close(fds[0]);
}

void bus_start(struct bus *bus, const char *rules)
{
	strcpy(bus->folder, "/tmp/ph-bus-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bus->folder));
	ck_assert_int_eq(chmod(bus->folder, 0755), 0);
	snprintf(bus->address, sizeof bus->address, "unix:path=%s/socket", bus->folder);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", bus->address, 1);
	write_config(bus, rules);
	bus_restart(bus);
}

void bus_kill(struct bus *bus)
{
	if (bus->pid <= 0)
		return;
	kill(bus->pid, SIGKILL);
	waitpid(bus->pid, NULL, 0);
	bus->pid = 0;
}

void bus_remove(struct bus *bus)
{
	char path[128];

	bus_kill(bus);
	snprintf(path, sizeof path, "%s/bus.conf", bus->folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/socket", bus->folder);
	unlink(path);
	rmdir(bus->folder);
}

unsigned long long mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
}

void run_once(sd_event *event, unsigned long long deadline_us)
{
	unsigned long long now = mono_us();

	ck_assert_msg(now < deadline_us, "nothing happened in time");
	ck_assert_int_ge(sd_event_run(event, deadline_us - now), 0);
}

static int on_any(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct client *client = userdata;
	const char *interface = sd_bus_message_get_interface(message);
	uint8_t type;

	sd_bus_message_get_type(message, &type);
	if (type != SD_BUS_MESSAGE_SIGNAL ||
		!strncmp(interface, "org.freedesktop.DBus.Local", 26) ||
		!strcmp(interface, "org.freedesktop.DBus"))
		return 0;
	ck_assert_uint_lt(client->signal_count, CLIENT_SIGNALS);
	client->signals[client->signal_count++] = sd_bus_message_ref(message);
	return 0;
}

void client_open(struct client *client, sd_event *event, int uid)
{
	memset(client, 0, sizeof *client);
	ck_assert_int_ge(sd_bus_new(&client->bus), 0);
	sd_bus_set_address(client->bus, getenv("DBUS_SYSTEM_BUS_ADDRESS"));
	sd_bus_set_bus_client(client->bus, true);
	if (uid >= 0)
		ck_assert_int_eq(seteuid((uid_t)uid), 0);
	ck_assert_int_ge(sd_bus_start(client->bus), 0);
	if (uid >= 0)
		ck_assert_int_eq(seteuid(0), 0);
	sd_bus_add_filter(client->bus, NULL, on_any, client);
	sd_bus_attach_event(client->bus, event, SD_EVENT_PRIORITY_NORMAL);
	WAIT_FOR(event, sd_bus_is_ready(client->bus) > 0);
	sd_bus_get_unique_name(client->bus, &client->name);
}

void client_forget_signals(struct client *client)
{
	while (client->signal_count)
		sd_bus_message_unref(client->signals[--client->signal_count]);
}

void client_close(struct client *client)
{
	client_forget_signals(client);
	sd_bus_detach_event(client->bus);
	client->bus = sd_bus_close_unref(client->bus);
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct answer *answer = userdata;

	answer->message = sd_bus_message_ref(message);
	answer->order = ++answers;
	return 1;
}

void client_match(struct client *client, const char *rule)
{
	struct answer answer = {0};

	client_send(client, &answer, "/org/freedesktop/DBus", "org.freedesktop.DBus.AddMatch", "s",
		rule);
	WAIT_FOR(sd_bus_get_event(client->bus), answer.message);
	ck_assert(!sd_bus_message_is_method_error(answer.message, NULL));
	sd_bus_message_unref(answer.message);
}

void client_send(struct client *client, struct answer *answer, const char *path, const char *member,
	const char *types, ...)
{
	const char *dot = strrchr(member, '.');
	char interface[64];
	sd_bus_message *message = NULL;
	va_list args;

	*answer = (struct answer){0};
	snprintf(interface, sizeof interface, "%.*s", (int)(dot - member), member);
	bool to_bus = !strcmp(interface, "org.freedesktop.DBus");
	ck_assert_int_ge(sd_bus_message_new_method_call(client->bus, &message,
				 to_bus ? interface : "org.poshal1", path, interface, dot + 1),
		0);
	va_start(args, types);
	ck_assert_int_ge(sd_bus_message_appendv(message, types, args), 0);
	va_end(args);
	ck_assert_int_ge(sd_bus_call_async(client->bus, NULL, message, on_answer, answer, 0), 0);
	sd_bus_message_unref(message);
}

sd_bus_message *client_call(struct client *client, sd_bus_message *message)
{
	struct answer answer = {0};

	ck_assert_int_ge(sd_bus_call_async(client->bus, NULL, message, on_answer, &answer, 0), 0);
	sd_bus_message_unref(message);
	WAIT_FOR(sd_bus_get_event(client->bus), answer.message);
	return answer.message;
}
