// Whatever a stranger sends to the USB/IP server: the first byte says whether as a kernel that has imported the device, and which
// kind of device it is.
#include "emulators/plugs/plug.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static sd_event *event;
static struct ph_emu_plug *plugs[PH_EMU_USB_KIND_COUNT_], *plug;
static size_t free_bytes;

static size_t room(void *userdata)
{
	return free_bytes;
}

static size_t input(void *userdata, const uint8_t *data, size_t len)
{
	if (len > free_bytes)
		abort();
	free_bytes -= len;
	return len;
}

static size_t output(void *userdata, uint8_t *out, size_t size)
{
	/* it says something as long as it has room, so that neither side is for ever */
	if (size == 0 || free_bytes == 0)
		return 0;
	free_bytes--;
	out[0] = 'x';
	return 1;
}

static bool busy(void *userdata)
{
	return false;
}

static void report(void *userdata, bool feature, const uint8_t *data, size_t len)
{
	if (len < 1 || len > 4097)
		abort();
}

static size_t get_report(void *userdata, unsigned type, unsigned id, uint8_t *out, size_t size)
{
	if (type == 2 || size < 8)
		return 0;
	memset(out, (int)id, 8);
	return 8;
}

static const struct ph_emu_plug_ops ops = {.room = room,
	.input = input,
	.output = output,
	.busy = busy,
	.report = report,
	.get_report = get_report};

static void start(enum ph_emu_usb_kind kind)
{
	static const uint8_t descriptor[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x75,
		0x08, 0x95, 0x3F, 0x81, 0x02, 0xC0};
	struct ph_emu_plug_config config = {.kind = PH_EMU_PLUG_USBIP,
		.usb = {.vendor = 0x04b8,
			.product = 0x0e15,
			.maker = "EPSON",
			.model = "TM",
			.serial = "1",
			.interface = PH_EMU_USB_ALTERNATES,
			.kind = kind,
			.descriptor = descriptor,
			.descriptor_len = sizeof descriptor}};

	if ((!event && sd_event_new(&event) < 0) ||
		ph_emu_plug_new(event, &config, &ops, NULL, &plugs[kind]) < 0)
		abort();
}

static void run_loop(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t import[40] = {1, 0x11, 0x80, 3, 0, 0, 0, 0, '1', '-', '1'};
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct linger reset = {.l_onoff = 1};

	if (len < 1 || len > 65536)
		return 0;
	enum ph_emu_usb_kind kind =
		(enum ph_emu_usb_kind)((data[0] >> 4 & 7) % PH_EMU_USB_KIND_COUNT_);
	if (!plugs[kind])
		start(kind);
	plug = plugs[kind];
	free_bytes = 600;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(ph_emu_plug_usbip_port(plug));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* thousands of these in a second: no address may stay behind */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0)
		abort();
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		close(fd); /* the kernel is out of ports for a moment */
		return 0;
	}
	run_loop();
	if (data[0] & 1)
		(void)send(fd, import, sizeof import, MSG_NOSIGNAL);
	for (size_t at = 1; at < len; at += 4096) {
		size_t n = len - at < 4096 ? len - at : 4096;
		if (send(fd, data + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		run_loop();
		ph_emu_plug_usb_fault(plug,
			(enum ph_emu_usb_fault)(data[0] >> 1 & 7) % PH_EMU_USB_FAULT_COUNT_,
			data[0] & 0x80);
	}
	close(fd);
	/* a busy kernel tells of it a little later */
	for (int i = 0; i < 100 && ph_emu_plug_is_connected(plug); i++)
		sd_event_run(event, 10000);
	run_loop();
	if (ph_emu_plug_is_connected(plug))
		abort();
	return 0;
}
