/* The words of include/poshal/types.h as text, both ways. */
#ifndef PH_BASE_NAMES_H
#define PH_BASE_NAMES_H

#include "poshal/types.h"

/* Text of a value; "unknown" outside the range, never NULL. */
const char *ph_class_name(enum ph_class value);			  /* "card_reader" */
const char *ph_class_interface(enum ph_class value);		  /* D-Bus noun: "CardReader" */
const char *ph_device_state_name(enum ph_device_state value);	  /* "ready" */
const char *ph_job_state_name(enum ph_job_state value);		  /* "sent_unconfirmed" */
const char *ph_recovery_name(enum ph_recovery value);		  /* "reprint" */
const char *ph_drawer_outcome_name(enum ph_drawer_outcome value); /* "not_confirmed" */
const char *ph_grant_name(enum ph_grant value);			  /* "directio" */

/* Value of a text, or -EINVAL. */
int ph_class_parse(const char *text);
int ph_device_state_parse(const char *text);
int ph_job_state_parse(const char *text);
int ph_recovery_parse(const char *text);
int ph_drawer_outcome_parse(const char *text);
int ph_grant_parse(const char *text);

#endif
