/*
 * Scenes: what samples are made of, and that picture, mask, boxes and label agree
 * after any moves.
 *
 * Record k is black with one rectangle of value 10 (k + 1); its mask has k + 1
 * there, its box frames it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "input/augment/scene.h"
#include "input/geometry.h"

enum { N = 20, C = 3, H = 48, W = 64, PLANE = H * W, ROWS = 12 };

static uint8_t pictures[N][C * PLANE], masks[N][PLANE];
static float boxes[N][2 * GEOMETRY_BOX];

static int
make_records(void **state)
{
	(void)state;
	for (int k = 0; k < N; k++) {
		const int x = 4 + 2 * k, y = 3 + k, w = 18, h = 15;
		float *box = boxes[k];

		for (int i = y; i < y + h; i++)
			for (int j = x; j < x + w; j++) {
				masks[k][i * W + j] = (uint8_t)(k + 1);
				for (int c = 0; c < C; c++)
					pictures[k][c * PLANE + i * W + j] =
					    (uint8_t)(10 * (k + 1));
			}
		box[0] = 1;
		box[1] = GEOMETRY_BOX;
		box += GEOMETRY_BOX;
		box[0] = (float)x;
		box[1] = (float)y;
		box[2] = (float)w;
		box[3] = (float)h;
		box[5] = (float)(k + 1);
	}
	return 0;
}

static int
get(void *ctx, size_t record, struct record_item *out)
{
	const struct transform *t = ctx;

	*out = (struct record_item){ .index = record,
		.channels = t->channels,
		.height = H,
		.width = W,
		.data = t->channels == 1 ? masks[record] : pictures[record] };
	return 0;
}

/* What is seen of place g. */
struct seen {
	struct scene scene;
	float picture[C * PLANE], mask[PLANE], rows[ROWS * GEOMETRY_BOX];
	int h, w;
};

static void
init(struct transform *t, const struct augment *a)
{
	assert_int_equal(transform_init(t, NULL, true, C, H, W), 0);
	t->seed = 7;
	t->augment = *a;
}

static void
look(struct seen *o, const struct transform *t, uint64_t g)
{
	struct transform_scratch scratch = { 0 };
	struct transform m = *t;
	const struct scene_records pixels = { (void *)(uintptr_t)t, get };
	const struct scene_records labels = { &m, get };
	const float *v[SCENE_LAYERS][SCENE_TILES] = { { 0 } };

	m.channels = 1;
	m.labels_of = C;
	scene_draw(&o->scene, t, g, (size_t)(g % N), N);
	transform_size(t, &o->h, &o->w);
	assert_int_equal(
	    scene_item(&o->scene, t, &scratch, &pixels, o->picture), 0);
	assert_int_equal(
	    scene_item(&o->scene, &m, &scratch, &labels, o->mask), 0);
	for (int i = 0; i < o->scene.nlayers; i++)
		for (int k = 0; k < o->scene.layer[i].n; k++)
			v[i][k] = boxes[o->scene.layer[i].tile[k].record];
	assert_int_equal(scene_boxes(&o->scene, t, v, o->rows, ROWS), 0);
	transform_scratch_clear(&scratch);
}

/* Where all around has one label, the picture has that record's value; but for
 * corners between pixels of a turned grid, and rectangles that end where a mosaic
 * cuts its pictures. */
static int
compare_pixels(const struct seen *o)
{
	int inner = 0, wrong = 0;

	for (int y = 1; y + 1 < o->h; y++)
		for (int x = 1; x + 1 < o->w; x++) {
			const float *m = o->mask + y * o->w + x;
			bool same = true;

			for (int k = 0; k < 9; k++)
				same = same &&
				    m[(k / 3 - 1) * o->w + k % 3 - 1] == *m;
			if (!same)
				continue;
			wrong +=
			    fabsf(o->picture[y * o->w + x] - *m * 10) > 0.01F;
			inner += *m > 0;
		}
	assert_in_range(wrong, 0, 32);
	return inner;
}

/*
 * Each box frames what its class marks: within `near` pixels of its bounds, or,
 * turned, around it.  Two rectangles of one class are not told apart.  Returns how
 * many were compared.
 */
