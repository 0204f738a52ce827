// Reads the command line by the command table, and prints the help from the same table.
#include "clients/poshalctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Matches "drawer open" against two words, or "list" against one. Returns the words taken, or 0. */
static int match_name(const char *name, char **words, int count)
{
	const char *space = strchr(name, ' ');
	size_t first = space ? (size_t)(space - name) : strlen(name);

	if (!count || strlen(words[0]) != first || strncmp(name, words[0], first))
		return 0;
	if (!space)
		return 1;
	return count > 1 && !strcmp(space + 1, words[1]) ? 2 : 0;
}

static const struct ctl_command *find_command(char **words, int count, int *ret_taken)
{
	for (const struct ctl_command *c = ctl_commands; c->name; c++) {
		*ret_taken = match_name(c->name, words, count);
		if (*ret_taken)
			return c;
	}
	return NULL;
}

/* The option called `name` (of `len` bytes), or NULL. */
static const struct ctl_option *find_option(
	const struct ctl_option *options, const char *name, size_t len)
{
	for (; options && options->name; options++)
		if (strlen(options->name) == len && !strncmp(options->name, name, len))
			return options;
	return NULL;
}

static int set_global(struct ctl *ctl, const char *name, const char *value)
{
	if (!strcmp(name, "json")) {
		ctl->json = true;
	} else if (!strcmp(name, "help")) {
		ctl->help = true;
	} else if (!strcmp(name, "version")) {
		ctl->version = true;
	} else if (!strcmp(name, "socket")) {
		ctl->socket = value;
	} else {
		free(ctl->socket_owned);
		if (asprintf(&ctl->socket_owned, "%s/run/poshal.sock", value) < 0)
			ctl->socket_owned = NULL;
		ctl->socket = ctl->socket_owned;
	}
	return CTL_OK;
}

/* One "--name", "--name=value" or "--name value"; *i moves over a separate value. */
static int read_option(struct ctl *ctl, int argc, char **argv, int *i)
{
	const char *word = argv[*i] + 2;
	size_t len = strcspn(word, "=");
	const struct ctl_option *own = ctl->command ? ctl->command->options : NULL;
	const struct ctl_option *mine = find_option(own, word, len);
	const struct ctl_option *option = mine ? mine : find_option(ctl_global_options, word, len);
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!option) {
		ctl_say("unknown option %s%s%s. See `poshalctl help%s%s`.", argv[*i],
			ctl->command ? " of " : "", ctl->command ? ctl->command->name : "",
			ctl->command ? " " : "", ctl->command ? ctl->command->name : "");
		return CTL_USAGE;
	}
	if (!option->value && value) {
		ctl_say("--%s takes no value.", option->name);
		return CTL_USAGE;
	}
	if (option->value && !value && *i + 1 >= argc) {
		ctl_say("--%s needs a value: --%s %s.", option->name, option->name, option->value);
		return CTL_USAGE;
	}
	if (option->value && !value)
		value = argv[++*i];
	if (!mine)
		return set_global(ctl, option->name, value);
	ctl->values[mine - own] = value ? value : "";
	return CTL_OK;
}

/* Options in front of the command; *ret_next is the first other word. */
static int read_globals(struct ctl *ctl, int argc, char **argv, int *ret_next)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "-h")) {
			ctl->help = true;
			continue;
		}
		if (argv[i][1] != '-' || !argv[i][2]) {
			ctl_say("unknown option %s. See `poshalctl help`.", argv[i]);
			return CTL_USAGE;
		}
		if (read_option(ctl, argc, argv, &i))
			return CTL_USAGE;
	}
	*ret_next = i;
	return CTL_OK;
}

static int check_counts(struct ctl *ctl)
{
	const struct ctl_command *c = ctl->command;
	bool many = c->max_args >= 0 && ctl->arg_count > c->max_args;

	if (ctl->help)
		return CTL_OK;
	if (ctl->arg_count >= c->min_args && !many && (!ctl->rest || c->takes_command))
		return CTL_OK;
	ctl_say("%s arguments. Usage: poshalctl %s%s%s",
		many ? "too many" : "missing or unexpected", c->name, *c->args ? " " : "", c->args);
	return CTL_USAGE;
}

/* Words behind the command. argv is reordered in place: positional ones first. */
static int read_rest(struct ctl *ctl, int argc, char **argv)
{
	ctl->args = argv;
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--") && ctl->command->takes_command) {
			ctl->rest = i + 1 < argc ? argv + i + 1 : NULL;
			break;
		}
		if (!strcmp(argv[i], "--")) {
			while (++i < argc)
				ctl->args[ctl->arg_count++] = argv[i];
			break;
		}
		if (!strcmp(argv[i], "-h"))
			ctl->help = true;
		else if (argv[i][0] != '-' || argv[i][1] != '-')
			ctl->args[ctl->arg_count++] = argv[i];
		else if (read_option(ctl, argc, argv, &i))
			return CTL_USAGE;
	}
	return check_counts(ctl);
}

/* True when the word begins commands of two words. */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (const struct ctl_command *c = ctl_commands; c->name; c++)
		if (!strncmp(c->name, word, len) && c->name[len] == ' ')
			return true;
	return false;
}

