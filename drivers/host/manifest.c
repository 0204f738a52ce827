// Writes the manifest of a driver: what poshald and people know about it without running it.
#include "base/cleanup.h"
#include "base/names.h"
#include "drivers/host/device.h"

#include <string.h>

static const char *const type_names[] = {"text", "int", "bool", "choice"};

static const char *const maturities[] = {
	[PH_EXPERIMENTAL] = "experimental",
	[PH_TESTED] = "tested",
	[PH_SUPPORTED] = "supported",
};

static void add_member(struct ph_buf *out, const char *key, const char *text)
{
	ph_buf_printf(out, "\"%s\":", key);
	ph_buf_add_json_str(out, text, strlen(text));
}

static void add_list(struct ph_buf *out, const char *const *list)
{
	ph_buf_add_char(out, '[');
	for (const char *const *text = list; *text; text++) {
		if (text != list)
			ph_buf_add_char(out, ',');
		ph_buf_add_json_str(out, *text, strlen(*text));
	}
	ph_buf_add_char(out, ']');
}

static void add_option(struct ph_buf *out, const struct ph_option *option)
{
	ph_buf_add_char(out, '{');
	add_member(out, "name", option->name);
	ph_buf_add_char(out, ',');
	add_member(out, "type", type_names[option->type]);
	if (option->type == PH_OPTION_INT)
		ph_buf_printf(out, ",\"min\":%ld,\"max\":%ld", option->min, option->max);
	if (option->type == PH_OPTION_CHOICE) {
		ph_buf_add_str(out, ",\"choices\":");
		add_list(out, option->choices);
	}
	if (option->preset) {
		ph_buf_add_char(out, ',');
		add_member(out, "default", option->preset);
	}
	ph_buf_add_char(out, ',');
	add_member(out, "summary", option->summary);
	ph_buf_add_char(out, '}');
}

static void add_match(struct ph_buf *out, const struct ph_match *match)
{
	static const char *const binds[] = {[PH_BIND_AUTO] = "auto", [PH_BIND_OFFER] = "offer"};
	const struct {
		const char *key, *text;
	} texts[] = {{"proto", match->proto}, {"maker", match->maker}, {"model", match->model},
		{"options", match->options}};

	ph_buf_add_char(out, '{');
	add_member(out, "node", match->node);
	if (match->vendor && match->product_last)
		ph_buf_printf(out, ",\"usb\":\"%04x:%04x-%04x\"", match->vendor, match->product,
			match->product_last);
	else if (match->vendor)
		ph_buf_printf(out, ",\"usb\":\"%04x:%04x\"", match->vendor, match->product);
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++) {
		if (!texts[i].text)
			continue;
		ph_buf_add_char(out, ',');
		add_member(out, texts[i].key, texts[i].text);
	}
	ph_buf_add_char(out, ',');
	add_member(out, "bind", binds[match->bind]);
	ph_buf_add_char(out, ',');
	add_member(out, "maturity", maturities[match->maturity]);
	ph_buf_add_char(out, '}');
}

int ph_manifest_write(struct ph_buf *out, const struct ph_driver *driver, const char *exec)
{
	const char *classes[PH_CLASS_COUNT_ + 1] = {NULL}, *named[PH_CLASS_COUNT_ + 1] = {NULL};
	int count = 0;

	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (driver->classes & PH_CLASS_BIT(i))
			classes[count++] = ph_class_name((enum ph_class)i);
	count = 0;
	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (driver->classes_named & PH_CLASS_BIT(i))
			named[count++] = ph_class_name((enum ph_class)i);
	ph_buf_add_char(out, '{');
	add_member(out, "name", driver->name);
	ph_buf_add_char(out, ',');
	add_member(out, "version", driver->version);
	ph_buf_add_char(out, ',');
	add_member(out, "exec", exec);
	ph_buf_add_char(out, ',');
	add_member(out, "summary", driver->summary);
	ph_buf_add_char(out, ',');
	add_member(out, "maturity", maturities[driver->maturity]);
	ph_buf_add_str(out, ",\n \"classes\":");
	add_list(out, classes);
	if (count) {
		ph_buf_add_str(out, ",\"classes_named\":");
		add_list(out, named);
	}
	ph_buf_add_str(out, ",\"connections\":");
	add_list(out, driver->connections);
	ph_buf_add_str(out, ",\n \"options\":[");
	for (size_t i = 0; i < driver->option_count; i++) {
		ph_buf_add_str(out, i ? ",\n  " : "\n  ");
		add_option(out, &driver->options[i]);
	}
	const struct ph_option *option;
	for (size_t i = 0; (option = ph_host_option(driver, i)); i++) {
		ph_buf_add_str(out, i + driver->option_count ? ",\n  " : "\n  ");
		add_option(out, option);
	}
	ph_buf_add_str(out, "],\n \"match\":[");
	for (size_t i = 0; i < driver->match_count; i++) {
		ph_buf_add_str(out, i ? ",\n  " : "\n  ");
		add_match(out, &driver->matches[i]);
	}
	return ph_buf_add_str(out, "]}\n");
}
