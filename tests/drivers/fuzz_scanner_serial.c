// The whole driver of serial scanners, each of its dialects, with scripts of fuzz_scanner.h.
#include "fuzz_scanner.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const plain[] = {"aim", "auto", "prefix", "a", "suffix", "\\x0a", NULL};
	static const char *const honeywell[] = {
		"protocol", "honeywell", "code_id", "honeywell", NULL};
	static const char *const datalogic[] = {
		"protocol", "datalogic", "code_id", "datalogic-eu", "terminator", "etx", NULL};
	static const char *const cable[] = {"protocol", "single-cable", NULL};
	static const char *const *const options[] = {plain, honeywell, datalogic, cable};
	static const struct fuzz_scanner fuzz = {
		.driver = &ph_driver_scanner_serial,
		.connection = "serial:/dev/null?bits=7&parity=o",
		.options = options,
		.option_sets = PH_ARRAY_SIZE(options),
	};

	fuzz_scanner_run(&fuzz, data, len);
	return 0;
}
