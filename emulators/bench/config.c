// Reads a bench file: INI, a section per device. What the keys mean to a device is a table here.
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/bench/bench.h"

static int parse_number(const char *text, unsigned long max, unsigned long *ret_n)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || end == text || *end || !isdigit((unsigned char)*text) || n > max)
		return -EINVAL;
	*ret_n = n;
	return 0;
}

static int parse_bool(const char *text, bool *ret_on)
{
	if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
		*ret_on = true;
	else if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
		*ret_on = false;
	else
		return -EINVAL;
	return 0;
}

enum kind { UNSIGNED, SIZE, BYTE, BOOL, TEXT81, TEXT, CUSTOM };

struct key {
	unsigned classes; /* bit per enum ph_bench_class */
	const char *name;
	enum kind kind;
	size_t offset; /* in struct ph_bench_device */
	unsigned long max;
	int (*custom)(struct ph_bench_device *d, const char *value);
};

static int set_plug(struct ph_bench_device *d, const char *value)
{
	static const char *const words[PH_EMU_PLUG_COUNT_] = {
		[PH_EMU_PLUG_PTY] = "pty",
		[PH_EMU_PLUG_TCP] = "tcp",
		[PH_EMU_PLUG_USBIP] = "usbip",
		[PH_EMU_PLUG_HID] = "hid",
		[PH_EMU_PLUG_EVDEV] = "evdev",
	};
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(words) && strcmp(words[i], value) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(words))
		return -EINVAL;
	d->plug_config.kind = (enum ph_emu_plug_kind)i;
	d->plug_set = true;
	bool node = i == PH_EMU_PLUG_HID || i == PH_EMU_PLUG_EVDEV;
	if (d->class == PH_BENCH_HOST)
		return i == PH_EMU_PLUG_TCP ? 0 : -EINVAL;
	return node && d->class == PH_BENCH_PRINTER ? -EINVAL : 0;
}

static int set_usb_kind(struct ph_bench_device *d, const char *value)
{
	static const struct {
		const char *word;
		enum ph_emu_usb_kind kind;
	} words[] = {
		{"cdc", PH_EMU_USB_CDC}, {"pl2303", PH_EMU_USB_PL2303}, {"ftdi", PH_EMU_USB_FTDI}};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, value) == 0) {
			d->plug_config.usb.kind = words[i].kind;
			d->usb_kind_set = true;
			return 0;
		}
	return -EINVAL;
}

static int set_protocol(struct ph_bench_device *d, const char *value)
{
	switch (d->class) {
	case PH_BENCH_SCANNER:
		d->reader_kind = ph_emu_reader_kind(value);
		return d->reader_kind ? 0 : -EINVAL;
	case PH_BENCH_SCALE:
		d->scale_kind = ph_emu_scale_kind(value);
		return d->scale_kind ? 0 : -EINVAL;
	case PH_BENCH_MSR:
		d->msr_kind = ph_emu_msr_kind(value);
		return d->msr_kind ? 0 : -EINVAL;
	case PH_BENCH_DRAWER:
		d->box_kind = ph_emu_box_kind(value);
		return d->box_kind ? 0 : -EINVAL;
	case PH_BENCH_HOST:
		d->host_config.json = strcmp(value, "https") == 0;
		d->tls = d->tls || d->host_config.json;
		return d->host_config.json || strcmp(value, "iso8583") == 0 ? 0 : -EINVAL;
	case PH_BENCH_PRINTER:
	case PH_BENCH_DISPLAY:
	case PH_BENCH_READER:
	case PH_BENCH_TERMINAL:
	case PH_BENCH_CLASS_COUNT_:
		break;
	}
	return -EINVAL;
}

static bool take_digits(char *out, size_t digits, const char *value)
{
	if (strlen(value) != digits || strspn(value, "0123456789") != digits)
		return false;
	memcpy(out, value, digits + 1);
	return true;
}

static int set_alone(struct ph_bench_device *d, const char *value)
{
	int alone = ph_emu_terminal_alone(value);

	if (alone >= 0)
		d->terminal_config.alone = (enum ph_emu_terminal_alone)alone;
	return alone < 0 ? alone : 0;
}

