// The card reader's driver on the bench, with a scripted reader: a payment's messages, and what happens when things go wrong.
#include "tests/drivers/bench.h"
#include "tests/protocols/emv/kernel_rig.h"
#include "tests/support/emv_files.h"

#include "drivers/emv-pcsc/emv_pcsc.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;
static struct emv_files files;
static const uint8_t other_public[32] = {9};

static void write_files(void)
{
	emv_files_make(&files, EMV_FILES_PARAMETERS("0"));
}

static void remove_files(void)
{
	emv_files_remove(&files);
}

/* ---- the reader ---- */

static void packet(uint8_t kind, const void *data, size_t len)
{
	uint8_t bytes[PH_READER_PACKET_MAX];

	bytes[0] = kind;
	memcpy(bytes + 1, data, len);
	bench_feed(&bench, bytes, len + 1, false);
}

static void reader_state(enum ph_reader_state state)
{
	char bytes[] = " Test Reader 00";

	bytes[0] = (char)state;
	packet(PH_READER_STATE, bytes, sizeof bytes - 1);
}

/* What a card answers to commands that begin so; the first row that fits. */
struct row {
	const char *begins, *answer;
};

static const struct row online_card[] = {
	{"00A404000E", "6A82"},
	{"00A4040007", FCI},
	{"80A8", OPTIONS("1C00")},
	{READ_1, RECORD_1},
	{READ_2, RECORD_2},
	{READ_3, RECORD_3},
	{"80AE80", GIVES("80")},
	{"0082", "9000"},
	{"80AE40", GIVES("40")},
	{"80AE00", GIVES("00")},
	{NULL, NULL},
};

static struct {
	const struct row *rows;
	bool t0;
	unsigned commands, stop_at; /* nothing is answered from this command on */
	bool powered;
	struct bytes waiting; /* of T=0: what GET RESPONSE gives */
} card;

static void answer_t0(const struct bytes *command, const struct bytes *answer)
{
	bool data = command->data[1] != 0x82 && answer->len > 2;
	const uint8_t more[2] = {0x61, (uint8_t)(answer->len - 2)};

	if (command->data[1] == 0xb2) {
		/* case 2: the right length is asked for first */
		const uint8_t right[2] = {0x6c, (uint8_t)(answer->len - 2)};
		if (command->data[4] != right[1])
			packet(PH_READER_ANSWER, right, 2);
		else
			packet(PH_READER_ANSWER, answer->data, answer->len);
		return;
	}
	card.waiting = *answer;
	if (data)
		packet(PH_READER_ANSWER, more, 2);
	else
		packet(PH_READER_ANSWER, answer->data, answer->len);
}

static void answer_command(const struct bytes *command)
{
	for (const struct row *row = card.rows; row->begins; row++) {
		struct bytes begin = rig_bytes(row->begins);
		/* with T=0 a length may stand in the place of the last byte */
		size_t len = card.t0 && begin.data[1] == 0xb2 ? 4 : begin.len;
		if (command->len < len || memcmp(command->data, begin.data, len) != 0)
			continue;
		struct bytes answer = rig_bytes(row->answer);
		if (card.t0)
			answer_t0(command, &answer);
		else
			packet(PH_READER_ANSWER, answer.data, answer.len);
		return;
	}
	ck_abort_msg("the card has no answer to %s", bench_show(command->data, command->len));
}

/* One packet of the driver. */
static void serve(const uint8_t *data, size_t len)
{
	static const uint8_t atr0[] = {0, 0x3b, 0x60, 0x00, 0x00};
	static const uint8_t atr1[] = {1, 0x3b, 0xe0, 0x00, 0x00, 0x81, 0x31, 0x20, 0x45, 0x35};
	struct bytes command = {.len = len - 1};

	memcpy(command.data, data + 1, len - 1);
	if (data[0] == PH_READER_CONNECT) {
		card.powered = true;
		packet(PH_READER_CARD, card.t0 ? atr0 : atr1, card.t0 ? sizeof atr0 : sizeof atr1);
	} else if (data[0] == PH_READER_RELEASE) {
		card.powered = false;
	} else if (card.t0 && command.data[1] == 0xc0) {
		packet(PH_READER_ANSWER, card.waiting.data, card.waiting.len);
	} else if (data[0] == PH_READER_COMMAND && ++card.commands < card.stop_at) {
		answer_command(&command);
	}
}

