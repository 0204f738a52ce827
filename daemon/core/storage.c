// Opens the journal for the service, and says what is wrong with its file or its disk; what is refused then is the journal's business.
#include "daemon/core/storage.h"

#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/doctor.h"
#include "daemon/core/log.h"
#include "daemon/journal/journal_storage.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define MIB ((uint64_t)1 << 20)

/* What is damaged is read as far as it goes: half of what was open is better than none. */
static int load(struct ph_daemon *daemon, const char *path)
{
	static const struct {
		const char *what;
		int (*load)(struct ph_daemon *daemon);
	} loads[] = {
		{"jobs", ph_jobs_load},
		{"drivers' memory", ph_memory_load},
		{"payments", ph_payments_load},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(loads); i++) {
		int r = loads[i].load(daemon);

		if (r == -EBADMSG) {
			ph_log(LOG_ERR, NULL, "the journal %s is damaged: not all %s can be read",
				path, loads[i].what);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

static int open_or_do_without(struct ph_daemon *daemon, const char *path)
{
	char message[PH_JOURNAL_MESSAGE];
	struct ph_journal_options options = {
		.document_keep_hours = daemon->config->service.document_keep_hours,
		.void_keep_days = daemon->config->payments.void_days};
	int r = ph_journal_open(path, &options, message, &daemon->journal);

	if (r == 0)
		return 0;
	ph_log(LOG_ERR, NULL, "%s", message);
	if (!ph_journal_can_do_without(r))
		return r;
	ph_log(LOG_ERR, NULL,
		"running without the journal: devices are served, jobs, drawer pulses and payments "
		"are refused");
	return ph_journal_open_closed(r, message, &daemon->journal);
}

static void log_health(struct ph_daemon *daemon)
{
	char text[PH_JOURNAL_HEALTH_TEXT];
	enum ph_journal_health health = ph_journal_health(daemon->journal, text);

	if ((int)health == daemon->journal_health)
		return;
	daemon->journal_health = (int)health;
	if (health == PH_JOURNAL_DAMAGED)
		ph_log(LOG_CRIT, NULL,
			"%s; nothing is accepted without the host any more, and what can be read "
			"is sent",
			text);
}

static void log_trail(struct ph_daemon *daemon)
{
	bool lost = ph_journal_audit_lost(daemon->journal);

	if (lost && !daemon->journal_audit_lost)
		ph_log(LOG_CRIT, NULL,
			"the audit trail is damaged at its end: what payments come to is stored "
			"without an entry in it, and what else is audited is refused");
	daemon->journal_audit_lost = lost;
}

static void log_room(struct ph_daemon *daemon)
{
	struct ph_journal_room room;

	/* that is another reason, and has been told */
	if (ph_journal_health(daemon->journal, NULL) == PH_JOURNAL_CLOSED)
		return;
	ph_journal_room(daemon->journal, &room);
	if (room.full && !daemon->journal_full)
		ph_log(LOG_CRIT, NULL,
			"the disk of the journal is full: new jobs and payments are refused, "
			"results are stored in what was kept for them");
	else if (!room.full && daemon->journal_full)
		ph_log(LOG_NOTICE, NULL, "the disk of the journal has room again");
	else if (!room.enough && !daemon->journal_short)
		ph_log(LOG_WARNING, NULL,
			"the disk of the journal has %llu MiB left: nothing is accepted without "
			"the host below %llu MiB",
			(unsigned long long)(room.free_bytes / MIB),
			(unsigned long long)(room.least_bytes / MIB));
	daemon->journal_full = room.full;
	daemon->journal_short = !room.enough;
}

static void tell_restored(struct ph_daemon *daemon)
{
	if (!ph_journal_restored(daemon->journal))
		return;
	ph_log(LOG_CRIT, NULL,
		"the journal is older than what this machine has worked with: put back from a "
		"backup, or begun anew; trace numbers go on with a gap");
	ph_audit_happened(daemon, "journal.restored", "", "gap");
}

static void on_change(void *userdata)
{
	log_health(userdata);
	log_trail(userdata);
	log_room(userdata);
}

int ph_storage_open(struct ph_daemon *daemon)
{
	char path[220];

	snprintf(path, sizeof path, "%s/journal.db", daemon->paths.state);
	int r = open_or_do_without(daemon, path);
	if (r < 0)
		return r;
	r = load(daemon, path);
	if (r >= 0)
		r = ph_journal_attach(daemon->journal, daemon->event);
	if (r < 0) {
		ph_log(LOG_ERR, NULL, "the journal %s cannot be used: %s", path, strerror(-r));
		return r;
	}
	ph_journal_listen(daemon->journal, on_change, daemon);
	if (ph_journal_health(daemon->journal, NULL) != PH_JOURNAL_CLOSED)
		on_change(daemon);
	tell_restored(daemon);
	return 0;
}

/* ---- for people ---- */

static void examine_health(const struct ph_daemon *daemon, cJSON *list)
{
	char text[PH_JOURNAL_HEALTH_TEXT];
	struct ph_finding finding = {"error", "journal", text, NULL, NULL};

	switch (ph_journal_health(daemon->journal, text)) {
	case PH_JOURNAL_OK:
	case PH_JOURNAL_CHECKING:
	case PH_JOURNAL_HEALTH_COUNT_:
		return;
	case PH_JOURNAL_DAMAGED:
		finding.cause = "the disk has failed, or something else has written into the file; "
				"nothing is accepted without the host meanwhile";
		finding.advice =
			"let poshald send what it can (poshalctl queue), keep a copy of "
			"the file, then stop poshald, move it away with journal.db-wal and "
			"journal.db-cut-off where these are there, and start poshald; check "
			"the disk";
		break;
	case PH_JOURNAL_CLOSED:
		finding.cause = "poshald serves devices without its journal: jobs, drawer pulses "
				"and payments are refused";
		finding.advice = "do what the sentence above says, and restart poshald";
		break;
	}
	ph_finding_add(list, &finding);
}

static void examine_room(const struct ph_daemon *daemon, cJSON *list)
{
	struct ph_journal_room room;
	char problem[160];

	ph_journal_room(daemon->journal, &room);
	if (room.enough || ph_journal_health(daemon->journal, NULL) == PH_JOURNAL_CLOSED)
		return;
	snprintf(problem, sizeof problem,
		"the disk has %llu MiB left: nothing is accepted without the host below %llu MiB",
		(unsigned long long)(room.free_bytes / MIB),
		(unsigned long long)(room.least_bytes / MIB));
	ph_finding_add(list,
		&(struct ph_finding){room.full ? "error" : "warning", "journal",
			room.full ? "the disk is full: new jobs and payments are refused" : problem,
			"other files have filled the disk of the journal",
			"make room; nothing has to be restarted"});
}

static void examine_age(const struct ph_daemon *daemon, cJSON *list)
{
	enum ph_clock_doubt doubt = ph_offline_clock(daemon);

	if (ph_journal_restored(daemon->journal))
		ph_finding_add(list,
			&(struct ph_finding){"error", "journal",
				"the journal is older than what this machine has worked with",
				"it was put back from a backup, or the file was moved away; what "
				"was accepted since is not in it",
				"compare the acquirer's list of the last days with poshalctl pay "
				"list; keep what was moved away"});
	if (doubt != PH_CLOCK_FINE)
		ph_finding_add(list,
			&(struct ph_finding){"error", "clock", ph_clock_doubt_text(doubt),
				"it was set by hand, or its battery is empty; how old stored sales "
				"are is not known, and none is accepted without the host",
				"set it right; it is believed a minute later, or when the host has "
				"answered"});
}

void ph_storage_examine(const struct ph_daemon *daemon, cJSON *list)
{
	struct ph_journal_stats stats;

	examine_health(daemon, list);
	examine_room(daemon, list);
	examine_age(daemon, list);
	ph_journal_get_stats(daemon->journal, &stats);
	if (stats.last_error)
		ph_finding_add(list, &(struct ph_finding){"error", "journal", stats.last_error_text,
					     "a write to the journal failed since the start",
					     "check free space and health of the disk"});
}

cJSON *ph_storage_describe(const struct ph_daemon *daemon)
{
	char text[PH_JOURNAL_HEALTH_TEXT];
	enum ph_journal_health health = ph_journal_health(daemon->journal, text);
	cJSON *out = cJSON_CreateObject();
	struct ph_journal_room room;

	ph_journal_room(daemon->journal, &room);
	cJSON_AddStringToObject(out, "health", ph_journal_health_name(health));
	if (*text)
		cJSON_AddStringToObject(out, "text", text);
	cJSON_AddBoolToObject(out, "full", room.full);
	if (health == PH_JOURNAL_CLOSED)
		return out;
	cJSON_AddNumberToObject(out, "free_bytes", (double)room.free_bytes);
	cJSON_AddNumberToObject(out, "least_bytes", (double)room.least_bytes);
	return out;
}
