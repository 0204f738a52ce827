// The driver zvt: options, the life of the link, and the timer; payments are in payment.c.
#include "drivers/zvt/zvt.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_DEFAULT 0xbe
#define CONFIG_PRINTS                                                                              \
	(PH_ZVT_CONFIG_ECR_PRINTS_PAYMENT | PH_ZVT_CONFIG_ECR_PRINTS_ADMIN |                       \
		PH_ZVT_CONFIG_PRINT_TEXT)

static int read_settings(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const char *password = ph_option_text(device, "password");
	const char *config = ph_option_text(device, "config");

	if (strlen(password) != 6 || strspn(password, "0123456789") != 6)
		return ph_option_refuse(device, "password", "is not six digits");
	zvt->password = (unsigned)strtoul(password, NULL, 10);
	zvt->config = CONFIG_DEFAULT;
	if (!strcmp(ph_option_text(device, "printing"), "terminal"))
		zvt->config &= (uint8_t)~CONFIG_PRINTS;
	if (config && (strlen(config) != 2 || strspn(config, "0123456789abcdefABCDEF") != 2))
		return ph_option_refuse(device, "config", "is not two hexadecimal digits");
	if (config)
		zvt->config = (uint8_t)strtoul(config, NULL, 16);
	zvt->currency = (unsigned)ph_option_int(device, "currency");
	zvt->t3_ms = (unsigned)ph_option_int(device, "answer_s") * 1000;
	zvt->t4_ms = (unsigned)ph_option_int(device, "complete_s") * 1000;
	return 0;
}

static void read_identifier(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const char *text = ph_remembered(device, "accepted");
	unsigned byte;

	while (text && zvt->identifier_len < sizeof zvt->identifier &&
		sscanf(text, "%2x", &byte) == 1) {
		zvt->identifier[zvt->identifier_len++] = (uint8_t)byte;
		text += 2;
	}
}

static int zvt_init(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const char *scheme = ph_device_connection(device, "scheme");
	int r = read_settings(device);

	if (r < 0)
		return r;
	zvt->serial = scheme && !strcmp(scheme, "serial");
	zvt->charset = PH_ZVT_CHARSET_CP437;
	read_identifier(device);
	zvt_line_reset(zvt);
	return 0;
}

static int zvt_open(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_payment_capabilities capabilities = {
		.types = (1u << PH_PAYMENT_TYPE_COUNT_) - 1,
		.keeps_offline = true,
		.pin_pad = true,
		.contactless = true,
		.prints = zvt->config & CONFIG_PRINTS,
	};

	zvt_line_reset(zvt);
	zvt->up = true;
	zvt->used = false;
	if (zvt->registered) {
		/* it was closed between two commands only */
		zvt_exchange_go_on(device);
		zvt_arm(device);
		return 0;
	}
	ph_emit_info(device, &(struct ph_info){.payment = &capabilities});
	zvt_ask_registration(device);
	zvt_arm(device);
	return PH_LATER;
}

static void zvt_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct zvt *zvt = ph_device_state(device);
	bool none = zvt->exchange.run == RUN_WAITS ||
		    (zvt->exchange.run == RUN_ASKED &&
			    zvt_line_unsent(zvt, zvt->exchange.written, unsent));
	bool rests = zvt->rests || (!lost && zvt->exchange.run == RUN_IDLE);

	zvt->up = false;
	zvt->rests = false;
	if (rests) {
		zvt_line_reset(zvt);
		zvt_exchange_rest(device);
		zvt_arm(device);
		return;
	}
	zvt->registered = false;
	zvt->retry_at = 0;
	zvt->payment.waiting = false;
	zvt_line_reset(zvt);
	if (zvt->exchange.run != RUN_IDLE)
		zvt_exchange_end(device, none ? HOW_UNSENT : HOW_LOST, 0);
	zvt_arm(device);
}

