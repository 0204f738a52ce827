/* Between the parts of the engine: core and handshake (engine.c), status, job, drawer. */
#ifndef PH_DRIVERS_ESCPOS_ENGINE_INTERNAL_H
#define PH_DRIVERS_ESCPOS_ENGINE_INTERNAL_H

#include "drivers/escpos/engine.h"

/* engine.c */
void engine_timer(struct ph_engine *engine, enum ph_engine_timer timer, unsigned ms); /* 0: off */
void engine_handshake(struct ph_engine *engine);
void engine_round_done(struct ph_engine *engine);
void engine_write_clear(struct ph_engine *engine);
bool engine_can_clear(const struct ph_engine *engine);
void engine_restarted(struct ph_engine *engine);
void engine_probe(struct ph_engine *engine);
bool engine_has_questions(const struct ph_engine *engine);

/* engine_status.c */
bool engine_able(const struct ph_engine *engine);
void engine_take_asb(struct ph_engine *engine, const struct ph_escpos_asb *asb);
void engine_take_eot(struct ph_engine *engine, uint8_t byte);
void engine_ask(struct ph_engine *engine, unsigned wanted); /* bits 1 << n */
void engine_eot_timeout(struct ph_engine *engine);
void engine_poll(struct ph_engine *engine);
void engine_plan_poll(struct ph_engine *engine);
void engine_report_status(struct ph_engine *engine);
void engine_forget_status(struct ph_engine *engine);
void engine_alive(struct ph_engine *engine);

/* engine_job.c */
/*
 * One QR symbol kept in the printer's memory, never printed. ESC @ and power-off clear that memory, so that asking for its
 * size tells whether the printer is still in the life in which the job began; and whether it knows QR codes at all.
 */
#define PH_ENGINE_MARKER_MAX 32 /* bytes of both */
size_t engine_put_marker(uint8_t *out);
size_t engine_put_marker_query(uint8_t *out);
bool engine_is_marker(const struct ph_escpos_event *event); /* the answer to the query */
void engine_job_step(struct ph_engine *engine);
void engine_job_lost(struct ph_engine *engine, const char *reason);
void engine_job_give_back(struct ph_engine *engine, const char *reason);
void engine_job_event(struct ph_engine *engine, const struct ph_escpos_event *event);
void engine_job_timeout(struct ph_engine *engine);
void engine_job_able(struct ph_engine *engine, bool able);
void engine_job_asked(struct ph_engine *engine);
void engine_job_cleared(struct ph_engine *engine);
bool engine_job_waits(const struct ph_engine *engine); /* answers of the printer are due */

/* engine_drawer.c */
extern const struct ph_drawer_port_ops engine_drawer_ops;

#endif
