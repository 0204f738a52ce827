// Counts days; what runs out on them is decided by who asks.
#include "protocols/emv/date.h"

#include <stdbool.h>

#define MONTHS 12

int ph_emv_month_days(unsigned year, unsigned month)
{
	static const uint8_t days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

int ph_emv_day_number(uint32_t date)
{
	unsigned year = date / 10000, month = date / 100 % 100;
	int days = (int)(date % 100) - 1;

	for (unsigned y = 2000; y < year; y++)
		days += ph_emv_month_days(y, 2) == 29 ? 366 : 365;
	for (unsigned m = 1; m < month && m <= MONTHS; m++)
		days += ph_emv_month_days(year, m);
	return days;
}

uint32_t ph_emv_date_after(uint32_t date, unsigned days)
{
	unsigned year = date / 10000, month = date / 100 % 100, day = date % 100 + days;

	while (day > (unsigned)ph_emv_month_days(year, month)) {
		day -= (unsigned)ph_emv_month_days(year, month);
		month = month == MONTHS ? 1 : month + 1;
		year += month == 1;
	}
	return year * 10000 + month * 100 + day;
}
