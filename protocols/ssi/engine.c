// The host's side of SSI: what to answer, what to send next and what it means; packets are ssi.c.
#include "protocols/ssi/engine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

void ph_ssi_engine_init(struct ph_ssi_engine *engine)
{
	memset(engine, 0, sizeof *engine);
	ph_ssi_decoder_init(&engine->decoder, PH_SSI_FROM_SCANNER);
}

int ph_ssi_engine_receive(
	struct ph_ssi_engine *engine, const void *data, size_t len, uint64_t now_ms)
{
	const int r = ph_ssi_decoder_feed(&engine->decoder, data, len);

	if (r == 0 && len)
		engine->received_ms = now_ms;
	return r;
}

/* There is always room: nothing is read or begun before next() has handed out what is unsent. */
static void put(struct ph_ssi_engine *engine, uint8_t opcode, uint8_t status, const uint8_t *data,
	size_t len)
{
	const struct ph_ssi_packet packet = {
		.opcode = opcode,
		.source = PH_SSI_FROM_HOST,
		.status = status,
		.data = data,
		.len = len,
	};
	const int n = ph_ssi_encode(
		&packet, engine->out + engine->out_len, sizeof engine->out - engine->out_len);

	if (n > 0)
		engine->out_len += (size_t)n;
}

static int emit(struct ph_ssi_event *event, enum ph_ssi_event_kind kind, uint8_t code, int error)
{
	*event = (struct ph_ssi_event){.kind = kind, .code = code, .error = error};
	return 1;
}

/* The first command is through, one way or the other. */
static int finish(struct ph_ssi_engine *engine, int error, struct ph_ssi_event *event)
{
	const uint8_t opcode = engine->commands[0].opcode;

	engine->count--;
	memmove(engine->commands, engine->commands + 1, engine->count * sizeof *engine->commands);
	engine->busy = engine->waking = engine->answered = false;
	return emit(event, error ? PH_SSI_FAILED : PH_SSI_DONE, opcode, error);
}

static void send_command(struct ph_ssi_engine *engine, uint64_t now_ms)
{
	const struct ph_ssi_command *command = &engine->commands[0];

	put(engine, command->opcode, engine->sends ? PH_SSI_RETRANSMIT : 0, command->data,
		command->len);
	engine->busy = true;
	engine->waking = false;
	engine->sends++;
	engine->deadline_ms = now_ms + PH_SSI_RESPONSE_MS;
}

/* The first command got no good answer: once more, or that was it. */
static int again(
	struct ph_ssi_engine *engine, int error, uint64_t now_ms, struct ph_ssi_event *event)
{
	if (engine->sends > PH_SSI_RESENDS)
		return finish(engine, error, event);
	if (error != -ETIMEDOUT) {
		send_command(engine, now_ms);
		return 0;
	}
	/* it may sleep: a byte wakes it, and then it needs a moment */
	engine->out[engine->out_len++] = 0;
	engine->waking = true;
	engine->deadline_ms = now_ms + PH_SSI_WAKE_MS;
	return 0;
}

/* The opcode that answers a command, or 0 for a mere ACK. */
static uint8_t answer_of(uint8_t opcode)
{
	switch (opcode) {
	case PH_SSI_REQUEST_REVISION:
		return PH_SSI_REPLY_REVISION;
	case PH_SSI_PARAM_REQUEST:
		return PH_SSI_PARAM_SEND;
	case PH_SSI_CAPABILITIES_REQUEST:
		return PH_SSI_CAPABILITIES_REPLY;
	case PH_SSI_RSM:
		return PH_SSI_RSM;
	default:
		return 0;
	}
}

static int handle_ack(struct ph_ssi_engine *engine, uint64_t now_ms, struct ph_ssi_event *event)
{
	if (!engine->busy)
		return 0;
	if (!answer_of(engine->commands[0].opcode))
		return finish(engine, 0, event);
	engine->deadline_ms = now_ms + PH_SSI_RESPONSE_MS;
	return 0;
}

static int handle_nak(struct ph_ssi_engine *engine, const struct ph_ssi_packet *packet,
	uint64_t now_ms, struct ph_ssi_event *event)
{
	const uint8_t reason = packet->len ? packet->data[0] : PH_SSI_NAK_RESEND;

	if (!engine->busy)
		return 0;
	if (reason == PH_SSI_NAK_RESEND)
		return again(engine, -EIO, now_ms, event);
	return finish(engine, reason == PH_SSI_NAK_DENIED ? -EACCES : -EOPNOTSUPP, event);
}

