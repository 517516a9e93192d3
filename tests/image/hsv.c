/* hsv_change_bgr against the definition, one pixel after another. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "image/colour/hsv.h"

enum { N = 1003 }; /* no whole number of what is made at once */

static float
clamp(float v, float most)
{
	return fmaxf(0, fminf(v, most));
}

static void
change(const struct hsv_change *c, float *b, float *g, float *r)
{
	const float hi = fmaxf(*r, fmaxf(*g, *b)) / 255;
	const float d = hi - fminf(*r, fminf(*g, *b)) / 255;
	float h = 0, s, v, *part[3] = { b, g, r };

	if (d > 0 && hi == *r / 255)
		h = (*g - *b) / 255 / d;
	else if (d > 0 && hi == *g / 255)
		h = (*b - *r) / 255 / d + 2;
	else if (d > 0)
		h = (*r - *g) / 255 / d + 4;
	h = h / 6 + c->hue + 2;
	s = clamp((hi > 0 ? d / hi : 0) * c->factor + c->saturation, c->most);
	v = clamp(hi + c->value, c->most);
	for (int i = 0; i < 3; i++) {
		const float k = fmodf((float)(2 * i + 1) + 6 * h, 6);

		*part[i] = 255 * v * (1 - s * clamp(fminf(k, 4 - k), 1));
	}
}

static void
as_defined(void **state)
{
	static const struct hsv_change changes[] = {
		{ 0, 1, 0, 0, 1 },
		{ 0.3f, 1, 0.2f, -0.1f, 1 },
		{ -1.1f, 1, -0.4f, 0.3f, 1 },
		{ 1e-9f, 1, 0, 0, 1 },
		{ 0.9f, 1.7f, 0, 0, INFINITY },
	};
	static float x[3 * N], was[3 * N];
	struct rng r;

	(void)state;
	rng_init(&r, 1, 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		/* few values, so that channels are often alike */
		for (int k = 0; k < 3 * N; k++)
			x[k] = was[k] = (float)rng_below(&r, 4) * 85;
		hsv_change_bgr(&changes[i], x, N);
		for (int k = 0; k < N; k++) {
			change(
			    &changes[i], &was[k], &was[N + k], &was[2 * N + k]);
			for (int c = 0; c < 3; c++)
				assert_float_equal(
				    x[c * N + k], was[c * N + k], 1e-3f);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_defined),
	};

	return cmocka_run_group_tests_name("image/hsv", tests, NULL, NULL);
}
