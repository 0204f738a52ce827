// The queues of the print server of this machine, which know what they print into; asked by IPP through libcups.
#include "drivers/discover/discover.h"

#include "base/cleanup.h"

#include <cups/cups.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

PH_DEFINE_CLEANUP(http_t *, httpClose)
PH_DEFINE_CLEANUP(ipp_t *, ippDelete)

/* That of another machine has no devices of this one. */
static bool is_here(const char *server)
{
	return *server == '/' || !strcasecmp(server, "localhost") || !strncmp(server, "127.", 4) ||
	       !strcmp(server, "::1") || !strcmp(server, "[::1]");
}

static int give_up(http_t *http, void *userdata)
{
	return 0;
}

static ipp_t *ask(http_t *http)
{
	static const char *const wanted[] = {
		"printer-name", "device-uri", "printer-make-and-model"};
	PH_CLEANUP(ippDelete_p) ipp_t *request = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);

	ippAddStrings(request, IPP_TAG_OPERATION, IPP_CONST_TAG(IPP_TAG_KEYWORD),
		"requested-attributes", PH_ARRAY_SIZE(wanted), NULL, wanted);
	ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", PH_FOUND_MAX);
	cupsSendRequest(http, request, "/", ippLength(request));
	return cupsGetResponse(http, "/");
}

/* One attribute of a queue; a name that would not be one in a URL is left out, and the queue with it. */
static void take(ipp_attribute_t *attribute, struct ph_found *found)
{
	const char *name = ippGetName(attribute), *text = ippGetString(attribute, 0, NULL);

	if (!text)
		return;
	if (!strcmp(name, "printer-name") && *text && strlen(text) < 128 &&
		!strpbrk(text, "/#? \t\""))
		snprintf(found->connection, sizeof found->connection, "cups:%s", text);
	else if (!strcmp(name, "printer-make-and-model"))
		ph_found_text(found->model, text, strlen(text));
	else if (!strcmp(name, "device-uri") && strlen(text) < sizeof found->device_uri)
		snprintf(found->device_uri, sizeof found->device_uri, "%s", text);
}

static void add(struct ph_found_list *list, struct ph_found *found)
{
	if (found->connection[0])
		ph_found_add(list, found);
	*found = (struct ph_found){.how = "cups"};
}

void ph_queues_take(ipp_t *response, struct ph_found_list *list)
{
	struct ph_found found = {.how = "cups"};

	for (ipp_attribute_t *a = ippFirstAttribute(response); a; a = ippNextAttribute(response)) {
		if (ippGetGroupTag(a) == IPP_TAG_PRINTER && ippGetName(a))
			take(a, &found);
		else
			add(list, &found);
	}
	add(list, &found);
}

int ph_queues_ask(struct ph_found_list *list)
{
	const char *server = cupsServer();

	if (!is_here(server))
		return 0;
	PH_CLEANUP(httpClose_p)
	http_t *http = httpConnect2(server, ippPort(), NULL, AF_UNSPEC,
		HTTP_ENCRYPTION_IF_REQUESTED, 1, PH_QUEUES_MS, NULL);
	if (!http)
		return 0;
	httpSetTimeout(http, PH_QUEUES_MS / 1000.0, give_up, NULL);
	PH_CLEANUP(ippDelete_p) ipp_t *response = ask(http);
	if (!response)
		return -EPROTO;
	ipp_status_t status = ippGetStatusCode(response);
	if (status == IPP_STATUS_ERROR_NOT_FOUND) /* it has no queue */
		return 0;
	if (status >= IPP_STATUS_ERROR_BAD_REQUEST)
		return -EPROTO;
	ph_queues_take(response, list);
	return 0;
}
