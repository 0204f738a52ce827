// poshal-acquirer: options, files, the socket and the loop. The only process that can open sealed account data.
#include "acquirer/config.h"
#include "acquirer/keys.h"
#include "acquirer/log.h"
#include "acquirer/server.h"
#include "acquirer/wiping.h"
#include "base/cleanup.h"
#include "protocols/iso8583/dialect_file.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#define PATH_SIZE 300

struct arguments {
	const char *root, *key, *new_key;
	struct ph_key_files files;
	char run[PATH_SIZE], etc[PATH_SIZE];
};

static const char usage[] =
	"Usage: poshal-acquirer [--root DIR] [--key FILE]\n"
	"       poshal-acquirer --new-key KID --out FILE [--keep FILE] [--public FILE]\n"
	"The link to a card acquirer's host, for poshald.\n"
	"\n"
	"  --root DIR      private instance: socket in DIR/run, configuration in DIR/etc\n"
	"  --key FILE      private key; else the credential acquirer-key of its unit\n"
	"  --new-key KID   makes a key with this id: --out FILE gets it (0600),\n"
	"                  --public FILE its public half; the keys of --keep FILE follow\n"
	"                  behind it, for what is sealed already. `-` is a pipe\n"
	"  --help, --version\n"
	"\n"
	"See poshal-acquirer(8), and acquirer.conf(5) for the configuration.\n";

static const struct option options[] = {
	{"root", required_argument, NULL, 'r'},
	{"key", required_argument, NULL, 'k'},
	{"new-key", required_argument, NULL, 'n'},
	{"out", required_argument, NULL, 'o'},
	{"keep", required_argument, NULL, 'K'},
	{"public", required_argument, NULL, 'p'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static _Noreturn void give_up(int status, const char *text, const char *what)
{
	fprintf(stderr, "poshal-acquirer: %s%s\n", text, what);
	exit(status);
}

static void join(char out[PATH_SIZE], const char *folder, const char *name)
{
	if (snprintf(out, PATH_SIZE, "%s/%s", folder, name) >= PATH_SIZE)
		give_up(2, "a path is too long: ", folder);
}

static void parse_options(int argc, char **argv, struct arguments *args)
{
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (c) {
		case 'r':
			args->root = optarg;
			break;
		case 'k':
			args->key = optarg;
			break;
		case 'n':
			args->new_key = optarg;
			break;
		case 'o':
			args->files.out = optarg;
			break;
		case 'K':
			args->files.keep = optarg;
			break;
		case 'p':
			args->files.public_out = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'V':
			puts("poshal-acquirer " POSHAL_VERSION);
			exit(0);
		default:
			give_up(2, "try --help", "");
		}
	}
	if (optind < argc)
		give_up(2, "unexpected argument; try --help: ", argv[optind]);
	if (!args->new_key != !args->files.out ||
		((args->files.public_out || args->files.keep) && !args->files.out))
		give_up(2, "--new-key KID and --out FILE belong together", "");
	join(args->run, args->root ? args->root : "", args->root ? "run" : "run/poshal");
	join(args->etc, args->root ? args->root : "", args->root ? "etc" : "etc/poshal");
}

/* Nothing of this process is for a debugger, a core file or another process of its user. */
static void shut_in(void)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		give_up(1, "cannot keep its memory to itself: ", strerror(errno));
	/* libcurl, and OpenSSL where it is built so, would write the keys of each connection there */
	unsetenv("SSLKEYLOGFILE");
	signal(SIGPIPE, SIG_IGN);
}

static int make_key(const struct arguments *args)
{
	char why[PH_KEYS_WHY_SIZE];

	if (ph_keys_create(args->new_key, &args->files, why) < 0)
		give_up(1, why, "");
	return 0;
}

static void read_keys(const struct arguments *args, struct ph_keys *keys)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_SIZE] = "", why[PH_KEYS_WHY_SIZE];

	if (!args->key && !folder)
		give_up(1, "no key: --key FILE, or the credential " PH_KEY_CREDENTIAL, "");
	if (!args->key)
		join(path, folder, PH_KEY_CREDENTIAL);
	if (ph_keys_read(args->key ? args->key : path, keys, why) < 0)
		give_up(1, why, "");
}

/* Next to the executable in a build tree, below its prefix when installed. */
static void dialect_path(const char *name, char out[PATH_SIZE])
{
	char exe[PATH_SIZE / 2] = "", probe[PATH_SIZE];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	const char *folder = len > 0 ? dirname(exe) : "/usr/sbin";

	if (strchr(name, '/')) {
		if (snprintf(out, PATH_SIZE, "%s", name) >= PATH_SIZE)
			give_up(2, "a path is too long: ", name);
		return;
	}
	join(probe, folder, "../share/dialects");
	if (access(probe, R_OK) < 0)
		join(probe, folder, "../share/poshal/dialects");
	if (snprintf(out, PATH_SIZE, "%s/%s.json", probe, name) >= PATH_SIZE)
		give_up(2, "a path is too long: ", probe);
}

