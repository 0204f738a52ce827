// Which application of the card is used: directory, list of names, choice, final selection. Source: EMV Book 1, 12.
#include "protocols/emv/kernel_internal.h"

#include <stdio.h>
#include <string.h>

#define PSE		 "1PAY.SYS.DDF01"
#define PRIORITY_NONE	 16
#define PRIORITY_MASK	 0x0f
#define PRIORITY_CONFIRM 0x80
#define SFI_MAX		 10

/* What an FCI says. */
struct fci {
	struct ph_bytes name, proprietary;
};

static struct ph_bytes find(struct ph_bytes in, uint32_t tag)
{
	struct ph_tlv object;

	if (ph_tlv_find(in.data, in.len, tag, &object) < 0)
		return (struct ph_bytes){NULL, 0};
	return (struct ph_bytes){object.value, object.len};
}

/* False: it is not formed as Book 1, tables 43 and 45 say. The proprietary template may be absent. */
static bool read_fci(const struct ph_emv_reply *reply, struct fci *ret_fci)
{
	const struct ph_bytes all = {reply->data, reply->len};

	if (ph_tlv_check(reply->data, reply->len) < 0)
		return false;
	struct ph_bytes fci = find(all, PH_TAG_FCI);
	*ret_fci = (struct fci){.name = find(fci, PH_TAG_DF_NAME),
		.proprietary = find(fci, PH_TAG_FCI_PROPRIETARY)};
	return ret_fci->name.len >= PH_AID_MIN && ret_fci->name.len <= PH_EMV_NAME_MAX;
}

static bool same(struct ph_bytes a, const void *b, size_t len)
{
	return a.len == len && !memcmp(a.data, b, len);
}

static bool begins(struct ph_bytes name, const struct ph_emv_application *application)
{
	return name.len >= application->aid_len &&
	       !memcmp(name.data, application->aid, application->aid_len);
}

static void send_select(
	struct ph_emv *emv, enum ph_emv_state state, struct ph_bytes name, bool next)
{
	if (++emv->work.selection.selects > PH_EMV_SELECTS_MAX) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "the card answers SELECT without an end");
		return;
	}
	ph_emv_send(
		emv, state, ph_apdu_select(name.data, name.len, next, emv->work.hidden_command));
}

static void name_in_hex(struct ph_emv_candidate *candidate)
{
	for (unsigned i = 0; i < candidate->len; i++)
		snprintf(candidate->text + 2 * (size_t)i, 3, "%02X", candidate->name[i]);
}

/* Priority and text, from a directory entry or the template of an FCI. */
static void describe(const struct ph_emv *emv, struct ph_bytes from, struct ph_emv_candidate *ret)
{
	struct ph_bytes priority = find(from, PH_TAG_PRIORITY);
	struct ph_bytes table = find(from, PH_TAG_CODE_TABLE);
	uint8_t indicator = priority.len == 1 ? *(const uint8_t *)priority.data : 0;
	unsigned code_table =
		table.len == 1 ? *(const uint8_t *)table.data : emv->work.selection.code_table;

	ret->confirm = indicator & PRIORITY_CONFIRM;
	ret->priority = indicator & PRIORITY_MASK ? indicator & PRIORITY_MASK : PRIORITY_NONE;
	ret->labelled = ph_emv_label(&emv->parameters->terminal, code_table,
		find(from, PH_TAG_PREFERRED_NAME), find(from, PH_TAG_LABEL), ret->text);
	if (!ret->labelled)
		name_in_hex(ret);
}

