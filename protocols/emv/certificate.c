// Keys and signatures of offline data authentication; when which of them is used, and what a failure means, is the kernel's.
#include "protocols/emv/certificate.h"

#include "base/secret.h"
#include "protocols/emv/tlv.h"

#include <errno.h>
#include <string.h>

/* Of whatever is recovered: first and last byte, and the hash in front of the last. EMV Book 2, tables 5 to 18. */
#define HEADER	   0x6a
#define TRAILER	   0xbc
#define TAIL	   (PH_SHA1_SIZE + 1)
#define HASH_SHA1  0x01
#define KEY_RSA	   0x01
#define SFI_OF_EMV 10 /* the last file whose records EMV describes */

enum format {
	FORMAT_ISSUER = 0x02,
	FORMAT_STATIC = 0x03,
	FORMAT_ICC = 0x04,
	FORMAT_DYNAMIC = 0x05,
};

/* What was recovered; it may hold an account number. */
struct recovered {
	size_t len;
	uint8_t hidden[PH_RSA_BYTES_MAX];
};

/* Where things stand in a certificate; `head` is everything in front of the key. */
struct layout {
	enum format format;
	uint8_t name, name_len; /* of whom */
	uint8_t expiry, serial, hash, algorithm, key_len, exponent_len, head;
};

static const struct layout issuer_layout = {.format = FORMAT_ISSUER,
	.name = 2,
	.name_len = 4,
	.expiry = 6,
	.serial = 8,
	.hash = 11,
	.algorithm = 12,
	.key_len = 13,
	.exponent_len = 14,
	.head = 15};

static const struct layout icc_layout = {.format = FORMAT_ICC,
	.name = 2,
	.name_len = 10,
	.expiry = 12,
	.serial = 14,
	.hash = 17,
	.algorithm = 18,
	.key_len = 19,
	.exponent_len = 20,
	.head = 21};

/* The objects a certificate comes in. */
struct tags {
	uint32_t certificate, remainder, exponent;
};

/* What of a certificate is the same for issuer and card. */
struct certificate {
	const struct layout *layout;
	const struct tags *tags;
	const struct ph_rsa_key *by; /* whose signature it is */
	uint32_t date;
	const struct ph_emv_static *data; /* hashed with it; may be NULL */
};

static uint32_t date_number(const uint8_t month_year[2])
{
	const uint8_t bcd[3] = {month_year[1], month_year[0], 0x31};
	uint32_t date;

	return ph_emv_date(bcd, &date) ? 0 : date;
}

int ph_emv_ca_key_check(const struct ph_emv_ca_key *key)
{
	static const uint8_t f4[3] = {0x01, 0x00, 0x01}, three[1] = {0x03};
	uint8_t hash[PH_SHA1_SIZE];
	bool small = key->key.exponent == PH_RSA_EXPONENT_3;
	const struct ph_bytes pieces[] = {
		{key->rid, sizeof key->rid},
		{&key->index, 1},
		{key->key.modulus, key->key.len},
		{small ? three : f4, small ? sizeof three : sizeof f4},
	};

	if (!ph_rsa_key_allowed(&key->key))
		return -EINVAL;
	int r = ph_sha1(pieces, 4, hash);
	if (r < 0)
		return r;
	return memcmp(hash, key->checksum, sizeof hash) ? -EBADMSG : 0;
}

const struct ph_emv_ca_key *ph_emv_ca_key_find(
	const struct ph_emv_keyring *ring, const uint8_t rid[PH_RID_SIZE], uint8_t index)
{
	for (size_t i = 0; i < ring->key_count; i++)
		if (ring->keys[i].index == index && !memcmp(ring->keys[i].rid, rid, PH_RID_SIZE))
			return &ring->keys[i];
	return NULL;
}

void ph_emv_static_add(struct ph_emv_static *data, unsigned sfi, const uint8_t *record, size_t len)
{
	struct ph_tlv_cursor cursor = {.data = record, .len = len};
	struct ph_tlv object;

	if (ph_tlv_next(&cursor, &object) <= 0 || object.tag != PH_TAG_RECORD ||
		object.total != len) {
		data->bad = true;
		return;
	}
	const uint8_t *from = sfi <= SFI_OF_EMV ? object.value : record;
	size_t n = sfi <= SFI_OF_EMV ? object.len : len;
	if (n > sizeof data->hidden - data->len) {
		data->bad = true;
		return;
	}
	memcpy(data->hidden + data->len, from, n);
	data->len = (uint16_t)(data->len + n);
}

