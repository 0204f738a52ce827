// The command line of a driver program, and the few things a process does for itself before it serves a device.
#include "base/cleanup.h"
#include "drivers/host/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define OPTIONS_MAX 64 /* --option on one command line */

struct arguments {
	const char *driver, *connect, *manifest, *device, *lock_dir, *dial, *record;
	const char *options[OPTIONS_MAX];
	int option_count;
	int fd; /* -1: standard input and output */
	bool list;
};

static const char help[] =
	"Usage: %s --driver NAME --fd N\n"
	"       %s --driver NAME --dial SOCKET --device NAME [--lock-dir DIR]\n"
	"       %s --driver NAME --connect URL [--option KEY=VALUE]... [--record FILE]\n"
	"       %s --manifest NAME | --list | --help | --version\n"
	"\n"
	"Serves one device and speaks the driver protocol: on descriptor N when started by\n"
	"poshald, on its socket when started by a unit of its own, on standard input and output\n"
	"when started by hand.\n"
	"\n"
	"  --driver NAME        which driver; --list shows them\n"
	"  --fd N               descriptor of the socket to poshald\n"
	"  --dial SOCKET        connect to poshald there, /run/poshal/drivers.sock, and again when "
	"it\n"
	"                       was restarted: the process ends and its unit starts it again\n"
	"  --device NAME        name of the device, for ps and for notifications\n"
	"  --connect URL        serial:/dev/ttyUSB0?baud=9600, tcp://10.0.0.7:9100,\n"
	"                       usb:04b8:0e15\n"
	"  --option KEY=VALUE   an option of the driver; --manifest shows them\n"
	"  --fingerprint [FILE], --fingerprint-key [FILE]\n"
	"                       of poshal-device-emv: reads an account number, prints its\n"
	"                       fingerprint; or the mark of the key; see poshal-device(8)\n"
	"  --record FILE        write down what device and driver say to each other; of card\n"
	"                       readers payments, with account data masked\n"
	"  --lock-dir DIR       where lock files are; with --dial instead of where poshald says\n";

static int parse_arguments(int argc, char **argv, struct arguments *args)
{
	enum { DRIVER = 256, FD, DEVICE, DIAL, CONNECT, OPTION, LOCK_DIR, MANIFEST, LIST, RECORD };
	static const struct option longs[] = {{"driver", required_argument, NULL, DRIVER},
		{"fd", required_argument, NULL, FD}, {"device", required_argument, NULL, DEVICE},
		{"dial", required_argument, NULL, DIAL},
		{"connect", required_argument, NULL, CONNECT},
		{"option", required_argument, NULL, OPTION},
		{"record", required_argument, NULL, RECORD},
		{"lock-dir", required_argument, NULL, LOCK_DIR},
		{"manifest", required_argument, NULL, MANIFEST}, {"list", no_argument, NULL, LIST},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	long number;

	*args = (struct arguments){.fd = -1};
	for (int c; (c = getopt_long(argc, argv, "hV", longs, NULL)) >= 0;) {
		if (c == DRIVER)
			args->driver = optarg;
		else if (c == DEVICE)
			args->device = optarg;
		else if (c == DIAL)
			args->dial = optarg;
		else if (c == CONNECT)
			args->connect = optarg;
		else if (c == LOCK_DIR)
			args->lock_dir = optarg;
		else if (c == RECORD)
			args->record = optarg;
		else if (c == MANIFEST)
			args->manifest = optarg;
		else if (c == LIST)
			args->list = true;
		else if (c == FD && ph_url_number(optarg, 0, 1023, &number) >= 0)
			args->fd = (int)number;
		else if (c == OPTION && args->option_count < OPTIONS_MAX)
			args->options[args->option_count++] = optarg;
		else
			return c == 'h' || c == 'V' ? c : -EINVAL;
	}
	return optind < argc ? -EINVAL : 0;
}

static const struct ph_driver *find_driver(const struct ph_driver *const *drivers, const char *name)
{
	if (!name)
		return drivers[1] ? NULL : drivers[0];
	for (; *drivers; drivers++)
		if (!strcmp((*drivers)->name, name))
			return *drivers;
	return NULL;
}

static int print_manifest(const struct ph_driver *driver, const char *exec)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf out = PH_BUF_INIT;

	if (ph_manifest_write(&out, driver, exec) < 0)
		return 1;
	return fputs(out.data, stdout) < 0 || fflush(stdout) ? 1 : 0;
}