/* Adds an application, or finds it there already: then the longer name of the terminal decides. */
static void add(struct ph_emv *emv, struct ph_bytes name, struct ph_bytes from, unsigned row)
{
	struct ph_emv_selection *s = &emv->work.selection;
	const struct ph_emv_application *rows = emv->parameters->applications;

	for (unsigned i = 0; i < s->count; i++) {
		struct ph_emv_candidate *c = &s->candidates[i];
		if (!same(name, c->name, c->len))
			continue;
		if (rows[row].aid_len > rows[c->row].aid_len)
			c->row = (uint8_t)row;
		return;
	}
	if (s->count == PH_EMV_CANDIDATES_MAX)
		return;
	struct ph_emv_candidate *c = &s->candidates[s->count++];
	*c = (struct ph_emv_candidate){.len = (uint8_t)name.len, .row = (uint8_t)row};
	memcpy(c->name, name.data, name.len);
	describe(emv, from, c);
}

void ph_emv_select(struct ph_emv *emv)
{
	send_select(emv, PH_EMV_STATE_PSE, (struct ph_bytes){PSE, strlen(PSE)}, false);
}

/* List of names: Book 1, 12.3.3. */
static void list_select(struct ph_emv *emv)
{
	struct ph_emv_selection *s = &emv->work.selection;

	if (s->row >= emv->parameters->application_count) {
		ph_emv_choose(emv);
		return;
	}
	const struct ph_emv_application *row = &emv->parameters->applications[s->row];
	send_select(emv, PH_EMV_STATE_LIST, (struct ph_bytes){row->aid, row->aid_len}, s->next > 0);
}

static void list_begin(struct ph_emv *emv)
{
	struct ph_emv_selection *s = &emv->work.selection;

	s->count = s->row = s->next = s->code_table = 0;
	s->last_len = 0;
	list_select(emv);
}

static void list_next_row(struct ph_emv *emv)
{
	struct ph_emv_selection *s = &emv->work.selection;

	s->row++;
	s->next = 0;
	s->last_len = 0;
	list_select(emv);
}

static bool is_warning(unsigned status)
{
	return status >> 8 == 0x62 || status >> 8 == 0x63;
}

/* A name that comes again: the card goes round in circles. */
static bool seen(const struct ph_emv_selection *s, struct ph_bytes name)
{
	for (unsigned i = 0; s->next && i < s->count; i++)
		if (same(name, s->candidates[i].name, s->candidates[i].len))
			return true;
	return s->next && same(name, s->last, s->last_len);
}

void ph_emv_on_list(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_selection *s = &emv->work.selection;
	const struct ph_emv_application *row = &emv->parameters->applications[s->row];
	bool usable = reply->status == PH_SW_OK;
	struct fci fci;

	if (reply->status == PH_SW_BLOCKED && !s->next) {
		ph_emv_fail(emv, PH_EMV_FAULT_BLOCKED, "the card is blocked");
		return;
	}
	if ((!usable && !is_warning(reply->status)) || !read_fci(reply, &fci) ||
		!begins(fci.name, row) || seen(s, fci.name)) {
		list_next_row(emv);
		return;
	}
	bool exact = fci.name.len == row->aid_len;
	if (usable && (exact || row->partial))
		add(emv, fci.name, fci.proprietary, s->row);
	if (exact || s->next == PH_EMV_NEXT_MAX) {
		list_next_row(emv);
		return;
	}
	memcpy(s->last, fci.name.data, fci.name.len);
	s->last_len = fci.name.len;
	s->next++;
	list_select(emv);
}

static void read_directory(struct ph_emv *emv)
{
	const struct ph_emv_selection *s = &emv->work.selection;

	ph_emv_send(emv, PH_EMV_STATE_DIRECTORY,
		ph_apdu_read_record(s->sfi, s->record, emv->work.hidden_command));
}

