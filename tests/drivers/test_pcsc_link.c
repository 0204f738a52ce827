// The PC/SC transport with a library of its own: what reader and card do, as packets; and that nothing waits for ever.
#include "drivers/transport/pcsc_internal.h"
#include "drivers/transport/transport.h"
#include "protocols/emv/reader_const.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 30000
#define WORKING	    ((SCARDCONTEXT)2) /* of the thread that works: the second one */

/* ---- a library ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const char *readers; /* as SCardListReaders gives them */
	DWORD state;	     /* of the reader that is watched */
	unsigned changes;
	bool gone, cancelled;	/* pcscd */
	bool waiting;		/* somebody is inside GetStatusChange */
	LONG connect, transmit; /* what these return */
	LONG marked;		/* the next command is refused with it, until Reconnect */
	bool mute;		/* they return nothing */
	DWORD then;		/* the state behind a command that has failed; 0: as before */
	bool held;		/* pcscd sees it when it is asked the next time */
	bool plain;		/* the reader's driver has no attributes */
	DWORD protocol;
	unsigned contexts, cards;
	char connected_to[64];
	uint8_t command[300];
	size_t command_len;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static LONG establish(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT context)
{
	pthread_mutex_lock(&world.lock);
	LONG r = world.gone ? SCARD_E_NO_SERVICE : SCARD_S_SUCCESS;
	if (r == SCARD_S_SUCCESS)
		*context = (SCARDCONTEXT)++world.contexts;
	pthread_mutex_unlock(&world.lock);
	return r;
}

static LONG release_context(SCARDCONTEXT context)
{
	pthread_mutex_lock(&world.lock);
	world.contexts--;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
	return SCARD_S_SUCCESS;
}

/* As with PC/SC itself, a reader that comes while nobody waits is not told. */
static void change(DWORD state, const char *readers, bool gone)
{
	pthread_mutex_lock(&world.lock);
	while (!world.waiting)
		pthread_cond_wait(&world.changed, &world.lock);
	world.waiting = false;
	world.state = state;
	world.readers = readers;
	world.gone = gone;
	world.changes++;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
}

static LONG list_readers(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD size)
{
	LONG r = SCARD_E_NO_READERS_AVAILABLE;
	size_t len = 0;

	if (context == WORKING && world.held && world.then)
		change(world.then, world.readers, false);
	pthread_mutex_lock(&world.lock);
	if (world.gone)
		r = SCARD_E_NO_SERVICE;
	else if (world.readers) {
		while (world.readers[len])
			len += strlen(world.readers + len) + 1;
		memcpy(readers, world.readers, len + 1);
		*size = len + 1;
		r = SCARD_S_SUCCESS;
	}
	pthread_mutex_unlock(&world.lock);
	return r;
}

/* Returns at once where the state is another than the caller knows, else when something happens. */
static LONG get_status_change(
	SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states, DWORD count)
{
	pthread_mutex_lock(&world.lock);
	unsigned before = world.changes;
	bool news = count > 1 && (states[1].dwCurrentState & 0xffff) != (world.state & 0xffff);
	while (!news && !world.gone && !world.cancelled && before == world.changes) {
		world.waiting = true;
		pthread_cond_broadcast(&world.changed);
		pthread_cond_wait(&world.changed, &world.lock);
	}
	world.waiting = false;
	if (count > 1)
		states[1].dwEventState = world.state | SCARD_STATE_CHANGED;
	LONG r = world.gone	   ? SCARD_E_NO_SERVICE
		 : world.cancelled ? SCARD_E_CANCELLED
				   : SCARD_S_SUCCESS;
	pthread_mutex_unlock(&world.lock);
	return r;
}

static LONG cancel(SCARDCONTEXT context)
{
	pthread_mutex_lock(&world.lock);
	world.cancelled = true;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
	return SCARD_S_SUCCESS;
}

static LONG card_connect(SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols,
	LPSCARDHANDLE card, LPDWORD protocol)
{
	pthread_mutex_lock(&world.lock);
	LONG r = world.connect;
	if (r == SCARD_S_SUCCESS) {
		world.cards++;
		snprintf(world.connected_to, sizeof world.connected_to, "%s", reader);
		*card = 7;
		*protocol = world.protocol;
	}
	pthread_mutex_unlock(&world.lock);
	return share == SCARD_SHARE_EXCLUSIVE ? r : SCARD_E_INVALID_PARAMETER;
}

