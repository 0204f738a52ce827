// What the journal and the configuration say of devices: a connection in the first line, an identity behind it.
#include "base/cleanup.h"
#include "daemon/core/identity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	PH_CLEANUP_FREE char *text = malloc(len + 1);
	char url[256];

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	char *rest = text + strcspn(text, "\n");
	if (*rest)
		*rest++ = '\0';
	cJSON *object = cJSON_Parse(rest);
	struct ph_identity identity;
	if (ph_identity_from_json(object, &identity) == 0) {
		ph_identity_is_meant(&identity.node, text);
		if (ph_identity_connection(&identity, "baud=9600", url, sizeof url) == 0 &&
			*identity.node.port && !ph_identity_is_meant(&identity.node, url) &&
			ph_usb_is_port_path(identity.node.port) &&
			(identity.node.vendor || identity.node.product))
			abort();
		cJSON *again = ph_identity_to_json(&identity);
		struct ph_identity back;
		if (ph_identity_from_json(again, &back) < 0)
			abort();
		cJSON_Delete(again);
	}
	cJSON_Delete(object);
	return 0;
}
