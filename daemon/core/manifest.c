// Reads drivers' manifests and checks option values by them; starting the drivers is left to the supervision.
#include "daemon/core/manifest.h"

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/names.h"
#include "base/read_file.h"
#include "base/usb_want.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define INT_EXACT 9007199254740992.0 /* 2^53: what a JSON number holds exactly */

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)
PH_DEFINE_CLEANUP(char **, ph_list_free)

static const char *const type_names[PH_MANIFEST_TYPE_COUNT_] = {
	[PH_MANIFEST_TEXT] = "text",
	[PH_MANIFEST_INT] = "int",
	[PH_MANIFEST_BOOL] = "bool",
	[PH_MANIFEST_CHOICE] = "choice",
};

/* Keys every device section has: a driver's option cannot be called so. */
static const char *const reserved[] = {"driver", "connection", "classes", "enabled", "vendor",
	"model", "serial", "age_out_ms", "left_open_after_ms", "left_open_repeat_ms"};

struct reader {
	const char *file;
	struct ph_problems *problems;
	char path[64]; /* where in the JSON text, "options[2]." */
};

static void option_done(struct ph_manifest_option *option)
{
	free(option->name);
	free(option->value);
	free(option->summary);
	ph_list_free(option->choices);
}

static void match_done(struct ph_manifest_match *match)
{
	free(match->node);
	free(match->proto);
	free(match->maker);
	free(match->model);
	free(match->options);
}

static void manifest_done(struct ph_manifest *manifest)
{
	for (size_t i = 0; i < manifest->matches_len; i++)
		match_done(&manifest->matches[i]);
	free(manifest->matches);
	for (size_t i = 0; i < manifest->options_len; i++)
		option_done(&manifest->options[i]);
	free(manifest->options);
	free(manifest->name);
	free(manifest->version);
	free(manifest->summary);
	free(manifest->exec);
	free(manifest->file);
	ph_list_free(manifest->connections);
}

const char *ph_manifest_type_name(enum ph_manifest_type type)
{
	return (unsigned)type < PH_MANIFEST_TYPE_COUNT_ ? type_names[type] : "unknown";
}

/* Each read_...() below returns 0, -ENOMEM, or this: -EINVAL after the problem was added. */
static int problem(struct reader *reader, const char *member, const char *text)
{
	ph_problem_add(
		reader->problems, reader->file, 0, "\"%s%s\" %s", reader->path, member, text);
	return -EINVAL;
}

/* A text member; when it is absent `*ret` is a copy of `fallback`, and NULL makes it required. */
static int read_text(struct reader *reader, const cJSON *object, const char *member,
	const char *fallback, char **ret_text)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

	if (item && !cJSON_IsString(item))
		return problem(reader, member, "must be a text");
	if (!item && !fallback)
		return problem(
			reader, member, "is missing; see \"Manifest\" in docs/driver-protocol.md");
	char *text = strdup(item ? item->valuestring : fallback);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static int read_number(struct reader *reader, const cJSON *object, const char *member,
	int64_t fallback, int64_t *ret_number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

	if (!item) {
		*ret_number = fallback;
		return 0;
	}
	if (!cJSON_IsNumber(item) || fabs(item->valuedouble) > INT_EXACT ||
		trunc(item->valuedouble) != item->valuedouble)
		return problem(reader, member, "must be a whole number");
	*ret_number = (int64_t)item->valuedouble;
	return 0;
}

/* A list of 1 to `max` texts, each once and none empty. */
static int read_list(struct reader *reader, const cJSON *object, const char *member, size_t max,
	char ***ret_list)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, member), *item;
	PH_CLEANUP(ph_list_free_p) char **list = calloc(max + 1, sizeof *list);
	size_t len = 0;

	if (!list)
		return -ENOMEM;
	if (!cJSON_IsArray(array) || !array->child)
		return problem(reader, member, "must be a list of texts, at least one");
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsString(item) || !item->valuestring[0])
			return problem(reader, member, "must hold texts, none of them empty");
		if (len == max)
			return problem(reader, member, "is too long a list");
		for (size_t i = 0; i < len; i++)
			if (!strcmp(list[i], item->valuestring))
				return problem(reader, member, "holds a text twice");
		list[len] = strdup(item->valuestring);
		if (!list[len++])
			return -ENOMEM;
	}
	*ret_list = PH_STEAL(list);
	return 0;
}

