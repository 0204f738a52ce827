// Plays a card and its reader to the driver, which records it anew; comparing the two is left to replay.c.
#include "tests/replay/replay_card.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "drivers/emv-pcsc/emv_pcsc.h"
#include "protocols/emv/session.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOLD_MAX  256 /* lines "random" and "check" of a recording */
#define PATH_MAX_ 512

static struct told {
	bool random;
	struct ph_emv_checked checked;
	uint8_t bytes[16];
	size_t len;
} told[TOLD_MAX];
static size_t told_count, told_at;
static struct ph_buf *recorded;
static struct ph_device_io io;
static int (*bench_write)(struct ph_device *device, const void *data, size_t len);
static char folder[] = "/tmp/replay-XXXXXX", signer[64], seal[64];

static _Noreturn void give_up(const char *what, const char *line)
{
	fprintf(stderr, "replay: %s: %s\n", what, line);
	exit(2);
}

bool replay_is_card(const struct ph_driver *driver)
{
	return driver->record;
}

/* ---- files ---- */

static void write_key(const char *path, const char *base64)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "{\"kid\":\"replay\",\"public_b64\":\"%s\"}", base64) < 0 ||
		fclose(file))
		give_up(strerror(errno), path);
}

static void write_signer(const char *parameters)
{
	char path[PATH_MAX_], text[64] = "";
	FILE *file;

	/* NAME.json and NAME.pub */
	snprintf(path, sizeof path, "%.*s.pub", (int)(strlen(parameters) - strlen(".json")),
		parameters);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%44s", text) != 1)
		give_up("the signer's key is missing", path);
	fclose(file);
	write_key(signer, text);
}

static void write_seal(void)
{
	uint8_t public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
	char text[PH_BASE64_SIZE(sizeof public)];

	crypto_box_keypair(public, secret);
	ph_base64_encode(public, sizeof public, text);
	write_key(seal, text);
}

static void find_parameters(const char *recording, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(recording, '/');

	snprintf(path, size, "%.*s%s", slash ? (int)(slash + 1 - recording) : 0, recording, name);
	if (access(path, R_OK) < 0)
		snprintf(path, size, EMV_DATA "/%s", name);
	if (access(path, R_OK) < 0 || strlen(path) <= strlen(".json"))
		give_up("no such parameters", name);
}

void replay_card_options(const char *recording, const char **options, size_t count)
{
	static char parameters[PATH_MAX_], values[3][PATH_MAX_ + 32];

	if (sodium_init() < 0 || !mkdtemp(folder))
		give_up(strerror(errno), folder);
	snprintf(signer, sizeof signer, "%s/signer.json", folder);
	snprintf(seal, sizeof seal, "%s/seal.json", folder);
	write_seal();
	for (size_t i = 0; i < count; i++) {
		if (!strncmp(options[i], "parameters=", 11)) {
			find_parameters(recording, options[i] + 11, parameters, sizeof parameters);
			write_signer(parameters);
			snprintf(values[0], sizeof values[0], "parameters=%s", parameters);
			options[i] = values[0];
		} else if (!strncmp(options[i], "parameters_key=", 15)) {
			snprintf(values[1], sizeof values[1], "parameters_key=%s", signer);
			options[i] = values[1];
		} else if (!strncmp(options[i], "seal_key=", 9)) {
			snprintf(values[2], sizeof values[2], "seal_key=%s", seal);
			options[i] = values[2];
		}
	}
}

void replay_card_clean(void)
{
	unlink(signer);
	unlink(seal);
	rmdir(folder);
}

/* ---- what the kernel draws and finds ---- */

/* In the order of the recording; nothing more than it has. */
static const struct told *next_told(bool random)
{
	if (told_at == told_count || told[told_at].random != random)
		return NULL;
	return &told[told_at++];
}

static int play_random(void *context, uint8_t *out, size_t len)
{
	const struct told *row = next_told(true);

	if (!row || row->len != len)
		return -ENODATA;
	memcpy(out, row->bytes, len);
	emv_record_random(context, out, len);
	return 0;
}

static void play_checked(void *context, struct ph_emv_checked *checked)
{
	const struct told *row = next_told(false);

	/* a check the recording does not have fails, and is seen by its line */
	if (row && row->checked.check == checked->check)
		*checked = row->checked;
	else
		checked->result = -EBADMSG;
	emv_record_checked(context, checked);
}

