// Scales: frames of the manuals to readings, what is dropped, what is asked, and that an old weight is never an answer.
#include "protocols/scale/scale.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct ph_scale scale;

static void start(const char *name)
{
	const struct ph_scale_protocol *protocol = ph_scale_protocol_by_name(name);

	ck_assert_ptr_nonnull(protocol);
	ph_scale_init(&scale, protocol, PH_SCALE_UNIT_NONE, -1);
}

static size_t bytes(const char *hex, uint8_t *out)
{
	unsigned value;
	size_t n = 0;

	for (; sscanf(hex, " %2x", &value) == 1; hex += strspn(hex, " ") + 2)
		out[n++] = (uint8_t)value;
	return n;
}

static void feed(const char *hex)
{
	uint8_t data[256];
	size_t len = bytes(hex, data);

	ck_assert_uint_eq(ph_scale_feed(&scale, data, len), len);
}

static void add(char *out, bool on, const char *word)
{
	if (on)
		strcat(strcat(out, " "), word); /* lint: call, a buffer far larger than all words */
}

static void add_number(char *out, const char *name, const struct ph_scale_number *number)
{
	char text[PH_SCALE_TEXT_MAX];

	if (!number->digits[0])
		return;
	ph_scale_number_text(number, text);
	sprintf(out + strlen(out), " %s %s", name, text); /* lint: call, see above */
}

/* A reading as words. */
static const char *words(const struct ph_scale_reading *r)
{
	static const char *const kinds[] = {"weight", "status", "tare", "ready", "not-ready",
		"accepted", "unsupported", "fault", "unit-mismatch", "unit-changed", "challenge"};
	static char out[512];

	strcpy(out, kinds[r->kind]);
	char text[PH_SCALE_TEXT_MAX];
	ph_scale_number_text(&r->weight, text);
	add(out, text[0], text);
	add(out, r->unit, ph_scale_unit_name(r->unit));
	add(out, r->stable, "stable");
	add(out, r->stability_unknown, "live");
	add(out, r->motion, "motion");
	add(out, r->net, "net");
	add(out, r->zero, "zero");
	add(out, r->over, "over");
	add(out, r->under_zero, "under");
	add(out, r->under_minimum, "minimum");
	add(out, r->needs_zero, "needs-zero");
	add(out, r->high_range, "high");
	add(out, r->fine, "fine");
	add(out, r->unchanged, "unchanged");
	add(out, r->same_weight, "same");
	add_number(out, "oz", &r->ounces);
	add_number(out, "tare", &r->tare);
	add_number(out, "price", &r->unit_price);
	add_number(out, "total", &r->total);
	return out;
}

/* The next reading, or "-". */
static const char *next(void)
{
	struct ph_scale_reading reading;

	return ph_scale_next(&scale, &reading) ? words(&reading) : "-";
}

