// What the process may use, for all its life and for one request.
#ifndef PH_RENDER_SANDBOX_H
#define PH_RENDER_SANDBOX_H

// Gives up what is not needed: new privileges, memory and files beyond the limits, core dumps, sockets and programs, and,
// where the kernel has Landlock, every file but fonts. What is open already stays open. Returns 0 or a negative errno.
int ph_sandbox_enter(void);

// From here on the process may use so many more seconds of processor time; then it gets SIGPROF. 0: no limit.
void ph_sandbox_cpu(unsigned seconds);

#endif
