// Decides which device a node is and how it is connected to; watching the nodes and keeping what is known is left to others.
#include "daemon/core/identity.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- match rows ---- */

static bool row_fits(const struct ph_manifest_match *row, const struct ph_node *node)
{
	if (strcmp(row->node, node->subsystem) != 0)
		return false;
	if (row->vendor && (row->vendor != node->vendor || node->product < row->first ||
				   node->product > row->last))
		return false;
	return !row->proto || !strcmp(row->proto, node->proto);
}

/* How much a row says: ids and word, ids, a range of ids, a word. */
static int weight(const struct ph_manifest_match *row)
{
	int ids = !row->vendor ? 0 : row->first == row->last ? 4 : 2;

	return 2 * (ids + (row->proto ? 1 : 0)) + (row->offered ? 0 : 1);
}

const struct ph_manifest_match *ph_identity_row(const struct ph_manifests *manifests,
	const struct ph_node *node, const struct ph_manifest **ret_manifest)
{
	const struct ph_manifest_match *best = NULL;

	for (size_t i = 0; i < manifests->len; i++) {
		const struct ph_manifest *manifest = &manifests->items[i];
		const struct ph_manifest_match *row = NULL;
		for (size_t k = 0; !row && k < manifest->matches_len; k++)
			if (row_fits(&manifest->matches[k], node))
				row = &manifest->matches[k];
		if (!row || (best && weight(row) <= weight(best)))
			continue;
		best = row;
		*ret_manifest = manifest;
	}
	return best;
}

/* ---- which one it is ---- */

bool ph_identity_has_serial(const struct ph_node *node)
{
	return ph_usb_serial_credible(node->serial, node->maker, node->model);
}

static bool same_model(const struct ph_node *a, const struct ph_node *b)
{
	return a->vendor == b->vendor && a->product == b->product && a->interface == b->interface &&
	       !strcmp(a->subsystem, b->subsystem);
}

static bool same_serial(const struct ph_node *a, const struct ph_node *b)
{
	return ph_identity_has_serial(a) && !strcmp(a->serial, b->serial);
}

/* ID_PATH where there is one: it names the controller as well, whose number may change. */
static bool same_place(const struct ph_node *a, const struct ph_node *b)
{
	if (*a->id_path && *b->id_path)
		return !strcmp(a->id_path, b->id_path);
	return *a->port ? !strcmp(a->port, b->port) && a->interface == b->interface : *a->devnode && !strcmp(a->devnode, b->devnode);
}

/* The same for the device as a whole: its mode decides about interfaces. */
static bool same_socket(const struct ph_node *a, const struct ph_node *b)
{
	return *a->port && !strcmp(a->port, b->port);
}

bool ph_identity_twins(const struct ph_node *a, const struct ph_node *b)
{
	return same_model(a, b) && same_serial(a, b) && !same_place(a, b);
}

static bool is_serial(const struct ph_identity *known, const struct ph_identity *now)
{
	return !known->twin && !now->twin && same_model(&known->node, &now->node) &&
	       same_serial(&known->node, &now->node);
}

/* In its port, and nothing says that it is another unit. */
static bool is_place(const struct ph_identity *known, const struct ph_identity *now)
{
	return same_model(&known->node, &now->node) && same_place(&known->node, &now->node) &&
	       !strcmp(known->node.serial, now->node.serial);
}

static bool is_successor(const struct ph_identity *known, const struct ph_identity *now)
{
	return same_model(&known->node, &now->node) && same_place(&known->node, &now->node);
}

static bool is_other_mode(const struct ph_identity *known, const struct ph_identity *now)
{
	if (known->node.vendor != now->node.vendor || known->classes != now->classes ||
		known->node.product == now->node.product)
		return false;
	return same_socket(&known->node, &now->node) || same_serial(&known->node, &now->node);
}

static const struct {
	bool (*fits)(const struct ph_identity *known, const struct ph_identity *now);
	enum ph_claim claim;
	bool strict;
} claims[] = {
	{is_serial, PH_CLAIM_MOVED, true},
	{is_place, PH_CLAIM_SAME, true},
	{is_successor, PH_CLAIM_REPLACED, false},
	{is_other_mode, PH_CLAIM_MODE, false},
};

enum ph_claim ph_identity_claim(const struct ph_identity *const *known, size_t count,
	const struct ph_identity *now, bool strict, size_t *ret_index)
{
	for (size_t rule = 0; rule < PH_ARRAY_SIZE(claims); rule++) {
		if (strict && !claims[rule].strict)
			continue;
		for (size_t i = 0; i < count; i++) {
			if (known[i]->present || !claims[rule].fits(known[i], now))
				continue;
			*ret_index = i;
			bool here = same_place(&known[i]->node, &now->node);
			return claims[rule].claim == PH_CLAIM_MOVED && here ? PH_CLAIM_SAME
									    : claims[rule].claim;
		}
	}
	return PH_CLAIM_NEW;
}

/* ---- connection ---- */

struct text {
	char *out;
	size_t size, len;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text->len < text->size ? text->out + text->len : NULL,
		text->len < text->size ? text->size - text->len : 0, format, args);
	va_end(args);
	text->len += n > 0 ? (size_t)n : 0;
}

/* What a URL gives a meaning, and all that is no letter, is written as %XX. */
static void add_escaped(struct text *text, const char *value)
{
	for (const char *p = value; *p; p++)
		if (isalnum((unsigned char)*p) || strchr("-._~", *p))
			add(text, "%c", *p);
		else
			add(text, "%%%02X", (unsigned)(unsigned char)*p);
}

