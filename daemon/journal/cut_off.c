/*
 * A journal whose file ends before it should, which SQLite does not open at all. As it is, it is kept under another name; then what is
 * missing is filled with empty pages, so that all before them can be read, and what they were is damage like any other (damage.h).
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The database header: SQLite, "Database File Format", 1.3. */
#define HEADER_BYTES   100
#define PAGE	       4096 /* of a journal */
#define MAGIC	       "SQLite format 3"
#define AT_PAGE_SIZE   16
#define AT_CHANGES     24
#define AT_PAGES       28
#define AT_PAGES_AS_OF 92

static uint32_t be(const unsigned char *at, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

/* The size of a page, and bytes the file should have by its own word; 0: it does not say. */
static off_t full_size(int fd, off_t *ret_page)
{
	unsigned char header[HEADER_BYTES];
	uint32_t page;

	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
		memcmp(header, MAGIC, sizeof(MAGIC)) != 0 ||
		be(header + AT_CHANGES, 4) != be(header + AT_PAGES_AS_OF, 4))
		return 0;
	page = be(header + AT_PAGE_SIZE, 2);
	if (page == 1)
		page = 65536;
	if (page < 512 || (page & (page - 1)) != 0)
		return 0;
	*ret_page = page;
	return (off_t)be(header + AT_PAGES, 4) * page;
}

static int name_kept(const char *path, char kept[PATH_MAX])
{
	return (size_t)snprintf(kept, PATH_MAX, "%s-cut-off", path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int copy_all(int from, int to)
{
	char data[32768];
	ssize_t n;
	off_t at = 0;

	while ((n = pread(from, data, sizeof(data), at)) > 0) {
		if (pwrite(to, data, (size_t)n, at) != n)
			return errno ? -errno : -EIO;
		at += n;
	}
	if (n < 0 || fsync(to) < 0)
		return -errno;
	return 0;
}

static int keep(int fd, const char *kept)
{
	PH_CLEANUP_CLOSE int copy =
		open(kept, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	/* one that is there is of an earlier time, and stays */
	if (copy < 0)
		return -errno;
	errno = 0;
	int r = copy_all(fd, copy);
	if (r < 0)
		unlink(kept);
	return r;
}

bool ph_cut_off_in_a_page(const char *path)
{
	char log[PATH_MAX];
	unsigned char magic[4] = {0};
	struct stat st;

	if (stat(path, &st) < 0 || st.st_size % PAGE == 0 ||
		(size_t)snprintf(log, sizeof(log), "%s-wal", path) >= sizeof(log))
		return false;
	PH_CLEANUP_CLOSE int fd = open(log, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || pread(fd, magic, sizeof(magic), 0) != sizeof(magic) || !be(magic, 4);
}

int ph_cut_off_fill(const char *path)
{
	PH_CLEANUP_CLOSE int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	char kept[PATH_MAX];
	struct stat st;
	off_t page = 1;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	off_t full = full_size(fd, &page);
	if (st.st_size >= full)
		return -ENOENT;
	int r = name_kept(path, kept);
	if (r == 0)
		r = keep(fd, kept);
	/* half a page is none: of what it says nothing can be told from what is missing */
	if (r == 0 && (ftruncate(fd, st.st_size - st.st_size % page) < 0 ||
			      ftruncate(fd, full) < 0 || fsync(fd) < 0))
		r = -errno;
	return r;
}

void ph_cut_off_undo(const char *path)
{
	char kept[PATH_MAX];

	if (name_kept(path, kept) == 0)
		(void)rename(kept, path);
}

void ph_cut_off_tell(struct ph_journal *journal, const char *path)
{
	char kept[PATH_MAX], text[PH_JOURNAL_HEALTH_TEXT];

	if (journal->created || name_kept(path, kept) < 0 || access(kept, F_OK) < 0)
		return;
	snprintf(text, sizeof(text),
		"the journal is damaged: its end is missing; as it was found it is kept as %.120s",
		kept);
	ph_health_set(journal, PH_JOURNAL_DAMAGED, text);
}
