// Reads the profile of a card: JSON, what an application does not say holds for all of them. What the members mean is in
// docs/emulators.md, "Cards".
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/card_internal.h"

#include "card_texts.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct reader {
	const cJSON *root, *app;
	char *why;
};

static int wrong(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(const struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->why, PH_EMU_CARD_WHY_MAX, format, ap);
	va_end(ap);
	return -EINVAL;
}

// ---- members ----

static const cJSON *in(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const cJSON *get(const struct reader *r, const char *name)
{
	const cJSON *own = in(r->app, name);

	return own ? own : in(r->root, name);
}

static const cJSON *inner(const struct reader *r, const char *group, const char *name)
{
	const cJSON *own = in(in(r->app, group), name);

	return own ? own : in(in(r->root, group), name);
}

static const char *text(const cJSON *item, const char *fallback)
{
	return cJSON_IsString(item) ? item->valuestring : fallback;
}

static unsigned number(const cJSON *item, unsigned fallback)
{
	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 99999999)
		return fallback;
	return (unsigned)item->valuedouble;
}

static bool truth(const cJSON *item, bool fallback)
{
	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

static int word(const char *value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], value) == 0)
			return (int)i;
	return -1;
}

// A member that is one of some words.
static int choose(const struct reader *r, const char *name, const char *const *words, size_t count,
	const char *fallback)
{
	const char *value = text(get(r, name), fallback);
	int n = word(value, words, count);

	return n < 0 ? wrong(r, "%s cannot be \"%.40s\"", name, value) : n;
}

// ---- what there may be ----

enum kind { TEXT, HEX, NUMBER, TRUTH, LIST, OBJECT };

struct member {
	const char *name;
	enum kind kind;
};

static const struct member card_members[] = {{"about", TEXT}, {"protocol", TEXT}, {"atr", HEX},
	{"pse", TRUTH}, {"ppse", TRUTH}, {"applications", LIST}};

static const struct member app_members[] = {{"aid", HEX}, {"label", TEXT}, {"preferred_name", TEXT},
	{"code_table", NUMBER}, {"languages", TEXT}, {"priority", NUMBER}, {"confirm", TRUTH},
	{"blocked", TRUTH}, {"range", TEXT}, {"number", NUMBER}, {"digits", NUMBER},
	{"sequence", NUMBER}, {"expiry", HEX}, {"effective", HEX}, {"name", TEXT}, {"country", HEX},
	{"service_code", HEX}, {"currency", HEX}, {"usage_control", HEX}, {"version", HEX},
	{"oda", TEXT}, {"ca", HEX}, {"icc_key", TEXT}, {"issuer_authentication", TEXT},
	{"arpc", TEXT}, {"risk", TRUTH}, {"get_data", TRUTH}, {"cvm", OBJECT}, {"iac", OBJECT},
	{"limits", OBJECT}, {"pdol", HEX}, {"cdol1", HEX}, {"cdol2", HEX}, {"ddol", HEX},
	{"gpo_format", NUMBER}, {"ac_format", NUMBER}, {"first", TEXT}, {"second", TEXT},
	{"unable", TEXT}, {"atc", NUMBER}, {"last_online_atc", NUMBER}, {"pin", TEXT},
	{"pin_tries", NUMBER}, {"leave_out", LIST}, {"faults", OBJECT}};

static const struct member fault_members[] = {{"issuer_hash", TRUTH}, {"icc_hash", TRUTH},
	{"static_tampered", TRUTH}, {"sdad_hash", TRUTH}, {"sdad_cid", TRUTH}, {"higher", TRUTH},
	{"sign_aac", TRUTH}, {"pin_stuck", TRUTH}, {"issuer_expiry", HEX}, {"icc_expiry", HEX},
	{"issuer_id", HEX}, {"issuer_serial", HEX}, {"certificate_pan", TEXT}, {"gpo_status", HEX},
	{"script_status", HEX}, {"twice", HEX}, {"overlong", HEX}, {"truncate", NUMBER},
	{"deep", NUMBER}, {"template", HEX}, {"afl", HEX}, {"df_name", HEX}, {"endless_next", TEXT},
	{"card_blocked", TRUTH}, {"pse_rubbish", TRUTH}, {"mute_at", NUMBER},
	{"removed_at", NUMBER}, {"random_at", NUMBER}, {"short_at", NUMBER}, {"delay_ms", NUMBER},
	{"delay_at", NUMBER}, {"chunk", NUMBER}, {"endless_61", TRUTH}, {"endless_6c", TRUTH}};

