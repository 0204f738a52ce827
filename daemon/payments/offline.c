// What payments share where the host does not answer: its health, what stands without it, an operator's word. Whether a sale may
// stand is offline_policy.c's; what is then stored, and when it is sent, is left to the payments and the forwarder.
#include "daemon/payments/offline.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/journal/journal_storage.h"
#include "daemon/objects/device.h"
#include "daemon/objects/event.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US 1000000u
/* Behind the longest pause between two echoes nothing is known of a host that nobody has looked for. */
#define STALE_US ((PH_HOST_PROBE_MAX_S + 30) * (uint64_t)SECOND_US)

struct ph_offline {
	struct ph_daemon *daemon;
	struct ph_host_health health;
	uint64_t news_us;	   /* monotonic: when something was last known of the host */
	uint64_t answered_us;	   /* boot clock: its last good answer in this run; 0: none */
	uint64_t answered_wall_us; /* the same of any run */
	uint64_t away_wall_us;	   /* since when it counts as away; 0: it does not */
	enum ph_host_event cause;  /* of that */
	unsigned let_go;	   /* sales that did not ask it */
	bool watching, asking;	   /* something is pending; host.status is on its way */
	sd_event_source *timer;	   /* next look at the host, or the end of an operator's word */

	uint64_t forced_until_us; /* monotonic; 0: not forced */
	uint64_t forced_wall_us;  /* since */
	char forced_by[PH_PAYMENT_TEXT_MAX + 1], forced_why[PH_PAYMENT_TEXT_MAX + 1];

	bool known; /* the journal has said what stands */
	struct ph_exposure exposure[PH_CURRENCIES_MAX];
	unsigned exposure_count;
	unsigned warned[PH_FAMILY_COUNT_]; /* per cent that was told last */

	struct ph_clock_check clock;
	/* the journal's failures that were looked at */
	bool journal_sick;
	uint64_t failures, commits;
};

static void plan(struct ph_offline *offline);

static const struct ph_offline_limits *limits_of(const struct ph_offline *offline)
{
	return &offline->daemon->config->offline;
}

/* ---- exposure ---- */

static const struct ph_exposure *sums_in(
	const struct ph_offline *offline, enum ph_family family, const char *currency)
{
	for (unsigned i = 0; i < offline->exposure_count; i++)
		if (offline->exposure[i].family == family &&
			!strcmp(offline->exposure[i].currency, currency))
			return &offline->exposure[i];
	return NULL;
}

static const struct ph_exposure *sums_of(const struct ph_offline *offline, enum ph_family family)
{
	return sums_in(offline, family, limits_of(offline)->currency);
}

/* Of what stands, where nothing more may: without [offline] nobody says in which currency it did. NULL: nothing stands. */
static const char *currency_left(const struct ph_offline *offline)
{
	for (unsigned i = 0; i < offline->exposure_count; i++)
		if (offline->exposure[i].count)
			return offline->exposure[i].currency;
	return NULL;
}

static void keep(struct ph_offline *offline, const struct ph_exposure *exposure)
{
	struct ph_exposure *place = NULL;

	if (exposure->family == PH_FAMILY_NONE || !exposure->currency[0])
		return;
	for (unsigned i = 0; i < offline->exposure_count && !place; i++)
		if (offline->exposure[i].family == exposure->family &&
			!strcmp(offline->exposure[i].currency, exposure->currency))
			place = &offline->exposure[i];
	if (!place && offline->exposure_count < PH_ARRAY_SIZE(offline->exposure))
		place = &offline->exposure[offline->exposure_count++];
	if (place)
		*place = *exposure;
}

static struct ph_clock_times both_clocks(void)
{
	return (struct ph_clock_times){
		.boot_us = ph_clock_boot_us(), .wall_us = ph_clock_wall_us()};
}

static void look_at_clock(struct ph_offline *offline)
{
	const struct ph_clock_times now = both_clocks();

	if (!ph_clock_check_look(&offline->clock, &now))
		return;
	if (offline->clock.doubt != PH_CLOCK_FINE)
		ph_log(LOG_ERR, NULL, "%s: nothing is accepted without the host until it is right",
			ph_clock_doubt_text(offline->clock.doubt));
	else
		ph_log(LOG_NOTICE, NULL, "the clock is believed again");
}

