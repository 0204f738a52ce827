// Private to the reader of receiptline documents: its state and what its files share.
#ifndef PH_PROTOCOLS_RECEIPT_PARSE_MARKUP_H
#define PH_PROTOCOLS_RECEIPT_PARSE_MARKUP_H

#include <string.h>

#include "protocols/receipt/parse.h"

#define PH_MARKUP_TYPE_DEFAULT 0 // Code 128, in the table of barcode types

// Some bytes of the document.
struct ph_span {
	const char *at;
	size_t len;
};

struct ph_markup {
	struct ph_parse *parse;
	uint32_t line; // from 0
	// properties that stay until they are set again
	bool wrap;
	int8_t border; // cells, -1 for lines
	enum ph_align align;
	int16_t widths[PH_RECEIPT_MARKUP_COLUMNS_MAX];
	unsigned width_count; // 0: auto
	bool qr;
	unsigned type; // of a barcode: row of a table
	uint8_t module, height, cell;
	bool hri;
	enum ph_qr_level level;
	char *scratch; // room for the text of a line
};

// Length of the character at `s`, which is two bytes for one of the escapes that hide a delimiter:
// a backslash and one of `special`.
static inline size_t ph_markup_step(struct ph_span s, const char *special)
{
	return s.len > 1 && s.at[0] == '\\' && s.at[1] && strchr(special, s.at[1]) ? 2 : 1;
}

static inline struct ph_span ph_span_from(struct ph_span s, size_t offset)
{
	return (struct ph_span){s.at + offset, s.len - offset};
}

struct ph_span ph_span_trim(struct ph_span s); // blanks and tabs

// `\xnn`: writes the character as UTF-8 (at most 2 bytes). Returns the bytes read, the length of what
// has to be left out for a broken one, with *ret_len 0.
size_t ph_markup_hex(struct ph_span s, char out[4], size_t *ret_len);

// A line that is `{...}`, aligned as `align` within its width; `s` is what is between the braces.
int ph_markup_property(struct ph_markup *m, struct ph_span s, enum ph_align align);

// Cells of what is one column: images, codes and rules; -1 for all there are.
int ph_markup_width(const struct ph_markup *m);

// Adds a node of this line.
int ph_markup_add(struct ph_markup *m, enum ph_node_kind kind, struct ph_receipt_node **ret);

#endif
