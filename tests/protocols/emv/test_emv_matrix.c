// The kernel and the emulated cards meet: each row of tests/emv/expected.table, which was written from the books before either
// had seen the other, in one process without a reader.
#include "emulators/models/card.h"
#include "emulators/models/card_crypto.h"
#include "emulators/models/host_emv.h"
#include "protocols/emv/kernel.h"
#include "protocols/emv/mask.h"
#include "protocols/emv/parameters_file.h"
#include "protocols/emv/tlv.h"

#include "emv_help.h"

#include <errno.h>
#include <stdio.h>

#define STEPS	   2000
#define COLUMNS	   12
#define ROWS_MAX   300
#define CASHBACK   1000
#define PIN	   "\x24\x12\x34\xff\xff\xff\xff\xff"
#define PIN_WRONG  "\x24\x99\x99\xff\xff\xff\xff\xff"
#define PLAIN_HEAD 5
#define NUMBER	   7654321 /* of cards whose sessions are masked: its digits are looked for */
#define SAID_MAX   4000
#define CHECKS_MAX 16

/* A row: profile, terminal, amount, host, outcome, fault, reversal, ARC, first AC, second AC, TVR, TSI, CVM. */
struct row {
	char profile[40], terminal[16];
	unsigned amount;
	char host[16], outcome[16], fault[16], reversal[8], arc[4];
	char first[24], second[24], tvr[12], tsi[8], cvm[8];
};

/* A session as it is recorded: commands and answers on the contacts, and what the checks of signatures came to. */
struct tape {
	struct ph_emv_said said[SAID_MAX];
	int got[SAID_MAX]; /* what the card's function returned, beside each command */
	unsigned delay_ms[SAID_MAX];
	uint8_t bytes[SAID_MAX * 64];
	size_t count, used, at;
	struct ph_emv_checked checks[CHECKS_MAX];
	size_t check_count, check_at;
};

struct meeting {
	const struct row *row;
	struct ph_emv *emv;
	struct ph_emu_card *card;
	struct ph_emv_event event;
	struct ph_emv_host_answer host;
	uint8_t answer[PH_APDU_ANSWER_MAX], issuer[64], atr[PH_EMU_CARD_ATR_MAX];
	unsigned cryptograms, delay_ms, commands;
	unsigned pull_at; /* the command of the kernel at which the card is pulled, 0 never */
	char types[2][24];
	bool reversal, asked_host;
	struct tape *records, *plays;
};

static struct ph_emv_parameters parameters;
static struct row rows[ROWS_MAX];
static unsigned row_count;
static const struct row *playing;
static struct meeting *taped;

/* A key that has expired, which the file of a terminal would not hold. */
static void add_expired_key(void)
{
	struct ph_emv_ca_key *key = &parameters.keys[parameters.key_count++];

	*key = parameters.keys[0];
	ck_assert_mem_eq(key->rid, "\xa0\x00\x00\x00\x03", PH_RID_SIZE);
	key->index = 0xfd;
	key->expiry = 20241231;
}

static void load_parameters(void)
{
	static char text[16384], why[PH_EMV_WHY_SIZE];
	FILE *file = fopen(EMV_DATA "/test.json", "r");

	ck_assert(file != NULL);
	size_t len = fread(text, 1, sizeof text, file);
	fclose(file);
	ck_assert_int_eq(ph_emv_parameters_read(text, len, &parameters, why), 0);
	add_expired_key();
}

static void load_rows(void)
{
	char line[300];
	FILE *file = fopen(EMV_TABLE, "r");

	if (!file)
		abort();
	while (fgets(line, sizeof line, file)) {
		struct row *r = &rows[row_count];
		if (*line == '#' || *line == '\n')
			continue;
		if (row_count == ROWS_MAX ||
			sscanf(line, "%39s %15s %u %15s %15s %15s %7s %3s %23s %23s %11s %7s %7s",
				r->profile, r->terminal, &r->amount, r->host, r->outcome, r->fault,
				r->reversal, r->arc, r->first, r->second, r->tvr, r->tsi,
				r->cvm) != COLUMNS + 1)
			abort();
		row_count++;
	}
	fclose(file);
}

