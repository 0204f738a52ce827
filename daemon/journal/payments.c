// Requests about payments as applications see them; their messages to the host are in records.c.
#include "daemon/journal/payments.h"

#include "base/cleanup.h"
#include "daemon/journal/damage.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_HASH   32
#define COUNTER_MAX 99999999

const char *ph_pay_state_name(enum ph_pay_state state)
{
	static const char *const names[PH_PAY_STATE_COUNT_] = {"started", "intent", "approved",
		"partial", "approved_offline", "declined", "referred", "cancelled", "uncertain"};

	return (unsigned)state < PH_PAY_STATE_COUNT_ ? names[state] : "unknown";
}

void ph_payment_id_format(int64_t id, char out[PH_PAYMENT_ID_SIZE])
{
	snprintf(out, PH_PAYMENT_ID_SIZE, "pay-%" PRId64, id);
}

int ph_payment_id_parse(const char *text, int64_t *ret_id)
{
	size_t len;

	if (strncmp(text, "pay-", 4) != 0)
		return -EINVAL;
	len = strlen(text + 4);
	/* 18 digits always fit */
	if (len < 1 || len > 18 || text[4] == '0' || strspn(text + 4, "0123456789") != len)
		return -EINVAL;
	*ret_id = strtoll(text + 4, NULL, 10);
	return 0;
}

static void drop_texts(struct ph_payment_row *row)
{
	free(row->result);
	free(row->resolution);
	row->result = row->resolution = NULL;
}

/* Columns of PAYMENT_COLUMNS in sql.c. */
static int read_row(struct ph_journal *journal, sqlite3_stmt *s, struct ph_payment_row *row)
{
	const char *result = (const char *)sqlite3_column_text(s, 20);
	const char *resolution = (const char *)sqlite3_column_text(s, 23);
	bool reversal = sqlite3_column_type(s, 24) != SQLITE_NULL;
	bool stand = sqlite3_column_type(s, 28) != SQLITE_NULL;

	*row = (struct ph_payment_row){
		.id = sqlite3_column_int64(s, 0),
		.uid = (uint32_t)sqlite3_column_int64(s, 1),
		.amount = sqlite3_column_int64(s, 7),
		.cashback = sqlite3_column_int64(s, 8),
		.amount_approved = sqlite3_column_int64(s, 9),
		.original = sqlite3_column_int64(s, 13),
		.state = (enum ph_pay_state)sqlite3_column_int(s, 14),
		.counter = (uint32_t)sqlite3_column_int64(s, 15),
		.voided = sqlite3_column_int(s, 16),
		.created_us = (uint64_t)sqlite3_column_int64(s, 17),
		.changed_us = (uint64_t)sqlite3_column_int64(s, 18),
		.completion = sqlite3_column_int64(s, 21),
		.refunded = sqlite3_column_int64(s, 22),
		.reversal = reversal ? sqlite3_column_int(s, 24) : -1,
		.reversal_attempts = (uint32_t)sqlite3_column_int64(s, 25),
		.stand = stand ? sqlite3_column_int(s, 28) : -1,
		.stand_host = sqlite3_column_int64(s, 29),
	};
	ph_sql_copy(s, 26, row->reversal_code, sizeof(row->reversal_code));
	ph_sql_copy(s, 27, row->reversal_note, sizeof(row->reversal_note));
	ph_sql_copy(s, 2, row->method, sizeof(row->method));
	ph_sql_copy(s, 3, row->key, sizeof(row->key));
	ph_sql_copy(s, 4, row->device, sizeof(row->device));
	ph_sql_copy(s, 5, row->type, sizeof(row->type));
	ph_sql_copy(s, 6, row->currency, sizeof(row->currency));
	ph_sql_copy(s, 10, row->operator_name, sizeof(row->operator_name));
	ph_sql_copy(s, 11, row->reference, sizeof(row->reference));
	ph_sql_copy(s, 12, row->reason, sizeof(row->reason));
	ph_sql_copy(s, 19, row->before, sizeof(row->before));
	row->result = result ? strdup(result) : NULL;
	row->resolution = resolution ? strdup(resolution) : NULL;
	if ((result && !row->result) || (resolution && !row->resolution)) {
		drop_texts(row);
		return journal->failure = -ENOMEM;
	}
	return 0;
}

