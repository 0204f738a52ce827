/*
 * The device process of one unit: started, talked to, watched, and started again with back-off when it ends.
 * The driver protocol of docs/driver-protocol.md as poshald sees it.
 */
#ifndef PH_DAEMON_CORE_PROCESS_H
#define PH_DAEMON_CORE_PROCESS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ph_failure;
struct ph_process;
struct ph_unit;

/* The answer of a request, exactly once: result or failure, both valid during the call only. */
typedef void (*ph_process_done)(
	void *userdata, const cJSON *result, const struct ph_failure *failure);

/*
 * Starts the driver of the unit, or waits for it to dial in where the unit is configured so. A failing start is a state
 * of the unit and tried again. -ENOMEM only.
 */
int ph_process_new(struct ph_unit *unit, struct ph_process **ret_process);

/* Takes over the connection of a driver that dialled in. -EBUSY: it has one; -EINVAL: it is not waiting for one. */
int ph_process_adopt(struct ph_process *process, int fd);

/* Ends the driver at once and answers what is pending with Offline. Accepts NULL. */
void ph_process_free(struct ph_process *process);

/*
 * Asks the driver to give the device back and end; it is killed after 2 s. No restart follows. `stopped` (may be
 * NULL) is called from the loop when it is gone; the caller then frees.
 */
void ph_process_stop(struct ph_process *process, void (*stopped)(void *userdata), void *userdata);

/*
 * Sends a request. `params` is JSON object text of `len` bytes. Returns 0, -ENOTCONN when the driver does not
 * run, or what ph_stream_send() returns; then `done` is not called.
 */
int ph_process_request(struct ph_process *process, const char *method, const char *params,
	size_t len, ph_process_done done, void *userdata);

/* False as soon as the driver's end is known, before its requests are answered. NULL is not connected. */
bool ph_process_connected(const struct ph_process *process);

#endif
