// Methods that only look at the queue of sales without the host: queue.status, queue.list; and what the doctor says of it.
#include "daemon/payments/queue_query.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/currency.h"
#include "daemon/core/config.h"
#include "daemon/core/doctor.h"
#include "daemon/doors/handlers.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US 1000000ull
/* A record that waits so long while the host answers is told by the doctor. */
#define OLD_S 3600

/* ---- the survey ---- */

static void survey_part(struct ph_queue_survey *survey, int result)
{
	if (result < 0 && survey->result == 0)
		survey->result = result;
	if (--survey->open == 0)
		survey->done(survey, survey->result);
}

static void on_survey(struct ph_journal_request *request, int result)
{
	survey_part(request->userdata, result);
}

int ph_queue_survey(struct ph_daemon *daemon, struct ph_queue_survey *survey)
{
	survey->daemon = daemon;
	survey->result = 0;
	survey->glance.request = (struct ph_journal_request){.done = on_survey, .userdata = survey};
	survey->totals = (struct ph_journal_queue_totals){
		.request = {.done = on_survey, .userdata = survey}, .since_us = ph_clock_wall_us()};
	int r = ph_journal_queue_glance_submit(daemon->journal, &survey->glance);
	if (r < 0)
		return r;
	survey->open = 1;
	if (!survey->add_up)
		return 0;
	r = ph_journal_queue_totals_submit(daemon->journal, &survey->totals);
	survey->open += r == 0;
	survey->result = r;
	return 0;
}

/* ---- queue.status ---- */

const char *ph_queue_mode(const struct ph_daemon *daemon)
{
	if (ph_offline_forced(daemon))
		return "forced";
	switch (ph_offline_health(daemon)->state) {
	case PH_HOST_DEGRADED:
		return "degraded";
	case PH_HOST_OFFLINE:
	case PH_HOST_HALF_OPEN:
		return "offline";
	case PH_HOST_ONLINE:
	case PH_HOST_STATE_COUNT_:
		break;
	}
	return "online";
}

/* The words of ph_offline_cause() as a sentence. */
static const char *cause_text(const char *cause)
{
	static const struct {
		const char *cause, *text;
	} texts[] = {
		{"host_sick", "the host answers \"not now\" again and again"},
		{"host_no_answer", "the host did not answer a payment"},
		{"host_away", "there is no connection to the host"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].cause, cause))
			return texts[i].text;
	return cause;
}

static void add_mode(cJSON *status, const struct ph_daemon *daemon, cJSON *known)
{
	const char *mode = ph_queue_mode(daemon);
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(known, "host");
	cJSON *forced = cJSON_DetachItemFromObjectCaseSensitive(known, "forced");
	bool away = !strcmp(mode, "offline");

	cJSON_AddStringToObject(status, "mode", mode);
	if (forced)
		cJSON_AddStringToObject(status, "reason", ph_payment_text(forced, "reason"));
	else if (away)
		cJSON_AddStringToObject(status, "reason", cause_text(ph_offline_cause(daemon)));
	if (forced || away)
		ph_payment_add_time(status, "offline_since", ph_offline_since(daemon));
	if (forced)
		cJSON_AddItemToObject(status, "forced", forced);
	cJSON *out = cJSON_AddObjectToObject(status, "host");
	cJSON_AddStringToObject(out, "state", ph_payment_text(host, "state"));
	if (*ph_payment_text(host, "answered"))
		cJSON_AddStringToObject(out, "last_answer", ph_payment_text(host, "answered"));
}

static void add_exposure(cJSON *status, const struct ph_journal_queue_glance *glance,
	const struct ph_offline_limits *limits)
{
	cJSON *list = cJSON_CreateArray();
	uint64_t pending = 0;
	int64_t total = 0;

	for (uint32_t i = 0; i < glance->exposure_count; i++) {
		const struct ph_exposure *e = &glance->exposure[i];
		if (!e->count)
			continue;
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "family", ph_family_name(e->family));
		cJSON_AddStringToObject(item, "currency", e->currency);
		cJSON_AddNumberToObject(item, "count", e->count);
		cJSON_AddNumberToObject(item, "total", (double)e->total);
		cJSON_AddItemToArray(list, item);
		pending += e->count;
		if (!strcmp(e->currency, limits->currency))
			total += e->total;
	}
	cJSON_AddNumberToObject(status, "pending", (double)pending);
	cJSON_AddNumberToObject(status, "pending_total", (double)total);
	cJSON_AddItemToObject(status, "exposure", list);
}

