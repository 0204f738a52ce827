// What a queue prints into, and a rule of udev behind the first line feed, of any form.
#include "daemon/core/doctor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int may_not_open(const char *path)
{
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ph_node node = {.subsystem = "usb",
		.devnode = "/dev/bus/usb/001/004",
		.vendor = 0x10c4,
		.product = 0xea60,
		.serial = "4D51",
		.maker = "Silicon Labs",
		.model = "CP2102",
		.port = "1-3"};
	struct ph_doctor doctor = {cJSON_CreateArray(), "/nonexistent", may_not_open};
	char *text = malloc(len + 1), empty[] = "";

	memcpy(text, data, len);
	text[len] = '\0';
	char *rule = strchr(text, '\n');
	if (rule)
		*rule++ = '\0';
	ph_doctor_queue(&doctor, "q", text, &(struct ph_served){"till", "usb:10c4:ea60", &node});
	ph_doctor_queue(&doctor, "q", text, &(struct ph_served){"till", "tcp://10.0.0.7", NULL});
	ph_rule_claim_fits(&(struct ph_rule_claim){"gpsd", empty, 1, rule ? rule : text}, &node);
	cJSON_Delete(doctor.list);
	free(text);
	return 0;
}
