// ESC/POS bytes by name. Constants only: the one file of this folder that emulators may include.
//
// Source: Epson "ESC/POS Command Reference for TM Printers", section named at each group.
#ifndef PH_PROTOCOLS_ESCPOS_CONST_H
#define PH_PROTOCOLS_ESCPOS_CONST_H

// Control characters that are commands or open one.
#define PH_EP_NUL  0x00
#define PH_EP_EOT  0x04
#define PH_EP_ENQ  0x05
#define PH_EP_ACK  0x06
#define PH_EP_HT   0x09
#define PH_EP_LF   0x0a
#define PH_EP_FF   0x0c
#define PH_EP_CR   0x0d
#define PH_EP_DLE  0x10
#define PH_EP_XON  0x11
#define PH_EP_XOFF 0x13
#define PH_EP_DC4  0x14
#define PH_EP_CAN  0x18
#define PH_EP_ESC  0x1b
#define PH_EP_FS   0x1c
#define PH_EP_GS   0x1d

// Second byte after ESC.
#define PH_EP_ESC_MODE		'!' // n: print mode bits
#define PH_EP_ESC_POSITION	'$' // nL nH: absolute horizontal position
#define PH_EP_ESC_UNDERLINE	'-' // n: 0, 1, 2 dots
#define PH_EP_ESC_LINE_DEFAULT	'2'
#define PH_EP_ESC_LINE		'3' // n
#define PH_EP_ESC_INIT		'@'
#define PH_EP_ESC_BEEP		'B' // n t: of clones
#define PH_EP_ESC_BOLD		'E' // n
#define PH_EP_ESC_FEED_UNITS	'J' // n
#define PH_EP_ESC_FONT		'M' // n: 0 A, 1 B
#define PH_EP_ESC_CHARSET	'R' // n: international set
#define PH_EP_ESC_COLOUR	'r' // n: 0 first, 1 second
#define PH_EP_ESC_ROTATE	'V' // n: 0 off, 1 by 90 degrees clockwise
#define PH_EP_ESC_UPSIDE_DOWN	'{' // n
#define PH_EP_ESC_PAGE_MODE	'L'
#define PH_EP_ESC_STANDARD_MODE 'S'
#define PH_EP_ESC_PAGE_AREA	'W'  // xL xH yL yH dxL dxH dyL dyH
#define PH_EP_ESC_DIRECTION	'T'  // n: 0 right, 1 up, 2 left, 3 down
#define PH_EP_ESC_RELATIVE	'\\' // nL nH
#define PH_EP_ESC_ALIGN		'a'  // n: 0 left, 1 centre, 2 right
#define PH_EP_ESC_FEED_LINES	'd'  // n
#define PH_EP_ESC_CUT_FULL	'i'  // of clones and old models
#define PH_EP_ESC_CUT_PARTIAL	'm'  // of clones and old models
#define PH_EP_ESC_PULSE		'p'  // m t1 t2: t in 2 ms
#define PH_EP_ESC_CODEPAGE	't'  // n
#define PH_EP_ESC_DRAWER_STATUS 'u'
#define PH_EP_ESC_PAPER_STATUS	'v'
#define PH_EP_ESC_PAREN		'('

// ESC ( A: buzzer. 1B 28 41 04 00 30 n c t.
#define PH_EP_PAREN_BUZZER 'A'
#define PH_EP_BUZZER_FN	   0x30

// Second byte after FS.
#define PH_EP_FS_KANJI_ON  '&'
#define PH_EP_FS_KANJI_OFF '.'
#define PH_EP_FS_KANJI_SET 'C' // n: 0 JIS, 1 Shift-JIS
#define PH_EP_FS_UNDERLINE '-' // n: of two-byte characters
#define PH_EP_FS_PAREN	   '('

// FS ( C pL pH fn ...: character encoding.
#define PH_EP_PAREN_ENCODING  'C'
#define PH_EP_ENCODING_SELECT 0x30 // m: 1 one byte, 2 UTF-8

