// Starting the application and reading its records. Source: EMV Book 3, 6.5.8, 10.1 and 10.2.
#include "protocols/emv/kernel_internal.h"

#include <errno.h>
#include <string.h>

#define AFL_ENTRY    4
#define SFI_MAX	     30
#define SFI_OF_EMV   10
#define OPTIONS_HEAD 2 /* AIP in front of the AFL, format 1 */
#define MASK_FIRST   6
#define MASK_LAST    4
#define MASK_PAN_MIN 13 /* of shorter numbers only the end is shown */

/* A new number nobody can foresee, for the card to use. False: there is none. */
static bool set_unpredictable(struct ph_emv *emv)
{
	uint8_t number[4];

	if (emv->world->random(emv->world->context, number, sizeof number) < 0)
		return false;
	ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_UNPREDICTABLE, number, sizeof number);
	return true;
}

/* Book 3, 10.1. Everything the last application left is gone. */
void ph_emv_initiate(struct ph_emv *emv)
{
	struct ph_emv_work *work = &emv->work;
	struct ph_emv_sent *pdol = &work->sent[PH_EMV_LIST_PDOL];

	emv->tvr = 0;
	emv->tsi = 0;
	work->reading = (struct ph_emv_reading){.len = 0};
	work->statics.len = 0;
	work->statics.bad = false;
	if (!set_unpredictable(emv)) {
		ph_emv_fail(emv, PH_EMV_FAULT_INTERNAL, "there are no random numbers");
		return;
	}
	if (!ph_emv_build_list(emv, PH_EMV_LIST_PDOL, PH_TAG_PDOL))
		return;
	ph_emv_send(emv, PH_EMV_STATE_OPTIONS,
		ph_apdu_processing_options(pdol->hidden, pdol->len, work->hidden_command));
}

/* Format 1: AIP and AFL without tags. */
static int take_format_1(struct ph_emv *emv, const struct ph_tlv *answer)
{
	if (answer->len < OPTIONS_HEAD + AFL_ENTRY)
		return -EBADMSG;
	int r = ph_emv_data_take(&emv->data, PH_TAG_AIP, answer->value, OPTIONS_HEAD);
	if (r < 0)
		return r;
	return ph_emv_data_take(
		&emv->data, PH_TAG_AFL, answer->value + OPTIONS_HEAD, answer->len - OPTIONS_HEAD);
}

static int take_options(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_tlv_cursor cursor = {.data = reply->data, .len = reply->len};
	struct ph_tlv answer;

	if (ph_tlv_check(reply->data, reply->len) < 0 || ph_tlv_next(&cursor, &answer) <= 0 ||
		answer.total != reply->len)
		return -EBADMSG;
	if (answer.tag == PH_TAG_RESPONSE_1)
		return take_format_1(emv, &answer);
	if (answer.tag != PH_TAG_RESPONSE_2)
		return -EBADMSG;
	return ph_emv_data_take_all(&emv->data, answer.value, answer.len);
}

/* Book 3, 10.2: each entry, and how many records it is in all. */
static bool afl_good(const struct ph_emv_reading *reading)
{
	size_t total = 0;

	if (!reading->len || reading->len % AFL_ENTRY)
		return false;
	for (size_t i = 0; i < reading->len; i += AFL_ENTRY) {
		const uint8_t *e = reading->afl + i;
		unsigned sfi = e[0] >> 3u;
		if (e[0] & 0x07 || sfi < 1 || sfi > SFI_MAX || !e[1] || e[2] < e[1])
			return false;
		unsigned count = (unsigned)(e[2] - e[1] + 1);
		if (e[3] > count)
			return false;
		total += count;
	}
	return total <= PH_EMV_RECORDS_MAX;
}

static void read_record(struct ph_emv *emv)
{
	const struct ph_emv_reading *reading = &emv->work.reading;

	ph_emv_send(emv, PH_EMV_STATE_RECORDS,
		ph_apdu_read_record(reading->afl[reading->at] >> 3u, reading->record,
			emv->work.hidden_command));
}

