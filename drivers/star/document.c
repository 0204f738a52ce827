// Documents for this printer: its paper, its encoder and its engine; the rest is drivers/printer's.
#include "drivers/printer/document.h"
#include "drivers/star/state.h"

static struct ph_media media(struct ph_device *device)
{
	const struct star_state *state = ph_device_state(device);

	return ph_star_profile_media(&state->profile);
}

static int encode(struct ph_device *device, const struct ph_display_list *list,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error)
{
	const struct star_state *state = ph_device_state(device);

	return ph_star_encode(list, &state->profile, rasters, job, ret_error);
}

static int accept(struct ph_device *device, const struct ph_printer_job *job)
{
	struct star_state *state = ph_device_state(device);

	return ph_star_engine_print(&state->engine, ph_now_ms(device), job);
}

static const struct ph_document_ops ops = {
	.media = media,
	.encode = encode,
	.accept = accept,
};

int star_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct star_state *state = ph_device_state(device);

	return ph_document_print(device, &ops, request, &state->job, ret_segments);
}

int star_explain(struct ph_device *device, const struct cJSON *document)
{
	return ph_document_explain(device, &ops, document);
}
