/*
 * A line display of any command set: the picture that is wanted, the UnifiedPOS model that makes it, the bytes for it, and
 * when to send them. The driver `display` puts it on a link of its own, printer drivers put it behind their printer.
 */
#ifndef PH_DRIVERS_DISPLAY_H
#define PH_DRIVERS_DISPLAY_H

#include "poshal/driver.h"
#include "protocols/linedisplay/model.h"
#include "protocols/linedisplay/render.h"

#define PH_DISPLAY_ANSWER_MS 200 /* for 06 or 15, behind the time the bytes need */
#define PH_DISPLAY_TRIES     3	 /* of a frame that is refused or not answered */
#define PH_DISPLAY_PAUSE_MS                                                                        \
	1000 /* before one that has stopped answering is tried again, doubling up to */
#define PH_DISPLAY_PAUSES_MS  30000 /* this */
#define PH_DISPLAY_FRAMES_MAX 2048  /* bytes of one rendering that wait for answers */
#define PH_DISPLAY_NEWS_MAX   20 /* reports of the rows in a second; further ones wait for its end */
#define PH_DISPLAY_NEWS_MS    1000
#define PH_DISPLAY_IDLE_S     60 /* until the idle text comes, unless said otherwise */

struct ph_display;

/* How bytes get to the display. */
struct ph_display_way {
	/* Returns 0 or a negative errno. */
	int (*write)(struct ph_display *display, const uint8_t *data, size_t len);
	/* Whether it takes no more for now; ph_display_sent() is called once it does. */
	bool (*busy)(struct ph_display *display);
};

/* Frames that are answered by 06 or 15 (DSP800). */
struct ph_display_frames {
	bool wanted;  /* by the set and the options */
	bool mute;    /* this unit has never answered: it is not waited for */
	bool heard;   /* it has answered */
	bool waiting; /* for the answer to the frame at `frame` */
	bool silent;  /* it has stopped answering */
	uint8_t bytes[PH_DISPLAY_FRAMES_MAX];
	size_t len, next, frame;
	unsigned tries, pause_ms;
	uint64_t due; /* 0: never */
};

struct ph_display_idle {
	char rows[PH_DISPLAY_ROWS_MAX][PH_DISPLAY_COLUMNS_MAX * 4 + 1];
	uint8_t attributes[PH_DISPLAY_ROWS_MAX];
	bool set, held, shown;
	unsigned after_ms;
	uint64_t used_at; /* when something was shown last; 0: never */
};

struct ph_display {
	struct ph_device *device;
	const struct ph_display_way *way;
	bool up;    /* the link is there */
	bool dirty; /* changed while the way was busy */
	struct ph_linedisplay model;
	struct ph_linedisplay_renderer renderer;
	struct ph_display_frames frames;
	struct ph_display_idle idle;
	/* reports: the second that is counted, and whether one waits for its end */
	uint64_t news_since;
	unsigned news_count;
	bool news_wait;
};

/*
 * Reads the options (each with `prefix` in front of its name) and what was remembered. `set`: NULL takes the option "set".
 * Returns 0, or -EINVAL after ph_option_refuse().
 */
int ph_display_init(struct ph_display *display, struct ph_device *device,
	const struct ph_display_way *way, const char *prefix, const char *set);

/* The link came: what should be seen is sent from nothing. And went. */
void ph_display_open(struct ph_display *display);
void ph_display_close(struct ph_display *display);

/* The way takes bytes again. */
void ph_display_sent(struct ph_display *display);
void ph_display_receive(struct ph_display *display, const uint8_t *data, size_t len);

/* When ph_display_tick() is due, in ph_now_ms(); 0: never, nothing moves. */
uint64_t ph_display_due(const struct ph_display *display);
void ph_display_tick(struct ph_display *display);

/* As the members of struct ph_display_ops. */
int ph_display_show(struct ph_display *display, const struct ph_display_row *rows, unsigned count,
	int brightness);
int ph_display_line(struct ph_display *display, enum ph_display_method method,
	const struct cJSON *params, struct cJSON *result);

/* Others have written to the display: the next picture starts from nothing. */
void ph_display_forget(struct ph_display *display);

/* Names of protocols/linedisplay/sets.c, ending with NULL, for options. */
extern const char *const ph_display_sets[];

/* Names of the code pages in use, ending with NULL, for ph_display_capabilities. */
#define PH_DISPLAY_PAGES (PH_LINEDISPLAY_PAGES_MAX + 1)
void ph_display_capabilities(const struct ph_display *display, const char *pages[PH_DISPLAY_PAGES],
	struct ph_display_capabilities *ret_capabilities);

/* ---- between the files of the display ---- */

/* output.c: sends what differs, or notes that it is to be sent. */
void ph_display_refresh(struct ph_display *display);
/* Reports the rows: at once, or with a client that writes all the time the newest ones later. */
void ph_display_report(struct ph_display *display);
uint64_t ph_display_report_due(const struct ph_display *display);
void ph_display_report_tick(struct ph_display *display, uint64_t now);
/* The picture as it should be seen now. */
void ph_display_picture(const struct ph_display *display, struct ph_linedisplay_screen *ret_screen);

/* frames.c */
void ph_display_frames_send(struct ph_display *display, const uint8_t *data, size_t len);
void ph_display_frames_answer(struct ph_display *display, uint8_t byte);
void ph_display_frames_tick(struct ph_display *display, uint64_t now);

/* idle.c */
void ph_display_idle_recall(struct ph_display *display);
int ph_display_idle_set(struct ph_display *display, const struct cJSON *params);
void ph_display_idle_hold(struct ph_display *display, bool held);
void ph_display_idle_used(struct ph_display *display); /* something is being shown */
uint64_t ph_display_idle_due(const struct ph_display *display);
void ph_display_idle_tick(struct ph_display *display, uint64_t now);
/* Lays the idle text over a picture while it is shown. */
void ph_display_idle_draw(const struct ph_display *display, struct ph_linedisplay_screen *screen);

/* content.c */
int ph_display_content(const struct ph_display *display, struct cJSON *result);

#endif
