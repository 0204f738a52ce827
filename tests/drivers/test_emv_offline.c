// Sales that may stand without the host: emulated cards in the scripted reader, what is told of each, who approves, and what ends as
// the host's absence alone.
#include "daemon/payments/card_facts.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "emulators/models/card.h"
#include "tests/drivers/bench.h"
#include "tests/support/emv_files.h"

#include <cjson/cJSON.h>

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SALE(amount, more)                                                                         \
	"{\"payment\":\"pay-1\",\"type\":\"sale\",\"amount\":" amount                              \
	",\"currency\":{\"code\":\"EUR\",\"number\":978,\"exponent\":2},\"date\":20261122,"        \
	"\"time\":101500,\"counter\":7" more "}"
#define WELCOME	   ",\"offline\":{\"forward_s\":259200}"
#define NO	   "{\"payment\":\"pay-1\",\"ok\":false}"
#define SMALL	   SALE("1000", WELCOME)
#define ABOVE	   SALE("8000", WELCOME) /* the floor limit */
#define OWN_NUMBER PH_EMU_CARD_OWN_NUMBER

static struct bench bench;
static struct emv_files files;
static char key_path[80], list_path[80], list_signature[88];

/* ---- the reader ---- */

static struct {
	struct ph_emu_card *card;
	unsigned commands, second_ac; /* of GENERATE AC: this one is not answered, 0 none */
	bool fails;		      /* it has a status word of failure */
} slot;

static void packet(uint8_t kind, const void *data, size_t len)
{
	uint8_t bytes[PH_READER_PACKET_MAX];

	bytes[0] = kind;
	memcpy(bytes + 1, data, len);
	bench_feed(&bench, bytes, len + 1, false);
}

static void reader_state(enum ph_reader_state state)
{
	const char bytes[] = {(char)state, 'R', '\0'};

	packet(PH_READER_STATE, bytes, 2);
}

static void answer(const uint8_t *command, size_t len)
{
	static const uint8_t failure[] = {0x6f, 0x00};
	uint8_t out[PH_EMU_CARD_ANSWER_MAX];

	if (command[1] == 0xae && ++slot.commands == slot.second_ac) {
		if (slot.fails)
			packet(PH_READER_ANSWER, failure, sizeof failure);
		return;
	}
	int n = ph_emu_card_command(slot.card, command, len, out);
	ck_assert_int_gt(n, 0);
	packet(PH_READER_ANSWER, out, (size_t)n);
}

static void connect_card(void)
{
	uint8_t bytes[1 + PH_EMU_CARD_ATR_MAX] = {ph_emu_card_is_t0(slot.card) ? 0 : 1};
	size_t n = ph_emu_card_reset(slot.card, bytes + 1);

	packet(PH_READER_CARD, bytes, 1 + n);
}

/* Serves until the driver has nothing to send. */
static void run_reader(void)
{
	while (bench.written.len) {
		uint8_t sent[512];
		size_t len = bench.written.len, at = 0;
		ck_assert_uint_le(len, sizeof sent);
		memcpy(sent, bench.written.data, len);
		ph_buf_reset(&bench.written);
		while (at < len && sent[at] == PH_READER_RELEASE)
			at++;
		if (at < len && sent[at] == PH_READER_CONNECT)
			connect_card();
		else if (at < len && sent[at] == PH_READER_COMMAND)
			answer(sent + at + 1, len - at - 1);
	}
}

static void put_in_number(const char *profile, uint32_t number)
{
	char why[PH_EMU_CARD_WHY_MAX] = "";
	const char *text = ph_emu_card_profile(profile);

	ck_assert_msg(text != NULL, "%s", profile);
	ph_emu_card_free(slot.card);
	memset(&slot, 0, sizeof slot);
	ck_assert_msg(ph_emu_card_new(text, number, &slot.card, why) == 0, "%s", why);
	reader_state(PH_READER_PRESENT);
	bench_lines(&bench);
}

static void put_in(const char *profile)
{
	put_in_number(profile, OWN_NUMBER);
}

