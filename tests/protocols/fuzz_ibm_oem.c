// IBM's OEM interface: packets of any bytes and times to the decoder, the same bytes to the scale.
#include "protocols/ibm-oem/command.h"
#include "protocols/ibm-oem/oem_scale.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_oem oem;

static void read_items(const uint8_t *data, size_t len)
{
	char letter, value[16];
	size_t cursor = 0;

	while (ph_oem_info_item(data, len, &cursor, &letter, value, sizeof value))
		if (strlen(value) == 0)
			abort();
}

static void take_events(enum ph_oem_command command)
{
	struct ph_oem_event event;
	unsigned count = 0;

	while (ph_oem_next(&oem, &event) > 0) {
		if (++count > 2 || event.len > PH_LABEL_MAX || event.id_len > 4)
			abort();
		if (event.kind != PH_OEM_EVENT_DROPPED)
			ph_oem_reply(command, &event.packet);
		if (event.kind == PH_OEM_EVENT_ANSWER)
			read_items(event.data, event.len);
	}
}

/* A packet in memory of just its size, so that a step beyond its end is seen. */
static void feed_packet(const uint8_t *packet, size_t len, uint8_t how, uint64_t now_ms)
{
	struct ph_oem_scale_answer answer;
	uint8_t *exact = malloc(len ? len : 1);

	if (len)
		memcpy(exact, packet, len);
	if (how & 1 && ph_oem_late(&oem, now_ms) < 0)
		abort();
	take_events(PH_OEM_STATUS_REQUEST);
	if (how & 2)
		ph_oem_command_sent(&oem);
	if (ph_oem_feed(&oem, exact, len, now_ms) < 0)
		abort();
	take_events(how % PH_OEM_COMMANDS);
	ph_oem_may_send(exact, len);
	if (ph_oem_scale_parse(exact, len, how & 1, &answer) == 0 &&
		strlen(answer.digits) > PH_OEM_SCALE_DIGITS)
		abort();
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t now_ms = 0;

	if (len == 0)
		return 0;
	ph_oem_init(&oem, data[0] & 1);
	data++;
	len--;
	/* each packet: its length, the time since the last in 8 ms, then its bytes */
	while (len >= 2) {
		size_t part = data[0] < len - 2 ? data[0] : len - 2;
		now_ms += data[1] * 8u;
		feed_packet(data + 2, part, data[1], now_ms);
		data += 2 + part;
		len -= 2 + part;
	}
	return 0;
}
