/* Records back into files. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/boxes/out.h"
#include "dset/export/export.h"
#include "dset/export/pass.h"
#include "dset/masks/records.h"
#include "dset/targets/records.h"
#include "dset/product.h"
#include "dset/export/tar.h"
#include "file/file.h"
#include "file/npy.h"

int
dset_value_image(struct image *out, const struct value *v)
{
	size_t n = (size_t)v->height * (size_t)v->width, i;
	size_t c, channels = (size_t)v->channels, from;

	if (channels != 1 && channels != 3)
		return err_set(ERR_UNSUPPORTED,
		    "%d channels: a picture has 1 or 3", v->channels);
	if (v->data != NULL)
		return record_planes_to_image(
		    out, v->data, v->channels, v->height, v->width);
	if (v->floats == NULL)
		return err_set(ERR_FORMAT, "no picture");
	TRY(image_resize_buffer(out, v->width, v->height, v->channels));
	for (c = 0; c < channels; c++) {
		from = v->rgb ? c : channels - 1 - c;
		for (i = 0; i < n; i++) {
			float x = v->floats[from * n + i];

			out->data[i * channels + c] =
			    (uint8_t)fminf(fmaxf(x, 0) + .5f, 255);
		}
	}
	return 0;
}

int
dset_value_file(
    struct buf *b, const char **ext, const struct value *v, struct image *im)
{
	size_t dim[3] = { (size_t)v->channels, (size_t)v->height,
		(size_t)v->width };
	int ndim =
	    v->kind != VALUE_IMAGE && v->height == 1 && v->width == 1 ? 1 : 3;
	struct image_info info;

	buf_reset(b);
	if (v->kind == VALUE_CLASS) {
		*ext = ".cls";
		return buf_printf(b, "%d\n", v->label);
	}
	if (v->kind == VALUE_TEXT) {
		*ext = ".txt";
		return buf_add(b, v->blob, v->blob_len);
	}
	if (v->blob != NULL) {
		*ext = ".img";
		if (image_probe(&info, v->blob, v->blob_len, "picture") == 0)
			*ext = strcmp(info.format, "png") == 0 ? ".png"
			    : strcmp(info.format, "jpeg") == 0 ? ".jpg"
							       : ".img";
		return buf_add(b, v->blob, v->blob_len);
	}
	if (v->data != NULL && (v->channels == 1 || v->channels == 3)) {
		*ext = ".png";
		TRY(dset_value_image(im, v));
		return image_encode_png(b, im, -1);
	}
	*ext = v->kind == VALUE_IMAGE ? ".data.npy" : ".npy";
	if (v->data != NULL)
		return npy_add(b, NPY_U8, ndim, dim, v->data);
	return npy_add(b, NPY_F32, ndim, dim, v->floats);
}

/* The folder of a class: its name, or number, made harmless. */
static char *
class_folder(const struct dset *d, int label)
{
	char *name, *s;

	if (label < 0 || (size_t)label >= d->nlabels)
		return mem_printf("%d", label);
	name = mem_strdup(d->labels[label]);
	for (s = name; *s; s++) {
		if (*s == ' ')
			*s = '_';
		else if (*s == '/' || *s == '\\' || (unsigned char)*s < ' ')
			*s = '-';
	}
	if (path_check_inside(name) < 0) {
		mem_free(name);
		name = mem_printf("%d", label);
	}
	return name;
}

/* A picture that other programs read, also where floats of HDF5 hold it. */
static int
picture_file(struct dset_pass *p, const char **ext, const struct value *v)
{
	TRY(dset_value_file(&p->file, ext, v, &p->im));
	if (!path_has_ext(*ext, ".npy"))
		return 0;
	buf_reset(&p->file);
	*ext = ".png";
	TRY(dset_value_image(&p->im, v));
	return image_encode_png(&p->file, &p->im, -1);
}

static int
export_picture(
    struct dset_pass *p, const struct value *v, const char *stem, char **path)
{
	const char *ext;

	TRY(picture_file(p, &ext, v));
	*path = mem_printf("%s%s", stem, ext);
	return dset_file_new(*path, &p->file);
}

