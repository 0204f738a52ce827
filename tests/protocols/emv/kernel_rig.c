// Plays scripts of a card to the kernel, signs what a card signs, and looks at the memory that is left at the end.
#include "kernel_rig.h"

#include "emv_forge.h"
#include "protocols/emv/kernel_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define ATR   "3B600000"
#define STEPS 2000

static struct bytes variables[26];

static void put(struct bytes *b, const void *data, size_t len)
{
	ck_assert_uint_le(b->len + len, sizeof b->data);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_length(struct bytes *b, size_t len)
{
	const uint8_t big[3] = {0x82, (uint8_t)(len >> 8), (uint8_t)len};
	const uint8_t middle[2] = {0x81, (uint8_t)len}, small = (uint8_t)len;

	if (len > 0xff)
		put(b, big, sizeof big);
	else if (len > 0x7f)
		put(b, middle, sizeof middle);
	else
		put(b, &small, 1);
}

/* Reads up to a closing brace or the end; bytes in front of an opening one are a tag. */
static struct bytes parse(const char **text)
{
	struct bytes out = {.len = 0};

	while (**text && **text != '}') {
		unsigned byte;
		size_t from = out.len;
		if (**text == '@') {
			const struct bytes *v = &variables[(*text)[1] - 'a'];
			put(&out, v->data, v->len);
			*text += 2;
			continue;
		}
		if (isspace((unsigned char)**text)) {
			++*text;
			continue;
		}
		ck_assert_msg(sscanf(*text, "%2x", &byte) == 1, "bad text: %s", *text);
		*text += 2;
		put(&out, &(uint8_t){(uint8_t)byte}, 1);
		/* a tag of two bytes */
		if ((byte & 0x1f) == 0x1f && strlen(*text) > 2 && (*text)[2] == '{' &&
			sscanf(*text, "%2x", &byte) == 1) {
			put(&out, &(uint8_t){(uint8_t)byte}, 1);
			*text += 2;
		}
		if (**text != '{' || out.len == from)
			continue;
		++*text;
		struct bytes inner = parse(text);
		ck_assert_int_eq(**text, '}');
		++*text;
		put_length(&out, inner.len);
		put(&out, inner.data, inner.len);
	}
	return out;
}

struct bytes rig_bytes(const char *text)
{
	struct bytes b = parse(&text);

	ck_assert_int_eq(*text, '\0');
	return b;
}

static void set_variable(char name, const void *data, size_t len)
{
	variables[name - 'a'].len = 0;
	put(&variables[name - 'a'], data, len);
}

/* The chain of a card: authority, issuer, card, each signed by the one before. */
static void forge_chain(void)
{
	struct ph_rsa_key issuer, icc;
	struct bytes body = rig_bytes("0254133300123000000101015001"), three = rig_bytes("03");
	struct bytes static_data =
		rig_bytes("5A{5413330089020011}5F24{301231}5F25{200101}5F34{01}9F07{FF80}9F4A{82}");
	uint8_t out[PH_RSA_BYTES_MAX];

	forge_public(FORGE_ISSUER, &issuer);
	forge_public(FORGE_ICC, &icc);
	put(&body, issuer.modulus, 60);
	struct ph_bytes more[] = {{issuer.modulus + 60, 20}, {three.data, 1}, {NULL, 0}};
	set_variable(
		'i', out, forge(FORGE_CA, (struct ph_bytes){body.data, body.len}, more, 2, out));
	set_variable('r', issuer.modulus + 60, 20);
	/* what is static differs by the AIP, which stands behind it: those the tests use */
	const char *aips[] = {"3D00", "3C00", "5C00"};
	const char names[] = {'c', 'e', 'f'};
	for (unsigned i = 0; i < 3; i++) {
		struct bytes aip = rig_bytes(aips[i]), data = static_data;
		put(&data, aip.data, aip.len);
		body = rig_bytes("045413330089020011FFFF1230000002010140"
				 "01");
		put(&body, icc.modulus, 38);
		struct ph_bytes rest[] = {
			{icc.modulus + 38, 26}, {three.data, 1}, {data.data, data.len}};
		set_variable(names[i], out,
			forge(FORGE_ISSUER, (struct ph_bytes){body.data, body.len}, rest, 3, out));
		body = rig_bytes("03011234");
		struct ph_bytes all = {data.data, data.len};
		set_variable('d', out,
			forge(FORGE_ISSUER, (struct ph_bytes){body.data, body.len}, &all, 1, out));
	}
	set_variable('s', icc.modulus + 38, 26);
}

static int fill(void *context, uint8_t *out, size_t len)
{
	struct rig *rig = context;

	if (rig->no_random)
		return -EIO;
	memset(out, rig->random_byte, len);
	for (size_t i = 0; len == 4 && i < len; i++)
		out[i] = (uint8_t)(i + 1);
	return 0;
}

static void check_account(const uint8_t *pan, size_t len, int sequence)
{
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(pan, "\x54\x13\x33\x00\x89\x02\x00\x11", 8);
	ck_assert_int_eq(sequence, 1);
}

static bool is_listed(void *context, const uint8_t *pan, size_t len, int sequence)
{
	check_account(pan, len, sequence);
	return ((struct rig *)context)->listed;
}

static uint64_t earlier(void *context, const uint8_t *pan, size_t len, int sequence)
{
	check_account(pan, len, sequence);
	return ((struct rig *)context)->earlier;
}

static void init_parameters(struct ph_emv_parameters *p)
{
	p->terminal = (struct ph_emv_terminal){.type = 0x22,
		.capabilities = 0xe0f0c8,
		.additional = {0xf0, 0x00, 0xf0, 0xa0, 0x03},
		.country = 0x0528,
		.mcc = 0x5999,
		.merchant_id = "TEST",
		.terminal_id = "T1",
		.serial = "12345678",
		.merchant_name = "Test shop"};
	p->applications[0] = (struct ph_emv_application){.aid = {0xa0, 0, 0, 0, 4, 0x10, 0x10},
		.aid_len = 7,
		.scheme = "Mastercard",
		.version = 0x0002,
		.floor_limit = 5000,
		.currency = 0x0978,
		.currency_exponent = 2,
		.ddol = {0x9f, 0x37, 0x04},
		.ddol_len = 3};
	p->application_count = 1;
	p->keys[0] = (struct ph_emv_ca_key){.rid = {0xa0, 0, 0, 0, 4}, .index = 0xfe};
	forge_public(FORGE_CA, &p->keys[0].key);
	p->key_count = 1;
}

void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof *rig);
	forge_chain();
	init_parameters(&rig->parameters);
	rig->world = (struct ph_emv_world){
		.context = rig, .random = fill, .listed = is_listed, .earlier_amount = earlier};
	rig->transaction = (struct ph_emv_transaction){.amount = 1234,
		.currency = 0x0978,
		.currency_exponent = 2,
		.date = 20260901,
		.time = 123456,
		.counter = 7,
		.can_choose = true};
	rig->interrupt_at = RIG_NEVER;
	rig->random_byte = 98;
	ck_assert_int_eq(ph_emv_new(&rig->parameters, &rig->world, &rig->emv), 0);
}

