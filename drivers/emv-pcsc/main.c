// poshal-device-emv: the card reader's driver in a process of its own, which nobody may look into.
#include "drivers/emv-pcsc/emv_pcsc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	static const struct ph_driver *const drivers[] = {&ph_driver_emv_pcsc, NULL};
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0) {
		fprintf(stderr, "poshal-device-emv: memory cannot be kept out of core dumps: %s\n",
			strerror(errno));
		return 1;
	}
	if (argc > 1 && !strncmp(argv[1], "--fingerprint", 13))
		return emv_fingerprint_tool(argc, argv);
	return ph_driver_main(argc, argv, drivers);
}