/* A card whose last day is this one. */
static void put_in_until(const char *profile, const char *expiry)
{
	char why[PH_EMU_CARD_WHY_MAX] = "";
	cJSON *json = cJSON_Parse(ph_emu_card_profile(profile));

	put_in(profile);
	ph_emu_card_free(slot.card);
	cJSON_AddStringToObject(json, "expiry", expiry);
	char *text = cJSON_PrintUnformatted(json);
	ck_assert_msg(ph_emu_card_new(text, OWN_NUMBER, &slot.card, why) == 0, "%s", why);
	free(text);
	cJSON_Delete(json);
}

/* ---- the files ---- */

static void write_files(void)
{
	static char text[16384];
	FILE *file = fopen(EMV_DATA "/test.json", "re");

	if (!file)
		abort();
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	emv_files_make(&files, text);
	snprintf(key_path, sizeof key_path, "%s/fingerprint.key", files.folder);
	snprintf(list_path, sizeof list_path, "%s/denied", files.folder);
	snprintf(list_signature, sizeof list_signature, "%s.sig", list_path);
}

static void remove_files(void)
{
	unlink(key_path);
	unlink(list_path);
	unlink(list_signature);
	emv_files_remove(&files);
}

/* As the file of the parameters is. */
static void sign_list(const char *content)
{
	emv_files_sign_as(&files, list_path, list_signature, content);
}

/* The lines that each list begins with. */
static const char *list_head(void)
{
	static char head[128];
	char why[EMV_FINGERPRINT_WHY_SIZE];
	struct ph_secret *key;
	uint8_t mark[PH_FINGERPRINT_SIZE];
	int n = snprintf(head, sizeof head, "poshal deny list 1\nkey ");

	ck_assert_int_eq(emv_fingerprint_key_load(key_path, true, &key, why), 0);
	emv_fingerprint(key, NULL, 0, mark);
	ph_secret_free(key);
	for (size_t i = 0; i < sizeof mark; i++)
		n += snprintf(head + n, sizeof head - (size_t)n, "%02x", mark[i]);
	snprintf(head + n, sizeof head - (size_t)n, "\n");
	return head;
}

/* `key` NULL: the option is left out. */
static void begin_with(bool list, const char *key)
{
	static char options[5][128];
	const char *names[6] = {options[0], options[1], options[2]};
	size_t n = 3;

	snprintf(options[0], sizeof *options, "parameters=%s", files.parameters);
	snprintf(options[1], sizeof *options, "parameters_key=%s", files.signer);
	snprintf(options[2], sizeof *options, "seal_key=%s", files.seal);
	snprintf(options[3], sizeof *options, "fingerprint_key=%s", key ? key : "");
	snprintf(options[4], sizeof *options, "deny_list=%s", list_path);
	if (key)
		names[n++] = options[3];
	if (list)
		names[n++] = options[4];
	bench_init(&bench, &ph_driver_emv_pcsc, "pcsc:", PH_CLASS_BIT(PH_CLASS_CARD_READER), names);
	bench_lines(&bench);
}

static void begin_driver(bool list)
{
	begin_with(list, key_path);
}

static void setup(void)
{
	begin_driver(false);
}

static void setup_with_list(void)
{
	sign_list(list_head());
	begin_driver(true);
}

static void teardown(void)
{
	ph_emu_card_free(slot.card);
	slot.card = NULL;
	bench_done(&bench);
	unlink(list_path);
	unlink(list_signature);
}

/* ---- what goes up ---- */

static char said[16384];

static void note(void)
{
	const char *lines = bench_lines(&bench);

	ck_assert_uint_lt(strlen(lines), sizeof said);
	strcpy(said, lines);
}

static void ask(const char *method, const char *params)
{
	bench_request(&bench, method, params);
	run_reader();
	note();
}

/* The params of the one notification of this method. */
static cJSON *notification(const char *method)
{
	char head[64];

	snprintf(head, sizeof head, "%s {", method);
	const char *at = strstr(said, head);
	ck_assert_msg(at != NULL, "no %s in %s", method, said);
	cJSON *json = cJSON_ParseWithOpts(at + strlen(method) + 1, NULL, false);
	ck_assert_ptr_nonnull(json);
	return json;
}

