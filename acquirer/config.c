// Reads acquirer.conf and says by file and line what is wrong; opening the link by it is main.c's and link_iso.c's.
#include "acquirer/config.h"

#include "base/base64.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kind { TEXT, DIGITS, NUMBER, YES_NO, PINS };

/* Which links know a key, and which of them must have it. */
enum { ISO = 1, HTTPS = 2, BOTH = 3, NONE = 0 };

static const char *const links[] = {"iso8583", "https"};

/* A key: where it goes, how long it may be, whose it is. */
static const struct key {
	const char *name;
	enum kind kind;
	size_t at;
	size_t min, max; /* of a text its bytes, of a number itself */
	unsigned of, must;
} keys[] = {
#define AT(member) offsetof(struct ph_acquirer_config, member)
	{"link", TEXT, AT(link), 1, 8, BOTH, NONE},
	{"host", TEXT, AT(host), 1, 63, ISO, ISO},
	{"port", NUMBER, AT(port), 1, 65535, ISO, ISO},
	{"dialect", TEXT, AT(dialect), 1, 199, ISO, ISO},
	{"url", TEXT, AT(url), 1, 199, HTTPS, HTTPS},
	{"token", TEXT, AT(token), 1, 199, HTTPS, NONE},
	{"track2", YES_NO, AT(track2), 0, 0, HTTPS, NONE},
	{"tid", TEXT, AT(tid), 1, 8, BOTH, BOTH},
	{"mid", TEXT, AT(mid), 1, 15, BOTH, BOTH},
	{"acquirer_id", DIGITS, AT(acquirer_id), 1, 11, ISO, NONE},
	{"forwarding_id", DIGITS, AT(forwarding_id), 1, 11, ISO, NONE},
	{"country", DIGITS, AT(country), 3, 3, ISO, NONE},
	{"mcc", DIGITS, AT(mcc), 4, 4, ISO, NONE},
	{"nii", DIGITS, AT(nii), 3, 3, ISO, NONE},
	{"location", TEXT, AT(location), 1, 40, ISO, NONE},
	{"user", TEXT, AT(user), 1, 32, BOTH, NONE},
	{"spare_keys", TEXT, AT(spare_keys), 1, 199, BOTH, NONE},
	{"connect_timeout_ms", NUMBER, AT(connect_timeout_ms), 100, 60000, BOTH, NONE},
	{"answer_timeout_ms", NUMBER, AT(answer_timeout_ms), 100, 120000, BOTH, NONE},
	{"tls", YES_NO, AT(tls), 0, 0, ISO, NONE},
	{"tls_ca", TEXT, AT(tls_ca), 1, 199, BOTH, NONE},
	{"tls_name", TEXT, AT(tls_name), 1, 253, ISO, NONE},
	{"tls_pin", PINS, AT(tls_pin), 0, 0, BOTH, NONE},
	{"tls_certificate", TEXT, AT(tls_certificate), 1, 199, BOTH, NONE},
	{"tls_key", TEXT, AT(tls_key), 1, 199, BOTH, NONE},
#undef AT
};

struct parser {
	const char *file;
	struct ph_ini ini;
	char *why;
};

__attribute__((format(printf, 2, 3))) static int wrong(
	struct parser *parser, const char *format, ...)
{
	int used = snprintf(
		parser->why, PH_ACQUIRER_WHY_SIZE, "%s:%u: ", parser->file, parser->ini.line);
	va_list args;

	va_start(args, format);
	if (used > 0 && used < PH_ACQUIRER_WHY_SIZE)
		vsnprintf(parser->why + used, (size_t)(PH_ACQUIRER_WHY_SIZE - used), format, args);
	va_end(args);
	return -EINVAL;
}

static int set_number(
	struct parser *parser, const struct key *key, struct ph_ini_word value, void *to)
{
	unsigned number;

	if (ph_ini_word_number(value, (unsigned)key->max, &number) < 0 || number < key->min)
		return wrong(
			parser, "`%s` is a number from %zu to %zu", key->name, key->min, key->max);
	*(unsigned *)to = number;
	return 0;
}

