// Joins segments of labels and packets of answers; what a single packet means is in packet.c.
#include "protocols/ibm-oem/ibm_oem.h"

#include <errno.h>
#include <string.h>

void ph_oem_init(struct ph_oem *oem, bool table_top)
{
	oem->table_top = table_top;
	oem->labels = oem->dropped = oem->swallowed = 0;
	ph_join_init(&oem->label);
	ph_join_init(&oem->answer);
	oem->event_count = oem->event_next = 0;
}

static struct ph_oem_event *add_event(struct ph_oem *oem, enum ph_oem_event_kind kind)
{
	struct ph_oem_event *event = &oem->events[oem->event_count++];

	memset(event, 0, sizeof *event);
	event->kind = kind;
	return event;
}

static void add_drop(struct ph_oem *oem, enum ph_lost reason, bool of_answer)
{
	if (reason == PH_LOST_NONE)
		return;
	struct ph_oem_event *event = add_event(oem, PH_OEM_EVENT_DROPPED);
	event->reason = reason;
	event->of_answer = of_answer;
	oem->dropped++;
}

/* Table-top scanners send digits as numbers. */
static void to_characters(uint8_t *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (label[i] <= 9)
			label[i] = (uint8_t)(label[i] + '0');
}

static void take_segment(struct ph_oem *oem, const struct ph_oem_packet *packet, uint64_t now_ms)
{
	struct ph_oem_segment segment;
	struct ph_join *join = &oem->label;
	enum ph_lost reason;

	if (ph_oem_segment(packet, &segment) < 0) {
		add_drop(oem, PH_LOST_LENGTH, false);
		ph_join_break(join, true, now_ms);
		return;
	}
	struct ph_piece piece = {.data = segment.data, .len = segment.len, .more = segment.more};
	for (unsigned i = 0; i < segment.id_len; i++)
		piece.identifier = piece.identifier << 8 | segment.id[i];
	enum ph_join_result result = ph_join_add(join, &piece, now_ms, &reason);
	add_drop(oem, reason, false);
	if (result == PH_JOIN_REST)
		oem->swallowed += reason != PH_LOST_TOO_LONG;
	if (result != PH_JOIN_LABEL)
		return;
	if (oem->table_top && ph_oem_is_upc_ean(segment.id, segment.id_len))
		to_characters(join->data, join->len);
	struct ph_oem_event *event = add_event(oem, PH_OEM_EVENT_LABEL);
	event->packet = *packet;
	event->data = join->data;
	event->len = join->len;
	memcpy(event->id, segment.id, sizeof event->id);
	event->id_len = segment.id_len;
	oem->labels++;
}

static void take_answer(struct ph_oem *oem, const struct ph_oem_packet *packet, uint64_t now_ms)
{
	enum ph_lost reason;

	if (packet->len == 0) {
		add_drop(oem, PH_LOST_LENGTH, true);
		ph_join_init(&oem->answer);
		return;
	}
	struct ph_piece piece = {
		.data = packet->data + 1, .len = packet->len - 1, .more = packet->data[0] != 0};
	enum ph_join_result result = ph_join_add(&oem->answer, &piece, now_ms, &reason);
	add_drop(oem, reason, true);
	if (result != PH_JOIN_LABEL)
		return;
	struct ph_oem_event *event = add_event(oem, PH_OEM_EVENT_ANSWER);
	event->packet = *packet;
	event->data = oem->answer.data;
	event->len = oem->answer.len;
}

int ph_oem_feed(struct ph_oem *oem, const uint8_t *bytes, size_t len, uint64_t now_ms)
{
	struct ph_oem_packet packet;

	if (oem->event_next < oem->event_count)
		return -EBUSY;
	oem->event_count = oem->event_next = 0;
	if (ph_oem_parse(bytes, len, &packet) < 0) {
		add_drop(oem, PH_LOST_REPORT, false);
		ph_join_break(&oem->label, true, now_ms);
		return 0;
	}
	if (packet.kind == PH_OEM_LABEL)
		take_segment(oem, &packet, now_ms);
	else if (packet.kind == PH_OEM_DIRECTIO_DATA)
		take_answer(oem, &packet, now_ms);
	else
		add_event(oem, PH_OEM_EVENT_PACKET)->packet = packet;
	return 0;
}

int ph_oem_next(struct ph_oem *oem, struct ph_oem_event *ret_event)
{
	if (oem->event_next == oem->event_count)
		return 0;
	*ret_event = oem->events[oem->event_next++];
	return 1;
}

int ph_oem_late(struct ph_oem *oem, uint64_t now_ms)
{
	if (oem->event_next < oem->event_count)
		return -EBUSY;
	oem->event_count = oem->event_next = 0;
	if (ph_join_is_late(&oem->label, now_ms))
		add_drop(oem, PH_LOST_GAP, false);
	if (ph_join_is_late(&oem->answer, now_ms))
		add_drop(oem, PH_LOST_GAP, true);
	return 0;
}

uint64_t ph_oem_deadline(const struct ph_oem *oem)
{
	uint64_t label = ph_join_deadline(&oem->label), answer = ph_join_deadline(&oem->answer);

	return label < answer ? label : answer;
}

void ph_oem_command_sent(struct ph_oem *oem)
{
	ph_join_init(&oem->answer);
}