static const char *text(const cJSON *json, const char *name)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(json, name));

	return value ? value : "";
}

static bool truth(const cJSON *json, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(json, name));
}

/* The facts of the need that went up last, as poshald reads them. */
static struct ph_card_facts facts_of(const char *need, const char *arc)
{
	cJSON *json = notification("payment.need");
	struct ph_card_facts facts;

	ck_assert_str_eq(text(json, "need"), need);
	ck_assert_str_eq(text(json, "arc"), arc);
	ck_assert_msg(
		ph_card_facts_read(cJSON_GetObjectItem(json, "facts"), &facts) == 0, "%s", said);
	cJSON_Delete(json);
	return facts;
}

static void ends(const char *outcome, const char *reason, bool without_host)
{
	cJSON *json = notification("payment.end");

	ck_assert_msg(
		!strcmp(text(json, "outcome"), outcome) && !strcmp(text(json, "reason"), reason) &&
			truth(json, "without_host") == without_host && !truth(json, "reverse"),
		"%s", said);
	cJSON_Delete(json);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
}

/* ---- each kind of card ---- */

/* What a card comes to when the host cannot be asked. */
enum way {
	Y1, /* approves at once */
	Y3, /* approves then */
	Z3, /* declines for that alone */
	ZZ, /* declines, and something else is wrong */
};

static const struct kind {
	const char *profile, *sale;
	enum way way;
	enum ph_offline_cvm cvm;
	enum ph_offline_oda oda;
} kinds[] = {
	{"visa-offline-tc", SMALL, Y1, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"mc-cda-offline", SMALL, Y1, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"visa-sda", SMALL, Y1, PH_CVM_SIGNATURE, PH_ODA_STATIC},
	{"none-cvm", SMALL, Y1, PH_CVM_NONE, PH_ODA_DYNAMIC},
	{"no-cvm-support", SMALL, Y1, PH_CVM_NONE, PH_ODA_DYNAMIC},
	{"maestro-pin", SMALL, Y1, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC}, /* there is no pad */
	{"mc-cda-away", SMALL, Y3, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"visa-online", SMALL, Y3, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"visa-online", ABOVE, Z3, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"unable-declines", SMALL, Z3, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"visa-sda", ABOVE, Z3, PH_CVM_SIGNATURE, PH_ODA_STATIC},
	{"visa-no-oda", SMALL, Z3, PH_CVM_SIGNATURE, PH_ODA_NONE},
	{"tampered-sda", SMALL, Z3, PH_CVM_SIGNATURE, PH_ODA_FAILED},
	{"sdad-dda", SMALL, Z3, PH_CVM_SIGNATURE, PH_ODA_FAILED},
	{"ca-unknown-cda", SMALL, Z3, PH_CVM_SIGNATURE, PH_ODA_FAILED},
	{"pin-online", SMALL, Z3, PH_CVM_ONLINE_PIN, PH_ODA_DYNAMIC},
	{"pin-only", SMALL, Z3, PH_CVM_FAILED, PH_ODA_DYNAMIC},
	{"cvm-fails", SMALL, Z3, PH_CVM_FAILED, PH_ODA_DYNAMIC},
	{"not-yet-effective", SMALL, ZZ, PH_CVM_SIGNATURE, PH_ODA_DYNAMIC},
	{"missing-cvm-list", SMALL, ZZ, PH_CVM_NONE, PH_ODA_DYNAMIC},
};

static void check_number(const struct ph_card_facts *facts)
{
	char pan[PH_EMU_CARD_PAN_MAX];

	ph_emu_card_pan(slot.card, pan);
	ck_assert_mem_eq(facts->first_digits, pan, 6);
	ck_assert(facts->has_fingerprint && facts->deny_known && !facts->denied);
	ck_assert_msg(!strstr(said, pan), "%s", said);
}