static const struct {
	const char *protocol, *hex, *reading; /* "-": nothing; "!": dropped and counted */
} vectors[] = {
	/* DIVA service manual, chapter 6 */
	{"toledo-8217", "02 30 31 2E 32 33 34 0D", "weight 01.234 kg stable"},
	{"toledo-8217", "02 30 31 2E 32 33 34 4E 0D", "weight 01.234 kg stable net"},
	{"toledo-8213", "02 30 31 2E 32 33 34 4E 0D", "!"},
	{"toledo-8217", "02 30 31 2E 32 33 0D", "weight 01.23 lb stable"},
	{"toledo-8217", "02 20 20 30 2E 34 32 35 0D", "weight 0.425 kg stable"},
	{"toledo-8217", "02 3F 41 0D", "status motion"},
	{"toledo-8217", "02 3F 42 0D", "status over"},
	{"toledo-8217", "02 3F 44 0D", "status under"},
	{"toledo-8217", "02 3F 48 0D", "status stable needs-zero"},
	{"toledo-8217", "02 3F 50 0D", "status stable zero"},
	{"toledo-8217", "02 3F 60 0D", "status stable net"},
	{"toledo-8217", "02 3F 40 0D", "status stable"},
	{"toledo-8217", "82 3F C3 8D", "status motion over"},
	{"toledo-8217", "82 30 B1 2E B2 33 B4 8D", "weight 01.234 kg stable"},
	{"toledo-8217", "02 45 0D 68 65 6C 6C 6F", "accepted"},
	{"toledo-8217", "02 0D", "accepted"},
	{"toledo-8217", "02 30 31 2E 32", "-"},
	{"toledo-8217", "33 34 0D 02 30 31 2E 32 33 34 0D", "weight 01.234 kg stable"},
	{"toledo-8217", "02 3F 20 0D", "!"}, /* bit 6 is always set */
	{"toledo-8217", "02 30 31 2C 32 33 34 0D", "!"},
	{"toledo-8217", "02 30 31 32 33 34 0D", "!"},
	{"toledo-8217", "02 2D 31 2E 32 33 34 0D", "!"},
	{"toledo-8217", "02 30 31 2E 32 0D", "!"},
	{"toledo-8217", "02 30 31 2E 32 33 20 0D", "!"},
	{"toledo-8217", "02 30 31 2E 02 30 32 2E 30 30 30 0D", "weight 02.000 kg stable"},
	/* Datalogic KA-01089 */
	{"sasi", "02 30 31 32 2E 33 34 0D", "weight 012.34 lb stable"},
	{"sasi", "02 31 32 2E 33 34 35 0D", "weight 12.345 kg stable"},
	{"sasi", "02 3F 43 0D", "status motion over"},
	{"sasi-letters", "02 3F 43 0D", "status under"},
	{"sasi-letters", "02 3F 44 0D", "status needs-zero"},
	{"sasi-letters", "02 3F 41 0D", "status motion"},
	/* Weigh-Tronix SCP-01 */
	{"nci", "0A 30 30 0D 03", "status stable"},
	{"nci", "0A B1 30 0D 03", "status motion"},
	{"nci", "0A B2 30 0D 03", "status stable zero"},
	{"nci", "0A B4 30 0D 03", "fault"},
	{"nci", "0A B8 30 0D 03", "fault"},
	{"nci", "0A 30 B1 0D 03", "status under"},
	{"nci", "0A 30 B2 0D 03", "status over"},
	{"nci", "0A 30 B4 0D 03", "fault"},
	{"nci", "0A 30 B8 0D 03", "fault"},
	{"nci", "0A 30 F0 33 0D 03", "status stable high"},
	{"nci", "0A 30 F0 B4 0D 03", "status stable net"},
	{"nci", "0A 30 F0 B8 0D 03", "status needs-zero"},
	{"nci", "0A 30 F0 B1 0D 03", "!"},
	{"nci", "0A 30 F0 B2 0D 03", "!"},
	{"nci", "0A 30 F0 0D 03", "!"},
	{"nci", "0A 70 30 0D 03", "!"},
	{"nci", "0A 30 30 31 2E 32 33 4C 42 0D 0A 53 30 30 0D 03", "weight 001.23 lb stable"},
	{"nci", "0A 30 31 2E 32 33 34 4B 47 0D 0A 53 30 30 0D 03", "weight 01.234 kg stable"},
	{"nci", "0A 30 31 2E 32 33 34 4B 47 0D 0A 53 31 30 0D 03", "weight 01.234 kg motion"},
	{"nci", "0A 30 31 2E 32 33 34 4B 47 0D 0A 53 30 32 0D 03", "status kg over"},
	{"nci", "0A 31 4C 42 20 30 32 2E 35 30 4F 5A 0D 0A 53 30 30 0D 03",
		"weight 1 lb-oz stable oz 02.50"},
	{"nci", "0A 4B 47 0D 0A 53 30 30 0D 03", "unit-changed kg stable"},
	{"nci", "0A 31 32 33 34 35 36 4D 4D 0D 0A 53 30 30 0D 03", "!"},
	{"nci", "0A 3F 0D 03", "unsupported"},
	{"nci", "78 0A 30 30 0D 03", "status stable"},
	/* SMA SCP-0499 */
	{"sma", "0A 20 31 47 20 20 20 20 20 20 20 31 2E 32 33 34 6B 67 20 0D",
		"weight 1.234 kg stable"},
	{"sma", "0A 20 31 4E 4D 20 20 20 20 20 20 30 2E 34 35 30 6C 62 20 0D",
		"weight 0.450 lb motion net"},
	{"sma", "0A 45 31 47 20 20 2D 2D 2D 2D 2D 2D 2D 2D 2D 2D 6B 67 20 0D", "fault"},
	{"sma", "0A 4F 31 47 20 20 2D 2D 2D 2D 2D 2D 2D 2D 2D 2D 6B 67 20 0D", "status over"},
	{"sma", "0A 55 31 47 20 20 20 20 20 20 20 31 2E 32 33 34 6B 67 20 0D", "status under"},
	{"sma", "0A 5A 32 47 20 20 20 20 20 20 20 30 2E 30 30 30 6B 67 20 0D",
		"weight 0.000 kg stable zero high"},
	{"sma", "0A 20 31 54 20 20 20 20 20 20 20 30 2E 31 30 30 6B 67 20 0D",
		"tare kg stable tare 0.100"},
	{"sma", "0A 58 31 47 20 20 20 20 20 20 20 31 2E 32 33 34 6B 67 20 0D", "!"},
	{"sma", "0A 3F 0D", "unsupported"},
	{"sma", "0A 21 0D", "fault"},
	/* Wildcat technical manual */
	{"mettler-continuous", "02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1A",
		"weight 1.234 kg stable"},
	{"mettler-continuous", "02 2D 38 20 20 20 31 32 34 30 20 20 20 20 20 30 0D 15",
		"weight 1.240 kg motion"},
	{"mettler-continuous", "02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1B", "!"},
	{"mettler-continuous", "02 2D 31 20 20 20 31 30 30 30 20 20 20 32 33 34 0D 02",
		"weight 1.000 kg stable net tare 0.234"},
	{"mettler-continuous", "02 2C 22 20 20 20 20 31 32 33 20 20 20 20 20 30 0D 02",
		"weight -1.23 lb stable"},
	{"mettler-continuous", "02 2D 34 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 02",
		"status kg over"},
	{"mettler-continuous", "02 2D 36 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 02",
		"status kg under"},
	{"mettler-continuous", "02 2D 70 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 02",
		"weight 1.234 kg needs-zero"},
	{"mettler-continuous", "02 2A 30 21 20 20 20 31 32 33 20 20 20 20 20 30 0D 02",
		"weight 123 g stable"},
	{"mettler-continuous", "02 28 30 20 20 20 20 31 32 33 20 20 20 20 20 30 0D 02",
		"weight 12300 kg stable"},
	{"mettler-continuous", "02 2D 30 27 20 20 31 32 33 34 20 20 20 20 20 30 0D 02", "!"},
	/* CAS AP-1 and SW-II manuals */
	{"cas", "01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04", "weight 01.234 kg stable"},
	{"cas", "01 02 55 2D 30 30 2E 31 32 35 6B 67 6C 03 04", "weight -00.125 kg motion"},
	{"cas", "01 02 53 20 30 30 2E 35 30 30 6C 62 66 03 04", "weight 00.500 lb stable"},
	{"cas", "01 02 53 20 30 31 2E 32 33 34 6B 67 64 03 04", "!"},
	{"cas",
		"01 02 20 20 20 20 32 2E 34 37 1F 03 02 53 20 30 31 2E 32 33 34 6B 67 65 03 02 20 "
		"20 20 20 32 2E 30 30 1C 03 04",
		"weight 01.234 kg stable price 2.00 total 2.47"},
	{"cas",
		"01 02 20 20 20 20 32 2E 34 37 1F 03 02 53 20 30 31 2E 32 33 34 6B 67 65 03 02 20 "
		"20 20 20 32 2E 30 30 1D 03 04",
		"!"},
	{"cas", "15", "not-ready"},
	{"cas", "06", "ready"},
	{"cas", "7F 01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04", "weight 01.234 kg stable"},
	{"cas-status", "01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04 20",
		"weight 01.234 kg stable net"},
	{"cas-status", "01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04 40", "status kg over"},
	{"cas-status", "01 02 53 20 30 31 2E 32 33 34 6B 67 65 03 04", "-"},
	{"cas-w", "02 30 31 32 33 34 0D", "weight 01.234 kg stable"},
	{"cas-w", "02 41 0D", "status motion"},
	{"cas-w", "02 30 31 32 33 0D", "!"},
	/* CAS NT-200, CI-600D, PDI and Dini Argeo 3590EXP manuals */
	{"cas-22", "53 54 2C 47 53 2C 31 C0 2C 20 20 20 31 2E 32 33 34 20 6B 67 0D 0A",
		"weight 1.234 kg stable"},
	{"cas-22", "55 53 2C 4E 54 2C 31 82 2C 20 20 20 31 2E 32 33 34 20 6B 67 0D 0A",
		"weight 1.234 kg motion net"},
	{"cas-22", "53 54 2C 47 53 2C 31 40 2C 20 20 20 31 2E 32 33 34 20 6B 67 0D 0A", "!"},
	/* ST,GS,00001.234kg */
	{"and-18", "53 54 2C 47 53 2C 30 30 30 30 31 2E 32 33 34 6B 67 0D 0A",
		"weight 00001.234 kg stable"},
	{"and-18", "53 54 2C 47 53 2C 2B 20 20 31 2E 32 33 34 20 67 0D 0A",
		"weight 1.234 g stable"},
	{"and-18", "55 4C 2C 47 53 2C 20 20 20 20 20 20 20 20 6B 67 0D 0A", "status kg under"},
	{"and-18", "53 54 2C 47 53 2C 30 31 2E 32 33 2E 34 30 6B 67 0D 0A", "!"},
	/* US,NT,  +0.500,kg and OL,GS,        ,kg */
	{"dini", "55 53 2C 4E 54 2C 20 20 2B 30 2E 35 30 30 2C 6B 67 0D 0A",
		"weight 0.500 kg motion net"},
	{"dini", "4F 4C 2C 47 53 2C 20 20 20 20 20 20 20 20 2C 6B 67 0D 0A", "status kg over"},
	{"dini", "53 54 2C 47 53 2C 20 20 2D 30 2E 35 30 30 2C 6B 67 0D 0A",
		"weight -0.500 kg stable"},
	{"dini", "53 54 2C 58 58 2C 20 20 2D 30 2E 35 30 30 2C 6B 67 0D 0A", "!"},
	{"cas-10", "20 20 20 31 2E 32 33 34 0D 0A", "weight 1.234 live"},
	{"cas-10", "20 20 31 2E 32 33 34 0D 0A", "!"},
	/* formats of public code */
	{"prix3", "02 30 30 38 30 30 03", "weight 00800 g stable"},
	{"prix3", "02 49 49 49 49 49 03", "status motion"},
	{"prix3", "02 4E 4E 4E 4E 4E 03", "status under"},
	{"prix3", "02 53 53 53 53 53 03", "status over"},
	{"prix3", "02 49 49 30 49 49 03", "!"},
	{"prt4", "02 30 30 30 30 34 32 30 30 38 30 30 30 31 32 33 34 35 30 30 39 38 37 36 03",
		"weight 00.800 kg stable price 0123.45 total 0098.76"},
	{"micheletti-p15", "02 20 20 30 38 30 30 20 20 39 39 39 39 39 20 20 37 39 39 39 39 03",
		"weight 0.800 kg stable price 999.99 total 799.99"},
	{"adam", "20 20 30 2E 34 32 35 20 6B 67 0D 0A", "weight 0.425 kg live"},
	{"adam", "45 52 52 0D 0A", "!"},
	{"samsung-esp", "31 2E 32 33 34 0D", "weight 1.234 live"},
	{"mettler-ind221", "30 31 32 33 34 0D", "weight 01234 live"},
	{"kern", "2B 20 20 31 32 2E 33 34 20 47 20 53 0D 0A", "weight 12.34 g stable"},
	{"kern", "2D 20 20 20 31 32 2E 33 34 43 54 4C 55 0D 0A", "weight -12.34 ct motion"},
	{"kern", "20 20 20 20 20 20 20 20 20 47 20 45 0D 0A", "fault"},
	{"kern", "2B 20 20 31 32 2E 33 34 20 47 20 58 0D 0A", "!"},
	/* Datalogic KA-01089, single cable */
	{"magellan", "53 31 34 34 30 30 32 36 30 0D", "weight 00.260 kg stable"},
	{"magellan", "53 31 34 34 31 32 33 34 0D", "weight 12.34 lb stable"},
	{"magellan", "53 31 34 31 0D", "status motion"},
	{"magellan", "53 31 34 33 0D", "status stable zero"},
	{"magellan", "53 31 34 30 0D", "not-ready"},
	{"magellan", "53 31 34 32 0D", "status over"},
	{"magellan", "53 31 34 35 0D", "status under"},
	{"magellan", "53 31 31 30 31 32 33 34 0D", "weight 01.234 kg stable"},
	{"magellan", "53 31 34 34 31 32 33 0D", "!"},
	{"magellan", "53 30 38 41 31 0D 53 31 34 31 0D", "status motion"},
	/* Dialog 06 */
	{"dialog06", "02 30 39 1B 32 30 03", "status motion"},
	{"dialog06",
		"02 30 32 1B 33 1B 30 31 32 33 34 1B 30 30 30 32 30 30 1B 30 30 30 32 34 37 03",
		"weight 01.234 kg stable price 0002.00 total 0002.47"},
	{"dialog06", "02 30 39 1B 32 31 03", "status same"},
	{"dialog06", "02 30 39 1B 32 32 03", "not-ready"},
	{"dialog06", "02 30 39 1B 33 30 03", "status minimum"},
	{"dialog06", "02 30 39 1B 33 31 03", "status under"},
	{"dialog06", "02 30 39 1B 33 32 03", "status over"},
	{"dialog06", "02 30 39 1B 30 30 03", "accepted"},
	{"dialog06", "02 30 39 1B 31 31 03", "fault"},
	{"dialog06", "02 31 31 1B 32 37 31 03", "challenge"},
	{"dialog06", "06", "accepted"},
	{"dialog06", "15", "not-ready"},
	{"dialog06", "02 30 39 1B 3A 30 03", "!"},
};

