/* What is checked on a foreign JSON text before a parser that is less strict sees it. */
#ifndef PH_BASE_JSON_SCAN_H
#define PH_BASE_JSON_SCAN_H

#include <stddef.h>

/* How many bytes at the begin of `text` stand in a JSON string as they are: none below 0x20, no quote, no backslash. */
size_t ph_json_plain(const char *text, size_t len);

/*
 * Refuses text that is not UTF-8 (-EILSEQ), holds a NUL or an escaped NUL, which C strings cannot carry
 * (-EINVAL), or nests deeper than `depth_max` (-E2BIG). Returns 0 otherwise; says nothing about the grammar.
 */
int ph_json_scan(const char *text, size_t len, int depth_max);

#endif
