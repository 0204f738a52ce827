/*
 * The host of a card acquirer: answers ISO 8583:1987, or as a gateway JSON over HTTP, on one TCP connection, keeps a ledger in which each financial effect is
 * booked once, and does what goes wrong with hosts. Account numbers are forgotten but for their last four digits.
 *
 * Source: ISO 8583:1987; the meaning of the cents follows the public test pages of acquirers.
 */
#ifndef PH_EMULATORS_MODELS_HOST_H
#define PH_EMULATORS_MODELS_HOST_H

#include "emulators/models/host_json.h"
#include "emulators/models/unit.h"

#define PH_EMU_HOST_BOOKINGS 131072u /* further messages are answered 96 and not booked */
#define PH_EMU_HOST_FAULTS   8u	     /* set at once; one more is -ENOBUFS */
#define PH_EMU_HOST_PENDING  64u     /* answers on their way; one more is lost and counted */

enum ph_emu_host_header {
	PH_EMU_HEADER_2B,      /* two bytes, high one first; the length of what follows */
	PH_EMU_HEADER_2B_INCL, /* the same, its own two bytes counted */
	PH_EMU_HEADER_4A,      /* four digits */
	PH_EMU_HEADER_4B,      /* four bytes, high one first */
	PH_EMU_HEADER_2BCD,    /* two bytes, two digits each */
	PH_EMU_HEADER_COUNT_,
};

struct ph_emu_host_config {
	bool json;		      /* a gateway: HTTP and JSON in place of ISO 8583 */
	char word[EMU_HTTP_WORD_MAX]; /* of a gateway: in Authorization; "": none */
	enum ph_emu_packing packing;
	enum ph_emu_host_header header;
	bool tpdu;	     /* five bytes of addresses before the message, swapped in the answer */
	bool by_cents;	     /* the cents of an amount choose the answer */
	bool check_icc;	     /* a wrong cryptogram is declined, a good one gets an ARPC */
	bool csu;	     /* the ARPC by method 2, with a card status update */
	bool keeps_day;	     /* the day stays open behind totals that agree */
	unsigned timeout_ms; /* how long terminals wait, so that a late answer is late */
};

enum ph_emu_kind {
	PH_EMU_KIND_SALE,
	PH_EMU_KIND_REFUND,
	PH_EMU_KIND_PREAUTH,
	PH_EMU_KIND_COMPLETION,
	PH_EMU_KIND_REVERSAL,
	PH_EMU_KIND_COUNT_,
};

/* A message of the ledger, by terminal, trace number, time and class. */
struct ph_emu_booking {
	enum ph_emu_kind kind;
	char mti[5], terminal[9], stan[7], sent[11], rrn[13], approval[7], code[3], currency[4];
	char card[5];		/* last four digits */
	uint64_t amount;	/* that was booked, in minor units */
	bool booked;		/* it has a financial effect: approved, or an advice */
	bool reversed;		/* it has none any more */
	bool completed;		/* a reservation: what was reserved is taken */
	unsigned repeats;	/* the message came again, with its repeat form */
	unsigned duplicates;	/* it came again in its first form */
	char original_stan[7];	/* reversal, completion */
	char original_sent[11]; /* reversal, completion */
	bool found;		/* reversal: its original was here */
	uint64_t print;		/* of all fields but the type */
	uint64_t use;		/* of a card: its number and counter (9F36), hashed; 0: unknown */
	uint8_t chosen[4];	/* the unpredictable number (9F37) of that; 0: unknown */
	uint32_t next[3];	/* of the index */
};

/* A 0500: what was told, so that its repeat is told the same. */
struct ph_emu_day {
	char terminal[9], stan[7], sent[11];
	bool agreed;
	uint64_t count[4], amount[4]; /* credits, their reversals, debits, theirs */
};

struct ph_emu_host_counts {
	unsigned messages, answers, echoes, sign_ons, sign_offs;
	unsigned unreadable, unmatched; /* not ISO 8583; answers nobody asked for */
	unsigned repeats, duplicates;
	unsigned unmarked; /* advices and reversals that came again without the repeat type */
	unsigned repeats_changed;   /* what came again differed in a field */
	unsigned totals, days;	    /* reconciliations; days closed by them */
	unsigned reversals_unknown; /* whose original was not here when they came */
	unsigned reversals_early;   /* and then it came */
	/* of the same use of a card (number and counter) as a message that stands: it should have been undone first */
	unsigned successors_early;
	unsigned advices_early;	      /* those of them that are advices */
	unsigned reversals_late;      /* whose original was not here, but its successor was */
	unsigned stans_reused;	      /* requests with a trace number this terminal has used */
	unsigned completions_refused; /* of nothing reserved, of more than that, or once more */
	unsigned icc_good, icc_wrong;
	unsigned lost; /* answers there was no room for */
	unsigned struck;
	unsigned refused; /* requests of a gateway with a status but 200 */
};

struct ph_emu_host_fault {
	const char *word;
	char on[5];	/* beginning of the message types; "": all but network management */
	unsigned times; /* 0: until it is cleared */
	unsigned ms;
};

struct emu_host_answer {
	uint64_t due_us;
	uint8_t *bytes; /* complete with header; NULL: free */
	size_t len;
	bool held; /* until another answer has gone */
};

struct ph_emu_host {
	struct ph_emu_unit unit;
	struct ph_emu_host_config config;
	struct ph_emu_host_counts counts;
	struct ph_emu_booking *bookings;
	size_t n_bookings, size_bookings;
	uint32_t *heads[3]; /* of the index; its size is a power of two */
	size_t size_heads;
	size_t day; /* the first booking of the open day */
	struct ph_emu_day last_day;
	unsigned n_booked, n_reversals;
	struct ph_emu_host_fault faults[PH_EMU_HOST_FAULTS];
	size_t n_faults;
	char response[3]; /* of all requests; "": as the amount says */
	struct emu_host_answer pending[PH_EMU_HOST_PENDING];
	unsigned last_field; /* of the last message that could not be read */
	unsigned approvals;
	unsigned own_stan;
	uint8_t rx[EMU_ISO_MAX + 16];
	size_t rx_len;
	uint8_t tpdu[5];
	struct emu_http http; /* of the request in hand */
};

void ph_emu_host_config_default(struct ph_emu_host_config *config);
void ph_emu_host_init(struct ph_emu_host *h, const struct ph_emu_host_config *config);
void ph_emu_host_done(struct ph_emu_host *h);

/* "ascii", "mixed", "bcd"; "2b", "2b-incl", "4a", "4b", "2bcd"; negative for another word. */
int ph_emu_packing_parse(const char *word);
int ph_emu_header_parse(const char *word);
const char *ph_emu_kind_name(enum ph_emu_kind kind);

/* "none" clears all. -EINVAL for an unknown word, -ENOBUFS when there are too many. */
int ph_emu_host_fault(
	struct ph_emu_host *h, const char *word, const char *on, unsigned times, unsigned ms);
/* Forgets ledger and counters. */
void ph_emu_host_reset(struct ph_emu_host *h);
/* Tells the terminal that the day is closed. */
void ph_emu_host_cutover(struct ph_emu_host *h, uint64_t now_us);

#endif
