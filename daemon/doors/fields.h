/*
 * What the files of the method table share: the words a field is written with, and the lists of fields that
 * methods.c takes from the others. Only those files include it.
 */
#ifndef PH_DAEMON_DOORS_FIELDS_H
#define PH_DAEMON_DOORS_FIELDS_H

#include "daemon/doors/method.h"

#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}
#define REQUIRED true
#define OPTIONAL false

#define DEVICE                                                                                     \
	{                                                                                          \
		"device", PH_VALUE_STRING, REQUIRED, 0, PH_NAME_MAX + 16, NULL, "id or role"       \
	}
#define KEY                                                                                        \
	{                                                                                          \
		"key", PH_VALUE_STRING, REQUIRED, 1, PH_KEY_MAX, NULL,                             \
			"chosen by the caller; repeating it never repeats the effect"              \
	}

/* methods_payment.c */
extern const struct ph_field ph_fields_authorize_params[];
extern const struct ph_field ph_fields_pay_result[];
extern const struct ph_field ph_fields_payment_params[];
extern const struct ph_field ph_fields_payment_result[];
extern const struct ph_field ph_fields_payment_list_params[];
extern const struct ph_field ph_fields_payments_result[];
extern const struct ph_field ph_fields_payment_resolve_params[];
extern const struct ph_field ph_fields_payment_retry_params[];
extern const struct ph_field ph_fields_payment_void_params[];
extern const struct ph_field ph_fields_payment_refund_params[];
extern const struct ph_field ph_fields_payment_complete_params[];
extern const struct ph_field ph_fields_payment_choose_params[];
extern const struct ph_field ph_fields_payment_explain_params[];
extern const struct ph_field ph_fields_payment_explain_result[];
extern const struct ph_field ph_fields_end_of_day_params[];
extern const struct ph_field ph_fields_paying_status_result[];
extern const struct ph_field ph_fields_transmit_params[];
extern const struct ph_field ph_fields_transmit_result[];

#endif
