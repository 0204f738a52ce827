// The method table as the bus sees it: interfaces, members and signatures. Types of values live in method.h.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *ph_dbus_signature(enum ph_value_type type)
{
	switch (type) {
	case PH_VALUE_STRING:
	case PH_VALUE_DOCUMENT:
		return "s";
	case PH_VALUE_BOOL:
		return "b";
	case PH_VALUE_INT:
		return "x";
	case PH_VALUE_STRINGS:
		return "as";
	case PH_VALUE_OBJECT:
		return "a{sv}";
	case PH_VALUE_OBJECTS:
		return "aa{sv}";
	case PH_VALUE_BYTES:
		return "ay";
	case PH_VALUE_ID:
		return "";
	}
	return "";
}

const char *ph_dbus_field_name(const struct ph_field *field, char *out)
{
	size_t len = strlen(field->name);

	if (field->type != PH_VALUE_BYTES || len <= 4 || len > PH_NAME_MAX)
		return field->name;
	memcpy(out, field->name, len - 4);
	out[len - 4] = '\0';
	return out;
}

bool ph_dbus_json_only(const struct ph_method *method, const struct ph_field *field)
{
	/* A bus call ends after 25 s, a receipt may wait longer for paper: JobState tells the end. */
	return !strcmp(method->name, "printer.print") && !strcmp(field->name, "wait");
}

/* Adds the positional types and says whether there are optional fields. */
static int write_signature(
	const struct ph_field *fields, bool skip_first, char *out, bool *ret_options)
{
	size_t len = 0;

	out[0] = '\0';
	*ret_options = false;
	for (const struct ph_field *f = fields + (skip_first ? 1 : 0); f->name; f++) {
		if (!f->required) {
			*ret_options = true;
			continue;
		}
		int n = snprintf(
			out + len, PH_BUS_SIGNATURE_SIZE - len, "%s", ph_dbus_signature(f->type));
		len += (size_t)n;
		if (len >= PH_BUS_SIGNATURE_SIZE)
			return -ENAMETOOLONG;
	}
	if (*ret_options && len + 5 >= PH_BUS_SIGNATURE_SIZE)
		return -ENAMETOOLONG;
	if (*ret_options)
		strcpy(out + len, "a{sv}");
	return 0;
}

static int fill(struct ph_dbus_member *member, const struct ph_method *method)
{
	const char *dot = strchr(method->dbus, '.');

	if (!dot || (size_t)(dot - method->dbus) >= sizeof member->noun)
		return -EINVAL;
	member->method = method;
	memcpy(member->noun, method->dbus, (size_t)(dot - method->dbus));
	member->noun[dot - method->dbus] = '\0';
	member->member = dot + 1;
	member->has_device = ph_method_has_device(method);
	int r = write_signature(
		method->params, member->has_device, member->in, &member->in_options);
	if (r < 0)
		return r;
	return write_signature(method->result, false, member->out, &member->out_options);
}

static int compare(const void *a, const void *b)
{
	const struct ph_dbus_member *x = a, *y = b;
	int order = strcmp(x->noun, y->noun);

	return order ? order : strcmp(x->member, y->member);
}

int ph_dbus_table_init(struct ph_dbus_table *table, const struct ph_method *methods, size_t count)
{
	struct ph_dbus_member *members = calloc(count, sizeof *members);
	size_t len = 0;

	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!methods[i].dbus)
			continue;
		int r = fill(&members[len++], &methods[i]);
		if (r < 0) {
			free(members);
			return r;
		}
	}
	qsort(members, len, sizeof *members, compare);
	*table = (struct ph_dbus_table){.members = members, .len = len};
	return 0;
}

void ph_dbus_table_done(struct ph_dbus_table *table)
{
	free(table->members);
	*table = (struct ph_dbus_table){0};
}

static const struct ph_dbus_member *find_any(
	const struct ph_dbus_table *table, const char *member, bool has_device)
{
	for (size_t i = 0; i < table->len; i++)
		if (table->members[i].has_device == has_device &&
			!strcmp(table->members[i].member, member))
			return &table->members[i];
	return NULL;
}

const struct ph_dbus_member *ph_dbus_table_find(
	const struct ph_dbus_table *table, const char *noun, const char *member, bool has_device)
{
	size_t low = 0, high = table->len;

	if (!noun)
		return find_any(table, member, has_device);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct ph_dbus_member *m = &table->members[mid];
		int order = strcmp(noun, m->noun);
		if (!order)
			order = strcmp(member, m->member);
		if (!order)
			return m->has_device == has_device ? m : NULL;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
