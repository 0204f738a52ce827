// Reads INI files into sections and keys with their lines; what the keys mean is left to the configuration.
#include "daemon/core/ini.h"

#include "base/cleanup.h"
#include "base/read_file.h"
#include "base/utf8.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\v\f"

struct parser {
	struct ph_ini *ini;
	struct ph_problems *problems;
	const char *file;
	const char *next, *end; /* what the reader has not handed out yet */
	unsigned line;		/* of the line handed out last */
	bool in_section;	/* keys belong to the last section of ini */
	bool passing_over;	/* keys belong to a section that could not be kept */
	bool unclaimed;		/* the line holds something, and libinih found no key in it yet */
	int error;		/* -ENOMEM, sticky */
};

static struct ph_ini_section *current(struct parser *p)
{
	return p->in_section ? &p->ini->sections[p->ini->len - 1] : NULL;
}

static void mark_broken(struct parser *p)
{
	if (p->in_section)
		current(p)->broken = true;
}

static void check_unclaimed(struct parser *p)
{
	if (!p->unclaimed)
		return;
	p->unclaimed = false;
	ph_problem_add(p->problems, p->file, p->line,
		"neither `key = value` nor `[section]` nor a comment; complete or remove the line");
	mark_broken(p);
}

static void section_done(struct ph_ini_section *section)
{
	for (size_t i = 0; i < section->len; i++) {
		free(section->entries[i].key);
		free(section->entries[i].value);
	}
	free(section->entries);
	free(section->kind);
	free(section->name);
	free(section->file);
}

static void check_repeated(struct parser *p, struct ph_ini_section *section)
{
	for (size_t i = 0; i + 1 < p->ini->len; i++) {
		const struct ph_ini_section *other = &p->ini->sections[i];
		bool same = !strcmp(other->kind, section->kind) &&
			    !strcmp(other->name, section->name) &&
			    (section->name[0] || !strcmp(other->file, section->file));
		if (!same)
			continue;
		ph_problem_add(p->problems, p->file, p->line,
			"section [%s%s%s] was already begun in %s line %u; join the two or rename "
			"one",
			section->kind, section->name[0] ? " " : "", section->name, other->file,
			other->line);
		section->broken = true;
		return;
	}
}

static void add_section(struct parser *p, const char *kind, const char *name)
{
	struct ph_ini *ini = p->ini;

	p->in_section = false;
	p->passing_over = true;
	if (ini->len >= PH_INI_SECTIONS_MAX) {
		ph_problem_add(p->problems, p->file, p->line,
			"more than %d sections; this one is not used", PH_INI_SECTIONS_MAX);
		return;
	}
	if (ini->len == ini->size) {
		size_t size = ini->size ? ini->size * 2 : 8;
		struct ph_ini_section *list =
			reallocarray(ini->sections, size, sizeof *ini->sections);
		if (!list) {
			p->error = -ENOMEM;
			return;
		}
		ini->sections = list;
		ini->size = size;
	}
	struct ph_ini_section section = {
		.kind = strdup(kind),
		.name = strdup(name),
		.file = strdup(p->file),
		.line = p->line,
	};
	if (!section.kind || !section.name || !section.file) {
		section_done(&section);
		p->error = -ENOMEM;
		return;
	}
	ini->sections[ini->len++] = section;
	p->in_section = true;
	p->passing_over = false;
	check_repeated(p, current(p));
}

/* `text` is "[kind name] comment" without blanks before it; it is cut to pieces. */
static void read_header(struct parser *p, char *text)
{
	char *close = strchr(text, ']');
	const char *tail = close ? close + 1 + strspn(close + 1, BLANKS) : "";

	if (!close || (*tail && !strchr(";#", *tail))) {
		ph_problem_add(p->problems, p->file, p->line,
			"bad section line; write `[kind]` or `[kind name]` and nothing else. "
			"The keys up to the next section are not used");
		p->in_section = false;
		p->passing_over = true;
		return;
	}
	*close = 0;
	char *rest = NULL;
	char *kind = strtok_r(text + 1, BLANKS, &rest);
	char *name = kind ? strtok_r(NULL, BLANKS, &rest) : NULL;
	bool surplus = name && strtok_r(NULL, BLANKS, &rest);
	add_section(p, kind ? kind : "", name ? name : "");
	if (kind && !surplus)
		return;
	ph_problem_add(p->problems, p->file, p->line,
		kind ? "a section has one name; names hold no blanks" : "a section needs a kind");
	mark_broken(p);
}

/* Why a line is not given to libinih, or NULL. */
static const char *refused(const char *text, size_t len)
{
	if (len > PH_INI_LINE_MAX)
		return "longer than 1024 bytes; shorten the line";
	if (memchr(text, 0, len))
		return "holds a NUL byte; remove it";
	if (!ph_utf8_valid(text, len))
		return "not UTF-8; save the file as UTF-8";
	return NULL;
}

/*
 * The reader of ini_parse_stream(): one line per call, NULL at the end. Section lines are handled here and
 * an empty line goes to libinih in their place, because it keeps only 49 bytes of them and does not tell of
 * empty sections.
 */
