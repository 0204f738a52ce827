// Names of code pages and bar codes for the capabilities of a printer.
#include "drivers/printer/abilities.h"

void ph_printer_names_fill(struct ph_printer_names *names, const struct ph_profile_page *pages,
	unsigned page_count, uint32_t barcodes)
{
	unsigned count = 0;

	*names = (struct ph_printer_names){0};
	for (unsigned i = 0; i < page_count && i < PH_CODEPAGE_COUNT; i++)
		names->codepages[i] = ph_codepage_name(pages[i].page);
	for (unsigned i = 0; i < PH_BARCODE_COUNT; i++)
		if (barcodes >> i & 1)
			names->barcodes[count++] = ph_barcode_type_names[i];
}
