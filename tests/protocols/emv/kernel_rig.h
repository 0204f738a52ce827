/*
 * A scripted card for tests of the kernel: a list of what the kernel must do next and what comes back. Each line is either a
 * command APDU and the answer to it, or one of these:
 *
 *   "reset"             the ATR that follows, in hexadecimal
 *   "choose", "confirm" the number chosen
 *   "pin", "pin RSA"    status word of the pad, or "" for one that does not work
 *   "store intent", "store offline", "store reversal"    "ok" or "full"
 *   "online"            "00+ TLV" approved, "05- TLV" declined, "01? TLV" referred, or "unable"
 *
 * Bytes are written as hexadecimal digits; TAG{...} puts tag and length around what is inside, @x puts in a certificate (see
 * rig_bytes()). Answers that a card signs are made by the rig:
 *
 *   "~CID ATC AC"  GENERATE AC with CDA, "~!" the same with a byte of the signature changed, "~CID/cid ..." another CID inside
 *   "^"            INTERNAL AUTHENTICATE, "^!" with a byte changed
 */
#ifndef PH_TESTS_EMV_KERNEL_RIG_H
#define PH_TESTS_EMV_KERNEL_RIG_H

#include "protocols/emv/kernel.h"

#include "emv_help.h"

struct line {
	const char *want, *answer;
};

enum { RIG_NEVER = 100000 };

struct rig {
	struct ph_emv_parameters parameters;
	struct ph_emv_world world;
	struct ph_emv_transaction transaction;
	struct ph_emv *emv;
	struct ph_emv_result result;
	struct ph_emv_receipt receipt;
	/* Before the answer to this action an event comes in between. */
	unsigned interrupt_at;
	enum ph_emv_event_kind interrupt;
	const uint8_t *interrupt_data;
	size_t interrupt_len;
	bool interrupted, ignored;
	/* What the world says. */
	bool listed, no_random;
	uint64_t earlier;
	uint8_t random_byte;
	/* What happened. */
	unsigned actions;
	char point[12]; /* the last one named */
	struct ph_emv_choice choices[PH_EMV_CANDIDATES_MAX];
	size_t choice_count;
	struct bytes request, advice; /* field 55 when it was asked for */
	struct bytes pin_template;
	struct bytes trace; /* a digest of all actions */
	uint8_t pdol[256], cdol[2][256];
	size_t pdol_len, cdol_len[2];
	unsigned cryptograms;
};

/* A terminal with one application (A0000000041010) and the authority of emv_forge.h; a sale of 12.34. */
void rig_init(struct rig *rig);
void rig_done(struct rig *rig);

/* Bytes of a text as above. @i @r: issuer certificate and remainder; @c @s: of the card; @d: signed static data. */
struct bytes rig_bytes(const char *text);

/* Plays all lines; the kernel must end exactly behind the last one, or, after an interruption, some time. */
void rig_play_lines(struct rig *rig, const struct line *lines, size_t count);
#define rig_play(rig, lines) rig_play_lines(rig, lines, sizeof(lines) / sizeof *(lines))

/* What the end must be. `arc` "" for none. */
void rig_ended(const struct rig *rig, enum ph_emv_outcome outcome, enum ph_emv_fault fault,
	const char *arc);

/* Commands and answers that most tests share. */
#define PSE	     "00A404000E315041592E5359532E444446303100"
#define SELECT	     "00A4040007A000000004101000"
#define FCI	     "6F{84{A0000000041010}A5{50{4D617374657263617264}9F38{9F1A029F35019F3303}}}9000"
#define GPO	     "80A800000883{052822E0F0C8}00"
#define OPTIONS(aip) "77{82{" aip "}94{0801010110010200}}9000"
#define READ_1	     "00B2010C00"
#define READ_2	     "00B2011400"
#define READ_3	     "00B2021400"
/* the record of the vectors: PAN, expiry, effective date, sequence, usage control, list of static data */
#define RECORD_1 "70{5A{5413330089020011}5F24{301231}5F25{200101}5F34{01}9F07{FF80}9F4A{82}}9000"
#define CDOLS	 "8C{9F02069F03069F1A0295055F2A029A039C019F37049F3501}8D{8A0295059F3704}"
#define CVM_SIGN "8E{00000000000000001E031F03}"
#define RECORD_2 "70{" CDOLS CVM_SIGN "}9000"
#define RECORD_3 "70{5F20{4D2F}57{5413330089020011D30122010000000000}}9000"
#define IAC_NONE "9F0D{0000000000}9F0E{0000000000}9F0F{0000000000}"
#define KEYS	 "8F{FE}90{@i}92{@r}9F32{03}9F46{@c}9F47{03}9F48{@s}"

#define AC_1(p1, tvr)                                                                              \
	"80AE" p1 "001E0000000012340000000000000528" tvr "0978260901000102030422"                  \
	"00"
#define AC_2(p1, arc, tvr) "80AE" p1 "000B" arc tvr "0102030400"
/* ATC 002A, cryptogram and issuer data of the vectors */
#define GIVES(cid) "80{" cid "002A771CE7AB66B14A760110A00003220000}9000"

#define UP_TO_OPTIONS(aip)                                                                         \
	{PSE, "6A82"}, {SELECT, FCI}, {SELECT, FCI},                                               \
	{                                                                                          \
		GPO, OPTIONS(aip)                                                                  \
	}

#endif
