/* Samples to be looked at: see preview.h. */
#include "input/augment/preview.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "dset/export/draw.h"
#include "image/drawing/sheet.h"
#include "input/geometry.h"
#include "input/source_data.h"

/* Of several labels, or shares of classes, so many are written. */
enum { WORDS = 2 };

struct preview {
	const struct dset *d;
	struct feeds feeds;
	struct net *net;
	struct feed *pictures, *labels; /* labels: of their own, or NULL */
	float *top[2][FEED_TOPS];
	int count;
};

static void
plain(Caffe__LayerParameter *l, int count)
{
	Caffe__TransformationParameter *t = l->transform_param;

	if (l->data_param != NULL) {
		l->data_param->has_batch_size = 1;
		l->data_param->batch_size = (uint32_t)count;
	}
	if (l->image_data_param != NULL) {
		l->image_data_param->has_batch_size = 1;
		l->image_data_param->batch_size = (uint32_t)count;
	}
	if (t == NULL)
		return;
	caffe_set_str(t, "mean_file", NULL);
	t->n_mean_value = 0;
	t->has_scale = 1;
	t->scale = 1;
	if (t->augment_param != NULL) {
		t->augment_param->has_whiten = t->augment_param->whiten = 0;
		t->augment_param->n_std = 0;
	}
}

/* The data layers alone. */
static int
take_layers(Caffe__NetParameter **out, const Caffe__NetParameter *net,
    const Caffe__NetState *state, int count)
{
	static const Caffe__NetState none = CAFFE__NET_STATE__INIT;
	Caffe__NetState *now = caffe_msg_copy(state != NULL ? state : &none);
	Caffe__NetParameter *np = caffe_new(Caffe__NetParameter, net_parameter);
	int rc = 0;

	now->has_phase = 1;
	now->phase = CAFFE__PHASE__TRAIN;
	for (size_t i = 0; i < net->n_layer && rc >= 0; i++) {
		const Caffe__LayerParameter *l = net->layer[i];
		Caffe__LayerParameter *copy;

		if (strcmp(l->type, "Data") != 0 &&
		    strcmp(l->type, "ImageData") != 0)
			continue;
		rc = caffe_layer_in(l, now);
		if (rc <= 0)
			continue;
		copy = caffe_msg_copy(l);
		caffe_layer_unrule(copy);
		plain(copy, count);
		caffe_add(&np->layer, &np->n_layer, copy);
	}
	caffe_msg_free(now);
	*out = np;
	return rc < 0 ? rc : 0;
}

/* Whose first top is a picture, and whose are the labels beside it. */
static int
find_feeds(struct preview *p)
{
	for (int i = 0; i < p->feeds.n; i++) {
		struct feed *f = p->feeds.v[i];
		const struct shape *s = &f->shape[0];

		if (p->pictures == NULL && f->input->pictures == NULL &&
		    s->n == 4 && (s->d[1] == 1 || s->d[1] == 3))
			p->pictures = f;
	}
	for (int i = 0; i < p->feeds.n && p->pictures != NULL; i++)
		if (p->feeds.v[i]->input->pictures == p->pictures->input)
			p->labels = p->feeds.v[i];
	return p->pictures != NULL
	    ? 0
	    : err_set(ERR_UNSUPPORTED,
		  "no data layer gives pictures that can be looked at");
}

static int
fill_feed(struct preview *p, int which, struct feed *f)
{
	for (int i = 0; i < f->ntop; i++)
		p->top[which][i] =
		    mem_array(float, shape_count(&f->shape[i]) + 1);
	return f->type->fill(f, f->opts.base, p->top[which]);
}