START_TEST(facts_of_each_kind)
{
	static const char *const arcs[] = {[Y1] = "Y1", [Y3] = "Y3", [Z3] = "", [ZZ] = ""};
	const struct kind *kind = &kinds[_i];

	put_in(kind->profile);
	ask("payment.start", kind->sale);
	struct ph_card_facts facts =
		facts_of(kind->way == Y1 ? "store" : "online", kind->way == Y1 ? "Y1" : "");
	check_number(&facts);
	ck_assert_int_eq(facts.entry, PH_ENTRY_CHIP);
	ck_assert_msg(facts.cvm == kind->cvm, "%s: cvm %d", kind->profile, (int)facts.cvm);
	ck_assert_msg(facts.oda == kind->oda, "%s: oda %d", kind->profile, (int)facts.oda);
	ck_assert(!facts.expires_soon);
	if (kind->way != Y1)
		ask("payment.proceed", NO);
	if (kind->way == Y3) {
		struct ph_card_facts second = facts_of("store", arcs[kind->way]);
		ck_assert_mem_eq(&second, &facts, sizeof facts);
	}
	if (kind->way == Y1 || kind->way == Y3) {
		ask("payment.proceed", "{\"payment\":\"pay-1\",\"ok\":true}");
		ends("approved_offline", "", false);
	} else {
		ends("declined", "card_declined", kind->way == Z3);
	}
}
END_TEST

/* An approval that the service does not want, or could not store, is none; and the host has not been the reason. */
START_TEST(an_approval_that_is_refused)
{
	put_in(_i ? "visa-offline-tc" : "mc-cda-away");
	ask("payment.start", SMALL);
	if (!_i)
		ask("payment.proceed", NO);
	facts_of("store", _i ? "Y1" : "Y3");
	ask("payment.proceed", NO);
	ends("declined", "not_stored", false);
}
END_TEST

/* Where nobody wants it, nothing is told, whatever the card does. */
START_TEST(not_welcome)
{
	put_in(_i ? "mc-cda-away" : "unable-declines");
	ask("payment.start", _i ? SALE("1000", "") : SALE("1000", ",\"forced_online\":true"));
	ck_assert_ptr_null(strstr(said, "\"facts\""));
	ck_assert_ptr_nonnull(strstr(said, "\"need\":\"online\""));
	ask("payment.proceed", NO);
	ck_assert_ptr_null(strstr(said, "\"facts\""));
	if (_i) {
		ck_assert_ptr_nonnull(strstr(said, "\"arc\":\"Y3\""));
		ask("payment.proceed", NO);
	}
	ends("declined", _i ? "not_stored" : "card_declined", false);
}
END_TEST

/* The host has answered: an AAC is for another reason. */
START_TEST(declined_by_the_host)
{
	put_in("unable-declines");
	ask("payment.start", SMALL);
	ask("payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":false,\"arc\":\"05\"}");
	ends("declined", "host_declined", false);
}
END_TEST

/* Declined before anybody was to be asked. */
START_TEST(declined_at_once)
{
	put_in(_i ? "declines" : "service-not-allowed");
	ask("payment.start", SMALL);
	ends("declined", "card_declined", false);
}
END_TEST

START_TEST(lost_at_the_second_cryptogram)
{
	put_in(_i & 1 ? "unable-declines" : "mc-cda-away");
	slot.second_ac = 2;
	ask("payment.start", SMALL);
	facts_of("online", "");
	ask("payment.proceed", NO);
	if (_i & 2) {
		bench_advance(&bench, PH_EMV_TIME_MS + 1);
		note();
		ends("declined", "card_timeout", false);
	} else {
		reader_state(PH_READER_EMPTY);
		run_reader();
		note();
		ends("cancelled", "card_removed", false);
	}
}
END_TEST

START_TEST(refuses_the_second_cryptogram)
{
	put_in("unable-declines");
	slot.second_ac = 2;
	slot.fails = true;
	ask("payment.start", SMALL);
	ask("payment.proceed", NO);
	ends("declined", "card_error", false);
}
END_TEST

/* No cryptogram comes to nothing but one. */
START_TEST(proceeds_with_a_choice)
{
	put_in("two-applications");
	ask("payment.start", SALE("1000", WELCOME ",\"choices\":true"));
	ck_assert_ptr_nonnull(strstr(said, "\"need\":\"choice\""));
	ck_assert_ptr_null(strstr(said, "\"facts\""));
	ask("payment.proceed", NO);
	ends("cancelled", "cancelled", false);
}
END_TEST

