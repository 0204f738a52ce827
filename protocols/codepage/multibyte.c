// Looks code points up in the generated two-byte tables.
#include "protocols/codepage/multibyte.h"

#include "multibyte_tables.h"

int ph_multibyte_encode(enum ph_multibyte set, uint32_t cp)
{
	if (cp >= 0x10000 || (unsigned)set >= PH_MULTIBYTE_COUNT)
		return -1;
	const uint16_t bytes = blocks[block_of[set][cp >> 5]][cp & 31];
	return bytes ? bytes : -1;
}
