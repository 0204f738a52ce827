// The method table: every name, parameter, result, grant and sentence of the API. Behaviour lives in the objects.
// lint: file, one table: the dispatcher, both doors and the reference read it as a whole.
#include "daemon/doors/method.h"

#include "base/cleanup.h"
#include "daemon/doors/fields.h"
#include "daemon/doors/handlers.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <string.h>

#define JOB                                                                                        \
	{                                                                                          \
		"job", PH_VALUE_STRING, REQUIRED, 1, PH_KEY_MAX, NULL,                             \
			"job id, or the caller's key"                                              \
	}
#define DEVICE_FILTER                                                                              \
	{                                                                                          \
		"device", PH_VALUE_STRING, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,                    \
			"only of this device (id or role)"                                         \
	}

/* What a document can be shown as, and how it comes. */
#define FORMAT                                                                                     \
	{                                                                                          \
		"format", PH_VALUE_STRING, OPTIONAL, 0, 0, "text png svg pdf html",                \
			"text if absent; all others are drawn by poshal-render"                    \
	}
#define PICTURE                                                                                    \
	{"columns", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "width it was laid out for"},              \
		{"text", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "the receipt in character cells"}, \
		{"png_b64", PH_VALUE_BYTES, OPTIONAL, 0, 0, NULL, "a picture, one pixel per dot"}, \
		{"svg", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "a picture"},                       \
		{"pdf_b64", PH_VALUE_BYTES, OPTIONAL, 0, 0, NULL,                                  \
			"as long as it is, a page for each cut"},                                  \
	{                                                                                          \
		"html", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,                                     \
			"a page without scripts, its text as text"                                 \
	}

static const struct ph_field nothing[] = {END};
static const struct ph_field just_device[] = {DEVICE, END};

/* system, rpc */
static const struct ph_field info_result[] = {
	{"version", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "of poshald"},
	{"instance", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "uuid, new at each start"},
	{"uptime_ms", PH_VALUE_INT, REQUIRED, 0, INT64_MAX, NULL, "since the start"},
	{"counts", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL,
		"devices, clients, jobs, events, journal commits and flushes"},
	{"paths", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "run, state and configuration folders"},
	{"bus", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "connected, absent or off"},
	{"journal", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "health, room on its disk"},
	{"keys", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"of account data: kid, state, since, records, sealed"},
	END,
};
static const struct ph_field findings[] = {
	{"findings", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"severity, subject, problem, cause and what to do; empty when all is well"},
	END,
};
static const struct ph_field discover_result[] = {
	{"openrpc", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "version of the OpenRPC specification"},
	{"info", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "title and version"},
	{"methods", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"generated from the dispatcher's table"},
	{"components", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL, "the errors"},
	END,
};
static const struct ph_field cancel_params[] = {
	{"id", PH_VALUE_ID, REQUIRED, 0, 0, NULL, "of a call on this connection"},
	END,
};

/* devices */
static const struct ph_field list_params[] = {
	{"class", PH_VALUE_STRING, OPTIONAL, 0, 0,
		"scanner printer drawer display card_reader scale msr terminal", "only this class"},
	END,
};
static const struct ph_field devices_result[] = {
	{"devices", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "device objects"},
	END,
};
static const struct ph_field device_result[] = {
	{"device", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "device object"},
	END,
};
static const struct ph_field claim_params[] = {
	DEVICE,
	{"wait_ms", PH_VALUE_INT, OPTIONAL, 0, PH_LEASE_WAIT_MS_MAX, NULL,
		"how long to wait for the present holder; 0 answers Claimed at once"},
	END,
};
static const struct ph_field claim_result[] = {
	{"lease", PH_VALUE_STRING, REQUIRED, 0, 0, NULL,
		"id of the lease; it ends with the connection"},
	END,
};
static const struct ph_field directio_params[] = {
	DEVICE,
	{"data_b64", PH_VALUE_BYTES, REQUIRED, 0, 65536, NULL,
		"bytes sent to the device as they are"},
	END,
};
static const struct ph_field directio_result[] = {
	{"reply_b64", PH_VALUE_BYTES, OPTIONAL, 0, 0, NULL, "what the device answered"},
	END,
};
static const struct ph_field device_discover_params[] = {
	{"network", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"also look for network printers, which takes some seconds"},
	END,
};
static const struct ph_field device_discover_result[] = {
	{"found", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"kind, text, connection, driver, drivers, options, node, usb, maker, model, "
		"serial, port, device_uri"},
	END,
};
static const struct ph_field adopt_params[] = {
	{"name", PH_VALUE_STRING, REQUIRED, 1, PH_NAME_MAX, NULL, "the device's new name"},
	{"driver", PH_VALUE_STRING, REQUIRED, 1, PH_NAME_MAX, NULL, "see driver.list"},
	{"connection", PH_VALUE_STRING, REQUIRED, 1, 512, NULL, "URL, see docs/configuration.md"},
	{"options", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL, "keys of its section"},
	{"roles", PH_VALUE_STRINGS, OPTIONAL, 0, PH_NAME_MAX, NULL, "new roles bound to it"},
	END,
};
static const struct ph_field adopt_result[] = {
	{"device", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "device object"},
	{"file", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "its section is there now"},
	{"udev_rule", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"what the administrator has to give udev, so that the service may open the node"},
	END,
};
static const struct ph_field role_bind_params[] = {
	{"role", PH_VALUE_STRING, REQUIRED, 1, PH_NAME_MAX, NULL, "its name"},
	{"devices", PH_VALUE_STRINGS, REQUIRED, 1, PH_NAME_MAX + 16, NULL,
		"ids in the order of fail-over, at most 8"},
	{"failover_after_s", PH_VALUE_INT, OPTIONAL, 0, PH_FAILOVER_S_MAX, NULL,
		"after how long print jobs go on to the next; 10 if absent"},
	END,
};
static const struct ph_field role_params[] = {
	{"role", PH_VALUE_STRING, REQUIRED, 1, PH_NAME_MAX, NULL, "its name"},
	END,
};
static const struct ph_field health_params[] = {
	DEVICE,
	{"level", PH_VALUE_STRING, OPTIONAL, 0, 0, "internal external interactive",
		"UnifiedPOS level; internal if absent"},
	END,
};
static const struct ph_field health_result[] = {
	{"text", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "UnifiedPOS CheckHealthText"},
	END,
};
static const struct ph_field statistics_result[] = {
	{"statistics", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "by UnifiedPOS statistics name"},
	END,
};
static const struct ph_field roles_result[] = {
	{"roles", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"role, devices, device in use, implicit, failover_after_s"},
	END,
};
static const struct ph_field drivers_result[] = {
	{"drivers", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"name, version, summary, classes, options"},
	END,
};
static const struct ph_field driver_test_params[] = {
	{"driver", PH_VALUE_STRING, REQUIRED, 1, PH_NAME_MAX, NULL, "see driver.list"},
	{"options", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL, "options it cannot be opened without"},
	{"connection", PH_VALUE_STRING, OPTIONAL, 1, 512, NULL,
		"a device of yours; an emulated cable if absent"},
	END,
};
static const struct ph_field driver_test_result[] = {
	{"passed", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "no check failed"},
	{"checks", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"check, verdict (passed, failed, not applicable), why"},
	END,
};
static const struct ph_field reload_result[] = {
	{"errors", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "file, line and text of each problem"},
	{"changed", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL,
		"devices that were restarted, added or removed"},
	END,
};

