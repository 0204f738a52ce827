// Data object lists: which objects a card wants, and the bytes it gets; where the objects come from is for data.c.
#include "protocols/emv/dol.h"

#include "protocols/emv/tlv.h"

#include <errno.h>
#include <string.h>

#define FILL_CN 0xff

struct entry {
	uint32_t tag;
	size_t len;
};

/* The entry at *at, which moves on. 1; 0 at the end; -EBADMSG. */
static int next_entry(const uint8_t *dol, size_t len, size_t *at, struct entry *ret_entry)
{
	uint32_t tag;

	if (*at >= len)
		return 0;
	int size = ph_tlv_tag(dol + *at, len - *at, &tag);
	if (size < 0)
		return size;
	*at += (size_t)size;
	if (*at >= len)
		return -EBADMSG;
	*ret_entry = (struct entry){.tag = tag, .len = dol[*at]};
	++*at;
	return 1;
}

/* Bytes of all values, or a negative errno. */
static ssize_t measure(const uint8_t *dol, size_t len)
{
	struct entry entry;
	size_t at = 0, total = 0;
	unsigned count = 0;
	int r;

	while ((r = next_entry(dol, len, &at, &entry)) > 0) {
		total += entry.len;
		if (++count > PH_DOL_ENTRIES_MAX || total > PH_DOL_DATA_MAX)
			return -E2BIG;
	}
	return r < 0 ? r : (ssize_t)total;
}

int ph_dol_check(const uint8_t *dol, size_t len)
{
	ssize_t total = measure(dol, len);

	return total < 0 ? (int)total : 0;
}

int ph_dol_wants(const uint8_t *dol, size_t len, uint32_t tag, size_t *ret_len)
{
	struct entry entry;
	size_t at = 0;
	int r;

	while ((r = next_entry(dol, len, &at, &entry)) > 0) {
		if (entry.tag == tag) {
			*ret_len = entry.len;
			return 0;
		}
	}
	return r < 0 ? r : -ENOENT;
}

/* A value in the length asked for; `out` is zeros. */
static void fit(const struct ph_tag_info *info, const uint8_t *value, size_t len, uint8_t *out,
	size_t wanted)
{
	bool number = info->format == PH_FORMAT_N;

	if (len >= wanted) {
		memcpy(out, number ? value + (len - wanted) : value, wanted);
		return;
	}
	memcpy(number ? out + (wanted - len) : out, value, len);
	if (info->format == PH_FORMAT_CN)
		memset(out + len, FILL_CN, wanted - len);
}

ssize_t ph_dol_build(
	const uint8_t *dol, size_t len, const struct ph_emv_data *data, uint8_t *out, size_t size)
{
	struct entry entry;
	size_t at = 0, done = 0;
	ssize_t total = measure(dol, len);

	if (total < 0)
		return total;
	if ((size_t)total > size)
		return -ENOBUFS;
	memset(out, 0, (size_t)total);
	while (next_entry(dol, len, &at, &entry) > 0) {
		size_t have;
		const struct ph_tag_info *info = ph_tag_info(entry.tag);
		const uint8_t *value = ph_emv_data_get(data, entry.tag, &have);
		if (info && value)
			fit(info, value, have, out + done, entry.len);
		done += entry.len;
	}
	return total;
}