/* Serves until the driver has nothing to send. */
static void run_reader(void)
{
	while (bench.written.len) {
		struct bytes sent = {.len = bench.written.len};
		memcpy(sent.data, bench.written.data, sent.len);
		ph_buf_reset(&bench.written);
		/* releases may be followed by something else */
		size_t at = 0;
		for (; at < sent.len && sent.data[at] == PH_READER_RELEASE; at++)
			serve(sent.data + at, 1);
		if (at < sent.len)
			serve(sent.data + at, sent.len - at);
	}
}

static void setup(void)
{
	static char options[3][96];
	const char *const list[] = {options[0], options[1], options[2], NULL};

	snprintf(options[0], sizeof options[0], "parameters=%s", files.parameters);
	snprintf(options[1], sizeof options[1], "parameters_key=%s", files.signer);
	snprintf(options[2], sizeof options[2], "seal_key=%s", files.seal);
	memset(&card, 0, sizeof card);
	card.rows = online_card;
	card.stop_at = 1000;
	bench_init(&bench, &ph_driver_emv_pcsc, "pcsc:", PH_CLASS_BIT(PH_CLASS_CARD_READER), list);
	bench_lines(&bench);
}

static void teardown(void)
{
	bench_done(&bench);
}

/* What went up, with long base64 values cut: they differ in each run. */
static const char *lines(void)
{
	static char out[8192];
	const char *in = bench_lines(&bench);
	size_t n = 0;

	while (*in && n + 1 < sizeof out) {
		out[n++] = *in;
		if (n >= 7 && !memcmp(out + n - 7, "_b64\":\"", 7))
			in += strcspn(in + 1, "\"");
		in++;
	}
	out[n] = '\0';
	return out;
}

#define SALE                                                                                       \
	"{\"payment\":\"pay-1\",\"type\":\"sale\",\"amount\":1234,\"currency\":{\"code\":\"EUR\"," \
	"\"number\":978,\"exponent\":2},\"date\":20260901,\"time\":123000,\"counter\":7}"

static void begin_sale(void)
{
	bench_request(&bench, "payment.start", SALE);
	run_reader();
}

#define CARD(ac, type, tsi)                                                                        \
	"{\"masked_pan\":\"541333******0011\",\"scheme\":\"Mastercard\",\"application_label\":"    \
	"\"Mastercard\",\"aid\":\"A0000000041010\",\"entry\":\"chip\",\"sequence\":1,\"emv\":"     \
	"{\"cryptogram\":\"" ac "\",\"cryptogram_type\":\"" type "\",\"tvr\":\"8000008000\","      \
	"\"tsi\":\"" tsi "\",\"cvm\":\"1E0300\",\"atc\":\"002A\"}"
#define ASKED                                                                                      \
	"payment.progress {\"payment\":\"pay-1\",\"step\":\"reading\"}\n"                          \
	"payment.progress {\"payment\":\"pay-1\",\"step\":\"authorising\"}\n"                      \
	"payment.need {\"payment\":\"pay-1\",\"need\":\"online\",\"sealed_b64\":\"\","             \
	"\"once_b64\":\"\",\"icc_b64\":\"\",\"card\":" CARD(                                       \
		"771CE7AB66B14A76", "ARQC", "6800") "}}\n"

static void present(void)
{
	reader_state(PH_READER_PRESENT);
	bench_lines(&bench);
}

