// Private to the encoder: its state and what its files share.
#ifndef PH_PROTOCOLS_ESCPOS_ENCODER_H
#define PH_PROTOCOLS_ESCPOS_ENCODER_H

#include "protocols/escpos/encode.h"
#include "protocols/receipt/width.h"

#define PH_SYMBOL_MAX 320 // most bytes of a barcode with its settings

struct ph_encoder {
	const struct ph_display_list *list;
	const struct ph_escpos_profile *profile;
	struct ph_escpos_job *job;
	struct ph_receipt_error *error;
	uint8_t *p;	// next byte of job->bytes
	uint64_t pages; // of the profile
	// the printer, as the bytes so far left it
	enum ph_codepage page; // PH_CODEPAGE_COUNT: not to be relied on
	uint16_t style;
	bool after_raw;
	// the open segment; lines 0 means that there is none
	uint32_t start, first_line, line, next_line, lines, flags;
};

__attribute__((format(printf, 4, 5))) int ph_encoder_fail(
	struct ph_encoder *enc, int err, uint32_t at, const char *format, ...);

// Makes room for `need` more bytes at enc->p.
int ph_encoder_reserve(struct ph_encoder *enc, size_t need);

void ph_encoder_loss(
	struct ph_encoder *enc, enum ph_escpos_loss_kind kind, uint32_t at, uint32_t value);

// Symbols, at a line start and in normal style; room for PH_SYMBOL_MAX or the QR data is made.
int ph_encode_barcode(struct ph_encoder *enc, const struct ph_item *item);
int ph_encode_qr(struct ph_encoder *enc, const struct ph_item *item);

#endif
