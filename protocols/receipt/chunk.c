// Hands out memory that lives as long as its receipt; limits are kept by the parser.
#include "protocols/receipt/chunk.h"

#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)8192)
#define ALIGN	   ((size_t)16)

struct ph_receipt_chunk {
	struct ph_receipt_chunk *next;
	size_t used, size;
	_Alignas(16) unsigned char data[];
};

void *ph_chunk_alloc(struct ph_receipt_chunk **chunks, size_t count, size_t size)
{
	struct ph_receipt_chunk *chunk = *chunks;
	size_t need;

	if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
		return NULL;
	need = (need + ALIGN - 1) / ALIGN * ALIGN;
	if (!chunk || chunk->size - chunk->used < need) {
		const size_t room = need > CHUNK_SIZE ? need : CHUNK_SIZE;
		chunk = calloc(1, sizeof *chunk + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->next = *chunks;
		*chunks = chunk;
	}
	void *memory = chunk->data + chunk->used;
	chunk->used += need;
	return memory;
}

void ph_chunk_free_all(struct ph_receipt_chunk *chunks)
{
	while (chunks) {
		struct ph_receipt_chunk *next = chunks->next;
		free(chunks);
		chunks = next;
	}
}
