/*
 * Memory for what must not leak: locked in RAM, left out of core dumps and of forked children, wiped on release. There is no
 * way to print it by accident: what is inside is reached only through ph_secret_memory(), by a name that can be searched for.
 */
#ifndef PH_BASE_SECRET_H
#define PH_BASE_SECRET_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct ph_secret;

/* Zeroed memory of `size` bytes, up to 1 MiB. -EINVAL, -ENOMEM, or what locking it failed with: it is never unlocked. */
int ph_secret_new(size_t size, struct ph_secret **ret_secret);

/* Wipes and releases; NULL is fine. */
void ph_secret_free(struct ph_secret *secret);
PH_DEFINE_CLEANUP(struct ph_secret *, ph_secret_free)

/* Zeroes it, for the next use. */
void ph_secret_wipe(struct ph_secret *secret);

void *ph_secret_memory(struct ph_secret *secret);
size_t ph_secret_size(const struct ph_secret *secret);

/* Zeroes memory in a way no compiler leaves out; for read buffers and locals on the stack. */
void ph_wipe(void *memory, size_t len);

/* Whether two secrets of one length are equal, in a time that does not depend on where they differ. */
bool ph_same_secret(const void *a, const void *b, size_t len);

#endif
