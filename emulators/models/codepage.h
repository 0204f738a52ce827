/* Character tables of an emulated device, by the numbers the ESC t family uses. */
#ifndef PH_EMULATORS_MODELS_CODEPAGE_H
#define PH_EMULATORS_MODELS_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte without a meaning becomes. */
#define PH_EMU_NO_CHARACTER 0xFFFDu

/* Upper halves of the pages used so far. Zero-initialise; nothing to free. */
struct ph_emu_codepages {
	struct {
		const char *name;
		uint32_t high[128];
	} loaded[16];
	unsigned count;
};

/* How a maker numbers its pages. */
enum ph_emu_numbering {
	PH_EMU_NUMBERING_EPSON,
	PH_EMU_NUMBERING_POS5890, /* the POS-5890 class */
	PH_EMU_NUMBERING_SRP275,  /* Samsung SRP-275 */
	PH_EMU_NUMBERING_STAR,	  /* Star in ESC/POS mode, ESC GS t */
};

/* Name of page n of ESC t under the numbering, NULL when there is none. */
const char *ph_emu_codepage_numbered(enum ph_emu_numbering numbering, unsigned n);

/* True when ESC R knows the set. */
bool ph_emu_country_known(unsigned set);

/* The same for an Epson customer display (DM-D, ESC t n). */
const char *ph_emu_codepage_display_name(unsigned n);

/* Unicode of a byte under the table; bytes 20-7E are ASCII. name NULL: high bytes have no
 * meaning. The seventeenth table pushes out the first. */
uint32_t ph_emu_codepage_char(struct ph_emu_codepages *pages, const char *name, uint8_t byte);

/* ESC R n: replaces the twelve national characters; other bytes and unknown sets as ASCII. */
uint32_t ph_emu_country_char(unsigned set, uint8_t byte);

#endif