// Second byte after GS.
#define PH_EP_GS_SIZE	    '!' // n: width - 1 in the high, height - 1 in the low nibble
#define PH_EP_GS_PAREN	    '('
#define PH_EP_GS_INVERT	    'B' // n
#define PH_EP_GS_HRI	    'H' // n: 0 none, 1 above, 2 below, 3 both
#define PH_EP_GS_ID	    'I' // n
#define PH_EP_GS_MARGIN	    'L' // nL nH
#define PH_EP_GS_CUT	    'V' // m [n]
#define PH_EP_GS_AREA	    'W' // nL nH
#define PH_EP_GS_ASB	    'a' // n
#define PH_EP_GS_HRI_FONT   'f'
#define PH_EP_GS_BAR_HEIGHT 'h'
#define PH_EP_GS_BARCODE    'k' // m n d..., function B
#define PH_EP_GS_STATUS	    'r' // n
#define PH_EP_GS_BAR_MODULE 'w'

// GS a n.
#define PH_EP_ASB_DRAWER 0x01
#define PH_EP_ASB_ONLINE 0x02
#define PH_EP_ASB_ERROR	 0x04
#define PH_EP_ASB_PAPER	 0x08
#define PH_EP_ASB_BUTTON 0x40
#define PH_EP_ASB_ALL	 0x4f

// GS V m.
#define PH_EP_CUT_FULL	       0x00
#define PH_EP_CUT_PARTIAL      0x01
#define PH_EP_CUT_FEED_FULL    0x41 // n: feed to the cutter and n units more
#define PH_EP_CUT_FEED_PARTIAL 0x42 // n

// GS k m, function B.
#define PH_EP_BAR_UPCA		    65
#define PH_EP_BAR_UPCE		    66
#define PH_EP_BAR_EAN13		    67
#define PH_EP_BAR_EAN8		    68
#define PH_EP_BAR_CODE39	    69
#define PH_EP_BAR_ITF		    70
#define PH_EP_BAR_CODABAR	    71
#define PH_EP_BAR_CODE93	    72
#define PH_EP_BAR_CODE128	    73
#define PH_EP_BAR_GS1_128	    74
#define PH_EP_BAR_DATABAR	    75
#define PH_EP_BAR_DATABAR_TRUNCATED 76
#define PH_EP_BAR_DATABAR_LIMITED   77
#define PH_EP_BAR_DATABAR_EXPANDED  78

// GS ( k pL pH cn fn ...: two-dimensional codes.
#define PH_EP_PAREN_CODE2D 'k'
#define PH_EP_2D_PDF417	   0x30
#define PH_EP_2D_QR	   0x31
#define PH_EP_2D_MAXICODE  0x32
#define PH_EP_2D_DATABAR   0x33
#define PH_EP_2D_COMPOSITE 0x34
#define PH_EP_2D_AZTEC	   0x35
#define PH_EP_2D_MATRIX	   0x36
#define PH_EP_2D_COLUMNS   0x41 // PDF417; mode of MaxiCode
#define PH_EP_2D_ROWS	   0x42 // PDF417; kind of Aztec and Data Matrix
#define PH_EP_2D_MODULE	   0x43
#define PH_EP_2D_ROW	   0x44 // PDF417: height of a row in modules
#define PH_EP_2D_LEVEL	   0x45
#define PH_EP_2D_OPTIONS   0x46 // PDF417: 1 truncated
#define PH_EP_2D_WIDTH	   0x47 // DataBar: most width
#define PH_EP_2D_STORE	   0x50 // 30 d...
#define PH_EP_2D_PRINT	   0x51 // 30
#define PH_EP_2D_SIZE	   0x52 // 30
#define PH_EP_QR_MODEL	   0x41 // n1 n2: 32 00 is model 2
#define PH_EP_QR_MODULE	   0x43
#define PH_EP_QR_LEVEL	   0x45 // 30 L, 31 M, 32 Q, 33 H
#define PH_EP_QR_STORE	   0x50 // 30 d...
#define PH_EP_QR_PRINT	   0x51 // 30
#define PH_EP_QR_SIZE	   0x52 // 30

// GS ( L pL pH 30 fn ...: graphics.
#define PH_EP_PAREN_GRAPHICS  'L'
#define PH_EP_GRAPHICS_PRINT  0x32 // what function 112 stored
#define PH_EP_GRAPHICS_KEYS   0x40 // 4b 43: list of the keys of stored graphics
#define PH_EP_GRAPHICS_DELETE 0x42 // kc1 kc2
#define PH_EP_GRAPHICS_DEFINE 0x43 // 30 kc1 kc2 b xL xH yL yH 31 d...
#define PH_EP_GRAPHICS_STORED 0x45 // kc1 kc2 x y: print

