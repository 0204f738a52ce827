/* Shared by the files of the terminal only. */
#ifndef PH_EMULATORS_MODELS_ZVT_INTERNAL_H
#define PH_EMULATORS_MODELS_ZVT_INTERNAL_H

#include "base/cleanup.h"
#include "emulators/models/zvt.h"

struct emu_zvt_card {
	const char *word;
	const char *number; /* masked with E */
	uint8_t type, result;
};
extern const struct emu_zvt_card emu_zvt_cards[];
/* Row of the table, or -1. */
int emu_zvt_card_row(const char *word);

/* What an APDU is made in. */
struct emu_zvt_buf {
	uint8_t bytes[EMU_ZVT_APDU_MAX];
	size_t len;
};
void emu_zvt_put(struct emu_zvt_buf *b, const void *data, size_t len);
void emu_zvt_byte(struct emu_zvt_buf *b, unsigned value);
/* `bytes` bytes of packed decimal digits. */
void emu_zvt_bcd(struct emu_zvt_buf *b, uint64_t value, size_t bytes);
/* A tag with its length and value. */
void emu_zvt_tlv(struct emu_zvt_buf *b, unsigned tag, const void *value, size_t len);

/* zvt_parse.c: 0; -EINVAL for a bitmap nobody knows, -EBADMSG for data that end too early or are no digits. */
int emu_zvt_parse(const uint8_t *data, size_t len, struct emu_zvt_request *r);
/* The next object; false at the end and where it is broken. */
bool emu_zvt_next_tlv(const uint8_t *d, size_t len, size_t *at, unsigned *ret_tag,
	const uint8_t **ret_value, size_t *ret_len);
/* The value of a tag on this level, or NULL. */
const uint8_t *emu_zvt_find_tlv(const uint8_t *d, size_t len, unsigned tag, size_t *ret_len);

/* zvt_link.c */
void emu_zvt_link_reset(struct ph_emu_terminal *t);
void emu_zvt_link_input(struct ph_emu_terminal *t, const uint8_t *data, size_t len);
uint64_t emu_zvt_link_tick(struct ph_emu_terminal *t);
void emu_zvt_send(
	struct ph_emu_terminal *t, unsigned class, unsigned instr, const void *data, size_t len);

/* zvt_run.c: what the terminal does by itself after it has taken a command. */
void emu_zvt_begin(struct ph_emu_terminal *t);
void emu_zvt_add(struct ph_emu_terminal *t, enum emu_zvt_step_kind kind, unsigned code);
uint64_t emu_zvt_run_tick(struct ph_emu_terminal *t);
/* 80 or 84 of the till. */
void emu_zvt_answered(struct ph_emu_terminal *t, uint8_t class, uint8_t code);
/* The till is silent, or the power has gone. */
void emu_zvt_lost(struct ph_emu_terminal *t);
/* The command waits for the answer to what was said. */
void emu_zvt_await(struct ph_emu_terminal *t, const struct emu_zvt_step *step);
void emu_zvt_book(struct ph_emu_terminal *t);

/* zvt_alone.c: the till has gone; what is due then, and what another connection may ask meanwhile. */
void emu_zvt_cut(struct ph_emu_terminal *t);
uint64_t emu_zvt_alone_tick(struct ph_emu_terminal *t);
/* The rest of the steps is replaced by this end. */
void emu_zvt_end(struct ph_emu_terminal *t, unsigned code);

/* zvt_print.c: the bodies of what it sends; receipts. */
void emu_zvt_result(const struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e,
	struct emu_zvt_buf *b);
void emu_zvt_totals(const struct ph_emu_terminal *t, struct emu_zvt_buf *b);
void emu_zvt_add_receipts(struct ph_emu_terminal *t, const struct ph_emu_terminal_entry *e);
/* Two lines for the display, as a container behind a status; in CP437. */
void emu_zvt_display(const struct ph_emu_terminal *t, const char *first, const char *second,
	struct emu_zvt_buf *b);
void emu_zvt_add_report(struct ph_emu_terminal *t);
void emu_zvt_add_diagnosis(struct ph_emu_terminal *t);
void emu_zvt_line(const struct ph_emu_terminal *t, const struct emu_zvt_step *s,
	struct emu_zvt_buf *b, unsigned *ret_instr);

/* zvt.c: a complete APDU of the till; the ledger. */
void emu_zvt_command(struct ph_emu_terminal *t, const uint8_t *apdu, size_t len);
/* Whether it is a command that changes the ledger. */
bool emu_zvt_books(const uint8_t *apdu);
bool emu_zvt_is(const struct ph_emu_terminal *t, const char *fault);
/* Consumes a fault of the line; true when it struck. */
bool emu_zvt_strike(struct ph_emu_terminal *t, const char *fault);
void emu_zvt_reverse_last(struct ph_emu_terminal *t, struct ph_emu_terminal_entry *e);
struct ph_emu_terminal_entry *emu_zvt_find(struct ph_emu_terminal *t, unsigned receipt);
void emu_zvt_stamp(const struct ph_emu_terminal *t, struct ph_emu_terminal_entry *e);

#endif