START_TEST(frames)
{
	const char *want = vectors[_i].reading;

	start(vectors[_i].protocol);
	feed(vectors[_i].hex);
	bool dropped = !strcmp(want, "!");
	ck_assert_str_eq(next(), dropped || !strcmp(want, "-") ? "-" : want);
	if (dropped)
		ck_assert_uint_ge(scale.bad_frames, 1);
	ck_assert_str_eq(next(), "-");
}
END_TEST

/* Byte by byte, between other bytes, and twice in one read: the same. */
START_TEST(any_chunking)
{
	uint8_t data[256];
	size_t len = bytes(vectors[_i].hex, data);
	const char *want = vectors[_i].reading;

	if (!strcmp(want, "!") || !strcmp(want, "-"))
		return;
	start(vectors[_i].protocol);
	bool neighbour =
		scale.protocol->read == ph_scale_protocol_by_name("mettler-continuous")->read;
	const char *got = "-";
	for (size_t i = 0; i < len; i++) {
		ck_assert_uint_eq(ph_scale_feed(&scale, data + i, 1), 1);
		const char *reading = next();
		got = strcmp(reading, "-") ? reading : got;
	}
	ck_assert_str_eq(got, want);
	if (neighbour || !strncmp(scale.protocol->name, "magellan", 8))
		return;
	start(vectors[_i].protocol);
	ck_assert_uint_eq(ph_scale_feed(&scale, data, len), len);
	ck_assert_uint_eq(ph_scale_feed(&scale, data, len), len);
	ck_assert_str_eq(next(), want);
	ck_assert_str_eq(next(), want);
}
END_TEST