/* As of the last look at the clock. */
static int64_t since_host_s(const struct ph_offline *offline)
{
	const struct ph_clock_times answered = {
		.boot_us = offline->answered_us, .wall_us = offline->answered_wall_us};

	if (!offline->answered_wall_us)
		return -1;
	return (int64_t)(ph_clock_check_age(&offline->clock, &answered) / SECOND_US);
}

/* Of warn_percent the highest that is reached; without anything that stands none. */
static unsigned reached(const struct ph_offline *offline, enum ph_family family)
{
	const struct ph_offline_limits *limits = limits_of(offline);
	const struct ph_exposure *sums = sums_of(offline, family);
	unsigned used;

	if (!limits->enabled || !sums || !sums->count)
		return 0;
	used = ph_offline_percent(sums->total, limits->max_total);
	if (ph_offline_percent(sums->count, limits->max_count) > used)
		used = ph_offline_percent(sums->count, limits->max_count);
	if (family == PH_FAMILY_STAND_IN && offline->away_wall_us &&
		ph_offline_percent(since_host_s(offline), limits->max_accept_s) > used)
		used = ph_offline_percent(since_host_s(offline), limits->max_accept_s);
	return ph_offline_warn_at(limits, used);
}

static void add_sums(cJSON *object, const struct ph_exposure *sums)
{
	cJSON_AddNumberToObject(object, "count", sums ? sums->count : 0);
	cJSON_AddNumberToObject(object, "total", sums ? (double)sums->total : 0);
}

/* Without [offline] nothing is. */
static void add_left(
	cJSON *object, const struct ph_offline_limits *limits, const struct ph_exposure *sums)
{
	int64_t total = limits->enabled ? limits->max_total : 0;
	uint32_t count = limits->enabled ? limits->max_count : 0;

	cJSON_AddNumberToObject(
		object, "left_count", (double)ph_offline_left(count, sums ? sums->count : 0));
	cJSON_AddNumberToObject(
		object, "left_total", (double)ph_offline_left(total, sums ? sums->total : 0));
}

cJSON *ph_offline_exposure_json(const struct ph_daemon *daemon)
{
	const struct ph_offline *offline = daemon->payments->offline;
	const struct ph_offline_limits *limits = limits_of(offline);
	const char *currency = limits->enabled ? limits->currency : currency_left(offline);
	const struct ph_exposure *sums, *advices;

	if (!currency || !offline->known)
		return NULL;
	sums = sums_in(offline, PH_FAMILY_STAND_IN, currency);
	advices = sums_in(offline, PH_FAMILY_ADVICE, currency);
	cJSON *object = cJSON_CreateObject();
	add_sums(object, sums);
	cJSON_AddStringToObject(object, "currency", currency);
	add_left(object, limits, sums);
	if (limits->enabled && offline->answered_wall_us)
		ph_payment_add_time(object, "accept_until",
			offline->answered_wall_us + (uint64_t)limits->max_accept_s * SECOND_US);
	if (advices && advices->count)
		add_sums(cJSON_AddObjectToObject(object, "advices"), advices);
	return object;
}

void ph_offline_add_exposure(const struct ph_daemon *daemon, cJSON *result)
{
	cJSON *exposure = ph_offline_exposure_json(daemon);

	cJSON_DeleteItemFromObjectCaseSensitive(result, "exposure");
	if (exposure)
		cJSON_AddItemToObject(result, "exposure", exposure);
}

/* ---- events ---- */

static void publish(struct ph_offline *offline, cJSON *data)
{
	ph_offline_add_exposure(offline->daemon, data);
	ph_events_publish_json(offline->daemon, "queue.state", "", data);
}

