// Finds the rules of other programs that claim a device by its USB ids; what is to be done about it is the doctor's.
#include "daemon/core/udev_rules.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In udev's order of precedence. */
static const char *const folders[] = {"/etc/udev/rules.d", "/run/udev/rules.d",
	"/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"};

/* What a rule does that gives a device to a program. */
static const struct {
	const char *text, *program;
} marks[] = {
	{"brltty", "brltty"},
	{"BRLTTY", "brltty"},
	{"gpsd", "gpsd"},
	{"ID_MM_DEVICE_PROCESS}=\"1\"", "ModemManager"},
	{"ID_MM_PORT_TYPE_", "ModemManager"},
};

/* ---- reading ---- */

static const char *program_of(const char *line)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(marks); i++)
		if (strstr(line, marks[i].text))
			return marks[i].program;
	return NULL;
}

static void keep(struct ph_rule_claims *claims, const char *file, unsigned number, const char *line)
{
	const char *program = program_of(line);

	if (!program || claims->len == PH_CLAIMS_MAX)
		return;
	struct ph_rule_claim *items =
		reallocarray(claims->items, claims->len + 1, sizeof *claims->items);
	if (!items)
		return;
	claims->items = items;
	struct ph_rule_claim claim = {
		.program = program, .file = strdup(file), .line = number, .text = strdup(line)};
	items[claims->len++] = claim;
}

/* A line that ends in a backslash goes on in the next one. Comments are whole lines. */
static void read_lines(struct ph_rule_claims *claims, const char *file, char *text)
{
	unsigned number = 0;

	for (char *line = text, *next; line; line = next) {
		unsigned first = ++number;
		char *end = strchr(line, '\n');
		while (end && end > line && end[-1] == '\\') {
			end[-1] = end[0] = ' ';
			number++;
			end = strchr(end, '\n');
		}
		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		line += strspn(line, " \t");
		if (*line && *line != '#')
			keep(claims, file, first, line);
	}
}

static void read_rules(struct ph_rule_claims *claims, const char *root, const char *file)
{
	PH_CLEANUP_FREE char *path = NULL, *text = calloc(1, PH_RULE_FILE_MAX + 1);
	FILE *stream = asprintf(&path, "%s%s", root, file) < 0 ? NULL : fopen(path, "re");

	if (text && stream && fread(text, 1, PH_RULE_FILE_MAX, stream) > 0)
		read_lines(claims, file, text);
	if (stream)
		fclose(stream);
}

static int is_rules(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 6 && !strcmp(entry->d_name + len - 6, ".rules");
}

static bool is_hidden(const char *root, size_t folder, const char *name)
{
	char path[512];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof path, "%s%s/%s", root, folders[i], name);
		FILE *stream = fopen(path, "re");
		if (stream) {
			fclose(stream);
			return true;
		}
	}
	return false;
}

void ph_rule_claims_read(struct ph_rule_claims *claims, const char *root)
{
	char path[512];

	for (size_t i = 0; i < PH_ARRAY_SIZE(folders); i++) {
		struct dirent **names = NULL;
		snprintf(path, sizeof path, "%s%s", root, folders[i]);
		int count = scandir(path, &names, is_rules, alphasort);
		for (int n = 0; n < count; n++) {
			snprintf(path, sizeof path, "%s/%s", folders[i], names[n]->d_name);
			if (n < PH_RULE_FILES_MAX && !is_hidden(root, i, names[n]->d_name))
				read_rules(claims, root, path);
			free(names[n]);
		}
		free(names);
	}
}

void ph_rule_claims_done(struct ph_rule_claims *claims)
{
	for (size_t i = 0; i < claims->len; i++) {
		free(claims->items[i].file);
		free(claims->items[i].text);
	}
	free(claims->items);
	*claims = (struct ph_rule_claims){0};
}

/* ---- one rule ---- */

struct token {
	char key[64], value[256];
	bool equal;
};