static int
export_value(struct dset_pass *p, const struct value *v, const char *stem,
    const char *column, char **path)
{
	const char *ext;

	TRY(dset_value_file(&p->file, &ext, v, &p->im));
	*path = column != NULL ? mem_printf("%s.%s%s", stem, column, ext)
			       : mem_printf("%s%s", stem, ext);
	return dset_file_new(*path, &p->file);
}

/* The line of PART.txt: the path, and what a list of dset-create's can hold. */
static void
export_line(struct dset_pass *p, const char *path, const struct value *label)
{
	char number[NUM_TEXT_MAX];
	size_t i, n = value_count(label);

	fputs(path + strlen(p->out) + 1, p->list);
	if (label->kind == VALUE_CLASS)
		fprintf(p->list, " %d", label->label);
	else if (label->floats != NULL && label->height == 1 &&
	    label->width == 1)
		for (i = 0; i < n; i++)
			fprintf(p->list, "%c%s", i ? ' ' : '\t',
			    num_float_text(number, label->floats[i]));
	putc('\n', p->list);
}

/* PART/images/KEY.EXT and PART/masks/KEY.png, or PART/targets/KEY.png. */
static int
export_pair(struct dset_pass *p, const struct record *r, bool masked)
{
	char *stem = NULL, *path = NULL, *mask = NULL;
	int rc = dset_pass_key(&p->name, r);

	if (rc == 0) {
		stem = mem_printf(
		    "%s/%s/images/%s", p->out, p->part, buf_str(&p->name));
		mask = mem_printf("%s/%s/%s/%s.png", p->out, p->part,
		    masked ? "masks" : "targets", buf_str(&p->name));
		rc = export_picture(p, &r->v[RECORD_DATA], stem, &path);
	}
	if (rc == 0)
		rc = masked ? dset_mask_image(&p->im, r)
			    : dset_target_image(&p->im, r);
	buf_reset(&p->file);
	if (rc == 0)
		rc = masked ? dset_mask_file(&p->file, &p->im, p->d)
			    : image_encode_png(&p->file, &p->im, -1);
	if (rc == 0)
		rc = dset_file_new(mask, &p->file);
	if (rc == 0)
		fprintf(p->list, "%s\t%s\n", path + strlen(p->out) + 1,
		    mask + strlen(p->out) + 1);
	mem_free(path);
	mem_free(mask);
	mem_free(stem);
	return rc;
}

/* PART/CLASS/KEY.EXT, or PART/KEY.EXT and what else there is beside it. */
static int
export_record(struct dset_pass *p, const struct record *r)
{
	const struct value *label = &r->v[RECORD_LABEL];
	char *dir, *name = NULL, *stem = NULL, *path = NULL, *beside = NULL;
	int rc, k;

	if (dset_masks_are(p->d, r))
		return export_pair(p, r, true);
	if (dset_targets_are(p->d, r))
		return export_pair(p, r, false);
	if (label->kind == VALUE_CLASS)
		name = class_folder(p->d, r->label);
	dir = name != NULL ? mem_printf("%s/%s/%s", p->out, p->part, name)
			   : mem_printf("%s/%s", p->out, p->part);
	rc = dset_pass_key(&p->name, r);
	if (rc == 0) {
		stem = path_join(dir, buf_str(&p->name));
		rc = export_value(p, &r->v[RECORD_DATA], stem, NULL, &path);
	}
	for (k = RECORD_LABEL; rc == 0 && k < r->n; k++) {
		if (r->v[k].kind == VALUE_CLASS)
			continue;
		rc = export_value(
		    p, &r->v[k], stem, p->columns[k].name, &beside);
		mem_free(beside);
		beside = NULL;
	}
	if (rc == 0)
		export_line(p, path, label);
	mem_free(path);
	mem_free(stem);
	mem_free(dir);
	mem_free(name);
	return rc;
}

/* Its picture and its label file. */
static int
export_labelled(struct dset_pass *p, const struct record *r)
{
	const char *ext;

	TRY(dset_pass_key(&p->name, r));
	TRY(picture_file(p, &ext, &r->v[RECORD_DATA]));
	return dset_labels_out_add(
	    p->labels, p->part, buf_str(&p->name), &p->file, ext, r);
}

