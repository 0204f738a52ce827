/* Shared by the files of payments. */
#ifndef PH_DAEMON_PAYMENTS_PAYMENT_PRIVATE_H
#define PH_DAEMON_PAYMENTS_PAYMENT_PRIVATE_H

#include "base/currency.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/journal/journal_audit.h"
#include "daemon/journal/journal_payments.h"
#include "daemon/payments/acquirer.h"
#include "daemon/payments/card_facts.h"
#include "daemon/payments/forward.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment.h"
#include "poshal/types.h"

#include <systemd/sd-event.h>

/* Until an end that could not be stored is tried again, when somebody asks. */
#define PH_PAYMENT_AGAIN_MS 1000
#define PH_PAYMENT_CALLS    8 /* calls that wait for one payment; one more is Busy */

/* Where a payment stands; what each event does there is the table of payment.c. */
enum ph_pay_phase {
	PH_PHASE_BEGINNING, /* its row is being written */
	PH_PHASE_MEETING,   /* a reader's: the acquirer says which key its account is sealed to */
	PH_PHASE_MARKING,   /* a terminal's: it is being written that it may be known there */
	PH_PHASE_STARTING,  /* payment.start is with the driver */
	PH_PHASE_RUNNING,   /* with card or terminal */
	PH_PHASE_CHOOSING,  /* somebody has to choose */
	PH_PHASE_STORING,   /* D1 */
	PH_PHASE_ASKING,    /* the host is asked */
	PH_PHASE_KEEPING,   /* D2 or D3 of the record, before the card hears of it */
	PH_PHASE_HOLDING,   /* what the driver wants to be on disk */
	PH_PHASE_WEIGHING,  /* what the card was used for without the host is read */
	PH_PHASE_ACCEPTING, /* D4 of what stands without the host */
	PH_PHASE_ACCEPTED,  /* behind it: the driver's end changes nothing any more */
	PH_PHASE_REFUSING,  /* that policy has said no is written */
	PH_PHASE_ENDING,    /* D2, D3 or D4 of the payment */
	PH_PHASE_LOST,	    /* a terminal's: its driver is gone */
	PH_PHASE_FINDING,   /* payment.recover is with the driver */
	PH_PHASE_QUEUEING,  /* D1 of a completion */
	PH_PHASE_ADVISING,  /* the queue has it, until the host has answered */
	PH_PHASE_COUNT_
};

enum ph_pay_event {
	PH_EVENT_STORED,  /* `number`: what the journal said */
	PH_EVENT_STARTED, /* `failure`: or NULL */
	PH_EVENT_NEED,	  /* `json`: its params */
	PH_EVENT_CHOSEN,  /* `number`: which, -1 none */
	PH_EVENT_HOST,	  /* `answer` */
	PH_EVENT_END,	  /* `json`: params of payment.end */
	PH_EVENT_GONE,
	PH_EVENT_CANCEL,
	PH_EVENT_READY,
	PH_EVENT_TIME,
	PH_EVENT_COUNT_
};

struct ph_pay_news {
	int number;
	const cJSON *json;
	const struct ph_failure *failure;
	const struct ph_host_answer *answer;
};

enum ph_weigh_for { PH_WEIGH_NEED, PH_WEIGH_HOST, PH_WEIGH_CARD };

/* Of a payment that may stand without the host (payment_offline.c). */
struct ph_payment_stand {
	bool unreadable; /* what a need said of its bytes */
	bool has_facts;
	struct ph_card_facts facts;
	size_t sealed_len, icc_len; /* of the payment's sealed and icc */
	enum ph_weigh_for weighed_for;
	bool decided; /* both verdicts hold to its end */
	struct ph_offline_verdict verdicts[PH_FAMILY_COUNT_];
	bool unasked;	/* the host counts as away, and was not asked */
	bool away;	/* it was asked, and did not decide */
	char cause[24]; /* why: "host_no_answer" */
	uint64_t since_us;
	char arc[3];
	bool accepted; /* D4 is written, or being written */
	enum ph_record_kind kind;
	enum ph_family refused; /* where `limit` says no */
	char limit[24], text[PH_OFFLINE_TEXT_SIZE];
	struct ph_journal_card_use use;
	struct ph_journal_pay_accept accept;
};

struct ph_payment {
	struct ph_daemon *daemon;
	int64_t id; /* 0: not in the journal yet */
	char name[PH_PAYMENT_ID_SIZE];
	enum ph_pay_phase phase, holder; /* of HOLDING: where it came from, and goes back to */
	enum ph_class class_;
	char device_id[PH_NAME_MAX + 16];