void rig_done(struct rig *rig)
{
	ph_emv_free(rig->emv);
}

/* 6A 05 01 LDD | number of the card, CID, cryptogram, hash | BB ... */
static void sign_combined(struct rig *rig, uint8_t cid, const struct bytes *ac,
	const struct bytes *before, const struct bytes *after, struct bytes *out)
{
	struct ph_bytes pieces[] = {{rig->pdol, rig->pdol_len}, {rig->cdol[0], rig->cdol_len[0]},
		{rig->cdol[1], rig->cdol_len[1]}, {before->data, before->len},
		{after->data, after->len}};
	struct bytes body = rig_bytes("05012604AABBCCDD"), number = rig_bytes("01020304");
	uint8_t hash[PH_SHA1_SIZE];

	ck_assert_int_eq(ph_sha1(pieces, 5, hash), 0);
	body.data[2] = (uint8_t)(1 + 4 + 1 + 8 + 20);
	put(&body, &cid, 1);
	put(&body, ac->data, ac->len);
	put(&body, hash, sizeof hash);
	struct ph_bytes more = {number.data, number.len};
	out->len = forge(FORGE_ICC, (struct ph_bytes){body.data, body.len}, &more, 1, out->data);
}

/* "CID[/cid] ATC AC", behind ~ and ! */
static struct bytes combined_answer(struct rig *rig, const char *text, bool bad)
{
	unsigned cid, inside;
	char atc[8], cryptogram[20];
	struct bytes signature, out = {.len = 0}, all = {.len = 0};