static const struct ph_exposure *at_risk(
	const struct ph_journal_queue_glance *glance, const struct ph_offline_limits *limits)
{
	static const struct ph_exposure nothing;

	for (uint32_t i = 0; i < glance->exposure_count; i++)
		if (glance->exposure[i].family == PH_FAMILY_STAND_IN &&
			!strcmp(glance->exposure[i].currency, limits->currency))
			return &glance->exposure[i];
	return &nothing;
}

static void add_limits(cJSON *status, cJSON *known, const struct ph_exposure *risk,
	const struct ph_offline_limits *limits)
{
	cJSON *out = cJSON_DetachItemFromObjectCaseSensitive(known, "limits");

	cJSON_AddNumberToObject(
		out, "left_total", (double)ph_offline_left(limits->max_total, risk->total));
	cJSON_AddNumberToObject(
		out, "left_count", (double)ph_offline_left(limits->max_count, risk->count));
	cJSON_AddItemToObject(status, "limits", out);
}

static void add_acceptance(cJSON *status, const cJSON *known)
{
	const cJSON *refuses = cJSON_GetObjectItemCaseSensitive(known, "refuses");
	const cJSON *exposure = cJSON_GetObjectItemCaseSensitive(known, "exposure");

	cJSON_AddStringToObject(status, "accept_until", ph_payment_text(exposure, "accept_until"));
	cJSON_AddBoolToObject(status, "accepting", !refuses);
	if (!refuses)
		return;
	cJSON_AddStringToObject(status, "why_not", ph_payment_text(refuses, "text"));
	cJSON_AddStringToObject(status, "limit", ph_payment_text(refuses, "limit"));
}

/* What of a limit is used, in per cent; the highest of warn_percent that this reaches, or 0. */
static unsigned reached(const struct ph_offline_limits *limits, int64_t part, int64_t whole)
{
	return ph_offline_warn_at(limits, ph_offline_percent(part, whole));
}

static void add_warning(cJSON *list, const char *limit, unsigned percent, const char *what)
{
	char text[160];

	if (!percent)
		return;
	cJSON *item = cJSON_CreateObject();
	cJSON_AddStringToObject(item, "limit", limit);
	cJSON_AddNumberToObject(item, "percent", percent);
	snprintf(text, sizeof text, "%u %% of what may stand without the host is reached: %s",
		percent, what);
	cJSON_AddStringToObject(item, "text", text);
	cJSON_AddItemToArray(list, item);
}

static cJSON *warnings_of(const struct ph_daemon *daemon, const struct ph_exposure *risk)
{
	const struct ph_offline_limits *limits = &daemon->config->offline;
	cJSON *list = cJSON_CreateArray();
	char used[PH_AMOUNT_SIZE], most[PH_AMOUNT_SIZE], text[120];
	struct ph_offline_exposure known;
	bool alone = strcmp(ph_queue_mode(daemon), "online") != 0;

	if (!limits->enabled)
		return list;
	ph_currency_format(risk->total, limits->currency, true, used);
	ph_currency_format(limits->max_total, limits->currency, true, most);
	snprintf(text, sizeof text, "%s of %s", used, most);
	add_warning(list, "max_total", reached(limits, risk->total, limits->max_total), text);
	snprintf(text, sizeof text, "%u of %u sales", risk->count, limits->max_count);
	add_warning(list, "max_count", reached(limits, risk->count, limits->max_count), text);
	ph_offline_look(daemon, PH_FAMILY_STAND_IN, NULL, &known);
	if (!alone || known.since_host_s < 0)
		return list;
	snprintf(text, sizeof text, "%lld of %u hours since the host's last answer",
		(long long)known.since_host_s / 3600, limits->max_accept_s / 3600);
	add_warning(list, "max_accept_hours",
		reached(limits, known.since_host_s, limits->max_accept_s), text);
	return list;
}

