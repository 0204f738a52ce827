// Writes recordings of a link as text; playing them back is left to tests/replay.
#include "drivers/host/record.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "drivers/host/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CARD_CLASSES                                                                               \
	(PH_CLASS_BIT(PH_CLASS_MSR) | PH_CLASS_BIT(PH_CLASS_CARD_READER) |                         \
		PH_CLASS_BIT(PH_CLASS_TERMINAL))

/* Where a driver masks, not the folders of whoever records either. */
static void write_option(FILE *file, const char *option, bool masking)
{
	const char *value = strchr(option, '='), *slash = value ? strrchr(value, '/') : NULL;

	if (masking && slash)
		fprintf(file, "option %.*s%s\n", (int)(value + 1 - option), option, slash + 1);
	else
		fprintf(file, "option %s\n", option);
}

int ph_record_start(struct ph_record *record, const char *path, struct ph_device *device,
	const char *connection, const char *const *options, int option_count)
{
	const struct ph_record_ops *ops = device->driver->record;

	if (!ops && device->driver->classes & CARD_CLASSES)
		return -EACCES;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	FILE *file = fdopen(fd, "w");
	int r = !file ? -errno : ops ? ops->begin(device) : 0;
	if (r < 0) {
		if (file)
			fclose(file);
		else
			close(fd);
		unlink(path);
		return r;
	}
	setvbuf(file, NULL, _IOLBF, 0);
	fprintf(file, "# poshal recording 1\ndriver %s\nconnection %s\n", device->driver->name,
		connection);
	for (int i = 0; i < option_count; i++)
		write_option(file, options[i], ops);
	*record = (struct ph_record){
		.file = file, .start_us = ph_clock_mono_us(), .masking = ops ? device : NULL};
	return 0;
}

static void begin(struct ph_record *record, const char *word)
{
	fprintf(record->file, "%llu %s",
		(unsigned long long)(ph_clock_mono_us() - record->start_us) / 1000, word);
}

static void flush(struct ph_record *record)
{
	if (record->masking)
		record->masking->driver->record->flush(record->masking);
}

void ph_record_write(struct ph_record *record, uint64_t ms, const char *line)
{
	if (record->file)
		fprintf(record->file, "%llu %s\n", (unsigned long long)ms, line);
}

void ph_record_word(struct ph_record *record, const char *word)
{
	if (!record->file)
		return;
	flush(record);
	begin(record, word);
	fputc('\n', record->file);
}

void ph_record_bytes(struct ph_record *record, const char *kind, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	if (!record->file)
		return;
	if (record->masking) {
		record->masking->driver->record->said(record->masking,
			*kind == '<' ? PH_RECORD_FROM_DEVICE : PH_RECORD_TO_DEVICE, data, len);
		return;
	}
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
	if (record->masking) {
		record->masking->driver->record->said(
			record->masking, PH_RECORD_REQUEST, (const uint8_t *)line, len);
		return;
	}
	begin(record, "? ");
	fprintf(record->file, "%.*s\n", (int)len, line);
}

void ph_record_end(struct ph_record *record)
{
	if (!record->file)
		return;
	flush(record);
	fclose(record->file);
	record->file = NULL;
}
