// Words of profiles that mean the same for printers of every language.
#include "protocols/profile/words.h"

#include "protocols/receipt/receipt.h"

const struct ph_profile_word ph_profile_yes_no[] = {
	{"no", 0}, {"yes", 1}, {"unknown", 0}, {NULL, 0}};

const struct ph_profile_word ph_profile_barcodes[] = {{"upca", 1u << PH_BARCODE_UPCA},
	{"upce", 1u << PH_BARCODE_UPCE}, {"ean13", 1u << PH_BARCODE_EAN13},
	{"ean8", 1u << PH_BARCODE_EAN8}, {"code39", 1u << PH_BARCODE_CODE39},
	{"itf", 1u << PH_BARCODE_ITF}, {"codabar", 1u << PH_BARCODE_CODABAR},
	{"code128", 1u << PH_BARCODE_CODE128}, {"code93", 1u << PH_BARCODE_CODE93},
	{"gs1_128", 1u << PH_BARCODE_GS1_128}, {"databar", 1u << PH_BARCODE_DATABAR},
	{"databar_truncated", 1u << PH_BARCODE_DATABAR_TRUNCATED},
	{"databar_limited", 1u << PH_BARCODE_DATABAR_LIMITED},
	{"databar_expanded", 1u << PH_BARCODE_DATABAR_EXPANDED}, {NULL, 0}};