/* What is left of the previous item is never the answer. */
START_TEST(staleness)
{
	uint8_t out[PH_SCALE_REQUEST_MAX];

	start("toledo-8217");
	feed("02 30 31 2E 32 33 34 0D");
	ck_assert_int_eq(ph_scale_request(&scale, PH_SCALE_REQUEST_WEIGHT, out), 1);
	ck_assert_uint_eq(out[0], 'W');
	feed("02 3F 41 0D");
	ck_assert_str_eq(next(), "status motion");
	ck_assert_str_eq(next(), "-");
	/* half a frame neither */
	feed("02 30 31 2E");
	ph_scale_request(&scale, PH_SCALE_REQUEST_WEIGHT, out);
	feed("32 33 34 0D");
	ck_assert_str_eq(next(), "-");
	/* nor the rest of a line that began before */
	start("samsung-esp");
	feed("31 2E 32");
	ph_scale_request(&scale, PH_SCALE_REQUEST_WEIGHT, out);
	feed("33 34 0D");
	ck_assert_str_eq(next(), "-");
	feed("32 2E 35 0D");
	ck_assert_str_eq(next(), "weight 2.5 live");
	/* a line end is no such rest */
	start("adam");
	feed("31 2E 35 0D 0A");
	ck_assert_int_eq(ph_scale_request(&scale, PH_SCALE_REQUEST_WEIGHT, out), 3);
	feed("32 2E 35 0D");
	ck_assert_str_eq(next(), "weight 2.5 live");
	ph_scale_request(&scale, PH_SCALE_REQUEST_WEIGHT, out);
	feed("0A 33 2E 35 0D");
	ck_assert_str_eq(next(), "weight 3.5 live");
}
END_TEST

