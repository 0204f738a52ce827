/* Between the parts of the engine: core and handshake (engine.c), status, job, drawer. */
#ifndef PH_DRIVERS_STAR_ENGINE_INTERNAL_H
#define PH_DRIVERS_STAR_ENGINE_INTERNAL_H

#include "drivers/star/engine.h"

/* engine.c */
void star_timer(struct ph_star_engine *engine, enum ph_star_timer timer, unsigned ms); /* 0: off */
void star_handshake(struct ph_star_engine *engine);
void star_sync(struct ph_star_engine *engine);
void star_write_reset(struct ph_star_engine *engine);
uint16_t star_next_id(struct ph_star_engine *engine);

/* engine_status.c */
bool star_able(const struct ph_star_engine *engine);
void star_take_asb(struct ph_star_engine *engine, const struct ph_star_asb *asb);
void star_ask(struct ph_star_engine *engine);
void star_ask_timeout(struct ph_star_engine *engine);
void star_poll(struct ph_star_engine *engine);
void star_plan_poll(struct ph_star_engine *engine);
void star_report_status(struct ph_star_engine *engine);
void star_forget_status(struct ph_star_engine *engine);

/* engine_job.c */
void star_job_step(struct ph_star_engine *engine);
void star_job_lost(struct ph_star_engine *engine, const char *reason);
void star_job_give_back(struct ph_star_engine *engine, const char *reason);
void star_job_counter(struct ph_star_engine *engine, uint8_t s, uint16_t id, uint8_t counter);
void star_job_etb(struct ph_star_engine *engine, uint8_t counter);
void star_job_timeout(struct ph_star_engine *engine);
void star_job_able(struct ph_star_engine *engine, bool able);
void star_job_asked(struct ph_star_engine *engine);
void star_job_cleared(struct ph_star_engine *engine);
bool star_job_waits(const struct ph_star_engine *engine); /* answers of the printer are due */

/* engine_drawer.c */
extern const struct ph_drawer_port_ops star_drawer_ops;

#endif