static void row_free(struct ph_payment_row *row)
{
	if (row)
		drop_texts(row);
	free(row);
}

static int new_row(struct ph_journal *journal, sqlite3_stmt *s, struct ph_payment_row **ret_row)
{
	struct ph_payment_row *row = malloc(sizeof(*row));

	if (!row)
		return journal->failure = -ENOMEM;
	int r = read_row(journal, s, row);
	if (r < 0)
		free(row);
	else
		*ret_row = row;
	return r;
}

static sqlite3_stmt *by_id(struct ph_journal *journal, enum ph_sql which, int64_t id)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, id);
	return s;
}

int ph_payment_state(struct ph_journal *journal, int64_t id, enum ph_pay_state *ret_state)
{
	struct ph_payment_facts facts;
	int r = ph_payment_facts(journal, id, &facts);

	if (r == 0)
		*ret_state = facts.state;
	return r;
}

int ph_payment_facts(struct ph_journal *journal, int64_t id, struct ph_payment_facts *ret_facts)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_FACTS, id);
	int r = ph_sql_step(journal, s);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_facts = (struct ph_payment_facts){.state = (enum ph_pay_state)sqlite3_column_int(s, 0),
		.amount = sqlite3_column_int64(s, 3),
		.refunded = sqlite3_column_int64(s, 4),
		.original = sqlite3_column_int64(s, 5),
		.completion = sqlite3_column_int64(s, 6),
		.voided = sqlite3_column_int(s, 7)};
	ph_sql_copy(s, 1, ret_facts->type, sizeof(ret_facts->type));
	ph_sql_copy(s, 2, ret_facts->currency, sizeof(ret_facts->currency));
	return 0;
}

/* 0: there was none. */
static int counter_read(struct ph_journal *journal, const char *name, uint32_t *ret_value)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_COUNTER);

	ph_sql_text(s, 1, name);
	int r = ph_sql_step(journal, s);
	if (r >= 0)
		*ret_value = r > 0 ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
	return r < 0 ? r : 0;
}

/* Two statements: one that returns rows would make a table for them each time. */
int ph_counter_next(struct ph_journal *journal, const char *kind, const char *of, uint32_t max,
	uint32_t *ret_value)
{
	char name[PH_NAME_MAX + 16];
	uint32_t value = 0;

	snprintf(name, sizeof(name), "%s:%s", kind, of);
	int r = counter_read(journal, name, &value);
	if (r < 0)
		return r;
	value = value % max + 1;
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_COUNTER_SET);
	ph_sql_text(s, 1, name);
	sqlite3_bind_int64(s, 2, value);
	journal->changed = 1;
	r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	*ret_value = value;
	ph_anchor_counter(journal, name, value);
	return 0;
}

/* ---- begin ---- */

static void hash_body(const char *body, unsigned char out[BODY_HASH])
{
	crypto_generichash(out, BODY_HASH, (const unsigned char *)body, strlen(body), NULL, 0);
}

static int read_by_id(struct ph_journal *journal, int64_t id, struct ph_payment_row **ret_row)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_BY_ID, id);
	int r = ph_sql_step(journal, s);

	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	return new_row(journal, s, ret_row);
}

/* -ENOENT: the key is new. */
static int begin_known(struct ph_journal *journal, struct ph_journal_pay_begin *begin)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PAYMENT_KNOWN);
	unsigned char body[BODY_HASH];
	int r;

	sqlite3_bind_int64(s, 1, begin->ask.uid);
	ph_sql_text(s, 2, begin->ask.method);
	ph_sql_text(s, 3, begin->ask.key);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = read_by_id(journal, sqlite3_column_int64(s, 0), &begin->stored);
	if (r < 0)
		return r;
	hash_body(begin->ask.body, body);
	if (sqlite3_column_bytes(s, 1) != BODY_HASH ||
		memcmp(sqlite3_column_blob(s, 1), body, BODY_HASH) != 0)
		return -EEXIST;
	begin->id = begin->stored->id;
	begin->counter = begin->stored->counter;
	begin->duplicate = 1;
	return 0;
}

