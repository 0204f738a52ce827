// The list of problems found in configuration files and manifests; who reports them is the reader's business.
#include "daemon/core/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct ph_problems *problems)
{
	if (problems->len >= PH_PROBLEMS_MAX)
		return -1;
	if (problems->len < problems->size)
		return 0;
	size_t size = problems->size ? problems->size * 2 : 8;
	struct ph_problem *items = reallocarray(problems->items, size, sizeof *items);
	if (!items)
		return -1;
	problems->items = items;
	problems->size = size;
	return 0;
}

void ph_problem_add(
	struct ph_problems *problems, const char *file, unsigned line, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&text, format, args);
	va_end(args);
	char *copy = n < 0 ? NULL : strdup(file);
	if (!copy || make_room(problems) < 0) {
		if (n >= 0)
			free(text);
		free(copy);
		problems->more++;
		return;
	}
	problems->items[problems->len++] = (struct ph_problem){copy, line, text};
}

void ph_problems_done(struct ph_problems *problems)
{
	for (size_t i = 0; i < problems->len; i++) {
		free(problems->items[i].file);
		free(problems->items[i].text);
	}
	free(problems->items);
	*problems = (struct ph_problems){0};
}

void ph_problem_place(const struct ph_problem *problem, char *out, size_t size)
{
	if (problem->line)
		snprintf(out, size, "%s:%u", problem->file, problem->line);
	else
		snprintf(out, size, "%s", problem->file);
}
