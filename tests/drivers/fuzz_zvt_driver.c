// Any messages of a terminal to the driver zvt, with time going by and lines that are lost: a payment ends exactly once, and its command is
// sent at most once.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "protocols/zvt/zvt_const.h"
#include "tests/drivers/fuzz_io.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned begun, ended, sent;
static bool serial;
static struct ph_device_io io;

static void send_line(struct ph_device *device, const char *line, size_t len)
{
	ended += memmem(line, len, "\"payment.end\"", 13) != NULL;
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	static const uint8_t block[] = {
		PH_ZVT_DLE, PH_ZVT_STX, PH_ZVT_AUTHORISATION >> 8, PH_ZVT_AUTHORISATION & 0xff};
	const uint8_t *bytes = data;

	if (serial)
		sent += memmem(bytes, len, block, sizeof block) != NULL;
	else
		sent += len > 2 && memcmp(bytes, block + 2, 2) == 0;
	return 0;
}

static void request(struct ph_device *device, uint8_t which)
{
#define ABOUT                                                                                      \
	"\"params\":{\"payment\":\"p\",\"type\":\"sale\",\"amount\":1234,\"currency\":{\"code\":"  \
	"\"EUR\",\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":93059,\"counter\":7"
#define CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
	static const char *const lines[] = {
		CALL "\"payment.start\"," ABOUT "}}",
		CALL "\"payment.proceed\",\"params\":{\"payment\":\"p\",\"ok\":true}}",
		CALL "\"payment.proceed\",\"params\":{\"payment\":\"p\",\"ok\":false}}",
		CALL "\"payment.cancel\",\"params\":{\"payment\":\"p\"}}",
		CALL "\"payment.recover\"," ABOUT
		     ",\"before\":\"start=20261122093059 receipt=0041 count=1 sum=5\"}}",
	};
	const char *line = lines[which % PH_ARRAY_SIZE(lines)];
	bool was = ph_payment_in_hand(device);

	ph_device_dispatch(device, line, strlen(line));
	begun += !was && ph_payment_in_hand(device);
	if (!was && ph_payment_in_hand(device))
		sent = 0;
}

/* 0: a request; 1: time; 2: the line is lost or closed; 3: a message of the terminal with the bytes that follow; else: bytes as they are. */
static size_t step(struct ph_device *device, const uint8_t *data, size_t len)
{
	static const uint16_t codes[] = {PH_ZVT_POSITIVE, PH_ZVT_STATUS_INFORMATION,
		PH_ZVT_INTERMEDIATE_STATUS, PH_ZVT_COMPLETION, PH_ZVT_ABORTED, PH_ZVT_PRINT_LINE,
		PH_ZVT_PRINT_BLOCK, PH_ZVT_NEGATIVE | PH_ZVT_PLEASE_WAIT,
		PH_ZVT_NEGATIVE | PH_ZVT_NOT_POSSIBLE};
	uint16_t code = codes[data[1] % PH_ARRAY_SIZE(codes)];
	uint8_t head[3] = {(uint8_t)(code >> 8), (uint8_t)code, 0};

	switch (data[0] % 5) {
	case 0:
		request(device, data[1]);
		return 2;
	case 1:
		fuzz_advance(device, data[1] * 100u);
		return 2;
	case 2:
		/* lost, or closed by the terminal, which may be its way; it comes back at once or is missed for a while */
		if (data[1] & 2)
			device->driver->ended(device);
		ph_device_link_down(device, true, data[1] & 1 ? 1000 : 0);
		if (data[1] & 4)
			fuzz_advance(device, 20000);
		ph_device_link_up(device);
		return 2;
	case 3:
		head[2] = (uint8_t)(len < 3 ? 0 : data[2] < len - 3 ? data[2] : len - 3);
		device->driver->receive(device, head, sizeof head);
		if (head[2])
			device->driver->receive(device, data + 3, head[2]);
		return len < 3 ? len : 3u + head[2];
	default:
		device->driver->receive(device, data, 2);
		return 2;
	}
}

static void run(const char *connection, const uint8_t *data, size_t len)
{
	struct ph_device_config config = {.name = "fuzz", .connection = connection};
	struct ph_device device;

	serial = !strncmp(connection, "serial", 6);
	begun = ended = sent = 0;
	fuzz_now_ms = 1000;
	fuzz_timer_at = 0;
	if (ph_device_init(&device, &ph_driver_zvt, &io) < 0)
		return;
	if (ph_device_configure(&device, &config) < 0)
		abort();
	ph_device_link_up(&device);
	while (len > 1) {
		size_t n = step(&device, data, len);
		data += n;
		len -= n;
		/* in a block: again behind each NAK */
		if (sent > (serial ? 1 + PH_ZVT_REPEATS : 1) || ended > begun)
			abort();
	}
	/* nobody says a word any more: it ends by itself, but for what is being stored */
	ph_device_link_down(&device, true, 0);
	for (int i = 0; ph_payment_in_hand(&device) && fuzz_timer_at && i < 100; i++)
		fuzz_advance(&device, 60000);
	if (ended != begun && !device.payment_needs)
		abort();
	ph_device_done(&device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	io = fuzz_io;
	io.send = send_line;
	io.link_write = link_write;
	if (len < 1)
		return 0;
	run(data[0] & 1 ? "serial:/dev/null" : "tcp://127.0.0.1:20007", data + 1, len - 1);
	return 0;
}
