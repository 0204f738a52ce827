// The driver zvt on a bench: what its tests share.
#include "tests/drivers/zvt_rig.h"

#include <string.h>

struct bench bench;
bool single;

struct zvt_terminal terminal;

const char totals_old[] = "60 F0 F1 F1 00 01 00 41 07 00 00 00 01 23 45";
const char totals_new[] = "60 F0 F1 F1 00 01 00 42 08 00 00 00 01 35 79";

void setup(void)
{
	memset(&terminal, 0, sizeof terminal);
	terminal.last = OLD;
	terminal.totals = totals_old;
	single = false;
}

void teardown(void)
{
	bench_done(&bench);
}

void say(const char *code, const char *data)
{
	uint8_t bytes[600], out[700];
	size_t n = hex(code, bytes, 3);
	struct ph_zvt_apdu apdu = {.code = (uint16_t)(bytes[0] << 8 | bytes[1])};

	ck_assert_uint_eq(n, 2);
	apdu.len = hex(data, bytes, sizeof bytes);
	apdu.data = bytes;
	ssize_t len = ph_zvt_apdu_encode(&apdu, out, sizeof out);
	ck_assert_int_gt(len, 0);
	bench_feed(&bench, out, (size_t)len, single);
}

const char *written(void)
{
	static char text[2048];

	ck_assert_uint_lt(bench.written.len, sizeof text / 2);
	text[0] = '\0';
	for (size_t i = 0; i < bench.written.len; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)bench.written.data[i]);
	ph_buf_reset(&bench.written);
	return text;
}

void up_with(const char *connection, const char *const *options)
{
	static const char *const usual[] = {"password=123456", NULL};

	bench_init(&bench, &ph_driver_zvt, connection, PH_CLASS_BIT(PH_CLASS_TERMINAL),
		options ? options : usual);
}

void up(void)
{
	up_with("tcp://127.0.0.1:20007", NULL);
	expect(REGISTRATION);
	say("80 00", "");
	say("06 0F", "19 00 29 12 34 56 78 49 09 78");
	expect(OK);
	bench_lines(&bench);
}

bool has(const char *lines, const char *text)
{
	return strstr(lines, text) != NULL;
}

void proceed(bool ok)
{
	bench_request(&bench, "payment.proceed",
		ok ? "{\"payment\":\"pay-1\",\"ok\":true}"
		   : "{\"payment\":\"pay-1\",\"ok\":false}");
}

void ask_before(const char *request)
{
	bench_request(&bench, "payment.start", request);
	expect(LAST);
	say("80 00", "");
	say("04 0F", OLD);
	say("06 0F", "");
	expect(OK OK TOTALS);
	say("80 00", "");
	say("04 0F", totals_old);
	say("06 0F", "");
	expect(OK OK);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "payment.need {\"payment\":\"pay-1\",\"need\":\"store\",\"kind\":"
				 "\"before\",\"data\":\"" BEFORE "\"}"),
		"%s", lines);
}

void begin_sale(void)
{
	ask_before(REQUEST("sale") "}");
	proceed(true);
	expect(PAYMENT);
	bench_lines(&bench);
}

void sale_with_result(void)
{
	begin_sale();
	say("80 00", "");
	say("04 FF", "0A");
	say("04 FF", "04");
	expect(OK OK);
	say("04 0F", NEW);
	expect("");
}

/* The terminal by itself: it answers questions, and is never sent a payment. */
static void answer(const struct ph_zvt_apdu *apdu)
{
	char state[8];

	if (terminal.mute || apdu->code == 0x8000)
		return;
	if (apdu->code == 0x0501 && terminal.no_state) {
		say("84 83", "");
		return;
	}
	if (apdu->code == 0x0610 && terminal.no_totals) {
		say("84 83", "");
		return;
	}
	terminal.seen_payments += apdu->code == 0x0601;
	terminal.seen_last += apdu->code == 0x0620;
	terminal.seen_days += apdu->code == 0x0650;
	say("80 00", "");
	if (apdu->code == 0x0620 && !terminal.last) {
		snprintf(state, sizeof state, "%02x", terminal.none);
		say("06 1E", state);
		return;
	}
	if (apdu->code == 0x0620)
		say("04 0F", terminal.last);
	if (apdu->code == 0x0610)
		say("04 0F", terminal.totals);
	snprintf(state, sizeof state, "%02x", terminal.state);
	say("06 0F", apdu->code == 0x0501 ? state : "");
}

void serve(unsigned ms)
{
	static uint8_t bytes[4096];

	for (unsigned passed = 0; passed <= ms; passed += 100) {
		while (bench.written.len) {
			size_t len = bench.written.len, at = 0;
			ck_assert_uint_le(len, sizeof bytes);
			memcpy(bytes, bench.written.data, len);
			ph_buf_reset(&bench.written);
			while (at < len) {
				struct ph_zvt_apdu apdu;
				size_t n = ph_zvt_apdu_parse(bytes + at, len - at, &apdu);
				ck_assert_uint_gt(n, 0);
				answer(&apdu);
				at += n;
			}
		}
		bench_advance(&bench, 100);
		if (bench.dropped) {
			bench.dropped = false;
			ph_device_link_down(&bench.device, true, 0);
			ph_device_link_up(&bench.device);
		}
	}
}