static int set_terminal_id(struct ph_bench_device *d, const char *value)
{
	return take_digits(d->terminal_config.id, 8, value) ? 0 : -EINVAL;
}

static int set_password(struct ph_bench_device *d, const char *value)
{
	return take_digits(d->terminal_config.password, 6, value) ? 0 : -EINVAL;
}

static int set_receipt(struct ph_bench_device *d, const char *value)
{
	unsigned long n;

	if (parse_number(value, 9999, &n) < 0 || n == 0)
		return -EINVAL;
	d->terminal_config.receipt = (unsigned)n;
	return 0;
}

static int set_packing(struct ph_bench_device *d, const char *value)
{
	int packing = ph_emu_packing_parse(value);

	if (packing >= 0)
		d->host_config.packing = (enum ph_emu_packing)packing;
	return packing < 0 ? packing : 0;
}

static int set_header(struct ph_bench_device *d, const char *value)
{
	int header = ph_emu_header_parse(value);

	if (header >= 0)
		d->host_config.header = (enum ph_emu_host_header)header;
	return header < 0 ? header : 0;
}

static int set_aim(struct ph_bench_device *d, const char *value)
{
	d->aim_set = true;
	return parse_bool(value, &d->scanner.aim);
}

static int set_usb_id(struct ph_bench_device *d, const char *value)
{
	unsigned vendor, product;
	int end = 0;

	if (sscanf(value, "%4x:%4x%n", &vendor, &product, &end) != 2 || value[end])
		return -EINVAL;
	d->plug_config.usb.vendor = (uint16_t)vendor;
	d->plug_config.usb.product = (uint16_t)product;
	d->usb_id_set = true;
	return 0;
}

static int set_usb_interface(struct ph_bench_device *d, const char *value)
{
	static const char *const words[] = {"both_ways", "one_way", "alternates"};
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(words) && strcmp(words[i], value) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(words))
		return -EINVAL;
	d->plug_config.usb.interface = (enum ph_emu_usb_interface)i;
	return 0;
}

static int set_usb_device_id(struct ph_bench_device *d, const char *value)
{
	int n = snprintf(d->usb_device_id, sizeof d->usb_device_id, "%s", value);
	return (size_t)n < sizeof d->usb_device_id ? 0 : -EINVAL;
}

static int set_port(struct ph_bench_device *d, const char *value)
{
	unsigned long n;
	int r = parse_number(value, 65535, &n);
	if (r == 0)
		d->plug_config.port = (uint16_t)n;
	return r;
}

static int set_second_client(struct ph_bench_device *d, const char *value)
{
	if (strcmp(value, "wait") != 0 && strcmp(value, "refuse") != 0)
		return -EINVAL;
	d->plug_config.refuse_second = value[0] == 'r';
	return 0;
}

static int set_behind(struct ph_bench_device *d, const char *value)
{
	int n = snprintf(d->behind, sizeof d->behind, "%s", value);
	return n > 0 && (size_t)n < sizeof d->behind ? 0 : -EINVAL;
}

static int set_path(struct ph_bench_device *d, const char *value)
{
	int n = snprintf(d->path, sizeof d->path, "%s", value);
	return value[0] == '/' && (size_t)n < sizeof d->path ? 0 : -EINVAL;
}

static int set_pin(struct ph_bench_device *d, const char *value)
{
	if (strcmp(value, "2") != 0 && strcmp(value, "5") != 0)
		return -EINVAL;
	d->drawer_config.pin = (unsigned)(value[0] - '0');
	return 0;
}

static int set_open_level(struct ph_bench_device *d, const char *value)
{
	if (strcmp(value, "high") != 0 && strcmp(value, "low") != 0)
		return -EINVAL;
	d->drawer_config.open_is_high = value[0] == 'h';
	return 0;
}

static int set_suffix(struct ph_bench_device *d, const char *value)
{
	int suffix = ph_emu_suffix_parse(value);
	if (suffix < 0)
		return suffix;
	d->scanner.suffix = (enum ph_emu_suffix)suffix;
	return 0;
}

static int set_prefix(struct ph_bench_device *d, const char *value)
{
	int n = snprintf(d->scanner.prefix, sizeof d->scanner.prefix, "%s", value);
	return (size_t)n < sizeof d->scanner.prefix ? 0 : -EINVAL;
}

