/* Inside of the scales, shared by their files only. */
#ifndef PH_EMULATORS_MODELS_SCALE_INTERNAL_H
#define PH_EMULATORS_MODELS_SCALE_INTERNAL_H

#include "emulators/models/scale.h"

enum {
	STX = 2,
	ETX = 3,
	EOT = 4,
	ENQ = 5,
	ACK = 6,
	LF = 10,
	CR = 13,
	DC1 = 0x11,
	DC2 = 0x12,
	NAK = 0x15,
	ESC = 0x1B
};

extern const struct ph_emu_scale_kind emu_scale_8217, emu_scale_sasi, emu_scale_scp01,
	emu_scale_sma, emu_scale_mettler, emu_scale_cas, emu_scale_cas22, emu_scale_cas10,
	emu_scale_and, emu_scale_dini, emu_scale_prix, emu_scale_prt4, emu_scale_p15,
	emu_scale_adam, emu_scale_samsung, emu_scale_ind221, emu_scale_kern, emu_scale_dialog06,
	emu_scale_hid, emu_scale_hid_4, emu_scale_oem;

/* For serial kinds: input goes byte by byte through `byte`, time through emu_scale_tick(). */
extern const struct ph_emu_unit_ops emu_scale_stream_ops; /* only talks */
struct ph_emu_scale *emu_scale_of(struct ph_emu_unit *unit);
enum ph_emu_weight emu_scale_look(struct ph_emu_scale *s);
void emu_scale_send(struct ph_emu_scale *s, const void *data, size_t len);
void emu_scale_text(struct ph_emu_scale *s, const char *text);
/* True when this request is refused (fault "nak"). */
bool emu_scale_refuses(struct ph_emu_scale *s);
uint64_t emu_scale_tick(struct ph_emu_unit *unit);
int emu_scale_fault(struct ph_emu_unit *unit, const char *word, long value, bool off);
void emu_scale_power(struct ph_emu_unit *unit);
void emu_scale_opened(struct ph_emu_unit *unit, bool open);
/* total price in hundredths of what is on the plate */
long emu_scale_total(const struct ph_emu_scale *s);

#define EMU_SCALE_OPS(input_)                                                                      \
	{                                                                                          \
		.input = input_, .tick = emu_scale_tick, .fault = emu_scale_fault,                 \
		.power = emu_scale_power, .opened = emu_scale_opened                               \
	}

#endif