START_TEST(said_once)
{
	start("sasi");
	feed("02 3F 40 0D");
	ck_assert_str_eq(next(), "status stable");
	feed("02 30 31 2E 32 33 34 0D 02 3F 40 0D");
	ck_assert_str_eq(next(), "weight 01.234 kg stable");
	ck_assert_str_eq(next(), "weight 01.234 kg stable unchanged");
	ph_scale_flush(&scale);
	feed("02 3F 40 0D 02 3F 41 0D 02 3F 40 0D");
	ck_assert_str_eq(next(), "weight 01.234 kg stable unchanged");
	ck_assert_str_eq(next(), "status motion");
	ck_assert_str_eq(next(), "status stable");
	/* others do not do that */
	start("toledo-8217");
	feed("02 30 31 2E 32 33 34 0D 02 3F 40 0D");
	next();
	ck_assert_str_eq(next(), "status stable");
}
END_TEST

START_TEST(units)
{
	uint8_t out[PH_SCALE_REQUEST_MAX];

	start("toledo-8217");
	scale.unit = PH_SCALE_UNIT_KG;
	feed("02 30 31 2E 32 33 34 0D 02 30 31 2E 32 33 0D");
	ck_assert_str_eq(next(), "weight 01.234 kg stable");
	ck_assert_str_eq(next(), "unit-mismatch lb");
	/* ten times finer: four decimals are kilograms, three pounds */
	scale.unit = PH_SCALE_UNIT_NONE;
	ck_assert_int_eq(ph_scale_request(&scale, PH_SCALE_REQUEST_FINE, out), 1);
	feed("02 30 31 2E 32 33 34 35 0D 02 30 31 2E 32 33 34 0D");
	ck_assert_str_eq(next(), "weight 01.2345 kg stable fine");
	ck_assert_str_eq(next(), "weight 01.234 lb stable fine");
	/* not sent: configured */
	start("mettler-ind221");
	scale.unit = PH_SCALE_UNIT_KG;
	scale.decimals = 3;
	feed("30 31 32 33 34 0D 31 2E 35 0D");
	ck_assert_str_eq(next(), "weight 01.234 kg live");
	ck_assert_str_eq(next(), "weight 1.5 kg live");
}
END_TEST

