/*
 * A merchant's list of cards that are not taken where the host cannot be asked: fingerprints, so that the list says nothing to
 * whoever finds it. It is signed as the parameters are (ph_emv_parameters_verify() of parameters_file.h); docs/emv-parameters.md
 * has the format:
 *
 *   poshal deny list 1
 *   key 64 hexadecimal digits the mark of the key they were made with: the fingerprint of no number
 *   expires 2026-12-31        may be left out
 *   # a comment
 *   64 hexadecimal digits     a fingerprint
 */
#ifndef PH_PROTOCOLS_EMV_DENY_LIST_H
#define PH_PROTOCOLS_EMV_DENY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_FINGERPRINT_SIZE    32 /* bytes */
#define PH_DENY_LIST_MAX       20000
#define PH_DENY_LIST_BYTES_MAX (2 * 1024 * 1024)

struct ph_deny_list {
	uint8_t key_mark[PH_FINGERPRINT_SIZE];
	uint32_t expires; /* YYYYMMDD, its last day; 0 never */
	size_t count;
	uint8_t (*rows)[PH_FINGERPRINT_SIZE]; /* owned, ascending */
};

/* 0; -EBADMSG with the number of the line in *ret_line; -E2BIG: too long; -ENOMEM. Free with ph_deny_list_done(). */
int ph_deny_list_read(
	const char *text, size_t len, struct ph_deny_list *ret_list, unsigned *ret_line);
void ph_deny_list_done(struct ph_deny_list *list);

bool ph_deny_list_has(
	const struct ph_deny_list *list, const uint8_t fingerprint[PH_FINGERPRINT_SIZE]);

#endif
