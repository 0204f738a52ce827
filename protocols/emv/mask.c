// Takes the account out of a session with a card; who records it, and how it is written, is left to session.c and the driver.
#include "protocols/emv/mask.h"

#include "base/luhn.h"
#include "base/secret.h"
#include "protocols/emv/apdu.h"
#include "protocols/emv/tags.h"
#include "protocols/emv/tlv.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX  20 /* of a PAN: ten bytes */
#define DIGITS_MIN  13
#define DIGITS_LUHN 19
#define HEADER	    5 /* of a command with data */
#define STATUS	    2
#define LIST_MAX    255
#define SECURE	    0x0c /* bits of CLA: secure messaging */
/* Who reads begins inside a template or outside of it: what is too deep for one stays too deep. */
#define DEPTH_MAX (PH_TLV_DEPTH_MAX + 2)

enum {
	INS_VERIFY_EXTERNAL = 0x82,
	INS_CHALLENGE = 0x84,
	INS_INTERNAL = 0x88,
	INS_SELECT = 0xa4,
	INS_OPTIONS = 0xa8,
	INS_GENERATE_AC = 0xae,
	INS_READ_RECORD = 0xb2,
	INS_GET_RESPONSE = 0xc0,
	INS_GET_DATA = 0xca,
};

enum list { LIST_PDOL, LIST_CDOL1, LIST_CDOL2, LIST_DDOL, LIST_COUNT };

struct number {
	uint8_t len;
	uint8_t hidden_digits[DIGITS_MAX];
};

struct mask {
	struct number numbers[PH_MASK_NUMBERS];
	size_t number_count;
	struct {
		uint8_t len;
		uint8_t bytes[LIST_MAX];
	} lists[LIST_COUNT];
	uint8_t ins;
	uint8_t hidden_answer[PH_MASK_ANSWER];
};

/*
 * What stays, by tag. All of it is the same for every card of a product, or belongs to one transaction; of what says when
 * a card expires only 5F24, on which the way depends. Not here: numbers, names, certificates, signatures, and hashes of them.
 */
static const uint32_t stays[] = {0x42, 0x4f, 0x50, 0x81, 0x82, 0x84, 0x87, 0x88, 0x89, 0x8a, 0x8c,
	0x8d, 0x8e, 0x8f, 0x91, 0x94, 0x95, 0x97, 0x9a, 0x9b, 0x9c, 0x9d, 0x5f24, 0x5f25, 0x5f28,
	0x5f2a, 0x5f2d, 0x5f34, 0x5f36, 0x5f55, 0x5f56, 0x9f01, 0x9f02, 0x9f03, 0x9f04, 0x9f06,
	0x9f07, 0x9f08, 0x9f09, 0x9f0d, 0x9f0e, 0x9f0f, 0x9f10, 0x9f11, 0x9f12, 0x9f13, 0x9f14,
	0x9f15, 0x9f16, 0x9f17, 0x9f18, 0x9f1a, 0x9f1b, 0x9f1c, 0x9f1d, 0x9f1e, 0x9f21, 0x9f22,
	0x9f23, 0x9f26, 0x9f27, 0x9f2e, 0x9f32, 0x9f33, 0x9f34, 0x9f35, 0x9f36, 0x9f37, 0x9f38,
	0x9f39, 0x9f3a, 0x9f3b, 0x9f3c, 0x9f3d, 0x9f40, 0x9f41, 0x9f42, 0x9f43, 0x9f44, 0x9f45,
	0x9f47, 0x9f49, 0x9f4a, 0x9f4c, 0x9f4d, 0x9f4e, 0x9f4f, 0x9f53, 0x9f5b, 0x9f66};

static bool tag_stays(uint32_t tag)
{
	for (size_t i = 0; i < sizeof stays / sizeof *stays; i++)
		if (stays[i] == tag)
			return true;
	return false;
}

/* ---- digits ---- */

static unsigned nibble_at(const uint8_t *data, size_t at)
{
	return at % 2 ? data[at / 2] & 0x0fu : data[at / 2] >> 4u;
}

static void clear_nibble(uint8_t *data, size_t at)
{
	data[at / 2] &= at % 2 ? 0xf0 : 0x0f;
}

/* Of `count` digits from nibble `from` on: all but the ends of a number; of what is too short for one, all. */
static void clear_digits(uint8_t *data, size_t from, size_t count)
{
	bool number = count >= DIGITS_MIN;
	size_t first = number ? PH_MASK_FIRST : 0, end = number ? count - PH_MASK_LAST : count;

	for (size_t i = first; i < end; i++)
		clear_nibble(data, from + i);
}

