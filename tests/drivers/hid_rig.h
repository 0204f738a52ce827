/* What the tests of HID scanners share: a bench whose link has a report descriptor, reports in and out as hex. */
#ifndef PH_TESTS_DRIVERS_HID_RIG_H
#define PH_TESTS_DRIVERS_HID_RIG_H

#include "bench.h"

#include "tests/protocols/hid_descriptors.h"

/* SCANNER_A without its last byte, with the tunnel FD and the feature FE of composite devices. */
#define TUNNELS "85 FD 75 08 95 3F 26 FF 00 06 00 FF 09 01 91 02 85 FE 95 01 09 02 B1 02 C0"
#define SNAPI                                                                                      \
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 1F 85 21 09 01 81 02 85 22 09 01 81 02 "     \
	"85 24 09 01 81 02 85 27 09 01 81 02 85 01 09 02 91 02 85 0D 09 02 91 02 C0"
#define OEM_TABLE                                                                                  \
	"06 45 FF 0A 00 4A A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 0B 09 02 91 02 C0"
#define OEM_FLASH "06 45 FF 0A 00 A0 A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 C0"
#define OEM_SCALE "06 45 FF 0A 00 6E A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 C0"

extern struct bench bench;
extern struct ph_device_io hid_rig_io; /* of the bench, with feature reports */
extern struct ph_buf hid_rig_features; /* set so far */

/* Brings the driver up with this report descriptor; options as of bench_init(). */
void start(const char *descriptor, const char *const *options);
void finish(void);

/* The cable out and in again; nothing of before is left to be looked at. */
void replug(void);

/* A report of `len` bytes (0: as many as there are) that begins as `text` says. */
void feed(const char *text, size_t len);

void expect_lines(const char *want);

/* What was written: each report of `len` bytes begins with one text of `want`, the rest is zeros. */
void expect_reports(const char *const *want, size_t len);
#define REPORTS(len, ...) expect_reports((const char *const[]){__VA_ARGS__, NULL}, len)

void nothing_sent(void);

#define CAPABILITIES(trigger, beep, enable, symbology)                                             \
	"\"capabilities\":{\"scanner\":{\"symbologies\":[],\"trigger\":" #trigger                  \
	",\"beep\":" #beep ",\"enable\":" #enable ",\"symbology\":" #symbology "}}}\n"
#define READY	   "device.state {\"state\":\"ready\",\"reasons\":[]}\n"
#define GARBLED	   "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}\n"
#define POS_INFO   "device.info {" CAPABILITIES(true, true, true, false)
#define OEM_INFO   "device.info {" CAPABILITIES(false, true, true, true)
#define SNAPI_INFO "device.info {" CAPABILITIES(true, false, true, false)
#define OFFLINE(text)                                                                              \
	"device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],\"message\":\"" text \
	"\"}\n"

/* One EAN-13, the same from each of them but for `data`. */
#define EAN_LINE(data)                                                                             \
	"scanner.data {\"data_b64\":\"" data "\",\"label_b64\":\"OTAwMTQ3NTA2NzkzMw==\","          \
	"\"text\":\"9001475067933\",\"symbology\":\"ean13\",\"upos_type\":104,\"aim\":\"]E0\","    \
	"\"checksum_ok\":true,\"gs1\":[{\"ai\":\"01\",\"title\":\"GTIN\",\"value\":"               \
	"\"09001475067933\"}]}\n"

#endif