static char *read_line(char *out, int size, void *stream)
{
	struct parser *p = stream;

	check_unclaimed(p);
	if (p->next >= p->end || p->error)
		return NULL;
	const char *text = p->next;
	const char *lf = memchr(text, '\n', (size_t)(p->end - text));
	size_t len = (size_t)((lf ? lf : p->end) - text);
	p->next = lf ? lf + 1 : p->end;
	p->line++;
	strcpy(out, "\n");
	if (p->line == 1 && len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	const char *why = refused(text, len);
	if (why) {
		ph_problem_add(p->problems, p->file, p->line, "%s", why);
		mark_broken(p);
		return out;
	}
	char line[PH_INI_LINE_MAX + 1];
	memcpy(line, text, len);
	line[len] = 0;
	char *start = line + strspn(line, BLANKS);
	if (*start == '[') {
		read_header(p, start);
		return out;
	}
	p->unclaimed = *start && *start != ';' && *start != '#';
	if (len + 2 <= (size_t)size) {
		memcpy(out, line, len);
		strcpy(out + len, "\n");
	}
	return out;
}

static bool key_repeated(struct parser *p, const char *key)
{
	const struct ph_ini_section *section = current(p);

	for (size_t i = 0; i < section->len; i++) {
		if (strcmp(section->entries[i].key, key))
			continue;
		ph_problem_add(p->problems, p->file, p->line,
			"`%s` is already set in line %u; remove one of the two", key,
			section->entries[i].line);
		return true;
	}
	return false;
}

static bool key_acceptable(struct parser *p, const char *key)
{
	if (!p->in_section) {
		ph_problem_add(p->problems, p->file, p->line,
			"`%s` stands before the first section; put it below a line like [service]",
			key);
		return false;
	}
	if (!*key) {
		ph_problem_add(p->problems, p->file, p->line,
			"no key before the `=`; write `key = value`");
		return false;
	}
	if (current(p)->len >= PH_INI_ENTRIES_MAX) {
		ph_problem_add(p->problems, p->file, p->line,
			"more than %d keys in one section; this one is not used",
			PH_INI_ENTRIES_MAX);
		return false;
	}
	return !key_repeated(p, key);
}

static int add_entry(struct ph_ini_section *section, struct ph_ini_entry entry)
{
	if (section->len == section->size) {
		size_t size = section->size ? section->size * 2 : 8;
		struct ph_ini_entry *list =
			reallocarray(section->entries, size, sizeof *section->entries);
		if (!list)
			return -ENOMEM;
		section->entries = list;
		section->size = size;
	}
	section->entries[section->len++] = entry;
	return 0;
}

/* libinih's handler: one key. 1 means all is well to it; problems are kept here. */
static int handle_key(void *user, const char *unused, const char *key, const char *value)
{
	struct parser *p = user;

	p->unclaimed = false;
	if (p->passing_over || p->error)
		return 1;
	if (!key_acceptable(p, key)) {
		mark_broken(p);
		return 1;
	}
	struct ph_ini_entry entry = {strdup(key), strdup(value), p->line};
	if (!entry.key || !entry.value || add_entry(current(p), entry) < 0) {
		free(entry.key);
		free(entry.value);
		p->error = -ENOMEM;
	}
	return 1;
}

int ph_ini_parse(struct ph_ini *ini, const char *file, const char *text, size_t len,
	struct ph_problems *problems)
{
	struct parser p = {
		.ini = ini, .problems = problems, .file = file, .next = text, .end = text + len};

	/* room for the line end; an indented key is a key and not more text of the line above */
	ini_max_line = PH_INI_LINE_MAX + 3;
	ini_allow_multiline = false;
	int r = ini_parse_stream(read_line, &p, handle_key, &p);
	check_unclaimed(&p);
	if (r == -2)
		return -ENOMEM;
	return p.error;
}

int ph_ini_read(struct ph_ini *ini, const char *path, struct ph_problems *problems)
{
	PH_CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	int r = ph_read_file(path, PH_INI_FILE_MAX, &text, &len);
	if (r == -ENOENT)
		return 0;
	if (r == -ENOMEM)
		return r;
	if (r == -EFBIG) {
		ph_problem_add(problems, path, 0, "larger than %d KiB and not read; split it",
			PH_INI_FILE_MAX / 1024);
		return 0;
	}
	if (r < 0) {
		ph_problem_add(problems, path, 0,
			"cannot be read (%s) and is not used; check it "
			"is a file the service may read",
			strerror(-r));
		return 0;
	}
	return ph_ini_parse(ini, path, text, len, problems);
}

void ph_ini_done(struct ph_ini *ini)
{
	for (size_t i = 0; i < ini->len; i++)
		section_done(&ini->sections[i]);
	free(ini->sections);
	*ini = (struct ph_ini){0};
}

bool ph_ini_word(const char **cursor, char *out, size_t size)
{
	const char *separators = BLANKS ",";
	const char *start = *cursor + strspn(*cursor, separators);
	size_t len = strcspn(start, separators);

	*cursor = start + len;
	if (!len)
		return false;
	size_t kept = len < size ? len : size - 1;
	memcpy(out, start, kept);
	out[kept] = 0;
	return true;
}