/* Whether this is the packet that was accepted last, sent once more because the answer was lost. */
static bool is_retransmit(const struct ph_ssi_engine *engine, const struct ph_ssi_packet *packet)
{
	const struct ph_ssi_packet *last = &engine->last;

	return (packet->status & PH_SSI_RETRANSMIT) && last->opcode == packet->opcode &&
	       (last->status | PH_SSI_RETRANSMIT) == packet->status && last->len == packet->len &&
	       !memcmp(engine->last_data, packet->data, packet->len);
}

static void remember(struct ph_ssi_engine *engine, const struct ph_ssi_packet *packet)
{
	engine->last = *packet;
	engine->last.data = NULL;
	memcpy(engine->last_data, packet->data, packet->len);
}

static int lose(struct ph_ssi_engine *engine, bool more, int error, struct ph_ssi_event *event)
{
	engine->open = false;
	engine->skipping = more;
	return emit(event, PH_SSI_LABEL_LOST, engine->type, error);
}

static int handle_segment(struct ph_ssi_engine *engine, const struct ph_ssi_packet *packet,
	uint64_t now_ms, struct ph_ssi_event *event)
{
	const bool more = packet->status & PH_SSI_MORE;

	engine->segment_ms = now_ms;
	if (engine->skipping) {
		engine->skipping = more;
		return 0;
	}
	if (!packet->len)
		return engine->open ? lose(engine, more, -EBADMSG, event) : 0;
	if (!engine->open) {
		engine->open = true;
		engine->type = packet->data[0];
		engine->label_len = 0;
	}
	if (engine->type != packet->data[0])
		return lose(engine, more, -EBADMSG, event);
	const size_t n = packet->len - 1;
	if (n > sizeof engine->label - engine->label_len)
		return lose(engine, more, -EMSGSIZE, event);
	memcpy(engine->label + engine->label_len, packet->data + 1, n);
	engine->label_len += n;
	if (more)
		return 0;
	engine->open = false;
	emit(event, PH_SSI_LABEL, engine->type, 0);
	event->data = engine->label;
	event->len = engine->label_len;
	return 1;
}

static int handle_packet(struct ph_ssi_engine *engine, const struct ph_ssi_packet *packet,
	uint64_t now_ms, struct ph_ssi_event *event)
{
	if (packet->opcode == PH_SSI_CMD_ACK)
		return handle_ack(engine, now_ms, event);
	if (packet->opcode == PH_SSI_CMD_NAK)
		return handle_nak(engine, packet, now_ms, event);
	put(engine, PH_SSI_CMD_ACK, 0, NULL, 0);
	if (is_retransmit(engine, packet)) {
		engine->retransmits++;
		return 0;
	}
	remember(engine, packet);
	if (packet->opcode == PH_SSI_DECODE_DATA)
		return handle_segment(engine, packet, now_ms, event);
	if (packet->opcode == PH_SSI_EVENT)
		return emit(event, PH_SSI_NOTICE, (uint8_t)(packet->len ? packet->data[0] : 0), 0);
	/* the answer to a command is two events: what it says, and that the command is through */
	engine->answered = engine->busy && answer_of(engine->commands[0].opcode) == packet->opcode;
	emit(event, PH_SSI_ANSWER, packet->opcode, 0);
	event->data = engine->last_data;
	event->len = packet->len;
	return 1;
}

/* Reads on until there is an event or something to send. */
static int read_packets(struct ph_ssi_engine *engine, uint64_t now_ms, struct ph_ssi_event *event)
{
	static const uint8_t resend = PH_SSI_NAK_RESEND;
	struct ph_ssi_packet packet;
	int r = 0;

	while (r == 0 && !engine->out_len) {
		const int found = ph_ssi_decoder_next(&engine->decoder, &packet);
		if (found == 0)
			break;
		if (found < 0) {
			/* what is sent again now is what was garbled, even where it equals the one before */
			engine->last.opcode = 0;
			put(engine, PH_SSI_CMD_NAK, 0, &resend, 1);
		} else {
			r = handle_packet(engine, &packet, now_ms, event);
		}
	}
	return r;
}

static bool talking(const struct ph_ssi_engine *engine)
{
	return ph_ssi_decoder_pending(&engine->decoder) || engine->open || engine->skipping;
}

