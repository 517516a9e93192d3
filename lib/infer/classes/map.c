/* Pictures as points of a plane: see map.h. */
#include "infer/classes/map.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "image/draw.h"
#include "infer/infer.h"
#include "infer/classes/pca.h"
#include "infer/classes/tsne.h"

enum {
	NUMBERS_MAX = 1 << 28, /* of all points: 1 GiB */
	SIDE = 640,
	GAP = 12,
	TITLE = 14,
	SMALL = 12,
	TOP = TITLE + 3 * GAP,
	LEFT = 2 * GAP + SMALL,
	LEGEND = 170,
	LINES = 36, /* classes in the legend */
	WIDTH = LEFT + SIDE + GAP + LEGEND,
	HEIGHT = TOP + SIDE + SMALL + 3 * GAP,
	INK = 0x222222,
	FAINT = 0x6b6b6b,
	COLOURS = 10 /* that draw_colour tells apart */
};

struct feature_map {
	float *v; /* (n, each) */
	int *class;
	size_t n, each, cap, class_cap;
	size_t odd; /* left out: not finite */
	enum feature_map_method method;
};

struct feature_map *
feature_map_new(enum feature_map_method method)
{
	struct feature_map *m = mem_new(struct feature_map);

	m->method = method;
	return m;
}

void
feature_map_free(struct feature_map *m)
{
	if (m == NULL)
		return;
	mem_free(m->v);
	mem_free(m->class);
	mem_free(m);
}

int
feature_map_add(struct feature_map *m, const float *v, size_t n, int class)
{
	if (m->n > 0 && n != m->each)
		return err_set(ERR_FORMAT,
		    "--map: %zu numbers of one picture and %zu of another",
		    m->each, n);
	if ((m->n + 1) * n > NUMBERS_MAX)
		return err_set(ERR_RANGE,
		    "--map: %zu pictures of %zu numbers each are too many: the most is %d in all",
		    m->n + 1, n, NUMBERS_MAX);
	if (m->method == FEATURE_MAP_TSNE && m->n == TSNE_POINTS_MAX)
		return err_set(ERR_RANGE,
		    "--map-method tsne compares all pictures with one another, and takes %d at most: ask of fewer, or for --map-method pca",
		    TSNE_POINTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i])) {
			m->odd++;
			return 0;
		}
	m->each = n;
	mem_grow(&m->v, &m->cap, (m->n + 1) * n);
	mem_grow(&m->class, &m->class_cap, m->n + 1);
	for (size_t i = 0; i < n; i++)
		m->v[m->n * n + i] = v[i];
	m->class[m->n++] = class;
	return 0;
}

static uint32_t
colour_of(int class)
{
	return class < 0 ? FAINT : draw_colour((unsigned)class);
}

/* The same scale in both directions, so that distances are what they are. */
static void
draw_points(struct draw *d, const struct feature_map *m, const double *xy)
{
	double low[2], high[2], by, mid[2];

	for (int k = 0; k < 2; k++) {
		low[k] = high[k] = xy[k];
		for (size_t i = 0; i < m->n; i++) {
			low[k] = fmin(low[k], xy[2 * i + (size_t)k]);
			high[k] = fmax(high[k], xy[2 * i + (size_t)k]);
		}
		mid[k] = (low[k] + high[k]) / 2;
	}
	by = fmax(high[0] - low[0], high[1] - low[1]);
	by = by > 0 ? (SIDE - 2.0 * GAP) / by : 1;
	for (size_t i = 0; i < m->n; i++)
		draw_dot(d, LEFT + SIDE / 2.0 + by * (xy[2 * i] - mid[0]),
		    TOP + SIDE / 2.0 - by * (xy[2 * i + 1] - mid[1]),
		    m->n > 2000 ? 2 : 3, colour_of(m->class[i]));
	draw_box(d, LEFT - 1, TOP - 1, SIDE + 2, SIDE + 2, 1, FAINT);
}

