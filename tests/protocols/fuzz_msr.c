// Any bytes from a stripe reader: fields stay inside their tracks, refused swipes leave nothing behind.
#include "protocols/msr/msr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_msr_card card;
static const struct ph_msr_card empty;

static void check(int result)
{
	char masked[PH_MSR_MASKED_MAX];

	if (result < 0)
		return;
	for (unsigned i = 0; i < PH_MSR_FIELD_COUNT; i++) {
		const struct ph_msr_field *f = &card.fields[i];
		if (f->len &&
			(f->track >= PH_MSR_TRACKS || card.tracks[f->track].state != PH_MSR_GOOD ||
				!f->start || f->start + f->len >= card.tracks[f->track].len))
			abort();
	}
	for (unsigned i = 0; i < PH_MSR_TRACKS; i++)
		if (card.tracks[i].state != PH_MSR_GOOD && card.tracks[i].len)
			abort();
	if (ph_msr_masked(&card, masked) != strlen(masked))
		abort();
	if (ph_msr_may_clear(&card, "4,5,37,6011"))
		abort();
}

static void run_idtech(const uint8_t *data, size_t len)
{
	while (len) {
		size_t drop = 0;
		int n = ph_msr_idtech_message(data, len, &card, &drop);
		check(n);
		if (n == 0)
			return;
		size_t used = n > 0 ? (size_t)n : drop;
		if (!used || used > len)
			abort();
		data += used;
		len -= used;
	}
}

static void run_typed(const uint8_t *data, size_t len)
{
	struct ph_msr_typed typed = {.len = 0};

	for (size_t i = 0; i < len; i++)
		if (ph_msr_typed_add(&typed, data[i], &card) > 0)
			check(0);
}

static void run_layout(const uint8_t *data, size_t len)
{
	struct ph_msr_layout layout;

	if (len < sizeof layout)
		return;
	memcpy(&layout, data, sizeof layout);
	layout.has_id = data[0] & 1;
	layout.encrypting = data[0] & 2;
	check(ph_msr_report(&layout, data + sizeof layout, len - sizeof layout, &card));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	uint8_t way = *data++ % 6;
	len--;
	ph_msr_card_wipe(&card);
	switch (way) {
	case 0:
		check(ph_msr_report(&ph_msr_magtek_plain, data, len, &card));
		break;
	case 1:
		check(ph_msr_idtech_report(data, len, &card));
		break;
	case 2:
		run_idtech(data, len);
		break;
	case 3:
		run_typed(data, len);
		break;
	case 4:
		if (ph_msr_text(data, len, &card) < 0 && memcmp(&card, &empty, sizeof card) != 0)
			abort();
		check(0);
		break;
	case 5:
		if (len > 1)
			run_layout(data, len);
		break;
	}
	return 0;
}
