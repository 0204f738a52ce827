/*
 * The keyboard layout a scanner is set to, with the state of its shift keys, by libxkbcommon. The library is loaded with the
 * first layout, so that processes of other devices do not carry it, and measured against an executable of its own that is
 * the cheaper way: about 350 KiB in the process of a wedge scanner, nothing in others, and no second program in memory.
 *
 * Sources: xkbcommon's documentation; Linux input event codes (the code of a key in XKB is 8 more); X.Org's compose table of
 * en_US.UTF-8 for dead keys.
 */
#ifndef PH_DRIVERS_SCANNER_WEDGE_LAYOUT_H
#define PH_DRIVERS_SCANNER_WEDGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_LAYOUT_NAME_MAX   64 /* bytes of "de(nodeadkeys)" */
#define PH_LAYOUT_CHARACTERS 2	/* of one key at most */

struct ph_layout;

/*
 * `name` as XKB writes it: "us", "de", "de(nodeadkeys)". Returns 0; -EINVAL for no such layout; -ENOSYS without the library;
 * -ENOMEM; the reason in why[].
 */
int ph_layout_new(const char *name, struct ph_layout **ret_layout, char *why, size_t why_size);
void ph_layout_free(struct ph_layout *layout);

/* No key is down, NumLock is on. -ENOMEM, and the state is what it was. */
int ph_layout_reset(struct ph_layout *layout);

/*
 * A key was pressed or released (KEY_A ...). Writes the characters it makes: none for releases, shift keys and dead keys; two
 * when a dead key and what follows it make no character together. Returns how many.
 */
int ph_layout_key(
	struct ph_layout *layout, uint16_t code, bool pressed, uint32_t out[PH_LAYOUT_CHARACTERS]);

/* Whether Ctrl is held. */
bool ph_layout_ctrl(const struct ph_layout *layout);

#endif