/* Each threshold once, and again when it had been left. */
static void warn(struct ph_offline *offline)
{
	for (enum ph_family family = PH_FAMILY_STAND_IN; family < PH_FAMILY_COUNT_; family++) {
		unsigned at = reached(offline, family), before = offline->warned[family];

		offline->warned[family] = at;
		if (at <= before)
			continue;
		ph_log(LOG_WARNING, NULL,
			"%u %% of what may stand without the host is reached (%s)", at,
			ph_family_name(family));
		cJSON *data = cJSON_CreateObject();
		cJSON_AddStringToObject(data, "change", "warning");
		cJSON_AddStringToObject(data, "family", ph_family_name(family));
		cJSON_AddNumberToObject(data, "percent", at);
		publish(offline, data);
	}
}

void ph_offline_expose(struct ph_daemon *daemon, const struct ph_exposure *exposure)
{
	keep(daemon->payments->offline, exposure);
	warn(daemon->payments->offline);
}

/* ---- how the host is ---- */

const struct ph_host_health *ph_offline_health(const struct ph_daemon *daemon)
{
	return &daemon->payments->offline->health;
}

bool ph_offline_host_asks(const struct ph_daemon *daemon)
{
	return ph_host_health_asks(ph_offline_health(daemon));
}

void ph_offline_host_try(struct ph_daemon *daemon)
{
	ph_host_health_try(&daemon->payments->offline->health);
}

void ph_offline_host_not_tried(struct ph_daemon *daemon)
{
	daemon->payments->offline->health.trying = false;
}

bool ph_offline_sale_asks(const struct ph_daemon *daemon)
{
	const struct ph_offline *offline = daemon->payments->offline;

	return ph_host_health_asks(&offline->health) ||
	       ph_clock_mono_us() - offline->news_us > STALE_US;
}

bool ph_offline_takes_turn(struct ph_daemon *daemon)
{
	struct ph_offline *offline = daemon->payments->offline;
	unsigned one_in = limits_of(offline)->random_online;

	return one_in && ++offline->let_go % one_in == 0;
}

static bool is_away(const struct ph_host_health *health)
{
	return health->state == PH_HOST_OFFLINE || health->state == PH_HOST_HALF_OPEN;
}

const char *ph_offline_cause(const struct ph_daemon *daemon)
{
	static const char *const words[PH_HOST_EVENT_COUNT_] = {
		[PH_HOST_NOT_NOW] = "host_sick",
		[PH_HOST_TIMED_OUT] = "host_no_answer",
		[PH_HOST_NO_LINE] = "host_away",
		[PH_HOST_ECHO_LOST] = "host_away",
	};
	const struct ph_offline *offline = daemon->payments->offline;

	if (ph_offline_forced(daemon))
		return "forced";
	return is_away(&offline->health) && words[offline->cause] ? words[offline->cause]
								  : "host_away";
}

uint64_t ph_offline_since(const struct ph_daemon *daemon)
{
	const struct ph_offline *offline = daemon->payments->offline;

	if (ph_offline_forced(daemon))
		return offline->forced_wall_us;
	return offline->away_wall_us ? offline->away_wall_us : ph_clock_wall_us();
}

static void add_host(const struct ph_offline *offline, cJSON *object)
{
	cJSON *host = cJSON_AddObjectToObject(object, "host");

	cJSON_AddStringToObject(host, "state", ph_host_state_name(offline->health.state));
	if (is_away(&offline->health)) {
		cJSON_AddStringToObject(host, "reason", ph_offline_cause(offline->daemon));
		ph_payment_add_time(host, "since", offline->away_wall_us);
	}
	if (offline->answered_wall_us)
		ph_payment_add_time(host, "answered", offline->answered_wall_us);
}

static void changed(struct ph_offline *offline, enum ph_host_event event, bool was_away)
{
	bool away = is_away(&offline->health);

	if (away && !was_away) {
		offline->away_wall_us = ph_clock_wall_us();
		offline->cause = event;
		ph_log(LOG_WARNING, NULL, "the host counts as away: %s",
			ph_offline_cause(offline->daemon));
	} else if (!away && was_away) {
		offline->away_wall_us = 0;
		ph_log(LOG_NOTICE, NULL, "the host decides again");
		ph_forward_back(offline->daemon);
	}
	if (offline->health.state == PH_HOST_HALF_OPEN) /* one of what waits is tried */
		ph_forward_kick(offline->daemon);
	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "change", "host");
	add_host(offline, data);
	publish(offline, data);
}

