/*
 * Whether a sale may stand without the host: one pure function of what the merchant allows, what has been accepted already and
 * the sale itself. It reads no clock, file or journal and changes nothing, so payment.explain runs the very same code dry.
 *
 * The rules are the rows of one table. The first one that says no is named, by the key of section [offline] that holds its limit,
 * or by a word where no limit is meant ("host_up"). Nobody's wish raises a limit but one: a sale that an operator answers for
 * may be larger (max_sale_forced), never the total, the number or the time.
 *
 * What a rule cannot know yet (no card has been read) does not say no: the answer is then "as far as is known".
 */
#ifndef PH_DAEMON_PAYMENTS_OFFLINE_POLICY_H
#define PH_DAEMON_PAYMENTS_OFFLINE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_OFFLINE_BINS_MAX   64	  /* rows of a list of account number ranges */
#define PH_OFFLINE_HOLD_MAX_S (24 * 3600) /* the longest hold_s */
#define PH_OFFLINE_BIN_MAX    6	  /* digits of such a row: poshald knows no more of a card */
#define PH_OFFLINE_TEXT_SIZE  160 /* bytes of a verdict's sentence */

enum ph_offline_wish { PH_OFFLINE_REFUSE, PH_OFFLINE_ALLOW, PH_OFFLINE_FORCE };

/* How the cardholder was verified. */
enum ph_offline_cvm {
	PH_CVM_UNKNOWN, /* no card yet */
	PH_CVM_NONE,
	PH_CVM_SIGNATURE,
	PH_CVM_OFFLINE_PIN,
	PH_CVM_ONLINE_PIN, /* cannot be stored: a PIN block is never kept */
	PH_CVM_FAILED,
};

/* What data authentication has shown. */
enum ph_offline_oda { PH_ODA_UNKNOWN, PH_ODA_NONE, PH_ODA_FAILED, PH_ODA_STATIC, PH_ODA_DYNAMIC };

enum ph_offline_entry {
	PH_ENTRY_UNKNOWN,
	PH_ENTRY_CHIP,
	PH_ENTRY_CONTACTLESS,
	PH_ENTRY_STRIPE,
	PH_ENTRY_MANUAL,
	PH_ENTRY_COUNT_
};

/* Account number ranges, each 1 to PH_OFFLINE_BIN_MAX digits. */
struct ph_offline_bins {
	char rows[PH_OFFLINE_BINS_MAX][PH_OFFLINE_BIN_MAX + 1];
	size_t count;
};

/* Section [offline]. Amounts in minor units of `currency`; times in seconds. */
struct ph_offline_limits {
	bool enabled;
	bool knows_pci_scope; /* `i_understand_pci_scope`: not enabled without it */
	char currency[4];
	int64_t max_sale, max_sale_pin, max_sale_no_cvm, max_sale_forced;
	int64_t max_total; /* refunds count as if they were sales */
	uint32_t max_count;
	uint32_t max_accept_s; /* since the last answer of the host */
	uint32_t card_count;   /* sales of one card within card_window_s; 0: any number */
	int64_t card_total;    /* their sum */
	uint32_t card_window_s;
	uint32_t forward_s; /* how long a record may wait; a card has to be good for so long */
	unsigned entries;   /* 1u << enum ph_offline_entry */
	bool no_cvm, signature;
	bool need_oda,
		static_oda; /* whether data authentication must have gone well, and whether SDA will do */
	bool refunds;
	struct ph_offline_bins bins_allowed; /* empty: all */
	struct ph_offline_bins bins_denied;
	unsigned warn_percent[3]; /* ascending, 1 to 100; 0: not used */
	uint32_t random_online;	  /* one sale in so many asks a host that is away; 0: none */
	/* of what is accepted, until the host has it: */
	uint32_t
		hold_s; /* it may be changed or void for so long before it leaves; 0: it may leave at once */
	uint32_t tip_percent;	 /* that may be added meanwhile */
	uint32_t forward_rate;	 /* messages a second; 0: as many as the host takes */
	uint32_t forward_window; /* with the host at once, 1 to 8 */
};

