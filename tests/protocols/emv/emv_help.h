/* Shared by the tests of protocols/emv: bytes from text, objects from text, a table's main function. */
#ifndef PH_TESTS_EMV_HELP_H
#define PH_TESTS_EMV_HELP_H

#include "../hex_help.h"
#include "protocols/emv/data.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 2048

struct bytes {
	size_t len;
	uint8_t data[BYTES_MAX];
};

static inline struct bytes bytes(const char *text)
{
	struct bytes b;

	b.len = hex(text, b.data, sizeof b.data);
	return b;
}

static inline void set(struct ph_emv_data *data, uint32_t tag, const char *text)
{
	struct bytes b = bytes(text);

	ck_assert_int_eq(ph_emv_data_set(data, ph_tag_info(tag)->source, tag, b.data, b.len), 0);
}

static inline int run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
