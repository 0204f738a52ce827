/*
 * What a terminal says of a transaction (04 0F) and of itself. Account data are not read but for the number, and that is masked.
 *
 * Source: PA00P015, chapters "Status-Information", "Intermediate status", "Completion", "Status-Enquiry".
 */
#ifndef PH_PROTOCOLS_ZVT_RESULT_H
#define PH_PROTOCOLS_ZVT_RESULT_H

#include "protocols/zvt/codes.h"
#include "protocols/zvt/command.h"

/* Which members of a result were there. */
enum ph_zvt_has {
	PH_ZVT_HAS_CODE = 0x1,
	PH_ZVT_HAS_AMOUNT = 0x2,
	PH_ZVT_HAS_CURRENCY = 0x4,
	PH_ZVT_HAS_RECEIPT = 0x8,
	PH_ZVT_HAS_TRACE = 0x10,
	PH_ZVT_HAS_TURNOVER = 0x20,
	PH_ZVT_HAS_ORIGINAL = 0x40, /* it undid the one with that trace number */
	PH_ZVT_HAS_TERMINAL = 0x80,
	PH_ZVT_HAS_TIME = 0x100, /* date and time */
	PH_ZVT_HAS_TYPE = 0x200,
	PH_ZVT_HAS_ATTRIBUTE = 0x400,
	PH_ZVT_HAS_IDENTIFIER = 0x800,
	PH_ZVT_HAS_TOTALS = 0x1000,
	PH_ZVT_HAS_CVM = 0x2000,
	PH_ZVT_HAS_TECHNOLOGY = 0x4000,
	PH_ZVT_HAS_SEQUENCE = 0x8000,
	PH_ZVT_HAS_CASHBACK = 0x10000,
};

#define PH_ZVT_KINDS 7 /* kinds of cards in the totals */

struct ph_zvt_result {
	unsigned has;
	/* It could not be read to its end: a bitmap nobody knows, a length that lies. What is in front of it is here. */
	bool incomplete;
	uint8_t code;
	uint64_t amount, cashback;
	unsigned currency, receipt, turnover, sequence;
	uint64_t trace; /* the long one where there is one */
	unsigned original_trace, terminal;
	unsigned date, time; /* MMDD, HHMMSS by the terminal's clock */
	uint8_t type;	     /* 40 offline, 50 checked, 60 online, 70 PIN or EMV */
	uint8_t cvm;	     /* tag 1F10 */
	uint8_t technology;  /* 0 stripe, 1 chip, 2 contactless */
	uint8_t attribute[PH_ZVT_ATTRIBUTE_SIZE];
	uint8_t identifier[PH_ZVT_IDENTIFIER_MAX];
	size_t identifier_len;
	/* The turnover since the last end of day: of all, and by the kinds of cards of ph_zvt_kind_text(). */
	uint64_t total_count, total_sum;
	struct ph_zvt_turnover {
		uint64_t count, sum;
	} turnovers[PH_ZVT_KINDS];
	char masked_pan[39], card_name[64], aid[33];
	char text[160]; /* of the host or the maker, UTF-8 */
};

/* Reads the data of a 04 0F; texts are in `charset`. Everything is set. */
void ph_zvt_read_result(
	const uint8_t *data, size_t len, uint8_t charset, struct ph_zvt_result *ret_result);

struct ph_zvt_intermediate {
	uint8_t status;
	int minutes;	/* the new T4; -1: as it was */
	char text[160]; /* of tag 24, or "" */
};

/* Reads the data of a 04 FF. -EBADMSG without a status. */
int ph_zvt_read_intermediate(
	const uint8_t *data, size_t len, uint8_t charset, struct ph_zvt_intermediate *ret_status);

/* The state of the terminal in the completion of a status enquiry; -EBADMSG. */
int ph_zvt_read_state(const uint8_t *data, size_t len);

struct ph_zvt_registered {
	uint8_t status; /* bits: 01 initialisation needed, 02 diagnosis needed, 04 OPT action needed */
	unsigned terminal, currency; /* 0: not said */
	int charset;		     /* agreed on; -1: CP437 */
};

/* Reads the completion of a registration. */
void ph_zvt_read_registered(
	const uint8_t *data, size_t len, struct ph_zvt_registered *ret_registered);

#endif
