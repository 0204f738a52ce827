// Streaming parser of everything an ESC/POS printer sends.
//
// Automatic status, answers to requests and flow control come interleaved on one line; the parser
// takes pieces of any size, finds its step again after rubbish and needs no memory but its own.
// Source: Epson ESC/POS reference, GS a, DLE EOT, GS r, GS I, GS ( H and "identifying the
// transmission data".
#ifndef PH_PROTOCOLS_ESCPOS_STATUS_H
#define PH_PROTOCOLS_ESCPOS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_ESCPOS_BLOCK_MAX 96 // bytes between header and NUL; GS I answers up to 80

// Printer state as the four ASB bytes tell it.
struct ph_escpos_asb {
	bool drawer_high; // pin 3; what that means depends on the drawer
	bool offline;
	bool cover_open;
	bool feeding; // paper is being fed by the button
	bool wait_online;
	bool feed_button;
	bool error_mechanical;
	bool error_cutter;
	bool error_unrecoverable;
	bool error_auto_recoverable; // such as a hot head: goes away by itself
	bool paper_near_end;
	bool paper_end;
	uint8_t raw[4];
};

enum ph_escpos_event_kind {
	PH_ESCPOS_EVENT_ASB,
	PH_ESCPOS_EVENT_EOT,   // `byte`: answer to the oldest open DLE EOT
	PH_ESCPOS_EVENT_REPLY, // `byte`: GS r, ESC u, ESC v, GS I 1-3; of the oldest open request
	PH_ESCPOS_EVENT_BLOCK, // `block`
	PH_ESCPOS_EVENT_XON,
	PH_ESCPOS_EVENT_XOFF
};

struct ph_escpos_event {
	enum ph_escpos_event_kind kind;
	union {
		struct ph_escpos_asb asb;
		uint8_t byte;
		struct {
			uint8_t header; // 0x37, 0x5f ...
			uint8_t len;
			uint8_t data[PH_ESCPOS_BLOCK_MAX + 1]; // without header; NUL follows
		} block;
	};
};

struct ph_escpos_parser {
	const uint8_t *in; // not yet looked at; borrowed
	size_t in_len;
	uint64_t unknown; // bytes that belonged to nothing
	uint8_t state, len;
	uint8_t data[PH_ESCPOS_BLOCK_MAX + 1];
};

void ph_escpos_parser_init(struct ph_escpos_parser *parser);

// Gives the next bytes, which must stay valid until next() returned 0.
// -EBUSY while bytes of the last call are still unread.
int ph_escpos_parser_feed(struct ph_escpos_parser *parser, const void *data, size_t len);

// 1 and one event, or 0 when all bytes are read (ret_event is then untouched).
int ph_escpos_parser_next(struct ph_escpos_parser *parser, struct ph_escpos_event *ret_event);

// The id that a GS ( H answer confirms (see ph_escpos_put_process_id); -ENOENT for other events.
int ph_escpos_event_process_id(const struct ph_escpos_event *event, uint32_t *ret_id);

// Whether the event is the end of DLE DC4 8 (37 25 00).
bool ph_escpos_event_cleared(const struct ph_escpos_event *event);

#endif
