// Any packets of a reader and any answers of the service to the card reader's driver: each payment ends once, and the test
// number of the seeds never goes up in clear.
#include "base/secret.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "drivers/host/device.h"
#include "tests/support/emv_files.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct emv_files files;
static char key_path[64], list_path[64], list_signature[64];
static unsigned ends;
static bool told; /* the input says the number as a text, which a name or label may repeat */
static uint64_t now;

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	if (!told && memmem(line, len, "5413330089020011", 16))
		abort();
	/* a name may end like it, and cannot hold a quote that is not escaped */
	static const char end[] = "\"method\":\"payment.end\"";
	if (memmem(line, len, end, sizeof end - 1))
		ends++;
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	return len >= 1 && len <= PH_READER_PACKET_MAX ? 0 : -90;
}

static size_t link_queued(const struct ph_device *device)
{
	return 0;
}

static void timer_set(struct ph_device *device, unsigned ms)
{
}

static uint64_t now_ms(const struct ph_device *device)
{
	return now;
}

static const struct ph_device_io io = {.send = send_line,
	.link_write = link_write,
	.link_queued = link_queued,
	.timer_set = timer_set,
	.now_ms = now_ms};

static void make_files(void)
{
	char list[128], why[EMV_FINGERPRINT_WHY_SIZE];
	struct ph_secret *key;
	uint8_t mark[PH_FINGERPRINT_SIZE];
	int n = snprintf(list, sizeof list, "poshal deny list 1\nkey ");

	emv_files_make(&files, EMV_FILES_PARAMETERS("2000"));
	snprintf(key_path, sizeof key_path, "%s/fingerprint.key", files.folder);
	snprintf(list_path, sizeof list_path, "%s/denied", files.folder);
	snprintf(list_signature, sizeof list_signature, "%s/denied.sig", files.folder);
	if (emv_fingerprint_key_load(key_path, true, &key, why) < 0)
		exit(0); /* no memory can be locked */
	emv_fingerprint(key, NULL, 0, mark);
	ph_secret_free(key);
	for (size_t i = 0; i < sizeof mark; i++)
		n += snprintf(list + n, sizeof list - (size_t)n, "%02x", mark[i]);
	emv_files_sign_as(&files, list_path, list_signature, list);
}

static void remove_files(void)
{
	unlink(key_path);
	unlink(list_path);
	unlink(list_signature);
	emv_files_remove(&files);
}

/* ---- one run ---- */

static const char *const requests[] = {
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"payment.start\",\"params\":{\"payment\":\"p\","
	"\"type\":"
	"\"sale\",\"amount\":1234,\"currency\":{\"code\":\"EUR\",\"number\":978,\"exponent\":2},"
	"\"date\":"
	"20260901,\"time\":0,\"counter\":7,\"choices\":true}}",
	"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"payment.proceed\",\"params\":{\"payment\":"
	"\"p\",\"ok\":"
	"true,\"approved\":true,\"arc\":\"00\",\"issuer_b64\":\"kQqw4jj3ljXjUTAw\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"payment.proceed\",\"params\":{\"payment\":"
	"\"p\",\"ok\":"
	"false}}",
	"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"payment.proceed\",\"params\":{\"payment\":"
	"\"p\",\"ok\":"
	"true,\"choice\":1}}",
	"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"payment.cancel\",\"params\":{\"payment\":\"p\"}"
	"}",
	"{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"card.transmit\",\"params\":{\"data_b64\":"
	"\"AKQEAAbwTE9ZQUwA\"}}",
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"card.transmit\",\"params\":{\"data_b64\":"
	"\"ALAAAAQ=\"}}",
};

/* A sale that may stand without the host; behind it comes the value of "offline". */
#define WELCOME                                                                                    \
	"{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"payment.start\",\"params\":{\"payment\":"      \
	"\"p\","                                                                                   \
	"\"type\":\"sale\",\"amount\":1234,\"currency\":{\"code\":\"EUR\",\"number\":978,"         \
	"\"exponent\":2},\"date\":20260901,\"time\":0,\"counter\":7,\"offline\":"
#define FORWARD "{\"forward_s\":259200}"

static void send_welcome(struct ph_device *device, const uint8_t *value, size_t len)
{
	char line[sizeof WELCOME + 258];

	memcpy(line, WELCOME, sizeof WELCOME - 1);
	memcpy(line + sizeof WELCOME - 1, value, len);
	memcpy(line + sizeof WELCOME - 1 + len, "}}", 3);
	ph_device_dispatch(device, line, strlen(line));
}

static void configure(struct ph_device *device)
{
	struct ph_device_config config = {.name = "fuzz", .connection = "pcsc:"};

	if (ph_device_set_option(device, "parameters", files.parameters) < 0 ||
		ph_device_set_option(device, "parameters_key", files.signer) < 0 ||
		ph_device_set_option(device, "seal_key", files.seal) < 0 ||
		ph_device_set_option(device, "fingerprint_key", key_path) < 0 ||
		ph_device_set_option(device, "deny_list", list_path) < 0)
		abort();
	if (ph_device_configure(device, &config) < 0)
		exit(0); /* no memory can be locked */
	ph_device_link_up(device);
}

/*
 * Each step begins with a byte: below F0 that many bytes of a packet follow, FD is a sale that may stand without the host, FE one
 * with as many bytes as the next byte says in the place of "offline", FF a time-out; the others are a request.
 */
static void step(struct ph_device *device, const uint8_t **data, size_t *len)
{
	uint8_t packet[256];
	uint8_t what = **data;
	unsigned before = ends, in_hand = ph_payment_in_hand(device) != NULL;

	++*data;
	--*len;
	if (what < 0xf0) {
		size_t n = what < *len ? what : *len;
		memcpy(packet, *data, n);
		ph_device_receive(device, packet, n);
		*data += n;
		*len -= n;
	} else if (what == 0xfd) {
		send_welcome(device, (const uint8_t *)FORWARD, sizeof FORWARD - 1);
	} else if (what == 0xfe && *len) {
		size_t n = **data < *len - 1 ? **data : *len - 1;
		send_welcome(device, *data + 1, n);
		*data += n + 1;
		*len -= n + 1;
	} else if (what == 0xff) {
		now += PH_EMV_TIME_MS;
		device->driver->tick(device);
	} else {
		const char *line = requests[what % (sizeof requests / sizeof *requests)];
		ph_device_dispatch(device, line, strlen(line));
	}
	/* what ends was there, and is gone then; a request may begin and end one */
	if (ends - before > 1 || (ends > before && !in_hand && what < 0xf0) ||
		(ends > before && ph_payment_in_hand(device)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_device device;

	if (!files.folder[0]) {
		make_files();
		atexit(remove_files);
	}
	told = memmem(data, len, "5413330089020011", 16);
	if (ph_device_init(&device, &ph_driver_emv_pcsc, &io) < 0)
		return 0;
	configure(&device);
	while (len)
		step(&device, &data, &len);
	ph_device_link_down(&device, true, 0);
	ph_device_done(&device);
	return 0;
}
