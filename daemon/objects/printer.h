/* Printers, apart from their jobs: documents checked before they are accepted, previews, status. */
#ifndef PH_DAEMON_OBJECTS_PRINTER_H
#define PH_DAEMON_OBJECTS_PRINTER_H

#include <stdbool.h>

struct ph_call;
struct ph_device;

/*
 * Checks the call's `document`: its form, and the grant directio for raw bytes. Answers the call and returns false
 * when it cannot be printed as it is.
 */
bool ph_printer_check_document(struct ph_call *call);

/* The printer of a call's optional `device`; *ret_device is NULL without one. False: the call is answered. */
bool ph_call_optional_printer(struct ph_call *call, struct ph_device **ret_device);

/* Font A cells of a row, as far as the printer has told; 48 where it has not, and for NULL. */
unsigned ph_printer_columns(const struct ph_device *device);

#endif
