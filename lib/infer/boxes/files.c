/*
 * Boxes as files for other programs: COCO's results, YOLO's text, and what is in the
 * boxes as pictures.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "infer/boxes/view.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "json/json.h"
#include "prog/prog.h"

enum { LINE_MAX_BYTES = 1 << 20, TEXT_MAX_BYTES = 1 << 28 };

struct boxes_files {
	struct file_out *coco;
	bool begun; /* the list has a first box */
	struct infer_pictures *yolo, *crops;
	struct buf text;
};

int
boxes_files_new(struct boxes_files **out, const struct boxes_view *b)
{
	const struct report_opts *o = b->v->o;
	struct boxes_files *f;
	int rc = 0;

	if (o->coco == NULL && o->yolo == NULL && o->crops == NULL)
		return 0;
	f = mem_new(struct boxes_files);
	buf_init(&f->text, TEXT_MAX_BYTES);
	if (o->coco != NULL)
		rc = file_out_open(&f->coco, o->coco, prog_options()->force);
	if (rc >= 0 && o->yolo != NULL)
		rc = infer_pictures_new(&f->yolo, o->yolo);
	if (rc >= 0 && o->crops != NULL)
		rc = infer_pictures_new(&f->crops, o->crops);
	if (rc < 0)
		boxes_files_free(f);
	else
		*out = f;
	return rc;
}

void
boxes_files_free(struct boxes_files *f)
{
	if (f == NULL)
		return;
	file_out_abort(&f->coco);
	infer_pictures_free(f->yolo);
	infer_pictures_free(f->crops);
	buf_clear(&f->text);
	mem_free(f);
}

/* COCO's number of a picture is in its name, "000000397133.jpg"; other names stand
 * for themselves.  Records have the numbers that dset-show --export gives them. */
static void
image_id(struct json_w *w, const struct answer *a)
{
	const char *base = path_base(a->name);
	const size_t n = strcspn(base, ".");
	char *stem = mem_strndup(base, n);
	int64_t id;

	json_w_key(w, "image_id");
	if (a->record >= 0)
		json_w_int(w, a->record + 1);
	else if (n > 0 && strspn(stem, "0123456789") == n &&
	    num_int(&id, stem, 0, INT64_MAX) == 0)
		json_w_int(w, id);
	else
		json_w_str(w, stem);
	mem_free(stem);
}

/* To what a pixel has at most. */
static double
hundredth(double v)
{
	return round(v * 100) / 100;
}

static void
coco_box(struct json_w *w, const struct net_box *x)
{
	json_w_kint(w, "category_id", x->class);
	json_w_key(w, "bbox");
	json_w_array(w);
	json_w_num(w, hundredth(x->box.left));
	json_w_num(w, hundredth(x->box.top));
	json_w_num(w, hundredth(x->box.right - x->box.left));
	json_w_num(w, hundredth(x->box.bottom - x->box.top));
	json_w_array_end(w);
	json_w_key(w, "score");
	json_w_float(w, (float)x->score);
}

/* All of them, also those that are not printed: who draws curves wants them. */
static int
add_coco(
    struct boxes_files *f, const struct boxes_view *b, const struct answer *a)
{
	FILE *out = file_out_stream(f->coco);
	struct json_w w;

	for (size_t i = 0; i < b->boxes.n; i++) {
		buf_reset(&f->text);
		json_w_init(&w, &f->text, 0);
		json_w_object(&w);
		image_id(&w, a);
		coco_box(&w, &b->boxes.v[i]);
		json_w_kstr(&w, "file_name", path_base(a->name));
		json_w_object_end(&w);
		TRY(json_w_end(&w));
		fputs(f->begun ? ",\n" : "[\n", out);
		fwrite(f->text.data, 1, f->text.len, out);
		if (ferror(out))
			return err_sys("write %s", b->v->o->coco);
		f->begun = true;
	}
	return 0;
}

/* "CLASS X Y W H SCORE", shares of the picture, the middle first; classes without
 * that which stands for none, as dset-show --export numbers them. */
static int
add_yolo(
    struct boxes_files *f, const struct boxes_view *b, const struct answer *a)
{
	const double w = a->where->width, h = a->where->height;
	char *path = NULL;
	int rc;

	buf_reset(&f->text);
	for (size_t i = 0; i < boxes_shown(b); i++) {
		const struct net_box *x = &b->boxes.v[i];
		const int class =
		    x->class - (b->dontcare >= 0 && x->class > b->dontcare);

		TRY(buf_printf(&f->text, "%d %.6f %.6f %.6f %.6f %.6g\n", class,
		    (x->box.left + x->box.right) / 2 / w,
		    (x->box.top + x->box.bottom) / 2 / h,
		    (x->box.right - x->box.left) / w,
		    (x->box.bottom - x->box.top) / h, x->score));
	}
	TRY(infer_pictures_path(&path, f->yolo, NULL, a->name, "", ".txt"));
	rc = file_write(path, buf_str(&f->text), f->text.len, 0);
	mem_free(path);
	return rc;
}

static int
crop_box(struct image *out, const struct net_box *x, const struct image *im)
{
	const int left = (int)floor(x->box.left), top = (int)floor(x->box.top);
	int right = (int)ceil(x->box.right), bottom = (int)ceil(x->box.bottom);

	right = right > left ? right : left + 1;
	bottom = bottom > top ? bottom : top + 1;
	return image_crop(out, im, left, top, right - left, bottom - top);
}

/* DIR/CLASS/NAME-K.png, as dset-create takes pictures by their classes. */
static int
add_crops(
    struct boxes_files *f, const struct boxes_view *b, const struct answer *a)
{
	struct image im;
	char number[24];
	int rc = 0;

	image_init(&im);
	for (size_t i = 0; rc >= 0 && i < boxes_shown(b); i++) {
		const struct net_box *x = &b->boxes.v[i];
		char *suffix = mem_printf("-%zu", i + 1);

		rc = crop_box(&im, x, a->picture);
		if (rc >= 0)
			rc = infer_pictures_add(f->crops,
			    infer_label(b->v->infer, x->class, number), a->name,
			    suffix, &im);
		mem_free(suffix);
	}
	image_clear(&im);
	return rc;
}

int
boxes_files_add(
    struct boxes_files *f, const struct boxes_view *b, const struct answer *a)
{
	if (f == NULL)
		return 0;
	if (f->coco != NULL)
		TRY(add_coco(f, b, a));
	if (f->yolo != NULL)
		TRY(add_yolo(f, b, a));
	return f->crops != NULL ? add_crops(f, b, a) : 0;
}

int
boxes_files_commit(struct boxes_files *f)
{
	if (f == NULL)
		return 0;
	if (f->coco != NULL) {
		fputs(f->begun ? "\n]\n" : "[]\n", file_out_stream(f->coco));
		TRY(file_out_commit(&f->coco));
	}
	TRY(infer_pictures_commit(f->yolo));
	return infer_pictures_commit(f->crops);
}
