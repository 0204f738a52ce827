// How large a QR code becomes.
#ifndef PH_PROTOCOLS_RECEIPT_QR_SIZE_H
#define PH_PROTOCOLS_RECEIPT_QR_SIZE_H

#include "protocols/receipt/receipt.h"

// Smallest version (1-40) that holds `len` bytes in byte mode at `level`; 0 when none does.
unsigned ph_qr_version(size_t len, enum ph_qr_level level);

// Modules along one side, without quiet zone.
static inline unsigned ph_qr_modules(unsigned version)
{
	return 17 + 4 * version;
}

#endif
