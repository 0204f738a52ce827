// The peers of the bus: who they are, what they may do, and that they are gone. Calls themselves are in calls.c.
#include "daemon/doors/dbus/door.h"
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "daemon/core/access.h"
#include "daemon/core/config.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 1024 /* further groups of a peer are not looked at */

struct credentials {
	uint32_t uid;
	bool has_uid;
	const gid_t *groups; /* inside the message */
	size_t group_count;
};

static const struct ph_client_ops client_ops = {.door = "dbus", .event = ph_dbus_peer_event};

/* FNV-1a */
static struct ph_dbus_peer **bucket_of(struct ph_dbus_door *door, const char *name)
{
	uint32_t hash = 2166136261u;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	return &door->peers[hash & (PH_BUS_PEER_BUCKETS - 1)];
}

static struct ph_dbus_call *take_waiting(struct ph_dbus_peer *peer)
{
	struct ph_dbus_call *call = peer->waiting;

	peer->waiting = call->next;
	if (!peer->waiting)
		peer->waiting_end = &peer->waiting;
	peer->waiting_count--;
	peer->door->waiting_bytes -= call->size;
	return call;
}

static void drop(struct ph_dbus_peer *peer)
{
	struct ph_dbus_peer **p = bucket_of(peer->door, peer->name);

	while (*p != peer)
		p = &(*p)->next;
	*p = peer->next;
	peer->door->peer_count--;
	if (peer->known)
		ph_client_remove(&peer->client);
	while (peer->waiting)
		ph_dbus_call_free(take_waiting(peer));
	ph_dbus_polkit_forget(peer);
	sd_bus_slot_unref(peer->watch);
	sd_bus_slot_unref(peer->credentials);
	free(peer->groups);
	free(peer);
}

void ph_dbus_peers_drop_all(struct ph_dbus_door *door)
{
	for (size_t i = 0; i < PH_BUS_PEER_BUCKETS; i++)
		while (door->peers[i])
			drop(door->peers[i]);
}

static void refuse_all(struct ph_dbus_peer *peer, enum ph_error error, const char *why)
{
	while (peer->waiting)
		ph_dbus_call_refuse(take_waiting(peer), error, "%s", why);
	drop(peer);
}

static int read_groups(sd_bus_message *message, struct credentials *credentials)
{
	const void *groups = NULL;
	size_t bytes = 0;
	int r = sd_bus_message_enter_container(message, 'v', "au");

	if (r >= 0)
		r = sd_bus_message_read_array(message, 'u', &groups, &bytes);
	if (r < 0)
		return r;
	credentials->groups = groups;
	credentials->group_count = bytes / sizeof *credentials->groups;
	if (credentials->group_count > GROUPS_MAX)
		credentials->group_count = GROUPS_MAX;
	return sd_bus_message_exit_container(message);
}

/* Reads the a{sv} of GetConnectionCredentials. Returns 0 or a negative errno. */
static int read_credentials(sd_bus_message *message, struct credentials *credentials)
{
	const char *key;
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		r = sd_bus_message_read_basic(message, 's', &key);
		if (r < 0)
			return r;
		if (!strcmp(key, "UnixUserID")) {
			r = sd_bus_message_read(message, "v", "u", &credentials->uid);
			credentials->has_uid = r > 0;
		} else if (!strcmp(key, "UnixGroupIDs")) {
			r = read_groups(message, credentials);
		} else {
			r = sd_bus_message_skip(message, "v");
		}
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : 0;
}

static void start(struct ph_dbus_peer *peer, struct ph_dbus_call *call)
{
	if (!ph_dbus_polkit_can_help(peer, call) || ph_dbus_polkit_ask(peer, call) < 0)
		ph_call_start(&call->call);
}

static void start_waiting(struct ph_dbus_peer *peer)
{
	while (peer->waiting)
		start(peer, take_waiting(peer));
}

/* Kept, so that a reload can look up the rights of connected programs again. */
static void keep_groups(struct ph_dbus_peer *peer, const struct credentials *credentials)
{
	size_t bytes = credentials->group_count * sizeof *peer->groups;

	peer->groups = bytes ? malloc(bytes) : NULL;
	if (!peer->groups)
		return;
	memcpy(peer->groups, credentials->groups, bytes);
	peer->group_count = credentials->group_count;
}

