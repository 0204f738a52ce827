// Documents for this printer: its paper, its encoder and its engine; the rest is drivers/printer's.
#include "drivers/printer/document.h"
#include "drivers/escpos/state.h"

static struct ph_media media(struct ph_device *device)
{
	const struct escpos_state *state = ph_device_state(device);

	return ph_escpos_profile_media(&state->profile);
}

static int encode(struct ph_device *device, const struct ph_display_list *list,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error)
{
	struct escpos_state *state = ph_device_state(device);
	struct ph_escpos_profile profile = state->profile;
	struct ph_escpos_stores stores = {.count = 0};
	const struct ph_escpos_input input = {.rasters = rasters,
		.logos = state->logos,
		.logo_count = state->logo_count,
		.ret_stores = &stores};

	if (profile.qr == PH_ESCPOS_PROBE && state->engine.has_qr)
		profile.qr = PH_ESCPOS_YES;
	int r = ph_escpos_encode(list, &profile, &input, job, ret_error);
	if (r >= 0 && rasters)
		escpos_logos_wish(state, &stores, rasters);
	return r;
}

static int accept(struct ph_device *device, const struct ph_printer_job *job)
{
	struct escpos_state *state = ph_device_state(device);

	return ph_engine_print(&state->engine, ph_now_ms(device), job);
}

static const struct ph_document_ops ops = {
	.media = media,
	.encode = encode,
	.accept = accept,
};

int escpos_print(
	struct ph_device *device, const struct ph_print_request *request, unsigned *ret_segments)
{
	struct escpos_state *state = ph_device_state(device);

	return ph_document_print(device, &ops, request, &state->job, ret_segments);
}

int escpos_explain(struct ph_device *device, const struct cJSON *document)
{
	return ph_document_explain(device, &ops, document);
}
