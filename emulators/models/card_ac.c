// What the card decides and signs: GENERATE AC, and how it proves itself and believes its issuer.
#include <string.h>

#include "emulators/models/card_internal.h"

#define P1_TYPE 0xc0
#define P1_CDA	0x10
#define CVR_LEN 6
#define IAD_LEN 18

static const uint8_t cid[] = {
	[CARD_AAC] = 0x00, [CARD_TC] = 0x40, [CARD_ARQC] = 0x80, [CARD_RFU] = 0xc0};

// ---- issuer application data ----

/* Card verification results, as byte 3 to 8 of the issuer application data; they are part of what the cryptogram covers. */
static void put_results(const struct ph_emu_card *card, enum card_type given, uint8_t cvr[CVR_LEN])
{
	static const uint8_t first[] = {
		[CARD_AAC] = 0x00, [CARD_TC] = 0x10, [CARD_ARQC] = 0x20, [CARD_RFU] = 0x30};
	static const uint8_t second[] = {
		[CARD_AAC] = 0x00, [CARD_TC] = 0x40, [CARD_ARQC] = 0x80, [CARD_RFU] = 0xc0};
	const struct card_session *s = &card->session;
	const struct card_app *app = s->app;
	bool is_first = s->cryptograms == 0;

	memset(cvr, 0, CVR_LEN);
	cvr[0] = (uint8_t)(is_first ? 0x80 | first[given] : second[given] | first[s->first_given]);
	if (s->pin_done)
		cvr[0] |= 0x05;
	cvr[1] = (uint8_t)((s->dda ? 0x80 : 0) | (s->authenticated ? 0x10 : 0));
	cvr[2] = (uint8_t)(app->pin_tries & 15);
	cvr[3] = (uint8_t)((s->pin_done || s->pin_failed ? 0 : 0x20) | (s->pin_failed ? 0x10 : 0) |
			   (app->pin_tries ? 0 : 0x08) | 0x02);
}

static void put_issuer_data(const uint8_t cvr[CVR_LEN], uint8_t iad[IAD_LEN])
{
	memset(iad, 0, IAD_LEN);
	iad[0] = 0x01; /* key */
	iad[1] = 0x10; /* cryptogram version */
	memcpy(iad + 2, cvr, CVR_LEN);
	iad[IAD_LEN - 1] = 0xff;
}

// ---- the cryptogram ----

// The data a terminal gave for a cryptogram: those of the second fall back on those of the first.
struct given {
	struct card_bytes dol, first_dol;
	const uint8_t *data, *first_data;
};

static void put_given(struct card_out *out, const struct given *g, uint32_t tag, size_t len)
{
	static const uint8_t zeros[16];
	const uint8_t *value = card_dol_value(&g->dol, g->data, tag, len);

	if (!value)
		value = card_dol_value(&g->first_dol, g->first_data, tag, len);
	card_put(out, value ? value : zeros, len);
}

static bool make_cryptogram(
	struct ph_emu_card *card, const struct given *g, const uint8_t cvr[CVR_LEN])
{
	static const struct {
		uint32_t tag;
		size_t len;
	} parts[] = {{0x9f02, 6}, {0x9f03, 6}, {0x9f1a, 2}, {0x95, 5}, {0x5f2a, 2}, {0x9a, 3},
		{0x9c, 1}, {0x9f37, 4}};
	struct card_session *s = &card->session;
	const uint8_t atc[2] = {(uint8_t)(s->app->atc >> 8), (uint8_t)s->app->atc};
	uint8_t data[64];
	struct card_out out = {.data = data, .size = sizeof data};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		put_given(&out, g, parts[i].tag, parts[i].len);
	card_put(&out, s->app->aip, 2);
	card_put(&out, atc, 2);
	card_put(&out, cvr, CVR_LEN);
	return ph_emu_session_key(s->app->master, atc, s->session_key) == 0 &&
	       ph_emu_mac(s->session_key, data, out.len, s->cryptogram) == 0;
}

// ---- combined signature ----

struct reply {
	enum card_type given;
	bool sign;
	const uint8_t *iad;
	struct card_bytes transaction[3]; /* values of PDOL, CDOL1 and CDOL2 */
	uint8_t unpredictable[4];
};

static size_t combine(struct ph_emu_card *card, const struct reply *reply,
	const struct card_out *tail, uint8_t *signature)
{
	const struct card_app *app = card->session.app;
	uint8_t body[3 + 38] = {0x05, 0x01, 38, 8};
	struct card_bytes hashed[4] = {reply->transaction[0], reply->transaction[1],
		reply->transaction[2], {tail->data, tail->len}};
	const struct card_bytes more = {reply->unpredictable, 4};

	card_random(card, body + 4, 8);
	body[12] = cid[reply->given];
	if (app->faults.sdad_cid)
		body[12] ^= 0xc0;
	memcpy(body + 13, card->session.cryptogram, PH_EMU_AC_SIZE);
	card_hash(hashed, 4, body + 21);
	return card_sign(&(struct card_signature){.key = app->icc_key,
				 .body = {body, sizeof body},
				 .more = &more,
				 .more_count = 1,
				 .bad_hash = app->faults.sdad_hash},
		signature);
}