// The size follows the set where the file has not said it before.
static int set_command_set(struct ph_bench_device *d, const char *value)
{
	struct ph_emu_display_config *c = &d->display_config;
	int set = ph_emu_display_set_parse(value);

	if (set < 0)
		return set;
	c->set = (enum ph_emu_display_set)set;
	if (c->rows == 2 && c->columns == 20)
		ph_emu_display_set_size(c->set, &c->rows, &c->columns);
	return 0;
}

struct bit_word {
	const char *word;
	unsigned bit;
};

static const struct bit_word answers[] = {
	{"eot", PH_EMU_ANSWER_EOT},
	{"asb", PH_EMU_ANSWER_ASB},
	{"gs_r", PH_EMU_ANSWER_GS_R},
	{"gs_i", PH_EMU_ANSWER_GS_I},
	{"gs_h", PH_EMU_ANSWER_GS_H},
	{"dc4_8", PH_EMU_ANSWER_DC4_8},
	{"qr", PH_EMU_ANSWER_SYMBOL},
	{"counter", PH_EMU_ANSWER_COUNTER},
	{"etb", PH_EMU_ANSWER_ETB},
	{"all", PH_EMU_ANSWER_ALL},
	{"extra", PH_EMU_ANSWER_EXTRA},
	{"none", 0},
};

// a list of words as the bits they stand for
static int parse_bits(const struct bit_word *words, size_t n, const char *value, unsigned *ret_bits)
{
	char copy[200], *save = NULL;
	unsigned bits = 0;

	if (strlen(value) >= sizeof copy)
		return -EINVAL;
	strcpy(copy, value);
	for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		size_t i = 0;
		while (i < n && strcmp(words[i].word, w) != 0)
			i++;
		if (i == n)
			return -EINVAL;
		bits |= words[i].bit;
	}
	*ret_bits = bits;
	return 0;
}

static int set_answers(struct ph_bench_device *d, const char *value)
{
	return parse_bits(answers, PH_ARRAY_SIZE(answers), value, &d->printer_config.answers);
}

static const struct bit_word deviations[] = {
	{"no_esc_j", PH_EMU_DEVIATION_NO_ESC_J},
	{"no_negative_move", PH_EMU_DEVIATION_NO_NEGATIVE_MOVE},
	{"no_late_position", PH_EMU_DEVIATION_NO_LATE_POSITION},
	{"lf_after_raster", PH_EMU_DEVIATION_LF_AFTER_RASTER},
	{"cut_without_feed", PH_EMU_DEVIATION_CUT_WITHOUT_FEED},
	{"font_b_24", PH_EMU_DEVIATION_FONT_B_24},
	{"nt-5890k", PH_EMU_DEVIATION_NO_ESC_J | PH_EMU_DEVIATION_NO_NEGATIVE_MOVE |
			     PH_EMU_DEVIATION_NO_LATE_POSITION | PH_EMU_DEVIATION_LF_AFTER_RASTER |
			     PH_EMU_DEVIATION_CUT_WITHOUT_FEED},
	{"none", 0},
};

static int set_deviations(struct ph_bench_device *d, const char *value)
{
	unsigned dead = d->printer_config.deviations & PH_EMU_DEVIATION_DLE_DEAD_IN_DATA, bits;
	int r = parse_bits(deviations, PH_ARRAY_SIZE(deviations), value, &bits);
	if (r == 0)
		d->printer_config.deviations = bits | dead;
	return r;
}

static int set_realtime_in_data(struct ph_bench_device *d, const char *value)
{
	bool on;
	int r = parse_bool(value, &on);
	if (r < 0)
		return r;
	d->printer_config.deviations &= ~(unsigned)PH_EMU_DEVIATION_DLE_DEAD_IN_DATA;
	if (!on)
		d->printer_config.deviations |= PH_EMU_DEVIATION_DLE_DEAD_IN_DATA;
	return 0;
}

static int parse_word(const struct bit_word *words, size_t n, const char *value, unsigned *ret_at)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].word, value) == 0) {
			*ret_at = words[i].bit;
			return 0;
		}
	return -EINVAL;
}