static const struct member *member(const struct member *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static bool is_kind(const cJSON *item, enum kind kind)
{
	uint8_t bytes[CARD_VALUE_MAX];

	switch (kind) {
	case TEXT:
		return cJSON_IsString(item);
	case HEX:
		return cJSON_IsString(item) &&
		       card_hex(item->valuestring, bytes, sizeof bytes) >= 0;
	case NUMBER:
		return cJSON_IsNumber(item);
	case TRUTH:
		return cJSON_IsBool(item);
	case LIST:
		return cJSON_IsArray(item);
	case OBJECT:
		return cJSON_IsObject(item);
	}
	return false;
}

static int check(const struct reader *r, const cJSON *object, bool of_card)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		const struct member *m = member(app_members, COUNT(app_members), item->string);
		if (!m && of_card)
			m = member(card_members, COUNT(card_members), item->string);
		if (!m || !is_kind(item, m->kind))
			return wrong(r, "%.60s: no such member, or not of this form", item->string);
	}
	cJSON_ArrayForEach(item, in(object, "faults"))
	{
		const struct member *m = member(fault_members, COUNT(fault_members), item->string);
		if (!m || !is_kind(item, m->kind))
			return wrong(r, "faults.%.60s: no such fault, or not of this form",
				item->string);
	}
	return 0;
}

// ---- account number ----

