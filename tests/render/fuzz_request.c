// Any line as a request: JSON, orders, documents, images and symbols in them, all that answers them.
#include <stdlib.h>
#include <string.h>

#include "render/limits.h"
#include "render/server.h"

/* With whole stacks, by which what cairo loses by itself is known from what is lost here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ph_server server; // keeps its fonts
	struct ph_buf answer = PH_BUF_INIT;
	char *line = malloc(size + 1);

	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	if (ph_server_answer(&server, line, size, &answer) == 0 &&
		(answer.len > PH_DRAW_ANSWER_MAX + 1 || answer.data[answer.len - 1] != '\n'))
		abort();
	ph_buf_done(&answer);
	free(line);
	return 0;
}
