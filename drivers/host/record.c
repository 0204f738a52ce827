// Writes recordings of a link as text; playing them back is left to tests/replay.
#include "drivers/host/record.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "drivers/host/device.h"

#include <errno.h>
#include <string.h>

#define CARD_CLASSES                                                                               \
	(PH_CLASS_BIT(PH_CLASS_MSR) | PH_CLASS_BIT(PH_CLASS_CARD_READER) |                         \
		PH_CLASS_BIT(PH_CLASS_TERMINAL))

int ph_record_start(struct ph_record *record, const char *path, const struct ph_device *device,
	const char *connection, const char *const *options, int option_count)
{
	if (device->driver->classes & CARD_CLASSES)
		return -EACCES;
	FILE *file = fopen(path, "wxe");
	if (!file)
		return -errno;
	setvbuf(file, NULL, _IOLBF, 0);
	fprintf(file, "# poshal recording 1\ndriver %s\nconnection %s\n", device->driver->name,
		connection);
	for (int i = 0; i < option_count; i++)
		fprintf(file, "option %s\n", options[i]);
	*record = (struct ph_record){.file = file, .start_us = ph_clock_mono_us()};
	return 0;
}

static void begin(struct ph_record *record, const char *word)
{
	fprintf(record->file, "%llu %s",
		(unsigned long long)(ph_clock_mono_us() - record->start_us) / 1000, word);
}

void ph_record_word(struct ph_record *record, const char *word)
{
	if (!record->file)
		return;
	begin(record, word);
	fputc('\n', record->file);
}

void ph_record_bytes(struct ph_record *record, const char *kind, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	if (!record->file)
		return;
	begin(record, kind);
	for (size_t i = 0; i < len; i++)
		fprintf(record->file, " %02x", bytes[i]);
	fputc('\n', record->file);
}

void ph_record_up(struct ph_record *record, const struct ph_device *device)
{
	static const char *const infos[] = {
		"1284_mfg", "1284_mdl", "usb_id", "usb_maker", "usb_name"};
	size_t len = 0;

	if (!record->file)
		return;
	ph_record_word(record, "up");
	const uint8_t *descriptor = ph_link_descriptor(device, &len);
	if (descriptor)
		ph_record_bytes(record, "descriptor", descriptor, len);
	for (size_t i = 0; i < PH_ARRAY_SIZE(infos) && device->io->link_info; i++) {
		const char *text = device->io->link_info(device, infos[i]);
		if (!text || strpbrk(text, "\r\n"))
			continue;
		begin(record, "info ");
		fprintf(record->file, "%s=%s\n", infos[i], text);
	}
}

void ph_record_request(struct ph_record *record, const char *line, size_t len)
{
	if (!record->file)
		return;
	begin(record, "? ");
	fprintf(record->file, "%.*s\n", (int)len, line);
}

void ph_record_end(struct ph_record *record)
{
	if (record->file)
		fclose(record->file);
	record->file = NULL;
}