/* A check byte is found out once per connection; a stream without it works as well. */
START_TEST(continuous_check_byte)
{
	static const char plain[] = "02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D";

	start("mettler-continuous");
	feed(plain);
	ck_assert_str_eq(next(), "-");
	feed(plain);
	ck_assert_str_eq(next(), "weight 1.234 kg stable");
	ck_assert_str_eq(next(), "weight 1.234 kg stable");
	feed(plain);
	ck_assert_str_eq(next(), "weight 1.234 kg stable");

	start("mettler-continuous");
	feed("02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1A");
	ck_assert_str_eq(next(), "weight 1.234 kg stable");
	/* one bit is wrong in a digit */
	feed("02 2D 30 20 20 20 31 32 33 35 20 20 20 20 20 30 0D 1A");
	feed("02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1A");
	ck_assert_str_eq(next(), "weight 1.234 kg stable");
	ck_assert_str_eq(next(), "-");
	ck_assert_uint_eq(scale.bad_frames, 1);
}
END_TEST

static const struct {
	const char *protocol;
	enum ph_scale_request request;
	const char *hex; /* NULL: there is none */
} requests[] = {
	{"toledo-8217", PH_SCALE_REQUEST_WEIGHT, "57"},
	{"toledo-8217", PH_SCALE_REQUEST_FINE, "48"},
	{"toledo-8217", PH_SCALE_REQUEST_ZERO, "5A"},
	{"toledo-8217", PH_SCALE_REQUEST_TARE, "54 0D"},
	{"toledo-8217", PH_SCALE_REQUEST_CLEAR_TARE, "43"},
	{"toledo-8217", PH_SCALE_REQUEST_TEST, "41"},
	{"toledo-8217", PH_SCALE_REQUEST_RESULT, "42"},
	{"toledo-8213", PH_SCALE_REQUEST_TARE, NULL},
	{"nci", PH_SCALE_REQUEST_WEIGHT, "57 0D"},
	{"nci", PH_SCALE_REQUEST_STATUS, "53 0D"},
	{"sma", PH_SCALE_REQUEST_STABLE, "0A 50 0D"},
	{"sma", PH_SCALE_REQUEST_CANCEL, "1B"},
	{"mettler-continuous", PH_SCALE_REQUEST_WEIGHT, NULL},
	{"cas", PH_SCALE_REQUEST_WEIGHT, "05"},
	{"cas", PH_SCALE_REQUEST_DATA, "11"},
	{"cas", PH_SCALE_REQUEST_DATA_PRICE, "12"},
	{"cas-w", PH_SCALE_REQUEST_WEIGHT, "57"},
	{"prix3", PH_SCALE_REQUEST_WEIGHT, "05"},
	{"adam", PH_SCALE_REQUEST_WEIGHT, "50 0D 0A"},
	{"samsung-esp", PH_SCALE_REQUEST_WEIGHT, "24"},
	{"mettler-ind221", PH_SCALE_REQUEST_WEIGHT, "50"},
	{"kern", PH_SCALE_REQUEST_WEIGHT, NULL},
	{"magellan", PH_SCALE_REQUEST_WEIGHT, "53 31 34 0D"},
	{"magellan", PH_SCALE_REQUEST_STABLE, "53 31 31 0D"},
	{"dialog06", PH_SCALE_REQUEST_WEIGHT, "04 05"},
	{"dialog06", PH_SCALE_REQUEST_STATUS, "04 02 30 38 03"},
	{"dialog06", PH_SCALE_REQUEST_COUNT, NULL},
};

