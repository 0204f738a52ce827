// A display list into the bytes of a Star printer, cut into segments that can be confirmed and
// resumed one by one.
//
// Sending, confirming and the prologue in front of a job belong to the driver, for which the command
// helpers at the end are. Source: STAR Line Mode and StarPRNT Command Specifications, commands named
// at each function.
#ifndef PH_PROTOCOLS_STAR_ENCODE_H
#define PH_PROTOCOLS_STAR_ENCODE_H

#include "protocols/receipt/job.h"
#include "protocols/star/profile.h"

// Encodes the whole list. `rasters` are the drawings of the orders of an earlier call with the same
// list and profile; NULL says that none were made yet, then the bytes are worth nothing where orders
// were written. Where a drawing is missing the encoder falls back and reports the loss.
// ret_error may be NULL.
//   -ERANGE      a symbol does not fit the paper
//   -EOPNOTSUPP  no such drawer; a printer that only prints drawings, and there are none
//   -E2BIG       more than PH_JOB_BYTES_MAX bytes
//   -ENOMEM
int ph_star_encode(const struct ph_display_list *list, const struct ph_star_profile *profile,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error);

// The commands below write at `out`, which has room for the length named, and return that length.

// ESC @ and, but for the raster dialect, ESC z 1, ESC GS t of the first page and, where the profile has
// other times of a pulse than the printer has by itself, ESC BEL.
#define PH_STAR_PROLOGUE_MAX 16
size_t ph_star_put_prologue(uint8_t *out, const struct ph_star_profile *profile);

// ESC GS ETX s n1 n2, with id = n1 + 256 n2. s 0 reads the counter, 1 waits for the end of printing,
// counts and answers; 2 clears it; 3 and 4 begin and end a document.
#define PH_STAR_COUNTER_LEN 6
size_t ph_star_put_counter(uint8_t *out, uint8_t s, uint16_t id);

// ETB: waits for the end of printing, counts and sends the automatic status.
#define PH_STAR_ETB_LEN 1
size_t ph_star_put_etb(uint8_t *out);

// ESC RS E 0: sets the ETB counter to 0.
#define PH_STAR_CLEAR_ETB_LEN 4
size_t ph_star_put_clear_etb(uint8_t *out);

// ESC RS a n: automatic status on or off.
#define PH_STAR_ASB_LEN 4
size_t ph_star_put_asb(uint8_t *out, bool on);

// ESC ACK SOH: status at once.
#define PH_STAR_ASK_LEN 3
size_t ph_star_put_ask(uint8_t *out);

// ESC ACK CAN: reset at once; buffers and modes are lost.
#define PH_STAR_RESET_LEN 3
size_t ph_star_put_reset(uint8_t *out);

// ESC # * LF NUL: model and version.
#define PH_STAR_IDENTIFY_LEN 5
size_t ph_star_put_identify(uint8_t *out);

// ESC BEL: the profile's times of a pulse at drawer 1.
#define PH_STAR_PULSE_TIMES_LEN 4
size_t ph_star_put_pulse_times(uint8_t *out, const struct ph_star_profile *profile);

// BEL or SUB: pulse at drawer 1 or 2, in stream order. Times of drawer 1 in ms, rounded up to 10, at most
// 1270, between ESC BEL where they are not the profile's; those of drawer 2 are fixed. In the raster
// dialect through ESC * r D.
#define PH_STAR_PULSE_MAX 24
size_t ph_star_put_pulse(uint8_t *out, const struct ph_star_profile *profile, unsigned drawer,
	unsigned on_ms, unsigned off_ms);

// FS: pulse at drawer 1 at once, past everything that waits, with the times set last.
#define PH_STAR_FAST_PULSE_LEN 1
size_t ph_star_put_fast_pulse(uint8_t *out);

#endif
