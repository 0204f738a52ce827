// The identifiers of symbologies as scanners of several makers send them.
#include "emulators/models/label_ids.h"

#include <stddef.h>

static const struct ph_emu_label_ids rows[] = {
	{"ean13", "E0", 0x16, 0x0B, 0x64, "F", "B", "F"},
	{"ean8", "E4", 0x0C, 0x0A, 0x44, "FF", "A", "FF"},
	{"upca", "E0", 0x0D, 0x08, 0x63, "A", "C", "A"},
	{"upce", "E0", 0x0A, 0x09, 0x45, "E", "D", "E"},
	{"standard2of5", "S0", 0x000C0B, 0x04, 0x66, "s", "P", "s"},
	{"itf", "I0", 0x000D0B, 0x06, 0x65, "i", "N", "B2"},
	{"itf14", "I1", 0x000D0B, 0x06, 0x65, "i", "N", "B2"},
	{"codabar", "F0", 0x000E0B, 0x02, 0x61, "%", "R", "%"},
	{"code39", "A0", 0x000A0B, 0x01, 0x62, "*", "V", "B1"},
	{"code93", "G0", 0x00190B, 0x07, 0x69, "&", "U", "&"},
	{"code128", "C0", 0x00180B, 0x03, 0x6A, "#", "T", "B3"},
	{"gs1-128", "C1", 0x00250B, 0x0F, 0x49, "]C1", "k", "]C1"},
	{"ocr-a", "o1", 0x00300B, 0xA1, 0, "$o", "$o", "$o"},
	{"ocr-b", "o2", 0x00310B, 0xA0, 0, "$p", "$p", "$p"},
	{"databar", "e0", 0x002A0B, 0x30, 0x79, "R4", "u", "R4"},
	{"databar-omni", "e0", 0x002A0B, 0x30, 0x79, "R4", "u", "R4"},
	{"databar-limited", "e0", 0x002A0B, 0x31, 0x7B, "RL", "v", "RL"},
	{"databar-expanded", "e0", 0x002B0B, 0x32, 0x7D, "RX", "t", "RX"},
	{"matrix2of5", NULL, 0, 0x39, 0x6D, "g", "g", NULL},
	{"code32", NULL, 0, 0x20, 0x3C, NULL, "X", NULL},
	{"trioptic", "X0", 0, 0x15, 0, "$T", "$T", NULL},
	{"isbt128", "C4", 0, 0x19, 0, "f", "f", NULL},
	{"code11", "H0", 0, 0x0C, 0x68, "CE", "b", NULL},
	{"msi", "M0", 0, 0x0E, 0x67, "@", "Z", "@"},
	{"plessey", "P0", 0, 0, 0, "a", "a", NULL},
	{"telepen", "B0", 0, 0, 0x74, NULL, NULL, NULL},
	{"pdf417", "L0", 0x002E0B, 0x11, 0x72, "P", "r", "P"},
	{"maxicode", "U0", 0x002F0B, 0x25, 0x78, "MC", "x", NULL},
	{"datamatrix", "d1", 0x00320B, 0x1B, 0x77, "Dm", "w", "Dm"},
	{"qr", "Q1", 0x00330B, 0x1C, 0x73, "QR", "y", "QR"},
	{"microqr", "Q1", 0x00330B, 0x2C, 0x73, "$Q", "$Q", "$Q"},
	{"aztec", "z0", 0x00340B, 0x2D, 0x7A, "Az", "!", "Az"},
	{"micropdf", "L3", 0x00380B, 0x1A, 0x52, "mP", "8", "mP"},
	{"gs1-datamatrix", "d2", 0x00360B, 0xC1, 0x77, "Dg", "$w", "Dg"},
	{"gs1-qr", "Q3", 0x00370B, 0xC2, 0x73, "QG", "$q", "QG"},
	{"code49", "T0", 0x00350B, 0x0D, 0x6C, "q", "q", NULL},
	{"code16k", "K0", 0, 0x12, 0, "p", "p", NULL},
	{"codablock-f", "O4", 0, 0, 0x71, "l", "m", NULL},
	{"hanxin", "h0", 0, 0xB7, 0x48, "$S", "$S", NULL},
	{"dotcode", "J0", 0, 0xC4, 0, NULL, NULL, NULL},
	{"other", "X0", 0x00FF0B, 0, 0, NULL, NULL, NULL},
};

static int same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
			return 0;
	return *a == *b;
}

const struct ph_emu_label_ids *ph_emu_label_ids(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (same(rows[i].name, name))
			return &rows[i];
	return NULL;
}