START_TEST(asking)
{
	uint8_t out[PH_SCALE_REQUEST_MAX], want[32];

	start(requests[_i].protocol);
	int n = ph_scale_request(&scale, requests[_i].request, out);
	if (!requests[_i].hex) {
		ck_assert_int_eq(n, -ENOTSUP);
		return;
	}
	ck_assert_uint_eq(n, bytes(requests[_i].hex, want));
	ck_assert_mem_eq(out, want, n);
}
END_TEST

START_TEST(tare_and_price)
{
	uint8_t out[PH_SCALE_REQUEST_MAX];

	start("toledo-8217");
	ck_assert_int_eq(ph_scale_request_tare(&scale, "00125", out), 7);
	ck_assert_mem_eq(out, "T00125\r", 7);
	ck_assert_int_eq(ph_scale_request_tare(&scale, "0012", out), -EINVAL);
	ck_assert_int_eq(ph_scale_request_tare(&scale, "0.125", out), -EINVAL);
	start("nci");
	ck_assert_int_eq(ph_scale_request_tare(&scale, "00125", out), -ENOTSUP);
	ck_assert_int_eq(ph_scale_dialog06_price("000200", NULL, out), 13);
	ck_assert_mem_eq(out,
		"\x04\x02\x30\x31\x1b"
		"000200\x1b\x03",
		13);
	ck_assert_int_eq(ph_scale_dialog06_price("000200", "0050", out), 17);
	ck_assert_mem_eq(out,
		"\x04\x02\x30\x33\x1b"
		"000200\x1b"
		"0050\x03",
		17);
	ck_assert_int_eq(ph_scale_dialog06_price("200", NULL, out), -EINVAL);
	ck_assert_int_eq(ph_scale_dialog06_price("000200", "50", out), -EINVAL);
}
END_TEST

