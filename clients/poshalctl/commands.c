// The command table: names, arguments, options and sentences. The behaviour is in the cmd_ files.
#include "clients/poshalctl/ctl.h"

#include <assert.h>

#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

const struct ctl_option ctl_global_options[] = {
	{"json", NULL, "JSON for programs: one document, or one per line"},
	{"socket", "PATH", "socket of the service (else $POSHAL_SOCKET, else the system's)"},
	{"root", "DIR", "the private service in DIR: socket DIR/run/poshal.sock"},
	{"help", NULL, "help on the command"},
	{"version", NULL, "version of poshalctl"},
	END,
};

static const struct ctl_option list_options[] = {
	{"class", "CLASS", "only scanner, printer, drawer, display, ..."},
	{"ids", NULL, "ids only, one per line"},
	END,
};
static const struct ctl_option watch_options[] = {
	{"device", "D", "only events of this device"},
	END,
};
static const struct ctl_option scan_options[] = {
	{"count", "N", "end after N labels"},
	{"timeout", "S", "end after S seconds"},
	END,
};
static const struct ctl_option swipe_options[] = {
	{"count", "N", "end after N swipes"},
	{"timeout", "S", "end after S seconds"},
	END,
};
static const struct ctl_option print_options[] = {
	{"text", NULL, "the file is plain text"},
	{"document", NULL, "the file is a document in JSON (the default when it begins with {)"},
	{"receiptline", NULL, "the file is ReceiptLine markup"},
	{"key", "K", "repeating a key never prints twice; a new one if absent"},
	{"copies", "N", "1 if absent"},
	{"ttl", "S", "give up when it has not started after S seconds"},
	{"priority", "N", "-10 to 10: higher goes first among those that wait"},
	{"on-recovery", "X", "reprint, continue or ask, when the printer loses part of it"},
	{"wait", NULL, "wait until the job has ended, and say how"},
	END,
};
static_assert(sizeof print_options / sizeof *print_options <= CTL_OPTIONS_MAX + 1,
	"the command with most options has a place for each");
#define PICTURE                                                                                    \
	{"format", "F", "text (the default), png, svg, pdf or html"},                              \
	{                                                                                          \
		"output", "FILE", "write it there; else to standard output"                        \
	}
static const struct ctl_option preview_options[] = {
	{"device", "D", "for the width of this printer"},
	{"columns", "N", "for this width, 8 to 255"},
	PICTURE,
	{"text", NULL, "the file is plain text"},
	{"document", NULL, "the file is a document in JSON"},
	{"receiptline", NULL, "the file is ReceiptLine markup"},
	END,
};
static const struct ctl_option validate_options[] = {
	{"device", "D", "for the abilities of this printer"},
	{"text", NULL, "the file is plain text"},
	{"document", NULL, "the file is a document in JSON"},
	{"receiptline", NULL, "the file is ReceiptLine markup"},
	END,
};
static const struct ctl_option drawer_options[] = {
	{"second", NULL, "the second drawer of a printer"},
	{"reason", "TEXT", "for the audit trail"},
	{"reference", "TEXT", "receipt number or the like"},
	{"operator", "NAME", "who stands at the till"},
	{"key", "K", "repeating a key never opens twice; a new one if absent"},
	END,
};
static const struct ctl_option weigh_options[] = {
	{"live", NULL, "a weight that moves will do"},
	{"timeout", "S", "how long it may take to come to rest; 5 if absent"},
	END,
};
static const struct ctl_option plate_options[] = {
	{"count", "N", "end after N changes"},
	END,
};
static const struct ctl_option tare_options[] = {
	{"weight", "W", "this much, 0.125 in the scale's decimals; 0 clears"},
	END,
};
static const struct ctl_option conformance_options[] = {
	{"options", "LIST", "options it cannot be opened without: KEY=VALUE, separated by blanks"},
	{"connect", "URL", "a device of yours instead of an emulated cable"},
	END,
};
static const struct ctl_option tune_options[] = {
	{"pulse", NULL, "have it opened, and do not ask for the key"},
	{"forget", NULL, "forget what was learnt; no dialogue"},
	END,
};
static const struct ctl_option operator_options[] = {
	{"operator", "NAME", "who stands at the till"},
	END,
};
static const struct ctl_option timeout_options[] = {
	{"timeout", "S", "give up after S seconds"},
	END,
};
static const struct ctl_option marquee_options[] = {
	{"row", "N", "from 1; the last one if absent"},
	{"step", "MS", "a character moves on after so long; 200 if absent"},
	END,
};
static const struct ctl_option idle_options[] = {
	{"after", "S", "seconds after the last use; 60 if absent"},
	END,
};
static const struct ctl_option show_options[] = {
	{"brightness", "N", "0 to 100 per cent"},
	END,
};
#define PAY_KEY                                                                                    \
	{                                                                                          \
		"key", "K", "repeating a key never pays twice; a new one if absent"                \
	}
