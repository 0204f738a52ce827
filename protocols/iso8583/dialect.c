// Questions about a dialect: which rule, what a code means, which data of a chip; reading its file is dialect_file.c's.
#include "protocols/iso8583/dialect.h"

#include "base/cleanup.h"
#include "protocols/emv/tlv.h"

#include <errno.h>
#include <string.h>

/* What never goes out in field 55: it is account data, or the PIN's. */
static const uint32_t never[] = {0x57, 0x5a, 0x5f20, 0x56, 0x9f1f, 0x9f20, 0x99};

const struct ph_iso_rule *ph_iso_rule(const struct ph_iso_dialect *dialect, const char mti[4])
{
	for (unsigned i = 0; i < dialect->rule_count; i++) {
		const char *of = dialect->rules[i].mti;

		if (!memcmp(of, mti, 3) && (of[3] & ~1) == (mti[3] & ~1))
			return &dialect->rules[i];
	}
	return NULL;
}

enum ph_iso_decision ph_iso_decide(const struct ph_iso_dialect *dialect, const uint8_t code[2])
{
	for (unsigned i = 0; i < dialect->code_count; i++)
		if (!memcmp(dialect->codes[i].code, code, 2))
			return dialect->codes[i].decision;
	return PH_ISO_DECLINED;
}

const char *ph_iso_decision_name(enum ph_iso_decision decision)
{
	static const char *const names[PH_ISO_DECISION_COUNT_] = {
		[PH_ISO_DECLINED] = "declined",
		[PH_ISO_APPROVED] = "approved",
		[PH_ISO_PARTIAL] = "partial",
		[PH_ISO_REFERRED] = "referred",
		[PH_ISO_SOFT] = "soft",
		[PH_ISO_FORMAT_BAD] = "format",
		[PH_ISO_DUPLICATE] = "duplicate",
		[PH_ISO_NOT_FOUND] = "not_found",
		[PH_ISO_UNKNOWN] = "unknown",
	};

	return (unsigned)decision < PH_ISO_DECISION_COUNT_ ? names[decision] : "unknown";
}

static bool listed(const uint32_t *tags, size_t len, uint32_t tag)
{
	for (size_t i = 0; i < len; i++)
		if (tags[i] == tag)
			return true;
	return false;
}

/* Copies the objects of the upper level that are in one of the lists. */
static ssize_t filter(const struct ph_iso_tags *a, const struct ph_iso_tags *b, const uint8_t *data,
	size_t len, uint8_t *out)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;
	size_t used = 0;

	if (ph_tlv_check(data, len) < 0)
		return -EBADMSG;
	while (ph_tlv_next(&cursor, &object) > 0) {
		if (listed(never, PH_ARRAY_SIZE(never), object.tag))
			continue;
		if (!listed(a->tags, a->len, object.tag) && !listed(b->tags, b->len, object.tag))
			continue;
		if (object.total > PH_ISO_ICC_BYTES - used)
			return -ENOBUFS;
		memcpy(out + used, object.start, object.total);
		used += object.total;
	}
	return (ssize_t)used;
}

ssize_t ph_iso_icc_filter(const struct ph_iso_dialect *dialect, enum ph_iso_icc icc,
	const uint8_t *data, size_t len, uint8_t out[PH_ISO_ICC_BYTES], uint32_t *ret_missing)
{
	const struct ph_iso_tags *must = &dialect->icc_must[icc];
	ssize_t n = filter(must, &dialect->icc_may[icc], data, len, out);
	struct ph_tlv object;

	for (unsigned i = 0; n >= 0 && i < must->len; i++) {
		if (ph_tlv_find(out, (size_t)n, must->tags[i], &object) == 0)
			continue;
		*ret_missing = must->tags[i];
		return -ENOENT;
	}
	return n;
}

ssize_t ph_iso_icc_answer(const struct ph_iso_dialect *dialect, const uint8_t *data, size_t len,
	uint8_t out[PH_ISO_ICC_BYTES])
{
	static const struct ph_iso_tags none = {0};

	return filter(&dialect->icc_answer, &none, data, len, out);
}
