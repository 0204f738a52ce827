// Memory for secrets: sizes, wiping, comparing.
#include "base/secret.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The sanitizers make mlock() do nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKED ""
#else
#define LOCKED " lo"
#endif

START_TEST(sizes)
{
	struct ph_secret *secret = NULL;

	ck_assert_int_eq(ph_secret_new(0, &secret), -EINVAL);
	ck_assert_int_eq(ph_secret_new((1u << 20) + 1, &secret), -EINVAL);
	ck_assert_ptr_null(secret);
	ph_secret_free(NULL);
}
END_TEST

/* Flags the kernel shows of the mapping that holds an address. */
static void flags_of(const void *address, char out[256])
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[256];
	unsigned long from, to, at = (unsigned long)address;
	bool here = false;

	ck_assert_ptr_nonnull(maps);
	out[0] = '\0';
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = at >= from && at < to;
		if (here && !strncmp(line, "VmFlags:", 8))
			memcpy(out, line, sizeof line);
	}
	fclose(maps);
}

START_TEST(kept_and_wiped)
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *secret = NULL;
	static const char zeros[16];
	char flags[256];

	ck_assert_int_eq(ph_secret_new(5000, &secret), 0);
	ck_assert_uint_eq(ph_secret_size(secret), 5000);
	char *memory = ph_secret_memory(secret);
	ck_assert_mem_eq(memory, zeros, sizeof zeros);
	memset(memory, 'x', 5000);
	/* locked, not dumped, wiped in children */
	flags_of(memory, flags);
	ck_assert_msg(
		strstr(flags, LOCKED) && strstr(flags, " dd") && strstr(flags, " wf"), "%s", flags);
	ph_secret_wipe(secret);
	ck_assert_mem_eq(memory, zeros, sizeof zeros);
	ck_assert_int_eq(memory[4999], 0);
}
END_TEST

START_TEST(comparing)
{
	char text[] = "abcdef";

	ck_assert(ph_same_secret("abcdef", text, 6));
	ck_assert(!ph_same_secret("abcdeg", text, 6));
	ck_assert(!ph_same_secret("bbcdef", text, 6));
	ck_assert(ph_same_secret("x", text, 0));
	ph_wipe(text, sizeof text);
	ck_assert_mem_eq(text, "\0\0\0\0\0\0", 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("secret");
	TCase *cases = tcase_create("memory");

	tcase_add_test(cases, sizes);
	tcase_add_test(cases, kept_and_wiped);
	tcase_add_test(cases, comparing);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
