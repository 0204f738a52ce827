// GENERATE AC: what is sent with it, how its answer is read, and the signature of CDA. Source: EMV Book 3, 6.5.5; Book 2, 6.6.
#include "protocols/emv/kernel_internal.h"

#include <errno.h>
#include <string.h>

#define FORMAT_1_MIN 11 /* CID, ATC, cryptogram */
#define AC_SIZE	     8

static const uint32_t list_tags[PH_EMV_LIST_COUNT_] = {PH_TAG_PDOL, PH_TAG_CDOL1, PH_TAG_CDOL2};

/* What an answer holds; the template's value is kept as the card signs it. */
struct fields {
	struct ph_bytes template, signature_object; /* of template 77: 9F4B with tag and length */
	struct ph_bytes cid, atc, cryptogram, issuer_data, signature;
};

/* Book 3, 5.2.2: a hash of what the TDOL names, where the card wants one. */
static int set_tc_hash(struct ph_emv *emv, uint32_t tag)
{
	uint8_t values[PH_DOL_DATA_MAX], hash[PH_SHA1_SIZE];
	size_t len, wanted;
	const uint8_t *dol = ph_emv_data_get(&emv->data, tag, &len);

	if (!dol || ph_dol_wants(dol, len, PH_TAG_TC_HASH, &wanted) < 0)
		return 0;
	if (!ph_emv_data_get(&emv->data, PH_TAG_TDOL, NULL))
		emv->tvr |= PH_TVR_DEFAULT_TDOL;
	ph_emv_sync(emv);
	const uint8_t *tdol = ph_emv_data_get(&emv->data, PH_TAG_TDOL, &len);
	if (!tdol) {
		tdol = emv->application->tdol;
		len = emv->application->tdol_len;
	}
	ssize_t n = ph_dol_build(tdol, len, &emv->data, values, sizeof values);
	const struct ph_bytes all = {values, n < 0 ? 0 : (size_t)n};
	int r = n < 0 ? (int)n : ph_sha1(&all, 1, hash);
	if (!r)
		ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_TC_HASH, hash, sizeof hash);
	ph_wipe(values, sizeof values);
	return r;
}

void ph_emv_generate(
	struct ph_emv *emv, enum ph_emv_state state, uint8_t type, enum ph_emv_list list)
{
	struct ph_emv_work *work = &emv->work;
	struct ph_emv_sent *sent = &work->sent[list];

	if (set_tc_hash(emv, list_tags[list]) < 0) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "a data object list cannot be served");
		return;
	}
	if (!ph_emv_build_list(emv, list, list_tags[list]))
		return;
	work->asked = type;
	work->is_signed = work->combined && type != PH_CID_AAC;
	ph_emv_send(emv, state,
		ph_apdu_generate_ac((uint8_t)(type | (work->is_signed ? PH_AC_CDA : 0)),
			sent->hidden, sent->len, work->hidden_command));
}

static int read_format_1(const struct ph_tlv *answer, struct fields *f)
{
	const uint8_t *v = answer->value;

	if (answer->len < FORMAT_1_MIN)
		return -EBADMSG;
	f->cid = (struct ph_bytes){v, 1};
	f->atc = (struct ph_bytes){v + 1, 2};
	f->cryptogram = (struct ph_bytes){v + 3, 8};
	if (answer->len > FORMAT_1_MIN)
		f->issuer_data = (struct ph_bytes){v + FORMAT_1_MIN, answer->len - FORMAT_1_MIN};
	return 0;
}

/* Where an object of template 77 belongs; NULL: it is none of those. */
static struct ph_bytes *field_of(struct fields *f, uint32_t tag)
{
	switch (tag) {
	case PH_TAG_CID:
		return &f->cid;
	case PH_TAG_ATC:
		return &f->atc;
	case PH_TAG_CRYPTOGRAM:
		return &f->cryptogram;
	case PH_TAG_ISSUER_DATA:
		return &f->issuer_data;
	case PH_TAG_SIGNED_DYNAMIC:
		return &f->signature;
	default:
		return NULL;
	}
}

static int read_format_2(const struct ph_tlv *answer, struct fields *f)
{
	struct ph_tlv_cursor cursor = {.data = answer->value, .len = answer->len};
	struct ph_tlv object;

	f->template = (struct ph_bytes){answer->value, answer->len};
	while (ph_tlv_next(&cursor, &object) > 0) {
		struct ph_bytes *field = field_of(f, object.tag);
		const struct ph_tag_info *info = ph_tag_info(object.tag);
		if (!field)
			continue;
		if (field->data || object.len < info->min || object.len > info->max)
			return -EBADMSG;
		*field = (struct ph_bytes){object.value, object.len};
		if (field == &f->signature)
			f->signature_object = (struct ph_bytes){object.start, object.total};
	}
	return 0;
}

static int read_fields(const struct ph_emv_reply *reply, struct fields *f)
{
	struct ph_tlv_cursor cursor = {.data = reply->data, .len = reply->len};
	struct ph_tlv answer;
	int r = -EBADMSG;

	*f = (struct fields){.cid = {NULL, 0}};
	if (ph_tlv_check(reply->data, reply->len) < 0 || ph_tlv_next(&cursor, &answer) <= 0)
		return r;
	if (answer.tag == PH_TAG_RESPONSE_1)
		r = read_format_1(&answer, f);
	else if (answer.tag == PH_TAG_RESPONSE_2)
		r = read_format_2(&answer, f);
	if (!r && (f->issuer_data.len > ph_tag_info(PH_TAG_ISSUER_DATA)->max || !f->cid.data ||
			  !f->atc.data))
		r = -EBADMSG;
	return r;
}

