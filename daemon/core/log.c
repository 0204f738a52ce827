// Log lines: structured into the journal when standard error is connected to it, plain text otherwise.
#include "daemon/core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

static int level = LOG_INFO;

void ph_log_set_level(int priority)
{
	level = priority;
}

void ph_log(int priority, const char *device, const char *format, ...)
{
	char text[512];
	va_list args;

	if (priority > level)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (getenv("JOURNAL_STREAM")) {
		sd_journal_send("PRIORITY=%i", priority, "MESSAGE=%s%s%s", device ? device : "",
			device ? ": " : "", text, "POSHAL_DEVICE=%s", device ? device : "", NULL);
		return;
	}
	fprintf(stderr, "poshald: %s%s%s\n", device ? device : "", device ? ": " : "", text);
}
