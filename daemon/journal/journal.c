/*
 * The queue between the loop and the writer thread, and the thread's group commit.
 * What a request reads and writes is its kind's business.
 */
#include "daemon/journal/damage.h"

#include "base/clock.h"
#include "base/crash_point.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* SQLite's deepest path here (a CREATE TABLE) needs about 30 KiB. */
#define STACK_BYTES (256 * 1024)
/* Records that one request may find to be damaged, one after the other. */
#define BLAMED_MAX 64

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

static unsigned point_of(const struct ph_journal_request *request)
{
	const struct ph_journal_kind *kind = request->kind;

	return kind->point_of ? kind->point_of(request) : kind->point;
}

/* Where a test may end the process. */
static void crash_points(const struct ph_journal *journal, const char *when)
{
	for (unsigned n = 1; n <= 9; n++) {
		const char name[] = {'D', (char)('0' + n), '\0'};

		if (journal->points & 1u << n)
			PH_CRASH_POINT(name, when);
	}
}

static void run_kind(struct ph_journal *journal, struct ph_journal_request *request)
{
	int refuse = journal->full && request->kind->is_new;

	journal->changed = 0;
	if (refuse)
		sqlite3_exec(journal->db, "SAVEPOINT new_work", NULL, NULL, NULL);
	request->result = request->kind->run(journal, request);
	if (!refuse)
		return;
	/* reading goes on; what would have written is as if it had not been */
	if (journal->changed) {
		sqlite3_exec(journal->db, "ROLLBACK TO new_work", NULL, NULL, NULL);
		request->result = -ENOSPC;
		journal->changed = 0;
		ph_anchor_reload(journal);
	}
	sqlite3_exec(journal->db, "RELEASE new_work", NULL, NULL, NULL);
}

/* What a payment comes to is stored though the trail cannot be written to any more; acts of a person are not. */
static bool does_without(const struct ph_journal *journal, const struct ph_journal_request *request)
{
	const struct ph_journal_kind *kind = request->kind;

	return journal->audit_unreadable && !kind->is_new && !kind->of_person && point_of(request);
}

static void run_one(struct ph_journal *journal, struct ph_journal_request *request)
{
	journal->wall_us = request->believed_us;
	run_kind(journal, request);
	if (journal->changed && request->audit && !journal->failure &&
		!does_without(journal, request))
		ph_audit_write(journal, request->audit, request->wall_us);
	journal->changed_group |= journal->changed;
	if (journal->changed && !journal->failure)
		journal->points |= 1u << point_of(request);
}

static void note_failure(struct ph_journal *journal)
{
	struct ph_journal_stats *stats = &journal->stats;

	pthread_mutex_lock(&journal->lock);
	stats->failures++;
	stats->last_error = journal->failure;
	snprintf(stats->last_error_text, sizeof(stats->last_error_text), "%s",
		journal->failure_text);
	pthread_mutex_unlock(&journal->lock);
	if (journal->failure == -EBADMSG)
		ph_health_set(journal, PH_JOURNAL_DAMAGED,
			"the journal is damaged: a page of it cannot be read");
}

static void roll_back(struct ph_journal *journal)
{
	/* a failed COMMIT may have ended the transaction; the cause is already noted */
	if (!sqlite3_get_autocommit(journal->db))
		ph_sql_exec(journal, PH_SQL_ROLLBACK);
	journal->audit_loaded = 0;
	journal->audit_dirty = 0;
	memset(&journal->purge, 0, sizeof(journal->purge));
	ph_anchor_reload(journal);
	note_failure(journal);
}

static void begin_group(struct ph_journal *journal)
{
	journal->failure = 0;
	journal->changed_group = 0;
	journal->blamed = 0;
	journal->points = 0;
	ph_sql_exec(journal, PH_SQL_BEGIN);
}

static void end_group(struct ph_journal *journal)
{
	if (!journal->failure)
		ph_audit_seal(journal);
	if (!journal->failure) {
		crash_points(journal, "before");
		ph_sql_exec(journal, PH_SQL_COMMIT);
	}
	if (journal->failure)
		roll_back(journal);
	else
		crash_points(journal, "after");
	if (!journal->failure && journal->changed_group) {
		ph_anchor_commit(journal);
		ph_shred_commit(journal);
	}
}

/* There was no room, and the reserve is given up: what is not new has another chance. */
static void run_again(struct ph_journal *journal, struct ph_journal_queue *group)
{
	begin_group(journal);
	for (struct ph_journal_request *request = group->first; request; request = request->next)
		if (!request->kind->is_new && !journal->failure)
			run_one(journal, request);
	end_group(journal);
	for (struct ph_journal_request *request = group->first; request; request = request->next)
		if (journal->failure)
			request->result = journal->failure;
}

static void run_alone(struct ph_journal *journal, struct ph_journal_request *request)
{
	begin_group(journal);
	run_one(journal, request);
	end_group(journal);
	if (journal->failure)
		request->result = journal->failure;
}

/* One of them has met damage, and which one nobody knows: each by itself, but for new work. */
static void run_apart(struct ph_journal *journal, struct ph_journal_queue *group)
{
	for (struct ph_journal_request *request = group->first; request; request = request->next) {
		if (request->kind->is_new && !request->kind->twice && !request->kind->reads)
			continue;
		int tries = 0;

		do
			run_alone(journal, request);
		while (journal->failure == -EBADMSG && ++tries < BLAMED_MAX &&
			ph_damage_mark(journal));
	}
}

/* What others of the group could not write is no reason not to read. */
static void read_apart(struct ph_journal *journal, struct ph_journal_queue *group)
{
	for (struct ph_journal_request *request = group->first; request; request = request->next)
		if (request->kind->reads)
			run_alone(journal, request);
}

