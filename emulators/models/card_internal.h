/* Shared by the files of the emulated card only. */
#ifndef PH_EMULATORS_MODELS_CARD_INTERNAL_H
#define PH_EMULATORS_MODELS_CARD_INTERNAL_H

#include <cjson/cJSON.h>

#include "emulators/models/card.h"
#include "emulators/models/card_crypto.h"

#define CARD_APPLICATIONS 4
#define CARD_OBJECTS	  64
#define CARD_VALUE_MAX	  252
#define CARD_RECORDS	  12
#define CARD_RECORD_MAX	  256
#define CARD_AID_MAX	  16
#define CARD_RSA_MAX	  248 /* bytes of a modulus */
#define CARD_AC_MAX	  2   /* GENERATE AC in one transaction */

// ---- keys and certificates: card_test_keys.c, card_certificate.c ----

enum card_key {
	CARD_KEY_AUTHORITY,
	CARD_KEY_LONG_AUTHORITY,
	CARD_KEY_ISSUER,
	CARD_KEY_ICC,
	CARD_KEY_SHORT_ICC,
	CARD_KEY_PIN,
	CARD_KEY_COUNT_,
};

struct card_key_text {
	unsigned exponent;
	const char *modulus, *secret; /* hexadecimal */
};

extern const struct card_key_text card_test_keys[CARD_KEY_COUNT_];

/* Bytes of a modulus, and the modulus itself. */
size_t card_key_modulus(enum card_key key, uint8_t out[CARD_RSA_MAX]);
/* Exponent as the certificates hold it: 1 or 3 bytes. */
size_t card_key_exponent(enum card_key key, uint8_t out[3]);
/* in^d mod n, both of the size of the modulus; false when libcrypto cannot. */
bool card_key_apply(enum card_key key, const uint8_t *in, uint8_t *out);

struct card_bytes {
	const uint8_t *data;
	size_t len;
};

/* SHA-1 over all parts one behind the other. */
void card_hash(const struct card_bytes *parts, size_t count, uint8_t out[20]);

/* A signature with message recovery: 6A, `body`, BB up to the size of the key, hash over that and `more`, BC. */
struct card_signature {
	enum card_key key;
	struct card_bytes body;
	const struct card_bytes *more;
	size_t more_count;
	bool bad_hash; /* a fault: one bit of the hash is wrong */
};
/* Returns the bytes of the signature, 0 when the body has no room. */
size_t card_sign(const struct card_signature *signature, uint8_t out[CARD_RSA_MAX]);

// ---- text and TLV: card_tlv.c ----

/* Writes into memory of a fixed size; `full` when something had no room. */
struct card_out {
	uint8_t *data;
	size_t len, size;
	bool full;
};

void card_put(struct card_out *out, const void *data, size_t len);
void card_put_byte(struct card_out *out, unsigned byte);
void card_put_tag(struct card_out *out, uint32_t tag);
void card_put_tlv(struct card_out *out, uint32_t tag, const void *value, size_t len);
/* Bytes of hexadecimal text; -1 when it is none or longer than `size`. */
long card_hex(const char *text, uint8_t *out, size_t size);
/* Digits as BCD, `n` bytes, filled with zeros on the left. */
void card_bcd(uint64_t value, uint8_t *out, size_t n);
/* The next entry of a data object list at *at: tag and length. False at its end. */
bool card_dol_next(const struct card_bytes *dol, size_t *at, uint32_t *ret_tag, size_t *ret_len);
/* Bytes all values of a list have together. */
size_t card_dol_size(const struct card_bytes *dol);
/* Where a tag's value lies in the data of a list, NULL when the list has not asked for it. */
const uint8_t *card_dol_value(
	const struct card_bytes *dol, const uint8_t *data, uint32_t tag, size_t len);

// ---- the card ----

enum card_type { CARD_AAC, CARD_ARQC, CARD_TC, CARD_RFU }; /* in the order of their rank */

enum card_arpc { CARD_ARPC_EITHER, CARD_ARPC_ARC, CARD_ARPC_CSU };
enum card_auth { CARD_AUTH_NONE, CARD_AUTH_EXTERNAL, CARD_AUTH_CDOL2 };
enum card_oda { CARD_ODA_NONE, CARD_ODA_SDA, CARD_ODA_DDA, CARD_ODA_CDA };
enum card_endless { CARD_ENDS, CARD_ENDLESS_SAME, CARD_ENDLESS_COUNTING };

struct card_object {
	uint32_t tag;
	uint16_t len;
	uint8_t value[CARD_VALUE_MAX];
};

struct card_record {
	uint8_t sfi, number;
	uint16_t len;
	uint8_t data[CARD_RECORD_MAX];
};

