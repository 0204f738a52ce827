// poshald: options, signals and the loop.
#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/reload.h"
#include "daemon/journal/journal_storage.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static const char usage[] =
	"Usage: poshald [OPTION]...\n"
	"Serves point-of-sale devices to applications over a Unix socket and D-Bus.\n"
	"\n"
	"  --root DIR         private instance: sockets in DIR/run, state in DIR/var, "
	"configuration in DIR/etc\n"
	"  --run-dir DIR      sockets (default /run/poshal)\n"
	"  --state-dir DIR    journal (default /var/lib/poshal)\n"
	"  --config-dir DIR   poshal.conf and devices.d (default /etc/poshal)\n"
	"  --drivers-dir DIR  manifests of the drivers that came with poshal\n"
	"  --libexec-dir DIR  folder of poshal-device and poshal-render\n"
	"  --system-root DIR  where the doctor finds /etc, /sys and /usr of the machine (default "
	"/)\n"
	"  --pending          only says what still waits for the host in the journal; status 0: "
	"nothing\n"
	"  --help, --version\n"
	"\n"
	"See poshald(8), and poshal.conf(5) for the configuration.\n";

static void set_path(char out[200], const char *dir, const char *below)
{
	if (snprintf(out, 200, "%s%s%s", dir, below[0] ? "/" : "", below) >= 200) {
		fprintf(stderr, "poshald: the path %s is too long\n", dir);
		exit(2);
	}
}

/* Next to the executable in a build tree, below its prefix when installed. */
static void default_program_paths(struct ph_paths *paths)
{
	char exe[160] = "", probe[200];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	const char *dir = len > 0 ? dirname(exe) : "/usr/sbin";

	set_path(paths->libexec, dir, "");
	set_path(paths->drivers, dir, "../share/drivers.d");
	set_path(probe, dir, "poshal-device");
	if (access(probe, X_OK) < 0) {
		set_path(paths->libexec, dir, "../libexec/poshal");
		set_path(paths->drivers, dir, "../share/poshal/drivers.d");
	}
}

static void default_paths(struct ph_paths *paths)
{
	const char *run = getenv("RUNTIME_DIRECTORY"), *state = getenv("STATE_DIRECTORY");

	default_program_paths(paths);
	set_path(paths->run, run ? run : "/run/poshal", "");
	set_path(paths->state, state ? state : "/var/lib/poshal", "");
	set_path(paths->etc, "/etc/poshal", "");
	paths->system[0] = '\0';
}

enum {
	OPT_ROOT = 256,
	OPT_RUN,
	OPT_STATE,
	OPT_ETC,
	OPT_DRIVERS,
	OPT_LIBEXEC,
	OPT_SYSTEM,
	OPT_PENDING,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"root", required_argument, NULL, OPT_ROOT},
	{"run-dir", required_argument, NULL, OPT_RUN},
	{"state-dir", required_argument, NULL, OPT_STATE},
	{"config-dir", required_argument, NULL, OPT_ETC},
	{"drivers-dir", required_argument, NULL, OPT_DRIVERS},
	{"libexec-dir", required_argument, NULL, OPT_LIBEXEC},
	{"system-root", required_argument, NULL, OPT_SYSTEM},
	{"pending", no_argument, NULL, OPT_PENDING},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* Asked for by --pending. */
static bool tell_pending;

/* For whoever removes what is stored: 0: nothing waits; 1: something does; 2: it cannot be told. */
static int show_pending(const struct ph_paths *paths)
{
	char path[220], message[PH_JOURNAL_MESSAGE] = "";
	int64_t count = 0;

	snprintf(path, sizeof path, "%s/journal.db", paths->state);
	if (ph_journal_pending(path, &count, message) < 0) {
		fprintf(stderr, "poshald: %s\n", message);
		return 2;
	}
	printf("%lld payments wait for the host or for somebody to look at them\n",
		(long long)count);
	return count ? 1 : 0;
}

static void apply_option(struct ph_paths *paths, int option, const char *value)
{
	switch (option) {
	case OPT_ROOT: {
		PH_CLEANUP_FREE char *root = realpath(value, NULL);
		set_path(paths->run, root ? root : value, "run");
		set_path(paths->state, root ? root : value, "var");
		set_path(paths->etc, root ? root : value, "etc");
		break;
	}
	case OPT_RUN:
		set_path(paths->run, value, "");
		break;
	case OPT_STATE:
		set_path(paths->state, value, "");
		break;
	case OPT_ETC:
		set_path(paths->etc, value, "");
		break;
	case OPT_DRIVERS:
		set_path(paths->drivers, value, "");
		break;
	case OPT_LIBEXEC:
		set_path(paths->libexec, value, "");
		break;
	case OPT_SYSTEM:
		set_path(paths->system, value, "");
		break;
	case OPT_PENDING:
		tell_pending = true;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	case OPT_VERSION:
		puts("poshald " POSHAL_VERSION);
		exit(0);
	default:
		fputs("poshald: try --help\n", stderr);
		exit(2);
	}
}

static void parse_options(int argc, char **argv, struct ph_paths *paths)
{
	int option;

	default_paths(paths);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		apply_option(paths, option, optarg);
	if (optind < argc) {
		fprintf(stderr, "poshald: unexpected argument `%s`; try --help\n", argv[optind]);
		exit(2);
	}
	/* a driver that keeps something on disk puts it there, as one with a unit of its own puts it where that says */
	setenv("STATE_DIRECTORY", paths->state, 1);
}

static int on_stop_signal(
	sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	ph_daemon_stop(userdata);
	return 0;
}

static int on_reload_signal(
	sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	ph_log(LOG_INFO, NULL, "reading the configuration again");
	int r = ph_reload(userdata, NULL);
	if (r < 0)
		ph_log(LOG_ERR, NULL, "the configuration cannot be read: %s", strerror(-r));
	return 0;
}

/* Every application is a descriptor, and so is every device. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int add_signals(sd_event *event, struct ph_daemon *daemon)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < PH_ARRAY_SIZE(signals); i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	int r = sd_event_add_signal(event, NULL, SIGTERM, on_stop_signal, daemon);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, on_stop_signal, daemon);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGHUP, on_reload_signal, daemon);
	return r;
}

int main(int argc, char **argv)
{
	static struct ph_daemon daemon;
	struct ph_paths paths;
	sd_event *event = NULL;

	parse_options(argc, argv, &paths);
	if (tell_pending)
		return show_pending(&paths);
	raise_descriptor_limit();
	int r = sd_event_default(&event);
	if (r >= 0)
		r = add_signals(event, &daemon);
	if (r >= 0)
		r = ph_daemon_start(&daemon, event, &paths);
	if (r >= 0) {
		sd_event_set_watchdog(event, true);
		sd_notifyf(0, "READY=1\nSTATUS=Serving %u devices", daemon.device_count);
		ph_log(LOG_INFO, NULL, "ready at %s/poshal.sock with %u devices", paths.run,
			daemon.device_count);
		r = sd_event_loop(event);
	} else {
		ph_log(LOG_ERR, NULL, "cannot start: %s", strerror(-r));
	}
	ph_daemon_done(&daemon);
	sd_event_unref(event);
	return r < 0 ? 1 : 0;
}