START_TEST(self_tests)
{
	const struct ph_scale_protocol *mettler = ph_scale_protocol_by_name("toledo-8217");
	const struct ph_scale_protocol *sasi = ph_scale_protocol_by_name("sasi");

	ck_assert(ph_scale_test_passed(mettler, 0x40));
	ck_assert(!ph_scale_test_passed(mettler, 0x44));
	ck_assert(ph_scale_test_passed(sasi, 0x5f));
	ck_assert(!ph_scale_test_passed(sasi, 0x40));
	ck_assert(!ph_scale_test_passed(sasi, 0x5e));
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		struct ph_scale_number number;
		const char *text;
	} cases[] = {
		{{"1234", 3, false}, "1.234"},
		{{"125", 3, true}, "-0.125"},
		{{"5", 3, false}, "0.005"},
		{{"123", -2, false}, "12300"},
		{{"123", 0, false}, "123"},
		{{"", 3, true}, ""},
		{{"1", 15, false}, "0.000000000000001"},
		{{"1", 16, false}, ""},
		{{"1", -8, false}, "100000000"},
		{{"1", -9, false}, ""},
	};
	char text[PH_SCALE_TEXT_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ph_scale_number_text(&cases[i].number, text);
		ck_assert_str_eq(text, cases[i].text);
	}
	ck_assert_str_eq(ph_scale_unit_name(PH_SCALE_UNIT_LB_OZ), "lb-oz");
	ck_assert_str_eq(ph_scale_unit_name((enum ph_scale_unit)99), "");
	ck_assert_ptr_null(ph_scale_protocol_by_name("probe"));
}
END_TEST

/* The end of a line that was too long is not a smaller weight. */
START_TEST(long_lines)
{
	start("samsung-esp");
	feed("31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31");
	ck_assert_str_eq(next(), "-");
	feed("32 2E 35 0D 33 2E 35 0D");
	ck_assert_str_eq(next(), "weight 3.5 live");
	ck_assert_uint_eq(scale.bad_frames, 1);
}
END_TEST

/* Each protocol: a flood without an end is dropped, and what comes after a pause is read. */
START_TEST(floods)
{
	static const uint8_t fill[] = {0x02, 0x0a, 0x01, 'S', '0', ',', ' '};

	for (size_t p = 0; p < ph_scale_protocol_count; p++) {
		for (size_t f = 0; f < sizeof fill; f++) {
			ph_scale_init(&scale, &ph_scale_protocols[p], PH_SCALE_UNIT_NONE, -1);
			for (unsigned i = 0; i < 300; i++) {
				ck_assert_uint_eq(ph_scale_feed(&scale, &fill[f], 1), 1);
				ck_assert_str_eq(next(), "-");
				ck_assert_uint_lt(scale.len, PH_SCALE_BUFFER_MAX);
			}
		}
	}
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(a)[0]))

int main(void)
{
	Suite *suite = suite_create("scale");
	TCase *cases = tcase_create("serial");

	tcase_add_loop_test(cases, frames, 0, COUNT(vectors));
	tcase_add_loop_test(cases, any_chunking, 0, COUNT(vectors));
	tcase_add_test(cases, staleness);
	tcase_add_test(cases, said_once);
	tcase_add_test(cases, units);
	tcase_add_test(cases, continuous_check_byte);
	tcase_add_loop_test(cases, asking, 0, COUNT(requests));
	tcase_add_test(cases, tare_and_price);
	tcase_add_test(cases, self_tests);
	tcase_add_test(cases, numbers);
	tcase_add_test(cases, long_lines);
	tcase_add_test(cases, floods);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