	if (sscanf(text, "%2x/%2x %4s %16s", &cid, &inside, atc, cryptogram) != 4) {
		ck_assert_int_eq(sscanf(text, "%2x %4s %16s", &cid, atc, cryptogram), 3);
		inside = cid;
	}
	struct bytes before = bytes("9F2701009F36020000"), ac = bytes(cryptogram);
	struct bytes counter = bytes(atc), after = bytes("9F10070110A00003220000");
	before.data[3] = (uint8_t)cid;
	memcpy(before.data + 7, counter.data, 2);
	sign_combined(rig, (uint8_t)inside, &ac, &before, &after, &signature);
	if (bad)
		signature.data[20] ^= 1;
	put(&all, before.data, before.len);
	put(&all, "\x9f\x4b\x40", 3);
	put(&all, signature.data, signature.len);
	put(&all, after.data, after.len);
	put(&out, "\x77", 1);
	put_length(&out, all.len);
	put(&out, all.data, all.len);
	put(&out, "\x90\x00", 2);
	return out;
}

static struct bytes dynamic_answer(const struct ph_emv_action *action, bool bad)
{
	struct bytes body = rig_bytes("05010504AABBCCDD"), out = rig_bytes("8040");
	struct ph_bytes ddol = {action->data + 5, action->data[4]};

	forge(FORGE_ICC, (struct ph_bytes){body.data, body.len}, &ddol, 1, out.data + 2);
	out.len += 64;
	if (bad)
		out.data[20] ^= 1;
	put(&out, "\x90\x00", 2);
	return out;
}

/* What the card has been given for its lists, which it signs with CDA. */
static void note_lists(struct rig *rig, const struct ph_emv_action *action)
{
	const uint8_t *a = action->data;

	if (a[1] == 0xa8) {
		rig->pdol_len = a[4] - 2u;
		memcpy(rig->pdol, a + 7, rig->pdol_len);
		rig->cryptograms = 0;
		rig->cdol_len[0] = rig->cdol_len[1] = 0;
	}
	if (a[1] == 0xae && rig->cryptograms < 2) {
		unsigned i = rig->cryptograms++;
		rig->cdol_len[i] = a[4];
		memcpy(rig->cdol[i], a + 5, a[4]);
	}
}

static struct bytes answer_of(struct rig *rig, const struct ph_emv_action *action, const char *text)
{
	bool bad = text[0] && text[1] == '!';

	if (text[0] == '~')
		return combined_answer(rig, text + 1 + bad, bad);
	if (text[0] == '^')
		return dynamic_answer(action, bad);
	return rig_bytes(text);
}

static struct bytes field55(struct rig *rig, enum ph_emv_message message)
{
	struct bytes b;
	ssize_t n = ph_emv_field55(rig->emv, message, b.data, 255);

	ck_assert_int_gt(n, 0);
	b.len = (size_t)n;
	ck_assert_int_eq(ph_emv_field55(rig->emv, message, b.data, b.len - 1), -ENOBUFS);
	ck_assert_int_eq(ph_emv_field55(rig->emv, message, b.data, b.len), n);
	return b;
}

