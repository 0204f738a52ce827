/*
 * The issuer's side of a chip: checks the cryptogram of a request, makes the answer to it, and scripts. Test keys only.
 *
 * Source: EMV 4.3 Book 2, 8.1 (cryptograms), 8.2 (ARPC), annex A1.3 and A1.4 (session and card keys); ISO/IEC 9797-1 algorithm 3.
 */
#ifndef PH_EMULATORS_MODELS_HOST_EMV_H
#define PH_EMULATORS_MODELS_HOST_EMV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_ICC_ANSWER_MAX 64u

enum emu_arqc {
	EMU_ARQC_ABSENT, /* no chip data, or not all that a cryptogram is made of */
	EMU_ARQC_GOOD,
	EMU_ARQC_WRONG,
};

/* The issuer's master key of the emulated cards. */
extern const uint8_t emu_issuer_key[16];

/* `pan` digits, `sequence` 0 to 99. ret_card_key is 16 bytes. -EIO when the library refuses. */
int emu_card_key(
	const uint8_t issuer_key[16], const char *pan, unsigned sequence, uint8_t ret_card_key[16]);
int emu_session_key(const uint8_t card_key[16], const uint8_t atc[2], uint8_t ret_key[16]);
/* ISO 9797-1 algorithm 3 with padding method 2. */
int emu_retail_mac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret_mac[8]);
/* Method 1. */
int emu_arpc(
	const uint8_t key[16], const uint8_t cryptogram[8], const char arc[2], uint8_t ret_arpc[8]);

/* Method 2 with a card status update of four bytes. */
int emu_arpc_csu(const uint8_t key[16], const uint8_t cryptogram[8], const uint8_t csu[4],
	uint8_t ret_arpc[4]);

/* Checks tag 9F26 of the chip data of a request; with a good one ret_key is the key for the answer. */
enum emu_arqc emu_icc_check(const uint8_t *icc, size_t len, const char *pan, unsigned sequence,
	uint8_t ret_key[16], uint8_t ret_cryptogram[8]);
/* The value of a tag on the first level, or NULL. */
const uint8_t *emu_icc_find(const uint8_t *icc, size_t len, unsigned tag, size_t *ret_len);
struct emu_icc_answer {
	const uint8_t *key; /* NULL: no ARPC */
	const uint8_t *cryptogram;
	const char *arc;    /* the response code, two characters */
	bool csu, approved; /* ARPC by method 2, which tells what was decided */
	unsigned script;    /* 0, 71 or 72 hexadecimal */
};

/* Chip data of an answer: the ARPC, the response code, and a script; returns their length. */
size_t emu_icc_answer(const struct emu_icc_answer *a, uint8_t out[EMU_ICC_ANSWER_MAX]);

#endif
