// Pictures the printer keeps: graphics under a key in NV memory and in RAM (GS ( L 65-69, 80-85, GS D)
// and the numbered images of FS q.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

#define KEYS_PER_BLOCK 40u /* 80 bytes */
#define ACK	       0x06
#define NAK	       0x15
#define CAN	       0x18

// ---- a memory of pictures ----

static void free_stored(struct stored *s)
{
	ph_emu_canvas_done(&s->plane[0]);
	ph_emu_canvas_done(&s->plane[1]);
}

void emu_shelf_clear(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		free_stored(&shelf->items[i]);
	free(shelf->items);
	shelf->items = NULL;
	shelf->n = shelf->used = 0;
}

static struct stored *find(const struct shelf *shelf, const uint8_t *key)
{
	for (size_t i = 0; i < shelf->n; i++)
		if (memcmp(shelf->items[i].key, key, 2) == 0)
			return &shelf->items[i];
	return NULL;
}

static void forget_key(struct shelf *shelf, const uint8_t *key)
{
	struct stored *s = find(shelf, key);
	if (!s)
		return;
	shelf->used -= s->bytes;
	free_stored(s);
	memmove(s, s + 1, (size_t)(shelf->items + --shelf->n - s) * sizeof *s);
}

static size_t picture_bytes(const struct stored *s)
{
	size_t bytes = 0;
	for (unsigned i = 0; i < 2; i++)
		if (s->plane[i].bits)
			bytes += s->plane[i].stride * s->plane[i].height;
	return bytes;
}

// takes the planes over; false when there is no room, and the older picture of the key is gone then too
static bool keep(struct ph_emu_printer *p, struct shelf *shelf, struct stored *s)
{
	forget_key(shelf, s->key);
	s->bytes = picture_bytes(s);
	struct stored *items = NULL;
	if (s->bytes <= shelf->capacity - shelf->used && shelf->n < KEYS_MAX)
		items = realloc(shelf->items, (shelf->n + 1) * sizeof *items);
	if (!items) {
		emu_refuse(p, "GS ( L", "no memory for the picture");
		free_stored(s);
		return false;
	}
	shelf->items = items;
	shelf->items[shelf->n++] = *s;
	shelf->used += s->bytes;
	return true;
}

static bool is_key(const uint8_t *key)
{
	return key[0] >= 0x20 && key[0] <= 0x7E && key[1] >= 0x20 && key[1] <= 0x7E;
}

// ---- GS ( L ----

static bool take_block(
	struct stored *s, bool rows, unsigned x, unsigned y, const uint8_t *block, size_t len)
{
	struct ph_emu_canvas c, *to = &s->plane[block[0] != 49];
	int r = rows ? emu_from_rows(&c, x, y, block + 1, len - 1)
		     : emu_from_columns(&c, x, y, block + 1, len - 1);

	if (r < 0)
		return false;
	if (to->bits) {
		ph_emu_canvas_blit(to, 0, 0, &c);
		ph_emu_canvas_done(&c);
	} else {
		*to = c;
	}
	return true;
}

// a 48, fn, tone, kc1 kc2, b, xL xH yL yH, then b times a colour and the dots
static void define(struct ph_emu_printer *p, struct shelf *shelf, const uint8_t *args, size_t len)
{
	bool rows = args[1] == 67 || args[1] == 83;
	unsigned x = len > 9 ? emu_le16(args + 6) : 0, y = len > 9 ? emu_le16(args + 8) : 0;
	size_t dots = rows ? (size_t)((x + 7) / 8) * y : (size_t)((y + 7) / 8) * x;
	struct stored s = {0};

	if (len < 11 || !is_key(args + 3) || args[5] < 1 || args[5] > 4 ||
		len < 10 + args[5] * (1 + dots)) {
		emu_refuse(p, "GS ( L", "key, colours or size out of range");
		return;
	}
	memcpy(s.key, args + 3, 2);
	for (unsigned i = 0; i < args[5]; i++)
		if (!take_block(&s, rows, x, y, args + 10 + i * (1 + dots), 1 + dots)) {
			free_stored(&s);
			emu_refuse(p, "GS ( L", "key, colours or size out of range");
			return;
		}
	keep(p, shelf, &s);
}

static void print_key(struct ph_emu_printer *p, const struct shelf *shelf, const uint8_t *args)
{
	const struct stored *s = find(shelf, args + 2);
	uint8_t x = args[4], y = args[5];

	if (!s)
		emu_refuse(p, "GS ( L", "no picture under this key");
	else if (x < 1 || x > 2 || y < 1 || y > 2)
		emu_refuse(p, "GS ( L", "scale out of range");
	else
		emu_print_planes(p, s->plane, x, y, "GS ( L");
}

static void answer_number(struct ph_emu_printer *p, uint8_t id, size_t number)
{
	char out[24];
	int n = snprintf(out, sizeof out, "7%c%zu", id, number);
	emu_reply(p, out, (size_t)n + 1);
}

