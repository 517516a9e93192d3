/* Label files as text: KITTI, VOC, YOLO. */
#include "dset/boxes/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"

double
dset_decimal(float v)
{
	char text[NUM_TEXT_MAX];
	double out = v;

	num_float_text(text, v);
	(void)num_double(&out, text, -4e38, 4e38);
	return out;
}

/* Ten digits: more than a float has, less than sums of decimals get wrong. */
static int
put(struct buf *out, const char *before, double v)
{
	return buf_printf(out, "%s%.10g", before, v == 0 ? 0 : v);
}

int32_t
dset_dontcare(const struct dset *d)
{
	for (size_t i = 0; i < d->nlabels; i++)
		if (strcasecmp(d->labels[i], DETECT_DONTCARE) == 0)
			return (int32_t)i;
	return d->nlabels == 0 ? 0 : -1; /* DIGITS's own have no names */
}

int32_t
dset_row_written(bool *aside, const struct dset *d, const float *row)
{
	int32_t class = dset_row_class(row);
	float of = row[ROW_ASIDE];

	*aside = class == dset_dontcare(d);
	if (*aside && of > 0 && of < LABELS_MAX && of == floorf(of))
		return (int32_t)of;
	return class;
}

const char *
dset_class_text(char number[24], const struct dset *d, int32_t class)
{
	const char *name = dset_row_name(d, class);

	snprintf(number, 24, "%d", class);
	return name != NULL             ? name
	    : class == dset_dontcare(d) ? DETECT_DONTCARE
					: number;
}

/* A type is one word. */
static int
put_type(struct buf *out, const char *name)
{
	for (; *name; name++)
		TRY(buf_addc(out, *name == ' ' ? '_' : *name));
	return 0;
}

int
dset_kitti_write(struct buf *out, const struct dset_labelled *l)
{
	static const int rest[] = { ROW_HEIGHT_3D, ROW_WIDTH_3D, ROW_LENGTH_3D,
		ROW_X, ROW_Y, ROW_Z, ROW_ROTATION_Y };
	double left, top;
	char number[24];
	const float *v;
	size_t n, i;

	(void)dset_rows(&v, &n, l->r);
	for (i = 0; i < n; i++, v += ROW_NUMBERS) {
		int32_t class = dset_row_class(v);

		left = dset_decimal(v[ROW_LEFT]);
		top = dset_decimal(v[ROW_TOP]);
		TRY(class == dset_dontcare(l->d)
			? buf_adds(out, "DontCare")
			: put_type(out, dset_class_text(number, l->d, class)));
		TRY(put(out, " ", dset_decimal(v[ROW_TRUNCATED])));
		TRY(buf_printf(out, " %.0f", v[ROW_OCCLUDED]));
		TRY(put(out, " ", dset_decimal(v[ROW_ALPHA])));
		TRY(put(out, " ", left));
		TRY(put(out, " ", top));
		TRY(put(out, " ", left + dset_decimal(v[ROW_WIDTH])));
		TRY(put(out, " ", top + dset_decimal(v[ROW_HEIGHT])));
		for (size_t k = 0; k < sizeof rest / sizeof *rest; k++)
			TRY(put(out, " ", dset_decimal(v[rest[k]])));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

static int
put_text(struct buf *out, const char *s)
{
	return buf_add_xml(out, s, strlen(s));
}

static int
put_object(struct buf *out, const struct dset *d, const float *row)
{
	double left = dset_decimal(row[ROW_LEFT]);
	double top = dset_decimal(row[ROW_TOP]);
	char number[24];
	bool aside;
	int32_t class = dset_row_written(&aside, d, row);

	TRY(buf_adds(out, "\t<object>\n\t\t<name>"));
	TRY(put_text(out, dset_class_text(number, d, class)));
	TRY(buf_printf(out,
	    "</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>%d</truncated>\n\t\t<occluded>%d</occluded>\n\t\t<difficult>%d</difficult>\n\t\t<bndbox>\n",
	    row[ROW_TRUNCATED] > 0, row[ROW_OCCLUDED] > 0, aside));
	TRY(put(out, "\t\t\t<xmin>", left + 1));
	TRY(put(out, "</xmin>\n\t\t\t<ymin>", top + 1));
	TRY(put(
	    out, "</ymin>\n\t\t\t<xmax>", left + dset_decimal(row[ROW_WIDTH])));
	TRY(put(
	    out, "</xmax>\n\t\t\t<ymax>", top + dset_decimal(row[ROW_HEIGHT])));
	return buf_adds(out, "</ymax>\n\t\t</bndbox>\n\t</object>\n");
}

int
dset_voc_write(struct buf *out, const struct dset_labelled *l)
{
	const float *v;
	size_t n, i;

	(void)dset_rows(&v, &n, l->r);
	TRY(buf_adds(out, "<annotation>\n\t<filename>"));
	TRY(put_text(out, l->file));
	TRY(buf_printf(out,
	    "</filename>\n\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>%d</depth>\n\t</size>\n\t<segmented>0</segmented>\n",
	    l->width, l->height, l->channels));
	for (i = 0; i < n; i++)
		TRY(put_object(out, l->d, v + i * ROW_NUMBERS));
	return buf_adds(out, "</annotation>\n");
}

/* An edge within the picture, as YOLO's trainers want it. */
static double
cut(double v, int side)
{
	return fmin(fmax(v, 0), side);
}

int
dset_yolo_write(
    struct buf *out, const struct dset_labelled *l, uint64_t *left_out)
{
	int32_t dontcare = dset_dontcare(l->d), class;
	double left, top, right, bottom;
	const float *v;
	size_t n, i;

	(void)dset_rows(&v, &n, l->r);
	for (i = 0; i < n; i++, v += ROW_NUMBERS) {
		class = dset_row_class(v);
		left = dset_decimal(v[ROW_LEFT]);
		top = dset_decimal(v[ROW_TOP]);
		right = cut(left + dset_decimal(v[ROW_WIDTH]), l->width);
		bottom = cut(top + dset_decimal(v[ROW_HEIGHT]), l->height);
		left = cut(left, l->width);
		top = cut(top, l->height);
		if (class == dontcare || class < 0 || right <= left ||
		    bottom <= top) {
			++*left_out;
			continue;
		}
		TRY(buf_printf(
		    out, "%d", class - (dontcare >= 0 && class > dontcare)));
		TRY(put(out, " ", (left + right) / 2 / l->width));
		TRY(put(out, " ", (top + bottom) / 2 / l->height));
		TRY(put(out, " ", (right - left) / l->width));
		TRY(put(out, " ", (bottom - top) / l->height));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

/* Names may be yes, 1, or have a colon. */
static int
put_quoted(struct buf *out, const char *s)
{
	TRY(buf_addc(out, '\''));
	for (; *s; s++)
		TRY(*s == '\'' ? buf_adds(out, "''") : buf_addc(out, *s));
	return buf_adds(out, "'\n");
}

int
dset_yolo_names_write(struct buf *out, const struct dset *d)
{
	int32_t dontcare = dset_dontcare(d), i, k = 0;

	if (d->nlabels == 0)
		return 0; /* numbers are all there is */
	TRY(buf_adds(out, "names:\n"));
	for (i = 0; i < (int32_t)d->nlabels; i++) {
		if (i == dontcare)
			continue;
		TRY(buf_printf(out, "  %d: ", k++));
		TRY(put_quoted(out, d->labels[i]));
	}
	return 0;
}