static void answer_signed(
	struct ph_emu_card *card, const struct reply *reply, struct card_answer *a)
{
	const struct card_app *app = card->session.app;
	const uint8_t atc[2] = {(uint8_t)(app->atc >> 8), (uint8_t)app->atc};
	uint8_t signature[CARD_RSA_MAX], tail[48], value[CARD_VALUE_MAX];
	struct card_out hashed = {.data = tail, .size = sizeof tail};
	struct card_out out = {.data = value, .size = sizeof value};

	card_put_tlv(&hashed, 0x9f27, &cid[reply->given], 1);
	card_put_tlv(&hashed, 0x9f36, atc, 2);
	size_t before = hashed.len;
	card_put_tlv(&hashed, 0x9f10, reply->iad, IAD_LEN);
	size_t n = combine(card, reply, &hashed, signature);
	if (!n) {
		a->status = 0x6f00;
		return;
	}
	card_put(&out, tail, before);
	card_put_tlv(&out, 0x9f4b, signature, n);
	card_put(&out, tail + before, hashed.len - before);
	card_put_tlv(&a->out, 0x77, value, out.len);
}

static void answer_plain(struct ph_emu_card *card, const struct reply *reply, struct card_answer *a)
{
	const struct card_app *app = card->session.app;
	const uint8_t *ac = card->session.cryptogram;
	const uint8_t atc[2] = {(uint8_t)(app->atc >> 8), (uint8_t)app->atc};
	uint8_t value[64];
	struct card_out out = {.data = value, .size = sizeof value};

	if (app->ac_format == 1) {
		card_put_byte(&out, cid[reply->given]);
		card_put(&out, atc, 2);
		card_put(&out, ac, PH_EMU_AC_SIZE);
		card_put(&out, reply->iad, IAD_LEN);
		card_put_tlv(&a->out, 0x80, value, out.len);
		return;
	}
	card_put_tlv(&out, 0x9f27, &cid[reply->given], 1);
	card_put_tlv(&out, 0x9f36, atc, 2);
	card_put_tlv(&out, 0x9f26, ac, PH_EMU_AC_SIZE);
	card_put_tlv(&out, 0x9f10, reply->iad, IAD_LEN);
	card_put_tlv(&a->out, 0x77, value, out.len);
}

// ---- what the issuer says ----

static bool arpc_fits(const struct card_session *s, const struct card_bytes *data)
{
	uint8_t arpc[PH_EMU_AC_SIZE];
	enum card_arpc method = s->app->arpc;
	const uint8_t *d = data->data;

	if (method != CARD_ARPC_CSU && data->len >= 10 &&
		ph_emu_arpc(s->session_key, s->cryptogram, d + 8, arpc) == 0 &&
		memcmp(arpc, d, 8) == 0)
		return true;
	return method != CARD_ARPC_ARC && data->len >= 8 &&
	       ph_emu_arpc_csu(s->session_key, s->cryptogram, d + 4, data->len - 4, arpc) == 0 &&
	       memcmp(arpc, d, 4) == 0;
}

static void authenticate(struct card_session *s, const struct card_bytes *data)
{
	bool good = arpc_fits(s, data);

	s->authenticated = good;
	s->authentication_failed = !good;
	if (good)
		s->app->last_online_atc = s->app->atc;
}

void card_external_authenticate(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;

	if (!s->app || s->cryptograms != 1 || s->first_given != CARD_ARQC ||
		s->app->auth != CARD_AUTH_EXTERNAL || s->authenticated || s->authentication_failed)
		a->status = 0x6985;
	else if (c->len < 8 || c->len > 16)
		a->status = 0x6700;
	else if (authenticate(s, &(struct card_bytes){c->data, c->len}), !s->authenticated)
		a->status = 0x6300;
}

// 91 as part of the data of the second GENERATE AC; zeros stand for none.
static void look_for_issuer(struct card_session *s, const struct given *g)
{
	static const uint8_t zeros[16];

	if (s->app->auth != CARD_AUTH_CDOL2)
		return;
	for (size_t len = 8; len <= 16; len++) {
		const uint8_t *value = card_dol_value(&g->dol, g->data, 0x91, len);
		if (value && memcmp(value, zeros, len) != 0)
			authenticate(s, &(struct card_bytes){value, len});
	}
}

// ---- GENERATE AC ----

static enum card_type least(enum card_type a, enum card_type b)
{
	return a < b ? a : b;
}

static enum card_type decide_first(const struct card_app *app, enum card_type asked)
{
	if (app->first == CARD_RFU)
		return CARD_RFU;
	return app->faults.higher ? CARD_TC : least(asked, app->first);
}

