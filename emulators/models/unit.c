// Packets of a small device on their way to the host: queue, due times, faults of the way. What is in them is the device's.
#include "emulators/models/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct header {
	uint64_t due_us;
	uint32_t len;
};

void ph_emu_unit_init(struct ph_emu_unit *unit, const struct ph_emu_unit_ops *ops)
{
	*unit = (struct ph_emu_unit){.ops = ops, .drop_at = -1, .garble_at = -1, .cut_at = -1};
}

void ph_emu_unit_done(struct ph_emu_unit *unit)
{
	free(unit->out);
	unit->out = NULL;
	unit->out_len = unit->out_size = unit->out_at = 0;
}

// ---- queue ----

static int reserve(struct ph_emu_unit *unit, size_t more)
{
	size_t waiting = unit->out_len - unit->out_at;

	if (waiting + more > PH_EMU_UNIT_QUEUE)
		return -ENOBUFS;
	if (unit->out_at > 0) {
		memmove(unit->out, unit->out + unit->out_at, waiting);
		unit->out_at = 0;
		unit->out_len = waiting;
	}
	if (waiting + more <= unit->out_size)
		return 0;
	size_t size = unit->out_size ? unit->out_size : 1024;
	while (size < waiting + more)
		size *= 2;
	uint8_t *grown = realloc(unit->out, size);
	if (!grown)
		return -ENOMEM;
	unit->out = grown;
	unit->out_size = size;
	return 0;
}

static int push(struct ph_emu_unit *unit, const uint8_t *data, size_t len)
{
	struct header h = {unit->due_us, (uint32_t)len};
	int r = reserve(unit, sizeof h + len);

	if (r < 0)
		return r;
	memcpy(unit->out + unit->out_len, &h, sizeof h);
	memcpy(unit->out + unit->out_len + sizeof h, data, len);
	unit->out_len += sizeof h + len;
	return 0;
}

// ---- faults of the way ----

// Counts a position down by the bytes of a packet; where it lies in this packet, or -1.
static long strike(long *position, size_t len)
{
	if (*position < 0)
		return -1;
	long at = *position;
	if (at < (long)len) {
		*position = -1;
		return at;
	}
	*position -= (long)len;
	return -1;
}

static size_t spoil(struct ph_emu_unit *unit, uint8_t *packet, size_t len)
{
	long garble = strike(&unit->garble_at, len);
	long cut = strike(&unit->cut_at, len);
	long drop = strike(&unit->drop_at, len);

	if (garble >= 0)
		packet[garble] ^= 0x80;
	if (cut >= 0)
		len = (size_t)cut;
	if (drop >= 0 && (size_t)drop < len) {
		memmove(packet + drop, packet + drop + 1, len - (size_t)drop - 1);
		len--;
	}
	return len;
}

int emu_unit_send(struct ph_emu_unit *unit, const void *data, size_t len)
{
	uint8_t packet[PH_EMU_PACKET_MAX];

	if (len > sizeof packet)
		return -EMSGSIZE;
	if (unit->mute)
		return 0;
	memcpy(packet, data, len);
	len = spoil(unit, packet, len);
	if (len == 0)
		return 0;
	if (unit->due_us < unit->now_us)
		unit->due_us = unit->now_us;
	unit->due_us += unit->answer_wait_us;
	int r = push(unit, packet, len);
	if (r == 0 && unit->twice) {
		unit->twice = false;
		r = push(unit, packet, len);
	}
	return r;
}

void emu_unit_pause(struct ph_emu_unit *unit, uint64_t us)
{
	if (unit->due_us < unit->now_us)
		unit->due_us = unit->now_us;
	unit->due_us += us;
}

// ---- the host's side ----

void ph_emu_unit_input(struct ph_emu_unit *unit, uint64_t now_us, enum ph_emu_channel channel,
	const uint8_t *data, size_t len)
{
	unit->now_us = now_us;
	unit->received += len;
	unit->ops->input(unit, channel, data, len);
}

static const uint8_t *head(const struct ph_emu_unit *unit, struct header *ret_header)
{
	if (unit->out_at == unit->out_len)
		return NULL;
	memcpy(ret_header, unit->out + unit->out_at, sizeof *ret_header);
	return unit->out + unit->out_at + sizeof *ret_header;
}

uint64_t ph_emu_unit_tick(struct ph_emu_unit *unit, uint64_t now_us)
{
	struct header h;

	unit->now_us = now_us;
	uint64_t next = unit->ops->tick ? unit->ops->tick(unit) : PH_EMU_UNIT_NEVER;
	/* what is due already waits for the host, not for the time */
	if (head(unit, &h) && h.due_us > now_us && h.due_us < next)
		next = h.due_us;
	return next;
}

static void next_packet(struct ph_emu_unit *unit, const struct header *h)
{
	unit->out_at += sizeof *h + h->len;
	unit->taken = 0;
}

size_t ph_emu_unit_packet(struct ph_emu_unit *unit, uint64_t now_us, uint8_t *out, size_t size)
{
	struct header h;
	const uint8_t *data = head(unit, &h);

	if (!data || h.due_us > now_us)
		return 0;
	size_t n = h.len < size ? h.len : size;
	memcpy(out, data, n);
	next_packet(unit, &h);
	return n;
}

size_t ph_emu_unit_bytes(struct ph_emu_unit *unit, uint64_t now_us, uint8_t *out, size_t size)
{
	struct header h;
	const uint8_t *data;
	size_t n = 0;

	while (n < size && (data = head(unit, &h)) && h.due_us <= now_us) {
		size_t left = h.len - unit->taken;
		size_t part = left < size - n ? left : size - n;
		memcpy(out + n, data + unit->taken, part);
		n += part;
		unit->taken += part;
		if (unit->taken == h.len)
			next_packet(unit, &h);
	}
	return n;
}

void ph_emu_unit_drop(struct ph_emu_unit *unit)
{
	unit->out_at = unit->out_len = unit->taken = 0;
	unit->due_us = 0;
}

size_t ph_emu_unit_waiting(const struct ph_emu_unit *unit)
{
	return unit->out_len - unit->out_at;
}

int ph_emu_unit_fault(
	struct ph_emu_unit *unit, uint64_t now_us, const char *word, long value, bool off)
{
	unit->now_us = now_us;
	if (strcmp(word, "mute") == 0)
		unit->mute = !off;
	else if (strcmp(word, "twice") == 0)
		unit->twice = !off;
	else if (strcmp(word, "drop_byte") == 0)
		unit->drop_at = off ? -1 : value;
	else if (strcmp(word, "garble") == 0)
		unit->garble_at = off ? -1 : value;
	else if (strcmp(word, "cut") == 0)
		unit->cut_at = off ? -1 : value;
	else if (strcmp(word, "delay") == 0)
		unit->answer_wait_us = off || value < 0 ? 0 : (uint64_t)value * 1000;
	else
		return unit->ops->fault ? unit->ops->fault(unit, word, value, off) : -EINVAL;
	return 0;
}

void ph_emu_unit_power(struct ph_emu_unit *unit, uint64_t now_us)
{
	unit->now_us = now_us;
	ph_emu_unit_drop(unit);
	if (unit->ops->power)
		unit->ops->power(unit);
}