static int fill(void *context, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(0x31 + i);
	return 0;
}

static bool is_listed(void *context, const uint8_t *pan, size_t len, int sequence)
{
	return !strcmp(playing->terminal, "listed");
}

static uint64_t earlier(void *context, const uint8_t *pan, size_t len, int sequence)
{
	return strcmp(playing->terminal, "split") ? 0 : 4500;
}

static void checked(void *context, struct ph_emv_checked *check)
{
	struct tape *records = taped ? taped->records : NULL, *plays = taped ? taped->plays : NULL;

	if (plays) {
		ck_assert_msg(plays->check_at < plays->check_count, "%s", playing->profile);
		ck_assert_int_eq(plays->checks[plays->check_at].check, check->check);
		*check = plays->checks[plays->check_at++];
	}
	if (!records)
		return;
	ck_assert_uint_lt(records->check_count, CHECKS_MAX);
	records->checks[records->check_count++] = *check;
}

static const struct ph_emv_world world = {
	.random = fill, .listed = is_listed, .earlier_amount = earlier, .checked = checked};

static void record(struct tape *tape, enum ph_emv_said_kind kind, const uint8_t *data, size_t len)
{
	ck_assert_uint_lt(tape->count, SAID_MAX);
	ck_assert_uint_le(len, sizeof tape->bytes - tape->used);
	memcpy(tape->bytes + tape->used, data, len);
	tape->said[tape->count++] = (struct ph_emv_said){kind, tape->bytes + tape->used, len};
	tape->used += len;
}

/* The card, or what a tape has of it. */
static int command_card(struct meeting *m, const uint8_t *command, size_t len)
{
	struct tape *records = m->records, *plays = m->plays;
	int got;

	if (plays) {
		ck_assert_uint_lt(plays->at, plays->count);
		size_t at = plays->at++;
		ck_assert_int_eq(plays->said[at].kind, PH_EMV_SAID_COMMAND);
		got = plays->got[at];
		m->delay_ms += plays->delay_ms[at];
		if (got > 0)
			memcpy(m->answer, plays->said[plays->at++].data, (size_t)got);
	} else {
		got = ph_emu_card_command(m->card, command, len, m->answer);
		m->delay_ms += ph_emu_card_delay_ms(m->card);
	}
	if (records) {
		record(records, PH_EMV_SAID_COMMAND, command, len);
		records->got[records->count - 1] = got;
		records->delay_ms[records->count - 1] = ph_emu_card_delay_ms(m->card);
		if (got > 0)
			record(records, PH_EMV_SAID_ANSWER, m->answer, (size_t)got);
	}
	return got;
}

/* One exchange on the contacts; with T=0 as often as it takes. Answer in m->answer, or the event that comes instead. */
static void exchange(struct meeting *m, const uint8_t *command, size_t len)
{
	uint8_t tpdu[PH_APDU_COMMAND_MAX];
	bool t0 = ph_emu_card_is_t0(m->card);
	struct ph_t0 adapter;
	int n = (int)len;

	memcpy(tpdu, command, len);
	if (t0)
		n = ph_t0_begin(&adapter, command, len, tpdu);
	ck_assert_int_gt(n, 0);
	for (;;) {
		int got = command_card(m, tpdu, (size_t)n);
		m->event = (struct ph_emv_event){.kind = PH_EMV_CARD_OUT};
		if (got <= 0 || m->delay_ms >= PH_EMV_TIME_MS) {
			if (got != -ENODEV)
				m->event.kind = PH_EMV_TIMEOUT;
			return;
		}
		n = t0 ? ph_t0_feed(&adapter, m->answer, (size_t)got, tpdu) : 0;
		if (n > 0)
			continue;
		m->event = (struct ph_emv_event){.kind = n < 0 ? PH_EMV_IO_ERROR : PH_EMV_ANSWER,
			.data = t0 ? adapter.answer : m->answer,
			.len = t0 ? adapter.answer_len : (size_t)got};
		if (t0 && n == 0) {
			memcpy(m->answer, adapter.answer, adapter.answer_len);
			m->event.data = m->answer;
		}
		return;
	}
}