static int set_cutter(struct ph_bench_device *d, const char *value)
{
	static const struct bit_word words[] = {
		{"both", PH_EMU_CUTTER_BOTH},
		{"partial", PH_EMU_CUTTER_PARTIAL},
		{"full", PH_EMU_CUTTER_FULL},
		{"none", PH_EMU_CUTTER_NONE},
	};
	unsigned cutter;
	int r = parse_word(words, PH_ARRAY_SIZE(words), value, &cutter);
	if (r == 0)
		d->printer_config.cutter = (enum ph_emu_cutter)cutter;
	return r;
}

static int set_numbering(struct ph_bench_device *d, const char *value)
{
	static const struct bit_word words[] = {
		{"epson", PH_EMU_NUMBERING_EPSON},
		{"pos5890", PH_EMU_NUMBERING_POS5890},
		{"srp275", PH_EMU_NUMBERING_SRP275},
		{"star", PH_EMU_NUMBERING_STAR},
	};
	unsigned numbering;
	int r = parse_word(words, PH_ARRAY_SIZE(words), value, &numbering);
	if (r == 0)
		d->printer_config.numbering = (enum ph_emu_numbering)numbering;
	return r;
}

// the multibyte set and what GS I 69 says of it
static int set_kanji(struct ph_bench_device *d, const char *value)
{
	static const struct {
		const char *word, *charset, *language;
	} sets[] = {
		{"none", NULL, ""},
		{"japanese", "CP932", "KANJI JAPANESE"},
		{"gb2312", "GBK", "CHINA GB2312"},
		{"gb18030", "GB18030", "CHINA GB18030"},
		{"big5", "CP950", "TAIWAN BIG-5"},
		{"korean", "CP949", "KOREA C-5601C"},
	};
	for (size_t i = 0; i < PH_ARRAY_SIZE(sets); i++) {
		if (strcmp(sets[i].word, value) != 0)
			continue;
		d->printer_config.charset = sets[i].charset;
		strcpy(d->printer_config.language, sets[i].language);
		return 0;
	}
	return -EINVAL;
}

static int set_dialect(struct ph_bench_device *d, const char *value)
{
	static const char *const words[] = {"escpos", "starprnt", "starline", "starraster"};
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(words) && strcmp(words[i], value) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(words))
		return -EINVAL;
	d->printer_config.dialect = (enum ph_emu_dialect)i;
	return 0;
}

#define PRINTER	      (1u << PH_BENCH_PRINTER)
#define SCANNER	      (1u << PH_BENCH_SCANNER)
#define DISPLAY	      (1u << PH_BENCH_DISPLAY)
#define DRAWER	      (1u << PH_BENCH_DRAWER)
#define SCALE	      (1u << PH_BENCH_SCALE)
#define MSR	      (1u << PH_BENCH_MSR)
#define HOST	      (1u << PH_BENCH_HOST)
#define TERMINAL      (1u << PH_BENCH_TERMINAL)
#define UNITS	      (SCANNER | SCALE | MSR | DRAWER)
#define CABLED	      (PRINTER | DISPLAY | UNITS | HOST | TERMINAL)
#define READER	      (1u << PH_BENCH_READER)
#define AT(member)    offsetof(struct ph_bench_device, member)
#define BENCH_PRINTER ((struct ph_emu_printer_config *)NULL)[0]