static uint8_t
byte_of(float v)
{
	return (uint8_t)lrintf(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* n numbers as bytes, the caller's. */
static uint8_t *
bytes_of(const float *v, size_t n)
{
	uint8_t *b = mem_array(uint8_t, n + 1);

	for (size_t i = 0; i < n; i++)
		b[i] = byte_of(v[i]);
	return b;
}

/* The label of sample i as a record has it; bytes: what it points to, or NULL. */
static bool
label_value(const struct preview *p, int i, struct value *v, uint8_t **bytes)
{
	const struct feed *f = p->labels != NULL ? p->labels : p->pictures;
	const struct shape *s = &f->shape[p->labels != NULL ? 0 : 1];
	const size_t n = shape_count_axes(s, 1, s->n);
	const float *at = p->labels != NULL ? p->top[1][0] + (size_t)i * n
					    : p->top[0][1] + (size_t)i * n;
	const struct data_source *from = strcmp(f->type->name, "Data") == 0
	    ? (const struct data_source *)f->input
	    : NULL;

	*bytes = NULL;
	*v = (struct value){ .channels = 1, .height = 1, .width = (int)n };
	if (from != NULL && from->moves == DATA_BOXES) {
		v->kind = VALUE_BOXES;
		v->height = (int)(n / GEOMETRY_BOX);
		v->width = GEOMETRY_BOX;
		v->floats = at;
		return true;
	}
	if (p->labels == NULL || s->n != 4 || s->d[2] < 2 || s->d[3] < 2)
		return false;
	v->kind = VALUE_IMAGE;
	v->channels = (int)s->d[1];
	v->height = (int)s->d[2];
	v->width = (int)s->d[3];
	v->data = *bytes = bytes_of(at, n);
	return v->channels == 1 || v->channels == 3;
}

static int
draw_sample(const struct preview *p, int i, struct image *im)
{
	static char no_task[] = "";
	static const struct dset nothing = { .task = no_task };
	const struct dset *d = p->d != NULL ? p->d : &nothing;
	const struct shape *s = &p->pictures->shape[0];
	const size_t n = shape_count_axes(s, 1, 4);
	struct record r = { .n = 1 };
	uint8_t *planes = bytes_of(p->top[0][0] + (size_t)i * n, n), *label;
	int rc;

	r.v[RECORD_DATA] = (struct value){ .kind = VALUE_IMAGE,
		.channels = (int)s->d[1],
		.height = (int)s->d[2],
		.width = (int)s->d[3],
		.data = planes };
	r.n += label_value(p, i, &r.v[RECORD_LABEL], &label);
	rc = record_planes_to_image(
	    im, planes, (int)s->d[1], (int)s->d[2], (int)s->d[3]);
	if (rc >= 0 && r.n > 1)
		rc = dset_draw(im, &r, d);
	mem_free(label);
	mem_free(planes);
	return rc < 0 ? rc : image_sheet_enlarge(im, SHEET_SMALL);
}

static void
add_word(struct buf *b, const struct dset *d, int class)
{
	if (d != NULL && class >= 0 && (size_t) class < d->nlabels)
		buf_printf(b, "%s", d->labels[class]);
	else
		buf_printf(b, "%d", class);
}

/* Shares of classes, the largest first. */
static void
write_shares(struct buf *b, const struct dset *d, const float *v, int n)
{
	float below = INFINITY;

	for (int k = 0; k < WORDS; k++) {
		int best = -1;

		for (int i = 0; i < n; i++)
			if (v[i] > 0 && v[i] < below &&
			    (best < 0 || v[i] > v[best]))
				best = i;
		if (best < 0)
			return;
		below = v[best];
		buf_printf(b, "%s", b->len > 0 ? " " : "");
		add_word(b, d, best);
		if (v[best] < 1)
			buf_printf(b, " %.2f", (double)v[best]);
	}
}

/* What stands below sample i: its class, or numbers. */
static void
write_label(const struct preview *p, int i, struct buf *b)
{
	const bool own = p->labels == NULL;
	const struct feed *f = own ? p->pictures : p->labels;
	const struct shape *s = &f->shape[own ? 1 : 0];
	const int n = (int)shape_count_axes(s, 1, s->n);
	const float *v =
	    p->top[own ? 0 : 1][own ? 1 : 0] + (size_t)i * (size_t)n;
	const Caffe__LayerParameter *l = f->input->p;
	struct value value;
	uint8_t *bytes;
	const bool drawn = label_value(p, i, &value, &bytes);

	mem_free(bytes);
	if (drawn || (own && l->n_top < 2))
		return;
	if (own && s->n == 1)
		add_word(b, p->d, (int)*v);
	else if (l->transform_param != NULL &&
	    l->transform_param->augment_param != NULL &&
	    (int)l->transform_param->augment_param->classes == n)
		write_shares(b, p->d, v, n);
	else
		for (int k = 0; k < n && k < WORDS; k++)
			buf_printf(b, "%s%g", k > 0 ? ", " : "", (double)v[k]);
}

/* The caller's. */
static char *
caption_of(const struct preview *p, int i)
{
	struct buf b;
	char *text;

	buf_init(&b, 1 << 12);
	write_label(p, i, &b);
	text = mem_strdup(buf_str(&b));
	buf_clear(&b);
	return text;
}

static int
draw_all(struct preview *p, struct image *out, int side)
{
	const size_t n = (size_t)p->count;
	struct image *im = mem_array(struct image, n);
	const struct image **v = mem_array(const struct image *, n);
	char **captions = mem_array(char *, n);
	int rc = 0;

	for (int i = 0; i < p->count; i++) {
		image_init(&im[i]);
		v[i] = &im[i];
		captions[i] = caption_of(p, i);
	}
	for (int i = 0; i < p->count && rc >= 0; i++)
		rc = draw_sample(p, i, &im[i]);
	if (rc >= 0)
		rc = image_sheet(out, v, captions, n, 0, side);
	for (int i = 0; i < p->count; i++) {
		image_clear(&im[i]);
		mem_free(captions[i]);
	}
	mem_free(captions);
	mem_free(im);
	mem_free(v);
	return rc;
}

static int
open_preview(
    struct preview *p, const Caffe__NetParameter *np, const struct feed_opts *o)
{
	const struct net_opts no = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_ctx = &p->feeds };

	feeds_init(&p->feeds, o);
	if (np->n_layer == 0)
		return find_feeds(p);
	TRY(net_new(&p->net, np, &no));
	TRY(find_feeds(p));
	TRY(feeds_start(&p->feeds, p->net));
	TRY(fill_feed(p, 0, p->pictures));
	return p->labels != NULL ? fill_feed(p, 1, p->labels) : 0;
}

int
preview_draw(struct image *out, const Caffe__NetParameter *net,
    const Caffe__NetState *state, const struct dset *d,
    const struct feed_opts *o, int count, int side)
{
	struct preview p = { .d = d, .count = count };
	Caffe__NetParameter *np;
	struct feed_opts fo = *o;
	struct augment moves = { 0 };
	int rc = take_layers(&np, net, state, count);

	fo.train = true;
	fo.batch = 0;
	fo.rgb = false; /* what is looked at is B G R, as records are */
	fo.rank = fo.ranks = 0;
	if (o->augment != NULL) {
		moves = *o->augment;
		moves.whiten = false;
		moves.std[0] = 0;
		fo.augment = &moves;
	}
	if (rc >= 0)
		rc = open_preview(&p, np, &fo);
	if (rc >= 0)
		rc = draw_all(&p, out, side);
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < FEED_TOPS; k++)
			mem_free(p.top[i][k]);
	net_free(p.net);
	feeds_clear(&p.feeds);
	caffe_msg_free(np);
	return rc;
}