#define PAY_TEXTS  {"operator", "NAME", "who stands at the till"}, PAY_KEY
#define PAY_ANSWER {"operator", "NAME", "who answers for it; needed"}, PAY_KEY
static const struct ctl_option pay_options[] = {
	{"device", "D", "card reader or terminal; role payment, else the only one, if absent"},
	{"type", "T", "sale, or preauth to reserve the amount"},
	{"offline", "O", "refuse (the default), allow or force: what may happen without the host"},
	{"reason", "TEXT", "why it is forced, for the audit trail; needed then, as --operator is"},
	{"cashback", "N", "minor units of the amount that are handed out"},
	{"reference", "TEXT", "receipt number or the like"},
	PAY_TEXTS,
	END,
};
static const struct ctl_option refund_options[] = {
	{"payment", "P", "the payment it belongs to, by id or key"},
	{"device", "D", "card reader or terminal; that of the payment if absent"},
	{"reference", "TEXT", "receipt number or the like"},
	{"reason", "TEXT", "for the audit trail"},
	PAY_ANSWER,
	END,
};
static const struct ctl_option explain_options[] = {
	{"device", "D", "card reader or terminal; role payment, else the only one, if absent"},
	{"offline", "O", "refuse (the default), allow or force: what may happen without the host"},
	{"type", "T", "sale, or refund"},
	END,
};
static const struct ctl_option voice_options[] = {
	{"device", "D", "card reader it is booked at; that of the referred payment if absent"},
	{"reference", "TEXT", "receipt number or the like"},
	{"reason", "TEXT", "for the audit trail"},
	PAY_ANSWER,
	END,
};
static const struct ctl_option void_options[] = {
	{"reason", "TEXT", "for the audit trail; needed"},
	PAY_ANSWER,
	END,
};
static const struct ctl_option work_options[] = {
	{"operator", "NAME", "who has looked; needed"},
	{"reason", "TEXT", "what was found or mended, for the audit trail; needed"},
	END,
};
static const struct ctl_option pay_operator_options[] = {PAY_TEXTS, END};
static const struct ctl_option pay_list_options[] = {
	{"state", "S", "only in this state: approved, declined, ..."},
	{"since", "TIME", "only those that changed since, as 2026-11-22T09:30:00Z"},
	{"limit", "N", "at most N, newest first; 100 if absent"},
	END,
};
static const struct ctl_option queue_operator_options[] = {
	{"operator", "NAME", "who wants it; needed"},
	END,
};
static const struct ctl_option queue_export_options[] = {
	{"to", "FILE", "public half of the other machine's key; needed"},
	{"operator", "NAME", "who wants it; needed"},
	{"again", NULL, "what was exported before, because the file is lost"},
	END,
};
static const struct ctl_option keygen_options[] = {
	{"kid", "K", "id of the new key; today's date if absent"},
	{"out", "FILE", "the key file, in clear and for its owner only"},
	{"credential", "FILE", "sealed for this machine by systemd-creds"},
	END,
};
static const struct ctl_option queue_list_options[] = {
	{"filter", "F", "open (the default), work, final or all"},
	{"after", "N", "only records behind this one"},
	{"limit", "N", "at most N, oldest first; 100 if absent"},
	END,
};
#define QUEUE_WHO                                                                                  \
	{"operator", "NAME", "who wants it; needed"},                                              \
	{                                                                                          \
		"reason", "TEXT", "why, for the audit trail; needed"                               \
	}
