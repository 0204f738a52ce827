/* Finding payments for methods. */
#ifndef PH_DAEMON_PAYMENTS_PAYMENT_QUERY_H
#define PH_DAEMON_PAYMENTS_PAYMENT_QUERY_H

struct ph_call;
struct ph_device;
struct ph_payment;
struct ph_payment_row;

/* The payment of a call's `payment` (id, or key of the caller) that is under way, or NULL. */
struct ph_payment *ph_payment_live(struct ph_call *call);

/* The same from the journal; found() is called with it, or the call is answered here. */
void ph_payment_look_up(struct ph_call *call,
	void (*found)(struct ph_call *call, const struct ph_payment_row *row));

/* The device of a call's `device`, else the one for payments. Answers the call itself and returns NULL when there is none. */
struct ph_device *ph_payment_device(struct ph_call *call);

#endif