int ph_emv_static_close(struct ph_emv_static *data, const struct ph_emv_data *objects)
{
	size_t list_len, len;
	const uint8_t *list = ph_emv_data_get(objects, PH_TAG_SDA_TAGS, &list_len);
	const uint8_t *profile = ph_emv_data_get(objects, PH_TAG_AIP, &len);

	if (!list)
		return 0;
	if (list_len != 1 || list[0] != PH_TAG_AIP || !profile ||
		len > sizeof data->hidden - data->len) {
		data->bad = true;
		return -EBADMSG;
	}
	memcpy(data->hidden + data->len, profile, len);
	data->len = (uint16_t)(data->len + len);
	return 0;
}

/* Opens a signature: length, first and last byte and format, which are the same for all. */
static int recover(const struct ph_rsa_key *key, const uint8_t *signature, size_t len,
	enum format format, struct recovered *ret)
{
	if (!ph_rsa_key_allowed(key))
		return -EINVAL;
	if (len != key->len)
		return -EBADMSG;
	int r = ph_rsa_recover(key, signature, len, ret->hidden);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	ret->len = len;
	if (ret->hidden[0] != HEADER || ret->hidden[1] != format || ret->hidden[len - 1] != TRAILER)
		return -EBADMSG;
	return 0;
}

#define PIECES_MAX 4

/* Whether the hash inside is that of everything between first byte and hash, and of the pieces behind it. */
static int check_hash(
	const struct recovered *in, uint8_t algorithm, const struct ph_bytes *more, size_t count)
{
	struct ph_bytes pieces[PIECES_MAX] = {{in->hidden + 1, in->len - 1 - TAIL}};
	uint8_t hash[PH_SHA1_SIZE];

	if (algorithm != HASH_SHA1)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++)
		pieces[1 + i] = more[i];
	int r = ph_sha1(pieces, 1 + count, hash);
	if (r < 0)
		return r;
	return memcmp(hash, in->hidden + in->len - TAIL, sizeof hash) ? -EBADMSG : 0;
}

static struct ph_bytes object(const struct ph_emv_data *objects, uint32_t tag)
{
	struct ph_bytes bytes;

	bytes.data = ph_emv_data_get(objects, tag, &bytes.len);
	return bytes;
}

static int read_exponent(const struct ph_bytes *bytes, struct ph_rsa_key *key)
{
	const uint8_t *e = bytes->data;

	key->exponent = 0;
	for (size_t i = 0; i < bytes->len && i < 3; i++)
		key->exponent = key->exponent << 8 | e[i];
	return bytes->len <= 3 && ph_rsa_key_allowed(key) ? 0 : -EINVAL;
}

/* The key: what has room in the certificate, and the remainder. */
static int read_key(const struct certificate *c, const struct recovered *in,
	const struct ph_emv_data *objects, struct ph_rsa_key *ret_key)
{
	struct ph_rsa_key key = {.len = in->hidden[c->layout->key_len]};
	struct ph_bytes remainder = object(objects, c->tags->remainder);
	struct ph_bytes exponent = object(objects, c->tags->exponent);
	size_t room = in->len - c->layout->head - TAIL;

	if (in->hidden[c->layout->algorithm] != KEY_RSA || key.len > in->len ||
		in->hidden[c->layout->exponent_len] != exponent.len)
		return -EBADMSG;
	if (key.len < PH_RSA_BYTES_MIN)
		return -EINVAL;
	size_t inside = key.len < room ? key.len : room;
	if (key.len > inside && key.len != inside + remainder.len)
		return -EBADMSG;
	memcpy(key.modulus, in->hidden + c->layout->head, inside);
	if (key.len > inside)
		memcpy(key.modulus + inside, remainder.data, remainder.len);
	int r = read_exponent(&exponent, &key);
	if (r < 0)
		return r;
	*ret_key = key;
	return 0;
}

/* Opens a certificate and checks its hash: EMV Book 2, 5.3, 6.3 and 6.4, the first steps. */
static int open_certificate(
	const struct certificate *c, const struct ph_emv_data *objects, struct recovered *ret)
{
	struct ph_bytes signature = object(objects, c->tags->certificate);
	struct ph_bytes more[PIECES_MAX - 1] = {
		object(objects, c->tags->remainder), object(objects, c->tags->exponent)};

	if (!signature.data || !more[1].data || !ph_emv_data_get(objects, PH_TAG_PAN, NULL))
		return -ENODATA;
	if (c->data)
		more[2] = (struct ph_bytes){c->data->hidden, c->data->len};
	int r = recover(c->by, signature.data, signature.len, c->layout->format, ret);
	if (r < 0)
		return r;
	if (ret->len <= (size_t)c->layout->head + TAIL)
		return -EBADMSG;
	if (ret->hidden[c->layout->key_len] > ret->len - c->layout->head - TAIL && !more[0].data)
		return -ENODATA;
	return check_hash(ret, ret->hidden[c->layout->hash], more, PIECES_MAX - 1);
}