static int begin_new(struct ph_journal *journal, struct ph_journal_pay_begin *begin)
{
	const struct ph_payment_ask *ask = &begin->ask;
	unsigned char body[BODY_HASH];
	sqlite3_stmt *s;
	int r;

	r = ph_counter_next(journal, "device", ask->device, COUNTER_MAX, &begin->counter);
	if (r < 0)
		return r;
	hash_body(ask->body, body);
	s = ph_sql(journal, PH_SQL_PAYMENT_INSERT);
	sqlite3_bind_int64(s, 1, ask->uid);
	ph_sql_text(s, 2, ask->method);
	ph_sql_text(s, 3, ask->key);
	sqlite3_bind_blob(s, 4, body, sizeof(body), SQLITE_STATIC);
	ph_sql_text(s, 5, ask->device);
	ph_sql_text(s, 6, ask->type);
	ph_sql_text(s, 7, ask->currency);
	sqlite3_bind_int64(s, 8, ask->amount);
	sqlite3_bind_int64(s, 9, ask->cashback);
	ph_sql_text(s, 10, ask->operator_name);
	ph_sql_text(s, 11, ask->reference);
	ph_sql_text(s, 12, ask->reason);
	sqlite3_bind_int64(s, 13, ask->original);
	sqlite3_bind_int64(s, 14, begin->counter);
	sqlite3_bind_int64(s, 15, (sqlite3_int64)begin->request.wall_us);
	r = ph_sql_run(journal, s);
	begin->id = sqlite3_last_insert_rowid(journal->db);
	return r;
}

static int begin_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_begin *begin = (struct ph_journal_pay_begin *)request;
	int r;

	ph_journal_pay_begin_clear(begin); /* of a first run that found no room */
	r = begin_known(journal, begin);
	return r == -ENOENT && !begin->known_only ? begin_new(journal, begin) : r;
}

static const struct ph_journal_kind begin_kind = {.run = begin_run, .is_new = 1};
static const struct ph_journal_kind known_kind = {.run = begin_run};

static int ask_ok(const struct ph_payment_ask *ask)
{
	const char *const texts[] = {ask->operator_name, ask->reference, ask->reason};

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (texts[i] && !ph_journal_text_ok(texts[i], 0, PH_PAYMENT_TEXT_MAX))
			return 0;
	return ph_journal_text_ok(ask->method, 1, PH_NAME_MAX) &&
	       ph_journal_text_ok(ask->key, 1, PH_KEY_MAX) &&
	       ph_journal_text_ok(ask->body, 1, PH_LINE_MAX) &&
	       ph_journal_text_ok(ask->device, 1, PH_NAME_MAX) &&
	       ph_journal_text_ok(ask->type, 1, sizeof(((struct ph_payment_row *)0)->type) - 1) &&
	       ph_journal_text_ok(ask->currency, 3, 3) && ask->amount >= 0 &&
	       ask->amount <= PH_PAYMENT_AMOUNT_MAX && ask->cashback >= 0 &&
	       ask->cashback <= ask->amount && ask->original >= 0;
}

int ph_journal_pay_begin_submit(struct ph_journal *journal, struct ph_journal_pay_begin *begin)
{
	if (!ask_ok(&begin->ask))
		return -EINVAL;
	begin->id = 0;
	begin->counter = 0;
	begin->duplicate = 0;
	begin->stored = NULL;
	return ph_journal_submit(
		journal, &begin->request, begin->known_only ? &known_kind : &begin_kind);
}

void ph_journal_pay_begin_clear(struct ph_journal_pay_begin *begin)
{
	row_free(begin->stored);
	begin->stored = NULL;
}

/* ---- what becomes of an earlier payment ---- */

static int change(struct ph_journal *journal, enum ph_sql which, int64_t id)
{
	journal->changed = 1;
	return ph_sql_run(journal, by_id(journal, which, id));
}

/* -EEXIST: no row was there to be changed. */
static int take(struct ph_journal *journal, enum ph_sql which, int64_t id, int64_t number)
{
	sqlite3_stmt *s = by_id(journal, which, id);

	sqlite3_bind_int64(s, 2, number);
	int r = ph_sql_run(journal, s);
	if (r < 0 || sqlite3_changes(journal->db) == 0)
		return r < 0 ? r : -EEXIST;
	journal->changed = 1;
	return 0;
}