START_TEST(says_what_is_in_the_reader)
{
	reader_state(PH_READER_NONE);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"unplugged\""));
	reader_state(PH_READER_EMPTY);
	const char *up = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(up, "\"model\":\"Test Reader 00\""));
	ck_assert_ptr_nonnull(strstr(up, "\"state\":\"ready\""));
	ck_assert_ptr_nonnull(strstr(up, "\"card\":\"absent\""));
	reader_state(PH_READER_MUTE);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"card\":\"mute\""));
	reader_state(PH_READER_PRESENT);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"card\":\"present\""));
}
END_TEST

START_TEST(a_sale_online)
{
	card.t0 = _i;
	present();
	begin_sale();
	ck_assert_str_eq(lines(), "1 {}\n" ASKED);
	bench_request(&bench, "payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":true,\"arc\":\"00\",\"issuer_"
		"b64\":"
		"\"kQqw4jj3ljXjUTAw\"}");
	run_reader();
	ck_assert_str_eq(lines(),
		"2 {}\n"
		"payment.progress {\"payment\":\"pay-1\",\"step\":\"remove_card\"}\n"
		"payment.end "
		"{\"payment\":\"pay-1\",\"outcome\":\"approved\",\"amount_approved\":1234,"
		"\"data\":" CARD("771CE7AB66B14A76", "TC",
			"7800") ",\"signature\":true,\"icc_b64\":\"\"}}\n");
	ck_assert(!card.powered);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
}
END_TEST

/* What is sealed is the account, and for this payment alone. */
START_TEST(the_account_is_sealed)
{
	const struct ph_sealed_header sale = {
		.use = PH_SEALED_KEPT, .payment = "pay-1", .amount = 1234, .currency = "EUR"};
	uint8_t sealed[PH_SEALED_MAX + 3];
	struct ph_account account;
	char text[2 * PH_SEALED_MAX];

	present();
	begin_sale();
	const char *up = bench_lines(&bench);
	ck_assert_ptr_null(strstr(up, "5413330089020011"));
	const char *from = strstr(up, "\"sealed_b64\":\"");
	ck_assert_ptr_nonnull(from);
	snprintf(text, sizeof text, "%s", from + strlen("\"sealed_b64\":\""));
	text[strcspn(text, "\"")] = '\0';
	ssize_t n = ph_base64_decode(text, strlen(text), sealed);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(ph_sealed_open(sealed, (size_t)n, &sale, files.seal_public,
				 files.seal_secret, &account),
		0);
	ck_assert_uint_eq(account.pan_len, 16);
	ck_assert_mem_eq(account.hidden_pan, "5413330089020011", 16);
	ck_assert_mem_eq(account.hidden_expiry, "3012", 4);
	ck_assert_int_eq(account.sequence, 1);
	ck_assert_uint_eq(account.track2_len, 0);
}
END_TEST

START_TEST(declined_by_the_host)
{
	present();
	begin_sale();
	lines();
	bench_request(&bench, "payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":false,\"arc\":\"05\"}");
	run_reader();
	const char *up = lines();
	ck_assert_msg(strstr(up, "\"outcome\":\"declined\",\"amount_approved\":0,\"reason\":"
				 "\"host_declined\""),
		"%s", up);
	ck_assert_ptr_null(strstr(up, "\"reverse\""));
}
END_TEST

START_TEST(approved_by_the_host_and_pulled_out)
{
	present();
	begin_sale();
	lines();
	card.stop_at = 0;
	bench_request(&bench, "payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":true,\"arc\":\"00\"}");
	run_reader();
	reader_state(PH_READER_EMPTY);
	run_reader();
	const char *up = lines();
	ck_assert_msg(strstr(up, "\"outcome\":\"cancelled\"") && strstr(up, "\"reverse\":true") &&
			      strstr(up, "\"reason\":\"card_removed\""),
		"%s", up);
}
END_TEST