	/* what was asked for */
	uint32_t uid, counter;
	char who[64], method[PH_NAME_MAX + 1], key[PH_KEY_MAX + 1];
	char type[16], currency[4];
	int64_t amount, cashback, original;
	char operator_name[PH_PAYMENT_TEXT_MAX + 1], reference[PH_PAYMENT_TEXT_MAX + 1];
	char why[PH_PAYMENT_TEXT_MAX + 1]; /* the caller's reason */
	char original_reference[PH_NAME_MAX + 1];
	bool original_offline; /* that one stands without the host, or did */
	int64_t original_amount;
	char before[PH_PAYMENT_BEFORE_MAX + 1];
	enum ph_offline_wish wish;
	uint64_t created_us;
	char *body;

	/* who waits */
	struct ph_call *calls[PH_PAYMENT_CALLS]; /* the first began it */
	unsigned call_count;
	struct ph_client *watcher; /* a D-Bus peer, or NULL */
	bool cancel_wanted, answered;
	bool resolved; /* somebody has said what became of it */

	/* what is known */
	char step[24];
	cJSON *choices;		      /* of the question in hand, or NULL */
	bool confirm, unchosen;	      /* the question is yes or no; nobody has answered one */
	bool cardless;		      /* nobody has shown a card in time */
	cJSON *need;		      /* what the driver waits for, or NULL */
	cJSON *card;		      /* members that may be told, or NULL */
	cJSON *receipts;	      /* of a terminal: by copy, or NULL */
	cJSON *end;		      /* of the driver, while something else comes first */
	bool gone;		      /* of a driver, the same */
	bool has_record;	      /* D1 was written */
	bool host_asked;	      /* its message may have left */
	bool host_answered, host_yes; /* D2 was written, or should have been */
	bool host_spoke;	      /* the host itself, not only the acquirer */
	const char *undecided;	      /* it was asked and has not decided: why, or NULL */
	bool reversing;		      /* D3 was written: the reversal waits for the end */
	bool refused; /* a completion that nobody sends any more, until somebody has looked */
	struct ph_record_row record, reversal;
	enum ph_record_state record_state; /* of D2 */
	int64_t host_amount;
	char response_code[3], approval_code[7], host_text[128];
	char *issuer; /* base64, or NULL */

	struct ph_payment_stand stand;

	/* how it ends */
	enum ph_pay_state state;
	bool reverse;
	int64_t amount_approved;
	char reason[64], message[256];
	cJSON *result;
	char *result_text, *detail;
	unsigned tries;
	bool end_refused; /* by the journal, for good: it ends as uncertain */

	/* requests to the journal, one at a time */
	struct ph_audit_entry audit;
	/* whose number is taken: configuration and acquirer may say another one meanwhile */
	char terminal[PH_NAME_MAX + 1];
	struct ph_journal_pay_begin begin;
	struct ph_journal_intent intent;
	struct ph_journal_advice advice;
	struct ph_journal_pay_result store;
	struct ph_journal_reverse undo;
	struct ph_journal_void_stored unstore;
	uint8_t *sealed, *icc;
	uint8_t *
		reversal_icc; /* field 55 of a reversal, as the card's side has it at its end; or NULL */
	size_t reversal_icc_len;
	struct ph_failure failure; /* why a new key is not taken */
	sd_event_source *timer;
	struct ph_payment *next;
};

struct ph_doubt;
struct ph_forward;

struct ph_payments {
	struct ph_payment *payments; /* oldest first */
	unsigned count;
	struct ph_acquirer *acquirer;
	struct ph_offline *offline;
	struct ph_forward *forward;
	struct ph_seal_keeper *seal_keeper;
	struct ph_doubt *doubts; /* oldest first */
	cJSON *queue_findings;	 /* what the doctor has found last in the queue, or NULL */
	bool watching, closing;
	bool day_ends; /* the host is asked for its sums */
};

/* ---- payment.c ---- */

/* Takes over `payment` and writes its first row. On a negative errno it is freed. */
int ph_payment_begin(struct ph_payment *payment);
void ph_payment_event(
	struct ph_payment *payment, enum ph_pay_event event, const struct ph_pay_news *news);
