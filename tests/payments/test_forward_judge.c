// What the host's answers make of records of the queue, and the words a person is told.
#include "daemon/payments/forward_judge.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_record_row row;

static void setup(void)
{
	row = (struct ph_record_row){.id = 1, .payment = 1, .amount = 1250, .attempts = 1};
	memcpy(row.reason, "timeout", 8);
}

static struct ph_forward_verdict judge_json(
	enum ph_record_kind kind, enum ph_host_decision decision, const char *json, bool may_repeat)
{
	struct ph_forward_verdict verdict;
	cJSON *result = json ? cJSON_Parse(json) : NULL;

	row.kind = kind;
	ph_forward_judge(&row, &(struct ph_host_answer){.decision = decision, .result = result},
		may_repeat, &verdict);
	cJSON_Delete(result);
	return verdict;
}

static struct ph_forward_verdict judge(enum ph_record_kind kind, enum ph_host_decision decision)
{
	return judge_json(kind, decision, NULL, false);
}

/* Each decision to a first message of each kind: state, repeat, superseded. */
static const struct expected {
	enum ph_record_kind kind;
	enum ph_host_decision decision;
	enum ph_record_state state;
	bool repeat, supersede;
} table[] = {
	{PH_RECORD_REVERSAL, PH_HOST_APPROVED, PH_RECORD_APPROVED, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_PARTIAL, PH_RECORD_APPROVED, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_DECLINED, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_REVERSAL, PH_HOST_REFERRED, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_REVERSAL, PH_HOST_SOFT, PH_RECORD_RETRY_WAIT, true, false},
	{PH_RECORD_REVERSAL, PH_HOST_FORMAT, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_REVERSAL, PH_HOST_DUPLICATE, PH_RECORD_APPROVED, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_NOT_FOUND, PH_RECORD_APPROVED, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_REFUSED, PH_RECORD_REJECTED, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_NOT_SENT, PH_RECORD_RETRY_WAIT, false, false},
	{PH_RECORD_REVERSAL, PH_HOST_NO_ANSWER, PH_RECORD_UNSURE, true, false},

	{PH_RECORD_COMPLETION, PH_HOST_APPROVED, PH_RECORD_APPROVED, true, false},
	{PH_RECORD_COMPLETION, PH_HOST_PARTIAL, PH_RECORD_HELD, true, false},
	{PH_RECORD_COMPLETION, PH_HOST_DUPLICATE, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_COMPLETION, PH_HOST_REFUSED, PH_RECORD_REJECTED, false, false},
	{PH_RECORD_COMPLETION, PH_HOST_NO_ANSWER, PH_RECORD_UNSURE, true, false},

	{PH_RECORD_OFFLINE_TC, PH_HOST_APPROVED, PH_RECORD_APPROVED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_PARTIAL, PH_RECORD_HELD, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_DECLINED, PH_RECORD_DECLINED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_REFERRED, PH_RECORD_REFERRED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_SOFT, PH_RECORD_RETRY_WAIT, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_FORMAT, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_DUPLICATE, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_NOT_FOUND, PH_RECORD_REJECTED, true, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_REFUSED, PH_RECORD_HELD, false, false},
	{PH_RECORD_OFFLINE_TC, PH_HOST_NOT_SENT, PH_RECORD_RETRY_WAIT, false, false},
	{PH_RECORD_VOICE, PH_HOST_NO_ANSWER, PH_RECORD_UNSURE, true, false},

	{PH_RECORD_SALE_DEFERRED, PH_HOST_APPROVED, PH_RECORD_APPROVED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_PARTIAL, PH_RECORD_ABANDONED, false, true},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_DECLINED, PH_RECORD_DECLINED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_REFERRED, PH_RECORD_REFERRED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_SOFT, PH_RECORD_ABANDONED, false, true},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_FORMAT, PH_RECORD_REJECTED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_DUPLICATE, PH_RECORD_REJECTED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_NOT_FOUND, PH_RECORD_REJECTED, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_REFUSED, PH_RECORD_HELD, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_NOT_SENT, PH_RECORD_RETRY_WAIT, false, false},
	{PH_RECORD_SALE_DEFERRED, PH_HOST_NO_ANSWER, PH_RECORD_ABANDONED, false, true},
	{PH_RECORD_REFUND_DEFERRED, PH_HOST_NO_ANSWER, PH_RECORD_ABANDONED, false, true},
};

