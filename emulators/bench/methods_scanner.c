// Control methods of scanners.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "emulators/bench/control.h"

static int scan_once(
	struct ph_bench_device *d, const char *symbology, const uint8_t *label, size_t len)
{
	ph_emu_plug_look(d->plug);
	if (!ph_emu_plug_is_connected(d->plug))
		return -ENOLINK;
	return ph_emu_reader_scan(d->reader, ph_bench_now(d->bench), symbology, label, len);
}

static void answer_not_scanned(struct ph_call *call, int r)
{
	static const struct {
		int error;
		enum ph_error name;
		const char *text;
	} rows[] = {
		{-EINVAL, PH_E_ILLEGAL,
			"not scanned: unknown params.symbology, or none of this scanner"},
		{-ENOLINK, PH_E_NOHARDWARE,
			"not scanned: the scanner is unplugged, or no host has it"},
		{-EPERM, PH_E_DISABLED, "not scanned: the host has disabled the scanner"},
		{-EMSGSIZE, PH_E_ILLEGAL, "not scanned: the label is too long"},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (rows[i].error == r) {
			ph_call_error(call, rows[i].name, "%s", rows[i].text);
			return;
		}
	ph_call_error(call, PH_E_BUSY, "not scanned: %s", strerror(-r));
}

static void run_scan(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCANNER);
	const cJSON *p = call->params;
	const char *text = ph_param_text(p, "text", NULL),
		   *b64 = ph_param_text(p, "data_b64", NULL);
	if (!d)
		return;
	if ((text != NULL) == (b64 != NULL)) {
		ph_call_error(call, PH_E_ILLEGAL, "one of params.text and params.data_b64");
		return;
	}
	PH_CLEANUP_FREE uint8_t *data = malloc(b64 ? strlen(b64) + 1 : 1);
	ssize_t len =
		b64 ? ph_base64_decode(b64, strlen(b64), data) : (ssize_t)strlen(text ? text : "");
	if (len < 0) {
		ph_call_error(call, PH_E_ILLEGAL, "params.data_b64 is not base64");
		return;
	}
	const uint8_t *label = b64 ? data : (const uint8_t *)text;
	uint64_t times = (uint64_t)ph_param_number(p, "times", 1);
	int r = 0;
	for (uint64_t i = 0; i < times && r == 0; i++)
		r = scan_once(d, ph_param_text(p, "symbology", NULL), label, (size_t)len);
	ph_bench_touched(d);
	if (r < 0) {
		answer_not_scanned(call, r);
		return;
	}
	ph_bench_note(call->bench, d->id, "scan", NULL);
	ph_call_ok(call, NULL);
}

static cJSON *state_json(const struct ph_bench_device *d)
{
	const struct ph_emu_reader *r = d->reader;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "protocol", r->kind->word);
	cJSON_AddBoolToObject(o, "enabled", r->enabled);
	cJSON_AddBoolToObject(o, "triggered", r->armed);
	cJSON_AddBoolToObject(o, "beeper", r->beeper);
	cJSON_AddNumberToObject(o, "good", r->good);
	cJSON_AddNumberToObject(o, "error", r->error);
	cJSON_AddNumberToObject(o, "not_on_file", r->not_on_file);
	cJSON_AddNumberToObject(o, "transmit_errors", r->errors_sent);
	cJSON_AddNumberToObject(o, "lamps", r->lamps);
	cJSON_AddNumberToObject(o, "received", (double)r->unit.received);
	cJSON_AddNumberToObject(o, "waiting", (double)ph_emu_unit_waiting(&r->unit));
	cJSON_AddNumberToObject(o, "baud", d->line.baud);
	cJSON_AddBoolToObject(o, "dtr", d->line.dtr);
	cJSON_AddNumberToObject(o, "commands_seen", (double)r->n_commands);
	cJSON *list = cJSON_AddArrayToObject(o, "commands");
	const char *command;
	for (unsigned i = 0; i < 16 && (command = ph_emu_reader_command(r, i)); i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(command));
	return o;
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCANNER);
	if (d)
		ph_call_ok(call, state_json(d));
}

static bool same(const cJSON *params, const cJSON *state, const char *name)
{
	const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(params, name);
	const cJSON *is = cJSON_GetObjectItemCaseSensitive(state, name);
	return !wanted || cJSON_Compare(wanted, is, true);
}

static bool condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	const struct ph_emu_reader *r = d->reader;
	const char *command = ph_param_text(p, "command", NULL), *seen;
	bool found = !command;

	for (unsigned i = 0; !found && (seen = ph_emu_reader_command(r, i)); i++)
		found = strcmp(seen, command) == 0;
	if (!found || r->good < (unsigned)ph_param_number(p, "good", 0) ||
		r->error < (unsigned)ph_param_number(p, "error", 0) ||
		r->not_on_file < (unsigned)ph_param_number(p, "not_on_file", 0) ||
		(ph_param_has(p, "connected") &&
			ph_param_bool(p, "connected", true) != ph_emu_plug_is_connected(d->plug)))
		return false;
	cJSON *state = state_json(d);
	if (!same(p, state, "enabled") || !same(p, state, "triggered") ||
		!same(p, state, "waiting")) {
		cJSON_Delete(state);
		return false;
	}
	*ret_result = state;
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCANNER);
	if (d)
		ph_call_wait(call, d, condition);
}

static void run_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCANNER);
	const char *suffix = ph_param_text(call->params, "suffix", NULL);
	const char *prefix = ph_param_text(call->params, "prefix", NULL);
	if (!d)
		return;
	if ((suffix && ph_bench_set_key(d, "suffix", suffix) < 0) ||
		(prefix && ph_bench_set_key(d, "prefix", prefix) < 0)) {
		ph_call_error(call, PH_E_ILLEGAL,
			"params.suffix is one of: cr lf crlf tab stx-etx none; params.prefix has "
			"at most "
			"16 bytes");
		return;
	}
	d->reader->line.suffix = d->scanner.suffix;
	memcpy(d->reader->line.prefix, d->scanner.prefix, sizeof d->scanner.prefix);
	d->reader->line.aim = ph_param_bool(call->params, "aim", d->reader->line.aim);
	d->reader->gap_ms = (unsigned)ph_param_number(call->params, "gap_ms", d->reader->gap_ms);
	d->reader->alt = ph_param_bool(call->params, "alt", d->reader->alt);
	ph_call_ok(call, state_json(d));
}

const struct ph_method ph_bench_scanner_methods[] = {
	{"scanner.scan", "device:s text:s data_b64:s symbology:s times:n", run_scan},
	{"scanner.set", "device:s prefix:s suffix:s aim:b gap_ms:n alt:b", run_set},
	{"scanner.state", "device:s", run_state},
	{"scanner.wait",
		"device:s enabled:b triggered:b connected:b good:n error:n not_on_file:n waiting:n "
		"command:s timeout_ms:n",
		run_wait},
	{0},
};
