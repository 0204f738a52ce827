// Waits for PC/SC on threads, so that the loop need not; what a card says is wiped when it has been passed on.
#include "drivers/transport/pcsc_worker.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secret.h"
#include "drivers/transport/pcsc_internal.h"
#include "protocols/emv/reader_const.h"

#include <errno.h>
#include <pthread.h>
#include <reader.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLUG_AND_PLAY "\\\\?PnP?\\Notification"
#define LIST_MAX      4096 /* bytes of the names of all readers */
#define FEATURES_MAX  128
#define GONE_LOOKS    10 /* parts of the wait for a card that was pulled */

/* Shared by the loop and the two threads; the last one frees it. */
struct ph_pcsc_worker {
	const struct ph_pcsc_lib *lib;
	char wanted[PH_PCSC_NAME_MAX];
	SCARDCONTEXT watching, working;
	int peer; /* the threads' end */
	atomic_uint users;
	atomic_bool left; /* the loop is gone */

	/* the watcher writes it, the other reads it */
	pthread_mutex_t lock;
	char reader[PH_PCSC_NAME_MAX]; /* the one that was found; "" none */
	enum ph_reader_state state;    /* as told last */
	pthread_cond_t changed;

	/* of the thread that works */
	SCARDHANDLE card;
	DWORD protocol;
	bool connected, told_features;
	bool untouched; /* no command has reached the card since it was taken */
};

static void drop(struct ph_pcsc_worker *worker)
{
	if (atomic_fetch_sub(&worker->users, 1) != 1)
		return;
	if (worker->watching)
		worker->lib->ReleaseContext(worker->watching);
	if (worker->working)
		worker->lib->ReleaseContext(worker->working);
	if (worker->peer >= 0)
		close(worker->peer);
	pthread_mutex_destroy(&worker->lock);
	pthread_cond_destroy(&worker->changed);
	free(worker);
}

static bool tell(struct ph_pcsc_worker *worker, uint8_t kind, const void *data, size_t len)
{
	uint8_t packet[PH_READER_PACKET_MAX];

	if (len >= sizeof packet)
		return false;
	packet[0] = kind;
	memcpy(packet + 1, data, len);
	bool sent = send(worker->peer, packet, len + 1, MSG_NOSIGNAL) >= 0;
	ph_wipe(packet, len + 1);
	return sent;
}

static void tell_fault(struct ph_pcsc_worker *worker, LONG error)
{
	uint8_t fault = PH_READER_FAULT_IO;

	if (error == SCARD_W_REMOVED_CARD || error == SCARD_E_NO_SMARTCARD ||
		error == SCARD_E_READER_UNAVAILABLE || error == SCARD_E_UNKNOWN_READER)
		fault = PH_READER_FAULT_REMOVED;
	else if (error == SCARD_W_UNRESPONSIVE_CARD || error == SCARD_W_UNPOWERED_CARD ||
		 error == SCARD_W_UNSUPPORTED_CARD || error == SCARD_E_PROTO_MISMATCH)
		fault = PH_READER_FAULT_MUTE;
	else if (error == SCARD_E_SHARING_VIOLATION)
		fault = PH_READER_FAULT_BUSY;
	tell(worker, PH_READER_FAILED, &fault, 1);
}

/* ---- watching ---- */

/* The reader that is meant among those there are: by its whole name first, else by how it begins. */
static void choose(const struct ph_pcsc_worker *worker, const char *list, char *out)
{
	const char *begins = NULL;

	out[0] = '\0';
	for (const char *name = list; *name; name += strlen(name) + 1) {
		if (strlen(name) >= PH_PCSC_NAME_MAX)
			continue;
		if (!strcmp(name, worker->wanted)) {
			begins = name;
			break;
		}
		if (!begins && !strncmp(name, worker->wanted, strlen(worker->wanted)))
			begins = name;
	}
	if (begins)
		snprintf(out, PH_PCSC_NAME_MAX, "%s", begins);
}

/* Finds the reader; a list that is too long counts as none. Returns false when pcscd is gone. */
static bool find_reader(struct ph_pcsc_worker *worker, char *out)
{
	char list[LIST_MAX] = "";
	DWORD size = sizeof list - 1;
	LONG r = worker->lib->ListReaders(worker->watching, NULL, list, &size);

	out[0] = '\0';
	if (r == SCARD_S_SUCCESS)
		choose(worker, list, out);
	pthread_mutex_lock(&worker->lock);
	snprintf(worker->reader, sizeof worker->reader, "%s", out);
	pthread_mutex_unlock(&worker->lock);
	return r == SCARD_S_SUCCESS || r == SCARD_E_NO_READERS_AVAILABLE ||
	       r == SCARD_E_INSUFFICIENT_BUFFER;
}

