/* The socket of poshal-acquirer: one connection, of poshald, with requests as in docs/acquirer-protocol.md. */
#ifndef PH_ACQUIRER_SERVER_H
#define PH_ACQUIRER_SERVER_H

#include "acquirer/keys.h"
#include "acquirer/link.h"
#include "base/stream.h"

#define PH_SERVER_LINE_MAX  (64 * 1024)	 /* bytes of a request; a longer one ends the connection */
#define PH_SERVER_QUEUE_MAX (256 * 1024) /* unsent bytes; more end the connection */

/* A request that waits for the host. */
struct ph_server_call {
	uint64_t ticket; /* 0: free */
	char id[PH_ID_MAX * 6 + 3];
};

struct ph_server {
	const struct ph_keys *keys;
	const char *spare_keys; /* of the configuration */
	const char *tid;	/* the same */
	bool request_repeat;	/* the host takes 0101 and 0201 */
	const struct ph_link_ops *ops;
	struct ph_link *link;
	sd_event *event;
	sd_event_source *listener;
	int fd;		/* that listens */
	uid_t uid;	/* whose connections are taken */
	bool connected; /* `stream` is in use */
	struct ph_stream stream;
	struct ph_server_call calls[PH_LINK_IN_FLIGHT];
	uint64_t tickets;
	struct ph_secret *hidden; /* the accounts of the request in hand */
};

struct ph_server_setup {
	const struct ph_link_ops *ops;
	struct ph_link_setup *link; /* its news become the server's */
	const struct ph_keys *keys;
	int fd;	   /* that listens; the server's from the start on, also where that fails */
	uid_t uid; /* whose connections are taken */
};

/* Begins to listen. keys and link outlive the server. 0, or a negative errno with a sentence in why[]. */
int ph_server_start(
	struct ph_server *server, const struct ph_server_setup *setup, char why[PH_LINK_WHY_SIZE]);
void ph_server_done(struct ph_server *server);

#endif
