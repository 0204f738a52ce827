/*
 * Takes the account out of a session between reader and card, so that it may be written down and played back. What stays is
 * a list; everything else a card or issuer says becomes zeros of the same length, so that the session takes the same way. Of
 * the account number at most the first six and last four digits stay. Certificates and signatures go too: whoever has the
 * public keys finds the number in them, or its hash. Pure, without allocation. Source: EMV Book 3, annex A; PCI DSS 3.4.
 */
#ifndef PH_PROTOCOLS_EMV_MASK_H
#define PH_PROTOCOLS_EMV_MASK_H

#include <stddef.h>
#include <stdint.h>

#define PH_MASK_FIRST 6 /* digits of a number that stay */
#define PH_MASK_LAST  4
#define PH_MASK_NUMBERS                                                                            \
	8 /* different account numbers of a session; one more is masked where its tag stands */
#define PH_MASK_ANSWER 4096 /* bytes of one answer in its parts; a longer one becomes zeros */

enum ph_emv_said_kind {
	PH_EMV_SAID_COMMAND, /* as the card gets it: an APDU, or with T=0 a TPDU */
	PH_EMV_SAID_ANSWER,  /* data and status word */
	PH_EMV_SAID_OTHER,   /* an ATR, a text: only numbers known from the card are taken out */
};

struct ph_emv_said {
	enum ph_emv_said_kind kind;
	uint8_t *data; /* masked in place */
	size_t len;
};

/*
 * Masks a session, from the card's answer to reset to its end. A second run changes nothing. Answers that are no TLV are
 * masked from where they stop being TLV, but for their status word.
 */
void ph_emv_mask(struct ph_emv_said *said, size_t count);

/* The same for what an issuer sends (91, 71, 72, 8A): script commands keep their five bytes of header. */
void ph_emv_mask_issuer(uint8_t *data, size_t len);

/* Of runs of 13 and more digits in a text the middle, as of a number. */
void ph_emv_mask_text(char *text, size_t len);

#endif
