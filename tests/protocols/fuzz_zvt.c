// ZVT: any bytes as a stream of messages, in two chunkings, each read as everything it could be.
#include "protocols/zvt/data.h"
#include "protocols/zvt/print.h"
#include "protocols/zvt/result.h"
#include "protocols/zvt/text.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool good)
{
	if (!good)
		abort();
}

/* No text holds a whole number of a card, and all is UTF-8. */
static void check_text(const char *text, size_t size)
{
	need(strlen(text) < size);
	need(ph_utf8_valid(text, strlen(text)));
}

static void take_line(const struct ph_zvt_line *line, void *userdata)
{
	uint64_t *sum = userdata;
	char text[400];

	need(line->indent < 16 && line->feed < 256);
	for (unsigned charset = 0; charset < 256; charset += 85)
		ph_zvt_text((uint8_t)charset, line->text, line->text ? line->len : 0, text,
			sizeof text);
	check_text(text, sizeof text);
	*sum = *sum * 31 + strlen(text) + line->last;
}

static void visit(const struct ph_zvt_object *object, void *userdata)
{
	need(object->depth < PH_ZVT_TLV_DEPTH);
	++*(unsigned *)userdata;
}

static void check_pan(const char *pan)
{
	size_t n = strlen(pan), shown = 0;

	need(n < 39);
	for (size_t i = 0; i < n; i++)
		shown += pan[i] != '*';
	need(shown <= 10 && (n >= 13 || shown <= 4));
}

static void read_all(const struct ph_zvt_apdu *apdu, uint64_t *sum)
{
	struct ph_zvt_intermediate status;
	struct ph_zvt_registered registered;
	struct ph_zvt_result result;
	unsigned count = 0;
	char pan[39];

	ph_zvt_read_result(apdu->data, apdu->len, (uint8_t)apdu->code, &result);
	check_text(result.text, sizeof result.text);
	check_text(result.card_name, sizeof result.card_name);
	check_pan(result.masked_pan);
	need(result.receipt <= 9999 && result.identifier_len <= PH_ZVT_IDENTIFIER_MAX);
	if (ph_zvt_read_intermediate(apdu->data, apdu->len, PH_ZVT_CHARSET_UTF8, &status) == 0)
		check_text(status.text, sizeof status.text);
	ph_zvt_read_registered(apdu->data, apdu->len, &registered);
	ph_zvt_read_state(apdu->data, apdu->len);
	if (ph_zvt_masked_pan(apdu->data, apdu->len, pan) == 0)
		check_pan(pan);
	need(ph_zvt_tlv_walk(apdu->data, apdu->len, visit, &count) <= PH_ZVT_TLV_OBJECTS);
	need(count <= PH_ZVT_TLV_OBJECTS);
	struct ph_zvt_apdu print = *apdu;
	print.code = PH_ZVT_PRINT_LINE;
	ph_zvt_read_print(&print, take_line, sum);
	print.code = PH_ZVT_PRINT_BLOCK;
	ph_zvt_read_print(&print, take_line, sum);
	ph_zvt_print_type(&print);
	*sum = *sum * 31 + apdu->code + apdu->len + result.has + result.amount;
}

static uint64_t run(const uint8_t *data, size_t len, size_t piece)
{
	static struct ph_zvt_stream stream;
	struct ph_zvt_apdu apdu;
	uint64_t sum = 0;

	ph_zvt_stream_init(&stream);
	while (len) {
		size_t n = ph_zvt_stream_feed(&stream, data, len < piece ? len : piece);
		need(n > 0);
		if (ph_zvt_stream_next(&stream, &apdu))
			read_all(&apdu, &sum);
		data += n;
		len -= n;
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[PH_ZVT_APDU_MAX];
	struct ph_zvt_apdu apdu, got;

	need(run(data, len, 4096) == run(data, len, 1));
	/* what is read is written again */
	size_t n = ph_zvt_apdu_parse(data, len, &apdu);
	if (n) {
		ssize_t again = ph_zvt_apdu_encode(&apdu, out, sizeof out);
		need(again > 0 && ph_zvt_apdu_parse(out, (size_t)again, &got) == (size_t)again);
		need(got.code == apdu.code && got.len == apdu.len);
	}
	return 0;
}
