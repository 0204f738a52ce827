// Why the service cannot be reached and what to do, from the error, the socket's owner and the caller's groups.
#include "clients/poshalctl/ctl.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct words {
	char problem[256], cause[256], advice[256];
};

/* True when the user database has the caller in the group, which may have happened after the login. */
static bool listed_in(const struct group *group, const char *user)
{
	for (char **member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

static void explain_permission(const char *path, struct words *words)
{
	struct stat st;
	const struct passwd *user = getpwuid(geteuid());
	char name[64];

	snprintf(name, sizeof name, "%s", user ? user->pw_name : "you");
	snprintf(words->problem, sizeof words->problem, "no permission to use %s", path);
	if (stat(path, &st) < 0) {
		snprintf(words->cause, sizeof words->cause,
			"a folder on the way to it is closed to %s", name);
		snprintf(words->advice, sizeof words->advice,
			"run it as the user who started the service, or use --root of your own");
		return;
	}
	const struct group *group = getgrgid(st.st_gid);
	if (group && listed_in(group, name)) {
		snprintf(words->cause, sizeof words->cause,
			"%s is in the group %s, but this login is older than that", name,
			group->gr_name);
		snprintf(words->advice, sizeof words->advice, "log out and in again");
		return;
	}
	snprintf(words->cause, sizeof words->cause,
		"the socket is for the group %s, and %s is not in it",
		group ? group->gr_name : "of its owner", name);
	snprintf(words->advice, sizeof words->advice,
		"as root run `usermod -aG %s %s`, then log in again",
		group ? group->gr_name : "poshal", name);
}

static void explain(const char *path, int error, struct words *words)
{
	static const char start[] = "start it with `systemctl start poshald`, or a private one "
				    "with `poshald --root DIR` "
				    "and use `poshalctl --root DIR`";

	snprintf(words->advice, sizeof words->advice, "%s", start);
	if (error == -ENOENT || error == -ENOTDIR) {
		snprintf(words->problem, sizeof words->problem,
			"the service is not running: no socket at %s", path);
		snprintf(words->cause, sizeof words->cause,
			"poshald was not started, or has its socket elsewhere");
	} else if (error == -ECONNREFUSED) {
		snprintf(words->problem, sizeof words->problem,
			"the service is not running: nobody listens at %s", path);
		snprintf(words->cause, sizeof words->cause,
			"poshald ended without removing its socket");
	} else if (error == -EAGAIN || error == -ETIMEDOUT) {
		snprintf(words->problem, sizeof words->problem, "the service at %s does not answer",
			path);
		snprintf(words->cause, sizeof words->cause, "it is overloaded or stopped");
		snprintf(words->advice, sizeof words->advice,
			"try again; if it stays so, look at `journalctl -u poshald`");
	} else {
		snprintf(words->problem, sizeof words->problem, "cannot connect to %s: %s", path,
			strerror(-error));
		snprintf(words->cause, sizeof words->cause, "the path is wrong or not a socket");
		snprintf(words->advice, sizeof words->advice,
			"correct --socket, --root or POSHAL_SOCKET");
	}
}

cJSON *ctl_unreachable_finding(const char *path, int error)
{
	struct words words = {0};
	cJSON *finding = cJSON_CreateObject();

	if (error == -EACCES || error == -EPERM)
		explain_permission(path, &words);
	else
		explain(path, error, &words);
	cJSON_AddStringToObject(finding, "severity", "error");
	cJSON_AddStringToObject(finding, "subject", "service");
	cJSON_AddStringToObject(finding, "problem", words.problem);
	cJSON_AddStringToObject(finding, "cause", words.cause);
	cJSON_AddStringToObject(finding, "advice", words.advice);
	return finding;
}