/* The directory: Book 1, 12.3.2. */
void ph_emv_on_pse(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_selection *s = &emv->work.selection;
	struct fci fci;

	if (reply->status == PH_SW_BLOCKED) {
		ph_emv_fail(emv, PH_EMV_FAULT_BLOCKED, "the card is blocked");
		return;
	}
	if (reply->status != PH_SW_OK || !read_fci(reply, &fci) ||
		!same(fci.name, PSE, strlen(PSE))) {
		list_begin(emv);
		return;
	}
	struct ph_bytes sfi = find(fci.proprietary, PH_TAG_SFI);
	struct ph_bytes table = find(fci.proprietary, PH_TAG_CODE_TABLE);
	s->sfi = sfi.len == 1 ? *(const uint8_t *)sfi.data : 0;
	s->code_table = table.len == 1 ? *(const uint8_t *)table.data : 0;
	if (s->sfi < 1 || s->sfi > SFI_MAX) {
		list_begin(emv);
		return;
	}
	s->record = 1;
	read_directory(emv);
}

/* An application of the directory that the terminal has, too. */
static void match(struct ph_emv *emv, struct ph_bytes entry)
{
	const struct ph_emv_parameters *p = emv->parameters;
	struct ph_bytes name = find(entry, PH_TAG_AID_DIRECTORY);

	if (name.len < PH_AID_MIN || name.len > PH_EMV_NAME_MAX)
		return;
	for (unsigned i = 0; i < p->application_count; i++) {
		const struct ph_emv_application *row = &p->applications[i];
		if (begins(name, row) && (row->partial || name.len == row->aid_len))
			add(emv, name, entry, i);
	}
}

/* False: it is not formed as Book 1, 12.2.3 says. */
static bool read_entries(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_bytes record = find((struct ph_bytes){reply->data, reply->len}, PH_TAG_RECORD);
	struct ph_tlv object;

	if (ph_tlv_check(reply->data, reply->len) < 0 || !record.data)
		return false;
	struct ph_tlv_cursor cursor = {.data = record.data, .len = record.len};
	while (ph_tlv_next(&cursor, &object) > 0)
		if (object.tag == PH_TAG_DIRECTORY_ENTRY)
			match(emv, (struct ph_bytes){object.value, object.len});
	return true;
}

void ph_emv_on_directory(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_selection *s = &emv->work.selection;
	bool end = reply->status == PH_SW_NO_RECORD;

	if (!end && (reply->status != PH_SW_OK || !read_entries(emv, reply))) {
		list_begin(emv);
		return;
	}
	if (!end && s->record < PH_EMV_DIRECTORY_RECORDS) {
		s->record++;
		read_directory(emv);
		return;
	}
	if (s->count)
		ph_emv_choose(emv);
	else
		list_begin(emv);
}

static void drop(struct ph_emv_selection *s, unsigned at)
{
	s->count--;
	memmove(&s->candidates[at], &s->candidates[at + 1],
		(s->count - at) * sizeof *s->candidates);
}

/* Best priority first; equal ones stay in their order. */
static void sort(struct ph_emv_selection *s)
{
	for (unsigned i = 1; i < s->count; i++) {
		struct ph_emv_candidate c = s->candidates[i];
		unsigned at = i;
		while (at && s->candidates[at - 1].priority > c.priority) {
			s->candidates[at] = s->candidates[at - 1];
			at--;
		}
		s->candidates[at] = c;
	}
}

static void ask(struct ph_emv *emv, enum ph_emv_state state, enum ph_emv_action_kind kind)
{
	const struct ph_emv_selection *s = &emv->work.selection;

	for (unsigned i = 0; i < s->count; i++) {
		struct ph_emv_choice *choice = &emv->work.choices[i];
		const struct ph_emv_candidate *c = &s->candidates[i];
		*choice = (struct ph_emv_choice){.aid_len = c->len};
		memcpy(choice->aid, c->name, c->len);
		memcpy(choice->text, c->text, sizeof choice->text);
	}
	emv->state = state;
	emv->action = (struct ph_emv_action){
		.kind = kind, .choices = emv->work.choices, .choice_count = s->count};
}

static void final_select(struct ph_emv *emv, unsigned at)
{
	struct ph_emv_selection *s = &emv->work.selection;

	s->chosen = s->candidates[at];
	drop(s, at);
	ph_emv_data_drop_card(&emv->data);
	emv->application = NULL;
	send_select(emv, PH_EMV_STATE_FINAL_SELECT,
		(struct ph_bytes){s->chosen.name, s->chosen.len}, false);
}