static unsigned digit(const uint8_t *cn, size_t len, size_t at)
{
	if (at >= 2 * len)
		return 0xf;
	return at % 2 ? cn[at / 2] & 0x0fu : cn[at / 2] >> 4u;
}

/* Digits of a certificate's holder against the account: `whole`, or the 3 to 8 an issuer's number has. */
static bool same_digits(const uint8_t *name, size_t name_len, struct ph_bytes pan, bool whole)
{
	size_t at = 0;

	while (digit(name, name_len, at) <= 9) {
		if (digit(name, name_len, at) != digit(pan.data, pan.len, at))
			return false;
		at++;
	}
	for (size_t i = at; i < 2 * name_len; i++)
		if (digit(name, name_len, i) != 0xf)
			return false;
	return whole ? digit(pan.data, pan.len, at) == 0xf : at >= 3;
}

static int check_holder(
	const struct certificate *c, const struct recovered *in, const struct ph_emv_data *objects)
{
	const uint8_t *name = in->hidden + c->layout->name;
	bool whole = c->layout->format == FORMAT_ICC;
	uint32_t expiry = date_number(in->hidden + c->layout->expiry);

	if (!same_digits(name, c->layout->name_len, object(objects, PH_TAG_PAN), whole))
		return -EKEYREJECTED;
	return c->date > expiry ? -EKEYEXPIRED : 0;
}

static bool revoked(
	const struct ph_emv_keyring *ring, const struct ph_emv_ca_key *ca, const uint8_t serial[3])
{
	for (size_t i = 0; i < ring->revoked_count; i++) {
		const struct ph_emv_revoked *r = &ring->revoked[i];
		if (r->index == ca->index && !memcmp(r->rid, ca->rid, PH_RID_SIZE) &&
			!memcmp(r->serial, serial, sizeof r->serial))
			return true;
	}
	return false;
}

int ph_emv_issuer_key(const struct ph_emv_keyring *ring, const uint8_t rid[PH_RID_SIZE],
	uint32_t date, const struct ph_emv_data *objects, struct ph_rsa_key *ret_key)
{
	static const struct tags tags = {
		PH_TAG_ISSUER_CERTIFICATE, PH_TAG_ISSUER_REMAINDER, PH_TAG_ISSUER_EXPONENT};
	const uint8_t *index = ph_emv_data_get(objects, PH_TAG_CA_INDEX, NULL);
	struct recovered in = {.len = 0};

	if (!index)
		return -ENODATA;
	const struct ph_emv_ca_key *ca = ph_emv_ca_key_find(ring, rid, *index);
	if (!ca)
		return -ENOKEY;
	if (ca->expiry && date > ca->expiry)
		return -EKEYEXPIRED;
	const struct certificate c = {
		.layout = &issuer_layout, .tags = &tags, .by = &ca->key, .date = date};
	int r = open_certificate(&c, objects, &in);
	if (!r)
		r = check_holder(&c, &in, objects);
	if (!r && revoked(ring, ca, in.hidden + issuer_layout.serial))
		r = -EKEYREVOKED;
	if (!r)
		r = read_key(&c, &in, objects, ret_key);
	ph_wipe(&in, sizeof in);
	return r;
}

int ph_emv_icc_key(const struct ph_rsa_key *issuer, uint32_t date,
	const struct ph_emv_data *objects, const struct ph_emv_static *data, bool pin,
	struct ph_rsa_key *ret_key)
{
	static const struct tags tags[] = {
		{PH_TAG_ICC_CERTIFICATE, PH_TAG_ICC_REMAINDER, PH_TAG_ICC_EXPONENT},
		{PH_TAG_PIN_CERTIFICATE, PH_TAG_PIN_REMAINDER, PH_TAG_PIN_EXPONENT},
	};
	const struct certificate c = {.layout = &icc_layout,
		.tags = &tags[pin],
		.by = issuer,
		.date = date,
		.data = pin ? NULL : data};
	struct recovered in = {.len = 0};

	if (!pin && data->bad)
		return -EBADMSG;
	int r = open_certificate(&c, objects, &in);
	if (!r)
		r = check_holder(&c, &in, objects);
	if (!r)
		r = read_key(&c, &in, objects, ret_key);
	ph_wipe(&in, sizeof in);
	return r;
}

