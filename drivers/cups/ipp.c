// IPP requests through libcups; what the answers mean for a job is cups.c's.
#include "drivers/cups/ipp.h"

#include "base/cleanup.h"
#include "poshal/driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_LISTED 500 /* looked through for one of ours; more are older than any crash */

PH_DEFINE_CLEANUP(ipp_t *, ippDelete)

/* ---- names ---- */

int ph_ipp_init(
	struct ph_ipp *ipp, const char *scheme, const char *host, int port, const char *path)
{
	int n;

	*ipp = (struct ph_ipp){.port = port ? port : 631};
	if (!strcmp(scheme, "cups")) {
		ipp->is_queue = true;
		ipp->port = ippPort();
		if (!*path || strlen(path) > 127 || strpbrk(path, "/#? "))
			return -EINVAL;
		snprintf(ipp->host, sizeof ipp->host, "%s", cupsServer());
		snprintf(ipp->resource, sizeof ipp->resource, "/printers/%s", path);
		snprintf(ipp->uri, sizeof ipp->uri, "ipp://localhost%s", ipp->resource);
		return 0;
	}
	ipp->encrypted = !strcmp(scheme, "ipps");
	ipp->is_queue = !strncmp(path, "/printers/", 10);
	n = snprintf(ipp->host, sizeof ipp->host, "%s", host);
	if (!*host || n >= (int)sizeof ipp->host)
		return -EINVAL;
	n = snprintf(ipp->resource, sizeof ipp->resource, "%s", *path ? path : "/ipp/print");
	if (n >= (int)sizeof ipp->resource)
		return -EINVAL;
	if (httpAssembleURI(HTTP_URI_CODING_ALL, ipp->uri, sizeof ipp->uri, scheme, NULL, ipp->host,
		    ipp->port, ipp->resource) != HTTP_URI_STATUS_OK)
		return -EINVAL;
	return 0;
}

static void hang_up(struct ph_ipp *ipp)
{
	httpClose(ipp->http);
	ipp->http = NULL;
}

void ph_ipp_done(struct ph_ipp *ipp)
{
	hang_up(ipp);
}

/* ---- one request ---- */

static int give_up(http_t *http, void *userdata)
{
	return 0;
}

static int dial(struct ph_ipp *ipp)
{
	if (ipp->http)
		return 0;
	ipp->http = httpConnect2(ipp->host, ipp->port, NULL, AF_UNSPEC,
		ipp->encrypted ? HTTP_ENCRYPTION_ALWAYS : HTTP_ENCRYPTION_IF_REQUESTED, 1,
		PH_IPP_CONNECT_MS, NULL);
	if (!ipp->http) {
		snprintf(ipp->why, sizeof ipp->why, "no answer from %.60s port %d: %.60s",
			ipp->host, ipp->port, cupsLastErrorString());
		return -ECONNREFUSED;
	}
	httpSetTimeout(ipp->http, PH_IPP_ANSWER_S, give_up, NULL);
	return 0;
}

static int errno_of(ipp_status_t status)
{
	switch ((int)status) {
	case IPP_STATUS_ERROR_NOT_FOUND:
	case IPP_STATUS_ERROR_GONE:
		return -ENOENT;
	case IPP_STATUS_ERROR_FORBIDDEN:
	case IPP_STATUS_ERROR_NOT_AUTHENTICATED:
	case IPP_STATUS_ERROR_NOT_AUTHORIZED:
		return -EACCES;
	case IPP_STATUS_ERROR_TIMEOUT:
		return -ETIMEDOUT;
	case IPP_STATUS_ERROR_SERVICE_UNAVAILABLE:
		return -ECONNREFUSED;
	default:
		return -EPROTO;
	}
}

/* Nothing came that is IPP: what HTTP says of it. */
static int errno_of_http(http_status_t status)
{
	switch ((int)status) {
	case HTTP_STATUS_NOT_FOUND:
		return -ENOENT;
	case HTTP_STATUS_UNAUTHORIZED:
	case HTTP_STATUS_FORBIDDEN:
	case HTTP_STATUS_CUPS_AUTHORIZATION_CANCELED:
		return -EACCES;
	default:
		return -ECONNREFUSED;
	}
}

