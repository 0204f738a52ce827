// Requests about payments: one is in hand at a time, from payment.start until the driver ends it.
#include "base/base64.h"
#include "base/secret.h"
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"
#include "drivers/host/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ISSUER_MAX  1536 /* bytes of what an issuer sends to a card */
#define COMMAND_MAX 261	 /* an APDU with Lc and Le */
#define COUNTER_MAX 99999999

static const struct ph_payment_ops *ops_of(const struct ph_device *device)
{
	unsigned paying = PH_CLASS_BIT(PH_CLASS_CARD_READER) | PH_CLASS_BIT(PH_CLASS_TERMINAL);

	return device->classes & paying ? device->driver->payment : NULL;
}

static int read_type(struct ph_device *device, const char *word, enum ph_payment_type *ret_type)
{
	for (unsigned i = 0; i < PH_PAYMENT_TYPE_COUNT_; i++) {
		if (strcmp(ph_payment_type_words[i], word) != 0)
			continue;
		*ret_type = (enum ph_payment_type)i;
		return 0;
	}
	return ph_request_refuse(device, "$.type", "is no kind of payment");
}

static const struct ph_param currency_params[] = {{"code", PH_PARAM_TEXT, true, 0, 3},
	{"number", PH_PARAM_INTEGER, true, 1, 999}, {"exponent", PH_PARAM_INTEGER, true, 0, 4},
	{0}};
static const struct ph_param original_params[] = {
	{"reference", PH_PARAM_TEXT, true, 0, PH_NAME_MAX},
	{"amount", PH_PARAM_INTEGER, false, 0, PH_PAYMENT_AMOUNT_MAX}, {0}};

static int read_currency(
	struct ph_device *device, const cJSON *object, struct ph_payment_request *payment)
{
	int r = ph_params_check(device, "$.currency", object, currency_params);

