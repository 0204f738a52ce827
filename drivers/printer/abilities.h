/* What a profile of whatever language says a printer prints, as capabilities name it. */
#ifndef PH_DRIVERS_PRINTER_ABILITIES_H
#define PH_DRIVERS_PRINTER_ABILITIES_H

#include "protocols/codepage/codepage.h"
#include "protocols/profile/profile.h"
#include "protocols/receipt/receipt.h"

/* Lists that end with NULL, as struct ph_printer_capabilities has them. */
struct ph_printer_names {
	const char *codepages[PH_CODEPAGE_COUNT + 1];
	const char *barcodes[PH_BARCODE_COUNT + 1];
};

/* `barcodes`: bits 1 << enum ph_barcode_type. */
void ph_printer_names_fill(struct ph_printer_names *names, const struct ph_profile_page *pages,
	unsigned page_count, uint32_t barcodes);

#endif
