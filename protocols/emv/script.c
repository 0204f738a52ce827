// Issuer scripts: commands the terminal hands to the card without looking at them. Source: EMV Book 3, 10.10; Book 4, annex A.
#include "protocols/emv/kernel_internal.h"

#include <string.h>

#define RESULT	      5 /* bytes for each script in 9F5B */
#define RESULT_FAILED 0x10
#define RESULT_GOOD   0x20
#define SCRIPT_ID     4
#define COMMAND_LAST  0x0f /* stands for all numbers from there on */

static uint32_t template_tag(const struct ph_emv *emv)
{
	return emv->state == PH_EMV_STATE_SCRIPT_BEFORE ? PH_TAG_SCRIPT_1 : PH_TAG_SCRIPT_2;
}

static void finish(struct ph_emv *emv)
{
	struct ph_emv_scripts *s = &emv->work.scripts;

	if (s->count)
		ph_emv_data_set(&emv->data, PH_FROM_TERMINAL, PH_TAG_SCRIPT_RESULTS, s->results,
			s->count * RESULT);
	if (emv->state == PH_EMV_STATE_SCRIPT_BEFORE)
		ph_emv_second_ac(emv);
	else
		ph_emv_conclude(emv);
}

static void script_failed(struct ph_emv *emv)
{
	emv->tvr |= emv->state == PH_EMV_STATE_SCRIPT_BEFORE ? PH_TVR_SCRIPT_BEFORE
							     : PH_TVR_SCRIPT_AFTER;
}

/* The result of the script that runs, which is the last one. */
static void set_result(struct ph_emv *emv, bool good)
{
	struct ph_emv_scripts *s = &emv->work.scripts;
	uint8_t *result = s->results + (s->count - 1) * RESULT;
	unsigned command = s->command < COMMAND_LAST ? s->command : COMMAND_LAST;

	*result = (uint8_t)(good ? RESULT_GOOD : RESULT_FAILED | command);
	if (!good)
		script_failed(emv);
	s->end = 0;
}

/* Bytes of all scripts up to the end of this one; those beyond the bound are not run. */
static bool within_bounds(const struct ph_emv_scripts *s, size_t end)
{
	struct ph_tlv_cursor cursor = {.data = s->bytes, .len = end};
	struct ph_tlv object;
	size_t total = 0;

	while (ph_tlv_next(&cursor, &object) > 0)
		if (object.tag == PH_TAG_SCRIPT_1 || object.tag == PH_TAG_SCRIPT_2)
			total += object.total;
	return total <= PH_EMV_SCRIPT_BYTES && s->count < PH_EMV_SCRIPTS_MAX;
}

/* Notes a script that ends at `end`. False: it is not well formed, and is not run. */
static bool begin(struct ph_emv *emv, const struct ph_tlv *template, size_t end)
{
	struct ph_emv_scripts *s = &emv->work.scripts;
	uint8_t *result = s->results + s->count++ * RESULT;
	struct ph_tlv id;

	emv->tsi |= PH_TSI_SCRIPT;
	if (ph_tlv_check(template->value, template->len) < 0) {
		script_failed(emv);
		return false;
	}
	if (!ph_tlv_find(template->value, template->len, PH_TAG_SCRIPT_ID, &id) &&
		id.len == SCRIPT_ID)
		memcpy(result + 1, id.value, SCRIPT_ID);
	s->at = end - template->len;
	s->end = end;
	s->command = 0;
	return true;
}

/* The next template of this kind from `at` on. False: there is none. */
static bool next_script(struct ph_emv *emv)
{
	struct ph_emv_scripts *s = &emv->work.scripts;
	struct ph_tlv_cursor cursor = {.data = s->bytes, .len = s->len, .at = s->template_at};
	struct ph_tlv object;

	while (ph_tlv_next(&cursor, &object) > 0) {
		if (object.tag != template_tag(emv))
			continue;
		if (!within_bounds(s, cursor.at)) {
			script_failed(emv);
			return false;
		}
		s->template_at = cursor.at;
		if (begin(emv, &object, cursor.at))
			return true;
	}
	return false;
}

/* The next command of the script that runs: 1 it is sent; 0 there is none; -1 it is none that could be sent. */
static int next_command(struct ph_emv *emv)
{
	struct ph_emv_scripts *s = &emv->work.scripts;
	struct ph_tlv_cursor cursor = {.data = s->bytes, .len = s->end, .at = s->at};
	struct ph_tlv object;

	while (ph_tlv_next(&cursor, &object) > 0) {
		s->at = cursor.at;
		if (object.tag != PH_TAG_SCRIPT_COMMAND)
			continue;
		s->command++;
		if (!ph_apdu_is_short(object.value, object.len))
			return -1;
		memcpy(emv->work.hidden_command, object.value, object.len);
		ph_emv_send(emv, emv->state, object.len);
		return 1;
	}
	return 0;
}

/* From one command to the next, over the end of scripts. */
static void run(struct ph_emv *emv)
{
	struct ph_emv_scripts *s = &emv->work.scripts;

	for (;;) {
		if (!s->end && !next_script(emv)) {
			finish(emv);
			return;
		}
		int r = next_command(emv);
		if (r > 0)
			return;
		set_result(emv, r == 0);
	}
}

void ph_emv_scripts_begin(struct ph_emv *emv, enum ph_emv_state state)
{
	emv->state = state;
	emv->work.scripts.template_at = 0;
	emv->work.scripts.end = 0;
	run(emv);
}

static bool accepted(unsigned status)
{
	return status >> 8 == 0x90 || status >> 8 == 0x62 || status >> 8 == 0x63;
}

void ph_emv_on_script(struct ph_emv *emv, const struct ph_emv_reply *reply)
{
	if (!accepted(reply->status))
		set_result(emv, false);
	run(emv);
}

void ph_emv_scripts_break(struct ph_emv *emv)
{
	if (emv->work.scripts.end)
		set_result(emv, false);
	emv->work.scripts.template_at = emv->work.scripts.len;
	finish(emv);
}
