/*
 * The few IPP operations a print queue is used by, each one blocking call of libcups with a bound. One connection at a
 * time, opened when needed and closed after an error.
 *
 * Sources: RFC 8011 (Internet Printing Protocol/1.1), PWG 5100.1 (finishings), PWG 5100.7 (job extensions, media-col).
 */
#ifndef PH_DRIVERS_CUPS_IPP_H
#define PH_DRIVERS_CUPS_IPP_H

#include <cups/cups.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_IPP_CONNECT_MS 5000
#define PH_IPP_ANSWER_S	  10
#define PH_IPP_WHY_SIZE	  160
/* The longest one call may block: a connection, a request that is sent again after a stale connection, the answer. */
#define PH_IPP_CALL_MS (PH_IPP_CONNECT_MS + 2 * PH_IPP_ANSWER_S * 1000)

struct ph_ipp {
	char host[256], uri[768], resource[512];
	int port;
	bool encrypted;
	bool is_queue; /* of a CUPS scheduler, which may hand the job on to anything */
	http_t *http;
	char why[PH_IPP_WHY_SIZE]; /* of the last failure, for people */
};

struct ph_ipp_printer {
	char vendor_model[128]; /* printer-make-and-model */
	char serial[64];	/* printer-device-id SN, or "" */
	bool accepts, stopped;	/* printer-is-accepting-jobs; printer-state stopped */
	unsigned reasons;	/* PH_REASON_BIT() of printer-state-reasons */
	bool pdf, pwg;		/* document formats */
	bool any_length;	/* a roll: media-size-supported gives a range of lengths */
	unsigned width, length; /* of the default media, 1/100 mm; 0 when not told */
	unsigned left, right, top, bottom; /* margins, 1/100 mm */
	unsigned dpi;			   /* of PWG raster; 0 when not told */
	bool trim;			   /* finishings trim-after-job or trim-after-pages */
	int trim_value;			   /* of finishings */
	bool color_only;		   /* PWG raster without a grey type */
};

enum ph_ipp_job_state {
	PH_IPP_JOB_PENDING = 3,
	PH_IPP_JOB_HELD,
	PH_IPP_JOB_PROCESSING,
	PH_IPP_JOB_STOPPED,
	PH_IPP_JOB_CANCELED,
	PH_IPP_JOB_ABORTED,
	PH_IPP_JOB_COMPLETED
};

struct ph_ipp_job {
	int state;			 /* enum ph_ipp_job_state */
	int impressions;		 /* completed pages; -1 when not told */
	bool with_errors, with_warnings; /* job-completed-with-... */
	char message[PH_IPP_WHY_SIZE];	 /* job-printer-state-message, or "" */
};

struct ph_ipp_document {
	const char *job_name, *format;
	const uint8_t *data;
	size_t len;
	unsigned copies;
	/* 0: the default media; otherwise media-col of this size in 1/100 mm */
	unsigned width, length;
	int finishing; /* value of finishings, or 0 */
};

/*
 * Names the printer: `scheme` ipp, ipps or cups; `port` 0 for the usual one. For cups the host is that of libcups
 * (CUPS_SERVER, client.conf) and `path` the name of the queue. -EINVAL when a part is missing or too long.
 */
int ph_ipp_init(
	struct ph_ipp *ipp, const char *scheme, const char *host, int port, const char *path);
void ph_ipp_done(struct ph_ipp *ipp);

/*
 * Each returns 0 or -ECONNREFUSED, -ETIMEDOUT, -ENOENT (no such queue or job), -EACCES, -EPROTO (the server refuses),
 * -ENOMEM, with why[] filled.
 */
int ph_ipp_get_printer(struct ph_ipp *ipp, struct ph_ipp_printer *ret);
int ph_ipp_print(struct ph_ipp *ipp, const struct ph_ipp_document *document, int *ret_job);
int ph_ipp_get_job(struct ph_ipp *ipp, int job, struct ph_ipp_job *ret);
int ph_ipp_cancel(struct ph_ipp *ipp, int job);

/* The id of the newest job with that name, finished or not; -ENOENT when there is none. */
int ph_ipp_find_job(struct ph_ipp *ipp, const char *job_name, int *ret_job);

/* printer-state-reasons keyword, severity suffix or not, into PH_REASON_BIT(); 0 for what is no trouble. */
unsigned ph_ipp_reason(const char *keyword);

/* Fills in what a Get-Printer-Attributes response says. */
void ph_ipp_read_printer(ipp_t *response, struct ph_ipp_printer *ret);
/* The same for Get-Job-Attributes. */
void ph_ipp_read_job(ipp_t *response, struct ph_ipp_job *ret);

/* The highest id of the jobs with that name in the answer to Get-Jobs; 0 when there is none. */
int ph_ipp_newest_job(ipp_t *response, const char *job_name);

#endif