static const struct key keys[] = {
	{CABLED, "plug", CUSTOM, 0, 0, set_plug},
	{CABLED | READER, "port", CUSTOM, 0, 0, set_port},
	{CABLED, "path", CUSTOM, 0, 0, set_path},
	{CABLED, "second_client", CUSTOM, 0, 0, set_second_client},
	{CABLED, "line_bytes_per_second", UNSIGNED, AT(plug_config.bytes_per_second), 100000000,
		NULL},
	{CABLED, "usb_id", CUSTOM, 0, 0, set_usb_id},
	{UNITS | DISPLAY | TERMINAL, "usb", CUSTOM, 0, 0, set_usb_kind},
	{PRINTER, "usb_interface", CUSTOM, 0, 0, set_usb_interface},
	{PRINTER, "usb_device_id", CUSTOM, 0, 0, set_usb_device_id},
	{CABLED | READER, "spare", BOOL, AT(spare), 0, NULL},
	{PRINTER, "width_dots", UNSIGNED, AT(printer_config.width_dots), PH_EMU_PAPER_MAX_WIDTH,
		NULL},
	{PRINTER, "buffer", SIZE, AT(printer_config.rx_size), PH_EMU_PRINTER_RX_MAX, NULL},
	{PRINTER, "bytes_per_second", UNSIGNED, AT(printer_config.bytes_per_second), 100000000,
		NULL},
	{PRINTER, "lines_per_second", UNSIGNED, AT(printer_config.lines_per_second), 100000, NULL},
	{PRINTER, "cutter_dots", UNSIGNED, AT(printer_config.cutter_dots), 1000, NULL},
	{PRINTER, "vertical_dpi", UNSIGNED, AT(printer_config.vertical_dpi), 1000, NULL},
	{PRINTER, "cr_is_lf", BOOL, AT(printer_config.cr_is_lf), 0, NULL},
	{PRINTER, "kanji_on", BOOL, AT(printer_config.kanji_on), 0, NULL},
	{PRINTER, "model_id", BYTE, AT(printer_config.model_id), 255, NULL},
	{PRINTER, "type_id", BYTE, AT(printer_config.type_id), 255, NULL},
	{PRINTER, "version_id", BYTE, AT(printer_config.version_id), 255, NULL},
	{PRINTER, "maker", TEXT81, AT(printer_config.maker), 0, NULL},
	{PRINTER, "model", TEXT81, AT(printer_config.model), 0, NULL},
	{PRINTER, "firmware", TEXT81, AT(printer_config.firmware), 0, NULL},
	{PRINTER, "serial", TEXT81, AT(printer_config.serial), 0, NULL},
	{PRINTER, "language", TEXT81, AT(printer_config.language), 0, NULL},
	{PRINTER, "answers", CUSTOM, 0, 0, set_answers},
	{PRINTER, "lacks", TEXT, AT(printer_config.lacks), sizeof(BENCH_PRINTER.lacks), NULL},
	{PRINTER, "deviations", CUSTOM, 0, 0, set_deviations},
	{PRINTER, "realtime_in_data", CUSTOM, 0, 0, set_realtime_in_data},
	{PRINTER, "cutter", CUSTOM, 0, 0, set_cutter},
	{PRINTER, "numbering", CUSTOM, 0, 0, set_numbering},
	{PRINTER, "codepages", TEXT, AT(printer_config.codepages), sizeof(BENCH_PRINTER.codepages),
		NULL},
	{PRINTER, "kanji", CUSTOM, 0, 0, set_kanji},
	{PRINTER, "page_rows", UNSIGNED, AT(printer_config.page_rows), PH_EMU_CANVAS_MAX_HEIGHT,
		NULL},
	{PRINTER, "nv_size", SIZE, AT(printer_config.nv_size), 16 * 1024 * 1024, NULL},
	{PRINTER, "ram_size", SIZE, AT(printer_config.ram_size), 16 * 1024 * 1024, NULL},
	{PRINTER, "dialect", CUSTOM, 0, 0, set_dialect},
	{SCANNER, "prefix", CUSTOM, 0, 0, set_prefix},
	{SCANNER, "suffix", CUSTOM, 0, 0, set_suffix},
	{SCANNER, "aim", CUSTOM, 0, 0, set_aim},
	{UNITS, "protocol", CUSTOM, 0, 0, set_protocol},
	{SCANNER, "gap_ms", UNSIGNED, AT(gap_ms), 10000, NULL},
	{SCANNER, "alt", BOOL, AT(alt), 0, NULL},
	{UNITS, "maker", TEXT81, AT(maker), 0, NULL},
	{UNITS, "model", TEXT81, AT(model), 0, NULL},
	{UNITS, "serial", TEXT81, AT(serial), 0, NULL},
	{HOST, "packing", CUSTOM, 0, 0, set_packing},
	{HOST, "header", CUSTOM, 0, 0, set_header},
	{HOST, "tpdu", BOOL, AT(host_config.tpdu), 0, NULL},
	{HOST, "by_cents", BOOL, AT(host_config.by_cents), 0, NULL},
	{HOST, "check_icc", BOOL, AT(host_config.check_icc), 0, NULL},
	{HOST, "csu", BOOL, AT(host_config.csu), 0, NULL},
	{HOST, "keeps_day", BOOL, AT(host_config.keeps_day), 0, NULL},
	{HOST, "timeout_ms", UNSIGNED, AT(host_config.timeout_ms), 600000, NULL},
	{HOST, "protocol", CUSTOM, 0, 0, set_protocol},
	{HOST, "token", TEXT81, AT(host_config.word), 0, NULL},
	{HOST, "tls", BOOL, AT(tls), 0, NULL},
	{HOST, "client_certificate", BOOL, AT(plug_config.want_client), 0, NULL},
	{TERMINAL, "id", CUSTOM, 0, 0, set_terminal_id},
	{TERMINAL, "password", CUSTOM, 0, 0, set_password},
	{TERMINAL, "receipt", CUSTOM, 0, 0, set_receipt},
	{TERMINAL, "auto_reversal", BOOL, AT(terminal_config.auto_reversal), 0, NULL},
	{TERMINAL, "alone", CUSTOM, 0, 0, set_alone},
	{TERMINAL, "closes", BOOL, AT(terminal_config.closes), 0, NULL},
	{TERMINAL, "answer_ms", UNSIGNED, AT(terminal_config.answer_ms), 60000, NULL},
	{TERMINAL, "by_cents", BOOL, AT(terminal_config.by_cents), 0, NULL},
	{TERMINAL, "pace_ms", UNSIGNED, AT(terminal_config.pace_ms), 60000, NULL},
	{DRAWER, "number", UNSIGNED, AT(number), 7, NULL},
	{DRAWER, "charge_ms", UNSIGNED, AT(charge_ms), 60000, NULL},
	{DISPLAY, "set", CUSTOM, 0, 0, set_command_set},
	{DISPLAY, "columns", UNSIGNED, AT(display_config.columns), PH_EMU_DISPLAY_MAX_COLUMNS,
		NULL},
	{DISPLAY, "rows", UNSIGNED, AT(display_config.rows), PH_EMU_DISPLAY_MAX_ROWS, NULL},
	{DISPLAY, "maker", TEXT81, AT(display_config.maker), 0, NULL},
	{DISPLAY, "model", TEXT81, AT(display_config.model), 0, NULL},
	{DISPLAY, "firmware", TEXT81, AT(display_config.firmware), 0, NULL},
	{DISPLAY, "serial", TEXT81, AT(display_config.serial), 0, NULL},
	{DRAWER | SCALE, "behind", CUSTOM, 0, 0, set_behind},
	{DRAWER, "pin", CUSTOM, 0, 0, set_pin},
	{DRAWER, "open_level", CUSTOM, 0, 0, set_open_level},
	{DRAWER, "no_sensor", BOOL, AT(drawer_config.no_sensor), 0, NULL},
	{DRAWER, "min_pulse_ms", UNSIGNED, AT(drawer_config.min_pulse_ms), 1000, NULL},
	{DRAWER, "delay_ms", UNSIGNED, AT(drawer_config.delay_ms), 60000, NULL},
	{DRAWER, "bounce_ms", UNSIGNED, AT(drawer_config.bounce_ms), 1000, NULL},
};

