// The table of data elements; the bytes of TLV are read in tlv.c, values are kept in data.c.
#include "protocols/emv/tags.h"

#define C	 PH_FROM_CARD
#define T	 PH_FROM_TERMINAL
#define I	 PH_FROM_ISSUER
#define B	 PH_FORMAT_B
#define N	 PH_FORMAT_N
#define CN	 PH_FORMAT_CN
#define AN	 PH_FORMAT_AN
#define ANS	 PH_FORMAT_ANS
#define WHOLE	 255 /* a certificate or list whose length is judged by whoever uses it */
#define DOL	 252

#define SECRET	 PH_ELEMENT_SECRET
#define OPTIONAL PH_ELEMENT_OPTIONAL

/*
 * By tag. An ICC certificate is secret as the account number is in it for whoever has the issuer's key, which is public. What
 * offline data authentication needs may have any length: a wrong one fails the authentication, not the transaction.
 */
static const struct ph_tag_info tags[] = {
	{0x42, "Issuer identification number", N, C, 3, 3, OPTIONAL},
	{0x4f, "Application identifier (card)", B, C, 5, 16, 0},
	{0x50, "Application label", ANS, C, 1, 16, OPTIONAL},
	{0x57, "Track 2 equivalent data", B, C, 1, 19, SECRET},
	{0x5a, "Application PAN", CN, C, 1, 10, SECRET},
	{0x81, "Amount, authorised (binary)", B, T, 4, 4, 0},
	{0x82, "Application interchange profile", B, C, 2, 2, 0},
	{0x84, "Dedicated file name", B, C, 5, 16, 0},
	{0x86, "Issuer script command", B, I, 1, 261, 0},
	{0x87, "Application priority indicator", B, C, 1, 1, 0},
	{0x88, "Short file identifier", B, C, 1, 1, 0},
	{0x89, "Authorisation code", AN, I, 6, 6, 0},
	{0x8a, "Authorisation response code", AN, I, 2, 2, 0},
	{0x8c, "CDOL1", B, C, 1, DOL, 0},
	{0x8d, "CDOL2", B, C, 1, DOL, 0},
	{0x8e, "CVM list", B, C, 1, DOL, 0},
	{0x8f, "Certification authority public key index", B, C, 1, 1, 0},
	{0x90, "Issuer public key certificate", B, C, 1, WHOLE, 0},
	{0x91, "Issuer authentication data", B, I, 8, 16, 0},
	{0x92, "Issuer public key remainder", B, C, 1, WHOLE, 0},
	{0x93, "Signed static application data", B, C, 1, WHOLE, 0},
	{0x94, "Application file locator", B, C, 1, 252, 0},
	{0x95, "Terminal verification results", B, T, 5, 5, 0},
	{0x97, "TDOL", B, C, 1, DOL, 0},
	{0x98, "TC hash value", B, T, 20, 20, 0},
	{0x99, "Transaction PIN data", B, T, 1, 16, SECRET},
	{0x9a, "Transaction date", N, T, 3, 3, 0},
	{0x9b, "Transaction status information", B, T, 2, 2, 0},
	{0x9c, "Transaction type", N, T, 1, 1, 0},
	{0x9d, "Directory definition file name", B, C, 5, 16, 0},
	{0x5f20, "Cardholder name", ANS, C, 2, 26, SECRET | OPTIONAL},
	{0x5f24, "Application expiration date", N, C, 3, 3, SECRET},
	{0x5f25, "Application effective date", N, C, 3, 3, 0},
	{0x5f28, "Issuer country code", N, C, 2, 2, 0},
	{0x5f2a, "Transaction currency code", N, T, 2, 2, 0},
	{0x5f2d, "Language preference", AN, C, 2, 8, OPTIONAL},
	{0x5f30, "Service code", N, C, 2, 2, SECRET},
	{0x5f34, "PAN sequence number", N, C, 1, 1, 0},
	{0x5f36, "Transaction currency exponent", N, T, 1, 1, 0},
	{0x5f50, "Issuer URL", ANS, C, 1, WHOLE, OPTIONAL},
	{0x5f53, "International bank account number", B, C, 1, 34, SECRET | OPTIONAL},
	{0x5f54, "Bank identifier code", B, C, 8, 11, OPTIONAL},
	{0x5f55, "Issuer country code (alpha2)", AN, C, 2, 2, OPTIONAL},
	{0x5f56, "Issuer country code (alpha3)", AN, C, 3, 3, OPTIONAL},
	{0x9f01, "Acquirer identifier", N, T, 6, 6, 0},
	{0x9f02, "Amount, authorised", N, T, 6, 6, 0},
	{0x9f03, "Amount, other", N, T, 6, 6, 0},
	{0x9f04, "Amount, other (binary)", B, T, 4, 4, 0},
	{0x9f05, "Application discretionary data", B, C, 1, 32, OPTIONAL},
	{0x9f06, "Application identifier (terminal)", B, T, 5, 16, 0},
	{0x9f07, "Application usage control", B, C, 2, 2, 0},
	{0x9f08, "Application version number (card)", B, C, 2, 2, 0},
	{0x9f09, "Application version number (terminal)", B, T, 2, 2, 0},
	{0x9f0b, "Cardholder name extended", ANS, C, 27, 45, SECRET | OPTIONAL},
	{0x9f0c, "Issuer identification number extended", N, C, 3, 4, OPTIONAL},
	{0x9f0d, "Issuer action code, default", B, C, 5, 5, 0},
	{0x9f0e, "Issuer action code, denial", B, C, 5, 5, 0},
	{0x9f0f, "Issuer action code, online", B, C, 5, 5, 0},
	{0x9f10, "Issuer application data", B, C, 1, 32, 0},
	{0x9f11, "Issuer code table index", N, C, 1, 1, OPTIONAL},
	{0x9f12, "Application preferred name", ANS, C, 1, 16, OPTIONAL},
	{0x9f13, "Last online ATC register", B, C, 2, 2, 0},
	{0x9f14, "Lower consecutive offline limit", B, C, 1, 1, 0},
	{0x9f15, "Merchant category code", N, T, 2, 2, 0},
	{0x9f16, "Merchant identifier", ANS, T, 15, 15, 0},
	{0x9f17, "PIN try counter", B, C, 1, 1, 0},
	{0x9f18, "Issuer script identifier", B, I, 4, 4, 0},
	{0x9f19, "Token requestor identifier", N, C, 6, 6, OPTIONAL},
	{0x9f1a, "Terminal country code", N, T, 2, 2, 0},
	{0x9f1b, "Terminal floor limit", B, T, 4, 4, 0},
	{0x9f1c, "Terminal identification", AN, T, 8, 8, 0},
	{0x9f1d, "Terminal risk management data", B, T, 1, 8, 0},
	{0x9f1e, "Interface device serial number", AN, T, 8, 8, 0},
	{0x9f1f, "Track 1 discretionary data", ANS, C, 1, WHOLE, SECRET | OPTIONAL},
	{0x9f20, "Track 2 discretionary data", CN, C, 1, WHOLE, SECRET | OPTIONAL},
	{0x9f21, "Transaction time", N, T, 3, 3, 0},
	{0x9f22, "Certification authority public key index (terminal)", B, T, 1, 1, 0},
	{0x9f23, "Upper consecutive offline limit", B, C, 1, 1, 0},
	{0x9f24, "Payment account reference", AN, C, 29, 29, OPTIONAL},
	{0x9f25, "Last four digits of PAN", N, C, 2, 2, OPTIONAL},
	{0x9f26, "Application cryptogram", B, C, 8, 8, 0},
	{0x9f27, "Cryptogram information data", B, C, 1, 1, 0},
	{0x9f2d, "PIN encipherment public key certificate", B, C, 1, WHOLE, SECRET},
	{0x9f2e, "PIN encipherment public key exponent", B, C, 1, WHOLE, 0},
	{0x9f2f, "PIN encipherment public key remainder", B, C, 1, WHOLE, 0},
	{0x9f32, "Issuer public key exponent", B, C, 1, WHOLE, 0},
	{0x9f33, "Terminal capabilities", B, T, 3, 3, 0},
	{0x9f34, "CVM results", B, T, 3, 3, 0},
	{0x9f35, "Terminal type", N, T, 1, 1, 0},
	{0x9f36, "Application transaction counter", B, C, 2, 2, 0},
	{0x9f37, "Unpredictable number", B, T, 4, 4, 0},
	{0x9f38, "PDOL", B, C, 1, DOL, 0},
	{0x9f39, "Point-of-service entry mode", N, T, 1, 1, 0},
	{0x9f3a, "Amount, reference currency", B, T, 4, 4, 0},
	{0x9f3b, "Application reference currency", N, C, 2, 8, OPTIONAL},
	{0x9f3c, "Transaction reference currency code", N, T, 2, 2, 0},
	{0x9f3d, "Transaction reference currency exponent", N, T, 1, 1, 0},
	{0x9f40, "Additional terminal capabilities", B, T, 5, 5, 0},
	{0x9f41, "Transaction sequence counter", N, T, 2, 4, 0},
	{0x9f42, "Application currency code", N, C, 2, 2, 0},
	{0x9f43, "Application reference currency exponent", N, C, 1, 4, OPTIONAL},
	{0x9f44, "Application currency exponent", N, C, 1, 1, 0},
	{0x9f45, "Data authentication code", B, C, 2, 2, 0},
	{0x9f46, "ICC public key certificate", B, C, 1, WHOLE, SECRET},
	{0x9f47, "ICC public key exponent", B, C, 1, WHOLE, 0},
	{0x9f48, "ICC public key remainder", B, C, 1, WHOLE, 0},
	{0x9f49, "DDOL", B, C, 1, DOL, 0},
	{0x9f4a, "Static data authentication tag list", B, C, 1, WHOLE, 0},
	{0x9f4b, "Signed dynamic application data", B, C, 1, WHOLE, 0},
	{0x9f4c, "ICC dynamic number", B, C, 2, 8, 0},
	{0x9f4d, "Log entry", B, C, 2, 2, OPTIONAL},
	{0x9f4e, "Merchant name and location", ANS, T, 1, 40, 0},
	{0x9f4f, "Log format", B, C, 1, WHOLE, OPTIONAL},
	{0x9f53, "Transaction category code", AN, T, 1, 1, 0},
	{0x9f5b, "Issuer script results", B, T, 5, 50, 0},
	{0x9f66, "Terminal transaction qualifiers", B, T, 4, 4, 0},
};

const struct ph_tag_info *ph_tag_info(uint32_t tag)
{
	size_t low = 0, high = sizeof tags / sizeof *tags;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (tags[middle].tag == tag)
			return &tags[middle];
		if (tags[middle].tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
