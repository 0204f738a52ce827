// The card's files: selection, records, processing options and single data.
#include <string.h>

#include "emulators/models/card_internal.h"

static const char pse_name[] = "1PAY.SYS.DDF01";
static const char ppse_name[] = "2PAY.SYS.DDF01";
#define PSE_LEN (sizeof pse_name - 1)

static void put_text(struct card_out *out, uint32_t tag, const char *text)
{
	if (*text)
		card_put_tlv(out, tag, text, strlen(text));
}

static void put_priority(struct card_out *out, const struct card_app *app)
{
	card_put_tlv(
		out, 0x87, (uint8_t[]){(uint8_t)(app->priority | (app->confirm ? 0x80 : 0))}, 1);
}

static void put_entry(struct card_out *out, const struct card_app *app)
{
	uint8_t value[128];
	struct card_out entry = {.data = value, .size = sizeof value};

	card_put_tlv(&entry, 0x4f, app->aid, app->aid_len);
	put_text(&entry, 0x50, app->label);
	put_text(&entry, 0x9f12, app->preferred_name);
	put_priority(&entry, app);
	card_put_tlv(out, 0x61, value, entry.len);
}

// ---- SELECT ----

static void put_fci(
	struct card_answer *a, const struct card_bytes *name, const struct card_out *prop)
{
	uint8_t value[256];
	struct card_out fci = {.data = value, .size = sizeof value};

	card_put_tlv(&fci, 0x84, name->data, name->len);
	card_put_tlv(&fci, 0xa5, prop->data, prop->len);
	card_put_tlv(&a->out, 0x6f, value, fci.len);
}

static void select_directory(struct ph_emu_card *card, struct card_answer *a, bool contactless)
{
	uint8_t value[240], entries[230];
	struct card_out prop = {.data = value, .size = sizeof value};
	struct card_out list = {.data = entries, .size = sizeof entries};
	struct card_bytes name = {(const uint8_t *)(contactless ? ppse_name : pse_name), PSE_LEN};

	memset(&card->session, 0, sizeof card->session);
	card->session.directory = !contactless;
	for (size_t i = 0; contactless && i < card->app_count; i++)
		put_entry(&list, &card->apps[i]);
	if (contactless)
		card_put_tlv(&prop, 0xbf0c, entries, list.len);
	else
		card_put_tlv(&prop, 0x88, (uint8_t[]){1}, 1);
	put_fci(a, &name, &prop);
}

/* The name it says it has: with the fault of endless names another one each time. */
static void put_name(
	const struct ph_emu_card *card, const struct card_app *app, uint8_t *name, size_t *ret_len)
{
	const struct card_app_faults *f = &app->faults;

	memcpy(name, f->df_name_len ? f->df_name : app->aid, CARD_AID_MAX);
	*ret_len = f->df_name_len ? f->df_name_len : app->aid_len;
	if (f->endless_next == CARD_ENDLESS_COUNTING)
		name[*ret_len - 1] = (uint8_t)(name[*ret_len - 1] + card->session.nexts);
}

static void answer_app(struct ph_emu_card *card, struct card_answer *a)
{
	const struct card_app *app = card->session.app;
	uint8_t value[200], name[CARD_AID_MAX];
	struct card_out prop = {.data = value, .size = sizeof value};
	struct card_bytes pdol = card_value(app, 0x9f38), df = {.data = name};

	put_text(&prop, 0x50, app->label);
	put_priority(&prop, app);
	if (pdol.len)
		card_put_tlv(&prop, 0x9f38, pdol.data, pdol.len);
	put_text(&prop, 0x5f2d, app->languages);
	if (app->code_table)
		card_put_tlv(&prop, 0x9f11, (uint8_t[]){(uint8_t)app->code_table}, 1);
	put_text(&prop, 0x9f12, app->preferred_name);
	put_name(card, app, name, &df.len);
	put_fci(a, &df, &prop);
	if (app->blocked)
		a->status = 0x6283;
}

static bool name_fits(const struct card_app *app, const struct card_command *c)
{
	size_t fixed = app->aid_len;

	if (app->faults.endless_next == CARD_ENDLESS_COUNTING && c->len == app->aid_len)
		fixed--; /* whatever name it has said before is good */
	if (c->len < 5 || c->len > app->aid_len)
		return false;
	return memcmp(app->aid, c->data, c->len < fixed ? c->len : fixed) == 0;
}

static bool name_is(const struct card_command *c, const char *name)
{
	return c->len == PSE_LEN && memcmp(c->data, name, PSE_LEN) == 0;
}

