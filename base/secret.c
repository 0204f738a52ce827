// Locked memory for secrets, and wiping; what is kept in it is the caller's business.
#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE_MAX_SECRET (1u << 20)

struct ph_secret {
	size_t size;   /* of `memory` */
	size_t mapped; /* of all */
	unsigned char memory[];
};

int ph_secret_new(size_t size, struct ph_secret **ret_secret)
{
	if (!size || size > SIZE_MAX_SECRET)
		return -EINVAL;
	size_t mapped = sizeof(struct ph_secret) + size;
	void *map = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	if (mlock(map, mapped) < 0 || madvise(map, mapped, MADV_DONTDUMP) < 0) {
		int error = errno;
		munmap(map, mapped);
		return -error;
	}
	/* kernels before 4.14 do not have it; a child then holds a copy until it ends */
	(void)madvise(map, mapped, MADV_WIPEONFORK);
	struct ph_secret *secret = map;
	secret->size = size;
	secret->mapped = mapped;
	*ret_secret = secret;
	return 0;
}

void ph_secret_wipe(struct ph_secret *secret)
{
	ph_wipe(secret->memory, secret->size);
}

void ph_secret_free(struct ph_secret *secret)
{
	if (!secret)
		return;
	ph_secret_wipe(secret);
	munmap(secret, secret->mapped);
}

void *ph_secret_memory(struct ph_secret *secret)
{
	return secret->memory;
}

size_t ph_secret_size(const struct ph_secret *secret)
{
	return secret->size;
}

void ph_wipe(void *memory, size_t len)
{
	explicit_bzero(memory, len);
}

bool ph_same_secret(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(x[i] ^ y[i]);
	return differ == 0;
}
