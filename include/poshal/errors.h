/*
 * The public errors: one name and one number each, the same over JSON-RPC and D-Bus.
 * Values 1 to 14 are UnifiedPOS result codes less 100, so that the JSON-RPC code is -(32000 + value).
 * Source: UnifiedPOS 1.15, common result codes; the rest is poshal's.
 */
#ifndef POSHAL_ERRORS_H
#define POSHAL_ERRORS_H

enum ph_error {
	PH_OK = 0,
	PH_E_CLOSED = 1,
	PH_E_CLAIMED = 2,    /* another application holds the device */
	PH_E_NOTCLAIMED = 3, /* claim it first */
	PH_E_NOSERVICE = 4,  /* no driver for it */
	PH_E_DISABLED = 5,
	PH_E_ILLEGAL = 6,    /* bad argument or missing capability */
	PH_E_NOHARDWARE = 7, /* gone */
	PH_E_OFFLINE = 8,    /* there, not answering */
	PH_E_NOEXIST = 9,
	PH_E_EXISTS = 10,
	PH_E_FAILURE = 11,
	PH_E_TIMEOUT = 12,
	PH_E_BUSY = 13,
	PH_E_EXTENDED = 14, /* with a class specific name, "Extended.RecEmpty" */
	PH_E_ACCESS_DENIED = 20,
	PH_E_CANCELLED = 21,
	PH_E_EXPIRED = 22,
	PH_E_UNCERTAIN = 23,
	PH_E_LIMIT_EXCEEDED = 24,
	PH_E_TOO_LARGE = 25,
	PH_E_RATE_LIMITED = 26,
	PH_E_DECLINED = 30,
	PH_E_PAIRING_REQUIRED = 31,
	/* JSON-RPC 2.0 section 5.1; their codes are not derived from the value */
	PH_E_PARSE = 100,
	PH_E_INVALID_REQUEST = 101,
	PH_E_METHOD_NOT_FOUND = 102,
};

/* JSON-RPC number of an error, always negative. */
int ph_error_code(enum ph_error error);

/* Public name, "NotClaimed"; never NULL. D-Bus: "org.poshal1.Error." + name. */
const char *ph_error_name(enum ph_error error);

/* What a technician can do about it, when the failing place knows nothing better; may be "". */
const char *ph_error_hint(enum ph_error error);

/* The error a negative errno stands for. */
enum ph_error ph_error_from_errno(int negative_errno);

/* The error with this public name ("Extended.X" gives PH_E_EXTENDED); PH_E_FAILURE for an unknown one. */
enum ph_error ph_error_from_name(const char *name);

/* 1 when the same call can succeed later without being changed. */
int ph_error_retryable(enum ph_error error);

#endif