static bool word_valid(const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len > 0 && len <= PH_NAME_MAX && !word[len];
}

static int read_option_name(
	struct reader *reader, const cJSON *object, struct ph_manifest_option *option)
{
	int r = read_text(reader, object, "name", NULL, &option->name);
	if (r < 0)
		return r;
	if (!word_valid(option->name))
		return problem(reader, "name", "must be 1 to 64 characters of a-z, 0-9, _ and -");
	for (size_t i = 0; i < PH_ARRAY_SIZE(reserved); i++)
		if (!strcmp(option->name, reserved[i]))
			return problem(
				reader, "name", "is a key every device has; rename the option");
	return 0;
}

static int read_option_type(
	struct reader *reader, const cJSON *object, struct ph_manifest_option *option)
{
	PH_CLEANUP_FREE char *type = NULL;
	unsigned i = 0;

	int r = read_text(reader, object, "type", NULL, &type);
	if (r < 0)
		return r;
	while (i < PH_MANIFEST_TYPE_COUNT_ && strcmp(type, type_names[i]) != 0)
		i++;
	if (i == PH_MANIFEST_TYPE_COUNT_)
		return problem(reader, "type", "must be text, int, bool or choice");
	option->type = (enum ph_manifest_type)i;
	return 0;
}

static int read_option_range(
	struct reader *reader, const cJSON *object, struct ph_manifest_option *option)
{
	int r = read_number(reader, object, "min", INT64_MIN, &option->min);
	if (r == 0)
		r = read_number(reader, object, "max", INT64_MAX, &option->max);
	if (r == 0 && option->min > option->max)
		return problem(reader, "min", "is above \"max\"");
	if (r == 0 && option->type == PH_MANIFEST_CHOICE)
		return read_list(
			reader, object, "choices", PH_MANIFEST_CHOICES_MAX, &option->choices);
	return r;
}

static int read_option(
	struct reader *reader, const cJSON *object, struct ph_manifest_option *option)
{
	char expected[128];

	if (!cJSON_IsObject(object))
		return problem(reader, "", "must be an object");
	int r = read_option_name(reader, object, option);
	if (r == 0)
		r = read_option_type(reader, object, option);
	if (r == 0)
		r = read_option_range(reader, object, option);
	if (r == 0)
		r = read_text(reader, object, "summary", "", &option->summary);
	if (r < 0 || !cJSON_GetObjectItemCaseSensitive(object, "default"))
		return r;
	r = read_text(reader, object, "default", NULL, &option->value);
	if (r == 0 &&
		ph_manifest_option_check(option, option->value, expected, sizeof expected) < 0)
		return problem(reader, "default", "is not a value the option itself allows");
	return r;
}

static int read_options(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "options"), *item;

	if (!array)
		return 0;
	if (!cJSON_IsArray(array))
		return problem(reader, "options", "must be a list of objects");
	int count = cJSON_GetArraySize(array);
	if (count > PH_MANIFEST_OPTIONS_MAX)
		return problem(reader, "options", "is too long a list");
	manifest->options = calloc((size_t)count + 1, sizeof *manifest->options);
	if (!manifest->options)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array)
	{
		struct ph_manifest_option *option = &manifest->options[manifest->options_len];
		snprintf(reader->path, sizeof reader->path, "options[%zu].", manifest->options_len);
		manifest->options_len++;
		int r = read_option(reader, item, option);
		if (r < 0)
			return r;
		if (ph_manifest_option(manifest, option->name) != option)
			return problem(reader, "name", "is in the list twice");
	}
	reader->path[0] = 0;
	return 0;
}

static int read_class_list(
	struct reader *reader, const cJSON *root, const char *member, uint32_t *ret_classes)
{
	PH_CLEANUP(ph_list_free_p) char **words = NULL;
	uint32_t classes = 0;

	int r = read_list(reader, root, member, PH_CLASS_COUNT_, &words);
	if (r < 0)
		return r;
	for (size_t i = 0; words[i]; i++) {
		int class = ph_class_parse(words[i]);
		if (class < 0)
			return problem(reader, member,
				"holds an unknown class; there are scanner, printer, drawer, "
				"display, "
				"card_reader, scale, msr and terminal");
		classes |= 1u << class;
	}
	*ret_classes = classes;
	return 0;
}

