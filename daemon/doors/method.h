/*
 * The one table of methods. The JSON dispatcher, rpc.discover, the D-Bus door with its introspection, and a test
 * that compares both doors all read it; nothing about a method's signature stands anywhere else.
 */
#ifndef PH_DAEMON_DOORS_METHOD_H
#define PH_DAEMON_DOORS_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ph_call;

enum ph_value_type {
	PH_VALUE_STRING,   /* D-Bus s */
	PH_VALUE_BOOL,	   /* D-Bus b */
	PH_VALUE_INT,	   /* whole number within 2^53; D-Bus x */
	PH_VALUE_STRINGS,  /* list of texts; D-Bus as */
	PH_VALUE_OBJECT,   /* D-Bus a{sv} */
	PH_VALUE_OBJECTS,  /* list of objects; D-Bus aa{sv} */
	PH_VALUE_BYTES,	   /* JSON: member NAME_b64 in base64; D-Bus: ay */
	PH_VALUE_DOCUMENT, /* a receipt document: object in JSON, its JSON text as s on D-Bus */
	PH_VALUE_ID,	   /* JSON-RPC id, text or whole number; JSON door only */
};

/* A parameter or a member of a result. Lists end with a row whose name is NULL. */
struct ph_field {
	const char *name; /* as in JSON, "data_b64" for bytes */
	enum ph_value_type type;
	bool required; /* required ones are positional on D-Bus, the others travel in a last a{sv} */
	int64_t min, max;    /* PH_VALUE_INT: range; texts: bytes at most `max` (0: PH_NAME_MAX) */
	const char *choices; /* texts: allowed words separated by spaces, or NULL */
	const char *doc;
};

enum ph_method_flags {
	PH_METHOD_JSON_ONLY = 1 << 0, /* rpc.*: D-Bus has its own means */
	PH_METHOD_ADMIN = 1 << 1,     /* administrative: audited */
	PH_METHOD_LONG =
		1
		<< 2, /* may send progress and take longer than a bus call may; documented as such */
};

struct ph_method {
	const char *name; /* "printer.print" */
	const char *
		dbus; /* "Printer.Print": interface under org.poshal1 and member; NULL with JSON_ONLY */
	const char *doc; /* one sentence */
	int grant;	 /* enum ph_grant, or -1 when everybody may */
	unsigned flags;
	const struct ph_field *params; /* "device" first where the method belongs to a device */
	const struct ph_field *result;
	void (*run)(struct ph_call *call);
};

/* The table, sorted by name, and its length. */
extern const struct ph_method ph_methods[];
extern const size_t ph_methods_count;

/* The row of a name, or NULL. */
const struct ph_method *ph_method_find(const char *name);

/* True when the method's first parameter is `device` (its D-Bus member lives on the device object). */
bool ph_method_has_device(const struct ph_method *method);

#endif
