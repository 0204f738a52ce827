/*
 * Building one notification of the driver protocol in device->out. For the emit files of the host only. Errors are kept in
 * the buffer: a message that did not fit in memory is not sent.
 */
#ifndef PH_DRIVERS_HOST_MESSAGE_H
#define PH_DRIVERS_HOST_MESSAGE_H

#include "base/buf.h"
#include "poshal/driver.h"

/* Starts a message; ph_message_finish() sends it. Members end with a comma, the last of which is dropped. */
struct ph_buf *ph_message_begin(struct ph_device *device, const char *method);
void ph_message_finish(struct ph_device *device);

/* A text of a device: what is not UTF-8 becomes U+FFFD. */
void ph_message_text(struct ph_buf *out, const char *text, size_t len);

void ph_message_key(struct ph_buf *out, const char *key); /* "key": */
void ph_message_member(
	struct ph_buf *out, const char *key, const char *text); /* nothing for NULL */
void ph_message_number(struct ph_buf *out, const char *key, long number);
void ph_message_bool(struct ph_buf *out, const char *key, bool value);
void ph_message_list(
	struct ph_buf *out, const char *key, const char *const *list); /* ends with NULL */
void ph_message_end_object(struct ph_buf *out);

/* Capabilities of a class as a member of its name. */
void ph_message_drawer_caps(struct ph_buf *out, const struct ph_drawer_capabilities *caps);
void ph_message_scanner_caps(struct ph_buf *out, const struct ph_scanner_capabilities *caps);
void ph_message_msr_caps(struct ph_buf *out, const struct ph_msr_capabilities *caps);
/* Words of the protocol, by enum ph_payment_type. */
extern const char *const ph_payment_type_words[PH_PAYMENT_TYPE_COUNT_];

void ph_message_payment_caps(
	struct ph_buf *out, enum ph_class class_, const struct ph_payment_capabilities *caps);
void ph_message_scale_caps(struct ph_buf *out, const struct ph_scale_capabilities *caps);

#endif
