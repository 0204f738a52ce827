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
#include <unistd.h>

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

static void take_public(struct ph_public_key *key, const struct ph_json_member *kid,
	const uint8_t public_key[PH_SEAL_PUBLIC])
{
	memcpy(key->kid, kid->value + 1, kid->value_len - 2);
	key->kid[kid->value_len - 2] = '\0';
	memcpy(key->public_key, public_key, PH_SEAL_PUBLIC);
}

/* "-" is standard input. */
static long read_text(const char *path, char *out, size_t size)
{
	return strcmp(path, "-") ? ph_acquirer_read_file(path, out, size)
				 : ph_acquirer_read_fd(STDIN_FILENO, out, size);
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
	take_public(&keys->key[keys->len], kid, public_key);
	if (ph_keys_find(keys, keys->key[keys->len].kid) >= 0)
		return "has two keys of one id";
	keys->len++;
	return NULL;
}

/* The next line that is not empty, without its end; NULL: no more. */
static const char *next_line(const char **text, size_t *len, size_t *ret_line)
{
	while (*len) {
		const char *line = *text, *end = memchr(line, '\n', *len);
		size_t size = end ? (size_t)(end - line) : *len, step = end ? size + 1 : size;

		*text += step;
		*len -= step;
		*ret_line = size;
		if (size)
			return line;
	}
	return NULL;
}

static const char *read_lines(const char *text, size_t len, struct ph_keys *keys)
{
	const char *line, *wrong;
	size_t size;

	while ((line = next_line(&text, &len, &size))) {
		wrong = read_key(line, size, keys);
		if (wrong)
			return wrong;
	}
	return keys->len ? NULL : "has no key";
}