static char luhn(const char *digits)
{
	unsigned sum = 0;
	size_t len = strlen(digits);

	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(digits[len - 1 - i] - '0');
		if (i % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

/* Ranges schemes and processors publish test numbers of; nobody has an account there. */
static const char *const ranges[] = {"47617390", "47613400", "54133300", "37828224", "12345600"};

static int make_pan(const struct reader *r, uint32_t serial, struct card_app *app)
{
	const char *range = text(get(r, "range"), "");
	unsigned digits = number(get(r, "digits"), 16);
	unsigned n = serial == PH_EMU_CARD_OWN_NUMBER ? number(get(r, "number"), 0) : serial;

	if (word(range, ranges, COUNT(ranges)) < 0)
		return wrong(r, "range is not one of test numbers");
	if (digits < 13 || digits > 19)
		return wrong(r, "digits is 13 to 19");
	unsigned width = digits - 9, most = 1;
	for (unsigned i = 0; i < width && i < 7; i++)
		most *= 10;
	snprintf(app->pan, sizeof app->pan, "%s%0*u", range, (int)width, n % most);
	char check_digit[2] = {luhn(app->pan), 0};
	memcpy(app->pan + digits - 1, check_digit, 2);
	return 0;
}

static int set_account(const struct reader *r, struct card_app *app)
{
	char track[40];
	uint8_t bytes[20];
	const char *expiry = text(get(r, "expiry"), "301231");
	const char *service = text(get(r, "service_code"), "0201");
	size_t len = strlen(app->pan);

	if (strlen(expiry) != 6 || strlen(service) != 4)
		return wrong(r, "expiry has 6 digits, service_code 4");
	snprintf(track, sizeof track, "%s%s", app->pan, len % 2 ? "F" : "");
	long n = card_hex(track, bytes, sizeof bytes);
	if (n < 0 || card_set(app, 0x5a, bytes, (size_t)n) < 0)
		return -EINVAL;
	int total = snprintf(track, sizeof track, "%sD%.4s%s00000", app->pan, expiry, service + 1);
	if (total % 2)
		memcpy(track + total, "F", 2);
	n = card_hex(track, bytes, sizeof bytes);
	return n < 0 ? -EINVAL : card_set(app, 0x57, bytes, (size_t)n);
}

// ---- objects ----

static const struct {
	const char *name;
	uint32_t tag;
	const char *fallback; /* NULL: absent then */
} hex_objects[] = {
	{"expiry", 0x5f24, "301231"},
	{"effective", 0x5f25, "240101"},
	{"country", 0x5f28, "0276"},
	{"service_code", 0x5f30, "0201"},
	{"usage_control", 0x9f07, "FF80"},
	{"version", 0x9f08, NULL},
	{"currency", 0x9f42, "0978"},
	{"ca", 0x8f, "FE"},
	{"pdol", 0x9f38, NULL},
	{"cdol1", 0x8c, "9F02069F03069F1A0295055F2A029A039C019F37049F3501"},
	{"cdol2", 0x8d, NULL},
	{"ddol", 0x9f49, "9F3704"},
};

static int set_hex(struct card_app *app, uint32_t tag, const char *value)
{
	uint8_t bytes[CARD_VALUE_MAX];
	long n = card_hex(value, bytes, sizeof bytes);

	return n < 0 ? -EINVAL : card_set(app, tag, bytes, (size_t)n);
}

static int set_objects(const struct reader *r, struct card_app *app)
{
	static const struct {
		const char *name, *fallback;
		uint32_t tag;
	} codes[] = {{"default", "FC70BC9800", 0x9f0d}, {"denial", "0000000000", 0x9f0e},
		{"online", "FC70BCF800", 0x9f0f}};
	int e = 0;

	for (size_t i = 0; i < COUNT(hex_objects) && e == 0; i++) {
		const char *value = text(get(r, hex_objects[i].name), hex_objects[i].fallback);
		if (value)
			e = set_hex(app, hex_objects[i].tag, value);
	}
	for (size_t i = 0; i < COUNT(codes) && e == 0; i++)
		e = set_hex(
			app, codes[i].tag, text(inner(r, "iac", codes[i].name), codes[i].fallback));
	if (e == 0 && !card_find(app, 0x8d))
		e = set_hex(app, 0x8d,
			app->auth == CARD_AUTH_CDOL2
				? "910A8A029F02069F03069F1A0295055F2A029A039C019F3704"
				: "8A029F02069F03069F1A0295055F2A029A039C019F3704");
	const char *name = text(get(r, "name"), "TEST/CARD");
	if (e == 0)
		e = card_set(app, 0x5f20, name, strlen(name));
	if (e == 0)
		e = card_set(app, 0x5f34, (uint8_t[]){(uint8_t)app->sequence}, 1);
	if (e == 0)
		e = card_set(app, 0x9f44, (uint8_t[]){2}, 1);
	return e;
}

static int set_limits(const struct reader *r, struct card_app *app)
{
	const cJSON *lower = inner(r, "limits", "lower"), *upper = inner(r, "limits", "upper");
	int e = 0;

	if (lower)
		e = card_set(app, 0x9f14, (uint8_t[]){(uint8_t)number(lower, 0)}, 1);
	if (upper && e == 0)
		e = card_set(app, 0x9f23, (uint8_t[]){(uint8_t)number(upper, 0)}, 1);
	return e;
}

// ---- cardholder verification ----

struct code {
	const char *word;
	uint8_t code;
};

static const struct code methods[] = {{"fail", 0x00}, {"pin-plain", 0x01}, {"pin-online", 0x02},
	{"pin-plain-signature", 0x03}, {"pin-enciphered", 0x04}, {"pin-enciphered-signature", 0x05},
	{"signature", 0x1e}, {"none", 0x1f}};
static const struct code conditions[] = {{"always", 0x00}, {"unattended-cash", 0x01},
	{"not-cash", 0x02}, {"supported", 0x03}, {"manual-cash", 0x04}, {"cashback", 0x05},
	{"under-x", 0x06}, {"over-x", 0x07}, {"under-y", 0x08}, {"over-y", 0x09}};

static int find_code(const struct code *codes, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(codes[i].word, name) == 0)
			return codes[i].code;
	return -1;
}

// "signature supported next", or two bytes in hexadecimal
static bool parse_rule(const char *rule, uint8_t out[2])
{
	char method[32], condition[32], next[8] = "";

	if (strlen(rule) == 4 && card_hex(rule, out, 2) == 2)
		return true;
	if (sscanf(rule, "%31s %31s %7s", method, condition, next) < 2)
		return false;
	int m = find_code(methods, COUNT(methods), method);
	int c = find_code(conditions, COUNT(conditions), condition);
	if (m < 0 || c < 0 || (next[0] && strcmp(next, "next") != 0))
		return false;
	out[0] = (uint8_t)(m | (next[0] ? 0x40 : 0));
	out[1] = (uint8_t)c;
	return true;
}

static int set_cvm(const struct reader *r, struct card_app *app)
{
	const cJSON *rules = inner(r, "cvm", "rules"), *rule;
	uint8_t list[CARD_VALUE_MAX] = {0};
	unsigned x = number(inner(r, "cvm", "x"), 0), y = number(inner(r, "cvm", "y"), 0);
	size_t len = 8;

	app->cvm_supported = truth(inner(r, "cvm", "supported"), true);
	for (unsigned i = 0; i < 4; i++) {
		list[i] = (uint8_t)(x >> (24 - 8 * i));
		list[4 + i] = (uint8_t)(y >> (24 - 8 * i));
	}
	cJSON_ArrayForEach(rule, rules)
	{
		if (len + 2 > sizeof list || !parse_rule(text(rule, ""), list + len))
			return wrong(r, "cvm.rules: \"%.60s\"", text(rule, "?"));
		len += 2;
	}
	if (!rules) {
		static const uint8_t usual[] = {0x5e, 0x03, 0x1f, 0x00};
		memcpy(list + len, usual, sizeof usual);
		len += sizeof usual;
	}
	return app->cvm_supported ? card_set(app, 0x8e, list, len) : 0;
}

// ---- faults ----

static const cJSON *fault(const struct reader *r, const char *name)
{
	return inner(r, "faults", name);
}

static bool fault_bytes(const struct reader *r, const char *name, uint8_t *out, size_t len)
{
	return card_hex(text(fault(r, name), "x"), out, len) == (long)len;
}

static uint32_t fault_tag(const struct reader *r, const char *name)
{
	const char *value = text(fault(r, name), "");

	return (uint32_t)strtoul(value, NULL, 16);
}

static void read_app_faults(const struct reader *r, struct card_app_faults *f)
{
	static const char *const endless[] = {"", "same", "counting"};
	long n;

	f->issuer_hash = truth(fault(r, "issuer_hash"), false);
	f->icc_hash = truth(fault(r, "icc_hash"), false);
	f->static_tampered = truth(fault(r, "static_tampered"), false);
	f->sdad_hash = truth(fault(r, "sdad_hash"), false);
	f->sdad_cid = truth(fault(r, "sdad_cid"), false);
	f->higher = truth(fault(r, "higher"), false);
	f->sign_aac = truth(fault(r, "sign_aac"), false);
	f->pin_stuck = truth(fault(r, "pin_stuck"), false);
	f->has_issuer_expiry = fault_bytes(r, "issuer_expiry", f->issuer_expiry, 2);
	f->has_icc_expiry = fault_bytes(r, "icc_expiry", f->icc_expiry, 2);
	f->has_issuer_id = fault_bytes(r, "issuer_id", f->issuer_id, 4);
	f->has_issuer_serial = fault_bytes(r, "issuer_serial", f->issuer_serial, 3);
	snprintf(f->certificate_pan, sizeof f->certificate_pan, "%s",
		text(fault(r, "certificate_pan"), ""));
	f->gpo_status = (uint16_t)fault_tag(r, "gpo_status");
	f->script_status = (uint16_t)fault_tag(r, "script_status");
	f->twice = fault_tag(r, "twice");
	f->overlong = fault_tag(r, "overlong");
	f->template = (uint8_t)fault_tag(r, "template");
	f->truncate = number(fault(r, "truncate"), 0) % 128;
	f->deep = number(fault(r, "deep"), 0);
	n = card_hex(text(fault(r, "afl"), ""), f->afl, sizeof f->afl);
	f->afl_len = n > 0 ? (size_t)n : 0;
	n = card_hex(text(fault(r, "df_name"), ""), f->df_name, sizeof f->df_name);
	f->df_name_len = n > 0 ? (size_t)n : 0;
	int e = word(text(fault(r, "endless_next"), ""), endless, COUNT(endless));
	f->endless_next = e < 0 ? CARD_ENDS : (enum card_endless)e;
}

static void read_card_faults(const struct reader *r, struct ph_emu_card *card)
{
	card->blocked = truth(fault(r, "card_blocked"), false);
	card->pse_rubbish = truth(fault(r, "pse_rubbish"), false);
	card->mute_at = number(fault(r, "mute_at"), 0);
	card->removed_at = number(fault(r, "removed_at"), 0);
	card->random_at = number(fault(r, "random_at"), 0);
	card->short_at = number(fault(r, "short_at"), 0);
	card->delay_ms = number(fault(r, "delay_ms"), 0);
	card->delay_at = number(fault(r, "delay_at"), 0);
	card->chunk = number(fault(r, "chunk"), 0);
	card->endless_61 = truth(fault(r, "endless_61"), false);
	card->endless_6c = truth(fault(r, "endless_6c"), false);
}

// ---- an application ----

static int read_words(const struct reader *r, struct card_app *app)
{
	static const char *const odas[] = {"none", "sda", "dda", "cda"};
	static const char *const auths[] = {"none", "external", "cdol2"};
	static const char *const arpcs[] = {"either", "arc", "csu"};
	static const char *const types[] = {"aac", "arqc", "tc", "rfu"};
	static const char *const keys[] = {"usual", "short"};
	int oda = choose(r, "oda", odas, COUNT(odas), "none");
	int auth = choose(r, "issuer_authentication", auths, COUNT(auths), "none");
	int arpc = choose(r, "arpc", arpcs, COUNT(arpcs), "either");
	int first = choose(r, "first", types, COUNT(types), "arqc");
	int second = choose(r, "second", types, COUNT(types), "tc");
	int unable = choose(r, "unable", types, COUNT(types), "tc");
	int key = choose(r, "icc_key", keys, COUNT(keys), "usual");

	if (oda < 0 || auth < 0 || arpc < 0 || first < 0 || second < 0 || unable < 0 || key < 0)
		return -EINVAL;
	app->oda = (enum card_oda)oda;
	app->auth = (enum card_auth)auth;
	app->arpc = (enum card_arpc)arpc;
	app->first = (enum card_type)first;
	app->second = (enum card_type)second;
	app->unable = (enum card_type)unable;
	app->icc_key = key ? CARD_KEY_SHORT_ICC : CARD_KEY_ICC;
	return 0;
}

static int read_names(const struct reader *r, struct card_app *app)
{
	long n = card_hex(text(get(r, "aid"), ""), app->aid, sizeof app->aid);

	if (n < 5)
		return wrong(r, "aid has 5 to 16 bytes");
	app->aid_len = (size_t)n;
	snprintf(app->label, sizeof app->label, "%s", text(get(r, "label"), "TEST"));
	snprintf(app->preferred_name, sizeof app->preferred_name, "%s",
		text(get(r, "preferred_name"), ""));
	snprintf(app->languages, sizeof app->languages, "%s", text(get(r, "languages"), "deen"));
	snprintf(app->pin, sizeof app->pin, "%s", text(get(r, "pin"), ""));
	app->code_table = number(get(r, "code_table"), 0) % 16;
	app->priority = number(get(r, "priority"), 1) % 16;
	app->sequence = number(get(r, "sequence"), 1) % 100;
	app->confirm = truth(get(r, "confirm"), false);
	app->blocked = truth(get(r, "blocked"), false);
	app->risk = truth(get(r, "risk"), true);
	app->get_data = truth(get(r, "get_data"), true);
	app->gpo_format = number(get(r, "gpo_format"), 2);
	app->ac_format = number(get(r, "ac_format"), 2);
	app->atc = (uint16_t)number(get(r, "atc"), 0);
	app->last_online_atc = (uint16_t)number(get(r, "last_online_atc"), 0);
	app->pin_tries = app->pin_limit = number(get(r, "pin_tries"), 3) % 16;
	if (app->pin_limit == 0)
		app->pin_limit = 3;
	return 0;
}

// Source: EMV Book 3, annex C1.
static void make_aip(struct card_app *app)
{
	static const uint8_t oda[] = {[CARD_ODA_NONE] = 0,
		[CARD_ODA_SDA] = 0x40,
		[CARD_ODA_DDA] = 0x20,
		[CARD_ODA_CDA] = 0x21};

	app->aip[0] =
		(uint8_t)(oda[app->oda] | (app->cvm_supported ? 0x10 : 0) | (app->risk ? 0x08 : 0) |
			  (app->auth == CARD_AUTH_EXTERNAL ? 0x04 : 0));
}

static int finish_app(const struct reader *r, struct card_app *app)
{
	const cJSON *item;

	make_aip(app);
	if (app->oda == CARD_ODA_NONE)
		card_remove(app, 0x8f);
	else if (card_set(app, 0x9f4a, (uint8_t[]){0x82}, 1) < 0)
		return -EINVAL;
	if (app->oda == CARD_ODA_NONE || app->oda == CARD_ODA_SDA)
		card_remove(app, 0x9f49);
	int e = card_build(app);
	cJSON_ArrayForEach(item, get(r, "leave_out"))
	{
		card_remove(app, (uint32_t)strtoul(text(item, ""), NULL, 16));
	}
	if (e == 0)
		e = card_build_files(app);
	return e < 0 ? wrong(r, "what the profile names has no room on the card") : 0;
}

static int read_app(const struct reader *r, uint32_t serial, struct card_app *app)
{
	int e = read_names(r, app);

	if (e == 0)
		e = read_words(r, app);
	if (e == 0)
		e = make_pan(r, serial, app);
	if (e < 0)
		return e;
	read_app_faults(r, &app->faults);
	if (set_account(r, app) < 0 || set_objects(r, app) < 0 || set_limits(r, app) < 0)
		return wrong(r, "a value is too long");
	if ((e = set_cvm(r, app)) < 0)
		return e;
	if (ph_emu_card_key(ph_emu_issuer_master_key, app->pan, app->sequence, app->master) < 0)
		return wrong(r, "the card's key cannot be made");
	return finish_app(r, app);
}

// ---- the card ----

// Source of the answers to reset: EMV 4.3 Book 1, 8.2.
static int read_atr(const struct reader *r, struct ph_emu_card *card)
{
	static const char *const protocols[] = {"t0", "t1"};
	static const uint8_t t0[] = {0x3b, 0x60, 0x00, 0x00};
	static const uint8_t t1[] = {0x3b, 0xe0, 0x00, 0x00, 0x81, 0x31, 0x20, 0x45, 0x35};
	int protocol = choose(r, "protocol", protocols, COUNT(protocols), "t1");
	const char *atr = text(in(r->root, "atr"), NULL);

	if (protocol < 0)
		return protocol;
	card->t0 = protocol == 0;
	card->atr_len = card->t0 ? sizeof t0 : sizeof t1;
	memcpy(card->atr, card->t0 ? t0 : t1, card->atr_len);
	if (!atr)
		return 0;
	long n = card_hex(atr, card->atr, sizeof card->atr);
	if (n < 1)
		return wrong(r, "atr has 1 to 33 bytes");
	card->atr_len = (size_t)n;
	return 0;
}

static int read_card(struct reader *r, uint32_t serial, struct ph_emu_card *card)
{
	const cJSON *apps = in(r->root, "applications"), *app;
	int e = check(r, r->root, true);

	if (e == 0)
		e = read_atr(r, card);
	if (e < 0)
		return e;
	card->pse = truth(in(r->root, "pse"), true);
	card->ppse = truth(in(r->root, "ppse"), false);
	read_card_faults(r, card);
	if (!apps) {
		card->app_count = 1;
		return read_app(r, serial, &card->apps[0]);
	}
	cJSON_ArrayForEach(app, apps)
	{
		if (card->app_count == CARD_APPLICATIONS || !cJSON_IsObject(app))
			return wrong(r, "applications are 1 to %d objects", CARD_APPLICATIONS);
		r->app = app;
		e = check(r, app, false);
		if (e == 0)
			e = read_app(r, serial, &card->apps[card->app_count++]);
		if (e < 0)
			return e;
	}
	return card->app_count ? 0 : wrong(r, "no application");
}

int ph_emu_card_new(const char *profile, uint32_t number_, struct ph_emu_card **ret_card,
	char why[PH_EMU_CARD_WHY_MAX])
{
	struct reader r = {.root = cJSON_Parse(profile), .why = why};
	struct ph_emu_card *card = calloc(1, sizeof *card);
	int e = -ENOMEM;

	if (number_ > PH_EMU_CARD_NUMBER_MAX && number_ != PH_EMU_CARD_OWN_NUMBER)
		e = wrong(&r, "a number has at most 7 digits");
	else if (!cJSON_IsObject(r.root))
		e = wrong(&r, "a profile is a JSON object");
	else if (card)
		e = read_card(&r, number_, card);
	cJSON_Delete((cJSON *)r.root);
	if (e < 0) {
		ph_emu_card_free(card);
		return e;
	}
	*ret_card = card;
	return 0;
}

const char *ph_emu_card_profile(const char *name)
{
	for (size_t i = 0; i < COUNT(card_texts); i++)
		if (strcmp(card_texts[i].name, name) == 0)
			return card_texts[i].text;
	return NULL;
}

const char *ph_emu_card_profile_name(size_t n)
{
	return n < COUNT(card_texts) ? card_texts[n].name : NULL;
}
