/* The service's log: one line per message on standard error, structured where the journal reads it. */
#ifndef PH_DAEMON_CORE_LOG_H
#define PH_DAEMON_CORE_LOG_H

#include <syslog.h>

/* Messages above this priority (LOG_DEBUG is the highest number) are dropped. LOG_INFO at start. */
void ph_log_set_level(int priority);

/* device: id or NULL; in the systemd journal it is the field POSHAL_DEVICE. One line without a line feed. */
void ph_log(int priority, const char *device, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