/* ---- the last day ---- */

/* Until 10:15 three days later. */
static const struct {
	const char *expiry, *welcome;
	bool soon;
} last_days[] = {
	{"261123", WELCOME, true}, /* tomorrow */
	{"261124", WELCOME, true},
	{"261125", WELCOME, false},
	{"261121", WELCOME, true}, /* yesterday */
	{"261122", ",\"offline\":{\"forward_s\":0}", false},
	{"261122", ",\"offline\":{\"forward_s\":49499}", false},
	{"261122", ",\"offline\":{\"forward_s\":49500}", true}, /* midnight */
	{"271122", ",\"offline\":{\"forward_s\":31622400}", true},
};

START_TEST(the_last_day)
{
	char sale[512];

	snprintf(sale, sizeof sale, "%.*s%s}", (int)strlen(SALE("8000", "")) - 1, SALE("8000", ""),
		last_days[_i].welcome);
	put_in_until("visa-online", last_days[_i].expiry);
	ask("payment.start", sale);
	struct ph_card_facts facts = facts_of("online", "");
	ck_assert_int_eq(facts.expires_soon, last_days[_i].soon);
}
END_TEST

/* ---- fingerprints ---- */

static struct ph_card_facts look_at(const char *profile, uint32_t number)
{
	put_in_number(profile, number);
	ask("payment.start", ABOVE);
	struct ph_card_facts facts = facts_of("online", "");
	ask("payment.proceed", NO);
	ends("declined", "card_declined", true);
	return facts;
}