/* The next comparison of a rule, KEY=="VALUE" or KEY!="VALUE"; assignments are passed over. */
static const char *next_token(const char *at, struct token *token)
{
	while (*at) {
		at += strspn(at, " \t,");
		size_t key = strcspn(at, "=!+-:\"");
		const char *op = at + key, *quote = strchr(op, '"');
		const char *end = quote ? strchr(quote + 1, '"') : NULL;
		if (!end)
			return NULL;
		bool compares = (*op == '=' || *op == '!') && op[1] == '=';
		token->equal = *op == '=';
		snprintf(token->key, sizeof token->key, "%.*s", (int)key, at);
		snprintf(token->value, sizeof token->value, "%.*s", (int)(end - quote - 1),
			quote + 1);
		token->key[strcspn(token->key, " \t")] = '\0';
		at = end + 1;
		if (compares)
			return at;
	}
	return NULL;
}

/* "a|b*": any of these patterns. */
static bool fits_pattern(const char *patterns, const char *text)
{
	char pattern[256];

	while (true) {
		size_t len = strcspn(patterns, "|");
		snprintf(pattern, sizeof pattern, "%.*s", (int)len, patterns);
		if (!fnmatch(pattern, text, 0))
			return true;
		if (!patterns[len])
			return false;
		patterns += len + 1;
	}
}

enum part { PART_OTHER, PART_TEXT, PART_VENDOR, PART_PRODUCT, PART_BOTH };

static const struct {
	const char *key;
	enum part part;
} keys[] = {
	{"ATTR{idVendor}", PART_VENDOR},
	{"ATTRS{idVendor}", PART_VENDOR},
	{"ENV{ID_VENDOR_ID}", PART_VENDOR},
	{"ATTR{idProduct}", PART_PRODUCT},
	{"ATTRS{idProduct}", PART_PRODUCT},
	{"ENV{ID_MODEL_ID}", PART_PRODUCT},
	{"ENV{PRODUCT}", PART_BOTH},
	{"ATTR{manufacturer}", PART_TEXT},
	{"ATTRS{manufacturer}", PART_TEXT},
	{"ATTR{product}", PART_TEXT},
	{"ATTRS{product}", PART_TEXT},
	{"ATTR{serial}", PART_TEXT},
	{"ATTRS{serial}", PART_TEXT},
};

static enum part part_of(const char *key)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].key, key))
			return keys[i].part;
	return PART_OTHER;
}

/* What the device has in place of a key. PRODUCT is "10c4/ea60/100", whose release is not known here. */
static const char *text_of(
	const struct ph_node *node, const struct token *token, char out[16], char pattern[256])
{
	switch (part_of(token->key)) {
	case PART_VENDOR:
		snprintf(out, 16, "%04x", node->vendor);
		return out;
	case PART_PRODUCT:
		snprintf(out, 16, "%04x", node->product);
		return out;
	case PART_BOTH: {
		snprintf(out, 16, "%x/%x", node->vendor, node->product);
		char *slash = strchr(pattern, '/');
		slash = slash ? strchr(slash + 1, '/') : NULL;
		if (slash)
			*slash = '\0';
		return out;
	}
	case PART_TEXT:
		if (strstr(token->key, "{manufacturer}"))
			return node->maker;
		return strstr(token->key, "{product}") ? node->model : node->serial;
	case PART_OTHER:
		break;
	}
	return NULL;
}

bool ph_rule_claim_fits(const struct ph_rule_claim *claim, const struct ph_node *node)
{
	const char *at = claim->text;
	bool vendor = false, product = false;
	struct token token;
	char out[16];

	while (at && (at = next_token(at, &token))) {
		enum part part = part_of(token.key);
		const char *text = text_of(node, &token, out, token.value);
		if (!text)
			continue;
		if (fits_pattern(token.value, text) != token.equal)
			return false;
		vendor |= token.equal && (part == PART_VENDOR || part == PART_BOTH);
		product |= token.equal && (part == PART_PRODUCT || part == PART_BOTH);
	}
	return vendor && product;
}
