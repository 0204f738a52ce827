// Serial ports: libserialport for ports the kernel lists under /sys/class/tty, termios for pseudo terminals.
#include "drivers/transport/transport.h"

#include "base/cleanup.h"
#include "drivers/transport/tty_find.h"
#include "poshal/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

enum flow { FLOW_NONE, FLOW_RTSCTS, FLOW_XONXOFF };

struct line {
	long baud, bits, stop;
	char parity; /* n, e, o */
	enum flow flow;
};

static const struct {
	long baud;
	speed_t speed;
} speeds[] = {{1200, B1200}, {2400, B2400}, {4800, B4800}, {9600, B9600}, {19200, B19200},
	{38400, B38400}, {57600, B57600}, {115200, B115200}, {230400, B230400}, {460800, B460800},
	{921600, B921600}};

static speed_t find_speed(long baud)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(speeds); i++)
		if (speeds[i].baud == baud)
			return speeds[i].speed;
	return B0;
}

static int parse_word(const char *value, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(value, words[i]))
			return (int)i;
	return -EINVAL;
}

static const char *const line_keys[] = {"baud", "bits", "parity", "stop", "flow", NULL};

static int take_key(struct line *line, const struct ph_url_pair *pair)
{
	static const char *const parities[] = {"n", "e", "o"};
	static const char *const flows[] = {"none", "rtscts", "xonxoff"};
	int r;

	if (!strcmp(pair->key, "baud")) {
		r = ph_url_number(pair->value, 1200, 921600, &line->baud);
		return r < 0 || find_speed(line->baud) == B0 ? -EINVAL : 0;
	}
	if (!strcmp(pair->key, "bits"))
		return ph_url_number(pair->value, 7, 8, &line->bits);
	if (!strcmp(pair->key, "stop"))
		return ph_url_number(pair->value, 1, 2, &line->stop);
	if (!strcmp(pair->key, "parity")) {
		r = parse_word(pair->value, parities, 3);
		line->parity = r < 0 ? 'n' : parities[r][0];
		return r < 0 ? r : 0;
	}
	if (!strcmp(pair->key, "flow")) {
		r = parse_word(pair->value, flows, 3);
		line->flow = r < 0 ? FLOW_NONE : (enum flow)r;
		return r < 0 ? r : 0;
	}
	return -ENOENT;
}

static int parse_line(const struct ph_url *url, struct line *line, char *why, size_t why_size)
{
	*line = (struct line){.baud = 9600, .bits = 8, .stop = 1, .parity = 'n'};
	for (unsigned i = 0; i < url->query_count; i++) {
		int r = take_key(line, &url->query[i]);
		if (r == -ENOENT && ph_tty_is_usb(url))
			continue; /* of the device, checked with it */
		if (r == -ENOENT)
			snprintf(why, why_size,
				"unknown key '%s' (serial knows baud, bits, parity, stop, flow)",
				url->query[i].key);
		else if (r < 0)
			snprintf(why, why_size, "%s=%s is not possible", url->query[i].key,
				url->query[i].value);
		if (r < 0)
			return -EINVAL;
	}
	return 0;
}

static int serial_check(const struct ph_url *url, char *why, size_t why_size)
{
	struct ph_tty_want want;
	struct line line;

	if (ph_tty_is_usb(url)) {
		int r = ph_tty_want_parse(url, line_keys, &want, why, why_size);
		return r < 0 ? r : parse_line(url, &line, why, why_size);
	}
	if (*url->host || url->path[0] != '/' || !url->path[1]) {
		snprintf(why, why_size,
			"a serial connection is serial:/dev/NAME or serial:usb=VVVV:PPPP");
		return -EINVAL;
	}
	return parse_line(url, &line, why, why_size);
}

/* Nobody else may speak on this port: other opens fail, other poshal processes see the lock. */
static int lock_port(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* root is not stopped by TIOCEXCL, other users are */
	if (ioctl(fd, TIOCEXCL) < 0)
		return -errno;
	return 0;
}

