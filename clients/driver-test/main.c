// poshal-driver-test: the conformance test of drivers for poshald, a line of JSON per check; people use `poshalctl driver test`.
#include "clients/driver-test/check.h"

#include "base/cleanup.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"Usage: poshal-driver-test --exec PATH [OPTION]... MANIFEST\n"
	"Puts a driver through what the driver protocol asks of each; prints a line of JSON for\n"
	"each check, and one that says whether none failed.\n"
	"\n"
	"  --exec PATH      the driver's executable\n"
	"  --options LIST   options it cannot be opened without: KEY=VALUE, separated by blanks\n"
	"  --connect URL    a device of yours instead of an emulated cable\n"
	"  --help, --version\n"
	"\n"
	"See poshal-driver-test(8).\n";

enum { OPT_EXEC = 256, OPT_OPTIONS, OPT_CONNECT, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
	{"exec", required_argument, NULL, OPT_EXEC},
	{"options", required_argument, NULL, OPT_OPTIONS},
	{"connect", required_argument, NULL, OPT_CONNECT},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static void refuse(const char *what)
{
	fprintf(stderr, "poshal-driver-test: %s; try --help\n", what);
	exit(2);
}

static void apply(struct driver_check *check, int option, const char *value)
{
	switch (option) {
	case OPT_EXEC:
		check->path = value;
		break;
	case OPT_OPTIONS:
		check->options = value;
		break;
	case OPT_CONNECT:
		check->connect = value;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	case OPT_VERSION:
		puts("poshal-driver-test " POSHAL_VERSION);
		exit(0);
	default:
		refuse("bad option");
	}
}

static void on_check(void *userdata, const cJSON *row)
{
	PH_CLEANUP_FREE char *line = cJSON_PrintUnformatted(row);

	puts(line ? line : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct driver_check check = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		apply(&check, option, optarg);
	if (optind != argc - 1 || !check.path)
		refuse("it takes --exec and one manifest");
	signal(SIGPIPE, SIG_IGN);
	PH_CLEANUP(cJSON_Delete_p) cJSON *manifest = driver_manifest_read(argv[optind]);
	if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(manifest, "name")))
		refuse("that is no manifest with a name");
	check.manifest = manifest;
	int failures = driver_check(&check, on_check, NULL);
	if (failures < 0)
		refuse("--options takes KEY=VALUE, separated by blanks");
	puts(failures ? "{\"passed\":false}" : "{\"passed\":true}");
	return failures ? 1 : 0;
}
