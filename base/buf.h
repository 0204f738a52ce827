/* A byte buffer that grows up to a stated bound and remembers the first failure, for building messages. */
#ifndef PH_BASE_BUF_H
#define PH_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct ph_buf {
	char *data; /* NUL-terminated behind len once anything was added; owned */
	size_t len;
	size_t size;
	size_t max; /* bytes; 0 means no bound */
	int error;  /* 0, -ENOMEM or -E2BIG; once set, additions are ignored */
};

#define PH_BUF_INIT                                                                                \
	(struct ph_buf)                                                                            \
	{                                                                                          \
		0                                                                                  \
	}

void ph_buf_done(struct ph_buf *buf);
void ph_buf_reset(struct ph_buf *buf); /* empties, keeps the memory */

/* Makes room for `more` bytes behind len. Returns 0 or the sticky error. */
int ph_buf_reserve(struct ph_buf *buf, size_t more);

/* Each returns 0 or the sticky error, so that a caller may check once at the end. */
int ph_buf_add(struct ph_buf *buf, const void *data, size_t len);
int ph_buf_add_str(struct ph_buf *buf, const char *text);
int ph_buf_add_char(struct ph_buf *buf, char c);
int ph_buf_printf(struct ph_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As a JSON string with its quotes. `text` must be UTF-8; control characters are escaped. */
int ph_buf_add_json_str(struct ph_buf *buf, const char *text, size_t len);
int ph_buf_add_int(struct ph_buf *buf, int64_t value);
int ph_buf_add_base64(struct ph_buf *buf, const void *data, size_t len);

/* Hands the memory to the caller (free()), or NULL when nothing was added or an error happened. */
char *ph_buf_steal(struct ph_buf *buf);

#endif
