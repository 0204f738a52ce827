// Gives sealed records of this process's keys to another key, and checks those that come from elsewhere; which records is poshald's.
#include "acquirer/rewrap.h"

#include "acquirer/reader.h"
#include "base/base64.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A record of the request. */
struct item {
	struct ph_sealed_header expected; /* its kid is not looked at */
	uint8_t sealed[PH_SEALED_WRAPPED_MAX + 2];
	size_t sealed_len;
	uint8_t bound[PH_SEALED_BOUND + 2], proof[PH_SEALED_BOUND + 2];
	bool has_bound, has_proof;
};

static int read_32(const struct ph_reader *reader, const char *name, uint8_t *out, bool *ret_there)
{
	size_t len;

	if (ph_reader_bytes(reader, name, out, PH_SEALED_BOUND, &len) < 0)
		return -EINVAL;
	*ret_there = ph_reader_get(reader, name) != NULL;
	return *ret_there && len != PH_SEALED_BOUND ? ph_reader_wrong(reader, name, "has 32 bytes")
						    : 0;
}

static int read_item(const struct ph_reader *reader, bool checks, struct item *item)
{
	static const char *const names[] = {
		"payment", "amount", "currency", "sealed_b64", "bound_b64", "proof_b64", NULL};

	memset(item, 0, sizeof *item);
	item->expected.use = PH_SEALED_KEPT;
	if (ph_reader_known_members(reader, names) < 0 ||
		ph_reader_id(reader, "payment", item->expected.payment) < 0 ||
		ph_reader_number(reader, "amount", PH_RECORD_AMOUNT_MAX, &item->expected.amount) <
			0 ||
		ph_reader_text(reader, "currency", item->expected.currency, 3, true) < 0 ||
		ph_reader_bytes(reader, "sealed_b64", item->sealed, PH_SEALED_WRAPPED_MAX,
			&item->sealed_len) < 0 ||
		read_32(reader, "bound_b64", item->bound, &item->has_bound) < 0 ||
		read_32(reader, "proof_b64", item->proof, &item->has_proof) < 0)
		return -EINVAL;
	if (!item->sealed_len)
		return ph_reader_wrong(reader, "sealed_b64", "is missing");
	if (item->has_proof && !checks)
		return ph_reader_wrong(reader, "proof_b64", "is of host.check");
	return item->has_proof && !item->has_bound
		       ? ph_reader_wrong(reader, "bound_b64", "is missing, and there is a proof")
		       : 0;
}

/* ---- one record ---- */

static void add_error(struct ph_buf *out, int error)
{
	static const struct {
		int error;
		const char *name, *message;
	} said[] = {
		{-ENOKEY, "Unsealed", "it is for a key that this process does not have"},
		{-EKEYREJECTED, "Unsealed", "it is for another key of the same id"},
		{-EPERM, "Unsealed", "it is of another payment, amount or currency"},
		{-EILSEQ, "Changed", "what stands beside it was changed"},
		{0, "Unsealed", "it is damaged, or none of a known version"},
	};
	unsigned i = 0;

	while (said[i].error && said[i].error != error)
		i++;
	ph_buf_printf(out, "{\"error\":{\"name\":\"Extended.%s\",\"message\":\"%s\"}}",
		said[i].name, said[i].message);
}

/* Whose key opens it: the index of one of ours, or a negative errno. */
static int find_key(const struct ph_rewrap_keys *keys, const struct item *item,
	struct ph_seal_pair *ret_pair, const char **ret_kid)
{
	struct ph_sealed_header header;
	int key, r = ph_sealed_read(item->sealed, item->sealed_len, &header);

	if (r < 0)
		return r;
	key = ph_keys_find(keys->own, header.kid);
	if (key < 0)
		return key;
	ret_pair->public_key = keys->own->key[key].public_key;
	ret_pair->secret_key = ph_keys_secret(keys->own, (unsigned)key);
	*ret_kid = keys->own->key[key].kid;
	return 0;
}

static void add_proof(struct ph_buf *out, const uint8_t proof[PH_SEALED_BOUND])
{
	ph_buf_add_str(out, ",\"proof_b64\":\"");
	ph_buf_add_base64(out, proof, PH_SEALED_BOUND);
	ph_buf_add_str(out, "\"");
}

static void rewrap_one(const struct ph_rewrap_keys *keys, const struct item *item,
	const struct ph_public_key *to, struct ph_buf *out)
{
	const struct ph_seal_to target = {.kid = to->kid, .public_key = to->public_key};
	uint8_t wrapped[PH_SEALED_WRAPPED_MAX], proof[PH_SEALED_BOUND];
	struct ph_seal_pair pair;
	const char *kid;
	ssize_t n = find_key(keys, item, &pair, &kid);

	if (n == 0)
		n = ph_sealed_rewrap(
			item->sealed, item->sealed_len, &item->expected, &pair, &target, wrapped);
	if (n > 0 && item->has_bound) {
		int r = ph_sealed_prove(
			item->sealed, item->sealed_len, &item->expected, &pair, item->bound, proof);
		n = r < 0 ? r : n;
	}
	if (n <= 0) {
		add_error(out, (int)n);
		return;
	}
	ph_buf_add_str(out, "{\"sealed_b64\":\"");
	ph_buf_add_base64(out, wrapped, (size_t)n);
	ph_buf_add_str(out, "\"");
	if (item->has_bound)
		add_proof(out, proof);
	ph_buf_add_str(out, "}");
}