/* The classes that there are, with how many points each has. */
static void
draw_legend(struct draw *d, const struct feature_map *m, const struct infer *f)
{
	int most = -1, lines = 0;

	for (size_t i = 0; i < m->n; i++)
		most = m->class[i] > most ? m->class[i] : most;
	for (int c = -1; c <= most && lines < LINES; c++) {
		const double y = TOP + lines * (SMALL + 6);
		size_t n = 0;
		char number[24], *text, *cut;

		for (size_t i = 0; i < m->n; i++)
			n += m->class[i] == c;
		if (n == 0)
			continue;
		text = mem_printf("%s (%zu)",
		    c < 0 ? "no class" : infer_label(f, c, number), n);
		cut = draw_text_cut(d, SMALL, LEGEND - 3.0 * GAP, text);
		draw_dot(
		    d, LEFT + SIDE + 2 * GAP, y + SMALL / 2.0, 5, colour_of(c));
		draw_text(d, LEFT + SIDE + 3 * GAP, y + SMALL - 2, SMALL,
		    DRAW_LEFT, INK, cut);
		mem_free(cut);
		mem_free(text);
		lines++;
	}
	if (most >= COLOURS)
		log_warn(
		    "--map: there are %d colours, and those of other classes come again",
		    COLOURS);
}

static void
draw_title(struct draw *d, const struct feature_map *m, const char *blob)
{
	char *title = mem_printf("%s by %s of %s", NUM_COUNTED(m->n, "image"),
	    NUM_COUNTED(m->each, "number"), blob);

	draw_text(d, GAP, GAP + TITLE, TITLE, DRAW_LEFT, INK, title);
	mem_free(title);
}

/* What the directions are. */
static void
draw_shares(struct draw *d, const double share[2])
{
	char text[64];

	snprintf(text, sizeof(text), "first direction: %.1f %% of the variance",
	    100 * share[0]);
	draw_text(d, LEFT + SIDE / 2.0, TOP + SIDE + GAP + SMALL, SMALL,
	    DRAW_CENTRE, FAINT, text);
	snprintf(
	    text, sizeof(text), "second direction: %.1f %%", 100 * share[1]);
	draw_text_up(
	    d, GAP + SMALL, TOP + SIDE / 2.0, SMALL, DRAW_CENTRE, FAINT, text);
}

static void
draw_tsne(struct draw *d, double perplexity, double loss)
{
	char text[96];

	snprintf(text, sizeof(text),
	    "t-SNE: what is near is alike; perplexity %.3g, divergence %.3g",
	    perplexity, loss);
	draw_text(d, LEFT + SIDE / 2.0, TOP + SIDE + GAP + SMALL, SMALL,
	    DRAW_CENTRE, FAINT, text);
}

/* said: shares of the variance, or perplexity and divergence. */
static int
draw_map(const struct feature_map *m, const char *path, const char *blob,
    const struct infer *f, const double *xy, const double said[2], int force)
{
	struct draw *d = NULL;

	TRY(draw_page(&d, path, WIDTH, HEIGHT));
	draw_title(d, m, blob);
	if (m->method == FEATURE_MAP_TSNE)
		draw_tsne(d, said[0], said[1]);
	else
		draw_shares(d, said);
	draw_points(d, m, xy);
	draw_legend(d, m, f);
	return draw_write(&d, path, force);
}

int
feature_map_write(struct feature_map *m, const char *path, const char *blob,
    const struct infer *f, int threads, int force)
{
	double *xy, said[2];
	int rc = 0;

	if (m->odd > 0)
		log_warn(
		    "--map: left out, as they have numbers that are not finite: %s",
		    NUM_COUNTED(m->odd, "image"));
	if (m->n < 2)
		return err_set(
		    ERR_USAGE, "--map: a map is made of two pictures at least");
	xy = mem_array(double, 2 * m->n);
	if (m->method == FEATURE_MAP_TSNE)
		rc = tsne_plane(
		    xy, &said[0], &said[1], m->v, m->n, m->each, threads);
	else
		pca_plane(xy, said, m->v, m->n, m->each);
	if (rc >= 0)
		rc = draw_map(m, path, blob, f, xy, said, force);
	mem_free(xy);
	return rc;
}
