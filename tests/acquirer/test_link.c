// The ISO 8583 link over a wire that breaks or stalls after each byte: what is told of a request is what has left.
#include "acquirer/link.h"
#include "acquirer/wire.h"
#include "tests/protocols/iso8583_help.h"

#include "base/clock.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define LAST_US 60000000 /* a test that waits longer has failed */

/* ---- a wire of which the test has the other end ---- */

static size_t allowed; /* bytes that may still leave */
static int broken;     /* what send() says then; 0: -EAGAIN */
static int other = -1;
static uint8_t host_got[16384];
static size_t host_len;

static int fake_start(struct ph_wire *wire, const struct ph_acquirer_config *config)
{
	int ends[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	wire->fd = ends[0];
	other = ends[1];
	wire->events = EPOLLOUT;
	return 0;
}

static int fake_handshake(struct ph_wire *wire)
{
	return 0;
}

static ssize_t fake_send(struct ph_wire *wire, const uint8_t *data, size_t len)
{
	if (!allowed)
		return broken ? broken : -EAGAIN;
	if (len > allowed)
		len = allowed;
	allowed -= len;
	memcpy(host_got + host_len, data, len);
	host_len += len;
	return (ssize_t)len;
}

static ssize_t fake_receive(struct ph_wire *wire, uint8_t *data, size_t size)
{
	ssize_t n = recv(wire->fd, data, size, MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static void fake_stop(struct ph_wire *wire)
{
	if (wire->fd >= 0) {
		close(wire->fd);
		close(other);
	}
	wire->fd = other = -1;
}

static const struct ph_wire_ops fake_wire = {.name = "fake",
	.start = fake_start,
	.handshake = fake_handshake,
	.send = fake_send,
	.receive = fake_receive,
	.stop = fake_stop};

/* ---- what the link says ---- */

static struct {
	unsigned answers;
	uint64_t ticket;
	int error;
	bool maybe_sent, approved;
	bool maybe_of[8]; /* by ticket */
} told;

static void on_answer(void *userdata, uint64_t ticket, const struct ph_link_answer *answer)
{
	told.answers++;
	told.ticket = ticket;
	told.error = answer->error;
	told.maybe_sent = answer->maybe_sent;
	told.maybe_of[ticket % 8] = answer->maybe_sent;
	told.approved = answer->decision && answer->decision->decision == PH_ISO_APPROVED;
}

static void on_state(void *userdata, enum ph_link_state state, const char *reason)
{
}

static void on_late(void *userdata, const char *payment, const char *stan, const char *code)
{
}

static void on_cutover(void *userdata)
{
}

static const struct ph_link_news news = {
	.answer = on_answer, .state = on_state, .late = on_late, .cutover = on_cutover};

static const struct ph_acquirer_config config = {.tid = "TID12345",
	.mid = "098765432100000",
	.acquirer_id = "123456",
	.connect_timeout_ms = 30000,
	.answer_timeout_ms = 30000};

static sd_event *event;
static struct ph_link *link_;

static void setup(void)
{
	char why[PH_LINK_WHY_SIZE];
	struct ph_link_setup with = {.config = &config, .wire = &fake_wire, .news = &news};

	ck_assert_int_ge(sd_event_new(&event), 0);
	with.dialect = iso_dialect(ISO_A);
	with.event = event;
	ck_assert_int_eq(ph_link_iso.open(&with, &link_, why), 0);
	memset(&told, 0, sizeof told);
	allowed = sizeof host_got;
	broken = 0;
	host_len = 0;
}

static void teardown(void)
{
	ph_link_iso.close(link_);
	sd_event_unref(event);
}

static void submit(const char *stan, uint64_t ticket, unsigned timeout_ms)
{
	static struct ph_record record = {.payment = "pay-1",
		.amount = 1234,
		.currency = "EUR",
		.currency_number = 978,
		.rrn = "624412000041",
		.transmission = "0901122950",
		.local_time = "122950",
		.local_date = "0901",
		.entry = PH_ISO_MANUAL,
		.sequence = -1};
	struct ph_account account = {.pan_len = 16, .sequence = -1};
	const struct ph_account *const accounts[2] = {&account, NULL};
	char why[PH_RECORD_WHY_SIZE] = "";

	memcpy(account.hidden_pan, "5413330089020011", 16);
	memcpy(account.hidden_expiry, "3012", 4);
	memcpy(record.stan, stan, 7);
	record.timeout_ms = timeout_ms;
	ck_assert_int_eq(ph_link_iso.submit(link_, &record, accounts, ticket, why), 0);
	ck_assert_uint_eq(told.answers, 0); /* never from inside */
}

static void run_until_told(unsigned answers)
{
	uint64_t end = ph_clock_mono_us() + LAST_US;

	while (told.answers < answers && ph_clock_mono_us() < end)
		ck_assert_int_ge(sd_event_run(event, 1000000), 0);
	ck_assert_uint_eq(told.answers, answers);
}

static void run_until_sent(size_t bytes)
{
	uint64_t end = ph_clock_mono_us() + LAST_US;

	while (host_len < bytes && ph_clock_mono_us() < end)
		ck_assert_int_ge(sd_event_run(event, 1000000), 0);
	ck_assert_uint_eq(host_len, bytes);
}

/* A sale is answered with the same fields, as 0210 with code 00. */
static void answer(size_t at)
{
	struct ph_iso_framing framing = {.header = PH_ISO_HEADER_BIN2};
	const struct ph_iso_table *table = &iso_dialect(ISO_A)->table;
	static uint8_t memory[PH_ISO_STORE_MAX], out[1024];
	static const unsigned kept[] = {3, 4, 7, 11, 37, 41};
	struct ph_iso_store store = {.data = memory, .size = sizeof memory};
	static struct ph_iso_message asked, back;
	struct ph_iso_frame frame;
	struct ph_iso_error error;
	ssize_t n;

	ck_assert_int_eq(ph_iso_frame_next(&framing, host_got + at, host_len - at, &frame), 1);
	ck_assert_int_eq(ph_iso_unpack(table, frame.message, frame.len, &store, &asked, &error), 0);
	ph_iso_init(&back, "0210");
	for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++)
		ph_iso_set(&back, kept[i], asked.values[kept[i]].data, asked.values[kept[i]].len);
	ph_iso_set_text(&back, 39, "00");
	n = ph_iso_pack(table, &back, out + 2, sizeof out - 2, &error);
	ck_assert_int_gt(n, 0);
	n = (ssize_t)ph_iso_frame_close(&framing, out, (size_t)n);
	ck_assert_int_eq(send(other, out, (size_t)n, MSG_NOSIGNAL), n);
}

static size_t message_size(void)
{
	submit("000001", 1, 0);
	uint64_t end = ph_clock_mono_us() + LAST_US;
	while (!host_len && ph_clock_mono_us() < end)
		sd_event_run(event, 1000000);
	answer(0);
	run_until_told(1);
	ck_assert(told.approved);
	told.answers = 0;
	return host_len;
}

START_TEST(breaks_after_each_byte)
{
	size_t size = message_size();

	for (size_t cut = 0; cut < size; cut++) {
		allowed = cut;
		broken = -EPIPE;
		submit("000002", 100 + cut, 0);
		run_until_told(1);
		ck_assert_int_eq(told.error, -ENOTCONN);
		ck_assert_int_eq(told.maybe_sent, cut > 0);
		ck_assert_uint_eq(told.ticket, 100 + cut);
		told.answers = 0;
	}
}
END_TEST

START_TEST(two_when_it_breaks)
{
	size_t size = message_size();

	/* the first has left whole and the second not at all */
	allowed = size;
	broken = -ECONNRESET;
	submit("000002", 2, 0);
	submit("000003", 3, 0);
	run_until_told(2);
	ck_assert(told.maybe_of[2]);
	ck_assert(!told.maybe_of[3]);
}
END_TEST

START_TEST(stalls_in_the_middle)
{
	size_t size = message_size(), at = host_len;

	allowed = 10;
	submit("000002", 2, 200);
	run_until_told(1);
	ck_assert_int_eq(told.error, -ETIMEDOUT);
	ck_assert_int_eq(told.maybe_sent, 1);
	ck_assert_uint_eq(host_len, at + 10);
	told.answers = 0;
	/* the rest of it follows before anything else does, or the host could not read on */
	allowed = sizeof host_got - host_len;
	submit("000003", 3, 0);
	run_until_sent(at + 2 * size);
	answer(at + size);
	run_until_told(1);
	ck_assert_uint_eq(told.ticket, 3);
	ck_assert(told.approved);
}
END_TEST

START_TEST(stalls_before_the_first_byte)
{
	size_t size = message_size(), at = host_len;

	allowed = 0;
	submit("000002", 2, 200);
	run_until_told(1);
	ck_assert_int_eq(told.error, -ENOTCONN);
	ck_assert_int_eq(told.maybe_sent, 0);
	told.answers = 0;
	/* and it never leaves */
	allowed = sizeof host_got - host_len;
	submit("000003", 3, 0);
	run_until_sent(at + size);
	answer(at);
	run_until_told(1);
	ck_assert_uint_eq(told.ticket, 3);
}
END_TEST

START_TEST(whoever_asked_is_gone)
{
	size_t size = message_size(), at = host_len;

	allowed = 10;
	submit("000002", 2, 0);
	submit("000003", 3, 0);
	run_until_sent(at + 10);
	ph_link_iso.forget_all(link_);
	ck_assert_uint_eq(told.answers, 0);
	/* of the first the rest, of the second nothing */
	allowed = sizeof host_got - host_len;
	submit("000004", 4, 0);
	run_until_sent(at + 2 * size);
	answer(at + size);
	run_until_told(1);
	ck_assert_uint_eq(told.ticket, 4);
}
END_TEST

START_TEST(asleep_when_nothing_is_to_do)
{
	message_size();
	/* what is left of the answer's end, and then nothing */
	for (unsigned i = 0; i < 8; i++)
		sd_event_run(event, 0);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(sd_event_run(event, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("link");
	TCase *test = tcase_create("link");
	int failed;

	tcase_add_checked_fixture(test, setup, teardown);
	tcase_add_test(test, asleep_when_nothing_is_to_do);
	tcase_add_test(test, breaks_after_each_byte);
	tcase_add_test(test, two_when_it_breaks);
	tcase_add_test(test, stalls_in_the_middle);
	tcase_add_test(test, stalls_before_the_first_byte);
	tcase_add_test(test, whoever_asked_is_gone);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