static int
compare_boxes(const struct seen *o, float near, bool turned)
{
	int n = 0;

	for (int i = 1; i <= (int)o->rows[0]; i++) {
		const float *b = o->rows + i * GEOMETRY_BOX;
		int left = o->w, top = o->h, right = -1, low = -1, twin = 0;

		for (int k = 1; k <= (int)o->rows[0]; k++)
			twin += o->rows[k * GEOMETRY_BOX + 5] == b[5];
		assert_true(b[0] >= 0 && b[1] >= 0 && b[2] > 0 && b[3] > 0);
		assert_true(b[0] + b[2] <= (float)o->w + 0.01F &&
		    b[1] + b[3] <= (float)o->h + 0.01F);
		if (twin > 1 || b[2] < 2 || b[3] < 2)
			continue;
		for (int y = 0; y < o->h; y++)
			for (int x = 0; x < o->w; x++)
				if (o->mask[y * o->w + x] == b[5]) {
					left = x < left ? x : left;
					right = x > right ? x : right;
					top = y < top ? y : top;
					low = y > low ? y : low;
				}
		if (right < 0)
			continue;
		n++;
		assert_true((float)left >= b[0] - near);
		assert_true((float)top >= b[1] - near);
		assert_true((float)(right + 1) <= b[0] + b[2] + near);
		assert_true((float)(low + 1) <= b[1] + b[3] + near);
		if (turned)
			continue;
		assert_true((float)left <= b[0] + near);
		assert_true((float)top <= b[1] + near);
		assert_true((float)(right + 1) >= b[0] + b[2] - near);
		assert_true((float)(low + 1) >= b[1] + b[3] - near);
	}
	return n;
}

/* Of 100 places. */
static void
agree(const struct augment *a, float near, bool turned)
{
	struct transform t;
	struct seen o;
	int inner = 0, framed = 0;

	init(&t, a);
	for (int crop = 0; crop < 2; crop++) {
		t.crop = crop > 0 ? 40 : 0;
		t.mirror = crop > 0;
		for (uint64_t g = 0; g < 100; g++) {
			look(&o, &t, g);
			inner += compare_pixels(&o);
			framed += compare_boxes(&o, near, turned);
		}
	}
	assert_true(inner > 1000);
	assert_true(framed > 60);
	transform_clear(&t);
}

static void
all_agree(void **state)
{
	static const struct {
		struct augment a;
		float near;
		bool turned;
	} cases[] = {
		{ { .flip = true, .quad_rotate = QUAD_ALL, .has_fill = true },
		    0.01F, false },
		{ { .zoom = { 0.5, 1.5 }, .has_fill = true }, 0.51F, false },
		{ { .translate = 0.3, .has_fill = true }, 0.51F, false },
		{ { .area = { 0.3, 1 },
		      .aspect = { 0.75, 1.33 },
		      .has_fill = true },
		    0.51F, false },
		{ { .rotate = 30, .scale = 0.1, .has_fill = true }, 0.51F,
		    true },
		{ { .mosaic = 1, .has_fill = true }, 0.01F, false },
		{ { .mosaic = 0.7,
		      .zoom = { 0.5, 1.5 },
		      .translate = 0.1,
		      .has_fill = true },
		    0.51F, false },
		{ { .mosaic = 1,
		      .rotate = 20,
		      .flip = true,
		      .zoom = { 0.5, 1.2 },
		      .has_fill = true },
		    0.51F, true },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		agree(&cases[i].a, cases[i].near, cases[i].turned);
}

/* By hand: the four pictures meet in a point, and nothing else is moved. */
static void
mosaic_meets(void **state)
{
	const struct augment a = { .mosaic = 1, .has_fill = true };
	float least[2] = { 1e9F, 1e9F }, most[2] = { 0 };
	struct transform t;
	struct seen o;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 200; g++) {
		const struct scene_layer *l = &o.scene.layer[0];
		float cx, cy;

		look(&o, &t, g);
		assert_int_equal(l->n, 4);
		assert_int_equal(l->tile[0].record, g % N);
		cx = l->tile[3].x;
		cy = l->tile[3].y;
		least[0] = fminf(least[0], cx);
		most[0] = fmaxf(most[0], cx);
		least[1] = fminf(least[1], cy);
		most[1] = fmaxf(most[1], cy);
		for (int y = 0; y < H; y++)
			for (int x = 0; x < W; x++) {
				const int u = x + W / 2 - (int)cx,
					  v = y + H / 2 - (int)cy;
				const struct scene_tile *p =
				    &l->tile[(u >= 0) + 2 * (v >= 0)];
				const int sx = u < 0 ? u + W : u,
					  sy = v < 0 ? v + H : v;
				const bool in =
				    sx >= 0 && sx < W && sy >= 0 && sy < H;

				assert_float_equal(o.mask[y * W + x],
				    in ? masks[p->record][sy * W + sx] : 0, 0);
				assert_float_equal(o.picture[y * W + x],
				    in ? pictures[p->record][sy * W + sx] : 0,
				    0);
			}
	}
	assert_true(least[0] < W / 2 + 5 && most[0] > 3 * W / 2 - 5);
	assert_true(least[1] < H / 2 + 5 && most[1] > 3 * H / 2 - 5);
	transform_clear(&t);
}