/* Raw mode with our settings. A pty ignores parity and size and says nothing. */
static int set_line(int fd, const struct line *line)
{
	struct termios tio;

	if (tcgetattr(fd, &tio) < 0)
		return -errno;
	cfmakeraw(&tio);
	tio.c_cflag &= ~(tcflag_t)(HUPCL | CSTOPB | CSIZE | PARENB | PARODD | CRTSCTS);
	tio.c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY);
	tio.c_cflag |= CREAD | CLOCAL | (line->bits == 7 ? CS7 : CS8);
	if (line->stop == 2)
		tio.c_cflag |= CSTOPB;
	if (line->parity != 'n')
		tio.c_cflag |= PARENB | (line->parity == 'o' ? PARODD : 0u);
	if (line->flow == FLOW_RTSCTS)
		tio.c_cflag |= CRTSCTS;
	if (line->flow == FLOW_XONXOFF)
		tio.c_iflag |= IXON | IXOFF;
	tio.c_cc[VMIN] = 1;
	tio.c_cc[VTIME] = 0;
	cfsetispeed(&tio, find_speed(line->baud));
	cfsetospeed(&tio, find_speed(line->baud));
	return tcsetattr(fd, TCSANOW, &tio) < 0 ? -errno : 0;
}

static int open_pty(struct ph_transport *transport, const char *path, const struct line *line)
{
	PH_CLEANUP_CLOSE int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = lock_port(fd);
	if (r >= 0)
		r = set_line(fd, line);
	if (r < 0)
		return r;
	transport->fd = fd;
	fd = -1;
	return 0;
}

static int from_sp(enum sp_return code)
{
	switch (code) {
	case SP_OK:
		return 0;
	case SP_ERR_ARG:
		return -ENOENT;
	case SP_ERR_MEM:
		return -ENOMEM;
	case SP_ERR_SUPP:
		return -ENOTTY;
	case SP_ERR_FAIL:
		return sp_last_error_code() ? -sp_last_error_code() : -EIO;
	}
	return -EIO;
}

static int set_port(struct sp_port *port, int fd, const struct line *line)
{
	static const enum sp_flowcontrol flows[] = {
		SP_FLOWCONTROL_NONE, SP_FLOWCONTROL_RTSCTS, SP_FLOWCONTROL_XONXOFF};
	enum sp_parity parity = line->parity == 'n'   ? SP_PARITY_NONE
				: line->parity == 'e' ? SP_PARITY_EVEN
						      : SP_PARITY_ODD;
	int r = from_sp(sp_set_baudrate(port, (int)line->baud));
	if (r >= 0)
		r = from_sp(sp_set_bits(port, (int)line->bits));
	if (r >= 0)
		r = from_sp(sp_set_parity(port, parity));
	if (r >= 0)
		r = from_sp(sp_set_stopbits(port, (int)line->stop));
	if (r >= 0)
		r = from_sp(sp_set_flowcontrol(port, flows[line->flow]));
	if (r < 0)
		return r;
	/* many scanners and poles stay silent without them; a port without modem lines says so and works */
	sp_set_dtr(port, SP_DTR_ON);
	if (line->flow != FLOW_RTSCTS)
		sp_set_rts(port, SP_RTS_ON);
	/* closing must not drop DTR: the toggle opens some drawers */
	struct termios tio;
	if (tcgetattr(fd, &tio) == 0 && (tio.c_cflag & HUPCL)) {
		tio.c_cflag &= ~(tcflag_t)HUPCL;
		tcsetattr(fd, TCSANOW, &tio);
	}
	return 0;
}