// GS ( H pL pH fn ...: response requests.
#define PH_EP_PAREN_RESPONSE   'H'
#define PH_EP_RESPONSE_ID      0x30 // 30 d1 d2 d3 d4, each 20-7e
#define PH_EP_RESPONSE_OFFLINE 0x31 // 30 d

// DLE EOT n: real-time status.
#define PH_EP_EOT_PRINTER 1
#define PH_EP_EOT_OFFLINE 2
#define PH_EP_EOT_ERROR	  3
#define PH_EP_EOT_PAPER	  4

// DLE ENQ n: real-time requests.
#define PH_EP_ENQ_CONTINUE 1
#define PH_EP_ENQ_ABANDON  2

// DLE DC4 fn: real-time functions.
#define PH_EP_DC4_PULSE	    1 // m t: m 0 pin 2, 1 pin 5; t in 100 ms, 1-8
#define PH_EP_DC4_POWER_OFF 2
#define PH_EP_DC4_BUZZER    3
#define PH_EP_DC4_STATUS    7
#define PH_EP_DC4_CLEAR	    8 // 01 03 14 01 06 02 08

// GS r n.
#define PH_EP_STATUS_PAPER  1
#define PH_EP_STATUS_DRAWER 2

// First byte of block answers, which end with NUL.
#define PH_EP_BLOCK_INK		 0x35
#define PH_EP_BLOCK_RESPONSE	 0x37
#define PH_EP_BLOCK_EXTENDED_ASB 0x39
#define PH_EP_BLOCK_POWER	 0x3b
#define PH_EP_BLOCK_INFO_A	 0x3d
#define PH_EP_BLOCK_INFO_B	 0x5f

// Second byte of a block that begins with PH_EP_BLOCK_RESPONSE.
#define PH_EP_BLOCK_ID	    0x22
#define PH_EP_BLOCK_OFFLINE 0x23
#define PH_EP_BLOCK_CLEARED 0x25
#define PH_EP_BLOCK_KEYS    0x72 // f keys: f 40 the last, 41 more are to come

// Bits of the four ASB bytes and of the answers to DLE EOT and GS r.
#define PH_EP_ASB1_FIXED	    0x10
#define PH_EP_ASB1_DRAWER_HIGH	    0x04
#define PH_EP_ASB1_OFFLINE	    0x08
#define PH_EP_ASB1_COVER_OPEN	    0x20
#define PH_EP_ASB1_FEEDING	    0x40
#define PH_EP_ASB2_WAIT_ONLINE	    0x01
#define PH_EP_ASB2_BUTTON	    0x02
#define PH_EP_ASB2_MECHANICAL	    0x04
#define PH_EP_ASB2_CUTTER	    0x08
#define PH_EP_ASB2_UNRECOVERABLE    0x20
#define PH_EP_ASB2_AUTO_RECOVERABLE 0x40
#define PH_EP_ASB3_NEAR_END	    0x03
#define PH_EP_ASB3_END		    0x0c
#define PH_EP_EOT_FIXED		    0x12
#define PH_EP_EOT1_DRAWER_HIGH	    0x04
#define PH_EP_EOT1_OFFLINE	    0x08
#define PH_EP_EOT1_WAIT_ONLINE	    0x20
#define PH_EP_EOT1_BUTTON	    0x40
#define PH_EP_EOT2_COVER_OPEN	    0x04
#define PH_EP_EOT2_FEEDING	    0x08
#define PH_EP_EOT2_PAPER_STOP	    0x20
#define PH_EP_EOT2_ERROR	    0x40
#define PH_EP_EOT3_MECHANICAL	    0x04
#define PH_EP_EOT3_CUTTER	    0x08
#define PH_EP_EOT3_UNRECOVERABLE    0x20
#define PH_EP_EOT3_AUTO_RECOVERABLE 0x40
#define PH_EP_EOT4_NEAR_END	    0x0c
#define PH_EP_EOT4_END		    0x60
#define PH_EP_GSR1_NEAR_END	    0x03
#define PH_EP_GSR1_END		    0x0c
#define PH_EP_GSR2_DRAWER_HIGH	    0x01

#endif
