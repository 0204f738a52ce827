/* A journal in a folder of its own with a loop, for the journal's tests; each test program has one copy. */
#ifndef PH_TESTS_JOURNAL_FIXTURE_H
#define PH_TESTS_JOURNAL_FIXTURE_H

#include "daemon/journal/journal_audit.h"
#include "daemon/journal/journal_jobs.h"
#include "daemon/journal/journal_pulses.h"
#include "tests/support/faultio.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

struct fixture {
	char folder[64], path[96], message[PH_JOURNAL_MESSAGE];
	sd_event *event;
	struct ph_journal *journal;
	int order[64], count; /* results in the order of the callbacks */
	uint64_t flushes;     /* when fixture_slow_flush() was called */
};
extern struct fixture f;

void fixture_setup(void);	   /* folder and loop, no journal yet */
void fixture_teardown(void);	   /* closes the journal and removes the folder */
int fixture_open(void);		   /* opens without attaching; the result */
void fixture_start(void);	   /* opens and attaches; must succeed */
void fixture_stop(void);	   /* drains and closes */
void fixture_sql(const char *sql); /* runs statements on the closed file, as a vandal would */
int fixture_sql_int(const char *sql);
void fixture_spoil_page(int page); /* of the closed file, as a bad disk would */
/* Whether the bytes are anywhere in the journal's files, open or not. */
/* Copies the closed file and its log beside it, or puts them back from there. */
void fixture_back_up(bool restore);
bool fixture_on_disk(const void *bytes, size_t len);

/* What main() ends with: runs the suite and frees it; the exit code. */
int fixture_run(Suite *suite);

/* Runs the loop until so many callbacks were called since the last reset; a minute for each at most. */
void fixture_wait(int count);
/* Until the writer has begun a flush since faultio was last configured here; flushes begun until then. */
void fixture_slow_flush(const char *rules);
uint64_t fixture_wait_flush(void);
void on_done(struct ph_journal_request *request, int result);

/* A request with usual inputs; the caller changes what matters. */
struct ph_journal_accept an_accept(const char *key);
struct ph_journal_pulse_begin a_pulse(const char *key);

/* Submits and waits; the result. */
int do_accept(struct ph_journal_accept *accept);
int do_update(int64_t id, enum ph_job_state state);
int do_begin(struct ph_journal_pulse_begin *begin);
int do_end(int64_t id, enum ph_pulse_state outcome);
int do_audit(struct ph_audit_entry *entry);
int do_verify(struct ph_journal_audit_verify *verify);

#endif
