/*
 * The parts of poshal-discover: a search that ends by itself. One thread, poll(2) over a bounded number of sockets.
 */
#ifndef PH_DRIVERS_DISCOVER_DISCOVER_H
#define PH_DRIVERS_DISCOVER_DISCOVER_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_FOUND_MAX	  256 /* printers; what comes then is not listed */
#define PH_TARGETS_MAX	  1200
#define PH_INTERFACES_MAX 4
#define PH_PROBES_MAX	  64   /* connections under way at once */
#define PH_PROBE_STEP_US  4000 /* between two of them: 250 in a second */
#define PH_CONNECT_US	  1000000
#define PH_ASK_US	  1500000
#define PH_MDNS_US	  2500000 /* how long answers are waited for */
#define PH_MDNS_AGAIN_US  1000000 /* the question is sent once more */
/* of a responder that was named: how long its first answer, and more of it, are waited for */
#define PH_MDNS_NAMED_US 10000000
#define PH_MDNS_QUIET_US 500000
#define PH_TEXT_MAX	 63
#define PH_QUEUES_MS	 2000

/* ---- found.c: what was found ---- */

struct ph_found {
	char connection[160];
	char maker[PH_TEXT_MAX + 1], model[PH_TEXT_MAX + 1]; /* "" when not told */
	const char *how;				     /* "mdns", "port", "asked", "cups" */
	char device_uri[256]; /* what a queue prints into, as its server says; "" */
};

struct ph_found_list {
	struct ph_found items[PH_FOUND_MAX];
	unsigned len;
};

/* Adds, or fills in what an entry with the same connection lacks; "asked" is better than "mdns", "port" is worst. */
void ph_found_add(struct ph_found_list *list, const struct ph_found *found);

/* One JSON object a line, in the order of addresses. Returns 0, or a negative errno of the output. */
int ph_found_print(struct ph_found_list *list);

/* `len` foreign bytes as a text that can be printed: UTF-8, without control characters and blanks at its ends. */
void ph_found_text(char out[PH_TEXT_MAX + 1], const void *bytes, size_t len);

/* ---- queues.c: the print server of this machine ---- */

struct _ipp_s;

/* Adds its queues; without a print server there are none. Takes twice PH_QUEUES_MS at most. Returns 0 or -EPROTO. */
int ph_queues_ask(struct ph_found_list *list);

/* The queues of an answer. */
void ph_queues_take(struct _ipp_s *response, struct ph_found_list *list);

/* ---- targets.c: who is asked ---- */

struct ph_targets {
	struct in_addr items[PH_TARGETS_MAX];
	unsigned len, next;
	struct in_addr interfaces[PH_INTERFACES_MAX]; /* own addresses, for multicast */
	unsigned interface_count;
};

/* 10/8, 172.16/12, 192.168/16 and 169.254/16: nobody else is ever asked, or believed. */
bool ph_address_is_private(struct in_addr address);

/* Adds an address that is not in the list yet. */
void ph_targets_add(struct ph_targets *targets, struct in_addr address);

/* The subnets of up to PH_INTERFACES_MAX interfaces, /24 at most, around the own address. Returns 0 or a negative errno. */
int ph_targets_local(struct ph_targets *targets);

/* ---- probe.c: port 9100 ---- */

struct ph_probes;

/* `ask`: sends DLE EOT 1, and GS I to whoever answers that; else a connection is opened and closed. */
struct ph_probes *ph_probes_new(
	uint16_t port, bool ask, struct ph_found_list *found); /* NULL: no memory */
void ph_probes_free(struct ph_probes *probes);		       /* accepts NULL */

/* Goes on with a connection that is open already, which it takes over; the fuzz target calls this. -EBUSY. */
int ph_probes_adopt(struct ph_probes *probes, int fd, struct in_addr address, uint64_t now_us);

/* Starts what may be started now. Returns when to call again (monotonic), or UINT64_MAX when all is done. */
uint64_t ph_probes_run(struct ph_probes *probes, struct ph_targets *targets, uint64_t now_us);

/* Fills at most PH_PROBES_MAX rows; returns how many. ph_probes_ready() takes them back. */
unsigned ph_probes_poll(struct ph_probes *probes, struct pollfd *rows);
void ph_probes_ready(
	struct ph_probes *probes, const struct pollfd *rows, unsigned count, uint64_t now_us);

/* ---- announced.c: multicast DNS ---- */

struct ph_announced;

/* `responder`: asks this address instead of the multicast group, and believes what it says of loopback; or NULL. */
struct ph_announced *ph_announced_new(const struct ph_targets *targets,
	const struct sockaddr_in *responder);		/* NULL: no memory */
void ph_announced_free(struct ph_announced *announced); /* accepts NULL */

/* Sends what is due. Returns when to call again, or UINT64_MAX when it is over. */
uint64_t ph_announced_run(struct ph_announced *announced, uint64_t now_us);
unsigned ph_announced_poll(struct ph_announced *announced, struct pollfd rows[PH_INTERFACES_MAX]);
void ph_announced_ready(
	struct ph_announced *announced, const struct pollfd *rows, unsigned count, uint64_t now_us);

/* One message of a responder; the fuzz target calls this. */
void ph_announced_take(struct ph_announced *announced, const uint8_t *message, size_t len);

/* Puts what the records say together. Hosts that only announce another protocol are to be probed. */
void ph_announced_finish(
	struct ph_announced *announced, struct ph_found_list *found, struct ph_targets *targets);

#endif
