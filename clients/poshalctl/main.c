// poshalctl: reads the command line and runs one command. Everything it does goes through libposhal.
#include "clients/poshalctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>

static int run(struct ctl *ctl)
{
	if (ctl->version) {
		printf("poshalctl %s\n", POSHAL_VERSION);
		return CTL_OK;
	}
	if (!ctl->help)
		return ctl->command->run(ctl);
	/* "--help" behind a command is "help COMMAND" */
	char *words[2] = {NULL, NULL};
	char name[64] = "";
	const char *about = ctl->command ? ctl->command->name : ctl->group;
	struct ctl help = {.command = ctl_commands};
	while (help.command->run != ctl_run_help)
		help.command++;
	help.args = words;
	if (about) {
		snprintf(name, sizeof name, "%s", about);
		words[help.arg_count++] = name;
		for (char *c = name; *c; c++)
			if (*c == ' ') {
				*c = '\0';
				words[help.arg_count++] = c + 1;
			}
	}
	return ctl_run_help(&help);
}

int main(int argc, char **argv)
{
	struct ctl ctl = {0};
	int code = ctl_parse(&ctl, argc, argv);

	if (code == CTL_OK)
		code = run(&ctl);
	poshal_close(ctl.client);
	free(ctl.socket_owned);
	if (fflush(stdout) || ferror(stdout)) {
		perror("poshalctl: standard output");
		return code ? code : CTL_FAILED;
	}
	return code;
}
