/* A print job as the engines of printer drivers take it. */
#ifndef PH_DRIVERS_PRINTER_JOB_H
#define PH_DRIVERS_PRINTER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poshal/limits.h"

struct ph_printer_segment {
	uint32_t offset, len; /* in the job's bytes */
	uint32_t longest;     /* bytes of counted data behind one command, the most there are */
	uint8_t flags;	      /* PH_SEGMENT_*, protocols/receipt/job.h */
	bool skip;	      /* counted, not sent */
};

/* It is the driver's, and as it is until the engine has ended it. */
struct ph_printer_job {
	char id[PH_NAME_MAX + 1];
	uint8_t *bytes; /* NULL: there is no job */
	struct ph_printer_segment *segments;
	unsigned count;
	unsigned first; /* segments before it are taken as confirmed */
	uint8_t *mark;	/* printed in front of the first segment, or NULL */
	size_t mark_len;
	bool left_open; /* part of an earlier one is on paper, and is cut off in front of the next */
};

/* Frees what is behind the pointers; the rest stays. */
void ph_printer_job_drop(struct ph_printer_job *job);

#endif
