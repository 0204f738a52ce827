// Labels of GS1 symbols, any bytes: what is read must be within its struct and be read again from what we write. The first
// byte chooses the symbol.
#include "protocols/gs1/gs1.h"
#include "protocols/gs1/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct ph_gs1 *gs1)
{
	if (gs1->count > PH_GS1_ELEMENTS_MAX || gs1->text_len > PH_GS1_TEXT_MAX ||
		strlen(gs1->reason) > PH_GS1_REASON_MAX)
		abort();
	for (size_t i = 0; i < gs1->count; i++)
		if (strlen(ph_gs1_value(gs1, &gs1->elements[i])) != gs1->elements[i].len ||
			gs1->elements[i].split > gs1->elements[i].len)
			abort();
}

static void read_again(const struct ph_gs1 *gs1)
{
	static struct ph_gs1 again;
	static char text[2][PH_GS1_TEXT_MAX * 2];
	const int len = ph_gs1_element_string(gs1, text[0], sizeof text[0]);

	if (len < 0)
		abort();
	if (len > PH_LABEL_MAX)
		return;
	if (ph_gs1_parse_elements(text[0], (size_t)len, &again) < 0)
		abort();
	if (ph_gs1_element_string(&again, text[1], sizeof text[1]) != len ||
		strcmp(text[0], text[1]))
		abort();
	ph_gs1_human(gs1, text[1], (size_t)len);
}

static void measure(const char *label, size_t len)
{
	static const char *const countries[] = {"DK", "SE", "EE", "DE", "GB", "US"};
	struct ph_measure found;
	struct ph_measure_rule rule;
	char text[64] = "";

	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
		ph_measure_by_country(countries[i], label, len, &found);
	memcpy(text, label, len < sizeof text - 1 ? len : sizeof text - 1);
	if (ph_measure_rule_parse(text, &rule) == 0 &&
		ph_measure_apply(&rule, "2012345012349", 13, &found) == -EBADMSG)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const aims[] = {
		NULL, "]C1", "]e0", "]d2", "]Q3", "]Q1", "]E0", "]E4", "]I1", "]Q4"};
	static const char *const names[] = {"gs1-128", "ean13", "upce", "ean8", "qr", NULL};
	static struct ph_gs1 gs1;

	if (!len)
		return 0;
	const char *label = (const char *)data + 1;
	const char *aim = aims[data[0] % (sizeof aims / sizeof *aims)];
	const char *name = names[data[0] / 16 % (sizeof names / sizeof *names)];
	const int r = ph_gs1_parse(name, aim, label, len - 1, &gs1);
	check(&gs1);
	if ((r == 0) != (gs1.count > 0))
		abort();
	if (r == 0)
		read_again(&gs1);
	measure(label, len - 1);
	return 0;
}
