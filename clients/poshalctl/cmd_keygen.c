// `queue keygen`: has a key for sealed records made and put where poshal-acquirer gets it. It needs no service, and sees no secret:
// poshal-acquirer makes the key, systemd-creds seals it, and between them is a pipe.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEY_FILE   "/etc/poshal/acquirer-key"
#define CREDENTIAL "acquirer-key"
#define PATH_SIZE  1024
#define STEPS_MAX  3

extern char **environ;

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* Where things go; `fresh` and `fresh_public` are what is written first, beside them. */
struct keygen {
	const char *kid;
	bool credential,
		had; /* sealed for this machine; there was one before, whose keys are kept */
	char program[PATH_SIZE];
	char file[PATH_SIZE], fresh[PATH_SIZE], shown[PATH_SIZE], fresh_public[PATH_SIZE];
};

/* ---- programs in a row, each with the output of the one before ---- */

static int spawn(const char *const *argv, int in, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	r = posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		ctl_say("cannot run %s: %s", argv[0], strerror(r));
	return -r;
}

static int wait_all(const pid_t *pids, int count)
{
	int result = 0;

	for (int i = 0; i < count; i++) {
		int status = 0;

		while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			result = -EIO;
	}
	return result;
}

/* The first reads nothing; the last one's output is `out`. What went wrong they say themselves. */
static int run_row(const char *const *const steps[], int count, int out)
{
	pid_t pids[STEPS_MAX];
	int started = 0, r = 0, in = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (int i = 0; r == 0 && i < count; i++) {
		int ends[2] = {-1, -1};
		bool last = i == count - 1;

		if (in < 0 || (!last && pipe2(ends, O_CLOEXEC) < 0))
			r = -errno;
		else
			r = spawn(steps[i], in, last ? out : ends[1], &pids[i]);
		started += r == 0;
		if (in >= 0)
			close(in);
		if (ends[1] >= 0)
			close(ends[1]);
		in = ends[0];
	}
	if (in >= 0)
		close(in);
	int ended = wait_all(pids, started);
	return r < 0 ? r : ended;
}

static bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	PH_CLEANUP_FREE char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *rest = copy, probe[PATH_SIZE];

	for (char *folder; copy && (folder = strsep(&rest, ":"));)
		if (snprintf(probe, sizeof probe, "%s/%s", folder, name) < (int)sizeof probe &&
			access(probe, X_OK) == 0)
			return true;
	return false;
}

/* ---- what is to be done ---- */