void ph_offline_tell(struct ph_daemon *daemon, enum ph_host_event event)
{
	struct ph_offline *offline = daemon->payments->offline;
	bool was_away = is_away(&offline->health);
	uint64_t now = ph_clock_mono_us();

	if (daemon->payments->closing)
		return;
	offline->news_us = now;
	/* a line that is up, or an echo of a host that is sick, says nothing about how long sales may go on without it */
	if (event == PH_HOST_ANSWERED) {
		offline->answered_us = ph_clock_boot_us();
		offline->answered_wall_us = ph_clock_wall_us();
		look_at_clock(offline);
		ph_clock_check_answered(&offline->clock);
	}
	if (ph_host_health_tell(&offline->health, event, now, randombytes_random()))
		changed(offline, event, was_away);
	warn(offline);
	plan(offline);
}

/* ---- looking after it, while something is pending ---- */

static void on_status(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_offline *offline = userdata;
	const char *state =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer->result, "state"));

	if (offline->daemon->payments->closing)
		return;
	offline->asking = false;
	ph_offline_tell(
		offline->daemon, state && !strcmp(state, "up") ? PH_HOST_ECHO : PH_HOST_ECHO_LOST);
}

static void look(struct ph_offline *offline)
{
	offline->asking = ph_acquirer_ask(offline->daemon->payments->acquirer, "host.status",
				  cJSON_CreateObject(), on_status, offline) >= 0;
}

static void end_forced(struct ph_offline *offline, const char *why)
{
	offline->forced_until_us = 0;
	ph_log(LOG_NOTICE, NULL, "the host is asked again: %s", why);
	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "change", "forced");
	cJSON_AddBoolToObject(data, "forced", false);
	publish(offline, data);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_offline *offline = userdata;
	uint64_t now = ph_clock_mono_us();

	if (offline->forced_until_us && now >= offline->forced_until_us)
		end_forced(offline, "the time an operator has set is over");
	if (offline->watching && !offline->asking && offline->health.probe_us &&
		now >= offline->health.probe_us)
		look(offline);
	warn(offline);
	plan(offline);
	return 0;
}

static void plan(struct ph_offline *offline)
{
	uint64_t at = offline->forced_until_us;

	if (offline->watching && !offline->asking && offline->health.probe_us &&
		(!at || offline->health.probe_us < at))
		at = offline->health.probe_us;
	if (!at && offline->timer)
		sd_event_source_set_enabled(offline->timer, SD_EVENT_OFF);
	if (!at)
		return;
	if (!offline->timer)
		sd_event_add_time(offline->daemon->event, &offline->timer, CLOCK_MONOTONIC, at,
			10000, on_timer, offline);
	else
		sd_event_source_set_time(offline->timer, at);
	if (offline->timer)
		sd_event_source_set_enabled(offline->timer, SD_EVENT_ONESHOT);
}

void ph_offline_watch(struct ph_daemon *daemon, bool on)
{
	daemon->payments->offline->watching = on;
	plan(daemon->payments->offline);
}

/* ---- an operator's word ---- */

bool ph_offline_forced(const struct ph_daemon *daemon)
{
	const struct ph_offline *offline = daemon->payments->offline;

	return offline->forced_until_us && ph_clock_mono_us() < offline->forced_until_us;
}

static uint64_t forced_until_wall(const struct ph_offline *offline)
{
	uint64_t now = ph_clock_mono_us();

	return ph_clock_wall_us() +
	       (offline->forced_until_us > now ? offline->forced_until_us - now : 0);
}

static void add_forced(const struct ph_offline *offline, cJSON *object)
{
	cJSON *forced = cJSON_AddObjectToObject(object, "forced");

	cJSON_AddStringToObject(forced, "operator", offline->forced_by);
	cJSON_AddStringToObject(forced, "reason", offline->forced_why);
	ph_payment_add_time(forced, "until", forced_until_wall(offline));
}

