// The queue of commands that a scanner answers: one at a time, again when it cannot now, given up in time.
#include "drivers/scanner-hid/scanner_hid.h"

#include <errno.h>
#include <string.h>

static struct ph_hidscan_commands *queue_of(struct ph_device *device)
{
	return &((struct ph_hidscan *)ph_device_state(device))->commands;
}

static void send_first(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	struct ph_hidscan_commands *queue = &state->commands;
	struct ph_hidscan_command *first = &queue->rows[0];

	if (state->protocol->leaves)
		state->protocol->leaves(device, first);
	/* what the link does not take is lost, as what a scanner does not hear */
	ph_link_write(device, first->report, first->len);
	first->tries--;
	queue->sent = true;
	queue->until_ms = ph_now_ms(device) + first->wait_ms;
}

static void pop(struct ph_hidscan_commands *queue)
{
	queue->count--;
	memmove(queue->rows, queue->rows + 1, queue->count * sizeof queue->rows[0]);
	queue->sent = false;
	queue->until_ms = 0;
}

static void send_next(struct ph_device *device)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (queue->count && !queue->sent && !queue->until_ms)
		send_first(device);
}

int ph_hidscan_ask(struct ph_device *device, const struct ph_hidscan_command *command)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (queue->count == PH_HIDSCAN_COMMANDS_MAX)
		return -EBUSY;
	queue->rows[queue->count++] = *command;
	send_next(device);
	return 0;
}

const struct ph_hidscan_command *ph_hidscan_pending(struct ph_device *device)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	return queue->sent ? &queue->rows[0] : NULL;
}

void ph_hidscan_answered(struct ph_device *device)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (queue->sent)
		pop(queue);
	send_next(device);
}

void ph_hidscan_wait(struct ph_device *device, unsigned ms)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (queue->sent)
		queue->until_ms = ph_now_ms(device) + ms;
}

static void give_up(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	struct ph_hidscan_command command = state->commands.rows[0];

	pop(&state->commands);
	state->protocol->silent(device, &command);
	send_next(device);
}

void ph_hidscan_again(struct ph_device *device)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (!queue->sent)
		return;
	if (!queue->rows[0].tries) {
		give_up(device);
		return;
	}
	queue->sent = false;
	queue->until_ms = ph_now_ms(device) + PH_HIDSCAN_AGAIN_MS;
}

void ph_hidscan_commands_tick(struct ph_device *device, uint64_t now_ms)
{
	struct ph_hidscan_commands *queue = queue_of(device);

	if (!queue->count || !queue->until_ms || now_ms < queue->until_ms)
		return;
	if (queue->rows[0].tries)
		send_first(device);
	else
		give_up(device);
}

uint64_t ph_hidscan_commands_deadline(const struct ph_hidscan_commands *commands)
{
	return commands->count && commands->until_ms ? commands->until_ms : UINT64_MAX;
}
