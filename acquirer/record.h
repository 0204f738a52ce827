/*
 * What poshald asks: the record it wrote down before, read from JSON and checked (docs/acquirer-protocol.md). Nothing in it is
 * account data but what is sealed.
 */
#ifndef PH_ACQUIRER_RECORD_H
#define PH_ACQUIRER_RECORD_H

#include "poshal/limits.h"
#include "protocols/iso8583/dialect.h"
#include "protocols/sealed/sealed.h"

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

#define PH_RECORD_WHY_SIZE   160
#define PH_RECORD_AMOUNT_MAX 999999999999ULL

enum ph_action { PH_AUTHORIZE, PH_REFUND, PH_COMPLETE, PH_ADVISE, PH_REVERSE };

struct ph_record {
	enum ph_action action;
	char payment[PH_NAME_MAX + 1];
	enum ph_iso_type type;
	uint64_t amount, cashback; /* minor units */
	char currency[4];
	unsigned currency_number;
	char stan[7], rrn[13], transmission[11], local_time[7], local_date[5];
	enum ph_iso_entry entry;
	enum ph_iso_pin pin;
	int sequence; /* -1: not told */
	uint8_t sealed[PH_SEALED_WRAPPED_MAX + 2], once[PH_SEALED_MAX + 2];
	size_t sealed_len, once_len;
	uint8_t icc[PH_ISO_ICC_BYTES + 2];
	size_t icc_len;
	unsigned timeout_ms; /* 0: what the configuration says */
	/* What the sealed record is bound to: this payment, unless another one is named. */
	char sealed_payment[PH_NAME_MAX + 1];
	uint64_t sealed_amount;
	/* Of a reversal or a completion; approval_code also of an advice. */
	char original_mti[5], original_stan[7], original_transmission[11], approval_code[7];
	enum ph_iso_reason reason;
	char tid[9]; /* whose numbers these are; "": not told */
	bool repeat;
	bool deferred; /* of a request: the merchant has accepted it before */
	/* Of an advice: approved by telephone (with approval_code), or by the chip with this code ("" where none is told). */
	bool voice;
	char arc[3];
};

/* 0, or -EINVAL with the member and what is wrong with it in why[]. */
int ph_record_read(const struct cJSON *params, enum ph_action action, struct ph_record *ret_record,
	char why[PH_RECORD_WHY_SIZE]);

#endif
