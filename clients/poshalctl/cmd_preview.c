// Commands about documents without a new job: preview, validate, and the copy of a job that was printed.
#include "clients/poshalctl/ctl.h"

#include "base/base64.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int document_params(struct ctl *ctl, cJSON **ret_params)
{
	cJSON *document = NULL;
	int r = ctl_read_document(ctl, ctl->args[0], &document);

	if (r)
		return r;
	*ret_params = cJSON_CreateObject();
	cJSON_AddItemToObject(*ret_params, "document", document);
	if (ctl_value(ctl, "device"))
		cJSON_AddStringToObject(*ret_params, "device", ctl_value(ctl, "device"));
	return CTL_OK;
}

/* Between two rules as wide as the paper; each line is made safe on its own. */
static void print_receipt(const cJSON *result)
{
	const cJSON *columns = cJSON_GetObjectItemCaseSensitive(result, "columns");
	int width = cJSON_IsNumber(columns) && columns->valueint > 0 && columns->valueint < 500
			    ? columns->valueint
			    : 48;
	const char *text = ctl_str(result, "text");

	for (int i = 0; i < width; i++)
		putchar('-');
	putchar('\n');
	while (*text) {
		size_t len = strcspn(text, "\n");
		PH_CLEANUP_FREE char *line = strndup(text, len);
		if (line)
			ctl_puts(line);
		putchar('\n');
		text += len + (text[len] == '\n');
	}
	for (int i = 0; i < width; i++)
		putchar('-');
	putchar('\n');
}

/* ---- pictures ---- */

/* What --format names, and how it comes; text is the default. */
static const struct {
	const char *format, *member;
	bool bytes; /* base64, and nothing for a terminal */
} formats[] = {{"text", "text", false}, {"png", "png_b64", true}, {"svg", "svg", false},
	{"pdf", "pdf_b64", true}, {"html", "html", false}};

/* Index of the wanted format, or -1 after saying why. */
static int wanted_format(const struct ctl *ctl)
{
	const char *word = ctl_value(ctl, "format");
	size_t i = 0;

	while (word && i < PH_ARRAY_SIZE(formats) && strcmp(formats[i].format, word) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(formats)) {
		ctl_say("--format is text, png, svg, pdf or html.");
		return -1;
	}
	if (formats[i].bytes && !ctl->json && !ctl_value(ctl, "output") && isatty(STDOUT_FILENO)) {
		ctl_say("a %s is nothing for a terminal; name a file with --output.", word);
		return -1;
	}
	return (int)i;
}

static int write_file(const char *path, const void *data, size_t len)
{
	FILE *file = path ? fopen(path, "we") : stdout;
	bool written = file && fwrite(data, 1, len, file) == len && fflush(file) == 0;

	if (file && path)
		written = fclose(file) == 0 && written;
	if (!written)
		ctl_say("%s: %s.", path ? path : "standard output", strerror(errno));
	return written ? CTL_OK : CTL_FAILED;
}

/* Shows or writes what came. */
static int show_picture(const struct ctl *ctl, int format, const cJSON *result)
{
	const char *output = ctl_value(ctl, "output");
	const char *text = ctl_str(result, formats[format].member);
	size_t len = strlen(text);

	if (ctl->json) {
		ctl_print_json(result);
		return CTL_OK;
	}
	if (format == 0 && !output) {
		print_receipt(result);
		return CTL_OK;
	}
	if (!formats[format].bytes)
		return write_file(output, text, len);
	PH_CLEANUP_FREE uint8_t *data = malloc(len + 1);
	ssize_t n = data ? ph_base64_decode(text, len, data) : -ENOMEM;
	if (n <= 0) {
		ctl_say("the service sent no %s.", formats[format].format);
		return CTL_FAILED;
	}
	return write_file(output, data, (size_t)n);
}

/* Calls and shows; `params` is freed. */
static int fetch_picture(struct ctl *ctl, const char *method, cJSON *params, int format)
{
	cJSON *result = NULL;

	if (format)
		cJSON_AddStringToObject(params, "format", formats[format].format);
	int r = ctl_call(ctl, method, params, &result);
	if (r == CTL_OK)
		r = show_picture(ctl, format, result);
	cJSON_Delete(result);
	return r;
}

int ctl_run_preview(struct ctl *ctl)
{
	static const int64_t range[] = {8, 255};
	int format = wanted_format(ctl);
	int64_t columns;
	cJSON *params;

	if (format < 0 || ctl_number(ctl, "columns", range, 0, &columns))
		return CTL_USAGE;
	int r = document_params(ctl, &params);
	if (r)
		return r;
	if (columns)
		cJSON_AddNumberToObject(params, "columns", (double)columns);
	return fetch_picture(ctl, "printer.preview", params, format);
}

int ctl_run_job_copy(struct ctl *ctl)
{
	int format = wanted_format(ctl);

	if (format < 0)
		return CTL_USAGE;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "job", ctl->args[0]);
	return fetch_picture(ctl, "job.copy", params, format);
}

/* ---- validate ---- */

/* "$.document.body[2]: reason" per problem. */
static void print_problems(const cJSON *list, const char *prefix)
{
	const cJSON *problem, *item;

	cJSON_ArrayForEach(problem, list)
	{
		fputs(prefix, stdout);
		ctl_puts(ctl_str(problem, "path"));
		cJSON_ArrayForEach(item, problem)
		{
			if (!strcmp(item->string, "path") || !cJSON_IsString(item))
				continue;
			fputs(": ", stdout);
			ctl_puts(item->valuestring);
		}
		putchar('\n');
	}
}

int ctl_run_validate(struct ctl *ctl)
{
	cJSON *params, *result = NULL;
	int r = document_params(ctl, &params);

	if (r)
		return r;
	cJSON_AddTrueToObject(params, "explain");
	r = ctl_call(ctl, "printer.validate", params, &result);
	if (r)
		return r;
	bool valid = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "valid"));
	if (ctl->json) {
		ctl_print_json(result);
	} else {
		print_problems(cJSON_GetObjectItemCaseSensitive(result, "errors"), "error: ");
		print_problems(
			cJSON_GetObjectItemCaseSensitive(result, "degradations"), "degraded: ");
		puts(valid ? "valid" : "not valid");
	}
	cJSON_Delete(result);
	return valid ? CTL_OK : CTL_FAILED;
}