static const struct {
	const char *subsystem, *scheme, *prefix;
	bool interface;
} schemes[] = {
	{"hidraw", "hid", "hid:", true},
	{"input", "evdev", "evdev:", true},
	{"tty", "serial", "serial:usb=", true},
	{"usb", "usb", "usb:", false},
};

int ph_identity_connection(
	const struct ph_identity *identity, const char *line, char *out, size_t size)
{
	const struct ph_node *node = &identity->node;
	struct text text = {out, size, 0};
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(schemes) && strcmp(schemes[i].subsystem, node->subsystem) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(schemes))
		return -EINVAL;
	if (!*node->port) {
		/* not on USB: the kernel gives such nodes one name for good */
		add(&text, "%s:%s%s%s", schemes[i].scheme, node->devnode, *line ? "?" : "", line);
		return text.len < size ? 0 : -ENAMETOOLONG;
	}
	add(&text, "%s%04x:%04x?", schemes[i].prefix, node->vendor, node->product);
	if (!identity->twin && ph_identity_has_serial(node)) {
		add(&text, "serial=");
		add_escaped(&text, node->serial);
	} else {
		add(&text, "port=%s", node->port);
	}
	if (schemes[i].interface && node->interface >= 0)
		add(&text, "&interface=%d", node->interface);
	if (*line)
		add(&text, "&%s", line);
	return text.len < size ? 0 : -ENAMETOOLONG;
}

bool ph_identity_is_meant(const struct ph_node *node, const char *connection)
{
	static const char *const line_keys[] = {
		"interface", "baud", "bits", "parity", "stop", "flow", "grab", NULL};
	struct ph_usb_want want;
	struct ph_url url;
	char why[160];
	long interface = -1;
	size_t i = 0;

	if (ph_url_parse(connection, &url) < 0)
		return false;
	while (i < PH_ARRAY_SIZE(schemes) && strcmp(schemes[i].scheme, url.scheme) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(schemes) || strcmp(schemes[i].subsystem, node->subsystem) != 0)
		return false;
	if (*url.path == '/')
		return !strcmp(url.path, node->devnode);
	if (!strcmp(url.scheme, "serial")) {
		if (strncmp(url.path, "usb=", 4) != 0)
			return false;
		url.path += 4;
	}
	const char *text = ph_url_query(&url, "interface");
	if ((text && ph_url_number(text, 0, 255, &interface) < 0) || !*node->port ||
		ph_usb_want_parse(&url, line_keys, &want, why, sizeof why) < 0)
		return false;
	return ph_usb_want_is(&want, node->port, node->vendor, node->product, node->serial) &&
	       (interface < 0 || interface == node->interface);
}

/* ---- in the journal ---- */

static const struct {
	const char *member;
	size_t at, size;
} texts[] = {
	{"node", offsetof(struct ph_node, subsystem), sizeof((struct ph_node *)0)->subsystem},
	{"devnode", offsetof(struct ph_node, devnode), sizeof((struct ph_node *)0)->devnode},
	{"serial", offsetof(struct ph_node, serial), sizeof((struct ph_node *)0)->serial},
	{"maker", offsetof(struct ph_node, maker), sizeof((struct ph_node *)0)->maker},
	{"model", offsetof(struct ph_node, model), sizeof((struct ph_node *)0)->model},
	{"port", offsetof(struct ph_node, port), sizeof((struct ph_node *)0)->port},
	{"path", offsetof(struct ph_node, id_path), sizeof((struct ph_node *)0)->id_path},
	{"proto", offsetof(struct ph_node, proto), sizeof((struct ph_node *)0)->proto},
};

cJSON *ph_identity_to_json(const struct ph_identity *identity)
{
	const struct ph_node *node = &identity->node;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "driver", identity->driver);
	cJSON_AddNumberToObject(object, "classes", identity->classes);
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (*((const char *)node + texts[i].at))
			cJSON_AddStringToObject(
				object, texts[i].member, (const char *)node + texts[i].at);
	cJSON_AddNumberToObject(object, "vendor", node->vendor);
	cJSON_AddNumberToObject(object, "product", node->product);
	cJSON_AddNumberToObject(object, "interface", node->interface);
	if (identity->twin)
		cJSON_AddTrueToObject(object, "twin");
	return object;
}

static int take_number(const cJSON *object, const char *member, int min, int max, int *ret_number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

	if (!cJSON_IsNumber(item) || item->valuedouble < min || item->valuedouble > max)
		return -EINVAL;
	*ret_number = item->valueint;
	return 0;
}

int ph_identity_from_json(const cJSON *object, struct ph_identity *ret_identity)
{
	struct ph_identity identity = {0};
	const char *driver =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "driver"));
	int vendor, product, classes;

	if (!driver || strlen(driver) >= sizeof identity.driver ||
		take_number(object, "vendor", 0, UINT16_MAX, &vendor) < 0 ||
		take_number(object, "product", 0, UINT16_MAX, &product) < 0 ||
		take_number(object, "classes", 1, (1 << PH_CLASS_COUNT_) - 1, &classes) < 0 ||
		take_number(object, "interface", -1, 255, &identity.node.interface) < 0)
		return -EINVAL;
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++) {
		const char *text = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(object, texts[i].member));
		if (text)
			snprintf((char *)&identity.node + texts[i].at, texts[i].size, "%s", text);
	}
	snprintf(identity.driver, sizeof identity.driver, "%s", driver);
	identity.node.vendor = (uint16_t)vendor;
	identity.node.product = (uint16_t)product;
	identity.classes = (uint32_t)classes;
	identity.twin = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "twin"));
	*ret_identity = identity;
	return *identity.node.subsystem ? 0 : -EINVAL;
}
