// Picture data that cannot act as a command.
//
// Printers look for real-time commands in all that arrives, counted picture data included (Epson ESC/POS reference,
// "real-time commands"): three bytes of a photograph can make a printer answer, clear its buffer or open the drawer. The
// guard flips dots until no such sequence is left. It sees across pieces: what was sent before, and what follows.
#ifndef PH_PROTOCOLS_RASTER_GUARD_H
#define PH_PROTOCOLS_RASTER_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_GUARD_SEQUENCE_MAX 4 // bytes
#define PH_GUARD_TAILS_MAX    6

// The sequences one family of printers executes anywhere: a first byte, and what makes it one behind it. All bytes are
// below 0x80, so that there is always a dot whose change helps.
struct ph_guard_rules {
	uint8_t lead;
	uint8_t count;
	struct {
		uint8_t len; // 1 to PH_GUARD_SEQUENCE_MAX - 1
		uint8_t bytes[PH_GUARD_SEQUENCE_MAX - 1];
	} tails[PH_GUARD_TAILS_MAX];
};

// DLE EOT, DLE ENQ, DLE DC4 (Epson ESC/POS reference).
extern const struct ph_guard_rules ph_guard_escpos;

// ESC ACK SOH (status), ESC ACK CAN (reset), ESC GS ETX (document control), ESC ? LF NUL (reset) of Star's StarPRNT and
// Star Line Mode specifications. Not in it: BEL, FS, SUB and EM, which pulse a drawer, and ETB, because they are
// ordinary commands and do nothing inside counted data; ENQ and EOT, which at worst bring an answer that nobody asked for.
extern const struct ph_guard_rules ph_guard_star;

// The first forbidden sequence in `bytes`: its index, or `len` when there is none.
size_t ph_guard_find(const struct ph_guard_rules *rules, const uint8_t *bytes, size_t len);

// Guards one stream of bytes. `changed` counts all dots flipped so far; a reader may take it.
struct ph_guard {
	const struct ph_guard_rules *rules;
	uint32_t changed;
	uint8_t before[PH_GUARD_SEQUENCE_MAX - 1]; // the last bytes of the stream
	uint8_t before_len;
};

// Nothing was sent yet, or nothing that matters.
void ph_guard_init(struct ph_guard *guard, const struct ph_guard_rules *rules);

// These bytes go out as they are, before what is guarded next: headers, text.
void ph_guard_sent(struct ph_guard *guard, const void *bytes, size_t len);

// How picture bytes lie: lines of `stride` bytes, most significant bit first. Rows of a bitmap, or columns of a
// strip (stride 3 for 24 dots). Dots from `seen` on are not printed and are flipped first; 0: all are printed.
struct ph_guard_shape {
	uint32_t stride; // at least 1
	uint32_t seen;	 // dots of a line
};

// Guards `len` bytes in place, which go out next, and remembers their end. `after` is what follows them, where it is
// known (3 bytes are enough); with after_len 0 anything may follow, and the data then does not end in the
// beginning of a sequence. Returns the dots flipped: at most one for each sequence found. Of the dots that help it takes
// one that is not printed, else the one that differs from most of its neighbours.
// Costs about what memchr() over the data costs, and under a microsecond for each sequence found.
uint32_t ph_guard_picture(struct ph_guard *guard, uint8_t *data, size_t len,
	const struct ph_guard_shape *shape, const uint8_t *after, size_t after_len);

#endif
