/*
 * The words poshal shares between the C code, JSON and D-Bus: device classes, states, job states, grants.
 * The text of each value is what travels; ph_*_name() and ph_*_parse() in base/names.h convert.
 */
#ifndef POSHAL_TYPES_H
#define POSHAL_TYPES_H

#define PH_PROTOCOL_MAJOR 1
#define PH_PROTOCOL_MINOR 0

/* UnifiedPOS device categories poshal serves. */
enum ph_class {
	PH_CLASS_SCANNER,
	PH_CLASS_PRINTER,
	PH_CLASS_DRAWER,
	PH_CLASS_DISPLAY,
	PH_CLASS_CARD_READER,
	PH_CLASS_SCALE,
	PH_CLASS_MSR,
	PH_CLASS_TERMINAL,
	PH_CLASS_COUNT_
};

enum ph_device_state {
	PH_DEVICE_STARTING, /* the device process is being started or is opening the device */
	PH_DEVICE_READY,
	PH_DEVICE_OFFLINE,  /* configured, but not there or not answering; its queue waits */
	PH_DEVICE_FAILED,   /* the driver gave up or crashed; restarted with back-off */
	PH_DEVICE_DISABLED, /* switched off by an administrator */
	PH_DEVICE_STATE_COUNT_
};

/* The life of a print job. Everything from PH_JOB_PRINTED on is final. */
enum ph_job_state {
	PH_JOB_QUEUED,
	PH_JOB_WAITING,	   /* for the device: reason says for what */
	PH_JOB_SENDING,	   /* bytes may have left; on disk before the first one does */
	PH_JOB_CONFIRMING, /* all sent, the printer has not confirmed all of it */
	PH_JOB_PRINTED,
	PH_JOB_SENT_UNCONFIRMED, /* all sent to a printer that cannot confirm */
	PH_JOB_UNCERTAIN,
	PH_JOB_FAILED, /* nothing was printed */
	PH_JOB_CANCELLED,
	PH_JOB_EXPIRED,
	PH_JOB_STATE_COUNT_
};

static inline int ph_job_is_final(enum ph_job_state state)
{
	return state >= PH_JOB_PRINTED;
}

/* What to do with a job whose bytes were lost on the way (power cycle, unplug, crash). */
enum ph_recovery {
	PH_RECOVERY_REPRINT,  /* the whole receipt again, marked, without drawer, beep and raw */
	PH_RECOVERY_CONTINUE, /* from the first unconfirmed segment, marked as continued */
	PH_RECOVERY_ASK,      /* end as uncertain and let a person decide */
	PH_RECOVERY_COUNT_
};

enum ph_drawer_outcome {
	PH_DRAWER_OPENED,
	PH_DRAWER_NOT_CONFIRMED,
	PH_DRAWER_NO_SENSOR,
	PH_DRAWER_OUTCOME_COUNT_
};

/* Rights of a caller, as bits of a mask. */
enum ph_grant {
	PH_GRANT_MONITOR,
	PH_GRANT_SCAN,
	PH_GRANT_PRINT,
	PH_GRANT_DRAWER,
	PH_GRANT_DISPLAY,
	PH_GRANT_SCALE, /* zero and tare; reading needs SCAN */
	PH_GRANT_CARD,
	PH_GRANT_PAY,
	PH_GRANT_QUEUE,
	PH_GRANT_DIRECTIO,
	PH_GRANT_CONFIGURE,
	PH_GRANT_COUNT_
};

#define PH_GRANT_BIT(grant) (1u << (grant))
#define PH_GRANTS_ALL	    (PH_GRANT_BIT(PH_GRANT_COUNT_) - 1)

#endif