/* Quarters by hand: a turn to the right brings (x, y) of a square to
 * (side - 1 - y, x). */
static void
quarters(void **state)
{
	const struct augment a = { .quad_rotate = QUAD_ALL, .has_fill = true };
	int seen[4] = { 0 };
	struct transform t;
	struct seen o;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 100; g++) {
		const float *m = o.scene.layer[0].to.m;
		int turns;

		look(&o, &t, g);
		turns = m[0] > 0.5F ? 0
		    : m[3] > 0.5F   ? 1
		    : m[0] < -0.5F  ? 2
				    : 3;
		seen[turns]++;
		for (int y = 0; y < H; y++)
			for (int x = 0; x < W; x++) {
				const int d = (W - H) / 2;
				/* in the square about the middle */
				const int u = x - d, v = y;
				const int from[4][2] = { { x, y },
					{ v + d, H - 1 - u },
					{ W - 1 - x, H - 1 - y },
					{ H - 1 - v + d, u } };
				const int sx = from[turns][0],
					  sy = from[turns][1];
				const bool in =
				    sx >= 0 && sx < W && sy >= 0 && sy < H;

				assert_float_equal(o.picture[y * W + x],
				    in ? pictures[g % N][sy * W + sx] : 0, 0);
			}
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(seen[i], 12, 40);
	transform_clear(&t);
}

static void
mixed(void **state)
{
	const struct augment a = { .mixup = 1, .classes = N };
	struct transform t;
	struct seen o;
	double sum = 0;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 200; g++) {
		const struct scene *s = &o.scene;
		size_t own, other;
		float shares[N];

		look(&o, &t, g);
		assert_int_equal(s->mix, SCENE_MIXUP);
		own = s->layer[0].tile[0].record;
		other = s->layer[1].tile[0].record;
		sum += s->share;
		for (int i = 0; i < PLANE; i++)
			assert_float_equal(o.picture[i],
			    s->share * pictures[own][i] +
				(1 - s->share) * pictures[other][i],
			    1e-3);
		assert_int_equal(
		    scene_shares(s, (int[]){ (int)own, (int)other }, shares, N),
		    0);
		for (size_t i = 0; i < N; i++)
			assert_float_equal(shares[i],
			    (i == own ? s->share : 0) +
				(i == other ? 1 - s->share : 0),
			    1e-6);
		/* both boxes */
		assert_int_equal((int)o.rows[0], 2);
		assert_float_equal(
		    o.rows[GEOMETRY_BOX], boxes[own][GEOMETRY_BOX], 0);
		assert_float_equal(
		    o.rows[2 * GEOMETRY_BOX], boxes[other][GEOMETRY_BOX], 0);
		assert_int_equal(
		    scene_shares(s, (int[]){ N, 0 }, shares, N), ERR_FORMAT);
	}
	/* Beta(1, 1) is uniform */
	assert_true(sum / 200 > 0.42 && sum / 200 < 0.58);
	transform_clear(&t);
}

/* The rectangle is the other's, and the share is what is left of this one. */
static void
cut(void **state)
{
	const struct augment a = { .cutmix = 1, .min_box = 0.1 };
	struct transform t;
	struct seen o;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 200; g++) {
		const struct scene *s = &o.scene;
		const uint8_t *own, *other;
		int covered = 0;

		look(&o, &t, g);
		own = masks[s->layer[0].tile[0].record];
		other = masks[s->layer[1].tile[0].record];
		for (int y = 0; y < H; y++)
			for (int x = 0; x < W; x++) {
				const bool in = (float)x >= s->cut.left &&
				    (float)x < s->cut.right &&
				    (float)y >= s->cut.top &&
				    (float)y < s->cut.bottom;
				const int at = y * W + x;

				covered += in;
				assert_float_equal(
				    o.mask[at], in ? other[at] : own[at], 0);
				assert_float_equal(
				    o.picture[at], 10 * o.mask[at], 0);
			}
		assert_float_equal(s->share, 1 - (double)covered / PLANE, 1e-9);
		(void)compare_boxes(&o, 0.01F, true);
	}
	transform_clear(&t);
}

