/* A printer on a test bed: bytes in by string literals, replies and paper out as plain values. */
#ifndef PH_TESTS_EMULATORS_PRINTER_BED_H
#define PH_TESTS_EMULATORS_PRINTER_BED_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer.h"

struct bed {
	struct ph_emu_printer_config config;
	struct ph_emu_drawer drawer;
	struct ph_emu_printer *p;
	uint64_t now;
	uint8_t reply[8192];
	size_t reply_len;
};

static inline void bed_open(struct bed *b)
{
	ck_assert_int_eq(ph_emu_printer_new(&b->config, &b->p), 0);
}

static inline void bed_init(struct bed *b)
{
	memset(b, 0, sizeof *b);
	ph_emu_printer_config_default(&b->config);
	ph_emu_drawer_init(
		&b->drawer, &(struct ph_emu_drawer_config){.pin = 2, .min_pulse_ms = 20});
	b->config.drawer = &b->drawer;
	b->now = 1000000;
}

static inline void bed_done(struct bed *b)
{
	ph_emu_printer_free(b->p);
}

static inline size_t bed_feed(struct bed *b, const char *data, size_t len)
{
	return ph_emu_printer_feed(b->p, b->now, (const uint8_t *)data, len);
}

#define FEED(b, text) ck_assert_uint_eq(bed_feed((b), (text), sizeof(text) - 1), sizeof(text) - 1)

/* The printer said exactly this since the last look. */
static inline void bed_replied(struct bed *b, const char *data, size_t len)
{
	b->reply_len = ph_emu_printer_take(b->p, b->reply, sizeof b->reply);
	ck_assert_mem_eq(b->reply, data, len < b->reply_len ? len : b->reply_len);
	ck_assert_uint_eq(b->reply_len, len);
}

#define REPLIED(b, text) bed_replied((b), (text), sizeof(text) - 1)

static inline void bed_printed(struct bed *b, const char *text)
{
	char *have = ph_emu_paper_text(ph_emu_printer_paper(b->p));
	ck_assert_str_eq(have, text);
	free(have);
}

static inline void bed_set_paper(struct bed *b, enum ph_emu_paper_state paper)
{
	struct ph_emu_printer_state s = *ph_emu_printer_state(b->p);
	s.paper = paper;
	ph_emu_printer_set(b->p, b->now, &s);
}

static inline int bed_arm(
	struct bed *b, enum ph_emu_fault fault, enum ph_emu_count count, uint64_t n)
{
	return ph_emu_printer_arm(
		b->p, b->now, &(struct ph_emu_armed){.fault = fault, .count = count, .n = n});
}

/* A dot of the paper, black or in the second colour. */
static inline bool bed_dot(const struct bed *b, unsigned x, uint64_t y)
{
	const struct ph_emu_paper *p = ph_emu_printer_paper(b->p);
	size_t at = (size_t)(y - p->first) * p->stride + x / 8;
	if (x >= p->width || y < p->first || y - p->first >= p->rows)
		return false;
	uint8_t byte = (uint8_t)(p->bits[at] | (p->colour ? p->colour[at] : 0));
	return byte & 0x80 >> x % 8;
}

/* The dots of a rectangle are exactly these: rows of '#' and '.', ended by '\n'. */
static inline void bed_dots(const struct bed *b, unsigned x, uint64_t y, const char *rows)
{
	unsigned col = 0;
	uint64_t row = y;
	for (const char *c = rows; *c; c++) {
		if (*c == '\n') {
			row++;
			col = 0;
			continue;
		}
		ck_assert_msg(bed_dot(b, x + col, row) == (*c == '#'), "dot %u, %u is %s", x + col,
			(unsigned)row, *c == '#' ? "white" : "black");
		col++;
	}
}

static inline uint64_t bed_rows(const struct bed *b)
{
	return ph_emu_printer_paper(b->p)->y;
}

static inline const struct ph_emu_item *bed_item(struct bed *b, size_t i)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(b->p);
	ck_assert_uint_gt(paper->n_items, i);
	return &paper->items[i];
}

#endif
