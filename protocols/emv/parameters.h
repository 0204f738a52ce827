/*
 * What a terminal is configured with: itself, the applications it takes, and the authorities' keys. They come from a signed
 * file (docs/emv-parameters.md), read by protocols/emv/parameters_file.h; the kernel gets these structs only.
 */
#ifndef PH_PROTOCOLS_EMV_PARAMETERS_H
#define PH_PROTOCOLS_EMV_PARAMETERS_H

#include "protocols/emv/certificate.h"

#include <stdbool.h>
#include <stdint.h>

#define PH_AID_MAX	    16
#define PH_AID_MIN	    5
#define PH_APPLICATIONS_MAX 32 /* rows of one terminal */
#define PH_CA_KEYS_MAX	    128
#define PH_REVOKED_MAX	    256

/* Values of the data elements, in the form the card gets them. */
struct ph_emv_terminal {
	uint8_t type;		    /* 9F35: 0x22 attended merchant, offline with online */
	uint32_t capabilities;	    /* 9F33, PH_CAP_ bits */
	uint8_t additional[5];	    /* 9F40 */
	uint16_t country;	    /* 9F1A, BCD: 0x0276 */
	uint16_t mcc;		    /* 9F15, BCD */
	char merchant_id[15 + 1];   /* 9F16 */
	char terminal_id[8 + 1];    /* 9F1C */
	char serial[8 + 1];	    /* 9F1E */
	char merchant_name[40 + 1]; /* 9F4E */
	uint64_t acquirer;	    /* 9F01, BCD, 6 bytes */
	bool bypass_pin; /* the merchant may let somebody pay without the PIN asked for */
	bool offline_at_once; /* host away: decide by the default codes at once instead of asking for an ARQC first */
};

/* An application, by its AID. */
struct ph_emv_application {
	uint8_t aid[PH_AID_MAX];
	uint8_t aid_len;
	bool partial;				      /* ASI: names that begin so are taken, too */
	char scheme[16 + 1];			      /* for people: "Visa" */
	uint16_t version;			      /* 9F09 */
	uint64_t tac_denial, tac_online, tac_default; /* five bytes as in bits.h */
	uint64_t floor_limit;			      /* minor units of `currency` */
	uint16_t currency;			      /* BCD, of the limits */
	uint8_t currency_exponent;
	uint8_t random_target, random_max; /* per cent, 0 <= target <= max <= 99 */
	uint64_t random_threshold;	   /* below floor_limit */
	uint8_t ddol[32], tdol[32];	   /* defaults; length 0: none */
	uint8_t ddol_len, tdol_len;
};

struct ph_emv_parameters {
	struct ph_emv_terminal terminal;
	struct ph_emv_application applications[PH_APPLICATIONS_MAX];
	size_t application_count;
	struct ph_emv_ca_key keys[PH_CA_KEYS_MAX];
	size_t key_count;
	struct ph_emv_revoked revoked[PH_REVOKED_MAX];
	size_t revoked_count;
	uint32_t expires; /* YYYYMMDD: the file's own; 0 never */
	bool test;	  /* holds test keys: payments with it are no payments */
};

#endif
