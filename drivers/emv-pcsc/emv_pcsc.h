/* Shared by the files of the card reader's driver. What is in a struct secrets lives in a ph_secret and is wiped after each payment. */
#ifndef PH_DRIVERS_EMV_PCSC_H
#define PH_DRIVERS_EMV_PCSC_H

#include "base/secret.h"
#include "drivers/emv-pcsc/fingerprint.h"
#include "poshal/driver.h"
#include "protocols/emv/kernel.h"
#include "protocols/emv/reader_const.h"
#include "protocols/sealed/sealed.h"

#include <sys/stat.h>

#define EMV_READER_NAME_MAX  128
#define EMV_PIN_FEATURES_MAX 4
#define EMV_PATH_SIZE	     1024
#define EMV_WHY_SIZE	     EMV_FINGERPRINT_WHY_SIZE
#define EMV_SPLITS	     32 /* accounts whose last sale is remembered, for split sales */

/* What is expected from the reader. */
enum emv_asked {
	EMV_ASKED_NOTHING,
	EMV_ASKED_CARD,	  /* CONNECT or RESET */
	EMV_ASKED_ANSWER, /* a command of the kernel */
	EMV_ASKED_PPSE,	  /* the directory of a contactless card */
	EMV_ASKED_DIRECT, /* a command of card.transmit */
};

/* What a payment waits for beside the reader. */
enum emv_phase {
	EMV_IDLE,
	EMV_WAIT_CARD, /* nobody has put one in */
	EMV_CARD,      /* the card has the word */
	EMV_CHOICE,
	EMV_HOST,
	EMV_STORE,
};

struct emv_secrets {
	struct ph_t0 t0;
	struct ph_account account;
	uint8_t packet[PH_READER_PACKET_MAX];
	uint8_t direct[PH_APDU_COMMAND_MAX]; /* of card.transmit, until the card is there */
	size_t direct_len;
};

/* A public key of the acquirer's process. */
struct emv_key {
	uint8_t key[PH_SEAL_PUBLIC];
	char kid[PH_SEAL_KID_MAX + 1]; /* "": none */
};

_Static_assert(PH_SEAL_PUBLIC == PH_PAYMENT_KEY_SIZE && PH_SEAL_KID_MAX == PH_PAYMENT_KID_MAX,
	"a key of the driver protocol is one to seal with");

/* What cards are told apart by: cards.c. */
struct emv_cards {
	bool wanted;	       /* a sale may stand without the host: a key is needed */
	struct ph_secret *key; /* of fingerprints; NULL: there is none */
	struct ph_deny_list list;
	bool list_good;	   /* signed, and as it must be */
	bool list_current; /* and made with our key, and has not expired */
	struct stat
		seen[3];  /* key, list, its signature, when they were read; all zero: not there */
	unsigned reasons; /* PH_REASON_BIT() of what is wrong with them */
	char said[2][EMV_WHY_SIZE]; /* what was logged of key and list last */
};

struct emv_state {
	struct ph_device *device;
	struct ph_emv_parameters *parameters; /* owned */
	struct ph_emv_world world;
	struct ph_emv *emv;
	struct ph_secret *secret;
	struct emv_key pinned; /* of the option seal_key: no other is taken */
	struct emv_key seal;   /* of the payment in hand */

	enum ph_reader_state reader;
	char reader_name[EMV_READER_NAME_MAX];
	bool seen;    /* the first STATE has come */
	bool powered; /* the card is ours */
	bool t0;      /* it speaks T=0 */
	enum emv_asked asked;
	unsigned stale;	 /* answers to come that nobody waits for any more */
	unsigned expiry; /* PH_REASON_BIT() of what was told of it, or 0 */
	const char *pin_features[EMV_PIN_FEATURES_MAX + 1]; /* of a PIN pad; ends with NULL */

	/* the payment in hand */
	enum emv_phase phase;
	bool started;			   /* the kernel has it */
	bool confirming;		   /* of EMV_CHOICE: yes or no was asked */
	struct ph_payment_request request; /* its strings are the copies below */
	char payment[PH_NAME_MAX + 1], currency[4];
	uint64_t card_ms;  /* time the card has used up */
	uint64_t since_ms; /* the card has the word since */
	bool timed;	   /* a timer runs, until the card has used up its time or before */

	/* card.transmit */
	bool direct_selected; /* an application that is not for payments */

	struct emv_split {
		uint8_t account[16]; /* keyed hash */
		uint64_t amount;
	} splits[EMV_SPLITS];
	unsigned split_next;
	uint8_t split_now[16]; /* the account of the payment in hand */
	uint8_t split_key[32];

	struct emv_cards cards;
	bool host_unable; /* of the payment in hand: the service has said so */

	struct emv_recording *recording; /* record.c; NULL: nothing is recorded */
};

static inline struct emv_secrets *emv_secrets(const struct emv_state *state)
{
	return ph_secret_memory(state->secret);
}

/* ---- reader.c: packets ---- */

