// Answers of serial drawers in a stream of bytes; what is asked and when is the driver's.
#include "drivers/drawer-serial/answer.h"

#include <string.h>

void ph_drawer_answer_init(
	struct ph_drawer_answer_reader *reader, const struct ph_drawer_answers *answers)
{
	*reader = (struct ph_drawer_answer_reader){.answers = answers};
}

void ph_drawer_answer_reset(struct ph_drawer_answer_reader *reader)
{
	reader->len = 0;
}

enum ph_drawer_state ph_drawer_answer_feed(struct ph_drawer_answer_reader *reader, uint8_t byte)
{
	const struct ph_drawer_answers *answers = reader->answers;

	if (!answers->len)
		return PH_DRAWER_STATE_UNKNOWN;
	if (reader->len == answers->len)
		memmove(reader->last, reader->last + 1, --reader->len);
	reader->last[reader->len++] = byte;
	if (reader->len < answers->len)
		return PH_DRAWER_STATE_UNKNOWN;
	if (!memcmp(reader->last, answers->open, answers->len))
		return PH_DRAWER_STATE_OPEN;
	if (!memcmp(reader->last, answers->closed, answers->len))
		return PH_DRAWER_STATE_CLOSED;
	return PH_DRAWER_STATE_UNKNOWN;
}
