/*
 * Memory that is zeroed when it is given back, for libraries that keep a message or an answer in memory of their own. It is not
 * locked: what is in it for long belongs into a ph_secret.
 */
#ifndef PH_ACQUIRER_WIPING_H
#define PH_ACQUIRER_WIPING_H

#include <stddef.h>

/* As malloc(3) and the rest. */
void *ph_wiping_malloc(size_t size);
void *ph_wiping_calloc(size_t count, size_t size);
void *ph_wiping_realloc(void *memory, size_t size);
char *ph_wiping_strdup(const char *text);
void ph_wiping_free(void *memory);

/* cJSON takes such memory from here on; before anything is parsed. */
void ph_wiping_for_json(void);

#endif
