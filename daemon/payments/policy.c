// Who decides about a payment. Today: always the host, and nothing stands without it.
#include "daemon/payments/policy.h"

#include <stddef.h>

struct ph_policy_answer ph_policy_online(
	const struct ph_daemon *daemon, const struct ph_policy_input *input)
{
	return (struct ph_policy_answer){.yes = true, .text = "the host decides"};
}

struct ph_policy_answer ph_policy_offline(
	const struct ph_daemon *daemon, const struct ph_policy_input *input)
{
	if (input->wish == PH_OFFLINE_REFUSE)
		return (struct ph_policy_answer){
			.limit = "offline", .text = "the caller wants the host to decide"};
	return (struct ph_policy_answer){
		.limit = "offline.enabled", .text = "offline payments are not enabled"};
}