/* The name a line of the script gives this action, and what is worth keeping of it. */
static const char *name_of(struct rig *rig, const struct ph_emv_action *action)
{
	static const char *const points[] = {[PH_EMV_POINT_INTENT] = "store intent",
		[PH_EMV_POINT_REVERSAL] = "store reversal",
		[PH_EMV_POINT_OFFLINE] = "store offline"};

	switch (action->kind) {
	case PH_EMV_WARM_RESET:
		return "reset";
	case PH_EMV_ASK_CHOICE:
	case PH_EMV_ASK_CONFIRM:
		rig->choice_count = action->choice_count;
		memcpy(rig->choices, action->choices,
			action->choice_count * sizeof *action->choices);
		return action->kind == PH_EMV_ASK_CHOICE ? "choose" : "confirm";
	case PH_EMV_ASK_PIN_PAD:
		rig->pin_template.len = 0;
		put(&rig->pin_template, action->data, action->len);
		return action->number ? "pin RSA" : "pin";
	case PH_EMV_NEED_DURABLE:
		snprintf(rig->point, sizeof rig->point, "%s", points[action->point] + 6);
		if (action->point == PH_EMV_POINT_OFFLINE)
			rig->advice = field55(rig, PH_EMV_FOR_ADVICE);
		return points[action->point];
	case PH_EMV_GO_ONLINE:
		rig->request = field55(rig, PH_EMV_FOR_REQUEST);
		return "online";
	case PH_EMV_SEND:
	case PH_EMV_DONE:
	case PH_EMV_IGNORE:
		break;
	}
	return "";
}

static void online_event(const char *text, struct ph_emv_host_answer *host, struct bytes *data,
	struct ph_emv_event *event)
{
	if (!strcmp(text, "unable")) {
		event->kind = PH_EMV_HOST_UNABLE;
		return;
	}
	*data = rig_bytes(text + 3);
	*host = (struct ph_emv_host_answer){.arc = {text[0], text[1]},
		.approved = text[2] == '+',
		.referred = text[2] == '?',
		.issuer_data = data->len ? data->data : NULL,
		.issuer_len = data->len};
	event->kind = PH_EMV_HOST;
	event->host = host;
}

struct reply {
	struct ph_emv_event event;
	struct ph_emv_host_answer host;
	struct bytes data;
};

/* Compares the action with the line, and makes the event that answers it. */
static void follow(struct rig *rig, const struct ph_emv_action *action, const struct line *line,
	struct reply *reply)
{
	struct ph_emv_event *event = &reply->event;

	*event = (struct ph_emv_event){.kind = PH_EMV_ANSWER};
	if (action->kind == PH_EMV_SEND) {
		struct bytes want = rig_bytes(line->want);
		bool same = want.len == action->len && !memcmp(want.data, action->data, want.len);
		char got[2 * 300] = "";
		for (size_t i = 0; i < action->len && i < 290; i++)
			snprintf(got + 2 * i, 3, "%02X", action->data[i]);
		ck_assert_msg(
			same, "action %u:\n  want %s\n  got  %s", rig->actions, line->want, got);
		note_lists(rig, action);
		reply->data = answer_of(rig, action, line->answer);
		event->data = reply->data.data;
		event->len = reply->data.len;
		return;
	}
	ck_assert_str_eq(name_of(rig, action), line->want);
	if (action->kind == PH_EMV_GO_ONLINE) {
		online_event(line->answer, &reply->host, &reply->data, event);
		return;
	}
	if (action->kind == PH_EMV_NEED_DURABLE) {
		event->kind = PH_EMV_DURABLE;
		event->number = !strcmp(line->answer, "full");
		return;
	}
	if (action->kind == PH_EMV_ASK_CHOICE || action->kind == PH_EMV_ASK_CONFIRM) {
		event->kind = action->kind == PH_EMV_ASK_CHOICE ? PH_EMV_CHOICE : PH_EMV_CONFIRM;
		event->number = (unsigned)atoi(line->answer);
		return;
	}
	event->kind = action->kind == PH_EMV_WARM_RESET ? PH_EMV_CARD_IN : PH_EMV_PIN;
	reply->data = rig_bytes(line->answer);
	event->data = reply->data.data;
	event->len = reply->data.len;
}

/* What is left of the account when all is over: nothing, anywhere in the kernel's memory. */
static void check_memory(const struct rig *rig)
{
	const uint8_t pan[] = {0x54, 0x13, 0x33, 0x00, 0x89, 0x02, 0x00, 0x11};

	ck_assert_ptr_null(memmem(rig->emv, sizeof(struct ph_emv), pan, sizeof pan));
	ck_assert_ptr_null(memmem(rig->emv, sizeof(struct ph_emv), pan, sizeof pan - 2));
	ck_assert_ptr_null(memmem(rig->emv, sizeof(struct ph_emv), "5413330089", 10));
}

