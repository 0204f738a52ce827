/*
 * What is needed of multicast DNS to find printers: a question for some services, and the records of answers. Pure; nothing
 * is allocated, and whatever the bytes are, reading them ends.
 *
 * Sources: RFC 1035, 4.1 (messages, compressed names); RFC 2782 (SRV); RFC 6762, 5.1 (one-shot questions, which are answered
 * to the asker alone) and 6.7; RFC 6763 (services and their TXT records).
 */
#ifndef PH_PROTOCOLS_MDNS_MDNS_H
#define PH_PROTOCOLS_MDNS_MDNS_H

#include <stddef.h>
#include <stdint.h>

#define PH_MDNS_MESSAGE_MAX 9000 /* bytes, RFC 6762, 17 */
#define PH_MDNS_QUERY_MAX   512	 /* bytes of a question */
#define PH_MDNS_NAME_MAX    255	 /* bytes of a name as text, without its NUL */

#define PH_MDNS_PORT	    5353

enum ph_mdns_type { PH_MDNS_A = 1, PH_MDNS_PTR = 12, PH_MDNS_TXT = 16, PH_MDNS_SRV = 33 };

/*
 * Writes a question for the PTR records of `count` names ("_ipp._tcp.local"). Returns its bytes; -EINVAL: a label is empty
 * or longer than 63 bytes; -ENOBUFS: more than PH_MDNS_QUERY_MAX.
 */
int ph_mdns_query(const char *const *names, size_t count, uint8_t ret_message[PH_MDNS_QUERY_MAX]);

/* A record. Names are labels with dots between; a dot within a label, and a backslash, have a backslash in front. */
struct ph_mdns_record {
	char name[PH_MDNS_NAME_MAX + 1];
	uint16_t type; /* enum ph_mdns_type, or another one: then nothing but the name */
	char target[PH_MDNS_NAME_MAX + 1]; /* of PTR and SRV */
	uint16_t port;			   /* of SRV */
	uint8_t address[4];		   /* of A */
	const uint8_t *text;		   /* of TXT: in the message */
	size_t text_len;
};

/*
 * The next record of an answer; `*cursor` starts at 0. Returns 1; 0 at the end, or when the message is no answer; -EBADMSG:
 * cut off, or a name that points in a circle or is too long. Records before that are good.
 */
int ph_mdns_next(
	const uint8_t *message, size_t len, size_t *cursor, struct ph_mdns_record *ret_record);

/*
 * The value of a key of a TXT record ("ty"), keys in any case. Returns its bytes, which are the sender's, or -ENOENT.
 */
int ph_mdns_text(const uint8_t *text, size_t len, const char *key, const char **ret_value);

#endif