void ph_offline_force(
	struct ph_daemon *daemon, const char *operator_name, const char *reason, unsigned seconds)
{
	struct ph_offline *offline = daemon->payments->offline;

	if (seconds > PH_FORCED_OFFLINE_MAX_S)
		seconds = PH_FORCED_OFFLINE_MAX_S;
	if (!seconds && offline->forced_until_us)
		end_forced(offline, "an operator says so");
	if (!seconds) {
		plan(offline);
		return;
	}
	offline->forced_until_us = ph_clock_mono_us() + seconds * (uint64_t)SECOND_US;
	offline->forced_wall_us = ph_clock_wall_us();
	snprintf(offline->forced_by, sizeof offline->forced_by, "%s", operator_name);
	snprintf(offline->forced_why, sizeof offline->forced_why, "%s", reason);
	ph_log(LOG_NOTICE, NULL, "an operator has said to work without the host for %u s", seconds);
	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "change", "forced");
	add_forced(offline, data);
	publish(offline, data);
	plan(offline);
}

/* ---- what the policy is asked with ---- */

/* A failure counts until the journal has written again; one of the device until somebody has looked. */
static bool journal_is_sick(struct ph_offline *offline)
{
	struct ph_journal *journal = offline->daemon->journal;
	struct ph_journal_stats stats;
	struct ph_journal_room room;

	ph_journal_get_stats(journal, &stats);
	ph_journal_room(journal, &room);
	if (!room.enough || ph_journal_health(journal, NULL) >= PH_JOURNAL_DAMAGED)
		return true;
	if (stats.failures != offline->failures) {
		offline->journal_sick = true;
		offline->failures = stats.failures;
		offline->commits = stats.commits;
	} else if (stats.last_error == -ENOSPC && stats.commits > offline->commits) {
		offline->journal_sick = false;
	}
	return offline->journal_sick;
}

/* A reader may have a key of its own in its section. */
static bool seals_by_itself(const struct ph_config *config, const char *device)
{
	for (size_t i = 0; i < config->devices_len; i++) {
		const struct ph_config_device *d = &config->devices[i];
		for (size_t o = 0; o < d->options_len; o++)
			if (!strcmp(d->options[o].name, "seal_key") &&
				(!device || !strcmp(d->name, device)))
				return true;
	}
	return false;
}

void ph_offline_look(const struct ph_daemon *daemon, enum ph_family family, const char *device,
	struct ph_offline_exposure *ret_exposure)
{
	struct ph_offline *offline = daemon->payments->offline;
	const struct ph_exposure *sums = sums_of(offline, family);

	look_at_clock(offline);
	*ret_exposure = (struct ph_offline_exposure){
		.total = sums ? sums->total : 0,
		.count = sums ? sums->count : 0,
		.since_host_s = since_host_s(offline),
		.host_up = ph_offline_sale_asks(daemon),
		.forced = ph_offline_forced(daemon),
		.journal_sick = !offline->known || journal_is_sick(offline),
		.clock_suspect = offline->clock.doubt != PH_CLOCK_FINE,
		.no_key = !ph_acquirer_key(daemon->payments->acquirer) &&
			  !seals_by_itself(daemon->config, device),
		.no_terminal = !ph_payments_terminal(daemon)[0],
	};
}

static void add_limits(const struct ph_offline *offline, cJSON *object)
{
	const struct ph_offline_limits *limits = limits_of(offline);
	cJSON *out = cJSON_AddObjectToObject(object, "limits");

	cJSON_AddStringToObject(out, "currency", limits->currency);
	cJSON_AddNumberToObject(out, "max_sale", (double)limits->max_sale);
	cJSON_AddNumberToObject(out, "max_sale_pin", (double)limits->max_sale_pin);
	cJSON_AddNumberToObject(out, "max_sale_no_cvm", (double)limits->max_sale_no_cvm);
	cJSON_AddNumberToObject(out, "max_sale_forced", (double)limits->max_sale_forced);
	cJSON_AddNumberToObject(out, "max_total", (double)limits->max_total);
	cJSON_AddNumberToObject(out, "max_count", limits->max_count);
	cJSON_AddNumberToObject(out, "max_accept_s", limits->max_accept_s);
	cJSON_AddNumberToObject(out, "forward_s", limits->forward_s);
}