static int read_classes(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	int r = read_class_list(reader, root, "classes", &manifest->classes);

	if (r < 0 || !cJSON_HasObjectItem(root, "classes_named"))
		return r;
	r = read_class_list(reader, root, "classes_named", &manifest->named);
	if (r == 0 &&
		(manifest->named & ~manifest->classes || manifest->named == manifest->classes))
		return problem(reader, "classes_named", "must be some of \"classes\", and not all");
	return r;
}

static int read_connections(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	int r = read_list(
		reader, root, "connections", PH_MANIFEST_CONNECTIONS_MAX, &manifest->connections);

	for (size_t i = 0; r == 0 && manifest->connections[i]; i++)
		if (!word_valid(manifest->connections[i]))
			return problem(reader, "connections",
				"must hold URL schemes without the colon, like \"serial\"");
	return r;
}

/* ---- match rows ---- */

static int read_choice(struct reader *reader, const cJSON *object, const char *member,
	const char *const *words, const char *text)
{
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, member));

	for (int i = 0; word && words[i]; i++)
		if (!strcmp(word, words[i]))
			return i;
	return problem(reader, member, text);
}

/* "05e0:1701" or "05e0:1700-17ff" */
static bool parse_usb(const char *text, struct ph_manifest_match *match)
{
	size_t len = strlen(text);

	if ((len != 9 && len != 14) || text[4] != ':' || (len == 14 && text[9] != '-') ||
		!ph_usb_parse_id(text, &match->vendor) || !ph_usb_parse_id(text + 5, &match->first))
		return false;
	match->last = match->first;
	if (len == 14 && !ph_usb_parse_id(text + 10, &match->last))
		return false;
	return match->vendor && match->first <= match->last;
}

/* What a row is about: ids, or what the descriptor says. */
static int read_match_usb(
	struct reader *reader, const cJSON *object, struct ph_manifest_match *match)
{
	const cJSON *usb = cJSON_GetObjectItemCaseSensitive(object, "usb");

	match->last = UINT16_MAX;
	if (!usb && !match->proto)
		return problem(reader, "usb", "is missing, and so is \"proto\"");
	if (usb && (!cJSON_IsString(usb) || !parse_usb(usb->valuestring, match)))
		return problem(reader, "usb",
			"must be like \"05e0:1701\" or \"05e0:1700-17ff\", hexadecimal");
	return 0;
}

static int read_match_texts(
	struct reader *reader, const cJSON *object, struct ph_manifest_match *match)
{
	const struct {
		const char *member;
		char **text;
	} texts[] = {{"proto", &match->proto}, {"maker", &match->maker}, {"model", &match->model},
		{"options", &match->options}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < PH_ARRAY_SIZE(texts); i++)
		if (cJSON_GetObjectItemCaseSensitive(object, texts[i].member))
			r = read_text(reader, object, texts[i].member, NULL, texts[i].text);
	return r;
}

static int read_match(struct reader *reader, const cJSON *object, struct ph_manifest_match *match)
{
	static const char *const nodes[] = {"hidraw", "tty", "usb", "input", NULL};
	static const char *const binds[] = {"auto", "offer", NULL};

	if (!cJSON_IsObject(object))
		return problem(reader, "", "must be an object");
	int r = read_choice(reader, object, "node", nodes, "must be hidraw, tty, usb or input");
	if (r < 0)
		return r;
	match->node = strdup(nodes[r]);
	if (!match->node)
		return -ENOMEM;
	r = read_choice(reader, object, "bind", binds, "must be auto or offer");
	if (r < 0)
		return r;
	match->offered = r == 1;
	if (!match->offered && !strcmp(match->node, "input"))
		return problem(
			reader, "bind", "must be offer for a keyboard: it may be somebody's");
	r = read_match_texts(reader, object, match);
	return r < 0 ? r : read_match_usb(reader, object, match);
}

static int read_matches(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "match"), *item;

	if (!array)
		return 0;
	if (!cJSON_IsArray(array))
		return problem(reader, "match", "must be a list of objects");
	int count = cJSON_GetArraySize(array);
	if (count > PH_MANIFEST_MATCHES_MAX)
		return problem(reader, "match", "is too long a list");
	manifest->matches = calloc((size_t)count + 1, sizeof *manifest->matches);
	if (!manifest->matches)
		return -ENOMEM;
	cJSON_ArrayForEach(item, array)
	{
		snprintf(reader->path, sizeof reader->path, "match[%zu].", manifest->matches_len);
		int r = read_match(reader, item, &manifest->matches[manifest->matches_len++]);
		if (r < 0)
			return r;
	}
	reader->path[0] = 0;
	return 0;
}

