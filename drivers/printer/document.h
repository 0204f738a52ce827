/*
 * Documents into the job in hand, for every printer language: parsing, layout, drawings, copies, the lines that mark a
 * repeated or continued job, and what would be lost. What the bytes are is the driver's.
 */
#ifndef PH_DRIVERS_PRINTER_DOCUMENT_H
#define PH_DRIVERS_PRINTER_DOCUMENT_H

#include "drivers/printer/job.h"
#include "poshal/driver.h"
#include "protocols/receipt/job.h"

struct ph_document_ops {
	/* The paper of the printer as it is now. */
	struct ph_media (*media)(struct ph_device *device);
	/* ph_escpos_encode() and the like. `rasters` NULL: none were made yet. */
	int (*encode)(struct ph_device *device, const struct ph_display_list *list,
		const struct ph_rasters *rasters, struct ph_receipt_job *job,
		struct ph_receipt_error *ret_error);
	/* Gives the job to the engine. 0, or what print() returns. */
	int (*accept)(struct ph_device *device, const struct ph_printer_job *job);
};

/* The host's calls print and explain; *job is the one in hand. */
int ph_document_print(struct ph_device *device, const struct ph_document_ops *ops,
	const struct ph_print_request *request, struct ph_printer_job *job, unsigned *ret_segments);
int ph_document_explain(
	struct ph_device *device, const struct ph_document_ops *ops, const struct cJSON *document);

#endif
