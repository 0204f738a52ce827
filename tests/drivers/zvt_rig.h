/* The driver zvt on a bench, with a terminal that is scripted or answers questions by itself. */
#ifndef PH_TESTS_DRIVERS_ZVT_RIG_H
#define PH_TESTS_DRIVERS_ZVT_RIG_H

#include "drivers/registry.h"
#include "protocols/zvt/apdu.h"
#include "tests/drivers/bench.h"
#include "tests/protocols/hex_help.h"

#define REGISTRATION "06000e123456be0978060626040a0206d3"
#define LAST	     "0620051234560303"
#define TOTALS	     "061003123456"
#define PAYMENT                                                                                    \
	"06010f04000000001234490978"                                                               \
	"06031f1f00"
#define OK "800000"

#define RECEIPT(number, trace, time, code)                                                         \
	"27 " code " 04 00 00 00 00 12 34 49 09 78 0B 00 01 " trace " 0C " time                    \
	" 00 0D 11 22 22 F0 F8 54 13 33 EE EE EE 00 11 29 12 34 56 78 87 00 " number               \
	" 8B F0 F5 56 49 53 41 00"
#define OLD RECEIPT("41", "22", "08 00", "00")
#define NEW RECEIPT("42", "23", "09 31", "00")

#define REQUEST(type)                                                                              \
	"{\"payment\":\"pay-1\",\"type\":\"" type "\",\"amount\":1234,\"currency\":{\"code\":"     \
	"\"EUR\",\"number\":978,\"exponent\":2},\"date\":20261122,\"time\":93059,\"counter\":7"
#define BEFORE "start=20261122093059 receipt=0041 trace=000122 count=7 sum=12345"

#define END_APPROVED                                                                               \
	"payment.end {\"payment\":\"pay-1\",\"outcome\":\"approved\",\"amount_approved\":1234,"    \
	"\"data\":{\"entry\":\"terminal\",\"masked_pan\":\"541333******0011\",\"scheme\":"         \
	"\"VISA\","                                                                                \
	"\"reference\":\"receipt=0042 trace=000123\"}}"

extern const char totals_old[], totals_new[];

extern struct bench bench;
extern bool single; /* bytes of the terminal come one by one */

/* What the terminal holds, and how it answers when it serves by itself. */
struct zvt_terminal {
	const char *last, *totals; /* data of the 04 0F; NULL: it has none */
	uint8_t none;		   /* the code of the 06 1E then */
	uint8_t state;
	bool no_state, no_totals, mute; /* 84 83 00; no word at all */
	unsigned seen_payments, seen_last, seen_days;
};
extern struct zvt_terminal terminal;

void setup(void);
void teardown(void);

/* A message of the terminal: the code, then its data; the length is put between them. */
void say(const char *code, const char *data);

/* What went to the terminal since the last look, in hexadecimal. */
const char *written(void);
#define expect(text) ck_assert_str_eq(written(), text)

bool has(const char *lines, const char *text);
void proceed(bool ok);

/* `options` NULL: the password only. */
void up_with(const char *connection, const char *const *options);
void up(void); /* registered on TCP */

/* From the request to the moment before the command itself. */
void ask_before(const char *request);
void begin_sale(void);
/* Up to the result, which is being stored. */
void sale_with_result(void);

/* Lets the terminal answer by itself for some time. */
void serve(unsigned ms);

#endif
