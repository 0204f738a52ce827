/*
 * The queue between the loop and the writer thread, and the thread's group commit.
 * What a request reads and writes is its kind's business.
 */
#include "daemon/journal/internal.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* SQLite's deepest path here (a CREATE TABLE) needs about 30 KiB. */
#define STACK_BYTES (256 * 1024)

static void push(struct ph_journal_queue *queue, struct ph_journal_request *request)
{
	request->next = NULL;
	*queue->end = request;
	queue->end = &request->next;
}

static struct ph_journal_request *pop(struct ph_journal_queue *queue)
{
	struct ph_journal_request *request = queue->first;

	if (!request)
		return NULL;
	queue->first = request->next;
	if (!queue->first)
		queue->end = &queue->first;
	request->next = NULL;
	return request;
}

/* Moves all of from behind to. */
static void append(struct ph_journal_queue *to, struct ph_journal_queue *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	from->first = NULL;
	from->end = &from->first;
}

/* ---- the writer thread ---- */

static struct ph_journal_request *take(struct ph_journal *journal)
{
	struct ph_journal_request *request;

	pthread_mutex_lock(&journal->lock);
	request = journal->stop ? NULL : pop(&journal->queue);
	pthread_mutex_unlock(&journal->lock);
	return request;
}

static void run_one(struct ph_journal *journal, struct ph_journal_request *request)
{
	journal->changed = 0;
	if (request->wall_us > journal->wall_us)
		journal->wall_us = request->wall_us;
	request->result = request->kind->run(journal, request);
	if (journal->changed && request->audit && !journal->failure)
		ph_audit_write(journal, request->audit, request->wall_us);
	journal->changed_group |= journal->changed;
}

static void roll_back(struct ph_journal *journal)
{
	/* a failed COMMIT may have ended the transaction; the cause is already noted */
	if (!sqlite3_get_autocommit(journal->db))
		ph_sql_exec(journal, PH_SQL_ROLLBACK);
	journal->audit_loaded = 0;
	journal->audit_dirty = 0;
	memset(&journal->purge, 0, sizeof(journal->purge));
}

/* Runs a group that begins with this request; those that are finished go to group, the others to again. */
static void run_group(struct ph_journal *journal, struct ph_journal_request *request,
	struct ph_journal_queue *group, struct ph_journal_queue *again)
{
	journal->failure = 0;
	journal->changed_group = 0;
	ph_sql_exec(journal, PH_SQL_BEGIN);
	/* requests that arrive meanwhile share the commit */
	for (int i = 1; request; request = i++ < PH_JOURNAL_GROUP ? take(journal) : NULL) {
		if (!journal->failure)
			run_one(journal, request);
		push(request->result == PH_JOURNAL_AGAIN ? again : group, request);
		if (journal->failure)
			break;
	}
	if (journal->changed_group && !journal->failure)
		ph_purge_step(journal);
	if (!journal->failure)
		ph_audit_seal(journal);
	if (!journal->failure)
		ph_sql_exec(journal, PH_SQL_COMMIT);
	if (!journal->failure)
		return;
	roll_back(journal);
	append(group, again);
	for (request = group->first; request; request = request->next)
		request->result = journal->failure;
}

/* With the lock held. */
static void count(struct ph_journal *journal)
{
	struct ph_journal_stats *stats = &journal->stats;

	stats->groups++;
	if (!journal->failure) {
		stats->commits += journal->changed_group ? 1 : 0;
		return;
	}
	stats->failures++;
	stats->last_error = journal->failure;
	snprintf(stats->last_error_text, sizeof(stats->last_error_text), "%s",
		journal->failure_text);
}

/* With the lock held; the loop is woken once for all that it has not fetched yet. */
static void hand_back(struct ph_journal *journal, struct ph_journal_queue *group)
{
	const uint64_t one = 1;
	int wake = group->first && !journal->done.first;

	append(&journal->done, group);
	/* the counter of an eventfd cannot overflow here, and nothing else can fail */
	if (wake && write(journal->answers, &one, sizeof(one)) < 0)
		return;
}