int ph_payment_claim(struct ph_journal *journal, int64_t id)
{
	struct ph_payment_facts facts;
	int r = ph_payment_facts(journal, id, &facts);

	if (r < 0 || !facts.original || facts.state != PH_PAY_STARTED ||
		strcmp(facts.type, "refund") != 0)
		return r;
	return take(journal, PH_SQL_PAYMENT_REFUND, facts.original, facts.amount);
}

int ph_payment_claim_again(struct ph_journal *journal, int64_t id)
{
	struct ph_payment_facts facts;
	int r = ph_payment_facts(journal, id, &facts);

	if (r < 0 || !facts.original)
		return r;
	return take(journal, PH_SQL_PAYMENT_REFUND, facts.original, facts.amount);
}

int ph_payment_unclaim(struct ph_journal *journal, int64_t id)
{
	return change(journal, PH_SQL_PAYMENT_NOT_REFUNDED, id);
}

int ph_payment_unclaim_part(struct ph_journal *journal, int64_t id, int64_t rest)
{
	sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_PART_REFUNDED, id);

	sqlite3_bind_int64(s, 2, rest);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_payment_reserve_for(struct ph_journal *journal, int64_t reservation, int64_t by)
{
	return take(journal, PH_SQL_PAYMENT_COMPLETE, reservation, by);
}

int ph_payment_voidable(struct ph_journal *journal, int64_t id)
{
	struct ph_payment_facts facts;
	int r = ph_payment_facts(journal, id, &facts);

	if (r < 0)
		return r;
	return facts.completion || facts.refunded || facts.voided ? -EEXIST : 0;
}

int ph_payment_mark_void(struct ph_journal *journal, int64_t id, uint64_t wall_us)
{
	sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_VOIDED, id);

	sqlite3_bind_int64(s, 2, (sqlite3_int64)wall_us);
	journal->changed = 1;
	int r = ph_sql_run(journal, s);
	if (r < 0 || sqlite3_changes(journal->db) == 0)
		return r;
	return change(journal, PH_SQL_PAYMENT_NOT_REFUNDED, id);
}

/* One that came to nothing gives back what it took; of one that is uncertain nobody knows. */
static int settle_original(struct ph_journal *journal, int64_t payment, enum ph_pay_state state)
{
	switch (state) {
	case PH_PAY_APPROVED:
	case PH_PAY_PARTIAL:
	case PH_PAY_APPROVED_OFFLINE:
		return change(journal, PH_SQL_PAYMENT_COMPLETED, payment);
	case PH_PAY_DECLINED:
	case PH_PAY_REFERRED:
	case PH_PAY_CANCELLED: {
		int r = change(journal, PH_SQL_PAYMENT_NOT_COMPLETED, payment);
		return r < 0 ? r : change(journal, PH_SQL_PAYMENT_NOT_REFUNDED, payment);
	}
	case PH_PAY_UNCERTAIN:
	case PH_PAY_STARTED:
	case PH_PAY_INTENT:
	case PH_PAY_STATE_COUNT_:
		break;
	}
	return 0;
}

/* Of a refund the host has taken a part of, what it did not give back can be given back otherwise. */
static int leave_rest(struct ph_journal *journal, const struct ph_payment_ending *ending)
{
	struct ph_payment_facts facts;
	int r;

	if (ending->state != PH_PAY_PARTIAL)
		return 0;
	r = ph_payment_facts(journal, ending->payment, &facts);
	if (r < 0 || strcmp(facts.type, "refund") != 0 || ending->amount_approved >= facts.amount)
		return r;
	return ph_payment_unclaim_part(
		journal, ending->payment, facts.amount - ending->amount_approved);
}

/* ---- end ---- */

int ph_payment_end(struct ph_journal *journal, const struct ph_payment_ending *ending)
{
	sqlite3_stmt *s;
	enum ph_pay_state before;
	int r = ph_payment_state(journal, ending->payment, &before);

	if (r < 0)
		return r;
	if (ph_pay_is_final(before))
		return before == ending->state ? 0 : -EALREADY;
	r = before == PH_PAY_INTENT ? settle_original(journal, ending->payment, ending->state) : 0;
	if (r == 0 && before == PH_PAY_INTENT)
		r = leave_rest(journal, ending);
	if (r < 0)
		return r;
	s = by_id(journal, PH_SQL_PAYMENT_END, ending->payment);
	sqlite3_bind_int(s, 2, (int)ending->state);
	sqlite3_bind_int64(s, 3, ending->amount_approved);
	sqlite3_bind_text(s, 4, ending->reason, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, ending->result, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 6, (sqlite3_int64)ending->wall_us);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_payment_intent(struct ph_journal *journal, int64_t id, const char *before, uint64_t wall_us)
{
	sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_INTENT, id);

	sqlite3_bind_text(s, 2, before, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)wall_us);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

