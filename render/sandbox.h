// What the process may use, for all its life and for one request.
#ifndef PH_RENDER_SANDBOX_H
#define PH_RENDER_SANDBOX_H

// Gives up what is not needed: new privileges, memory and files beyond the limits, core dumps, and, where the kernel has
// Landlock, every file but fonts. Returns 0 or a negative errno.
int ph_sandbox_enter(void);

// Between these two the process may use PH_DRAW_CPU_S of processor time; more ends it.
void ph_sandbox_begin(void);
void ph_sandbox_end(void);

#endif
