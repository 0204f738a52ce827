/*
 * Stripe readers: reports of HID readers, messages of ID TECH readers that encrypt, and the text of readers that type. All
 * end in a struct ph_msr_card. Pure; what the owner read into a buffer of its own is the owner's to wipe.
 *
 * Sources: MagTek USB HID Swipe Reader and P-Series programming references; ID TECH SecureMag and SREDKey 2 user manuals;
 * HID Usage Tables 1.5, magnetic stripe reader page (8E).
 */
#ifndef PH_PROTOCOLS_MSR_MSR_H
#define PH_PROTOCOLS_MSR_MSR_H

#include "protocols/msr/track.h"

/* Bytes of a report, from its first byte behind the report id; size 0: not there. */
struct ph_msr_place {
	uint16_t offset, size;
};

/*
 * Where a HID reader puts what, by the usages of its descriptor. MagTek, page FF00: 20 21 22 decode status, 28 29 2A
 * lengths, 38 encode type, 30 31 32 tracks, 39 card status. Page 8E: 11 to 14 lengths, 21 to 24 tracks, no status.
 */
struct ph_msr_layout {
	uint16_t size; /* of the report; a shorter one is broken */
	bool has_id;   /* an id byte stands in front */
	uint8_t id;
	struct ph_msr_place status[PH_MSR_TRACKS]; /* bit 0: error */
	struct ph_msr_place length[PH_MSR_TRACKS];
	struct ph_msr_place track[PH_MSR_TRACKS];
	struct ph_msr_place encoding; /* MagTek's values */
	/* of encrypting models: then `track` are encrypted blocks */
	bool encrypting;
	struct ph_msr_place masked_length[3], masked[3], ksn;
};

/* Plain MagTek readers: 337 bytes without a report id. */
extern const struct ph_msr_layout ph_msr_magtek_plain;

/*
 * Takes one report. Returns 0 with the card filled and parsed; its tracks say how each went, a blank card has none.
 * -EAGAIN: a report of another id; -EBADMSG: too short, nothing is kept of it.
 */
int ph_msr_report(const struct ph_msr_layout *layout, const uint8_t *report, size_t len,
	struct ph_msr_card *ret_card);

/* A report of ID TECH's own mode: type at 6, length at 7 and 8, at most 500 bytes of track text from 9. Errors as above. */
#define PH_MSR_IDTECH_TEXT 9
int ph_msr_idtech_report(const uint8_t *report, size_t len, struct ph_msr_card *ret_card);

/*
 * Track texts as they are typed: "%...?;...?+...?", each perhaps with its LRC behind the '?'. Carriage returns and line
 * feeds in the end are left out. Returns 0, or -EBADMSG when there is none or more than four; nothing is kept then.
 */
int ph_msr_text(const uint8_t *text, size_t len, struct ph_msr_card *ret_card);

/*
 * Looks for a message of an encrypting ID TECH reader (STX, length, data, LRC, sum, ETX) at the front of `len` > 0 bytes.
 * Returns its bytes with the card filled and parsed; 0 when more must come; -EBADMSG: drop *ret_drop bytes and look again.
 * A message in a form that is not known (optional bytes) is -ENOTSUP with all of it to drop.
 */
#define PH_MSR_IDTECH_MAX 1100
int ph_msr_idtech_message(
	const uint8_t *data, size_t len, struct ph_msr_card *ret_card, size_t *ret_drop);

/*
 * A command that reads or, with `len` > 0 bytes of data, writes a setting: STX, R or S, function, data, ETX, LRC. Answered
 * by 06 or 15. Returns its bytes; -EPERM for function 18, which would restore defaults; -EINVAL when `size` is too small.
 */
int ph_msr_idtech_setting(
	uint8_t function, const uint8_t *data, size_t len, uint8_t *out, size_t size);

/* Characters of a reader that types, until the line ends. Lives in a ph_secret. */
#define PH_MSR_TYPED_MAX 512
struct ph_msr_typed {
	uint16_t len;
	bool broken; /* too long, or the owner lost an event */
	uint8_t hidden[PH_MSR_TYPED_MAX];
};

/*
 * Takes one character. Returns 1 when CR has ended a swipe, which is then in ret_card; 0 when more must come; -EBADMSG when
 * the line was none, too long, or broken: it is wiped, as after each swipe.
 */
int ph_msr_typed_add(struct ph_msr_typed *typed, uint8_t character, struct ph_msr_card *ret_card);

/* An event was lost: the swipe that is under way is dropped when it ends. */
void ph_msr_typed_lost(struct ph_msr_typed *typed);

/* Wipes what was typed; after a silence in the middle of a swipe. Returns whether there was any. */
bool ph_msr_typed_wipe(struct ph_msr_typed *typed);

#endif
