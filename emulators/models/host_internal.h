/* Shared by the files of the host only. */
#ifndef PH_EMULATORS_MODELS_HOST_INTERNAL_H
#define PH_EMULATORS_MODELS_HOST_INTERNAL_H

#include "emulators/models/host.h"

/* What becomes of an answer, by the amount or by a fault. */
struct emu_host_fate {
	bool drop;	  /* it is booked and not answered */
	uint64_t late_us; /* it comes that much later */
};

/* ---- host_books.c: what came, found without a look at all of it ---- */

/* The message by what it is known by, or NULL. */
struct ph_emu_booking *emu_books_find(struct ph_emu_host *h, const char *terminal, const char *stan,
	const char *sent, char class);
/* The copy of `b` in the books, or NULL when they are full. Pointers into the books end here. */
struct ph_emu_booking *emu_books_add(struct ph_emu_host *h, const struct ph_emu_booking *b);
/* A reversal that came before `b` and found nothing, or NULL. */
struct ph_emu_booking *emu_books_undoing(struct ph_emu_host *h, const struct ph_emu_booking *b);
/* What stands of the same use of a card as `b`, another message of the same terminal; or NULL. */
const struct ph_emu_booking *emu_books_same_use(
	const struct ph_emu_host *h, const struct ph_emu_booking *b, const char *but_stan);
/* Whether the terminal has used the trace number of `b` for another message of its class. */
bool emu_books_reused(const struct ph_emu_host *h, const struct ph_emu_booking *b);
void emu_books_clear(struct ph_emu_host *h);

/* ---- host_day.c: the line and the day ---- */

bool emu_host_network(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer);
bool emu_host_totals(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer);

/* ---- host_ledger.c ---- */

/* The function becomes its response, and a repeat is answered like the first. */
void emu_host_begin_answer(const struct emu_iso *m, struct emu_iso *answer);
/* Copies fields of the message that it has. */
void emu_host_echo(const struct emu_iso *m, struct emu_iso *answer, const uint8_t *list, size_t n);
uint64_t emu_host_number(const struct emu_iso *m, unsigned field);

#define EMU_HOST_ECHO(m, answer, ...)                                                              \
	do {                                                                                       \
		static const uint8_t list_[] = {__VA_ARGS__};                                      \
		emu_host_echo(m, answer, list_, sizeof list_);                                     \
	} while (0)

/* Books a message and makes its answer; false when it is none that is answered. */
bool emu_host_book(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer,
	struct emu_host_fate *ret_fate);
/* Refuses it with a response code and books nothing; false when it is none that is answered. */
bool emu_host_refuse(
	struct ph_emu_host *h, const struct emu_iso *m, const char *code, struct emu_iso *answer);
/* Whether the amount of a request says that it is lost before it is booked. */
bool emu_host_loses(const struct ph_emu_host *h, const struct emu_iso *m);

#endif
