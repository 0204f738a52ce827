// What packing and unpacking a sale with data of the chip costs, per dialect, beside copying the same bytes.
#include "tests/protocols/iso8583_help.h"

#include "base/clock.h"

#include <string.h>

#define TIMES 1000
#define TRIES 300

static const uint8_t icc[] = {0x82, 2, 0x39, 0, 0x84, 7, 0xa0, 0, 0, 0, 4, 0x10, 0x10, 0x95, 5, 0,
	0, 0, 0, 0, 0x9a, 3, 0x26, 9, 1, 0x9c, 1, 0, 0x5f, 0x2a, 2, 9, 0x78, 0x5f, 0x34, 1, 1, 0x9f,
	2, 6, 0, 0, 0, 0, 0x12, 0x34, 0x9f, 3, 6, 0, 0, 0, 0, 0, 0, 0x9f, 0x1a, 2, 5, 0x28, 0x9f,
	0x10, 0x12, 1, 0x10, 0xa0, 0, 3, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x9f, 0x26, 8,
	0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0, 0x11, 0x9f, 0x27, 1, 0x80, 0x9f, 0x33, 3, 0xe0, 0xf0,
	0xc8, 0x9f, 0x34, 3, 0x41, 3, 2, 0x9f, 0x35, 1, 0x22, 0x9f, 0x36, 2, 0, 0x2a, 0x9f, 0x37, 4,
	1, 2, 3, 4};

static void fill(struct ph_iso_message *sale)
{
	static const struct {
		unsigned n;
		const char *text;
	} fields[] = {{2, "5413330089020011"}, {3, "000000"}, {4, "000000001234"},
		{7, "0901122950"}, {11, "000041"}, {12, "122950"}, {13, "0901"}, {14, "3012"},
		{22, "051"}, {23, "001"}, {25, "00"}, {32, "123456"}, {37, "624412000041"},
		{41, "TID12345"}, {42, "098765432100000"}, {49, "978"}};

	ph_iso_init(sale, "0200");
	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		ph_iso_set_text(sale, fields[i].n, fields[i].text);
	ph_iso_set(sale, 55, icc, sizeof icc);
}

/* Nanoseconds of one packing and one unpacking: the best of some tries. */
static double measure(const struct ph_iso_table *table)
{
	static struct ph_iso_message sale, back;
	static uint8_t wire[1024], memory[2048];
	struct ph_iso_store store = {.data = memory, .size = sizeof memory};
	struct ph_iso_error error;
	double best = 1e9;

	fill(&sale);
	for (unsigned try = 0; try < TRIES; try++) {
		uint64_t start = ph_clock_mono_us();

		for (unsigned i = 0; i < TIMES; i++) {
			ssize_t n = ph_iso_pack(table, &sale, wire, sizeof wire, &error);

			if (n < 0 ||
				ph_iso_unpack(table, wire, (size_t)n, &store, &back, &error) < 0)
				abort();
		}
		double ns = (double)(ph_clock_mono_us() - start) * 1000 / TIMES;
		best = ns < best ? ns : best;
	}
	return best;
}

int main(void)
{
	for (unsigned which = 0; which < ISO_COUNT; which++) {
		const struct ph_iso_dialect *dialect = iso_dialect(which);

		printf("{\"dialect\":\"%s\",\"pack_unpack_ns\":%.0f}\n", dialect->name,
			measure(&dialect->table));
	}
	return 0;
}
