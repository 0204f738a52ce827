// One request to a gateway as libcurl has it: address, headers, certificates, bytes; what its end means is link_https.c's.
#include "acquirer/link_https.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static size_t on_body(char *out, size_t size, size_t count, void *userdata)
{
	struct request *request = userdata;
	size_t n = request->len - request->taken;

	if (n > size * count)
		n = size * count;
	memcpy(out, request->hidden_body + request->taken, n);
	request->taken += n;
	return n;
}

static size_t on_answer_bytes(char *data, size_t size, size_t count, void *userdata)
{
	struct request *request = userdata;
	size_t n = size * count;

	if (n > PH_JSON_ANSWER_MAX - request->received) {
		request->overflow = true;
		return 0;
	}
	memcpy(request->hidden_answer + request->received, data, n);
	request->received += n;
	return n;
}

/* libcurl would try again on a new connection when an old one dies: not once bytes of a message may have left. */
static curl_socket_t on_open(void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct request *request = userdata;

	if (request_begun(request))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->protocol);
}

static CURLcode on_context(CURL *easy, void *context, void *userdata)
{
	const struct request *request = userdata;

	return ph_tls_apply(request->gateway->tls, context) < 0 ? CURLE_SSL_CERTPROBLEM : CURLE_OK;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	gateway_late(userdata);
	return 0;
}

bool request_begun(const struct request *request)
{
	return request->taken > 0;
}

void request_free(struct request *request)
{
	if (request->easy) {
		curl_multi_remove_handle(request->gateway->curl.multi, request->easy);
		curl_easy_cleanup(request->easy);
	}
	curl_slist_free_all(request->headers);
	request->headers = NULL;
	request->easy = NULL;
	request->deadline = sd_event_source_disable_unref(request->deadline);
	ph_wipe(request->hidden_body, request->len);
	ph_wipe(request->hidden_answer, request->received);
	request->len = request->taken = request->received = 0;
}

static int add_header(struct request *request, const char *name, const char *value)
{
	struct curl_slist *more;
	char text[TOKEN_MAX + 64];

	snprintf(text, sizeof text, "%s%s", name, value);
	more = curl_slist_append(request->headers, text);
	ph_wipe(text, sizeof text);
	if (!more)
		return -ENOMEM;
	request->headers = more;
	return 0;
}

static int add_headers(struct request *request)
{
	const struct gateway *gateway = request->gateway;
	int r = add_header(request, "Content-Type: ", "application/json");

	if (r == 0)
		r = add_header(request, "Accept: ", "application/json");
	if (r == 0)
		r = add_header(request, "Expect:", "");
	if (r == 0 && request->key[0])
		r = add_header(request, "Idempotency-Key: ", request->key);
	if (r == 0 && gateway->hidden_token)
		r = add_header(
			request, "Authorization: Bearer ", ph_secret_memory(gateway->hidden_token));
	return r;
}

/* Pins as libcurl wants them: with a semicolon between. */
static void set_pins(CURL *easy, const char *pins)
{
	char list[PH_TLS_PINS_MAX * (PH_TLS_PIN + 1)];

	if (!*pins)
		return;
	snprintf(list, sizeof list, "%s", pins);
	for (char *at = list; (at = strchr(at, ' '));)
		*at = ';';
	curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, list);
}

/* Nothing of the environment or of a redirection leads elsewhere, and nothing is sent again by itself. */
static void set_safety(struct request *request)
{
	const struct ph_acquirer_config *config = request->gateway->setup.config;
	CURL *easy = request->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, request);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
	set_pins(easy, config->tls_pin);
}

static void set_message(struct request *request)
{
	CURL *easy = request->easy;

	/* without a way to rewind: what has been handed over once is never handed over again */
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->len);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, request);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
}

int request_send(struct request *request, const char *action, unsigned timeout_ms)
{
	struct gateway *gateway = request->gateway;
	char url[sizeof gateway->setup.config->url + 20];
	int r;

	request->taken = request->received = 0;
	request->overflow = false;
	request->error[0] = '\0';
	request->easy = curl_easy_init();
	r = request->easy ? add_headers(request) : -ENOMEM;
	if (r == 0)
		r = sd_event_add_time_relative(gateway->setup.event, &request->deadline,
			CLOCK_MONOTONIC, (uint64_t)timeout_ms * 1000, 1000, on_deadline, request);
	if (r >= 0) {
		snprintf(url, sizeof url, "%s/%s", gateway->setup.config->url, action);
		curl_easy_setopt(request->easy, CURLOPT_URL, url);
		set_safety(request);
		set_message(request);
		if (curl_multi_add_handle(gateway->curl.multi, request->easy) != CURLM_OK)
			r = -ENOMEM;
	}
	if (r < 0)
		request_free(request);
	return r < 0 ? r : 0;
}

/* The certificate is good, and still it is not the gateway's. */
static const char *other_trouble(CURLcode result)
{
	switch ((int)result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "the name in `url` is not known: check it, and this machine's name servers";
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return "the host's public key is none of `tls_pin`: add it if the acquirer has "
		       "announced it";
	case CURLE_WRITE_ERROR:
		return "the gateway's answer is too long";
	default:
		return NULL;
	}
}

void request_explain(struct request *request, CURLcode result, char why[PH_LINK_WHY_SIZE])
{
	const char *text = other_trouble(result);
	long verify = X509_V_OK;
	char words[PH_TLS_WHY_SIZE];

	curl_easy_getinfo(request->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	if (request_begun(request) &&
		(result == CURLE_COULDNT_CONNECT || result == CURLE_SEND_FAIL_REWIND)) {
		snprintf(why, PH_LINK_WHY_SIZE,
			"the gateway has closed the connection while a message was on its way");
	} else if (text) {
		snprintf(why, PH_LINK_WHY_SIZE, "%s", text);
	} else if (result == CURLE_PEER_FAILED_VERIFICATION) {
		ph_tls_explain(request->gateway->tls,
			verify == X509_V_OK || verify == X509_V_ERR_UNSPECIFIED
				? X509_V_ERR_HOSTNAME_MISMATCH
				: verify,
			0, words);
		snprintf(why, PH_LINK_WHY_SIZE, "%s", words);
	} else if (result == CURLE_SSL_CONNECT_ERROR && !request->error[0]) {
		ph_tls_explain(request->gateway->tls, X509_V_OK, 0, words);
		snprintf(why, PH_LINK_WHY_SIZE, "%s", words);
	} else {
		snprintf(why, PH_LINK_WHY_SIZE, "%s",
			request->error[0] ? request->error : curl_easy_strerror(result));
	}
}
