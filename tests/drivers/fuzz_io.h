/* A host in memory for fuzz targets: swallows what is sent, keeps time by hand. */
#ifndef PH_TESTS_DRIVERS_FUZZ_IO_H
#define PH_TESTS_DRIVERS_FUZZ_IO_H

#include "drivers/host/device.h"

#include <stdint.h>

extern uint64_t fuzz_now_ms, fuzz_timer_at;
extern size_t fuzz_queued;
extern const uint8_t *fuzz_descriptor; /* of the link; NULL: it is none of HID */
extern size_t fuzz_descriptor_len;
extern unsigned fuzz_jobs; /* accepted and not ended */
extern const struct ph_device_io fuzz_io;

/* Lets a timer that is due run. */
void fuzz_advance(struct ph_device *device, unsigned ms);

#endif
