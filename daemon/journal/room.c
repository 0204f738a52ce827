// Room on the disk: how much there is, and the reserve that is given up when there is none.
#include "daemon/journal/internal.h"

#include "base/clock.h"
#include "base/read_file.h"
#include "daemon/journal/journal_storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOOK_US	   ((uint64_t)5 * 1000000)
#define AGAIN_ROOM ((uint64_t)2 * PH_JOURNAL_RESERVE) /* free before the reserve is taken again */

/* A test may say how much is free, in a file. */
static bool pretended(uint64_t *ret_free)
{
#ifdef POSHAL_CRASH_POINTS
	const char *path = getenv("POSHAL_JOURNAL_FREE_FILE");
	char text[24] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	*ret_free = n > 0 ? strtoull(text, NULL, 10) : 0;
	return n > 0;
#else
	(void)ret_free;
	return false;
#endif
}

static void look(const struct ph_journal *journal, struct ph_journal_room *room)
{
	struct statvfs fs;
	uint64_t least;

	*room = (struct ph_journal_room){.enough = true, .least_bytes = PH_JOURNAL_ROOM_MIN};
	if (statvfs(journal->path, &fs) < 0)
		return; /* the commit will tell */
	room->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	least = (uint64_t)fs.f_blocks * fs.f_frsize / 20;
	if (least > PH_JOURNAL_ROOM_MAX)
		least = PH_JOURNAL_ROOM_MAX;
	if (room->least_bytes < least)
		room->least_bytes = least;
	pretended(&room->free_bytes);
	room->enough = room->free_bytes >= room->least_bytes;
}

static bool same(const struct ph_journal_room *a, const struct ph_journal_room *b)
{
	return a->enough == b->enough && a->full == b->full;
}

/* Tells what there is now. */
static void publish(struct ph_journal *journal)
{
	struct ph_journal_room room;

	look(journal, &room);
	room.full = journal->full;
	if (journal->full)
		room.enough = false;
	journal->room_looked_us = ph_clock_mono_us();
	pthread_mutex_lock(&journal->lock);
	if (!same(&journal->room, &room))
		ph_journal_news(journal);
	journal->room = room;
	pthread_mutex_unlock(&journal->lock);
}

/* 1: it is there, with all its blocks. Without fallocate() there is none, and a full disk stops all. */
static int take_reserve(const struct ph_journal *journal)
{
	int fd = open(journal->reserve_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	int ok = 0;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		ok = st.st_size == PH_JOURNAL_RESERVE ||
		     fallocate(fd, 0, 0, (off_t)PH_JOURNAL_RESERVE) == 0;
	if (!ok)
		unlink(journal->reserve_path);
	close(fd);
	return ok;
}

void ph_room_start(struct ph_journal *journal)
{
	journal->reserved = take_reserve(journal);
	publish(journal);
}

int ph_room_give_up(struct ph_journal *journal)
{
	int had = journal->reserved;

	if (had)
		unlink(journal->reserve_path);
	journal->reserved = 0;
	journal->full = 1;
	publish(journal);
	return had;
}

void ph_room_tend(struct ph_journal *journal)
{
	struct ph_journal_room room;

	if (!journal->full) {
		if (ph_clock_mono_us() - journal->room_looked_us >= LOOK_US ||
			pretended(&room.free_bytes))
			publish(journal);
		return;
	}
	look(journal, &room);
	if (room.free_bytes < AGAIN_ROOM)
		return;
	/* a file system without fallocate() has room all the same */
	journal->reserved = take_reserve(journal);
	journal->full = 0;
	publish(journal);
}

void ph_journal_room(struct ph_journal *journal, struct ph_journal_room *ret_room)
{
	pthread_mutex_lock(&journal->lock);
	*ret_room = journal->room;
	pthread_mutex_unlock(&journal->lock);
}
