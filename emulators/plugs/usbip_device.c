// What every USB device does: standard requests, a queue for each endpoint, halts. What its bytes mean is its kind's.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/plugs/usbip_internal.h"

#define ANSWER_MAX 4097 /* of a control request: the longest report of a HID device, with its id */
#define IN_CHUNK   65536

// bRequest of standard requests
enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	SET_CONFIGURATION = 9,
	GET_INTERFACE = 10,
	SET_INTERFACE = 11,
};

enum {
	DESCRIPTOR_DEVICE = 1,
	DESCRIPTOR_CONFIG = 2,
	DESCRIPTOR_STRING = 3,
	DESCRIPTOR_QUALIFIER = 6
};

static unsigned queue_of(unsigned endpoint, bool in)
{
	return (endpoint & 15u) | (in ? 16u : 0);
}

void emu_urb_free(struct emu_urb *urb)
{
	if (urb)
		free(urb->data);
	free(urb);
}

// ---- standard requests ----

static int copy(uint8_t *out, size_t size, const uint8_t *from, size_t len)
{
	size_t n = len < size ? len : size;
	memcpy(out, from, n);
	return (int)n;
}

static int put_string(const struct emu_usb *usb, unsigned index, uint8_t *out, size_t size)
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	const char *texts[] = {NULL, c->maker, c->model, c->serial, c->interface_text};
	uint8_t text[2 + 2 * 126] = {4, DESCRIPTOR_STRING, 0x09, 0x04};

	if (index >= sizeof texts / sizeof *texts || (index && (!texts[index] || !*texts[index])))
		return -EPIPE;
	if (index) {
		size_t n = strnlen(texts[index], 126);
		text[0] = (uint8_t)(2 + 2 * n);
		for (size_t i = 0; i < n; i++) {
			text[2 + 2 * i] = (uint8_t)texts[index][i];
			text[3 + 2 * i] = 0;
		}
	}
	return copy(out, size, text, text[0]);
}

static int put_descriptor(
	const struct emu_usb *usb, unsigned type, unsigned index, uint8_t *out, size_t size)
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	uint8_t device[18];
	size_t len = 0;

	switch (type) {
	case DESCRIPTOR_DEVICE:
		memcpy(device, usb->kind->device, sizeof device);
		device[8] = (uint8_t)c->vendor;
		device[9] = (uint8_t)(c->vendor >> 8);
		device[10] = (uint8_t)c->product;
		device[11] = (uint8_t)(c->product >> 8);
		device[14] = c->maker && *c->maker ? 1 : 0;
		device[15] = c->model && *c->model ? 2 : 0;
		device[16] = c->serial && *c->serial ? 3 : 0;
		return copy(out, size, device, sizeof device);
	case DESCRIPTOR_CONFIG: {
		const uint8_t *config = usb->kind->config(usb, &len);
		return copy(out, size, config, len);
	}
	case DESCRIPTOR_STRING:
		return put_string(usb, index, out, size);
	case DESCRIPTOR_QUALIFIER:
		return usb->kind->qualifier ? copy(out, size, usb->kind->qualifier, 10) : -EPIPE;
	default:
		return -EPIPE;
	}
}