/* Sends `request`, which it frees, with `data` behind it. The answer is the caller's. */
static int transact(
	struct ph_ipp *ipp, ipp_t *request, const uint8_t *data, size_t len, ipp_t **ret_response)
{
	PH_CLEANUP(ippDelete_p) ipp_t *owned = request;
	PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;

	int r = dial(ipp);
	if (r < 0)
		return r;
	http_status_t sent =
		cupsSendRequest(ipp->http, owned, ipp->resource, ippLength(owned) + len);
	if (sent == HTTP_STATUS_CONTINUE && len)
		sent = cupsWriteRequestData(ipp->http, (const char *)data, len);
	/* an early refusal is in the answer, which is read in any case */
	response = cupsGetResponse(ipp->http, ipp->resource);
	if (response && ippGetStatusCode(response) < IPP_STATUS_ERROR_BAD_REQUEST) {
		*ret_response = PH_STEAL(response);
		return 0;
	}
	snprintf(ipp->why, sizeof ipp->why, "%s: %.120s", ippOpString(ippGetOperation(owned)),
		response ? cupsLastErrorString() : "the print server does not answer");
	if (response)
		return errno_of(ippGetStatusCode(response));
	http_status_t status = httpGetStatus(ipp->http);
	hang_up(ipp);
	return errno_of_http(status);
}

static ipp_t *new_request(struct ph_ipp *ipp, ipp_op_t op)
{
	ipp_t *request = ippNewRequest(op);

	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, ipp->uri);
	return request;
}

static void add_user(ipp_t *request)
{
	ippAddString(
		request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, cupsUser());
}

/*
 * Asks something that may be asked twice: a server may have closed a connection that was idle, which shows only when it
 * is used. `make` builds the request anew.
 */
static int ask(struct ph_ipp *ipp, ipp_t *(*make)(struct ph_ipp *ipp, const void *what),
	const void *what, ipp_t **ret_response)
{
	bool stale = ipp->http;

	int r = transact(ipp, make(ipp, what), NULL, 0, ret_response);
	if (r < 0 && !ipp->http && stale)
		r = transact(ipp, make(ipp, what), NULL, 0, ret_response);
	return r;
}

/* ---- the printer ---- */

unsigned ph_ipp_reason(const char *keyword)
{
	/* by the stem: the same trouble comes as -error, -warning and without */
	static const struct {
		const char *stem;
		enum ph_reason reason;
	} rows[] = {
		{"media-empty", PH_REASON_REC_EMPTY},
		{"media-needed", PH_REASON_REC_EMPTY},
		{"media-low", PH_REASON_REC_NEAR_END},
		{"cover-open", PH_REASON_COVER_OPEN},
		{"door-open", PH_REASON_COVER_OPEN},
		{"interlock-open", PH_REASON_COVER_OPEN},
		{"cutter", PH_REASON_CUTTER_ERROR},
		{"trimmer", PH_REASON_CUTTER_ERROR},
		{"media-jam", PH_REASON_PRINTER_ERROR},
		{"fuser-over-temp", PH_REASON_HEAD_HOT},
		{"toner-empty", PH_REASON_PRINTER_ERROR},
		{"marker-supply-empty", PH_REASON_PRINTER_ERROR},
		{"offline", PH_REASON_OFF_LINE},
		{"paused", PH_REASON_OFF_LINE},
		{"shutdown", PH_REASON_OFF_LINE},
		{"connecting-to-device", PH_REASON_NOT_RESPONDING},
		{"timed-out", PH_REASON_NOT_RESPONDING},
	};

	if (!strncmp(keyword, "cups-", 5)) /* of a filter, not of the printer */
		return 0;
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (!strncmp(keyword, rows[i].stem, strlen(rows[i].stem)))
			return PH_REASON_BIT(rows[i].reason);
	return 0;
}