/* What has not come in time. */
static int check_time(struct ph_ssi_engine *engine, uint64_t now_ms, struct ph_ssi_event *event)
{
	if ((engine->open || engine->skipping) &&
		now_ms >= engine->segment_ms + PH_SSI_SEGMENT_MS) {
		const bool told = engine->skipping;
		const int r = lose(engine, false, -ETIMEDOUT, event);
		return told ? 0 : r;
	}
	if (engine->busy && !engine->waking && !talking(engine) && now_ms >= engine->deadline_ms)
		return again(engine, -ETIMEDOUT, now_ms, event);
	return 0;
}

/* The next command, or the first one again that waited for the scanner to wake. */
static void begin(struct ph_ssi_engine *engine, uint64_t now_ms)
{
	const bool due = engine->waking ? now_ms >= engine->deadline_ms : !engine->busy;

	if (!engine->count || !due || talking(engine))
		return;
	if (!engine->waking)
		engine->sends = 0;
	send_command(engine, now_ms);
}

static int hand_out(struct ph_ssi_engine *engine, struct ph_ssi_event *event)
{
	emit(event, PH_SSI_SEND, 0, 0);
	event->data = engine->out;
	event->len = engine->out_len;
	engine->out_len = 0;
	return 1;
}

int ph_ssi_engine_next(
	struct ph_ssi_engine *engine, uint64_t now_ms, struct ph_ssi_event *ret_event)
{
	if (engine->out_len)
		return hand_out(engine, ret_event);
	if (engine->answered)
		return finish(engine, 0, ret_event);
	if (ph_ssi_decoder_pending(&engine->decoder) && !engine->decoder.in_len &&
		now_ms >= engine->received_ms + PH_SSI_CHARACTER_MS)
		ph_ssi_decoder_idle(&engine->decoder);
	int r = read_packets(engine, now_ms, ret_event);
	if (r == 0 && !engine->out_len)
		r = check_time(engine, now_ms, ret_event);
	if (r == 0 && !engine->out_len)
		begin(engine, now_ms);
	if (r == 0 && engine->out_len)
		return hand_out(engine, ret_event);
	return r;
}

uint64_t ph_ssi_engine_deadline(const struct ph_ssi_engine *engine)
{
	uint64_t first = UINT64_MAX, at;

	if (engine->busy && !talking(engine))
		first = engine->deadline_ms;
	at = engine->received_ms + PH_SSI_CHARACTER_MS;
	if (ph_ssi_decoder_pending(&engine->decoder) && at < first)
		first = at;
	at = engine->segment_ms + PH_SSI_SEGMENT_MS;
	if ((engine->open || engine->skipping) && at < first)
		first = at;
	return first;
}

int ph_ssi_engine_command(
	struct ph_ssi_engine *engine, uint8_t opcode, const void *data, size_t len)
{
	if (len > PH_SSI_COMMAND_DATA)
		return -EMSGSIZE;
	if (engine->count == PH_SSI_COMMANDS_MAX)
		return -ENOBUFS;
	struct ph_ssi_command *command = &engine->commands[engine->count++];
	*command = (struct ph_ssi_command){.opcode = opcode, .len = (uint8_t)len};
	if (len)
		memcpy(command->data, data, len);
	return 0;
}

int ph_ssi_engine_start(struct ph_ssi_engine *engine)
{
	static const struct ph_ssi_command steps[] = {
		{PH_SSI_SCAN_DISABLE, 0, {0}},
		{PH_SSI_FLUSH_QUEUE, 0, {0}},
		{PH_SSI_IMAGER_MODE, 1, {0}},
		{PH_SSI_PARAM_SEND, 3, {PH_SSI_BEEP_NONE, PH_SSI_PARAM_HANDSHAKE, 1}},
		{PH_SSI_PARAM_SEND, 3, {PH_SSI_BEEP_NONE, PH_SSI_PARAM_PACKETED, 1}},
		{PH_SSI_PARAM_SEND, 3, {PH_SSI_BEEP_NONE, PH_SSI_PARAM_PARAMSCAN, 0}},
		{PH_SSI_REQUEST_REVISION, 0, {0}},
		{PH_SSI_SCAN_ENABLE, 0, {0}},
	};

	if (PH_SSI_COMMANDS_MAX - engine->count < PH_ARRAY_SIZE(steps))
		return -ENOBUFS;
	memcpy(engine->commands + engine->count, steps, sizeof steps);
	engine->count += PH_ARRAY_SIZE(steps);
	return 0;
}
