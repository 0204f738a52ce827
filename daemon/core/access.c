// Turns the [access] section into rules over numbers, and a peer's numbers into grants; asking is the doors' part.
#include "daemon/core/access.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#define GRANTS_DEFAULT                                                                             \
	(PH_GRANTS_ALL & ~(PH_GRANT_BIT(PH_GRANT_DIRECTIO) | PH_GRANT_BIT(PH_GRANT_QUEUE) |        \
				 PH_GRANT_BIT(PH_GRANT_CONFIGURE)))

struct loader {
	struct ph_access *access;
	const char *file;
	struct ph_problems *problems;
};

/* The number of a user or group, or -ENOENT. */
static int look_up(bool is_group, const char *name, uint32_t *ret_id)
{
	if (is_group) {
		const struct group *group = getgrnam(name);
		if (!group)
			return -ENOENT;
		*ret_id = group->gr_gid;
		return 0;
	}
	const struct passwd *user = getpwnam(name);
	if (!user)
		return -ENOENT;
	*ret_id = user->pw_uid;
	return 0;
}

static int parse_grants(
	struct loader *loader, const struct ph_ini_entry *entry, uint32_t *ret_grants)
{
	uint32_t grants = 0;
	char word[32];
	unsigned words = 0;
	bool none = false;

	for (const char *cursor = entry->value; ph_ini_word(&cursor, word, sizeof word); words++) {
		int grant = ph_grant_parse(word);
		if (!strcmp(word, "all"))
			grants = PH_GRANTS_ALL;
		else if (!strcmp(word, "none"))
			none = true;
		else if (grant >= 0)
			grants |= PH_GRANT_BIT(grant);
		else {
			ph_problem_add(loader->problems, loader->file, entry->line,
				"unknown grant `%s`; there are monitor, scan, print, drawer, "
				"display, "
				"scale, card, pay, queue, directio, configure, and `all` and "
				"`none`",
				word);
			return -EINVAL;
		}
	}
	if (!words || (none && words > 1)) {
		ph_problem_add(loader->problems, loader->file, entry->line,
			"`%s` needs grants, or `none` alone", entry->key);
		return -EINVAL;
	}
	*ret_grants = grants;
	return 0;
}

static void load_rule(struct loader *loader, const struct ph_ini_entry *entry)
{
	bool is_group = !strncmp(entry->key, "group.", 6);
	const char *name = entry->key + (is_group ? 6 : 5);
	struct ph_access_rule rule = {.is_group = is_group};

	if (!is_group && strncmp(entry->key, "user.", 5) != 0) {
		ph_problem_add(loader->problems, loader->file, entry->line,
			"unknown key `%s` in [access]; write `user.NAME = grants` or `group.NAME = "
			"grants`",
			entry->key);
		return;
	}
	if (look_up(is_group, name, &rule.id) < 0) {
		ph_problem_add(loader->problems, loader->file, entry->line,
			"there is no %s `%s` on this system; create it or remove the line",
			is_group ? "group" : "user", name);
		return;
	}
	if (parse_grants(loader, entry, &rule.grants) < 0)
		return;
	loader->access->rules[loader->access->len++] = rule;
}

int ph_access_init(struct ph_access *access, const struct ph_ini_section *section, uid_t own_uid,
	struct ph_problems *problems)
{
	size_t max = section && section->len ? section->len : 1;
	struct ph_access_rule *rules = calloc(max, sizeof *rules);

	if (!rules)
		return -ENOMEM;
	*access = (struct ph_access){.rules = rules, .own_uid = own_uid};
	if (section) {
		struct loader loader = {access, section->file, problems};
		for (size_t i = 0; i < section->len; i++)
			load_rule(&loader, &section->entries[i]);
		return 0;
	}
	struct ph_access_rule rule = {.is_group = true, .grants = GRANTS_DEFAULT};
	if (look_up(true, PH_ACCESS_GROUP, &rule.id) == 0)
		access->rules[access->len++] = rule;
	return 0;
}

void ph_access_done(struct ph_access *access)
{
	free(access->rules);
	*access = (struct ph_access){0};
}

static bool applies(
	const struct ph_access_rule *rule, uid_t uid, const gid_t *gids, size_t gids_len)
{
	if (!rule->is_group)
		return rule->id == uid;
	for (size_t i = 0; i < gids_len; i++)
		if (gids[i] == rule->id)
			return true;
	return false;
}

uint32_t ph_access_grants(
	const struct ph_access *access, uid_t uid, const gid_t *gids, size_t gids_len)
{
	uint32_t grants = 0;

	if (uid == 0 || uid == access->own_uid)
		return PH_GRANTS_ALL;
	for (size_t i = 0; i < access->len; i++)
		if (applies(&access->rules[i], uid, gids, gids_len))
			grants |= access->rules[i].grants;
	return grants;
}
