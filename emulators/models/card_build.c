// Makes of an application's objects what a terminal reads: signed data, certificates, records and the file locator.
#include <errno.h>
#include <string.h>

#include "emulators/models/card_internal.h"

#define SIGNED_SFI 2

// Which object lies where. The first record of file 2 is what is signed.
static const struct {
	uint8_t sfi, number;
	uint32_t tag;
} layout[] = {
	{1, 1, 0x57},
	{1, 1, 0x5f20},
	{2, 1, 0x5a},
	{2, 1, 0x5f24},
	{2, 1, 0x5f25},
	{2, 1, 0x5f34},
	{2, 1, 0x5f28},
	{2, 1, 0x9f07},
	{2, 1, 0x5f30},
	{2, 1, 0x9f4a},
	{2, 2, 0x8c},
	{2, 2, 0x8d},
	{2, 2, 0x8e},
	{2, 2, 0x9f08},
	{2, 2, 0x9f42},
	{2, 2, 0x9f44},
	{2, 3, 0x9f0d},
	{2, 3, 0x9f0e},
	{2, 3, 0x9f0f},
	{2, 3, 0x9f49},
	{2, 3, 0x9f14},
	{2, 3, 0x9f23},
	{3, 1, 0x8f},
	{3, 1, 0x9f32},
	{3, 1, 0x92},
	{3, 1, 0x9f47},
	{3, 1, 0x9f48},
	{3, 1, 0x9f2e},
	{3, 1, 0x9f2f},
	{3, 2, 0x90},
	{3, 3, 0x93},
	{3, 3, 0x9f46},
	{3, 4, 0x9f2d},
};

const struct card_object *card_find(const struct card_app *app, uint32_t tag)
{
	for (size_t i = 0; i < app->object_count; i++)
		if (app->objects[i].tag == tag)
			return &app->objects[i];
	return NULL;
}

struct card_bytes card_value(const struct card_app *app, uint32_t tag)
{
	const struct card_object *o = card_find(app, tag);

	return o ? (struct card_bytes){o->value, o->len} : (struct card_bytes){NULL, 0};
}

int card_set(struct card_app *app, uint32_t tag, const void *value, size_t len)
{
	struct card_object *o = NULL;

	for (size_t i = 0; i < app->object_count; i++)
		if (app->objects[i].tag == tag)
			o = &app->objects[i];
	if (len > CARD_VALUE_MAX || (!o && app->object_count == CARD_OBJECTS))
		return -ENOBUFS;
	if (!o)
		o = &app->objects[app->object_count++];
	o->tag = tag;
	o->len = (uint16_t)len;
	if (len)
		memcpy(o->value, value, len);
	return 0;
}

void card_remove(struct card_app *app, uint32_t tag)
{
	for (size_t i = 0; i < app->object_count; i++)
		if (app->objects[i].tag == tag) {
			app->objects[i] = app->objects[--app->object_count];
			return;
		}
}

static void put_object(
	const struct card_app *app, const struct card_object *o, struct card_out *out)
{
	if (app->faults.overlong != o->tag) {
		card_put_tlv(out, o->tag, o->value, o->len);
		return;
	}
	card_put_tag(out, o->tag);
	card_put(out, (uint8_t[]){0x81, 0xf0}, 2);
	card_put(out, o->value, o->len);
}

// The value of a record's template.
static size_t fill(const struct card_app *app, unsigned sfi, unsigned number, uint8_t *value)
{
	struct card_out out = {.data = value, .size = CARD_RECORD_MAX - 4};

	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
		const struct card_object *o = card_find(app, layout[i].tag);
		if (layout[i].sfi != sfi || layout[i].number != number || !o)
			continue;
		put_object(app, o, &out);
		if (app->faults.twice == o->tag)
			put_object(app, o, &out);
	}
	return out.len;
}

static int sign(struct card_app *app)
{
	uint8_t data[CARD_RECORD_MAX + 2];
	size_t len = fill(app, SIGNED_SFI, 1, data);

	if (card_find(app, 0x9f4a)) {
		memcpy(data + len, app->aip, 2);
		len += 2;
	}
	return card_certify(app, &(struct card_bytes){data, len});
}

static void put_record(
	struct card_app *app, unsigned sfi, unsigned number, size_t len, const uint8_t *value)
{
	struct card_record *r = &app->records[app->record_count];
	struct card_out out = {.data = r->data, .size = sizeof r->data};

	card_put_tlv(&out, app->faults.template ? app->faults.template : 0x70, value, len);
	app->record_count++;
	r->sfi = (uint8_t)sfi;
	r->number = (uint8_t)number;
	r->len = (uint16_t)out.len;
}

// A record of templates in templates.
static void put_deep(struct card_app *app)
{
	uint8_t value[CARD_RECORD_MAX];
	unsigned depth = app->faults.deep < 100 ? app->faults.deep : 100;

	for (unsigned i = 0; i < depth; i++) {
		value[2 * i] = 0xa5;
		value[2 * i + 1] = (uint8_t)(2 * (depth - 1 - i));
	}
	put_record(app, 4, 1, 2 * (size_t)depth, value);
}

static int make_records(struct card_app *app)
{
	uint8_t value[CARD_RECORD_MAX];

	for (unsigned sfi = 1; sfi <= 3; sfi++)
		for (unsigned number = 1; number <= 4; number++) {
			size_t len = fill(app, sfi, number, value);
			if (len && app->record_count < CARD_RECORDS - 1)
				put_record(app, sfi, number, len, value);
		}
	if (app->faults.deep)
		put_deep(app);
	for (size_t i = 0; app->faults.truncate && i < app->record_count; i++)
		if (app->records[i].sfi == SIGNED_SFI && app->records[i].number == 1)
			app->records[i].len = (uint16_t)app->faults.truncate;
	return 0;
}

// An entry of the file locator per record: the numbers of a file need not be without gaps.
static int make_locator(struct card_app *app)
{
	uint8_t afl[4 * CARD_RECORDS];

	for (size_t i = 0; i < app->record_count; i++) {
		const struct card_record *r = &app->records[i];
		bool with_signature = r->sfi == SIGNED_SFI && r->number == 1;
		afl[4 * i] = (uint8_t)(r->sfi << 3);
		afl[4 * i + 1] = afl[4 * i + 2] = r->number;
		afl[4 * i + 3] = with_signature;
	}
	if (app->faults.afl_len)
		return card_set(app, 0x94, app->faults.afl, app->faults.afl_len);
	return card_set(app, 0x94, afl, 4 * app->record_count);
}

int card_build(struct card_app *app)
{
	int r = sign(app);

	if (r == 0 && app->faults.static_tampered)
		r = card_set(app, 0x5f30, (uint8_t[]){0x06, 0x01}, 2);
	return r;
}

int card_build_files(struct card_app *app)
{
	int r = make_records(app);

	return r < 0 ? r : make_locator(app);
}
