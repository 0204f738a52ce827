// Any bytes as the file of a dialect: refused with a sentence, or a table that holds.
#include "protocols/iso8583/dialect_file.h"
#include "tests/protocols/iso8583_help.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_iso_dialect dialect;
	char why[PH_ISO_WHY_SIZE] = "";
	struct ph_iso_error error;
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if (ph_iso_dialect_read(text, len, &dialect, why) < 0) {
		if (!why[0] && len <= PH_ISO_DIALECT_BYTES_MAX)
			abort();
	} else if (ph_iso_table_check(&dialect.table, &error) < 0) {
		abort();
	}
	free(text);
	return 0;
}