static enum ph_reader_state state_of(DWORD event)
{
	if (event & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_IGNORE))
		return PH_READER_NONE;
	if (event & SCARD_STATE_EMPTY)
		return PH_READER_EMPTY;
	if (event & SCARD_STATE_MUTE)
		return PH_READER_MUTE;
	if (event & SCARD_STATE_PRESENT)
		return event & SCARD_STATE_EXCLUSIVE ? PH_READER_BUSY : PH_READER_PRESENT;
	return PH_READER_EMPTY;
}

static bool tell_state(struct ph_pcsc_worker *worker, enum ph_reader_state state, const char *name)
{
	uint8_t text[1 + PH_PCSC_NAME_MAX];
	size_t len = strlen(name);

	text[0] = (uint8_t)state;
	memcpy(text + 1, name, len);
	return tell(worker, PH_READER_STATE, text, len + 1);
}

/*
 * Waits until the reader or the list of readers has changed. Returns false when there is nobody to wait for any more. A
 * reader whose state has only other flags (somebody uses it) changes nothing that is told.
 */
static bool wait_change(struct ph_pcsc_worker *worker, const char *reader, DWORD *event)
{
	SCARD_READERSTATE states[2] = {{.szReader = PLUG_AND_PLAY}, {.szReader = reader}};
	DWORD count = reader[0] ? 2 : 1;

	states[1].dwCurrentState = *event;
	LONG r = worker->lib->GetStatusChange(worker->watching, INFINITE, states, count);
	if (r != SCARD_S_SUCCESS && r != SCARD_E_UNKNOWN_READER && r != SCARD_E_TIMEOUT)
		return false;
	*event = count == 2 ? states[1].dwEventState & ~(DWORD)SCARD_STATE_CHANGED
			    : SCARD_STATE_UNAWARE;
	return true;
}