/* A reader that still holds a card that is gone keeps the next one from everybody. */
START_TEST(what_is_gone_is_not_held)
{
	present();
	begin_sale();
	ck_assert(card.powered);
	reader_state(PH_READER_EMPTY);
	run_reader();
	ck_assert(!card.powered);
	bench_request(&bench, "payment.proceed",
		"{\"payment\":\"pay-1\",\"ok\":true,\"approved\":true,\"arc\":\"00\"}");
	run_reader();
	ck_assert_ptr_nonnull(strstr(lines(), "\"reason\":\"card_removed\""));
	/* the next sale gets its card */
	bench_request(&bench, "payment.start", SALE);
	reader_state(PH_READER_PRESENT);
	run_reader();
	ck_assert(card.powered);
	ck_assert_ptr_nonnull(strstr(lines(), "\"step\":\"authorising\""));
}
END_TEST

START_TEST(a_card_somebody_else_uses)
{
	reader_state(PH_READER_BUSY);
	begin_sale();
	const char *up = lines();
	ck_assert_msg(strstr(up, "another program uses the card") != NULL, "%s", up);
	reader_state(PH_READER_PRESENT);
	run_reader();
	ck_assert_ptr_nonnull(strstr(lines(), "\"step\":\"authorising\""));
}
END_TEST

/* Before the host was asked nothing has happened: it is cancelled, at each command. */
START_TEST(pulled_out_early)
{
	present();
	card.stop_at = (unsigned)_i;
	begin_sale();
	lines();
	reader_state(PH_READER_EMPTY);
	const char *up = lines();
	ck_assert_msg(strstr(up, "\"outcome\":\"cancelled\"") && strstr(up, "card_removed") &&
			      !strstr(up, "reverse"),
		"%s", up);
	/* the late word about it disturbs nobody */
	packet(PH_READER_FAILED, "\0", 1);
	card.stop_at = 1000;
	card.commands = 0;
	reader_state(PH_READER_PRESENT);
	lines();
	begin_sale();
	ck_assert_str_eq(lines(), "2 {}\n" ASKED);
}
END_TEST

START_TEST(waits_for_a_card)
{
	reader_state(PH_READER_EMPTY);
	bench_lines(&bench);
	begin_sale();
	ck_assert_str_eq(lines(),
		"1 {}\npayment.progress {\"payment\":\"pay-1\",\"step\":\"insert_card\"}\n");
	reader_state(PH_READER_MUTE);
	ck_assert_ptr_nonnull(strstr(lines(), "the other way round"));
	reader_state(PH_READER_EMPTY);
	lines();
	reader_state(PH_READER_PRESENT);
	run_reader();
	ck_assert_ptr_nonnull(strstr(lines(), "\"need\":\"online\""));
}
END_TEST

START_TEST(the_reader_goes_while_a_card_is_waited_for)
{
	reader_state(PH_READER_EMPTY);
	begin_sale();
	bench_lines(&bench);
	reader_state(PH_READER_NONE);
	const char *up = bench_lines(&bench);
	ck_assert_msg(
		strstr(up, "\"outcome\":\"cancelled\"") && strstr(up, "\"reason\":\"reader_lost\""),
		"%s", up);
}
END_TEST

START_TEST(cancelled_while_it_waits)
{
	reader_state(PH_READER_EMPTY);
	begin_sale();
	lines();
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	const char *up = lines();
	ck_assert_msg(
		strstr(up, "\"outcome\":\"cancelled\"") && strstr(up, "\"reason\":\"cancelled\""),
		"%s", up);
	bench_request(&bench, "payment.start", SALE);
	ck_assert_ptr_nonnull(strstr(lines(), "3 {}"));
}
END_TEST

START_TEST(not_cancelled_while_the_host_is_asked)
{
	present();
	begin_sale();
	lines();
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert_ptr_nonnull(strstr(lines(), "2 ! Busy"));
}
END_TEST

