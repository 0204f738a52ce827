// Packets of a card reader as readable lines; what of them may be written down is mask.c's to say.
#include "protocols/emv/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const states[] = {[PH_READER_NONE] = "none",
	[PH_READER_EMPTY] = "empty",
	[PH_READER_PRESENT] = "present",
	[PH_READER_MUTE] = "mute",
	[PH_READER_BUSY] = "busy"};

static const char *const faults[] = {[PH_READER_FAULT_REMOVED] = "removed",
	[PH_READER_FAULT_MUTE] = "mute",
	[PH_READER_FAULT_BUSY] = "busy",
	[PH_READER_FAULT_IO] = "io"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

enum form { FORM_BARE, FORM_HEX, FORM_STATE, FORM_CARD, FORM_FAULT };

static const struct word {
	const char *word;
	uint8_t kind;
	bool from_reader;
	enum form form;
} words[] = {
	{"reader", PH_READER_STATE, true, FORM_STATE},
	{"features", PH_READER_FEATURES, true, FORM_HEX},
	{"card", PH_READER_CARD, true, FORM_CARD},
	{"<", PH_READER_ANSWER, true, FORM_HEX},
	{"failed", PH_READER_FAILED, true, FORM_FAULT},
	{"connect", PH_READER_CONNECT, false, FORM_BARE},
	{"reset", PH_READER_RESET, false, FORM_BARE},
	{">", PH_READER_COMMAND, false, FORM_HEX},
	{"release", PH_READER_RELEASE, false, FORM_BARE},
};

void ph_emv_hex_write(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 0x0f];
	}
	*out = '\0';
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ph_emv_hex_read(const char *text, uint8_t *out, size_t size)
{
	size_t len = 0;

	for (; *text; text += 2) {
		int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);
		if (low < 0 || len == size)
			return -EBADMSG;
		out[len++] = (uint8_t)(high << 4 | low);
	}
	return (int)len;
}

static const struct word *word_of(uint8_t kind, bool from_reader)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].kind == kind && words[i].from_reader == from_reader)
			return &words[i];
	return NULL;
}

/* Its name stands behind the state; what cannot be shown becomes '?'. */
static int write_state(const uint8_t *data, size_t len, char *out, size_t size)
{
	if (!len || data[0] >= COUNT(states))
		return -EBADMSG;
	int n = snprintf(out, size, "%s%s", states[data[0]], len > 1 ? " " : "");
	char *end = out + n;
	for (size_t i = 1; i < len; i++)
		*end++ = data[i] >= 0x20 && data[i] < 0x7f ? (char)data[i] : '?';
	*end = '\0';
	return 0;
}

static int write_card(const uint8_t *data, size_t len, char *out)
{
	if (!len || data[0] > 9)
		return -EBADMSG;
	out[0] = (char)('0' + data[0]);
	out[1] = ' ';
	ph_emv_hex_write(data + 1, len - 1, out + 2);
	return 0;
}

int ph_emv_line_write(
	const uint8_t *packet, size_t len, bool from_reader, char out[PH_EMV_LINE_MAX])
{
	const struct word *word = len ? word_of(packet[0], from_reader) : NULL;
	const uint8_t *data = packet + 1;
	int r = 0;

	if (!word || len > PH_READER_PACKET_MAX)
		return -EBADMSG;
	len--;
	size_t head = (size_t)snprintf(out, PH_EMV_LINE_MAX, "%s ", word->word);
	char *rest = out + head;
	switch (word->form) {
	case FORM_BARE:
		break;
	case FORM_HEX:
		ph_emv_hex_write(data, len, rest);
		break;
	case FORM_STATE:
		r = write_state(data, len, rest, PH_EMV_LINE_MAX - head);
		break;
	case FORM_CARD:
		r = write_card(data, len, rest);
		break;
	case FORM_FAULT:
		snprintf(rest, PH_EMV_LINE_MAX - head, "%s",
			faults[len && data[0] < COUNT(faults) ? data[0] : PH_READER_FAULT_IO]);
		break;
	}
	/* an answer may be empty */
	if (!*rest)
		rest[-1] = '\0';
	return r < 0 ? r : (int)strlen(out);
}

/* The word at the beginning as an index into a list; what is behind it and its space in *ret_rest. */
static int index_of(const char *const *list, size_t count, const char *text, const char **ret_rest)
{
	size_t len = strcspn(text, " ");

	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) != len || strncmp(list[i], text, len) != 0)
			continue;
		*ret_rest = text + len + (text[len] == ' ');
		return (int)i;
	}
	return -EBADMSG;
}

static int read_state(const char *text, uint8_t *out, size_t size)
{
	int state = index_of(states, COUNT(states), text, &text);
	size_t len = state < 0 ? 0 : strlen(text);

	if (state < 0 || len > size - 1)
		return -EBADMSG;
	out[0] = (uint8_t)state;
	memcpy(out + 1, text, len);
	return (int)(len + 1);
}

static int read_card(const char *text, uint8_t *out, size_t size)
{
	if (text[0] < '0' || text[0] > '9' || text[1] != ' ')
		return -EBADMSG;
	out[0] = (uint8_t)(text[0] - '0');
	int n = ph_emv_hex_read(text + 2, out + 1, size - 1);
	return n < 0 ? n : n + 1;
}

static int read_rest(const struct word *word, const char *rest, uint8_t *out, size_t size)
{
	int index;

	switch (word->form) {
	case FORM_BARE:
		return *rest ? -EBADMSG : 0;
	case FORM_HEX:
		return ph_emv_hex_read(rest, out, size);
	case FORM_STATE:
		return read_state(rest, out, size);
	case FORM_CARD:
		return read_card(rest, out, size);
	case FORM_FAULT:
		index = index_of(faults, COUNT(faults), rest, &rest);
		out[0] = (uint8_t)index;
		return index < 0 || *rest ? -EBADMSG : 1;
	}
	return -EBADMSG;
}

int ph_emv_line_read(const char *line, bool *ret_from_reader, uint8_t out[PH_READER_PACKET_MAX])
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strlen(words[i].word) != len || strncmp(words[i].word, line, len) != 0)
			continue;
		int n = read_rest(&words[i], line + len + (line[len] == ' '), out + 1,
			PH_READER_PACKET_MAX - 1);
		if (n < 0)
			return n;
		out[0] = words[i].kind;
		*ret_from_reader = words[i].from_reader;
		return n + 1;
	}
	return -ENOENT;
}