// ---- lists of keys ----

static void send_keys(struct ph_emu_printer *p)
{
	uint8_t out[2 + 1 + 2 * KEYS_PER_BLOCK + 1] = {0x37, p->keys.id};
	const struct shelf *shelf = p->keys.shelf;
	size_t n = shelf->n > p->keys.first ? shelf->n - p->keys.first : 0;

	if (n > KEYS_PER_BLOCK)
		n = KEYS_PER_BLOCK;
	p->keys.next = p->keys.first + n;
	out[2] = p->keys.next < shelf->n ? 0x41 : 0x40;
	for (size_t i = 0; i < n; i++)
		memcpy(out + 3 + 2 * i, shelf->items[p->keys.first + i].key, 2);
	emu_reply(p, out, 3 + 2 * n + 1);
	p->mode = PARSE_KEYS;
}

void emu_key_answer(struct ph_emu_printer *p, uint8_t byte)
{
	bool more = p->keys.next < p->keys.shelf->n;

	p->mode = PARSE_IDLE;
	if (byte == NAK) {
		send_keys(p);
	} else if (byte == ACK) {
		p->keys.first = p->keys.next;
		if (more)
			send_keys(p);
	} else if (byte != CAN) {
		// no answer: the host has gone on
		emu_parse(p, byte);
	}
}

static void list_keys(struct ph_emu_printer *p, const struct shelf *shelf, uint8_t id)
{
	p->keys.shelf = shelf;
	p->keys.id = id;
	p->keys.first = 0;
	send_keys(p);
}

bool emu_stored(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	uint8_t fn = args[1];
	struct shelf *shelf = fn >= 80 ? &p->ram : &p->nv;

	switch (fn) {
	case 0:
	case 48:
		answer_number(p, '0', p->nv.capacity);
		return true;
	case 3:
	case 51:
		answer_number(p, '1', p->nv.capacity - p->nv.used);
		return true;
	case 4:
	case 52:
		answer_number(p, '2', p->ram.capacity - p->ram.used);
		return true;
	case 64:
	case 80:
		if (len == 4 && args[2] == 'K' && args[3] == 'C')
			list_keys(p, shelf, fn == 64 ? 0x72 : 0x73);
		return true;
	case 65:
	case 81:
		if (len == 5 && memcmp(args + 2, "CLR", 3) == 0)
			emu_shelf_clear(shelf);
		return true;
	case 66:
	case 82:
		if (len == 4)
			forget_key(shelf, args + 2);
		return true;
	case 67:
	case 68:
	case 83:
	case 84:
		define(p, shelf, args, len);
		return true;
	case 69:
	case 85:
		if (len == 6)
			print_key(p, shelf, args);
		return true;
	default:
		return false;
	}
}

// ---- GS D: a Windows BMP file ----

struct bmp {
	const uint8_t *data, *palette;
	size_t offset, size, stride;
	unsigned width, height, bits;
	bool top_down;
};

static uint32_t le32(const uint8_t *b)
{
	return emu_le16(b) | (uint32_t)emu_le16(b + 2) << 16;
}

static int open_bmp(const uint8_t *data, size_t size, struct bmp *bmp)
{
	if (size < 54 || memcmp(data, "BM", 2) != 0 || le32(data + 14) < 40 || le32(data + 30) != 0)
		return -EINVAL;
	int32_t height = (int32_t)le32(data + 22);
	*bmp = (struct bmp){.data = data,
		.size = size,
		.offset = le32(data + 10),
		.palette = data + 14 + le32(data + 14),
		.width = le32(data + 18),
		.height = (unsigned)(height < 0 ? -(int64_t)height : height),
		.bits = emu_le16(data + 28),
		.top_down = height < 0};
	if (bmp->bits != 1 && bmp->bits != 4 && bmp->bits != 8 && bmp->bits != 24)
		return -EINVAL;
	if (bmp->width < 1 || bmp->width > PH_EMU_CANVAS_MAX_WIDTH || bmp->height < 1 ||
		bmp->height > PH_EMU_CANVAS_MAX_HEIGHT)
		return -EINVAL;
	bmp->stride = ((size_t)bmp->width * bmp->bits + 31) / 32 * 4;
	size_t colours = bmp->bits <= 8 ? (size_t)4 << bmp->bits : 0;
	bool fits = bmp->offset <= size && bmp->stride * bmp->height <= size - bmp->offset &&
		    colours <= size - 14 && le32(data + 14) <= size - 14 - colours;
	return fits ? 0 : -EINVAL;
}