static int open_port(struct ph_transport *transport, const char *path, const struct line *line)
{
	struct sp_port *port = NULL;
	int fd = -1;

	int r = from_sp(sp_get_port_by_name(path, &port));
	if (r < 0)
		return r;
	r = from_sp(sp_open(port, SP_MODE_READ_WRITE));
	if (r == -EWOULDBLOCK)
		r = -EBUSY; /* the library's own lock */
	if (r < 0)
		goto fail;
	r = from_sp(sp_get_port_handle(port, &fd));
	if (r >= 0)
		r = lock_port(fd);
	if (r >= 0)
		r = set_port(port, fd, line);
	if (r < 0) {
		sp_close(port);
		goto fail;
	}
	transport->port = port;
	transport->fd = fd;
	return 0;
fail:
	sp_free_port(port);
	return r;
}

/* The tty of a USB device, by what it is; remembered, so that the same one is found again. */
static int open_usb(
	struct ph_transport *transport, const struct ph_url *url, const struct line *line)
{
	struct ph_usb_known *known = (void *)transport->known;
	struct ph_tty_want want;
	struct ph_node_found found;
	char path[PATH_MAX];

	_Static_assert(sizeof *known <= sizeof transport->known, "it is kept there");
	int r = ph_tty_want_parse(url, line_keys, &want, transport->why, sizeof transport->why);
	if (r >= 0)
		r = ph_tty_find(
			"/sys", &want, known, &found, transport->why, sizeof transport->why);
	if (r < 0)
		return r;
	snprintf(path, sizeof path, "/dev/%s", found.node);
	r = open_port(transport, path, line);
	if (r >= 0)
		ph_usb_remember(&found.device, known);
	return r;
}

static int serial_open(
	struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	char path[PATH_MAX], why[128];
	struct line line;

	int r = parse_line(url, &line, why, sizeof why);
	if (r < 0)
		return r;
	if (ph_tty_is_usb(url))
		return open_usb(transport, url, &line);
	if (!realpath(url->path, path))
		return -errno;
	if (!strncmp(path, "/dev/pts/", 9))
		return open_pty(transport, path, &line);
	return open_port(transport, path, &line);
}

static ssize_t serial_read(struct ph_transport *transport, void *data, size_t size)
{
	ssize_t n = read(transport->fd, data, size);

	return n < 0 ? -errno : n;
}

static ssize_t serial_write(struct ph_transport *transport, const void *data, size_t len)
{
	ssize_t n = write(transport->fd, data, len);

	return n < 0 ? -errno : n;
}

static void serial_close(struct ph_transport *transport)
{
	if (transport->fd >= 0)
		ioctl(transport->fd, TIOCNXCL);
	if (transport->port) {
		sp_close(transport->port);
		sp_free_port(transport->port);
	} else if (transport->fd >= 0) {
		close(transport->fd);
	}
	transport->port = NULL;
	transport->fd = -1;
}

/* A pty has none and says so by ENOTTY or EINVAL. */
static int serial_lines(const struct ph_transport *transport)
{
	static const struct {
		int modem, line;
	} map[] = {{TIOCM_CTS, PH_LINE_CTS}, {TIOCM_DSR, PH_LINE_DSR}, {TIOCM_CD, PH_LINE_DCD},
		{TIOCM_RI, PH_LINE_RI}};
	int modem = 0, lines = 0;

	if (ioctl(transport->fd, TIOCMGET, &modem) < 0)
		return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP : -errno;
	for (size_t i = 0; i < PH_ARRAY_SIZE(map); i++)
		lines |= modem & map[i].modem ? map[i].line : 0;
	return lines;
}

static unsigned serial_timeout_ms(const struct ph_url *url)
{
	return 1000;
}

static const char *serial_watch(const struct ph_url *url)
{
	return ph_tty_is_usb(url) ? NULL : url->path;
}

const struct ph_transport_ops ph_transport_serial = {
	.scheme = "serial",
	.check = serial_check,
	.open = serial_open,
	.read = serial_read,
	.write = serial_write,
	.close = serial_close,
	.lines = serial_lines,
	.timeout_ms = serial_timeout_ms,
	.watch = serial_watch,
	.udev_subsystem = "tty",
};