static void note_state(struct ph_pcsc_worker *worker, enum ph_reader_state state)
{
	pthread_mutex_lock(&worker->lock);
	worker->state = state;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

static void *watch(void *userdata)
{
	struct ph_pcsc_worker *worker = userdata;
	char reader[PH_PCSC_NAME_MAX], before[PH_PCSC_NAME_MAX] = "";
	int told = -1;
	DWORD event = SCARD_STATE_UNAWARE;

	while (!atomic_load(&worker->left) && find_reader(worker, reader)) {
		if (strcmp(reader, before) != 0)
			event = SCARD_STATE_UNAWARE;
		snprintf(before, sizeof before, "%s", reader);
		enum ph_reader_state state = reader[0] ? state_of(event) : PH_READER_NONE;
		bool known = !reader[0] || event != SCARD_STATE_UNAWARE;
		if (known && (int)state != told) {
			note_state(worker, state);
			if (!tell_state(worker, state, reader))
				break;
			/* what came while it was told is not waited for: look again */
			told = (int)state;
			continue;
		}
		if (!wait_change(worker, reader, &event))
			break;
	}
	note_state(worker, PH_READER_NONE);
	shutdown(worker->peer, SHUT_RDWR);
	drop(worker);
	return NULL;
}

/* ---- working ---- */

static void release(struct ph_pcsc_worker *worker)
{
	if (worker->connected)
		worker->lib->Disconnect(worker->card, SCARD_UNPOWER_CARD);
	worker->connected = false;
}

/* What a PIN pad can do; a reader without one answers nothing, or an error. */
static void tell_features(struct ph_pcsc_worker *worker)
{
	uint8_t features[FEATURES_MAX];
	DWORD len = 0;

	if (worker->told_features)
		return;
	worker->told_features = true;
	LONG r = worker->lib->Control(worker->card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, features,
		sizeof features, &len);
	if (r == SCARD_S_SUCCESS && len)
		tell(worker, PH_READER_FEATURES, features, len);
}

/*
 * From the reader's driver. libpcsclite answers SCardStatus from a table that all threads of a process share: what it says of
 * protocol and ATR may be what the watcher was told before this card was powered.
 */
static LONG ask_atr(struct ph_pcsc_worker *worker, uint8_t *atr, DWORD *ret_len)
{
	DWORD state, protocol, name_len = 0, len = *ret_len;
	LONG r = worker->lib->GetAttrib(worker->card, SCARD_ATTR_ATR_STRING, atr, ret_len);

	if (r == SCARD_S_SUCCESS && *ret_len)
		return r;
	*ret_len = len; /* some drivers have no such attribute */
	return worker->lib->Status(worker->card, NULL, &name_len, &state, &protocol, atr, ret_len);
}

static void tell_card(struct ph_pcsc_worker *worker)
{
	uint8_t card[1 + MAX_ATR_SIZE];
	DWORD len = MAX_ATR_SIZE;
	LONG r = ask_atr(worker, card + 1, &len);

	if (r != SCARD_S_SUCCESS) {
		tell_fault(worker, r);
		return;
	}
	card[0] = worker->protocol == SCARD_PROTOCOL_T1;
	tell(worker, PH_READER_CARD, card, len + 1);
}

static void take_card(struct ph_pcsc_worker *worker)
{
	char reader[PH_PCSC_NAME_MAX];

	release(worker);
	pthread_mutex_lock(&worker->lock);
	memcpy(reader, worker->reader, sizeof reader);
	pthread_mutex_unlock(&worker->lock);
	LONG r = reader[0] ? worker->lib->Connect(worker->working, reader, SCARD_SHARE_EXCLUSIVE,
				     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &worker->card,
				     &worker->protocol)
			   : SCARD_E_READER_UNAVAILABLE;
	if (r != SCARD_S_SUCCESS) {
		tell_fault(worker, r);
		return;
	}
	worker->connected = worker->untouched = true;
	tell_features(worker);
	tell_card(worker);
}

static void reset_card(struct ph_pcsc_worker *worker)
{
	LONG r = worker->connected ? worker->lib->Reconnect(worker->card, SCARD_SHARE_EXCLUSIVE,
					     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
					     SCARD_RESET_CARD, &worker->protocol)
				   : SCARD_E_NO_SMARTCARD;

	if (r == SCARD_S_SUCCESS)
		tell_card(worker);
	else
		tell_fault(worker, r);
}

/* Whether the watcher learns within this time that there is no card. */
static bool goes_within(struct ph_pcsc_worker *worker, uint64_t us)
{
	uint64_t until_us = ph_clock_mono_us() + us;
	const struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
		.tv_nsec = (long)(until_us % 1000000) * 1000};

	pthread_mutex_lock(&worker->lock);
	while (worker->state > PH_READER_EMPTY &&
		pthread_cond_timedwait(&worker->changed, &worker->lock, &until) == 0)
		;
	bool gone = worker->state <= PH_READER_EMPTY;
	pthread_mutex_unlock(&worker->lock);
	return gone;
}

/*
 * Of a card that is pulled in the middle of a command a reader says as well that its line has failed, or (vpcd 3.3) that all is
 * well and there is no answer; pcscd learns a moment later why, and the watcher from it. Time in which pcscd is not run is none
 * of it: it is asked for something on the way, and what is left is waited behind its answer.
 */
static bool has_gone(struct ph_pcsc_worker *worker)
{
	char list[LIST_MAX];
	bool gone = false;

	for (unsigned i = 0; !gone && i < GONE_LOOKS; i++) {
		DWORD size = sizeof list;
		worker->lib->ListReaders(worker->working, NULL, list, &size);
		gone = goes_within(worker, ph_pcsc_env.gone_wait_ms * UINT64_C(1000) / GONE_LOOKS);
	}
	return gone;
}

static LONG send_command(struct ph_pcsc_worker *worker, const uint8_t *command, size_t len,
	uint8_t *answer, DWORD *ret_len)
{
	const SCARD_IO_REQUEST pci = {
		.dwProtocol = worker->protocol, .cbPciLength = sizeof(SCARD_IO_REQUEST)};

	return worker->lib->Transmit(worker->card, &pci, command, len, NULL, answer, ret_len);
}

/*
 * pcscd 1.9 tells of a card before it has forgotten the one before: whoever is quick is told by the first command, which has not
 * left, that the protocol is not agreed any more, or that the card was reset. Later these are faults.
 */
