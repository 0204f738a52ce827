// Scanners on a hidraw node: which protocol they speak, and what is the same for all of them.
#include "drivers/scanner-hid/scanner_hid.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct ph_hidscan_protocol *const protocols[] = {
	&ph_hidscan_pos, &ph_hidscan_oem_hand, &ph_hidscan_oem_table, &ph_hidscan_snapi};

static const char *const protocol_names[] = {
	"auto", "hidpos", "ibm-oem-hand", "ibm-oem-table", "snapi", NULL};

/* ---- which protocol ---- */

/* Its descriptor has no usages that are known: it is told by its reports. */
static bool looks_like_snapi(const struct ph_hid *hid)
{
	static const uint8_t inputs[] = {0x21, 0x22, 0x24, 0x27};

	for (size_t i = 0; i < PH_ARRAY_SIZE(inputs); i++)
		if (ph_hid_report_len(hid, PH_HID_INPUT, inputs[i]) != PH_SNAPI_REPORT_LEN)
			return false;
	return ph_hid_report_len(hid, PH_HID_OUTPUT, 0x01) == PH_SNAPI_REPORT_LEN;
}

static const struct ph_hidscan_protocol *find_protocol(const struct ph_hid *hid)
{
	struct ph_hidpos_layout layout;

	/* what takes new firmware is never spoken to */
	if (ph_hid_is_vendor(hid, PH_OEM_USAGE_FLASH))
		return NULL;
	if (ph_hidpos_layout(hid, NULL, &layout) == 0)
		return &ph_hidscan_pos;
	if (ph_hid_is_vendor(hid, PH_OEM_USAGE_HAND_HELD))
		return &ph_hidscan_oem_hand;
	if (ph_hid_is_vendor(hid, PH_OEM_USAGE_TABLE_TOP))
		return &ph_hidscan_oem_table;
	return looks_like_snapi(hid) ? &ph_hidscan_snapi : NULL;
}

static bool scanner_suits(const uint8_t *descriptor, size_t len)
{
	struct ph_hid hid;

	return ph_hid_parse(descriptor, len, &hid) == 0 && find_protocol(&hid);
}

static const struct ph_hidscan_protocol *choose(struct ph_device *device, const struct ph_hid *hid)
{
	const char *name = ph_option_text(device, "protocol");

	for (size_t i = 0; i < PH_ARRAY_SIZE(protocols); i++)
		if (strcmp(protocols[i]->name, name) == 0)
			return protocols[i];
	return find_protocol(hid);
}

/* ---- time ---- */

uint64_t ph_hidscan_time(struct ph_device *device)
{
	const struct ph_hidscan *state = ph_device_state(device);

	return ph_now_ms(device) - state->unheard_ms;
}

/* When a label or an answer is late, by our clock. */
static uint64_t due_at(struct ph_device *device)
{
	const struct ph_hidscan *state = ph_device_state(device);
	uint64_t label = state->protocol->deadline(device);
	uint64_t answer = ph_hidscan_commands_deadline(&state->commands);

	if (label != UINT64_MAX)
		label += state->unheard_ms;
	return label < answer ? label : answer;
}

/* A report is there and the timer has not yet told of the silence before it: nobody has listened to that. It counts once. */
static void hear(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	uint64_t due = due_at(device), now = ph_now_ms(device);

	if (due < state->heard_ms)
		due = state->heard_ms;
	if (due > now)
		return;
	state->unheard_ms += now - due + 1;
	state->heard_ms = now + 1;
}

/* Keeps the timer at what is due next; a whole label in one report, the ordinary case, never touches it. */
static void arm(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol)
		return;
	uint64_t at = due_at(device);
	if (state->retry_at_ms && state->retry_at_ms < at)
		at = state->retry_at_ms;
	if (at == UINT64_MAX)
		at = 0;
	if (at == state->timer_at_ms)
		return;
	uint64_t now = ph_now_ms(device);
	state->timer_at_ms = at;
	ph_timer_set(device, !at ? 0 : at > now ? (unsigned)(at - now) : 1);
}

