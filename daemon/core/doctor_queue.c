// Whether a queue of the print server prints into a device that poshal serves; who asks the server is left to others.
#include "daemon/core/doctor.h"

#include "base/cleanup.h"
#include "base/url.h"
#include "base/usb_want.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "EPSON%20TM" as "EPSON TM", in place. */
static void decode(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (in[0] == '%' && isxdigit((unsigned char)in[1]) &&
			isxdigit((unsigned char)in[2])) {
			char digits[3] = {in[1], in[2], '\0'};
			*out++ = (char)strtoul(digits, NULL, 16);
			in += 2;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* "usb://EPSON/TM-T20II?serial=4D51&interface=1" */
struct usb_uri {
	char text[256];
	const char *maker, *model, *serial; /* "" where it is not said */
};

static bool parse_usb(const char *uri, struct usb_uri *out)
{
	if (strncmp(uri, "usb://", 6) != 0)
		return false;
	snprintf(out->text, sizeof out->text, "%s", uri + 6);
	char *query = strchr(out->text, '?'), *model = strchr(out->text, '/');
	out->maker = out->text;
	out->model = out->serial = "";
	if (query)
		*query++ = '\0';
	if (!model || (query && model > query))
		return false;
	*model++ = '\0';
	out->model = model;
	for (char *word = query ? strtok_r(query, "&", &query) : NULL; word;
		word = strtok_r(NULL, "&", &query))
		if (!strncmp(word, "serial=", 7)) {
			decode(word + 7);
			out->serial = word + 7;
		}
	decode(out->text);
	decode(model);
	return true;
}

/* By a serial number that is one, else by maker and model. */
static bool is_usb(const char *uri, const struct ph_node *node)
{
	struct usb_uri usb;

	if (!node || !parse_usb(uri, &usb))
		return false;
	if (*usb.serial && ph_usb_serial_credible(node->serial, node->maker, node->model))
		return !strcmp(usb.serial, node->serial);
	return !strcasecmp(usb.maker, node->maker) && !strcasecmp(usb.model, node->model);
}

/* "socket://10.0.0.7:9100", "lpd://10.0.0.7/q", "ipp://10.0.0.7/": the same machine, over its raw port the same port. */
static bool is_network(const char *uri, const char *connection)
{
	static const char *const schemes[] = {"socket", "lpd", "ipp", "ipps"};
	struct ph_url queue, own;
	size_t i = 0;

	if (ph_url_parse(uri, &queue) < 0 || ph_url_parse(connection, &own) < 0 ||
		strcmp(own.scheme, "tcp") != 0 || strcasecmp(own.host, queue.host) != 0)
		return false;
	while (i < PH_ARRAY_SIZE(schemes) && strcmp(schemes[i], queue.scheme) != 0)
		i++;
	if (i == 0)
		return (queue.port ? queue.port : 9100) == (own.port ? own.port : 9100);
	return i < PH_ARRAY_SIZE(schemes);
}

static void resolve(const char *root, const char *path, char out[512])
{
	char whole[512];

	snprintf(whole, sizeof whole, "%s%s", root, path);
	PH_CLEANUP_FREE char *real = realpath(whole, NULL);
	snprintf(out, 512, "%s", real ? real : whole);
}

/* "lp0" is a node of the kernel's driver for an interface, "1-3:1.0". */
static bool is_usblp(const char *root, const char *name, const struct ph_node *node)
{
	char path[300], real[512];
	size_t len = strlen(node->port);

	snprintf(path, sizeof path, "/sys/class/usbmisc/%s/device", name);
	resolve(root, path, real);
	const char *interface = strrchr(real, '/') + 1;
	return len && !strncmp(interface, node->port, len) && interface[len] == ':';
}

/* "serial:/dev/ttyUSB0?baud=9600", "file:///dev/usb/lp0", and "file:///dev/ttyUSB0" of old. */
static bool is_port(const char *root, const char *uri, const struct ph_served *served)
{
	char path[256], queue[512], own[512];
	const char *colon = strchr(uri, ':');

	if (!colon || (strncmp(uri, "serial:", 7) != 0 && strncmp(uri, "file:", 5) != 0))
		return false;
	snprintf(path, sizeof path, "%s", colon + 1 + (strncmp(colon + 1, "//", 2) ? 0 : 2));
	path[strcspn(path, "?")] = '\0';
	if (!strncmp(path, "/dev/usb/lp", 11))
		return served->node && is_usblp(root, path + 9, served->node);
	resolve(root, path, queue);
	if (served->node && *served->node->devnode) {
		resolve(root, served->node->devnode, own);
		return !strcmp(queue, own);
	}
	return false;
}

void ph_doctor_queue(const struct ph_doctor *doctor, const char *queue, const char *device_uri,
	const struct ph_served *served)
{
	char problem[512], advice[300];

	if (!is_usb(device_uri, served->node) && !is_network(device_uri, served->connection) &&
		!is_port(doctor->root, device_uri, served))
		return;
	snprintf(problem, sizeof problem,
		"%s: the CUPS queue %.127s prints into it as well (%.200s)", served->name, queue,
		device_uri);
	snprintf(advice, sizeof advice,
		"`lpadmin -x %.100s` leaves it to poshal; or serve the queue: driver = cups, "
		"connection = cups:%.100s",
		queue, queue);
	ph_finding_add(doctor->list, &(struct ph_finding){"error", served->name, problem,
					     "two programs write to one printer: jobs mix, its "
					     "answers get lost, and each "
					     "finds it busy",
					     advice});
}