void ph_emv_on_options(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_reading *reading = &emv->work.reading;

	if (reply->status == PH_SW_CONDITIONS) {
		ph_emv_refuse_chosen(emv);
		return;
	}
	if (reply->status != PH_SW_OK) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "GET PROCESSING OPTIONS was refused");
		return;
	}
	if (take_options(emv, reply) < 0 || !ph_emv_data_get(&emv->data, PH_TAG_AIP, NULL)) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "the processing options are not well formed");
		return;
	}
	const uint8_t *afl = ph_emv_data_get(&emv->data, PH_TAG_AFL, &reading->len);
	if (afl && reading->len <= sizeof reading->afl)
		memcpy(reading->afl, afl, reading->len);
	if (!afl || reading->len > sizeof reading->afl || !afl_good(reading)) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "the file locator is not well formed");
		return;
	}
	reading->record = reading->afl[1];
	read_record(emv);
}

/* A record of the files EMV describes is one template 70; others are the issuer's own and not looked into. */
static bool take_record(struct ph_emv *emv, unsigned sfi, const struct ph_emv_reply *reply)
{
	struct ph_tlv_cursor cursor = {.data = reply->data, .len = reply->len};
	struct ph_tlv record;

	if (sfi > SFI_OF_EMV)
		return true;
	if (ph_tlv_next(&cursor, &record) <= 0 || record.tag != PH_TAG_RECORD ||
		record.total != reply->len)
		return false;
	return ph_emv_data_take_all(&emv->data, record.value, record.len) == 0;
}

/* First six and last four digits. */
static void mask_pan(struct ph_emv *emv)
{
	size_t len, n = 0;
	const uint8_t *pan = ph_emv_data_get(&emv->data, PH_TAG_PAN, &len);
	char *out = emv->masked_pan;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned digit = i % 2 ? pan[i / 2] & 0x0fu : pan[i / 2] >> 4u;
		if (digit <= 9)
			out[n++] = (char)('0' + digit);
	}
	size_t first = n >= MASK_PAN_MIN ? MASK_FIRST : 0;
	for (size_t i = first; i + MASK_LAST < n; i++)
		out[i] = '*';
	out[n] = '\0';
}

/* Book 3, 7.2: what there must be. */
static void all_read(struct ph_emv *emv)
{
	static const uint32_t mandatory[] = {PH_TAG_EXPIRY, PH_TAG_PAN, PH_TAG_CDOL1, PH_TAG_CDOL2};
	size_t len;

	for (size_t i = 0; i < PH_ARRAY_SIZE(mandatory); i++) {
		const uint8_t *value = ph_emv_data_get(&emv->data, mandatory[i], &len);
		bool list = mandatory[i] == PH_TAG_CDOL1 || mandatory[i] == PH_TAG_CDOL2;
		if (!value || (list && ph_dol_check(value, len) < 0)) {
			ph_emv_fail(emv, PH_EMV_FAULT_DATA, "mandatory data are missing");
			return;
		}
	}
	mask_pan(emv);
	ph_emv_static_close(&emv->work.statics, &emv->data); /* a bad one is marked as such */
	ph_emv_authenticate(emv);
}

/* The next record, over the entries of the AFL. */
static void advance(struct ph_emv *emv)
{
	struct ph_emv_reading *reading = &emv->work.reading;

	if (reading->record < reading->afl[reading->at + 2]) {
		reading->record++;
		read_record(emv);
		return;
	}
	reading->at += AFL_ENTRY;
	if (reading->at >= reading->len) {
		all_read(emv);
		return;
	}
	reading->record = reading->afl[reading->at + 1];
	read_record(emv);
}

void ph_emv_on_record(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	struct ph_emv_reading *reading = &emv->work.reading;
	const uint8_t *entry = reading->afl + reading->at;

	if (reply->status != PH_SW_OK) {
		ph_emv_fail(emv, PH_EMV_FAULT_CARD, "a record cannot be read");
		return;
	}
	if (!take_record(emv, entry[0] >> 3u, reply)) {
		ph_emv_fail(emv, PH_EMV_FAULT_DATA, "a record is not well formed");
		return;
	}
	if (reading->record - entry[1] < entry[3])
		ph_emv_static_add(&emv->work.statics, entry[0] >> 3u, reply->data, reply->len);
	advance(emv);
}