static const struct ctl_option queue_act_options[] = {QUEUE_WHO, END};
static const struct ctl_option hand_over_options[] = {
	{"all", NULL, "everything that was exported"},
	QUEUE_WHO,
	END,
};
static const struct ctl_option queue_forward_options[] = {
	{"operator", "NAME", "who wants it"},
	{"reason", "TEXT", "why, for the audit trail"},
	END,
};
static const struct ctl_option queue_release_options[] = {
	{"operator", "NAME", "who wants it; needed"},
	{"amount", "N", "with the tip, minor units"},
	{"reason", "TEXT", "why, for the audit trail"},
	END,
};
static const struct ctl_option queue_offline_options[] = {
	QUEUE_WHO,
	{"minutes", "N", "it ends by itself after so many; 240 if absent, which is the most"},
	END,
};
static const struct ctl_option queue_totals_options[] = {
	{"since", "TIME", "only what was accepted since, as 2026-11-22T09:30:00Z"},
	{"reconcile", NULL, "close the day with the host; needs --operator"},
	{"carry-forward", NULL, "with --reconcile: what waits goes into the next day"},
	{"currency", "CODE", "with --reconcile: of which currency; that of the till if absent"},
	{"operator", "NAME", "who closes the day"},
	END,
};
static const struct ctl_option jobs_options[] = {
	{"state", "S", "only in this state; open is every unfinished one"},
	{"device", "D", "only of this printer"},
	{"limit", "N", "at most N, newest first; 100 if absent"},
	END,
};
static const struct ctl_option retry_options[] = {
	{"reprint", NULL, "print again what may be on paper already, marked as a reprint"},
	END,
};
static const struct ctl_option copy_options[] = {PICTURE, END};
static const struct ctl_option discover_options[] = {
	{"network", NULL, "look for network printers as well, which takes some seconds"},
	END,
};
static const struct ctl_option adopt_options[] = {
	{"role", "R", "a new role for it"},
	{"rules", "FILE", "for its udev rule; /etc/udev/rules.d/72-poshal-local.rules if absent"},
	END,
};
static const struct ctl_option bind_options[] = {
	{"failover", "S", "seconds after which print jobs go on to the next; 10 if absent"},
	END,
};
static const struct ctl_option claim_options[] = {
	{"wait", "S", "wait up to S seconds for the present holder"},
	END,
};
static const struct ctl_option audit_options[] = {
	{"verify", NULL, "check the hash chain instead"},
	{"since", "SEQ", "only rows behind this number"},
	{"limit", "N", "at most N rows; 100 if absent"},
	END,
};
static const struct ctl_option health_options[] = {
	{"level", "L", "internal, external or interactive"},
	END,
};
static const struct ctl_option call_options[] = {
	{"timeout", "S", "give up after S seconds"},
	END,
};
static const struct ctl_option help_options[] = {
	{"words", NULL, "for completion: the commands, or the options of COMMAND"},
	END,
};