/* Book 1, 12.4. */
void ph_emv_choose(struct ph_emv *emv)
{
	struct ph_emv_selection *s = &emv->work.selection;
	bool people = emv->transaction.can_choose;

	for (unsigned i = s->count; !people && i--;)
		if (s->candidates[i].confirm)
			drop(s, i);
	sort(s);
	if (!s->count)
		ph_emv_fail(emv, PH_EMV_FAULT_NO_APPLICATION,
			"no application of the card can be used here");
	else if (s->count > 1 && people)
		ask(emv, PH_EMV_STATE_CHOICE, PH_EMV_ASK_CHOICE);
	else if (s->candidates[0].confirm)
		ask(emv, PH_EMV_STATE_CONFIRM, PH_EMV_ASK_CONFIRM);
	else
		final_select(emv, 0);
}

void ph_emv_on_choice(struct ph_emv *emv, const struct ph_emv_event *event)
{
	if (event->number < emv->work.selection.count)
		final_select(emv, event->number);
}

void ph_emv_on_confirm(struct ph_emv *emv, const struct ph_emv_event *event)
{
	if (event->number)
		final_select(emv, 0);
	else
		ph_emv_end(emv, PH_EMV_CANCELLED, "the application was not confirmed");
}

void ph_emv_refuse_chosen(struct ph_emv *emv)
{
	emv->application = NULL;
	ph_emv_data_drop_card(&emv->data);
	ph_emv_choose(emv);
}

/* What the terminal has for this application. */
static void set_application(struct ph_emv *emv, const struct ph_emv_candidate *chosen)
{
	const struct ph_emv_application *row = &emv->parameters->applications[chosen->row];
	const uint8_t version[2] = {(uint8_t)(row->version >> 8), (uint8_t)row->version};
	uint32_t limit = row->floor_limit < UINT32_MAX ? (uint32_t)row->floor_limit : UINT32_MAX;
	const uint8_t floor[4] = {(uint8_t)(limit >> 24), (uint8_t)(limit >> 16),
		(uint8_t)(limit >> 8), (uint8_t)limit};

	emv->application = row;
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_VERSION_TERMINAL, version, 2);
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_FLOOR_LIMIT, floor, 4);
	ph_emv_data_set(
		&emv->data, PH_FROM_TERMINAL, PH_TAG_AID_TERMINAL, chosen->name, chosen->len);
}

/* The name on the receipt is that of the final selection. */
static void set_label(struct ph_emv *emv, const struct ph_emv_candidate *chosen)
{
	const struct ph_emv_data *data = &emv->data;
	struct ph_bytes preferred, label;

	preferred.data = ph_emv_data_get(data, PH_TAG_PREFERRED_NAME, &preferred.len);
	label.data = ph_emv_data_get(data, PH_TAG_LABEL, &label.len);
	unsigned table = (unsigned)ph_emv_data_number(data, PH_TAG_CODE_TABLE, 0);
	if (!ph_emv_label(&emv->parameters->terminal, table, preferred, label, emv->label))
		memcpy(emv->label, chosen->labelled ? chosen->text : "",
			chosen->labelled ? sizeof emv->label : 1);
}

void ph_emv_on_final_select(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	const struct ph_emv_candidate *chosen = &emv->work.selection.chosen;
	struct fci fci;

	bool good = reply->status == PH_SW_OK && read_fci(reply, &fci) && fci.proprietary.data &&
		    same(fci.name, chosen->name, chosen->len) &&
		    !ph_emv_data_take_all(&emv->data, reply->data, reply->len);
	if (!good) {
		ph_emv_refuse_chosen(emv);
		return;
	}
	set_application(emv, chosen);
	set_label(emv, chosen);
	ph_emv_initiate(emv);
}
