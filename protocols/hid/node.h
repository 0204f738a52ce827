/*
 * A HID device as packets on a Unix socket (SOCK_SEQPACKET): what an emulated node speaks, and what the thread that waits
 * for libhidapi passes on. Each packet begins with one byte that says what follows.
 */
#ifndef PH_PROTOCOLS_HID_NODE_H
#define PH_PROTOCOLS_HID_NODE_H

#define PH_HID_NODE_DESCRIPTOR 'D' /* device: the report descriptor; comes first, once */
#define PH_HID_NODE_INPUT      'I' /* device: an input report */
#define PH_HID_NODE_ERROR      'E' /* device: an output report could not be written; nothing follows */
#define PH_HID_NODE_OUTPUT     'O' /* host: an output report */
#define PH_HID_NODE_FEATURE    'F' /* host: a feature report to be set */

/* Reports have their id first, 0 where the device uses none. */
#define PH_HID_REPORT_MAX      4096 /* bytes with the id; the kernel takes no longer ones */
#define PH_HID_DESCRIPTOR_MAX  4096 /* bytes; the kernel takes no longer ones */
#define PH_HID_NODE_PACKET_MAX (1 + PH_HID_REPORT_MAX)

#endif
