/* The inside of the HTTPS link, for its two files: requests, and what is known of the gateway. */
#ifndef PH_ACQUIRER_LINK_HTTPS_H
#define PH_ACQUIRER_LINK_HTTPS_H

#include "acquirer/curl_loop.h"
#include "acquirer/link.h"
#include "acquirer/message_json.h"
#include "acquirer/tls.h"
#include "base/secret.h"

#define GATEWAY_PAUSE_MIN_US 500000ull
#define GATEWAY_PAUSE_MAX_US 30000000ull
#define GATEWAY_ECHO_US	     60000000ull
#define TOKEN_MAX	     1024		     /* bytes */
#define ANSWERS_AT_ONCE	     (PH_LINK_IN_FLIGHT + 1) /* one for echo messages */

struct gateway;

enum request_kind { ABOUT_RECORD, ABOUT_TOTALS, ECHO };

/* A request on its way. */
struct request {
	struct gateway *gateway;
	CURL *easy; /* NULL: free */
	struct curl_slist *headers;
	enum request_kind kind;
	const char *message; /* "authorize" */
	uint64_t ticket, since_us;
	char key[PH_JSON_KEY_SIZE], stan[7], transmission[11];
	uint64_t amount;
	char *hidden_body, *hidden_answer; /* PH_JSON_MESSAGE_MAX, PH_JSON_ANSWER_MAX */
	size_t len, taken, received;
	bool overflow;
	char error[CURL_ERROR_SIZE];
	sd_event_source *deadline;
};

struct gateway {
	struct ph_link link;
	struct ph_link_setup setup;
	struct ph_curl_loop curl;
	struct ph_tls *tls;
	enum ph_link_state state;
	uint64_t state_since_us;
	char reason[PH_LINK_WHY_SIZE];
	bool watched;
	sd_event_source *echo;
	uint64_t pause_us;
	struct request requests[ANSWERS_AT_ONCE]; /* the last is for echo messages */
	struct ph_secret *hidden, *hidden_token;
};

/* https_request.c */

/* Hands a message that is in hidden_body over to libcurl. `action`: the last part of the address. 0, -ENOMEM. */
int request_send(struct request *request, const char *action, unsigned timeout_ms);
void request_free(struct request *request);
/* Its bytes may have left. */
bool request_begun(const struct request *request);
/* Why a transfer failed, in words. */
void request_explain(struct request *request, CURLcode result, char why[PH_LINK_WHY_SIZE]);

/* link_https.c */
void gateway_late(struct request *request);

#endif