START_TEST(the_same_card_is_the_same)
{
	struct stat st;
	struct ph_card_facts one = look_at("visa-online", 1), two = look_at("visa-online", 2);
	struct ph_card_facts again = look_at("visa-online", 1);

	ck_assert_mem_eq(one.fingerprint, again.fingerprint, 32);
	ck_assert(memcmp(one.fingerprint, two.fingerprint, 32) != 0);
	ck_assert_int_eq(stat(key_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 32);
	/* a process that starts anew, and another sort of card with the number */
	bench_done(&bench);
	setup();
	again = look_at("unable-declines", 1);
	ck_assert_mem_eq(one.fingerprint, again.fingerprint, 32);
	/* with another key nothing is as it was, at the next payment */
	unlink(key_path);
	again = look_at("visa-online", 1);
	ck_assert(memcmp(one.fingerprint, again.fingerprint, 32) != 0);
	two = look_at("visa-online", 1);
	ck_assert_mem_eq(two.fingerprint, again.fingerprint, 32);
}
END_TEST

static void load_key(uint8_t mark[PH_FINGERPRINT_SIZE])
{
	char why[EMV_FINGERPRINT_WHY_SIZE];
	struct ph_secret *key;

	ck_assert_int_eq(emv_fingerprint_key_load(key_path, true, &key, why), 0);
	emv_fingerprint(key, NULL, 0, mark);
	ph_secret_free(key);
}

/* Two readers that begin at once have one key. */
START_TEST(the_key_is_made_once)
{
	uint8_t marks[8][PH_FINGERPRINT_SIZE];
	int ends[2], status;

	unlink(key_path);
	ck_assert_int_eq(pipe(ends), 0);
	for (size_t i = 0; i < PH_ARRAY_SIZE(marks); i++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid)
			continue;
		load_key(marks[i]);
		_exit(write(ends[1], marks[i], sizeof marks[i]) != sizeof marks[i]);
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(marks); i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(read(ends[0], marks[i], sizeof marks[i]), sizeof marks[i]);
		ck_assert_mem_eq(marks[i], marks[0], sizeof marks[i]);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* Where the process is told that state belongs; and one that is told nothing. */
START_TEST(the_usual_place_of_the_key)
{
	static const char *const folders[] = {"%s", "%s:/nowhere", "", NULL};
	char folder[64];
	struct stat st;

	unlink(key_path);
	bench_done(&bench);
	snprintf(folder, sizeof folder, _i < 2 ? folders[_i] : "%s", files.folder);
	if (_i == 3)
		unsetenv("STATE_DIRECTORY");
	else
		setenv("STATE_DIRECTORY", _i < 2 ? folder : folders[_i], 1);
	begin_with(false, NULL);
	/* it is not made before it is needed */
	put_in("visa-online");
	ask("payment.start", SALE("8000", ""));
	ask("payment.proceed", NO);
	ck_assert_int_lt(stat(key_path, &st), 0);
	ask("payment.start", ABOVE);
	struct ph_card_facts facts = facts_of("online", "");
	ck_assert_int_eq(facts.has_fingerprint, _i < 2);
	ck_assert_int_eq(stat(key_path, &st) == 0, _i < 2);
}
END_TEST

static const char *last_reasons(void)
{
	static char reasons[128];
	const char *at = strstr(said, "\"reasons\":[");

	snprintf(reasons, sizeof reasons, "%.*s", at ? (int)strcspn(at, "]") : 0, at ? at : "");
	return reasons;
}

/* What a key file can be that is none. */
START_TEST(no_key)
{
	FILE *file;

	look_at("visa-online", 1);
	unlink(key_path);
	if (_i == 0) {
		ck_assert_int_eq(mkdir(key_path, 0700), 0);
	} else {
		file = fopen(key_path, "we");
		fprintf(file, "%.*s", _i == 1 ? 31 : 32, "0123456789abcdef0123456789abcdef");
		fclose(file);
		ck_assert_int_eq(chmod(key_path, _i == 2 ? 0640 : 0600), 0);
	}
	put_in("visa-online");
	ask("payment.start", ABOVE);
	struct ph_card_facts facts = facts_of("online", "");
	ck_assert_int_eq(facts.has_fingerprint, _i == 3);
	ck_assert(facts.deny_known && !facts.denied);
	ck_assert_int_eq(!strcmp(last_reasons(), "\"reasons\":[\"no_fingerprint_key\""), _i != 3);
	ck_assert_int_eq(strstr(said, "cards cannot be told apart") != NULL, _i != 3);
	ask("payment.proceed", NO);
	if (_i == 0)
		rmdir(key_path);
	else
		unlink(key_path);
	/* it is told when it is well again, and only then; what was logged is not logged again */
	ask("payment.start", ABOVE);
	facts = facts_of("online", "");
	ck_assert(facts.has_fingerprint);
	ck_assert_str_eq(last_reasons(), _i == 3 ? "" : "\"reasons\":[");
	ck_assert_ptr_null(strstr(said, "cards cannot be told apart"));
}
END_TEST

/* ---- the list ---- */

static void deny(const char *more, const struct ph_card_facts *facts)
{
	char list[320];
	size_t n = (size_t)snprintf(list, sizeof list, "%s%s", list_head(), more);

	for (size_t i = 0; i < sizeof facts->fingerprint; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%02X", facts->fingerprint[i]);
	sign_list(list);
}

START_TEST(cards_on_the_list)
{
	struct ph_card_facts facts = look_at("visa-online", 1);

	ck_assert(facts.deny_known && !facts.denied);
	deny("expires 2026-11-22\n", &facts);
	facts = look_at("visa-online", 1);
	ck_assert(facts.deny_known && facts.denied);
	/* "card appears on terminal exception file": it does not approve by itself any more */
	put_in_number("visa-offline-tc", 1);
	ask("payment.start", SMALL);
	ck_assert_ptr_nonnull(strstr(said, "\"tvr\":\"1000000000\""));
	facts = facts_of("online", "");
	ck_assert(facts.deny_known && facts.denied);
	ask("payment.proceed", NO);
	/* the others are no worse off */
	facts = look_at("visa-online", 2);
	ck_assert(facts.deny_known && !facts.denied);
	sign_list(list_head());
	facts = look_at("visa-online", 1);
	ck_assert(facts.deny_known && !facts.denied);
}
END_TEST

static void break_list(int how)
{
	char list[256];
	FILE *file;

	switch (how) {
	case 0:
		unlink(list_path);
		break;
	case 1:
		unlink(list_signature);
		break;
	case 2: /* somebody takes a row out */
		file = fopen(list_path, "we");
		fputs(list_head(), file);
		fclose(file);
		break;
	case 3:
		sign_list("poshal deny list 1\n");
		break;
	case 4:
		snprintf(list, sizeof list, "%sexpires 2026-11-21\n", list_head());
		sign_list(list);
		break;
	default:
		unlink(key_path); /* it was made with that one */
	}
}

START_TEST(a_list_that_is_none)
{
	struct ph_card_facts facts = look_at("visa-online", 1);

	deny("# a line that goes\n", &facts);
	facts = look_at("visa-online", 1);
	ck_assert(facts.denied);
	break_list(_i);
	put_in_number("visa-online", 1);
	ask("payment.start", ABOVE);
	facts = facts_of("online", "");
	ck_assert(!facts.deny_known && !facts.denied && facts.has_fingerprint);
	ck_assert_str_eq(last_reasons(), "\"reasons\":[\"no_deny_list\"");
	ck_assert_ptr_nonnull(strstr(said, "denied cards are not known"));
	ask("payment.proceed", NO);
	/* said once; the host may still be asked */
	ask("payment.start", SALE("8000", ""));
	ck_assert_ptr_nonnull(strstr(said, "\"need\":\"online\""));
	ck_assert_ptr_null(strstr(said, "denied cards are not known"));
	ask("payment.proceed", NO);
	sign_list(list_head());
	facts = look_at("visa-online", 1);
	ck_assert(facts.deny_known && !facts.denied);
}
END_TEST

/* Somebody has put it there, and nobody has taken it away. */
START_TEST(on_a_list_that_has_expired)
{
	struct ph_card_facts facts = look_at("visa-online", 1);

	deny("expires 2026-11-21\n", &facts);
	facts = look_at("visa-online", 1);
	ck_assert(facts.deny_known && facts.denied);
	facts = look_at("visa-online", 2);
	ck_assert(!facts.deny_known);
}
END_TEST

START_TEST(a_list_without_a_key)
{
	ck_assert_int_eq(unlink(key_path), 0);
	ck_assert_int_eq(mkdir(key_path, 0700), 0);
	put_in("visa-online");
	ask("payment.start", ABOVE);
	struct ph_card_facts facts = facts_of("online", "");
	ck_assert(!facts.deny_known && !facts.has_fingerprint);
	ck_assert_int_eq(rmdir(key_path), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv-pcsc without the host");
	TCase *cards = tcase_create("cards"), *lists = tcase_create("lists");

	tcase_add_unchecked_fixture(cards, write_files, remove_files);
	tcase_add_checked_fixture(cards, setup, teardown);
	tcase_add_loop_test(cards, facts_of_each_kind, 0, (int)PH_ARRAY_SIZE(kinds));
	tcase_add_loop_test(cards, an_approval_that_is_refused, 0, 2);
	tcase_add_loop_test(cards, not_welcome, 0, 2);
	tcase_add_test(cards, declined_by_the_host);
	tcase_add_loop_test(cards, declined_at_once, 0, 2);
	tcase_add_loop_test(cards, lost_at_the_second_cryptogram, 0, 4);
	tcase_add_test(cards, refuses_the_second_cryptogram);
	tcase_add_test(cards, proceeds_with_a_choice);
	tcase_add_loop_test(cards, the_last_day, 0, (int)PH_ARRAY_SIZE(last_days));
	tcase_add_test(cards, the_same_card_is_the_same);
	tcase_add_test(cards, the_key_is_made_once);
	tcase_add_loop_test(cards, the_usual_place_of_the_key, 0, 4);
	tcase_add_loop_test(cards, no_key, 0, 4);
	suite_add_tcase(suite, cards);
	tcase_add_unchecked_fixture(lists, write_files, remove_files);
	tcase_add_checked_fixture(lists, setup_with_list, teardown);
	tcase_add_test(lists, cards_on_the_list);
	tcase_add_loop_test(lists, a_list_that_is_none, 0, 6);
	tcase_add_test(lists, on_a_list_that_has_expired);
	tcase_add_test(lists, a_list_without_a_key);
	suite_add_tcase(suite, lists);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
