// poshal-emulate: runs a bench from a file, or a single device for a person at a terminal.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "emulators/bench/bench.h"

static const char help[] =
	"poshal-emulate: point-of-sale devices that are not there\n"
	"\n"
	"  poshal-emulate bench FILE [--root DIR] [--usbip PORT | --vhci]\n"
	"      runs all devices of a bench file; control socket DIR/run/emulator.sock\n"
	"      (DIR is the current directory unless given). With --usbip they all are USB devices "
	"of\n"
	"      a USB/IP server, with --vhci of this kernel (needs root and vhci-hcd)\n"
	"  poshal-emulate printer|scanner|display (--pty PATH | --tcp PORT | --usbip PORT | --hid "
	"PATH |\n"
	"      --evdev PATH) [KEY=VALUE ...]\n"
	"      runs one device; keys are those of the bench file. A printer shows what it prints "
	"on\n"
	"      stdout when it cuts and at its end; a scanner sends each line of stdin as a label; "
	"a\n"
	"      display shows its rows when it ends.\n"
	"  poshal-emulate --help | --version\n"
	"  poshal-emulate certificates DIR\n"
	"      writes a new certification authority, certificates of hosts good and bad and of a\n"
	"      till, with their keys, for tests; and ends\n"
	"\n"
	"Prints \"ready\" when everything answers. SIGTERM and SIGINT end it.\n";

PH_DEFINE_CLEANUP(sd_event *, sd_event_unref)
PH_DEFINE_CLEANUP(struct ph_bench *, ph_bench_free)
PH_DEFINE_CLEANUP(struct ph_emu_pki *, ph_emu_pki_free)

static int complain(const char *message)
{
	fprintf(stderr, "poshal-emulate: %s\n", message);
	return EXIT_FAILURE;
}

static int make_loop(sd_event **ret_event)
{
	sigset_t set;
	int r = sd_event_default(ret_event);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (r < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	if (sd_event_add_signal(*ret_event, NULL, SIGTERM, NULL, NULL) < 0 ||
		sd_event_add_signal(*ret_event, NULL, SIGINT, NULL, NULL) < 0)
		return -1;
	return 0;
}

static int run_ready(sd_event *event)
{
	puts("ready");
	fflush(stdout);
	return sd_event_loop(event) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool take_usb_port(const char *text, uint16_t *ret_port)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n > 65535)
		return false;
	*ret_port = (uint16_t)n;
	return true;
}

// The commands that put the devices into a kernel.
static void show_bus(const struct ph_bench *bench)
{
	for (size_t i = 0; i < bench->n_devices; i++) {
		const struct ph_bench_device *d = &bench->devices[i];
		if (d->plug && ph_emu_plug_usbip_port(d->plug))
			printf("%s: usbip --tcp-port %u attach -r 127.0.0.1 -b %s\n", d->id,
				ph_emu_plug_usbip_port(d->plug), ph_emu_plug_busid(d->plug));
	}
}

static int run_bench(int argc, char **argv)
{
	PH_CLEANUP(sd_event_unref_p) sd_event *event = NULL;
	PH_CLEANUP(ph_bench_free_p) struct ph_bench *bench = NULL;
	const char *file = NULL, *root = ".";
	char error[512], path[PATH_MAX];
	bool usb = false, vhci = false;
	uint16_t port = 0;

	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
			root = argv[++i];
		else if (strcmp(argv[i], "--usbip") == 0 && i + 1 < argc)
			usb = take_usb_port(argv[++i], &port);
		else if (strcmp(argv[i], "--vhci") == 0)
			usb = vhci = true;
		else if (argv[i][0] != '-' && !file)
			file = argv[i];
		else
			return complain("bench FILE [--root DIR] [--usbip PORT | --vhci]");
	if (!file)
		return complain("which bench file?");
	if (!realpath(root, path))
		return complain("the --root directory does not exist");
	if (make_loop(&event) < 0 || ph_bench_new(event, path, &bench) < 0)
		return complain("no event loop");
	bench->usb_all = usb;
	bench->vhci = vhci;
	bench->usb_port = port;
	if (ph_bench_load(bench, file, error, sizeof error) < 0 ||
		ph_bench_prepare(bench, error, sizeof error) < 0 ||
		ph_bench_control_start(bench, error, sizeof error) < 0 ||
		ph_bench_start(bench, error, sizeof error) < 0)
		return complain(error);
	if (usb)
		show_bus(bench);
	return run_ready(event);
}

// ---- a single device ----

static int on_cut(sd_event_source *source, void *userdata)
{
	struct ph_bench_device *d = userdata;
	const struct ph_emu_paper *paper = ph_emu_printer_paper(d->printer);

	if (paper->cuts == 0)
		return 0;
	PH_CLEANUP_FREE char *text = ph_emu_paper_text(paper);
	fputs(text ? text : "", stdout);
	fflush(stdout);
	ph_emu_printer_tear(d->printer, ph_bench_now(d->bench));
	d->items_seen = 0;
	return 0;
}

