// Decodes reports of HID POS scanners and builds output reports; where things are in a report is
// found in layout.c.
#include "protocols/hidpos/hidpos.h"

#include <errno.h>
#include <string.h>

/* Makers' symbology bytes of menu answers, where the scanner sends them. */
#define HONEYWELL_ANSWER 0x3f
#define HONEYWELL_LAST	 0x36

static uint32_t read_place(struct ph_hidpos_place place, const uint8_t *report)
{
	return place.bit_size ? ph_hid_bits(report, place.bit_offset, place.bit_size) : 0;
}

void ph_hidpos_init(struct ph_hidpos *hidpos, const struct ph_hidpos_layout *layout)
{
	memset(hidpos, 0, offsetof(struct ph_hidpos, join));
	hidpos->layout = *layout;
	ph_join_init(&hidpos->join);
	hidpos->vendor = 0;
	hidpos->answers = PH_HIDPOS_NO_ANSWERS;
	hidpos->answers_until_ms = 0;
	hidpos->event_count = hidpos->event_next = 0;
}

static struct ph_hidpos_event *add_event(struct ph_hidpos *hidpos, enum ph_hidpos_kind kind)
{
	struct ph_hidpos_event *event = &hidpos->events[hidpos->event_count++];

	memset(event, 0, sizeof *event);
	event->kind = kind;
	return event;
}

static void add_drop(struct ph_hidpos *hidpos, enum ph_lost reason)
{
	if (reason == PH_LOST_NONE)
		return;
	add_event(hidpos, PH_HIDPOS_DROPPED)->reason = reason;
	hidpos->dropped++;
}

/*
 * Where Newland's answers are: right behind the length, whatever the descriptor calls the bytes
 * there.
 */
static const uint8_t *newland_answer(
	const struct ph_hidpos_layout *layout, const uint8_t *report, size_t *ret_len)
{
	size_t at = layout->data_at, n = layout->data_max;

	if (layout->length.bit_size == 8 && layout->length.bit_offset % 8 == 0) {
		at = layout->length.bit_offset / 8 + 1;
		n = read_place(layout->length, report);
	}
	if (n < 3 || n > layout->report_len - at)
		return NULL;
	if (report[at] != 0x02 || report[at + 1] || report[at + 2])
		return NULL;
	*ret_len = n;
	return report + at;
}

/* The vendor byte tells answers from labels of the same identifier, where it can be read. */
static bool is_honeywell_answer(
	const struct ph_hidpos_layout *layout, const uint8_t *report, bool *ret_last)
{
	char aim[3];

	for (unsigned i = 0; i < 3; i++)
		aim[i] = (char)read_place(layout->aim[i], report);
	bool text = memcmp(aim, "]X0", 3) == 0, last = memcmp(aim, "]Z6", 3) == 0;
	if (!text && !last)
		return false;
	uint8_t vendor = layout->vendor_at ? report[layout->vendor_at] : 0;
	if (vendor && vendor != (last ? HONEYWELL_LAST : HONEYWELL_ANSWER))
		return false;
	*ret_last = last;
	return true;
}

/* Takes a report that answers a command, when one is expected. */
static bool take_answer(struct ph_hidpos *hidpos, const uint8_t *report, uint64_t now_ms)
{
	const struct ph_hidpos_layout *layout = &hidpos->layout;
	const uint8_t *data = NULL;
	size_t len = 0;
	bool last = true;

	if (hidpos->answers == PH_HIDPOS_NO_ANSWERS)
		return false;
	if (now_ms > hidpos->answers_until_ms) {
		hidpos->answers = PH_HIDPOS_NO_ANSWERS;
		return false;
	}
	if (hidpos->answers == PH_HIDPOS_NEWLAND) {
		data = newland_answer(layout, report, &len);
	} else if (is_honeywell_answer(layout, report, &last)) {
		data = report + layout->data_at;
		len = layout->length.bit_size ? read_place(layout->length, report)
					      : strnlen((const char *)data, layout->data_max);
	}
	if (!data || len > (size_t)(report + layout->report_len - data))
		return false;
	struct ph_hidpos_event *event = add_event(hidpos, PH_HIDPOS_ANSWER);
	event->data = data;
	event->len = len;
	event->last = last;
	hidpos->answers_until_ms = now_ms + PH_HIDPOS_ANSWER_NEXT_MS;
	if (last)
		hidpos->answers = PH_HIDPOS_NO_ANSWERS;
	return true;
}