static LONG card_reconnect(
	SCARDHANDLE card, DWORD share, DWORD protocols, DWORD initialization, LPDWORD protocol)
{
	world.marked = 0;
	if (initialization == SCARD_LEAVE_CARD) {
		*protocol = world.protocol;
		return SCARD_S_SUCCESS;
	}
	*protocol = SCARD_PROTOCOL_T1;
	world.protocol = SCARD_PROTOCOL_T1;
	return initialization == SCARD_RESET_CARD ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static LONG card_disconnect(SCARDHANDLE card, DWORD disposition)
{
	pthread_mutex_lock(&world.lock);
	world.cards--;
	pthread_cond_broadcast(&world.changed);
	pthread_mutex_unlock(&world.lock);
	return disposition == SCARD_UNPOWER_CARD ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

/* What it says may be of another moment. lint: parameters, the library has them */
static LONG card_status(SCARDHANDLE card, LPSTR reader, LPDWORD reader_size, LPDWORD state,
	LPDWORD protocol, LPBYTE atr, LPDWORD atr_size)
{
	memcpy(atr, "\x3b\x00", 2);
	*atr_size = 2;
	*protocol = SCARD_PROTOCOL_UNDEFINED;
	return SCARD_S_SUCCESS;
}

static LONG card_attribute(SCARDHANDLE card, DWORD id, LPBYTE value, LPDWORD len)
{
	if (id != SCARD_ATTR_ATR_STRING || *len < 4 || world.plain)
		return SCARD_E_NOT_TRANSACTED;
	memcpy(value, "\x3b\x60\x00\x00", 4);
	*len = 4;
	return SCARD_S_SUCCESS;
}

/* lint: parameters, the library has them */
static LONG card_transmit(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE data,
	DWORD len, SCARD_IO_REQUEST *recv_pci, LPBYTE answer, LPDWORD answer_size)
{
	if (send_pci->dwProtocol != world.protocol)
		return SCARD_E_PROTO_MISMATCH;
	if (world.marked)
		return world.marked;
	memcpy(world.command, data, len);
	world.command_len = len;
	memcpy(answer, "\x6a\x82", 2);
	*answer_size = world.mute ? 0 : 2;
	if (world.then && !world.held)
		change(world.then, world.readers, false);
	return world.transmit;
}

/* lint: parameters, the library has them */
static LONG card_control(SCARDHANDLE card, DWORD code, LPCVOID data, DWORD len, LPVOID answer,
	DWORD size, LPDWORD ret_len)
{
	memcpy(answer, "\x06\x04\x42\x00\x00\x01", 6);
	*ret_len = 6;
	return code == CM_IOCTL_GET_FEATURE_REQUEST ? SCARD_S_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static const struct ph_pcsc_lib library = {.EstablishContext = establish,
	.ReleaseContext = release_context,
	.ListReaders = list_readers,
	.GetStatusChange = get_status_change,
	.Cancel = cancel,
	.Connect = card_connect,
	.Reconnect = card_reconnect,
	.Disconnect = card_disconnect,
	.Status = card_status,
	.GetAttrib = card_attribute,
	.Transmit = card_transmit,
	.Control = card_control};

/* ---- the link ---- */

static struct ph_transport link;
static struct ph_url url;

static int open_link(const char *text)
{
	link = (struct ph_transport){.ops = &ph_transport_pcsc, .fd = -1, .lock_fd = -1};
	ck_assert_int_eq(ph_url_parse(text, &url), 0);
	return link.ops->open(&link, &url, NULL);
}

/* The next packet as "KIND hex text"; "end" when the link has ended. */
static const char *next(void)
{
	static char text[700];
	uint8_t packet[PH_READER_PACKET_MAX];
	struct pollfd poll_fd = {.fd = link.fd, .events = POLLIN};

	ck_assert_int_eq(poll(&poll_fd, 1, DEADLINE_MS), 1);
	ssize_t n = link.ops->read(&link, packet, sizeof packet);
	if (n < 0)
		return n == -ENODEV ? "end" : "error";
	size_t used = (size_t)snprintf(text, sizeof text, "%c ", packet[0]);
	if (packet[0] == PH_READER_STATE) {
		snprintf(text + used, sizeof text - used, "%u %.*s", packet[1], (int)n - 2,
			packet + 2);
		return text;
	}
	for (ssize_t i = 1; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%02X", packet[i]);
	return text;
}

static void ask(uint8_t kind, const char *data, size_t len)
{
	uint8_t packet[PH_READER_PACKET_MAX] = {kind};

	memcpy(packet + 1, data, len);
	ck_assert_int_eq(link.ops->write(&link, packet, len + 1), (int)len + 1);
}

static void setup(void)
{
	ph_pcsc_env.lib = &library;
	ph_pcsc_env.gone_wait_ms = 1;
	world.readers = "Other 00\0Cherry ST 00\0";
	world.state = SCARD_STATE_EMPTY;
	world.gone = world.cancelled = world.waiting = false;
	world.connect = world.transmit = SCARD_S_SUCCESS;
	world.protocol = SCARD_PROTOCOL_T0;
	world.contexts = world.cards = 0;
	world.then = 0;
	world.held = false;
	world.mute = false;
	world.marked = 0;
	world.plain = false;
}

/* After the close all is given back: card and contexts. */
static void teardown(void)
{
	link.ops->close(&link);
	pthread_mutex_lock(&world.lock);
	while (world.contexts || world.cards)
		pthread_cond_wait(&world.changed, &world.lock);
	pthread_mutex_unlock(&world.lock);
}

START_TEST(a_card_comes_and_goes)
{
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 1 Cherry ST 00");
	change(SCARD_STATE_PRESENT, world.readers, false);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	/* somebody uses it in a shared way: no news */
	change(SCARD_STATE_PRESENT | SCARD_STATE_INUSE, world.readers, false);
	change(SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, world.readers, false);
	ck_assert_str_eq(next(), "S 4 Cherry ST 00");
	change(SCARD_STATE_EMPTY, world.readers, false);
	ck_assert_str_eq(next(), "S 1 Cherry ST 00");
	change(SCARD_STATE_PRESENT | SCARD_STATE_MUTE, world.readers, false);
	ck_assert_str_eq(next(), "S 3 Cherry ST 00");
	teardown();
}
END_TEST

START_TEST(a_reader_comes_and_goes)
{
	world.readers = NULL;
	ck_assert_int_eq(open_link("pcsc:"), 0);
	ck_assert_str_eq(next(), "S 0 ");
	change(SCARD_STATE_EMPTY, "First 00\0Second 00\0", false);
	ck_assert_str_eq(next(), "S 1 First 00");
	change(SCARD_STATE_EMPTY, NULL, false);
	ck_assert_str_eq(next(), "S 0 ");
	teardown();
}
END_TEST

START_TEST(a_card_is_taken_and_asked)
{
	world.state = SCARD_STATE_PRESENT;
	ck_assert_int_eq(open_link("pcsc:Cherry%20ST%2000"), 0);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	ask(PH_READER_CONNECT, "", 0);
	ck_assert_str_eq(next(), "F 060442000001");
	ck_assert_str_eq(next(), "I 003B600000");
	ck_assert_str_eq(world.connected_to, "Cherry ST 00");
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	ck_assert_str_eq(next(), "A 6A82");
	ck_assert_uint_eq(world.command_len, 4);
	ask(PH_READER_RESET, "", 0);
	ck_assert_str_eq(next(), "I 013B600000");
	ask(PH_READER_RELEASE, "", 0);
	/* a second time without the features, which are known */
	ask(PH_READER_CONNECT, "", 0);
	ck_assert_str_eq(next(), "I 013B600000");
	teardown();
}
END_TEST

/* The protocol is the one that was agreed, whatever SCardStatus says; the ATR is its, where the driver has none to tell. */
START_TEST(a_status_of_another_moment)
{
	world.state = SCARD_STATE_PRESENT;
	world.protocol = SCARD_PROTOCOL_T1;
	world.plain = _i;
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	ask(PH_READER_CONNECT, "", 0);
	ck_assert_str_eq(next(), "F 060442000001");
	ck_assert_str_eq(next(), _i ? "I 013B00" : "I 013B600000");
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	ck_assert_str_eq(next(), "A 6A82");
	teardown();
}
END_TEST

static const struct {
	LONG connect, transmit;
	const char *said;
} faults[] = {
	{SCARD_E_NO_SMARTCARD, 0, "E 00"},
	{SCARD_W_REMOVED_CARD, 0, "E 00"},
	{SCARD_W_UNRESPONSIVE_CARD, 0, "E 01"},
	{SCARD_W_UNPOWERED_CARD, 0, "E 01"},
	{SCARD_E_SHARING_VIOLATION, 0, "E 02"},
	{SCARD_F_COMM_ERROR, 0, "E 03"},
	{0, SCARD_W_REMOVED_CARD, "E 00"},
	{0, SCARD_W_RESET_CARD, "E 03"},
	{0, SCARD_E_NOT_TRANSACTED, "E 03"},
};

START_TEST(what_goes_wrong)
{
	world.state = SCARD_STATE_PRESENT;
	world.connect = faults[_i].connect;
	world.transmit = faults[_i].transmit;
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	ask(PH_READER_CONNECT, "", 0);
	if (world.connect == SCARD_S_SUCCESS) {
		ck_assert_str_eq(next(), "F 060442000001");
		ck_assert_str_eq(next(), "I 003B600000");
		ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	}
	ck_assert_str_eq(next(), faults[_i].said);
	teardown();
}
END_TEST

/* What pcscd forgets between CONNECT and the first command, which is sent again; between two commands it is a fault. */
START_TEST(marked_as_new)
{
	LONG mark = _i ? SCARD_E_PROTO_MISMATCH : SCARD_W_RESET_CARD;

	world.state = SCARD_STATE_PRESENT;
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	ask(PH_READER_CONNECT, "", 0);
	ck_assert_str_eq(next(), "F 060442000001");
	ck_assert_str_eq(next(), "I 003B600000");
	world.marked = mark;
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	ck_assert_str_eq(next(), "A 6A82");
	world.marked = mark;
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	ck_assert_str_eq(next(), _i ? "E 01" : "E 03");
	teardown();
}
END_TEST

/*
 * The card is pulled in a command: the line fails, or there is no answer, and then the reader is empty; or pcscd sees it no sooner
 * than it has answered something else.
 */
START_TEST(pulled_in_a_command)
{
	world.held = _i & 4;
	world.state = SCARD_STATE_PRESENT;
	world.mute = _i & 1;
	world.transmit = world.mute ? SCARD_S_SUCCESS : SCARD_E_NOT_TRANSACTED;
	ph_pcsc_env.gone_wait_ms = _i & 2 ? 1 : DEADLINE_MS;
	world.then = _i & 2 ? 0 : SCARD_STATE_EMPTY;
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 2 Cherry ST 00");
	ask(PH_READER_CONNECT, "", 0);
	ck_assert_str_eq(next(), "F 060442000001");
	ck_assert_str_eq(next(), "I 003B600000");
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	if (!world.then) {
		ck_assert_str_eq(next(), "E 03");
		teardown();
		return;
	}
	/* the watcher's word and the worker's, in any order */
	for (unsigned i = 0; i < 2; i++) {
		const char *said = next();
		ck_assert_msg(
			!strcmp(said, "E 00") || !strcmp(said, "S 1 Cherry ST 00"), "%s", said);
	}
	teardown();
}
END_TEST

START_TEST(commands_without_a_card)
{
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 1 Cherry ST 00");
	ask(PH_READER_COMMAND, "\x00\xa4\x04\x00", 4);
	ck_assert_str_eq(next(), "E 00");
	ask(PH_READER_RESET, "", 0);
	ck_assert_str_eq(next(), "E 00");
	teardown();
}
END_TEST

START_TEST(pcscd_ends)
{
	ck_assert_int_eq(open_link("pcsc:Cherry"), 0);
	ck_assert_str_eq(next(), "S 1 Cherry ST 00");
	change(SCARD_STATE_EMPTY, NULL, true);
	ck_assert_str_eq(next(), "end");
	teardown();
}
END_TEST

START_TEST(pcscd_is_not_there)
{
	world.gone = true;
	ck_assert_int_eq(open_link("pcsc:Cherry"), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(link.why, "pcscd does not answer"));
}
END_TEST

START_TEST(urls)
{
	char why[200] = "";
	char longest[200] = "pcsc:";

	memset(longest + 5, 'x', 150);
	ck_assert_int_eq(ph_url_parse("pcsc:A%20B?x=1", &url), 0);
	ck_assert_int_eq(ph_transport_pcsc.check(&url, why, sizeof why), -EINVAL);
	ck_assert_str_eq(why, "unknown key 'x' (pcsc knows none)");
	ck_assert_int_eq(ph_url_parse("pcsc://host/x", &url), 0);
	ck_assert_int_eq(ph_transport_pcsc.check(&url, why, sizeof why), -EINVAL);
	ck_assert_int_eq(ph_url_parse(longest, &url), 0);
	ck_assert_int_eq(ph_transport_pcsc.check(&url, why, sizeof why), -EINVAL);
	ck_assert_int_eq(ph_url_parse("pcsc:", &url), 0);
	ck_assert_int_eq(ph_transport_pcsc.check(&url, why, sizeof why), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcsc");
	TCase *tests = tcase_create("pcsc");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, a_card_comes_and_goes);
	tcase_add_test(tests, a_reader_comes_and_goes);
	tcase_add_test(tests, a_card_is_taken_and_asked);
	tcase_add_loop_test(tests, a_status_of_another_moment, 0, 2);
	tcase_add_loop_test(tests, what_goes_wrong, 0, sizeof faults / sizeof *faults);
	tcase_add_loop_test(tests, marked_as_new, 0, 2);
	tcase_add_loop_test(tests, pulled_in_a_command, 0, 6);
	tcase_add_test(tests, commands_without_a_card);
	tcase_add_test(tests, pcscd_ends);
	tcase_add_test(tests, pcscd_is_not_there);
	tcase_add_test(tests, urls);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