/* The keys of a file, whose text is left in `file`. */
static int read_into(const char *path, struct ph_secret *file, struct ph_keys *ret_keys,
	char why[PH_KEYS_WHY_SIZE])
{
	struct ph_keys keys = {0};
	const char *wrong;
	/* one byte more: base64 is decoded three bytes at a time */
	int r = ph_secret_new(PH_KEYS_MAX * PH_SEAL_SECRET + 1, &keys.hidden);
	long len;

	if (r < 0)
		return fail(why, r, "memory for keys", strerror(-r));
	len = read_text(path, ph_secret_memory(file), PH_KEY_FILE_MAX);
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

int ph_keys_read(const char *path, struct ph_keys *ret_keys, char why[PH_KEYS_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *file = NULL;
	int r = sodium_init() < 0 ? -ENOMEM : ph_secret_new(PH_KEY_FILE_MAX, &file);

	if (r < 0)
		return fail(why, r, "memory for keys", strerror(-r));
	return read_into(path, file, ret_keys, why);
}

static const char *read_public(
	const char *line, size_t len, struct ph_public_key keys[PH_KEYS_MAX], int count)
{
	struct ph_json_member members[4];
	const struct ph_json_member *kid;
	uint8_t public_key[33];
	int found;

	if (count == PH_KEYS_MAX)
		return "has more than 4 keys";
	found = ph_json_scan(line, len, 2) == 0 ? ph_json_flat(line, len, members, 4) : -EINVAL;
	kid = found > 0 ? ph_json_flat_find(members, found, "kid") : NULL;
	if (!kid || kid->kind != PH_JSON_STRING || !kid_ok(kid->value + 1, kid->value_len - 2) ||
		!read_32(ph_json_flat_find(members, found, "public_b64"), public_key))
		return "has a line that is no public half of a key as --public writes it";
	if (ph_json_flat_find(members, found, "secret_b64"))
		return "has a private key, which belongs to the other machine alone";
	take_public(&keys[count], kid, public_key);
	return NULL;
}

int ph_keys_read_public(
	const char *path, struct ph_public_key ret_keys[PH_KEYS_MAX], char why[PH_KEYS_WHY_SIZE])
{
	char file[PH_KEY_FILE_MAX];
	const char *text = file, *line, *wrong = NULL;
	long read = ph_acquirer_read_file(path, file, sizeof file);
	size_t len, size;
	int count = 0;

	if (read < 0)
		return fail(why, (int)read, path, strerror((int)-read));
	len = (size_t)read;
	while (!wrong && (line = next_line(&text, &len, &size))) {
		wrong = read_public(line, size, ret_keys, count);
		count += !wrong;
	}
	ph_wipe(file, sizeof file);
	return wrong ? fail(why, -EINVAL, path, wrong) : count;
}

bool ph_keys_public(const char *kid, const char *public_b64, struct ph_public_key *ret_key)
{
	uint8_t bytes[33];

	if (!kid || !kid_ok(kid, strlen(kid)) || !public_b64 || strlen(public_b64) != KEY_B64 ||
		ph_base64_decode(public_b64, KEY_B64, bytes) != PH_SEAL_PUBLIC)
		return false;
	memcpy(ret_key->kid, kid, strlen(kid) + 1);
	memcpy(ret_key->public_key, bytes, PH_SEAL_PUBLIC);
	return true;
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

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_file(const char *path, mode_t mode, const char *text, size_t len)
{
	PH_CLEANUP_CLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int r;

	if (fd < 0)
		return -errno;
	r = fchmod(fd, mode) < 0 ? -errno : write_all(fd, text, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}

/* What is put together while a key is made. */
struct making {
	uint8_t secret_key[PH_SEAL_SECRET];
	char secret_b64[PH_BASE64_SIZE(PH_SEAL_SECRET)];
	char text[256 + PH_KEY_FILE_MAX]; /* the new key's line, and behind it what is kept */
};

/* The older keys behind the new one. */
static int append_kept(
	const char *path, const char *kid, struct making *making, char why[PH_KEYS_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *file = NULL;
	struct ph_keys keys = {0};
	int r = ph_secret_new(PH_KEY_FILE_MAX, &file);

	if (r < 0)
		return fail(why, r, "memory for keys", strerror(-r));
	r = read_into(path, file, &keys, why);
	if (r < 0)
		return r;
	if (keys.len == PH_KEYS_MAX)
		r = fail(why, -E2BIG, path,
			"has 4 keys already: take one out that no record needs any more");
	else if (ph_keys_find(&keys, kid) >= 0)
		r = fail(why, -EEXIST, path, "has a key of this id already");
	else
		memcpy(making->text + strlen(making->text), ph_secret_memory(file),
			strnlen(ph_secret_memory(file), PH_KEY_FILE_MAX - 1) + 1);
	ph_keys_done(&keys);
	return r;
}

static int write_keys(const struct ph_key_files *files, const char *kid, const char *public_b64,
	const struct making *making, char why[PH_KEYS_WHY_SIZE])
{
	bool to_output = !strcmp(files->out, "-");
	size_t len = strlen(making->text);
	char line[160];
	int r;

	if (to_output && isatty(STDOUT_FILENO))
		return fail(why, -EINVAL, "standard output", "is a terminal, where all can read");
	snprintf(line, sizeof line, "{\"kid\":\"%s\",\"public_b64\":\"%s\"}\n", kid, public_b64);
	r = files->public_out ? write_file(files->public_out, 0644, line, strlen(line)) : 0;
	if (r < 0)
		return fail(why, r, files->public_out, strerror(-r));
	r = to_output ? write_all(STDOUT_FILENO, making->text, len)
		      : write_file(files->out, 0600, making->text, len);
	if (r < 0 && files->public_out)
		unlink(files->public_out);
	return r < 0 ? fail(why, r, files->out, strerror(-r)) : 0;
}

int ph_keys_create(const char *kid, const struct ph_key_files *files, char why[PH_KEYS_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *memory = NULL;
	uint8_t public_key[PH_SEAL_PUBLIC];
	char public_b64[PH_BASE64_SIZE(PH_SEAL_PUBLIC)];
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
	snprintf(making->text, sizeof making->text,
		"{\"kid\":\"%s\",\"public_b64\":\"%s\",\"secret_b64\":\"%s\"}\n", kid, public_b64,
		making->secret_b64);
	r = files->keep ? append_kept(files->keep, kid, making, why) : 0;
	return r < 0 ? r : write_keys(files, kid, public_b64, making, why);
}