static void select_app(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	bool next = c->p2 == 0x02;
	unsigned nexts = next ? card->session.nexts + 1 : 0;
	size_t from = next && card->session.app ? card->session.selected + 1 : 0;
	struct card_app *endless = card->session.app;

	if (next && endless && endless->faults.endless_next != CARD_ENDS)
		from = card->session.selected;
	while (from < card->app_count && !name_fits(&card->apps[from], c))
		from++;
	if (from == card->app_count) {
		a->status = 0x6a82;
		return;
	}
	memset(&card->session, 0, sizeof card->session);
	card->session.app = &card->apps[from];
	card->session.selected = from;
	card->session.nexts = nexts;
	if (!next && c->len == card->apps[from].aid_len) /* a name said before */
		card->session.nexts =
			(uint8_t)(c->data[c->len - 1] - card->apps[from].aid[c->len - 1]);
	answer_app(card, a);
}

void card_select(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	if (card->blocked)
		a->status = 0x6a81;
	else if (c->p1 != 0x04 || (c->p2 != 0x00 && c->p2 != 0x02))
		a->status = 0x6a86;
	else if (card->pse && name_is(c, pse_name))
		select_directory(card, a, false);
	else if (card->ppse && name_is(c, ppse_name))
		select_directory(card, a, true);
	else
		select_app(card, c, a);
}

// ---- READ RECORD ----

static void read_directory(
	const struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	static const uint8_t rubbish[] = {0x70, 0x05, 0x61, 0x20, 0x4f, 0x07, 0xa0};
	uint8_t value[128];
	struct card_out entry = {.data = value, .size = sizeof value};

	if (c->p2 >> 3 != 1 || c->p1 < 1 || c->p1 > card->app_count) {
		a->status = 0x6a83;
		return;
	}
	if (card->pse_rubbish) {
		card_put(&a->out, rubbish, sizeof rubbish);
		return;
	}
	put_entry(&entry, &card->apps[c->p1 - 1]);
	card_put_tlv(&a->out, 0x70, value, entry.len);
}

void card_read_record(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	const struct card_app *app = card->session.app;

	if ((c->p2 & 7) != 4)
		a->status = 0x6a86;
	else if (card->session.directory)
		read_directory(card, c, a);
	else if (!app)
		a->status = 0x6985;
	if (a->status != 0x9000 || !app)
		return;
	for (size_t i = 0; i < app->record_count; i++)
		if (app->records[i].sfi == c->p2 >> 3 && app->records[i].number == c->p1) {
			card_put(&a->out, app->records[i].data, app->records[i].len);
			return;
		}
	a->status = 0x6a83;
}

// ---- GET PROCESSING OPTIONS, GET DATA ----

/* Whether the data are template 83 with what the PDOL asks for. */
static bool takes_options(struct ph_emu_card *card, const struct card_command *c)
{
	struct card_session *s = &card->session;
	struct card_bytes pdol = card_value(s->app, 0x9f38);
	size_t size = card_dol_size(&pdol);

	if (c->len != size + 2 || size > 127 || c->data[0] != 0x83 || c->data[1] != size)
		return false;
	memcpy(s->pdol, c->data + 2, size);
	s->pdol_len = size;
	return true;
}

void card_processing_options(
	struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	struct card_session *s = &card->session;
	struct card_app *app = s->app;
	uint8_t value[CARD_VALUE_MAX];
	struct card_out out = {.data = value, .size = sizeof value};

	if (!app || s->ready || app->blocked || app->atc == 0xffff)
		a->status = 0x6985;
	else if (app->faults.gpo_status)
		a->status = app->faults.gpo_status;
	else if (!takes_options(card, c))
		a->status = 0x6700;
	if (a->status != 0x9000)
		return;
	struct card_bytes afl = card_value(app, 0x94);
	s->ready = true;
	app->atc++;
	if (app->gpo_format == 1) {
		card_put(&out, app->aip, 2);
		card_put(&out, afl.data, afl.len);
		card_put_tlv(&a->out, 0x80, value, out.len);
		return;
	}
	card_put_tlv(&out, 0x82, app->aip, 2);
	card_put_tlv(&out, 0x94, afl.data, afl.len);
	card_put_tlv(&a->out, 0x77, value, out.len);
}

void card_get_data(struct ph_emu_card *card, const struct card_command *c, struct card_answer *a)
{
	const struct card_app *app = card->session.app;
	unsigned tag = (unsigned)c->p1 << 8 | c->p2;

	if (!app)
		a->status = 0x6985;
	else if (tag == 0x9f36 && app->get_data)
		card_put_tlv(
			&a->out, tag, (uint8_t[]){(uint8_t)(app->atc >> 8), (uint8_t)app->atc}, 2);
	else if (tag == 0x9f13 && app->get_data)
		card_put_tlv(&a->out, tag,
			(uint8_t[]){(uint8_t)(app->last_online_atc >> 8),
				(uint8_t)app->last_online_atc},
			2);
	else if (tag == 0x9f17 && app->pin[0])
		card_put_tlv(&a->out, tag, (uint8_t[]){(uint8_t)app->pin_tries}, 1);
	else
		a->status = 0x6a88;
}
