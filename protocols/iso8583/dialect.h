/*
 * What one acquirer's host expects beyond the form of its fields: which field is in which message, what its codes mean, which
 * data of a chip it gets. All of it is data of a file (dialect_file.h). Pure.
 */
#ifndef PH_PROTOCOLS_ISO8583_DIALECT_H
#define PH_PROTOCOLS_ISO8583_DIALECT_H

#include "protocols/iso8583/frame.h"

#define PH_ISO_RULES_MAX 24
#define PH_ISO_CODES_MAX 64
#define PH_ISO_ICC_MAX	 48 /* tags of one list */
#define PH_ISO_ICC_BYTES 999
#define PH_ISO_MARKS_MAX 4  /* fields of one mark */
#define PH_ISO_MARK_SIZE 33 /* characters of a value, and a NUL */

/* What is asked of the host. */
enum ph_iso_type {
	PH_ISO_SALE,
	PH_ISO_REFUND,
	PH_ISO_PREAUTH,
	PH_ISO_COMPLETE,
	PH_ISO_TYPE_COUNT_
};

/* How the number was read: field 22. */
enum ph_iso_entry { PH_ISO_CHIP, PH_ISO_STRIPE, PH_ISO_MANUAL, PH_ISO_ENTRY_COUNT_ };

enum ph_iso_pin { PH_ISO_PIN_UNKNOWN, PH_ISO_PIN_YES, PH_ISO_PIN_NO, PH_ISO_PIN_COUNT_ };

/* Why something is undone: field 39 of a reversal. */
enum ph_iso_reason { PH_ISO_TIMEOUT, PH_ISO_CANCELLED, PH_ISO_MALFUNCTION, PH_ISO_REASON_COUNT_ };

/* What a response code means. */
enum ph_iso_decision {
	PH_ISO_DECLINED, /* any code that is in no list */
	PH_ISO_APPROVED,
	PH_ISO_PARTIAL,
	PH_ISO_REFERRED,
	PH_ISO_SOFT,	   /* not now */
	PH_ISO_FORMAT_BAD, /* "format": the message is not taken */
	PH_ISO_DUPLICATE,
	PH_ISO_NOT_FOUND,
	PH_ISO_UNKNOWN, /* the host does not know itself what became of it */
	PH_ISO_DECISION_COUNT_
};

/* Data of the chip, by message. */
enum ph_iso_icc { PH_ISO_ICC_REQUEST, PH_ISO_ICC_ADVICE, PH_ISO_ICC_REVERSAL, PH_ISO_ICC_COUNT_ };

/* What a message says beside its type: fields of the dialect, "marks". */
enum ph_iso_mark {
	PH_ISO_DEFERRED, /* the merchant has taken it without the issuer, who is asked only now */
	PH_ISO_VOICE,	 /* the issuer has approved it by telephone */
	PH_ISO_MARK_COUNT_
};

/* Fields of a message, as bits like ph_iso_message.present. */
struct ph_iso_rule {
	char mti[5];
	uint64_t must[2];
	uint64_t may[2];  /* when there is a value */
	uint64_t chip[2]; /* the same, and the card was read by its chip */
};

struct ph_iso_tags {
	uint32_t tags[PH_ISO_ICC_MAX];
	unsigned len;
};

struct ph_iso_dialect {
	char name[PH_ISO_NAME_SIZE];
	struct ph_iso_table table;
	struct ph_iso_framing framing;
	struct ph_iso_rule rules[PH_ISO_RULES_MAX];
	unsigned rule_count;
	struct {
		char code[2];
		enum ph_iso_decision decision;
	} codes[PH_ISO_CODES_MAX];
	unsigned code_count;
	struct {
		char mti[5];
		char processing[7]; /* field 3 */
		char condition[3];  /* field 25 */
	} types[PH_ISO_TYPE_COUNT_];
	char cashback[7];     /* field 3 of a sale with cashback */
	char reversal_mti[5]; /* 0420, or 0400 */
	char advice_mti[5];   /* of what is approved already, 0220; "": none */
	struct {
		char mti[5];	 /* 0500, or 0520; "": none */
		char debits[2];	 /* sign of field 97 when there is more of debits: "C" or "D" */
		char credits[2]; /* the same of credits */
	} reconcile;
	struct {
		unsigned field;
		char value[PH_ISO_MARK_SIZE];
	} marks[PH_ISO_MARK_COUNT_][PH_ISO_MARKS_MAX]; /* field 0: no more */
	char entries[PH_ISO_ENTRY_COUNT_][3], pins[PH_ISO_PIN_COUNT_][2];
	char reasons[PH_ISO_REASON_COUNT_][3];
	struct ph_iso_tags icc_must[PH_ISO_ICC_COUNT_], icc_may[PH_ISO_ICC_COUNT_];
	struct ph_iso_tags icc_answer; /* what is handed to the card */
	bool sign_on;
	bool request_repeat;   /* the host takes 0101 and 0201 */
	bool partial_approval; /* the host may approve less */
	unsigned echo_s, echo_timeout_ms;
};

/* The rule for a message; a repeat has that of the first. NULL: it is not in this dialect. */
const struct ph_iso_rule *ph_iso_rule(const struct ph_iso_dialect *dialect, const char mti[4]);

enum ph_iso_decision ph_iso_decide(const struct ph_iso_dialect *dialect, const uint8_t code[2]);

/* "approved" ... "not_found"; "unknown". */
const char *ph_iso_decision_name(enum ph_iso_decision decision);

/*
 * Leaves out of a field 55 what this message does not have in this dialect. Account data, the cardholder's name and PIN data
 * (57, 5A, 5F20, 56, 9F1F, 9F20, 99) are left out whatever the dialect says. Returns the bytes written; -EBADMSG: no TLV;
 * -ENOENT: `*ret_missing` must be there; -ENOBUFS.
 */
ssize_t ph_iso_icc_filter(const struct ph_iso_dialect *dialect, enum ph_iso_icc icc,
	const uint8_t *data, size_t len, uint8_t out[PH_ISO_ICC_BYTES], uint32_t *ret_missing);

/* The same for an answer's: what the card gets. */
ssize_t ph_iso_icc_answer(const struct ph_iso_dialect *dialect, const uint8_t *data, size_t len,
	uint8_t out[PH_ISO_ICC_BYTES]);

#endif