static int standard(struct emu_usb *usb, const uint8_t *setup, uint8_t *out, size_t size)
{
	unsigned value = setup[2] | (unsigned)setup[3] << 8;
	unsigned index = setup[4];
	unsigned interface = index < EMU_USB_INTERFACES ? index : 0;

	memset(out, 0, size < 2 ? size : 2);
	switch (setup[1]) {
	case GET_STATUS:
		if ((setup[0] & 0x1f) == 2 && size)
			out[0] = usb->halted[queue_of(index, index & 0x80)];
		return size < 2 ? (int)size : 2;
	case CLEAR_FEATURE:
		if ((setup[0] & 0x1f) == 2 && value == 0)
			usb->halted[queue_of(index, index & 0x80)] = false;
		return 0;
	case SET_FEATURE:
		return 0;
	case GET_DESCRIPTOR:
		if ((setup[0] & 0x1f) == 1)
			return usb->kind->descriptor ? usb->kind->descriptor(usb, setup, out, size)
						     : -EPIPE;
		return put_descriptor(usb, value >> 8, value & 0xff, out, size);
	case GET_CONFIGURATION:
		return copy(out, size, &usb->configuration, 1);
	case SET_CONFIGURATION:
		/* also what is seen of a port reset: halts and what is under way are gone */
		usb->configuration = (uint8_t)value;
		memset(usb->alternates, 0, sizeof usb->alternates);
		memset(usb->halted, 0, sizeof usb->halted);
		if (usb->kind->configured)
			usb->kind->configured(usb);
		return 0;
	case GET_INTERFACE:
		return copy(out, size, &usb->alternates[interface], 1);
	case SET_INTERFACE:
		usb->alternates[interface] = (uint8_t)value;
		memset(usb->halted, 0, sizeof usb->halted);
		return 0;
	default:
		return -EPIPE;
	}
}

static void control(struct emu_usb *usb, struct emu_urb *urb)
{
	uint8_t answer[ANSWER_MAX];
	size_t size = urb->setup[6] | (size_t)urb->setup[7] << 8;

	if (size > urb->length)
		size = urb->length;
	if (size > sizeof answer)
		size = sizeof answer;
	bool is_standard = (urb->setup[0] & 0x60) == 0;
	int n = is_standard ? standard(usb, urb->setup, answer, size)
			    : usb->kind->control(usb, urb, answer, size);
	if (n < 0)
		emu_usbip_answer(usb, urb, n, NULL, 0);
	else
		emu_usbip_answer(usb, urb, 0, answer, urb->in ? (size_t)n : urb->length);
	emu_urb_free(urb);
	emu_usb_pump(usb);
}

// ---- queues ----

static void forget(struct emu_usb *usb, struct emu_urb *urb)
{
	usb->urbs--;
	usb->held -= urb->data ? urb->length : 0;
	emu_urb_free(urb);
}

static void finish(struct emu_usb *usb, struct emu_urb *urb, int status, const uint8_t *data)
{
	emu_usbip_answer(usb, urb, status, data, urb->done);
	forget(usb, urb);
}

static bool strike(struct emu_usb *usb, enum ph_emu_usb_fault fault)
{
	bool armed = usb->faults[fault];
	usb->faults[fault] = false;
	return armed;
}

// Both return false when the transfer is to wait.
static bool run_out(struct emu_usb *usb, struct emu_urb *urb)
{
	unsigned generation = usb->generation;

	if (usb->faults[PH_EMU_USB_NAK_OUT])
		return false;
	if (strike(usb, PH_EMU_USB_STALL_OUT))
		usb->halted[queue_of(urb->endpoint, false)] = true;
	if (usb->halted[queue_of(urb->endpoint, false)]) {
		finish(usb, urb, -EPIPE, NULL);
		return true;
	}
	while (urb->done < urb->length) {
		size_t n = usb->kind->take(
			usb, urb->endpoint, urb->data + urb->done, urb->length - urb->done);
		urb->done += (uint32_t)n;
		/* taking it may have pulled the cable; then only this transfer is left to free */
		if (generation != usb->generation) {
			emu_urb_free(urb);
			return true;
		}
		if (n == 0)
			return false;
	}
	finish(usb, urb, 0, NULL);
	return true;
}

static bool run_in(struct emu_usb *usb, struct emu_urb *urb)
{
	static uint8_t data[IN_CHUNK];
	size_t size = urb->length < sizeof data ? urb->length : sizeof data;

	if (strike(usb, PH_EMU_USB_STALL_IN))
		usb->halted[queue_of(urb->endpoint, true)] = true;
	if (usb->halted[queue_of(urb->endpoint, true)] || strike(usb, PH_EMU_USB_BABBLE)) {
		finish(usb, urb, usb->halted[queue_of(urb->endpoint, true)] ? -EPIPE : -EOVERFLOW,
			NULL);
		return true;
	}
	urb->done = (uint32_t)usb->kind->give(usb, urb->endpoint, data, size);
	if (urb->done == 0 && urb->length && !usb->faults[PH_EMU_USB_EMPTY_IN])
		return false;
	finish(usb, urb, 0, data);
	return true;
}

