/*
 * A card payment terminal that speaks ZVT with a till: over TCP, or over a serial line with blocks and checksums. It has a ledger with
 * receipt numbers, and does what goes wrong with terminals. It knows no account number, only one that is masked already.
 *
 * Source: ZVT protocol PA00P015 revision 13.08 (commands, bitmaps) and PA00P016 revision 04 (transport).
 */
#ifndef PH_EMULATORS_MODELS_ZVT_H
#define PH_EMULATORS_MODELS_ZVT_H

#include "emulators/models/unit.h"

#define PH_EMU_TERMINAL_ENTRIES 4096u /* further transactions end with "memory full" */
#define PH_EMU_TERMINAL_FAULTS	8u    /* set at once; one more is -ENOBUFS */
#define EMU_ZVT_APDU_MAX	1500u /* of the till; a longer one breaks the connection */
#define EMU_ZVT_STEPS		96u
#define EMU_ZVT_TEXT		40u

/* What it does when the till is gone in the middle of a command. */
enum ph_emu_terminal_alone {
	PH_EMU_TERMINAL_STOPS, /* ends it; what is not acknowledged is undone at once where it undoes */
	PH_EMU_TERMINAL_GOES_ON, /* to its end, and is busy meanwhile */
	PH_EMU_TERMINAL_LATE, /* ends it, is at rest, and undoes what is not acknowledged only T3 later */
	PH_EMU_TERMINAL_ALONE_COUNT_,
};

struct ph_emu_terminal_config {
	bool serial;	    /* blocks with checksum and acknowledgement; else bare over TCP */
	bool auto_reversal; /* a result nobody has acknowledged is undone; else it stays */
	bool strict;	    /* also when what follows it, up to the end, is not acknowledged */
	bool by_cents;	    /* the cents of an amount choose what happens */
	enum ph_emu_terminal_alone alone;
	bool closes;	    /* the connection behind each command */
	unsigned answer_ms; /* T3: how long it waits for an answer */
	unsigned pace_ms;   /* between two things it does */
	unsigned receipt;   /* first receipt number, 1 to 9999 */
	char id[9];	    /* eight digits */
	char password[7];
};

enum ph_emu_terminal_kind {
	PH_EMU_TERMINAL_SALE,
	PH_EMU_TERMINAL_REFUND,
	PH_EMU_TERMINAL_PREAUTH,
	PH_EMU_TERMINAL_BOOK, /* of a pre-authorization */
	PH_EMU_TERMINAL_TIP,
	PH_EMU_TERMINAL_REVERSAL,
	PH_EMU_TERMINAL_KIND_COUNT_,
};

struct ph_emu_terminal_entry {
	enum ph_emu_terminal_kind kind;
	uint64_t amount;	  /* minor units */
	unsigned receipt, trace;  /* four digits, six digits */
	unsigned original;	  /* receipt number; 0 none */
	unsigned original_trace;  /* of a reversal */
	bool acknowledged;	  /* the till has answered its 04 0F */
	bool reversed, by_itself; /* undone; and it was not asked to */
	bool closed;		  /* by an end of day */
	char approval[7];
	uint8_t date[2], time[3]; /* BCD: MMDD, HHMMSS */
	unsigned card;		  /* row of the table of cards */
};

struct ph_emu_terminal_counts {
	unsigned commands, unknown, results, acknowledged, refused, auto_reversals;
	unsigned naks, repeats, bad_blocks, duplicates; /* serial */
	unsigned receipts;				/* printed by the till */
	unsigned unexpected, wrong_passwords, struck;
};

struct ph_emu_terminal_fault {
	const char *word;
	unsigned times; /* 0: until it is cleared */
};

/* Code of the faults "refused" and "aborted" when none is set: an end of day is not possible. */
#define PH_EMU_TERMINAL_FAULT_CODE 0x77

enum emu_zvt_step_kind {
	EMU_ZVT_STATUS,	 /* 04 FF */
	EMU_ZVT_CARD,	 /* waits for a card */
	EMU_ZVT_BLOCKED, /* asks the till for its list */
	EMU_ZVT_BOOK,	 /* what the host would do */
	EMU_ZVT_RESULT,	 /* 04 0F of the entry */
	EMU_ZVT_BAD,	 /* 04 0F with a result code only */
	EMU_ZVT_TOTALS,
	EMU_ZVT_DATE,
	EMU_ZVT_LINE,  /* of a receipt */
	EMU_ZVT_DONE,  /* 06 0F */
	EMU_ZVT_ABORT, /* 06 1E */
};

