// Answers width and composition questions from generated tables; shaping is not attempted.
#include "protocols/receipt/width.h"

#include <stddef.h>

#include "base/cleanup.h"

struct range {
	uint32_t first, last;
};

struct composition {
	uint32_t base, mark, composed;
};

#include "width_tables.h"

static int in_ranges(const struct range *ranges, size_t count, uint32_t cp)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (cp > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && cp >= ranges[low].first;
}

unsigned ph_char_cells(uint32_t cp)
{
	if (cp < 0x300)
		return 1;
	if (in_ranges(no_cell, PH_ARRAY_SIZE(no_cell), cp))
		return 0;
	return in_ranges(two_cells, PH_ARRAY_SIZE(two_cells), cp) ? 2 : 1;
}

uint32_t ph_char_compose(uint32_t base, uint32_t mark)
{
	size_t low = 0, high = PH_ARRAY_SIZE(compositions);

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct composition *row = &compositions[middle];
		if (row->base < base || (row->base == base && row->mark < mark))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == PH_ARRAY_SIZE(compositions) || compositions[low].base != base ||
		compositions[low].mark != mark)
		return 0;
	return compositions[low].composed;
}
