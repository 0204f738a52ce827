// Commands about customer displays: whole screens, the idle text, a text that runs, what is seen.
#include "clients/poshalctl/ctl.h"

#include "base/cleanup.h"

int ctl_run_display_show(struct ctl *ctl)
{
	static const int64_t range[] = {0, 100};
	int64_t brightness;

	if (ctl_number(ctl, "brightness", range, -1, &brightness))
		return CTL_USAGE;
	cJSON *params = ctl_device_params(ctl->args[0]);
	cJSON *lines = cJSON_AddArrayToObject(params, "lines");
	for (int i = 1; i < ctl->arg_count; i++)
		cJSON_AddItemToArray(lines, cJSON_CreateString(ctl->args[i]));
	if (brightness >= 0)
		cJSON_AddNumberToObject(params, "brightness", (double)brightness);
	return ctl_call_quietly(ctl, "display.show", params);
}

int ctl_run_display_clear(struct ctl *ctl)
{
	return ctl_call_quietly(ctl, "display.clear", ctl_device_params(ctl->args[0]));
}

int ctl_run_display_idle(struct ctl *ctl)
{
	static const int64_t range[] = {1, 86400};
	int64_t after_s;

	if (ctl_number(ctl, "after", range, -1, &after_s))
		return CTL_USAGE;
	cJSON *params = ctl_device_params(ctl->args[0]);
	cJSON *lines = cJSON_AddArrayToObject(params, "lines");
	for (int i = 1; i < ctl->arg_count; i++)
		cJSON_AddItemToArray(lines, cJSON_CreateString(ctl->args[i]));
	if (after_s > 0)
		cJSON_AddNumberToObject(params, "after_s", (double)after_s);
	return ctl_call_quietly(ctl, "display.idle", params);
}

int ctl_run_display_content(struct ctl *ctl)
{
	cJSON *result = NULL;
	const cJSON *row;
	int r = ctl_call(ctl, "display.content", ctl_device_params(ctl->args[0]), &result);

	if (r)
		return r;
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(result, "rows"))
		{
			ctl_puts(cJSON_IsString(row) ? row->valuestring : "");
			putchar('\n');
		}
	}
	cJSON_Delete(result);
	return CTL_OK;
}

/* ---- marquee ---- */

static int capability(const cJSON *result, const char *name)
{
	const cJSON *device = cJSON_GetObjectItemCaseSensitive(result, "device");
	const cJSON *all = cJSON_GetObjectItemCaseSensitive(device, "capabilities");
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(all, name);

	return cJSON_IsNumber(item) ? item->valueint : 0;
}

static cJSON *window_params(struct ctl *ctl, const char *name, const char *word)
{
	cJSON *params = ctl_device_params(ctl->args[0]);

	cJSON_AddStringToObject(params, name, word);
	return params;
}

/* A window over one row that is wider than the display, so that its text can run. */
static cJSON *marquee_window(struct ctl *ctl, int row, int columns)
{
	const struct {
		const char *name;
		int value;
	} numbers[] = {{"viewport_row", row}, {"viewport_column", 0}, {"viewport_height", 1},
		{"viewport_width", columns}};
	cJSON *params = ctl_device_params(ctl->args[0]);
	int length = (int)ctl_width(ctl->args[1]);

	for (size_t i = 0; i < PH_ARRAY_SIZE(numbers); i++)
		cJSON_AddNumberToObject(params, numbers[i].name, numbers[i].value);
	cJSON_AddNumberToObject(params, "columns", length > columns ? length : columns + 1);
	return params;
}

static int run_marquee(struct ctl *ctl, int row, int columns, int64_t step_ms)
{
	int r = ctl_call(ctl, "display.window.create", marquee_window(ctl, row, columns), NULL);
	if (!r)
		r = ctl_call(ctl, "display.marquee", window_params(ctl, "type", "init"), NULL);
	if (!r)
		r = ctl_call(
			ctl, "display.window.text", window_params(ctl, "text", ctl->args[1]), NULL);
	if (r)
		return r;
	cJSON *params = window_params(ctl, "type", "left");
	cJSON_AddNumberToObject(params, "unit_wait_ms", (double)step_ms);
	cJSON_AddNumberToObject(params, "repeat_wait_ms", 2000);
	return ctl_call_quietly(ctl, "display.marquee", params);
}

int ctl_run_display_marquee(struct ctl *ctl)
{
	static const int64_t step_range[] = {100, 60000}, row_range[] = {1, 8};
	int64_t step_ms, row;
	cJSON *result = NULL;

	if (ctl_number(ctl, "step", step_range, 200, &step_ms) ||
		ctl_number(ctl, "row", row_range, 0, &row))
		return CTL_USAGE;
	int r = ctl_call(ctl, "device.get", ctl_device_params(ctl->args[0]), &result);
	if (r)
		return r;
	int rows = capability(result, "rows"), columns = capability(result, "columns");
	cJSON_Delete(result);
	return run_marquee(ctl,
		(int)(row      ? row
			: rows ? rows
			       : 1) -
			1,
		columns ? columns : 20, step_ms);
}