START_TEST(a_card_that_says_nothing)
{
	present();
	card.stop_at = 3;
	begin_sale();
	lines();
	bench_advance(&bench, PH_EMV_TIME_MS + 1);
	const char *up = lines();
	ck_assert_msg(strstr(up, "\"reason\":\"card_timeout\""), "%s", up);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
}
END_TEST

/* An answer without a status word is none: the card is there, and does not work. */
START_TEST(an_answer_that_is_none)
{
	static const struct row none[] = {{"00", ""}, {NULL, NULL}};
	static const struct row half[] = {{"00", "90"}, {NULL, NULL}};

	card.rows = _i & 1 ? half : none;
	card.t0 = _i & 2;
	present();
	begin_sale();
	const char *up = lines();
	ck_assert_msg(
		strstr(up, "\"outcome\":\"declined\"") && strstr(up, "\"reason\":\"card_error\""),
		"%s", up);
	ck_assert(!card.powered);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
}
END_TEST

START_TEST(contactless_goes_to_the_terminal)
{
	static const uint8_t in_the_field[] = {1, 0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0,
		0x00, 0x00, 0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6a};
	struct bytes ppse =
		rig_bytes("6F{84{325041592E5359532E4444463031}A5{BF0C{61{4F{A0000000031010}"
			  "50{56697361}}61{4F{A0000000041010}50{4D43}}}}}9000");

	present();
	bench_request(&bench, "payment.start", SALE);
	ph_buf_reset(&bench.written);
	packet(PH_READER_CARD, in_the_field, sizeof in_the_field);
	ck_assert_uint_gt(bench.written.len, 5);
	ph_buf_reset(&bench.written);
	packet(PH_READER_ANSWER, ppse.data, ppse.len);
	const char *up = lines();
	ck_assert_msg(strstr(up, "\"step\":\"use_terminal\",\"text\":\"Visa, MC\"") &&
			      strstr(up, "\"outcome\":\"cancelled\"") &&
			      strstr(up, "\"reason\":\"use_terminal\""),
		"%s", up);
}
END_TEST

START_TEST(lists_what_a_pin_pad_can_do)
{
	/* verify; a tag nobody knows; TLV properties */
	static const uint8_t list[] = {
		0x06, 4, 0x42, 0x00, 0x0d, 0xbc, 0x7e, 1, 0x00, 0x12, 4, 0x42, 0x00, 0x0d, 0xbd};

	present();
	packet(PH_READER_FEATURES, list, sizeof list);
	const char *up = bench_lines(&bench);
	ck_assert_msg(strstr(up, "\"pin_features\":[\"verify_pin\",\"tlv_properties\"]") != NULL,
		"%s", up);
}
END_TEST

/* SALE is of 2026-09-01. */
static const struct {
	uint32_t expires;
	const char *reasons;
	bool refused;
} expiries[] = {
	{20261001, "\"reasons\":[]", false},
	{20260930, "\"reasons\":[\"parameters_expiring\"]", false},
	{20260901, "\"reasons\":[\"parameters_expiring\"]", false},
	{20260831, "\"reasons\":[\"parameters_expired\"]", true},
};

/* It may have been running for months when the file runs out. */
START_TEST(tells_that_parameters_run_out)
{
	struct emv_state *state = ph_device_state(&bench.device);

	present();
	state->parameters->expires = expiries[_i].expires;
	begin_sale();
	const char *up = lines();
	ck_assert_int_eq(strstr(up, "\"outcome\":\"cancelled\"") != NULL, expiries[_i].refused);
	ck_assert_int_eq(
		strstr(up, "\"reason\":\"parameters_expired\"") != NULL, expiries[_i].refused);
	reader_state(PH_READER_EMPTY);
	const char *later = bench_lines(&bench);
	ck_assert_msg(strstr(later, expiries[_i].reasons) != NULL, "%s", later);
}
END_TEST