/* ---- somebody has looked ---- */

static int resolve_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_resolve *resolve = (struct ph_journal_pay_resolve *)request;
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *row = by_id(journal, PH_SQL_PAYMENT_BY_ID, resolve->payment);
	int r = ph_sql_step(journal, row);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	bool uncertain = sqlite3_column_int(row, 14) == PH_PAY_UNCERTAIN;
	bool refused = sqlite3_column_type(row, 24) != SQLITE_NULL &&
		       sqlite3_column_int(row, 24) == PH_RECORD_REJECTED;
	if (sqlite3_column_type(row, 23) != SQLITE_NULL)
		return -EALREADY;
	sqlite3_reset(row);
	r = resolve->of_advice ? ph_records_give_up(journal, resolve->payment) : 0;
	if (r < 0)
		return r;
	if (resolve->ends)
		r = ph_payment_end(journal, &(struct ph_payment_ending){.payment = resolve->payment,
						    .state = PH_PAY_UNCERTAIN,
						    .reason = resolve->reason,
						    .result = resolve->result,
						    .wall_us = request->wall_us});
	else if (resolve->of_reversal)
		r = refused ? ph_records_resolve(journal, resolve->payment) : -ENOENT;
	else
		r = uncertain ? 0 : -ENOENT;
	if (r == 0 && !resolve->of_reversal)
		r = settle_original(journal, resolve->payment, resolve->found);
	if (r < 0)
		return r;
	sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_RESOLVE, resolve->payment);
	ph_sql_text(s, 2, resolve->resolution);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)request->wall_us);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

static const struct ph_journal_kind resolve_kind = {.run = resolve_run};

int ph_journal_pay_resolve_submit(
	struct ph_journal *journal, struct ph_journal_pay_resolve *resolve)
{
	if (resolve->payment <= 0 ||
		(!resolve->of_reversal && resolve->found != PH_PAY_APPROVED &&
			resolve->found != PH_PAY_CANCELLED) ||
		!ph_journal_text_ok(resolve->resolution, 1, PH_RESOLUTION_MAX) ||
		(resolve->reason && !ph_journal_text_ok(resolve->reason, 0, PH_PAYMENT_TEXT_MAX)) ||
		(resolve->result && !ph_journal_text_ok(resolve->result, 0, PH_PAYMENT_RESULT_MAX)))
		return -EINVAL;
	return ph_journal_submit(journal, &resolve->request, &resolve_kind);
}

/* ---- reading ---- */

static int find_voiced(struct ph_journal *journal, struct ph_payment_row *row)
{
	if (row->state != PH_PAY_REFERRED)
		return 0;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = by_id(journal, PH_SQL_PAYMENT_VOICED, row->id);
	int r = ph_sql_step(journal, s);

	if (r > 0)
		row->voiced = sqlite3_column_int64(s, 0);
	return r < 0 ? r : 0;
}

static int get_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_get *get = (struct ph_journal_pay_get *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	int r;

	ph_journal_pay_get_clear(get);
	if (get->id) {
		s = by_id(journal, PH_SQL_PAYMENT_BY_ID, get->id);
	} else {
		s = ph_sql(journal, PH_SQL_PAYMENT_BY_KEY);
		sqlite3_bind_int64(s, 1, get->uid);
		ph_sql_text(s, 2, get->key);
		sqlite3_bind_null(s, 3);
	}
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = new_row(journal, s, &get->row);
	return r < 0 ? r : find_voiced(journal, get->row);
}

static const struct ph_journal_kind get_kind = {.run = get_run, .is_new = 1, .reads = 1};