static void scanner_tick(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	uint64_t now = ph_now_ms(device), time = ph_hidscan_time(device);

	state->timer_at_ms = 0;
	if (!state->protocol)
		return;
	if (state->protocol->deadline(device) <= time)
		state->protocol->late(device, time);
	ph_hidscan_commands_tick(device, now);
	if (state->retry_at_ms && state->retry_at_ms <= now) {
		state->retry_at_ms = 0;
		state->protocol->retry(device);
	}
	arm(device);
}

/* ---- ready or not ---- */

void ph_hidscan_is_ready(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);

	state->ready = true;
	state->retry_at_ms = 0;
	state->retry_ms = PH_HIDSCAN_RETRY_MIN_MS;
	ph_device_ready(device);
}

void ph_hidscan_not_ready(struct ph_device *device, const char *message)
{
	struct ph_hidscan *state = ph_device_state(device);

	state->ready = false;
	state->commands = (struct ph_hidscan_commands){0};
	if (!state->retry_at_ms) {
		state->retry_at_ms = ph_now_ms(device) + state->retry_ms;
		state->retry_ms *= 2;
		if (state->retry_ms > PH_HIDSCAN_RETRY_MAX_MS)
			state->retry_ms = PH_HIDSCAN_RETRY_MAX_MS;
	}
	ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING), message);
}

/* ---- the life of the driver ---- */

/* "upc_ean=on code39=off itf_length_1=14" */
static int parse_settings(struct ph_device *device, const char *text)
{
	struct ph_hidscan *state = ph_device_state(device);
	uint8_t config[PH_OEM_CONFIG_LEN] = {0};
	char name[32];

	while (*(text += strspn(text, " ,"))) {
		size_t len = strcspn(text, " ,"), name_len = strcspn(text, "= ,");
		const char *value = text + name_len + 1;
		unsigned setting = 0;
		if (name_len >= sizeof name || name_len + 1 >= len)
			return ph_option_refuse(device, "settings", "is name=value name=value ...");
		memcpy(name, text, name_len);
		name[name_len] = '\0';
		while (setting < PH_OEM_SETTINGS &&
			strcmp(ph_oem_setting_name((enum ph_oem_setting)setting), name) != 0)
			setting++;
		long number = strtol(value, NULL, 10);
		if (!strncmp(value, "on", 2) || !strncmp(value, "off", 3))
			number = value[1] == 'n';
		else if (*value < '0' || *value > '9')
			number = -1;
		if (setting == PH_OEM_SETTINGS)
			return ph_option_refuse(device, "settings", "there is no `%s`", name);
		if (number < 0 || number > 63 ||
			ph_oem_config_set(config, (enum ph_oem_setting)setting, (unsigned)number))
			return ph_option_refuse(
				device, "settings", "`%s` cannot have this value", name);
		state->settings[setting] = (int8_t)number;
		text += len;
	}
	return 0;
}

static int scanner_init(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	const char *settings = ph_option_text(device, "settings");

	memset(state->settings, -1, sizeof state->settings);
	state->on = true;
	state->cut_cr = !strcmp(ph_option_text(device, "suffix"), "cr");
	state->identify = ph_option_bool(device, "identify");
	return settings ? parse_settings(device, settings) : 0;
}

static uint16_t usb_vendor(struct ph_device *device)
{
	const char *ids = ph_device_connection(device, "usb_id");

	return ids ? (uint16_t)strtoul(ids, NULL, 16) : 0;
}

