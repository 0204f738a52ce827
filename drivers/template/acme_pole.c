// A vendor's driver as a program of its own: a pole display that takes STX row text ETX. Copy it and change the rows.
#include <poshal/driver.h>

#include <errno.h>
#include <string.h>

#define STX	    0x02
#define ETX	    0x03
#define ROWS	    2
#define COLUMNS_MAX 40

struct state {
	unsigned columns;
	char rows[ROWS][COLUMNS_MAX + 1]; /* what should be shown; survives an unplugged cable */
};

/* The device takes ASCII; everything else, control characters above all, becomes a space. */
static void copy_row(char *out, unsigned columns, const char *text)
{
	unsigned n = 0;

	for (; *text && n < columns; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c & 0xc0) != 0x80) /* not the middle of a UTF-8 character */
			out[n++] = c >= 0x20 && c < 0x7f ? (char)c : ' ';
	}
	out[n] = '\0';
}

static int send_row(struct ph_device *device, unsigned row)
{
	struct state *state = ph_device_state(device);
	char line[COLUMNS_MAX + 4];
	size_t len = strlen(state->rows[row]);

	line[0] = STX;
	line[1] = (char)('1' + row);
	memcpy(line + 2, state->rows[row], len);
	line[len + 2] = ETX;
	return ph_link_write(device, line, len + 3);
}

static void report(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const char *rows[ROWS] = {state->rows[0], state->rows[1]};

	ph_emit_display_status(device, rows, ROWS);
}

static int init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->columns = (unsigned)ph_option_int(device, "columns");
	return 0;
}

/* The link is up: say what the device can do, show what should be shown, and be ready at once (0). */
static int open_device(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_display_capabilities display = {.rows = ROWS, .columns = state->columns};

	ph_emit_info(device, &(struct ph_info){.vendor = "Acme", .display = &display});
	for (unsigned row = 0; row < ROWS; row++)
		send_row(device, row);
	return 0;
}

static int show(
	struct ph_device *device, const struct ph_display_row *rows, unsigned count, int brightness)
{
	struct state *state = ph_device_state(device);

	if (count > ROWS)
		return ph_request_refuse(device, "$.rows", "has more than %d rows", ROWS);
	for (unsigned row = 0; row < ROWS; row++) {
		copy_row(state->rows[row], state->columns, row < count ? rows[row].text : "");
		send_row(device, row);
	}
	report(device);
	return 0;
}

static const struct ph_display_ops display_ops = {.show = show};

static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "columns",
		.type = PH_OPTION_INT,
		.min = 8,
		.max = COLUMNS_MAX,
		.preset = "20",
		.summary = "cells per row"},
};

static const struct ph_driver driver = {
	.name = "acme-pole",
	.version = "1.2",
	.summary = "Acme pole display",
	.classes = PH_CLASS_BIT(PH_CLASS_DISPLAY),
	.connections = connections,
	.options = options,
	.option_count = 1,
	.state_size = sizeof(struct state),
	.init = init,
	.open = open_device,
	.display = &display_ops,
};

int main(int argc, char **argv)
{
	static const struct ph_driver *const drivers[] = {&driver, NULL};

	return ph_driver_main(argc, argv, drivers);
}
