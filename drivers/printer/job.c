// The memory of a print job.
#include "drivers/printer/job.h"

#include <stdlib.h>

#include "base/cleanup.h"

void ph_printer_job_drop(struct ph_printer_job *job)
{
	free(PH_STEAL(job->bytes));
	free(PH_STEAL(job->segments));
	free(PH_STEAL(job->mark));
	job->mark_len = 0;
}
