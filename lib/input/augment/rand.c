/* RandAugment: see rand.h. */
#include "input/augment/rand.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

static float
byte_of(float v)
{
	return roundf(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Each channel to the full range. */
static void
autocontrast(float *x, size_t plane, int channels)
{
	for (int c = 0; c < channels; c++, x += plane) {
		float lo = 255, hi = 0;

		for (size_t i = 0; i < plane; i++) {
			lo = fminf(lo, x[i]);
			hi = fmaxf(hi, x[i]);
		}
		for (size_t i = 0; hi > lo && i < plane; i++)
			x[i] = byte_of((x[i] - lo) * 255 / (hi - lo));
	}
}

/* Each channel so that its values are spread evenly: value v becomes the number
 * of pixels below it, and half a step, by the step (as PIL's ImageOps has it). */
static void
equalize(float *x, size_t plane, int channels)
{
	for (int c = 0; c < channels; c++, x += plane) {
		size_t count[256] = { 0 }, step, sum, last = 0;

		for (size_t i = 0; i < plane; i++)
			count[(int)byte_of(x[i])]++;
		for (int v = 0; v < 256; v++)
			last = count[v] > 0 ? count[v] : last;
		step = (plane - last) / 255;
		sum = step / 2;
		for (int v = 0; v < 256 && step > 0; v++) {
			const size_t n = count[v], to = sum / step;

			count[v] = to < 255 ? to : 255;
			sum += n;
		}
		for (size_t i = 0; step > 0 && i < plane; i++)
			x[i] = (float)count[(int)byte_of(x[i])];
	}
}

/* Picture x at where a b c d e f send a pixel that is made. */
static void
resample(float *x, float *spare, int channels, int h, int w, const double m[6])
{
	const size_t plane = (size_t)h * (size_t)w;

	memcpy(spare, x, (size_t)channels * plane * sizeof(*x));
	for (int i = 0; i < h; i++)
		for (int j = 0; j < w; j++) {
			const double dx = j + 0.5 - w / 2.0,
				     dy = i + 0.5 - h / 2.0;
			const int u = (int)floor(
				      m[0] * dx + m[1] * dy + m[2] + w / 2.0),
				  v = (int)floor(
				      m[3] * dx + m[4] * dy + m[5] + h / 2.0);
			const bool in = u >= 0 && u < w && v >= 0 && v < h;

			for (int c = 0; c < channels; c++)
				x[(size_t)c * plane + (size_t)(i * w + j)] = in
				    ? spare[(size_t)c * plane +
					  (size_t)(v * w + u)]
				    : AUGMENT_FILL;
		}
}

static float
gray_of(const float *x, size_t plane, int channels, size_t i)
{
	return channels < 3
	    ? x[i]
	    : 0.114F * x[i] + 0.587F * x[plane + i] + 0.299F * x[2 * plane + i];
}

/* Away from, or to, the gray of the pixel itself, of the whole picture, or
 * black. */
static void
enhance(enum rand_op op, float f, float *x, size_t plane, int channels)
{
	double sum = 0;
	float mean;

	for (size_t i = 0; i < plane; i++)
		sum += (double)gray_of(x, plane, channels, i);
	mean = roundf((float)(sum / (double)plane));
	for (size_t i = 0; i < plane; i++) {
		const float to = op == RAND_BRIGHTNESS ? 0
		    : op == RAND_CONTRAST              ? mean
					  : gray_of(x, plane, channels, i);

		for (int c = 0; c < channels; c++) {
			float *v = &x[(size_t)c * plane + i];

			*v = byte_of(to + f * (*v - to));
		}
	}
}

/* Away from, or to, the mean of the nine pixels around, the middle one counting
 * five times; the border stays. */
static void
sharpen(float f, float *x, float *spare, int channels, int h, int w)
{
	const size_t plane = (size_t)h * (size_t)w;

	memcpy(spare, x, (size_t)channels * plane * sizeof(*x));
	for (int c = 0; c < channels; c++)
		for (int i = 1; i + 1 < h; i++)
			for (int j = 1; j + 1 < w; j++) {
				const float *p =
				    spare + (size_t)c * plane + i * w + j;
				float sum = 4 * p[0];

				for (int k = 0; k < 9; k++)
					sum += p[(k / 3 - 1) * w + k % 3 - 1];
				x[(size_t)c * plane + (size_t)(i * w + j)] =
				    byte_of(sum / 13 + f * (p[0] - sum / 13));
			}
}

static void
posterize(double strength, float *x, size_t n)
{
	const int bits = 8 - (int)lround(4 * strength);
	const int mask = 0xff & ~((1 << (8 - bits)) - 1);

	for (size_t i = 0; i < n; i++)
		x[i] = (float)((int)byte_of(x[i]) & mask);
}

static void
solarize(double strength, float *x, size_t n)
{
	const float from = (float)(256 - 256 * strength);

	for (size_t i = 0; i < n; i++)
		x[i] = x[i] >= from ? 255 - x[i] : x[i];
}

/* A move, as the matrix from what is made to what was. */
static void
move(enum rand_op op, double s, int h, int w, double m[6])
{
	const double angle = 30 * s * M_PI / 180;

	memcpy(m, (const double[6]){ 1, 0, 0, 0, 1, 0 }, 6 * sizeof(*m));
	switch (op) {
	case RAND_ROTATE:
		m[0] = m[4] = cos(angle);
		m[1] = sin(angle);
		m[3] = -m[1];
		break;
	case RAND_SHEAR_X: m[1] = 0.3 * s; break;
	case RAND_SHEAR_Y: m[3] = 0.3 * s; break;
	case RAND_TRANSLATE_X: m[2] = -0.45 * s * w; break;
	case RAND_TRANSLATE_Y: m[5] = -0.45 * s * h; break;
	default: break;
	}
}

void
rand_apply(enum rand_op op, double strength, float *x, float *spare,
    int channels, int height, int width)
{
	const size_t plane = (size_t)height * (size_t)width;
	const size_t n = (size_t)channels * plane;
	double m[6];

	switch (op) {
	case RAND_AUTOCONTRAST: autocontrast(x, plane, channels); break;
	case RAND_EQUALIZE: equalize(x, plane, channels); break;
	case RAND_ROTATE:
	case RAND_SHEAR_X:
	case RAND_SHEAR_Y:
	case RAND_TRANSLATE_X:
	case RAND_TRANSLATE_Y:
		move(op, strength, height, width, m);
		resample(x, spare, channels, height, width, m);
		break;
	case RAND_COLOR:
	case RAND_CONTRAST:
	case RAND_BRIGHTNESS:
		enhance(op, (float)(1 + 0.9 * strength), x, plane, channels);
		break;
	case RAND_SHARPNESS:
		sharpen((float)(1 + 0.9 * strength), x, spare, channels, height,
		    width);
		break;
	case RAND_POSTERIZE: posterize(fabs(strength), x, n); break;
	case RAND_SOLARIZE: solarize(fabs(strength), x, n); break;
	default: break;
	}
}

void
rand_augment(const struct transform *t, uint64_t g, int tile,
    struct transform_scratch *s, struct record_item *item)
{
	const size_t n =
	    (size_t)t->channels * (size_t)t->height * (size_t)t->width;
	float *x = transform_scratch_take(s, 2, n);
	float *spare = transform_scratch_take(s, 3, n);
	struct rng r;

	rng_at(
	    &r, t->seed, t->stream ^ (0x72616e6400000000 + (uint64_t)tile), g);
	transform_floats(x, item, n);
	for (int i = 0; i < t->augment.rand_n; i++) {
		const enum rand_op op = (enum rand_op)rng_below(&r, RAND_OPS);
		const double sign = rng_below(&r, 2) == 1 ? 1 : -1;

		rand_apply(op, sign * t->augment.rand_m / 30, x, spare,
		    t->channels, t->height, t->width);
	}
	item->data = NULL;
	item->floats = x;
	item->key = ""; /* its planes are B G R now */
	item->key_len = 0;
}