static bool asks_help(int argc, char **argv, int i)
{
	return i < argc && (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"));
}

int ctl_parse(struct ctl *ctl, int argc, char **argv)
{
	int next, taken;

	if (read_globals(ctl, argc, argv, &next))
		return CTL_USAGE;
	if (ctl->version || (ctl->help && next >= argc))
		return CTL_OK;
	if (next >= argc) {
		ctl_say("no command. See `poshalctl help`.");
		return CTL_USAGE;
	}
	ctl->command = find_command(argv + next, argc - next, &taken);
	if (taken == 1 && next + 1 < argc && argv[next + 1][0] != '-' && !ctl->command->max_args &&
		is_group(argv[next]))
		ctl->command = NULL; /* "queue nonsense" is no argument of "queue" */
	if (!ctl->command && is_group(argv[next]) &&
		(ctl->help || asks_help(argc, argv, next + 1))) {
		ctl->help = true;
		ctl->group = argv[next];
		return CTL_OK;
	}
	if (!ctl->command) {
		if (!is_group(argv[next]))
			ctl_say("unknown command %s. See `poshalctl help`.", argv[next]);
		else if (next + 1 < argc && argv[next + 1][0] != '-')
			ctl_say("unknown command %s %s. See `poshalctl help %s`.", argv[next],
				argv[next + 1], argv[next]);
		else
			ctl_say("%s needs one more word. See `poshalctl help %s`.", argv[next],
				argv[next]);
		return CTL_USAGE;
	}
	return read_rest(ctl, argc - next - taken, argv + next + taken);
}

const char *ctl_value(const struct ctl *ctl, const char *name)
{
	const struct ctl_option *own = ctl->command->options;
	const struct ctl_option *option = find_option(own, name, strlen(name));

	return option ? ctl->values[option - own] : NULL;
}

int ctl_number(const struct ctl *ctl, const char *name, const int64_t range[2], int64_t fallback,
	int64_t *ret_number)
{
	const char *text = ctl_value(ctl, name);
	char *end;

	if (!text) {
		*ret_number = fallback;
		return CTL_OK;
	}
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < range[0] || number > range[1]) {
		ctl_say("--%s takes a whole number from %lld to %lld, not \"%s\".", name,
			(long long)range[0], (long long)range[1], text);
		return CTL_USAGE;
	}
	*ret_number = number;
	return CTL_OK;
}

static void print_options(const struct ctl_option *options)
{
	for (; options && options->name; options++) {
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", options->name, options->value ? " " : "",
			options->value ? options->value : "");
		printf("  %-20s %s\n", left, options->help);
	}
}

static void help_command(const struct ctl_command *c)
{
	printf("poshalctl %s%s%s%s\n  %s\n", c->name, c->options ? " [OPTION...]" : "",
		*c->args ? " " : "", c->args, c->help);
	if (c->options) {
		printf("\nOptions:\n");
		print_options(c->options);
	}
}

static void help_all(void)
{
	printf("poshalctl [OPTION...] COMMAND [ARGUMENT...]\n"
	       "  point-of-sale hardware on the command line\n\nCommands:\n");
	for (const struct ctl_command *c = ctl_commands; c->name; c++) {
		char left[64];
		snprintf(left, sizeof left, "%s%s%s", c->name, *c->args ? " " : "", c->args);
		printf("  %-30s %s\n", left, c->help);
	}
	printf("\nOptions, before or behind the command:\n");
	print_options(ctl_global_options);
	printf("\n`poshalctl help COMMAND` tells more. Every DEVICE is an id or a role.\n"
	       "Exit codes: 0 ok, 1 failed, 2 usage, 3 cannot reach the service, 4 not permitted,\n"
	       "5 uncertain, 6 timeout.\n");
}

/* For completion: one word per line. */
static void print_words(const struct ctl_command *c)
{
	const struct ctl_option *options[] = {c ? c->options : NULL, ctl_global_options};

	if (!c)
		for (c = ctl_commands; c->name; c++)
			printf("%s\n", c->name);
	else
		for (size_t i = 0; i < 2; i++)
			for (const struct ctl_option *o = options[i]; o && o->name; o++)
				printf("--%s%s\n", o->name, o->value ? "=" : "");
}

/* The commands of two words that begin with this one. */
static void help_group(const char *word, const char *between)
{
	size_t len = strlen(word);

	for (const struct ctl_command *c = ctl_commands; c->name; c++) {
		if (strncmp(c->name, word, len) || c->name[len] != ' ')
			continue;
		fputs(between, stdout);
		between = "\n";
		help_command(c);
	}
}

int ctl_run_help(struct ctl *ctl)
{
	const struct ctl_command *c = NULL;
	int taken;
	bool words = ctl_value(ctl, "words");

	if (ctl->arg_count) {
		c = find_command(ctl->args, ctl->arg_count, &taken);
		if (!c && !is_group(ctl->args[0])) {
			ctl_say("unknown command %s. See `poshalctl help`.", ctl->args[0]);
			return CTL_USAGE;
		}
	}
	if (words) {
		print_words(c);
	} else if (c) {
		help_command(c);
		if (!strchr(c->name, ' '))
			help_group(c->name, "\n");
	} else if (ctl->arg_count) {
		help_group(ctl->args[0], "");
	} else {
		help_all();
	}
	return CTL_OK;
}
