/*
 * A card reader as packets on a Unix socket (SOCK_SEQPACKET): what the threads that wait for PC/SC pass on, and what an
 * emulated reader speaks. Each packet begins with one byte that says what follows. Constants only.
 */
#ifndef PH_PROTOCOLS_EMV_READER_CONST_H
#define PH_PROTOCOLS_EMV_READER_CONST_H

/* From the reader. */
#define PH_READER_STATE                                                                            \
	'S' /* one byte of enum ph_reader_state, behind it the reader's name; first, and at each change */
#define PH_READER_FEATURES                                                                         \
	'F' /* the TLV list of its PIN pad, PC/SC part 10; in front of a first CARD, where it has one */
#define PH_READER_CARD	 'I' /* answer to CONNECT or RESET: one byte protocol (0 or 1), the ATR */
#define PH_READER_ANSWER 'A' /* answer to COMMAND: data and status word */
#define PH_READER_FAILED 'E' /* instead of CARD or ANSWER: one byte of enum ph_reader_fault */

/* To the reader. One of the first three at a time. */
#define PH_READER_CONNECT 'C' /* take the card for oneself and power it */
#define PH_READER_RESET	  'W' /* warm reset */
#define PH_READER_COMMAND 'T' /* a command as the card gets it (T=0: a TPDU) */
#define PH_READER_RELEASE 'D' /* power off; others may have it. No answer */

enum ph_reader_state {
	PH_READER_NONE,	   /* no reader */
	PH_READER_EMPTY,   /* no card in it */
	PH_READER_PRESENT, /* a card */
	PH_READER_MUTE,	   /* a card that does not answer */
	PH_READER_BUSY,	   /* somebody else works with the card */
};

enum ph_reader_fault {
	PH_READER_FAULT_REMOVED,
	PH_READER_FAULT_MUTE,
	PH_READER_FAULT_BUSY, /* somebody else works with the card */
	PH_READER_FAULT_IO,
};

#define PH_READER_PACKET_MAX 320 /* bytes: the kind and an APDU of 261 */

#endif