cJSON *ph_queue_status_json(const struct ph_queue_survey *survey)
{
	const struct ph_offline_limits *limits = &survey->daemon->config->offline;
	const struct ph_journal_queue_glance *glance = &survey->glance;
	const struct ph_exposure *risk = at_risk(glance, limits);
	cJSON *status = cJSON_CreateObject(), *known = ph_offline_describe(survey->daemon);
	uint64_t soonest = ph_clock_wall_us() + ph_forward_turn_us(survey->daemon);
	uint32_t held = 0;

	cJSON_AddBoolToObject(status, "enabled", limits->enabled);
	add_mode(status, survey->daemon, known);
	add_exposure(status, glance, limits);
	add_limits(status, known, risk, limits);
	add_acceptance(status, known);
	if (glance->oldest_us)
		ph_payment_add_time(status, "oldest", glance->oldest_us);
	if (glance->next_us)
		ph_payment_add_time(status, "next_attempt",
			glance->next_us > soonest ? glance->next_us : soonest);
	for (uint32_t i = 0; i < glance->exposure_count; i++)
		held += glance->exposure[i].held;
	cJSON_AddNumberToObject(status, "work", glance->work);
	cJSON_AddNumberToObject(status, "held", held);
	if (glance->unreadable)
		cJSON_AddNumberToObject(status, "unreadable", glance->unreadable);
	cJSON_AddItemToObject(status, "warnings", warnings_of(survey->daemon, risk));
	cJSON_Delete(known);
	return status;
}

static void on_status(struct ph_queue_survey *survey, int result)
{
	struct ph_call *call = survey->userdata;

	if (result < 0)
		ph_call_fail_read(call, result);
	else
		ph_call_reply(call, ph_queue_status_json(survey));
	free(survey);
}

void ph_queue_status(struct ph_call *call)
{
	struct ph_queue_survey *survey = calloc(1, sizeof *survey);
	int r = -ENOMEM;

	if (survey) {
		survey->done = on_status;
		survey->userdata = call;
		r = ph_queue_survey(call->daemon, survey);
	}
	if (r == 0)
		return;
	free(survey);
	ph_call_fail_read(call, r);
}

/* ---- the doctor ---- */

static void examine_age(const struct ph_queue_survey *survey, cJSON *list)
{
	const struct ph_offline_limits *limits = &survey->daemon->config->offline;
	uint64_t oldest = survey->glance.oldest_us, now = ph_clock_wall_us();
	uint64_t age_s = oldest && now > oldest ? (now - oldest) / SECOND_US : 0;
	bool online = !strcmp(ph_queue_mode(survey->daemon), "online");
	char problem[160];

	if (limits->forward_s && age_s > limits->forward_s / 2)
		snprintf(problem, sizeof problem,
			"a sale has waited %llu hours for the host; after %u hours it is not sent "
			"any more",
			(unsigned long long)age_s / 3600, limits->forward_s / 3600);
	else if (online && age_s > OLD_S)
		snprintf(problem, sizeof problem,
			"a sale has waited %llu hours, and the host answers",
			(unsigned long long)age_s / 3600);
	else
		return;
	ph_finding_add(list, &(struct ph_finding){"warning", "queue", problem,
				     online ? "it is held back, or refused again and again"
					    : "the host does not answer",
				     online ? "`poshalctl queue list` shows it; `poshalctl queue "
					      "forward` sends it "
					      "now"
					    : "get the line back, or call the acquirer"});
}

static void examine_work(const struct ph_queue_survey *survey, cJSON *list)
{
	char problem[120];
	uint32_t work = survey->glance.work;

	if (work <= PH_LIST_MAX) /* each is told by itself */
		return;
	snprintf(problem, sizeof problem,
		"%u of what was accepted without the host need somebody, in all", work);
	ph_finding_add(
		list, &(struct ph_finding){"error", "queue", problem,
			      "the host has declined it, approved less, or was not reached in time",
			      "`poshalctl queue list --filter work` says of each what to do"});
}

static void examine_sums(const struct ph_queue_survey *survey, cJSON *list)
{
	if (!survey->totals.agrees)
		ph_finding_add(list,
			&(struct ph_finding){"error", "queue",
				"the sums of what stands without the host do not agree",
				"somebody has changed the journal's file, or there is a mistake in "
				"poshal",
				"keep a copy of the state folder; `poshalctl queue verify` says "
				"more"});
}

static void examine_limits(const struct ph_queue_survey *survey, cJSON *list)
{
	const struct ph_offline_limits *limits = &survey->daemon->config->offline;
	cJSON *warnings = warnings_of(survey->daemon, at_risk(&survey->glance, limits));
	const cJSON *warning;

	cJSON_ArrayForEach(warning, warnings)
	{
		ph_finding_add(list,
			&(struct ph_finding){"warning", "queue", ph_payment_text(warning, "text"),
				"the host does not answer, or what waits is not sent",
				"get the line back; when nothing is left sales without the "
				"host are "
				"refused"});
	}
	cJSON_Delete(warnings);
}

