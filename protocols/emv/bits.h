/* Bits and codes of EMV data elements, as masks over whole values. Source: EMV Book 3, annex C. */
#ifndef PH_PROTOCOLS_EMV_BITS_H
#define PH_PROTOCOLS_EMV_BITS_H

#include <stdint.h>

#define PH_TVR_SIZE 5

/* Terminal verification results: five bytes as one number, the first byte highest. */
#define PH_TVR(byte, mask)	     ((uint64_t)(mask) << ((PH_TVR_SIZE - (byte)) * 8))
#define PH_TVR_ODA_NOT_PERFORMED     PH_TVR(1, 0x80)
#define PH_TVR_SDA_FAILED	     PH_TVR(1, 0x40)
#define PH_TVR_ICC_DATA_MISSING	     PH_TVR(1, 0x20)
#define PH_TVR_EXCEPTION_FILE	     PH_TVR(1, 0x10)
#define PH_TVR_DDA_FAILED	     PH_TVR(1, 0x08)
#define PH_TVR_CDA_FAILED	     PH_TVR(1, 0x04)
#define PH_TVR_SDA_SELECTED	     PH_TVR(1, 0x02)
#define PH_TVR_VERSIONS_DIFFER	     PH_TVR(2, 0x80)
#define PH_TVR_EXPIRED		     PH_TVR(2, 0x40)
#define PH_TVR_NOT_YET_EFFECTIVE     PH_TVR(2, 0x20)
#define PH_TVR_SERVICE_NOT_ALLOWED   PH_TVR(2, 0x10)
#define PH_TVR_NEW_CARD		     PH_TVR(2, 0x08)
#define PH_TVR_CVM_FAILED	     PH_TVR(3, 0x80)
#define PH_TVR_CVM_UNRECOGNISED	     PH_TVR(3, 0x40)
#define PH_TVR_PIN_TRY_LIMIT	     PH_TVR(3, 0x20)
#define PH_TVR_PIN_PAD_ABSENT	     PH_TVR(3, 0x10)
#define PH_TVR_PIN_NOT_ENTERED	     PH_TVR(3, 0x08)
#define PH_TVR_PIN_ONLINE	     PH_TVR(3, 0x04)
#define PH_TVR_FLOOR_LIMIT	     PH_TVR(4, 0x80)
#define PH_TVR_LOWER_LIMIT	     PH_TVR(4, 0x40)
#define PH_TVR_UPPER_LIMIT	     PH_TVR(4, 0x20)
#define PH_TVR_RANDOM		     PH_TVR(4, 0x10)
#define PH_TVR_FORCED_ONLINE	     PH_TVR(4, 0x08)
#define PH_TVR_DEFAULT_TDOL	     PH_TVR(5, 0x80)
#define PH_TVR_ISSUER_AUTHENTICATION PH_TVR(5, 0x40)
#define PH_TVR_SCRIPT_BEFORE	     PH_TVR(5, 0x20)
#define PH_TVR_SCRIPT_AFTER	     PH_TVR(5, 0x10)

/* Transaction status information, first byte; the second is 00. */
#define PH_TSI_ODA		     0x80
#define PH_TSI_CVM		     0x40
#define PH_TSI_CARD_RISK	     0x20
#define PH_TSI_ISSUER_AUTHENTICATION 0x10
#define PH_TSI_TERMINAL_RISK	     0x08
#define PH_TSI_SCRIPT		     0x04

/* Application interchange profile, first byte. */
#define PH_AIP_SDA		     0x40
#define PH_AIP_DDA		     0x20
#define PH_AIP_CVM		     0x10
#define PH_AIP_RISK		     0x08
#define PH_AIP_ISSUER_AUTHENTICATION 0x04
#define PH_AIP_CDA		     0x01

/* Cryptogram information data. */
#define PH_CID_TYPE   0xc0
#define PH_CID_AAC    0x00
#define PH_CID_TC     0x40
#define PH_CID_ARQC   0x80
#define PH_CID_ADVICE 0x08
#define PH_CID_REASON 0x07 /* why: service not allowed, no PIN tries left, issuer not believed */

/* First parameter of GENERATE AC, beside the types above. */
#define PH_AC_CDA 0x10

/* Terminal capabilities: three bytes as one number. */
#define PH_CAP_STRIPE	      0x400000
#define PH_CAP_CONTACTS	      0x200000
#define PH_CAP_PIN_PLAIN      0x008000
#define PH_CAP_PIN_ONLINE     0x004000
#define PH_CAP_SIGNATURE      0x002000
#define PH_CAP_PIN_ENCIPHERED 0x001000
#define PH_CAP_NO_CVM	      0x000800
#define PH_CAP_SDA	      0x000080
#define PH_CAP_DDA	      0x000040
#define PH_CAP_CDA	      0x000008

/* Application usage control: two bytes as one number. */
#define PH_AUC_CASH_DOMESTIC	      0x8000
#define PH_AUC_CASH_INTERNATIONAL     0x4000
#define PH_AUC_GOODS_DOMESTIC	      0x2000
#define PH_AUC_GOODS_INTERNATIONAL    0x1000
#define PH_AUC_SERVICES_DOMESTIC      0x0800
#define PH_AUC_SERVICES_INTERNATIONAL 0x0400
#define PH_AUC_ATM		      0x0200
#define PH_AUC_NOT_ATM		      0x0100
#define PH_AUC_CASHBACK_DOMESTIC      0x0080
#define PH_AUC_CASHBACK_INTERNATIONAL 0x0040

/* Status words. */
#define PH_SW_OK		0x9000
#define PH_SW_NO_RECORD		0x6a83
#define PH_SW_NOT_FOUND		0x6a82
#define PH_SW_BLOCKED		0x6a81 /* the card, where an application is selected */
#define PH_SW_DEACTIVATED	0x6283 /* the application is blocked */
#define PH_SW_CONDITIONS	0x6985
#define PH_SW_PIN_BLOCKED	0x6983
#define PH_SW_REFERENCE_INVALID 0x6984

#endif