/* printer and jobs */
static const struct ph_field print_params[] = {
	DEVICE,
	KEY,
	{"document", PH_VALUE_DOCUMENT, REQUIRED, 0, 0, NULL, "see docs/documents.md"},
	{"ttl_s", PH_VALUE_INT, OPTIONAL, 1, PH_JOB_TTL_S_MAX, NULL,
		"ends as expired when it has not started by then"},
	{"copies", PH_VALUE_INT, OPTIONAL, 1, PH_JOB_COPIES_MAX, NULL, "1 if absent"},
	{"priority", PH_VALUE_INT, OPTIONAL, PH_JOB_PRIORITY_MIN, PH_JOB_PRIORITY_MAX, NULL,
		"higher goes first among those that wait; 0 if absent"},
	{"on_recovery", PH_VALUE_STRING, OPTIONAL, 0, 0, "reprint continue ask",
		"what to do when the printer loses part of it; reprint if absent"},
	{"wait", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "answer at a final state (JSON door only)"},
	END,
};
static const struct ph_field print_result[] = {
	{"job", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "job id"},
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "job state"},
	{"duplicate", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL,
		"the key was known: this is the first job"},
	{"reason", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "why it is in this state"},
	END,
};
static const struct ph_field printer_status_result[] = {
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "device state"},
	{"reasons", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL, "what is wrong, as words"},
	{"status", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "online, paper, cover, error"},
	{"jobs", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "unfinished jobs"},
	END,
};
static const struct ph_field validate_params[] = {
	{"document", PH_VALUE_DOCUMENT, REQUIRED, 0, 0, NULL, "see docs/documents.md"},
	{"device", PH_VALUE_STRING, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,
		"printer whose abilities count; any if absent"},
	{"explain", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "list every degradation"},
	END,
};
static const struct ph_field validate_result[] = {
	{"valid", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "printer.print would accept it"},
	{"errors", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "path and reason"},
	{"degradations", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"path and what is printed instead"},
	END,
};
static const struct ph_field preview_params[] = {
	{"document", PH_VALUE_DOCUMENT, REQUIRED, 0, 0, NULL, "see docs/documents.md"},
	{"device", PH_VALUE_STRING, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,
		"printer whose width counts; 48 columns if absent"},
	{"columns", PH_VALUE_INT, OPTIONAL, PH_COLUMNS_MIN, PH_COLUMNS_MAX, NULL,
		"this width, whatever the printer's"},
	FORMAT,
	END,
};
static const struct ph_field preview_result[] = {PICTURE, END};
static const struct ph_field copy_params[] = {JOB, FORMAT, END};
static const struct ph_field copy_result[] = {
	{"job", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "job id"},
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, "printed sent_unconfirmed uncertain",
		"job state; of an uncertain one part of this is on paper"},
	{"reprint", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "the paper says so, and so does the copy"},
	PICTURE,
	END,
};
static const struct ph_field job_params[] = {JOB, END};
static const struct ph_field job_result[] = {
	{"job", PH_VALUE_OBJECT, REQUIRED, 0, 0, NULL, "job object"},
	END,
};
static const struct ph_field job_list_params[] = {
	DEVICE_FILTER,
	{"state", PH_VALUE_STRING, OPTIONAL, 0, 0,
		"open queued waiting sending confirming printed sent_unconfirmed uncertain failed "
		"cancelled expired",
		"only in this state; open is every unfinished one"},
	{"limit", PH_VALUE_INT, OPTIONAL, 1, PH_LIST_MAX, NULL, "100 if absent; newest first"},
	END,
};
static const struct ph_field jobs_result[] = {
	{"jobs", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "job objects"},
	END,
};
static const struct ph_field job_wait_params[] = {
	JOB,
	{"timeout_ms", PH_VALUE_INT, OPTIONAL, 0, 24 * 3600 * 1000, NULL, "no limit if absent"},
	END,
};
static const struct ph_field job_retry_params[] = {
	JOB,
	{"reprint", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"print again what may be on paper already, marked as a reprint"},
	END,
};

