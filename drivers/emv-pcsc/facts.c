// The facts of a card for whoever answers for a sale without the host: what the kernel has found out, in the words of the driver protocol.
#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/date.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define FIRST_DIGITS 6 /* of the account number that may be seen: PCI DSS 3.4 */
#define DAY_S	     86400u

static const char *const verifications[] = {[PH_EMV_VERIFIED_BY_NOTHING] = "none",
	[PH_EMV_VERIFIED_BY_SIGNATURE] = "signature",
	[PH_EMV_VERIFIED_BY_PIN] = "offline_pin",
	[PH_EMV_VERIFICATION_ONLINE] = "online_pin",
	[PH_EMV_VERIFICATION_FAILED] = "failed"};

static const char *const authentications[] = {[PH_EMV_NOT_AUTHENTICATED] = "none",
	[PH_EMV_AUTHENTICATION_FAILED] = "failed",
	[PH_EMV_AUTHENTICATED_STATIC] = "static",
	[PH_EMV_AUTHENTICATED_DYNAMIC] = "dynamic"};

/* The day on which a record that is stored now has to have reached the host. */
static uint32_t last_day(const struct ph_payment_request *request)
{
	uint32_t time = request->time;
	uint32_t second = time / 10000 * 3600 + time / 100 % 100 * 60 + time % 100;

	return ph_emv_date_after(request->date, (second + request->forward_s) / DAY_S);
}

static bool add_number(
	const struct emv_state *state, cJSON *facts, const uint8_t *digits, size_t len)
{
	uint8_t fingerprint[PH_FINGERPRINT_SIZE];
	char text[PH_BASE64_SIZE(PH_FINGERPRINT_SIZE)], first[FIRST_DIGITS + 1] = "";

	memcpy(first, digits, FIRST_DIGITS);
	if (!cJSON_AddStringToObject(facts, "first_digits", first))
		return false;
	if (!state->cards.key) /* and so nobody knows whether it is on the list */
		return ph_option_text(state->device, "deny_list") ||
		       cJSON_AddFalseToObject(facts, "denied");
	emv_fingerprint(state->cards.key, digits, len, fingerprint);
	ph_base64_encode(fingerprint, sizeof fingerprint, text);
	enum emv_denied denied = emv_cards_denied(state, fingerprint);
	return cJSON_AddStringToObject(facts, "fingerprint_b64", text) &&
	       (denied == EMV_DENIED_UNKNOWN ||
		       cJSON_AddBoolToObject(facts, "denied", denied == EMV_DENIED_YES));
}

static bool add_all(const struct emv_state *state, cJSON *facts, const uint8_t *digits, size_t len)
{
	const struct ph_emv *emv = state->emv;

	return cJSON_AddStringToObject(facts, "entry", "chip") &&
	       cJSON_AddStringToObject(facts, "cvm", verifications[ph_emv_verification(emv)]) &&
	       cJSON_AddStringToObject(facts, "oda", authentications[ph_emv_authentication(emv)]) &&
	       cJSON_AddBoolToObject(
		       facts, "expires_soon", ph_emv_expired_by(emv, last_day(&state->request))) &&
	       add_number(state, facts, digits, len);
}

int emv_facts_add(struct emv_state *state, cJSON *data)
{
	uint8_t digits[PH_PAN_MAX];
	size_t len;
	const uint8_t *pan = ph_emv_data_get(ph_emv_objects(state->emv), PH_TAG_PAN, &len);

	int n = pan ? emv_account_digits(pan, len, digits) : -EBADMSG;
	if (n < 0)
		return n;
	cJSON *facts = cJSON_AddObjectToObject(data, "facts");
	bool good = facts && add_all(state, facts, digits, (size_t)n);
	ph_wipe(digits, sizeof digits);
	return good ? 0 : -ENOMEM;
}
