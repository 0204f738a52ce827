/*
 * A chip card for payments, as the reader sees it: commands in, answers out, by a profile of emulators/cards (docs/emulators.md,
 * "Cards"). Pure but for libcrypto. It shares nothing with the terminal's code, so that both cannot make the same mistake.
 * Source: EMV 4.3, Books 1 to 3; ISO/IEC 7816-3 and 7816-4.
 */
#ifndef PH_EMULATORS_MODELS_CARD_H
#define PH_EMULATORS_MODELS_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_CARD_COMMAND_MAX 261u
#define PH_EMU_CARD_ANSWER_MAX	258u
#define PH_EMU_CARD_ATR_MAX	33u
#define PH_EMU_CARD_PAN_MAX	20u /* digits of an account number, with NUL */
#define PH_EMU_CARD_WHY_MAX	160u
#define PH_EMU_CARD_NUMBER_MAX	9999999u
#define PH_EMU_CARD_OWN_NUMBER	UINT32_MAX /* the number the profile has */

struct ph_emu_card;

/* Text of a built-in profile by its name, NULL when there is none; and the names, NULL behind the last. */
const char *ph_emu_card_profile(const char *name);
const char *ph_emu_card_profile_name(size_t n);

/*
 * A card by the text of a profile. `number` varies the account number inside the profile's test range, up to
 * PH_EMU_CARD_NUMBER_MAX, or is PH_EMU_CARD_OWN_NUMBER. -EINVAL with a sentence in why[]; -ENOMEM.
 */
int ph_emu_card_new(const char *profile, uint32_t number, struct ph_emu_card **ret_card,
	char why[PH_EMU_CARD_WHY_MAX]);
/* Wipes it; NULL is fine. */
void ph_emu_card_free(struct ph_emu_card *card);

/* Power on or reset: returns the bytes of the answer to it. What the card remembers (counters, tries, blocks) stays. */
size_t ph_emu_card_reset(struct ph_emu_card *card, uint8_t ret_atr[PH_EMU_CARD_ATR_MAX]);
/* The same bytes without a reset. */
size_t ph_emu_card_atr(const struct ph_emu_card *card, uint8_t ret_atr[PH_EMU_CARD_ATR_MAX]);

/*
 * A command as it is on the card's contacts: with T=0 a TPDU, answered by 61xx and 6Cxx where 7816-3 says so, with T=1 an APDU.
 * Returns the bytes of the answer in `out` (PH_EMU_CARD_ANSWER_MAX); 0: it says nothing; -ENODEV: it was pulled, and is out until
 * the next reset.
 */
int ph_emu_card_command(struct ph_emu_card *card, const uint8_t *command, size_t len, uint8_t *out);
/* How long the answer just given takes. */
unsigned ph_emu_card_delay_ms(const struct ph_emu_card *card);

bool ph_emu_card_is_t0(const struct ph_emu_card *card);
/* Pulls it at a command, counted from 1, in place of what its profile says; 0: never. */
void ph_emu_card_pull_at(struct ph_emu_card *card, unsigned command);
/* The account number of the first application, for the person who put the card in. */
void ph_emu_card_pan(const struct ph_emu_card *card, char ret_pan[PH_EMU_CARD_PAN_MAX]);
/* Commands it has got since it was made. */
unsigned ph_emu_card_commands(const struct ph_emu_card *card);

#endif