/* drawer */
static const struct ph_field drawer_open_params[] = {
	DEVICE,
	KEY,
	{"n", PH_VALUE_INT, OPTIONAL, 1, 2, NULL, "which drawer of a printer; 1 if absent"},
	{"reason", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "for the audit trail"},
	{"reference", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "receipt number or the like"},
	{"operator", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "who stands at the till"},
	END,
};
static const struct ph_field drawer_open_result[] = {
	{"outcome", PH_VALUE_STRING, REQUIRED, 0, 0, "opened not_confirmed no_sensor",
		"what the sensor says"},
	{"already", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "it was open; no pulse was sent"},
	{"duplicate", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"the key was known: this is the first outcome"},
	END,
};
static const struct ph_field drawer_status_result[] = {
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, "open closed unknown", "what the sensor says"},
	{"left_open", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "its alarm has gone off"},
	END,
};
static const struct ph_field drawer_wait_params[] = {
	DEVICE,
	{"timeout_ms", PH_VALUE_INT, OPTIONAL, 0, 24 * 3600 * 1000, NULL, "no limit if absent"},
	{"beep_timeout_ms", PH_VALUE_INT, OPTIONAL, 0, 24 * 3600 * 1000, NULL,
		"from then on drawer.beep events say when to beep; never if absent"},
	{"beep_frequency_hz", PH_VALUE_INT, OPTIONAL, 10, 24000, NULL, "2000 if absent"},
	{"beep_duration_ms", PH_VALUE_INT, OPTIONAL, 0, 3600 * 1000, NULL, "500 if absent"},
	{"beep_delay_ms", PH_VALUE_INT, OPTIONAL, 0, 3600 * 1000, NULL,
		"silence between two beeps; 500 if absent"},
	END,
};
static const struct ph_field drawer_wait_result[] = {
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, "open closed unknown", "what the sensor says"},
	END,
};
static const struct ph_field drawer_tune_params[] = {
	DEVICE,
	{"step", PH_VALUE_STRING, REQUIRED, 0, 0, "closed open pulse accept forget",
		"what the person has done, or wants"},
	END,
};
static const struct ph_field drawer_tune_result[] = {
	{"step", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "this step"},
	{"level", PH_VALUE_STRING, OPTIONAL, 0, 0, "high low", "of the switch"},
	{"finding", PH_VALUE_STRING, OPTIONAL, 0, 0, "open_high open_low none",
		"level while it is open; none: there is no switch"},
	END,
};
static const struct ph_field drawer_acknowledge_params[] = {
	DEVICE,
	{"operator", PH_VALUE_STRING, OPTIONAL, 0, 200, NULL, "who stands at the till"},
	END,
};
static const struct ph_field drawer_acknowledge_result[] = {
	{"acknowledged", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "an alarm has been stopped"},
	END,
};

/* display */
static const struct ph_field display_show_params[] = {
	DEVICE,
	{"lines", PH_VALUE_STRINGS, OPTIONAL, 0, 256, NULL,
		"one text per row from the top; the rest is blank"},
	{"items", PH_VALUE_OBJECTS, OPTIONAL, 0, 0, NULL,
		"rows as {text, align?, blink?, reverse?}, instead of lines"},
	{"brightness", PH_VALUE_INT, OPTIONAL, 0, 100, NULL,
		"per cent; the nearest step of the device"},
	END,
};

#define WINDOW                                                                                     \
	{                                                                                          \
		"window", PH_VALUE_INT, OPTIONAL, 0, 255, NULL,                                    \
			"this one, which becomes the current one; the current one if absent"       \
	}
#define PLACE_ROW                                                                                  \
	{                                                                                          \
		"row", PH_VALUE_INT, OPTIONAL, 0, 4096, NULL, "of the window, from 0"              \
	}
#define PLACE_COLUMN                                                                               \
	{                                                                                          \
		"column", PH_VALUE_INT, OPTIONAL, 0, 4096, NULL,                                   \
			"from 0; as many as the window has: past the end"                          \
	}
static const struct ph_field display_configure_params[] = {
	DEVICE,
	{"brightness", PH_VALUE_INT, OPTIONAL, 0, 100, NULL,
		"per cent; the nearest step of the device"},
	{"blink_rate_ms", PH_VALUE_INT, OPTIONAL, 1, 3600000, NULL,
		"lit for so long, and as long dark"},
	END,
};
static const struct ph_field display_content_result[] = {
	{"rows", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL, "as the device shows them"},
	{"attributes", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL,
		"a digit per cell: 1 blinks, 2 reverse, 3 both"},
	{"window", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "the current one"},
	{"windows", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL, "all there are, with their settings"},
	{"at_cursor", PH_VALUE_STRING, REQUIRED, 0, 0, NULL,
		"the character at the cursor of the current window"},
	{"brightness", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "per cent, as asked for"},
	{"blink_rate_ms", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "of what blinks"},
	{"descriptors", PH_VALUE_STRINGS, REQUIRED, 0, 0, NULL, "off, on or blink each"},
	{"idle", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "the idle text is shown"},
	END,
};
static const struct ph_field display_descriptor_params[] = {
	DEVICE,
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0, "off on blink",
		"a lamp that cannot blink is on"},
	{"descriptor", PH_VALUE_INT, OPTIONAL, 0, 255, NULL, "from 0; all if absent"},
	END,
};
static const struct ph_field display_glyph_params[] = {
	DEVICE,
	{"code", PH_VALUE_INT, REQUIRED, 1, 255, NULL, "character that will look like this"},
	{"data_b64", PH_VALUE_BYTES, REQUIRED, 0, 8, NULL,
		"a byte per row of dots from the top, bit 4 is left, bit 0 right"},
	END,
};
static const struct ph_field display_idle_params[] = {
	DEVICE,
	{"lines", PH_VALUE_STRINGS, OPTIONAL, 0, 256, NULL, "one text per row; none: no idle text"},
	{"items", PH_VALUE_OBJECTS, OPTIONAL, 0, 0, NULL,
		"rows as {text, align?, blink?, reverse?}, instead of lines"},
	{"after_s", PH_VALUE_INT, OPTIONAL, 1, 86400, NULL, "after the last use; 60 if absent"},
	END,
};
static const struct ph_field display_marquee_params[] = {
	DEVICE,
	WINDOW,
	{"type", PH_VALUE_STRING, OPTIONAL, 0, 0, "none up down left right init",
		"where the text runs to; init: stopped, the window can be filled unseen"},
	{"format", PH_VALUE_STRING, OPTIONAL, 0, 0, "walk place",
		"walk comes in from the edge, place fills the viewport first"},
	{"unit_wait_ms", PH_VALUE_INT, OPTIONAL, 0, 3600000, NULL, "per step; 0 is 100"},
	{"repeat_wait_ms", PH_VALUE_INT, OPTIONAL, 0, 3600000, NULL,
		"the last step is seen for so long"},
	END,
};
static const struct ph_field display_window_params[] = {DEVICE, WINDOW, END};
static const struct ph_field display_window_create_params[] = {
	DEVICE,
	{"viewport_row", PH_VALUE_INT, REQUIRED, 0, 4096, NULL, "of the device, from 0"},
	{"viewport_column", PH_VALUE_INT, REQUIRED, 0, 4096, NULL, "of the device, from 0"},
	{"viewport_height", PH_VALUE_INT, REQUIRED, 1, 4096, NULL, "rows"},
	{"viewport_width", PH_VALUE_INT, REQUIRED, 1, 4096, NULL, "columns"},
	{"rows", PH_VALUE_INT, OPTIONAL, 1, 4096, NULL, "of the window; as the viewport if absent"},
	{"columns", PH_VALUE_INT, OPTIONAL, 1, 4096, NULL,
		"of the window; as the viewport if absent"},
	END,
};
static const struct ph_field display_window_create_result[] = {
	{"window", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "its number; it is the current one"},
	END,
};
static const struct ph_field display_window_cursor_params[] = {
	DEVICE,
	WINDOW,
	PLACE_ROW,
	PLACE_COLUMN,
	{"type", PH_VALUE_STRING, OPTIONAL, 0, 0, "none fixed block half underline reverse other",
		"how it looks, where the device has a choice"},
	{"blink", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "it blinks, where the device can"},
	{"update", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"false: it stays where it is when text is written"},
	END,
};
static const struct ph_field display_window_scroll_params[] = {
	DEVICE,
	{"direction", PH_VALUE_STRING, REQUIRED, 0, 0, "up down left right",
		"where the text moves to"},
	WINDOW,
	{"units", PH_VALUE_INT, OPTIONAL, 0, 4096, NULL, "rows or columns; 1 if absent"},
	END,
};
static const struct ph_field display_window_select_params[] = {
	DEVICE,
	{"window", PH_VALUE_INT, REQUIRED, 0, 255, NULL, "becomes the current one"},
	END,
};
static const struct ph_field display_window_text_params[] = {
	DEVICE,
	{"text", PH_VALUE_STRING, REQUIRED, 0, 4096, NULL,
		"CR, LF and the escapes of UnifiedPOS are followed"},
	WINDOW,
	PLACE_ROW,
	PLACE_COLUMN,
	{"blink", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "it blinks"},
	{"reverse", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"light and dark exchanged, where the device can"},
	{"wait_ms", PH_VALUE_INT, OPTIONAL, 0, 3600000, NULL,
		"characters appear one by one; at once if absent"},
	END,
};

