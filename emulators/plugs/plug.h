/* The cable between a model and the program under test: a pseudo terminal or a TCP port. Runs on the
 * caller's sd-event loop, without any timer unless it is paced. */
#ifndef PH_EMULATORS_PLUGS_PLUG_H
#define PH_EMULATORS_PLUGS_PLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#define PH_EMU_URL_MAX 4200u

/* What a plug asks of the model behind it; called from the loop. */
struct ph_emu_plug_ops {
	/* Bytes the model takes now; 0 stops reading until ph_emu_plug_kick(). */
	size_t (*room)(void *userdata);
	void (*input)(void *userdata, const uint8_t *data, size_t len);
	/* Moves bytes for the host out of the model; returns their number. */
	size_t (*output)(void *userdata, uint8_t *out, size_t size);
	/* True while the model works on what it got, so that a host that has closed only its sending
	 * side still gets its answers. */
	bool (*busy)(void *userdata);
	/* A host came or went; only TCP knows. */
	void (*connected)(void *userdata, bool connected);
};

enum ph_emu_plug_kind { PH_EMU_PLUG_PTY, PH_EMU_PLUG_TCP };

struct ph_emu_plug_config {
	enum ph_emu_plug_kind kind;
	const char *path;	   /* pty: where the symbolic link stands */
	uint16_t port;		   /* tcp: 0 lets the kernel choose; kept across unplug and plug */
	bool refuse_second;	   /* tcp: a second client is refused; else it waits its turn */
	unsigned bytes_per_second; /* pacing in each direction; 0 none */
};

struct ph_emu_plug;

/* Plugged in on return. Negative errno of the socket, pty or symlink call. */
int ph_emu_plug_new(sd_event *event, const struct ph_emu_plug_config *config,
	const struct ph_emu_plug_ops *ops, void *userdata, struct ph_emu_plug **ret_plug);
void ph_emu_plug_free(struct ph_emu_plug *plug);

/* Pulls the cable: pty: master closed and link removed; tcp: reset, and the port refuses. */
void ph_emu_plug_out(struct ph_emu_plug *plug);
/* Puts it back, at the same path or port. 0 when it is in already. */
int ph_emu_plug_in(struct ph_emu_plug *plug);
/* Breaks the connection only (tcp: reset; pty: as out and in). */
int ph_emu_plug_reset(struct ph_emu_plug *plug);

/* Changes the pacing; 0 none. Below 100 each byte goes by itself. */
void ph_emu_plug_pace(struct ph_emu_plug *plug, unsigned bytes_per_second);

/* The model can take or has produced bytes. */
void ph_emu_plug_kick(struct ph_emu_plug *plug);

bool ph_emu_plug_is_in(const struct ph_emu_plug *plug);
/* tcp: a host is connected; pty: plugged in */
bool ph_emu_plug_is_connected(const struct ph_emu_plug *plug);
/* "serial:/run/emu/x" or "tcp://127.0.0.1:9100", valid until the plug is freed */
const char *ph_emu_plug_url(const struct ph_emu_plug *plug);

#endif
