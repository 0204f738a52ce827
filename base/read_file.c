// Reads small files and lists folders; what is in them is left to the callers.
#include "base/read_file.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

PH_DEFINE_CLEANUP(char **, ph_list_free)
PH_DEFINE_CLEANUP(DIR *, closedir)

int ph_read_file(const char *path, size_t max, char **ret_text, size_t *ret_len)
{
	/* O_NONBLOCK: a FIFO in the place of a file must not hold up the service */
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* one byte more than allowed shows that there is more, also when the file grows under us */
	PH_CLEANUP_FREE char *text = malloc(max + 2);
	if (!text)
		return -ENOMEM;
	size_t len = 0;
	for (;;) {
		ssize_t n = read(fd, text + len, max + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (n == 0)
			break;
	}
	text[len] = 0;
	*ret_text = PH_STEAL(text);
	*ret_len = len;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int wanted(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return name[0] != '.' && len > tail && !strcmp(name + len - tail, suffix);
}

int ph_list_files(const char *folder, const char *suffix, size_t max, char ***ret_paths)
{
	PH_CLEANUP(ph_list_free_p) char **paths = calloc(max + 1, sizeof *paths);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(folder);
	size_t len = 0;

	if (!paths)
		return -ENOMEM;
	if (!dir && errno != ENOENT)
		return -errno;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!wanted(entry->d_name, suffix))
			continue;
		if (len == max)
			return -E2BIG;
		if (asprintf(&paths[len], "%s/%s", folder, entry->d_name) < 0) {
			paths[len] = NULL;
			return -ENOMEM;
		}
		len++;
	}
	qsort(paths, len, sizeof *paths, by_text);
	*ret_paths = PH_STEAL(paths);
	return (int)len;
}

void ph_list_free(char **paths)
{
	for (size_t i = 0; paths && paths[i]; i++)
		free(paths[i]);
	free(paths);
}
