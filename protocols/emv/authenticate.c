// Offline data authentication: which method, with which keys, and what a failure sets. Source: EMV Book 3, 10.3; Book 2, 5 and 6.
#include "protocols/emv/kernel_internal.h"

#include <errno.h>
#include <string.h>

int ph_emv_need_issuer_key(struct ph_emv *emv)
{
	struct ph_emv_work *work = &emv->work;
	const struct ph_emv_keyring ring = ph_emv_ring(emv);
	const uint8_t *name = ph_emv_data_get(&emv->data, PH_TAG_DF_NAME, NULL);

	if (work->have_issuer_key)
		return 0;
	struct ph_emv_checked checked = {.check = PH_EMV_CHECK_ISSUER,
		.result = ph_emv_issuer_key(
			&ring, name, emv->transaction.date, &emv->data, &work->issuer_key)};
	int r = ph_emv_checked(emv, &checked);
	work->have_issuer_key = r == 0;
	return r;
}

int ph_emv_need_icc_key(struct ph_emv *emv)
{
	struct ph_emv_work *work = &emv->work;

	if (work->have_icc_key)
		return 0;
	int r = ph_emv_need_issuer_key(emv);
	if (r < 0)
		return r;
	struct ph_emv_checked checked = {.check = PH_EMV_CHECK_ICC,
		.result = ph_emv_icc_key(&work->issuer_key, emv->transaction.date, &emv->data,
			&work->statics, false, &work->icc_key)};
	r = ph_emv_checked(emv, &checked);
	work->have_icc_key = r == 0;
	return r;
}

/* What came of the method: TSI either way, the bit of the method and missing data when it failed. */
static void performed(struct ph_emv *emv, int r, uint64_t bit)
{
	emv->tsi |= PH_TSI_ODA;
	if (r < 0)
		emv->tvr |= bit;
	if (r == -ENODATA)
		emv->tvr |= PH_TVR_ICC_DATA_MISSING;
}

static void static_method(struct ph_emv *emv)
{
	struct ph_emv_checked code = {.check = PH_EMV_CHECK_STATIC, .found_len = 2};

	emv->tvr |= PH_TVR_SDA_SELECTED;
	int r = ph_emv_need_issuer_key(emv);
	if (!r) {
		code.result = ph_emv_check_static(
			&emv->work.issuer_key, &emv->data, &emv->work.statics, code.found);
		r = ph_emv_checked(emv, &code);
	}
	if (!r)
		ph_emv_data_set(&emv->data, PH_FROM_CARD, PH_TAG_DATA_AUTHENTICATION_CODE,
			code.found, code.found_len);
	performed(emv, r, PH_TVR_SDA_FAILED);
	ph_emv_verify(emv);
}

/* The card's list, or the terminal's own; one without the unpredictable number is useless. */
static bool use_ddol(struct ph_emv *emv, struct ph_bytes *ret_ddol)
{
	const struct ph_emv_application *row = emv->application;
	size_t wanted;

	ret_ddol->data = ph_emv_data_get(&emv->data, PH_TAG_DDOL, &ret_ddol->len);
	if (!ret_ddol->data)
		*ret_ddol = (struct ph_bytes){row->ddol, row->ddol_len};
	return !ph_dol_wants(ret_ddol->data, ret_ddol->len, PH_TAG_UNPREDICTABLE, &wanted) &&
	       wanted == 4;
}

static void dynamic_method(struct ph_emv *emv)
{
	struct ph_emv_sent *sent = &emv->work.sent[PH_EMV_LIST_CDOL1]; /* free until then */
	struct ph_bytes ddol;

	int r = ph_emv_need_icc_key(emv);
	ph_emv_sync(emv);
	if (!r && !use_ddol(emv, &ddol))
		r = -EBADMSG;
	if (!r) {
		ssize_t n = ph_dol_build(
			ddol.data, ddol.len, &emv->data, sent->hidden, sizeof sent->hidden);
		sent->len = n < 0 ? 0 : (size_t)n;
		r = n < 0 ? (int)n : 0;
	}
	if (r < 0) {
		performed(emv, r, PH_TVR_DDA_FAILED);
		ph_emv_verify(emv);
		return;
	}
	ph_emv_send(emv, PH_EMV_STATE_INTERNAL,
		ph_apdu_internal_authenticate(sent->hidden, sent->len, emv->work.hidden_command));
}

