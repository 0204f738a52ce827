// The emulated card on its contacts: reset, T=0 and T=1, faults of the way, and which command goes where.
#include "emulators/models/card.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/card_internal.h"

#define INS_GET_RESPONSE 0xc0

// ---- life ----

void ph_emu_card_free(struct ph_emu_card *card)
{
	if (!card)
		return;
	OPENSSL_cleanse(card, sizeof *card);
	free(card);
}

size_t ph_emu_card_atr(const struct ph_emu_card *card, uint8_t ret_atr[PH_EMU_CARD_ATR_MAX])
{
	memcpy(ret_atr, card->atr, card->atr_len);
	return card->atr_len;
}

size_t ph_emu_card_reset(struct ph_emu_card *card, uint8_t ret_atr[PH_EMU_CARD_ATR_MAX])
{
	memset(&card->session, 0, sizeof card->session);
	card->pulled = false;
	return ph_emu_card_atr(card, ret_atr);
}

bool ph_emu_card_is_t0(const struct ph_emu_card *card)
{
	return card->t0;
}

unsigned ph_emu_card_delay_ms(const struct ph_emu_card *card)
{
	return card->delay_now;
}

unsigned ph_emu_card_commands(const struct ph_emu_card *card)
{
	return card->commands;
}

void ph_emu_card_pull_at(struct ph_emu_card *card, unsigned command)
{
	card->removed_at = command;
}

void ph_emu_card_pan(const struct ph_emu_card *card, char ret_pan[PH_EMU_CARD_PAN_MAX])
{
	memcpy(ret_pan, card->apps[0].pan, PH_EMU_CARD_PAN_MAX);
}

// xorshift64*: the same numbers each time, which is what a test wants.
void card_random(struct ph_emu_card *card, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t x = card->dice ? card->dice : 0x9e3779b97f4a7c15u;
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		card->dice = x;
		out[i] = (uint8_t)(x * 0x2545f4914f6cdd1du >> 56);
	}
}

// ---- a command ----

static const struct {
	uint8_t cla_mask, cla, ins;
	void (*run)(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a);
} commands[] = {
	{0xff, 0x00, 0xa4, card_select},
	{0xff, 0x00, 0xb2, card_read_record},
	{0xff, 0x80, 0xa8, card_processing_options},
	{0xff, 0x80, 0xca, card_get_data},
	{0xff, 0x00, 0x84, card_get_challenge},
	{0xff, 0x00, 0x20, card_verify},
	{0xff, 0x00, 0x88, card_internal_authenticate},
	{0xff, 0x00, 0x82, card_external_authenticate},
	{0xff, 0x80, 0xae, card_generate_ac},
	{0xf7, 0x84, 0x1e, card_script},
	{0xf7, 0x84, 0x18, card_script},
	{0xf7, 0x84, 0x16, card_script},
	{0xf7, 0x84, 0x24, card_script},
	{0xf3, 0x00, 0xda, card_script},
	{0xf3, 0x00, 0xdc, card_script},
};

static void run(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	bool class_known = false;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		bool fits = (c->cla & commands[i].cla_mask) == commands[i].cla;
		class_known = class_known || fits;
		if (fits && commands[i].ins == c->ins) {
			commands[i].run(card, c, a);
			return;
		}
	}
	a->status = class_known ? 0x6d00 : 0x6e00;
}

// Cases 1 to 4 of ISO/IEC 7816-3; false when the lengths do not fit.
static bool take_apart(const uint8_t *data, size_t len, struct card_command *c)
{
	if (len < 4)
		return false;
	*c = (struct card_command){.cla = data[0], .ins = data[1], .p1 = data[2], .p2 = data[3]};
	if (len == 4)
		return true;
	size_t n = data[4];
	if (len == 5) {
		c->wants = true;
		c->le = n ? n : 256;
		return true;
	}
	c->data = data + 5;
	c->len = n;
	c->wants = len == n + 6;
	c->le = c->wants && data[len - 1] ? data[len - 1] : 256;
	return n > 0 && (len == n + 5 || len == n + 6);
}

static int give(const uint8_t *data, size_t len, unsigned status, uint8_t *out)
{
	if (len)
		memcpy(out, data, len);
	out[len] = (uint8_t)(status >> 8);
	out[len + 1] = (uint8_t)status;
	return (int)len + 2;
}

