// Plays a recording back to its driver, on a bench with its own clock, and compares what the driver sends and what it says.
//   replay RECORDING EVENTS [--write]     the form is in drivers/host/record.h; --write makes EVENTS anew
#include "base/buf.h"
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "drivers/registry.h"
#include "tests/drivers/bench.h"
#include "tests/replay/replay_card.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX   20000
#define OPTIONS_MAX 32
#define BYTES_MAX   65536

struct step {
	unsigned long ms;
	const char *word, *rest;
};

struct recording {
	const struct ph_driver *driver;
	const char *connection;
	const char *options[OPTIONS_MAX + 1];
	size_t option_count;
	struct step *steps;
	size_t step_count;
	uint8_t descriptor[BYTES_MAX];
	size_t descriptor_len;
};

struct replay {
	struct recording *recording;
	struct bench bench;
	struct ph_buf expected; /* what the recording's driver sent, as bench_written() shows it */
	struct ph_buf sent;
	struct ph_buf events;
	bool single; /* one byte at a time */
};

static _Noreturn void give_up(const char *what, const char *line)
{
	fprintf(stderr, "replay: %s: %s\n", what, line);
	exit(2);
}

static size_t parse_hex(const char *text, uint8_t out[BYTES_MAX])
{
	size_t len = 0;
	char *end;

	while (*text) {
		unsigned long value = strtoul(text, &end, 16);
		if (end == text || value > 0xff || len == BYTES_MAX)
			give_up("not bytes", text);
		out[len++] = (uint8_t)value;
		text = end + strspn(end, " ");
	}
	return len;
}

static const struct ph_driver *find_driver(const char *name)
{
	for (const struct ph_driver *const *d = ph_drivers; *d; d++)
		if (!strcmp((*d)->name, name))
			return *d;
	if (!strcmp(name, ph_driver_emv_pcsc.name))
		return &ph_driver_emv_pcsc;
	give_up("no such driver", name);
}

/* Takes a line before the first "up" or a step. The text stays where it is. */
static void take_line(struct recording *recording, char *line)
{
	char *rest = line + strcspn(line, " ");

	if (*rest)
		*rest++ = '\0';
	if (!strcmp(line, "driver")) {
		recording->driver = find_driver(rest);
	} else if (!strcmp(line, "connection")) {
		recording->connection = rest;
	} else if (!strcmp(line, "option")) {
		if (recording->option_count == OPTIONS_MAX)
			give_up("too many options", rest);
		recording->options[recording->option_count++] = rest;
	} else {
		struct step *step = &recording->steps[recording->step_count++];
		*step = (struct step){.ms = strtoul(line, NULL, 10), .word = rest};
		rest += strcspn(rest, " ");
		if (*rest)
			*rest++ = '\0';
		step->rest = rest;
		if (!strcmp(step->word, "descriptor") && !recording->descriptor_len)
			recording->descriptor_len = parse_hex(rest, recording->descriptor);
	}
}

static char *read_all(const char *path)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;
	FILE *file = fopen(path, "re");
	char piece[4096];
	size_t n;

	if (!file)
		give_up(strerror(errno), path);
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		ph_buf_add(&text, piece, n);
	fclose(file);
	ph_buf_add_char(&text, '\0');
	return ph_buf_steal(&text);
}

static void parse(struct recording *recording, char *text)
{
	char *line, *rest = text;

	recording->steps = calloc(LINES_MAX, sizeof *recording->steps);
	while ((line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#')
			continue;
		if (recording->step_count == LINES_MAX)
			give_up("too long", line);
		take_line(recording, line);
	}
	if (!recording->driver || !recording->connection || !recording->step_count)
		give_up("no recording", "driver, connection or steps are missing");
}

/* ---- playing ---- */

static bool is_packets(const struct recording *recording)
{
	return recording->descriptor_len || !strncmp(recording->connection, "evdev:", 6) ||
	       replay_is_card(recording->driver);
}

static void collect(struct replay *replay)
{
	ph_buf_add_str(&replay->sent, bench_written(&replay->bench));
	ph_buf_add_str(&replay->events, bench_lines(&replay->bench));
}

static void ask(struct replay *replay, const char *line)
{
	cJSON *message = cJSON_Parse(line);
	const cJSON *method = cJSON_GetObjectItem(message, "method");
	const cJSON *params = cJSON_GetObjectItem(message, "params");
	char *text = params ? cJSON_PrintUnformatted(params) : NULL;

	if (!cJSON_IsString(method))
		give_up("no request", line);
	bench_request(&replay->bench, method->valuestring, text ? text : "{}");
	free(text);
	cJSON_Delete(message);
}

static void expect_bytes(struct replay *replay, const char *hex)
{
	static uint8_t bytes[BYTES_MAX];

	ph_buf_add_str(&replay->expected, bench_show(bytes, parse_hex(hex, bytes)));
}

/* Of a card reader: each line is one the driver records again. */
static void play_card_step(struct replay *replay, const struct step *step)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;
	struct bench *bench = &replay->bench;
	bool down = !strcmp(step->word, "down"), up = !strcmp(step->word, "up");

	ph_buf_printf(&line, "%s%s%s", step->word, *step->rest ? " " : "", step->rest);
	if (!down && !up)
		ph_buf_printf(&replay->expected, "%s\n", line.data);
	if (down || up) {
		replay_card_flush(bench);
		if (down)
			ph_device_link_down(&bench->device, true, 0);
		else
			ph_device_link_up(&bench->device);
	} else if (!strcmp(step->word, "?")) {
		replay_card_request(bench, step->rest);
		ask(replay, step->rest);
	} else if (strcmp(step->word, "random") != 0 && strcmp(step->word, "check") != 0 &&
		   !replay_card_line(bench, line.data)) {
		give_up("not known", step->word);
	}
	ph_buf_reset(&bench->written);
	ph_buf_add_str(&replay->events, bench_lines(bench));
}

