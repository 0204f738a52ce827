// Words for what records of the journal are, and the table of what they may become; who moves them is in the other files.
#include "daemon/journal/record_states.h"

const char *ph_record_kind_name(enum ph_record_kind kind)
{
	static const char *const names[PH_RECORD_KIND_COUNT_] = {"request", "reversal",
		"completion", "sale_deferred", "refund_deferred", "emv_offline_tc", "voice"};

	return (unsigned)kind < PH_RECORD_KIND_COUNT_ ? names[kind] : "unknown";
}

const char *ph_record_state_name(enum ph_record_state state)
{
	static const char *const names[PH_RECORD_STATE_COUNT_] = {"intent", "stored", "held",
		"queued", "sending", "retry_wait", "unsure", "approved", "partial", "declined",
		"referred", "rejected", "abandoned", "reversed", "voided", "expired", "settled",
		"refused"};

	return (unsigned)state < PH_RECORD_STATE_COUNT_ ? names[state] : "unknown";
}

const char *ph_family_name(enum ph_family family)
{
	static const char *const names[PH_FAMILY_COUNT_] = {"none", "stand_in", "advice"};

	return (unsigned)family < PH_FAMILY_COUNT_ ? names[family] : "unknown";
}

enum ph_family ph_record_family(enum ph_record_kind kind)
{
	switch (kind) {
	case PH_RECORD_SALE_DEFERRED:
	case PH_RECORD_REFUND_DEFERRED:
		return PH_FAMILY_STAND_IN;
	case PH_RECORD_OFFLINE_TC:
	case PH_RECORD_VOICE:
		return PH_FAMILY_ADVICE;
	case PH_RECORD_REQUEST:
	case PH_RECORD_REVERSAL:
	case PH_RECORD_COMPLETION:
	case PH_RECORD_KIND_COUNT_:
		break;
	}
	return PH_FAMILY_NONE;
}

#define TO(state) (1u << PH_RECORD_##state)
#define DECIDED	  (TO(APPROVED) | TO(PARTIAL) | TO(DECLINED) | TO(REFERRED) | TO(REJECTED))

bool ph_record_may_become(enum ph_record_state from, enum ph_record_state to)
{
	static const unsigned next[PH_RECORD_STATE_COUNT_] = {
		[PH_RECORD_INTENT] = DECIDED | TO(ABANDONED),
		[PH_RECORD_STORED] = TO(HELD) | TO(QUEUED) | TO(SENDING) | TO(VOIDED) | TO(EXPIRED),
		/* some had been sent before they were held: these are abandoned, not void */
		[PH_RECORD_HELD] = TO(QUEUED) | TO(VOIDED) | TO(EXPIRED) | TO(ABANDONED),
		[PH_RECORD_QUEUED] =
			TO(HELD) | TO(SENDING) | TO(VOIDED) | TO(EXPIRED) | TO(ABANDONED),
		[PH_RECORD_SENDING] =
			DECIDED | TO(RETRY_WAIT) | TO(UNSURE) | TO(HELD) | TO(ABANDONED),
		[PH_RECORD_RETRY_WAIT] =
			TO(HELD) | TO(SENDING) | TO(VOIDED) | TO(EXPIRED) | TO(ABANDONED),
		[PH_RECORD_UNSURE] = TO(SENDING) | TO(ABANDONED),
		[PH_RECORD_APPROVED] = TO(SETTLED) | TO(ABANDONED),
		[PH_RECORD_PARTIAL] = TO(SETTLED) | TO(ABANDONED),
		[PH_RECORD_REJECTED] = TO(QUEUED), /* a reversal, once what was wrong is mended */
		[PH_RECORD_ABANDONED] = TO(REVERSED),
		[PH_RECORD_EXPIRED] = TO(VOIDED),
	};

	if ((unsigned)from >= PH_RECORD_STATE_COUNT_ || (unsigned)to >= PH_RECORD_STATE_COUNT_)
		return false;
	return from == to || next[from] & 1u << to;
}

bool ph_record_may_begin(enum ph_record_state state)
{
	return state == PH_RECORD_INTENT || state == PH_RECORD_STORED || state == PH_RECORD_HELD ||
	       state == PH_RECORD_QUEUED || state == PH_RECORD_REFUSED;
}

bool ph_record_may_come_again(enum ph_record_state state)
{
	return state == PH_RECORD_DECLINED || state == PH_RECORD_REFERRED ||
	       state == PH_RECORD_REJECTED || state == PH_RECORD_EXPIRED;
}
