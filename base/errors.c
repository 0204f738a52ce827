// One table from error to name, number and hint, and one from errno to error.
#include "poshal/errors.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

struct row {
	enum ph_error error;
	const char *name;
	int retryable;
	const char *hint;
};

static const struct row rows[] = {
	{PH_E_CLOSED, "Closed", 1, "connect again"},
	{PH_E_CLAIMED, "Claimed", 1, "wait for the holder, or claim with wait_ms"},
	{PH_E_NOTCLAIMED, "NotClaimed", 0, "call device.claim first"},
	{PH_E_NOSERVICE, "NoService", 0,
		"install the driver or correct its name in the configuration"},
	{PH_E_DISABLED, "Disabled", 0, "call device.enable"},
	{PH_E_ILLEGAL, "Illegal", 0, "correct the argument"},
	{PH_E_NOHARDWARE, "NoHardware", 1, "plug the device in and switch it on"},
	{PH_E_OFFLINE, "Offline", 1,
		"switch the device on and check its cable; `poshalctl doctor` tells more"},
	{PH_E_NOEXIST, "NoExist", 0, "`poshalctl list` shows what exists"},
	{PH_E_EXISTS, "Exists", 0, "use another key or name"},
	{PH_E_FAILURE, "Failure", 0, "see the log of the service"},
	{PH_E_TIMEOUT, "Timeout", 1, "try again"},
	{PH_E_BUSY, "Busy", 1, "try again when the present work is done"},
	{PH_E_EXTENDED, "Extended", 1, ""},
	{PH_E_ACCESS_DENIED, "AccessDenied", 0,
		"ask the administrator for the grant: section [access] of poshal.conf"},
	{PH_E_CANCELLED, "Cancelled", 0, ""},
	{PH_E_EXPIRED, "Expired", 0, "send it again with a new key"},
	{PH_E_UNCERTAIN, "Uncertain", 0, "look at the device, then decide"},
	{PH_E_LIMIT_EXCEEDED, "LimitExceeded", 1, "wait until earlier work is done"},
	{PH_E_TOO_LARGE, "TooLarge", 0, "send less at once"},
	{PH_E_RATE_LIMITED, "RateLimited", 1, "slow down"},
	{PH_E_DECLINED, "Declined", 0, ""},
	{PH_E_PAIRING_REQUIRED, "PairingRequired", 0, "pair the client first"},
	{PH_E_PARSE, "ParseError", 0, "send one JSON object per line, in UTF-8"},
	{PH_E_INVALID_REQUEST, "InvalidRequest", 0, "see docs/api.md, section Framing"},
	{PH_E_METHOD_NOT_FOUND, "MethodNotFound", 0, "rpc.discover lists the methods"},
};

static const struct row *find(enum ph_error error)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (rows[i].error == error)
			return &rows[i];
	return NULL;
}

int ph_error_code(enum ph_error error)
{
	if (error == PH_E_PARSE)
		return -32700;
	if (error == PH_E_INVALID_REQUEST)
		return -32600;
	if (error == PH_E_METHOD_NOT_FOUND)
		return -32601;
	return -(32000 + (int)error);
}

const char *ph_error_name(enum ph_error error)
{
	const struct row *row = find(error);

	return row ? row->name : "Failure";
}

const char *ph_error_hint(enum ph_error error)
{
	const struct row *row = find(error);

	return row ? row->hint : "";
}

int ph_error_retryable(enum ph_error error)
{
	const struct row *row = find(error);

	return row ? row->retryable : 0;
}

enum ph_error ph_error_from_name(const char *name)
{
	if (!strncmp(name, "Extended.", 9))
		return PH_E_EXTENDED;
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].error;
	return PH_E_FAILURE;
}

enum ph_error ph_error_from_errno(int negative_errno)
{
	static const struct {
		int number;
		enum ph_error error;
	} table[] = {
		{0, PH_OK},
		{EINVAL, PH_E_ILLEGAL},
		{EOPNOTSUPP, PH_E_ILLEGAL},
		{ENODEV, PH_E_NOHARDWARE},
		{ENXIO, PH_E_NOHARDWARE},
		{EIO, PH_E_OFFLINE},
		{ECONNREFUSED, PH_E_OFFLINE},
		{EHOSTUNREACH, PH_E_OFFLINE},
		{ENETUNREACH, PH_E_OFFLINE},
		{ECONNRESET, PH_E_OFFLINE},
		{EPIPE, PH_E_OFFLINE},
		{ENOTCONN, PH_E_OFFLINE},
		{ENOENT, PH_E_NOEXIST},
		{EEXIST, PH_E_EXISTS},
		{ETIMEDOUT, PH_E_TIMEOUT},
		{EBUSY, PH_E_BUSY},
		{EAGAIN, PH_E_BUSY},
		{EACCES, PH_E_ACCESS_DENIED},
		{EPERM, PH_E_ACCESS_DENIED},
		{ECANCELED, PH_E_CANCELLED},
		{ENOBUFS, PH_E_LIMIT_EXCEEDED},
		{ENOSPC, PH_E_LIMIT_EXCEEDED},
		{E2BIG, PH_E_TOO_LARGE},
		{EMSGSIZE, PH_E_TOO_LARGE},
	};
	int number = negative_errno < 0 ? -negative_errno : negative_errno;

	for (size_t i = 0; i < PH_ARRAY_SIZE(table); i++)
		if (table[i].number == number)
			return table[i].error;
	return PH_E_FAILURE;
}
