/* The part of a replay that is about card readers: the driver records again what is played to it, and that must be the recording. */
#ifndef PH_TESTS_REPLAY_CARD_H
#define PH_TESTS_REPLAY_CARD_H

#include "base/buf.h"
#include "tests/drivers/bench.h"

/* Whether a driver writes its recordings by itself. */
bool replay_is_card(const struct ph_driver *driver);

/*
 * Options with the files they name: of the parameters those beside the recording or else data/emv, signer's key (NAME.pub) and a key
 * to seal with in a folder of their own. Ends the program when there are none.
 */
void replay_card_options(const char *recording, const char **options, size_t count);
void replay_card_clean(void);

/* After bench_prepare(): `lines` gets what the driver records. */
void replay_card_attach(struct bench *bench, struct ph_buf *lines);
/* Before play_line(): what the kernel draws and finds, from the lines "random" and "check", in their order. */
bool replay_card_expect(const char *word, const char *rest);
/* Plays one line; false: it is none of a card reader. */
bool replay_card_line(struct bench *bench, const char *line);
/* `line` is a request, about to be made. */
void replay_card_request(struct bench *bench, const char *line);
void replay_card_flush(struct bench *bench);

/* Takes out of events what differs in each run: the sealed records. */
void replay_card_events(struct ph_buf *events);

#endif
