// Private to the parser of receipts: its state and the helpers that its files share.
#ifndef PH_PROTOCOLS_RECEIPT_PARSE_H
#define PH_PROTOCOLS_RECEIPT_PARSE_H

#include <cjson/cJSON.h>

#include "protocols/receipt/receipt.h"

struct ph_parse {
	struct ph_receipt *receipt;
	struct ph_receipt_error *error;
	uint32_t at; // of the text being read
	size_t text_bytes, raw_bytes, image_bytes;
	struct ph_receipt_node *nodes; // grows; moved while inner nodes are read
	uint32_t capacity;
	uint32_t images;
	unsigned depth; // of boxes, pages and areas around the current node
	const struct ph_attrs *defaults;
	size_t path_len;
	char path[sizeof((struct ph_receipt_error *)0)->path];
};

// What may stand beside the kind of a node, and in `defaults`.
enum {
	PH_ATTR_ALIGN = 0x001,
	PH_ATTR_SIZE = 0x002,
	PH_ATTR_BOLD = 0x004,
	PH_ATTR_UNDERLINE = 0x008,
	PH_ATTR_INVERT = 0x010,
	PH_ATTR_FONT = 0x020,
	PH_ATTR_ITALIC = 0x040,
	PH_ATTR_STRIKE = 0x080,
	PH_ATTR_COLOR = 0x100,
	PH_ATTR_ROTATE = 0x200,
	PH_ATTR_UPSIDE_DOWN = 0x400,
	PH_ATTR_STYLE = 0x1fe // all but align, rotate and upside_down
};

struct ph_attrs {
	enum ph_align align;
	uint16_t style;
	bool upside_down;
	unsigned given; // PH_ATTR_* seen
};

// What holds the nodes of a list.
enum ph_holder { PH_HOLDER_DOCUMENT = 1, PH_HOLDER_BOX = 2, PH_HOLDER_AREA = 4 };

// Records the first error at the current path and returns `err`.
__attribute__((format(printf, 3, 4))) int ph_parse_fail(
	struct ph_parse *parse, int err, const char *format, ...);

int ph_parse_unknown(struct ph_parse *parse, const char *name);
int ph_parse_missing(struct ph_parse *parse, const char *name);
int ph_parse_twice(struct ph_parse *parse, const char *name);
int ph_parse_no_memory(struct ph_parse *parse);

// Extends the current path by `.name` or `[index]`; the result restores it through pop.
size_t ph_parse_push(struct ph_parse *parse, const char *name);
size_t ph_parse_push_index(struct ph_parse *parse, unsigned index);
void ph_parse_pop(struct ph_parse *parse, size_t mark);

void *ph_parse_alloc(struct ph_parse *parse, size_t count, size_t size);

// Members of an object, by their row in `names`; NULL where absent. A member that is not in the table
// or comes twice is an error.
int ph_parse_members(struct ph_parse *parse, const cJSON *object, const char *const *names,
	size_t count, const cJSON **ret_found);

// Values at the current path; those of a member are one name further down and may be NULL, which
// leaves the result as it is.
int ph_parse_integer(struct ph_parse *parse, const cJSON *value, int low, int high, int *ret);
int ph_parse_member_integer(
	struct ph_parse *parse, const char *name, const cJSON *value, int low, int high, int *ret);
int ph_parse_member_choice(struct ph_parse *parse, const char *name, const cJSON *value,
	const char *const *names, unsigned *ret); // names end with NULL
int ph_parse_member_bool(struct ph_parse *parse, const char *name, const cJSON *value, bool *ret);
int ph_parse_need_string(struct ph_parse *parse, const char *name, const cJSON *value);
// Cells, per cent such as "30%", or where `share` is true "*".
int ph_parse_member_width(struct ph_parse *parse, const char *name, const cJSON *value, bool share,
	enum ph_width_kind *ret_kind, uint16_t *ret_value);
