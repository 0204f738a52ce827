// Splits the byte stream of an ESC/POS printer into text and commands and runs them; the commands are a
// table in printer_table.c, and what one does is in the file of its subject.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

#define BEL 0x07
#define FF  0x0C
#define CAN 0x18

const struct emu_dialect emu_escpos = {
	.byte = emu_parse,
	.raw = emu_realtime_scan,
	.reset = emu_parse_reset,
	.status_changed = emu_status_changed,
};

// ---- commands a product lacks: a bit for each row of the two tables ----

static bool lacks(const struct ph_emu_printer *p, size_t row)
{
	return p->lacks[row / 8] & 1u << (row % 8);
}

static int row_of(const char *name)
{
	for (size_t i = 0; i < emu_n_commands; i++)
		if (strcmp(emu_commands[i].name, name) == 0)
			return (int)i;
	for (size_t i = 0; i < emu_n_functions; i++)
		if (strcmp(emu_functions[i].name, name) == 0)
			return (int)(emu_n_commands + i);
	return -EINVAL;
}

int emu_lacks_parse(struct ph_emu_printer *p)
{
	const char *list = p->config.lacks;
	char name[32];

	_Static_assert(sizeof p->lacks * 8 >= 256, "a bit for each command");
	while (*list) {
		size_t n = strcspn(list, ",");
		size_t skip = strspn(list, " ");
		size_t len = n > skip ? n - skip : 0;
		while (len > 0 && list[skip + len - 1] == ' ')
			len--;
		snprintf(name, sizeof name, "%.*s", (int)len, list + skip);
		int row = len < sizeof name ? row_of(name) : -EINVAL;
		if (row < 0)
			return row;
		p->lacks[row / 8] |= (uint8_t)(1u << (row % 8));
		list += n + (list[n] == ',');
	}
	return 0;
}

// ---- finding a command ----

static const struct command *find(const struct ph_emu_printer *p, const uint8_t *b)
{
	for (size_t i = 0; i < emu_n_commands; i++)
		if (emu_commands[i].lead == b[0] && emu_commands[i].code == b[1])
			return lacks(p, i) ? NULL : &emu_commands[i];
	return NULL;
}

// the function of a group, NULL when there is none; *ret_lacks when it is known to others only
static const struct function *find_function(
	const struct ph_emu_printer *p, const uint8_t *b, size_t n, bool *ret_lacks)
{
	int first = n > 5 ? b[5] : -2, second = n > 6 ? b[6] : -2;

	*ret_lacks = false;
	for (size_t i = 0; i < emu_n_functions; i++) {
		const struct function *f = &emu_functions[i];
		if (f->lead != b[0] || f->code != b[2])
			continue;
		if ((f->first >= 0 && f->first != first) || (f->second >= 0 && f->second != second))
			continue;
		if (!lacks(p, emu_n_commands + i))
			return f;
		*ret_lacks = true;
		return NULL;
	}
	return NULL;
}

static const char *group_name(const uint8_t *b)
{
	for (size_t i = 0; i < emu_n_functions; i++)
		if (emu_functions[i].lead == b[0] && emu_functions[i].code == b[2])
			return emu_functions[i].name;
	return b[0] == ESC ? "ESC (" : b[0] == FS ? "FS (" : "GS (";
}

void emu_report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name)
{
	struct ph_emu_item *item = emu_item(p, type, name);
	size_t n = p->cmd_len < 16 ? p->cmd_len : 16;

	if (type == PH_EMU_ITEM_UNKNOWN)
		p->counts.unknown++;
	if (!item)
		return;
	item->value = (int)(p->cmd_need < 0x7fffffff ? p->cmd_need : 0x7fffffff);
	item->text = malloc(2 * n + 1);
	for (size_t i = 0; item->text && i < n; i++)
		snprintf(item->text + 2 * i, 3, "%02x", p->cmd[i]);
}

// ---- running it ----

void emu_parse_reset(struct ph_emu_printer *p)
{
	p->mode = PARSE_IDLE;
	p->cmd_len = p->cmd_need = 0;
	p->skip = 0;
	p->multi_len = 0;
	p->nv_write.left = 0;
	p->swallow_lf = false;
}

static void run_group(struct ph_emu_printer *p)
{
	bool lacking;
	const struct function *f = find_function(p, p->cmd, p->cmd_len, &lacking);

	if (f)
		f->run(p, p->cmd, p->cmd_len);
	else if (lacking)
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else
		emu_report(p, PH_EMU_ITEM_CONSUMED, group_name(p->cmd));
}

static void run_known(struct ph_emu_printer *p, const struct command *c)
{
	// a printer that is not selected listens for its selection only
	if (!p->modes.selected && c->code != '=' && c->code != '@')
		return;
	if (c->code == '(')
		run_group(p);
	else if (c->run)
		c->run(p, p->cmd, p->cmd_len);
	else
		emu_report(p, PH_EMU_ITEM_CONSUMED, c->name);
}

