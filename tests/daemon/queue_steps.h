/* What the tests of the queue do with a journal: each call submits, waits, and gives the result. Its request stays to be looked at. */
#ifndef PH_TESTS_QUEUE_STEPS_H
#define PH_TESTS_QUEUE_STEPS_H

#include "daemon/journal/journal_queue.h"
#include "tests/daemon/journal_fixture.h"

#define TID    "TID12345"
#define SEALED "sealed bytes of an account"

struct queue_steps {
	struct ph_journal_pay_begin begin;
	struct ph_journal_intent intent;
	struct ph_journal_reverse reverse;
	struct ph_journal_record_move move;
	struct ph_journal_pay_accept accept;
	struct ph_journal_take take;
	struct ph_journal_forwarded forwarded;
	struct ph_journal_supersede supersede;
	struct ph_journal_queue_act act;
	struct ph_journal_void_stored voided;
	struct ph_journal_queue_list list;
	struct ph_journal_queue_totals totals;
	struct ph_journal_queue_glance glance;
	int keys;
};
extern struct queue_steps q;

void steps_setup(void);
void steps_teardown(void);

/* A payment of a key of its own; its id. */
int64_t step_pay(const char *type, int64_t amount);
int64_t step_pay_in(const char *type, int64_t amount, const char *currency, int64_t original);
int step_intent(int64_t payment);
/* The host's yes to a request, and the end of its payment. */
int step_approve(int64_t payment, int64_t record);
int step_reverse(int64_t payment);
int step_move(int64_t record, enum ph_record_state state);

/* With what is set in q.accept.limits and the like by the caller before; the rest is filled in. */
int step_accept(int64_t payment, enum ph_record_kind kind);
/* A payment and its record, without limits; the record's id. */
int64_t step_stand(enum ph_record_kind kind, int64_t amount);
int step_take(uint32_t max);
int step_answer(int64_t record, enum ph_record_state state, const char *code);
int step_supersede(int64_t record);
int step_not_now(int64_t record);
int step_act(int64_t payment, enum ph_queue_act act);
int step_void(int64_t payment);
int step_list(enum ph_queue_filter filter);
int step_totals(void);
int step_glance(void);

/* The exposure as stored must be that of the rows, the totals must agree, and a glance say the same. Returns the count of what is not final. */
uint32_t step_check(void);
/* The same from the rows of the closed file, in other words; and account data is where a message can need it, and nowhere else. */
void step_check_file(void);

#endif
