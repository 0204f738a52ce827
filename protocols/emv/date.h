/* Days of the calendar, for what runs out. Dates are numbers, YYYYMMDD, as everywhere in these folders. Pure. */
#ifndef PH_PROTOCOLS_EMV_DATE_H
#define PH_PROTOCOLS_EMV_DATE_H

#include <stdint.h>

/* Days of a month, 1 to 12. */
int ph_emv_month_days(unsigned year, unsigned month);

/* Days since the first of January 2000; years from 2000 on. A day or month that does not exist gives some day near it. */
int ph_emv_day_number(uint32_t date);

/* The date `days` later. One that does not exist counts on into the next month. */
uint32_t ph_emv_date_after(uint32_t date, unsigned days);

#endif
