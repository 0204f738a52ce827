/* Numbers of Zebra's Simple Serial Interface. Source: Zebra (Symbol) Simple Serial Interface Programmer's Guide, 72E-40451. */
#ifndef PH_PROTOCOLS_SSI_SSI_CONST_H
#define PH_PROTOCOLS_SSI_SSI_CONST_H

#define PH_SSI_RSM		    0x80 /* management frames */
#define PH_SSI_REQUEST_REVISION	    0xa3
#define PH_SSI_REPLY_REVISION	    0xa4
#define PH_SSI_AIM_OFF		    0xc4
#define PH_SSI_AIM_ON		    0xc5
#define PH_SSI_PARAM_SEND	    0xc6
#define PH_SSI_PARAM_REQUEST	    0xc7
#define PH_SSI_PARAM_DEFAULTS	    0xc8
#define PH_SSI_CMD_ACK		    0xd0
#define PH_SSI_CMD_NAK		    0xd1
#define PH_SSI_FLUSH_QUEUE	    0xd2
#define PH_SSI_CAPABILITIES_REQUEST 0xd3
#define PH_SSI_CAPABILITIES_REPLY   0xd4
#define PH_SSI_START_DECODE	    0xe4 /* soft trigger */
#define PH_SSI_STOP_DECODE	    0xe5
#define PH_SSI_BEEP		    0xe6
#define PH_SSI_LED_ON		    0xe7
#define PH_SSI_LED_OFF		    0xe8
#define PH_SSI_SCAN_ENABLE	    0xe9
#define PH_SSI_SCAN_DISABLE	    0xea
#define PH_SSI_SLEEP		    0xeb
#define PH_SSI_DECODE_DATA	    0xf3
#define PH_SSI_EVENT		    0xf6
#define PH_SSI_IMAGER_MODE	    0xf7 /* 0 decode, 1 still, 2 video */

#define PH_SSI_FROM_SCANNER	    0x00
#define PH_SSI_FROM_HOST	    0x04

#define PH_SSI_RETRANSMIT	    0x01 /* status bits */
#define PH_SSI_MORE		    0x02
#define PH_SSI_PERMANENT	    0x08 /* of PARAM_SEND; its place is from one weak source */

#define PH_SSI_NAK_RESEND	    0x01
#define PH_SSI_NAK_CONTEXT	    0x02
#define PH_SSI_NAK_DENIED	    0x06

#define PH_SSI_BEEP_SHORT_HIGH	    0x00
#define PH_SSI_BEEP_NONE	    0xff /* in PARAM_SEND */

#define PH_SSI_PARAM_NO_READ	    0x5e /* a label "NR" of type 01 where nothing was read */
#define PH_SSI_PARAM_HANDSHAKE	    0x9f
#define PH_SSI_PARAM_PARAMSCAN	    0xec /* programming by bar code */
#define PH_SSI_PARAM_PACKETED	    0xee
#define PH_SSI_PARAM_TIMEOUT	    0xef /* host response time-out */

#define PH_SSI_PACKET_MAX	    257 /* bytes: length, up to 254 more, checksum */
#define PH_SSI_DATA_MAX		    251

#endif
