// What a message to the host and a receipt say of a transaction; the rest of the message is made elsewhere.
#include "protocols/emv/kernel_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	REQUEST = 1 << PH_EMV_FOR_REQUEST,
	ADVICE = 1 << PH_EMV_FOR_ADVICE,
	REVERSAL = 1 << PH_EMV_FOR_REVERSAL,
	ALL = REQUEST | ADVICE | REVERSAL
};

/* In the order they are written. None of them is account data. */
static const struct {
	uint32_t tag;
	unsigned messages;
} field55_tags[] = {
	{PH_TAG_AIP, ALL},
	{PH_TAG_DF_NAME, REQUEST | ADVICE},
	{PH_TAG_ARC, ADVICE},
	{PH_TAG_TVR, ALL},
	{PH_TAG_DATE, REQUEST | ADVICE},
	{PH_TAG_TYPE, REQUEST | ADVICE},
	{PH_TAG_CURRENCY, REQUEST | ADVICE},
	{PH_TAG_PAN_SEQUENCE, ALL},
	{PH_TAG_AMOUNT, REQUEST | ADVICE},
	{PH_TAG_AMOUNT_OTHER, REQUEST | ADVICE},
	{PH_TAG_AID_TERMINAL, REQUEST | ADVICE},
	{PH_TAG_VERSION_TERMINAL, REQUEST | ADVICE},
	{PH_TAG_ISSUER_DATA, ALL},
	{PH_TAG_TERMINAL_COUNTRY, REQUEST | ADVICE},
	{PH_TAG_IFD_SERIAL, REQUEST | ADVICE},
	{PH_TAG_CRYPTOGRAM, ALL},
	{PH_TAG_CID, ALL},
	{PH_TAG_CAPABILITIES, REQUEST | ADVICE},
	{PH_TAG_CVM_RESULTS, REQUEST | ADVICE},
	{PH_TAG_TERMINAL_TYPE, REQUEST | ADVICE},
	{PH_TAG_ATC, ALL},
	{PH_TAG_UNPREDICTABLE, REQUEST | ADVICE},
	{PH_TAG_COUNTER, REQUEST | ADVICE},
	{PH_TAG_SCRIPT_RESULTS, ADVICE | REVERSAL},
};

ssize_t ph_emv_field55(
	const struct ph_emv *emv, enum ph_emv_message message, uint8_t *out, size_t size)
{
	struct ph_tlv_out tlv = {.data = out, .size = size};

	for (size_t i = 0; i < PH_ARRAY_SIZE(field55_tags); i++) {
		size_t len;
		const uint8_t *value = ph_emv_data_get(&emv->data, field55_tags[i].tag, &len);
		if (value && field55_tags[i].messages & 1u << message)
			ph_tlv_put(&tlv, field55_tags[i].tag, value, len);
	}
	return tlv.full ? -ENOBUFS : (ssize_t)tlv.len;
}

/* Hexadecimal, cut to what has room. */
static void to_hex(const uint8_t *bytes, size_t len, char *out, size_t size)
{
	for (size_t i = 0; i < len && 2 * i + 2 < size; i++)
		snprintf(out + 2 * i, 3, "%02X", bytes[i]);
}

static void object_in_hex(const struct ph_emv *emv, uint32_t tag, char *out, size_t size)
{
	size_t len;
	const uint8_t *value = ph_emv_data_get(&emv->data, tag, &len);

	to_hex(value, len, out, size);
}

static const char *type_name(const struct ph_emv *emv)
{
	switch (ph_emv_data_number(&emv->data, PH_TAG_CID, PH_CID_TYPE) & PH_CID_TYPE) {
	case PH_CID_AAC:
		return "AAC";
	case PH_CID_TC:
		return "TC";
	case PH_CID_ARQC:
		return "ARQC";
	default:
		return "";
	}
}

void ph_emv_receipt(const struct ph_emv *emv, struct ph_emv_receipt *ret_receipt)
{
	struct ph_emv_receipt r = {.aid = ""};

	object_in_hex(emv, PH_TAG_DF_NAME, r.aid, sizeof r.aid);
	object_in_hex(emv, PH_TAG_CRYPTOGRAM, r.cryptogram, sizeof r.cryptogram);
	object_in_hex(emv, PH_TAG_ATC, r.atc, sizeof r.atc);
	memcpy(r.label, emv->label, sizeof r.label);
	memcpy(r.masked_pan, emv->masked_pan, sizeof r.masked_pan);
	snprintf(r.cryptogram_type, sizeof r.cryptogram_type, "%s", type_name(emv));
	if (emv->application) {
		snprintf(r.tvr, sizeof r.tvr, "%010llX", (unsigned long long)emv->tvr);
		snprintf(r.tsi, sizeof r.tsi, "%02X00", emv->tsi);
		to_hex(emv->cvm_results, sizeof emv->cvm_results, r.cvm, sizeof r.cvm);
	}
	*ret_receipt = r;
}
