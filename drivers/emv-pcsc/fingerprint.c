// The key of fingerprints, from its file or new, and the fingerprint of an account number; what it is compared with is left to others.
#include "drivers/emv-pcsc/fingerprint.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a fingerprint is made of besides the number: it is that of nothing else which the key may come to serve one day. */
#define USE "poshal fingerprint 1:"

_Static_assert(EMV_FINGERPRINT_KEY_SIZE >= crypto_generichash_KEYBYTES_MIN &&
		       EMV_FINGERPRINT_KEY_SIZE <= crypto_generichash_KEYBYTES_MAX,
	"the key is one of BLAKE2b");

static int complain(char why[EMV_FINGERPRINT_WHY_SIZE], int r, const char *path, const char *what)
{
	snprintf(why, EMV_FINGERPRINT_WHY_SIZE, "%.200s: %s", path, what ? what : strerror(-r));
	return r;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/* All of it into the secret, which no buffer of a library has seen. */
static int read_key(int fd, const char *path, struct ph_secret *key, char *why)
{
	char more;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return complain(why, -errno, path, NULL);
	if (!S_ISREG(st.st_mode) || st.st_size != EMV_FINGERPRINT_KEY_SIZE)
		return complain(why, -EBADMSG, path, "is not a file of 32 bytes");
	if (st.st_mode & 077)
		return complain(why, -EACCES, path,
			"others may read it: chmod 600, or remove it for a new one");
	if (read(fd, ph_secret_memory(key), EMV_FINGERPRINT_KEY_SIZE) != EMV_FINGERPRINT_KEY_SIZE ||
		read(fd, &more, 1) != 0)
		return complain(why, -EIO, path, "cannot be read");
	return 0;
}

static int sync_folder(const char *path)
{
	char folder[256];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len >= sizeof folder)
		return -ENAMETOOLONG;
	memcpy(folder, len ? path : slash ? "/" : ".", len ? len : 1);
	folder[len ? len : 1] = '\0';
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int write_key(int fd, struct ph_secret *key)
{
	if (write(fd, ph_secret_memory(key), EMV_FINGERPRINT_KEY_SIZE) != EMV_FINGERPRINT_KEY_SIZE)
		return -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Two readers may begin at once: the file gets its name when it is whole, and who comes second finds that of the first. */
static int make_file(const char *path, struct ph_secret *key)
{
	char draft[256];

	if (snprintf(draft, sizeof draft, "%s.%d", path, (int)getpid()) >= (int)sizeof draft)
		return -ENAMETOOLONG;
	randombytes_buf(ph_secret_memory(key), EMV_FINGERPRINT_KEY_SIZE);
	unlink(draft); /* of a process that had this number and was killed */
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int r = write_key(fd, key);
	close(fd);
	if (r == 0 && link(draft, path) < 0 && errno != EEXIST)
		r = -errno;
	unlink(draft);
	return r < 0 ? r : sync_folder(path);
}

int emv_fingerprint_key_load(
	const char *path, bool make, struct ph_secret **ret_key, char why[EMV_FINGERPRINT_WHY_SIZE])
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *key = NULL;

	int r = ph_secret_new(EMV_FINGERPRINT_KEY_SIZE, &key);
	if (r < 0)
		return complain(why, r, path, "no memory can be locked for it");
	int fd = open_file(path);
	if (fd == -ENOENT && make) {
		r = make_file(path, key);
		if (r < 0)
			return complain(why, r, path, NULL);
		fd = open_file(path);
	}
	if (fd < 0)
		return complain(why, fd, path, NULL);
	r = read_key(fd, path, key, why);
	close(fd);
	if (r == 0)
		*ret_key = PH_STEAL(key);
	return r;
}

void emv_fingerprint(struct ph_secret *key, const uint8_t *digits, size_t len,
	uint8_t ret_fingerprint[PH_FINGERPRINT_SIZE])
{
	crypto_generichash_state hash;

	crypto_generichash_init(
		&hash, ph_secret_memory(key), EMV_FINGERPRINT_KEY_SIZE, PH_FINGERPRINT_SIZE);
	crypto_generichash_update(&hash, (const uint8_t *)USE, strlen(USE));
	if (len)
		crypto_generichash_update(&hash, digits, len);
	crypto_generichash_final(&hash, ret_fingerprint, PH_FINGERPRINT_SIZE);
	ph_wipe(&hash, sizeof hash);
}