int ph_journal_pay_get_submit(struct ph_journal *journal, struct ph_journal_pay_get *get)
{
	if (get->id < 0 || (!get->id && !ph_journal_text_ok(get->key, 1, PH_KEY_MAX)))
		return -EINVAL;
	get->row = NULL;
	return ph_journal_submit(journal, &get->request, &get_kind);
}

void ph_journal_pay_get_clear(struct ph_journal_pay_get *get)
{
	row_free(get->row);
	get->row = NULL;
}

static int list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_list *list = (struct ph_journal_pay_list *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PAYMENT_LIST);
	int r;

	ph_journal_pay_list_clear(list);
	list->rows = calloc(list->limit, sizeof(*list->rows));
	if (!list->rows)
		return journal->failure = -ENOMEM;
	sqlite3_bind_int64(s, 1, list->before_id ? list->before_id : INT64_MAX);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)list->since_us);
	sqlite3_bind_int(s, 3, list->state);
	sqlite3_bind_int64(s, 4, list->limit);
	while ((r = ph_sql_step(journal, s)) > 0 && list->count < list->limit) {
		struct ph_payment_row *row = &list->rows[list->count++];
		r = read_row(journal, s, row);
		if (r < 0)
			return r;
		free(row->result);
		row->result = NULL;
	}
	return r < 0 ? r : 0;
}

static const struct ph_journal_kind list_kind = {.run = list_run, .is_new = 1, .reads = 1};

int ph_journal_pay_list_submit(struct ph_journal *journal, struct ph_journal_pay_list *list)
{
	if (list->limit < 1 || list->limit > PH_LIST_MAX || list->before_id < 0 ||
		list->state < -1 || list->state >= PH_PAY_STATE_COUNT_ ||
		list->since_us > INT64_MAX)
		return -EINVAL;
	list->rows = NULL;
	list->count = 0;
	return ph_journal_submit(journal, &list->request, &list_kind);
}

void ph_journal_pay_list_clear(struct ph_journal_pay_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		drop_texts(&list->rows[i]);
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

static int load_one(struct ph_journal *journal, int64_t id,
	int (*each)(const struct ph_payment_row *payment, void *userdata), void *userdata)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PAYMENT_BY_ID);
	struct ph_payment_row row;

	sqlite3_bind_int64(s, 1, id);
	int r = ph_sql_step(journal, s);
	if (r <= 0)
		return r;
	r = read_row(journal, s, &row);
	if (r == 0)
		r = each(&row, userdata);
	drop_texts(&row);
	return r < 0 ? r : 0;
}

static int load(struct ph_journal *journal,
	int (*each)(const struct ph_payment_row *payment, void *userdata), void *userdata)
{
	PH_CLEANUP_FREE int64_t *ids = NULL;
	size_t count = 0;
	int r = ph_damage_ids(journal, ph_sql(journal, PH_SQL_PAYMENT_OPEN), &ids, &count), one;

	/* what of them cannot be read is no reason to leave out the others */
	for (size_t i = 0; i < count && (r == 0 || r == -EBADMSG); i++) {
		journal->failure = 0;
		one = load_one(journal, ids[i], each, userdata);
		r = one < 0 ? one : r;
	}
	return r;
}

static int ignore_payment(const struct ph_payment_row *payment, void *userdata)
{
	return 0;
}

static int ignore_record(const struct ph_record_row *record, void *userdata)
{
	return 0;
}

/* What recovery has not met is mended before, as far as it can be. */
static void load_in_vain(struct ph_journal *journal)
{
	journal->failure = 0;
	int r = load(journal, ignore_payment, NULL);

	journal->failure = 0;
	if (r == 0)
		r = ph_records_load(journal, ignore_record, NULL);
	journal->failure = 0;
	if (r == -EBADMSG)
		ph_damage_probe(journal);
}

int ph_journal_load_payments(struct ph_journal *journal,
	int (*each)(const struct ph_payment_row *payment, void *userdata),
	int (*each_record)(const struct ph_record_row *record, void *userdata), void *userdata)
{
	if (journal->attached)
		return -EBUSY;
	load_in_vain(journal);
	journal->failure = 0;
	int r = load(journal, each, userdata);
	if (r < 0 && r != -EBADMSG)
		return r;
	journal->failure = 0;
	int records = ph_records_load(journal, each_record, userdata);
	return records < 0 ? records : r;
}
