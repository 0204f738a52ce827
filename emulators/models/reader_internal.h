/* Inside of the readers, shared by their files only. */
#ifndef PH_EMULATORS_MODELS_READER_INTERNAL_H
#define PH_EMULATORS_MODELS_READER_INTERNAL_H

#include "emulators/models/reader.h"

extern const struct ph_emu_reader_kind emu_reader_serial, emu_reader_honeywell, emu_reader_hidpos,
	emu_reader_hidpos_b, emu_reader_hidpos_a62, emu_reader_hidpos_a61, emu_reader_wedge,
	emu_reader_oem_hand, emu_reader_oem_table, emu_reader_snapi, emu_reader_ssi,
	emu_reader_datalogic, emu_reader_single_cable;

struct ph_emu_reader *emu_reader_of(struct ph_emu_unit *unit);
/* Keeps what the host commanded, for the tests to look at. */
void emu_reader_note(struct ph_emu_reader *r, const uint8_t *data, size_t len);
/* A fault all readers have; -EINVAL for another word. */
int emu_reader_fault(struct ph_emu_unit *unit, const char *word, long value, bool off);
/* As struct ph_emu_unit_ops.power of every reader. */
void emu_reader_power(struct ph_emu_unit *unit);

/* reader_hhp.c: bytes of Honeywell's serial commands; answers go to `answer`, of which the last is the end of a menu answer. */
typedef void (*emu_hhp_answer_fn)(
	struct ph_emu_reader *r, const uint8_t *text, size_t len, bool last);
void emu_hhp_input(
	struct ph_emu_reader *r, const uint8_t *data, size_t len, emu_hhp_answer_fn answer);

#endif