/* A layer that reads a column of the data set; NULL: the pictures, and the labels
 * with them. */
static void
add_layer(Caffe__NetParameter *np, const struct dset *d, enum dset_part part,
    const char *column, const Caffe__TransformationParameter *t)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	const bool labels = column != NULL && strcmp(column, "labels") == 0;
	char *path = column != NULL ? dset_column_path(d, part, column)
				    : mem_strdup(d->db_path[part]);

	caffe_set_str(l, "name", labels ? "labels" : "data");
	caffe_set_str(l, "type", "Data");
	caffe_add_str(&l->top, &l->n_top, labels ? "label" : "data");
	if (column == NULL)
		caffe_add_str(&l->top, &l->n_top, "label");
	l->data_param = caffe_new(Caffe__DataParameter, data_parameter);
	caffe_set_str(l->data_param, "source", path);
	l->data_param->has_backend = 1;
	l->data_param->backend = CAFFE__DATA_PARAMETER__DB__LMDB;
	if (t != NULL && !labels)
		l->transform_param = caffe_msg_copy(t);
	caffe_add(&np->layer, &np->n_layer, l);
	mem_free(path);
}

int
preview_dset(struct image *out, const struct dset *d, enum dset_part part,
    const Caffe__TransformationParameter *t, int threads, int count, int side)
{
	const struct feed_opts o = { .shuffle = true, .threads = threads };
	Caffe__NetParameter *np = caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__TransformationParameter *own = caffe_msg_copy(t);
	char *labels = dset_column_path(d, part, "labels");
	int rc;

	/* as model-train sets it */
	if (own->augment_param != NULL && labels == NULL &&
	    own->augment_param->classes == 0 && d->nlabels > 0) {
		own->augment_param->has_classes = 1;
		own->augment_param->classes = (uint32_t)d->nlabels;
	}
	add_layer(np, d, part, labels != NULL ? "features" : NULL, own);
	if (labels != NULL)
		add_layer(np, d, part, "labels", NULL);
	rc = preview_draw(out, np, NULL, d, &o, count, side);
	mem_free(labels);
	caffe_msg_free(own);
	caffe_msg_free(np);
	return rc;
}
