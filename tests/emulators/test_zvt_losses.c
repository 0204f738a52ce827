// A sale whose line is cut in and behind each telegram, over TCP and over a serial line, and all that the terminal may have made of it: what is told is what
// its ledger holds, and "uncertain" only where nobody could know.
#include "base/cleanup.h"
#include "tests/emulators/zvt_bed.h"

#include <stdio.h>
#include <string.h>

#define SALE  1234
#define OTHER 1500

/* What happens at the terminal when the line is cut, and for how long it stays cut. */
struct story {
	const char *name;
	enum ph_emu_terminal_alone alone;
	unsigned pace_ms; /* between two things it does: it is still busy when it is asked */
	bool strict;	  /* it undoes what was acknowledged, when the end is not */
	bool keep;	  /* it does not undo what is not acknowledged */
	bool power;	  /* it was power-cycled */
	bool forget;	  /* its journal is empty afterwards */
	unsigned other;	  /* another till's sale of this amount, made at once */
	bool same_later;  /* or one of the same amount, behind the first question */
	bool unseen;	  /* neither side sees the loss */
	unsigned away_ms;
	bool closes; /* the connection, behind each command */
	bool doubt;  /* "uncertain" is what has to be told at times */
};

static const struct story stories[] = {
	{.name = "stops", .away_ms = 1000},
	{.name = "stops and keeps", .keep = true, .away_ms = 1000},
	{.name = "finishes", .alone = PH_EMU_TERMINAL_GOES_ON, .keep = true, .away_ms = 1000},
	{.name = "finishes and undoes", .alone = PH_EMU_TERMINAL_GOES_ON, .away_ms = 1000},
	{.name = "is still busy",
		.alone = PH_EMU_TERMINAL_GOES_ON,
		.pace_ms = 4000,
		.keep = true,
		.away_ms = 1000},
	{.name = "is still busy and undoes",
		.alone = PH_EMU_TERMINAL_GOES_ON,
		.pace_ms = 4000,
		.away_ms = 1000},
	{.name = "undoes late", .alone = PH_EMU_TERMINAL_LATE, .away_ms = 500},
	{.name = "undoes late, a long loss", .alone = PH_EMU_TERMINAL_LATE, .away_ms = 30000},
	{.name = "power", .power = true, .away_ms = 3000},
	{.name = "power and keeps", .power = true, .keep = true, .away_ms = 3000},
	{.name = "undoes what was acknowledged", .strict = true, .away_ms = 1000, .doubt = true},
	{.name = "undoes what was acknowledged, late",
		.alone = PH_EMU_TERMINAL_LATE,
		.strict = true,
		.away_ms = 500,
		.doubt = true},
	{.name = "journal empty", .keep = true, .forget = true, .away_ms = 1000, .doubt = true},
	{.name = "another till", .other = OTHER, .away_ms = 1000, .doubt = true},
	{.name = "another till, kept",
		.other = OTHER,
		.keep = true,
		.away_ms = 1000,
		.doubt = true},
	{.name = "another till, the same amount",
		.same_later = true,
		.away_ms = 1000,
		.doubt = true},
	{.name = "another till, the same amount, kept",
		.same_later = true,
		.keep = true,
		.away_ms = 1000,
		.doubt = true},
	{.name = "closes", .closes = true, .away_ms = 1000},
	{.name = "closes, finishes",
		.alone = PH_EMU_TERMINAL_GOES_ON,
		.closes = true,
		.keep = true,
		.away_ms = 1000},
	{.name = "away for long", .alone = PH_EMU_TERMINAL_GOES_ON, .keep = true, .away_ms = 60000},
};

/* A plug of a serial line is pulled and put back, and nobody sees more than silence. */
static const struct story pulled[] = {
	{.name = "for a moment", .unseen = true, .away_ms = 300},
	{.name = "for a moment, kept", .unseen = true, .keep = true, .away_ms = 300},
	{.name = "for seconds", .unseen = true, .away_ms = 7000},
	{.name = "for seconds, goes on",
		.alone = PH_EMU_TERMINAL_GOES_ON,
		.unseen = true,
		.keep = true,
		.away_ms = 7000},
	{.name = "for a minute", .unseen = true, .away_ms = 60000},
	{.name = "for a minute, undone late",
		.alone = PH_EMU_TERMINAL_LATE,
		.unseen = true,
		.away_ms = 60000},
};

static const char *const no_receipts[] = {"password=123456", "printing=terminal", NULL};
static unsigned uncertains, runs;

static void open_till(const struct story *story, bool serial, const char *const *options)
{
	struct ph_emu_terminal_config config;

	ph_emu_terminal_config_default(&config);
	config.auto_reversal = !story->keep;
	config.alone = story->alone;
	config.strict = story->strict;
	config.pace_ms = story->pace_ms;
	config.closes = story->closes;
	start(serial, &config, options);
	sale(1, 1000);
	ck_assert_msg(approved(), "%s", ending);
	line.to_terminal.bytes = line.to_till.bytes = 0;
}

/* Ours that stand: those of other tills have another amount, or came later. */
static unsigned ours(long other)
{
	unsigned count = held(SALE);

	return count - (other >= 0 && terminal.entries[other].amount == SALE);
}