static int on_stdin(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_bench_device *d = userdata;
	char line[PH_EMU_LABEL_MAX + 2];

	if (!fgets(line, sizeof line, stdin)) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	size_t len = strcspn(line, "\n");
	if (!ph_emu_plug_is_connected(d->plug) ||
		ph_emu_reader_scan(d->reader, ph_bench_now(d->bench), NULL, (uint8_t *)line, len) <
			0)
		fputs("poshal-emulate: label not sent\n", stderr);
	ph_bench_touched(d);
	return 0;
}

static void show_end(struct ph_bench_device *d)
{
	char row[PH_EMU_DISPLAY_ROW_SIZE];

	if (d->printer) {
		PH_CLEANUP_FREE char *text = ph_emu_paper_text(ph_emu_printer_paper(d->printer));
		fputs(text ? text : "", stdout);
	}
	for (unsigned y = 0; d->display && y < d->display_config.rows; y++) {
		ph_emu_display_row(d->display, y, row);
		puts(row);
	}
}

static int set_argument(struct ph_bench_device *d, char *argument)
{
	char *value = strchr(argument, '=');
	if (!value)
		return -EINVAL;
	*value = 0;
	return ph_bench_set_key(d, argument, value + 1);
}

static int set_path(struct ph_bench_device *d, const char *name)
{
	char path[PATH_MAX];
	const char *here = getenv("PWD");

	if (name[0] == '/')
		return ph_bench_set_key(d, "path", name);
	int n = snprintf(path, sizeof path, "%s/%s", here ? here : "", name);
	return n > 0 && (size_t)n < sizeof path ? ph_bench_set_key(d, "path", path) : -ENAMETOOLONG;
}

// The word of an option is that of the plug; what follows it is a path or a port.
static int set_plug(struct ph_bench_device *d, const char *word, const char *value)
{
	int r = ph_bench_set_key(d, "plug", word);

	if (r < 0)
		return r;
	if (strcmp(word, "tcp") == 0 || strcmp(word, "usbip") == 0)
		return ph_bench_set_key(d, "port", value);
	return set_path(d, value);
}

static int read_arguments(struct ph_bench_device *d, int argc, char **argv)
{
	int r = -EINVAL;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0 && i + 1 < argc) {
			r = set_plug(d, argv[i] + 2, argv[i + 1]);
			i++;
		} else if (r == 0) {
			r = set_argument(d, argv[i]);
		}
		if (r < 0)
			return r;
	}
	return r;
}

static int run_device(enum ph_bench_class class, int argc, char **argv)
{
	PH_CLEANUP(sd_event_unref_p) sd_event *event = NULL;
	PH_CLEANUP(ph_bench_free_p) struct ph_bench *bench = NULL;
	char error[512];

	if (make_loop(&event) < 0 || ph_bench_new(event, NULL, &bench) < 0)
		return complain("no event loop");
	struct ph_bench_device *d = ph_bench_add(bench, class, ph_bench_class_name(class));
	if (!d || read_arguments(d, argc, argv) < 0)
		return complain(
			"(--pty PATH | --tcp PORT | --usbip PORT | --hid PATH | --evdev PATH) "
			"[KEY=VALUE ...]; see --help");
	if (ph_bench_start(bench, error, sizeof error) < 0)
		return complain(error);
	printf("%s\n", ph_emu_plug_url(d->plug));
	if (ph_emu_plug_usbip_port(d->plug))
		printf("usbip --tcp-port %u attach -r 127.0.0.1 -b 1-1\n",
			ph_emu_plug_usbip_port(d->plug));
	int r = 0;
	if (class == PH_BENCH_PRINTER)
		r = sd_event_add_post(event, NULL, on_cut, d);
	else if (class == PH_BENCH_SCANNER)
		r = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_stdin, d);
	if (r < 0 && r != -EPERM)
		return complain("cannot watch the device");
	setvbuf(stdin, NULL, _IONBF, 0);
	int status = run_ready(event);
	show_end(d);
	return status;
}

static int make_certificates(const char *folder)
{
	PH_CLEANUP(ph_emu_pki_free_p) struct ph_emu_pki *pki = NULL;
	int r = ph_emu_pki_new(&pki);

	if (r == 0)
		r = ph_emu_pki_write(pki, folder);
	return r < 0 ? complain(strerror(-r)) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	prctl(PR_SET_NAME, "poshal-emulate");
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
		puts("poshal-emulate " POSHAL_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc >= 2 && strcmp(argv[1], "bench") == 0)
		return run_bench(argc - 2, argv + 2);
	if (argc == 3 && strcmp(argv[1], "certificates") == 0)
		return make_certificates(argv[2]);
	for (int c = PH_BENCH_PRINTER; argc >= 2 && c < PH_BENCH_CLASS_COUNT_; c++)
		if (strcmp(argv[1], ph_bench_class_name((enum ph_bench_class)c)) == 0)
			return run_device((enum ph_bench_class)c, argc - 2, argv + 2);
	fputs(help, stderr);
	return EXIT_FAILURE;
}