static size_t digits_from(const uint8_t *data, size_t from, size_t end)
{
	size_t n = from;

	while (n < end && nibble_at(data, n) <= 9)
		n++;
	return n - from;
}

static bool luhn(const uint8_t *data, size_t from, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += ph_luhn_term(nibble_at(data, from + count - 1 - i), i);
	return sum % 10 == 0;
}

/* A number where none belongs: digits between others than digits, with the right check digit. */
static void mask_runs(uint8_t *data, size_t len)
{
	for (size_t at = 0, n; at < 2 * len; at += n + 1) {
		n = digits_from(data, at, 2 * len);
		if (n >= DIGITS_MIN && n <= DIGITS_LUHN && nibble_at(data, at) && luhn(data, at, n))
			clear_digits(data, at, n);
	}
}

void ph_emv_mask_text(char *text, size_t len)
{
	for (size_t at = 0, n; at < len; at += n + 1) {
		for (n = 0; at + n < len && text[at + n] >= '0' && text[at + n] <= '9'; n++)
			;
		if (n >= DIGITS_MIN)
			memset(text + at + PH_MASK_FIRST, '0', n - PH_MASK_FIRST - PH_MASK_LAST);
	}
}

/* ---- numbers the card has told, wherever they stand ---- */

static void learn(struct mask *mask, const uint8_t *value, size_t len)
{
	struct number number = {.len = 0};

	for (size_t i = 0; i < 2 * len && nibble_at(value, i) <= 9 && number.len < DIGITS_MAX; i++)
		number.hidden_digits[number.len++] = (uint8_t)nibble_at(value, i);
	bool known = number.len < DIGITS_MIN || mask->number_count == PH_MASK_NUMBERS;
	for (size_t i = 0; i < mask->number_count && !known; i++)
		known = mask->numbers[i].len == number.len &&
			!memcmp(mask->numbers[i].hidden_digits, number.hidden_digits, number.len);
	if (!known)
		mask->numbers[mask->number_count++] = number;
	ph_wipe(&number, sizeof number);
}

static bool is_here(const struct number *number, const uint8_t *data, size_t from)
{
	for (size_t i = 0; i < number->len; i++)
		if (nibble_at(data, from + i) != number->hidden_digits[i])
			return false;
	return true;
}

static void mask_known(const struct mask *mask, uint8_t *data, size_t len)
{
	for (size_t i = 0; i < mask->number_count; i++) {
		const struct number *number = &mask->numbers[i];
		for (size_t at = 0; at + number->len <= 2 * len; at++)
			if (is_here(number, data, at))
				clear_digits(data, at, number->len);
	}
	ph_emv_mask_text((char *)data, len);
}

/* ---- commands ---- */

/* The values of a list, where they have its length: what stays of them is what stays elsewhere. */
static bool mask_list(const struct mask *mask, enum list which, uint8_t *data, size_t len)
{
	const uint8_t *list = mask->lists[which].bytes;
	size_t list_len = mask->lists[which].len, total = 0;
	uint32_t tag;

	for (unsigned pass = 0; pass < 2; pass++) {
		size_t place = 0;
		for (size_t at = 0; at < list_len; at++) {
			int size = ph_tlv_tag(list + at, list_len - at, &tag);
			if (size < 0 || at + (size_t)size >= list_len)
				return false;
			at += (size_t)size;
			if (pass && !tag_stays(tag))
				memset(data + place, 0, list[at]);
			place += list[at];
		}
		total = place;
		if (total != len)
			return false;
	}
	return true;
}

static void mask_options(const struct mask *mask, uint8_t *data, size_t len)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;

	if (ph_tlv_next(&cursor, &object) > 0 && object.tag == PH_TAG_COMMAND && cursor.at == len &&
		mask_list(mask, LIST_PDOL, data + (object.value - data), object.len))
		return;
	memset(data, 0, len);
}

/* The first and the second cryptogram look the same; where a length fits both lists, both are applied. */
static void mask_cryptogram(const struct mask *mask, uint8_t *data, size_t len)
{
	bool first = mask_list(mask, LIST_CDOL1, data, len);
	bool second = mask_list(mask, LIST_CDOL2, data, len);

	if (!first && !second)
		memset(data, 0, len);
}