static const char *type_name(uint8_t type)
{
	switch (type & 0xc0) {
	case 0x00:
		return "AAC";
	case 0x40:
		return "TC";
	case 0x80:
		return "ARQC";
	default:
		return "RFU";
	}
}

/* The cryptogram asked for and the one given, as in the table. */
static void note_cryptogram(struct meeting *m, const uint8_t *command)
{
	uint8_t asked = command[2];
	struct ph_tlv cid;

	if (command[1] != 0xae || m->cryptograms == 2 || m->event.kind != PH_EMV_ANSWER)
		return;
	const uint8_t *a = m->event.data;
	size_t len = m->event.len;
	if (len < 4)
		return;
	uint8_t given = a[0] == 0x80 ? a[2] : 0xff;
	if (a[0] != 0x80 && !ph_tlv_find_deep(a, len - 2, PH_TAG_CID, &cid))
		given = cid.value[0];
	snprintf(m->types[m->cryptograms++], sizeof *m->types, "%s%s/%s", type_name(asked),
		asked & 0x10 ? "+CDA" : "", type_name(given));
}

static const uint8_t *object(const struct meeting *m, uint32_t tag, size_t len)
{
	size_t have;
	const uint8_t *value = ph_emv_data_get(ph_emv_objects(m->emv), tag, &have);

	ck_assert_msg(value && have == len, "%x", tag);
	return value;
}

/* Data of the issuer: by method 1 or 2, right or wrong, with a script. Returns the bytes. */
static size_t issue(struct meeting *m)
{
	static const uint8_t script[] = {0x07, 0x86, 0x06, 0x04, 0xda, 0x9f, 0x14, 0x01, 0x05};
	static const uint8_t csu[] = {0x03, 0x80, 0x00, 0x00};
	const char *how = m->row->host + 2;
	uint8_t key[PH_EMU_KEY_SIZE], session[PH_EMU_KEY_SIZE], arpc[PH_EMU_AC_SIZE];
	char pan[PH_EMU_CARD_PAN_MAX];
	struct ph_tlv_out out = {.data = m->issuer, .size = sizeof m->issuer};
	size_t len;

	ph_emu_card_pan(m->card, pan);
	const uint8_t *psn = ph_emv_data_get(ph_emv_objects(m->emv), PH_TAG_PAN_SEQUENCE, &len);
	unsigned sequence = psn ? (*psn >> 4) * 10u + (*psn & 0x0fu) : 0;
	const uint8_t *ac = object(m, PH_TAG_CRYPTOGRAM, 8), *atc = object(m, PH_TAG_ATC, 2);
	ck_assert_int_eq(ph_emu_card_key(ph_emu_issuer_master_key, pan, sequence, key), 0);
	ck_assert_int_eq(ph_emu_session_key(key, atc, session), 0);
	if (!strcmp(how, "-csu")) {
		uint8_t data[8];
		ck_assert_int_eq(ph_emu_arpc_csu(session, ac, csu, sizeof csu, data), 0);
		memcpy(data + 4, csu, sizeof csu);
		ph_tlv_put(&out, PH_TAG_ISSUER_AUTHENTICATION, data, sizeof data);
	} else if (strcmp(how, "-bare")) {
		uint8_t data[10];
		ck_assert_int_eq(ph_emu_arpc(session, ac, (const uint8_t *)m->row->host, arpc), 0);
		memcpy(data, arpc, sizeof arpc);
		memcpy(data + 8, m->row->host, 2);
		data[0] ^= !strcmp(how, "-wrong");
		ph_tlv_put(&out, PH_TAG_ISSUER_AUTHENTICATION, data, sizeof data);
	}
	if (*how == '+')
		ph_tlv_put(&out, how[2] == '1' ? PH_TAG_SCRIPT_1 : PH_TAG_SCRIPT_2, script + 1,
			sizeof script - 1);
	ck_assert(!out.full);
	return out.len;
}

