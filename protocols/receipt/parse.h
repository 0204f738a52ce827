// Private to the parser of receipts: its state and the helpers that its files share.
#ifndef PH_PROTOCOLS_RECEIPT_PARSE_H
#define PH_PROTOCOLS_RECEIPT_PARSE_H

#include <cjson/cJSON.h>

#include "protocols/receipt/receipt.h"

struct ph_parse {
	struct ph_receipt *receipt;
	struct ph_receipt_error *error;
	uint32_t at; // of the text being read
	size_t text_bytes, raw_bytes;
	size_t path_len;
	char path[sizeof((struct ph_receipt_error *)0)->path];
};

// What may stand beside the kind of a node, and in `defaults`.
enum {
	PH_ATTR_ALIGN = 0x01,
	PH_ATTR_SIZE = 0x02,
	PH_ATTR_BOLD = 0x04,
	PH_ATTR_UNDERLINE = 0x08,
	PH_ATTR_INVERT = 0x10,
	PH_ATTR_FONT = 0x20,
	PH_ATTR_STYLE = 0x3e, // all but align
	PH_ATTR_ALL = 0x3f
};

struct ph_attrs {
	enum ph_align align;
	uint16_t style;
	unsigned given; // PH_ATTR_* seen
};

// Records the first error at the current path and returns `err`.
__attribute__((format(printf, 3, 4))) int ph_parse_fail(
	struct ph_parse *parse, int err, const char *format, ...);

// Extends the current path by `.name` or `[index]`; the result restores it through pop.
size_t ph_parse_push(struct ph_parse *parse, const char *name);
size_t ph_parse_push_index(struct ph_parse *parse, unsigned index);
void ph_parse_pop(struct ph_parse *parse, size_t mark);

void *ph_parse_alloc(struct ph_parse *parse, size_t count, size_t size);

// Members of an object, by their row in `names`; NULL where absent. A member that is not in the table
// or comes twice is an error.
int ph_parse_members(struct ph_parse *parse, const cJSON *object, const char *const *names,
	size_t count, const cJSON **ret_found);

// Values at the current path.
int ph_parse_integer(struct ph_parse *parse, const cJSON *value, int low, int high, int *ret);
int ph_parse_member_integer(struct ph_parse *parse, const char *name, const cJSON *value, int low,
	int high, int *ret); // the same one member down; nothing for NULL
int ph_parse_member_choice(struct ph_parse *parse, const char *name, const cJSON *value,
	const char *const *names, unsigned *ret); // names end with NULL; nothing for NULL
int ph_parse_bool(struct ph_parse *parse, const cJSON *value, bool *ret);
int ph_parse_choice(struct ph_parse *parse, const cJSON *value, const char *const *names,
	unsigned *ret); // names end with NULL
extern const char *const ph_align_names[];

// Reads `value` as the attribute `name`; -ENOENT when it is not an attribute.
int ph_parse_attr(
	struct ph_parse *parse, const char *name, const cJSON *value, struct ph_attrs *attrs);

// A string as text of style `style`: checked, freed of control characters, measured.
int ph_parse_string(
	struct ph_parse *parse, const cJSON *value, uint16_t style, struct ph_text *ret);

// The kinds of nodes. Attributes are those of the node over the defaults.
int ph_parse_text(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);
int ph_parse_pair(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);
int ph_parse_table(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);
int ph_parse_barcode(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);
int ph_parse_qr(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);

#endif