static int set_text(
	struct parser *parser, const struct key *key, struct ph_ini_word value, char *to)
{
	if (value.len < key->min || value.len > key->max)
		return wrong(
			parser, "`%s` has %zu to %zu characters", key->name, key->min, key->max);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (key->kind == DIGITS ? c < '0' || c > '9' : c < ' ' || c > '~')
			return wrong(parser, "`%s` has %s only", key->name,
				key->kind == DIGITS ? "digits" : "printable ASCII characters");
	}
	memcpy(to, value.data, value.len);
	to[value.len] = '\0';
	return 0;
}

static int set_yes_no(
	struct parser *parser, const struct key *key, struct ph_ini_word value, bool *to)
{
	if (!ph_ini_word_is(value, "yes") && !ph_ini_word_is(value, "no"))
		return wrong(parser, "`%s` is yes or no", key->name);
	*to = ph_ini_word_is(value, "yes");
	return 0;
}

static bool is_pin(struct ph_ini_word pin)
{
	uint8_t hash[36];

	return pin.len == PH_TLS_PIN && !memcmp(pin.data, "sha256//", 8) &&
	       ph_base64_decode(pin.data + 8, pin.len - 8, hash) == 32;
}

/* A list, because a host that changes its key has two for a while. */
static int set_pins(
	struct parser *parser, const struct key *key, struct ph_ini_word value, char *to)
{
	struct ph_ini_word pin;
	unsigned count = 0;
	size_t len = 0;

	while (ph_ini_word_next(&value, ' ', &pin)) {
		if (!is_pin(pin))
			return wrong(parser,
				"`%s` has sha256// and 44 characters of base64, "
				"several with a space between",
				key->name);
		if (count++ == PH_TLS_PINS_MAX)
			return wrong(
				parser, "`%s` has more than %d pins", key->name, PH_TLS_PINS_MAX);
		if (len)
			to[len++] = ' ';
		memcpy(to + len, pin.data, pin.len);
		len += pin.len;
	}
	return count ? 0 : wrong(parser, "`%s` has no pin", key->name);
}

static int set_value(
	struct parser *parser, const struct key *key, struct ph_ini_word value, char *to)
{
	switch (key->kind) {
	case TEXT:
	case DIGITS:
		return set_text(parser, key, value, to);
	case NUMBER:
		return set_number(parser, key, value, to);
	case YES_NO:
		return set_yes_no(parser, key, value, (bool *)to);
	case PINS:
		return set_pins(parser, key, value, to);
	}
	return -EINVAL;
}

static int set_key(struct parser *parser, const struct ph_ini_item *item,
	struct ph_acquirer_config *config, unsigned *seen)
{
	for (unsigned i = 0; i < PH_ARRAY_SIZE(keys); i++) {
		char *to = (char *)config + keys[i].at;

		if (!ph_ini_word_is(item->key, keys[i].name))
			continue;
		if (*seen & 1u << i)
			return wrong(parser, "`%s` is there twice", keys[i].name);
		*seen |= 1u << i;
		return set_value(parser, &keys[i], item->value, to);
	}
	return wrong(parser, "unknown key `%.*s`", (int)(item->key.len < 40 ? item->key.len : 40),
		item->key.data);
}

