// Frames that a display answers by 06 or 15: one at a time, again when refused, and what silence means.
#include "drivers/display/display.h"

#include <string.h>

#define EOT	    0x04
#define ETB	    0x17
#define ACK	    0x06
#define NAK	    0x15
#define MS_PER_BYTE 2 /* at 9600 Bd one takes 1.04 ms; the unit may be slower than its line */

static size_t frame_end(const struct ph_display_frames *frames, size_t at)
{
	const uint8_t *end = memchr(frames->bytes + at, ETB, frames->len - at);

	return end ? (size_t)(end - frames->bytes) + 1 : frames->len;
}

static size_t text_end(const struct ph_display_frames *frames, size_t at)
{
	const uint8_t *end = memchr(frames->bytes + at, EOT, frames->len - at);

	return end ? (size_t)(end - frames->bytes) : frames->len;
}

static void stop(struct ph_display_frames *frames)
{
	frames->waiting = false;
	frames->len = frames->next = 0;
	frames->tries = 0;
	frames->due = 0;
}

/* Nothing more can be done with this rendering; what the display shows is not known. */
static void give_up(struct ph_display *display)
{
	stop(&display->frames);
	ph_linedisplay_forget(&display->renderer);
}

static void write_frame(struct ph_display *display)
{
	struct ph_display_frames *frames = &display->frames;
	size_t end = frame_end(frames, frames->frame);

	if (display->way->write(display, frames->bytes + frames->frame, end - frames->frame) < 0) {
		give_up(display);
		return;
	}
	/* what went before it is still on its way, too */
	frames->due = ph_now_ms(display->device) + PH_DISPLAY_ANSWER_MS + MS_PER_BYTE * end;
	frames->waiting = true;
	frames->next = end;
}

/* Text up to the next frame, and that frame; without one the rendering is done. */
static void go_on(struct ph_display *display)
{
	struct ph_display_frames *frames = &display->frames;
	size_t end = text_end(frames, frames->next);

	if (end > frames->next && display->way->write(display, frames->bytes + frames->next,
					  end - frames->next) < 0) {
		give_up(display);
		return;
	}
	frames->next = frames->frame = end;
	if (end < frames->len) {
		write_frame(display);
		return;
	}
	stop(frames);
	if (display->dirty)
		ph_display_refresh(display);
}

void ph_display_frames_send(struct ph_display *display, const uint8_t *data, size_t len)
{
	struct ph_display_frames *frames = &display->frames;

	stop(frames);
	memcpy(frames->bytes, data, len);
	frames->len = len;
	go_on(display);
}

static void try_again(struct ph_display *display)
{
	display->frames.waiting = false;
	write_frame(display);
}

/* A unit that has never answered is one that does not answer; it gets the rest without being waited for. */
static void fall_mute(struct ph_display *display)
{
	struct ph_display_frames *frames = &display->frames;
	size_t from = frames->frame, len = frames->len - from;
	uint8_t rest[PH_DISPLAY_FRAMES_MAX];

	ph_emit_log(display->device, PH_LOG_INFO,
		"the display answers nothing; it is not waited for (ack = none says so at once)");
	frames->mute = true;
	memcpy(rest, frames->bytes + from, len);
	stop(frames);
	if (display->way->write(display, rest, len) < 0)
		ph_linedisplay_forget(&display->renderer);
	if (display->dirty)
		ph_display_refresh(display);
}

static void fall_silent(struct ph_display *display)
{
	struct ph_display_frames *frames = &display->frames;

	give_up(display);
	frames->pause_ms = frames->pause_ms ? frames->pause_ms * 2 : PH_DISPLAY_PAUSE_MS;
	if (frames->pause_ms > PH_DISPLAY_PAUSES_MS)
		frames->pause_ms = PH_DISPLAY_PAUSES_MS;
	frames->due = ph_now_ms(display->device) + frames->pause_ms;
	frames->silent = true;
	ph_device_not_ready(display->device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING),
		"the display has stopped answering");
}

void ph_display_frames_answer(struct ph_display *display, uint8_t byte)
{
	struct ph_display_frames *frames = &display->frames;

	if (!frames->waiting || (byte != ACK && byte != NAK))
		return;
	frames->heard = true;
	if (byte == NAK && ++frames->tries < PH_DISPLAY_TRIES) {
		try_again(display);
		return;
	}
	if (byte == NAK) {
		ph_emit_log(display->device, PH_LOG_WARNING,
			"the display refuses a command; is its set the right one?");
		give_up(display);
		if (display->dirty)
			ph_display_refresh(display);
		return;
	}
	if (frames->pause_ms)
		ph_device_ready(display->device);
	frames->pause_ms = 0;
	frames->waiting = false;
	frames->tries = 0;
	frames->due = 0;
	go_on(display);
}

void ph_display_frames_tick(struct ph_display *display, uint64_t now)
{
	struct ph_display_frames *frames = &display->frames;

	if (!frames->due || frames->due > now)
		return;
	frames->due = 0;
	if (frames->silent) {
		frames->silent = false;
		ph_linedisplay_forget(&display->renderer);
		ph_display_refresh(display);
	} else if (frames->waiting && ++frames->tries < PH_DISPLAY_TRIES) {
		try_again(display);
	} else if (frames->waiting && !frames->heard) {
		fall_mute(display);
	} else if (frames->waiting) {
		fall_silent(display);
	}
}
