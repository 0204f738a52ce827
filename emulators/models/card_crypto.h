/*
 * Secret-key cryptography of cards and their issuer: key derivation, cryptograms and the issuer's answers. For the emulated
 * card and the emulated host. Source: EMV 4.3 Book 2, 8.1 and annex A1; ISO/IEC 9797-1.
 */
#ifndef PH_EMULATORS_MODELS_CARD_CRYPTO_H
#define PH_EMULATORS_MODELS_CARD_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define PH_EMU_KEY_SIZE 16u /* double length; no parity is kept */
#define PH_EMU_AC_SIZE	8u

/* The issuer's master key of all emulated cards: for tests only. */
extern const uint8_t ph_emu_issuer_master_key[PH_EMU_KEY_SIZE];

/* Card key by option A (of longer numbers: option B) from account number and sequence. 0 or -EINVAL. */
int ph_emu_card_key(const uint8_t master[PH_EMU_KEY_SIZE], const char *pan, unsigned sequence,
	uint8_t ret_key[PH_EMU_KEY_SIZE]);
/* Key of one transaction: EMV common session key derivation. 0 or -EINVAL. */
int ph_emu_session_key(const uint8_t card[PH_EMU_KEY_SIZE], const uint8_t atc[2],
	uint8_t ret_key[PH_EMU_KEY_SIZE]);
/* ISO/IEC 9797-1 algorithm 3, padding 80 00.. 0 or -EINVAL for more than 512 bytes. */
int ph_emu_mac(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t *data, size_t len,
	uint8_t ret_mac[PH_EMU_AC_SIZE]);
/* The issuer's answer by method 1. */
int ph_emu_arpc(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t ac[PH_EMU_AC_SIZE],
	const uint8_t arc[2], uint8_t ret_arpc[PH_EMU_AC_SIZE]);
/* By method 2: `status` is CSU and proprietary data, 4 to 12 bytes. */
int ph_emu_arpc_csu(const uint8_t key[PH_EMU_KEY_SIZE], const uint8_t ac[PH_EMU_AC_SIZE],
	const uint8_t *status, size_t len, uint8_t ret_arpc[4]);

#endif
