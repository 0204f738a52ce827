/* Report descriptors that several tests use, as hex. Sizes are counted behind the report id. */
#ifndef PH_TESTS_HID_DESCRIPTORS_H
#define PH_TESTS_HID_DESCRIPTORS_H

/* A HID POS scanner in the way of Honeywell (layout A): input 2 of 63 bytes, output 4 of 1 byte. */
#define SCANNER_A                                                                                  \
	"05 8C 09 02 A1 01 85 02 09 12 A1 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 "        \
	"95 03 05 8C 09 FB 09 FC 09 FD 81 02 95 38 09 FE 82 02 01 95 02 81 03 "                    \
	"25 01 75 01 95 01 09 FF 81 02 75 07 81 03 C0 "                                            \
	"85 04 09 14 A1 02 15 00 25 01 75 01 95 01 91 03 09 5F 91 02 09 60 91 02 95 02 91 03 "     \
	"95 01 09 85 91 02 09 86 91 02 91 03 C0 C0"

/* The same without the bytes of the maker: 61 bytes. */
#define SCANNER_A62                                                                                \
	"05 8C 09 02 A1 01 85 02 09 12 A1 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 "        \
	"95 03 05 8C 09 FB 09 FC 09 FD 81 02 95 38 09 FE 82 02 01 25 01 75 01 95 01 09 FF "        \
	"81 02 75 07 81 03 C0 C0"

/* Without the length: 60 bytes. */
#define SCANNER_A61                                                                                \
	"05 8C 09 02 A1 01 85 02 15 00 26 FF 00 75 08 95 01 09 FB 81 02 09 FC 81 02 09 FD 81 02 "  \
	"95 38 09 FE 82 02 01 75 01 95 01 25 01 09 FF 81 02 75 07 81 03 C0"

/* In the way of Newland (layout B): no identifier, 63 bytes, the output report is not of bits. */
#define SCANNER_B                                                                                  \
	"05 8C 09 02 A1 01 85 02 09 12 A1 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 "        \
	"95 38 05 8C 09 FE 82 02 01 95 05 81 03 25 01 75 01 95 01 09 FF 81 02 75 07 81 03 C0 "     \
	"85 04 75 08 95 3F 26 FF 00 06 00 FF 09 01 91 02 C0"

/* A boot keyboard (HID 1.11, appendix B.1): no report ids, input of 8 bytes. */
#define KEYBOARD                                                                                   \
	"05 01 09 06 A1 01 05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 01 "     \
	"95 05 75 01 05 08 19 01 29 05 91 02 95 01 75 03 91 01 95 06 75 08 15 00 25 65 05 07 "     \
	"19 00 29 65 81 00 C0"

/* A weighing device of page 8D: input 3 of 5 bytes, output 2 of 1 byte. */
#define SCALE                                                                                      \
	"05 8D 09 20 A1 01 85 03 09 32 A1 02 "                                                     \
	"09 70 A1 02 15 01 25 08 75 08 95 01 19 71 29 78 81 00 C0 "                                \
	"09 50 A1 02 25 0C 19 51 29 5C 81 00 C0 "                                                  \
	"09 41 15 80 25 7F 81 02 09 40 15 00 27 FF FF 00 00 75 10 81 02 C0 "                       \
	"85 02 09 31 A1 02 25 01 75 01 95 02 09 81 09 80 91 02 75 06 95 01 91 03 C0 C0"

/* A stripe reader in the way of MagTek: no report ids, input of 337 bytes, feature of 24. */
#define STRIPE_READER                                                                              \
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 09 20 09 21 09 22 09 28 09 29 09 2A 09 38 "     \
	"95 07 81 02 09 30 95 6E 82 02 01 09 31 95 6E 82 02 01 09 32 95 6E 82 02 01 "              \
	"09 20 95 18 B2 02 01 C0"

/* A hand-held scanner of IBM's and Toshiba's OEM interface: usage 4B00 of a vendor's page. */
#define OEM_SCANNER                                                                                \
	"06 45 FF 0A 00 4B A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 0B 09 02 91 02 C0"

/* A cash drawer box of vendor page FFA0: two bytes each way. */
#define DRAWER "06 A0 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 02 09 02 81 02 95 02 09 03 91 02 C0"

#endif
