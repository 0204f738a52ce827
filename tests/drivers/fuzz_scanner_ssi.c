// The whole SSI driver, with scripts of fuzz_scanner.h.
#include "fuzz_scanner.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const plain[] = {NULL};
	static const char *const all[] = {
		"aim", "auto", "lamp", "3", "symbologies_on", "qr,aztec", NULL};
	static const char *const *const options[] = {plain, all};
	static const struct fuzz_scanner fuzz = {
		.driver = &ph_driver_scanner_ssi,
		.connection = "serial:/dev/null",
		.options = options,
		.option_sets = PH_ARRAY_SIZE(options),
	};

	fuzz_scanner_run(&fuzz, data, len);
	return 0;
}