/* What the terminal would send is what the card has signed: the emulated host finds the cryptogram good. */
static void check_request(struct meeting *m)
{
	uint8_t data[255], key[PH_EMU_KEY_SIZE], cryptogram[PH_EMU_AC_SIZE];
	char pan[PH_EMU_CARD_PAN_MAX];
	ssize_t len = ph_emv_field55(m->emv, PH_EMV_FOR_REQUEST, data, sizeof data);

	ck_assert_int_gt(len, 0);
	ph_emu_card_pan(m->card, pan);
	ck_assert_msg(emu_icc_check(data, (size_t)len, pan, 1, key, cryptogram) == EMU_ARQC_GOOD,
		"%s: the issuer does not believe the card", m->row->profile);
}

static void ask_host(struct meeting *m)
{
	const char *host = m->row->host;

	m->asked_host = true;
	check_request(m);
	ck_assert_msg(*host != '-', "%s went online", m->row->profile);
	m->event = (struct ph_emv_event){.kind = PH_EMV_HOST_UNABLE};
	if (!strcmp(host, "away"))
		return;
	m->host = (struct ph_emv_host_answer){.arc = {host[0], host[1]},
		.approved = !strncmp(host, "00", 2),
		.referred = !strncmp(host, "01", 2),
		.issuer_data = m->issuer,
		.issuer_len = issue(m)};
	m->event = (struct ph_emv_event){.kind = PH_EMV_HOST, .host = &m->host};
}

/* The pad fills in four digits, does not work, or is not used. */
static void enter_pin(struct meeting *m, const struct ph_emv_action *action)
{
	static const uint8_t cancelled[] = {0x64, 0x01};
	uint8_t command[PLAIN_HEAD + 8];

	ck_assert_uint_eq(action->number, 0);
	ck_assert_uint_eq(action->len, sizeof command);
	m->event = (struct ph_emv_event){
		.kind = PH_EMV_PIN, .data = cancelled, .len = sizeof cancelled};
	if (!strcmp(m->row->terminal, "pad-bypass"))
		return;
	memcpy(command, action->data, sizeof command);
	memcpy(command + PLAIN_HEAD, strcmp(m->row->terminal, "pad-wrong") ? PIN : PIN_WRONG, 8);
	exchange(m, command, sizeof command);
	if (m->event.kind == PH_EMV_ANSWER)
		m->event.kind = PH_EMV_PIN;
}

static void card_in(struct meeting *m)
{
	m->event = (struct ph_emv_event){
		.kind = PH_EMV_CARD_IN, .data = m->atr, .len = ph_emu_card_reset(m->card, m->atr)};
}

static void respond(struct meeting *m, const struct ph_emv_action *action)
{
	switch (action->kind) {
	case PH_EMV_SEND:
		m->event = (struct ph_emv_event){.kind = PH_EMV_CARD_OUT};
		if (++m->commands == m->pull_at)
			break;
		exchange(m, action->data, action->len);
		note_cryptogram(m, action->data);
		break;
	case PH_EMV_WARM_RESET:
		card_in(m);
		break;
	case PH_EMV_ASK_CHOICE:
		m->event = (struct ph_emv_event){
			.kind = PH_EMV_CHOICE, .number = !strcmp(m->row->terminal, "second")};
		break;
	case PH_EMV_ASK_CONFIRM:
		m->event = (struct ph_emv_event){.kind = PH_EMV_CONFIRM, .number = 1};
		break;
	case PH_EMV_ASK_PIN_PAD:
		enter_pin(m, action);
		break;
	case PH_EMV_NEED_DURABLE:
		m->reversal |= action->point == PH_EMV_POINT_REVERSAL;
		m->event = (struct ph_emv_event){.kind = PH_EMV_DURABLE};
		break;
	case PH_EMV_GO_ONLINE:
		ask_host(m);
		break;
	case PH_EMV_DONE:
	case PH_EMV_IGNORE:
		ck_abort_msg("%s: action %d", m->row->profile, action->kind);
	}
}

static const char *outcome_name(enum ph_emv_outcome outcome)
{
	static const char *const names[] = {[PH_EMV_APPROVED_ONLINE] = "online",
		[PH_EMV_APPROVED_OFFLINE] = "offline",
		[PH_EMV_DECLINED_ONLINE] = "declined",
		[PH_EMV_DECLINED_OFFLINE] = "declined",
		[PH_EMV_REFERRED] = "referred",
		[PH_EMV_CANCELLED] = "cancelled",
		[PH_EMV_TERMINATED] = "terminated"};

	return names[outcome];
}

