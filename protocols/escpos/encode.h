// A display list into ESC/POS bytes, cut into segments that can be confirmed and resumed one by one.
//
// Sending, confirming and the prologue in front of a job belong to the driver, for which the command
// helpers at the end are. Source: Epson ESC/POS reference, commands named at each function.
#ifndef PH_PROTOCOLS_ESCPOS_ENCODE_H
#define PH_PROTOCOLS_ESCPOS_ENCODE_H

#include "protocols/escpos/logo.h"
#include "protocols/escpos/profile.h"
#include "protocols/receipt/job.h"

#define PH_ESCPOS_STORES_MAX 4 // images of one job that are offered for storing

// An image that the document would like to be kept by the printer, which does not have it yet.
struct ph_escpos_store {
	uint8_t hash[PH_ESCPOS_LOGO_HASH];
	uint32_t order; // its drawing: index of ph_escpos_input.rasters
};

struct ph_escpos_stores {
	struct ph_escpos_store items[PH_ESCPOS_STORES_MAX];
	uint32_t count;
};

// What the encoder is given beside the document. All of it is borrowed during the call.
struct ph_escpos_input {
	// The drawings of the orders of an earlier call with the same list and profile; NULL says that
	// none were made yet.
	const struct ph_rasters *rasters;
	// What the printer holds; only for profiles with graphics_keys.
	const struct ph_escpos_logo *logos;
	uint32_t logo_count;
	struct ph_escpos_stores *ret_stores; // may be NULL
};

// Encodes the whole list. `input` and ret_error may be NULL. Where a first call (without drawings) has
// written orders, its bytes are worth nothing; where the drawing of an order is missing in the second
// call, the encoder falls back and reports the loss.
//   -ERANGE      a barcode or 2-D code does not fit the paper at its smallest module
//   -EOPNOTSUPP  the profile has no such drawer
//   -E2BIG       more than PH_JOB_BYTES_MAX bytes
//   -ENOMEM
int ph_escpos_encode(const struct ph_display_list *list, const struct ph_escpos_profile *profile,
	const struct ph_escpos_input *input, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error);

// The commands below write at `out`, which has room for the length named, and return that length.

// ESC @, FS ., GS a `asb` (PH_EP_ASB_ALL; left out when 0), ESC t of the profile's default page; FS C of
// Japanese printers and FS ( C of those that take UTF-8.
#define PH_ESCPOS_PROLOGUE_MAX 32
size_t ph_escpos_put_prologue(uint8_t *out, const struct ph_escpos_profile *profile, uint8_t asb);

// GS ( H, process id. Ids 0 to PH_ESCPOS_PROCESS_ID_COUNT - 1; the newest confirms all older.
#define PH_ESCPOS_PROCESS_ID_LEN   11
#define PH_ESCPOS_PROCESS_ID_COUNT 81450625u // 95^4
size_t ph_escpos_put_process_id(uint8_t *out, uint32_t id);

// GS r n: 1 paper, 2 drawer. Answered in stream order.
#define PH_ESCPOS_GS_R_LEN 3
size_t ph_escpos_put_gs_r(uint8_t *out, uint8_t n);

// GS I n.
#define PH_ESCPOS_GS_I_LEN 3
size_t ph_escpos_put_gs_i(uint8_t *out, uint8_t n);

// GS a n: automatic status.
#define PH_ESCPOS_GS_A_LEN 3
size_t ph_escpos_put_gs_a(uint8_t *out, uint8_t n);

// DLE EOT n: real-time status.
#define PH_ESCPOS_DLE_EOT_LEN 3
size_t ph_escpos_put_dle_eot(uint8_t *out, uint8_t n);

// DLE ENQ n: 1 go on after an error, 2 abandon what is buffered.
#define PH_ESCPOS_DLE_ENQ_LEN 3
size_t ph_escpos_put_dle_enq(uint8_t *out, uint8_t n);

// ESC p: pulse at drawer 1 or 2, in stream order. Times in ms, rounded up to 2, at most 510. The off time is up to
// 4 ms longer where the bytes would hold DLE EOT, DLE ENQ or DLE DC4, or end in DLE.
#define PH_ESCPOS_PULSE_LEN 5
size_t ph_escpos_put_pulse(uint8_t *out, unsigned drawer, unsigned on_ms, unsigned off_ms);

// DLE DC4 1: pulse at drawer 1 or 2 in real time. On time in ms, rounded up to 100, 100-800.
#define PH_ESCPOS_DLE_PULSE_LEN 5
size_t ph_escpos_put_dle_pulse(uint8_t *out, unsigned drawer, unsigned on_ms);

// DLE DC4 8: clear the receive and print buffers; answered by 37 25 00, send nothing before that.
#define PH_ESCPOS_CLEAR_LEN 10
size_t ph_escpos_put_clear(uint8_t *out);

#endif
