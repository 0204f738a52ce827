/* Printers, apart from their jobs: documents checked before they are accepted, previews, status. */
#ifndef PH_DAEMON_OBJECTS_PRINTER_H
#define PH_DAEMON_OBJECTS_PRINTER_H

#include <stdbool.h>

struct ph_call;

/*
 * Checks the call's `document`: its form, and the grant directio for raw bytes. Answers the call and returns false
 * when it cannot be printed as it is.
 */
bool ph_printer_check_document(struct ph_call *call);

#endif
