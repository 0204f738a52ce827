/* What the acquirer is asked for a record of the queue (docs/acquirer-protocol.md). */
#ifndef PH_DAEMON_PAYMENTS_FORWARD_MESSAGE_H
#define PH_DAEMON_PAYMENTS_FORWARD_MESSAGE_H

#include "daemon/journal/journal_payments.h"

#include <cjson/cJSON.h>

/* "host.reverse"; NULL: a record of this kind is not sent from the queue. */
const char *ph_forward_method(const struct ph_record_row *row);

/* What every message has of its record; the caller's. */
cJSON *ph_payment_record_json(const struct ph_record_row *record);
/* With what a message of this kind adds; the caller's. */
cJSON *ph_forward_message(const struct ph_record_row *row);

#endif