static const char *fault_name(enum ph_emv_fault fault)
{
	static const char *const names[] = {[PH_EMV_FAULT_NONE] = "-",
		[PH_EMV_FAULT_CARD] = "card",
		[PH_EMV_FAULT_DATA] = "data",
		[PH_EMV_FAULT_NO_APPLICATION] = "no_application",
		[PH_EMV_FAULT_BLOCKED] = "blocked",
		[PH_EMV_FAULT_REMOVED] = "removed",
		[PH_EMV_FAULT_TIMEOUT] = "timeout",
		[PH_EMV_FAULT_CONTACTLESS] = "contactless",
		[PH_EMV_FAULT_INTERNAL] = "internal",
		[PH_EMV_FAULT_STORE] = "store"};

	return names[fault];
}

static void same(const struct row *row, const char *column, const char *want, const char *got)
{
	if (!strcmp(want, "*"))
		return;
	if (!strcmp(want, "-") && !*got)
		return;
	ck_assert_msg(!strcmp(want, got), "%s %s %u %s: %s is %s, must be %s", row->profile,
		row->terminal, row->amount, row->host, column, got, want);
}

static void compare(struct meeting *m, const struct ph_emv_result *result)
{
	const struct row *row = m->row;
	struct ph_emv_receipt receipt;
	char arc[3] = {result->arc[0], result->arc[1]};

	ph_emv_receipt(m->emv, &receipt);
	same(row, "outcome", row->outcome, outcome_name(result->outcome));
	same(row, "fault", row->fault, fault_name(result->fault));
	same(row, "reversal", row->reversal, result->reverse ? "yes" : "-");
	ck_assert_int_eq(result->reverse, m->reversal);
	same(row, "ARC", row->arc, arc);
	same(row, "first AC", row->first, m->types[0]);
	same(row, "second AC", row->second, m->types[1]);
	same(row, "TVR", row->tvr, receipt.tvr);
	same(row, "TSI", row->tsi, receipt.tsi);
	same(row, "CVM", row->cvm, receipt.cvm);
}

/* What is different about a terminal of the table: see its head. */
struct terminal {
	const char *name;
	uint8_t type, payment; /* 9F35, 9C; 0: as usual */
	bool pad, broken, bypass;
	uint8_t target, most; /* per cent, from a threshold of 1000 */
};

static const struct terminal terminals[] = {
	{.name = "shop"},
	{.name = "forced"},
	{.name = "listed"},
	{.name = "split"},
	{.name = "second"},
	{.name = "offline", .type = 0x23},
	{.name = "online-only", .type = 0x21},
	{.name = "pad", .pad = true},
	{.name = "pad-wrong", .pad = true},
	{.name = "pad-broken", .pad = true, .broken = true},
	{.name = "pad-bypass", .pad = true, .bypass = true},
	{.name = "cashback", .payment = 0x09},
	{.name = "refund", .payment = 0x20},
	{.name = "cash", .payment = 0x01},
	{.name = "machine", .payment = 0x01, .type = 0x25},
	{.name = "random", .target = 20, .most = 80},
	{.name = "half", .target = 50, .most = 50},
};

static const struct terminal *terminal_of(const struct row *row)
{
	for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++)
		if (!strcmp(terminals[i].name, row->terminal))
			return &terminals[i];
	ck_abort_msg("no terminal %s", row->terminal);
	return NULL;
}

static void set_terminal(const struct row *row, struct ph_emv_transaction *transaction)
{
	struct ph_emv_terminal *terminal = &parameters.terminal;
	const struct terminal *t = terminal_of(row);

	terminal->type = t->type ? t->type : 0x22;
	terminal->capabilities = t->pad ? 0x20b8c8 : 0x2028c8;
	terminal->bypass_pin = t->bypass;
	for (size_t i = 0; i < parameters.application_count; i++) {
		parameters.applications[i].random_target = t->target;
		parameters.applications[i].random_max = t->most;
		parameters.applications[i].random_threshold = t->most ? 1000 : 0;
	}
	*transaction = (struct ph_emv_transaction){.type = t->payment,
		.amount = row->amount,
		.other = t->payment == 0x09 ? CASHBACK : 0,
		.currency = 0x0978,
		.currency_exponent = 2,
		.date = 20261122,
		.time = 101500,
		.counter = 1,
		.forced_online = !strcmp(row->terminal, "forced"),
		.pin_pad = t->pad && !t->broken,
		.can_choose = true};
}

