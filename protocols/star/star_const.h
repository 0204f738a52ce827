// Bytes of Star Line Mode, StarPRNT and Star raster mode, shared with the emulator.
//
// Source: "STAR Line Mode Command Specifications" and "StarPRNT Command Specifications" Rev 2.25 of
// Star Micronics; raster mode from the chapter "Raster Graphics" of the former.
#ifndef PH_PROTOCOLS_STAR_CONST_H
#define PH_PROTOCOLS_STAR_CONST_H

#define PH_STAR_NUL 0x00
#define PH_STAR_SOH 0x01
#define PH_STAR_ETX 0x03
#define PH_STAR_EOT 0x04
#define PH_STAR_ENQ 0x05
#define PH_STAR_ACK 0x06
#define PH_STAR_BEL 0x07 // pulse at drawer 1, in stream order
#define PH_STAR_HT  0x09
#define PH_STAR_LF  0x0a
#define PH_STAR_FF  0x0c
#define PH_STAR_SI  0x0f // upside down on
#define PH_STAR_DC2 0x12 // upside down off
#define PH_STAR_ETB 0x17
#define PH_STAR_CAN 0x18
#define PH_STAR_EM  0x19 // pulse at drawer 2
#define PH_STAR_SUB 0x1a // pulse at drawer 2
#define PH_STAR_ESC 0x1b
#define PH_STAR_FS  0x1c // pulse at drawer 1, at once
#define PH_STAR_GS  0x1d
#define PH_STAR_RS  0x1e

// ESC x
#define PH_STAR_ESC_SPACING_3MM	 0x30
#define PH_STAR_ESC_INIT	 0x40
#define PH_STAR_ESC_INVERT_ON	 0x34
#define PH_STAR_ESC_INVERT_OFF	 0x35
#define PH_STAR_ESC_BOLD_ON	 0x45
#define PH_STAR_ESC_BOLD_OFF	 0x46
#define PH_STAR_ESC_UNDERLINE	 0x2d
#define PH_STAR_ESC_SIZE	 0x69 // height - 1, width - 1
#define PH_STAR_ESC_FEED_LINES	 0x61
#define PH_STAR_ESC_FEED_QUARTER 0x4a // n / 4 mm
#define PH_STAR_ESC_SPACING	 0x7a // 1: 4 mm
#define PH_STAR_ESC_CUT		 0x64
#define PH_STAR_ESC_BARCODE	 0x62
#define PH_STAR_ESC_COLUMNS	 0x58 // 24 dots high, 3 bytes a column
#define PH_STAR_ESC_BAND	 0x6b // 24 rows
#define PH_STAR_ESC_RASTER	 0x2a // followed by 'r'
#define PH_STAR_ESC_ASK		 0x23 // ESC # * LF NUL

#define PH_STAR_CUT_FULL	 0
#define PH_STAR_CUT_PARTIAL	 1
#define PH_STAR_CUT_FEED_FULL	 2
#define PH_STAR_CUT_FEED_PARTIAL 3

// ESC GS x
#define PH_STAR_GS_COUNTER  PH_STAR_ETX
#define PH_STAR_GS_BUZZER   PH_STAR_BEL
#define PH_STAR_GS_UTF8	    0x29 // ) U
#define PH_STAR_GS_POSITION 0x41
#define PH_STAR_GS_PAGE	    0x50
#define PH_STAR_GS_RASTER   0x53
#define PH_STAR_GS_ALIGN    0x61
#define PH_STAR_GS_CODEPAGE 0x74
#define PH_STAR_GS_PDF417   0x78
#define PH_STAR_GS_QR	    0x79

// ESC RS x
#define PH_STAR_RS_ASB	     0x61
#define PH_STAR_RS_FONT	     0x46
#define PH_STAR_RS_CLEAR_ETB 0x45

// s of ESC GS ETX
#define PH_STAR_COUNTER_READ   0
#define PH_STAR_COUNTER_COUNT  1
#define PH_STAR_COUNTER_CLEAR  2
#define PH_STAR_DOCUMENT_START 3
#define PH_STAR_DOCUMENT_END   4

// n1 of ESC b
#define PH_STAR_BAR_UPCE      0
#define PH_STAR_BAR_UPCA      1
#define PH_STAR_BAR_EAN8      2
#define PH_STAR_BAR_EAN13     3
#define PH_STAR_BAR_CODE39    4
#define PH_STAR_BAR_ITF	      5
#define PH_STAR_BAR_CODE128   6
#define PH_STAR_BAR_CODE93    7
#define PH_STAR_BAR_CODABAR   8
#define PH_STAR_BAR_GS1_128   9
#define PH_STAR_BAR_DATABAR   10
#define PH_STAR_BAR_TRUNCATED 11
#define PH_STAR_BAR_LIMITED   12
#define PH_STAR_BAR_EXPANDED  13
// n2 of ESC b
#define PH_STAR_BAR_NO_TEXT 1
#define PH_STAR_BAR_TEXT    2

// ESC GS P, digits
#define PH_STAR_PAGE_ENTER     '0'
#define PH_STAR_PAGE_LEAVE     '1'
#define PH_STAR_PAGE_DIRECTION '2'
#define PH_STAR_PAGE_REGION    '3'
#define PH_STAR_PAGE_VERTICAL  '4'
#define PH_STAR_PAGE_RELATIVE  '5'
#define PH_STAR_PAGE_PRINT     '6'
#define PH_STAR_PAGE_FINISH    '7'
#define PH_STAR_PAGE_CANCEL    '8'

// ESC * r x
#define PH_STAR_RASTER_ENTER	'A'
#define PH_STAR_RASTER_QUIT	'B'
#define PH_STAR_RASTER_CLEAR	'C'
#define PH_STAR_RASTER_DRAWER	'D'
#define PH_STAR_RASTER_EOT_MODE 'E'
#define PH_STAR_RASTER_LENGTH	'P'
#define PH_STAR_RASTER_INIT	'R'
#define PH_STAR_RASTER_DOWN	'Y'
#define PH_STAR_RASTER_ROW	'b'
#define PH_STAR_RASTER_OVER	'k'

// Automatic status, by byte from 0
#define PH_STAR_ASB2_COVER	   0x20
#define PH_STAR_ASB2_OFFLINE	   0x08
#define PH_STAR_ASB2_DRAWER	   0x04
#define PH_STAR_ASB2_ETB	   0x02
#define PH_STAR_ASB2_SWITCH	   0x40 // offline by a switch
#define PH_STAR_ASB3_HOT	   0x40
#define PH_STAR_ASB3_UNRECOVERABLE 0x20
#define PH_STAR_ASB3_CUTTER	   0x08
#define PH_STAR_ASB3_MECHANICAL	   0x04
#define PH_STAR_ASB4_OVERFLOW	   0x40
#define PH_STAR_ASB4_PAGE_ERROR	   0x20
#define PH_STAR_ASB4_BLACK_MARK	   0x08
#define PH_STAR_ASB4_JAM	   0x04
#define PH_STAR_ASB4_HEAD_UP	   0x02
#define PH_STAR_ASB5_END	   0x08
#define PH_STAR_ASB5_NEAR_INNER	   0x04
#define PH_STAR_ASB5_NEAR_OUTER	   0x02

#endif
