// The Star status parser on any bytes, in pieces whose size the input chooses.
#include "protocols/star/status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

// Reads all that is fed; the bytes live exactly as long as the parser may look at them.
static size_t read_piece(struct ph_star_parser *parser, const uint8_t *data, size_t len)
{
	uint8_t *piece = malloc(len ? len : 1);
	struct ph_star_event event;
	size_t events = 0;

	if (!piece)
		abort();
	memcpy(piece, data, len);
	if (ph_star_parser_feed(parser, piece, len) != 0)
		abort();
	while (ph_star_parser_next(parser, &event)) {
		events++;
		if (event.kind == PH_STAR_EVENT_ASB &&
			(event.asb.len < PH_STAR_ASB_MIN || event.asb.len > PH_STAR_ASB_MAX))
			abort();
		if (event.kind == PH_STAR_EVENT_MODEL && strlen(event.text) > PH_STAR_TEXT_MAX)
			abort();
	}
	free(piece);
	return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_star_parser whole, pieces;
	const size_t step = len ? data[0] % 7 + 1u : 1;
	size_t count = 0;

	ph_star_parser_init(&whole);
	ph_star_parser_init(&pieces);
	const size_t expected = read_piece(&whole, data, len);
	for (size_t i = 0; i < len; i += step)
		count += read_piece(&pieces, data + i, len - i < step ? len - i : step);
	if (count != expected || whole.unknown != pieces.unknown || whole.state != pieces.state)
		abort(); // pieces must not matter
	return 0;
}
