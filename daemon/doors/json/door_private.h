/* What the listener (door.c), the connections (conn.c) and the rpc.* methods (rpc.c) share. */
#ifndef PH_DAEMON_DOORS_JSON_DOOR_PRIVATE_H
#define PH_DAEMON_DOORS_JSON_DOOR_PRIVATE_H

#include "base/buf.h"
#include "base/stream.h"
#include "daemon/doors/call.h"
#include "daemon/doors/json/door.h"
#include "daemon/objects/client.h"

#define PH_ID_TEXT_MAX (PH_ID_MAX * 6 + 3) /* a string id with every byte escaped */

struct ph_json_conn {
	struct ph_client client;
	struct ph_stream stream;
	struct ph_json_door *door;
	pid_t pid;
	bool ended; /* the client sends no more; answers are still due */
	struct ph_json_conn *next, **prev;
};

/* A call of this door; freed with its answer. */
struct ph_json_call {
	struct ph_call call;
	cJSON *message; /* owns params */
	char id[PH_ID_TEXT_MAX];
};

struct ph_json_door {
	struct ph_daemon *daemon;
	int fd;
	int spare_fd; /* given up for a moment to refuse a connection when descriptors run out */
	bool inherited;
	sd_event_source *listener;
	struct ph_poll_set *set; /* of the connections */
	struct ph_json_conn *conns;
	struct ph_buf scratch; /* one message being built */
	char path[220];
	int lock_fd;
};

/* Takes over a connected descriptor: greets it, or refuses it when there are too many. */
void ph_json_conn_accept(struct ph_json_door *door, int fd);
void ph_json_conn_free(struct ph_json_conn *conn);

/* Writes a request id as JSON text. -EINVAL: not a string of at most PH_ID_MAX bytes or a whole number. */
int ph_json_id_text(const cJSON *id, char out[PH_ID_TEXT_MAX]);

/* Builds an error message with its LF in `buf`. `id` is JSON text, "null" when unknown. */
void ph_json_error(struct ph_buf *buf, const char *id, const struct ph_failure *failure);

#endif
