// Pictures that a printer keeps in its own memory: what to call them, how to store, list and print them.
// Source: Epson ESC/POS reference, GS ( L functions 64, 67 and 69.
#ifndef PH_PROTOCOLS_ESCPOS_LOGO_H
#define PH_PROTOCOLS_ESCPOS_LOGO_H

#include "protocols/escpos/status.h"
#include "protocols/receipt/raster_order.h"

#define PH_ESCPOS_LOGO_HASH 16	  // bytes
#define PH_ESCPOS_LOGO_MAX  60000 // bytes of one picture

// One that the printer holds.
struct ph_escpos_logo {
	uint8_t hash[PH_ESCPOS_LOGO_HASH];
	char key[2]; // each 0x20-0x7e
};

// The hash of an image as it is printed: its file, its width in dots, and how it is made black and white.
void ph_escpos_logo_hash(const struct ph_receipt_image *image, uint16_t width,
	uint8_t ret_hash[PH_ESCPOS_LOGO_HASH]);

// Stores the drawing under the key, in memory that outlives power-off. `out` has room for
// ph_escpos_logo_size(). Returns the bytes written, or -E2BIG.
size_t ph_escpos_logo_size(const struct ph_raster *raster);
int ph_escpos_put_logo(const struct ph_raster *raster, const char key[2], uint8_t *out);

// Prints a stored one.
#define PH_ESCPOS_PRINT_LOGO_LEN 11
size_t ph_escpos_put_print_logo(uint8_t *out, const char key[2]);

// Asks for the keys of all that is stored.
#define PH_ESCPOS_LOGO_KEYS_LEN 9
size_t ph_escpos_put_logo_keys(uint8_t *out);

// One block of the answer: pairs of characters in ret_keys (borrowed from the event); ret_more says that
// another follows when it is asked for by ACK. -ENOENT for other events.
int ph_escpos_event_logo_keys(const struct ph_escpos_event *event, const char **ret_keys,
	size_t *ret_len, bool *ret_more);

#endif
