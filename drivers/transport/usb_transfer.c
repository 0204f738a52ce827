// The transfers of a USB printer: one IN that waits without a time limit, one OUT, one on the control pipe. Callbacks
// of libusb only note what happened; what follows from it is done in ph_usb_work().
#include "drivers/transport/usb_internal.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Class requests. Source: USB Device Class Definition for Printing Devices 1.1, 4.2. */
#define REQUEST_TYPE	0xa1 /* class, interface, to the host */
#define GET_DEVICE_ID	0
#define GET_PORT_STATUS 1

int ph_usb_errno(int code)
{
	switch ((enum libusb_error)code) {
	case LIBUSB_SUCCESS:
		return 0;
	case LIBUSB_ERROR_INVALID_PARAM:
		return -EINVAL;
	case LIBUSB_ERROR_ACCESS:
		return -EACCES;
	case LIBUSB_ERROR_NO_DEVICE:
	case LIBUSB_ERROR_NOT_FOUND:
		return -ENODEV;
	case LIBUSB_ERROR_BUSY:
		return -EBUSY;
	case LIBUSB_ERROR_TIMEOUT:
		return -ETIMEDOUT;
	case LIBUSB_ERROR_OVERFLOW:
		return -EOVERFLOW;
	case LIBUSB_ERROR_PIPE:
		return -EPIPE;
	case LIBUSB_ERROR_INTERRUPTED:
		return -EINTR;
	case LIBUSB_ERROR_NO_MEM:
		return -ENOMEM;
	case LIBUSB_ERROR_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	case LIBUSB_ERROR_IO:
	case LIBUSB_ERROR_OTHER:
		return -EIO;
	}
	return -EIO;
}

static void set_timer(struct ph_usb *usb, unsigned ms)
{
	struct itimerspec when = {
		.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms ? (long)(ms % 1000) * 1000000 : 1}};

	timerfd_settime(usb->timer, 0, &when, NULL);
}

/* The link has ended; whoever is on the stack returns first, then process() says so. */
static void fail(struct ph_usb *usb, int error)
{
	if (usb->error)
		return;
	usb->error = error;
	set_timer(usb, 0);
}

static void pause_reading(struct ph_usb *usb)
{
	usb->in_paused = true;
	set_timer(usb, usb->pause_ms);
	usb->pause_ms = usb->pause_ms * 2 < PH_USB_PAUSE_MAX ? usb->pause_ms * 2 : PH_USB_PAUSE_MAX;
}

/* ---- what transfers come back with ---- */

static void LIBUSB_CALL on_in(struct libusb_transfer *transfer)
{
	struct ph_usb *usb = transfer->user_data;

	usb->in_busy = false;
	if (usb->closing)
		return;
	switch (transfer->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		usb->in_errors = usb->in_stalls = 0;
		usb->in_start = 0;
		usb->in_len = (size_t)transfer->actual_length;
		if (usb->in_len)
			usb->pause_ms = PH_USB_PAUSE_MIN;
		else /* many cheap printers answer an empty packet where others wait */
			pause_reading(usb);
		return;
	case LIBUSB_TRANSFER_STALL:
		usb->in_halted = true;
		return;
	case LIBUSB_TRANSFER_NO_DEVICE:
		fail(usb, -ENODEV);
		return;
	case LIBUSB_TRANSFER_CANCELLED:
	case LIBUSB_TRANSFER_OVERFLOW: /* more than a packet holds: it is lost, the next may be good */
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_TIMED_OUT:
		if (usb->in_mute) /* cancelled by us */
			return;
		if (++usb->in_errors > PH_USB_ERRORS_MAX)
			fail(usb, -EIO);
		else
			pause_reading(usb);
		return;
	}
}