static void add_label(struct ph_hidpos *hidpos)
{
	const struct ph_join *join = &hidpos->join;
	struct ph_hidpos_event *event = add_event(hidpos, PH_HIDPOS_LABEL);

	event->data = join->data;
	event->len = join->len;
	if (hidpos->cut_cr && event->len && event->data[event->len - 1] == '\r')
		event->len--;
	for (unsigned i = 0; i < 3; i++)
		event->aim[i] = (uint8_t)(join->identifier >> 8 * (2 - i));
	event->vendor = hidpos->vendor;
	hidpos->labels++;
}

static void take_piece(struct ph_hidpos *hidpos, const uint8_t *report, uint64_t now_ms)
{
	const struct ph_hidpos_layout *layout = &hidpos->layout;
	struct ph_piece piece = {
		.data = report + layout->data_at,
		.len = layout->data_max,
		.more = read_place(layout->more, report) != 0,
	};
	enum ph_lost reason;

	for (unsigned i = 0; i < 3; i++)
		piece.identifier = piece.identifier << 8 | read_place(layout->aim[i], report);
	if (layout->length.bit_size)
		piece.len = read_place(layout->length, report);
	else
		while (!piece.more && piece.len && !piece.data[piece.len - 1])
			piece.len--;
	if (piece.len > layout->data_max) {
		add_drop(hidpos, PH_LOST_LENGTH);
		ph_join_break(&hidpos->join, piece.more, now_ms);
		return;
	}
	bool first = hidpos->join.state != PH_JOIN_OPEN;
	if (first && !piece.len && !piece.identifier && !piece.more &&
		hidpos->join.state == PH_JOIN_IDLE) {
		hidpos->empty++;
		return;
	}
	enum ph_join_result result = ph_join_add(&hidpos->join, &piece, now_ms, &reason);
	add_drop(hidpos, reason);
	if ((first || reason != PH_LOST_NONE) && layout->vendor_at)
		hidpos->vendor = report[layout->vendor_at];
	if (result == PH_JOIN_REST)
		hidpos->swallowed += reason != PH_LOST_TOO_LONG;
	if (result == PH_JOIN_LABEL)
		add_label(hidpos);
}

int ph_hidpos_feed(struct ph_hidpos *hidpos, const uint8_t *report, size_t len, uint64_t now_ms)
{
	if (hidpos->event_next < hidpos->event_count)
		return -EBUSY;
	hidpos->event_count = hidpos->event_next = 0;
	if (len == 0 || report[0] != hidpos->layout.report_id)
		return 0;
	if (len != hidpos->layout.report_len) {
		add_drop(hidpos, PH_LOST_REPORT);
		ph_join_break(&hidpos->join, true, now_ms);
		return 1;
	}
	if (!take_answer(hidpos, report, now_ms))
		take_piece(hidpos, report, now_ms);
	return 1;
}

int ph_hidpos_next(struct ph_hidpos *hidpos, struct ph_hidpos_event *ret_event)
{
	if (hidpos->event_next == hidpos->event_count)
		return 0;
	*ret_event = hidpos->events[hidpos->event_next++];
	return 1;
}

int ph_hidpos_late(struct ph_hidpos *hidpos, uint64_t now_ms)
{
	if (hidpos->event_next < hidpos->event_count)
		return -EBUSY;
	hidpos->event_count = hidpos->event_next = 0;
	if (ph_join_is_late(&hidpos->join, now_ms))
		add_drop(hidpos, PH_LOST_GAP);
	return 0;
}

uint64_t ph_hidpos_deadline(const struct ph_hidpos *hidpos)
{
	return ph_join_deadline(&hidpos->join);
}

void ph_hidpos_expect(struct ph_hidpos *hidpos, enum ph_hidpos_answers answers, uint64_t now_ms)
{
	hidpos->answers = answers;
	hidpos->answers_until_ms = now_ms + PH_HIDPOS_ANSWER_FIRST_MS;
}

int ph_hidpos_output(const struct ph_hidpos_layout *layout, enum ph_hidpos_action action,
	uint8_t *report, size_t max)
{
	const struct ph_hidpos_output *output = &layout->outputs[action];

	if (output->report_len == 0)
		return -EOPNOTSUPP;
	if (output->report_len > max)
		return -ENOBUFS;
	memset(report, 0, output->report_len);
	report[0] = output->report_id;
	ph_hid_set_bits(report, output->bit_offset, 1, 1);
	return output->report_len;
}
