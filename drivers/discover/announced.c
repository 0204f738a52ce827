// Printers that announce themselves: asks the multicast group once, and puts the records of the answers together.
#include "drivers/discover/discover.h"

#include "protocols/mdns/mdns.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUP	      "224.0.0.251"
#define INSTANCES_MAX 128
#define HOSTS_MAX     128
#define PATH_MAX_     63 /* of the resource of an IPP printer */

/* In the order of `services`. */
enum service { PDL, LPD, IPP, SERVICES };

static const char *const services[SERVICES] = {
	"_pdl-datastream._tcp.local", "_printer._tcp.local", "_ipp._tcp.local"};

struct instance {
	char name[PH_MDNS_NAME_MAX + 1]; /* "Kitchen._ipp._tcp.local" */
	char host[PH_MDNS_NAME_MAX + 1];
	enum service service;
	uint16_t port;
	char maker[PH_TEXT_MAX + 1], model[PH_TEXT_MAX + 1], type[PH_TEXT_MAX + 1];
	char path[PATH_MAX_ + 1];
};

struct host {
	char name[PH_MDNS_NAME_MAX + 1];
	struct in_addr address;
};

struct ph_announced {
	int fds[PH_INTERFACES_MAX];
	unsigned fd_count;
	struct sockaddr_in to;
	bool loopback;			      /* is believed */
	uint64_t begin_us, again_us, last_us; /* last_us: of an answer, 0 without */
	struct instance instances[INSTANCES_MAX];
	unsigned instance_count;
	struct host hosts[HOSTS_MAX];
	unsigned host_count;
};

/* ---- sockets ---- */

/* From a port of its own, so that answers come to it alone. */
static void add_socket(struct ph_announced *announced, const struct in_addr *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (interface)
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, interface, sizeof *interface);
	announced->fds[announced->fd_count++] = fd;
}

struct ph_announced *ph_announced_new(
	const struct ph_targets *targets, const struct sockaddr_in *responder)
{
	struct ph_announced *announced = calloc(1, sizeof *announced);

	if (!announced)
		return NULL;
	if (responder) {
		announced->to = *responder;
		announced->loopback = true;
		add_socket(announced, NULL);
		return announced;
	}
	announced->to =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PH_MDNS_PORT)};
	inet_pton(AF_INET, GROUP, &announced->to.sin_addr);
	for (unsigned i = 0; i < targets->interface_count; i++)
		add_socket(announced, &targets->interfaces[i]);
	return announced;
}

void ph_announced_free(struct ph_announced *announced)
{
	if (!announced)
		return;
	for (unsigned i = 0; i < announced->fd_count; i++)
		close(announced->fds[i]);
	free(announced);
}

/* A network that takes no question has no answer either. */
static void send_all(struct ph_announced *announced)
{
	uint8_t message[PH_MDNS_QUERY_MAX];
	int len = ph_mdns_query(services, SERVICES, message);

	for (unsigned i = 0; len > 0 && i < announced->fd_count; i++)
		sendto(announced->fds[i], message, (size_t)len, MSG_NOSIGNAL,
			(const struct sockaddr *)&announced->to, sizeof announced->to);
}

static uint64_t end_of(const struct ph_announced *announced)
{
	if (!announced->loopback)
		return announced->begin_us + PH_MDNS_US;
	return announced->last_us ? announced->last_us + PH_MDNS_QUIET_US
				  : announced->begin_us + PH_MDNS_NAMED_US;
}

uint64_t ph_announced_run(struct ph_announced *announced, uint64_t now_us)
{
	if (!announced->begin_us) {
		announced->begin_us = now_us;
		announced->again_us = now_us;
	}
	uint64_t end_us = end_of(announced);
	if (!announced->fd_count || now_us >= end_us)
		return UINT64_MAX;
	if (now_us >= announced->again_us) {
		send_all(announced);
		announced->again_us = now_us + PH_MDNS_AGAIN_US;
	}
	return announced->again_us < end_us ? announced->again_us : end_us;
}

unsigned ph_announced_poll(struct ph_announced *announced, struct pollfd rows[PH_INTERFACES_MAX])
{
	for (unsigned i = 0; i < announced->fd_count; i++)
		rows[i] = (struct pollfd){.fd = announced->fds[i], .events = POLLIN};
	return announced->fd_count;
}

void ph_announced_ready(
	struct ph_announced *announced, const struct pollfd *rows, unsigned count, uint64_t now_us)
{
	static uint8_t message[PH_MDNS_MESSAGE_MAX];
	struct sockaddr_in from = {0};

	for (unsigned i = 0; i < count; i++) {
		socklen_t from_len = sizeof from;
		if (!rows[i].revents)
			continue;
		ssize_t n = recvfrom(rows[i].fd, message, sizeof message, MSG_DONTWAIT,
			(struct sockaddr *)&from, &from_len);
		if (n <= 0 || (!announced->loopback && !ph_address_is_private(from.sin_addr)))
			continue;
		announced->last_us = now_us;
		ph_announced_take(announced, message, (size_t)n);
	}
}