static int errno_of(const char *name)
{
	static const int errors[] = {
		EBADMSG, EKEYREJECTED, EKEYEXPIRED, EKEYREVOKED, ENOKEY, EINVAL, ENODATA, ENOMEM};

	for (size_t i = 0; i < PH_ARRAY_SIZE(errors); i++)
		if (!strcmp(strerrorname_np(errors[i]), name))
			return -errors[i];
	if (strcmp(name, "ok") != 0)
		give_up("no result of a check", name);
	return 0;
}

static void expect_check(struct told *row, const char *rest)
{
	char check[16], result[24], hex[40] = "";
	unsigned i = 0;

	if (sscanf(rest, "%15s %23s %39s", check, result, hex) < 2)
		give_up("no check", rest);
	while (i < PH_EMV_CHECK_COUNT_ && strcmp(emv_check_words[i], check) != 0)
		i++;
	int n = ph_emv_hex_read(hex, row->checked.found, sizeof row->checked.found);
	bool combined = i == PH_EMV_CHECK_COMBINED;
	row->checked.result = errno_of(result);
	if (i == PH_EMV_CHECK_COUNT_ || n < 0 || (combined && !row->checked.result && n < 8))
		give_up("no check", rest);
	row->checked.check = (enum ph_emv_check)i;
	row->checked.found_len = (size_t)n;
}

bool replay_card_expect(const char *word, const char *rest)
{
	struct told *row = &told[told_count];
	bool random = !strcmp(word, "random");

	if (!random && strcmp(word, "check") != 0)
		return false;
	if (++told_count > TOLD_MAX)
		give_up("too many checks", rest);
	*row = (struct told){.random = random};
	if (!random) {
		expect_check(row, rest);
		return true;
	}
	int n = ph_emv_hex_read(rest, row->bytes, sizeof row->bytes);
	if (n < 0)
		give_up("not bytes", rest);
	row->len = (size_t)n;
	return true;
}

/* ---- playing ---- */

static void record_line(struct ph_device *device, uint64_t ms, const char *line)
{
	ph_buf_printf(recorded, "%s\n", line);
}

static int link_write(struct ph_device *device, const void *data, size_t len)
{
	device->driver->record->said(device, PH_RECORD_TO_DEVICE, data, len);
	return bench_write(device, data, len);
}

void replay_card_attach(struct bench *bench, struct ph_buf *lines)
{
	struct ph_device *device = &bench->device;
	struct emv_state *state = ph_device_state(device);

	recorded = lines;
	io = *device->io;
	bench_write = io.link_write;
	io.link_write = link_write;
	io.record_line = record_line;
	device->io = &io;
	if (device->driver->record->begin(device) < 0)
		give_up("no memory to record with", strerror(errno));
	state->world.random = play_random;
	state->world.checked = play_checked;
}

bool replay_card_line(struct bench *bench, const char *line)
{
	uint8_t packet[PH_READER_PACKET_MAX];
	bool from_reader;
	int n = ph_emv_line_read(line, &from_reader, packet);

	if (n == -ENOENT)
		return false;
	if (n < 0)
		give_up("not a line of a card reader", line);
	if (from_reader) {
		bench->device.driver->record->said(
			&bench->device, PH_RECORD_FROM_DEVICE, packet, (size_t)n);
		bench_feed(bench, packet, (size_t)n, false);
	}
	return true;
}

void replay_card_request(struct bench *bench, const char *line)
{
	bench->device.driver->record->said(
		&bench->device, PH_RECORD_REQUEST, (const uint8_t *)line, strlen(line));
}

void replay_card_flush(struct bench *bench)
{
	bench->device.driver->record->flush(&bench->device);
}

void replay_card_events(struct ph_buf *events)
{
	static const char *const names[] = {"\"sealed_b64\":\"", "\"once_b64\":\""};

	for (size_t i = 0; i < PH_ARRAY_SIZE(names); i++) {
		char *at = events->data;
		while ((at = memmem(at, events->len - (size_t)(at - events->data), names[i],
				strlen(names[i])))) {
			at += strlen(names[i]);
			size_t left = events->len - (size_t)(at - events->data);
			char *quote = memchr(at, '"', left);
			size_t cut = quote ? (size_t)(quote - at) : left;
			memmove(at, at + cut, left - cut);
			events->len -= cut;
		}
	}
}