/* Also without something bound to it: making the proof opens it. */
static void check_one(
	const struct ph_rewrap_keys *keys, const struct item *item, struct ph_buf *out)
{
	uint8_t proof[PH_SEALED_BOUND];
	struct ph_seal_pair pair;
	const char *kid;
	int r = find_key(keys, item, &pair, &kid);

	if (r == 0)
		r = ph_sealed_prove(
			item->sealed, item->sealed_len, &item->expected, &pair, item->bound, proof);
	if (r == 0 && item->has_proof && !ph_same_secret(proof, item->proof, sizeof proof))
		r = -EILSEQ;
	if (r < 0)
		add_error(out, r);
	else
		ph_buf_printf(out, "{\"kid\":\"%s\"}", kid);
}

/* ---- requests ---- */

static int do_each(const struct ph_rewrap_keys *keys, const struct ph_reader *outer,
	const struct ph_public_key *to, struct ph_buf *out)
{
	const cJSON *records = ph_reader_get(outer, "records"), *object;
	struct item item;
	unsigned i = 0;

	if (!cJSON_IsArray(records))
		return ph_reader_wrong(outer, "records", "is missing, or no list");
	if (cJSON_GetArraySize(records) > PH_REWRAP_MAX)
		return ph_reader_wrong(outer, "records", "has more than 32 of them");
	ph_buf_add_str(out, "{\"records\":[");
	cJSON_ArrayForEach(object, records)
	{
		char in[24];
		struct ph_reader reader = {.object = object, .in = in, .why = outer->why};

		snprintf(in, sizeof in, "records[%u].", i);
		if (!cJSON_IsObject(object)) {
			in[strlen(in) - 1] = '\0';
			return ph_reader_wrong(&reader, "", "is no object");
		}
		if (read_item(&reader, !to, &item) < 0)
			return -EINVAL;
		ph_buf_add_str(out, i++ ? "," : "");
		if (to)
			rewrap_one(keys, &item, to, out);
		else
			check_one(keys, &item, out);
	}
	ph_buf_add_str(out, "]}");
	return 0;
}

static bool same_key(const struct ph_public_key *a, const struct ph_public_key *b)
{
	return !strcmp(a->kid, b->kid) &&
	       !memcmp(a->public_key, b->public_key, sizeof a->public_key);
}

/*
 * Whoever asks must not choose the key: poshald, or who has taken it over, could have everything it stores sealed to a key of its own.
 * One of ours, or one that a file names which poshald cannot write.
 */
static int may_seal_to(const struct ph_rewrap_keys *keys, const struct ph_public_key *to,
	char why[PH_RECORD_WHY_SIZE])
{
	struct ph_public_key spare[PH_KEYS_MAX];
	char said[PH_KEYS_WHY_SIZE] = "";
	int count;

	for (unsigned i = 0; i < keys->own->len; i++)
		if (same_key(&keys->own->key[i], to))
			return 0;
	count = keys->spare[0] ? ph_keys_read_public(keys->spare, spare, said) : 0;
	for (int i = 0; i < count; i++)
		if (same_key(&spare[i], to))
			return 0;
	if (count < 0)
		snprintf(why, PH_RECORD_WHY_SIZE, "%.150s", said);
	else
		snprintf(why, PH_RECORD_WHY_SIZE,
			"nothing is sealed to key %s: write its public half to the file of "
			"`spare_keys` (acquirer.conf)",
			to->kid);
	return -EACCES;
}

static int read_to(const struct ph_reader *outer, struct ph_public_key *to)
{
	static const char *const names[] = {"kid", "public_b64", NULL};
	struct ph_reader reader = {
		.object = ph_reader_get(outer, "to"), .in = "to.", .why = outer->why};

	if (!cJSON_IsObject(reader.object))
		return ph_reader_wrong(outer, "to", "is missing, or no object");
	if (ph_reader_known_members(&reader, names) < 0)
		return -EINVAL;
	if (ph_keys_public(cJSON_GetStringValue(ph_reader_get(&reader, "kid")),
		    cJSON_GetStringValue(ph_reader_get(&reader, "public_b64")), to))
		return 0;
	return ph_reader_wrong(outer, "to", "is no key id and public key");
}

int ph_rewrap(const struct ph_rewrap_keys *keys, const struct cJSON *params, struct ph_buf *out,
	char why[PH_RECORD_WHY_SIZE])
{
	static const char *const names[] = {"records", "to", NULL};
	struct ph_reader reader = {.object = params, .in = "", .why = why};
	struct ph_public_key to;

	if (ph_reader_known_members(&reader, names) < 0 || read_to(&reader, &to) < 0)
		return -EINVAL;
	if (may_seal_to(keys, &to, why) < 0)
		return -EACCES;
	return do_each(keys, &reader, &to, out);
}

int ph_check_sealed(const struct ph_rewrap_keys *keys, const struct cJSON *params,
	struct ph_buf *out, char why[PH_RECORD_WHY_SIZE])
{
	static const char *const names[] = {"records", NULL};
	struct ph_reader reader = {.object = params, .in = "", .why = why};

	if (ph_reader_known_members(&reader, names) < 0)
		return -EINVAL;
	return do_each(keys, &reader, NULL, out);
}
