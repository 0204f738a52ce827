// Reads and makes the keys of sealed records, in locked memory; opening records with them is the server's.
#include "acquirer/keys.h"

#include "acquirer/config.h"
#include "base/base64.h"
#include "base/json_flat.h"
#include "base/json_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_B64 44 /* characters of 32 bytes */

static int fail(char why[PH_KEYS_WHY_SIZE], int r, const char *path, const char *what)
{
	snprintf(why, PH_KEYS_WHY_SIZE, "%.80s: %s", path, what);
	return r;
}

static bool kid_ok(const char *kid, size_t len)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	for (size_t i = 0; i < len; i++)
		if (!kid[i] || !strchr(letters, kid[i]))
			return false;
	return len >= 1 && len <= PH_SEAL_KID_MAX;
}

/* Base64 of 32 bytes; `out` has 33. */
static bool read_32(const struct ph_json_member *member, uint8_t *out)
{
	return member && member->kind == PH_JSON_STRING && member->value_len == KEY_B64 + 2 &&
	       ph_base64_decode(member->value + 1, KEY_B64, out) == 32;
}

static const char *read_key(const char *line, size_t len, struct ph_keys *keys)
{
	uint8_t *secrets = ph_secret_memory(keys->hidden), *secret = secrets + keys->len * 32;
	struct ph_json_member members[4];
	const struct ph_json_member *kid;
	uint8_t public_key[33], derived[32];
	int count;

	if (keys->len == PH_KEYS_MAX)
		return "has more than 4 keys";
	count = ph_json_scan(line, len, 2) == 0 ? ph_json_flat(line, len, members, 4) : -EINVAL;
	kid = count > 0 ? ph_json_flat_find(members, count, "kid") : NULL;
	if (!kid || kid->kind != PH_JSON_STRING || !kid_ok(kid->value + 1, kid->value_len - 2) ||
		!read_32(ph_json_flat_find(members, count, "public_b64"), public_key) ||
		!read_32(ph_json_flat_find(members, count, "secret_b64"), secret))
		return "has a line that is no key as --new-key writes it";
	if (crypto_scalarmult_base(derived, secret) != 0 || memcmp(derived, public_key, 32) != 0)
		return "has a key whose halves do not belong together";
	memcpy(keys->key[keys->len].kid, kid->value + 1, kid->value_len - 2);
	keys->key[keys->len].kid[kid->value_len - 2] = '\0';
	if (ph_keys_find(keys, keys->key[keys->len].kid) >= 0)
		return "has two keys of one id";
	memcpy(keys->key[keys->len].public_key, public_key, 32);
	keys->len++;
	return NULL;
}

static const char *read_lines(char *text, size_t len, struct ph_keys *keys)
{
	while (len) {
		char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;
		const char *wrong = line ? read_key(text, line, keys) : NULL;

		if (wrong)
			return wrong;
		text += end ? line + 1 : line;
		len -= end ? line + 1 : line;
	}
	return keys->len ? NULL : "has no key";
}

int ph_keys_read(const char *path, struct ph_keys *ret_keys, char why[PH_KEYS_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *file = NULL;
	struct ph_keys keys = {0};
	const char *wrong;
	long len;
	int r = sodium_init() < 0 ? -ENOMEM : ph_secret_new(PH_KEY_FILE_MAX, &file);

	if (r >= 0) /* one byte more: base64 is decoded three bytes at a time */
		r = ph_secret_new(PH_KEYS_MAX * PH_SEAL_SECRET + 1, &keys.hidden);
	if (r < 0)
		return fail(why, r, "memory for keys", strerror(-r));
	len = ph_acquirer_read_file(path, ph_secret_memory(file), PH_KEY_FILE_MAX);
	if (len < 0) {
		ph_keys_done(&keys);
		return fail(why, (int)len, path, strerror((int)-len));
	}
	wrong = read_lines(ph_secret_memory(file), (size_t)len, &keys);
	if (wrong) {
		ph_keys_done(&keys);
		return fail(why, -EINVAL, path, wrong);
	}
	*ret_keys = keys;
	return 0;
}

void ph_keys_done(struct ph_keys *keys)
{
	ph_secret_free(keys->hidden);
	*keys = (struct ph_keys){0};
}

int ph_keys_find(const struct ph_keys *keys, const char *kid)
{
	for (unsigned i = 0; i < keys->len; i++)
		if (!strcmp(keys->key[i].kid, kid))
			return (int)i;
	return -ENOKEY;
}

const uint8_t *ph_keys_secret(const struct ph_keys *keys, unsigned index)
{
	return (const uint8_t *)ph_secret_memory(keys->hidden) + (size_t)index * PH_SEAL_SECRET;
}

static int write_file(const char *path, mode_t mode, const char *text, size_t len)
{
	PH_CLEANUP_CLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0 || write(fd, text, len) != (ssize_t)len || fsync(fd) < 0) {
		int error = errno ? errno : EIO;
		unlink(path);
		return -error;
	}
	return 0;
}

/* What is put together while a key is made. */
struct making {
	uint8_t secret_key[PH_SEAL_SECRET];
	char secret_b64[PH_BASE64_SIZE(PH_SEAL_SECRET)];
	char line[256];
};

int ph_keys_create(
	const char *kid, const char *out, const char *public_out, char why[PH_KEYS_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *memory = NULL;
	uint8_t public_key[PH_SEAL_PUBLIC];
	char public_b64[PH_BASE64_SIZE(PH_SEAL_PUBLIC)], line[160];
	struct making *making;
	int r;

	if (!kid_ok(kid, strlen(kid)))
		return fail(
			why, -EINVAL, kid, "a key id has 1 to 32 letters, digits, `-`, `.`, `_`");
	r = sodium_init() < 0 ? -ENOMEM : ph_secret_new(sizeof *making, &memory);
	if (r < 0)
		return fail(why, r, "memory for a key", strerror(-r));
	making = ph_secret_memory(memory);
	crypto_box_keypair(public_key, making->secret_key);
	ph_base64_encode(public_key, sizeof public_key, public_b64);
	ph_base64_encode(making->secret_key, sizeof making->secret_key, making->secret_b64);
	snprintf(making->line, sizeof making->line,
		"{\"kid\":\"%s\",\"public_b64\":\"%s\",\"secret_b64\":\"%s\"}\n", kid, public_b64,
		making->secret_b64);
	r = write_file(out, 0600, making->line, strlen(making->line));
	if (r < 0)
		return fail(why, r, out, strerror(-r));
	snprintf(line, sizeof line, "{\"kid\":\"%s\",\"public_b64\":\"%s\"}\n", kid, public_b64);
	r = public_out ? write_file(public_out, 0644, line, strlen(line)) : 0;
	if (r < 0) {
		unlink(out);
		return fail(why, r, public_out, strerror(-r));
	}
	return 0;
}