/* Format 1 is the signature, format 2 a template with it. False: neither. */
static bool read_signature(const struct ph_emv_reply *reply, struct ph_bytes *ret_signature)
{
	struct ph_tlv_cursor cursor = {.data = reply->data, .len = reply->len};
	struct ph_tlv answer, object;

	*ret_signature = (struct ph_bytes){NULL, 0};
	if (ph_tlv_check(reply->data, reply->len) < 0 || ph_tlv_next(&cursor, &answer) <= 0)
		return false;
	if (answer.tag == PH_TAG_RESPONSE_1)
		*ret_signature = (struct ph_bytes){answer.value, answer.len};
	else if (answer.tag == PH_TAG_RESPONSE_2 &&
		 !ph_tlv_find(answer.value, answer.len, PH_TAG_SIGNED_DYNAMIC, &object))
		*ret_signature = (struct ph_bytes){object.value, object.len};
	return answer.tag == PH_TAG_RESPONSE_1 || answer.tag == PH_TAG_RESPONSE_2;
}

static int check_dynamic(
	struct ph_emv *emv, struct ph_bytes signature, struct ph_emv_checked *checked)
{
	const struct ph_emv_sent *sent = &emv->work.sent[PH_EMV_LIST_CDOL1];
	struct ph_emv_dynamic dynamic;

	*checked = (struct ph_emv_checked){.check = PH_EMV_CHECK_DYNAMIC, .result = -EBADMSG};
	if (signature.data)
		checked->result = ph_emv_check_dynamic(&emv->work.icc_key, signature,
			(struct ph_bytes){sent->hidden, sent->len}, &dynamic);
	if (!checked->result) {
		checked->found_len = dynamic.icc_number_len;
		memcpy(checked->found, dynamic.icc_number, dynamic.icc_number_len);
	}
	return ph_emv_checked(emv, checked);
}

void ph_emv_on_internal(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_checked checked;
	struct ph_bytes signature;

	if (reply->status != PH_SW_OK) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "INTERNAL AUTHENTICATE was refused");
		return;
	}
	if (!read_signature(reply, &signature)) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "the dynamic signature is not well formed");
		return;
	}
	int r = check_dynamic(emv, signature, &checked);
	if (!r)
		ph_emv_data_set(&emv->data, PH_FROM_CARD, PH_TAG_ICC_NUMBER, checked.found,
			checked.found_len);
	performed(emv, r, PH_TVR_DDA_FAILED);
	ph_emv_verify(emv);
}

/* The signature comes with the cryptogram. Without keys there is no use in asking for it. */
static void combined_method(struct ph_emv *emv)
{
	int r = ph_emv_need_icc_key(emv);

	emv->work.combined = r == 0;
	if (r < 0)
		performed(emv, r, PH_TVR_CDA_FAILED);
	ph_emv_verify(emv);
}

/* Book 3, 10.3: the best method both sides have. */
void ph_emv_authenticate(struct ph_emv *emv)
{
	uint32_t aip = ph_emv_aip(emv), caps = emv->parameters->terminal.capabilities;

	emv->work.have_issuer_key = emv->work.have_icc_key = emv->work.combined = false;
	if (aip & PH_AIP_CDA && caps & PH_CAP_CDA) {
		combined_method(emv);
	} else if (aip & PH_AIP_DDA && caps & PH_CAP_DDA) {
		dynamic_method(emv);
	} else if (aip & PH_AIP_SDA && caps & PH_CAP_SDA) {
		static_method(emv);
	} else {
		emv->tvr |= PH_TVR_ODA_NOT_PERFORMED;
		ph_emv_verify(emv);
	}
}
