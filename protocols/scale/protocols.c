// The table of scale protocols: names, lines, requests, decoders.
#include "protocols/scale/internal.h"

#include "base/cleanup.h"

#include <string.h>

#define SEND(...)                                                                                  \
	{                                                                                          \
		sizeof(uint8_t[]){__VA_ARGS__},                                                    \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define ON(request, ...) [PH_SCALE_REQUEST_##request] = SEND(__VA_ARGS__)

/* W, H, Z, T CR, C, A, B of the 8217 */
#define TOLEDO_BASE ON(WEIGHT, 'W'), ON(FINE, 'H'), ON(ZERO, 'Z')
#define TOLEDO_ALL                                                                                 \
	TOLEDO_BASE, ON(TARE, 'T', 0x0d), ON(CLEAR_TARE, 'C'), ON(TEST, 'A'), ON(RESULT, 'B')

const struct ph_scale_protocol ph_scale_protocols[] = {
	{.name = "toledo-8217",
		.line = "9600 7E1",
		.mask = true,
		.digital_tare = true,
		.read = ph_scale_read_toledo,
		.requests = {TOLEDO_ALL}},
	{.name = "toledo-8213",
		.line = "9600 7E1",
		.mask = true,
		.no_net = true,
		.read = ph_scale_read_toledo,
		.requests = {TOLEDO_BASE}},
	{.name = "sasi",
		.line = "9600 7E1",
		.mask = true,
		.once = true,
		.test_passed_is_1 = true,
		.digital_tare = true,
		.read = ph_scale_read_toledo,
		.requests = {TOLEDO_ALL}},
	/* one manual's single letters for under zero and outside zero */
	{.name = "sasi-letters",
		.line = "9600 7E1",
		.experimental = true,
		.mask = true,
		.once = true,
		.letters = true,
		.test_passed_is_1 = true,
		.digital_tare = true,
		.read = ph_scale_read_toledo,
		.requests = {TOLEDO_ALL}},
	{.name = "nci",
		.line = "9600 7E1",
		.mask = true,
		.read = ph_scale_read_nci,
		.requests = {ON(WEIGHT, 'W', 0x0d), ON(FINE, 'H', 0x0d), ON(STATUS, 'S', 0x0d),
			ON(ZERO, 'Z', 0x0d), ON(UNIT, 'U', 0x0d)}},
	{.name = "sma",
		.line = "9600 8N1",
		.read = ph_scale_read_sma,
		.requests = {ON(WEIGHT, 0x0a, 'W', 0x0d), ON(STABLE, 0x0a, 'P', 0x0d),
			ON(FINE, 0x0a, 'H', 0x0d), ON(ZERO, 0x0a, 'Z', 0x0d),
			ON(TARE, 0x0a, 'T', 0x0d), ON(CLEAR_TARE, 0x0a, 'C', 0x0d),
			ON(UNIT, 0x0a, 'U', 0x0d), ON(CANCEL, 0x1b)}},
	{.name = "mettler-continuous",
		.continuous = true,
		.mask = true,
		.read = ph_scale_read_continuous},
	{.name = "cas",
		.line = "9600 8N1",
		.read = ph_scale_read_cas,
		.requests = {ON(WEIGHT, 0x05), ON(DATA, 0x11), ON(DATA_PRICE, 0x12)}},
	{.name = "cas-status",
		.line = "9600 8N1",
		.from_code = true,
		.read = ph_scale_read_cas_status,
		.requests = {ON(WEIGHT, 0x05), ON(DATA, 0x11)}},
	{.name = "cas-w",
		.line = "9600 7E1",
		.from_code = true,
		.experimental = true,
		.mask = true,
		.read = ph_scale_read_cas_w,
		.requests = {ON(WEIGHT, 'W')}},
	{.name = "cas-22", .continuous = true, .read = ph_scale_read_cas22},
	{.name = "and-18",
		.continuous = true,
		.mask = true,
		.bare = true,
		.read = ph_scale_read_and18},
	{.name = "cas-10",
		.continuous = true,
		.mask = true,
		.bare = true,
		.read = ph_scale_read_cas10},
	{.name = "dini",
		.continuous = true,
		.mask = true,
		.bare = true,
		.read = ph_scale_read_dini},
	{.name = "prix3",
		.line = "9600 8N1",
		.from_code = true,
		.read = ph_scale_read_prix3,
		.requests = {ON(WEIGHT, 0x05)}},
	{.name = "prt4",
		.line = "9600 8N1",
		.from_code = true,
		.read = ph_scale_read_prt4,
		.requests = {ON(WEIGHT, 0x05)}},
	{.name = "micheletti-p15",
		.line = "9600 8N1",
		.from_code = true,
		.read = ph_scale_read_p15,
		.requests = {ON(WEIGHT, 0x05)}},
	{.name = "adam",
		.line = "4800 8N1",
		.bare = true,
		.from_code = true,
		.silent_same = true,
		.read = ph_scale_read_text,
		.requests = {ON(WEIGHT, 'P', 0x0d, 0x0a)}},
	{.name = "samsung-esp",
		.line = "4800 8O1",
		.bare = true,
		.from_code = true,
		.read = ph_scale_read_text,
		.requests = {ON(WEIGHT, '$')}},
	{.name = "mettler-ind221",
		.line = "9600 8N1",
		.bare = true,
		.from_code = true,
		.read = ph_scale_read_text,
		.requests = {ON(WEIGHT, 'P')}},
	{.name = "kern",
		.line = "1200 8N2",
		.bare = true,
		.from_code = true,
		.continuous = true,
		.read = ph_scale_read_kern},
	/* weight at once with a reason when there is none, or when it is stable */
	{.name = "magellan",
		.line = "9600 7O1",
		.mask = true,
		.read = ph_scale_read_magellan,
		.requests = {ON(WEIGHT, 'S', '1', '4', 0x0d), ON(STABLE, 'S', '1', '1', 0x0d),
			ON(STATUS, 'S', '1', '3', 0x0d), ON(CANCEL, 'S', '1', '2', 0x0d)}},
	{.name = "dialog06",
		.line = "4800 7O1",
		.from_code = true,
		.mask = true,
		.read = ph_scale_read_dialog06,
		.requests = {ON(WEIGHT, 0x04, 0x05), ON(STATUS, 0x04, 0x02, '0', '8', 0x03)}},
};
const size_t ph_scale_protocol_count = PH_ARRAY_SIZE(ph_scale_protocols);

const struct ph_scale_protocol *ph_scale_protocol_by_name(const char *name)
{
	for (size_t i = 0; i < ph_scale_protocol_count; i++)
		if (!strcmp(ph_scale_protocols[i].name, name))
			return &ph_scale_protocols[i];
	return NULL;
}
