/*
 * Messages the register sends. Passwords are six digits, amounts are in minor units.
 *
 * Source: PA00P015, chapters of the commands named.
 */
#ifndef PH_PROTOCOLS_ZVT_COMMAND_H
#define PH_PROTOCOLS_ZVT_COMMAND_H

#include "protocols/zvt/apdu.h"

#include <stdbool.h>

#define PH_ZVT_COMMAND_MAX    256 /* bytes of a message built here */
#define PH_ZVT_IDENTIFIER_MAX 32  /* bytes of tag 1F1F */
#define PH_ZVT_ATTRIBUTE_SIZE 8
#define PH_ZVT_RECEIPT_LIST   10000 /* as a receipt: FFFF, "which are there?" */

struct ph_zvt_registration {
	unsigned password;
	uint8_t config;	   /* PH_ZVT_CONFIG_ */
	unsigned currency; /* ISO 4217 number */
	bool block_print;  /* 06 D3 is understood as well */
	bool charset_set;  /* ask for texts in `charset` */
	uint8_t charset;
};

/* Each returns the length of the message, or -ENOBUFS. */
ssize_t ph_zvt_build_registration(
	const struct ph_zvt_registration *registration, uint8_t *out, size_t size);

/* What the commands about money say; a command takes of it what it has. */
struct ph_zvt_order {
	uint16_t code; /* PH_ZVT_AUTHORISATION ... */
	unsigned password;
	bool amount_set;
	uint64_t amount;
	uint64_t cashback; /* of an authorisation; 0: none */
	unsigned currency;
	unsigned receipt; /* 0 to 9999, or PH_ZVT_RECEIPT_LIST */
	bool trace_set;
	unsigned trace;
	bool attribute_set;
	uint8_t attribute[PH_ZVT_ATTRIBUTE_SIZE];
	/* The transaction accepted last, as the terminal called it: tag 1F1F. Of no bytes: none is known. */
	bool identifier_set;
	uint8_t identifier[PH_ZVT_IDENTIFIER_MAX];
	size_t identifier_len;
};

/* -EOPNOTSUPP: not a command about money. */
ssize_t ph_zvt_build_order(const struct ph_zvt_order *order, uint8_t *out, size_t size);

/* Those that have a password or nothing: totals, status enquiry, end of day, send offline; log off, abort, diagnosis. */
ssize_t ph_zvt_build_simple(uint16_t code, unsigned password, uint8_t *out, size_t size);

/* `service`: PH_ZVT_REPEAT_ bits. */
ssize_t ph_zvt_build_repeat(unsigned password, uint8_t service, uint8_t *out, size_t size);

/* One line on the terminal's display; ASCII, at most 99 bytes. */
ssize_t ph_zvt_build_display(unsigned seconds, const char *line, uint8_t *out, size_t size);

/* 80 00 00 for 0, else 84 `error` 00. */
ssize_t ph_zvt_build_answer(uint8_t error, uint8_t *out, size_t size);

#endif
