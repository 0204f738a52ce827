// Reads what a driver says of a card, strictly; what follows from it is the policy's.
#include "daemon/payments/card_facts.h"

#include "base/base64.h"
#include "base/card_number.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static const char *const entries[PH_ENTRY_COUNT_] = {[PH_ENTRY_CHIP] = "chip",
	[PH_ENTRY_CONTACTLESS] = "contactless",
	[PH_ENTRY_STRIPE] = "stripe",
	[PH_ENTRY_MANUAL] = "manual"};

static const char *const cvms[] = {[PH_CVM_NONE] = "none",
	[PH_CVM_SIGNATURE] = "signature",
	[PH_CVM_OFFLINE_PIN] = "offline_pin",
	[PH_CVM_ONLINE_PIN] = "online_pin",
	[PH_CVM_FAILED] = "failed"};

static const char *const odas[] = {[PH_ODA_NONE] = "none",
	[PH_ODA_FAILED] = "failed",
	[PH_ODA_STATIC] = "static",
	[PH_ODA_DYNAMIC] = "dynamic"};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Its place in the list, or 0, which is a word of none. */
static unsigned word(const cJSON *facts, const char *name, const char *const *words, size_t count)
{
	const char *text = cJSON_GetStringValue(member(facts, name));

	for (size_t i = 1; text && i < count; i++)
		if (!strcmp(words[i], text))
			return (unsigned)i;
	return 0;
}

static int read_digits(const cJSON *facts, char out[PH_CARD_FIRST_DIGITS + 1])
{
	const char *text = cJSON_GetStringValue(member(facts, "first_digits"));

	if (!text || strlen(text) != PH_CARD_FIRST_DIGITS ||
		strspn(text, "0123456789") != PH_CARD_FIRST_DIGITS)
		return -EBADMSG;
	memcpy(out, text, PH_CARD_FIRST_DIGITS + 1);
	return 0;
}

/* A driver that does not know its business might put the number there as it is, with something behind it. */
static bool holds_a_number(const uint8_t *bytes, size_t len)
{
	char text[PH_CARD_FINGERPRINT + 1];

	for (size_t i = 0; i < len; i++)
		text[i] = bytes[i] >= '0' && bytes[i] <= '9' ? (char)bytes[i] : 'x';
	text[len] = '\0';
	return ph_card_number_in(text);
}

static int read_fingerprint(const cJSON *facts, struct ph_card_facts *ret_facts)
{
	const cJSON *item = member(facts, "fingerprint_b64");
	const char *text = cJSON_GetStringValue(item);
	uint8_t bytes[PH_CARD_FINGERPRINT + 3];
	size_t len = text ? strlen(text) : 0;

	if (!item)
		return 0;
	if (len != PH_BASE64_SIZE(PH_CARD_FINGERPRINT) - 1 ||
		ph_base64_decode(text, len, bytes) != PH_CARD_FINGERPRINT ||
		holds_a_number(bytes, PH_CARD_FINGERPRINT))
		return -EBADMSG;
	memcpy(ret_facts->fingerprint, bytes, PH_CARD_FINGERPRINT);
	ret_facts->has_fingerprint = true;
	return 0;
}

int ph_card_facts_read(const cJSON *facts, struct ph_card_facts *ret_facts)
{
	const cJSON *soon = member(facts, "expires_soon"), *denied = member(facts, "denied");
	struct ph_card_facts read = {.entry = (enum ph_offline_entry)word(
					     facts, "entry", entries, PH_ARRAY_SIZE(entries)),
		.cvm = (enum ph_offline_cvm)word(facts, "cvm", cvms, PH_ARRAY_SIZE(cvms)),
		.oda = (enum ph_offline_oda)word(facts, "oda", odas, PH_ARRAY_SIZE(odas)),
		.expires_soon = cJSON_IsTrue(soon),
		.deny_known = denied != NULL,
		.denied = cJSON_IsTrue(denied)};

	if (!cJSON_IsObject(facts) || !read.entry || !read.cvm || !read.oda ||
		!cJSON_IsBool(soon) || (denied && !cJSON_IsBool(denied)) ||
		read_digits(facts, read.first_digits) < 0 || read_fingerprint(facts, &read) < 0)
		return -EBADMSG;
	*ret_facts = read;
	return 0;
}
