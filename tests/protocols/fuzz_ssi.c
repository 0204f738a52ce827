// SSI: any bytes of a scanner, in two chunkings, to decoder and engine; both must tell the same. The first byte says which
// commands wait.
#include "protocols/ssi/engine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void mix(uint64_t *sum, const uint8_t *data, size_t len)
{
	*sum = *sum * 31 + len + 1;
	for (size_t i = 0; i < len; i++)
		*sum = *sum * 31 + data[i];
}

static void events(struct ph_ssi_engine *engine, uint64_t now, uint64_t *sum)
{
	struct ph_ssi_event event;

	while (ph_ssi_engine_next(engine, now, &event) > 0) {
		if (event.len > PH_LABEL_MAX || (event.kind == PH_SSI_FAILED && !event.error))
			abort();
		*sum = *sum * 31 + event.kind;
		*sum = *sum * 31 + event.code;
		mix(sum, event.data, event.len);
	}
}

static uint64_t run(const uint8_t *data, size_t len, size_t piece, uint8_t commands)
{
	static struct ph_ssi_engine engine;
	uint64_t sum = 0, now = 0;

	ph_ssi_engine_init(&engine);
	if (commands & 1)
		ph_ssi_engine_start(&engine);
	if (commands & 2)
		ph_ssi_engine_command(&engine, PH_SSI_PARAM_REQUEST, &commands, 1);
	while (len) {
		const size_t n = len < piece ? len : piece;
		events(&engine, now, &sum);
		if (ph_ssi_engine_receive(&engine, data, n, now) < 0)
			abort();
		events(&engine, now, &sum);
		data += n;
		len -= n;
	}
	/* everything ends by itself when nothing comes any more */
	for (int i = 0; i < 1000; i++) {
		now = ph_ssi_engine_deadline(&engine);
		if (now == UINT64_MAX)
			return sum;
		events(&engine, now, &sum);
	}
	abort();
}

/* What is encoded is decoded. */
static void there_and_back(const uint8_t *data, size_t len)
{
	uint8_t out[PH_SSI_PACKET_MAX];
	struct ph_ssi_decoder decoder;
	struct ph_ssi_packet packet = {.opcode = PH_SSI_DECODE_DATA, .data = data, .len = len}, got;
	const int n = ph_ssi_encode(&packet, out, sizeof out);

	if ((n < 0) != (len > PH_SSI_DATA_MAX))
		abort();
	if (n < 0)
		return;
	ph_ssi_decoder_init(&decoder, PH_SSI_FROM_SCANNER);
	ph_ssi_decoder_feed(&decoder, out, (size_t)n);
	if (ph_ssi_decoder_next(&decoder, &got) != 1 || got.len != len ||
		(len && memcmp(got.data, data, len)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	/* without commands the answers cannot depend on the chunking; with them their time may */
	const uint64_t at_once = run(data + 1, len - 1, 4096, data[0] & 3);
	const uint64_t in_bytes = run(data + 1, len - 1, 1, data[0] & 3);
	if (!(data[0] & 3) && at_once != in_bytes)
		abort();
	there_and_back(data + 1, len - 1);
	return 0;
}
