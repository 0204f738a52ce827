// The T=0 side of a command: what ISO/IEC 7816-3 makes the terminal fetch by itself. Procedure bytes are the reader's affair.
#include "protocols/emv/apdu.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define HEADER	     4
#define P3	     4 /* where the length stands in a TPDU */
#define STATUS	     2
#define DATA_MAX     (PH_APDU_ANSWER_MAX - STATUS)
#define INS_RESPONSE 0xc0

/* Whether the command ends in Le: cases 2 and 4. */
static bool wants_answer(const struct ph_t0 *t0)
{
	if (t0->command_len <= HEADER + 1)
		return t0->command_len == HEADER + 1;
	return t0->command_len == (size_t)HEADER + 2 + t0->command[P3];
}

static bool has_data(const struct ph_t0 *t0)
{
	return t0->command_len > HEADER + 1;
}

static int send(struct ph_t0 *t0, const uint8_t *tpdu, size_t len, uint8_t *out)
{
	if (t0->rounds == PH_T0_ROUNDS)
		return -EBADMSG;
	t0->rounds++;
	memcpy(out, tpdu, len);
	return (int)len;
}

static int send_response(struct ph_t0 *t0, uint8_t len, uint8_t *out)
{
	const uint8_t tpdu[HEADER + 1] = {0x00, INS_RESPONSE, 0x00, 0x00, len};

	t0->fetching = true;
	return send(t0, tpdu, sizeof tpdu, out);
}

int ph_t0_begin(struct ph_t0 *t0, const uint8_t *command, size_t len, uint8_t *out)
{
	if (!ph_apdu_is_short(command, len))
		return -EINVAL;
	ph_wipe(t0, sizeof *t0);
	memcpy(t0->command, command, len);
	t0->command_len = len;
	if (len == HEADER) {
		t0->command[P3] = 0; /* case 1 has a length in T=0, of nothing */
		return send(t0, t0->command, HEADER + 1, out);
	}
	return send(t0, t0->command, len - (has_data(t0) && wants_answer(t0)), out);
}

/* The answer is complete: its status is the warning that came in front of the data, if there was one. */
static int finish(struct ph_t0 *t0, unsigned status)
{
	if (t0->warning)
		status = t0->warning;
	t0->answer[t0->answer_len++] = (uint8_t)(status >> 8);
	t0->answer[t0->answer_len++] = (uint8_t)status;
	return 0;
}

static bool is_warning(uint8_t sw1)
{
	return sw1 == 0x62 || sw1 == 0x63;
}

/* 6Cxx: the same once more, with the right length. */
static int correct(struct ph_t0 *t0, uint8_t len, uint8_t *out)
{
	uint8_t tpdu[HEADER + 1];

	t0->corrected = true;
	if (t0->fetching)
		return send_response(t0, len, out);
	memcpy(tpdu, t0->command, HEADER);
	tpdu[P3] = len;
	return send(t0, tpdu, sizeof tpdu, out);
}

int ph_t0_feed(struct ph_t0 *t0, const uint8_t *answer, size_t len, uint8_t *out)
{
	if (len < STATUS || len - STATUS > DATA_MAX - t0->answer_len)
		return -EBADMSG;
	size_t data = len - STATUS;
	uint8_t sw1 = answer[data], sw2 = answer[data + 1];
	unsigned status = (unsigned)sw1 << 8 | sw2;
	bool expected = wants_answer(t0);

	memcpy(t0->answer + t0->answer_len, answer, data);
	t0->answer_len += data;
	if (sw1 == 0x6c && !data && !t0->corrected && expected && (t0->fetching || !has_data(t0)))
		return correct(t0, sw2, out);
	t0->corrected = false;
	if (sw1 == 0x61 && expected)
		return send_response(t0, sw2, out);
	if (is_warning(sw1) && expected && has_data(t0) && !t0->fetching) {
		t0->warning = (uint16_t)status;
		return send_response(t0, 0, out);
	}
	return finish(t0, status);
}

void ph_t0_done(struct ph_t0 *t0)
{
	ph_wipe(t0, sizeof *t0);
}