static int
export_part(struct dset_pass *p, int part)
{
	char *path;
	int rc;

	p->part = dset_part_name((enum dset_part)part);
	if (p->labels != NULL)
		return dset_pass_part(p, part);
	path = mem_printf("%s/%s.txt", p->out, p->part);
	p->list = fopen(path, "w");
	rc = p->list != NULL ? dset_pass_part(p, part)
			     : err_sys("open %s", path);
	if (p->list != NULL && fclose(p->list) != 0 && rc == 0)
		rc = err_sys("write %s", path);
	p->list = NULL;
	mem_free(path);
	return rc;
}

int
dset_export(const struct dset *d, const char *out, int force,
    const struct dset_pick *pick)
{
	struct file_dir *dir = NULL;
	struct dset_pass p;
	char *labels = NULL;
	int part, rc;

	dset_pass_init(&p, d, pick);
	p.record = export_record;
	rc = dset_pass_check(&p);
	if (rc == 0)
		rc = file_dir_begin(
		    &dir, out, force ? &dset_pictures_kind : NULL);
	if (rc == 0)
		p.out = file_dir_path(dir);
	if (rc == 0 && pick->label_format != LABELS_AUTO) {
		p.record = export_labelled;
		rc = dset_labels_out_new(&p.labels, p.out, d,
		    (enum dset_label_format)pick->label_format);
	}
	for (part = 0; rc == 0 && part < DSET_PARTS; part++)
		if (dset_pass_wants(&p, part))
			rc = export_part(&p, part);
	if (rc == 0 && p.labels != NULL)
		rc = dset_labels_out_end(p.labels);
	if (rc == 0 && d->labels_path != NULL) {
		labels = path_join(p.out, "labels.txt");
		rc = file_copy(d->labels_path, labels);
	}
	if (rc == 0)
		rc = replace_list_write(p.out, dset_pictures_kind.what, NULL);
	if (rc == 0)
		rc = file_dir_commit(&dir);
	file_dir_abort(&dir);
	mem_free(labels);
	dset_labels_out_free(p.labels);
	dset_pass_clear(&p);
	return rc;
}

/* As dset_value_file; a picture as PGM or PPM, where that is wanted. */
static int
cat_file(struct dset_pass *p, const char **ext, const struct value *v)
{
	if (!p->pick->pnm || v->kind != VALUE_IMAGE)
		return dset_value_file(&p->file, ext, v, &p->im);
	if (v->blob != NULL)
		TRY(image_decode(&p->im, v->blob, v->blob_len, "picture",
		    IMAGE_NO_EXIF, 0, 0));
	else
		TRY(dset_value_image(&p->im, v));
	*ext = p->im.channels == 1 ? ".pgm" : ".ppm";
	buf_reset(&p->file);
	return image_encode_pnm(&p->file, &p->im);
}

/* One column as a file of the stream; the label's class is KEY.cls. */
static int
cat_value(struct dset_pass *p, const char *stem, const struct record *r, int k)
{
	const struct value *v = &r->v[k];
	struct buf *name = &p->name;
	const char *ext;

	TRY(cat_file(p, &ext, v));
	buf_reset(name);
	if (k == RECORD_DATA || v->kind == VALUE_CLASS)
		TRY(buf_printf(name, "%s%s", stem, ext));
	else
		TRY(buf_printf(name, "%s.%s%s", stem, p->columns[k].name, ext));
	return tar_add(p->tar, buf_str(name), p->file.data, p->file.len);
}

static int
cat_record(struct dset_pass *p, const struct record *r)
{
	char *stem;
	int rc = dset_pass_key(&p->name, r), k;

	if (rc < 0)
		return rc;
	stem = p->parts > 1 ? path_join(p->part, buf_str(&p->name))
			    : mem_strdup(buf_str(&p->name));
	for (k = 0; rc == 0 && k < r->n; k++)
		rc = cat_value(p, stem, r, k);
	mem_free(stem);
	return rc;
}

int
dset_cat(const struct dset *d, FILE *f, const struct dset_pick *pick)
{
	struct tar tar = { .f = f };
	struct dset_pass p;
	int part, rc;

	dset_pass_init(&p, d, pick);
	p.record = cat_record;
	p.tar = &tar;
	rc = dset_pass_check(&p);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++) {
		p.part = dset_part_name((enum dset_part)part);
		if (dset_pass_wants(&p, part))
			rc = dset_pass_part(&p, part);
	}
	if (rc == 0)
		rc = tar_end(&tar);
	dset_pass_clear(&p);
	return rc;
}
