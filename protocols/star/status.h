// Streaming parser of everything a Star printer sends.
//
// Automatic status and the answers to requests come interleaved; the parser takes pieces of any size,
// finds its step again after rubbish and needs no memory but its own.
// Source: STAR Line Mode Command Specifications, appendix "Status Specifications" (automatic status),
// ESC GS ETX, ESC # *; StarPRNT Command Specifications, ESC GS ) I.
#ifndef PH_PROTOCOLS_STAR_STATUS_H
#define PH_PROTOCOLS_STAR_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_STAR_ASB_MIN	     7	// bytes of the shortest status: up to the paper
#define PH_STAR_ASB_MAX	     33 // by its length field
#define PH_STAR_TEXT_MAX     96 // of an answer in words; what is longer is rubbish

#define PH_STAR_VERSION_PRNT 4 // of the status, from which on a printer speaks StarPRNT

// Printer state as the automatic status tells it.
struct ph_star_asb {
	uint8_t version; // of the status: below PH_STAR_VERSION_PRNT Star Line Mode
	bool offline;
	bool cover_open;
	bool drawer_high;  // the compulsion switch; what that means depends on the drawer
	bool switched_off; // offline by a switch
	bool etb_done;	   // an ETB was executed since the last status
	bool error_mechanical;
	bool error_cutter;
	bool error_unrecoverable;
	bool error_other; // jam, black mark, head up
	bool head_hot;	  // goes away by itself
	bool overflow;	  // the receive buffer ran over: data are lost
	bool paper_near_end;
	bool paper_end;
	bool has_counter;
	uint8_t counter; // of ETB, 0 to 31
	uint8_t len;
	uint8_t raw[PH_STAR_ASB_MAX];
};

enum ph_star_event_kind {
	PH_STAR_EVENT_ASB,
	PH_STAR_EVENT_COUNTER, // answer to ESC GS ETX
	PH_STAR_EVENT_MODEL,   // `text`: answer to ESC # *
	PH_STAR_EVENT_SERIAL,  // `text`: serial number out of an answer to ESC GS ) I
	PH_STAR_EVENT_XON,
	PH_STAR_EVENT_XOFF
};

struct ph_star_event {
	enum ph_star_event_kind kind;
	union {
		struct ph_star_asb asb;
		struct {
			uint8_t s;
			uint16_t id;
			uint8_t counter;
		} counter;
		char text[PH_STAR_TEXT_MAX + 1];
	};
};

struct ph_star_parser {
	const uint8_t *in; // not yet looked at; borrowed
	size_t in_len;
	uint64_t unknown; // bytes that belonged to nothing
	uint8_t state, len;
	uint8_t data[PH_STAR_TEXT_MAX + 8];
};

void ph_star_parser_init(struct ph_star_parser *parser);

// Gives the next bytes, which must stay valid until next() returned 0.
// -EBUSY while bytes of the last call are still unread.
int ph_star_parser_feed(struct ph_star_parser *parser, const void *data, size_t len);

// 1 and one event, or 0 when all bytes are read (ret_event is then untouched).
int ph_star_parser_next(struct ph_star_parser *parser, struct ph_star_event *ret_event);

#endif
