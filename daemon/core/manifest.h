/* What a driver says about itself in a file NAME.json; the form is in docs/driver-protocol.md, "Manifest". */
#ifndef PH_DAEMON_CORE_MANIFEST_H
#define PH_DAEMON_CORE_MANIFEST_H

#include "daemon/core/problem.h"
#include "poshal/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_MANIFEST_FILE_MAX	    (64 * 1024) /* bytes; a larger one is a problem and not read */
#define PH_MANIFESTS_MAX	    256 /* files of one folder; with more, none of it is read */
#define PH_MANIFEST_OPTIONS_MAX	    64	/* more is a problem, the manifest is not used */
#define PH_MANIFEST_CHOICES_MAX	    64	/* of one option; as above */
#define PH_MANIFEST_CONNECTIONS_MAX 16	/* as above */
#define PH_MANIFEST_MATCHES_MAX	    512 /* as above */

enum ph_manifest_type {
	PH_MANIFEST_TEXT,
	PH_MANIFEST_INT,
	PH_MANIFEST_BOOL, /* yes, no, true, false, on, off, 1, 0 */
	PH_MANIFEST_CHOICE,
	PH_MANIFEST_TYPE_COUNT_
};

struct ph_manifest_option {
	char *name;
	enum ph_manifest_type type;
	int64_t min, max; /* of an int, both included; INT64_MIN and INT64_MAX when not given */
	char **choices;	  /* NULL-terminated; NULL unless PH_MANIFEST_CHOICE */
	char *value;	  /* default, or NULL; the driver knows it, this is for people */
	char *summary;	  /* may be "" */
};

/* A device the driver serves without being told; see "match" in docs/driver-protocol.md. */
struct ph_manifest_match {
	char *node;	      /* kernel subsystem of its node: hidraw, tty, usb or input */
	uint16_t vendor;      /* 0: any */
	uint16_t first, last; /* products, both included */
	char *proto;	      /* word of ID_POSHAL_PROTO, or NULL */
	char *maker, *model;  /* for people, or NULL */
	char *options;	      /* "protocol=ssi baud=9600", or NULL */
	bool offered;	      /* a person has to say so: not served by itself */
};

struct ph_manifest {
	char *name, *version, *summary; /* summary may be "" */
	char *exec;	  /* absolute, or relative to the directory of poshal-device */
	uint32_t classes; /* 1u << enum ph_class */
	uint32_t named; /* those of them that are served only where the configuration names them */
	char **connections; /* URL schemes without the colon, NULL-terminated, at least one */
	struct ph_manifest_option *options;
	size_t options_len;
	struct ph_manifest_match *matches; /* the first that fits counts */
	size_t matches_len;
	char *file;
};

/* The classes of a device whose section names none. */
static inline uint32_t ph_manifest_usual_classes(const struct ph_manifest *manifest)
{
	return manifest->classes & ~manifest->named;
}

struct ph_manifests {
	struct ph_manifest *items; /* all owned */
	size_t len, size;
};

/*
 * Adds the manifests of a folder. Files with something wrong are problems and left out; so is a driver that is
 * already in the list, so that the folder read first wins. Members that are not known are ignored. A folder
 * that does not exist is empty. Returns 0 or -ENOMEM.
 */
int ph_manifests_read(
	struct ph_manifests *manifests, const char *folder, struct ph_problems *problems);

/* The same for one text; `file` must be called "<name>.json". `text` need not be NUL-terminated. */
int ph_manifests_parse(struct ph_manifests *manifests, const char *file, const char *text,
	size_t len, struct ph_problems *problems);

/* The manifest of a driver, or NULL. Valid until the list changes. */
const struct ph_manifest *ph_manifests_find(
	const struct ph_manifests *manifests, const char *driver);

const struct ph_manifest_option *ph_manifest_option(
	const struct ph_manifest *manifest, const char *name);

/*
 * Checks a value of an option. Returns 0, or -EINVAL with what would be right in `expected` ("a whole number
 * from 8 to 40"), cut to fit.
 */
int ph_manifest_option_check(
	const struct ph_manifest_option *option, const char *value, char *expected, size_t size);

/* Path of the executable; `*ret_path` belongs to the caller. Returns 0 or -ENOMEM. */
int ph_manifest_exec(const struct ph_manifest *manifest, const char *libexec_dir, char **ret_path);

const char *ph_manifest_type_name(enum ph_manifest_type type); /* "choice" */

/* Frees all and leaves an empty list. Accepts a zeroed struct. */
void ph_manifests_done(struct ph_manifests *manifests);

#endif