void ph_payment_free(struct ph_payment *payment); /* accepts NULL and half-built ones */
struct ph_payment *ph_payment_find(struct ph_daemon *daemon, int64_t id);
/* By the device that is in use for it, other than `except`. */
struct ph_payment *ph_payment_on(
	struct ph_daemon *daemon, const char *device, const struct ph_payment *except);
/* True when a call may be added; else it was answered Busy. */
bool ph_payment_join(struct ph_payment *payment, struct ph_call *call);
/* PH_EVENT_TIME after so long, in place of what was set before. */
void ph_payment_timer(struct ph_payment *payment, unsigned ms);
/* The id this till has at the host: as configured, else as the acquirer says; "" while nobody has said. */
const char *ph_payments_terminal(const struct ph_daemon *daemon);
/* The same, for a request to the journal: the payment's own copy. */
const char *ph_payment_terminal(struct ph_payment *payment);
/* True, with a sentence, when configuration and acquirer do not agree on it. */
bool ph_payments_terminal_differs(const struct ph_daemon *daemon, char *text, size_t size);
/* Tells echo messages whether anything is pending. */
void ph_payments_watch(struct ph_daemon *daemon);
/* One that the journal has and that goes on; the row is copied. */
struct ph_payment *ph_payment_from_row(struct ph_daemon *daemon, const struct ph_payment_row *row);

/* ---- payment_end.c ---- */

/* The driver has ended, or can say nothing more: decides, and writes D2, D3 or D4. */
void ph_payment_conclude(struct ph_payment *payment, const cJSON *end);
/* Its answer as an object and as text, from what is known. */
void ph_payment_write_result(struct ph_payment *payment);
/* Its end is on disk: it is told, and the payment freed. */
void ph_payment_finished(struct ph_payment *payment);
/* The same with words of our own. */
void ph_payment_finish(struct ph_payment *payment, enum ph_pay_state state, const char *reason,
	const char *message);
