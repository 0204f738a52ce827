// Many descriptors behind one source of an sd-event loop, served in batches; reading them is left to their owners.
#include "base/poll_set.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct ph_poll_set {
	sd_event *event;
	sd_event_source *source;
	int fd;
	struct epoll_event batch[PH_POLL_BATCH];
	int count; /* of the batch being served */
};

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_poll_set *set = userdata;
	int count = epoll_wait(fd, set->batch, PH_POLL_BATCH, 0);

	set->count = count > 0 ? count : 0;
	for (int i = 0; i < set->count; i++) {
		struct ph_poll_item *item = set->batch[i].data.ptr;
		if (item)
			item->ready(item, set->batch[i].events);
	}
	set->count = 0;
	return 0;
}

int ph_poll_set_new(sd_event *event, struct ph_poll_set **ret_set)
{
	struct ph_poll_set *set = calloc(1, sizeof *set);

	if (!set)
		return -ENOMEM;
	set->event = event;
	set->fd = epoll_create1(EPOLL_CLOEXEC);
	int r = set->fd < 0 ? -errno : 0;
	if (r >= 0)
		r = sd_event_add_io(event, &set->source, set->fd, EPOLLIN, on_ready, set);
	if (r < 0) {
		ph_poll_set_free(set);
		return r;
	}
	*ret_set = set;
	return 0;
}

void ph_poll_set_free(struct ph_poll_set *set)
{
	if (!set)
		return;
	sd_event_source_disable_unref(set->source);
	ph_closep(&set->fd);
	free(set);
}

sd_event *ph_poll_set_event(const struct ph_poll_set *set)
{
	return set->event;
}

/* What the kernel reported earlier in this batch does not count any more. */
static void forget(struct ph_poll_set *set, const struct ph_poll_item *item)
{
	for (int i = 0; i < set->count; i++)
		if (set->batch[i].data.ptr == item)
			set->batch[i].data.ptr = NULL;
}

static int control(
	struct ph_poll_set *set, int operation, struct ph_poll_item *item, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = item};

	return epoll_ctl(set->fd, operation, item->fd, &event) < 0 ? -errno : 0;
}

int ph_poll_set_add(struct ph_poll_set *set, struct ph_poll_item *item, uint32_t events)
{
	return control(set, EPOLL_CTL_ADD, item, events);
}

int ph_poll_set_change(struct ph_poll_set *set, struct ph_poll_item *item, uint32_t events)
{
	forget(set, item);
	return control(set, EPOLL_CTL_MOD, item, events);
}

void ph_poll_set_remove(struct ph_poll_set *set, struct ph_poll_item *item)
{
	forget(set, item);
	control(set, EPOLL_CTL_DEL, item, 0);
}