static int give_status(unsigned status, uint8_t *out)
{
	return give(NULL, 0, status, out);
}

// ---- T=0 ----

static unsigned more(const struct ph_emu_card *card)
{
	size_t left = card->session.pending_len - card->session.pending_at;

	if (card->chunk && left > card->chunk)
		left = card->chunk;
	return 0x6100u | (left & 0xff);
}

static int get_response(struct ph_emu_card *card, const struct card_command *c, uint8_t *out)
{
	struct card_session *s = &card->session;
	size_t left = s->pending_len - s->pending_at;
	size_t chunk = card->chunk && left > card->chunk ? card->chunk : left;

	if (card->endless_61)
		return give((const uint8_t *)"\x6f", 1, 0x6120, out);
	if (card->endless_6c)
		return give_status(0x6c00u | ((c->le + 1) & 0xff), out);
	if (!left || c->len || c->p1 || c->p2)
		return give_status(0x6985, out);
	if (c->le > chunk)
		return give_status(0x6c00u | (unsigned)chunk, out);
	const uint8_t *data = s->pending + s->pending_at;
	s->pending_at += c->le;
	if (s->pending_at < s->pending_len)
		return give(data, c->le, more(card), out);
	s->pending_len = s->pending_at = 0;
	return give(data, c->le, s->pending_status, out);
}

/* Data of a command that has brought data itself wait for GET RESPONSE; a warning goes in front of them. */
static int hold_back(struct ph_emu_card *card, const struct card_answer *a, uint8_t *out)
{
	struct card_session *s = &card->session;

	memcpy(s->pending, a->data, a->out.len);
	s->pending_len = a->out.len;
	s->pending_at = 0;
	s->pending_status = 0x9000;
	return give_status(a->status == 0x9000 ? more(card) : a->status, out);
}

static int answer_t0(struct ph_emu_card *card, const struct card_command *c, uint8_t *out)
{
	struct card_answer a = {.status = 0x9000};

	if (c->ins == INS_GET_RESPONSE && c->cla == 0x00)
		return get_response(card, c, out);
	card->session.pending_len = card->session.pending_at = 0;
	if (card->endless_6c && !c->len && c->wants)
		return give_status(0x6c00u | ((c->le + 1) & 0xff), out);
	a.out = (struct card_out){.data = a.data, .size = 256};
	run(card, c, &a);
	if (!a.out.len)
		return give_status(a.status, out);
	if (c->len)
		return hold_back(card, &a, out);
	if (c->le != a.out.len)
		return give_status(0x6c00u | (a.out.len & 0xff), out);
	return give(a.data, a.out.len, a.status, out);
}

static int answer_t1(struct ph_emu_card *card, const struct card_command *c, uint8_t *out)
{
	struct card_answer a = {.status = 0x9000};

	a.out = (struct card_out){.data = a.data, .size = 256};
	run(card, c, &a);
	if (!c->wants)
		a.out.len = 0;
	if (a.out.len > c->le)
		return give_status(0x6c00u | (a.out.len & 0xff), out);
	return give(a.data, a.out.len, a.status, out);
}

// ---- faults of the way ----

static int rubbish(struct ph_emu_card *card, uint8_t *out)
{
	uint8_t len;

	card_random(card, &len, 1);
	card_random(card, out, 2 + (size_t)len);
	return 2 + len;
}

int ph_emu_card_command(struct ph_emu_card *card, const uint8_t *command, size_t len, uint8_t *out)
{
	struct card_command c;

	if (card->pulled)
		return -ENODEV;
	card->commands++;
	card->delay_now = !card->delay_at || card->delay_at == card->commands ? card->delay_ms : 0;
	if (card->removed_at == card->commands) {
		card->pulled = true;
		return -ENODEV;
	}
	if (card->mute_at == card->commands)
		return 0;
	if (card->random_at == card->commands)
		return rubbish(card, out);
	if (card->short_at == card->commands) {
		out[0] = 0x90; /* no status word */
		return 1;
	}
	if (len > PH_EMU_CARD_COMMAND_MAX || !take_apart(command, len, &c))
		return give_status(0x6700, out);
	return card->t0 ? answer_t0(card, &c, out) : answer_t1(card, &c, out);
}