static int read_name(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	int r = read_text(reader, root, "name", NULL, &manifest->name);
	if (r < 0)
		return r;
	if (!word_valid(manifest->name))
		return problem(reader, "name", "must be 1 to 64 characters of a-z, 0-9, _ and -");
	const char *slash = strrchr(reader->file, '/');
	const char *base = slash ? slash + 1 : reader->file;
	size_t len = strlen(manifest->name);
	if (strncmp(base, manifest->name, len) != 0 || strcmp(base + len, ".json") != 0)
		return problem(reader, "name", "must be the name of the file without .json");
	return 0;
}

static int read_exec(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	int r = read_text(reader, root, "exec", NULL, &manifest->exec);

	if (r == 0 && (!manifest->exec[0] || strstr(manifest->exec, "..")))
		return problem(reader, "exec", "must be a path without `..`");
	return r;
}

static int read_manifest(struct reader *reader, const cJSON *root, struct ph_manifest *manifest)
{
	int r = read_name(reader, root, manifest);
	if (r == 0)
		r = read_text(reader, root, "version", NULL, &manifest->version);
	if (r == 0)
		r = read_text(reader, root, "summary", "", &manifest->summary);
	if (r == 0)
		r = read_exec(reader, root, manifest);
	if (r == 0)
		r = read_classes(reader, root, manifest);
	if (r == 0)
		r = read_connections(reader, root, manifest);
	if (r == 0)
		r = read_options(reader, root, manifest);
	if (r == 0)
		r = read_matches(reader, root, manifest);
	return r;
}

static int add_manifest(struct ph_manifests *manifests, const struct ph_manifest *manifest)
{
	if (manifests->len == manifests->size) {
		size_t size = manifests->size ? manifests->size * 2 : 16;
		struct ph_manifest *items = reallocarray(manifests->items, size, sizeof *items);
		if (!items)
			return -ENOMEM;
		manifests->items = items;
		manifests->size = size;
	}
	manifests->items[manifests->len++] = *manifest;
	return 0;
}

static unsigned line_of(const char *text, size_t len, const char *at)
{
	unsigned line = 1;

	for (const char *p = text; p < text + len && p < at; p++)
		line += *p == '\n';
	return line;
}

/* The parsed text, or NULL after the problem was added. */
static cJSON *parse_json(struct reader *reader, const char *text, size_t len)
{
	const char *at = text;

	if (ph_json_scan(text, len, PH_JSON_DEPTH_MAX) < 0) {
		ph_problem_add(reader->problems, reader->file, 0,
			"not UTF-8, nested too deep, or with a NUL; the driver is not used");
		return NULL;
	}
	cJSON *root = cJSON_ParseWithLengthOpts(text, len, &at, false);
	size_t rest = root ? (size_t)(text + len - at) : 0;
	while (rest && strchr(" \t\r\n", at[0])) {
		at++;
		rest--;
	}
	if (root && !rest && cJSON_IsObject(root))
		return root;
	ph_problem_add(reader->problems, reader->file, line_of(text, len, at),
		"not one JSON object; the driver is not used");
	cJSON_Delete(root);
	return NULL;
}

int ph_manifests_parse(struct ph_manifests *manifests, const char *file, const char *text,
	size_t len, struct ph_problems *problems)
{
	struct reader reader = {.file = file, .problems = problems};
	struct ph_manifest manifest = {0};

	PH_CLEANUP(cJSON_Delete_p) cJSON *root = parse_json(&reader, text, len);
	if (!root)
		return 0;
	int r = read_manifest(&reader, root, &manifest);
	const struct ph_manifest *other =
		r == 0 ? ph_manifests_find(manifests, manifest.name) : NULL;
	if (other) {
		ph_problem_add(problems, file, 0,
			"there is already a driver `%s` in %s; rename this one", manifest.name,
			other->file);
		r = -EINVAL;
	}
	if (r == 0 && !(manifest.file = strdup(file)))
		r = -ENOMEM;
	if (r == 0)
		r = add_manifest(manifests, &manifest);
	if (r < 0)
		manifest_done(&manifest);
	return r == -EINVAL ? 0 : r;
}

