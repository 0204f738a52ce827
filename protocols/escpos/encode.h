// A display list into ESC/POS bytes, cut into segments that can be confirmed and resumed one by one.
//
// Sending, confirming and the prologue in front of a job belong to the driver, for which the command
// helpers at the end are. Source: Epson ESC/POS reference, commands named at each function.
#ifndef PH_PROTOCOLS_ESCPOS_ENCODE_H
#define PH_PROTOCOLS_ESCPOS_ENCODE_H

#include "protocols/escpos/profile.h"
#include "protocols/receipt/layout.h"

#define PH_ESCPOS_SEGMENT_LINES	 24   // most lines in a segment
#define PH_ESCPOS_SEGMENT_BYTES	 2048 // most bytes, unless a single item is longer
#define PH_ESCPOS_LOSSES_MAX	 128  // recorded per job; all are counted
#define PH_ESCPOS_JOB_MAX	 (8 * 1024 * 1024)

#define PH_ESCPOS_SEGMENT_CUT	 0x01u
#define PH_ESCPOS_SEGMENT_DRAWER 0x02u
#define PH_ESCPOS_SEGMENT_BEEP	 0x04u
#define PH_ESCPOS_SEGMENT_RAW	 0x08u
#define PH_ESCPOS_SEGMENT_PRINTS 0x10u // leaves ink: text, barcode or QR
// Must not be sent twice: a repetition is not just the same paper again.
#define PH_ESCPOS_SEGMENT_ONCE                                                                     \
	(PH_ESCPOS_SEGMENT_DRAWER | PH_ESCPOS_SEGMENT_BEEP | PH_ESCPOS_SEGMENT_RAW)

// A piece of the job that prints the same after a prologue as in its place: styles and alignment
// are normal at both ends, and the code page is selected before it matters. A cut, each drawer
// pulse, beep and raw item are segments of their own.
struct ph_escpos_segment {
	uint32_t offset, len;		// in bytes[]
	uint32_t first_line, last_line; // items of the display list
	uint32_t flags;			// PH_ESCPOS_SEGMENT_*
};

// What comes out differently from what the document says.
enum ph_escpos_loss_kind {
	PH_ESCPOS_LOSS_CHAR,	 // no page of the profile has `value` (code point): '?'
	PH_ESCPOS_LOSS_CONTROL,	 // control character `value` left out
	PH_ESCPOS_LOSS_CUT_KIND, // partial and full exchanged: the printer has one of them
	PH_ESCPOS_LOSS_NO_CUT,	 // no cutter: fed to the tear bar instead
	PH_ESCPOS_LOSS_MODULE,	 // bars printed with modules of `value` dots to fit
	PH_ESCPOS_LOSS_QUIET,	 // bars fit only without their quiet zones: paper margin must do
	PH_ESCPOS_LOSS_NO_BEEP	 // no buzzer
};

struct ph_escpos_loss {
	enum ph_escpos_loss_kind kind;
	uint32_t at; // ph_receipt_path()
	uint32_t value;
	uint32_t count; // repetitions in the same place
};

// Zero-initialise before the first use; a job may be encoded again and keeps its memory.
struct ph_escpos_job {
	uint8_t *bytes;
	uint32_t len;
	struct ph_escpos_segment *segments;
	uint32_t segment_count;
	struct ph_escpos_loss losses[PH_ESCPOS_LOSSES_MAX];
	uint32_t loss_count;		     // of losses[]
	uint32_t loss_missed;		     // more than fit
	uint32_t capacity, segment_capacity; // private
};

// Encodes the whole list. ret_error may be NULL.
//   -ERANGE      a barcode or QR code does not fit the paper at its smallest module
//   -EOPNOTSUPP  the profile has no such barcode, QR code or drawer
//   -EINVAL      QR data whose length would make the printer see a real-time command
//   -E2BIG       more than PH_ESCPOS_JOB_MAX bytes
//   -ENOMEM
int ph_escpos_encode(const struct ph_display_list *list, const struct ph_escpos_profile *profile,
	struct ph_escpos_job *job, struct ph_receipt_error *ret_error);

void ph_escpos_job_done(struct ph_escpos_job *job);

// "char U+20BF not printable -> ?", always terminated; returns `buf`.
const char *ph_escpos_loss_text(const struct ph_escpos_loss *loss, char *buf, size_t size);

// The commands below write at `out`, which has room for the length named, and return that length.

// ESC @, FS ., GS a `asb` (PH_EP_ASB_ALL; left out when 0), ESC t of the profile's default page.
#define PH_ESCPOS_PROLOGUE_MAX 16
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

// ESC p: pulse at drawer 1 or 2, in stream order. Times in ms, rounded up to 2, at most 510.
#define PH_ESCPOS_PULSE_LEN 5
size_t ph_escpos_put_pulse(uint8_t *out, unsigned drawer, unsigned on_ms, unsigned off_ms);

// DLE DC4 1: pulse at drawer 1 or 2 in real time. On time in ms, rounded up to 100, 100-800.
#define PH_ESCPOS_DLE_PULSE_LEN 5
size_t ph_escpos_put_dle_pulse(uint8_t *out, unsigned drawer, unsigned on_ms);

// DLE DC4 8: clear the receive and print buffers; answered by 37 25 00, send nothing before that.
#define PH_ESCPOS_CLEAR_LEN 10
size_t ph_escpos_put_clear(uint8_t *out);

#endif