/* In signed static data: 6A 03, hash algorithm, the code of 2, padding. */
int ph_emv_check_static(const struct ph_rsa_key *issuer, const struct ph_emv_data *objects,
	const struct ph_emv_static *data, uint8_t ret_code[2])
{
	struct ph_bytes signature = object(objects, PH_TAG_SIGNED_STATIC);
	const struct ph_bytes more = {data->hidden, data->len};
	struct recovered in = {.len = 0};

	if (!signature.data)
		return -ENODATA;
	if (data->bad)
		return -EBADMSG;
	int r = recover(issuer, signature.data, signature.len, FORMAT_STATIC, &in);
	if (!r)
		r = check_hash(&in, in.hidden[2], &more, 1);
	if (!r)
		memcpy(ret_code, in.hidden + 3, 2);
	ph_wipe(&in, sizeof in);
	return r;
}

#define DYNAMIC_AT 4 /* behind 6A 05, hash algorithm, length */

/* Opens signed dynamic data; the dynamic part, as long as it says, is left in `ret`. */
static int open_dynamic(const struct ph_rsa_key *icc, struct ph_bytes signature,
	struct ph_bytes terminal, struct recovered *ret, struct ph_bytes *ret_part)
{
	int r = recover(icc, signature.data, signature.len, FORMAT_DYNAMIC, ret);

	if (r < 0)
		return r;
	size_t len = ret->hidden[DYNAMIC_AT - 1];
	if (len > ret->len - DYNAMIC_AT - TAIL)
		return -EBADMSG;
	r = check_hash(ret, ret->hidden[2], &terminal, 1);
	if (r < 0)
		return r;
	*ret_part = (struct ph_bytes){ret->hidden + DYNAMIC_AT, len};
	return 0;
}

/* The card's number at the front: its length, 2 to 8, and itself. Returns bytes used, or -EBADMSG. */
static int read_number(struct ph_bytes part, struct ph_emv_dynamic *out)
{
	const uint8_t *bytes = part.data;

	if (!part.len || bytes[0] < 2 || bytes[0] > sizeof out->icc_number ||
		bytes[0] > part.len - 1)
		return -EBADMSG;
	out->icc_number_len = bytes[0];
	memcpy(out->icc_number, bytes + 1, bytes[0]);
	return 1 + bytes[0];
}

int ph_emv_check_dynamic(const struct ph_rsa_key *icc, struct ph_bytes signature,
	struct ph_bytes terminal_data, struct ph_emv_dynamic *ret_dynamic)
{
	struct recovered in = {.len = 0};
	struct ph_emv_dynamic dynamic = {.icc_number_len = 0};
	struct ph_bytes part;

	int r = open_dynamic(icc, signature, terminal_data, &in, &part);
	if (!r)
		r = read_number(part, &dynamic);
	if (r > 0)
		*ret_dynamic = dynamic;
	ph_wipe(&in, sizeof in);
	return r < 0 ? r : 0;
}

/* Behind the number: CID, cryptogram, hash of the transaction. */
static int read_combined(struct ph_bytes part, struct ph_emv_dynamic *out)
{
	const uint8_t *bytes = part.data;
	int n = read_number(part, out);

	if (n < 0)
		return n;
	bytes += n;
	if (part.len - (size_t)n < 1 + sizeof out->cryptogram + sizeof out->hash)
		return -EBADMSG;
	out->cid = bytes[0];
	memcpy(out->cryptogram, bytes + 1, sizeof out->cryptogram);
	memcpy(out->hash, bytes + 1 + sizeof out->cryptogram, sizeof out->hash);
	return 0;
}

int ph_emv_check_combined(const struct ph_rsa_key *icc, struct ph_bytes signature,
	const uint8_t unpredictable[4], const struct ph_bytes *transaction, size_t count,
	struct ph_emv_dynamic *ret_dynamic)
{
	struct recovered in = {.len = 0};
	struct ph_emv_dynamic dynamic = {.icc_number_len = 0};
	uint8_t hash[PH_SHA1_SIZE];
	struct ph_bytes part;

	int r = open_dynamic(icc, signature, (struct ph_bytes){unpredictable, 4}, &in, &part);
	if (!r)
		r = read_combined(part, &dynamic);
	if (!r)
		r = ph_sha1(transaction, count, hash);
	if (!r && memcmp(hash, dynamic.hash, sizeof hash) != 0)
		r = -EBADMSG;
	if (!r)
		*ret_dynamic = dynamic;
	ph_wipe(&in, sizeof in);
	return r;
}
