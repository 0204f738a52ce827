/* What the files of the D-Bus door share. Nobody else includes this, except their tests. */
#ifndef PH_DAEMON_DOORS_DBUS_INTERNAL_H
#define PH_DAEMON_DOORS_DBUS_INTERNAL_H

#include "base/buf.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define PH_BUS_NAME	      "org.poshal1"
#define PH_BUS_PREFIX	      "org.poshal1."
#define PH_BUS_ROOT	      "/org/poshal1"
#define PH_BUS_DEVICES	      "/org/poshal1/device"
#define PH_BUS_ERROR_PREFIX   "org.poshal1.Error."
#define PH_BUS_PEER_BUCKETS   256 /* power of two */
#define PH_BUS_SIGNATURE_SIZE 40

/* table.c: the method table by interface and member. */

struct ph_dbus_member {
	const struct ph_method *method;
	char noun[16]; /* "Printer": interface without its prefix */
	const char *member;
	bool has_device;  /* lives on device objects */
	bool in_options;  /* a last a{sv} with the optional parameters */
	bool out_options; /* the same of the result */
	char in[PH_BUS_SIGNATURE_SIZE], out[PH_BUS_SIGNATURE_SIZE];
};

struct ph_dbus_table {
	struct ph_dbus_member *members; /* sorted by noun, then member; owned */
	size_t len;
};

int ph_dbus_table_init(struct ph_dbus_table *table, const struct ph_method *methods, size_t count);
void ph_dbus_table_done(struct ph_dbus_table *table);

/* `noun` may be NULL (a message without interface): then any of the kind of object. NULL when unknown. */
const struct ph_dbus_member *ph_dbus_table_find(
	const struct ph_dbus_table *table, const char *noun, const char *member, bool has_device);

/* Signature of a value on the bus: "s", "a{sv}" ... */
const char *ph_dbus_signature(enum ph_value_type type);

/* The name on the bus: without "_b64" for bytes. `out` holds at least PH_NAME_MAX + 1 bytes. */
const char *ph_dbus_field_name(const struct ph_field *field, char *out);

/* True for a parameter that only the JSON door takes. */
bool ph_dbus_json_only(const struct ph_method *method, const struct ph_field *field);

/* decode.c: arguments to JSON. */

/*
 * Reads the arguments of a call into the params of its method; `device` is added where the method has one.
 * Returns 0 and the bytes taken by the values, or a negative errno with `error` set.
 */
int ph_dbus_read_params(const struct ph_dbus_member *member, sd_bus_message *message,
	const char *device, cJSON **ret_params, size_t *ret_size, sd_bus_error *error);

/* encode.c: JSON to arguments. Each returns 0 or a negative errno. */

/*
 * A text as `s`. The bus ends the connection of a program that sends anything but UTF-8, and a text that was cut
 * to fit may end inside a character, so bytes that are no UTF-8 become question marks.
 */
int ph_dbus_append_text(sd_bus_message *message, const char *text);

/* The same in place; `text` is a C string. */
void ph_dbus_clean_text(char *text);

/* Any JSON value as a variant. */
int ph_dbus_append_variant(sd_bus_message *message, const cJSON *value);

/* The members of an object as a{sv}; NULL gives an empty one. Nulls are left out. */
int ph_dbus_append_dict(sd_bus_message *message, const cJSON *object);

/* A value of a declared type; one that is absent or of another type gives -EINVAL. */
int ph_dbus_append_typed(sd_bus_message *message, enum ph_value_type type, const cJSON *value);

/* A result: required fields in order, the others in a last a{sv} where there are any. */
int ph_dbus_append_result(sd_bus_message *message, const struct ph_dbus_member *member,
	const cJSON *result, const char **ret_missing);

/* signals.c: unicast signals to peers. */

struct ph_dbus_signal {
	const char *topic;
	const char *noun, *member;
	bool unicast_only;	       /* not for the same topic out of a subscription */
	const struct ph_field *fields; /* positional; all other members follow in a{sv} */
	const char *doc;
};

extern const struct ph_dbus_signal ph_dbus_signals[];
extern const size_t ph_dbus_signals_count;

void ph_dbus_peer_event(struct ph_client *client, const struct ph_event *event);

/* peers.c: who calls. */

struct ph_dbus_call {
	struct ph_call call;
	const struct ph_dbus_member *member;
	sd_bus_message *message;
	cJSON *params;
	size_t size;
	struct ph_dbus_call
		*next; /* while it waits for the credentials of its peer, or for polkit */
	struct ph_dbus_peer *peer; /* while it waits for polkit */
	sd_bus_slot *polkit;	   /* the question under way */
};

struct ph_dbus_peer {
	struct ph_client client;
	struct ph_dbus_door *door;
	sd_bus_slot *watch;	  /* NameOwnerChanged of this name */
	sd_bus_slot *credentials; /* the request under way */
	bool known;		  /* credentials are here, the client is registered */
	bool unwatched;		  /* the bus takes no more match rules */
	gid_t *groups;		  /* of the peer; owned, NULL when it has none */
	size_t group_count;
	struct ph_dbus_call *waiting, **waiting_end;
	unsigned waiting_count;
	struct ph_dbus_call *asking; /* polkit */
	unsigned asking_count;
	struct ph_dbus_peer *next; /* bucket */
	char name[];		   /* ":1.42" */
};