/* msr */
static const struct ph_field msr_configure_params[] = {
	DEVICE,
	{"tracks", PH_VALUE_INT, OPTIONAL, 1, 15, NULL, "UnifiedPOS TracksToRead; 15 at first"},
	{"errors", PH_VALUE_STRING, OPTIONAL, 0, 0, "card track",
		"card at first: an error of one track is an error of the card"},
	{"sentinels", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "clear tracks keep theirs"},
	{"details", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "name and expiry of every card"},
	END,
};

/* scale */
static const struct ph_field scale_read_params[] = {
	DEVICE,
	{"timeout_ms", PH_VALUE_INT, OPTIONAL, 0, 60000, NULL,
		"how long it may take to come to rest; 0 is one question, 5000 if absent"},
	{"live", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "a weight that moves will do"},
	END,
};
static const struct ph_field scale_read_result[] = {
	{"state", PH_VALUE_STRING, REQUIRED, 0, 0,
		"stable unstable zero over_weight not_ready under_zero under_weight",
		"of the plate"},
	{"upos_status", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "the same as UnifiedPOS status"},
	{"weight", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL,
		"exactly as the device sent it; absent: it says zero without a number"},
	{"decimals", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "digits behind the point"},
	{"unit", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "kg, g, lb, oz, lb-oz ..."},
	{"ounces", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "of lb-oz, where weight is whole pounds"},
	{"stable", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "the weight rests"},
	{"net", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "without tare"},
	{"zero", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "at its zero"},
	{"unchanged", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "said again: nothing has changed"},
	{"stability_unknown", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"the device has no word for a weight that rests"},
	{"high_range", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "of two ranges"},
	{"tare", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "where the device sends it"},
	{"unit_price", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "where the device sends it"},
	{"total", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "where the device sends it"},
	END,
};
static const struct ph_field scale_tare_params[] = {
	DEVICE,
	{"tare", PH_VALUE_STRING, OPTIONAL, 1, 16, NULL,
		"0.125 in the device's decimals, 0 clears; what is on the plate if absent"},
	END,
};
static const struct ph_field scale_live_params[] = {
	DEVICE,
	{"on", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "scale.weight tells each change"},
	END,
};

/* scanner */
static const struct ph_field scanner_configure_params[] = {
	DEVICE,
	{"duplicate_window_ms", PH_VALUE_INT, OPTIONAL, 0, 10000, NULL,
		"drops a repeat of the last label within this time; 0 is off"},
	{"age_out_ms", PH_VALUE_INT, OPTIONAL, 0, 3600000, NULL,
		"keeps labels read while disabled for this long; 0 drops them at once"},
	{"auto_disable", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"each label disables the scanner (UnifiedPOS AutoDisable)"},
	END,
};
static const struct ph_field scanner_clear_result[] = {
	{"cleared", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "labels that waited"},
	END,
};
static const struct ph_field scanner_status_result[] = {
	{"enabled", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "the holder wants labels"},
	{"data_count", PH_VALUE_INT, REQUIRED, 0, 0, NULL,
		"labels that wait for it (UnifiedPOS DataCount)"},
	{"auto_disable", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "as configured"},
	{"duplicate_window_ms", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "as configured"},
	{"age_out_ms", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "as configured"},
	END,
};
static const struct ph_field scanner_symbology_params[] = {
	DEVICE,
	{"symbology", PH_VALUE_STRING, REQUIRED, 1, 0, NULL, "as in scanner.data, qr"},
	{"on", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "whether it is read"},
	END,
};
static const struct ph_field scanner_trigger_params[] = {
	DEVICE,
	{"on", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL, "false: stop trying; true if absent"},
	END,
};
static const struct ph_field scanner_beep_params[] = {
	DEVICE,
	{"kind", PH_VALUE_STRING, OPTIONAL, 0, 0, "good error not_on_file", "good if absent"},
	END,
};