static int scanner_open(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	size_t len = 0;
	const uint8_t *descriptor = ph_link_descriptor(device, &len);
	struct ph_hid hid;

	state->maker = ph_hidscan_find_maker(ph_option_text(device, "maker"), usb_vendor(device));
	state->model[0] = state->serial[0] = state->firmware[0] = '\0';
	state->commands = (struct ph_hidscan_commands){0};
	state->ready = false;
	state->timer_at_ms = state->retry_at_ms = state->unheard_ms = state->heard_ms = 0;
	state->retry_ms = PH_HIDSCAN_RETRY_MIN_MS;
	state->capabilities = (struct ph_scanner_capabilities){0};
	if (descriptor && ph_hid_parse(descriptor, len, &hid) == 0)
		state->protocol = choose(device, &hid);
	int r = state->protocol ? state->protocol->open(device, &hid) : -ENOTSUP;
	if (r < 0) {
		char why[200] = "it is no HID device";
		if (descriptor)
			ph_hidscan_why_not(usb_vendor(device), descriptor, len, why, sizeof why);
		state->protocol = NULL;
		ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_WRONG_MODE), why);
		return PH_LATER;
	}
	arm(device);
	return r;
}

static void scanner_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!lost && state->protocol && state->protocol->leave)
		state->protocol->leave(device);
	state->protocol = NULL;
	state->timer_at_ms = 0;
}

static void scanner_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol || !len)
		return;
	hear(device);
	state->protocol->report(device, data, len);
	arm(device);
}

/* ---- requests ---- */

static int scanner_enable(struct ph_device *device, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);
	bool was = state->on;

	state->on = on;
	if (!state->protocol)
		return 0; /* it is told when it is back */
	int r = state->protocol->enable(device, on);
	if (r < 0)
		state->on = was;
	arm(device);
	return r;
}

static int scanner_beep(struct ph_device *device, enum ph_beep kind)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol)
		return -ENOTCONN;
	int r = state->protocol->beep(device, kind);
	arm(device);
	return r;
}

static int scanner_trigger(struct ph_device *device, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol)
		return -ENOTCONN;
	int r = state->protocol->trigger(device, on);
	arm(device);
	return r;
}

static int scanner_symbology(struct ph_device *device, const char *name, bool on)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol)
		return -ENOTCONN;
	int r = state->protocol->symbology(device, name, on);
	arm(device);
	return r;
}

static int scanner_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct ph_hidscan *state = ph_device_state(device);

	if (!state->protocol)
		return -ENOTCONN;
	int r = state->protocol->direct(device, data, len);
	return r < 0 ? r : ph_link_write(device, data, len);
}

static const struct ph_scanner_ops scanner_ops = {
	.enable = scanner_enable,
	.beep = scanner_beep,
	.trigger = scanner_trigger,
	.symbology = scanner_symbology,
};

static const char *const suffixes[] = {"none", "cr", NULL};
static const char *const connections[] = {"hid", NULL};

static const struct ph_option options[] = {
	{.name = "protocol",
		.type = PH_OPTION_CHOICE,
		.choices = protocol_names,
		.preset = "auto",
		.summary = "auto: as the report descriptor says"},
	{.name = "maker",
		.type = PH_OPTION_CHOICE,
		.choices = ph_hidscan_maker_names,
		.preset = "auto",
		.summary = "whose commands and identifiers it has; auto: by its USB ids"},
	{.name = "suffix",
		.type = PH_OPTION_CHOICE,
		.choices = suffixes,
		.preset = "none",
		.summary = "cr: a HID POS scanner adds CR to each label, which is removed"},
	{.name = "identify",
		.type = PH_OPTION_BOOL,
		.preset = "yes",
		.summary = "ask the scanner for model, serial number and firmware"},
	{.name = "settings",
		.type = PH_OPTION_TEXT,
		.summary = "of IBM OEM scanners, written when they come up: \"code39=on "
			   "addon_2=off itf_length_1=14\""},
};

const struct ph_driver ph_driver_scanner_hid = {
	.name = "scanner-hid",
	.version = POSHAL_VERSION,
	.summary = "barcode scanners on USB HID: HID POS, IBM OEM, Zebra SNAPI",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = ph_hidscan_matches,
	.match_count = PH_HIDSCAN_MATCHES,
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct ph_hidscan),
	.init = scanner_init,
	.open = scanner_open,
	.close = scanner_close,
	.receive = scanner_receive,
	.tick = scanner_tick,
	.hid_suits = scanner_suits,
	.hid_why_not = ph_hidscan_why_not,
	.direct = scanner_direct,
	.scanner = &scanner_ops,
};