/* The smallest sale there is, of a card nothing speaks against: what says no to it says no to all. */
static void add_refusal(const struct ph_offline *offline, cJSON *object)
{
	const struct ph_offline_sale sale = {
		.amount = 1, .currency = limits_of(offline)->currency, .wish = PH_OFFLINE_ALLOW};
	struct ph_offline_exposure exposure;
	struct ph_offline_verdict verdict;

	ph_offline_look(offline->daemon, PH_FAMILY_STAND_IN, NULL, &exposure);
	exposure.host_up = false;
	ph_offline_decide(limits_of(offline), &exposure, &sale, &verdict);
	if (verdict.yes)
		return;
	cJSON *refuses = cJSON_AddObjectToObject(object, "refuses");
	cJSON_AddStringToObject(refuses, "limit", verdict.limit);
	cJSON_AddStringToObject(refuses, "text", verdict.text);
}

cJSON *ph_offline_describe(const struct ph_daemon *daemon)
{
	const struct ph_offline *offline = daemon->payments->offline;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddBoolToObject(object, "enabled", limits_of(offline)->enabled);
	add_host(offline, object);
	if (ph_offline_forced(daemon))
		add_forced(offline, object);
	ph_offline_add_exposure(daemon, object);
	add_limits(offline, object);
	add_refusal(offline, object);
	return object;
}

enum ph_clock_doubt ph_offline_clock(const struct ph_daemon *daemon)
{
	struct ph_offline *offline = daemon->payments->offline;

	look_at_clock(offline);
	return offline->clock.doubt;
}

uint64_t ph_offline_expiry(const struct ph_daemon *daemon)
{
	struct ph_offline *offline = daemon->payments->offline;

	look_at_clock(offline);
	return ph_clock_check_expiry(&offline->clock, limits_of(offline)->forward_s);
}

/* ---- life ---- */

int ph_offline_new(struct ph_daemon *daemon)
{
	struct ph_offline *offline = calloc(1, sizeof *offline);
	struct ph_clock_times now;

	if (!offline)
		return -ENOMEM;
	offline->daemon = daemon;
	ph_host_health_init(&offline->health, 0);
	now = both_clocks();
	ph_clock_check_init(&offline->clock, &now, 0);
	daemon->payments->offline = offline;
	return 0;
}

void ph_offline_recovered(struct ph_daemon *daemon, const struct ph_queue_recovery *recovery)
{
	struct ph_offline *offline = daemon->payments->offline;
	const struct ph_clock_times now = both_clocks();
	struct ph_clock_times then;

	offline->answered_wall_us = recovery->host_us;
	ph_clock_check_init(&offline->clock, &now, recovery->newest_us);
	if (ph_journal_last_times(daemon->journal, &then.boot_us, &then.wall_us))
		ph_clock_check_since(&offline->clock, &then);
	if (offline->clock.doubt != PH_CLOCK_FINE)
		ph_log(LOG_ERR, NULL, "%s: nothing is accepted without the host until it is right",
			ph_clock_doubt_text(offline->clock.doubt));
}

void ph_offline_known(struct ph_daemon *daemon, const struct ph_exposure *exposure, unsigned count)
{
	struct ph_offline *offline = daemon->payments->offline;

	for (unsigned i = 0; i < count; i++)
		keep(offline, &exposure[i]);
	offline->known = true;
	warn(offline);
}

void ph_offline_free(struct ph_daemon *daemon)
{
	struct ph_offline *offline = PH_STEAL(daemon->payments->offline);

	if (!offline)
		return;
	sd_event_source_disable_unref(offline->timer);
	free(offline);
}
