// An allocator that wipes what it gets back; who uses it is in main.c and link_https.c.
#include "acquirer/wiping.h"

#include "base/secret.h"

#include <cjson/cJSON.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each piece, so that it is known how much there is to wipe. */
struct front {
	alignas(max_align_t) size_t size;
};

void *ph_wiping_malloc(size_t size)
{
	struct front *front =
		size <= SIZE_MAX - sizeof *front ? malloc(sizeof *front + size) : NULL;

	if (!front)
		return NULL;
	front->size = size;
	return front + 1;
}

void *ph_wiping_calloc(size_t count, size_t size)
{
	void *memory = size && count > SIZE_MAX / size ? NULL : ph_wiping_malloc(count * size);

	return memory ? memset(memory, 0, count * size) : NULL;
}

void ph_wiping_free(void *memory)
{
	struct front *front = memory;

	if (!front)
		return;
	front--;
	ph_wipe(front, sizeof *front + front->size);
	free(front);
}

void *ph_wiping_realloc(void *memory, size_t size)
{
	size_t old = memory ? ((struct front *)memory - 1)->size : 0;
	void *moved = ph_wiping_malloc(size);

	if (!moved)
		return NULL;
	if (memory)
		memcpy(moved, memory, old < size ? old : size);
	ph_wiping_free(memory);
	return moved;
}

char *ph_wiping_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = ph_wiping_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void ph_wiping_for_json(void)
{
	cJSON_Hooks hooks = {.malloc_fn = ph_wiping_malloc, .free_fn = ph_wiping_free};

	cJSON_InitHooks(&hooks);
}
