// Limits of the process; what a request may ask for is checked where it is read.
#include "render/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "render/limits.h"

// The sanitizers read /proc, keep terabytes of address space and start programs that read symbols.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINED 0
#else
#define CONFINED 1
#endif

static int limit(__rlimit_resource_t resource, rlim_t value)
{
	const struct rlimit both = {value, value};

	return setrlimit(resource, &both) < 0 ? -errno : 0;
}

// --- files ------------------------------------------------------------------------------------

static void allow_reading(int rules, const char *path)
{
	PH_CLEANUP_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = fd,
	};

	if (fd >= 0) // what is not there needs no rule
		syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

// A kernel without Landlock leaves the rest of the sandbox.
static int confine_files(void)
{
	static const char *const readable[] = {"/usr/share/fonts", "/usr/local/share/fonts",
		"/var/cache/fontconfig", "/usr/share/libthai"};
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	PH_CLEANUP_CLOSE int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

	if (rules < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -errno;
	for (size_t i = 0; i < PH_ARRAY_SIZE(readable); i++)
		allow_reading(rules, readable[i]);
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}

// --- system calls -----------------------------------------------------------------------------

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// What a decoder that was taken over would reach for. They fail with EPERM.
static int confine_calls(void)
{
#ifdef ARCHITECTURE
	static const unsigned refused[] = {SYS_socket, SYS_connect, SYS_bind, SYS_listen,
		SYS_accept4, SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
		SYS_process_vm_writev, SYS_bpf, SYS_io_uring_setup, SYS_userfaultfd,
		SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_unshare, SYS_setns, SYS_mount};
	enum { COUNT = PH_ARRAY_SIZE(refused), HEAD = 4 };
	struct sock_filter filter[HEAD + COUNT + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	const struct sock_fprog program = {.len = HEAD + COUNT + 2, .filter = filter};

	for (unsigned i = 0; i < COUNT; i++)
		filter[HEAD + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, refused[i], (unsigned char)(COUNT - i), 0);
	filter[HEAD + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[HEAD + COUNT + 1] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno == EINVAL ? 0 : -errno; // a kernel without
#endif
	return 0;
}

int ph_sandbox_enter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	int r = limit(RLIMIT_NOFILE, PH_DRAW_FILES_MAX);
	if (r == 0)
		r = limit(RLIMIT_CORE, 0);
	if (r == 0 && CONFINED)
		r = limit(RLIMIT_AS, PH_DRAW_MEMORY_MAX);
	if (r == 0 && CONFINED)
		r = confine_files();
	if (r == 0 && CONFINED)
		r = confine_calls();
	return r;
}

void ph_sandbox_cpu(unsigned seconds)
{
	const struct itimerval once = {.it_value = {.tv_sec = seconds}};

	setitimer(ITIMER_PROF, &once, NULL);
}