/* Less than the share is left: the box goes; more: it stays. */
static void
boxes_go(void **state)
{
	struct augment a = { .translate = 0.5, .has_fill = true };
	struct transform t;
	struct seen o;
	int gone = 0, kept = 0;

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		a.min_box = pass > 0 ? 0.4 : 0;
		init(&t, &a);
		for (uint64_t g = 0; g < 300; g++) {
			const float *whole = boxes[g % N] + GEOMETRY_BOX;
			float share = 0;

			look(&o, &t, g);
			if (o.rows[0] > 0)
				share = o.rows[GEOMETRY_BOX + 2] *
				    o.rows[GEOMETRY_BOX + 3] /
				    (whole[2] * whole[3]);
			kept += pass > 0 && o.rows[0] > 0;
			gone += pass > 0 && o.rows[0] == 0;
			if (o.rows[0] > 0)
				assert_true(share >= (float)a.min_box - 1e-4F);
		}
		transform_clear(&t);
	}
	assert_true(kept > 100 && gone > 20);
}

static void
erased(void **state)
{
	const struct augment a = { .erase = 0.5 };
	struct transform t;
	struct seen o;
	int times = 0;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 200; g++) {
		const struct scene_rect *r = &o.scene.gone;
		double share;

		look(&o, &t, g);
		share = (double)((r->right - r->left) * (r->bottom - r->top)) /
		    PLANE;
		for (int i = 0; i < PLANE; i++) {
			const int x = i % W, y = i / W;
			const bool in = (float)x >= r->left &&
			    (float)x < r->right && (float)y >= r->top &&
			    (float)y < r->bottom;

			assert_float_equal(o.mask[i], masks[g % N][i], 0);
			if (!in)
				assert_float_equal(
				    o.picture[i], pictures[g % N][i], 0);
		}
		if (r->right == 0)
			continue;
		times++;
		assert_true(share > 0.015 && share < 0.35);
	}
	assert_in_range(times, 70, 130);
	transform_clear(&t);
}

/* Masks have a label of their own outside; after some epochs nothing is mixed. */
static void
outside_and_end(void **state)
{
	const struct augment a = {
		.translate = 0.5, .has_fill_label = true, .fill_label = 255
	};
	const struct augment b = { .mosaic = 1, .mixup = 1, .mix_epochs = 2 };
	struct transform t;
	struct seen o;

	(void)state;
	init(&t, &a);
	for (uint64_t g = 0; g < 50; g++) {
		look(&o, &t, g);
		for (int i = 0; i < PLANE; i++)
			assert_true(
			    (o.mask[i] == 255) == (o.picture[i] == 114) ||
			    o.picture[i] < 114);
	}
	transform_clear(&t);
	init(&t, &b);
	look(&o, &t, 2 * N - 1);
	assert_int_equal(o.scene.layer[0].n, 4);
	assert_int_equal(o.scene.nlayers, 2);
	look(&o, &t, 2 * N);
	assert_int_equal(o.scene.layer[0].n, 1);
	assert_int_equal(o.scene.nlayers, 1);
	transform_clear(&t);
}

/* The part that is taken has the share and the form that were asked for. */
static void
resized_crops(void **state)
{
	const struct augment a = { .area = { 0.2, 0.5 }, .aspect = { 0.5, 2 } };
	struct transform t;
	struct scene s;

	(void)state;
	init(&t, &a);
	t.crop = 32;
	for (uint64_t g = 0; g < 500; g++) {
		float x0 = 8 + 8, y0 = 8, x1 = 48, y1 = 40;
		const struct scene_map *back;
		float w, h;

		scene_draw(&s, &t, g, 0, N);
		assert_int_equal(s.window.x, 16);
		assert_int_equal(s.window.y, 8);
		back = &s.layer[0].back;
		scene_apply(back, &x0, &y0);
		scene_apply(back, &x1, &y1);
		w = x1 - x0;
		h = y1 - y0;
		assert_true(x0 > -0.01F && y0 > -0.01F && x1 < W + 0.01F &&
		    y1 < H + 0.01F);
		assert_true(w * h > 0.199F * PLANE && w * h < 0.501F * PLANE);
		assert_true(w / h > 0.49F && w / h < 2.01F);
	}
	transform_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_agree),
		cmocka_unit_test(mosaic_meets),
		cmocka_unit_test(quarters),
		cmocka_unit_test(mixed),
		cmocka_unit_test(cut),
		cmocka_unit_test(boxes_go),
		cmocka_unit_test(erased),
		cmocka_unit_test(outside_and_end),
		cmocka_unit_test(resized_crops),
	};

	return cmocka_run_group_tests(tests, make_records, NULL);
}
