// Any fields with any values: refused with a field, or a message that reads as what was put in, but for what fills.
#include "protocols/iso8583/dialect.h"
#include "tests/protocols/iso8583_help.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t memory[PH_ISO_STORE_MAX], wire[PH_ISO_MESSAGE_MAX], again[PH_ISO_MESSAGE_MAX];
static struct ph_iso_message message, back;

/* Dialect, MTI, then fields: number, length, value. */
static void build(const uint8_t *data, size_t len)
{
	ph_iso_init(&message, (const char *)data + 1);
	for (size_t at = 5; at + 2 <= len;) {
		unsigned n = data[at] % (PH_ISO_FIELDS + 1);
		size_t size = data[at + 1];

		at += 2;
		if (size > len - at)
			size = len - at;
		if (n >= 2)
			ph_iso_set(&message, n, data + at, size);
		at += size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_iso_store store = {.data = memory, .size = sizeof memory};
	struct ph_iso_error error = {0};
	const struct ph_iso_dialect *dialect;
	uint8_t icc[PH_ISO_ICC_BYTES];
	uint32_t missing;
	ssize_t n;

	if (len < 5)
		return 0;
	build(data, len);
	dialect = iso_dialect(data[0] % ISO_COUNT);
	ph_iso_icc_filter(dialect, PH_ISO_ICC_REQUEST, data, len, icc, &missing);
	ph_iso_icc_answer(dialect, data + 1, len - 1, icc);
	n = ph_iso_pack(&dialect->table, &message, wire, sizeof wire, &error);
	if (n < 0)
		return error.what && error.field <= PH_ISO_FIELDS ? 0 : (abort(), 0);
	if (ph_iso_unpack(&dialect->table, wire, (size_t)n, &store, &back, &error) < 0)
		abort();
	if (ph_iso_pack(&dialect->table, &back, again, sizeof again, &error) != n ||
		memcmp(wire, again, (size_t)n) != 0)
		abort();
	return 0;
}
