// Any bytes as a message: refused with a field, or packed again to a message that reads the same.
#include "protocols/iso8583/frame.h"
#include "tests/protocols/iso8583_help.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t memory[2][PH_ISO_STORE_MAX], wire[2 * PH_ISO_MESSAGE_MAX];
static struct ph_iso_message first, second;

static void read_frames(const uint8_t *data, size_t len)
{
	struct ph_iso_framing framing = {.header = (enum ph_iso_header)(data[0] >> 2 & 3),
		.counts_itself = data[0] & 16,
		.keep_alive = data[0] & 32,
		.has_tpdu = data[0] & 64};
	struct ph_iso_frame frame;

	if (framing.header >= PH_ISO_HEADER_COUNT_)
		return;
	for (size_t at = 1; ph_iso_frame_next(&framing, data + at, len - at, &frame) > 0;) {
		if (frame.total > len - at || !frame.total || frame.len > PH_ISO_MESSAGE_MAX)
			abort();
		at += frame.total;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_iso_store store = {.data = memory[0], .size = sizeof memory[0]};
	struct ph_iso_store other = {.data = memory[1], .size = sizeof memory[1]};
	struct ph_iso_error error = {0};
	const struct ph_iso_table *table;
	ssize_t n;

	if (!len)
		return 0;
	read_frames(data, len);
	table = &iso_dialect(data[0] % ISO_COUNT)->table;
	if (ph_iso_unpack(table, data + 1, len - 1, &store, &first, &error) < 0) {
		if (!error.what || error.field > PH_ISO_FIELDS)
			abort();
		return 0;
	}
	n = ph_iso_pack(table, &first, wire, sizeof wire, &error);
	/* a second bitmap without a bit is read and not written */
	if (n != (ssize_t)len - 1 &&
		(first.present[1] ||
			n + (table->bitmap == PH_ISO_HEX ? 16 : 8) != (ssize_t)len - 1))
		abort();
	if (ph_iso_unpack(table, wire, (size_t)n, &other, &second, &error) < 0)
		abort();
	if (store.len != other.len || memcmp(memory[0], memory[1], store.len) != 0)
		abort();
	return 0;
}