static void *writer(void *userdata)
{
	struct ph_journal *journal = userdata;
	struct ph_journal_queue group, again;
	struct ph_journal_request *request;

	prctl(PR_SET_NAME, "poshal-journal");
	group.first = again.first = NULL;
	group.end = &group.first;
	again.end = &again.first;
	pthread_mutex_lock(&journal->lock);
	for (;;) {
		while (!journal->stop && !journal->queue.first)
			pthread_cond_wait(&journal->wake, &journal->lock);
		if (journal->stop)
			break;
		request = pop(&journal->queue);
		pthread_mutex_unlock(&journal->lock);
		run_group(journal, request, &group, &again);
		pthread_mutex_lock(&journal->lock);
		count(journal);
		hand_back(journal, &group);
		append(&journal->queue, &again);
		pthread_mutex_unlock(&journal->lock);
		ph_wal_tend(journal);
		pthread_mutex_lock(&journal->lock);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

/* ---- the loop thread ---- */

/* Finishes all that has been handed back; 1 when requests are still out. */
static int answer(struct ph_journal *journal)
{
	struct ph_journal_queue done;
	struct ph_journal_request *request;
	uint32_t queued;

	done.first = NULL;
	done.end = &done.first;
	pthread_mutex_lock(&journal->lock);
	append(&done, &journal->done);
	for (request = done.first; request; request = request->next) {
		journal->stats.queued--;
		journal->stats.requests++;
	}
	pthread_mutex_unlock(&journal->lock);
	while ((request = pop(&done)))
		request->done(request, request->result);
	pthread_mutex_lock(&journal->lock);
	queued = journal->stats.queued;
	pthread_mutex_unlock(&journal->lock);
	return queued > 0;
}

static void clear_wake(struct ph_journal *journal)
{
	uint64_t value;

	/* empty is fine: another reader, ph_journal_drain(), may have been here */
	if (read(journal->answers, &value, sizeof(value)) < 0)
		return;
}

static int on_answers(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_journal *journal = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	clear_wake(journal);
	answer(journal);
	return 0;
}

static int start_thread(struct ph_journal *journal)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int r;

	r = pthread_attr_init(&attributes);
	if (r)
		return -r;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	/* signals are the loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&journal->thread, &attributes, writer, journal);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -r;
}

int ph_journal_attach(struct ph_journal *journal, sd_event *event)
{
	int r;

	if (journal->attached)
		return -EALREADY;
	r = sd_event_add_io(event, &journal->source, journal->answers, POLLIN, on_answers, journal);
	if (r < 0)
		return r;
	sd_event_source_set_description(journal->source, "journal");
	r = start_thread(journal);
	if (r < 0) {
		journal->source = sd_event_source_disable_unref(journal->source);
		return r;
	}
	journal->attached = 1;
	return 0;
}

int ph_journal_submit(struct ph_journal *journal, struct ph_journal_request *request,
	const struct ph_journal_kind *kind)
{
	uint32_t bound = kind->is_new ? PH_JOURNAL_QUEUE_NEW : PH_JOURNAL_QUEUE;
	int full;

	if (!request->done || (request->audit && ph_audit_check(request->audit) < 0))
		return -EINVAL;
	if (!journal->attached || journal->closing)
		return -ECANCELED;
	request->kind = kind;
	request->result = 0;
	request->wall_us = ph_clock_wall_us();
	pthread_mutex_lock(&journal->lock);
	full = journal->stats.queued >= bound;
	if (!full) {
		journal->stats.queued++;
		push(&journal->queue, request);
		pthread_cond_signal(&journal->wake);
	}
	pthread_mutex_unlock(&journal->lock);
	return full ? -ENOBUFS : 0;
}

void ph_journal_drain(struct ph_journal *journal)
{
	struct pollfd answers = {.fd = journal->answers, .events = POLLIN};

	while (journal->attached && answer(journal)) {
		poll(&answers, 1, -1);
		clear_wake(journal);
	}
}

void ph_journal_end(struct ph_journal *journal)
{
	struct ph_journal_request *request;

	if (!journal->attached)
		return;
	journal->closing = 1;
	pthread_mutex_lock(&journal->lock);
	journal->stop = 1;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->lock);
	pthread_join(journal->thread, NULL);
	for (request = journal->queue.first; request; request = request->next)
		request->result = -ECANCELED;
	append(&journal->done, &journal->queue);
	answer(journal);
	journal->source = sd_event_source_disable_unref(journal->source);
	journal->attached = 0;
}

void ph_journal_get_stats(struct ph_journal *journal, struct ph_journal_stats *ret_stats)
{
	pthread_mutex_lock(&journal->lock);
	*ret_stats = journal->stats;
	pthread_mutex_unlock(&journal->lock);
}

int ph_journal_text_ok(const char *text, size_t min, size_t max)
{
	size_t len = text ? strnlen(text, max + 1) : 0;

	return text && len >= min && len <= max;
}