/* Adds an action to the digest. */
static void trace(struct rig *rig, const struct ph_emv_action *action)
{
	uint8_t hash[PH_SHA1_SIZE];
	const struct ph_bytes pieces[] = {{rig->trace.data, rig->trace.len},
		{&action->kind, sizeof action->kind}, {action->data, action->len},
		{&action->number, sizeof action->number}, {&action->point, sizeof action->point},
		{&action->result.outcome, sizeof action->result.outcome}};

	ck_assert_int_eq(ph_sha1(pieces, 6, hash), 0);
	rig->trace.len = 0;
	put(&rig->trace, hash, sizeof hash);
}

/* After an interruption: only what has to be stored, until the end. */
static bool interrupt(struct rig *rig, struct ph_emv_action *action)
{
	struct ph_emv_event event = {
		.kind = rig->interrupt, .data = rig->interrupt_data, .len = rig->interrupt_len};

	struct ph_emv_action before = *action;
	rig->interrupted = true;
	ph_emv_step(rig->emv, &event, action);
	if (action->kind == PH_EMV_IGNORE) {
		rig->ignored = true;
		*action = before;
		return false;
	}
	trace(rig, action);
	while (action->kind == PH_EMV_NEED_DURABLE) {
		name_of(rig, action);
		event = (struct ph_emv_event){.kind = PH_EMV_DURABLE};
		ph_emv_step(rig->emv, &event, action);
	}
	ck_assert_int_eq(action->kind, PH_EMV_DONE);
	return true;
}

static void end(struct rig *rig, const struct ph_emv_action *action)
{
	struct ph_emv_event event = {.kind = PH_EMV_CARD_OUT};
	struct ph_emv_action after;

	rig->result = action->result;
	ph_emv_receipt(rig->emv, &rig->receipt);
	check_memory(rig);
	ph_emv_step(rig->emv, &event, &after);
	ck_assert_int_eq(after.kind, PH_EMV_IGNORE);
}

void rig_play_lines(struct rig *rig, const struct line *lines, size_t count)
{
	struct bytes atr = rig_bytes(ATR);
	struct ph_emv_event event = {.kind = PH_EMV_CARD_IN, .data = atr.data, .len = atr.len};
	struct ph_emv_action action;
	static struct reply reply;
	size_t at = 0;

	rig->actions = 0;
	rig->interrupted = rig->ignored = false;
	rig->trace.len = 0;
	rig->point[0] = '\0';
	ck_assert_int_eq(ph_emv_start(rig->emv, &rig->transaction), 0);
	ph_emv_step(rig->emv, &event, &action);
	for (;;) {
		trace(rig, &action);
		if (action.kind == PH_EMV_DONE)
			break;
		ck_assert_uint_lt(rig->actions, STEPS);
		ck_assert_msg(
			at < count, "there is more than the script says: action %d", action.kind);
		if (rig->actions++ == rig->interrupt_at && interrupt(rig, &action)) {
			end(rig, &action);
			return;
		}
		follow(rig, &action, &lines[at++], &reply);
		ph_emv_step(rig->emv, &reply.event, &action);
	}
	ck_assert_msg(at == count, "the script goes on with %s", at < count ? lines[at].want : "");
	end(rig, &action);
}

void rig_ended(const struct rig *rig, enum ph_emv_outcome outcome, enum ph_emv_fault fault,
	const char *arc)
{
	char got[3] = {rig->result.arc[0], rig->result.arc[1]};

	ck_assert_msg(rig->result.outcome == outcome && rig->result.fault == fault,
		"outcome %d fault %d: %s", rig->result.outcome, rig->result.fault,
		rig->result.why ? rig->result.why : "-");
	ck_assert_str_eq(got, arc);
	ck_assert_int_eq(rig->result.reverse, !strcmp(rig->point, "reversal"));
	ck_assert_int_eq(rig->result.why == NULL,
		outcome == PH_EMV_APPROVED_ONLINE || outcome == PH_EMV_APPROVED_OFFLINE);
}