static enum card_type decide_second(
	const struct card_session *s, const struct given *g, enum card_type asked)
{
	const uint8_t *arc = card_dol_value(&g->dol, g->data, 0x8a, 2);
	bool unable = arc && (arc[0] == 'Y' || arc[0] == 'Z') && arc[1] == '3';

	if (s->authentication_failed)
		return CARD_AAC;
	enum card_type most = unable ? s->app->unable : s->app->second;
	return least(asked, most) == CARD_ARQC ? CARD_AAC : least(asked, most);
}

static bool asked_type(const struct card_command *c, enum card_type *ret_type)
{
	static const enum card_type types[] = {CARD_AAC, CARD_TC, CARD_ARQC, CARD_RFU};

	*ret_type = types[c->p1 >> 6];
	return *ret_type != CARD_RFU && !(c->p1 & ~(P1_TYPE | P1_CDA)) && !c->p2;
}

/* The status to answer with when this command cannot be at this time. */
static unsigned refuse(const struct ph_emu_card *card, const struct card_command *c)
{
	const struct card_session *s = &card->session;
	enum card_type asked;

	if (!s->app || !s->ready || s->app->blocked || s->cryptograms == CARD_AC_MAX ||
		(s->cryptograms == 1 && s->first_given != CARD_ARQC))
		return 0x6985;
	if (!asked_type(c, &asked) || (c->p1 & P1_CDA && s->app->oda != CARD_ODA_CDA))
		return 0x6a86;
	struct card_bytes dol = card_value(s->app, s->cryptograms ? 0x8d : 0x8c);
	if (c->len != card_dol_size(&dol) || c->len > CARD_VALUE_MAX)
		return 0x6700;
	return s->cryptograms == 1 && asked == CARD_ARQC ? 0x6985 : 0x9000;
}

static struct given gather(struct card_session *s, const struct card_command *c)
{
	struct given g = {.dol = card_value(s->app, s->cryptograms ? 0x8d : 0x8c),
		.first_dol = card_value(s->app, 0x8c),
		.data = c->data,
		.first_data = s->cdol1};

	if (!s->cryptograms) {
		if (c->len)
			memcpy(s->cdol1, c->data, c->len);
		s->cdol1_len = c->len;
	}
	return g;
}

void card_generate_ac(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;
	uint8_t cvr[CVR_LEN], iad[IAD_LEN];
	enum card_type asked;
	struct reply reply = {.iad = iad};

	a->status = (uint16_t)refuse(card, c);
	if (a->status != 0x9000)
		return;
	asked_type(c, &asked);
	bool first = s->cryptograms == 0;
	struct given g = gather(s, c);
	if (!first)
		look_for_issuer(s, &g);
	reply.given = first ? decide_first(s->app, asked) : decide_second(s, &g, asked);
	reply.sign = c->p1 & P1_CDA && (reply.given != CARD_AAC || s->app->faults.sign_aac);
	reply.transaction[0] = (struct card_bytes){s->pdol, s->pdol_len};
	reply.transaction[1] = (struct card_bytes){s->cdol1, s->cdol1_len};
	if (!first)
		reply.transaction[2] = (struct card_bytes){c->data, c->len};
	struct card_out number = {.data = reply.unpredictable, .size = 4};
	put_given(&number, &g, 0x9f37, 4);
	put_results(card, reply.given, cvr);
	put_issuer_data(cvr, iad);
	if (!make_cryptogram(card, &g, cvr)) {
		a->status = 0x6f00;
		return;
	}
	s->cryptograms++;
	if (first)
		s->first_given = reply.given;
	if (reply.sign)
		answer_signed(card, &reply, a);
	else
		answer_plain(card, &reply, a);
}

// ---- INTERNAL AUTHENTICATE ----

void card_internal_authenticate(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;
	uint8_t body[3 + 9] = {0x05, 0x01, 9, 8}, signature[CARD_RSA_MAX], value[CARD_VALUE_MAX];
	struct card_out out = {.data = value, .size = sizeof value};
	const struct card_bytes more = {c->data, c->len};

	if (!s->app || !s->ready || (s->app->oda != CARD_ODA_DDA && s->app->oda != CARD_ODA_CDA)) {
		a->status = 0x6985;
		return;
	}
	struct card_bytes ddol = card_value(s->app, 0x9f49);
	if (ddol.len && card_dol_size(&ddol) != c->len) {
		a->status = 0x6700;
		return;
	}
	card_random(card, body + 4, 8);
	size_t n = card_sign(&(struct card_signature){.key = s->app->icc_key,
				     .body = {body, sizeof body},
				     .more = &more,
				     .more_count = 1,
				     .bad_hash = s->app->faults.sdad_hash},
		signature);
	s->dda = true;
	if (s->app->gpo_format == 1) {
		card_put_tlv(&a->out, 0x80, signature, n);
		return;
	}
	card_put_tlv(&out, 0x9f4b, signature, n);
	card_put_tlv(&a->out, 0x77, value, out.len);
}
