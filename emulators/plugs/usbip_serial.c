// Serial lines over USB: CDC-ACM (ttyACM), PL2303 and FT232R (ttyUSB), and a plain pair of bulk pipes of the vendor class.
//
// Sources: USB CDC PSTN subclass 1.2; Linux drivers/usb/serial/pl2303.c and ftdi_sio.c for what those chips are asked.
#include <errno.h>
#include <string.h>

#include "emulators/plugs/usbip_internal.h"

enum {
	SET_LINE_CODING = 0x20,
	GET_LINE_CODING = 0x21,
	SET_CONTROL_LINE_STATE = 0x22,
	SEND_BREAK = 0x23,
	SERIAL_STATE = 0x20,
};

#define NOTIFY_CDC    0x83
#define NOTIFY_PL2303 0x81
#define FTDI_STATUS   0x31, 0x60 /* CTS and DSR are on, the transmitter is empty */

static const uint8_t cdc_config[] = {9, 2, 67, 0, 2, 1, 0, 0xC0, 1, 9, 4, 0, 0, 1, 2, 2, 1, 0, 5,
	0x24, 0, 0x10, 1, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 6, 5, 0x24, 6, 0, 1, 7, 5, NOTIFY_CDC, 3,
	16, 0, 8, 9, 4, 1, 0, 2, 0x0A, 0, 0, 0, 7, 5, 0x01, 2, 0, 2, 0, 7, 5, 0x82, 2, 0, 2, 0};
static const uint8_t pl2303_config[] = {9, 2, 39, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 3, 0xFF, 0, 0,
	0, 7, 5, NOTIFY_PL2303, 3, 10, 0, 1, 7, 5, 0x02, 2, 64, 0, 0, 7, 5, 0x83, 2, 64, 0, 0};
static const uint8_t ftdi_config[] = {9, 2, 32, 0, 1, 1, 0, 0x80, 45, 9, 4, 0, 0, 2, 0xFF, 0xFF,
	0xFF, 2, 7, 5, 0x81, 2, 64, 0, 0, 7, 5, 0x02, 2, 64, 0, 0};
static const uint8_t bulk_config[] = {9, 2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 0xFF, 0, 0, 0,
	7, 5, 0x81, 2, 64, 0, 0, 7, 5, 0x02, 2, 64, 0, 0};

_Static_assert(sizeof cdc_config == 67 && sizeof pl2303_config == 39 && sizeof ftdi_config == 32 &&
		       sizeof bulk_config == 32,
	"wTotalLength");

static const uint8_t *config_cdc(const struct emu_usb *usb, size_t *ret_len)
{
	*ret_len = sizeof cdc_config;
	return cdc_config;
}

static const uint8_t *config_pl2303(const struct emu_usb *usb, size_t *ret_len)
{
	*ret_len = sizeof pl2303_config;
	return pl2303_config;
}

static const uint8_t *config_ftdi(const struct emu_usb *usb, size_t *ret_len)
{
	*ret_len = sizeof ftdi_config;
	return ftdi_config;
}

static const uint8_t *config_bulk(const struct emu_usb *usb, size_t *ret_len)
{
	*ret_len = sizeof bulk_config;
	return bulk_config;
}

static void tell_line(struct emu_usb *usb)
{
	const struct ph_emu_plug *plug = usb->plug;

	if (plug->ops.line)
		plug->ops.line(plug->userdata, &usb->line);
}

static void set_coding(struct emu_usb *usb, const uint8_t *data, size_t len)
{
	if (len < sizeof usb->coding)
		return;
	memcpy(usb->coding, data, sizeof usb->coding);
	usb->line.baud = data[0] | (unsigned)data[1] << 8 | (unsigned)data[2] << 16 |
			 (unsigned)data[3] << 24;
	usb->line.stop = data[4];
	usb->line.parity = data[5];
	usb->line.bits = data[6];
	tell_line(usb);
}

static void set_lines(struct emu_usb *usb, bool dtr, bool rts)
{
	usb->notice = usb->notice || (dtr && !usb->line.dtr);
	usb->line.dtr = dtr;
	usb->line.rts = rts;
	tell_line(usb);
}

// The class requests of CDC, which PL2303 has taken over.
static int control_cdc(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	const uint8_t *setup = urb->setup;
	size_t n = size < sizeof usb->coding ? size : sizeof usb->coding;

	if ((setup[0] & 0x7f) != 0x21)
		return -EPIPE;
	switch (setup[1]) {
	case SET_LINE_CODING:
		set_coding(usb, urb->data, urb->data ? urb->length : 0);
		return 0;
	case GET_LINE_CODING:
		memcpy(out, usb->coding, n);
		return (int)n;
	case SET_CONTROL_LINE_STATE:
		set_lines(usb, setup[2] & 1, setup[2] & 2);
		return 0;
	case SEND_BREAK:
		return 0;
	default:
		return -EPIPE;
	}
}

static int control_pl2303(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	if (urb->setup[0] == 0xC0 && urb->setup[1] == 1) { /* a register of the chip */
		memset(out, 0, size ? 1 : 0);
		return size ? 1 : 0;
	}
	if (urb->setup[0] == 0x40 && urb->setup[1] == 1)
		return 0;
	return control_cdc(usb, urb, out, size);
}

// The divisor of 3 MHz with eighths in its two top bits, as FT232R has it.
static unsigned ftdi_baud(unsigned value)
{
	static const unsigned eighths[] = {0, 4, 2, 1};
	unsigned divisor = value & 0x3fff;

	if (divisor == 0)
		return 3000000;
	return 24000000u / (divisor * 8 + eighths[value >> 14 & 3]);
}