/* Beside this program, or where an installation has it. */
static void find_program(char out[PATH_SIZE])
{
	static const char *const places[] = {"poshal-acquirer", "../sbin/poshal-acquirer"};
	char exe[PATH_SIZE / 2] = "";
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	exe[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(exe, '/');
	if (slash)
		slash[1] = '\0';
	for (size_t i = 0; i < PH_ARRAY_SIZE(places); i++) {
		snprintf(out, PATH_SIZE, "%s%s", exe, places[i]);
		if (access(out, X_OK) == 0)
			return;
	}
	snprintf(out, PATH_SIZE, "poshal-acquirer");
}

/* Looked for first: what the programs say about one that is missing helps nobody. */
static bool has_folder(const char *file)
{
	char path[PATH_SIZE];
	const char *folder;

	snprintf(path, sizeof path, "%s", file);
	folder = dirname(path);
	if (access(folder, W_OK) == 0)
		return true;
	ctl_say("%s: %s; no key was made (--out FILE puts it elsewhere)", folder, strerror(errno));
	return false;
}

static int read_options(struct ctl *ctl, struct keygen *keygen)
{
	static char today[16];
	const char *out = ctl_value(ctl, "out"), *credential = ctl_value(ctl, "credential");
	time_t now = (time_t)(ph_clock_wall_us() / 1000000);
	struct tm local;
	int room = (int)(PATH_SIZE - sizeof ".public.new");

	if (out && credential) {
		ctl_say("--out or --credential, not both: in clear, or sealed for this machine");
		return CTL_USAGE;
	}
	if (credential && !in_path("systemd-creds")) {
		ctl_say("there is no systemd-creds here: give --out, and keep that file to root");
		return CTL_USAGE;
	}
	if (ctl->socket_owned && !out && !credential) {
		ctl_say("of a private service the key is the file that its poshal-acquirer gets "
			"(--key): name it by --out FILE");
		return CTL_USAGE;
	}
	keygen->credential = credential || (!out && in_path("systemd-creds"));
	const char *path = out			? out
			   : credential		? credential
			   : keygen->credential ? KEY_FILE ".cred"
						: KEY_FILE;
	if (snprintf(keygen->file, PATH_SIZE, "%s", path) >= room) {
		ctl_say("a path is too long");
		return CTL_USAGE;
	}
	snprintf(keygen->fresh, PATH_SIZE, "%.*s.new", room, path);
	snprintf(keygen->shown, PATH_SIZE, "%.*s.public", room, path);
	snprintf(keygen->fresh_public, PATH_SIZE, "%.*s.public.new", room, path);
	if (!has_folder(keygen->file))
		return CTL_USAGE;
	keygen->had = access(keygen->file, F_OK) == 0;
	strftime(today, sizeof today, "%Y-%m-%d", localtime_r(&now, &local));
	keygen->kid = ctl_value(ctl, "kid") ? ctl_value(ctl, "kid") : today;
	find_program(keygen->program);
	return CTL_OK;
}

static int make_file(struct keygen *keygen)
{
	const char *make[] = {keygen->program, "--new-key", keygen->kid, "--public",
		keygen->fresh_public, "--out", keygen->fresh, keygen->had ? "--keep" : NULL,
		keygen->file, NULL};
	const char *const *const row[] = {make};

	return run_row(row, 1, STDERR_FILENO);
}

/* Nothing of it is on a disk in clear. With a TPM the machine's key and the TPM's are needed, else the machine's. */
static int make_credential(struct keygen *keygen)
{
	static const char name[] = "--name=" CREDENTIAL;
	const char *unseal[] = {"systemd-creds", "decrypt", name, keygen->file, "-", NULL};
	const char *make[] = {keygen->program, "--new-key", keygen->kid, "--public",
		keygen->fresh_public, "--out", "-", keygen->had ? "--keep" : NULL, "-", NULL};
	const char *seal[] = {
		"systemd-creds", "encrypt", "--with-key=auto", name, "-", keygen->fresh, NULL};
	const char *const *const row[] = {unseal, make, seal};
	int skip = keygen->had ? 0 : 1;

	return run_row(row + skip, STEPS_MAX - skip, STDERR_FILENO);
}

/* On the disk before anything is sealed to it, and in one step: a key that is lost takes its records along. */
static int put_in_place(const char *fresh, const char *file, mode_t mode)
{
	PH_CLEANUP_CLOSE int fd = open(fresh, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(fresh, file) < 0)
		return -errno;
	return 0;
}

static int sync_folder(const char *file)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s", file);
	PH_CLEANUP_CLOSE int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int make(struct keygen *keygen)
{
	int r = keygen->credential ? make_credential(keygen) : make_file(keygen);

	if (r < 0) {
		unlink(keygen->fresh_public);
		if (keygen->credential)
			unlink(keygen->fresh);
		ctl_say("no key was made; %s is as it was", keygen->file);
		return CTL_FAILED;
	}
	r = put_in_place(keygen->fresh, keygen->file, 0600);
	if (r == 0)
		r = put_in_place(keygen->fresh_public, keygen->shown, 0644);
	if (r == 0)
		r = sync_folder(keygen->file);
	if (r < 0)
		ctl_say("%s: %s", keygen->file, strerror(-r));
	return r < 0 ? CTL_FAILED : CTL_OK;
}

/* ---- what a person does next ---- */

static void say_first(const struct keygen *keygen)
{
	if (keygen->credential)
		printf("1. Tell the unit where it is: systemctl edit poshal-acquirer, and write\n"
		       "     [Service]\n"
		       "     LoadCredential=\n"
		       "     LoadCredentialEncrypted=" CREDENTIAL ":%s\n",
			keygen->file);
	else if (strcmp(keygen->file, KEY_FILE) != 0)
		printf("1. Tell the unit where it is: systemctl edit poshal-acquirer, and write\n"
		       "     [Service]\n"
		       "     LoadCredential=\n"
		       "     LoadCredential=" CREDENTIAL ":%s\n",
			keygen->file);
	else
		printf("1. The unit of poshal-acquirer reads this file; it belongs to root "
		       "alone.\n");
	printf("2. systemctl enable --now poshal-acquirer.socket\n"
	       "   systemctl restart poshal-acquirer.service\n");
}

static void say_rotation(const struct keygen *keygen)
{
	printf("1. systemctl restart poshal-acquirer.service\n"
	       "   From the next payment on new records are sealed to %s; the older keys open "
	       "what\n"
	       "   is stored. A card reader with the option seal_key needs the public half there,\n"
	       "   and `poshalctl disable` and `enable` to read it.\n"
	       "2. poshalctl queue rewrap --operator NAME\n"
	       "   Stored records are wrapped for %s.\n"
	       "3. When `poshalctl queue keys` counts no record of the older key any more, take "
	       "its\n"
	       "   line out:\n",
		keygen->kid, keygen->kid);
	if (keygen->credential)
		printf("     systemd-creds decrypt --name=" CREDENTIAL
		       " %s - | grep -v '\"OLD\"' |\n"
		       "       systemd-creds encrypt --name=" CREDENTIAL " - %s\n"
		       "     mv %s %s\n",
			keygen->file, keygen->fresh, keygen->fresh, keygen->file);
	else
		printf("     sed -i '/\"OLD\"/d' %s\n", keygen->file);
	printf("   with its id for OLD, and restart poshal-acquirer. What was sealed to it and is\n"
	       "   stored somewhere else, in a backup say, can never be opened again.\n");
}

static int say(const struct ctl *ctl, const struct keygen *keygen)
{
	if (ctl->json) {
		PH_CLEANUP(cJSON_Delete_p) cJSON *object = cJSON_CreateObject();

		cJSON_AddStringToObject(object, "kid", keygen->kid);
		cJSON_AddStringToObject(object, "file", keygen->file);
		cJSON_AddStringToObject(object, "public", keygen->shown);
		cJSON_AddBoolToObject(object, "credential", keygen->credential);
		cJSON_AddBoolToObject(object, "rotation", keygen->had);
		ctl_print_json(object);
		return CTL_OK;
	}
	printf("Key %s is in %s%s;\nits public half, for other machines, in %s.\n\n", keygen->kid,
		keygen->file, keygen->credential ? ", sealed for this machine" : "", keygen->shown);
	if (keygen->had)
		say_rotation(keygen);
	else
		say_first(keygen);
	return CTL_OK;
}

int ctl_run_queue_keygen(struct ctl *ctl)
{
	struct keygen keygen = {0};
	int r = read_options(ctl, &keygen);

	signal(SIGPIPE, SIG_IGN); /* of a program that ended early the next one's status tells */
	if (r == CTL_OK)
		r = make(&keygen);
	return r == CTL_OK ? say(ctl, &keygen) : r;
}
