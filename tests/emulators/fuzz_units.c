// Whatever a stranger sends to the small devices: the first byte picks the device, each further chunk begins with its length and
// the way it comes. Labels, loads and cards are put in between, and time passes.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/display.h"
#include "emulators/models/drawer_box.h"
#include "emulators/models/msr.h"
#include "emulators/models/reader.h"
#include "emulators/models/scale.h"

static const char *const readers[] = {"serial", "honeywell", "hidpos", "hidpos-b", "hidpos-a62",
	"hidpos-a61", "wedge", "oem-hand", "oem-table", "snapi", "ssi", "datalogic",
	"single-cable"};
static const char *const scales[] = {"8217", "sasi", "scp01", "sma", "mettler", "cas", "cas22",
	"cas10", "and", "dini", "prix", "prt4", "p15", "adam", "samsung", "ind221", "kern",
	"dialog06", "hid", "hid-4", "oem"};
static const char *const cards[] = {"magtek", "idtech", "idtech-serial", "hid", "wedge"};
static const char *const boxes[] = {"bell", "any", "characters", "glancetron", "posiflex", "star"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct ph_emu_reader reader;
static struct ph_emu_scale scale;
static struct ph_emu_plate plate;
static struct ph_emu_msr msr;
static struct ph_emu_box box;
static struct ph_emu_drawer drawer;

static struct ph_emu_unit *choose(size_t n)
{
	const struct ph_emu_drawer_config config = {.pin = 2};

	if (n < COUNT(readers)) {
		ph_emu_reader_init(&reader, ph_emu_reader_kind(readers[n]));
		ph_emu_plate_init(&plate);
		reader.plate = &plate;
		return &reader.unit;
	}
	n -= COUNT(readers);
	if (n < COUNT(scales)) {
		ph_emu_scale_init(&scale, ph_emu_scale_kind(scales[n]));
		return &scale.unit;
	}
	n -= COUNT(scales);
	if (n < COUNT(cards)) {
		ph_emu_msr_init(&msr, ph_emu_msr_kind(cards[n]));
		return &msr.unit;
	}
	n -= COUNT(cards);
	ph_emu_drawer_init(&drawer, &config);
	ph_emu_box_init(&box, ph_emu_box_kind(boxes[n % COUNT(boxes)]), &drawer);
	return &box.unit;
}

static void happen(struct ph_emu_unit *unit, uint64_t now, uint8_t what)
{
	static const uint8_t label[300] = "4006381333931";
	static const char *const kinds[] = {"good", "encrypted", "all_wrong", "jis2"};

	if (unit == &reader.unit)
		ph_emu_reader_scan(
			&reader, now, what & 1 ? "qr" : "ean13", label, what & 2 ? 300 : 13);
	if (unit == &scale.unit)
		ph_emu_plate_put(&scale.plate, now, (what - 40) * 100L, what & 1 ? 500 : 0);
	if (unit == &msr.unit)
		ph_emu_msr_swipe(&msr, now, kinds[what & 3], NULL);
}

static void run(const uint8_t *data, size_t len)
{
	struct ph_emu_unit *unit = choose(data[0]);
	uint8_t out[4097];
	uint64_t now = 1000000;

	if (unit->ops->opened)
		unit->ops->opened(unit, true);
	for (size_t at = 1; at + 2 <= len;) {
		size_t n = data[at] < len - at - 2 ? data[at] : len - at - 2;
		uint8_t how = data[at + 1];
		ph_emu_unit_input(unit, now, (enum ph_emu_channel)(how % 3), data + at + 2, n);
		if (how & 4)
			happen(unit, now, how);
		now += (how >> 3) * 50000u;
		ph_emu_unit_tick(unit, now);
		if (ph_emu_unit_packet(unit, now, out, sizeof out) > sizeof out ||
			ph_emu_unit_bytes(unit, now, out, 16) > 16)
			abort();
		at += 2 + n;
	}
	ph_emu_unit_done(unit);
}

static void run_display(const uint8_t *data, size_t len)
{
	struct ph_emu_display_config config;
	struct ph_emu_display *d;
	char row[PH_EMU_DISPLAY_ROW_SIZE];

	ph_emu_display_config_default(&config);
	config.set = (enum ph_emu_display_set)(data[0] % PH_EMU_DISPLAY_SET_COUNT_);
	ph_emu_display_set_size(config.set, &config.rows, &config.columns);
	if (ph_emu_display_new(&config, &d) < 0)
		abort();
	ph_emu_display_feed(d, data + 1, len - 1);
	ph_emu_display_report(d, data, len < 33 ? len : 33);
	for (unsigned y = 0; y < config.rows; y++)
		ph_emu_display_row(d, y, row);
	ph_emu_display_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2 || len > 4096)
		return 0;
	if (data[0] & 0x80)
		run_display(data, len);
	else
		run(data, len);
	return 0;
}