void ph_payment_on_end_stored(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_end_again(struct ph_payment *payment, const struct ph_pay_news *news);
/* Answers whoever waits that it is not known, and goes on. */
void ph_payment_answer_uncertain(struct ph_payment *payment, const char *why);

/* The result of one that somebody ends without its terminal, JSON text; and that end, once it is on disk. */
char *ph_payment_result_by_hand(const struct ph_payment *payment);
void ph_payment_end_by_hand(struct ph_payment *payment, cJSON *result); /* frees it */

/* ---- what neighbours say ---- */

/* A member that is text; "" where there is none. */
static inline const char *ph_payment_text(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

/* ---- payment_host.c ---- */

/* Bytes of a base64 member, owned by the caller in place of *ret; -EINVAL, -ENOMEM. Absent: none. */
int ph_payment_bytes(
	const cJSON *object, const char *name, size_t max, uint8_t **ret, size_t *ret_len);
/* D1, and then the host. */
void ph_payment_ask_host(struct ph_payment *payment);
/* The card decides without it. */
void ph_payment_proceed_without(struct ph_payment *payment);
/* Of the card, 0 to 99; -1: not known. Whether the reader takes a PIN: 1, 0, -1. */
int ph_payment_sequence(const struct ph_payment *payment);
int ph_payment_pin(const struct ph_payment *payment);
void ph_payment_on_intent_stored(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_host(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_kept(struct ph_payment *payment, const struct ph_pay_news *news);

void ph_payment_take_answer(struct ph_payment *payment, const cJSON *result);

/* ---- payment_offline.c ---- */

/* Reads what stands, from the journal, once the service has it. */
void ph_offline_load(struct ph_daemon *daemon);
/* Whether configuration and caller allow it at all. */
bool ph_payment_may_stand(const struct ph_payment *payment);
void ph_payment_take_need(struct ph_payment *payment);
void ph_payment_on_need_online(struct ph_payment *payment);
/* The card has approved it by itself. */
void ph_payment_on_need_offline(struct ph_payment *payment);
/* The host was asked, and has not decided; what is written of that is on disk. */
void ph_payment_without_host(struct ph_payment *payment, const char *cause);
/* Nor can it: the journal did not take what has to be there before. */
void ph_payment_cannot_stand(struct ph_payment *payment);
/* The driver has ended as declined. True: that is not the last word, what follows comes later. */
bool ph_payment_stands_in(struct ph_payment *payment, const cJSON *end);
void ph_payment_voice(struct ph_payment *payment);
void ph_payment_add_stand(const struct ph_payment *payment, cJSON *result);
void ph_payment_on_weighed(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_accepted(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_accepted_end(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_refused(struct ph_payment *payment, const struct ph_pay_news *news);

/* ---- payment_advice.c ---- */

/* Writes a completion down (D1), and puts it into the queue. */
void ph_payment_advise(struct ph_payment *payment);
void ph_payment_on_advice_stored(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_advice_late(struct ph_payment *payment, const struct ph_pay_news *news);
/* A call waits for something that may take days: for so long, then it is Uncertain. */
void ph_payment_wait(struct ph_payment *payment);
/* Whether the payment waits for what the host says to its completion. */
bool ph_payment_is_advising(struct ph_daemon *daemon, int64_t payment);
/* A final state of a completion's record, that is not on disk yet: its payment ends. */
void ph_payment_advised(struct ph_daemon *daemon, const struct ph_record_row *row,
	enum ph_record_state state, const struct ph_host_answer *answer);
/* Nobody sends it any more, until somebody has looked: who waits is told. */
void ph_payment_advice_refused(struct ph_daemon *daemon, const struct ph_record_row *row);
/* One that a start has found: it is sent again; then what is told of its card is fetched. */
void ph_payment_resume_advice(struct ph_payment *payment, const struct ph_record_row *record);
void ph_payment_recover_advice(struct ph_payment *payment);
/* What an earlier payment's result says of the card. */
void ph_payment_take_original(struct ph_payment *payment, const struct ph_payment_row *row);

/* ---- payment_driver.c ---- */

/* Requests to the driver. False: it is not there. */
bool ph_payment_send_start(struct ph_payment *payment, bool recover);
bool ph_payment_send_cancel(struct ph_payment *payment);
void ph_payment_ask_choice(struct ph_payment *payment);
void ph_payment_on_chosen(struct ph_payment *payment, const struct ph_pay_news *news);
void ph_payment_on_choice_late(struct ph_payment *payment, const struct ph_pay_news *news);
/* True where the driver may still end it: in HOLDING before a terminal's command leaves. */
bool ph_payment_may_cancel(const struct ph_payment *payment);
void ph_payment_on_cancel_held(struct ph_payment *payment, const struct ph_pay_news *news);
bool ph_payment_proceed(struct ph_payment *payment, cJSON *params);
/* A reader has something else to wait for than a card. */
void ph_payment_has_card(struct ph_payment *payment);
void ph_payment_on_card_late(struct ph_payment *payment, const struct ph_pay_news *news);

/* ---- payment_view.c ---- */

/* Whether a text of a neighbour shows what may be an account number: it is left out then. */
bool ph_payment_tells_account(const char *text);

/* Adds the time (wall clock) as text; 0: nothing. */
void ph_payment_add_time(cJSON *object, const char *name, uint64_t wall_us);
/* Adds the members of `from` that may be told; numbers that look like an account are left out. */
void ph_payment_take_card(struct ph_payment *payment, const cJSON *from);
cJSON *ph_payment_result(const struct ph_payment *payment);
cJSON *ph_payment_describe(const struct ph_payment *payment);
cJSON *ph_payment_describe_row(const struct ph_payment_row *row);
void ph_payment_publish(const struct ph_payment *payment);
void ph_payment_tell_progress(struct ph_payment *payment, const char *step, const char *text);

/* ---- payment_receipt.c ---- */

/* Customer's and merchant's receipt of a payment at a card reader; owned by the caller. */
cJSON *ph_payment_receipts(const struct ph_payment *payment, const cJSON *result);

/* ---- payment_words.c ---- */

/* For the cashier, of one that was not approved; `response_code` may be "". NULL: nothing is known to say. */
const char *ph_payment_sentence(const char *reason, const char *response_code);
/* The key of `payment` has been used for another: Exists, with what that is and the first member that differs. */
void ph_payment_taken(const struct ph_payment *payment, const struct ph_payment_row *row,
	struct ph_failure *ret_failure);
/* The same of one that is under way. */
void ph_payment_taken_live(const struct ph_payment *payment, const struct ph_payment *live,
	struct ph_failure *ret_failure);

/* ---- payment_work.c ---- */

/* A payment ended as uncertain: nothing is begun at its terminal until somebody has said what became of it. */
void ph_doubt_add(struct ph_daemon *daemon, int64_t payment, const char *device, const char *type);
void ph_doubts_done(struct ph_daemon *daemon);
/* False, and why, while somebody has to look there. */
bool ph_doubt_admits(
	const struct ph_daemon *daemon, const char *device, struct ph_failure *ret_failure);

#endif