enum {
	FTDI_RESET,
	FTDI_MODEM,
	FTDI_FLOW,
	FTDI_BAUD,
	FTDI_DATA,
	FTDI_GET_STATUS,
	FTDI_SET_LATENCY = 9,
	FTDI_GET_LATENCY = 10,
	FTDI_EEPROM = 0x90,
};

static int ftdi_out(struct emu_usb *usb, const uint8_t *setup)
{
	unsigned value = setup[2] | (unsigned)setup[3] << 8;

	switch (setup[1]) {
	case FTDI_MODEM:
		set_lines(usb, value & 0x100 ? value & 1 : usb->line.dtr,
			value & 0x200 ? value & 2 : usb->line.rts);
		return 0;
	case FTDI_BAUD:
		usb->line.baud = ftdi_baud(value);
		tell_line(usb);
		return 0;
	case FTDI_DATA:
		usb->line.bits = value & 0xff;
		usb->line.parity = value >> 8 & 7;
		usb->line.stop = value >> 11 & 3;
		tell_line(usb);
		return 0;
	case FTDI_RESET:
	case FTDI_FLOW:
	case FTDI_SET_LATENCY:
		return 0;
	default:
		return -EPIPE;
	}
}

static int control_ftdi(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	static const uint8_t status[] = {FTDI_STATUS}, latency[] = {16}, eeprom[] = {0xff, 0xff};
	const uint8_t *setup = urb->setup;
	const uint8_t *answer = NULL;
	size_t len = 0;

	if (setup[0] == 0x40)
		return ftdi_out(usb, setup);
	if (setup[0] != 0xC0)
		return -EPIPE;
	switch (setup[1]) {
	case FTDI_GET_STATUS:
		answer = status;
		len = sizeof status;
		break;
	case FTDI_GET_LATENCY:
		answer = latency;
		len = sizeof latency;
		break;
	case FTDI_EEPROM:
		answer = eeprom;
		len = sizeof eeprom;
		break;
	default:
		return -EPIPE;
	}
	len = len < size ? len : size;
	memcpy(out, answer, len);
	return (int)len;
}

static int control_bulk(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size)
{
	return -EPIPE;
}

static size_t give_bytes(struct emu_usb *usb, uint8_t *out, size_t size)
{
	return usb->plug->ops.output(usb->plug->userdata, out, size);
}

// SERIAL_STATE: carrier and DSR of CDC, of PL2303 CTS as well.
static size_t give_notice(struct emu_usb *usb, bool pl2303, uint8_t *out, size_t size)
{
	const uint8_t notice[] = {0xA1, SERIAL_STATE, 0, 0, 0, 0, 2, 0, pl2303 ? 0x83 : 3, 0};

	if (!usb->notice || size < sizeof notice)
		return 0;
	usb->notice = false;
	memcpy(out, notice, sizeof notice);
	return sizeof notice;
}

static size_t give_cdc(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	return endpoint == (NOTIFY_CDC & 15) ? give_notice(usb, false, out, size)
					     : give_bytes(usb, out, size);
}

static size_t give_pl2303(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	return endpoint == (NOTIFY_PL2303 & 15) ? give_notice(usb, true, out, size)
						: give_bytes(usb, out, size);
}

// Each packet of 64 bytes begins with two of status.
static size_t give_ftdi(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	static const uint8_t status[] = {FTDI_STATUS};
	size_t room = size < 64 ? size : 64;

	if (room <= sizeof status)
		return 0;
	size_t n = give_bytes(usb, out + sizeof status, room - sizeof status);
	memcpy(out, status, sizeof status);
	return n ? n + sizeof status : 0;
}

static size_t give_bulk(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size)
{
	return give_bytes(usb, out, size);
}

static void configured(struct emu_usb *usb)
{
	usb->line = (struct ph_emu_line){.baud = 9600, .bits = 8};
	usb->notice = false;
}

const struct emu_usb_kind emu_usb_cdc = {
	.speed = 3,
	.device = {18, 1, 0x00, 0x02, 2, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x01, 1, 2, 3, 1},
	.qualifier = (const uint8_t[]){10, 6, 0x00, 0x02, 2, 0, 0, 64, 1, 0},
	.config = config_cdc,
	.control = control_cdc,
	.configured = configured,
	.take = emu_usb_take_bytes,
	.give = give_cdc,
};

const struct emu_usb_kind emu_usb_pl2303 = {
	.speed = 2,
	.device = {18, 1, 0x10, 0x01, 0, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x03, 1, 2, 3, 1},
	.config = config_pl2303,
	.control = control_pl2303,
	.configured = configured,
	.take = emu_usb_take_bytes,
	.give = give_pl2303,
};

const struct emu_usb_kind emu_usb_ftdi = {
	.speed = 2,
	.device = {18, 1, 0x00, 0x02, 0, 0, 0, 8, 0, 0, 0, 0, 0x00, 0x06, 1, 2, 3, 1},
	.config = config_ftdi,
	.control = control_ftdi,
	.configured = configured,
	.take = emu_usb_take_bytes,
	.give = give_ftdi,
};

const struct emu_usb_kind emu_usb_bulk = {
	.speed = 2,
	.device = {18, 1, 0x10, 0x01, 0, 0, 0, 64, 0, 0, 0, 0, 0x00, 0x01, 1, 2, 3, 1},
	.config = config_bulk,
	.control = control_bulk,
	.take = emu_usb_take_bytes,
	.give = give_bulk,
};
