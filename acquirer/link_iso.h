/* The inside of the ISO 8583 link, for its three files: the line, what is in flight, what arrives. */
#ifndef PH_ACQUIRER_LINK_ISO_H
#define PH_ACQUIRER_LINK_ISO_H

#include "acquirer/link.h"
#include "acquirer/wire.h"
#include "base/secret.h"

#define SLOT_BYTES   4096 /* of one framed message */
#define LATE_MAX     64	  /* requests whose answers may still come */
#define PAUSE_MIN_US 500000ull
#define PAUSE_MAX_US 30000000ull
#define NETWORK_OUT_MAX                                                                            \
	8 /* messages of the link itself that wait to be sent; one more is dropped */
#define NETWORK_BYTES	 256
#define RECEIVE_BYTES	 (PH_ISO_MESSAGE_MAX + PH_ISO_FRONT_MAX + 1024)
#define LATE_PAYMENT_LEN (PH_NAME_MAX + 1)

/* What an answer is known by. */
struct key {
	char mti[5]; /* of the answer */
	char stan[7], transmission[11];
};

/* A request in flight. */
struct slot {
	struct iso_link *link;
	bool totals;	 /* it asks about a day */
	bool used, told; /* told: nobody waits, and it is here until its bytes have gone */
	uint64_t ticket, order;
	struct key key;
	char point[6]; /* "M0200": crash points of this message */
	char payment[LATE_PAYMENT_LEN];
	uint64_t amount; /* asked for; 0 of a reversal */
	uint64_t since_us;
	uint8_t *hidden_frame; /* SLOT_BYTES in locked memory, zeros after it was sent */
	size_t len, written;
	sd_event_source *deadline;
};

enum phase { IDLE, CONNECTING, SIGNING, UP };

struct iso_link {
	struct ph_link link;
	struct ph_link_setup setup;
	struct ph_composer composer;
	struct ph_wire wire;
	struct ph_tls *tls; /* NULL: the line is plain */
	enum phase phase;
	enum ph_link_state state;
	uint64_t state_since_us;
	char reason[PH_LINK_WHY_SIZE];
	bool watched;
	sd_event_source *io, *defer, *connect_deadline, *echo, *echo_deadline, *reconnect;
	uint64_t pause_us;
	int failed; /* of `defer` */

	struct slot slots[PH_LINK_IN_FLIGHT];
	uint64_t order;
	struct {
		struct key key;
		char payment[LATE_PAYMENT_LEN];
	} late[LATE_MAX];
	unsigned late_next;

	/* Messages of the link itself. */
	struct {
		uint8_t frame[NETWORK_BYTES];
		size_t len;
	} network[NETWORK_OUT_MAX];
	unsigned network_len;
	size_t network_written; /* of the first */
	char network_stan[7], network_code[4];
	unsigned network_counter;
	bool network_waits;

	struct ph_secret
		*hidden; /* frames of the slots, received bytes, what is unpacked of them */
	uint8_t *hidden_received, *hidden_store;
	size_t received;
};

/* link_iso.c: the line */
void link_fail(struct iso_link *link, int error, const char *why);
void link_up(struct iso_link *link);	 /* messages may go */
void link_proven(struct iso_link *link); /* the host itself has answered, or nobody wants to know */
void link_send_network(struct iso_link *link, const char *code);
void link_queue_network(struct iso_link *link, const uint8_t *frame, size_t len);
void link_want_write(struct iso_link *link);

/* link_flight.c: requests */
void slot_finish(struct slot *slot, const struct ph_link_answer *answer);
void slot_free(struct slot *slot);
void slot_remember(struct iso_link *link, const struct slot *slot);
void slots_broken(struct iso_link *link, const char *why);
struct slot *slot_to_write(struct iso_link *link);
struct slot *slot_for(struct iso_link *link, const struct key *key);
int slot_new(struct iso_link *link, const struct ph_record *record,
	const struct ph_account *const accounts[2], uint64_t ticket, char why[PH_RECORD_WHY_SIZE]);
int slot_new_totals(struct iso_link *link, const struct ph_totals *totals, uint64_t ticket,
	char why[PH_RECORD_WHY_SIZE]);

/* link_answers.c: what arrives. 0, or -EBADMSG when the stream cannot be read on. */
int link_read_frames(struct iso_link *link);

#endif