START_TEST(first_messages)
{
	const struct expected *e = &table[_i];
	struct ph_forward_verdict verdict = judge(e->kind, e->decision);

	ck_assert_int_eq(verdict.state, e->state);
	ck_assert_int_eq(verdict.repeat, e->repeat);
	ck_assert_int_eq(verdict.supersede, e->supersede);
	ck_assert_int_eq(verdict.not_now, e->supersede && e->decision == PH_HOST_SOFT);
	ck_assert_int_eq(verdict.amount_host, 0);
	ck_assert_int_eq(verdict.hold_reason != NULL, e->state == PH_RECORD_HELD);
}
END_TEST

START_TEST(repeats)
{
	row.repeat = true;
	row.attempts = 2;
	/* the host has had an advice that it knows: delivered; of a request it does not say what it decided */
	ck_assert_int_eq(judge(PH_RECORD_OFFLINE_TC, PH_HOST_DUPLICATE).state, PH_RECORD_APPROVED);
	ck_assert_int_eq(judge(PH_RECORD_COMPLETION, PH_HOST_DUPLICATE).state, PH_RECORD_APPROVED);
	ck_assert(judge(PH_RECORD_SALE_DEFERRED, PH_HOST_DUPLICATE).supersede);
	/* nothing that may have arrived is given up because no message can be made of it any more */
	ck_assert_int_eq(judge(PH_RECORD_COMPLETION, PH_HOST_REFUSED).state, PH_RECORD_HELD);
	/* what was not sent now may still have been sent before */
	ck_assert(judge(PH_RECORD_OFFLINE_TC, PH_HOST_NOT_SENT).repeat);
	ck_assert(judge(PH_RECORD_REVERSAL, PH_HOST_NOT_SENT).repeat);
	/* "not now" to a repeat says nothing of the first */
	ck_assert(judge(PH_RECORD_SALE_DEFERRED, PH_HOST_SOFT).supersede);
	ck_assert(!judge(PH_RECORD_SALE_DEFERRED, PH_HOST_SOFT).not_now);
	ck_assert_int_eq(judge_json(PH_RECORD_SALE_DEFERRED, PH_HOST_SOFT, NULL, true).state,
		PH_RECORD_RETRY_WAIT);
	/* attempts that never left do not make a repeat: this is the first the host can have seen */
	row.repeat = false;
	ck_assert(!judge(PH_RECORD_SALE_DEFERRED, PH_HOST_DUPLICATE).supersede);
	ck_assert_int_eq(
		judge(PH_RECORD_SALE_DEFERRED, PH_HOST_DUPLICATE).state, PH_RECORD_REJECTED);
}
END_TEST

START_TEST(a_link_that_repeats_requests)
{
	struct ph_forward_verdict verdict =
		judge_json(PH_RECORD_SALE_DEFERRED, PH_HOST_NO_ANSWER, NULL, true);

	ck_assert_int_eq(verdict.state, PH_RECORD_RETRY_WAIT);
	ck_assert(verdict.repeat);
	ck_assert(!verdict.supersede);
	/* not for ever: what the host says from its log to each repeat is no answer either */
	row.attempts = PH_REPEATS_MAX;
	row.repeat = true;
	verdict = judge_json(PH_RECORD_SALE_DEFERRED, PH_HOST_NO_ANSWER, NULL, true);
	ck_assert_int_eq(verdict.state, PH_RECORD_ABANDONED);
	ck_assert(verdict.supersede);
	ck_assert(!verdict.not_now);
	verdict = judge_json(PH_RECORD_SALE_DEFERRED, PH_HOST_SOFT, NULL, true);
	ck_assert(verdict.supersede);
	ck_assert(!verdict.not_now);
}
END_TEST

START_TEST(what_was_approved_has_to_be_reversed)
{
	memcpy(row.reason, "cancelled", 10);
	ck_assert_int_eq(judge(PH_RECORD_REVERSAL, PH_HOST_NOT_FOUND).state, PH_RECORD_REJECTED);
	memcpy(row.reason, "timeout", 8);
	memcpy(row.original_approval, "123456", 7);
	ck_assert_int_eq(judge(PH_RECORD_REVERSAL, PH_HOST_NOT_FOUND).state, PH_RECORD_REJECTED);
}
END_TEST

