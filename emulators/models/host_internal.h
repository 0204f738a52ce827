/* Shared by the files of the host only. */
#ifndef PH_EMULATORS_MODELS_HOST_INTERNAL_H
#define PH_EMULATORS_MODELS_HOST_INTERNAL_H

#include "emulators/models/host.h"

/* What becomes of an answer, by the amount or by a fault. */
struct emu_host_fate {
	bool drop;	  /* it is booked and not answered */
	uint64_t late_us; /* it comes that much later */
};

/* host_ledger.c: books a message and makes its answer; false when it is none that is answered. */
bool emu_host_book(struct ph_emu_host *h, const struct emu_iso *m, struct emu_iso *answer,
	struct emu_host_fate *ret_fate);
/* Refuses it with a response code and books nothing; false when it is none that is answered. */
bool emu_host_refuse(
	struct ph_emu_host *h, const struct emu_iso *m, const char *code, struct emu_iso *answer);
/* Whether the amount of a request says that it is lost before it is booked. */
bool emu_host_loses(const struct ph_emu_host *h, const struct emu_iso *m);

#endif
