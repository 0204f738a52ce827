// Reads the file of option `profile_file`; what a profile says is the protocol's.
#include "drivers/printer/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The whole file, at most PH_PROFILE_TEXT_MAX bytes. */
static int read_file(const char *path, struct ph_profile_text *text)
{
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	PH_CLEANUP_FREE char *data = NULL;
	size_t len = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > PH_PROFILE_TEXT_MAX)
		return -E2BIG;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, data + len, (size_t)st.st_size - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	*text = (struct ph_profile_text){PH_STEAL(data), len};
	return 0;
}

int ph_profile_file_load(struct ph_device *device,
	int (*check)(const struct ph_profile_text *text, struct ph_profile_error *ret_error),
	struct ph_profile_text *text)
{
	const char *path = ph_option_text(device, "profile_file");
	struct ph_profile_error error = {0};

	if (!path)
		return 0;
	int r = read_file(path, text);
	if (r < 0)
		return ph_option_refuse(device, "profile_file", "%s: %s", path, strerror(-r));
	r = check(text, &error);
	if (r == 0)
		return 0;
	ph_profile_file_drop(text);
	return ph_option_refuse(
		device, "profile_file", "%s:%u: %s", path, error.line, error.message);
}

void ph_profile_file_drop(struct ph_profile_text *text)
{
	free((char *)(uintptr_t)text->data);
	*text = (struct ph_profile_text){NULL, 0};
}
