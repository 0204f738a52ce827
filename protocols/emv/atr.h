/* Answer to reset: whether EMV allows it, and what it says. Source: EMV Level 1 contact interface, 8; ISO/IEC 7816-3. */
#ifndef PH_PROTOCOLS_EMV_ATR_H
#define PH_PROTOCOLS_EMV_ATR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_ATR_MAX 33

enum ph_atr_verdict {
	PH_ATR_GOOD,
	PH_ATR_WARM_RESET,  /* not allowed after a cold reset; reset once more */
	PH_ATR_REJECT,	    /* not allowed after the warm one either */
	PH_ATR_CONTACTLESS, /* a reader's own ATR for a card in its field: PC/SC part 3, 3.1.3.2.3 */
};

struct ph_atr {
	bool t1; /* T=1; else T=0 */
	uint8_t historical[15];
	uint8_t historical_len;
	const char *
		why; /* which byte is not allowed ("TB1", "TCK", "length"); static, NULL when good */
};

/* `warm`: this is the answer to a warm reset. A bad one is never an error: the verdict says what to do. */
enum ph_atr_verdict ph_atr_read(const uint8_t *atr, size_t len, bool warm, struct ph_atr *ret_atr);

#endif
