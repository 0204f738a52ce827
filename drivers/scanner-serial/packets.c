// Finds packets of SSI where labels are expected; what follows from that is left to the driver.
#include "drivers/scanner-serial/packets.h"

#include "base/cleanup.h"

#include <string.h>

#define STATUS_KNOWN (PH_SSI_RETRANSMIT | PH_SSI_MORE | PH_SSI_PERMANENT)

/* What scanners say. A text has no NUL behind one of these. */
static const uint8_t opcodes[] = {PH_SSI_DECODE_DATA, PH_SSI_EVENT, PH_SSI_REPLY_REVISION,
	PH_SSI_CAPABILITIES_REPLY, PH_SSI_PARAM_SEND, PH_SSI_CMD_ACK, PH_SSI_CMD_NAK};

static bool is_said(uint8_t opcode, uint8_t status)
{
	return memchr(opcodes, opcode, sizeof opcodes) && !(status & ~STATUS_KNOWN);
}

void ph_packets_init(struct ph_ssi_decoder *packets)
{
	ph_ssi_decoder_init(packets, PH_SSI_FROM_SCANNER);
}

static unsigned count(struct ph_ssi_decoder *packets, unsigned *ret_labels)
{
	struct ph_ssi_packet packet;
	unsigned found = 0, labels = 0;
	int r;

	while ((r = ph_ssi_decoder_next(packets, &packet)) != 0) {
		if (r < 0 || !is_said(packet.opcode, packet.status))
			continue;
		found++;
		labels += packet.opcode == PH_SSI_DECODE_DATA &&
			  !(packet.status & (PH_SSI_MORE | PH_SSI_RETRANSMIT));
	}
	*ret_labels = labels;
	return found;
}

/* The third byte of a scanner's packet is a NUL: without one nothing begins in front of the last two bytes. */
static bool is_text(const struct ph_ssi_decoder *packets, const uint8_t *data, size_t len)
{
	return packets->len - packets->taken <= 2 && len >= 2 &&
	       !memchr(data, PH_SSI_FROM_SCANNER, len);
}

unsigned ph_packets_look(
	struct ph_ssi_decoder *packets, const uint8_t *data, size_t len, unsigned *ret_labels)
{
	if (is_text(packets, data, len)) {
		ph_packets_init(packets);
		data += len - 2;
		len = 2;
	}
	ph_ssi_decoder_feed(packets, data, len);
	return count(packets, ret_labels);
}

unsigned ph_packets_idle(struct ph_ssi_decoder *packets, unsigned *ret_labels)
{
	ph_ssi_decoder_idle(packets);
	return count(packets, ret_labels);
}

bool ph_packets_open(const struct ph_ssi_decoder *packets)
{
	const uint8_t *bytes = packets->bytes;
	const size_t len = packets->len;

	return ph_ssi_decoder_pending(packets) && len >= 3 &&
	       is_said(bytes[1], len > 3 ? bytes[3] : 0);
}