/* events, audit */
static const struct ph_field subscribe_params[] = {
	{"topics", PH_VALUE_STRINGS, REQUIRED, 0, 64, NULL, "topic prefixes; \"*\" is all"},
	{"devices", PH_VALUE_STRINGS, OPTIONAL, 0, PH_NAME_MAX + 16, NULL,
		"ids or roles; all if absent"},
	{"since", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"{instance, seq}: resume behind this event"},
	{"snapshot", PH_VALUE_BOOL, OPTIONAL, 0, 0, NULL,
		"return the devices and the queue as of this moment"},
	END,
};
static const struct ph_field subscribe_result[] = {
	{"subscription", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "id for events.unsubscribe"},
	{"instance", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "of this server run"},
	{"seq", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "last event before the subscription"},
	{"devices", PH_VALUE_OBJECTS, OPTIONAL, 0, 0, NULL, "the snapshot"},
	{"queue", PH_VALUE_OBJECT, OPTIONAL, 0, 0, NULL,
		"of the snapshot: what stands without the host"},
	END,
};
static const struct ph_field unsubscribe_params[] = {
	{"subscription", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "from events.subscribe"},
	END,
};
static const struct ph_field audit_list_params[] = {
	{"since", PH_VALUE_INT, OPTIONAL, 0, INT64_MAX, NULL, "only rows behind this number"},
	{"limit", PH_VALUE_INT, OPTIONAL, 1, PH_LIST_MAX, NULL, "100 if absent"},
	END,
};
static const struct ph_field audit_list_result[] = {
	{"entries", PH_VALUE_OBJECTS, REQUIRED, 0, 0, NULL,
		"seq, time, uid, who, action, device, outcome, detail"},
	END,
};
static const struct ph_field audit_verify_result[] = {
	{"ok", PH_VALUE_BOOL, REQUIRED, 0, 0, NULL, "the chain is unbroken"},
	{"entries", PH_VALUE_INT, REQUIRED, 0, 0, NULL, "rows checked"},
	{"head", PH_VALUE_STRING, REQUIRED, 0, 0, NULL, "hash of the last good row, hexadecimal"},
	{"bad", PH_VALUE_INT, OPTIONAL, 0, 0, NULL, "first row that does not fit"},
	{"problem", PH_VALUE_STRING, OPTIONAL, 0, 0, "changed missing truncated",
		"what is wrong with it"},
	{"cause", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "what has been done to it"},
	{"advice", PH_VALUE_STRING, OPTIONAL, 0, 0, NULL, "what to do"},
	END,
};

#define ADMIN PH_METHOD_ADMIN
#define LONG  PH_METHOD_LONG

