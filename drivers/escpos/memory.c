// What has been found out about a printer, kept by poshald: asking again costs a third of a second for each
// thing that it does not know.
#include "drivers/escpos/state.h"

#include <stdio.h>
#include <string.h>

#define KEY "unit"

/* The record: serial, firmware, vendor, model, language, abilities; texts without the separator. */
static void put_field(char *out, size_t size, const char *text)
{
	size_t len = strlen(out);

	for (; *text && len + 2 < size; text++)
		out[len++] = *text < 0x20 || *text > 0x7e || *text == '|' ? '?' : *text;
	if (len + 1 < size)
		out[len++] = '|';
	out[len] = 0;
}

static void put_record(const struct escpos_state *state, const char *serial, char *out, size_t size)
{
	static const enum ph_engine_info fields[] = {
		PH_INFO_FIRMWARE, PH_INFO_VENDOR, PH_INFO_MODEL, PH_INFO_LANGUAGE};
	const struct ph_engine *engine = &state->engine;

	*out = 0;
	put_field(out, size, serial);
	for (size_t i = 0; i < PH_ARRAY_SIZE(fields); i++)
		put_field(out, size, engine->info[fields[i]]);
	size_t len = strlen(out);
	snprintf(out + len, size - len, "%s%s", engine->has_ids ? "i" : "",
		engine->has_qr ? "q" : "");
}

void escpos_remember(struct escpos_state *state, const char *serial)
{
	char record[6 * (PH_ESCPOS_BLOCK_MAX + 2)];

	if (!state->engine.probed || !state->engine.answers || !serial || !*serial)
		return;
	put_record(state, serial, record, sizeof record);
	const char *kept = ph_remembered(state->device, KEY);
	if (!kept || strcmp(kept, record))
		ph_remember(state->device, KEY, record);
}

/* Copies the next field, and goes behind it. */
static bool take_field(const char **record, char *out, size_t size)
{
	size_t len = strcspn(*record, "|");

	if ((*record)[len] != '|')
		return false;
	snprintf(out, size, "%.*s", (int)len, *record);
	*record += len + 1;
	return true;
}

bool escpos_recall(struct escpos_state *state, const char *serial)
{
	static const enum ph_engine_info fields[] = {
		PH_INFO_VENDOR, PH_INFO_MODEL, PH_INFO_LANGUAGE};
	struct ph_engine *engine = &state->engine;
	const char *record = ph_remembered(state->device, KEY);
	char field[PH_ESCPOS_BLOCK_MAX + 1];

	if (!record || !serial || !*serial)
		return false;
	if (!take_field(&record, field, sizeof field) || strcmp(field, serial) ||
		!take_field(&record, field, sizeof field) ||
		strcmp(field, engine->info[PH_INFO_FIRMWARE]))
		return false;
	for (size_t i = 0; i < PH_ARRAY_SIZE(fields); i++)
		if (!take_field(&record, engine->info[fields[i]], sizeof engine->info[0]))
			return false;
	engine->has_ids = strchr(record, 'i');
	engine->has_qr = strchr(record, 'q');
	engine->probed = true;
	return true;
}