const struct ctl_command ctl_commands[] = {
	{"list", "", 0, 0, "list devices", list_options, false, ctl_run_list},
	{"show", "DEVICE", 1, 1, "everything known about a device", NULL, false, ctl_run_show},
	{"watch", "[TOPIC...]", 0, -1, "print events as they happen", watch_options, false,
		ctl_run_watch},
	{"scan", "[DEVICE]", 0, 1, "claim a scanner and print its labels", scan_options, false,
		ctl_run_scan},
	{"print", "DEVICE FILE|-", 2, 2, "print a text or a document", print_options, false,
		ctl_run_print},
	{"preview", "FILE|-", 1, 1, "show what would be printed", preview_options, false,
		ctl_run_preview},
	{"validate", "FILE|-", 1, 1, "check a document without printing it", validate_options,
		false, ctl_run_validate},
	{"drawer open", "[DEVICE]", 0, 1, "open a cash drawer", drawer_options, false,
		ctl_run_drawer_open},
	{"drawer status", "[DEVICE]", 0, 1, "tell whether the drawer is open", NULL, false,
		ctl_run_drawer_status},
	{"drawer tune", "[DEVICE]", 0, 1, "learn what the switch of the drawer says, in a dialogue",
		tune_options, false, ctl_run_drawer_tune},
	{"drawer acknowledge", "[DEVICE]", 0, 1, "stop the alarm of a drawer left open",
		operator_options, false, ctl_run_drawer_acknowledge},
	{"drawer wait", "[DEVICE]", 0, 1, "wait until the drawer is closed", timeout_options, false,
		ctl_run_drawer_wait},
	{"display show", "DEVICE LINE...", 2, -1, "show texts, one per row", show_options, false,
		ctl_run_display_show},
	{"display clear", "DEVICE", 1, 1, "blank the display", NULL, false, ctl_run_display_clear},
	{"display marquee", "DEVICE TEXT", 2, 2, "let a text run through a row", marquee_options,
		false, ctl_run_display_marquee},
	{"display idle", "DEVICE [LINE...]", 1, -1, "what is shown while nobody uses it",
		idle_options, false, ctl_run_display_idle},
	{"display content", "DEVICE", 1, 1, "what the display shows", NULL, false,
		ctl_run_display_content},
	{"scale read", "[DEVICE]", 0, 1, "weigh", weigh_options, false, ctl_run_scale_read},
	{"scale watch", "[DEVICE]", 0, 1, "print each change of the plate", plate_options, false,
		ctl_run_scale_watch},
	{"scale tare", "[DEVICE]", 0, 1, "set or clear the tare", tare_options, false,
		ctl_run_scale_tare},
	{"scale zero", "[DEVICE]", 0, 1, "set the scale to zero", NULL, false, ctl_run_scale_zero},
	{"swipe", "[DEVICE]", 0, 1, "claim a stripe reader and print what it tells of cards",
		swipe_options, false, ctl_run_swipe},
	{"pay authorize", "AMOUNT CURRENCY", 2, 2, "take a payment by card, as 12.50 EUR",
		pay_options, false, ctl_run_pay_authorize},
	{"pay explain", "AMOUNT CURRENCY", 2, 2, "who would decide about such a payment, and why",
		explain_options, false, ctl_run_pay_explain},
	{"pay list", "", 0, 0, "list payments", pay_list_options, false, ctl_run_pay_list},
	{"pay get", "PAYMENT", 1, 1, "everything known about a payment, by id or key", NULL, false,
		ctl_run_pay_get},
	{"pay choose", "PAYMENT NUMBER|yes|no", 2, 2, "say which of the card's applications pays",
		NULL, false, ctl_run_pay_choose},
	{"pay cancel", "PAYMENT", 1, 1, "end a payment before the host is asked", NULL, false,
		ctl_run_pay_cancel},
	{"pay void", "PAYMENT", 1, 1, "undo an approved payment as a whole", void_options, false,
		ctl_run_pay_void},
	{"pay voice", "PAYMENT AMOUNT CURRENCY CODE", 4, 4,
		"take a referred payment that the issuer has approved by telephone", voice_options,
		false, ctl_run_pay_voice},
	{"pay refund", "AMOUNT [CURRENCY]", 1, 2, "give money back to a card", refund_options,
		false, ctl_run_pay_refund},
	{"pay complete", "PAYMENT AMOUNT", 2, 2, "take what a payment has reserved",
		pay_operator_options, false, ctl_run_pay_complete},
	{"pay resolve", "PAYMENT OUTCOME", 2, 2,
		"say what became of it: approved, cancelled or reversed", work_options, false,
		ctl_run_pay_resolve},
	{"pay retry", "PAYMENT", 1, 1, "send its reversal or completion again, which was refused",
		work_options, false, ctl_run_pay_retry},
	{"pay end-of-day", "[DEVICE]", 0, 1, "close the day of a terminal", pay_operator_options,
		false, ctl_run_pay_end_of_day},
	{"queue list", "", 0, 0, "what was accepted without the host, and what is to be done",
		queue_list_options, false, ctl_run_queue_list},
	{"queue forward", "[PAYMENT]", 0, 1, "send now what waits, all or one",
		queue_forward_options, false, ctl_run_queue_act},
	{"queue hold", "PAYMENT", 1, 1, "keep it back until it is released", queue_act_options,
		false, ctl_run_queue_act},
	{"queue release", "PAYMENT", 1, 1, "let it go to the host, with a tip if one was given",
		queue_release_options, false, ctl_run_queue_act},
	{"queue again", "PAYMENT", 1, 1, "ask the host once more for one it has declined",
		queue_act_options, false, ctl_run_queue_act},
	{"queue seen", "PAYMENT", 1, 1, "take one off the list of work: somebody has seen to it",
		queue_act_options, false, ctl_run_queue_act},
	{"queue offline", "", 0, 0, "work without the host for a while", queue_offline_options,
		false, ctl_run_queue_offline},
	{"queue online", "", 0, 0, "ask the host again", queue_act_options, false,
		ctl_run_queue_offline},
	{"queue totals", "", 0, 0, "what became of all that was accepted; closes the day",
		queue_totals_options, false, ctl_run_queue_totals},
	{"queue verify", "", 0, 0, "check the audit trail, the sums, the keys and the journal",
		NULL, false, ctl_run_queue_verify},
	{"queue export", "FILE", 1, 1, "give what is pending to another machine, by a file",
		queue_export_options, false, ctl_run_queue_export},
	{"queue import", "FILE", 1, 1, "take what another machine has exported",
		queue_operator_options, false, ctl_run_queue_import},
	{"queue take-back", "PAYMENT", 1, 1,
		"send an exported one from here after all: the other machine does not have it",
		queue_act_options, false, ctl_run_queue_take_back},
	{"queue hand-over", "[PAYMENT]", 0, 1,
		"be done with an exported one: the other machine has taken it", hand_over_options,
		false, ctl_run_queue_hand_over},
	{"queue keys", "", 0, 0, "list the keys of account data, and how many records each has",
		NULL, false, ctl_run_queue_keys},
	{"queue rewrap", "", 0, 0, "wrap stored account data for the current key",
		queue_operator_options, false, ctl_run_queue_rewrap},
	{"queue keygen", "", 0, 0,
		"make a key that account data is sealed to, and say what to do next; needs no "
		"service",
		keygen_options, false, ctl_run_queue_keygen},
	{"queue", "", 0, 0,
		"sales without the host at a glance: what is at risk, what is to be done", NULL,
		false, ctl_run_queue},
	{"jobs", "", 0, 0, "list print jobs", jobs_options, false, ctl_run_jobs},
	{"job show", "JOB", 1, 1, "everything known about a job, by id or key", NULL, false,
		ctl_run_job},
	{"job cancel", "JOB", 1, 1, "stop a job; what is on paper stays there", NULL, false,
		ctl_run_job},
	{"job copy", "JOB", 1, 1, "show what a job printed, as it was printed", copy_options, false,
		ctl_run_job_copy},
	{"job retry", "JOB", 1, 1, "print a finished job again", retry_options, false, ctl_run_job},
	{"job wait", "JOB", 1, 1, "wait until a job has ended, and say how", timeout_options, false,
		ctl_run_job_wait},
	{"claim", "DEVICE [-- COMMAND...]", 1, 1,
		"hold a device while COMMAND runs, or until Ctrl-C", claim_options, true,
		ctl_run_claim},
	{"enable", "DEVICE", 1, 1, "put a device back into service", NULL, false, ctl_run_device},
	{"disable", "DEVICE", 1, 1, "take a device out of service", NULL, false, ctl_run_device},
	{"health", "DEVICE", 1, 1, "run the health check of a device", health_options, false,
		ctl_run_health},
	{"statistics", "DEVICE", 1, 1, "counters of a device", NULL, false, ctl_run_statistics},
	{"discover", "", 0, 0, "list devices that are there and not served", discover_options,
		false, ctl_run_discover},
	{"adopt", "NAME DRIVER CONNECTION [KEY=VALUE...]", 3, -1,
		"serve a device from now on, by a section of its own", adopt_options, false,
		ctl_run_adopt},
	{"forget", "DEVICE", 1, 1, "forget a device that is unplugged, or was adopted", NULL, false,
		ctl_run_device},
	{"role bind", "ROLE DEVICE...", 2, -1, "bind a role to devices, in the order of fail-over",
		bind_options, false, ctl_run_role_bind},
	{"role unbind", "ROLE", 1, 1, "remove a role that was bound so", NULL, false,
		ctl_run_role_unbind},
	{"roles", "", 0, 0, "list roles and the devices behind them", NULL, false, ctl_run_roles},
	{"drivers", "", 0, 0, "list the installed drivers", NULL, false, ctl_run_drivers},
	{"driver test", "NAME|MANIFEST", 1, 1,
		"put a driver through what the protocol asks of each; needs no service",
		conformance_options, false, ctl_run_driver_test},
	{"doctor", "", 0, 0, "say what is wrong, why, and what to do", NULL, false, ctl_run_doctor},
	{"info", "", 0, 0, "version, uptime, counts and paths of the service", NULL, false,
		ctl_run_info},
	{"reload", "", 0, 0, "make the service read its configuration again", NULL, false,
		ctl_run_reload},
	{"audit verify", "", 0, 0, "check that nobody has changed the audit trail", NULL, false,
		ctl_run_audit_verify},
	{"audit", "", 0, 0, "list the audit trail", audit_options, false, ctl_run_audit},
	{"call", "METHOD [PARAMS|-]", 1, 2, "call any method with JSON parameters", call_options,
		false, ctl_run_call},
	{"help", "[COMMAND...]", 0, 2, "help on poshalctl or a command", help_options, false,
		ctl_run_help},
	END,
};
