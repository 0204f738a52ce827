/* A record as it is in the file that one machine exports and another one imports (docs/api.md, queue.export). Pure. */
#ifndef PH_DAEMON_PAYMENTS_EXPORT_RECORD_H
#define PH_DAEMON_PAYMENTS_EXPORT_RECORD_H

#include "daemon/journal/journal_export.h"

#include <cjson/cJSON.h>

#define PH_EXPORT_WHY_SIZE 160

/* What goes along with a record, all but what is sealed. */
struct ph_export_texts {
	char device[PH_NAME_MAX + 1];
	char operator_name[PH_PAYMENT_TEXT_MAX + 1], reference[PH_PAYMENT_TEXT_MAX + 1];
};

/* Without sealed_b64 and proof_b64; the caller's. NULL: no memory. */
cJSON *ph_export_record_json(
	const struct ph_record_row *record, const struct ph_export_texts *texts);

/*
 * Reads one of the file: everything a message is made of, and the sealed bytes. proof[] is what binds both together. 0, or -EINVAL with
 * the member and what is wrong with it; nothing of a value is in why[].
 */
int ph_export_record_read(const cJSON *object, struct ph_record_row *ret_record,
	struct ph_export_texts *ret_texts, uint8_t ret_proof[32], char why[PH_EXPORT_WHY_SIZE]);

/* A hash of all of it but what is sealed; the same of what was written and what was read. */
void ph_export_record_hash(const struct ph_record_row *record, const struct ph_export_texts *texts,
	uint8_t ret_hash[32]);

#endif
