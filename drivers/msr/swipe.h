/*
 * What may leave the process of a stripe reader: the card of a swipe as the object of msr.data or msr.error, by the rules of
 * the configuration. All of it lives in a ph_secret.
 */
#ifndef PH_DRIVERS_MSR_SWIPE_H
#define PH_DRIVERS_MSR_SWIPE_H

#include "poshal/driver.h"
#include "protocols/msr/msr.h"

struct ph_secret;

struct ph_swiper {
	struct ph_secret *secret; /* card and JSON */
	const char *clear;	  /* prefixes, or "" */
	bool on;
	struct ph_msr_settings settings;
};

/* Option `clear_prefixes` of every stripe driver, for its table. */
#define PH_SWIPER_OPTION                                                                           \
	{                                                                                          \
		.name = "clear_prefixes", .type = PH_OPTION_TEXT,                                  \
		.summary = "account numbers of staff and customers that are delivered in clear, "  \
			   "9801,9802; no "                                                        \
			   "payment card may begin so"                                             \
	}

/* Reads the option; -EINVAL after ph_option_refuse() for a prefix that payment cards have, too. -ENOMEM, or what locking failed with. */
int ph_swiper_init(struct ph_swiper *swiper, struct ph_device *device);
void ph_swiper_done(struct ph_swiper *swiper);

/* The driver's enable(). */
int ph_swiper_enable(struct ph_swiper *swiper, const struct ph_msr_settings *settings);

/* Memory for the card that is being read. */
struct ph_msr_card *ph_swiper_card(struct ph_swiper *swiper);

/* Delivers the card, if cards are wanted, and wipes it. */
void ph_swiper_deliver(struct ph_swiper *swiper, struct ph_device *device);

/* Wipes what is there. */
void ph_swiper_wipe(struct ph_swiper *swiper);

#endif
