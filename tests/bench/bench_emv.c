// What the kernel costs in a payment with combined signatures: sessions of emulated cards are recorded once, then played to the
// kernel without the card, in turns with nothing but the RSA operations they need.
//   bench_emv ROUNDS PARAMETERS.json
#include "emulators/models/card.h"
#include "protocols/emv/bits.h"
#include "protocols/emv/kernel.h"
#include "protocols/emv/parameters_file.h"
#include "tests/bench/measure.h"

#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEPS_MAX 64
#define RSA_MAX	  8
#define PER_ROUND 200

struct session {
	const char *profile;
	unsigned amount;
	struct {
		enum ph_emv_event_kind kind;
		uint8_t data[PH_APDU_ANSWER_MAX];
		size_t len;
	} steps[STEPS_MAX];
	size_t count;
	struct {
		struct ph_rsa_key key;
		uint8_t signature[PH_RSA_BYTES_MAX];
	} rsa[RSA_MAX];
	size_t rsa_count;
};

static struct session sessions[] = {
	{.profile = "mc-cda-offline", .amount = 1000}, {.profile = "mc-cda", .amount = 8000}};
static struct session *noted; /* whose RSA operations are noted */
static struct ph_emv_parameters parameters;
static struct ph_emv *emv;

/* The linker puts it in front of the real one. */
int __real_ph_rsa_recover(
	const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out);
int __wrap_ph_rsa_recover(
	const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out);

int __wrap_ph_rsa_recover(
	const struct ph_rsa_key *key, const uint8_t *signature, size_t len, uint8_t *out)
{
	if (noted && noted->rsa_count < RSA_MAX) {
		noted->rsa[noted->rsa_count].key = *key;
		memcpy(noted->rsa[noted->rsa_count++].signature, signature, len);
	}
	return __real_ph_rsa_recover(key, signature, len, out);
}

static int fill(void *context, uint8_t *out, size_t len)
{
	memset(out, 0x31, len);
	return 0;
}

static const struct ph_emv_world world = {.random = fill};

static void start(const struct session *s)
{
	const struct ph_emv_transaction transaction = {.amount = s->amount,
		.currency = 0x0978,
		.currency_exponent = 2,
		.date = 20261122,
		.time = 101500,
		.counter = 1,
		.can_choose = true};

	if (ph_emv_start(emv, &transaction) < 0)
		bench_fail("ph_emv_start");
}

/* The host of a session approves and sends nothing for the card. */
static void step(
	enum ph_emv_event_kind kind, const uint8_t *data, size_t len, struct ph_emv_action *action)
{
	static const struct ph_emv_host_answer host = {.arc = {'0', '0'}, .approved = true};
	const struct ph_emv_event event = {.kind = kind, .data = data, .len = len, .host = &host};

	ph_emv_step(emv, &event, action);
}

static void check_end(const struct session *s, const struct ph_emv_action *action)
{
	if (action->kind == PH_EMV_DONE && action->result.outcome <= PH_EMV_APPROVED_OFFLINE &&
		!(ph_emv_tvr(emv) & PH_TVR_CDA_FAILED))
		return;
	fprintf(stderr, "%s: not approved\n", s->profile);
	exit(1);
}

/* What comes back for an action, as the next step of the session. */
static void answer(struct session *s, struct ph_emu_card *card, const struct ph_emv_action *action)
{
	enum ph_emv_event_kind kind = PH_EMV_IO_ERROR;
	uint8_t *data = s->steps[s->count].data;
	int n = 0;

	if (action->kind == PH_EMV_SEND) {
		kind = PH_EMV_ANSWER;
		n = ph_emu_card_command(card, action->data, action->len, data);
	} else if (action->kind == PH_EMV_NEED_DURABLE) {
		kind = PH_EMV_DURABLE;
	} else if (action->kind == PH_EMV_GO_ONLINE) {
		kind = PH_EMV_HOST;
	}
	s->steps[s->count].kind = kind;
	s->steps[s->count++].len = n > 0 ? (size_t)n : 0;
}