// The transfer at the head leaves its queue first: what the model does may come back here or drop all.
static bool run_head(struct emu_usb *usb, unsigned i)
{
	struct emu_urb *urb = usb->queue[i];
	unsigned generation = usb->generation;

	if (!urb)
		return false;
	if (urb->endpoint == 0 && usb->faults[PH_EMU_USB_MUTE_CONTROL])
		return false;
	usb->queue[i] = urb->next;
	urb->next = NULL;
	if (urb->endpoint == 0) {
		usb->urbs--;
		usb->held -= urb->data ? urb->length : 0;
		control(usb, urb);
		return true;
	}
	if (urb->in ? run_in(usb, urb) : run_out(usb, urb))
		return generation == usb->generation;
	urb->next = usb->queue[i];
	usb->queue[i] = urb;
	return false;
}

size_t emu_usb_take_bytes(struct emu_usb *usb, unsigned endpoint, const uint8_t *data, size_t len)
{
	const struct ph_emu_plug *plug = usb->plug;
	size_t room = plug->ops.room(plug->userdata);

	if (room > len)
		room = len;
	return room ? plug->ops.input(plug->userdata, data, room) : 0;
}

void emu_usb_pump(struct emu_usb *usb)
{
	usb->again = true;
	if (usb->pumping)
		return;
	usb->pumping = true;
	while (usb->again) {
		usb->again = false;
		for (unsigned i = 0; i < EMU_USB_QUEUES; i++)
			while (run_head(usb, i))
				;
	}
	usb->pumping = false;
}

void emu_usb_submit(struct emu_usb *usb, struct emu_urb *urb)
{
	struct emu_urb **at = &usb->queue[queue_of(urb->endpoint, urb->in)];
	bool held = urb->endpoint == 0 && usb->faults[PH_EMU_USB_MUTE_CONTROL] &&
		    (urb->setup[0] & 0x60) != 0;

	if (urb->endpoint == 0 && !held) {
		control(usb, urb);
		return;
	}
	if (usb->urbs == EMU_USBIP_URBS || usb->held + urb->length > EMU_USBIP_HELD) {
		emu_usbip_answer(usb, urb, -ENOMEM, NULL, 0);
		emu_urb_free(urb);
		return;
	}
	while (*at)
		at = &(*at)->next;
	*at = urb;
	usb->urbs++;
	usb->held += urb->data ? urb->length : 0;
	if (!held)
		emu_usb_pump(usb);
}

int emu_usb_unlink(struct emu_usb *usb, uint32_t seq)
{
	for (unsigned i = 0; i < EMU_USB_QUEUES; i++)
		for (struct emu_urb **at = &usb->queue[i]; *at; at = &(*at)->next) {
			struct emu_urb *urb = *at;
			if (urb->seq != seq)
				continue;
			*at = urb->next;
			/* what the device has taken cannot be given back: the answer says how much */
			bool started = urb->done > 0;
			if (started)
				emu_usbip_answer(usb, urb, -ECONNRESET, NULL, urb->done);
			forget(usb, urb);
			return started ? 0 : -ECONNRESET;
		}
	return 0;
}

void emu_usb_drop_all(struct emu_usb *usb)
{
	for (unsigned i = 0; i < EMU_USB_QUEUES; i++)
		while (usb->queue[i]) {
			struct emu_urb *urb = usb->queue[i];
			usb->queue[i] = urb->next;
			emu_urb_free(urb);
		}
	usb->urbs = 0;
	usb->held = 0;
	usb->generation++;
	usb->configuration = 0;
	memset(usb->alternates, 0, sizeof usb->alternates);
	memset(usb->halted, 0, sizeof usb->halted);
}
