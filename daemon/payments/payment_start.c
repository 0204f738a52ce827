// The start and the stop of the service for its payments: what the journal has of before is put in order, and what is open goes on.
#include "base/cleanup.h"
#include "daemon/core/log.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/seal_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int load_payment(const struct ph_payment_row *row, void *userdata)
{
	if (ph_pay_is_final(row->state)) {
		ph_doubt_add(userdata, row->id, row->device, row->type);
		return 0;
	}
	return ph_payment_from_row(userdata, row) ? 0 : -ENOMEM;
}

/* A request without an answer belongs to a payment that is not over, and is undone with it. */
static int load_record(const struct ph_record_row *row, void *userdata)
{
	struct ph_daemon *daemon = userdata;
	struct ph_payment *payment = ph_payment_find(daemon, row->payment);

	if (payment && row->kind == PH_RECORD_COMPLETION)
		ph_payment_resume_advice(payment, row);
	else if (payment && row->kind == PH_RECORD_REQUEST)
		payment->record = *row;
	return 0;
}

int ph_payments_new(struct ph_daemon *daemon)
{
	daemon->payments = calloc(1, sizeof *daemon->payments);
	if (!daemon->payments)
		return -ENOMEM;
	int r = ph_offline_new(daemon);
	if (r >= 0)
		r = ph_forward_new(daemon);
	if (r >= 0)
		r = ph_seal_keys_new(daemon, &daemon->payments->seal_keeper);
	return r < 0 ? r : ph_acquirer_new(daemon, &daemon->payments->acquirer);
}

/* What a crash, a restored backup or a wrong clock have left; each is a person's business, and nothing of it ends the service. */
static void tell_recovery(const struct ph_queue_recovery *recovery)
{
	if (recovery->unsure || recovery->superseded)
		ph_log(LOG_WARNING, NULL,
			"%u messages to the host were cut off and are repeated, %u are reversed "
			"and asked anew",
			(unsigned)recovery->unsure, (unsigned)recovery->superseded);
	if (recovery->held)
		ph_log(LOG_WARNING, NULL,
			"%u sales that wait in the backup are held, for the host may have had them "
			"since: see `poshalctl queue list --filter work`",
			(unsigned)recovery->held);
	if (recovery->unreadable)
		ph_log(LOG_ERR, NULL,
			"%u messages to the host are on damaged pages of the journal: they are "
			"not sent, and a person has to find out what they were; the others are",
			(unsigned)recovery->unreadable);
	if (recovery->exposure_differed)
		ph_log(LOG_ERR, NULL,
			"the sum of what stands without the host was not that of its records, and "
			"has been put right: somebody has changed the journal, or this is a bug");
}

int ph_payments_load(struct ph_daemon *daemon)
{
	struct ph_queue_recovery recovery;
	int r = ph_journal_recover_queue(daemon->journal, &recovery);

	if (r < 0)
		return r;
	tell_recovery(&recovery);
	ph_offline_recovered(daemon, &recovery);
	/* in any case, as far as they can be read */
	r = ph_journal_load_payments(daemon->journal, load_payment, load_record, daemon);
	return r == 0 && recovery.damaged ? -EBADMSG : r;
}

/* D1 of a terminal's payment wrote no record: it has to be asked what became of it. */
static void recover(struct ph_payment *payment)
{
	const struct ph_device *device = ph_device_by_id(payment->daemon, payment->device_id);

	if (payment->phase == PH_PHASE_ADVISING) {
		ph_payment_recover_advice(payment);
		return;
	}
	if (payment->has_record && device && device->class_ == PH_CLASS_TERMINAL) {
		payment->class_ = PH_CLASS_TERMINAL;
		payment->has_record = payment->host_asked = false;
		ph_log(LOG_WARNING, payment->device_id, "%s was cut off; the terminal is asked",
			payment->name);
		return;
	}
	ph_log(LOG_WARNING, payment->device_id, "%s was cut off%s", payment->name,
		payment->has_record ? "; what the host may have approved is reversed" : "");
	ph_payment_finish(payment, PH_PAY_CANCELLED, "service_restarted", NULL);
}

void ph_payments_recover(struct ph_daemon *daemon)
{
	struct ph_payment *next;

	for (struct ph_payment *p = daemon->payments->payments; p; p = next) {
		next = p->next;
		recover(p);
	}
	/* before anybody asks: a start without anything open writes nothing */
	if (daemon->payments->payments)
		ph_journal_drain(daemon->journal);
	ph_offline_load(daemon);
	ph_forward_start(daemon);
}

void ph_payments_drop_client(struct ph_client *client)
{
	for (struct ph_payment *p = client->daemon->payments ? client->daemon->payments->payments
							     : NULL;
		p; p = p->next)
		if (p->watcher == client)
			p->watcher = NULL;
}

void ph_payments_host_up(struct ph_daemon *daemon)
{
	ph_forward_hurry(daemon);
}

/* Whoever still waits has gone before us; what becomes of it is told by the next service, to the same key. */
static void let_go(struct ph_payment *payment)
{
	if (payment->call_count)
		ph_payment_answer_uncertain(payment, "the service has ended; ask again");
	ph_payment_free(payment);
}

void ph_payments_done(struct ph_daemon *daemon)
{
	if (!daemon->payments)
		return;
	daemon->payments->closing = true;
	ph_acquirer_free(PH_STEAL(daemon->payments->acquirer));
	ph_offline_free(daemon);
	ph_seal_keys_free(PH_STEAL(daemon->payments->seal_keeper));
	ph_doubts_done(daemon);
	while (daemon->payments->payments)
		let_go(daemon->payments->payments);
	ph_forward_free(daemon);
	cJSON_Delete(daemon->payments->queue_findings);
	free(PH_STEAL(daemon->payments));
}
