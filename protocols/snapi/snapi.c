// Reads and builds SNAPI reports and joins the parts of labels and answers; what answers mean is in
// attribute.c.
#include "protocols/snapi/snapi.h"

#include <errno.h>
#include <string.h>

#define ID_ACK		0x01
#define ID_STATUS	0x21
#define ID_LABEL	0x22
#define ID_NOTIFICATION 0x24
#define ID_ATTRIBUTE	0x27
#define LABEL_HEAD	6
#define ATTRIBUTE_HEAD	3
#define ATTRIBUTE_MORE	0x10

static const struct {
	uint8_t id, values;
} outputs[PH_SNAPI_OUTPUTS] = {
	[PH_SNAPI_AIM] = {0x02, 2},
	[PH_SNAPI_MODE] = {0x03, 3},
	[PH_SNAPI_ENABLE] = {0x06, 2},
	[PH_SNAPI_MACRO_PDF] = {0x08, 2},
	[PH_SNAPI_TRIGGER] = {0x0a, 2},
};

int ph_snapi_output(
	enum ph_snapi_output output, uint8_t value, uint8_t ret_report[PH_SNAPI_REPORT_LEN])
{
	if (value >= outputs[output].values)
		return -EINVAL;
	memset(ret_report, 0, PH_SNAPI_REPORT_LEN);
	ret_report[0] = outputs[output].id;
	ret_report[1] = value;
	return 0;
}

uint8_t ph_snapi_output_id(enum ph_snapi_output output)
{
	return outputs[output].id;
}

bool ph_snapi_ack(uint8_t input_id, uint8_t ret_report[PH_SNAPI_REPORT_LEN])
{
	if (input_id == ID_STATUS)
		return false;
	memset(ret_report, 0, PH_SNAPI_REPORT_LEN);
	ret_report[0] = ID_ACK;
	ret_report[1] = input_id;
	ret_report[2] = 1;
	return true;
}

void ph_snapi_init(struct ph_snapi *snapi)
{
	memset(snapi, 0, offsetof(struct ph_snapi, answer));
	ph_join_init(&snapi->answer);
	snapi->event_count = snapi->event_next = 0;
}

static struct ph_snapi_event *add_event(struct ph_snapi *snapi, enum ph_snapi_kind kind)
{
	struct ph_snapi_event *event = &snapi->events[snapi->event_count++];

	memset(event, 0, sizeof *event);
	event->kind = kind;
	return event;
}

static void add_drop(struct ph_snapi *snapi, enum ph_lost reason, bool of_answer)
{
	if (reason == PH_LOST_NONE)
		return;
	struct ph_snapi_event *event = add_event(snapi, PH_SNAPI_DROPPED);
	event->reason = reason;
	event->of_answer = of_answer;
	snapi->dropped++;
}

/* Drops the label that is open; its other parts, which have numbers, are then known to be of it. */
static void drop_label(struct ph_snapi *snapi, enum ph_lost reason)
{
	add_drop(snapi, reason, false);
	snapi->label_count = 0;
}

static bool label_is_late(const struct ph_snapi *snapi, uint64_t now_ms)
{
	return snapi->label_count && now_ms > snapi->label_until_ms;
}

/* Begins a label with its first part; false for another part of one that is not open. */
static bool open_label(struct ph_snapi *snapi, unsigned count, unsigned index, uint16_t type)
{
	if (index != 0 || count == 0)
		return false;
	snapi->label_count = count;
	snapi->label_next = 0;
	snapi->label_type = type;
	snapi->label_len = 0;
	return true;
}