/* What the service says the acquirer's key of today is, and what becomes of a payment with it. */
static void begin_with(const char *kid, const uint8_t *key)
{
	char text[PH_BASE64_SIZE(32)], params[512];

	ph_base64_encode(key, 32, text);
	snprintf(params, sizeof params, "%.*s,\"seal\":{\"kid\":\"%s\",\"public_b64\":\"%s\"}}",
		(int)strlen(SALE) - 1, SALE, kid ? kid : "", text);
	bench_request(&bench, "payment.start", kid ? params : SALE);
	run_reader();
}

static const struct {
	const char *kid;
	bool other, unpinned;
	const char *reason; /* NULL: the host is asked */
} keys[] = {
	{NULL, false, false, NULL},
	{"2026-1", false, false, NULL},
	{"2026-2", false, false, "other_key"},
	{"2026-1", true, false, "other_key"},
	{"2026-2", true, true, NULL},
	{NULL, false, true, "no_key"},
};

START_TEST(the_key_of_a_payment)
{
	struct emv_state *state = ph_device_state(&bench.device);
	char text[64];

	if (keys[_i].unpinned)
		state->pinned.kid[0] = '\0';
	present();
	begin_with(keys[_i].kid, keys[_i].other ? other_public : files.seal_public);
	const char *up = lines();
	if (!keys[_i].reason) {
		ck_assert_ptr_nonnull(strstr(up, "\"need\":\"online\""));
		ck_assert_str_eq(state->seal.kid, keys[_i].kid ? keys[_i].kid : "2026-1");
		ck_assert_mem_eq(
			state->seal.key, keys[_i].other ? other_public : files.seal_public, 32);
		return;
	}
	snprintf(text, sizeof text,
		"\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"%s\"",
		keys[_i].reason);
	ck_assert_msg(strstr(up, text) != NULL, "%s", up);
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
	ck_assert(!card.powered); /* it was not even looked at */
}
END_TEST

START_TEST(pcscd_ends)
{
	present();
	card.stop_at = 4;
	begin_sale();
	lines();
	ph_device_link_down(&bench.device, true, 0);
	ck_assert_ptr_nonnull(strstr(lines(), "\"outcome\":\"cancelled\""));
	ck_assert_ptr_null(ph_payment_in_hand(&bench.device));
}
END_TEST

/* ---- other cards ---- */

static void transmit(const char *command)
{
	struct bytes bytes = rig_bytes(command);
	char text[400], params[480];

	ph_base64_encode(bytes.data, bytes.len, text);
	snprintf(params, sizeof params, "{\"data_b64\":\"%s\"}", text);
	bench_request(&bench, "card.transmit", params);
	run_reader();
}

static const struct row staff_card[] = {
	{"00A4040006F04C4F59414C", "6F{84{F04C4F59414C}A5{50{41}}}9000"},
	{"00A4040006F04C4F594142", "6F{84{A0000000041010}A5{50{41}}}9000"},
	{"00B0", "313233349000"},
	{NULL, NULL},
};

START_TEST(commands_to_other_cards)
{
	card.rows = staff_card;
	present();
	transmit("00B0000004");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! "));
	transmit("00A4040006F04C4F59414C00");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 {\"reply_b64\":\""));
	transmit("00B0000004");
	ck_assert_str_eq(bench_lines(&bench), "3 {\"reply_b64\":\"MTIzNJAA\"}\n");
	/* one that answers with another name than asked for stays closed, and its data here */
	transmit("00A4040006F04C4F59414200");
	ck_assert_str_eq(bench_lines(&bench), "4 {\"reply_b64\":\"kAA=\"}\n");
	transmit("00B0000004");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "5 ! "));
}
END_TEST

