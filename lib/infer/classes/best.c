/* The surest answers, kept in order, and drawn: see best.h. */
#include "infer/classes/best.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "image/draw.h"
#include "infer/infer.h"
#include "infer/views/pictures.h"
#include "prog/line.h"

enum {
	CELL = 112, /* a picture's side at most */
	PAD = 18,   /* around it; the score stands there */
	LETTERS = 11,
	INK = 0x222222,
	WRONG = 0xb3261e
};

struct kept {
	char *name;
	double score;
	int truth;
	struct image im; /* no larger than a cell */
};

struct best {
	size_t classes, keep;
	size_t *n;      /* (classes): that are kept */
	struct kept *v; /* (classes, keep): by falling score */
};

struct best *
best_new(size_t classes, size_t keep)
{
	struct best *b = mem_new(struct best);

	b->classes = classes;
	b->keep = keep;
	b->n = mem_array(size_t, classes);
	b->v = mem_array(struct kept, classes * keep);
	return b;
}

static void
kept_clear(struct kept *k)
{
	mem_free(k->name);
	image_clear(&k->im);
	memset(k, 0, sizeof(*k));
}

void
best_free(struct best *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->classes; i++)
		for (size_t k = 0; k < b->n[i]; k++)
			kept_clear(&b->v[i * b->keep + k]);
	mem_free(b->n);
	mem_free(b->v);
	mem_free(b);
}

/* As large as a cell takes: shrunk, or each pixel some times. */
static int
fit(struct image *out, const struct image *im)
{
	const int longer = im->width > im->height ? im->width : im->height;
	const double by = (double)CELL / longer;

	if (by >= 1)
		return image_enlarge(out, im, (int)by);
	return image_resize(out, im,
	    im->width * by < 1 ? 1 : (int)(im->width * by),
	    im->height * by < 1 ? 1 : (int)(im->height * by), NULL);
}

int
best_add(struct best *b, int class, double score, const char *name, int truth,
    const struct image *picture)
{
	struct kept *v = b->v + (size_t) class * b->keep, new = { 0 };
	size_t *n = &b->n[class], at = *n;

	while (at > 0 && v[at - 1].score < score)
		at--;
	if (at >= b->keep)
		return 0;
	TRY(fit(&new.im, picture));
	new.name = mem_strdup(name);
	new.score = score;
	new.truth = truth;
	if (*n == b->keep)
		kept_clear(&v[--*n]);
	memmove(v + at + 1, v + at, (*n - at) * sizeof(*v));
	v[at] = new;
	++*n;
	return 0;
}

/* Below each picture its score, and what it is where it is something else. */
static void
write_scores(struct draw *d, const struct infer *f, const struct kept *v,
    size_t n, int class)
{
	const int columns = (int)image_montage_columns(n, 0);

	for (size_t i = 0; i < n; i++) {
		const bool wrong = v[i].truth >= 0 && v[i].truth != class;
		char number[24], *text, *cut;
		int x, y;

		image_montage_cell(i, columns, CELL, CELL, PAD, &x, &y);
		text = wrong ? mem_printf("%.3g %s", v[i].score,
				   infer_label(f, v[i].truth, number))
			     : mem_printf("%.3g", v[i].score);
		cut = draw_text_cut(d, LETTERS, CELL + PAD / 2.0, text);
		draw_text(d, x + CELL / 2.0, y + CELL + LETTERS + 1, LETTERS,
		    DRAW_CENTRE, wrong ? WRONG : INK, cut);
		mem_free(cut);
		mem_free(text);
	}
}

static int
draw_class(struct image *out, const struct infer *f, const struct kept *v,
    size_t n, int class)
{
	const struct image **im = mem_array(const struct image *, n);
	struct draw *d = NULL;
	int rc;

	for (size_t i = 0; i < n; i++)
		im[i] = &v[i].im;
	rc = image_montage(out, im, n, 0, CELL, CELL, PAD, 255);
	mem_free(im);
	TRY(rc);
	TRY(draw_begin(&d, out));
	write_scores(d, f, v, n, class);
	return draw_end(out, &d);
}

/* Into a file that is named after the class. */
static int
write_class(struct infer_pictures *p, const struct infer *f, int class,
    const struct image *im)
{
	char number[24], *name;
	int rc;

	name = mem_printf("%04d-%s.png", class, infer_label(f, class, number));
	for (char *at = name; *at != '\0'; at++)
		if (*at == '/')
			*at = '-';
	rc = infer_pictures_add(p, NULL, name, "", im);
	mem_free(name);
	return rc;
}

static void
list_class(
    FILE *out, const struct infer *f, const struct kept *v, size_t n, int class)
{
	char number[24];
	struct line l = { out, 1, 0 };

	for (size_t i = 0; i < n; i++) {
		line_cell(&l, "%s", infer_label(f, class, number));
		line_cell(&l, "%zu", i + 1);
		line_cell(&l, "%s", v[i].name);
		line_cell(&l, "%.6g", v[i].score);
		line_cell(&l, "%s",
		    v[i].truth >= 0 ? infer_label(f, v[i].truth, number) : "");
		line_end(&l);
	}
}

static int
write_all(const struct best *b, const struct infer *f, struct infer_pictures *p,
    FILE *list)
{
	struct image im;
	int rc = 0;

	image_init(&im);
	for (size_t i = 0; rc >= 0 && i < b->classes; i++) {
		const struct kept *v = b->v + i * b->keep;

		if (b->n[i] == 0)
			continue;
		rc = draw_class(&im, f, v, b->n[i], (int)i);
		if (rc >= 0)
			rc = write_class(p, f, (int)i, &im);
		if (rc >= 0)
			list_class(list, f, v, b->n[i], (int)i);
	}
	image_clear(&im);
	return rc;
}

int
best_write(
    const struct best *b, const struct infer *f, struct infer_pictures *p)
{
	struct file_out *out = NULL;
	char *path = NULL;
	int rc = infer_pictures_path(&path, p, NULL, "best.tsv", "", ".tsv");

	if (rc >= 0)
		rc = file_out_open(&out, path, 0);
	if (rc >= 0) {
		fputs(
		    "class\trank\tpath\tscore\ttruth\n", file_out_stream(out));
		rc = write_all(b, f, p, file_out_stream(out));
	}
	if (rc >= 0)
		rc = file_out_commit(&out);
	file_out_abort(&out);
	mem_free(path);
	return rc;
}
