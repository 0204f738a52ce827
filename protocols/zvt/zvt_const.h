/*
 * Numbers of the ZVT protocol between a cash register (ECR) and a payment terminal (PT).
 *
 * Sources: ZVT protocol, interface between payment terminal and electronic cash register: PA00P015 revision 13.08 (commands, bitmaps,
 * errors) and PA00P016 revision 04 (transport), published by the association of the terminals' makers.
 */
#ifndef PH_PROTOCOLS_ZVT_ZVT_CONST_H
#define PH_PROTOCOLS_ZVT_ZVT_CONST_H

/* Commands: class << 8 | instruction. */
#define PH_ZVT_STATUS_INFORMATION  0x040f /* PT: the result */
#define PH_ZVT_SET_DATE_TIME_ECR   0x0401
#define PH_ZVT_INTERMEDIATE_STATUS 0x04ff
#define PH_ZVT_STATUS_ENQUIRY	   0x0501
#define PH_ZVT_REGISTRATION	   0x0600
#define PH_ZVT_AUTHORISATION	   0x0601
#define PH_ZVT_LOG_OFF		   0x0602
#define PH_ZVT_BOOK_TIP		   0x060c
#define PH_ZVT_COMPLETION	   0x060f
#define PH_ZVT_TOTALS		   0x0610
#define PH_ZVT_ABORTED		   0x061e /* PT: it ended without effect */
#define PH_ZVT_REPEAT_RECEIPT	   0x0620
#define PH_ZVT_PREAUTH		   0x0622
#define PH_ZVT_PREAUTH_PARTIAL	   0x0623 /* the amount is the part not used */
#define PH_ZVT_PREAUTH_BOOK	   0x0624 /* the amount is the part used */
#define PH_ZVT_PREAUTH_CANCEL	   0x0625
#define PH_ZVT_REVERSAL		   0x0630
#define PH_ZVT_REFUND		   0x0631
#define PH_ZVT_END_OF_DAY	   0x0650
#define PH_ZVT_SEND_OFFLINE	   0x0651
#define PH_ZVT_DIAGNOSIS	   0x0670
#define PH_ZVT_INITIALISATION	   0x0693
#define PH_ZVT_ABORT		   0x06b0
#define PH_ZVT_PRINT_LINE	   0x06d1
#define PH_ZVT_PRINT_BLOCK	   0x06d3
#define PH_ZVT_DISPLAY_TEXT	   0x06e0
#define PH_ZVT_BLOCKED_LIST	   0x06e4
#define PH_ZVT_POSITIVE		   0x8000
#define PH_ZVT_NEGATIVE		   0x8400 /* the low byte says why; 00 is positive, too */

#define PH_ZVT_TCP_PORT		   20007

#define PH_ZVT_RECEIPT_LAST	   9999 /* 0001 follows */

/* Bits of the configuration byte of a registration. */
#define PH_ZVT_CONFIG_ECR_PRINTS_PAYMENT 0x02
#define PH_ZVT_CONFIG_ECR_PRINTS_ADMIN	 0x04
#define PH_ZVT_CONFIG_INTERMEDIATE	 0x08
#define PH_ZVT_CONFIG_ECR_AMOUNT	 0x10
#define PH_ZVT_CONFIG_ECR_ADMIN		 0x20
#define PH_ZVT_CONFIG_PRINT_TEXT	 0x80

/* Bits of the status byte at the end of a registration. */
#define PH_ZVT_NEEDS_INITIALISATION 0x01
#define PH_ZVT_NEEDS_DIAGNOSIS	    0x02
#define PH_ZVT_NEEDS_ACTION	    0x04

/* Bits of the service byte of "repeat receipt". */
#define PH_ZVT_REPEAT_STATUS   0x01
#define PH_ZVT_REPEAT_NO_PRINT 0x02