static void mask_internal(const struct mask *mask, uint8_t *data, size_t len)
{
	bool own =
		!mask->lists[LIST_DDOL].len && len == 4; /* the terminal's list: a random number */

	if (!own && !mask_list(mask, LIST_DDOL, data, len))
		memset(data, 0, len);
}

static void mask_command(const struct mask *mask, uint8_t *command, size_t len)
{
	if (len <= HEADER)
		return;
	uint8_t *data = command + HEADER;
	size_t n = command[4] < len - HEADER ? command[4] : len - HEADER;
	/* behind the data there can only be a length */
	if (len > HEADER + n + 1)
		memset(data + n, 0, len - HEADER - n);
	if (command[0] & SECURE)
		memset(data, 0, n);
	else if (command[1] == INS_OPTIONS)
		mask_options(mask, data, n);
	else if (command[1] == INS_GENERATE_AC)
		mask_cryptogram(mask, data, n);
	else if (command[1] == INS_INTERNAL)
		mask_internal(mask, data, n);
	else if (command[1] != INS_SELECT && command[1] != INS_VERIFY_EXTERNAL)
		memset(data, 0, n);
	mask_known(mask, command, len);
}

/* ---- answers ---- */

/* A number, and of what stands behind its end or separator the digits; what is no digit stays what it is. */
static void mask_number(uint8_t *value, size_t len)
{
	size_t n = digits_from(value, 0, 2 * len);

	clear_digits(value, 0, n);
	for (size_t i = n; i < 2 * len; i++)
		if (nibble_at(value, i) <= 9)
			clear_nibble(value, i);
}

static void mask_value(struct mask *mask, const struct ph_tlv *object, uint8_t *value)
{
	bool raw = mask->ins == INS_OPTIONS || mask->ins == INS_GENERATE_AC;

	if (object->tag == PH_TAG_PAN || object->tag == PH_TAG_TRACK2) {
		mask_number(value, object->len);
	} else if (object->tag == PH_TAG_SCRIPT_COMMAND) {
		mask_command(mask, value, object->len);
	} else if (tag_stays(object->tag) || (object->tag == PH_TAG_RESPONSE_1 && raw)) {
		mask_runs(value, object->len);
	} else {
		memset(value, 0, object->len);
	}
}

/* Bytes of a tag and length that lead nowhere: they stay, so that the same mistake is seen. */
static size_t broken_head(const uint8_t *data, size_t len)
{
	uint32_t tag;
	int size = ph_tlv_tag(data, len, &tag);

	if (size < 0) {
		size_t n = 1;
		while (n < len && n < 4 && data[n] & 0x80)
			n++;
		return n < len ? n : len;
	}
	size_t head = (size_t)size;
	if (head < len)
		head += data[head] == 0x81 ? 2 : data[head] == 0x82 ? 3 : 1;
	return head < len ? head : len;
}

static void mask_objects(struct mask *mask, uint8_t *data, size_t len, unsigned depth)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;
	int r;

	while ((r = ph_tlv_next(&cursor, &object)) > 0) {
		uint8_t *value = data + (object.value - data);
		if (!object.constructed)
			mask_value(mask, &object, value);
		else if (depth < DEPTH_MAX)
			mask_objects(mask, value, object.len, depth + 1);
		else
			memset(value, 0, object.len);
	}
	if (r < 0) {
		size_t head = broken_head(data + cursor.at, len - cursor.at);
		memset(data + cursor.at + head, 0, len - cursor.at - head);
	}
}

static void note_list(struct mask *mask, const struct ph_tlv *object)
{
	static const uint32_t tags[LIST_COUNT] = {
		PH_TAG_PDOL, PH_TAG_CDOL1, PH_TAG_CDOL2, PH_TAG_DDOL};

	for (unsigned i = 0; i < LIST_COUNT; i++) {
		if (tags[i] != object->tag || object->len > LIST_MAX)
			continue;
		mask->lists[i].len = (uint8_t)object->len;
		memcpy(mask->lists[i].bytes, object->value, object->len);
	}
}

/* Of an answer that is masked, so that the lists are what a second run would see. */
static void note_lists(struct mask *mask, const uint8_t *data, size_t len, unsigned depth)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;

	while (ph_tlv_next(&cursor, &object) > 0) {
		if (!object.constructed)
			note_list(mask, &object);
		else if (depth < DEPTH_MAX)
			note_lists(mask, object.value, object.len, depth + 1);
	}
}