static int print_list(const struct ph_driver *const *drivers)
{
	for (; *drivers; drivers++)
		printf("%-16s %-8s %s\n", (*drivers)->name, (*drivers)->version,
			(*drivers)->summary);
	return 0;
}

static int set_option(struct ph_device *device, const char *text)
{
	PH_CLEANUP_FREE char *copy = strdup(text);
	char *equals = copy ? strchr(copy, '=') : NULL;

	if (!equals)
		return ph_request_refuse(device, text, "is not KEY=VALUE");
	*equals = '\0';
	return ph_device_set_option(device, copy, equals + 1);
}

/* By hand: the command line takes the place of driver.open. */
static int open_by_hand(struct ph_loop *loop, const struct arguments *args)
{
	struct ph_device_config config = {
		.name = args->device ? args->device : loop->device.driver->name,
		.connection = args->connect,
		.lock_dir = args->lock_dir,
	};
	int r = 0;

	for (int i = 0; i < args->option_count && r >= 0; i++)
		r = set_option(&loop->device, args->options[i]);
	if (r >= 0)
		r = ph_device_configure(&loop->device, &config);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", loop->device.refused_path,
			loop->device.refused ? loop->device.refused_text : strerror(-r));
		return r;
	}
	r = args->record ? ph_record_start(&loop->record, args->record, &loop->device,
				   args->connect, args->options, args->option_count)
			 : 0;
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", args->record,
			r == -EACCES ? "nothing is recorded of such devices" : strerror(-r));
		return r;
	}
	ph_loop_start(loop);
	return 0;
}

/* The kernel ends this process with its parent; the check closes the gap in which the parent died before the call. */
static int bind_to_parent(void)
{
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	int r = -errno;
	close(fd);
	return r;
}

/* A unit with a user of its own cannot write where the service's drivers have their locks. */
static int fix_lock_dir(struct ph_device *device, const char *dir)
{
	device->lock_dir = strdup(dir);
	device->lock_dir_fixed = true;
	return device->lock_dir ? 0 : -ENOMEM;
}

static int serve(const struct ph_driver *driver, const struct arguments *args)
{
	static struct ph_loop loop;
	bool by_hand = args->fd < 0 && !args->dial;
	int fd = args->dial ? dial(args->dial) : args->fd;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* one arena, and freed memory goes back: a driver is small and stays so */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 65536);
	if (args->dial && fd < 0) {
		fprintf(stderr, "cannot connect to poshald at %s: %s\n", args->dial, strerror(-fd));
		return 1;
	}
	if (args->fd >= 0) {
		if (bind_to_parent() < 0)
			return 1;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	int r = ph_loop_init(&loop, driver, by_hand ? STDIN_FILENO : fd,
		by_hand ? STDOUT_FILENO : -1, args->dial ? args->device : NULL);
	if (r < 0) {
		fprintf(stderr, "cannot use descriptor %d: %s\n", by_hand ? 0 : fd, strerror(-r));
		return 1;
	}
	if (by_hand)
		r = open_by_hand(&loop, args);
	else if (args->dial && args->lock_dir)
		r = fix_lock_dir(&loop.device, args->lock_dir);
	if (r >= 0)
		r = ph_loop_run(&loop);
	ph_loop_done(&loop);
	return r ? 1 : 0;
}

int ph_driver_main(int argc, char **argv, const struct ph_driver *const *drivers)
{
	struct arguments args;
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];

	int r = parse_arguments(argc, argv, &args);
	if (r == 'h') {
		printf(help, name, name, name, name);
		return 0;
	}
	if (r == 'V') {
		printf("%s %s\n", name, POSHAL_VERSION);
		return 0;
	}
	if (r == 0 && args.list)
		return print_list(drivers);
	const char *wanted = args.manifest ? args.manifest : args.driver;
	const struct ph_driver *driver = find_driver(drivers, wanted);
	if (r == 0 && wanted && !driver) {
		fprintf(stderr, "%s: no driver '%s' (--list shows them)\n", name, wanted);
		return 2;
	}
	bool one_way = !!args.manifest + (args.fd >= 0) + !!args.connect + !!args.dial == 1;
	if (r < 0 || !driver || !one_way || (args.dial && !args.device) ||
		(args.record && !args.connect)) {
		fprintf(stderr, help, name, name, name, name);
		return 2;
	}
	return args.manifest ? print_manifest(driver, name) : serve(driver, &args);
}
