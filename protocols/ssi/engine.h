/*
 * The host's side of an SSI line: answers packets, joins the segments of labels, sends commands one after the other and
 * again when they are not understood. It has neither line nor clock: the owner gives it bytes and the time, and asks for
 * events, of which one is "write this", until there are none; and again at its deadline:
 *
 *	ph_ssi_engine_receive(engine, bytes, len, now);
 *	while (ph_ssi_engine_next(engine, now, &event) > 0)
 *		handle(&event);
 *
 * Source: Zebra (Symbol) Simple Serial Interface Programmer's Guide, 72E-40451, chapter 3 (transaction rules).
 */
#ifndef PH_PROTOCOLS_SSI_ENGINE_H
#define PH_PROTOCOLS_SSI_ENGINE_H

#include "poshal/limits.h"
#include "protocols/ssi/ssi.h"

#define PH_SSI_RESPONSE_MS                                                                         \
	2000 /* for the answer to a command; the makers' default for the host's answers */
#define PH_SSI_CHARACTER_MS 990	 /* between the bytes of a packet */
#define PH_SSI_SEGMENT_MS   2000 /* between the segments of a label; then it is given up */
#define PH_SSI_WAKE_MS	    10	 /* between the byte that wakes a sleeping scanner and a command */
#define PH_SSI_RESENDS	    2	 /* of a command */
#define PH_SSI_COMMANDS_MAX 16	 /* that wait; one more is -ENOBUFS */
#define PH_SSI_COMMAND_DATA 32	 /* bytes of a command; more is -EMSGSIZE */

enum ph_ssi_event_kind {
	PH_SSI_SEND,  /* data: bytes to write to the scanner, now and in this order */
	PH_SSI_LABEL, /* code, data: type and bytes of a whole label */
	PH_SSI_LABEL_LOST, /* error: -EMSGSIZE too long, -EBADMSG segments of two labels, -ETIMEDOUT the rest is missing */
	PH_SSI_NOTICE, /* code: of an EVENT packet */
	PH_SSI_ANSWER, /* code, data: opcode and data of any other packet, such as REPLY_REVISION */
	PH_SSI_DONE,   /* code: opcode of the command that is through */
	/* code: opcode of the command that is not; error: -ETIMEDOUT no answer, -EIO garbled each time, -EACCES denied,
	   -EOPNOTSUPP not now or not known */
	PH_SSI_FAILED
};

struct ph_ssi_event {
	enum ph_ssi_event_kind kind;
	uint8_t code;
	int error;
	const uint8_t *data; /* valid until the next call */
	size_t len;
};

struct ph_ssi_command {
	uint8_t opcode, len;
	uint8_t data[PH_SSI_COMMAND_DATA];
};

struct ph_ssi_engine {
	struct ph_ssi_decoder decoder;
	uint64_t received_ms; /* when bytes came last */

	/* The label that is open. */
	bool open, skipping; /* skipping: the rest of one that is lost */
	uint8_t type;
	size_t label_len;
	uint64_t segment_ms;
	uint8_t label[PH_LABEL_MAX];

	/* The packet that was accepted last, to know it again. */
	struct ph_ssi_packet last;
	uint8_t last_data[PH_SSI_DATA_MAX];

	/* Commands; the first one is under way when `busy`. */
	struct ph_ssi_command commands[PH_SSI_COMMANDS_MAX];
	size_t count;
	bool busy, waking, answered;
	uint8_t sends; /* of the first command */
	uint64_t deadline_ms;

	uint8_t out[2 * PH_SSI_PACKET_MAX];
	size_t out_len;
	uint64_t retransmits; /* discarded */
};

void ph_ssi_engine_init(struct ph_ssi_engine *engine);

/* Gives bytes of the scanner; as ph_ssi_decoder_feed(). */
int ph_ssi_engine_receive(
	struct ph_ssi_engine *engine, const void *data, size_t len, uint64_t now_ms);

/*
 * Returns 1 and an event, or 0 when there is none for now; call until then. No command is begun while the scanner talks.
 */
int ph_ssi_engine_next(
	struct ph_ssi_engine *engine, uint64_t now_ms, struct ph_ssi_event *ret_event);

/* When to call next() again at the latest, whatever comes; UINT64_MAX when nothing is awaited. */
uint64_t ph_ssi_engine_deadline(const struct ph_ssi_engine *engine);

/* Queues a command; it ends in one DONE or FAILED. */
int ph_ssi_engine_command(
	struct ph_ssi_engine *engine, uint8_t opcode, const void *data, size_t len);

/*
 * Queues what a scanner needs after opening: stop, empty its queue, decode mode, answers and packets on, no programming by
 * bar code, revision, enable. -ENOBUFS when not all of it has room. A step that a model refuses ends FAILED alone.
 */
int ph_ssi_engine_start(struct ph_ssi_engine *engine);

#endif