static int set_value(struct ph_bench_device *d, const struct key *key, const char *value)
{
	void *at = (char *)d + key->offset;
	unsigned long n;

	switch (key->kind) {
	case CUSTOM:
		return key->custom(d, value);
	case BOOL:
		return parse_bool(value, at);
	case TEXT81:
		if (strlen(value) > 80)
			return -EINVAL;
		strcpy(at, value);
		return 0;
	case TEXT:
		if (strlen(value) >= key->max)
			return -EINVAL;
		strcpy(at, value);
		return 0;
	case UNSIGNED:
		if (parse_number(value, key->max, &n) < 0)
			return -EINVAL;
		*(unsigned *)at = (unsigned)n;
		return 0;
	case SIZE:
		if (parse_number(value, key->max, &n) < 0)
			return -EINVAL;
		*(size_t *)at = n;
		return 0;
	case BYTE:
		if (parse_number(value, key->max, &n) < 0)
			return -EINVAL;
		*(uint8_t *)at = (uint8_t)n;
		return 0;
	}
	return -EINVAL;
}

int ph_bench_set_key(struct ph_bench_device *d, const char *key, const char *value)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(keys); i++)
		if ((keys[i].classes & 1u << d->class) && strcmp(keys[i].name, key) == 0)
			return set_value(d, &keys[i], value);
	return -ENOENT;
}