/* ---- records ---- */

/* The service an instance is of, or SERVICES: "Kitchen._ipp._tcp.local". */
static enum service service_of(const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < SERVICES; i++) {
		size_t tail = strlen(services[i]);
		if (len > tail + 1 && name[len - tail - 1] == '.' &&
			!strcasecmp(name + len - tail, services[i]))
			return (enum service)i;
	}
	return SERVICES;
}

static struct instance *find_instance(struct ph_announced *announced, const char *name)
{
	enum service service = service_of(name);

	for (unsigned i = 0; i < announced->instance_count; i++)
		if (!strcasecmp(announced->instances[i].name, name))
			return &announced->instances[i];
	if (service == SERVICES || announced->instance_count == INSTANCES_MAX)
		return NULL;
	struct instance *instance = &announced->instances[announced->instance_count++];
	*instance = (struct instance){.service = service};
	snprintf(instance->name, sizeof instance->name, "%s", name);
	return instance;
}

static void take_value(
	char out[PH_TEXT_MAX + 1], const struct ph_mdns_record *record, const char *key)
{
	const char *value;
	int len = ph_mdns_text(record->text, record->text_len, key, &value);

	if (len > 0)
		ph_found_text(out, value, (size_t)len);
}

/* Only what needs no quoting in a URL; else the usual one is taken. */
static void take_path(struct instance *instance, const struct ph_mdns_record *record)
{
	const char *value;
	int len = ph_mdns_text(record->text, record->text_len, "rp", &value);

	if (len <= 0 || len > PATH_MAX_)
		return;
	for (int i = 0; i < len; i++)
		if (!isalnum((unsigned char)value[i]) && !strchr("/_-.", value[i]))
			return;
	memcpy(instance->path, value, (size_t)len);
	instance->path[len] = '\0';
}

static void take_host(struct ph_announced *announced, const struct ph_mdns_record *record)
{
	struct in_addr address;

	memcpy(&address, record->address, sizeof address);
	bool own = announced->loopback && record->address[0] == 127;
	if ((!own && !ph_address_is_private(address)) || announced->host_count == HOSTS_MAX)
		return;
	struct host *host = &announced->hosts[announced->host_count++];
	snprintf(host->name, sizeof host->name, "%s", record->name);
	host->address = address;
}

static void take_record(struct ph_announced *announced, const struct ph_mdns_record *record)
{
	struct instance *instance = NULL;

	if (record->type == PH_MDNS_A)
		take_host(announced, record);
	if (record->type == PH_MDNS_PTR)
		find_instance(announced, record->target);
	if (record->type == PH_MDNS_SRV || record->type == PH_MDNS_TXT)
		instance = find_instance(announced, record->name);
	if (instance && record->type == PH_MDNS_SRV) {
		instance->port = record->port;
		snprintf(instance->host, sizeof instance->host, "%s", record->target);
	} else if (instance) {
		take_value(instance->maker, record, "usb_MFG");
		take_value(instance->model, record, "usb_MDL");
		take_value(instance->type, record, "ty");
		take_path(instance, record);
	}
}

void ph_announced_take(struct ph_announced *announced, const uint8_t *message, size_t len)
{
	struct ph_mdns_record record;
	size_t cursor = 0;

	while (ph_mdns_next(message, len, &cursor, &record) > 0)
		take_record(announced, &record);
}

/* ---- what they say together ---- */

static const struct host *find_host(const struct ph_announced *announced, const char *name)
{
	for (unsigned i = 0; i < announced->host_count; i++)
		if (!strcasecmp(announced->hosts[i].name, name))
			return &announced->hosts[i];
	return NULL;
}

static void tell(
	const struct instance *instance, struct in_addr address, struct ph_found_list *found)
{
	char text[INET_ADDRSTRLEN];
	struct ph_found row = {.how = "mdns"};

	inet_ntop(AF_INET, &address, text, sizeof text);
	if (instance->service == PDL)
		snprintf(
			row.connection, sizeof row.connection, "tcp://%s:%u", text, instance->port);
	else
		snprintf(row.connection, sizeof row.connection, "ipp://%s:%u/%s", text,
			instance->port, instance->path[0] ? instance->path : "ipp/print");
	memcpy(row.maker, instance->maker, sizeof row.maker);
	memcpy(row.model, instance->model[0] ? instance->model : instance->type, sizeof row.model);
	ph_found_add(found, &row);
}

void ph_announced_finish(
	struct ph_announced *announced, struct ph_found_list *found, struct ph_targets *targets)
{
	for (unsigned i = 0; i < announced->instance_count; i++) {
		const struct instance *instance = &announced->instances[i];
		const struct host *host = find_host(announced, instance->host);
		if (!host || !instance->port)
			continue;
		if (instance->service == LPD)
			ph_targets_add(targets, host->address);
		else
			tell(instance, host->address, found);
	}
}
