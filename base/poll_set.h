/*
 * Many descriptors behind one source of an sd-event loop. sd-event asks the kernel again after each source it has
 * served, and the kernel looks at all that are ready: with 64 busy clients that costs more than their requests.
 * A set takes what is ready in one go, at most PH_POLL_BATCH at a time, so that other sources get their turn.
 */
#ifndef PH_BASE_POLL_SET_H
#define PH_BASE_POLL_SET_H

#include <stdint.h>
#include <systemd/sd-event.h>

#define PH_POLL_BATCH 32

struct ph_poll_set;

/* Embedded in its owner. `ready` may change and remove any item of the set, but not free the set. */
struct ph_poll_item {
	int fd;
	void (*ready)(struct ph_poll_item *item, uint32_t revents);
};

int ph_poll_set_new(sd_event *event, struct ph_poll_set **ret_set);

/* All items must have been removed. Accepts NULL. */
void ph_poll_set_free(struct ph_poll_set *set);

sd_event *ph_poll_set_event(const struct ph_poll_set *set);

/* `events` as for epoll_ctl(), level-triggered. Return 0 or a negative errno. */
int ph_poll_set_add(struct ph_poll_set *set, struct ph_poll_item *item, uint32_t events);
int ph_poll_set_change(struct ph_poll_set *set, struct ph_poll_item *item, uint32_t events);

/* The item is not called again, not even for what the kernel has reported already. The descriptor stays open. */
void ph_poll_set_remove(struct ph_poll_set *set, struct ph_poll_item *item);

#endif