static bool was_too_quick(const struct ph_pcsc_worker *worker, LONG result)
{
	return worker->untouched &&
	       (result == SCARD_E_PROTO_MISMATCH || result == SCARD_W_RESET_CARD);
}

static LONG send_again(struct ph_pcsc_worker *worker, const uint8_t *command, size_t len,
	uint8_t *answer, DWORD *ret_len)
{
	LONG r = worker->lib->Reconnect(worker->card, SCARD_SHARE_EXCLUSIVE,
		SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &worker->protocol);

	return r == SCARD_S_SUCCESS ? send_command(worker, command, len, answer, ret_len) : r;
}

static void transmit(struct ph_pcsc_worker *worker, const uint8_t *command, size_t len)
{
	uint8_t answer[PH_READER_PACKET_MAX - 1];
	DWORD answer_len = sizeof answer;
	LONG r = SCARD_E_NO_SMARTCARD;

	if (worker->connected)
		r = send_command(worker, command, len, answer, &answer_len);
	if (was_too_quick(worker, r)) {
		answer_len = sizeof answer;
		r = send_again(worker, command, len, answer, &answer_len);
	}
	worker->untouched = false;
	if (r == SCARD_S_SUCCESS && answer_len >= 2)
		tell(worker, PH_READER_ANSWER, answer, answer_len);
	else
		tell_fault(worker, has_gone(worker) ? SCARD_W_REMOVED_CARD : r);
	ph_wipe(answer, sizeof answer);
}

/* Works until the loop closes its end. */
static void *work(void *userdata)
{
	struct ph_pcsc_worker *worker = userdata;
	uint8_t packet[PH_READER_PACKET_MAX];
	ssize_t n;

	while ((n = recv(worker->peer, packet, sizeof packet, 0)) > 0) {
		if (packet[0] == PH_READER_CONNECT)
			take_card(worker);
		else if (packet[0] == PH_READER_RESET)
			reset_card(worker);
		else if (packet[0] == PH_READER_COMMAND)
			transmit(worker, packet + 1, (size_t)n - 1);
		else if (packet[0] == PH_READER_RELEASE)
			release(worker);
		ph_wipe(packet, (size_t)n);
	}
	release(worker);
	drop(worker);
	return NULL;
}

/* ---- beginning and end ---- */

/* Signals are the loop's. */
static int start_thread(void *(*run)(void *), struct ph_pcsc_worker *worker)
{
	sigset_t all, before;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_fetch_add(&worker->users, 1);
	int r = -pthread_create(&thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		atomic_fetch_sub(&worker->users, 1);
	else
		pthread_detach(thread);
	return r;
}

static int reach(struct ph_pcsc_worker *worker)
{
	const struct ph_pcsc_lib *lib = worker->lib;

	if (lib->EstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &worker->watching) !=
			SCARD_S_SUCCESS ||
		lib->EstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &worker->working) !=
			SCARD_S_SUCCESS)
		return -ECONNREFUSED;
	return 0;
}

int ph_pcsc_worker_new(const struct ph_pcsc_lib *lib, const char *reader,
	struct ph_pcsc_worker **ret_worker, int *ret_fd)
{
	struct ph_pcsc_worker *worker = calloc(1, sizeof *worker);
	pthread_condattr_t monotonic;
	int pair[2] = {-1, -1};

	if (!worker)
		return -ENOMEM;
	worker->lib = lib;
	snprintf(worker->wanted, sizeof worker->wanted, "%s", reader);
	pthread_mutex_init(&worker->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	atomic_init(&worker->users, 1);
	int r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	worker->peer = pair[1];
	if (r == 0)
		r = reach(worker);
	if (r == 0)
		r = start_thread(watch, worker);
	if (r == 0)
		r = start_thread(work, worker);
	if (r < 0) {
		if (pair[0] >= 0)
			close(pair[0]);
		ph_pcsc_worker_leave(worker);
		return r;
	}
	*ret_worker = worker;
	*ret_fd = pair[0];
	return 0;
}

/*
 * A cancel that comes just before the wait begins is missed; then the watcher ends with the next change, or with the process.
 * It holds nothing but its context.
 */
void ph_pcsc_worker_leave(struct ph_pcsc_worker *worker)
{
	if (!worker)
		return;
	atomic_store(&worker->left, true);
	if (worker->watching)
		worker->lib->Cancel(worker->watching);
	drop(worker);
}
