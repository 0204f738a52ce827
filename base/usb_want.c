// Which USB device a connection means, as text and numbers; looking for it is left to the callers.
#include "base/usb_want.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool ph_usb_is_port_path(const char *text)
{
	const char *p = text + strspn(text, "0123456789");

	if (p == text || *p != '-' || strlen(text) > PH_USB_PATH_MAX)
		return false;
	do {
		size_t digits = strspn(++p, "0123456789");
		if (!digits)
			return false;
		p += digits;
	} while (*p == '.');
	return !*p;
}

bool ph_usb_parse_id(const char *text, uint16_t *ret_id)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		char c = (char)tolower((unsigned char)text[i]);
		if (!isxdigit((unsigned char)c))
			return false;
		value = value << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret_id = (uint16_t)value;
	return true;
}

static int refuse(char *why, size_t why_size, const char *text)
{
	snprintf(why, why_size, "%s", text);
	return -EINVAL;
}

static bool is_one_of(const char *key, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (!strcmp(key, *keys))
			return true;
	return false;
}

static int take_pair(
	struct ph_usb_want *want, const struct ph_url_pair *pair, char *why, size_t why_size)
{
	bool by_path = !want->vendor && !want->product;

	if (!strcmp(pair->key, "port") && !by_path) {
		if (!ph_usb_is_port_path(pair->value))
			return refuse(
				why, why_size, "a port is BUS-PORT.PORT, for example port=1-2.3");
		snprintf(want->path, sizeof want->path, "%s", pair->value);
		return 0;
	}
	if (by_path || strcmp(pair->key, "serial"))
		return refuse(why, why_size, "the keys serial and port are known, behind the ids");
	if (!*pair->value || strlen(pair->value) > PH_USB_TEXT_MAX)
		return refuse(why, why_size, "serial is empty or too long");
	want->serial = pair->value;
	return 0;
}

int ph_usb_want_parse(const struct ph_url *url, const char *const *also,
	struct ph_usb_want *ret_want, char *why, size_t why_size)
{
	struct ph_usb_want want = {0};
	int r = 0;

	if (*url->host)
		return refuse(why, why_size, "such a connection has no //");
	if (!strncmp(url->path, "path=", 5)) {
		if (!ph_usb_is_port_path(url->path + 5))
			return refuse(why, why_size,
				"a USB port is path=BUS-PORT.PORT, for example path=1-2.3");
		snprintf(want.path, sizeof want.path, "%s", url->path + 5);
	} else if (strlen(url->path) != 9 || url->path[4] != ':' ||
		   !ph_usb_parse_id(url->path, &want.vendor) ||
		   !ph_usb_parse_id(url->path + 5, &want.product)) {
		snprintf(why, why_size,
			"a connection is %s:VVVV:PPPP, four hexadecimal digits each, or "
			"%s:path=1-2.3",
			url->scheme, url->scheme);
		return -EINVAL;
	}
	for (unsigned i = 0; r == 0 && i < url->query_count; i++)
		if (!is_one_of(url->query[i].key, also))
			r = take_pair(&want, &url->query[i], why, why_size);
	if (r == 0)
		*ret_want = want;
	return r;
}

bool ph_usb_want_is(const struct ph_usb_want *want, const char *path, uint16_t vendor,
	uint16_t product, const char *serial)
{
	if (*want->path && strcmp(want->path, path) != 0)
		return false;
	if ((want->vendor || want->product) && (want->vendor != vendor || want->product != product))
		return false;
	return !want->serial || !strcmp(want->serial, serial);
}

bool ph_usb_serial_credible(const char *serial, const char *maker, const char *product)
{
	/* what many units of a product carry alike */
	static const char *const useless[] = {"0001", "00000001", "123456", "12345678",
		"1234567890", "0123456789ABCDEF", "demo", "test", "serial", "none", "n/a"};
	char plain[PH_USB_TEXT_MAX + 1];
	size_t len = 0;

	for (const char *p = serial; *p && len < sizeof plain - 1; p++)
		if (*p >= 0x21 && *p <= 0x7e)
			plain[len++] = *p;
	plain[len] = '\0';
	if (len == 0 || strspn(plain, (char[]){*plain, '\0'}) == len)
		return false;
	for (size_t i = 0; i < PH_ARRAY_SIZE(useless); i++)
		if (!strcasecmp(plain, useless[i]))
			return false;
	return strcasecmp(serial, product) && strcasecmp(serial, maker);
}