START_TEST(partial_amounts)
{
	static const char *const wrong[] = {"{\"amount_approved\":0}", "{\"amount_approved\":1250}",
		"{\"amount_approved\":-5}", "{\"amount_approved\":\"5\"}", "{}"};
	struct ph_forward_verdict verdict = judge_json(
		PH_RECORD_SALE_DEFERRED, PH_HOST_PARTIAL, "{\"amount_approved\":700}", false);

	ck_assert_int_eq(verdict.state, PH_RECORD_PARTIAL);
	ck_assert_int_eq(verdict.amount_host, 700);
	verdict = judge_json(PH_RECORD_VOICE, PH_HOST_PARTIAL, "{\"amount_approved\":1}", false);
	ck_assert_int_eq(verdict.state, PH_RECORD_PARTIAL);
	ck_assert_int_eq(verdict.amount_host, 1);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		for (int may_repeat = 0; may_repeat < 2; may_repeat++) {
			verdict = judge_json(
				PH_RECORD_SALE_DEFERRED, PH_HOST_PARTIAL, wrong[i], may_repeat);
			ck_assert(verdict.supersede);
			ck_assert(!verdict.not_now);
			verdict =
				judge_json(PH_RECORD_VOICE, PH_HOST_PARTIAL, wrong[i], may_repeat);
			ck_assert_int_eq(verdict.state, PH_RECORD_HELD);
			ck_assert_str_eq(verdict.hold_reason, "no_amount");
			ck_assert(verdict.repeat);
		}
	}
}
END_TEST

START_TEST(presented_again)
{
	ck_assert(ph_forward_may_present_again("51"));
	ck_assert(ph_forward_may_present_again("65"));
	ck_assert(!ph_forward_may_present_again("05"));
	ck_assert(!ph_forward_may_present_again("16"));
	ck_assert(!ph_forward_may_present_again(""));
	ck_assert(!ph_forward_may_present_again("5"));
	ck_assert(judge_json(
		PH_RECORD_SALE_DEFERRED, PH_HOST_DECLINED, "{\"response_code\":\"61\"}", false)
			  .present_again);
	ck_assert(!judge_json(
		PH_RECORD_SALE_DEFERRED, PH_HOST_DECLINED, "{\"response_code\":\"05\"}", false)
			   .present_again);
}
END_TEST

static const char *reason(
	enum ph_record_kind kind, enum ph_record_state state, const char *response_code)
{
	row.kind = kind;
	row.state = state;
	snprintf(row.response_code, sizeof row.response_code, "%s", response_code);
	const struct ph_forward_word *word = ph_forward_word(&row);
	if (!word)
		return "";
	ck_assert(word->message[0] && word->advice[0]);
	return word->reason;
}

START_TEST(words)
{
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_DECLINED, "05"), "late_decline");
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_DECLINED, ""), "late_decline");
	ck_assert_ptr_nonnull(strstr(ph_forward_word(&row)->advice, "contact the customer"));
	reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_DECLINED, "43");
	ck_assert_ptr_nonnull(strstr(ph_forward_word(&row)->advice, "do not present it again"));
	reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_DECLINED, "51");
	ck_assert_ptr_nonnull(strstr(ph_forward_word(&row)->advice, "queue again"));
	reason(PH_RECORD_OFFLINE_TC, PH_RECORD_DECLINED, "51");
	ck_assert_ptr_nonnull(strstr(ph_forward_word(&row)->advice, "call the acquirer"));
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_PARTIAL, "10"), "late_partial");
	ck_assert_str_eq(
		reason(PH_RECORD_REFUND_DEFERRED, PH_RECORD_REFERRED, "01"), "late_referral");
	ck_assert_str_eq(reason(PH_RECORD_VOICE, PH_RECORD_REJECTED, "94"), "duplicate");
	ck_assert_str_eq(reason(PH_RECORD_VOICE, PH_RECORD_REJECTED, "30"), "rejected");
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_EXPIRED, ""), "expired");
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_HELD, ""), "acquirer_refused");
	snprintf(row.hold_reason, sizeof row.hold_reason, "%s", PH_HELD_UNANSWERED);
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_HELD, ""), "no_answer");
	snprintf(row.hold_reason, sizeof row.hold_reason, "%s", PH_HELD_NOT_NOW);
	ck_assert_str_eq(reason(PH_RECORD_REFUND_DEFERRED, PH_RECORD_HELD, ""), "not_now");
	snprintf(row.hold_reason, sizeof row.hold_reason, "no_amount");
	ck_assert_str_eq(reason(PH_RECORD_VOICE, PH_RECORD_HELD, "10"), "no_amount");
	/* no work */
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_APPROVED, "00"), "");
	ck_assert_str_eq(reason(PH_RECORD_SALE_DEFERRED, PH_RECORD_RETRY_WAIT, "91"), "");
	ck_assert_str_eq(reason(PH_RECORD_REVERSAL, PH_RECORD_REJECTED, "30"), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forward_judge");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_loop_test(tests, first_messages, 0, sizeof table / sizeof *table);
	tcase_add_test(tests, repeats);
	tcase_add_test(tests, a_link_that_repeats_requests);
	tcase_add_test(tests, what_was_approved_has_to_be_reversed);
	tcase_add_test(tests, partial_amounts);
	tcase_add_test(tests, presented_again);
	tcase_add_test(tests, words);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