static void play_step(struct replay *replay, const struct step *step)
{
	static uint8_t bytes[BYTES_MAX];
	struct bench *bench = &replay->bench;

	if (!strcmp(step->word, "<"))
		bench_feed(bench, bytes, parse_hex(step->rest, bytes), replay->single);
	else if (!strcmp(step->word, ">") || !strcmp(step->word, "feature"))
		expect_bytes(replay, step->rest);
	else if (!strcmp(step->word, "?"))
		ask(replay, step->rest);
	else if (!strcmp(step->word, "down"))
		ph_device_link_down(&bench->device, true, 0);
	else if (!strcmp(step->word, "up"))
		ph_device_link_up(&bench->device);
	else if (strcmp(step->word, "info") != 0 && strcmp(step->word, "descriptor") != 0)
		give_up("not known", step->word);
}

/* The info lines of a USB link as the bench takes them. */
static void add_infos(struct recording *recording)
{
	static char infos[OPTIONS_MAX][128];
	size_t count = 0;

	for (size_t i = 0; i < recording->step_count && count < OPTIONS_MAX; i++) {
		const char *rest = recording->steps[i].rest;
		if (strcmp(recording->steps[i].word, "info") != 0 ||
			recording->option_count == OPTIONS_MAX ||
			(strncmp(rest, "1284_mfg=", 9) != 0 && strncmp(rest, "1284_mdl=", 9) != 0 &&
				strncmp(rest, "usb_id=", 7) != 0))
			continue;
		snprintf(infos[count], sizeof infos[count], "info:%s", rest);
		recording->options[recording->option_count++] = infos[count++];
	}
}

static void play(struct replay *replay)
{
	struct recording *recording = replay->recording;
	size_t first = 0;
	unsigned long ms = 0;

	while (first < recording->step_count && strcmp(recording->steps[first].word, "up") != 0)
		first++;
	if (first == recording->step_count)
		give_up("no recording", "the link is never up");
	ms = recording->steps[first].ms;
	bench_prepare(
		&replay->bench, recording->driver, recording->connection, 0, recording->options);
	replay->bench.descriptor = recording->descriptor_len ? recording->descriptor : NULL;
	replay->bench.descriptor_len = recording->descriptor_len;
	if (replay_is_card(recording->driver))
		replay_card_attach(&replay->bench, &replay->sent);
	ph_device_link_up(&replay->bench.device);
	collect(replay);
	for (size_t i = first + 1; i < recording->step_count; i++) {
		const struct step *step = &recording->steps[i];
		bench_advance(&replay->bench, step->ms > ms ? (unsigned)(step->ms - ms) : 0);
		ms = step->ms > ms ? step->ms : ms;
		if (replay_is_card(recording->driver)) {
			play_card_step(replay, step);
			continue;
		}
		play_step(replay, step);
		collect(replay);
	}
	if (replay_is_card(recording->driver)) {
		replay_card_flush(&replay->bench);
		replay_card_events(&replay->events);
	} else {
		bench_advance(&replay->bench, 60000);
		collect(replay);
	}
	bench_done(&replay->bench);
}

static bool same(const char *what, const char *expected, const char *got)
{
	if (!strcmp(expected, got))
		return true;
	fprintf(stderr, "--- %s, expected\n%s\n--- but\n%s\n", what, expected, got);
	return false;
}

static bool check(struct replay *replay, const char *events)
{
	ph_buf_add_char(&replay->expected, '\0');
	ph_buf_add_char(&replay->sent, '\0');
	ph_buf_add_char(&replay->events, '\0');
	bool right = same("bytes sent", replay->expected.data, replay->sent.data);
	if (events)
		right = same("events", events, replay->events.data) && right;
	return right;
}

static void done(struct replay *replay)
{
	ph_buf_done(&replay->expected);
	ph_buf_done(&replay->sent);
	ph_buf_done(&replay->events);
}

static const char *events_path;
static bool write_events;
static struct recording recording;

static void write_text(const char *path, const struct ph_buf *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fwrite(text->data, 1, text->len, file) < text->len || fclose(file))
		give_up(strerror(errno), path);
}

/* However the bytes are cut, the same must come of them; packets are not cut. */
START_TEST(played_back)
{
	struct replay replay = {.recording = &recording, .single = _i};

	if (replay.single && is_packets(&recording))
		return;
	play(&replay);
	if (write_events && !replay.single)
		write_text(events_path, &replay.events);
	PH_CLEANUP_FREE char *events = read_all(events_path);
	ck_assert_msg(check(&replay, events), "%s is not what came of it", events_path);
	done(&replay);
}
END_TEST

static void prepare_card(struct recording *card, const char *path)
{
	replay_card_options(path, card->options, card->option_count);
	for (size_t i = 0; i < card->step_count; i++)
		replay_card_expect(card->steps[i].word, card->steps[i].rest);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("replay");
	TCase *tc = tcase_create("replay");

	write_events = argc == 4 && !strcmp(argv[3], "--write");
	if (argc < 3 || (argc == 4 && !write_events)) {
		fputs("replay RECORDING EVENTS [--write]\n", stderr);
		return 2;
	}
	events_path = argv[2];
	PH_CLEANUP_FREE char *text = read_all(argv[1]);
	parse(&recording, text);
	add_infos(&recording);
	if (replay_is_card(recording.driver))
		prepare_card(&recording, argv[1]);
	tcase_add_loop_test(tc, played_back, 0, 2);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (replay_is_card(recording.driver))
		replay_card_clean();
	free(recording.steps);
	return failed ? 1 : 0;
}
