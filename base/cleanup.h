/* Scope-bound clean-up for locals by compiler attribute, and a few small macros. */
#ifndef PH_BASE_CLEANUP_H
#define PH_BASE_CLEANUP_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* PH_CLEANUP(fn) T *p = NULL; calls fn(&p) when p goes out of scope. */
#define PH_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines free_fn##_p for PH_CLEANUP from a free function. */
#define PH_DEFINE_CLEANUP(type, free_fn)                                                           \
	static inline void free_fn##_p(type *p)                                                    \
	{                                                                                          \
		if (*p)                                                                            \
			free_fn(*p);                                                               \
	}

static inline void ph_freep(void *p)
{
	free(*(void **)p);
}

static inline void ph_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define PH_CLEANUP_FREE	 PH_CLEANUP(ph_freep)
#define PH_CLEANUP_CLOSE PH_CLEANUP(ph_closep)

/* Hands a local over to the caller: the clean-up then sees NULL. */
#define PH_STEAL(ptr)                                                                              \
	({                                                                                         \
		__typeof__(ptr) stolen_ = (ptr);                                                   \
		(ptr) = NULL;                                                                      \
		stolen_;                                                                           \
	})

#define PH_ARRAY_SIZE(a)	 (sizeof(a) / sizeof((a)[0]))
#define PH_CONTAINER_OF(p, t, m) ((t *)(void *)((char *)(p)-offsetof(t, m)))

#endif
