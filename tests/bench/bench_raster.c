// Measures grey to dots in CPU time: Floyd-Steinberg with guard against a plain loop without, and Bayer.
//   bench_raster [ROUNDS]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "protocols/raster/guard.h"
#include "tests/protocols/raster_reference.h"

#define WIDTH  576
#define HEIGHT 1000
#define PIXELS (WIDTH * HEIGHT)

static uint8_t pixels[PIXELS], dots[PIXELS / 8], plain_dots[PIXELS / 8];
static int16_t errors[2 * (WIDTH + 2)];
static struct ph_tone tone;

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

// Something like a photograph: light from one corner, shapes, and the noise of a sensor.
static void paint(void)
{
	uint32_t seed = 1;

	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			const int dx = x % 200 - 100, dy = y % 250 - 120;
			const int light = (x * 90 / WIDTH + y * 140 / HEIGHT) + 10;
			const int shape = dx * dx + dy * dy < 6000 ? 80 - (dx + dy) / 3 : 0;
			seed = seed * 1664525 + 1013904223;
			const int grey = light + shape + (int)(seed >> 28) - 8;
			pixels[y * WIDTH + x] = (uint8_t)(grey < 0 ? 0 : grey > 255 ? 255 : grey);
		}
	}
}

// Returns how many dots the guard changed.
static unsigned dither(enum ph_dither method, const struct ph_grey *grey, struct ph_bitmap *bitmap)
{
	static uint8_t scratch[64 * 1024];
	const struct ph_dither_options options = {.method = method, .tone = &tone};
	const struct ph_guard_shape shape = {.stride = bitmap->stride};
	struct ph_guard guard;

	if (ph_dither(grey, &options, bitmap, scratch, sizeof scratch) < 0)
		bench_fail("ph_dither");
	ph_guard_init(&guard, &ph_guard_escpos);
	return ph_guard_picture(&guard, dots, sizeof dots, &shape, NULL, 0);
}

static unsigned different_dots(void)
{
	unsigned different = 0;

	for (unsigned i = 0; i < sizeof dots; i++)
		different += (unsigned)__builtin_popcount(dots[i] ^ plain_dots[i]);
	return different;
}

int main(int argc, char **argv)
{
	const struct ph_grey grey = {WIDTH, HEIGHT, WIDTH, pixels};
	struct ph_bitmap ours = {WIDTH, HEIGHT, WIDTH / 8, dots};
	struct ph_bitmap plain = {WIDTH, HEIGHT, WIDTH / 8, plain_dots};
	const int rounds = argc > 1 ? atoi(argv[1]) : 32;
	struct bench_pair diffusion = {0}, ordered = {0};
	unsigned guarded = 0;

	paint();
	ph_tone_init(&tone, PH_TONE_GAMMA_DEFAULT);
	for (int i = 0; i < rounds && i < BENCH_ROUNDS_MAX; i++) {
		const double start = cpu_us();
		dither(PH_DITHER_BAYER, &grey, &ours);
		const double bayer = cpu_us();
		guarded = dither(PH_DITHER_FLOYD_STEINBERG, &grey, &ours);
		const double end = cpu_us();
		reference_floyd_steinberg(&grey, &tone, &plain, errors);
		const double floor = cpu_us() - end;
		bench_pair_add(&diffusion, end - bayer, floor);
		bench_pair_add(&ordered, bayer - start, floor);
	}
	if (different_dots() > guarded || guarded == 0) {
		fprintf(stderr, "%u dots differ, the guard changed %u\n", different_dots(),
			guarded);
		return 1;
	}
	printf("{\"pixels\":%d,\"guarded_dots\":%u,", PIXELS, guarded);
	bench_pair_print("floyd_steinberg", &diffusion, 0);
	bench_pair_print("bayer", &ordered, 1);
	printf("}\n");
	return 0;
}
