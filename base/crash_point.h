/*
 * Points with names at which a test ends the process, as kill -9 would, to see that nothing is lost or done twice. They are in
 * builds with POSHAL_CRASH_POINTS only (presets dev, asan, tsan); elsewhere they compile to nothing.
 *
 * POSHAL_CRASH_AT names one, or several with commas between: "D4.before", "D7.after:3" (the third time this process gets there).
 *
 *   D1 to D9           durable points (docs/payments.md), in poshald
 *     .before          before the COMMIT of a group of requests with one that changed something of that point
 *     .after           after that COMMIT has returned, before anybody is answered
 *   M0200, M0220 ...   message types, in poshal-acquirer
 *     .mid             after the first byte of such a message was handed to the host's connection, and before the others
 *     .sent            after its last byte was
 *     .answer          after its answer has come, before it is told
 *   authorize, reverse, advice, reconcile ...   messages to a gateway: .answer
 */
#ifndef PH_BASE_CRASH_POINT_H
#define PH_BASE_CRASH_POINT_H

#include <stdbool.h>

#define PH_CRASH_POINTS_MAX 8 /* in POSHAL_CRASH_AT; more are not looked at */

#ifdef POSHAL_CRASH_POINTS

/* PH_CRASH_POINT("D4", "before"): counts, and does not return when it is the one. Any thread. */
#define PH_CRASH_POINT(point, when) ph_crash_point(point, when)
/* Whether the next PH_CRASH_POINT() of this name would end the process. */
#define PH_CRASH_POINT_DUE(point, when) ph_crash_point_due(point, when)

void ph_crash_point(const char *point, const char *when);
bool ph_crash_point_due(const char *point, const char *when);

#else

#define PH_CRASH_POINT(point, when)	((void)(point), (void)(when))
#define PH_CRASH_POINT_DUE(point, when) ((void)(point), (void)(when), false)

#endif

#endif