static void take_label(struct ph_snapi *snapi, const uint8_t *report, size_t len, uint64_t now_ms)
{
	if (len < LABEL_HEAD || report[3] > len - LABEL_HEAD) {
		drop_label(snapi, len < LABEL_HEAD ? PH_LOST_REPORT : PH_LOST_LENGTH);
		return;
	}
	unsigned count = report[1], index = report[2], part = report[3];
	uint16_t type = (uint16_t)(report[4] | report[5] << 8);

	if (label_is_late(snapi, now_ms))
		drop_label(snapi, PH_LOST_GAP);
	if (snapi->label_count && type != snapi->label_type)
		drop_label(snapi, PH_LOST_IDENTIFIER);
	else if (snapi->label_count && (count != snapi->label_count || index != snapi->label_next))
		drop_label(snapi, PH_LOST_ORDER);
	if (!snapi->label_count && !open_label(snapi, count, index, type))
		return;
	if (part > sizeof snapi->label - snapi->label_len) {
		drop_label(snapi, PH_LOST_TOO_LONG);
		return;
	}
	memcpy(snapi->label + snapi->label_len, report + LABEL_HEAD, part);
	snapi->label_len += part;
	snapi->label_until_ms = now_ms + PH_JOIN_GAP_MS;
	if (++snapi->label_next < snapi->label_count)
		return;
	snapi->label_count = 0;
	struct ph_snapi_event *event = add_event(snapi, PH_SNAPI_LABEL);
	event->data = snapi->label;
	event->len = snapi->label_len;
	event->type = type;
	snapi->labels++;
}

static void take_answer(struct ph_snapi *snapi, const uint8_t *report, size_t len, uint64_t now_ms)
{
	enum ph_lost reason;

	if (len < ATTRIBUTE_HEAD || report[2] > len - ATTRIBUTE_HEAD) {
		add_drop(snapi, len < ATTRIBUTE_HEAD ? PH_LOST_REPORT : PH_LOST_LENGTH, true);
		ph_join_break(&snapi->answer, true, now_ms);
		return;
	}
	struct ph_piece piece = {
		.data = report + ATTRIBUTE_HEAD,
		.len = report[2],
		.more = report[1] & ATTRIBUTE_MORE,
	};
	enum ph_join_result result = ph_join_add(&snapi->answer, &piece, now_ms, &reason);
	add_drop(snapi, reason, true);
	if (result != PH_JOIN_LABEL)
		return;
	struct ph_snapi_event *event = add_event(snapi, PH_SNAPI_ANSWER);
	event->data = snapi->answer.data;
	event->len = snapi->answer.len;
}

int ph_snapi_feed(struct ph_snapi *snapi, const uint8_t *report, size_t len, uint64_t now_ms)
{
	struct ph_snapi_event *event;

	if (snapi->event_next < snapi->event_count)
		return -EBUSY;
	snapi->event_count = snapi->event_next = 0;
	if (len == 0)
		return 0;
	switch (report[0]) {
	case ID_LABEL:
		take_label(snapi, report, len, now_ms);
		return 0;
	case ID_ATTRIBUTE:
		take_answer(snapi, report, len, now_ms);
		return 0;
	case ID_STATUS:
		if (len < 4) {
			add_drop(snapi, PH_LOST_REPORT, true);
			return 0;
		}
		event = add_event(snapi, PH_SNAPI_STATUS);
		event->output = report[1];
		event->code = report[2];
		event->stored = report[3];
		return 0;
	case ID_NOTIFICATION:
		if (len < 2)
			add_drop(snapi, PH_LOST_REPORT, true);
		else
			add_event(snapi, PH_SNAPI_NOTIFICATION)->value = report[1];
		return 0;
	default:
		add_event(snapi, PH_SNAPI_UNKNOWN)->value = report[0];
		return 0;
	}
}

int ph_snapi_next(struct ph_snapi *snapi, struct ph_snapi_event *ret_event)
{
	if (snapi->event_next == snapi->event_count)
		return 0;
	*ret_event = snapi->events[snapi->event_next++];
	return 1;
}

int ph_snapi_late(struct ph_snapi *snapi, uint64_t now_ms)
{
	if (snapi->event_next < snapi->event_count)
		return -EBUSY;
	snapi->event_count = snapi->event_next = 0;
	if (label_is_late(snapi, now_ms))
		drop_label(snapi, PH_LOST_GAP);
	if (ph_join_is_late(&snapi->answer, now_ms))
		add_drop(snapi, PH_LOST_GAP, true);
	return 0;
}

uint64_t ph_snapi_deadline(const struct ph_snapi *snapi)
{
	uint64_t label = snapi->label_count ? snapi->label_until_ms + 1 : UINT64_MAX;
	uint64_t answer = ph_join_deadline(&snapi->answer);

	return label < answer ? label : answer;
}

void ph_snapi_request_sent(struct ph_snapi *snapi)
{
	ph_join_init(&snapi->answer);
}