struct emu_zvt_step {
	enum emu_zvt_step_kind kind;
	uint8_t code;	      /* status byte, result code, attribute of a line */
	uint8_t receipt_type; /* of a line */
	char text[EMU_ZVT_TEXT];
};

struct emu_zvt_request {
	uint8_t class, instr;
	bool has_amount, has_currency, has_receipt, has_tlv;
	uint64_t amount;
	unsigned currency, receipt;
	uint8_t service;
	const uint8_t *tlv;
	size_t tlv_len;
};

struct ph_emu_terminal {
	struct ph_emu_unit unit;
	struct ph_emu_terminal_config config;
	struct ph_emu_terminal_counts counts;
	struct ph_emu_terminal_entry *entries;
	size_t n_entries;
	struct ph_emu_terminal_fault faults[PH_EMU_TERMINAL_FAULTS];
	size_t n_faults;
	int64_t clock_us; /* wall clock minus the caller's clock */
	const char *card; /* a word of the table; "none": waits for one */
	bool connected;
	uint8_t needs; /* status byte of a registration: 1 initialisation, 2 diagnosis, 4 action */
	uint8_t fault_code; /* of "refused" and "aborted" */

	/* registration */
	uint8_t registered; /* config byte */
	bool tlv;	    /* the till understands containers */
	bool block_print, blocked_list;
	uint8_t charset;	 /* of receipts, FF CP437, 0F ISO 8859-15 */
	unsigned receipt, trace; /* of the next entry */

	/* what runs */
	struct emu_zvt_step steps[EMU_ZVT_STEPS];
	size_t n_steps, at_step;
	bool running, waiting_card, awaiting;
	struct emu_zvt_step awaited;
	uint64_t next_us, answer_us; /* of the next step; the answer is missing then */
	struct ph_emu_terminal_entry draft;
	long entry; /* that runs; -1 none */
	bool run_tlv, closing;
	bool detached; /* the till that began it is gone */
	long undo;     /* entry that is undone at `undo_us`; -1 none */
	uint64_t undo_us;
	bool books; /* the last command does: faults of the line strike */
	unsigned asked_again;
	uint8_t service;
	const char *fault; /* that struck this command, or NULL */

	/* line */
	uint8_t rx[EMU_ZVT_APDU_MAX + 8];
	size_t rx_len;
	bool escaped, in_block;
	unsigned crc_bytes;
	uint8_t crc[2];
	uint64_t heard_us;
	uint8_t last[EMU_ZVT_APDU_MAX]; /* APDU taken last, to know it again */
	size_t last_len;
	bool ack_lost;
	uint8_t out[4][EMU_ZVT_APDU_MAX]; /* APDUs to send; the first may wait for its ACK */
	size_t out_len[4], n_out;
	bool unacked;
	unsigned tries;
	uint64_t ack_us;
};

void ph_emu_terminal_config_default(struct ph_emu_terminal_config *config);
void ph_emu_terminal_init(struct ph_emu_terminal *t, const struct ph_emu_terminal_config *config);
void ph_emu_terminal_done(struct ph_emu_terminal *t);
const char *ph_emu_terminal_kind_name(enum ph_emu_terminal_kind kind);
/* "stops", "goes_on", "late"; -EINVAL for another. */
int ph_emu_terminal_alone(const char *word);
const char *ph_emu_terminal_alone_name(enum ph_emu_terminal_alone alone);
/* Books a sale of another till at this terminal, acknowledged. */
void ph_emu_terminal_other_till(struct ph_emu_terminal *t, uint64_t now_us, uint64_t amount);
/* Its memory is lost: no transaction is left. Receipt numbers go on. */
void ph_emu_terminal_forget(struct ph_emu_terminal *t);
/* "none" clears all. -EINVAL for an unknown word, -ENOBUFS when there are too many. */
int ph_emu_terminal_fault(struct ph_emu_terminal *t, const char *word, unsigned times);
/* "good", "visa", "expired", "unreadable", "unknown", "declined", or "none" (nobody has put one in). -EINVAL for another. */
int ph_emu_terminal_card(struct ph_emu_terminal *t, uint64_t now_us, const char *word);
/* The masked number of a card of an entry. */
const char *ph_emu_terminal_card_text(const struct ph_emu_terminal_entry *e);

#endif