/*
 * Some terminals close the connection behind each command, or when nothing was said for a while. That they do is believed when it
 * happens a second time; in the middle of a command it is a loss.
 */
static bool zvt_ended(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const struct exchange *exchange = &zvt->exchange;
	uint64_t now = ph_now_ms(device), before = zvt->ended_at;
	bool question =
		exchange->run == RUN_ASKED && exchange->job != JOB_MONEY && !exchange->heard;
	bool between = exchange->run == RUN_IDLE || exchange->run == RUN_WAITS || question;

	if (zvt->serial || !zvt->registered || !between || !(zvt->used || zvt->closes))
		return false;
	zvt->ended_at = now;
	if (!before || now - before > CLOSES_TWICE_MS)
		return false;
	zvt->closes |= now - zvt->used_at < CLOSE_WAIT_MS;
	zvt->rests = true;
	return true;
}

static void zvt_done(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt_line_reset(zvt);
	zvt_receipt_drop(zvt);
}

static void zvt_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	zvt_line_receive(device, data, len);
	zvt_arm(device);
}

static void zvt_tick(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	if (zvt->up)
		zvt_line_tick(device);
	zvt_exchange_tick(device);
	zvt_recover_tick(device);
	if (zvt->up && zvt->retry_at && ph_now_ms(device) >= zvt->retry_at &&
		zvt->exchange.run == RUN_IDLE)
		zvt_ask_registration(device);
	zvt_arm(device);
}

static bool zvt_idle(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	return zvt->registered && zvt->exchange.run == RUN_IDLE && zvt->payment.stage == STAGE_NONE;
}

static const char *const connections[] = {"tcp", "serial", NULL};
static const char *const printers[] = {"poshal", "terminal", NULL};
static const char *const charsets[] = {"cp437", "iso8859-1", "iso8859-15", "utf-8", NULL};

static const struct ph_option options[] = {
	{.name = "password",
		.type = PH_OPTION_TEXT,
		.preset = "000000",
		.summary = "the register's password at the terminal, six digits"},
	{.name = "printing",
		.type = PH_OPTION_CHOICE,
		.choices = printers,
		.preset = "poshal",
		.summary = "who prints: poshal gets the receipts as documents, or the terminal"},
	{.name = "config",
		.type = PH_OPTION_TEXT,
		.summary = "the configuration byte of the registration, two hexadecimal digits, "
			   "instead of what `printing` says"},
	{.name = "currency",
		.type = PH_OPTION_INT,
		.min = 1,
		.max = 999,
		.preset = "978",
		.summary = "the terminal's currency as its ISO 4217 number; 978 is EUR"},
	{.name = "charset",
		.type = PH_OPTION_CHOICE,
		.choices = charsets,
		.preset = "cp437",
		.summary =
			"the character set asked for; what the terminal does not confirm is CP437"},
	{.name = "block_print",
		.type = PH_OPTION_BOOL,
		.preset = "yes",
		.summary = "the terminal may send its receipts in blocks (06 D3)"},
	{.name = "answer_s",
		.type = PH_OPTION_INT,
		.min = 1,
		.max = 60,
		.preset = "5",
		.summary = "T3: how long the first answer to a command may take"},
	{.name = "complete_s",
		.type = PH_OPTION_INT,
		.min = 30,
		.max = 3600,
		.preset = "180",
		.summary = "T4: how long a running command may be silent"},
};

const struct ph_driver ph_driver_zvt = {
	.name = "zvt",
	.version = POSHAL_VERSION,
	.summary = "payment terminals that speak ZVT",
	.classes = PH_CLASS_BIT(PH_CLASS_TERMINAL),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.secret = true,
	.state_size = sizeof(struct zvt),
	.init = zvt_init,
	.open = zvt_open,
	.close = zvt_close,
	.done = zvt_done,
	.receive = zvt_receive,
	.tick = zvt_tick,
	.idle = zvt_idle,
	.ended = zvt_ended,
	.payment = &zvt_payment_ops,
};