static bool is_name(const char *id)
{
	size_t len = strlen(id);
	if (len == 0 || len >= PH_BENCH_ID_MAX)
		return false;
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && *id != '-' && *id != '_')
			return false;
	return true;
}

struct ph_bench_device *ph_bench_add(
	struct ph_bench *bench, enum ph_bench_class class, const char *id)
{
	if (bench->n_devices == PH_BENCH_DEVICES || !is_name(id) || ph_bench_find(bench, id))
		return NULL;
	struct ph_bench_device *d = &bench->devices[bench->n_devices++];
	d->bench = bench;
	d->class = class;
	snprintf(d->id, sizeof d->id, "%s", id);
	bool network =
		class == PH_BENCH_PRINTER || class == PH_BENCH_HOST || class == PH_BENCH_TERMINAL;
	d->plug_config.kind = network ? PH_EMU_PLUG_TCP : PH_EMU_PLUG_PTY;
	d->plug_config.usb = (struct ph_emu_usb_config){.vendor = 0x04b8, .product = 0x0e15};
	if (class == PH_BENCH_READER)
		d->plug_config.port = PH_EMU_VPCD_PORT;
	d->reader_kind = ph_emu_reader_kind("serial");
	d->scale_kind = ph_emu_scale_kind("8217");
	d->msr_kind = ph_emu_msr_kind("magtek");
	ph_emu_host_config_default(&d->host_config);
	ph_emu_terminal_config_default(&d->terminal_config);
	ph_emu_printer_config_default(&d->printer_config);
	ph_emu_display_config_default(&d->display_config);
	d->drawer_config = (struct ph_emu_drawer_config){.pin = 2, .min_pulse_ms = 20};
	return d;
}

struct loader {
	struct ph_bench *bench;
	struct ph_bench_device *device;
	char section[PH_BENCH_ID_MAX * 2];
	char message[256]; /* of the first error */
};

// "printer till-printer"
static struct ph_bench_device *open_section(struct loader *l, const char *section)
{
	const char *space = strchr(section, ' ');

	for (int c = PH_BENCH_PRINTER; space && c < PH_BENCH_CLASS_COUNT_; c++) {
		const char *name = ph_bench_class_name((enum ph_bench_class)c);
		if (strlen(name) != (size_t)(space - section) ||
			strncmp(name, section, (size_t)(space - section)) != 0)
			continue;
		struct ph_bench_device *d =
			ph_bench_add(l->bench, (enum ph_bench_class)c, space + 1);
		if (!d)
			snprintf(l->message, sizeof l->message,
				"[%s]: the name is taken, not a name, or there are too many "
				"devices",
				section);
		return d;
	}
	snprintf(l->message, sizeof l->message, "unknown section [%s]", section);
	return NULL;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct loader *l = user;

	if (l->message[0])
		return 0;
	if (strcmp(section, "bench") == 0 && strcmp(name, "font_dir") == 0) {
		snprintf(l->bench->font_dir, sizeof l->bench->font_dir, "%s", value);
		return 1;
	}
	if (!l->device || strcmp(l->section, section) != 0) {
		snprintf(l->section, sizeof l->section, "%s", section);
		l->device = open_section(l, section);
		if (!l->device)
			return 0;
	}
	int r = ph_bench_set_key(l->device, name, value);
	if (r == -ENOENT)
		snprintf(l->message, sizeof l->message, "unknown key %s in [%s]", name, section);
	else if (r < 0)
		snprintf(l->message, sizeof l->message, "bad value for %s: %.100s", name, value);
	return r == 0;
}

int ph_bench_load(struct ph_bench *bench, const char *file, char *error, size_t size)
{
	struct loader l = {.bench = bench};
	int line = ini_parse(file, on_key, &l);

	if (line == 0)
		return 0;
	if (line < 0)
		snprintf(error, size, "%s: cannot be read", file);
	else
		snprintf(error, size, "%s:%d: %s", file, line,
			l.message[0] ? l.message : "not a key, a section or a comment");
	return -EINVAL;
}
