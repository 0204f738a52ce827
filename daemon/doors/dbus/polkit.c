// Administration by whoever polkit lets: asks it for callers without the grant `configure`. Grants are left to access.c.
#include "daemon/doors/dbus/internal.h"

#include <errno.h>

#define POLKIT	       "org.freedesktop.PolicyKit1"
#define ACTION	       "org.poshal1.configure"
#define PERSON_US      300000000 /* for somebody to come and type a password */
#define MAY_ASK_PERSON 1u	 /* AllowUserInteraction */
#define CONFIGURE      PH_GRANT_BIT(PH_GRANT_CONFIGURE)

bool ph_dbus_polkit_can_help(const struct ph_dbus_peer *peer, const struct ph_dbus_call *call)
{
	return call->call.method->grant == PH_GRANT_CONFIGURE && !(peer->client.grants & CONFIGURE);
}

static void take_out(struct ph_dbus_call *call)
{
	struct ph_dbus_call **p = &call->peer->asking;

	while (*p != call)
		p = &(*p)->next;
	*p = call->next;
	call->peer->asking_count--;
	call->polkit = sd_bus_slot_unref(call->polkit);
}

/* Without polkit, and without a clear yes, the grants decide, which do not allow it. */
static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct ph_dbus_call *call = userdata;
	int authorized = 0, challenge = 0;

	take_out(call);
	if (!sd_bus_message_is_method_error(message, NULL) &&
		sd_bus_message_enter_container(message, 'r', "bba{ss}") > 0 &&
		sd_bus_message_read(message, "bb", &authorized, &challenge) > 0 && authorized)
		call->call.granted = CONFIGURE;
	ph_call_start(&call->call);
	return 1;
}

/* polkit(8): CheckAuthorization((subject), action, details, flags, cancellation id). */
static int new_question(struct ph_dbus_call *call, bool person, sd_bus_message **ret)
{
	sd_bus *bus = call->peer->door->bus;
	int r = sd_bus_message_new_method_call(bus, ret, POLKIT,
		"/org/freedesktop/PolicyKit1/Authority", POLKIT ".Authority", "CheckAuthorization");

	return r < 0 ? r
		     : sd_bus_message_append(*ret, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name",
			       "s", call->peer->name, ACTION, 0, person ? MAY_ASK_PERSON : 0u, "");
}

int ph_dbus_polkit_ask(struct ph_dbus_peer *peer, struct ph_dbus_call *call)
{
	sd_bus_message *question = NULL;
	bool person = sd_bus_message_get_allow_interactive_authorization(call->message) > 0;

	call->peer = peer;
	int r = new_question(call, person, &question);
	if (r >= 0)
		r = sd_bus_call_async(peer->door->bus, &call->polkit, question, on_answer, call,
			person ? PERSON_US : 0);
	sd_bus_message_unref(question);
	if (r < 0)
		return r;
	call->next = peer->asking;
	peer->asking = call;
	peer->asking_count++;
	return 0;
}

void ph_dbus_polkit_forget(struct ph_dbus_peer *peer)
{
	while (peer->asking) {
		struct ph_dbus_call *call = peer->asking;
		take_out(call);
		ph_dbus_call_free(call);
	}
}
