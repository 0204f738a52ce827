/* The JSON door: JSON-RPC 2.0 lines on the Unix socket RUN/poshal.sock. */
#ifndef PH_DAEMON_DOORS_JSON_DOOR_H
#define PH_DAEMON_DOORS_JSON_DOOR_H

struct ph_daemon;
struct ph_json_door;

/*
 * Listens on the socket systemd handed over, else on RUN/poshal.sock (0660, group poshal where it exists), and sets
 * daemon->json_door. -EADDRINUSE: another poshald answers there. Other errors are those of bind(2).
 */
int ph_json_door_new(struct ph_daemon *daemon, struct ph_json_door **ret_door);

/* Looks up again what each connected application may do, after the access rules changed. Accepts NULL. */
void ph_json_door_refresh_grants(struct ph_json_door *door);

/* Ends all connections; what is queued for them is tried once more. Accepts NULL. */
void ph_json_door_free(struct ph_json_door *door);

#endif
