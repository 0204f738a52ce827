// Memory of one receipt: pieces that are freed together.
#ifndef PH_PROTOCOLS_RECEIPT_CHUNK_H
#define PH_PROTOCOLS_RECEIPT_CHUNK_H

#include <stddef.h>

struct ph_receipt_chunk;

// Zeroed memory of `count` times `size` bytes, aligned for any object; NULL when there is none.
void *ph_chunk_alloc(struct ph_receipt_chunk **chunks, size_t count, size_t size);

void ph_chunk_free_all(struct ph_receipt_chunk *chunks);

#endif
