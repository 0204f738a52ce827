// Any bytes as a sealed record: it is refused, or it is one of ours with a header that can be written again.
#include "protocols/sealed/sealed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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
	return 0;
}