/* The peer of a unique name, created when new. Returns 0 or a negative errno with `error` set. */
int ph_dbus_peer_get(struct ph_dbus_door *door, const char *name, struct ph_dbus_peer **ret_peer,
	sd_bus_error *error);

/* Starts the call, now or when the credentials are here. Takes it over. */
void ph_dbus_peer_start(struct ph_dbus_peer *peer, struct ph_dbus_call *call);

void ph_dbus_peers_drop_all(struct ph_dbus_door *door);

/* polkit.c: administration without the grant. */

/* Whether the call needs the grant `configure`, and its peer lacks it. */
bool ph_dbus_polkit_can_help(const struct ph_dbus_peer *peer, const struct ph_dbus_call *call);

/*
 * Asks polkit, and starts the call when the answer is here, with the grant or without. A person is asked for a password
 * only where the caller's message allows that. On failure the call is still the caller's.
 */
int ph_dbus_polkit_ask(struct ph_dbus_peer *peer, struct ph_dbus_call *call);

/* Frees the calls of a peer that is gone. */
void ph_dbus_polkit_forget(struct ph_dbus_peer *peer);

/* calls.c */

int ph_dbus_handle_call(struct ph_dbus_door *door, const struct ph_dbus_member *member,
	sd_bus_message *message, const char *device, sd_bus_error *error);

/* Puts the failure into `error`; returns a negative errno. */
int ph_dbus_set_failure(sd_bus_error *error, const struct ph_failure *failure);

/* The same from its parts. */
int ph_dbus_set_error(sd_bus_error *error, enum ph_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Makes the text of an error one the bus takes. */
void ph_dbus_clean_error(sd_bus_error *error);

/* Answers a call that never started, and frees it. */
void ph_dbus_call_refuse(struct ph_dbus_call *call, enum ph_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ph_dbus_call_free(struct ph_dbus_call *call);

/* properties.c: what of a device's description is a property. */

enum ph_dbus_property_kind {
	PH_PROPERTY_TEXT,   /* s, "" when absent */
	PH_PROPERTY_WORDS,  /* as */
	PH_PROPERTY_FLAG,   /* b, false when absent */
	PH_PROPERTY_OBJECT, /* a{sv} */
	PH_PROPERTY_OPEN,   /* s: open, closed or unknown from true, false or null */
};

struct ph_dbus_property {
	const char *noun, *name;
	enum ph_dbus_property_kind kind;
	const char *object; /* member of the description that holds it, or NULL: the top */
	const char *member;
	const char *doc;
};

extern const struct ph_dbus_property ph_dbus_properties[];
extern const size_t ph_dbus_properties_count;

const char *ph_dbus_property_signature(const struct ph_dbus_property *property);
const cJSON *ph_dbus_property_value(
	const struct ph_dbus_property *property, const cJSON *description);

/* {sv} entry, and the bare variant. */
int ph_dbus_append_property(
	sd_bus_message *message, const struct ph_dbus_property *property, const cJSON *description);
int ph_dbus_append_property_value(
	sd_bus_message *message, const struct ph_dbus_property *property, const cJSON *description);

/* All properties of an interface as a{sv}. */
int ph_dbus_append_properties(sd_bus_message *message, const char *noun, const cJSON *description);

/* objects.c: exported devices. */

struct ph_dbus_object {
	const struct ph_device *device;
	cJSON *shown; /* the description the bus knows; owned */
	bool dirty;
	struct ph_dbus_object *next;
	char path[];
};

extern const struct ph_door_hooks ph_dbus_hooks;

int ph_dbus_objects_init(struct ph_dbus_door *door);
void ph_dbus_objects_done(struct ph_dbus_door *door);

/* Tells the bus what changed since it was last told. */
void ph_dbus_objects_flush(struct ph_dbus_door *door);

/* org.freedesktop.DBus.Properties and .ObjectManager. `device` is NULL on /org/poshal1. */
int ph_dbus_handle_properties(struct ph_dbus_door *door, sd_bus_message *message,
	const struct ph_device *device, sd_bus_error *error);
int ph_dbus_handle_manager(struct ph_dbus_door *door, sd_bus_message *message, sd_bus_error *error);

/* introspect.c */

enum ph_dbus_place { PH_PLACE_ROOT, PH_PLACE_DEVICES, PH_PLACE_DEVICE };

/* The XML of an object; `device` for PH_PLACE_DEVICE. Returns 0 or a negative errno; the caller frees. */
int ph_dbus_introspect(const struct ph_dbus_door *door, enum ph_dbus_place place,
	const struct ph_device *device, char **ret_xml);

/* door.c */

struct ph_dbus_door {
	struct ph_daemon *daemon;
	sd_bus *bus;		/* NULL while there is none */
	sd_event_source *later; /* work that must not happen inside a callback of the bus */
	struct ph_dbus_table table;
	struct ph_dbus_peer *peers[PH_BUS_PEER_BUCKETS];
	unsigned peer_count;
	size_t waiting_bytes; /* of calls that wait for credentials */
	struct ph_dbus_object *objects;
	bool named; /* org.poshal1 is ours */
	bool lost;  /* the connection is to be taken down */
};

/* Has `later` run after the present event. */
void ph_dbus_door_later(struct ph_dbus_door *door);

#endif