static void examine_host(const struct ph_queue_survey *survey, cJSON *list)
{
	const struct ph_daemon *daemon = survey->daemon;
	const char *mode = ph_queue_mode(daemon);

	if (!daemon->config->offline.enabled && !survey->glance.exposure_count)
		return;
	if (!strcmp(mode, "forced"))
		ph_finding_add(list, &(struct ph_finding){"warning", "queue",
					     "an operator has said to work without the host",
					     "`poshalctl queue` says who, why and until when",
					     "`poshalctl queue online` when the line is back"});
	else if (!strcmp(mode, "offline"))
		ph_finding_add(
			list, &(struct ph_finding){"error", "queue", "the host counts as away",
				      cause_text(ph_offline_cause(daemon)),
				      "look at the network and at poshal-acquirer's log; call the "
				      "acquirer"});
}

void ph_queue_examine(const struct ph_queue_survey *survey, cJSON *list)
{
	examine_host(survey, list);
	examine_work(survey, list);
	examine_age(survey, list);
	examine_limits(survey, list);
	examine_sums(survey, list);
}

/* ---- queue.list ---- */

struct listing {
	struct ph_journal_queue_list list;
	struct ph_journal_pay_get get;
	struct ph_call *call;
	cJSON *records;
	uint32_t next; /* row whose payment is asked for */
};

static void listing_free(struct listing *listing)
{
	ph_journal_queue_list_clear(&listing->list);
	cJSON_Delete(listing->records);
	free(listing);
}

static void finish(struct listing *listing)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddItemToObject(result, "records", PH_STEAL(listing->records));
	cJSON_AddBoolToObject(result, "more", listing->list.more);
	ph_call_reply(listing->call, result);
	listing_free(listing);
}

static void fail(struct listing *listing, int r)
{
	ph_call_fail_read(listing->call, r);
	listing_free(listing);
}

static void on_payment(struct ph_journal_request *request, int result);

/* One payment after the other, so that a long list keeps nobody else waiting. */
static void describe_next(struct listing *listing)
{
	if (listing->next == listing->list.count) {
		finish(listing);
		return;
	}
	listing->get =
		(struct ph_journal_pay_get){.request = {.done = on_payment, .userdata = listing},
			.id = listing->list.rows[listing->next].payment};
	int r = ph_journal_pay_get_submit(listing->call->daemon->journal, &listing->get);
	if (r < 0)
		fail(listing, r);
}

static void on_payment(struct ph_journal_request *request, int result)
{
	struct listing *listing = request->userdata;

	if (result < 0 && result != -ENOENT) {
		fail(listing, result);
		return;
	}
	cJSON_AddItemToArray(
		listing->records, ph_queue_record_json(&listing->list.rows[listing->next++],
					  result < 0 ? NULL : listing->get.row));
	ph_journal_pay_get_clear(&listing->get);
	describe_next(listing);
}

static void on_list(struct ph_journal_request *request, int result)
{
	struct listing *listing = request->userdata;

	if (result < 0)
		fail(listing, result);
	else
		describe_next(listing);
}

static enum ph_queue_filter filter_of(const char *word)
{
	static const char *const words[PH_QUEUE_FILTER_COUNT_] = {"open", "work", "final", "all"};
	int i = 0;

	while (word && i < PH_QUEUE_FILTER_COUNT_ && strcmp(words[i], word) != 0)
		i++;
	return (enum ph_queue_filter)i;
}

void ph_queue_list(struct ph_call *call)
{
	struct listing *listing = calloc(1, sizeof *listing);
	int r = -ENOMEM;

	if (listing) {
		listing->call = call;
		listing->records = cJSON_CreateArray();
		listing->list = (struct ph_journal_queue_list){
			.request = {.done = on_list, .userdata = listing},
			.filter = filter_of(ph_param_str(call, "filter")),
			.after_id = ph_param_int(call, "after", 0),
			.limit = (uint32_t)ph_param_int(call, "limit", 100)};
		r = ph_journal_queue_list_submit(call->daemon->journal, &listing->list);
	}
	if (r == 0)
		return;
	if (listing)
		listing_free(listing);
	ph_call_fail_read(call, r);
}