static void read_dialect(const char *name, struct ph_iso_dialect *dialect)
{
	PH_CLEANUP_FREE char *text = malloc(PH_ISO_DIALECT_BYTES_MAX);
	char path[PATH_SIZE], why[PH_ISO_WHY_SIZE] = "it is too large";
	long len;

	dialect_path(name, path);
	len = text ? ph_acquirer_read_file(path, text, PH_ISO_DIALECT_BYTES_MAX) : -ENOMEM;
	if (len >= 0 && ph_iso_dialect_read(text, (size_t)len, dialect, why) == 0)
		return;
	fprintf(stderr, "poshal-acquirer: %s: %s\n", path, len < 0 ? strerror((int)-len) : why);
	exit(1);
}

/* A socket that somebody listens on is left alone; what a dead process left is removed. */
static int bind_socket(const struct arguments *args)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[PATH_SIZE];
	mode_t mask;
	int fd, r;

	join(path, args->run, "acquirer.sock");
	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mkdir(args->run, 0750);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		close(fd);
		return -EADDRINUSE;
	}
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);
	mask = umask(0177);
	r = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0
		    ? -errno
		    : fd;
	umask(mask);
	if (r < 0 && fd >= 0)
		close(fd);
	return r;
}

static int open_socket(const struct arguments *args)
{
	int n = sd_listen_fds(1);

	if (n == 1 && sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) > 0)
		return SD_LISTEN_FDS_START;
	return n > 0 ? -EINVAL : bind_socket(args);
}

/* Whose connections are taken: of a private instance its own user's, else poshald's. */
static uid_t peer_uid(const struct arguments *args, const struct ph_acquirer_config *config)
{
	const struct passwd *user = args->root ? NULL : getpwnam(config->user);

	if (!args->root && !user)
		give_up(1, "there is no such user: ", config->user);
	return user ? user->pw_uid : getuid();
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	return sd_event_exit(userdata, 0);
}

static int add_signals(sd_event *event)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	r = sd_event_add_signal(event, NULL, SIGTERM, on_signal, event);
	return r < 0 ? r : sd_event_add_signal(event, NULL, SIGINT, on_signal, event);
}

static const struct ph_link_ops *find_link(const char *name)
{
	static const struct ph_link_ops *const links[] = {&ph_link_iso, &ph_link_https};

	for (size_t i = 0; i < PH_ARRAY_SIZE(links); i++)
		if (!strcmp(links[i]->name, name))
			return links[i];
	give_up(1, "there is no such link: ", name);
}

static void say_ready(const struct ph_acquirer_config *config, const struct ph_iso_dialect *dialect,
	const struct ph_keys *keys)
{
	if (!strcmp(config->link, "https"))
		ph_acquirer_log(LOG_INFO, "ready for %s, key %s", config->url, keys->key[0].kid);
	else
		ph_acquirer_log(LOG_INFO, "ready for %s port %u%s, dialect %s, key %s",
			config->host, config->port, config->tls ? " with TLS" : " in clear",
			dialect->name, keys->key[0].kid);
}

static int serve(const struct arguments *args)
{
	static struct ph_acquirer_config config;
	static struct ph_iso_dialect dialect;
	static struct ph_server server;
	static struct ph_keys keys;
	struct ph_link_setup setup = {.config = &config, .dialect = &dialect};
	const struct ph_link_ops *ops;
	char path[PATH_SIZE], why[PH_ACQUIRER_WHY_SIZE] = "no event loop";
	int fd, r;

	join(path, args->etc, "acquirer.conf");
	if (ph_acquirer_config_read(path, &config, why) < 0)
		give_up(1, why, "");
	ops = find_link(config.link);
	if (ops->has_dialect)
		read_dialect(config.dialect, &dialect);
	read_keys(args, &keys);
	fd = open_socket(args);
	if (fd < 0)
		give_up(1, "cannot listen on its socket: ", strerror(-fd));
	r = sd_event_default(&setup.event);
	if (r >= 0)
		r = add_signals(setup.event);
	if (r >= 0)
		r = ph_server_start(&server,
			&(struct ph_server_setup){.ops = ops,
				.link = &setup,
				.keys = &keys,
				.fd = fd,
				.uid = peer_uid(args, &config)},
			why);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		say_ready(&config, &dialect, &keys);
		r = sd_event_loop(setup.event);
	} else {
		ph_acquirer_log(LOG_ERR, "cannot start: %s", why);
	}
	ph_server_done(&server);
	ph_keys_done(&keys);
	sd_event_unref(setup.event);
	return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct arguments args = {0};

	parse_options(argc, argv, &args);
	shut_in();
	ph_wiping_for_json();
	return args.new_key ? make_key(&args) : serve(&args);
}
