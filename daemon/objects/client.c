// Registration and the end of a caller: whatever it held ends with it.
#include "daemon/objects/client.h"

#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/objects/event.h"
#include "daemon/objects/job.h"
#include "daemon/objects/lease.h"
#include "daemon/payments/payment.h"

void ph_client_add(struct ph_client *client, struct ph_daemon *daemon)
{
	client->daemon = daemon;
	client->next = daemon->clients;
	client->prev = &daemon->clients;
	if (client->next)
		client->next->prev = &client->next;
	daemon->clients = client;
	daemon->client_count++;
}

/* What cannot be stopped goes on without a caller; its answer is dropped. */
static void orphan_calls(struct ph_client *client)
{
	while (client->calls) {
		struct ph_call *call = client->calls;
		ph_call_cancel(call);
		if (client->calls != call)
			continue;
		client->calls = call->next;
		if (call->next)
			call->next->prev = &client->calls;
		call->prev = NULL;
		call->client = NULL;
	}
	client->call_count = 0;
	client->previews = 0;
}

void ph_client_remove(struct ph_client *client)
{
	client->gone = true;
	orphan_calls(client);
	ph_events_drop_client(client);
	ph_leases_drop_client(client);
	ph_jobs_drop_client(client);
	ph_payments_drop_client(client);
	*client->prev = client->next;
	if (client->next)
		client->next->prev = client->prev;
	client->daemon->client_count--;
}
