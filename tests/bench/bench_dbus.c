// Measures a D-Bus method without arguments that answers one string against an empty sd-bus service on the same bus.
//   bench_dbus ADDRESS PATH INTERFACE MEMBER ROUNDS      prints one line of JSON, times in microseconds
#include "tests/bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define FLOOR_NAME  "org.poshal1.Floor"
#define WARM_UP	    50
#define HOT_CALLS   600
#define PACED_CALLS 300
#define PACE_US	    1000

struct target {
	const char *address, *path, *interface, *member;
};

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	errno = -r;
	bench_fail(what);
}

static sd_bus *open_bus(const char *address)
{
	sd_bus *bus = NULL;

	check(sd_bus_new(&bus), "sd_bus_new");
	check(sd_bus_set_address(bus, address), address);
	check(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
	check(sd_bus_start(bus), address);
	return bus;
}

/* ---- the floor ---- */

static int on_call(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	return sd_bus_reply_method_return(message, "s", "closed");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Status", "", "s", on_call, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static void serve(void *userdata)
{
	const struct target *target = userdata;
	sd_bus *bus = open_bus(target->address);
	sd_event *event = NULL;

	check(sd_event_default(&event), "sd_event_default");
	check(sd_bus_attach_event(bus, event, 0), "sd_bus_attach_event");
	check(sd_bus_add_object_vtable(bus, NULL, target->path, "org.poshal1.Floor", vtable, NULL),
		"sd_bus_add_object_vtable");
	check(sd_bus_request_name(bus, FLOOR_NAME, 0), FLOOR_NAME);
	sd_event_loop(event);
}

/* ---- the client ---- */

static double call(sd_bus *bus, const char *name, const struct target *target)
{
	sd_bus_message *message = NULL, *reply = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	double start = bench_now_us();
	const char *text;

	check(sd_bus_message_new_method_call(
		      bus, &message, name, target->path, target->interface, target->member),
		"sd_bus_message_new_method_call");
	if (sd_bus_call(bus, message, 0, &error, &reply) < 0) {
		fprintf(stderr, "bench_dbus: %s: %s\n", error.name, error.message);
		exit(1);
	}
	check(sd_bus_message_read(reply, "s", &text), "the answer");
	double time = bench_now_us() - start;
	sd_bus_message_unref(message);
	sd_bus_message_unref(reply);
	return time;
}

static double hot(sd_bus *bus, const char *name, const struct target *target)
{
	static double times[HOT_CALLS];

	for (int i = 0; i < WARM_UP; i++)
		call(bus, name, target);
	for (int i = 0; i < HOT_CALLS; i++)
		times[i] = call(bus, name, target);
	return bench_percentile(times, HOT_CALLS, 0.5);
}

static double paced(sd_bus *bus, const char *name, const struct target *target)
{
	static double times[PACED_CALLS];
	double next = bench_now_us();

	for (int i = 0; i < PACED_CALLS; i++) {
		bench_wait_until(next += PACE_US);
		times[i] = call(bus, name, target);
	}
	return bench_percentile(times, PACED_CALLS, 0.5);
}

static void wait_for_name(sd_bus *bus, const char *name)
{
	while (sd_bus_get_name_creds(bus, name, 0, NULL) < 0)
		bench_wait_until(bench_now_us() + 2000);
}

int main(int argc, char **argv)
{
	static struct bench_pair hot_pair, paced_pair;

	if (argc != 6) {
		fputs("bench_dbus ADDRESS PATH INTERFACE MEMBER ROUNDS\n", stderr);
		return 2;
	}
	struct target ours = {argv[1], argv[2], argv[3], argv[4]};
	struct target base = {argv[1], argv[2], "org.poshal1.Floor", "Status"};
	bench_fork(serve, &base);
	sd_bus *bus = open_bus(argv[1]);
	wait_for_name(bus, FLOOR_NAME);
	for (long round = atol(argv[5]); round > 0; round--) {
		double a = hot(bus, "org.poshal1", &ours), b = hot(bus, FLOOR_NAME, &base);
		bench_pair_add(&hot_pair, a, b);
		a = paced(bus, "org.poshal1", &ours), b = paced(bus, FLOOR_NAME, &base);
		bench_pair_add(&paced_pair, a, b);
	}
	printf("{");
	bench_pair_print("hot", &hot_pair, 0);
	bench_pair_print("paced", &paced_pair, 1);
	printf("}\n");
	sd_bus_flush_close_unref(bus);
	return 0;
}
