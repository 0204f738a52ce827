// poshal-device-emv --fingerprint: makes lines for a list of denied cards. The account number comes from standard input and goes nowhere.
#include "base/cleanup.h"
#include "base/luhn.h"
#include "drivers/emv-pcsc/fingerprint.h"
#include "protocols/emv/session.h"
#include "protocols/sealed/sealed.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PROGRAM	   "poshal-device-emv"
#define USUAL_FILE "/var/lib/poshal-reader/" EMV_FINGERPRINT_FILE
#define INPUT_SIZE 128
#define DIGITS_MIN 12

struct input {
	uint8_t hidden_digits[INPUT_SIZE];
	char hidden_text[INPUT_SIZE];
};

/* A line without its end, or a negative errno: too long, or nothing came. */
static ssize_t read_bytes(char *text)
{
	size_t len = 0;

	while (len < INPUT_SIZE) {
		ssize_t n = read(STDIN_FILENO, text + len, 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 || (n > 0 && text[len] == '\n'))
			return (ssize_t)len;
		len += n > 0;
	}
	return -E2BIG;
}

/* Without echo; and without signals, which would leave the terminal so: what is typed instead is no digit, and ends it. */
static ssize_t read_number(char *text)
{
	struct termios before, quiet;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0)
		return read_bytes(text);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) < 0)
		return -errno;
	fputs("Account number (is not shown): ", stderr);
	ssize_t n = read_bytes(text);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return n;
}

/* Spaces and dashes are left out. How many, or -EBADMSG. */
static int take_digits(struct input *input, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = input->hidden_text[i];
		if (c == ' ' || c == '-' || c == '\r')
			continue;
		if (c < '0' || c > '9')
			return -EBADMSG;
		input->hidden_digits[n++] = (uint8_t)c;
	}
	return n < DIGITS_MIN || n > PH_PAN_MAX ? -EBADMSG : n;
}

/* Some schemes' numbers have no check digit: a wrong one may be right. */
static bool check_digit_good(const uint8_t *digits, int len)
{
	unsigned sum = 0;

	for (int i = 0; i < len; i++)
		sum += ph_luhn_term(digits[len - 1 - i] - (unsigned)'0', (size_t)i);
	return sum % 10 == 0;
}

static int complain(const char *text)
{
	fprintf(stderr, PROGRAM ": %s\n", text);
	return 1;
}

static int print(const char *word, struct ph_secret *key, const uint8_t *digits, size_t len)
{
	uint8_t fingerprint[PH_FINGERPRINT_SIZE];
	char hex[2 * PH_FINGERPRINT_SIZE + 1];

	emv_fingerprint(key, digits, len, fingerprint);
	ph_emv_hex_write(fingerprint, sizeof fingerprint, hex);
	return printf("%s%s\n", word, hex) < 0 || fflush(stdout) != 0;
}

static int print_number(struct ph_secret *key, struct input *input)
{
	ssize_t len = read_number(input->hidden_text);
	int n = len < 0 ? (int)len : take_digits(input, (size_t)len);
	if (n < 0)
		return complain("that is no account number: 12 to 19 digits");
	if (!check_digit_good(input->hidden_digits, n))
		complain("the check digit is not right; look whether all digits are");
	return print("", key, input->hidden_digits, (size_t)n);
}

static int usage(void)
{
	fputs("Usage: " PROGRAM " --fingerprint [FILE] | --fingerprint-key [FILE]\n"
	      "Reads an account number from standard input, without showing it, and prints the\n"
	      "fingerprint it has under the key in FILE (" USUAL_FILE "):\n"
	      "a line of the file of the option deny_list. With --fingerprint-key, the line that\n"
	      "says which key the list was made with.\n",
		stderr);
	return 2;
}

int emv_fingerprint_tool(int argc, char **argv)
{
	PH_CLEANUP(ph_secret_free_p) struct ph_secret *input = NULL, *key = NULL;
	bool of_key = !strcmp(argv[1], "--fingerprint-key");
	char why[EMV_FINGERPRINT_WHY_SIZE];

	if (argc > 3 || (argc == 3 && argv[2][0] == '-') ||
		(!of_key && strcmp(argv[1], "--fingerprint") != 0))
		return usage();
	if (sodium_init() < 0 || ph_secret_new(sizeof(struct input), &input) < 0)
		return complain("no memory can be locked");
	/* one made here would belong to whoever runs this, and not to the reader */
	if (emv_fingerprint_key_load(argc == 3 ? argv[2] : USUAL_FILE, false, &key, why) < 0)
		return complain(why);
	return of_key ? print("key ", key, NULL, 0) : print_number(key, ph_secret_memory(input));
}
