/* Finding payments for methods. */
#ifndef PH_DAEMON_PAYMENTS_PAYMENT_QUERY_H
#define PH_DAEMON_PAYMENTS_PAYMENT_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct ph_call;
struct ph_device;
struct ph_payment;
struct ph_payment_row;

/* The payment of a call's `payment` (id, or key of the caller) that is under way, or NULL. */
struct ph_payment *ph_payment_live(struct ph_call *call);

/* The same from the journal; found() is called with it, or the call is answered here. */
void ph_payment_look_up(struct ph_call *call,
	void (*found)(struct ph_call *call, const struct ph_payment_row *row));

/* RFC 3339 in UTC, to the second; -EINVAL. */
int ph_payment_moment(const char *text, uint64_t *ret_us);

/* The device of a call's `device`, else the one for payments. Answers the call itself and returns NULL when there is none. */
struct ph_device *ph_payment_device(struct ph_call *call);

/* Whether money can be of that currency here. Answers the call itself when it cannot. */
bool ph_payment_currency_ok(struct ph_call *call, const char *code);

#endif
