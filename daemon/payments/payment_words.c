// Sentences for people behind the words and codes with which a payment ends. What happened is decided elsewhere.
#include "base/cleanup.h"
#include "base/currency.h"
#include "daemon/payments/payment_private.h"

#include <stdio.h>
#include <string.h>

#define ISSUER_CALLED "the issuer wants to be called before this card is taken"

struct sentence {
	const char *word, *text;
};

/* Source: ISO 8583:1987, response codes (field 39), as hosts commonly use them. */
static const struct sentence codes[] = {
	{"01", ISSUER_CALLED},
	{"02", ISSUER_CALLED},
	{"03", "the host does not know this merchant: call its service"},
	{"04", "the issuer declines, and wants the card to be kept"},
	{"05", "the issuer declines and gives no reason: take another means of payment"},
	{"06", "the host has an error: try again"},
	{"07", "the issuer declines, and wants the card to be kept"},
	{"12", "this kind of payment is not possible with this card"},
	{"13", "the host does not take this amount"},
	{"14", "the issuer does not know the number of this card: try another one"},
	{"15", "the host does not know the issuer of this card: try another one"},
	{"19", "the host wants it to be tried again"},
	{"33", "the card has expired: take another one"},
	{"34", "the issuer declines, and wants the card to be kept"},
	{"36", "the issuer has restricted this card: try another one"},
	{"38", "a wrong PIN was entered too often: take another card"},
	{"41", "the issuer declines: the card was reported lost"},
	{"43", "the issuer declines: the card was reported stolen"},
	{"51", "there is not enough money on the account: take another means of payment"},
	{"54", "the card has expired: take another one"},
	{"55", "the PIN was wrong: try again"},
	{"57", "this card is not for payments of this kind: take another one"},
	{"58", "this till is not admitted to payments of this kind: call the host's service"},
	{"59", "the issuer declines: it suspects a fraud"},
	{"61", "the amount is above the limit of the card: take another means of payment"},
	{"62", "the issuer has restricted this card: try another one"},
	{"65", "the card was used too often today: take another means of payment"},
	{"75", "a wrong PIN was entered too often: take another card"},
	{"78", "the card is not in use yet, or blocked: take another one"},
	{"91", "the issuer cannot be reached: try again, or take another means of payment"},
	{"92", "the way to the issuer is not known: take another card"},
	{"96", "the host has an error: try again, or take another means of payment"},
};

static const struct sentence reasons[] = {
	{"host_away", "the host cannot be reached; nothing was taken: try again, or take another "
		      "means of payment"},
	{"host_no_answer", "no answer from the host; if it has booked anything it is being undone"},
	{"host_duplicate", "the host takes it for one it has had already; if it has booked "
			   "anything it is being undone"},
	{"host_sick", "the host cannot decide now; nothing was taken: try again, or take another "
		      "means of payment"},
	{"offline_limit", "the host cannot be asked, and without it no more is accepted; nothing "
			  "was taken"},
	{"host_declined", "the host declines; nothing was taken: take another means of payment"},
	{"host_referred", ISSUER_CALLED},
	{"referred", ISSUER_CALLED},
	{"host_not_now", "the host cannot decide now; nothing was taken: try again, or take "
			 "another means of payment"},
	{"host_rejected",
		"the host does not understand the request; nothing was taken: call its service"},
	{"host_not_asked", "the host was not asked; nothing was taken"},
	{"not_authorised", "the host has not approved; nothing was taken"},
	{"journal", "it cannot be stored on this till, so it does not stand: call the technician"},
	{"service_restarted", "the service was restarted in the middle of it: it does not stand, "
			      "and if the host has "
			      "booked anything it is being undone"},
	{"cancelled", "it was cancelled; nothing was taken"},
	{"not_chosen", "nobody has chosen an application of the card; nothing was taken"},
	{"device_lost", "the reader was lost in the middle of it; nothing was taken"},
	{"refunded", "it is more than is left of what was taken"},
	{"nothing_to_undo", "there is nothing to undo"},
	{"completed_or_refunded", "it was completed or given back meanwhile, and cannot be undone"},
};

static const char *find(const struct sentence *table, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].word, word))
			return table[i].text;
	return NULL;
}

const char *ph_payment_sentence(const char *reason, const char *response_code)
{
	static const char *const of_host[] = {
		"host_declined", "host_referred", "host_not_now", "host_rejected"};
	const char *text = NULL;

	for (size_t i = 0; i < PH_ARRAY_SIZE(of_host) && !text; i++)
		if (!strcmp(of_host[i], reason))
			text = find(codes, PH_ARRAY_SIZE(codes), response_code);
	return text ?: find(reasons, PH_ARRAY_SIZE(reasons), reason);
}

/* ---- a key that is taken ---- */

/* The parameter that is not as in the payment that has the key; the device, when nothing else is. */
static const char *first_difference(
	const struct ph_payment *payment, const struct ph_payment_row *row)
{
	if (payment->original != row->original)
		return "payment";
	if (strcmp(payment->type, row->type) != 0)
		return "type";
	if (payment->amount != row->amount)
		return "amount";
	if (strcmp(payment->currency, row->currency) != 0)
		return "currency";
	if (payment->cashback != row->cashback)
		return "cashback";
	if (strcmp(payment->reference, row->reference) != 0)
		return "reference";
	return payment->approval_code[0] ? "approval_code" : "device";
}

static const char *noun(const char *type)
{
	static const struct sentence nouns[] = {{"preauth", "reservation"},
		{"complete", "completion"}, {"end_of_day", "closed day"}};

	return find(nouns, PH_ARRAY_SIZE(nouns), type) ?: type;
}

void ph_payment_taken(const struct ph_payment *payment, const struct ph_payment_row *row,
	struct ph_failure *ret_failure)
{
	char name[PH_PAYMENT_ID_SIZE] = "a payment just begun", amount[PH_AMOUNT_SIZE];

	if (row->id)
		ph_payment_id_format(row->id, name);
	ph_currency_format(row->amount, row->currency, true, amount);
	ph_failure_set(ret_failure, PH_E_EXISTS, payment->device_id,
		"key `%s` is %s, a %s of %s, %s; this request differs in `%s`", payment->key, name,
		noun(row->type), amount,
		ph_pay_is_final(row->state) ? ph_pay_state_name(row->state) : "under way",
		first_difference(payment, row));
	ph_failure_hint(ret_failure, "ask payment.get; use a new key only if another payment is "
				     "meant: it would be taken, too");
}

void ph_payment_taken_live(const struct ph_payment *payment, const struct ph_payment *live,
	struct ph_failure *ret_failure)
{
	struct ph_payment_row row = {.id = live->id,
		.amount = live->amount,
		.cashback = live->cashback,
		.original = live->original,
		.state = PH_PAY_STARTED};

	snprintf(row.type, sizeof row.type, "%s", live->type);
	snprintf(row.currency, sizeof row.currency, "%s", live->currency);
	snprintf(row.reference, sizeof row.reference, "%s", live->reference);
	ph_payment_taken(payment, &row, ret_failure);
}
