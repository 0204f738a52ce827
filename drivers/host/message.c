// The pieces notifications are built of, by hand for speed: members of JSON objects, one line each.
#include "drivers/host/message.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "drivers/host/device.h"

#include <string.h>

struct ph_buf *ph_message_begin(struct ph_device *device, const char *method)
{
	struct ph_buf *out = &device->out;

	ph_buf_reset(out);
	ph_buf_add_str(out, "{\"jsonrpc\":\"2.0\",\"method\":\"");
	ph_buf_add_str(out, method);
	ph_buf_add_str(out, "\",\"params\":{");
	return out;
}

/* Drops the comma behind the last member. */
void ph_message_finish(struct ph_device *device)
{
	struct ph_buf *out = &device->out;

	if (!out->error && out->len && out->data[out->len - 1] == ',')
		out->len--;
	ph_buf_add_str(out, "}}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
	/* one long message must not keep its memory for ever */
	if (out->size > 16384)
		ph_buf_done(out);
}

/* A text of a device: what is not UTF-8 becomes U+FFFD. */
void ph_message_text(struct ph_buf *out, const char *text, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	PH_CLEANUP(ph_buf_done) struct ph_buf clean = PH_BUF_INIT;

	if (ph_utf8_valid(text, len) && !memchr(text, 0, len)) {
		ph_buf_add_json_str(out, text, len);
		return;
	}
	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		int n = ph_utf8_decode(text + i, len - i, &cp);
		if (n > 0 && cp)
			ph_buf_add(&clean, text + i, (size_t)n);
		else
			ph_buf_add(&clean, replacement, 3);
		i += n > 0 ? (size_t)n : 1;
	}
	ph_buf_add_json_str(out, clean.data ? clean.data : "", clean.len);
}

void ph_message_key(struct ph_buf *out, const char *key)
{
	ph_buf_add_char(out, '"');
	ph_buf_add_str(out, key);
	ph_buf_add_str(out, "\":");
}

/* "key":"text", or nothing for NULL. */
void ph_message_member(struct ph_buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	ph_message_key(out, key);
	ph_message_text(out, text, strlen(text));
	ph_buf_add_char(out, ',');
}

void ph_message_number(struct ph_buf *out, const char *key, long number)
{
	ph_message_key(out, key);
	ph_buf_add_int(out, number);
	ph_buf_add_char(out, ',');
}

void ph_message_bool(struct ph_buf *out, const char *key, bool value)
{
	ph_message_key(out, key);
	ph_buf_add_str(out, value ? "true," : "false,");
}

void ph_message_list(struct ph_buf *out, const char *key, const char *const *list)
{
	ph_message_key(out, key);
	ph_buf_add_char(out, '[');
	for (const char *const *text = list; text && *text; text++) {
		if (text != list)
			ph_buf_add_char(out, ',');
		ph_message_text(out, *text, strlen(*text));
	}
	ph_buf_add_str(out, "],");
}

void ph_message_end_object(struct ph_buf *out)
{
	if (!out->error && out->len && out->data[out->len - 1] == ',')
		out->len--;
	ph_buf_add_str(out, "},");
}
