// Commands for a card, and how T=0 carries them; what the answers mean is for the kernel.
#include "protocols/emv/apdu.h"

#include "base/secret.h"
#include "protocols/emv/tags.h"

#include <errno.h>
#include <string.h>

#define HEADER	      4
#define STATUS	      2
#define CLA_ISO	      0x00
#define CLA_EMV	      0x80
#define INS_EXTERNAL  0x82
#define INS_CHALLENGE 0x84
#define INS_INTERNAL  0x88
#define INS_SELECT    0xa4
#define INS_OPTIONS   0xa8
#define INS_GENERATE  0xae
#define INS_READ      0xb2
#define INS_GET_DATA  0xca
#define SELECT_NAME   0x04 /* P1 */
#define SELECT_NEXT   0x02 /* P2 */
#define READ_BY_SFI   0x04 /* P2: P1 is a record number */
#define OPTIONS_MAX   252

size_t ph_apdu_write(const struct ph_apdu *apdu, uint8_t out[PH_APDU_COMMAND_MAX])
{
	size_t len = HEADER;

	out[0] = apdu->cla;
	out[1] = apdu->ins;
	out[2] = apdu->p1;
	out[3] = apdu->p2;
	if (apdu->len) {
		out[len++] = apdu->len;
		memcpy(out + len, apdu->data, apdu->len);
		len += apdu->len;
	}
	if (apdu->answer)
		out[len++] = 0;
	return len;
}

bool ph_apdu_is_short(const uint8_t *command, size_t len)
{
	if (len < 4 || len > PH_APDU_COMMAND_MAX)
		return false;
	if (len <= 5)
		return true;
	/* a length of 00 with more behind it would be an extended one */
	return command[4] && (len == 5u + command[4] || len == 6u + command[4]);
}

int ph_apdu_status(const uint8_t *answer, size_t len)
{
	if (len < STATUS || len > PH_APDU_ANSWER_MAX)
		return -EBADMSG;
	return answer[len - 2] << 8 | answer[len - 1];
}

/* With data, and an answer expected. */
static size_t write_with(struct ph_apdu apdu, const uint8_t *data, size_t len, uint8_t *out)
{
	if (len > UINT8_MAX)
		len = UINT8_MAX;
	apdu.data = data;
	apdu.len = (uint8_t)len;
	return ph_apdu_write(&apdu, out);
}

size_t ph_apdu_select(const uint8_t *name, size_t len, bool next, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_ISO,
		.ins = INS_SELECT,
		.p1 = SELECT_NAME,
		.p2 = next ? SELECT_NEXT : 0,
		.answer = true};

	return write_with(apdu, name, len, out);
}

size_t ph_apdu_read_record(unsigned sfi, unsigned record, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_ISO,
		.ins = INS_READ,
		.p1 = (uint8_t)record,
		.p2 = (uint8_t)(sfi << 3 | READ_BY_SFI),
		.answer = true};

	return ph_apdu_write(&apdu, out);
}

size_t ph_apdu_processing_options(const uint8_t *data, size_t len, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_EMV, .ins = INS_OPTIONS, .answer = true};
	uint8_t template[OPTIONS_MAX + 3];
	size_t head = 0;

	if (len > OPTIONS_MAX)
		len = OPTIONS_MAX;
	template[head++] = PH_TAG_COMMAND;
	if (len > 0x7f)
		template[head++] = 0x81;
	template[head++] = (uint8_t)len;
	if (len)
		memcpy(template + head, data, len);
	size_t n = write_with(apdu, template, head + len, out);
	ph_wipe(template, sizeof template);
	return n;
}

size_t ph_apdu_internal_authenticate(const uint8_t *data, size_t len, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_ISO, .ins = INS_INTERNAL, .answer = true};

	return write_with(apdu, data, len, out);
}

size_t ph_apdu_external_authenticate(const uint8_t *data, size_t len, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_ISO, .ins = INS_EXTERNAL};

	return write_with(apdu, data, len, out);
}

size_t ph_apdu_get_data(uint32_t tag, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_EMV,
		.ins = INS_GET_DATA,
		.p1 = (uint8_t)(tag >> 8),
		.p2 = (uint8_t)tag,
		.answer = true};

	return ph_apdu_write(&apdu, out);
}

size_t ph_apdu_get_challenge(uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_ISO, .ins = INS_CHALLENGE, .answer = true};

	return ph_apdu_write(&apdu, out);
}

size_t ph_apdu_generate_ac(uint8_t type, const uint8_t *data, size_t len, uint8_t *out)
{
	struct ph_apdu apdu = {.cla = CLA_EMV, .ins = INS_GENERATE, .p1 = type, .answer = true};

	return write_with(apdu, data, len, out);
}
