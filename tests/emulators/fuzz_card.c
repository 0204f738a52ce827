// Whatever a stranger says to the emulated card: the first byte picks the profile, each further chunk is a command behind its
// length; length 0 is a reset.
#include <errno.h>
#include <stdlib.h>

#include "emulators/models/card_internal.h"

// Making a card takes three signatures: each is made once, and a copy is talked to.
static struct ph_emu_card *fresh(size_t n)
{
	static struct ph_emu_card *made[256], copy;
	char why[PH_EMU_CARD_WHY_MAX];
	const char *text = ph_emu_card_profile(ph_emu_card_profile_name(n));

	if (!made[n] && ph_emu_card_new(text, (uint32_t)n, &made[n], why) < 0)
		abort();
	copy = *made[n];
	return &copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t out[PH_EMU_CARD_ANSWER_MAX], atr[PH_EMU_CARD_ATR_MAX];
	size_t n = 0;

	if (len < 2 || len > 4096)
		return 0;
	while (n < data[0] && ph_emu_card_profile_name(n + 1))
		n++;
	struct ph_emu_card *card = fresh(n);
	ph_emu_card_reset(card, atr);
	for (size_t at = 1; at < len;) {
		size_t size = data[at] < len - at - 1 ? data[at] : len - at - 1;
		if (size == 0)
			ph_emu_card_reset(card, atr);
		int r = ph_emu_card_command(card, data + at + 1, size, out);
		/* the one profile whose answer lacks its status word says 90 */
		if (r > (int)sizeof out || (r == 1 && out[0] != 0x90) || (r < 0 && r != -ENODEV))
			abort();
		at += 1 + size;
	}
	return 0;
}
