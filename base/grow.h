/* Arrays that grow as they are filled. */
#ifndef PH_BASE_GROW_H
#define PH_BASE_GROW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Makes room for `need` members of `size` bytes in *array, which has room for *capacity (0: it is NULL); by doubling, from
 * `least` on. -ENOMEM leaves both as they are. The limit of `need` is the caller's.
 */
static inline int ph_grow(
	void **array, uint32_t *capacity, uint32_t need, size_t size, uint32_t least)
{
	uint32_t room = *capacity ? *capacity : least;

	if (need <= *capacity)
		return 0;
	while (room < need)
		room *= 2;
	void *memory = reallocarray(*array, room, size);
	if (!memory)
		return -ENOMEM;
	*array = memory;
	*capacity = room;
	return 0;
}

#endif