static ipp_t *make_get_printer(struct ph_ipp *ipp, const void *what)
{
	static const char *const wanted[] = {"printer-make-and-model", "printer-device-id",
		"printer-state", "printer-state-reasons", "printer-is-accepting-jobs",
		"document-format-supported", "media-col-default", "media-col-ready",
		"media-size-supported", "pwg-raster-document-resolution-supported",
		"pwg-raster-document-type-supported", "finishings-supported"};
	ipp_t *request = new_request(ipp, IPP_OP_GET_PRINTER_ATTRIBUTES);

	add_user(request);
	ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		(int)PH_ARRAY_SIZE(wanted), NULL, wanted);
	return request;
}

static bool has_text(ipp_t *response, const char *name, const char *text)
{
	ipp_attribute_t *attr = ippFindAttribute(response, name, IPP_TAG_ZERO);

	for (int i = 0; attr && i < ippGetCount(attr); i++) {
		const char *value = ippGetString(attr, i, NULL);
		if (value && !strcasecmp(value, text))
			return true;
	}
	return false;
}

static unsigned member(ipp_t *collection, const char *name)
{
	ipp_attribute_t *attr = ippFindAttribute(collection, name, IPP_TAG_INTEGER);
	int value = attr ? ippGetInteger(attr, 0) : 0;

	return value > 0 && value < 1000000 ? (unsigned)value : 0;
}

static void read_media(ipp_t *response, struct ph_ipp_printer *ret)
{
	ipp_attribute_t *attr =
		ippFindAttribute(response, "media-col-ready", IPP_TAG_BEGIN_COLLECTION);

	if (!attr)
		attr = ippFindAttribute(response, "media-col-default", IPP_TAG_BEGIN_COLLECTION);
	ipp_t *media = attr ? ippGetCollection(attr, 0) : NULL;
	if (!media)
		return;
	attr = ippFindAttribute(media, "media-size", IPP_TAG_BEGIN_COLLECTION);
	if (attr) {
		ret->width = member(ippGetCollection(attr, 0), "x-dimension");
		ret->length = member(ippGetCollection(attr, 0), "y-dimension");
	}
	ret->left = member(media, "media-left-margin");
	ret->right = member(media, "media-right-margin");
	ret->top = member(media, "media-top-margin");
	ret->bottom = member(media, "media-bottom-margin");
}

/* A roll says so by a range of lengths. */
static void read_sizes(ipp_t *response, struct ph_ipp_printer *ret)
{
	ipp_attribute_t *sizes =
		ippFindAttribute(response, "media-size-supported", IPP_TAG_BEGIN_COLLECTION);

	for (int i = 0; sizes && i < ippGetCount(sizes); i++) {
		ipp_t *size = ippGetCollection(sizes, i);
		if (size && ippFindAttribute(size, "y-dimension", IPP_TAG_RANGE))
			ret->any_length = true;
	}
}

static void read_finishings(ipp_t *response, struct ph_ipp_printer *ret)
{
	ipp_attribute_t *attr = ippFindAttribute(response, "finishings-supported", IPP_TAG_ENUM);

	for (int i = 0; attr && i < ippGetCount(attr); i++) {
		int value = ippGetInteger(attr, i);
		if (value == IPP_FINISHINGS_TRIM_AFTER_JOB ||
			(value == IPP_FINISHINGS_TRIM_AFTER_PAGES && !ret->trim)) {
			ret->trim = true;
			ret->trim_value = value;
		}
	}
}

static void read_identity(ipp_t *response, struct ph_ipp_printer *ret)
{
	ipp_attribute_t *attr = ippFindAttribute(response, "printer-make-and-model", IPP_TAG_ZERO);
	const char *text = attr ? ippGetString(attr, 0, NULL) : NULL;

	snprintf(ret->vendor_model, sizeof ret->vendor_model, "%s", text ? text : "");
	attr = ippFindAttribute(response, "printer-device-id", IPP_TAG_ZERO);
	text = attr ? ippGetString(attr, 0, NULL) : NULL;
	text = text ? strstr(text, "SN:") : NULL;
	if (text)
		snprintf(ret->serial, sizeof ret->serial, "%.*s", (int)strcspn(text + 3, ";"),
			text + 3);
}

