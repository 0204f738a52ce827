// A document as the bytes of a printer: what the encoders of all printer languages make.
#ifndef PH_PROTOCOLS_RECEIPT_JOB_H
#define PH_PROTOCOLS_RECEIPT_JOB_H

#include "protocols/receipt/loss.h"
#include "protocols/receipt/raster_order.h"

#define PH_SEGMENT_LINES  24   // most lines in a segment
#define PH_SEGMENT_BYTES  2048 // most bytes, unless a single item is longer
#define PH_LOSSES_MAX	  128  // recorded per job; all are counted
#define PH_JOB_BYTES_MAX  (8 * 1024 * 1024)

#define PH_SEGMENT_CUT	  0x01u
#define PH_SEGMENT_DRAWER 0x02u
#define PH_SEGMENT_BEEP	  0x04u
#define PH_SEGMENT_RAW	  0x08u
#define PH_SEGMENT_PRINTS 0x10u // leaves ink
#define PH_SEGMENT_SECOND 0x20u // with PH_SEGMENT_DRAWER: of drawer 2
// Must not be sent twice: a repetition is not just the same paper again.
#define PH_SEGMENT_ONCE (PH_SEGMENT_DRAWER | PH_SEGMENT_BEEP | PH_SEGMENT_RAW)

// A piece of the job that prints the same after a prologue as in its place: styles, alignment
// and modes are normal at both ends, and the code page is selected before it matters. A cut, each
// drawer pulse, beep and raw item are segments of their own.
struct ph_receipt_segment {
	uint32_t offset, len;		// in bytes[]
	uint32_t first_line, last_line; // items of the display list
	uint32_t flags;			// PH_SEGMENT_*
	uint32_t longest; // bytes of counted data behind one command, the most there are
};

// Zero-initialise before the first use; a job may be encoded again and keeps its memory.
struct ph_receipt_job {
	uint8_t *bytes;
	uint32_t len;
	struct ph_receipt_segment *segments;
	uint32_t segment_count;
	struct ph_raster_order *orders; // what is to be drawn, in order; of a first call only
	uint32_t order_count;
	uint32_t drawings; // taken, or ordered: those of this job
	struct ph_receipt_loss losses[PH_LOSSES_MAX];
	uint32_t loss_count;				     // of losses[]
	uint32_t loss_missed;				     // more than fit
	uint32_t capacity, segment_capacity, order_capacity; // private
};

void ph_receipt_job_done(struct ph_receipt_job *job);

#endif