static const char *const payment_names[] = {
	"00A4040007A000000004101000",
	"00A4040005A00000000300",
	"00A4040001A000",
	"00A404000E315041592E5359532E444446303100",
	"00A404000E325041592E5359532E444446303100",
	"00A40400023150 00",
	"00A4020002500000",
	"80A8000002830000",
	/* with extended lengths, and by an empty one */
	"00A4040000000007A0000000041010",
	"00A4040000000007A00000000410100000",
	"00A4040000",
	"00A4040007A0000000041010000000",
	/* by file, on a channel of its own */
	"00A4000C023F00",
	"0070000001",
	/* schemes that no parameter file names */
	"00A4040007A000000658101000",
	"00A4040007A000000651101000",
	"00A4040007D276000025470100",
};

/* All that gets at an application is looked at, also behind a harmless one. */
START_TEST(no_way_round_a_selection)
{
	static const struct row loyalty_card[] = {
		{"00A4040006F0", "6F{84{F04C4F59414C}}9000"},
		{"80A8", "6D00"},
		{NULL, NULL},
	};

	card.rows = loyalty_card;
	present();
	transmit("00A4040006F04C4F59414C00");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 {\"reply_b64\":\""));
	transmit(payment_names[_i]);
	if (!strncmp(payment_names[_i], "80A8", 4))
		return; /* what an open application makes of it is its own affair */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "2 ! "));
	ck_assert_uint_eq(card.commands, 1);
	/* and the reader serves on */
	transmit("00A4040006F04C4F59414C00");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "3 {\"reply_b64\":\""));
}
END_TEST

/* A payment resets the card: what was selected before is not any more. */
START_TEST(a_payment_ends_what_was_selected)
{
	card.rows = staff_card;
	present();
	transmit("00A4040006F04C4F59414C00");
	bench_request(&bench, "payment.start", SALE);
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	run_reader();
	bench_lines(&bench);
	card.commands = 0;
	transmit("00B0000004");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), " ! "));
	ck_assert_uint_eq(card.commands, 0);
}
END_TEST

START_TEST(no_commands_to_payment_cards)
{
	present();
	transmit(payment_names[_i]);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! "));
	ck_assert_uint_eq(card.commands, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv-pcsc");
	TCase *tests = tcase_create("emv-pcsc");

	tcase_add_unchecked_fixture(tests, write_files, remove_files);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, says_what_is_in_the_reader);
	tcase_add_loop_test(tests, a_sale_online, 0, 2);
	tcase_add_test(tests, the_account_is_sealed);
	tcase_add_test(tests, declined_by_the_host);
	tcase_add_test(tests, approved_by_the_host_and_pulled_out);
	tcase_add_test(tests, what_is_gone_is_not_held);
	tcase_add_test(tests, a_card_somebody_else_uses);
	tcase_add_loop_test(tests, pulled_out_early, 1, 9);
	tcase_add_test(tests, waits_for_a_card);
	tcase_add_test(tests, the_reader_goes_while_a_card_is_waited_for);
	tcase_add_test(tests, cancelled_while_it_waits);
	tcase_add_test(tests, not_cancelled_while_the_host_is_asked);
	tcase_add_test(tests, a_card_that_says_nothing);
	tcase_add_loop_test(tests, an_answer_that_is_none, 0, 4);
	tcase_add_test(tests, contactless_goes_to_the_terminal);
	tcase_add_test(tests, lists_what_a_pin_pad_can_do);
	tcase_add_loop_test(tests, tells_that_parameters_run_out, 0, (int)PH_ARRAY_SIZE(expiries));
	tcase_add_loop_test(tests, the_key_of_a_payment, 0, PH_ARRAY_SIZE(keys));
	tcase_add_test(tests, pcscd_ends);
	tcase_add_test(tests, commands_to_other_cards);
	tcase_add_loop_test(tests, no_commands_to_payment_cards, 0,
		sizeof payment_names / sizeof *payment_names);
	tcase_add_loop_test(
		tests, no_way_round_a_selection, 0, sizeof payment_names / sizeof *payment_names);
	tcase_add_test(tests, a_payment_ends_what_was_selected);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