void ph_ipp_read_printer(ipp_t *response, struct ph_ipp_printer *ret)
{
	ipp_attribute_t *attr;
	int units, y;

	*ret = (struct ph_ipp_printer){.accepts = true};
	read_identity(response, ret);
	attr = ippFindAttribute(response, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
	if (attr)
		ret->accepts = ippGetBoolean(attr, 0);
	attr = ippFindAttribute(response, "printer-state", IPP_TAG_ENUM);
	ret->stopped = attr && ippGetInteger(attr, 0) == IPP_PSTATE_STOPPED;
	attr = ippFindAttribute(response, "printer-state-reasons", IPP_TAG_KEYWORD);
	for (int i = 0; attr && i < ippGetCount(attr); i++)
		ret->reasons |= ph_ipp_reason(ippGetString(attr, i, NULL));
	ret->pdf = has_text(response, "document-format-supported", "application/pdf");
	ret->pwg = has_text(response, "document-format-supported", "image/pwg-raster");
	ret->color_only =
		ret->pwg && !has_text(response, "pwg-raster-document-type-supported", "sgray_8");
	read_media(response, ret);
	read_sizes(response, ret);
	read_finishings(response, ret);
	attr = ippFindAttribute(
		response, "pwg-raster-document-resolution-supported", IPP_TAG_RESOLUTION);
	if (attr)
		ret->dpi = (unsigned)ippGetResolution(attr, 0, &y, (ipp_res_t *)&units);
}

int ph_ipp_get_printer(struct ph_ipp *ipp, struct ph_ipp_printer *ret)
{
	PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;

	int r = ask(ipp, make_get_printer, NULL, &response);
	if (r >= 0)
		ph_ipp_read_printer(response, ret);
	return r;
}

/* ---- jobs ---- */

static void add_media(ipp_t *request, const struct ph_ipp_document *document)
{
	ipp_t *size = ippNew(), *media = ippNew();

	ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "x-dimension", (int)document->width);
	ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "y-dimension", (int)document->length);
	ippAddCollection(media, IPP_TAG_ZERO, "media-size", size);
	ippAddCollection(request, IPP_TAG_JOB, "media-col", media);
	ippDelete(size);
	ippDelete(media);
}

int ph_ipp_print(struct ph_ipp *ipp, const struct ph_ipp_document *document, int *ret_job)
{
	PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;
	ipp_t *request = new_request(ipp, IPP_OP_PRINT_JOB);

	add_user(request);
	ippAddString(
		request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, document->job_name);
	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL,
		document->format);
	if (document->copies > 1)
		ippAddInteger(
			request, IPP_TAG_JOB, IPP_TAG_INTEGER, "copies", (int)document->copies);
	if (document->finishing)
		ippAddInteger(
			request, IPP_TAG_JOB, IPP_TAG_ENUM, "finishings", document->finishing);
	if (document->length)
		add_media(request, document);
	/* never on a connection that may be stale: a request with a document is not sent twice */
	hang_up(ipp);
	int r = transact(ipp, request, document->data, document->len, &response);
	if (r < 0)
		return r;
	ipp_attribute_t *id = ippFindAttribute(response, "job-id", IPP_TAG_INTEGER);
	if (!id) {
		snprintf(ipp->why, sizeof ipp->why, "Print-Job: the answer names no job");
		return -EPROTO;
	}
	*ret_job = ippGetInteger(id, 0);
	return 0;
}

static ipp_t *make_get_job(struct ph_ipp *ipp, const void *what)
{
	static const char *const wanted[] = {"job-state", "job-state-reasons",
		"job-impressions-completed", "job-media-sheets-completed",
		"job-printer-state-message", "job-state-message"};
	ipp_t *request = new_request(ipp, IPP_OP_GET_JOB_ATTRIBUTES);

	ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", *(const int *)what);
	add_user(request);
	ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		(int)PH_ARRAY_SIZE(wanted), NULL, wanted);
	return request;
}