static bool is_seen(unsigned seen, const char *name)
{
	for (unsigned i = 0; i < PH_ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return seen & 1u << i;
	return false;
}

/* Account numbers leave this machine in clear only where somebody has said so. */
static int check_tls(struct parser *parser, const struct ph_acquirer_config *config, unsigned seen)
{
	static const char *const of_tls[] = {
		"tls_ca", "tls_name", "tls_pin", "tls_certificate", "tls_key"};
	bool local =
		config->tls || !strncmp(config->host, "127.", 4) || !strcmp(config->host, "::1");

	if (!is_seen(seen, "tls") && !local)
		return wrong(parser,
			"`tls` is missing: yes, or no where the line is a private one and the "
			"acquirer wants it so");
	for (unsigned i = 0; !config->tls && i < PH_ARRAY_SIZE(of_tls); i++)
		if (is_seen(seen, of_tls[i]))
			return wrong(parser, "`%s` needs tls = yes", of_tls[i]);
	if (is_seen(seen, "tls_key") && !config->tls_certificate[0])
		return wrong(parser, "`tls_key` needs `tls_certificate`");
	return 0;
}

/* No other scheme, no password in the address, no slash at its end. */
static int check_url(struct parser *parser, struct ph_acquirer_config *config)
{
	size_t len = strlen(config->url);

	if (strncmp(config->url, "https://", 8) != 0 || len < 9 || strpbrk(config->url, "@?# "))
		return wrong(parser, "`url` begins with https://, and has no name of a user and "
				     "nothing behind a question mark");
	while (config->url[len - 1] == '/')
		config->url[--len] = '\0';
	config->tls = true;
	return 0;
}

static int check_link(struct parser *parser, struct ph_acquirer_config *config, unsigned seen)
{
	unsigned of = NONE;

	for (unsigned i = 0; i < PH_ARRAY_SIZE(links); i++)
		if (!strcmp(links[i], config->link))
			of = 1u << i;
	if (!of)
		return wrong(parser, "`link` is iso8583 or https");
	for (unsigned i = 0; i < PH_ARRAY_SIZE(keys); i++) {
		if (keys[i].must & of && !(seen & 1u << i))
			return wrong(parser, "`%s` is missing", keys[i].name);
		if (!(keys[i].of & of) && seen & 1u << i)
			return wrong(parser, "`%s` is not of this link", keys[i].name);
	}
	if (of == HTTPS && check_url(parser, config) < 0)
		return -EINVAL;
	return check_tls(parser, config, seen);
}

static int parse(struct parser *parser, struct ph_acquirer_config *config)
{
	struct ph_ini_item item;
	bool inside = false;
	unsigned seen = 0;
	int r;

	while ((r = ph_ini_next(&parser->ini, &item)) != 0) {
		if (r < 0)
			return wrong(parser, "neither `key = value` nor a section nor a comment");
		if (item.section && (!ph_ini_word_is(item.kind, "acquirer") || item.name.len))
			return wrong(parser, "the only section is [acquirer]");
		if (!item.section && !inside)
			return wrong(parser, "a key before the section [acquirer]");
		inside = true;
		if (!item.section && set_key(parser, &item, config, &seen) < 0)
			return -EINVAL;
	}
	return check_link(parser, config, seen);
}

int ph_acquirer_config_parse(const char *file, const char *text, size_t len,
	struct ph_acquirer_config *ret_config, char why[PH_ACQUIRER_WHY_SIZE])
{
	struct ph_acquirer_config config = {.link = "iso8583",
		.user = "poshal",
		.connect_timeout_ms = 5000,
		.answer_timeout_ms = 30000};
	struct parser parser = {.file = file, .why = why};
	int r;

	ph_ini_init(&parser.ini, text, len);
	r = parse(&parser, &config);
	if (r == 0)
		*ret_config = config;
	return r;
}

long ph_acquirer_read_fd(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < size) {
		n = read(fd, out + len, size - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
		n = n < 0 ? 1 : n;
	}
	return len == size ? -EFBIG : (long)len;
}

long ph_acquirer_read_file(const char *path, char *out, size_t size)
{
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -errno : ph_acquirer_read_fd(fd, out, size);
}

int ph_acquirer_config_read(
	const char *path, struct ph_acquirer_config *ret_config, char why[PH_ACQUIRER_WHY_SIZE])
{
	PH_CLEANUP_FREE char *text = malloc(PH_ACQUIRER_CONF_MAX);
	long len = text ? ph_acquirer_read_file(path, text, PH_ACQUIRER_CONF_MAX) : -ENOMEM;

	if (len < 0) {
		snprintf(why, PH_ACQUIRER_WHY_SIZE, "%s: %s", path, strerror((int)-len));
		return (int)len;
	}
	return ph_acquirer_config_parse(path, text, (size_t)len, ret_config, why);
}
