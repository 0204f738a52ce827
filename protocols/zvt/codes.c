// Tables of result codes, intermediate statuses and states of terminals.
#include "protocols/zvt/codes.h"

#include <stddef.h>

static const char *const results[256] = {
	[0x00] = "no error",
	[0x64] = "the card could not be read",
	[0x65] = "no data of the card",
	[0x66] = "an error in processing",
	[0x67] = "not allowed for this kind of card",
	[0x68] = "not allowed for this kind of card",
	[0x6a] = "the terminal's turnover file is full",
	[0x6b] = "the terminal does not know this register: it is not registered",
	[0x6c] = "ended by a key or because time ran out",
	[0x6e] = "the card is blocked",
	[0x6f] = "the terminal has another currency",
	[0x71] = "too little credit on the card",
	[0x72] = "an error of the chip",
	[0x73] = "the card's data are wrong",
	[0x76] = "the card is not in the list of those accepted",
	[0x77] = "an end of day is not possible",
	[0x78] = "the card has expired",
	[0x79] = "the card is not valid yet",
	[0x7a] = "the card is unknown",
	[0x7b] = "no fallback to the stripe is possible",
	[0x7c] = "no fallback to the stripe is possible",
	[0x7d] = "an error in communication",
	[0x7e] = "no fallback to the stripe is possible",
	[0x83] = "the terminal does not have this function",
	[0x85] = "a key is missing in the terminal",
	[0x89] = "the PIN pad is defective",
	[0x9a] = "an error in the protocol",
	[0x9b] = "the connection to the host could not be made",
	[0x9c] = "the terminal is busy",
	[0xa0] = "the receiver is not ready",
	[0xa1] = "the remote station does not answer",
	[0xa3] = "no connection to the host",
	[0xa5] = "not allowed by the terminal's rules for account data",
	[0xb1] = "the memory is full",
	[0xb2] = "the merchant's journal is full",
	[0xb4] = "it has been reversed before",
	[0xb5] = "it cannot be reversed",
	[0xb7] = "the amount of the reservation is wrong",
	[0xb8] = "an error of the reservation",
	[0xc2] = "the terminal needs a diagnosis",
	[0xc3] = "the amount is too high",
	[0xc5] = "the terminal does not have this way to pay",
	[0xc6] = "the currency is not possible",
	[0xc8] = "the amount is too low",
	[0xc9] = "the amount is too low",
	[0xcc] = "the printer is not ready",
	[0xcd] = "no cashback is possible",
	[0xdc] = "a card is inserted",
	[0xdf] = "the terminal is out of order",
	[0xe1] = "a card is not removed yet",
	[0xe4] = "the terminal has to be activated",
	[0xed] = "the PIN pad is defective",
	[0xf0] = "an end of day is due",
	[0xf1] = "an offline error of a girocard",
	[0xfa] = "offline transactions could not be sent",
	[0xfc] = "a device of the terminal is missing",
	[0xff] = "an error of the terminal's system",
};

const char *ph_zvt_result_text(uint8_t code)
{
	if (results[code])
		return results[code];
	return code < 0x64 ? "refused by the host" : "the terminal refused";
}

const char *ph_zvt_kind_text(unsigned kind)
{
	static const char *const texts[] = {"girocard", "JCB", "Mastercard", "American Express",
		"Visa", "Diners Club", "others"};

	return kind < sizeof texts / sizeof *texts ? texts[kind] : NULL;
}

