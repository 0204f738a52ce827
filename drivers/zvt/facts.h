/* What a terminal held at a moment, as words that poshald keeps and gives back. */
#ifndef PH_DRIVERS_ZVT_FACTS_H
#define PH_DRIVERS_ZVT_FACTS_H

#include "poshal/limits.h"
#include "protocols/zvt/result.h"

#define FACTS_TEXT_MAX 512 /* bytes, below PH_PAYMENT_BEFORE_MAX */

enum fact {
	FACT_UNKNOWN, /* it could not be asked */
	FACT_NONE,    /* it holds no transaction */
	FACT_KNOWN,
};

/* Enough of a transaction to know it again. */
struct transaction {
	enum fact known;
	bool trace_set, turnover_set;
	unsigned receipt, turnover;
	uint64_t trace;
};

/* Before the first byte of a payment, and what was stored of its result. */
struct facts {
	struct transaction last;
	bool totals_set;
	uint64_t count, sum;
	uint64_t start; /* YYYYMMDDHHMMSS by our clock; 0: not known */
	/* The result that was stored, before the terminal was told so. */
	bool result_set;
	uint8_t code;
	uint64_t amount;
	struct transaction result;
};

struct transaction transaction_of(const struct ph_zvt_result *result);

/* Whether both are one transaction, as far as can be seen. */
bool transaction_same(const struct transaction *a, const struct transaction *b);

void facts_write(const struct facts *facts, char out[FACTS_TEXT_MAX]);

/* What is not in the text, or wrong in it, is unknown. `text` may be NULL. */
void facts_read(const char *text, struct facts *ret_facts);

/*
 * The terminal's own name of a transaction for a later void or completion: "receipt=0042 trace=000123 attribute=31323334-35360000 reserved"; `out` gets
 * at most PH_NAME_MAX bytes.
 */
void reference_write(const struct ph_zvt_result *result, bool reserved, char out[PH_NAME_MAX + 1]);

/* Reads one into an order. `ret_reserved`: it was a reservation. -EINVAL. */
int reference_read(const char *text, struct ph_zvt_order *order, bool *ret_reserved);

#endif
