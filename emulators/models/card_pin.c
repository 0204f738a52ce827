// The card's PIN, and what its issuer may change by scripts.
#include <string.h>

#include "emulators/models/card_internal.h"

#define PIN_BLOCK 8

void card_get_challenge(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;

	if (!s->app) {
		a->status = 0x6985;
		return;
	}
	/* with T=0 this comes twice, the second time with the right length */
	if (!card->t0 || c->le == sizeof s->challenge || !s->challenged)
		card_random(card, s->challenge, sizeof s->challenge);
	s->challenged = true;
	card_put(&a->out, s->challenge, sizeof s->challenge);
}

// ---- VERIFY ----

static void make_block(const char *pin, uint8_t block[PIN_BLOCK])
{
	size_t len = strlen(pin);

	memset(block, 0xff, PIN_BLOCK);
	block[0] = (uint8_t)(0x20 | len);
	for (size_t i = 0; i < len; i++) {
		uint8_t d = (uint8_t)(pin[i] - '0');
		uint8_t *at = &block[1 + i / 2];
		*at = (uint8_t)(i % 2 ? (*at & 0xf0) | d : d << 4 | 0x0f);
	}
}

// 7F, PIN block, challenge, random numbers, under the card's key for PINs. Source: EMV Book 2, 7.2.
static bool decipher(struct card_session *s, const struct card_command *c, uint8_t block[PIN_BLOCK])
{
	uint8_t modulus[CARD_RSA_MAX], clear[CARD_RSA_MAX];
	bool challenged = s->challenged;

	s->challenged = false;
	if (c->len != card_key_modulus(CARD_KEY_PIN, modulus) ||
		!card_key_apply(CARD_KEY_PIN, c->data, clear))
		return false;
	memcpy(block, clear + 1, PIN_BLOCK);
	return challenged && clear[0] == 0x7f &&
	       memcmp(clear + 1 + PIN_BLOCK, s->challenge, sizeof s->challenge) == 0;
}

static void compare(struct card_session *s, const uint8_t block[PIN_BLOCK], struct card_answer *a)
{
	struct card_app *app = s->app;
	uint8_t right[PIN_BLOCK];

	make_block(app->pin, right);
	s->pin_done = memcmp(right, block, PIN_BLOCK) == 0;
	s->pin_failed = !s->pin_done;
	if (s->pin_done) {
		app->pin_tries = app->pin_limit;
		return;
	}
	if (!app->faults.pin_stuck)
		app->pin_tries--;
	a->status = (uint16_t)(0x63c0 | app->pin_tries);
}

void card_verify(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;
	uint8_t block[PIN_BLOCK];

	if (!s->app || !s->app->pin[0])
		a->status = s->app ? 0x6984 : 0x6985;
	else if (!s->app->pin_tries)
		a->status = 0x6983;
	else if (c->p1 || (c->p2 != 0x80 && c->p2 != 0x88))
		a->status = 0x6a86;
	else if (c->p2 == 0x80 && c->len != PIN_BLOCK)
		a->status = 0x6700;
	else if (c->p2 == 0x88 && !decipher(s, c, block))
		a->status = 0x6984;
	if (a->status != 0x9000)
		return;
	if (c->p2 == 0x80)
		memcpy(block, c->data, PIN_BLOCK);
	compare(s, block, a);
}

// ---- scripts ----

/* PUT DATA of what the card has; a MAC behind the value is not looked at. */
static void put_data(struct card_app *app, const struct card_command *c, struct card_answer *a)
{
	uint32_t tag = (uint32_t)c->p1 << 8 | c->p2;
	struct card_bytes old = card_value(app, tag);

	if (tag == 0x9f14 || tag == 0x9f23)
		old.len = 1;
	if (!old.len || c->len < old.len)
		a->status = 0x6a88;
	else if (card_set(app, tag, c->data, old.len) < 0)
		a->status = 0x6a84;
}

void card_script(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;

	if (!s->app || !s->cryptograms) {
		a->status = 0x6985;
		return;
	}
	if (s->app->faults.script_status) {
		a->status = s->app->faults.script_status;
		return;
	}
	switch (c->ins) {
	case 0x1e:
		s->app->blocked = true;
		break;
	case 0x18:
		s->app->blocked = false;
		break;
	case 0x16:
		card->blocked = true;
		break;
	case 0x24:
		s->app->pin_tries = s->app->pin_limit;
		break;
	case 0xda:
		put_data(s->app, c, a);
		break;
	default: /* DC: UPDATE RECORD is taken and nothing is written */
		break;
	}
}
