/* A caller, whatever door it came through: its rights, leases, subscriptions and calls, which all end with it. */
#ifndef PH_DAEMON_OBJECTS_CLIENT_H
#define PH_DAEMON_OBJECTS_CLIENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ph_call;
struct ph_client;
struct ph_daemon;
struct ph_event;
struct ph_lease;
struct ph_subscription;

struct ph_client_ops {
	const char *door; /* "json" or "dbus" */
	/* Sends one event; never blocks and never frees the client at once (a full queue ends it from the loop). */
	void (*event)(struct ph_client *client, const struct ph_event *event);
};

struct ph_client {
	const struct ph_client_ops *ops;
	struct ph_daemon *daemon;
	uid_t uid;
	uint32_t grants; /* PH_GRANT_BIT mask */
	char label[64];	 /* for people: "uid 1000, pid 4711" or "uid 1000, :1.42" */
	struct ph_lease *leases;
	struct ph_subscription *subscriptions;
	unsigned subscription_count;
	struct ph_call *calls;
	unsigned call_count;
	unsigned previews; /* of these calls, being drawn */
	bool gone;	   /* being taken down: no further events or answers leave */
	struct ph_client *next, **prev;
};

/* Registers the client with the daemon. The door fills ops, uid, grants and label before. */
void ph_client_add(struct ph_client *client, struct ph_daemon *daemon);

/* Cancels its calls, ends its leases and subscriptions, and takes it off the daemon's list. Frees nothing. */
void ph_client_remove(struct ph_client *client);

#endif