static void learn_all(struct mask *mask, const uint8_t *data, size_t len, unsigned depth)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;

	while (ph_tlv_next(&cursor, &object) > 0) {
		if (object.constructed && depth < DEPTH_MAX)
			learn_all(mask, object.value, object.len, depth + 1);
		else if (object.tag == PH_TAG_PAN || object.tag == PH_TAG_TRACK2)
			learn(mask, object.value, object.len);
	}
}

/* ---- exchanges ---- */

/* A command with what was said until the next one; GET RESPONSE fetches more of the same answer. */
static size_t exchange_end(const struct ph_emv_said *said, size_t count, size_t begin)
{
	size_t end = begin + 1;

	while (end < count && (said[end].kind != PH_EMV_SAID_COMMAND ||
				      (said[end].len > 1 && said[end].data[1] == INS_GET_RESPONSE)))
		end++;
	return end;
}

static size_t data_len(const struct ph_emv_said *said)
{
	return said->kind == PH_EMV_SAID_ANSWER && said->len > STATUS ? said->len - STATUS : 0;
}

/* The parts of an answer as one; its length, or PH_MASK_ANSWER + 1 for more than there is room for. */
static size_t join(struct mask *mask, const struct ph_emv_said *said, size_t begin, size_t end)
{
	size_t len = 0;

	for (size_t i = begin; i < end; i++) {
		size_t n = data_len(&said[i]);
		if (n > sizeof mask->hidden_answer - len)
			return PH_MASK_ANSWER + 1;
		if (n)
			memcpy(mask->hidden_answer + len, said[i].data, n);
		len += n;
	}
	return len;
}

static void split(const struct mask *mask, struct ph_emv_said *said, size_t begin, size_t end)
{
	size_t at = 0;

	for (size_t i = begin; i < end; i++) {
		size_t n = data_len(&said[i]);
		if (n)
			memcpy(said[i].data, mask->hidden_answer + at, n);
		at += n;
	}
}

static void clear_answers(struct ph_emv_said *said, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		if (data_len(&said[i]))
			memset(said[i].data, 0, data_len(&said[i]));
}

static bool answers_tlv(uint8_t ins)
{
	return ins == INS_SELECT || ins == INS_OPTIONS || ins == INS_READ_RECORD ||
	       ins == INS_GENERATE_AC || ins == INS_INTERNAL || ins == INS_GET_DATA;
}

static void mask_answer(struct mask *mask, struct ph_emv_said *said, size_t begin, size_t end)
{
	size_t len = join(mask, said, begin, end);

	if (len > PH_MASK_ANSWER || (!answers_tlv(mask->ins) && mask->ins != INS_CHALLENGE)) {
		clear_answers(said, begin, end);
		return;
	}
	if (mask->ins != INS_CHALLENGE)
		mask_objects(mask, mask->hidden_answer, len, 1);
	mask_known(mask, mask->hidden_answer, len);
	note_lists(mask, mask->hidden_answer, len, 1);
	split(mask, said, begin, end);
}

static void walk(struct mask *mask, struct ph_emv_said *said, size_t count, bool learning)
{
	for (size_t begin = 0, end; begin < count; begin = end) {
		struct ph_emv_said *command = &said[begin];
		bool is_command = command->kind == PH_EMV_SAID_COMMAND;
		end = exchange_end(said, count, begin);
		/* what answers no command is treated like the answer to an unknown one */
		mask->ins = is_command && command->len > 1 ? command->data[1] : 0;
		if (learning) {
			size_t len = join(mask, said, begin, end);
			if (len <= PH_MASK_ANSWER)
				learn_all(mask, mask->hidden_answer, len, 1);
			continue;
		}
		for (size_t i = begin; i < end; i++)
			if (said[i].kind == PH_EMV_SAID_COMMAND)
				mask_command(mask, said[i].data, said[i].len);
			else if (said[i].kind == PH_EMV_SAID_OTHER)
				mask_known(mask, said[i].data, said[i].len);
		mask_answer(mask, said, begin, end);
	}
}

void ph_emv_mask(struct ph_emv_said *said, size_t count)
{
	struct mask mask = {.number_count = 0};

	walk(&mask, said, count, true);
	walk(&mask, said, count, false);
	ph_wipe(&mask, sizeof mask);
}

void ph_emv_mask_issuer(uint8_t *data, size_t len)
{
	struct mask mask = {.number_count = 0};

	mask_objects(&mask, data, len, 1);
	mask_known(&mask, data, len);
	ph_wipe(&mask, sizeof mask);
}