/* What became of it all while the line was cut. */
static unsigned strike(const struct story *story, long *ret_other)
{
	unsigned booked = held(SALE);

	if (story->power)
		ph_emu_unit_power(&terminal.unit, now_us());
	if (story->power || story->forget)
		booked = held(SALE);
	if (story->forget)
		ph_emu_terminal_forget(&terminal);
	if (story->other) {
		*ret_other = (long)terminal.n_entries;
		ph_emu_terminal_other_till(&terminal, now_us(), story->other);
	}
	return booked;
}

static void check(const struct story *story, long other, unsigned booked)
{
	unsigned have = story->forget ? booked : ours(other);

	if (uncertain()) {
		uncertains++;
		ck_assert_msg(
			story->doubt, "%s: %s, the ledger holds %u", story->name, ending, have);
	} else {
		ck_assert_msg(have == approved(), "%s: %s, the ledger holds %u", story->name,
			ending, have);
	}
	ck_assert_uint_le(have, 1);
}

/* A sale that is cut at a byte of one way; false when the sale is over before that. */
static bool run(
	const struct story *story, bool serial, const char *const *options, bool to_till, size_t at)
{
	long other = -1;
	unsigned booked = 0;

	open_till(story, serial, options);
	(to_till ? &line.to_till : &line.to_terminal)->cut_at = at;
	line.unseen = story->unseen;
	begin("sale", 2, SALE, "");
	for (unsigned passed = 0; passed < 120000 && !line.cut && !ending[0]; passed += 100)
		pass(100);
	bool cut = line.cut;
	if (cut) {
		booked = strike(story, &other);
		pass(story->away_ms);
		line_back();
	}
	if (cut && story->same_later) {
		pass(3000);
		other = (long)terminal.n_entries;
		ph_emu_terminal_other_till(&terminal, now_us(), SALE);
	}
	end();
	line.to_till.cut_at = line.to_terminal.cut_at = ZVT_NEVER;
	runs++;
	if (!cut)
		booked = held(SALE);
	check(story, other, booked);
	/* it stays what it was told, also behind the next sale */
	pass(60000);
	check(story, other, booked);
	bool was = approved();
	if (!uncertain() && !story->forget) {
		sale(3, 1600);
		ck_assert_msg(approved(), "%s, byte %zu to the %s: %s", story->name, at,
			to_till ? "till" : "terminal", ending);
		ck_assert_uint_eq(ours(other), was);
		ck_assert_uint_eq(held(1000), 1);
	}
	stop();
	return cut;
}

static void sweep(const struct story *story, bool serial, const char *const *options, size_t step)
{
	for (int way = 0; way < 2; way++)
		for (size_t at = 0; run(story, serial, options, way, at); at += step)
			ck_assert_uint_lt(at, 4000);
}

/* The same with the other commands. */
static bool run_command(const struct story *story, const struct zvt_command *command, bool serial,
	bool to_till, size_t at)
{
	struct ph_emu_terminal_config config;

	ph_emu_terminal_config_default(&config);
	config.auto_reversal = !story->keep;
	config.alone = story->alone;
	config.pace_ms = story->pace_ms;
	start(serial, &config, no_receipts);
	const char *about = prepare(command);
	line.to_terminal.bytes = line.to_till.bytes = 0;
	(to_till ? &line.to_till : &line.to_terminal)->cut_at = at;
	begin(command->type, 2, command->amount, about);
	for (unsigned passed = 0; passed < 120000 && !line.cut && !ending[0]; passed += 100)
		pass(100);
	bool cut = line.cut;
	if (cut) {
		if (story->power)
			ph_emu_unit_power(&terminal.unit, now_us());
		pass(story->away_ms);
		line_back();
	}
	end();
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(!uncertain() && command->happened() == approved(), "%s, %s: %s",
			story->name, command->type, ending);
		pass(60000);
	}
	stop();
	return cut;
}

START_TEST(other_commands)
{
	const struct zvt_command *command = &commands[_i];

	for (const struct story *story = stories; !story->doubt; story++)
		for (int to_till = 0; to_till < 2; to_till++) {
			for (size_t at = 0; run_command(story, command, false, to_till, at);
				at += 17)
				ck_assert_uint_lt(at, 4000);
			for (size_t at = 0; run_command(story, command, true, to_till, at);
				at += 43)
				ck_assert_uint_lt(at, 4000);
		}
}
END_TEST

START_TEST(tcp)
{
	uncertains = runs = 0;
	sweep(&stories[_i], false, no_receipts, 7);
	ck_assert_uint_gt(runs, 20);
	ck_assert(!stories[_i].doubt || uncertains > 0);
}
END_TEST

START_TEST(serial)
{
	sweep(&stories[_i], true, no_receipts, 17);
}
END_TEST

/* With receipts, which come behind the result. */
START_TEST(printing)
{
	sweep(&stories[_i], false, NULL, 149);
	sweep(&stories[_i], true, NULL, 149);
}
END_TEST

START_TEST(plug_pulled)
{
	sweep(&pulled[_i], true, no_receipts, 11);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt losses");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, tcp, 0, PH_ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, serial, 0, PH_ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, printing, 0, PH_ARRAY_SIZE(stories));
	tcase_add_loop_test(tcase, other_commands, 0, ZVT_COMMANDS);
	tcase_add_loop_test(tcase, plug_pulled, 0, PH_ARRAY_SIZE(pulled));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
