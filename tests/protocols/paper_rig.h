// Documents through an encoder and an emulated printer onto paper, whatever the printer's language.
#ifndef PH_TESTS_PROTOCOLS_PAPER_RIG_H
#define PH_TESTS_PROTOCOLS_PAPER_RIG_H

#include <check.h>

#include "emulators/models/printer.h"
#include "protocols/escpos/encode.h"
#include "protocols/star/encode.h"

extern struct paper_rig {
	// the printer: the one that is not NULL
	const struct ph_escpos_profile *escpos;
	const struct ph_star_profile *star;
	const struct ph_rasters *rasters; // NULL: none were made
	// what became of the last document
	struct ph_receipt *receipt;
	struct ph_display_list list;
	struct ph_receipt_job job;
	struct ph_escpos_stores stores;
	struct ph_receipt_error error;
	struct ph_emu_printer *printer;
} rig;

// Frees all and forgets the printer: a fixture.
void rig_teardown(void);

// `document` is JSON.
void rig_lay_out(const char *document);
int rig_encode(void); // what the encoder returns

// A new printer with fresh paper that has got its prologue.
void rig_power_on(void);
void rig_prologue(void);
void rig_feed(const uint8_t *bytes, size_t len);

// Every command was known and obeyed.
void rig_check_obeyed(void);

// The job at once, or with a prologue in front of every segment, as when each one is the first of a resumed job; and
// rig_check_obeyed().
void rig_print_all(const char *document);
void rig_print_segments(const char *document);

// The paper says what the preview says.
void rig_check_paper(const char *document);

// Both ways of printing, each with rig_check_paper().
void rig_check_printed(const char *document);

// A document at random, always the same series in one program. `upside_down`: with lines that stand on their heads.
const char *rig_random_document(bool upside_down);

// The text of a file of at most 8 KiB.
const char *rig_read_file(const char *path);

#endif