static bool is_dark(const struct bmp *bmp, unsigned x, unsigned y)
{
	unsigned row = bmp->top_down ? y : bmp->height - 1 - y;
	const uint8_t *at = bmp->data + bmp->offset + row * bmp->stride;
	const uint8_t *rgb = at + (size_t)x * 3;

	if (bmp->bits <= 8) {
		unsigned per_byte = 8 / bmp->bits;
		unsigned shift = 8 - bmp->bits * (x % per_byte + 1);
		unsigned index = (unsigned)at[x / per_byte] >> shift & ((1u << bmp->bits) - 1);
		rgb = bmp->palette + (size_t)index * 4;
	}
	return rgb[0] * 114u + rgb[1] * 587u + rgb[2] * 299u < 128000u;
}

// m 48, fn 67 or 83, a 48, kc1 kc2, b, c, file
void emu_bmp(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	struct stored s = {0};
	struct bmp bmp;

	if (len < 8 || args[0] != 48 || (args[1] != 67 && args[1] != 83) || !is_key(args + 3) ||
		open_bmp(args + 7, len - 7, &bmp) < 0 ||
		ph_emu_canvas_init(&s.plane[0], bmp.width, bmp.height) < 0) {
		emu_refuse(p, "GS D", "not a picture this printer can keep");
		return;
	}
	for (unsigned y = 0; y < bmp.height; y++)
		for (unsigned x = 0; x < bmp.width; x++)
			if (is_dark(&bmp, x, y))
				ph_emu_canvas_dot(&s.plane[0], x, y);
	memcpy(s.key, args + 3, 2);
	keep(p, args[1] == 67 ? &p->nv : &p->ram, &s);
}

HANDLER(bmp)
{
	emu_bmp(p, b + 2, n - 2);
}

// ---- FS q and FS p ----

void emu_nv_forget(struct ph_emu_printer *p)
{
	for (size_t i = 0; i < p->n_nv_images; i++)
		ph_emu_canvas_done(&p->nv_images[i]);
	free(p->nv_images);
	p->nv_images = NULL;
	p->n_nv_images = 0;
}

// the new images replace all older ones
void emu_nv_start(struct ph_emu_printer *p, uint8_t n)
{
	if (n == 0)
		return;
	emu_nv_forget(p);
	p->nv_images = calloc(n, sizeof *p->nv_images);
	p->n_nv_images = p->nv_images ? n : 0;
	p->nv_write.left = n;
	p->nv_write.index = 0;
	p->nv_write.used = 0;
	p->cmd_len = 0;
	p->nv_write.total = 0;
	p->mode = PARSE_NV;
}

static void nv_next(struct ph_emu_printer *p)
{
	if (p->nv_write.index < p->n_nv_images)
		p->nv_images[p->nv_write.index] = p->nv_write.picture;
	else
		ph_emu_canvas_done(&p->nv_write.picture);
	p->nv_write.picture = (struct ph_emu_canvas){0};
	p->nv_write.index++;
	p->nv_write.total = 0;
	p->cmd_len = 0;
	if (--p->nv_write.left == 0)
		p->mode = PARSE_IDLE;
}

// xL xH yL yH in bytes of eight dots
static void nv_head(struct ph_emu_printer *p)
{
	size_t x = emu_le16(p->cmd), y = emu_le16(p->cmd + 2);

	p->nv_write.x_bytes = x;
	p->nv_write.y_bytes = y;
	p->nv_write.at = 0;
	p->nv_write.total = x * y * 8;
	ph_emu_canvas_done(&p->nv_write.picture);
	if (p->nv_write.total > 0 && p->nv_write.total <= p->config.nv_size - p->nv_write.used &&
		ph_emu_canvas_init(&p->nv_write.picture, (unsigned)x * 8, (unsigned)y * 8) == 0)
		p->nv_write.used += p->nv_write.total;
	else
		emu_refuse(p, "FS q", "size out of range or no memory");
	if (p->nv_write.total == 0)
		nv_next(p);
}

void emu_nv_byte(struct ph_emu_printer *p, uint8_t byte)
{
	if (p->nv_write.total == 0) {
		p->cmd[p->cmd_len++] = byte;
		if (p->cmd_len == 4)
			nv_head(p);
		return;
	}
	size_t column = p->nv_write.at / p->nv_write.y_bytes;
	size_t row = p->nv_write.at % p->nv_write.y_bytes * 8;
	for (unsigned i = 0; i < 8 && p->nv_write.picture.bits; i++)
		if (byte & 0x80u >> i)
			ph_emu_canvas_dot(
				&p->nv_write.picture, (unsigned)column, (unsigned)row + i);
	if (++p->nv_write.at == p->nv_write.total)
		nv_next(p);
}

HANDLER(nv_define)
{
	emu_nv_start(p, b[2]);
}

void emu_nv_print(struct ph_emu_printer *p, uint8_t n, uint8_t m)
{
	if (n < 1 || n > p->n_nv_images)
		emu_refuse(p, "FS p", "no such image");
	else
		emu_print_image(p, &p->nv_images[n - 1], m, "FS p");
}

HANDLER(nv_print)
{
	emu_nv_print(p, b[2], b[3]);
}
