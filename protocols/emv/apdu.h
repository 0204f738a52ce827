/*
 * Commands to a card and its answers, and what T=0 makes of them. The kernel deals in APDUs; where the card speaks T=0 the
 * adapter below stands between kernel and reader. Source: ISO/IEC 7816-4; EMV Level 1 contact interface; EMV Book 3, 6.
 */
#ifndef PH_PROTOCOLS_EMV_APDU_H
#define PH_PROTOCOLS_EMV_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_APDU_COMMAND_MAX 261 /* 4 + Lc + 255 + Le */
#define PH_APDU_ANSWER_MAX  258 /* 256 + status word */

struct ph_apdu {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data; /* may be NULL */
	uint8_t len;
	bool answer; /* an answer is expected: Le 00 */
};

/* Returns the bytes of the command, at most PH_APDU_COMMAND_MAX. */
size_t ph_apdu_write(const struct ph_apdu *apdu, uint8_t out[PH_APDU_COMMAND_MAX]);

/* Whether these bytes are one command with short lengths, of any of the four cases, and nothing more. */
bool ph_apdu_is_short(const uint8_t *command, size_t len);

/* Status word of an answer of at least 2 bytes; -EBADMSG for a shorter or longer one. */
int ph_apdu_status(const uint8_t *answer, size_t len);

/*
 * Commands of EMV, ready to send. Each returns the number of bytes in `out`, which has room for PH_APDU_COMMAND_MAX. Data
 * have at most 255 bytes (those of a DOL: PH_DOL_DATA_MAX).
 */
size_t ph_apdu_select(const uint8_t *name, size_t len, bool next, uint8_t *out);
size_t ph_apdu_read_record(unsigned sfi, unsigned record, uint8_t *out);
size_t ph_apdu_processing_options(const uint8_t *data, size_t len, uint8_t *out);
size_t ph_apdu_internal_authenticate(const uint8_t *data, size_t len, uint8_t *out);
size_t ph_apdu_external_authenticate(const uint8_t *data, size_t len, uint8_t *out);
size_t ph_apdu_get_data(uint32_t tag, uint8_t *out);
size_t ph_apdu_get_challenge(uint8_t *out);
/* `type`: PH_CID_AAC, _TC or _ARQC, with PH_AC_CDA where a signature is wanted. */
size_t ph_apdu_generate_ac(uint8_t type, const uint8_t *data, size_t len, uint8_t *out);

/*
 * The T=0 side: 61xx is fetched by GET RESPONSE, 6Cxx repeated with the right length, a warning in front of data kept.
 * At most PH_T0_ROUNDS exchanges make one answer.
 */
#define PH_T0_ROUNDS 8

struct ph_t0 {
	uint8_t command[PH_APDU_COMMAND_MAX];
	size_t command_len;
	uint8_t answer[PH_APDU_ANSWER_MAX];
	size_t answer_len;
	uint16_t warning;
	unsigned rounds;
	bool corrected; /* the last 6Cxx was followed, another one in a row is not */
	bool fetching;	/* by GET RESPONSE */
};

/* Begins with a command; the TPDU to send first is in `out` (PH_APDU_COMMAND_MAX bytes). Returns its bytes, or -EINVAL. */
int ph_t0_begin(struct ph_t0 *t0, const uint8_t *command, size_t len, uint8_t *out);

/*
 * The reader's answer. Returns the bytes of the next TPDU in `out`; 0: the answer is complete in t0->answer; -EBADMSG: the
 * card goes round in circles or says too much.
 */
int ph_t0_feed(struct ph_t0 *t0, const uint8_t *answer, size_t len, uint8_t *out);

/* Wipes what is in it. */
void ph_t0_done(struct ph_t0 *t0);

#endif