/* Sends one packet; `data` may be NULL. */
void emv_reader_send(struct emv_state *state, uint8_t kind, const void *data, size_t len);
/* Takes the card, or resets it. What comes is told to the payment, or to card.transmit. */
void emv_reader_connect(struct emv_state *state);
void emv_reader_release(struct emv_state *state);
/* device.status: the card as the reader knows it, and what runs out. */
void emv_reader_tell_status(struct emv_state *state);
void emv_reader_packet(struct emv_state *state, const uint8_t *packet, size_t len);
/* Sends a command, through the T=0 adapter where the card needs it. */
void emv_reader_command(
	struct emv_state *state, enum emv_asked what, const uint8_t *apdu, size_t len);

/* ---- flow.c: the payment ---- */

int emv_payment_start(struct ph_device *device, const struct ph_payment_request *request);
void emv_payment_begin(struct ph_device *device);
int emv_payment_proceed(struct ph_device *device, const struct ph_payment_answer *answer);
int emv_payment_cancel(struct ph_device *device, const char *payment);
void emv_payment_tick(struct emv_state *state);
/* What the reader says while a payment is in hand. */
void emv_payment_card(struct emv_state *state, const uint8_t *atr, size_t len);
void emv_payment_answer(struct emv_state *state, const uint8_t *answer, size_t len);
void emv_payment_state(struct emv_state *state);
void emv_payment_fault(struct emv_state *state, enum ph_reader_fault fault);
/* The reader or pcscd is gone: ends it. */
void emv_payment_lost(struct emv_state *state);

/* ---- account.c: what is told of a card ---- */

/* The sealed records of the card in the kernel, for payment.need. -ENOKEY: there is no key; -EBADMSG: no PAN or expiry. */
int emv_account_seal(struct emv_state *state, struct cJSON *data, bool once);
/* "card" of a need, and "data" of an end. NULL without memory. */
struct cJSON *emv_account_describe(const struct emv_state *state);
/* Adds field 55. */
int emv_account_icc(const struct emv_state *state, enum ph_emv_message message, struct cJSON *data);
/* The digits of an account number of the card. How many, or -EBADMSG; whoever has them wipes them. */
int emv_account_digits(const uint8_t *pan, size_t len, uint8_t ret_digits[PH_PAN_MAX]);
/* Split sales: the last amount of this account here; and that the payment in hand was approved. */
uint64_t emv_account_earlier(void *context, const uint8_t *pan, size_t len, int sequence);
void emv_account_note(struct emv_state *state);

/* ---- facts.c: what is said of a card that may pay without the host ---- */

/* Adds "facts". -EBADMSG: there is no account number; -ENOMEM. */
int emv_facts_add(struct emv_state *state, struct cJSON *data);

/* ---- cards.c: the key of fingerprints and the list of denied cards ---- */

/* Reads again what has changed on disk since, on `date`. Whether the reasons are others than before. `offline`: a key is wanted. */
bool emv_cards_refresh(struct emv_state *state, uint32_t date, bool offline);
void emv_cards_done(struct emv_state *state);
/* Whether an account is on the list, as far as is known. */
bool emv_cards_listed(void *context, const uint8_t *pan, size_t len, int sequence);
enum emv_denied { EMV_DENIED_NO, EMV_DENIED_YES, EMV_DENIED_UNKNOWN };
enum emv_denied emv_cards_denied(
	const struct emv_state *state, const uint8_t fingerprint[PH_FINGERPRINT_SIZE]);

/* ---- direct.c: card.transmit ---- */

int emv_direct_transmit(struct ph_device *device, const uint8_t *command, size_t len);
void emv_direct_card(struct emv_state *state);
void emv_direct_answer(struct emv_state *state, const uint8_t *answer, size_t len);
void emv_direct_fault(struct emv_state *state, enum ph_reader_fault fault);
void emv_direct_lost(struct emv_state *state);

/* ---- record.c: what may be written down of a session ---- */

extern const struct ph_record_ops emv_record_ops;
extern const char *const emv_check_words[PH_EMV_CHECK_COUNT_]; /* of the lines "check" */
/* Random numbers the kernel has drawn. */
void emv_record_random(struct emv_state *state, const uint8_t *bytes, size_t len);
/* What a check of the kernel came to; `context` is the state. */
void emv_record_checked(void *context, struct ph_emv_checked *checked);
void emv_record_done(struct emv_state *state);

/* ---- files.c: what stands on disk ---- */

/* Reads parameters and the key to seal with, by the options. 0, or -EINVAL after ph_option_refuse(). */
int emv_files_load(struct emv_state *state);
/* On `date` (YYYYMMDD): logs, once, what runs out or has, and sets `expiry`. Whether that is another than before. */
bool emv_files_check(struct emv_state *state, uint32_t date);
/* All reasons of the reader, PH_REASON_BIT() each. */
unsigned emv_files_reasons(const struct emv_state *state);
/* The key of whoever signs files for this reader; a file he has signed; and the name of its signature. why[] says what is wrong. */
int emv_files_signer(const struct emv_state *state, uint8_t ret_key[32], char why[EMV_WHY_SIZE]);
int emv_files_signed(const char *path, size_t max, const uint8_t signer[32], char **ret_text,
	size_t *ret_len, char why[EMV_WHY_SIZE]);
int emv_signature_path(const char *path, char ret_path[EMV_PATH_SIZE]);

extern const struct ph_driver ph_driver_emv_pcsc;

#endif
