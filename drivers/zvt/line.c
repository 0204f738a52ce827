// Messages on the line, TCP or serial: their framing is the codec's, what they mean is for exchange.c.
#include "drivers/zvt/zvt.h"

#include <errno.h>
#include <string.h>

void zvt_line_reset(struct zvt *zvt)
{
	ph_zvt_serial_init(&zvt->line);
	ph_zvt_stream_init(&zvt->stream);
	zvt->stream_at = 0;
	zvt->held_len = 0;
	zvt->stale = false;
}

static int flush(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint8_t bytes[2 * PH_ZVT_SERIAL_BLOCK_MAX];
	size_t n;
	int r = 0;

	while (r >= 0 && (n = ph_zvt_serial_output(&zvt->line, bytes, sizeof bytes)) > 0)
		r = ph_link_write(device, bytes, n);
	return r;
}

int zvt_line_send(struct ph_device *device, const uint8_t *message, size_t len, bool once)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t now = ph_now_ms(device);

	if (!zvt->serial)
		return ph_link_write(device, message, len);
	int r = once ? ph_zvt_serial_send_once(&zvt->line, message, len, now)
		     : ph_zvt_serial_send(&zvt->line, message, len, now);
	if (r < 0)
		return r;
	r = flush(device);
	if (r < 0) {
		/* it must not leave later by itself */
		zvt_line_reset(zvt);
		ph_link_drop(device, "the line does not take what is sent");
	}
	return r;
}

bool zvt_line_unsent(const struct zvt *zvt, size_t len, size_t unsent)
{
	/* a block that goes out for the second time has left before */
	if (zvt->serial && (!zvt->line.queued || zvt->line.tries > 1))
		return false;
	return len && unsent >= len;
}

static void serial_events(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	enum ph_zvt_serial_event event;
	struct ph_zvt_apdu apdu;

	while ((event = ph_zvt_serial_next(&zvt->line, &apdu)) != PH_ZVT_SERIAL_NOTHING) {
		flush(device);
		if (event == PH_ZVT_SERIAL_MESSAGE)
			zvt_take(device, &apdu);
		if (event == PH_ZVT_SERIAL_FAILED)
			zvt_exchange_end(device, HOW_SILENT, 0);
	}
	flush(device);
}

static size_t feed(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_apdu apdu;
	size_t n;

	if (zvt->serial) {
		n = ph_zvt_serial_feed(&zvt->line, data, len, ph_now_ms(device));
		serial_events(device);
		return n;
	}
	n = ph_zvt_stream_feed(&zvt->stream, data, len);
	int r = ph_zvt_stream_next(&zvt->stream, &apdu);
	zvt->stream_at = r ? 0 : ph_now_ms(device) + zvt->t3_ms;
	if (r)
		zvt_take(device, &apdu);
	return n;
}

/* While a result is being stored the terminal has to wait; what it sends all the same is kept for later. */
static void hold(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct zvt *zvt = ph_device_state(device);

	if (len > HELD_MAX - zvt->held_len) {
		ph_link_drop(device, "the terminal does not wait for answers");
		return;
	}
	memcpy(zvt->held + zvt->held_len, data, len);
	zvt->held_len += len;
}

void zvt_line_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct zvt *zvt = ph_device_state(device);

	while (len && zvt->up) {
		if (zvt->exchange.storing) {
			hold(device, data, len);
			return;
		}
		size_t n = feed(device, data, len);
		data += n;
		len -= n;
	}
}

void zvt_line_release(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint8_t bytes[HELD_MAX];
	size_t len = zvt->held_len;

	memcpy(bytes, zvt->held, len);
	zvt->held_len = 0;
	zvt->stale = len > 0;
	zvt_line_receive(device, bytes, len);
	/* a message that has begun was begun before as well */
	zvt->stale = zvt->stale && (zvt->serial ? zvt->line.len > 0 : zvt->stream_at != 0);
}

uint64_t zvt_line_deadline(const struct zvt *zvt)
{
	if (zvt->serial)
		return ph_zvt_serial_deadline(&zvt->line);
	return zvt->stream_at ? zvt->stream_at : UINT64_MAX;
}

void zvt_line_tick(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t now = ph_now_ms(device);

	if (zvt->serial) {
		ph_zvt_serial_tick(&zvt->line, now);
		serial_events(device);
		return;
	}
	if (zvt->stream_at && now >= zvt->stream_at) {
		zvt->stream_at = 0;
		ph_link_drop(device, "the terminal left a message unfinished");
	}
}