static void begin_with(struct meeting *m, const struct row *r, unsigned pull_at, uint32_t number)
{
	struct ph_emv_transaction transaction;
	char why[PH_EMU_CARD_WHY_MAX] = "";
	const char *profile = ph_emu_card_profile(r->profile);

	*m = (struct meeting){.row = r, .pull_at = pull_at};
	playing = r;
	load_parameters();
	set_terminal(r, &transaction);
	ck_assert_msg(profile != NULL, "no profile %s", r->profile);
	ck_assert_int_eq(ph_emu_card_new(profile, number, &m->card, why), 0);
	ck_assert_int_eq(ph_emv_new(&parameters, &world, &m->emv), 0);
	ck_assert_int_eq(ph_emv_start(m->emv, &transaction), 0);
}

static void begin(struct meeting *m, const struct row *r, unsigned pull_at)
{
	begin_with(m, r, pull_at, PH_EMU_CARD_OWN_NUMBER);
}

static struct ph_emv_result play(struct meeting *m)
{
	struct ph_emv_action action;

	card_in(m);
	ph_emv_step(m->emv, &m->event, &action);
	for (unsigned i = 0; action.kind != PH_EMV_DONE; i++) {
		ck_assert_uint_lt(i, STEPS);
		respond(m, &action);
		ph_emv_step(m->emv, &m->event, &action);
	}
	return action.result;
}

static void end(struct meeting *m)
{
	ph_emv_free(m->emv);
	ph_emu_card_free(m->card);
}

START_TEST(row)
{
	struct meeting m;

	begin(&m, &rows[_i], 0);
	struct ph_emv_result result = play(&m);
	compare(&m, &result);
	end(&m);
}
END_TEST

// The card is pulled at each command in turn: what may stand at the host is undone, and nothing else is.
START_TEST(pulled)
{
	static const struct row sales[] = {
		{.profile = "visa-online", .terminal = "shop", .amount = 8000, .host = "00"},
		{.profile = "mc-cda", .terminal = "shop", .amount = 8000, .host = "00"},
		{.profile = "visa-scripts", .terminal = "shop", .amount = 8000, .host = "00+71"},
		{.profile = "visa-offline-tc", .terminal = "shop", .amount = 1000, .host = "-"},
	};
	struct meeting m;

	begin(&m, &sales[_i], 0);
	struct ph_emv_result result = play(&m);
	unsigned all = m.commands;
	ck_assert_int_le(result.outcome, PH_EMV_APPROVED_OFFLINE);
	end(&m);
	for (unsigned at = 1; at <= all; at++) {
		begin(&m, &sales[_i], at);
		result = play(&m);
		ck_assert_uint_eq(m.commands, at);
		ck_assert_int_gt(result.outcome, PH_EMV_APPROVED_OFFLINE);
		ck_assert_int_eq(result.fault, PH_EMV_FAULT_REMOVED);
		ck_assert_int_eq(result.reverse, m.asked_host);
		ck_assert_int_eq(m.reversal, m.asked_host);
		end(&m);
	}
}
END_TEST

/* Everything a tape holds as hexadecimal, the data of all answers one behind the other. */
static char *tape_text(const struct tape *tape, bool answers)
{
	char *text = calloc(2, tape->used + 1), *end = text;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < tape->count; i++) {
		const struct ph_emv_said *said = &tape->said[i];
		size_t status = answers ? 2 : 0;
		if (answers && said->kind != PH_EMV_SAID_ANSWER)
			continue;
		for (size_t k = 0; k + status < said->len; k++)
			end += sprintf(end, "%02X", said->data[k]);
	}
	return text;
}

