// ZVT on a serial line: any bytes, in two chunkings, to a line with messages to send; it always comes to rest, and what one line
// sends the other reads.
#include "protocols/zvt/serial.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What was told and what was sent; when one comes before the other is not looked at. */
struct sums {
	uint64_t told, sent;
};

static void events(struct ph_zvt_serial *line, struct sums *sums)
{
	enum ph_zvt_serial_event event;
	struct ph_zvt_apdu apdu;
	uint8_t out[64];
	size_t n;

	while ((event = ph_zvt_serial_next(line, &apdu)) != PH_ZVT_SERIAL_NOTHING) {
		sums->told = sums->told * 31 + event;
		if (event == PH_ZVT_SERIAL_MESSAGE)
			sums->told = sums->told * 31 + apdu.code + apdu.len;
	}
	while ((n = ph_zvt_serial_output(line, out, sizeof out)) > 0)
		for (size_t i = 0; i < n; i++)
			sums->sent = sums->sent * 31 + out[i];
}

static struct sums run(const uint8_t *data, size_t len, size_t piece)
{
	static struct ph_zvt_serial line;
	struct sums sums = {0};
	uint64_t now = 1000;

	ph_zvt_serial_init(&line);
	for (unsigned i = 0; i < 2; i++)
		ph_zvt_serial_send(&line, (const uint8_t *)"\x06\x10\x03\x12\x34\x56", 6, now);
	ph_zvt_serial_send_once(&line, (const uint8_t *)"\x06\x01\x00", 3, now);
	events(&line, &sums);
	while (len) {
		size_t n = ph_zvt_serial_feed(&line, data, len < piece ? len : piece, now);
		data += n;
		len -= n;
		events(&line, &sums);
	}
	for (int i = 0; ph_zvt_serial_deadline(&line) != UINT64_MAX; i++) {
		if (i > 20)
			abort();
		now = ph_zvt_serial_deadline(&line);
		ph_zvt_serial_tick(&line, now);
		events(&line, &sums);
	}
	return sums;
}

/* A message of these bytes as a block, read by a line. */
static void there_and_back(const uint8_t *data, size_t len)
{
	static uint8_t message[PH_ZVT_SERIAL_SEND_MAX], block[PH_ZVT_SERIAL_BLOCK_MAX];
	static struct ph_zvt_serial line;
	struct ph_zvt_apdu apdu = {.code = 0x0610, .data = data, .len = len}, got;
	ssize_t n = ph_zvt_apdu_encode(&apdu, message, sizeof message);

	if (n < 0)
		return;
	ssize_t size = ph_zvt_serial_block(message, (size_t)n, block, sizeof block);
	ph_zvt_serial_init(&line);
	if (size < 0 || ph_zvt_serial_feed(&line, block, (size_t)size, 1) != (size_t)size ||
		ph_zvt_serial_next(&line, &got) != PH_ZVT_SERIAL_MESSAGE || got.len != len ||
		(len && memcmp(got.data, data, len)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sums at_once = run(data, len, 4096), in_bytes = run(data, len, 1);
	if (at_once.told != in_bytes.told || at_once.sent != in_bytes.sent)
		abort();
	there_and_back(data, len);
	return 0;
}