static void record(struct session *s)
{
	struct ph_emu_card *card;
	struct ph_emv_action action;
	char why[PH_EMU_CARD_WHY_MAX] = "";

	if (ph_emu_card_new(ph_emu_card_profile(s->profile), PH_EMU_CARD_OWN_NUMBER, &card, why) <
		0)
		bench_fail(s->profile);
	noted = s;
	start(s);
	s->steps[0].kind = PH_EMV_CARD_IN;
	s->steps[0].len = ph_emu_card_reset(card, s->steps[0].data);
	s->count = 1;
	for (;;) {
		const size_t last = s->count - 1;
		step(s->steps[last].kind, s->steps[last].data, s->steps[last].len, &action);
		if (action.kind == PH_EMV_DONE || s->count == STEPS_MAX)
			break;
		answer(s, card, &action);
	}
	noted = NULL;
	check_end(s, &action);
	ph_emu_card_free(card);
}

static void play(const struct session *s)
{
	struct ph_emv_action action;

	start(s);
	for (size_t i = 0; i < s->count; i++)
		step(s->steps[i].kind, s->steps[i].data, s->steps[i].len, &action);
	check_end(s, &action);
}

/* The same operations with numbers and memory that are kept, from bytes to bytes. */
static void rsa_alone(const struct session *s)
{
	static BN_CTX *ctx;
	static BIGNUM *n, *e, *x;
	uint8_t out[PH_RSA_BYTES_MAX];

	if (!ctx) {
		ctx = BN_CTX_new();
		n = BN_new();
		e = BN_new();
		x = BN_new();
	}
	for (size_t i = 0; i < s->rsa_count; i++) {
		const struct ph_rsa_key *key = &s->rsa[i].key;
		if (!BN_bin2bn(key->modulus, key->len, n) ||
			!BN_bin2bn(s->rsa[i].signature, key->len, x) ||
			!BN_set_word(e, key->exponent) || !BN_mod_exp(x, x, e, n, ctx) ||
			BN_bn2binpad(x, out, key->len) != key->len || out[0] != 0x6a)
			bench_fail("BN_mod_exp");
	}
}

/* The same as two products and two remainders each, which is how the kernel has it: all exponents here are 3. */
static void rsa_cubes(const struct session *s)
{
	static BN_CTX *ctx;
	static BIGNUM *n, *x, *y;
	uint8_t out[PH_RSA_BYTES_MAX];

	if (!ctx) {
		ctx = BN_CTX_new();
		n = BN_new();
		y = BN_new();
		x = BN_new();
	}
	for (size_t i = 0; i < s->rsa_count; i++) {
		const struct ph_rsa_key *key = &s->rsa[i].key;
		if (!BN_bin2bn(key->modulus, key->len, n) ||
			!BN_bin2bn(s->rsa[i].signature, key->len, x) || !BN_mod_sqr(y, x, n, ctx) ||
			!BN_mod_mul(x, y, x, n, ctx) ||
			BN_bn2binpad(x, out, key->len) != key->len || out[0] != 0x6a)
			bench_fail("BN_mod_mul");
	}
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double one_round(void (*work)(const struct session *), const struct session *s)
{
	const double from = cpu_us();

	for (int i = 0; i < PER_ROUND; i++)
		work(s);
	return (cpu_us() - from) / PER_ROUND;
}

static void load(const char *path)
{
	static char text[PH_EMV_PARAMETERS_BYTES_MAX], why[PH_EMV_WHY_SIZE];
	FILE *file = fopen(path, "re");

	if (!file)
		bench_fail(path);
	size_t len = fread(text, 1, sizeof text, file);
	fclose(file);
	if (ph_emv_parameters_read(text, len, &parameters, why) < 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	if (ph_emv_new(&parameters, &world, &emv) < 0)
		bench_fail("ph_emv_new");
}

static void measure(struct session *s, int rounds, int last)
{
	struct bench_pair pair = {.count = 0}, cubes = {.count = 0};

	record(s);
	for (int i = 0; i < rounds; i++) {
		bench_pair_add(&pair, one_round(play, s), one_round(rsa_alone, s));
		bench_pair_add(&cubes, one_round(play, s), one_round(rsa_cubes, s));
	}
	printf("\"%s\":{\"operations\":%zu,", s->profile, s->rsa_count);
	bench_pair_print("rsa", &pair, 0);
	bench_pair_print("cubes", &cubes, 1);
	printf(last ? "}" : "},");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const int rounds = atoi(argv[1]);
	load(argv[2]);
	printf("{");
	measure(&sessions[0], rounds, 0);
	measure(&sessions[1], rounds, 1);
	printf("}\n");
	ph_emv_free(emv);
	return 0;
}