/* Of a number the digits that may not stay, in each way they could be written. */
static bool is_told(const struct tape *tape, const char *hidden)
{
	char ascii[2 * PH_EMU_CARD_PAN_MAX + 1] = "";
	bool told = false;

	for (size_t i = 0; hidden[i]; i++)
		sprintf(ascii + 2 * i, "3%c", hidden[i]);
	for (unsigned answers = 0; answers < 2; answers++) {
		char *text = tape_text(tape, answers);
		told = told || strstr(text, hidden) || strstr(text, ascii);
		free(text);
	}
	return told;
}

static void mask_tape(struct tape *tape)
{
	ph_emv_mask(tape->said, tape->count);
}

static struct ph_emv_result run_tape(
	struct meeting *m, const struct row *r, struct tape *plays, struct tape *records)
{
	begin_with(m, r, 0, NUMBER);
	m->plays = plays;
	m->records = records;
	taped = m;
	struct ph_emv_result result = play(m);
	taped = NULL;
	return result;
}

static void compare_runs(struct meeting *m, const struct meeting *again,
	const struct ph_emv_result *result, const struct ph_emv_result *second)
{
	struct ph_emv_receipt one, other;

	ph_emv_receipt(m->emv, &one);
	ph_emv_receipt(again->emv, &other);
	ck_assert_mem_eq(&one, &other, sizeof one);
	ck_assert_int_eq(result->outcome, second->outcome);
	ck_assert_int_eq(result->fault, second->fault);
	ck_assert_int_eq(result->reverse, second->reverse);
	ck_assert_mem_eq(result->arc, second->arc, 2);
	ck_assert_str_eq(m->types[0], again->types[0]);
	ck_assert_str_eq(m->types[1], again->types[1]);
}

// Nothing of the account is left in a masked session, and it takes the kernel the same way to the same end.
START_TEST(masked)
{
	static struct tape live, second;
	struct meeting m, again;
	char pan[PH_EMU_CARD_PAN_MAX];

	memset(&live, 0, sizeof live);
	memset(&second, 0, sizeof second);
	struct ph_emv_result result = run_tape(&m, &rows[_i], NULL, &live);
	ph_emu_card_pan(m.card, pan);
	size_t len = strlen(pan);
	ck_assert_uint_gt(len, PH_MASK_FIRST + PH_MASK_LAST + 3);
	pan[len - PH_MASK_LAST] = '\0';
	bool told = is_told(&live, pan + PH_MASK_FIRST);
	mask_tape(&live);
	ck_assert_msg(!is_told(&live, pan + PH_MASK_FIRST), "%s", rows[_i].profile);
	struct ph_emv_result result_again = run_tape(&again, &rows[_i], &live, &second);
	compare_runs(&m, &again, &result, &result_again);
	/* what the kernel sent is the same, as far as it is written down */
	mask_tape(&second);
	ck_assert_uint_eq(second.used, live.used);
	ck_assert_mem_eq(second.bytes, live.bytes, live.used);
	ck_assert_uint_eq(second.check_count, live.check_count);
	/* and the search finds it where it was: a card whose records are read tells it */
	if (!memcmp(result.arc, "00", 2) || !memcmp(result.arc, "Y1", 2))
		ck_assert(told);
	end(&m);
	end(&again);
}
END_TEST

// Each card is in the table, but that of the vectors, which has a test of its own.
START_TEST(all_cards)
{
	const char *name;

	ck_assert_uint_gt(row_count, 100);
	for (size_t n = 0; (name = ph_emu_card_profile_name(n)); n++) {
		bool found = !strcmp(name, "vectors");
		for (unsigned i = 0; i < row_count; i++)
			found = found || !strcmp(rows[i].profile, name);
		ck_assert_msg(found, "%s is not in the table", name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv matrix");
	TCase *tcase = tcase_create("rows");

	load_rows();
	tcase_add_loop_test(tcase, row, 0, (int)row_count);
	tcase_add_loop_test(tcase, pulled, 0, 4);
	tcase_add_loop_test(tcase, masked, 0, (int)row_count);
	tcase_add_test(tcase, all_cards);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
