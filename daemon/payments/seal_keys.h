/*
 * The keys account data is sealed to, as the service knows them: what the acquirer has of them is written down when it says so, and
 * records of older keys are given to the newest one in the background, a few at a time, when somebody asks for it. Nothing is
 * opened here: poshal-acquirer does that.
 */
#ifndef PH_DAEMON_PAYMENTS_SEAL_KEYS_H
#define PH_DAEMON_PAYMENTS_SEAL_KEYS_H

#include <cjson/cJSON.h>

struct ph_daemon;
struct ph_seal_keeper;

#define PH_SEAL_KEY_DAYS    365	      /* a key is in use for so long at most ... */
#define PH_SEAL_KEY_RECORDS (1 << 20) /* ... and for so many records; then the doctor says so */

int ph_seal_keys_new(struct ph_daemon *daemon, struct ph_seal_keeper **ret_keeper);
void ph_seal_keys_free(struct ph_seal_keeper *keeper); /* accepts NULL */

/* The acquirer has said what it has. */
void ph_seal_keys_seen(struct ph_seal_keeper *keeper);
/* Findings of system.diagnose, from what was last known. */
void ph_seal_keys_examine(struct ph_seal_keeper *keeper, cJSON *list);
struct ph_record_row;
/* A record as host.rewrap and host.check take it: what it was sealed for, and its bytes. */
cJSON *ph_seal_record_json(const struct ph_record_row *row);

/* {keys:[{kid, state, since, sealed, records}], rewrap?{state, kid, done, failed, text?}}, from what was last known. */
cJSON *ph_seal_keys_describe(const struct ph_seal_keeper *keeper);

#endif
