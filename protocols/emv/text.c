// Names a card gives its applications, made fit for displays and printers: only what is printable passes.
#include "protocols/emv/kernel_internal.h"

#include "base/utf8.h"
#include "protocols/codepage/codepage.h"

#include <string.h>

/* 9F11: parts of ISO/IEC 8859. What the codec has no table for is shown by its label. */
static const struct {
	unsigned table;
	enum ph_codepage page;
} pages[] = {{1, PH_CODEPAGE_8859_1}, {2, PH_CODEPAGE_8859_2}, {7, PH_CODEPAGE_8859_7}};

/* 9F40, bytes 4 and 5: EMV Book 4, annex A3. */
static bool terminal_has(const struct ph_emv_terminal *terminal, unsigned table)
{
	if (table >= 1 && table <= 8)
		return terminal->additional[4] & 1u << (table - 1);
	return table <= 10 && table && terminal->additional[3] & 1u << (table - 9);
}

static int page_of(const struct ph_emv_terminal *terminal, unsigned table)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(pages); i++)
		if (pages[i].table == table && terminal_has(terminal, table))
			return (int)pages[i].page;
	return -1;
}

/* `page` -1: ASCII only. Spaces at both ends go. Returns the bytes written without the NUL. */
static size_t convert(struct ph_bytes text, int page, char out[PH_EMV_TEXT_MAX])
{
	const uint8_t *bytes = text.data;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int32_t point = bytes[i];
		char utf8[4];
		if (bytes[i] >= 0x7f && page >= 0)
			point = ph_codepage_decode((enum ph_codepage)page, bytes[i]);
		else if (bytes[i] < 0x20 || bytes[i] >= 0x7f)
			point = -1;
		int size = ph_utf8_encode(point < 0 ? '?' : (uint32_t)point, utf8);
		if (size < 0 || n + (size_t)size >= PH_EMV_TEXT_MAX)
			break;
		if (n || utf8[0] != ' ') {
			memcpy(out + n, utf8, (size_t)size);
			n += (size_t)size;
		}
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

bool ph_emv_label(const struct ph_emv_terminal *terminal, unsigned code_table,
	struct ph_bytes preferred, struct ph_bytes label, char out[PH_EMV_TEXT_MAX])
{
	int page = page_of(terminal, code_table);

	if (page >= 0 && convert(preferred, page, out))
		return true;
	return convert(label, -1, out) > 0;
}
