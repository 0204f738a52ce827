// A hostile card is recorded: masking ends, keeps every length and status word, and never lets a known number through.
#include "protocols/emv/mask.h"
#include "protocols/emv/session.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 64
#define BYTES_MAX 258

static const uint8_t told[] = {
	0x70, 0x0a, 0x5a, 0x08, 0x54, 0x13, 0x33, 0x98, 0x76, 0x54, 0x32, 0x17, 0x90, 0x00};
static const uint8_t *const number = told + 4;

static unsigned nibble(const uint8_t *data, size_t at)
{
	return at % 2 ? data[at / 2] & 0x0fu : data[at / 2] >> 4u;
}

static void check(const struct ph_emv_said *said)
{
	size_t len = said->kind != PH_EMV_SAID_ANSWER ? said->len
		     : said->len > 2		      ? said->len - 2
						      : 0;

	for (size_t at = 0; at + 16 <= 2 * len; at++) {
		size_t n = 0;
		while (n < 16 && nibble(said->data, at + n) == nibble(number, n))
			n++;
		if (n == 16)
			abort();
	}
}

/* Items as one byte of kind, one of length, and the bytes; ee in them becomes the number. */
static size_t take(
	const uint8_t *data, size_t size, uint8_t memory[][BYTES_MAX], struct ph_emv_said *said)
{
	size_t count = 0;

	while (size >= 2 && count < ITEMS_MAX) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		memcpy(memory[count], data + 2, len);
		uint8_t *hole = memchr(memory[count], 0xee, len);
		if (hole && (size_t)(hole - memory[count]) + 8 <= len)
			memcpy(hole, number, 8);
		said[count] = (struct ph_emv_said){
			(enum ph_emv_said_kind)(data[0] % 3), memory[count], len};
		count++;
		data += 2 + len;
		size -= 2 + len;
	}
	return count;
}

static void lines(const uint8_t *data, size_t size)
{
	char text[PH_EMV_LINE_MAX], again[PH_EMV_LINE_MAX];
	uint8_t packet[PH_READER_PACKET_MAX];
	bool from_reader;

	if (ph_emv_line_write(data, size, true, text) >= 0) {
		int n = ph_emv_line_read(text, &from_reader, packet);
		if (n < 0 || !from_reader ||
			ph_emv_line_write(packet, (size_t)n, true, again) < 0 ||
			strcmp(text, again) != 0)
			abort();
	}
	char *line = strndup((const char *)data, size);
	ph_emv_line_read(line, &from_reader, packet);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[ITEMS_MAX][BYTES_MAX], before[ITEMS_MAX][BYTES_MAX];
	uint8_t command[] = {0x00, 0xb2, 0x01, 0x0c, 0x00}, answer[sizeof told];
	struct ph_emv_said said[ITEMS_MAX + 2] = {{PH_EMV_SAID_COMMAND, command, sizeof command},
		{PH_EMV_SAID_ANSWER, answer, sizeof answer}};

	memcpy(answer, told, sizeof told);
	size_t count = take(data, size, memory, said + 2);
	memcpy(before, memory, sizeof before);
	ph_emv_mask(said, count + 2);
	for (size_t i = 0; i < count; i++) {
		const struct ph_emv_said *item = &said[i + 2];
		check(item);
		if (item->kind == PH_EMV_SAID_ANSWER && item->len >= 2 &&
			memcmp(item->data + item->len - 2, before[i] + item->len - 2, 2) != 0)
			abort();
	}
	if (size && size <= BYTES_MAX) {
		memcpy(memory[0], data, size);
		ph_emv_mask_issuer(memory[0], size);
	}
	lines(data, size);
	return 0;
}
