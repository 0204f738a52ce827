// What a transaction says of its card and cardholder to whoever answers for a sale without the host. Source: EMV Book 3, annex C3 to C5.
#include "protocols/emv/kernel_internal.h"

#define CODE_MASK 0x3f
#define CODE_NO	  0x3f /* no method was performed */

enum ph_emv_verification ph_emv_verification(const struct ph_emv *emv)
{
	if (emv->tvr & PH_TVR_CVM_FAILED)
		return emv->work.cvm.online_pin ? PH_EMV_VERIFICATION_ONLINE
						: PH_EMV_VERIFICATION_FAILED;
	switch (emv->cvm_results[0] & CODE_MASK) {
	case CODE_NO:
	case 0x1f:
		return PH_EMV_VERIFIED_BY_NOTHING;
	case 0x1e:
		return PH_EMV_VERIFIED_BY_SIGNATURE;
	case 0x01:
	case 0x03:
	case 0x04:
	case 0x05:
		return PH_EMV_VERIFIED_BY_PIN;
	case 0x02:
		return PH_EMV_VERIFICATION_ONLINE;
	default:
		return PH_EMV_VERIFICATION_FAILED;
	}
}

enum ph_emv_authentication ph_emv_authentication(const struct ph_emv *emv)
{
	if (emv->tvr & (PH_TVR_SDA_FAILED | PH_TVR_DDA_FAILED | PH_TVR_CDA_FAILED))
		return PH_EMV_AUTHENTICATION_FAILED;
	if (emv->tvr & PH_TVR_ODA_NOT_PERFORMED || !(emv->tsi & PH_TSI_ODA))
		return PH_EMV_NOT_AUTHENTICATED;
	return emv->tvr & PH_TVR_SDA_SELECTED ? PH_EMV_AUTHENTICATED_STATIC
					      : PH_EMV_AUTHENTICATED_DYNAMIC;
}

bool ph_emv_expired_by(const struct ph_emv *emv, uint32_t date)
{
	const uint8_t *expiry = ph_emv_data_get(&emv->data, PH_TAG_EXPIRY, NULL);
	uint32_t last;

	return !expiry || ph_emv_date(expiry, &last) < 0 || last < date;
}
