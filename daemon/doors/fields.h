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
extern const struct ph_field ph_fields_payment_voice_params[];
extern const struct ph_field ph_fields_payment_explain_params[];
extern const struct ph_field ph_fields_payment_explain_result[];
extern const struct ph_field ph_fields_end_of_day_params[];
extern const struct ph_field ph_fields_paying_status_result[];
extern const struct ph_field ph_fields_transmit_params[];
extern const struct ph_field ph_fields_transmit_result[];

/* methods_queue.c */
extern const struct ph_field ph_fields_queue_status_result[];
extern const struct ph_field ph_fields_queue_list_params[];
extern const struct ph_field ph_fields_queue_list_result[];
extern const struct ph_field ph_fields_queue_forward_params[];
extern const struct ph_field ph_fields_queue_forward_result[];
extern const struct ph_field ph_fields_queue_act_params[];
extern const struct ph_field ph_fields_queue_release_params[];
extern const struct ph_field ph_fields_queue_act_result[];
extern const struct ph_field ph_fields_force_offline_params[];
extern const struct ph_field ph_fields_force_offline_result[];
extern const struct ph_field ph_fields_queue_verify_result[];
extern const struct ph_field ph_fields_queue_export_params[];
extern const struct ph_field ph_fields_queue_export_result[];
extern const struct ph_field ph_fields_queue_import_params[];
extern const struct ph_field ph_fields_queue_import_result[];
extern const struct ph_field ph_fields_queue_keys_result[];
extern const struct ph_field ph_fields_queue_rewrap_params[];
extern const struct ph_field ph_fields_queue_rewrap_result[];
extern const struct ph_field ph_fields_queue_totals_params[];
extern const struct ph_field ph_fields_queue_totals_result[];

#endif
