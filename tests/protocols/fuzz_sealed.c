// Any bytes as a sealed record: it is refused, or it is one of ours with a header that can be written again. What opens can be
// wrapped again, and then opens as before.
#include "protocols/sealed/sealed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void wrap_again(const uint8_t *data, size_t len, const struct ph_sealed_header *header,
	const struct ph_seal_pair *pair, const struct ph_account *account)
{
	const struct ph_seal_to to = {"k", pair->public_key};
	uint8_t out[PH_SEALED_WRAPPED_MAX];
	struct ph_sealed_header again;
	struct ph_account same;
	ssize_t n = ph_sealed_rewrap(data, len, header, pair, &to, out);

	if (n < 0 && header->use != PH_SEALED_ONCE)
		abort();
	if (n < 0)
		return;
	if (ph_sealed_read(out, (size_t)n, &again) < 0 || strcmp(again.kid, "k") != 0)
		abort();
	if (ph_sealed_open(out, (size_t)n, header, pair->public_key, pair->secret_key, &same) < 0)
		abort();
	if (memcmp(&same, account, sizeof same) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t public_key[PH_SEAL_PUBLIC], secret_key[PH_SEAL_SECRET], seed[crypto_box_SEEDBYTES];
	struct ph_sealed_header header;
	struct ph_account account;

	if (ph_sealed_read(data, len, &header) < 0)
		return 0;
	if (strlen(header.kid) > PH_SEAL_KID_MAX || strlen(header.payment) > PH_NAME_MAX)
		abort();
	memset(seed, 0x17, sizeof seed);
	crypto_box_seed_keypair(public_key, secret_key, seed);
	if (ph_sealed_open(data, len, &header, public_key, secret_key, &account) < 0)
		return 0;
	if (account.pan_len < PH_PAN_MIN || account.pan_len > PH_PAN_MAX)
		abort();
	if (account.track2_len && header.use != PH_SEALED_ONCE)
		abort();
	wrap_again(data, len, &header, &(struct ph_seal_pair){public_key, secret_key}, &account);
	return 0;
}
