/* The log of poshal-acquirer: lines on standard error with systemd's priorities in front. Never anything of an account. */
#ifndef PH_ACQUIRER_LOG_H
#define PH_ACQUIRER_LOG_H

void ph_acquirer_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
