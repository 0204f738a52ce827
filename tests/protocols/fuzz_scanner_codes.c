// Answers and labels of serial scanners, any bytes, in two chunkings: both must tell the same; and all look-ups of vendors'
// identifiers.
#include "protocols/scanner-serial/datalogic.h"
#include "protocols/scanner-serial/honeywell.h"
#include "protocols/scanner-serial/single_cable.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void mix(uint64_t *sum, int r, const void *data, size_t len)
{
	const uint8_t *byte = data;

	*sum = *sum * 31 + (uint64_t)(r + 1000);
	for (size_t i = 0; r > 0 && i < len; i++)
		*sum = *sum * 31 + byte[i];
}

static void read_cable(struct ph_single_cable *cable, uint64_t *sum)
{
	struct ph_single_cable_frame frame;
	const struct ph_symbology *symbology;
	const uint8_t *label;
	size_t len;
	int r, upos;

	while ((r = ph_single_cable_next(cable, &frame)) != 0) {
		mix(sum, r, frame.data, frame.len);
		if (r > 0 && ph_single_cable_label(&frame, &symbology, &upos, &label, &len) == 0 &&
			(!len || len > frame.len || !symbology))
			abort();
	}
}

static void read_info(struct ph_datalogic_info *info, uint64_t *sum)
{
	const char *text, *value;
	size_t len, value_len, at = 0;
	char name;
	int r;

	while ((r = ph_datalogic_info_next(info, &text, &len)) != 0) {
		mix(sum, r, text, len);
		for (at = 0; r > 0 && ph_datalogic_item(text, len, &at, &name, &value, &value_len);)
			if (at > len || value + value_len > text + len)
				abort();
	}
}

static uint64_t run(const uint8_t *data, size_t len, size_t piece)
{
	static struct ph_honeywell_answer answer;
	static struct ph_datalogic_info info;
	static struct ph_single_cable cable;
	struct ph_honeywell_item item;
	uint64_t sums[3] = {0};
	int r;

	ph_honeywell_answer_init(&answer);
	ph_datalogic_info_init(&info);
	ph_single_cable_init(&cable, len & 1);
	while (len) {
		const size_t n = len < piece ? len : piece;
		ph_honeywell_answer_feed(&answer, data, n);
		while ((r = ph_honeywell_answer_next(&answer, &item)) != 0)
			mix(&sums[0], r, item.text, item.len);
		ph_datalogic_info_feed(&info, data, n);
		read_info(&info, &sums[1]);
		ph_single_cable_feed(&cable, data, n);
		read_cable(&cable, &sums[2]);
		data += n;
		len -= n;
	}
	return sums[0] * 7 + sums[1] * 5 + sums[2];
}

static void look_up(const uint8_t *data, size_t len)
{
	uint8_t aim[3] = {0};
	size_t id_len = 0;
	int upos = 0;

	memcpy(aim, data, len < 3 ? len : 3);
	ph_symbology_by_ibm((uint32_t)(aim[0] << 16 | aim[1] << 8 | aim[2]), &upos);
	ph_symbology_by_ssi(aim[0], &upos);
	ph_symbology_by_aim(aim, len, &upos);
	ph_symbology_by_hhp(aim[0], aim, len, &upos);
	ph_honeywell_label(data, len, &upos);
	for (int ids = PH_DATALOGIC_US; ids <= PH_DATALOGIC_SCRS232; ids++)
		if (ph_symbology_by_datalogic(
			    (enum ph_datalogic_ids)ids, data, len, &id_len, &upos) &&
			(!id_len || id_len > len || id_len > PH_DATALOGIC_ID_MAX))
			abort();
	ph_datalogic_service_reply(data, len);
	ph_symbology_eci_charset(aim[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (run(data, len, 1) != run(data, len, 4096))
		abort();
	look_up(data, len);
	return 0;
}
