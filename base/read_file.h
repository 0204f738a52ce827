/* Small files as a whole, and the names of files in a folder, with bounds. */
#ifndef PH_BASE_READ_FILE_H
#define PH_BASE_READ_FILE_H

#include <stddef.h>

/*
 * Reads a regular file of at most `max` bytes. `*ret_text` is NUL-terminated behind `*ret_len` bytes and
 * belongs to the caller (free()). Returns 0, -EFBIG when it is larger, -EINVAL when it is not a regular file, or what
 * open() and read() gave.
 */
int ph_read_file(const char *path, size_t max, char **ret_text, size_t *ret_len);

/*
 * Lists the files of `folder` whose name ends in `suffix` (".conf") and does not begin with a dot, as full
 * paths sorted by strcmp(). A folder that does not exist is empty. The list ends with NULL and is freed by
 * ph_list_free(). Returns their number or a negative errno; -E2BIG when there are more than `max`.
 */
int ph_list_files(const char *folder, const char *suffix, size_t max, char ***ret_paths);
void ph_list_free(char **paths);

#endif
