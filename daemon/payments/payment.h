/*
 * Payments under way: one object for each, from the journal's first row to its last, moved by what driver, host, journal and
 * clients say. docs/payments.md has the life of one, and the points at which what is known is on disk.
 */
#ifndef PH_DAEMON_PAYMENTS_PAYMENT_H
#define PH_DAEMON_PAYMENTS_PAYMENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_acquirer;
struct ph_client;
struct ph_daemon;
struct ph_device;
struct ph_unit;

#define PH_PAYMENTS_MAX 256 /* under way at once; one more is LimitExceeded */

/* Before the journal is attached: reads what is not over, and makes up for what a crash has cut off. */
int ph_payments_new(struct ph_daemon *daemon);
int ph_payments_load(struct ph_daemon *daemon);
/* After it is attached: D3 for what had left, and what is left of the others. */
void ph_payments_recover(struct ph_daemon *daemon);
/* No driver lives any more; what is unknown stays in the journal for the next start. */
void ph_payments_done(struct ph_daemon *daemon);

/* A payment that keeps the service from stopping: its answer is near. */
bool ph_payments_under_way(const struct ph_daemon *daemon);

/* Notifications of a driver: "payment.need" and the like. */
void ph_payments_driver_says(struct ph_unit *unit, const char *method, const cJSON *params);
/* True while a payment is in hand there and the driver is the one to speak next. */
bool ph_payments_driver_speaks(const struct ph_unit *unit);
/* Its process has ended, for whatever reason. */
void ph_payments_driver_gone(struct ph_unit *unit);
void ph_payments_device_ready(struct ph_device *device);
void ph_payments_drop_client(struct ph_client *client);
/*
 * Where there are card readers their acquirer is connected to, so that what it says of itself is known. False: there is
 * nothing to wait for; else `done` is called once from the loop, at the latest by ph_payments_done().
 */
bool ph_payments_meet(struct ph_daemon *daemon, void (*done)(void *userdata), void *userdata);
/* What a person has to know of them, as findings of system.diagnose. */
void ph_payments_examine(const struct ph_daemon *daemon, cJSON *list);
/* poshal-acquirer has said which keys it has. */
void ph_payments_keys_seen(struct ph_daemon *daemon);
/* For system.info: the keys account data is sealed to, and how many records each has. */
cJSON *ph_payments_keys(const struct ph_daemon *daemon);
/* The host answers again: what waits for it is sent soon. */
void ph_payments_host_up(struct ph_daemon *daemon);

#endif