/* Off, with the limits that hold once it is switched on. */
void ph_offline_limits_init(struct ph_offline_limits *limits);

/* What stands without the host already, and what is known of the way to it. */
struct ph_offline_exposure {
	int64_t total; /* minor units, refunds positive */
	uint32_t count;
	int64_t since_host_s; /* since its last answer; -1: it has never answered */
	bool host_up;	      /* it answers: nothing needs to stand without it */
	bool forced;	      /* an operator has said to work without it */
	bool journal_sick;    /* writing or checking it has failed */
	bool clock_suspect;   /* the clock was set, and ages cannot be trusted */
	bool no_key;	      /* nothing to seal account data with */
	bool no_terminal;     /* nobody has said how the host knows this till */
};

/* Of this card within card_window_s. */
struct ph_offline_card {
	const char *first_digits; /* PH_OFFLINE_BIN_MAX of the account number; NULL: no card yet */
	uint32_t count;
	int64_t total;
	bool untold;	   /* there is one, and the reader does not say what is known of it */
	bool unrecognised; /* whether it was used before cannot be known */
	bool denied;	   /* on the merchant's list */
	bool deny_unknown; /* whether it is could not be looked up */
	bool expires_soon; /* before forward_s is over, or expired */
};

struct ph_offline_sale {
	int64_t amount; /* 1 to PH_PAYMENT_AMOUNT_MAX */
	const char *currency;
	bool refund;
	bool advice; /* the card has approved it: the exposure is that of such, and what is about stand-in does not count */
	enum ph_offline_wish wish;
	bool answered_for; /* FORCE with grant, operator and reason */
	enum ph_offline_entry entry;
	enum ph_offline_cvm cvm;
	enum ph_offline_oda oda;
	struct ph_offline_card card;
};

struct ph_offline_verdict {
	bool yes;
	const char *limit;		 /* which said no: "max_total"; NULL with yes */
	char text[PH_OFFLINE_TEXT_SIZE]; /* why, and what to do; a sentence for people */
	unsigned warn; /* with yes: the highest of warn_percent that this sale reaches; 0: none */
	int64_t left_total; /* what may still be accepted before this sale, minor units, 0 and more */
	uint32_t left_count;
	int64_t left_s; /* how long, in seconds; 0: no longer */
};

void ph_offline_decide(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale,
	struct ph_offline_verdict *ret_verdict);

/* What is used of a limit, 0 to 100 per cent; the highest of warn_percent that is reached by so many, or 0. */
unsigned ph_offline_percent(int64_t part, int64_t whole);
unsigned ph_offline_warn_at(const struct ph_offline_limits *limits, unsigned percent);

/* What is left of a limit: 0 where it is passed, too. */
static inline int64_t ph_offline_left(int64_t allowed, int64_t used)
{
	return allowed > used ? allowed - used : 0;
}

/* ---- the same at length, for people ---- */

/* A limit with a number: amounts in minor units, times in seconds; `left` 0 and more, before this sale. */
struct ph_offline_use {
	const char *limit;
	int64_t allowed, used, left;
};
#define PH_OFFLINE_USES 6

/* How many were written, at most PH_OFFLINE_USES; those of the card only where one is known. */
size_t ph_offline_uses(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale,
	struct ph_offline_use ret_uses[PH_OFFLINE_USES]);

/* Of the rules that say no the next one from `*at` on, which begins at 0; NULL: there are no more. */
const char *ph_offline_next_no(const struct ph_offline_limits *limits,
	const struct ph_offline_exposure *exposure, const struct ph_offline_sale *sale, size_t *at,
	const char **ret_text);

/* "contactless"; _UNKNOWN for what is no such word. */
enum ph_offline_entry ph_offline_entry_of(const char *word);

#endif
