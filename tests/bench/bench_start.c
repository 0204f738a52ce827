// Measures how long poshald takes from exec to READY=1, and until its devices are ready.
//   bench_start POSHALD ROOT DEVICES ROUNDS      prints one line of JSON, times in microseconds
#include "tests/bench/measure.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICES_MAX 64

static int open_notify(const char *root)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", root);
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		bench_fail(address.sun_path);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

static pid_t start(const char *program, const char *root)
{
	char log[300];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(log, sizeof log, "%s/start.log", root);
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execl(program, program, "--root", root, NULL);
	_exit(127);
}

static void wait_notify(int fd)
{
	char text[2000];
	ssize_t n;

	do {
		n = recv(fd, text, sizeof text - 1, 0);
		if (n < 0)
			bench_fail("READY=1 does not come");
		text[n] = '\0';
	} while (!strstr(text, "READY=1"));
}

/* The devices that are ready so far, each once. */
static struct {
	char ids[DEVICES_MAX][80];
	int count;
} ready_devices;

static void note(const char *id, const char *state)
{
	int i = 0;

	if (!id || !state || strcmp(state, "ready") != 0)
		return;
	while (i < ready_devices.count && strcmp(ready_devices.ids[i], id) != 0)
		i++;
	if (i == ready_devices.count && i < DEVICES_MAX)
		snprintf(ready_devices.ids[ready_devices.count++], sizeof ready_devices.ids[0],
			"%s", id);
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void note_snapshot(const char *line)
{
	cJSON *answer = cJSON_Parse(line);
	const cJSON *result = cJSON_GetObjectItemCaseSensitive(answer, "result"), *device;

	cJSON_ArrayForEach(device, cJSON_GetObjectItemCaseSensitive(result, "devices"))
		note(text_of(device, "id"), text_of(device, "state"));
	cJSON_Delete(answer);
}

static void note_event(const char *line)
{
	cJSON *event = cJSON_Parse(line);
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(event, "params");

	note(text_of(params, "device"),
		text_of(cJSON_GetObjectItemCaseSensitive(params, "data"), "state"));
	cJSON_Delete(event);
}

static void wait_devices(const char *root, int wanted)
{
	static const char subscribe[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\",\"params\":"
		"{\"topics\":[\"device.state\"],\"snapshot\":true}}\n";
	static struct bench_reader reader;
	char path[300];

	snprintf(path, sizeof path, "%s/run/poshal.sock", root);
	reader = (struct bench_reader){.fd = bench_connect(path)};
	ready_devices.count = 0;
	bench_write(reader.fd, subscribe, sizeof subscribe - 1);
	note_snapshot(bench_line_with(&reader, "\"result\""));
	while (ready_devices.count < wanted)
		note_event(bench_line_with(&reader, "\"device.state\""));
	close(reader.fd);
}

int main(int argc, char **argv)
{
	static double ready[BENCH_ROUNDS_MAX], devices[BENCH_ROUNDS_MAX];

	if (argc != 5) {
		fputs("bench_start POSHALD ROOT DEVICES ROUNDS\n", stderr);
		return 2;
	}
	int notify = open_notify(argv[2]), wanted = atoi(argv[3]);
	size_t rounds = (size_t)atol(argv[4]);
	if (rounds > BENCH_ROUNDS_MAX)
		rounds = BENCH_ROUNDS_MAX;
	for (size_t i = 0; i < rounds + 1;
		i++) { /* one more: the first makes the state directory */
		size_t at = i ? i - 1 : 0;
		double begin = bench_now_us();
		pid_t pid = start(argv[1], argv[2]);
		wait_notify(notify);
		ready[at] = bench_now_us() - begin;
		if (wanted)
			wait_devices(argv[2], wanted);
		devices[at] = bench_now_us() - begin;
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	printf("{\"ready_us\":%.0f,", bench_percentile(ready, rounds, 0.5));
	printf("\"devices_us\":%.0f}\n", bench_percentile(devices, rounds, 0.5));
	return 0;
}