void ph_dbus_door_refresh_grants(struct ph_dbus_door *door)
{
	for (size_t i = 0; door && i < PH_BUS_PEER_BUCKETS; i++)
		for (struct ph_dbus_peer *peer = door->peers[i]; peer; peer = peer->next)
			if (peer->known)
				peer->client.grants =
					ph_access_grants(&door->daemon->config->access,
						peer->client.uid, peer->groups, peer->group_count);
}

static int on_credentials(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct ph_dbus_peer *peer = userdata;
	struct ph_daemon *daemon = peer->door->daemon;
	struct credentials credentials = {0};

	peer->credentials = sd_bus_slot_unref(peer->credentials);
	if (peer->unwatched) {
		refuse_all(peer, PH_E_LIMIT_EXCEEDED, "the message bus cannot watch more peers");
		return 1;
	}
	if (sd_bus_message_is_method_error(message, NULL) ||
		read_credentials(message, &credentials) < 0 || !credentials.has_uid) {
		refuse_all(peer, PH_E_ACCESS_DENIED,
			"the message bus does not tell who calls, so nothing is granted");
		return 1;
	}
	keep_groups(peer, &credentials);
	peer->client.uid = credentials.uid;
	peer->client.grants = ph_access_grants(
		&daemon->config->access, credentials.uid, peer->groups, peer->group_count);
	snprintf(peer->client.label, sizeof peer->client.label, "uid %u, %s", credentials.uid,
		peer->name);
	peer->known = true;
	ph_client_add(&peer->client, daemon);
	start_waiting(peer);
	return 1;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	const char *name, *old_owner, *new_owner;

	if (sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner) > 0 && !*new_owner)
		drop(userdata);
	return 0;
}

/* Without this the bus connection itself would be ended when the bus has too many rules of ours. */
static int on_watched(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct ph_dbus_peer *peer = userdata;

	peer->unwatched = sd_bus_message_is_method_error(message, NULL);
	return 1;
}

/* The bus answers in order: a peer that left before it was watched has no credentials. */
static int ask_bus(struct ph_dbus_peer *peer)
{
	sd_bus *bus = peer->door->bus;
	char rule[400];

	snprintf(rule, sizeof rule,
		"type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
		"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
		peer->name);
	int r = sd_bus_add_match_async(bus, &peer->watch, rule, on_owner_changed, on_watched, peer);
	if (r < 0)
		return r;
	return sd_bus_call_method_async(bus, &peer->credentials, "org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionCredentials",
		on_credentials, peer, "s", peer->name);
}

static int create(struct ph_dbus_door *door, const char *name, struct ph_dbus_peer **ret_peer)
{
	struct ph_dbus_peer *peer = calloc(1, sizeof *peer + strlen(name) + 1);
	struct ph_dbus_peer **bucket = bucket_of(door, name);

	if (!peer)
		return -ENOMEM;
	strcpy(peer->name, name);
	peer->door = door;
	peer->client.ops = &client_ops;
	peer->waiting_end = &peer->waiting;
	peer->next = *bucket;
	*bucket = peer;
	door->peer_count++;
	int r = ask_bus(peer);
	if (r < 0) {
		drop(peer);
		return r;
	}
	*ret_peer = peer;
	return 0;
}

int ph_dbus_peer_get(struct ph_dbus_door *door, const char *name, struct ph_dbus_peer **ret_peer,
	sd_bus_error *error)
{
	if (!name)
		return ph_dbus_set_error(error, PH_E_ACCESS_DENIED, "a call without a sender");
	for (struct ph_dbus_peer *p = *bucket_of(door, name); p; p = p->next)
		if (!strcmp(p->name, name)) {
			*ret_peer = p;
			return 0;
		}
	if (strlen(name) > 255 || door->peer_count >= PH_BUS_PEERS_MAX)
		return ph_dbus_set_error(error, PH_E_LIMIT_EXCEEDED,
			"%u programs on the bus use poshal already", door->peer_count);
	int r = create(door, name, ret_peer);
	return r < 0 ? sd_bus_error_set_errno(error, r) : 0;
}

void ph_dbus_peer_start(struct ph_dbus_peer *peer, struct ph_dbus_call *call)
{
	if (peer->known) {
		start(peer, call);
		return;
	}
	call->next = NULL;
	*peer->waiting_end = call;
	peer->waiting_end = &call->next;
	peer->waiting_count++;
	peer->door->waiting_bytes += call->size;
}