	if (r < 0)
		return r;
	payment->currency = ph_param_get(object, "code")->valuestring;
	if (strspn(payment->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return ph_request_refuse(device, "$.currency.code", "is not as in ISO 4217");
	payment->currency_number = (unsigned)ph_param_get_int(object, "number", 0);
	payment->currency_exponent = (unsigned)ph_param_get_int(object, "exponent", 0);
	return 0;
}

static int read_original(
	struct ph_device *device, const cJSON *object, struct ph_payment_request *payment)
{
	int r = object ? ph_params_check(device, "$.original", object, original_params) : 0;

	if (r < 0 || !object)
		return r;
	payment->original.reference = ph_param_get(object, "reference")->valuestring;
	payment->original.amount = ph_param_get_int(object, "amount", 0);
	return 0;
}

static const struct ph_param offline_params[] = {
	{"forward_s", PH_PARAM_INTEGER, true, 0, PH_PAYMENT_FORWARD_MAX}, {0}};

static int read_offline(
	struct ph_device *device, const cJSON *object, struct ph_payment_request *payment)
{
	int r = object ? ph_params_check(device, "$.offline", object, offline_params) : 0;

	if (r < 0 || !object)
		return r;
	payment->offline = true;
	payment->forward_s = (uint32_t)ph_param_get_int(object, "forward_s", 0);
	return 0;
}

static const struct ph_param seal_params[] = {{"kid", PH_PARAM_TEXT, true, 0, PH_PAYMENT_KID_MAX},
	{"public_b64", PH_PARAM_TEXT, true, 0, 0}, {0}};

static int read_seal(
	struct ph_device *device, const cJSON *object, struct ph_payment_request *payment)
{
	uint8_t key[PH_PAYMENT_KEY_SIZE + 4];
	int r = object ? ph_params_check(device, "$.seal", object, seal_params) : 0;

	if (r < 0 || !object)
		return r;
	const char *text = ph_param_get(object, "public_b64")->valuestring;
	if (strlen(text) != 44 || ph_base64_decode(text, 44, key) != PH_PAYMENT_KEY_SIZE)
		return ph_request_refuse(device, "$.seal.public_b64", "is not base64 of %d bytes",
			PH_PAYMENT_KEY_SIZE);
	payment->seal.kid = ph_param_get(object, "kid")->valuestring;
	if (!payment->seal.kid[0])
		return ph_request_refuse(device, "$.seal.kid", "is empty");
	memcpy(payment->seal.key, key, sizeof payment->seal.key);
	return 0;
}

/* A calendar date and a time of day, as numbers. */
static bool is_moment(uint32_t date, uint32_t time)
{
	uint32_t month = date / 100 % 100, day = date % 100;

	return date >= 20000101 && date <= 20991231 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= 31 && time / 10000 < 24 && time / 100 % 100 < 60 && time % 100 < 60;
}

static int read_request(struct ph_device *device, const struct ph_host_request *request,
	struct ph_payment_request *payment)
{
	const cJSON *params = request->params;
	int r = read_type(device, ph_param_get_text(request, "type"), &payment->type);

	if (r >= 0)
		r = read_currency(device, ph_param_get(params, "currency"), payment);
	if (r >= 0)
		r = read_original(device, ph_param_get(params, "original"), payment);
	if (r >= 0)
		r = read_seal(device, ph_param_get(params, "seal"), payment);
	if (r >= 0)
		r = read_offline(device, ph_param_get(params, "offline"), payment);
	if (r < 0)
		return r;
	payment->payment = ph_param_get_text(request, "payment");
	payment->amount = ph_param_get_int(params, "amount", 0);
	payment->cashback = ph_param_get_int(params, "cashback", 0);
	payment->date = (uint32_t)ph_param_get_int(params, "date", 0);
	payment->time = (uint32_t)ph_param_get_int(params, "time", 0);
	payment->counter = (uint32_t)ph_param_get_int(params, "counter", 0);
	payment->forced_online = cJSON_IsTrue(ph_param_get(params, "forced_online"));
	payment->host_away = cJSON_IsTrue(ph_param_get(params, "host_away"));
	payment->choices = cJSON_IsTrue(ph_param_get(params, "choices"));
	payment->before = ph_param_get_text(request, "before");
	if (!payment->payment[0])
		return ph_request_refuse(device, "$.payment", "is empty");
	if (payment->cashback > payment->amount)
		return ph_request_refuse(device, "$.cashback", "is more than the amount");
	if (!is_moment(payment->date, payment->time))
		return ph_request_refuse(device, "$.date", "is no date and time");
	return 0;
}

static int take_on(struct ph_device *device, const struct ph_host_request *request,
	int (*op)(struct ph_device *device, const struct ph_payment_request *request))
{
	struct ph_payment_request payment = {.payment = NULL};

	if (!op)
		return -EOPNOTSUPP;
	if (device->payment[0])
		return -EBUSY;
	int r = read_request(device, request, &payment);
	if (r >= 0)
		r = op(device, &payment);
	if (r < 0)
		return r;
	snprintf(device->payment, sizeof device->payment, "%s", payment.payment);
	device->payment_needs = false;
	return 0;
}

static int call_start(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_payment_ops *ops = ops_of(device);

	if (ph_param_get(request->params, "before"))
		return ph_request_refuse(device, "$.before", "belongs to payment.recover");
	return take_on(device, request, ops ? ops->start : NULL);
}

static int call_recover(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_payment_ops *ops = ops_of(device);

	return take_on(device, request, ops ? ops->recover : NULL);
}

static void after_start(struct ph_device *device)
{
	ops_of(device)->begin(device);
}

static bool in_hand(const struct ph_device *device, const struct ph_host_request *request)
{
	return device->payment[0] &&
	       !strcmp(device->payment, ph_param_get_text(request, "payment"));
}

/* Bytes of a base64 parameter, or a negative errno; absent: 0. */
static ssize_t read_bytes(struct ph_device *device, const struct ph_host_request *request,
	const char *name, uint8_t *out, size_t size)
{
	const char *text = ph_param_get_text(request, name);
	char path[32];
	ssize_t n;

	if (!text)
		return 0;
	n = strlen(text) / 4 * 3 > size ? -EINVAL : ph_base64_decode(text, strlen(text), out);
	if (n >= 0)
		return n;
	snprintf(path, sizeof path, "$.%s", name);
	return ph_request_refuse(device, path, "is not base64 of at most %zu bytes", size);
}

static int call_proceed(struct ph_device *device, struct ph_host_request *request)
{
	const cJSON *params = request->params;
	const char *arc = ph_param_get_text(request, "arc");
	uint8_t issuer[ISSUER_MAX + 3];
	struct ph_payment_answer answer = {
		.ok = cJSON_IsTrue(ph_param_get(params, "ok")),
		.choice = (unsigned)ph_param_get_int(params, "choice", 0),
		.approved = cJSON_IsTrue(ph_param_get(params, "approved")),
		.referred = cJSON_IsTrue(ph_param_get(params, "referred")),
	};

	if (!in_hand(device, request) || !device->payment_needs)
		return -ENOENT;
	if (arc && strlen(arc) != 2)
		return ph_request_refuse(device, "$.arc", "is two characters");
	if (arc)
		memcpy(answer.arc, arc, sizeof answer.arc);
	ssize_t n = read_bytes(device, request, "issuer_b64", issuer, ISSUER_MAX);
	if (n < 0)
		return (int)n;
	answer.issuer_data = n ? issuer : NULL;
	answer.issuer_len = (size_t)n;
	device->payment_needs = false;
	return ops_of(device)->proceed(device, &answer);
}

static int call_cancel(struct ph_device *device, struct ph_host_request *request)
{
	if (!in_hand(device, request))
		return -ENOENT;
	return ops_of(device)->cancel(device, device->payment);
}

static int call_transmit(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_payment_ops *ops = ops_of(device);
	uint8_t command[COMMAND_MAX + 3];

	if (!ops || !ops->transmit)
		return -EOPNOTSUPP;
	if (device->payment[0] || device->card_id[0])
		return -EBUSY;
	ssize_t n = read_bytes(device, request, "data_b64", command, COMMAND_MAX);
	if (n >= 0 && n < 4)
		return ph_request_refuse(device, "$.data_b64", "is no command APDU");
	if (n < 0)
		return (int)n;
	snprintf(device->card_id, sizeof device->card_id, "%s", request->id);
	int r = ops->transmit(device, command, (size_t)n);
	ph_wipe(command, sizeof command);
	if (r < 0)
		device->card_id[0] = '\0';
	return r;
}

#define ABOUT_A_PAYMENT                                                                            \
	{"payment", PH_PARAM_TEXT, true, 0, PH_NAME_MAX}, {"type", PH_PARAM_TEXT, true, 0, 16},    \
		{"amount", PH_PARAM_INTEGER, true, 0, PH_PAYMENT_AMOUNT_MAX},                      \
		{"cashback", PH_PARAM_INTEGER, false, 0, PH_PAYMENT_AMOUNT_MAX},                   \
		{"currency", PH_PARAM_OBJECT, true, 0, 0},                                         \
		{"date", PH_PARAM_INTEGER, true, 0, 99999999},                                     \
		{"time", PH_PARAM_INTEGER, true, 0, 235959},                                       \
		{"counter", PH_PARAM_INTEGER, true, 1, COUNTER_MAX},                               \
		{"forced_online", PH_PARAM_BOOLEAN, false, 0, 0},                                  \
		{"host_away", PH_PARAM_BOOLEAN, false, 0, 0},                                      \
		{"choices", PH_PARAM_BOOLEAN, false, 0, 0},                                        \
		{"original", PH_PARAM_OBJECT, false, 0, 0},                                        \
		{"seal", PH_PARAM_OBJECT, false, 0, 0}, {"offline", PH_PARAM_OBJECT, false, 0, 0}, \
	{                                                                                          \
		"before", PH_PARAM_TEXT, false, 0, PH_PAYMENT_BEFORE_MAX                           \
	}

static const struct ph_param start_params[] = {ABOUT_A_PAYMENT, {0}};
static const struct ph_param proceed_params[] = {{"payment", PH_PARAM_TEXT, true, 0, PH_NAME_MAX},
	{"ok", PH_PARAM_BOOLEAN, true, 0, 0},
	{"choice", PH_PARAM_INTEGER, false, 0, PH_PAYMENT_CHOICES_MAX - 1},
	{"approved", PH_PARAM_BOOLEAN, false, 0, 0}, {"referred", PH_PARAM_BOOLEAN, false, 0, 0},
	{"arc", PH_PARAM_TEXT, false, 0, 2}, {"issuer_b64", PH_PARAM_TEXT, false, 0, 0}, {0}};
static const struct ph_param cancel_params[] = {
	{"payment", PH_PARAM_TEXT, true, 0, PH_NAME_MAX}, {0}};
static const struct ph_param transmit_params[] = {{"data_b64", PH_PARAM_TEXT, true, 0, 0}, {0}};

const struct ph_host_method ph_payment_methods[] = {
	{"payment.start", -1, false, start_params, call_start, after_start},
	{"payment.proceed", -1, false, proceed_params, call_proceed, NULL},
	{"payment.cancel", -1, false, cancel_params, call_cancel, NULL},
	{"payment.recover", -1, false, start_params, call_recover, after_start},
	{"card.transmit", PH_CLASS_CARD_READER, false, transmit_params, call_transmit, NULL},
	{0},
};