/* Sorted by name. */
const struct ph_method ph_methods[] = {
	{"audit.list", "Audit.List",
		"Lists the audit trail: drawer openings, raw commands, administration.",
		PH_GRANT_MONITOR, 0, audit_list_params, audit_list_result, ph_audit_list},
	{"audit.verify", "Audit.Verify", "Checks the hash chain of the audit trail.",
		PH_GRANT_MONITOR, LONG, nothing, audit_verify_result, ph_audit_verify},
	{"card.status", "CardReader.Status", "Tells whether a card is in the reader.",
		PH_GRANT_MONITOR, 0, just_device, ph_fields_paying_status_result, ph_card_status},
	{"card.transmit", "CardReader.Transmit",
		"Sends a command to a card that is not for payments.", PH_GRANT_CARD, LONG,
		ph_fields_transmit_params, ph_fields_transmit_result, ph_card_transmit},
	{"config.reload", "Manager.Reload",
		"Reads the configuration again; devices that did not change go on undisturbed.",
		PH_GRANT_CONFIGURE, ADMIN, nothing, reload_result, ph_config_reload_call},
	{"device.adopt", "Manager.Adopt",
		"Serves a device from now on: writes its section into the configuration.",
		PH_GRANT_CONFIGURE, ADMIN, adopt_params, adopt_result, ph_device_adopt},
	{"device.checkHealth", "Device.CheckHealth", "Runs the UnifiedPOS health check.",
		PH_GRANT_MONITOR, LONG, health_params, health_result, ph_device_check_health},
	{"device.claim", "Device.Claim",
		"Takes exclusive use of a device until release or disconnect.", -1, LONG,
		claim_params, claim_result, ph_lease_claim},
	{"device.directIO", "Device.DirectIO", "Sends raw bytes to a device. Audited.",
		PH_GRANT_DIRECTIO, LONG, directio_params, directio_result, ph_device_direct_io},
	{"device.disable", "Device.Disable",
		"Takes a device out of service: its process ends, its queue waits.",
		PH_GRANT_CONFIGURE, ADMIN, just_device, nothing, ph_device_disable},
	{"device.discover", "Manager.Discover",
		"Lists devices that are there and not served, with driver and connection.",
		PH_GRANT_CONFIGURE, LONG, device_discover_params, device_discover_result,
		ph_device_discover},
	{"device.enable", "Device.Enable", "Puts a disabled device back into service.",
		PH_GRANT_CONFIGURE, ADMIN, just_device, nothing, ph_device_enable},
	{"device.forget", "Device.Forget",
		"Forgets a recognised device that is unplugged, or one that was adopted.",
		PH_GRANT_CONFIGURE, ADMIN, just_device, nothing, ph_device_forget},
	{"device.get", "Manager.GetDevice", "Describes one device.", PH_GRANT_MONITOR, 0,
		just_device, device_result, ph_device_get},
	{"device.list", "Manager.ListDevices", "Describes all devices.", PH_GRANT_MONITOR, 0,
		list_params, devices_result, ph_device_list},
	{"device.release", "Device.Release", "Gives up a lease.", -1, 0, just_device, nothing,
		ph_lease_release},
	{"device.retain", "Device.Retain",
		"Answers lease.requested: the holder still needs the device.", -1, 0, just_device,
		nothing, ph_lease_retain},
	{"device.statistics", "Device.Statistics", "Counters since the start, by UnifiedPOS name.",
		PH_GRANT_MONITOR, 0, just_device, statistics_result, ph_device_statistics},
	{"display.clear", "Display.Clear", "Blanks the display.", PH_GRANT_DISPLAY, 0, just_device,
		nothing, ph_display_clear},
	{"display.configure", "Display.Configure", "Sets brightness and blink rate.",
		PH_GRANT_DISPLAY, 0, display_configure_params, nothing, ph_display_line},
	{"display.content", "Display.Content", "Tells what the display shows, and its windows.",
		PH_GRANT_DISPLAY, 0, just_device, display_content_result, ph_display_line},
	{"display.descriptor", "Display.Descriptor", "Switches a lamp of the display, or all.",
		PH_GRANT_DISPLAY, 0, display_descriptor_params, nothing, ph_display_line},
	{"display.glyph", "Display.Glyph", "Makes a character of dots.", PH_GRANT_DISPLAY, 0,
		display_glyph_params, nothing, ph_display_line},
	{"display.idle", "Display.Idle", "Sets what is shown while nobody uses the display.",
		PH_GRANT_DISPLAY, 0, display_idle_params, nothing, ph_display_idle},
	{"display.marquee", "Display.Marquee", "Lets the text of a window run, or stops it.",
		PH_GRANT_DISPLAY, 0, display_marquee_params, nothing, ph_display_line},
	{"display.show", "Display.Show", "Shows texts, one per row.", PH_GRANT_DISPLAY, 0,
		display_show_params, nothing, ph_display_show},
	{"display.window.clear", "Display.WindowClear", "Blanks a window.", PH_GRANT_DISPLAY, 0,
		display_window_params, nothing, ph_display_line},
	{"display.window.create", "Display.WindowCreate", "Makes a window and selects it.",
		PH_GRANT_DISPLAY, 0, display_window_create_params, display_window_create_result,
		ph_display_line},
	{"display.window.cursor", "Display.WindowCursor",
		"Moves the cursor of a window, and says how it looks.", PH_GRANT_DISPLAY, 0,
		display_window_cursor_params, nothing, ph_display_line},
	{"display.window.destroy", "Display.WindowDestroy", "Ends a window; what it shows stays.",
		PH_GRANT_DISPLAY, 0, display_window_params, nothing, ph_display_line},
	{"display.window.refresh", "Display.WindowRefresh", "Draws a window again and selects it.",
		PH_GRANT_DISPLAY, 0, display_window_params, nothing, ph_display_line},
	{"display.window.scroll", "Display.WindowScroll", "Moves the text of a window.",
		PH_GRANT_DISPLAY, 0, display_window_scroll_params, nothing, ph_display_line},
	{"display.window.select", "Display.WindowSelect", "Makes a window the current one.",
		PH_GRANT_DISPLAY, 0, display_window_select_params, nothing, ph_display_line},
	{"display.window.text", "Display.WindowText", "Writes at the cursor or at a place.",
		PH_GRANT_DISPLAY, 0, display_window_text_params, nothing, ph_display_line},
	{"drawer.acknowledge", "Drawer.Acknowledge",
		"Stops the left-open alarm until the drawer is opened again. Audited.",
		PH_GRANT_DRAWER, 0, drawer_acknowledge_params, drawer_acknowledge_result,
		ph_drawer_acknowledge},
	{"drawer.open", "Drawer.Open",
		"Opens a cash drawer with one pulse that is never repeated. Audited.",
		PH_GRANT_DRAWER, LONG, drawer_open_params, drawer_open_result, ph_drawer_open},
	{"drawer.status", "Drawer.Status", "Tells whether the drawer is open.", PH_GRANT_MONITOR, 0,
		just_device, drawer_status_result, ph_drawer_status},
	{"drawer.tune", "Drawer.Tune",
		"One step of learning what the level of the drawer's switch means. Audited.",
		PH_GRANT_CONFIGURE, ADMIN | LONG, drawer_tune_params, drawer_tune_result,
		ph_drawer_tune},
	{"drawer.waitForClose", "Drawer.WaitForClose", "Answers when the drawer is closed.",
		PH_GRANT_MONITOR, LONG, drawer_wait_params, drawer_wait_result,
		ph_drawer_wait_for_close},
	{"driver.list", "Manager.ListDrivers", "Lists the installed drivers and their options.",
		PH_GRANT_MONITOR, 0, nothing, drivers_result, ph_driver_list},
	{"driver.test", "Manager.TestDriver",
		"Puts a driver through what the driver protocol asks of each.", PH_GRANT_CONFIGURE,
		LONG, driver_test_params, driver_test_result, ph_driver_test},
	{"events.subscribe", "Manager.Subscribe",
		"Sends events from now on, or from an earlier one.", PH_GRANT_MONITOR, 0,
		subscribe_params, subscribe_result, ph_events_subscribe},
	{"events.unsubscribe", "Manager.Unsubscribe", "Ends a subscription.", PH_GRANT_MONITOR, 0,
		unsubscribe_params, nothing, ph_events_unsubscribe},
	{"job.cancel", "Job.Cancel", "Stops a job; what is on paper stays there.", PH_GRANT_PRINT,
		0, job_params, job_result, ph_job_cancel_call},
	{"job.copy", "Job.Copy", "Shows a printed job as it was printed.", PH_GRANT_PRINT, 0,
		copy_params, copy_result, ph_job_copy_call},
	{"job.get", "Job.Get", "Describes a job by id or by the caller's key.", PH_GRANT_PRINT, 0,
		job_params, job_result, ph_job_get_call},
	{"job.list", "Job.List", "Lists jobs, newest first.", PH_GRANT_MONITOR, 0, job_list_params,
		jobs_result, ph_job_list_call},
	{"job.retry", "Job.Retry",
		"Prints a finished job again; one that is uncertain needs reprint.", PH_GRANT_PRINT,
		0, job_retry_params, job_result, ph_job_retry_call},
	{"job.wait", "Job.Wait", "Answers when the job has reached a final state.", PH_GRANT_PRINT,
		LONG, job_wait_params, job_result, ph_job_wait_call},
	{"msr.configure", "Msr.Configure", "Changes what is told of a card.", PH_GRANT_CARD, 0,
		msr_configure_params, nothing, ph_msr_configure},
	{"msr.disable", "Msr.Disable", "Stops the delivery of cards.", PH_GRANT_CARD, 0,
		just_device, nothing, ph_msr_disable},
	{"msr.enable", "Msr.Enable", "Starts the delivery of cards to the holder of the lease.",
		PH_GRANT_CARD, 0, just_device, nothing, ph_msr_enable},
	{"payment.authorize", "Payment.Authorize",
		"Takes a payment by card; repeating the key never takes it twice. Audited.",
		PH_GRANT_PAY, LONG, ph_fields_authorize_params, ph_fields_pay_result,
		ph_payment_authorize},
	{"payment.cancel", "Payment.Cancel", "Ends a payment that the host was not asked for yet.",
		PH_GRANT_PAY, LONG, ph_fields_payment_params, nothing, ph_payment_cancel},
	{"payment.choose", "Payment.Choose", "Answers choose_application.", PH_GRANT_PAY, 0,
		ph_fields_payment_choose_params, nothing, ph_payment_choose},
	{"payment.complete", "Payment.Complete",
		"Takes what a payment has reserved, or a part of it. Audited.", PH_GRANT_PAY, LONG,
		ph_fields_payment_complete_params, ph_fields_pay_result, ph_payment_complete},
	{"payment.explain", "Payment.Explain",
		"Says who would decide about such a payment, without taking one.", PH_GRANT_PAY, 0,
		ph_fields_payment_explain_params, ph_fields_payment_explain_result,
		ph_payment_explain},
	{"payment.get", "Payment.Get", "Describes a payment by id or by the caller's key.",
		PH_GRANT_PAY, 0, ph_fields_payment_params, ph_fields_payment_result,
		ph_payment_get},
	{"payment.list", "Payment.List", "Lists payments, newest first.", PH_GRANT_PAY, 0,
		ph_fields_payment_list_params, ph_fields_payments_result, ph_payment_list},
	{"payment.refund", "Payment.Refund", "Gives money back to a card. Audited.", PH_GRANT_PAY,
		LONG, ph_fields_payment_refund_params, ph_fields_pay_result, ph_payment_refund},
	{"payment.resolve", "Payment.Resolve",
		"Says what became of a payment, once somebody has looked. Audited.", PH_GRANT_PAY,
		0, ph_fields_payment_resolve_params, ph_fields_payment_result, ph_payment_resolve},
	{"payment.retry", "Payment.Retry",
		"Sends a reversal or completion again that was refused, once what was wrong is "
		"mended. Audited.",
		PH_GRANT_PAY, 0, ph_fields_payment_retry_params, nothing, ph_payment_retry},
	{"payment.voice", "Payment.Voice",
		"Takes what the issuer has approved by telephone, after it was referred. Audited.",
		PH_GRANT_PAY, LONG, ph_fields_payment_voice_params, ph_fields_pay_result,
		ph_payment_voice_call},
	{"payment.void", "Payment.Void", "Undoes an approved payment as a whole. Audited.",
		PH_GRANT_PAY, LONG, ph_fields_payment_void_params, ph_fields_pay_result,
		ph_payment_void},
	{"printer.preview", "Manager.Preview", "Shows what a document would look like.",
		PH_GRANT_PRINT, 0, preview_params, preview_result, ph_printer_preview},
	{"printer.print", "Printer.Print", "Accepts a print job; it is on disk when this answers.",
		PH_GRANT_PRINT, LONG, print_params, print_result, ph_printer_print},
	{"printer.status", "Printer.Status",
		"Tells paper, cover, errors and the length of the queue.", PH_GRANT_MONITOR, 0,
		just_device, printer_status_result, ph_printer_status},
	{"printer.validate", "Manager.Validate", "Checks a document without printing it.",
		PH_GRANT_PRINT, 0, validate_params, validate_result, ph_printer_validate},
	{"queue.again", "Queue.Again",
		"Asks the host once more for a payment it has declined. Audited.", PH_GRANT_QUEUE,
		0, ph_fields_queue_act_params, ph_fields_queue_act_result, ph_queue_again},
	{"queue.export", "Queue.Export",
		"Gives what is pending to another machine, sealed to its key. Audited.",
		PH_GRANT_QUEUE, LONG, ph_fields_queue_export_params, ph_fields_queue_export_result,
		ph_queue_export},
	{"queue.forceOffline", "Queue.ForceOffline",
		"Works without the host for a while, or with it again. Audited.", PH_GRANT_QUEUE, 0,
		ph_fields_force_offline_params, ph_fields_force_offline_result,
		ph_queue_force_offline},
	{"queue.forward", "Queue.Forward", "Sends now what waits for its time. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_forward_params, ph_fields_queue_forward_result,
		ph_queue_forward},
	{"queue.handOver", "Queue.HandOver",
		"Ends an exported record here: another machine has taken it for good. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_act_params, ph_fields_queue_act_result,
		ph_queue_hand_over},
	{"queue.hold", "Queue.Hold",
		"Keeps a payment that was not sent yet until it is released. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_act_params, ph_fields_queue_act_result,
		ph_queue_hold},
	{"queue.import", "Queue.Import",
		"Takes what another machine has exported, with its numbers. Audited.",
		PH_GRANT_QUEUE, LONG, ph_fields_queue_import_params, ph_fields_queue_import_result,
		ph_queue_import},
	{"queue.keys", "Queue.Keys",
		"Lists the keys account data is sealed to, and how many records each has.",
		PH_GRANT_PAY, 0, nothing, ph_fields_queue_keys_result, ph_queue_keys},
	{"queue.list", "Queue.List", "Lists what was accepted without the host, oldest first.",
		PH_GRANT_PAY, 0, ph_fields_queue_list_params, ph_fields_queue_list_result,
		ph_queue_list},
	{"queue.release", "Queue.Release",
		"Lets a payment go to the host that is held, with its tip. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_release_params, ph_fields_queue_act_result,
		ph_queue_release},
	{"queue.rewrap", "Queue.Rewrap",
		"Wraps stored account data for the current key, in the background. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_rewrap_params, ph_fields_queue_rewrap_result,
		ph_queue_rewrap},
	{"queue.seen", "Queue.Seen",
		"Takes a payment off the list of work: somebody has seen to it. Audited.",
		PH_GRANT_QUEUE, 0, ph_fields_queue_act_params, ph_fields_queue_act_result,
		ph_queue_seen},
	{"queue.status", "Queue.Status",
		"Tells what stands without the host, how much more may, and what is to be done.",
		PH_GRANT_PAY, 0, nothing, ph_fields_queue_status_result, ph_queue_status},
	{"queue.takeBack", "Queue.TakeBack",
		"Makes an exported record this machine's again. Audited.", PH_GRANT_QUEUE, 0,
		ph_fields_queue_act_params, ph_fields_queue_act_result, ph_queue_take_back},
	{"queue.totals", "Queue.Totals",
		"Adds up what became of all that was accepted without the host; closes the day.",
		PH_GRANT_PAY, LONG, ph_fields_queue_totals_params, ph_fields_queue_totals_result,
		ph_queue_totals},
	{"queue.verify", "Queue.Verify", "Checks that audit trail, sums, keys and journal agree.",
		PH_GRANT_PAY, LONG, nothing, ph_fields_queue_verify_result, ph_queue_verify},
	{"role.bind", "Manager.BindRole", "Binds a role to devices, in the configuration.",
		PH_GRANT_CONFIGURE, ADMIN, role_bind_params, nothing, ph_role_bind},
	{"role.list", "Manager.ListRoles", "Lists roles and the devices behind them.",
		PH_GRANT_MONITOR, 0, nothing, roles_result, ph_role_list},
	{"role.unbind", "Manager.UnbindRole", "Removes a role that role.bind has bound.",
		PH_GRANT_CONFIGURE, ADMIN, role_params, nothing, ph_role_unbind},
	{"rpc.cancel", NULL, "Cancels a call that is under way on this connection.", -1,
		PH_METHOD_JSON_ONLY, cancel_params, nothing, ph_rpc_cancel},
	{"rpc.discover", NULL, "Returns this API as an OpenRPC document.", -1, PH_METHOD_JSON_ONLY,
		nothing, discover_result, ph_rpc_discover},
	{"rpc.ping", NULL, "Answers.", -1, PH_METHOD_JSON_ONLY, nothing, nothing, ph_rpc_ping},
	{"scale.live", "Scale.Live", "Follows the plate with scale.weight, until switched off.",
		PH_GRANT_SCAN, 0, scale_live_params, nothing, ph_scale_live},
	{"scale.read", "Scale.Read", "Weighs: answers with a weight that rests.", PH_GRANT_SCAN,
		LONG, scale_read_params, scale_read_result, ph_scale_read},
	{"scale.tare", "Scale.Tare", "Sets or clears the tare. Audited.", PH_GRANT_SCALE, 0,
		scale_tare_params, nothing, ph_scale_tare},
	{"scale.zero", "Scale.Zero", "Sets the scale to zero. Audited.", PH_GRANT_SCALE, 0,
		just_device, nothing, ph_scale_zero},
	{"scanner.beep", "Scanner.Beep",
		"Sounds the scanner's beeper, where it has a command for it.", PH_GRANT_SCAN, 0,
		scanner_beep_params, nothing, ph_scanner_beep},
	{"scanner.clear", "Scanner.Clear",
		"Forgets labels that wait for the holder (UnifiedPOS ClearInput).", PH_GRANT_SCAN,
		0, just_device, scanner_clear_result, ph_scanner_clear},
	{"scanner.configure", "Scanner.Configure",
		"Changes how labels are delivered to the holder.", PH_GRANT_SCAN, 0,
		scanner_configure_params, nothing, ph_scanner_configure},
	{"scanner.disable", "Scanner.Disable", "Stops the delivery of labels.", PH_GRANT_SCAN, 0,
		just_device, nothing, ph_scanner_disable},
	{"scanner.enable", "Scanner.Enable",
		"Starts the delivery of labels to the holder of the lease.", PH_GRANT_SCAN, 0,
		just_device, nothing, ph_scanner_enable},
	{"scanner.status", "Scanner.Status", "Tells how labels are delivered now.",
		PH_GRANT_MONITOR, 0, just_device, scanner_status_result, ph_scanner_status},
	{"scanner.symbology", "Scanner.Symbology",
		"Tells the scanner whether to read one kind of labels.", PH_GRANT_SCAN, 0,
		scanner_symbology_params, nothing, ph_scanner_symbology},
	{"scanner.trigger", "Scanner.Trigger",
		"Triggers a read, where the scanner has a command for it.", PH_GRANT_SCAN, 0,
		scanner_trigger_params, nothing, ph_scanner_trigger},
	{"system.diagnose", "Manager.Diagnose", "Says what is wrong, why, and what to do.",
		PH_GRANT_MONITOR, LONG, nothing, findings, ph_system_diagnose},
	{"system.info", "Manager.Info", "Version, uptime, counts and paths.", PH_GRANT_MONITOR, 0,
		nothing, info_result, ph_system_info},
	{"terminal.endOfDay", "Terminal.EndOfDay",
		"Closes the day of a terminal, which settles its payments. Audited.", PH_GRANT_PAY,
		LONG, ph_fields_end_of_day_params, ph_fields_pay_result, ph_terminal_end_of_day},
	{"terminal.status", "Terminal.Status", "Tells how a terminal is.", PH_GRANT_MONITOR, 0,
		just_device, ph_fields_paying_status_result, ph_terminal_status},
};

const size_t ph_methods_count = PH_ARRAY_SIZE(ph_methods);

const struct ph_method *ph_method_find(const char *name)
{
	size_t low = 0, high = ph_methods_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, ph_methods[mid].name);
		if (!order)
			return &ph_methods[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

bool ph_method_has_device(const struct ph_method *method)
{
	static const char *const nouns[] = {"Device.", "Scanner.", "Printer.", "Drawer.",
		"Display.", "CardReader.", "Scale.", "Msr.", "Terminal."};

	for (size_t i = 0; method->dbus && i < PH_ARRAY_SIZE(nouns); i++)
		if (!strncmp(method->dbus, nouns[i], strlen(nouns[i])))
			return true;
	return false;
}