static void LIBUSB_CALL on_out(struct libusb_transfer *transfer)
{
	struct ph_usb *usb = transfer->user_data;

	usb->out_busy = false;
	if (usb->closing)
		return;
	if (transfer->actual_length > 0) {
		usb->out_done += (size_t)transfer->actual_length;
		usb->out_stalls = 0;
	}
	switch (transfer->status) {
	case LIBUSB_TRANSFER_COMPLETED:
		if (!transfer->actual_length)
			fail(usb, -EIO);
		else if (usb->out_done == usb->out_len)
			usb->found |= PH_TRANSPORT_OUT;
		return;
	case LIBUSB_TRANSFER_STALL:
		usb->out_halted = true;
		return;
	case LIBUSB_TRANSFER_NO_DEVICE:
		fail(usb, -ENODEV);
		return;
	case LIBUSB_TRANSFER_ERROR: /* whether the last packet arrived cannot be known: never sent again */
	case LIBUSB_TRANSFER_OVERFLOW:
	case LIBUSB_TRANSFER_TIMED_OUT:
	case LIBUSB_TRANSFER_CANCELLED:
		fail(usb, -EIO);
		return;
	}
}

static int status_errno(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return 0;
	case LIBUSB_TRANSFER_STALL:
		return -EOPNOTSUPP;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return -ETIMEDOUT;
	case LIBUSB_TRANSFER_NO_DEVICE:
		return -ENODEV;
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_CANCELLED:
	case LIBUSB_TRANSFER_OVERFLOW:
		return -EIO;
	}
	return -EIO;
}

static void LIBUSB_CALL on_control(struct libusb_transfer *transfer)
{
	struct ph_usb *usb = transfer->user_data;
	const uint8_t *data = usb->control_data + LIBUSB_CONTROL_SETUP_SIZE;
	int r = status_errno(transfer->status);

	usb->control_busy = false;
	if (usb->closing)
		return;
	if (r == -ENODEV)
		fail(usb, r);
	switch (usb->control_use) {
	case PH_USB_CONTROL_NONE:
		return;
	case PH_USB_CONTROL_ID: /* a printer without one prints as well */
		usb->has_id = r == 0 && ph_ieee1284_parse(data, (size_t)transfer->actual_length,
						&usb->id) == 0;
		return;
	case PH_USB_CONTROL_STATUS:
		usb->port_status = r < 0 ? r : transfer->actual_length < 1 ? -EIO : data[0];
		usb->found |= PH_TRANSPORT_PORT_STATUS;
		return;
	}
}

/* ---- beginning transfers ---- */

static void submit(struct ph_usb *usb, struct libusb_transfer *transfer, bool *busy)
{
	int r = ph_usb_errno(usb->lib->submit_transfer(transfer));

	*busy = r == 0;
	if (r < 0)
		fail(usb, r);
}

void ph_usb_listen(struct ph_usb *usb)
{
	if (!usb->in || usb->error || usb->in_busy || usb->in_len || usb->in_paused ||
		usb->in_halted || usb->in_mute)
		return;
	int size = usb->interface.in_size ? usb->interface.in_size : PH_USB_IN_SIZE;
	libusb_fill_bulk_transfer(
		usb->in, usb->handle, usb->interface.in, usb->in_data, size, on_in, usb, 0);
	submit(usb, usb->in, &usb->in_busy);
}

void ph_usb_mute(struct ph_usb *usb, bool mute)
{
	usb->in_mute = mute;
	if (mute && usb->in_busy)
		usb->lib->cancel_transfer(usb->in);
	else
		ph_usb_listen(usb);
}

static void send_rest(struct ph_usb *usb)
{
	if (usb->error || usb->out_busy || usb->out_halted || usb->out_done == usb->out_len)
		return;
	/* no time limit: a printer without paper takes nothing for as long as it likes */
	libusb_fill_bulk_transfer(usb->out, usb->handle, usb->interface.out,
		usb->out_data + usb->out_done, (int)(usb->out_len - usb->out_done), on_out, usb, 0);
	submit(usb, usb->out, &usb->out_busy);
}

size_t ph_usb_take(struct ph_usb *usb, void *data, size_t size)
{
	size_t n = usb->in_len < size ? usb->in_len : size;

	memcpy(data, usb->in_data + usb->in_start, n);
	usb->in_start += n;
	usb->in_len -= n;
	ph_usb_listen(usb);
	if (usb->error && !usb->in_len)
		set_timer(usb, 0); /* the end was held back until all is read */
	return n;
}

