/*
 * Offline data authentication: from the certification authority's key to a key of the card, and the signatures made with it.
 * Pure but for libcrypto. Each function answers one question of EMV Book 2, 5 and 6, and says in the errno why not:
 * -EBADMSG format, length, padding or hash; -EKEYREJECTED a PAN or issuer that is not this card's; -EKEYEXPIRED;
 * -EKEYREVOKED; -ENOKEY the authority's key is not here; -EINVAL a key EMV does not allow; -ENODATA something the card should
 * have given is absent ("ICC data missing"); -ENOMEM. Outputs are untouched then.
 */
#ifndef PH_PROTOCOLS_EMV_CERTIFICATE_H
#define PH_PROTOCOLS_EMV_CERTIFICATE_H

#include "protocols/emv/crypto.h"
#include "protocols/emv/data.h"

#include <stdbool.h>

#define PH_RID_SIZE 5

/* A certification authority's public key. Source: EMV Book 2, 11.2. */
struct ph_emv_ca_key {
	uint8_t rid[PH_RID_SIZE];
	uint8_t index;
	struct ph_rsa_key key;
	uint32_t expiry; /* YYYYMMDD, the last day it is good */
	uint8_t checksum[PH_SHA1_SIZE];
};

struct ph_emv_revoked {
	uint8_t rid[PH_RID_SIZE];
	uint8_t index;
	uint8_t serial[3];
};

/* Whether the checksum fits the key: 0, -EBADMSG, -EINVAL. */
int ph_emv_ca_key_check(const struct ph_emv_ca_key *key);

struct ph_emv_keyring {
	const struct ph_emv_ca_key *keys;
	size_t key_count;
	const struct ph_emv_revoked *revoked;
	size_t revoked_count;
};

/* NULL when there is none. */
const struct ph_emv_ca_key *ph_emv_ca_key_find(
	const struct ph_emv_keyring *ring, const uint8_t rid[PH_RID_SIZE], uint8_t index);

/* Static data to be authenticated, gathered while records are read. It begins as zeros and holds account data. */
#define PH_EMV_STATIC_MAX 4096
struct ph_emv_static {
	uint16_t len;
	bool bad; /* a record was not coded as it must be, or there was too much of it */
	uint8_t hidden[PH_EMV_STATIC_MAX];
};

/* Adds a record by the rule of its file: `sfi` 1 to 10 the value of template 70, else all of it. */
void ph_emv_static_add(struct ph_emv_static *data, unsigned sfi, const uint8_t *record, size_t len);

/* Adds what tag 9F4A names, which can only be the AIP. Anything else: -EBADMSG. Once, when all records are read. */
int ph_emv_static_close(struct ph_emv_static *data, const struct ph_emv_data *objects);

/* The issuer's key from 90, 92 and 9F32. `date` is YYYYMMDD; -EKEYEXPIRED also for an authority's key beyond its last day. */
int ph_emv_issuer_key(const struct ph_emv_keyring *ring, const uint8_t rid[PH_RID_SIZE],
	uint32_t date, const struct ph_emv_data *objects, struct ph_rsa_key *ret_key);

/* The card's key from 9F46, 9F47 and 9F48; or, with `pin`, its key for PINs from 9F2D to 9F2F, without static data. */
int ph_emv_icc_key(const struct ph_rsa_key *issuer, uint32_t date,
	const struct ph_emv_data *objects, const struct ph_emv_static *data, bool pin,
	struct ph_rsa_key *ret_key);

/* SDA: checks 93. The data authentication code (9F45) is what it returns. */
int ph_emv_check_static(const struct ph_rsa_key *issuer, const struct ph_emv_data *objects,
	const struct ph_emv_static *data, uint8_t ret_code[2]);

/* What a card signed. */
struct ph_emv_dynamic {
	uint8_t icc_number[8];
	uint8_t icc_number_len;
	/* of CDA */
	uint8_t cid;
	uint8_t cryptogram[8];
	uint8_t hash[PH_SHA1_SIZE]; /* of the transaction data */
};

/* DDA: checks 9F4B over the data sent with INTERNAL AUTHENTICATE. */
int ph_emv_check_dynamic(const struct ph_rsa_key *icc, struct ph_bytes signature,
	struct ph_bytes terminal_data, struct ph_emv_dynamic *ret_dynamic);

/*
 * CDA: checks 9F4B of a GENERATE AC answer over the unpredictable number, and the hash inside it over the data of the
 * transaction: PDOL, CDOL1 and CDOL2 values (the last of the second cryptogram only), and the answer without 9F4B, in its
 * order. Whether the CID inside is that of the answer is for the caller to compare.
 */
int ph_emv_check_combined(const struct ph_rsa_key *icc, struct ph_bytes signature,
	const uint8_t unpredictable[4], const struct ph_bytes *transaction, size_t count,
	struct ph_emv_dynamic *ret_dynamic);

#endif