// 0 for "auto" or absent, else 1 to 16 dots.
int ph_parse_member_module(struct ph_parse *parse, const cJSON *value, uint8_t *ret);
// `align` inside of an object, which may stand beside it as well, but not in both places.
int ph_parse_inner_align(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	struct ph_receipt_node *node);
// The bytes of a base64 string; `most` bytes with those already in *used, which grows.
int ph_parse_base64(struct ph_parse *parse, const cJSON *value, size_t most, size_t *used,
	const uint8_t **ret_data, uint32_t *ret_len);
int ph_parse_choice(struct ph_parse *parse, const cJSON *value, const char *const *names,
	unsigned *ret); // names end with NULL
extern const char *const ph_align_names[], *const ph_border_names[];

// Reads `value` as the attribute `name`; -ENOENT when it is not an attribute.
int ph_parse_attr(
	struct ph_parse *parse, const char *name, const cJSON *value, struct ph_attrs *attrs);

// The attributes given must be among `allowed`.
int ph_parse_check_attrs(struct ph_parse *parse, unsigned given, unsigned allowed);

// Adds the nodes of an array, with all that they hold, behind those there are.
int ph_parse_nodes(
	struct ph_parse *parse, const cJSON *array, uint32_t parent, enum ph_holder holder);

// A place for a node at the end of nodes[]; its members but index and parent are not set yet.
int ph_parse_add_node(struct ph_parse *parse, uint32_t parent, uint32_t index, uint32_t *ret_self);

// A string or an array of runs. With `numbered` the places of runs are parse->at and following.
int ph_parse_runs(struct ph_parse *parse, const cJSON *value, uint16_t style, bool numbered,
	const struct ph_text **ret_runs, uint32_t *ret_count);

// A string as text of style `style`: checked, freed of control characters, measured.
int ph_parse_string(
	struct ph_parse *parse, const cJSON *value, uint16_t style, struct ph_text *ret);
int ph_parse_bytes(
	struct ph_parse *parse, const char *text, size_t len, uint16_t style, struct ph_text *ret);

// Data of a barcode, at the current path.
int ph_parse_barcode_data(
	struct ph_parse *parse, const char *data, struct ph_receipt_barcode *code);
// Data of a QR code, likewise; `module` 0 is automatic.
int ph_parse_qr_data(struct ph_parse *parse, const char *data, size_t len, enum ph_qr_level level,
	uint8_t module, struct ph_receipt_node *node);

// Element strings such as "(01)04006381333931(10)AB", at most `most` characters of data: brackets,
// known application identifiers, and values as protocols/gs1 checks them.
int ph_parse_elements(struct ph_parse *parse, const char *data, size_t most);

// Takes `full` digits with or without the last, which is the check digit, and writes all of them.
int ph_parse_gs1_number(struct ph_parse *parse, const char *data, size_t full, char *out);

#define PH_PARSE_IMAGE_DEFAULT                                                                     \
	((struct ph_receipt_image){.width_kind = PH_WIDTH_SHARE, .threshold = 128})

// Reads an image file into `image`: its header only.
int ph_parse_image_file(struct ph_parse *parse, const cJSON *value, struct ph_receipt_image *image);

// The kinds of nodes. Attributes are those of the node over the defaults; `self` is the index of the
// node, for those that hold others.
typedef int ph_parse_kind(struct ph_parse *parse, const cJSON *value, const struct ph_attrs *attrs,
	uint32_t self, struct ph_receipt_node *node);

ph_parse_kind ph_parse_text, ph_parse_rule, ph_parse_pair, ph_parse_table, ph_parse_box,
	ph_parse_page, ph_parse_image, ph_parse_barcode, ph_parse_qr, ph_parse_code2d,
	ph_parse_feed, ph_parse_cut, ph_parse_drawer, ph_parse_beep, ph_parse_raw;

// A receiptline document.
int ph_parse_markup(struct ph_parse *parse, const cJSON *value);

int ph_parse_raw_bytes(struct ph_parse *parse, const cJSON *value, struct ph_receipt_node *node);

#endif