static int read_one(struct ph_manifests *manifests, const char *path, struct ph_problems *problems)
{
	PH_CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	int r = ph_read_file(path, PH_MANIFEST_FILE_MAX, &text, &len);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		ph_problem_add(problems, path, 0, "%s; the driver is not used",
			r == -EFBIG ? "larger than 64 KiB" : strerror(-r));
		return 0;
	}
	return ph_manifests_parse(manifests, path, text, len, problems);
}

int ph_manifests_read(
	struct ph_manifests *manifests, const char *folder, struct ph_problems *problems)
{
	PH_CLEANUP(ph_list_free_p) char **paths = NULL;

	int r = ph_list_files(folder, ".json", PH_MANIFESTS_MAX, &paths);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		ph_problem_add(problems, folder, 0, "%s; none of its drivers is used",
			r == -E2BIG ? "more than 256 manifests" : strerror(-r));
		return 0;
	}
	for (size_t i = 0; paths[i]; i++) {
		r = read_one(manifests, paths[i], problems);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct ph_manifest *ph_manifests_find(
	const struct ph_manifests *manifests, const char *driver)
{
	for (size_t i = 0; i < manifests->len; i++)
		if (!strcmp(manifests->items[i].name, driver))
			return &manifests->items[i];
	return NULL;
}

const struct ph_manifest_option *ph_manifest_option(
	const struct ph_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->options_len; i++)
		if (!strcmp(manifest->options[i].name, name))
			return &manifest->options[i];
	return NULL;
}

static bool int_allowed(const struct ph_manifest_option *option, const char *value)
{
	char *end = NULL;

	/* strtoll alone would take blanks and a plus sign in front */
	if (!*value || (*value != '-' && (*value < '0' || *value > '9')))
		return false;
	errno = 0;
	long long number = strtoll(value, &end, 10);
	return !errno && !*end && end != value && number >= option->min && number <= option->max;
}

static bool bool_allowed(const char *value)
{
	static const char *const words[] = {"yes", "no", "true", "false", "on", "off", "1", "0"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (!strcmp(value, words[i]))
			return true;
	return false;
}

static void describe_int(const struct ph_manifest_option *option, char *out, size_t size)
{
	bool low = option->min != INT64_MIN, high = option->max != INT64_MAX;

	if (low && high)
		snprintf(out, size, "a whole number from %lld to %lld", (long long)option->min,
			(long long)option->max);
	else if (low || high)
		snprintf(out, size, "a whole number of at %s %lld", low ? "least" : "most",
			(long long)(low ? option->min : option->max));
	else
		snprintf(out, size, "a whole number");
}

static bool choice_allowed(
	const struct ph_manifest_option *option, const char *value, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "one of");

	for (size_t i = 0; option->choices[i]; i++) {
		if (!strcmp(value, option->choices[i]))
			return true;
		if (used < size)
			used += (size_t)snprintf(
				out + used, size - used, "%s %s", i ? "," : "", option->choices[i]);
	}
	return false;
}

int ph_manifest_option_check(
	const struct ph_manifest_option *option, const char *value, char *expected, size_t size)
{
	bool good = false;

	switch (option->type) {
	case PH_MANIFEST_TEXT:
		return 0;
	case PH_MANIFEST_INT:
		good = int_allowed(option, value);
		describe_int(option, expected, size);
		break;
	case PH_MANIFEST_BOOL:
		good = bool_allowed(value);
		snprintf(expected, size, "yes or no");
		break;
	case PH_MANIFEST_CHOICE:
		good = choice_allowed(option, value, expected, size);
		break;
	case PH_MANIFEST_TYPE_COUNT_:
		break;
	}
	return good ? 0 : -EINVAL;
}

int ph_manifest_exec(const struct ph_manifest *manifest, const char *libexec_dir, char **ret_path)
{
	char *path = NULL;
	bool absolute = manifest->exec[0] == '/';

	if (asprintf(&path, "%s%s%s", absolute ? "" : libexec_dir, absolute ? "" : "/",
		    manifest->exec) < 0)
		return -ENOMEM;
	*ret_path = path;
	return 0;
}

void ph_manifests_done(struct ph_manifests *manifests)
{
	for (size_t i = 0; i < manifests->len; i++)
		manifest_done(&manifests->items[i]);
	free(manifests->items);
	*manifests = (struct ph_manifests){0};
}
