// Writes log lines; what is said and when is the callers'.
#include "acquirer/log.h"

#include <stdarg.h>
#include <stdio.h>

void ph_acquirer_log(int priority, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fprintf(stderr, "<%d>poshal-acquirer: %s\n", priority, text);
}
