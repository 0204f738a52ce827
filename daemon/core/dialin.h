/*
 * RUN/drivers.sock: drivers that have a unit of their own connect here, say in driver.hello which device they are for,
 * and are handed to that device's process when their uid is the configured one.
 */
#ifndef PH_DAEMON_CORE_DIALIN_H
#define PH_DAEMON_CORE_DIALIN_H

struct ph_daemon;
struct ph_dialin;

#define PH_DIALIN_LINE	  4096 /* bytes of driver.hello; longer ends the connection */
#define PH_DIALIN_MAX	  16   /* connections that have not said who they are; one more is closed */
#define PH_DIALIN_US	  5000000 /* within which they must */
#define PH_DIALIN_REST_US 1000000 /* pause when descriptors have run out */

/* Listens. Errors are those of bind(2). */
int ph_dialin_new(struct ph_daemon *daemon, struct ph_dialin **ret_dialin);
void ph_dialin_free(struct ph_dialin *dialin); /* accepts NULL */

#endif