static void run_command(struct ph_emu_printer *p)
{
	const struct command *c = p->cmd[0] == DLE ? NULL : find(p, p->cmd);

	p->mode = PARSE_IDLE;
	if (p->cmd[0] != DLE && !c)
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else if (c) // a real-time command was executed when it arrived
		run_known(p, c);
	p->cmd_len = p->cmd_need = 0;
}

static size_t kanji_define_size(const struct ph_emu_printer *p)
{
	switch (p->modes.kanji_face) {
	case PH_EMU_FACE_KANJI_B:
		return 4 + 60;
	case PH_EMU_FACE_KANJI_C:
		return 4 + 32;
	default:
		return 4 + 72;
	}
}

static size_t needed(const struct ph_emu_printer *p)
{
	const uint8_t *b = p->cmd;
	size_t n = p->cmd_len;

	if (n < 2)
		return 2;
	if (b[0] == DLE) {
		size_t size = emu_realtime_size(b, n);
		return size ? size : n;
	}
	const struct command *c = find(p, b);
	if (!c)
		return n;
	if (c->run == emu_run_kanji_define)
		return kanji_define_size(p);
	return c->fixed ? c->fixed : c->size(b, n);
}

static bool make_room(struct ph_emu_printer *p)
{
	if (p->cmd_len < p->cmd_size)
		return true;
	uint8_t *cmd = realloc(p->cmd, p->cmd_size * 2);
	if (!cmd)
		return false;
	p->cmd = cmd;
	p->cmd_size *= 2;
	return true;
}

static void command_byte(struct ph_emu_printer *p, uint8_t byte)
{
	if (!make_room(p)) {
		emu_parse_reset(p);
		return;
	}
	p->cmd[p->cmd_len++] = byte;
	if (p->cmd_len < p->cmd_need)
		return;
	p->cmd_need = needed(p);
	if (p->cmd[0] == DLE && p->cmd_len == 2 && p->cmd_need == 2) {
		// a DLE that starts nothing is ignored, and what follows stands for itself
		p->cmd_len = p->cmd_need = 0;
		p->mode = PARSE_IDLE;
		emu_parse(p, byte);
		return;
	}
	if (p->cmd_len < p->cmd_need && p->cmd_need <= CMD_MAX)
		return;
	if (p->cmd_need > CMD_MAX) {
		p->skip = p->cmd_need - p->cmd_len;
		p->mode = PARSE_SKIP;
		return;
	}
	run_command(p);
}

// a command that is too long to be kept is known by its first bytes only
static void skip_byte(struct ph_emu_printer *p)
{
	if (--p->skip > 0)
		return;
	p->mode = PARSE_IDLE;
	emu_report(p, PH_EMU_ITEM_CONSUMED, "too long");
	p->cmd_len = p->cmd_need = 0;
}

static void control_byte(struct ph_emu_printer *p, uint8_t byte)
{
	bool swallow = p->swallow_lf;

	switch (byte) {
	case '\n':
		p->swallow_lf = false;
		if (!swallow)
			emu_newline(p);
		break;
	case '\r':
		if (p->config.cr_is_lf)
			emu_newline(p);
		break;
	case '\t':
		emu_tab(p);
		break;
	case FF:
		emu_page_finish(p);
		break;
	case CAN:
		emu_page_cancel(p);
		break;
	case BEL:
		emu_item(p, PH_EMU_ITEM_BEEP, "bell");
		break;
	}
	// the other control characters mean nothing
}

static void idle_byte(struct ph_emu_printer *p, uint8_t byte)
{
	switch (byte) {
	case ESC:
	case FS:
	case GS:
	case DLE:
		p->cmd[0] = byte;
		p->cmd_len = 1;
		p->cmd_need = 2;
		p->multi_len = 0;
		p->swallow_lf = false;
		p->mode = PARSE_COMMAND;
		return;
	}
	if (!p->modes.selected)
		return;
	if (byte < 0x20) {
		p->multi_len = 0;
		control_byte(p, byte);
		return;
	}
	p->swallow_lf = false;
	emu_put_byte(p, byte);
}

static void record_macro(struct ph_emu_printer *p, uint8_t byte)
{
	if (!p->macro.recording || p->macro.times_left > 0)
		return;
	if (p->macro.len < sizeof p->macro.bytes) {
		p->macro.bytes[p->macro.len++] = byte;
		return;
	}
	// more than it holds: there is no macro
	p->macro.recording = false;
	p->macro.len = 0;
}

void emu_parse(struct ph_emu_printer *p, uint8_t byte)
{
	record_macro(p, byte);
	switch (p->mode) {
	case PARSE_IDLE:
		idle_byte(p, byte);
		break;
	case PARSE_COMMAND:
		command_byte(p, byte);
		break;
	case PARSE_SKIP:
		skip_byte(p);
		break;
	case PARSE_ROWS:
		emu_raster_byte(p, byte);
		break;
	case PARSE_NV:
		emu_nv_byte(p, byte);
		break;
	case PARSE_KEYS:
		emu_key_answer(p, byte);
		break;
	}
}
