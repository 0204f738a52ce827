// Any bytes as a parameter file: a reason or parameters the kernel can work with, nothing in between, and no signature by chance.
#include "protocols/emv/dol.h"
#include "protocols/emv/parameters_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TODAY 20261122

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_text(const char *text, size_t size)
{
	must(memchr(text, '\0', size) != NULL);
	for (; *text; text++)
		must(*text >= ' ' && *text <= '~');
}

static void check_application(const struct ph_emv_application *a)
{
	check_text(a->scheme, sizeof a->scheme);
	must(a->aid_len >= PH_AID_MIN && a->aid_len <= PH_AID_MAX);
	must(a->ddol_len <= sizeof a->ddol && ph_dol_check(a->ddol, a->ddol_len) == 0);
	must(a->tdol_len <= sizeof a->tdol && ph_dol_check(a->tdol, a->tdol_len) == 0);
	must(a->random_target <= a->random_max && a->random_max <= 99);
	must(!a->random_threshold || a->random_threshold < a->floor_limit);
}

static void check_date(uint32_t date)
{
	must(date >= 20000101 && date <= 99991231);
	must(date / 100 % 100 >= 1 && date / 100 % 100 <= 12);
	must(date % 100 >= 1 && date % 100 <= 31);
}

static void check_parameters(const struct ph_emv_parameters *p)
{
	char what[PH_EMV_WHY_SIZE];

	check_text(p->terminal.merchant_id, sizeof p->terminal.merchant_id);
	check_text(p->terminal.terminal_id, sizeof p->terminal.terminal_id);
	check_text(p->terminal.serial, sizeof p->terminal.serial);
	check_text(p->terminal.merchant_name, sizeof p->terminal.merchant_name);
	must(p->application_count <= PH_APPLICATIONS_MAX && p->key_count <= PH_CA_KEYS_MAX &&
		p->revoked_count <= PH_REVOKED_MAX);
	for (size_t i = 0; i < p->application_count; i++)
		check_application(&p->applications[i]);
	for (size_t i = 0; i < p->key_count; i++) {
		must(ph_emv_ca_key_check(&p->keys[i]) == 0);
		check_date(p->keys[i].expiry);
	}
	if (p->expires)
		check_date(p->expires);
	ph_emv_parameters_expiry(p, TODAY, what);
	must(memchr(what, '\0', sizeof what) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_emv_parameters parameters;
	static const struct ph_emv_parameters untouched;
	static const uint8_t key[32] = {0xd2, 0x6f, 0x67};
	char why[PH_EMV_WHY_SIZE] = "";
	const char *text = (const char *)data;

	memset(&parameters, 0, sizeof parameters);
	int r = ph_emv_parameters_read(text, len, &parameters, why);
	if (r == 0)
		check_parameters(&parameters);
	else
		must(!memcmp(&parameters, &untouched, sizeof parameters));
	must(r == 0 || (r == -EBADMSG && *why) || r == -E2BIG || r == -ENOMEM);
	must(memchr(why, '\0', sizeof why) != NULL);
	must(ph_emv_parameters_verify(text, len, text, len < 88 ? len : 88, key) == -EKEYREJECTED);
	return 0;
}