/* Runs a group that begins with this request; those that are finished go to group, the others to again. */
static void run_group(struct ph_journal *journal, struct ph_journal_request *request,
	struct ph_journal_queue *group, struct ph_journal_queue *again)
{
	ph_room_tend(journal);
	begin_group(journal);
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
	end_group(journal);
	if (!journal->failure)
		return;
	append(group, again);
	for (request = group->first; request; request = request->next)
		request->result = journal->failure;
	if (journal->failure == -EBADMSG) {
		/* a table that is made anew is no record's fault */
		if (ph_damage_probe(journal) || ph_damage_mark(journal) ||
			(group->first && group->first->next))
			run_apart(journal, group);
		return;
	}
	if (journal->failure == -ENOSPC && ph_room_give_up(journal))
		run_again(journal, group);
	read_apart(journal, group);
}

/* There is no file: all that is queued ends with the reason. */
static void run_closed(struct ph_journal *journal, struct ph_journal_request *request,
	struct ph_journal_queue *group)
{
	for (; request; request = take(journal)) {
		request->result = journal->closed;
		push(group, request);
	}
}

/* With the lock held. */
static void count(struct ph_journal *journal)
{
	journal->stats.groups++;
	if (!journal->failure)
		journal->stats.commits += journal->changed_group ? 1 : 0;
}

/* With the lock held. */
static void wake_loop(struct ph_journal *journal)
{
	const uint64_t one = 1;

	/* the counter of an eventfd cannot overflow here, and nothing else can fail */
	if (write(journal->answers, &one, sizeof(one)) < 0)
		return;
}

void ph_journal_news(struct ph_journal *journal)
{
	journal->news = 1;
	wake_loop(journal);
}

/* With the lock held; the loop is woken once for all that it has not fetched yet. */
static void hand_back(struct ph_journal *journal, struct ph_journal_queue *group)
{
	int wake = group->first && !journal->done.first;

	append(&journal->done, group);
	if (wake)
		wake_loop(journal);
}

/* With the lock held, which is let go meanwhile. 0: something has happened; else it is time. */
static int wait_until(struct ph_journal *journal, uint64_t due_us)
{
	uint64_t now_us = ph_clock_mono_us(), left_us = due_us > now_us ? due_us - now_us : 0;
	struct timespec until;

	ph_clock_deadline(left_us, &until);
	return pthread_cond_timedwait(&journal->wake, &journal->lock, &until);
}

/* When the writer has something to do by itself, monotonic; 0: never. */
static uint64_t idle_due(const struct ph_journal *journal)
{
	uint64_t check = journal->check_due_us, shred = journal->shred_due_us;

	return check && (!shred || check < shred) ? check : shred;
}

/* With the lock held, which is let go meanwhile. */
static void tend_idle(struct ph_journal *journal)
{
	bool check = journal->check_due_us && journal->check_due_us <= ph_clock_mono_us();

	if (check)
		journal->check_due_us = 0;
	pthread_mutex_unlock(&journal->lock);
	if (check)
		ph_health_begin(journal);
	ph_shred_tend(journal);
	pthread_mutex_lock(&journal->lock);
}

/* With the lock held, which is let go meanwhile. What there is to do, or NULL: to stop. */
static struct ph_journal_request *wait_for_work(struct ph_journal *journal)
{
	while (!journal->stop && !journal->queue.first) {
		uint64_t due_us = idle_due(journal);

		if (!due_us)
			pthread_cond_wait(&journal->wake, &journal->lock);
		else if (due_us <= ph_clock_mono_us() || wait_until(journal, due_us) != 0)
			tend_idle(journal);
	}
	return journal->stop ? NULL : pop(&journal->queue);
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
	while ((request = wait_for_work(journal))) {
		pthread_mutex_unlock(&journal->lock);
		if (journal->closed)
			run_closed(journal, request, &group);
		else
			run_group(journal, request, &group, &again);
		pthread_mutex_lock(&journal->lock);
		count(journal);
		hand_back(journal, &group);
		append(&journal->queue, &again);
		pthread_mutex_unlock(&journal->lock);
		if (!journal->closed) {
			ph_shred_tend(journal);
			ph_wal_tend(journal);
		}
		pthread_mutex_lock(&journal->lock);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

/* ---- the loop thread ---- */

/* Room or health may have changed. */
static void tell(struct ph_journal *journal)
{
	if (journal->closing)
		return;
	ph_health_watch(journal);
	if (journal->listener)
		journal->listener(journal->listener_userdata);
}

void ph_journal_listen(struct ph_journal *journal, void (*changed)(void *userdata), void *userdata)
{
	journal->listener = changed;
	journal->listener_userdata = userdata;
}

/* Finishes all that has been handed back; 1 when requests are still out. */
static int answer(struct ph_journal *journal)
{
	struct ph_journal_queue done;
	struct ph_journal_request *request;
	uint32_t queued;
	int news;

	done.first = NULL;
	done.end = &done.first;
	pthread_mutex_lock(&journal->lock);
	append(&done, &journal->done);
	news = journal->news;
	journal->news = 0;
	for (request = done.first; request; request = request->next) {
		journal->stats.queued--;
		journal->stats.requests++;
	}
	pthread_mutex_unlock(&journal->lock);
	while ((request = pop(&done)))
		request->done(request, request->result);
	if (news)
		tell(journal);
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
	ph_believed_start(journal);
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
	request->believed_us = ph_believed_us(journal, request->wall_us);
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
	ph_health_end(journal);
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