/* An object of this answer takes the place of that of an earlier one, also when it is absent. */
static void keep(struct ph_emv *emv, uint32_t tag, struct ph_bytes value)
{
	ph_emv_data_drop(&emv->data, tag);
	if (value.data)
		ph_emv_data_set(&emv->data, PH_FROM_CARD, tag, value.data, value.len);
}

/* Book 2, 6.6.2: the signature, and the hash inside it over everything exchanged. */
static int check_signature(struct ph_emv *emv, const struct fields *f, enum ph_emv_list list,
	struct ph_emv_dynamic *ret_dynamic)
{
	const struct ph_emv_sent *sent = emv->work.sent;
	const uint8_t *front = f->template.data, *signature = f->signature_object.data;
	struct ph_bytes pieces[PH_EMV_LIST_COUNT_ + 2];
	size_t count = 0;

	if (!signature)
		return -ENODATA;
	for (unsigned i = PH_EMV_LIST_PDOL; i <= list; i++)
		pieces[count++] = (struct ph_bytes){sent[i].hidden, sent[i].len};
	const uint8_t *behind = signature + f->signature_object.len;
	pieces[count++] = (struct ph_bytes){front, (size_t)(signature - front)};
	pieces[count++] = (struct ph_bytes){behind, (size_t)(front + f->template.len - behind)};
	int r = ph_emv_check_combined(&emv->work.icc_key, f->signature,
		ph_emv_data_get(&emv->data, PH_TAG_UNPREDICTABLE, NULL), pieces, count,
		ret_dynamic);
	if (r < 0)
		return r;
	return ret_dynamic->cid == *(const uint8_t *)f->cid.data ? 0 : -EBADMSG;
}

/* What is signed takes the place of what stands beside it. */
static int take_signed(struct ph_emv *emv, const struct fields *f, enum ph_emv_list list)
{
	struct ph_emv_checked checked = {.check = PH_EMV_CHECK_COMBINED};
	struct ph_emv_dynamic dynamic;

	checked.result = check_signature(emv, f, list, &dynamic);
	if (!checked.result) {
		memcpy(checked.found, dynamic.cryptogram, AC_SIZE);
		memcpy(checked.found + AC_SIZE, dynamic.icc_number, dynamic.icc_number_len);
		checked.found_len = AC_SIZE + dynamic.icc_number_len;
	}
	int r = ph_emv_checked(emv, &checked);
	if (r < 0)
		return r;
	keep(emv, PH_TAG_CRYPTOGRAM, (struct ph_bytes){checked.found, AC_SIZE});
	keep(emv, PH_TAG_ICC_NUMBER,
		(struct ph_bytes){checked.found + AC_SIZE, checked.found_len - AC_SIZE});
	return 0;
}

/* Book 3, 9.3: no card may give more than it was asked for, and the second answer is final. */
static bool type_allowed(uint8_t asked, uint8_t type, enum ph_emv_list list)
{
	if (type == PH_CID_AAC)
		return true;
	if (type == PH_CID_ARQC)
		return asked != PH_CID_AAC && list == PH_EMV_LIST_CDOL1;
	return type == PH_CID_TC && asked == PH_CID_TC;
}

/* False: without a signature there must be a cryptogram. */
static bool prove(struct ph_emv *emv, const struct fields *f, enum ph_emv_list list,
	struct ph_emv_cryptogram *ac)
{
	bool by_signature = emv->work.is_signed && (ac->type != PH_CID_AAC || !f->cryptogram.data);

	if (!by_signature)
		return f->cryptogram.data != NULL;
	int r = take_signed(emv, f, list);
	if (ac->type == PH_CID_AAC)
		return r == 0;
	emv->tsi |= PH_TSI_ODA;
	if (!r)
		return true;
	emv->tvr |= PH_TVR_CDA_FAILED;
	emv->work.combined = false;
	ac->unproven = true;
	return f->cryptogram.data || f->signature.data;
}

bool ph_emv_take_cryptogram(struct ph_emv *emv, const struct ph_emv_reply *reply,
	enum ph_emv_list list, struct ph_emv_cryptogram *ret)
{
	struct fields f;

	if (reply->status != PH_SW_OK) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "GENERATE AC was refused");
		return false;
	}
	emv->tsi |= PH_TSI_CARD_RISK;
	if (read_fields(reply, &f) < 0) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "the cryptogram is not well formed");
		return false;
	}
	uint8_t cid = *(const uint8_t *)f.cid.data;
	*ret = (struct ph_emv_cryptogram){.type = cid & PH_CID_TYPE, .reason = cid & PH_CID_REASON};
	if (!type_allowed(emv->work.asked, ret->type, list)) {
		ph_emv_fail(
			emv, PH_EMV_FAULT_CARD, "the card gives another cryptogram than it may");
		return false;
	}
	keep(emv, PH_TAG_CID, f.cid);
	keep(emv, PH_TAG_ATC, f.atc);
	keep(emv, PH_TAG_ISSUER_DATA, f.issuer_data);
	keep(emv, PH_TAG_CRYPTOGRAM, f.cryptogram);
	if (!prove(emv, &f, list, ret)) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "there is no cryptogram in the answer");
		return false;
	}
	emv->result.advice = cid & PH_CID_ADVICE;
	return true;
}