ssize_t ph_usb_give(struct ph_usb *usb, const void *data, size_t len)
{
	if (usb->error)
		return usb->error;
	if (usb->out_done != usb->out_len)
		return -EAGAIN;
	usb->out_done = 0;
	usb->out_len = len < sizeof usb->out_data ? len : sizeof usb->out_data;
	memcpy(usb->out_data, data, usb->out_len);
	send_rest(usb);
	/* who writes wants an answer: not after a pause */
	usb->pause_ms = PH_USB_PAUSE_MIN;
	usb->in_paused = false;
	ph_usb_listen(usb);
	return usb->error ? usb->error : (ssize_t)usb->out_len;
}

int ph_usb_ask(struct ph_usb *usb, enum ph_usb_control use)
{
	const struct ph_usb_interface *interface = &usb->interface;
	bool id = use == PH_USB_CONTROL_ID;

	if (usb->error)
		return usb->error;
	if (usb->control_busy || usb->found & PH_TRANSPORT_PORT_STATUS)
		return -EALREADY;
	uint16_t index = interface->number;
	if (id) /* this request alone has the interface in the high byte */
		index = (uint16_t)(interface->number << 8 | interface->alternate);
	libusb_fill_control_setup(usb->control_data, REQUEST_TYPE,
		id ? GET_DEVICE_ID : GET_PORT_STATUS, 0, index, id ? 1023 : 1);
	libusb_fill_control_transfer(
		usb->control, usb->handle, usb->control_data, on_control, usb, PH_USB_CONTROL_MS);
	usb->control_use = use;
	submit(usb, usb->control, &usb->control_busy);
	return usb->error;
}

/* ---- what follows ---- */

static void clear_halts(struct ph_usb *usb)
{
	int r = 0;

	if (usb->in_halted && !usb->error) {
		r = ++usb->in_stalls > PH_USB_STALLS_MAX
			    ? -EPIPE
			    : ph_usb_errno(usb->lib->clear_halt(usb->handle, usb->interface.in));
		usb->in_halted = false;
	}
	if (r == 0 && usb->out_halted && !usb->error) {
		r = ++usb->out_stalls > PH_USB_STALLS_MAX
			    ? -EPIPE
			    : ph_usb_errno(usb->lib->clear_halt(usb->handle, usb->interface.out));
		usb->out_halted = false;
		if (usb->out_done == usb->out_len)
			usb->found |= PH_TRANSPORT_OUT;
	}
	if (r < 0)
		fail(usb, r);
}

int ph_usb_work(struct ph_usb *usb)
{
	struct timeval now = {0};
	uint64_t count;

	if (read(usb->timer, &count, sizeof count) > 0)
		usb->in_paused = false;
	int r = ph_usb_errno(usb->lib->handle_events_timeout_completed(usb->context, &now, NULL));
	if (r < 0 && r != -EINTR)
		fail(usb, r);
	clear_halts(usb);
	send_rest(usb);
	ph_usb_listen(usb);
	return usb->error;
}

int ph_usb_transfers_new(struct ph_usb *usb)
{
	usb->pause_ms = PH_USB_PAUSE_MIN;
	usb->out = usb->lib->alloc_transfer(0);
	usb->control = usb->lib->alloc_transfer(0);
	if (usb->interface.in)
		usb->in = usb->lib->alloc_transfer(0);
	return usb->out && usb->control && (usb->in || !usb->interface.in) ? 0 : -ENOMEM;
}

static bool is_busy(const struct ph_usb *usb)
{
	return usb->in_busy || usb->out_busy || usb->control_busy;
}

bool ph_usb_transfers_free(struct ph_usb *usb)
{
	uint64_t end = ph_clock_mono_us() + PH_USB_CLOSE_MS * 1000ull;
	struct timeval slice = {.tv_usec = PH_USB_CLOSE_MS * 100};

	usb->closing = true;
	/* cancelling one that has just come back is refused, and its callback is still due: both are well */
	if (usb->in_busy)
		usb->lib->cancel_transfer(usb->in);
	if (usb->out_busy)
		usb->lib->cancel_transfer(usb->out);
	if (usb->control_busy)
		usb->lib->cancel_transfer(usb->control);
	while (is_busy(usb)) {
		usb->lib->handle_events_timeout_completed(usb->context, &slice, NULL);
		if (ph_clock_mono_us() >= end)
			break;
	}
	if (is_busy(usb))
		return false;
	usb->lib->free_transfer(usb->in);
	usb->lib->free_transfer(usb->out);
	usb->lib->free_transfer(usb->control);
	return true;
}
