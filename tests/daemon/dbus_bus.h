/* A private dbus-daemon and clients on the loop of a test. */
#ifndef PH_TESTS_DAEMON_DBUS_BUS_H
#define PH_TESTS_DAEMON_DBUS_BUS_H

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

struct bus {
	pid_t pid;
	char folder[64];
	char address[128];
};

/* What a bus as strict as a system bus needs so that everybody may call and own. */
#define BUS_OPEN                                                                                   \
	"<policy context=\"default\"><allow own=\"*\"/><allow "                                    \
	"send_type=\"method_call\"/></policy>"

/* Starts a bus in a new folder that listens when this returns. `rules` is XML for its configuration. */
void bus_start(struct bus *bus, const char *rules);
/* The same again at the same address. */
void bus_restart(struct bus *bus);
void bus_kill(struct bus *bus);
void bus_remove(struct bus *bus); /* kills and removes the folder */

#define CLIENT_SIGNALS 64

struct client {
	sd_bus *bus;
	const char *name;
	sd_bus_message *signals[CLIENT_SIGNALS]; /* of poshal, and of properties and objects */
	unsigned signal_count;
};

/* Connects to the bus in DBUS_SYSTEM_BUS_ADDRESS as `uid` (root only) or as the caller (-1). */
void client_open(struct client *client, sd_event *event, int uid);
void client_close(struct client *client);
void client_match(struct client *client, const char *rule);
void client_forget_signals(struct client *client);

struct answer {
	sd_bus_message *message; /* NULL until it is here */
	unsigned order;		 /* counts all answers */
};

/* Sends a call of "interface.member" to poshal or the bus; the answer comes later. */
void client_send(struct client *client, struct answer *answer, const char *path, const char *member,
	const char *types, ...);

/* Sends a message and waits for its answer, error or not; the caller unrefs. */
sd_bus_message *client_call(struct client *client, sd_bus_message *message);

/* Runs the loop once; fails the test when `deadline_us` (monotonic) is over. */
void run_once(sd_event *event, unsigned long long deadline_us);
unsigned long long mono_us(void);

#define PATIENCE_US 60000000 /* of WAIT_FOR; it is for a machine that has much else to do */

#define WAIT_FOR(event, condition)                                                                 \
	do {                                                                                       \
		unsigned long long deadline_ = mono_us() + PATIENCE_US;                            \
		while (!(condition))                                                               \
			run_once(event, deadline_);                                                \
	} while (0)

#endif