static const struct ph_zvt_status statuses[256] = {
	[0x00] = {PH_ZVT_PHASE_CARD, "confirm the amount on the terminal"},
	[0x01] = {PH_ZVT_PHASE_PIN, "see the PIN pad"},
	[0x02] = {PH_ZVT_PHASE_PIN, "see the PIN pad"},
	[0x03] = {PH_ZVT_PHASE_OTHER, "not accepted"},
	[0x04] = {PH_ZVT_PHASE_HOST, "waiting for the host"},
	[0x05] = {PH_ZVT_PHASE_REVERSING, "the terminal sends an automatic reversal"},
	[0x06] = {PH_ZVT_PHASE_HOST, "the terminal sends earlier bookings"},
	[0x07] = {PH_ZVT_PHASE_OTHER, "the card is not accepted"},
	[0x08] = {PH_ZVT_PHASE_OTHER, "the card is unknown"},
	[0x09] = {PH_ZVT_PHASE_OTHER, "the card has expired"},
	[0x0a] = {PH_ZVT_PHASE_CARD, "insert the card"},
	[0x0b] = {PH_ZVT_PHASE_REMOVE, "remove the card"},
	[0x0c] = {PH_ZVT_PHASE_OTHER, "the card cannot be read"},
	[0x0d] = {PH_ZVT_PHASE_OTHER, "it was broken off"},
	[0x0e] = {PH_ZVT_PHASE_OTHER, "please wait"},
	[0x0f] = {PH_ZVT_PHASE_HOST, "the terminal does its end of day"},
	[0x10] = {PH_ZVT_PHASE_OTHER, "the card is invalid"},
	[0x12] = {PH_ZVT_PHASE_OTHER, "a malfunction of the terminal"},
	[0x13] = {PH_ZVT_PHASE_OTHER, "payment is not possible"},
	[0x15] = {PH_ZVT_PHASE_PIN, "the PIN is wrong"},
	[0x17] = {PH_ZVT_PHASE_OTHER, "please wait"},
	[0x18] = {PH_ZVT_PHASE_OTHER, "the PIN was wrong too often"},
	[0x1a] = {PH_ZVT_PHASE_OTHER, "service"},
	[0x1c] = {PH_ZVT_PHASE_OTHER, "approved: take the goods"},
	[0x1d] = {PH_ZVT_PHASE_OTHER, "declined"},
	[0x28] = {PH_ZVT_PHASE_CHOICE, "choose the currency"},
	[0x29] = {PH_ZVT_PHASE_CHOICE, "choose the language"},
	[0x2b] = {PH_ZVT_PHASE_OTHER, "emergency operation, offline"},
	[0x2c] = {PH_ZVT_PHASE_CHOICE, "choose the application"},
	[0x68] = {PH_ZVT_PHASE_READING, "the card is inserted"},
	[0x69] = {PH_ZVT_PHASE_CHOICE, "choose the currency"},
	[0xc8] = {PH_ZVT_PHASE_OTHER, "wait for the cashier"},
	[0xc9] = {PH_ZVT_PHASE_HOST, "the terminal does a diagnosis"},
	[0xcb] = {PH_ZVT_PHASE_OTHER, "the journal is full"},
	[0xd2] = {PH_ZVT_PHASE_HOST, "the host is being called"},
	[0xd3] = {PH_ZVT_PHASE_HOST, "connected to the host"},
	[0xe0] = {PH_ZVT_PHASE_CHOICE, "choose the application"},
	[0xe1] = {PH_ZVT_PHASE_CHOICE, "choose the way to pay"},
	[0xf1] = {PH_ZVT_PHASE_OTHER, "offline"},
	[0xf2] = {PH_ZVT_PHASE_HOST, "online"},
	[0xf3] = {PH_ZVT_PHASE_OTHER, "offline transaction"},
};

struct ph_zvt_status ph_zvt_status_of(uint8_t status)
{
	struct ph_zvt_status found = statuses[status];

	if (!found.text && status >= 0x40 && status < 0x80 && statuses[status - 0x40].text)
		found = (struct ph_zvt_status){PH_ZVT_PHASE_REMOVE, statuses[status - 0x40].text};
	return found;
}

const char *ph_zvt_state_text(uint8_t state)
{
	switch (state) {
	case 0x00:
		return NULL;
	case 0x51:
		return "the terminal has to be initialised";
	case 0x62:
		return "the terminal's clock is wrong";
	default:
		return ph_zvt_result_text(state);
	}
}