void ph_ipp_read_job(ipp_t *response, struct ph_ipp_job *ret)
{
	ipp_attribute_t *attr = ippFindAttribute(response, "job-state", IPP_TAG_ENUM);
	const char *text;

	*ret = (struct ph_ipp_job){.impressions = -1};
	ret->state = attr ? ippGetInteger(attr, 0) : PH_IPP_JOB_PENDING;
	attr = ippFindAttribute(response, "job-impressions-completed", IPP_TAG_INTEGER);
	if (!attr)
		attr = ippFindAttribute(response, "job-media-sheets-completed", IPP_TAG_INTEGER);
	if (attr)
		ret->impressions = ippGetInteger(attr, 0);
	ret->with_errors = has_text(response, "job-state-reasons", "job-completed-with-errors");
	ret->with_warnings = has_text(response, "job-state-reasons", "job-completed-with-warnings");
	attr = ippFindAttribute(response, "job-printer-state-message", IPP_TAG_TEXT);
	text = attr ? ippGetString(attr, 0, NULL) : NULL;
	if (!text || !*text) {
		attr = ippFindAttribute(response, "job-state-message", IPP_TAG_TEXT);
		text = attr ? ippGetString(attr, 0, NULL) : NULL;
	}
	snprintf(ret->message, sizeof ret->message, "%s", text ? text : "");
}

int ph_ipp_get_job(struct ph_ipp *ipp, int job, struct ph_ipp_job *ret)
{
	PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;

	int r = ask(ipp, make_get_job, &job, &response);
	if (r >= 0)
		ph_ipp_read_job(response, ret);
	return r;
}

static ipp_t *make_cancel(struct ph_ipp *ipp, const void *what)
{
	ipp_t *request = new_request(ipp, IPP_OP_CANCEL_JOB);

	ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", *(const int *)what);
	add_user(request);
	return request;
}

int ph_ipp_cancel(struct ph_ipp *ipp, int job)
{
	PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;

	return ask(ipp, make_cancel, &job, &response);
}

static ipp_t *make_get_jobs(struct ph_ipp *ipp, const void *what)
{
	static const char *const wanted[] = {"job-id", "job-name"};
	ipp_t *request = new_request(ipp, IPP_OP_GET_JOBS);

	add_user(request);
	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, what);
	ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", JOBS_LISTED);
	ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		(int)PH_ARRAY_SIZE(wanted), NULL, wanted);
	return request;
}

/* Each job is a group of attributes; a separator without a name stands between groups. */
int ph_ipp_newest_job(ipp_t *response, const char *job_name)
{
	int newest = 0, id = 0;
	bool ours = false;

	for (ipp_attribute_t *attr = ippFirstAttribute(response); attr;
		attr = ippNextAttribute(response)) {
		const char *name = ippGetName(attr);
		if (!name) {
			id = 0;
			ours = false;
		} else if (!strcmp(name, "job-id")) {
			id = ippGetInteger(attr, 0);
		} else if (!strcmp(name, "job-name")) {
			const char *text = ippGetString(attr, 0, NULL);
			ours = text && !strcmp(text, job_name);
		}
		if (ours && id > newest) /* 0 until it is known */
			newest = id;
	}
	return newest;
}

int ph_ipp_find_job(struct ph_ipp *ipp, const char *job_name, int *ret_job)
{
	static const char *const which[] = {"not-completed", "completed"};
	int newest = 0;

	for (size_t i = 0; i < PH_ARRAY_SIZE(which); i++) {
		PH_CLEANUP(ippDelete_p) ipp_t *response = NULL;
		int r = ask(ipp, make_get_jobs, which[i], &response);
		if (r == -ENOENT) /* some say so when there are none */
			continue;
		if (r < 0)
			return r;
		int found = ph_ipp_newest_job(response, job_name);
		if (found > newest)
			newest = found;
	}
	if (!newest)
		return -ENOENT;
	*ret_job = newest;
	return 0;
}