/* Bitmaps. */
#define PH_ZVT_BMP_SERVICE	  0x03
#define PH_ZVT_BMP_AMOUNT	  0x04
#define PH_ZVT_BMP_TLV		  0x06
#define PH_ZVT_BMP_TRACE	  0x0b
#define PH_ZVT_BMP_TIME		  0x0c
#define PH_ZVT_BMP_DATE		  0x0d
#define PH_ZVT_BMP_SEQUENCE	  0x17
#define PH_ZVT_BMP_TYPE		  0x19
#define PH_ZVT_BMP_PAN		  0x22
#define PH_ZVT_BMP_RESULT	  0x27
#define PH_ZVT_BMP_TERMINAL	  0x29
#define PH_ZVT_BMP_CONTRACT	  0x2a
#define PH_ZVT_BMP_ORIGINAL_TRACE 0x37
#define PH_ZVT_BMP_ATTRIBUTE	  0x3b
#define PH_ZVT_BMP_TEXT		  0x3c
#define PH_ZVT_BMP_CURRENCY	  0x49
#define PH_ZVT_BMP_TOTALS	  0x60
#define PH_ZVT_BMP_RECEIPT	  0x87
#define PH_ZVT_BMP_TURNOVER	  0x88
#define PH_ZVT_BMP_CARD_TYPE	  0x8a
#define PH_ZVT_BMP_CARD_NAME	  0x8b
#define PH_ZVT_BMP_HOST_RESULT	  0xa0
#define PH_ZVT_BMP_DURATION	  0xf0
#define PH_ZVT_BMP_LINE_1	  0xf1

/* Tags of the TLV container. */
#define PH_ZVT_TAG_LINE		0x07
#define PH_ZVT_TAG_ATTRIBUTE	0x09
#define PH_ZVT_TAG_COMMAND	0x0a
#define PH_ZVT_TAG_CHARSET	0x14
#define PH_ZVT_TAG_DISPLAY	0x24
#define PH_ZVT_TAG_PRINT	0x25
#define PH_ZVT_TAG_COMMANDS	0x26
#define PH_ZVT_TAG_CHARSETS	0x27
#define PH_ZVT_TAG_AID		0x43
#define PH_ZVT_TAG_RECEIPT_TYPE 0x1f07
#define PH_ZVT_TAG_CVM		0x1f10
#define PH_ZVT_TAG_ONLINE	0x1f11
#define PH_ZVT_TAG_TECHNOLOGY	0x1f12
#define PH_ZVT_TAG_VENDOR_CODE	0x1f16
#define PH_ZVT_TAG_VENDOR_TEXT	0x1f17
#define PH_ZVT_TAG_IDENTIFIER	0x1f1f
#define PH_ZVT_TAG_CASHBACK	0x1f25
#define PH_ZVT_TAG_LONG_TRACE	0x1f2b

/* Values of PH_ZVT_TAG_CHARSET; 01 to 10 hex are ISO 8859-1 to -16. */
#define PH_ZVT_CHARSET_ASCII	  0x00
#define PH_ZVT_CHARSET_ISO8859_15 0x0f
#define PH_ZVT_CHARSET_UTF8	  0xfe
#define PH_ZVT_CHARSET_CP437	  0xff

/* Attribute of a printed line; the low nibble indents. */
#define PH_ZVT_LINE_LAST	  0x80
#define PH_ZVT_LINE_CENTRED	  0x40
#define PH_ZVT_LINE_DOUBLE_WIDTH  0x20
#define PH_ZVT_LINE_DOUBLE_HEIGHT 0x10
#define PH_ZVT_LINE_FEED	  0xff /* the next byte says how many lines */

/* Some result codes. */
#define PH_ZVT_OK	       0x00
#define PH_ZVT_ABORTED_BY_KEY  0x6c
#define PH_ZVT_NOT_REGISTERED  0x6b
#define PH_ZVT_WRONG_CURRENCY  0x6f
#define PH_ZVT_NOT_POSSIBLE    0x83
#define PH_ZVT_PROTOCOL_ERROR  0x9a
#define PH_ZVT_PLEASE_WAIT     0x9c
#define PH_ZVT_MEMORY_FULL     0xb1
#define PH_ZVT_PRINTER_MISSING 0xcc
#define PH_ZVT_CARD_INSERTED   0xdc
#define PH_ZVT_CARD_STILL_IN   0xe1

/* Serial line. */
#define PH_ZVT_DLE     0x10
#define PH_ZVT_STX     0x02
#define PH_ZVT_ETX     0x03
#define PH_ZVT_ACK     0x06
#define PH_ZVT_NAK     0x15

#define PH_ZVT_T1_MS   200    /* between bytes of a block */
#define PH_ZVT_T2_MS   5000   /* block to ACK */
#define PH_ZVT_T3_MS   5000   /* command to its first answer */
#define PH_ZVT_T4_MS   180000 /* from one sign of life of a running command to the next */
#define PH_ZVT_REPEATS 2      /* of a block that was not acknowledged */

#endif
