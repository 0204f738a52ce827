/*
 * Fingerprints of account numbers: the same card has the same one, and without the key nobody gets from the one to the other. They
 * are for limits of each card and for the list of denied cards, and for nothing else. The key is the reader's own: 32 random bytes in
 * a file of its user alone, made when it is first needed. Whoever takes the file away begins anew, as if each card were an unknown
 * one.
 */
#ifndef PH_DRIVERS_EMV_PCSC_FINGERPRINT_H
#define PH_DRIVERS_EMV_PCSC_FINGERPRINT_H

#include "base/secret.h"
#include "protocols/emv/deny_list.h"

#define EMV_FINGERPRINT_KEY_SIZE 32
#define EMV_FINGERPRINT_WHY_SIZE 320
#define EMV_FINGERPRINT_FILE	 "fingerprint.key" /* in the folder of the process's state */

/*
 * The key in `path`, into locked memory; with `make` a file that is missing is written first, mode 0600. A negative errno with a
 * sentence in why[]: -EACCES when others than its owner may read it, -EBADMSG for another length.
 */
int emv_fingerprint_key_load(const char *path, bool make, struct ph_secret **ret_key,
	char why[EMV_FINGERPRINT_WHY_SIZE]);

/* Of an account number, as `len` ASCII digits; of none, that is the mark by which a list says which key it was made with. */
void emv_fingerprint(struct ph_secret *key, const uint8_t *digits, size_t len,
	uint8_t ret_fingerprint[PH_FINGERPRINT_SIZE]);

/*
 * `--fingerprint [FILE]` and `--fingerprint-key [FILE]` of the program: reads an account number and writes its fingerprint, or writes the mark of the
 * key. Returns the exit status.
 */
int emv_fingerprint_tool(int argc, char **argv);

#endif