/* Things that are wrong with an application on purpose. */
struct card_app_faults {
	bool issuer_hash, icc_hash, static_tampered, sdad_hash, sdad_cid, higher, sign_aac,
		pin_stuck;
	uint8_t issuer_expiry[2], icc_expiry[2], issuer_id[4], issuer_serial[3];
	bool has_issuer_expiry, has_icc_expiry, has_issuer_id, has_issuer_serial;
	char certificate_pan[PH_EMU_CARD_PAN_MAX];
	uint16_t gpo_status, script_status;
	uint32_t twice, overlong;
	unsigned truncate, deep;
	uint8_t template;
	uint8_t afl[64], df_name[CARD_AID_MAX];
	size_t afl_len, df_name_len;
	enum card_endless endless_next;
};

struct card_app {
	uint8_t aid[CARD_AID_MAX];
	size_t aid_len;
	char pan[PH_EMU_CARD_PAN_MAX];
	char label[17], preferred_name[17], languages[9];
	unsigned code_table, priority, sequence;
	bool confirm, blocked, risk, get_data, cvm_supported, no_pin_key;
	enum card_oda oda;
	enum card_auth auth;
	enum card_arpc arpc;
	enum card_key icc_key;
	enum card_type first, second, unable;
	unsigned gpo_format, ac_format;
	uint16_t atc, last_online_atc;
	char pin[13];
	unsigned pin_tries, pin_limit;
	uint8_t aip[2], master[PH_EMU_KEY_SIZE];
	struct card_object objects[CARD_OBJECTS];
	size_t object_count;
	struct card_record records[CARD_RECORDS];
	size_t record_count;
	struct card_app_faults faults;
};

const struct card_object *card_find(const struct card_app *app, uint32_t tag);
struct card_bytes card_value(const struct card_app *app, uint32_t tag);
/* Puts an object or replaces it. -ENOBUFS. */
int card_set(struct card_app *app, uint32_t tag, const void *value, size_t len);
void card_remove(struct card_app *app, uint32_t tag);

/* What a card remembers until its reset. */
struct card_session {
	struct card_app *app; /* selected; NULL: none, or the directory */
	bool directory;
	size_t selected; /* index of it, for "next occurrence" */
	unsigned nexts;
	bool ready; /* GET PROCESSING OPTIONS was answered */
	unsigned cryptograms;
	uint8_t pdol[CARD_VALUE_MAX], cdol1[CARD_VALUE_MAX];
	size_t pdol_len, cdol1_len;
	uint8_t session_key[PH_EMU_KEY_SIZE];
	uint8_t cryptogram[PH_EMU_AC_SIZE];
	enum card_type first_given;
	bool authenticated, authentication_failed, dda, pin_done, pin_failed;
	uint8_t challenge[8];
	bool challenged;
	uint8_t pending[PH_EMU_CARD_ANSWER_MAX]; /* T=0: to be fetched by GET RESPONSE */
	size_t pending_at, pending_len;
	uint16_t pending_status;
};

struct ph_emu_card {
	bool t0, pse, ppse, blocked, pse_rubbish, pulled;
	uint8_t atr[PH_EMU_CARD_ATR_MAX];
	size_t atr_len;
	struct card_app apps[CARD_APPLICATIONS];
	size_t app_count;
	unsigned mute_at, removed_at, random_at, short_at, delay_ms, delay_at, chunk;
	bool endless_61, endless_6c;
	unsigned commands, delay_now;
	uint64_t dice; /* state of its numbers, which are no secret */
	struct card_session session;
};

/* A command taken apart, and the answer it gets. */
struct card_command {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;
	size_t len; /* of data */
	bool wants; /* an answer: there is an Le */
	size_t le;  /* 256 for 00 */
};

struct card_answer {
	uint8_t data[PH_EMU_CARD_ANSWER_MAX];
	struct card_out out; /* into data */
	uint16_t status;
};

void card_random(struct ph_emu_card *card, uint8_t *out, size_t len);

// ---- commands; each fills in the answer, whose status is 9000 before ----

void card_select(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_read_record(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_get_data(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_processing_options(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_get_challenge(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_verify(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_internal_authenticate(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_external_authenticate(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_generate_ac(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
void card_script(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);

// ---- making: card_profile.c reads, card_build.c makes certificates and records ----

/* Signs what is to be signed; then makes records and locator. 0, or -ENOBUFS when something has no room. */
int card_build(struct card_app *app);
int card_build_files(struct card_app *app);
/* Certificates of the application, as objects. */
int card_certify(struct card_app *app, const struct card_bytes *static_data);

#endif
