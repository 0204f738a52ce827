// Tables of the words that travel; nothing else.
#include "base/names.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define PH_DEFINE_NAMES(word, table)                                                               \
	const char *ph_##word##_name(enum ph_##word value)                                         \
	{                                                                                          \
		return (unsigned)value < PH_ARRAY_SIZE(table) ? table[value] : "unknown";          \
	}                                                                                          \
	int ph_##word##_parse(const char *text)                                                    \
	{                                                                                          \
		for (unsigned i = 0; i < PH_ARRAY_SIZE(table); i++)                                \
			if (!strcmp(text, table[i]))                                               \
				return (int)i;                                                     \
		return -EINVAL;                                                                    \
	}

static const char *const classes[PH_CLASS_COUNT_] = {
	[PH_CLASS_SCANNER] = "scanner",
	[PH_CLASS_PRINTER] = "printer",
	[PH_CLASS_DRAWER] = "drawer",
	[PH_CLASS_DISPLAY] = "display",
	[PH_CLASS_CARD_READER] = "card_reader",
	[PH_CLASS_SCALE] = "scale",
	[PH_CLASS_MSR] = "msr",
	[PH_CLASS_TERMINAL] = "terminal",
};

static const char *const interfaces[PH_CLASS_COUNT_] = {
	[PH_CLASS_SCANNER] = "Scanner",
	[PH_CLASS_PRINTER] = "Printer",
	[PH_CLASS_DRAWER] = "Drawer",
	[PH_CLASS_DISPLAY] = "Display",
	[PH_CLASS_CARD_READER] = "CardReader",
	[PH_CLASS_SCALE] = "Scale",
	[PH_CLASS_MSR] = "Msr",
	[PH_CLASS_TERMINAL] = "Terminal",
};

static const char *const device_states[PH_DEVICE_STATE_COUNT_] = {
	[PH_DEVICE_STARTING] = "starting",
	[PH_DEVICE_READY] = "ready",
	[PH_DEVICE_OFFLINE] = "offline",
	[PH_DEVICE_FAILED] = "failed",
	[PH_DEVICE_DISABLED] = "disabled",
};

static const char *const job_states[PH_JOB_STATE_COUNT_] = {
	[PH_JOB_QUEUED] = "queued",
	[PH_JOB_WAITING] = "waiting",
	[PH_JOB_SENDING] = "sending",
	[PH_JOB_CONFIRMING] = "confirming",
	[PH_JOB_PRINTED] = "printed",
	[PH_JOB_SENT_UNCONFIRMED] = "sent_unconfirmed",
	[PH_JOB_UNCERTAIN] = "uncertain",
	[PH_JOB_FAILED] = "failed",
	[PH_JOB_CANCELLED] = "cancelled",
	[PH_JOB_EXPIRED] = "expired",
};

static const char *const recoveries[PH_RECOVERY_COUNT_] = {
	[PH_RECOVERY_REPRINT] = "reprint",
	[PH_RECOVERY_CONTINUE] = "continue",
	[PH_RECOVERY_ASK] = "ask",
};

static const char *const drawer_outcomes[PH_DRAWER_OUTCOME_COUNT_] = {
	[PH_DRAWER_OPENED] = "opened",
	[PH_DRAWER_NOT_CONFIRMED] = "not_confirmed",
	[PH_DRAWER_NO_SENSOR] = "no_sensor",
};

static const char *const grants[PH_GRANT_COUNT_] = {
	[PH_GRANT_MONITOR] = "monitor",
	[PH_GRANT_SCAN] = "scan",
	[PH_GRANT_PRINT] = "print",
	[PH_GRANT_DRAWER] = "drawer",
	[PH_GRANT_DISPLAY] = "display",
	[PH_GRANT_SCALE] = "scale",
	[PH_GRANT_CARD] = "card",
	[PH_GRANT_PAY] = "pay",
	[PH_GRANT_QUEUE] = "queue",
	[PH_GRANT_DIRECTIO] = "directio",
	[PH_GRANT_CONFIGURE] = "configure",
};

PH_DEFINE_NAMES(class, classes)
PH_DEFINE_NAMES(device_state, device_states)
PH_DEFINE_NAMES(job_state, job_states)
PH_DEFINE_NAMES(recovery, recoveries)
PH_DEFINE_NAMES(drawer_outcome, drawer_outcomes)
PH_DEFINE_NAMES(grant, grants)

const char *ph_class_interface(enum ph_class value)
{
	return (unsigned)value < PH_CLASS_COUNT_ ? interfaces[value] : "Device";
}
