/* The .npy and HDF5 files of model-infer, and tensors that are fed as they are. */
#include "infer/arrays.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "file/npy.h"
#include "input/array.h"
#include "nn/hdf5_ops.h"

enum { HEADER_MAX = 1 << 12, COPY_BYTES = 1 << 16 };

struct arrays {
	const char *path;
	size_t n;                       /* outputs */
	FILE **rows;                    /* temporary, floats */
	FILE *labels;                   /* the same of classes; of HDF5 alone */
	bool labelled;                  /* one of them is known */
	const struct nn_hdf5_ops *hdf5; /* NULL: .npy */
	size_t count;                   /* rows */
	size_t ahead, odd;   /* rows of NaN: to be written, and all of them */
	bool whole;          /* one run of tensors: no batch axis of ours */
	struct shape *shape; /* of a row, or of the whole */
};

/* A blob's name without slashes; the caller's. */
static char *
clean_name(const char *blob)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	for (const char *c = blob; *c != '\0'; c++)
		if (*c == '/')
			buf_adds(&b, "__");
		else
			buf_addc(&b, *c);
	return buf_steal(&b);
}

static char *
name_of(const struct arrays *a, const char *blob)
{
	size_t len = strlen(a->path);
	char *clean, *out;

	if (a->n == 1)
		return mem_strdup(a->path);
	clean = clean_name(blob);
	if (len > 4 && strcmp(a->path + len - 4, ".npy") == 0)
		len -= 4;
	out = mem_printf("%.*s.%s.npy", (int)len, a->path, clean);
	mem_free(clean);
	return out;
}

static int
prove(const struct arrays *a, const char *const *names)
{
	int rc = 0;

	if (a->hdf5 != NULL) {
		rc = file_out_prove(a->path, prog_options()->force);
		return rc < 0 ? err_in(rc, "--npy") : 0;
	}
	for (size_t k = 0; k < a->n && rc >= 0; k++) {
		char *path = name_of(a, a->n > 1 ? names[k] : "");

		rc = file_out_prove(path, prog_options()->force);
		mem_free(path);
	}
	return rc < 0 ? err_in(rc, "--npy") : 0;
}

int
arrays_new(
    struct arrays **out, const char *path, const char *const *names, size_t n)
{
	struct arrays *a = mem_new(struct arrays);
	const size_t outputs = n > 0 ? n : 1;
	void *ops = NULL;
	int rc;

	if (path_has_ext(path, ".h5") || path_has_ext(path, ".hdf5")) {
		rc = module_find(&ops, "hdf5", "nn_hdf5_ops", NN_HDF5_ABI);
		if (rc >= 0 && (a->labels = tmpfile()) == NULL)
			rc = err_sys("make a temporary file");
		if (rc < 0) {
			mem_free(a);
			return err_in(rc, "%s", path);
		}
	}
	a->hdf5 = ops;
	a->path = path;
	a->n = outputs;
	a->rows = mem_array(FILE *, outputs);
	a->shape = mem_array(struct shape, outputs);
	for (size_t k = 0; k < outputs; k++) {
		a->rows[k] = tmpfile();
		if (a->rows[k] == NULL) {
			rc = err_sys("make a temporary file");
			arrays_free(a);
			return rc;
		}
	}
	rc = prove(a, names);
	if (rc < 0)
		arrays_free(a);
	else
		*out = a;
	return rc;
}

void
arrays_free(struct arrays *a)
{
	if (a == NULL)
		return;
	for (size_t k = 0; k < a->n; k++)
		if (a->rows[k] != NULL)
			fclose(a->rows[k]);
	if (a->labels != NULL)
		fclose(a->labels);
	mem_free(a->rows);
	mem_free(a->shape);
	mem_free(a);
}

static int
add_label(struct arrays *a, int truth)
{
	const float label = truth >= 0 ? (float)truth : -1;

	a->labelled |= truth >= 0;
	if (a->labels != NULL &&
	    fwrite(&label, sizeof(label), 1, a->labels) != 1)
		return err_sys("write a temporary file");
	return 0;
}

/* Rows of NaN, which are as long as the others. */
static int
add_odd(struct arrays *a, size_t n)
{
	const float odd = NAN;

	for (size_t k = 0; k < a->n; k++)
		for (size_t i = n * shape_count(&a->shape[k]); i-- > 0;)
			if (fwrite(&odd, sizeof(odd), 1, a->rows[k]) != 1)
				return err_sys("write a temporary file");
	for (size_t i = 0; i < n; i++)
		TRY(add_label(a, -1));
	a->count += n;
	return 0;
}

int
arrays_skip(struct arrays *a)
{
	a->odd++;
	if (a->count > 0)
		return add_odd(a, 1);
	a->ahead++;
	return 0;
}

/* What those look like that could not be used before the first that could. */
static int
add_ahead(struct arrays *a, const struct infer *f)
{
	const size_t n = a->ahead;

	for (size_t k = 0; k < a->n; k++)
		a->shape[k] = infer_output_shape(f, (int)k);
	a->ahead = 0;
	return add_odd(a, n);
}

int
arrays_add(struct arrays *a, const struct infer *f, int place, int truth)
{
	if (a->ahead > 0)
		TRY(add_ahead(a, f));
	for (size_t k = 0; k < a->n; k++) {
		size_t count;
		const float *v = infer_scores(f, (int)k, place, &count);
		struct shape s = infer_output_shape(f, (int)k);

		if (a->count > 0 && !shape_same(&s, &a->shape[k]))
			return err_set(ERR_FORMAT,
			    "--npy: outputs differ in shape from picture to picture");
		a->shape[k] = s;
		if (fwrite(v, sizeof(*v), count, a->rows[k]) != count)
			return err_sys("write a temporary file");
	}
	a->count++;
	return add_label(a, truth);
}

static int
copy_rows(FILE *to, FILE *from, const char *path)
{
	char *block;
	size_t n;
	int rc = 0;

	/* rewind would forget that the last rows were not written */
	if (fflush(from) != 0 || fseeko(from, 0, SEEK_SET) != 0)
		return err_sys("write a temporary file");
	block = mem_array(char, COPY_BYTES);
	while (rc >= 0 && (n = fread(block, 1, COPY_BYTES, from)) > 0)
		if (fwrite(block, 1, n, to) != n)
			rc = err_sys("write %s", path);
	if (rc >= 0 && ferror(from))
		rc = err_sys("read a temporary file");
	mem_free(block);
	return rc;
}

static int
dims_of(const struct arrays *a, size_t k, size_t dim[SHAPE_MAX + 1])
{
	int n = 0;

	if (!a->whole)
		dim[n++] = a->count;
	for (int i = 0; i < a->shape[k].n; i++)
		dim[n++] = (size_t)a->shape[k].d[i];
	return n;
}

static int
commit_one(struct arrays *a, size_t k, const char *path)
{
	size_t dim[SHAPE_MAX + 1];
	const int n = dims_of(a, k, dim);
	struct file_out *o = NULL;
	struct buf header;
	int rc;

	buf_init(&header, HEADER_MAX);
	rc = npy_add_header(&header, NPY_F32, n, dim);
	if (rc >= 0)
		rc = file_out_open(&o, path, prog_options()->force);
	if (rc >= 0 &&
	    fwrite(header.data, 1, header.len, file_out_stream(o)) !=
		header.len)
		rc = err_sys("write %s", path);
	if (rc >= 0)
		rc = copy_rows(file_out_stream(o), a->rows[k], path);
	if (rc >= 0)
		rc = file_out_commit(&o);
	file_out_abort(&o);
	buf_clear(&header);
	return rc;
}

/* All of them in one file. */
static int
commit_hdf5(struct arrays *a, const struct infer *f)
{
	struct hdf5_array *v = mem_array(struct hdf5_array, a->n + 1);
	bool own = false; /* a blob is called label */
	int n = 0, rc;

	for (size_t k = 0; k < a->n; k++) {
		char *name = clean_name(infer_output_name(f, (int)k));

		own |= strcmp(name, "label") == 0;
		v[n].name = name;
		v[n].ndim = dims_of(a, k, v[n].dim);
		v[n++].values = a->rows[k];
	}
	if (a->labelled && !own)
		v[n++] =
		    (struct hdf5_array){ "label", 1, { a->count }, a->labels };
	rc = a->hdf5->arrays(a->path, prog_options()->force, v, n);
	for (size_t k = 0; k < a->n; k++)
		mem_free((char *)v[k].name);
	mem_free(v);
	return rc;
}

int
arrays_commit(struct arrays *a, const struct infer *f)
{
	if (a == NULL || a->count == 0)
		return 0;
	if (a->odd > 0)
		log_warn("%s: all NaN, as their pictures could not be used: %s",
		    a->path, NUM_COUNTED(a->odd, "row"));
	if (a->hdf5 != NULL)
		return commit_hdf5(a, f);
	for (size_t k = 0; k < a->n; k++) {
		char *path = name_of(a, infer_output_name(f, (int)k));
		int rc = commit_one(a, k, path);

		mem_free(path);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One "BLOB=FILE.npy" into t; its name and numbers are to be freed. */
static int
read_input(struct infer_tensor *t, const char *text)
{
	struct input_array a;
	const char *path;
	size_t blob;

	TRY(input_array_split(&blob, &path, text));
	TRY(input_array_read(&a, path));
	t->name = mem_strndup(text, blob);
	t->shape = a.shape;
	t->v = a.v;
	a.v = NULL;
	input_array_clear(&a);
	return 0;
}

static void
print_outputs(const struct infer *f)
{
	for (size_t k = 0; k < infer_outputs(f); k++) {
		struct shape s = infer_output_shape(f, (int)k);
		char text[SHAPE_TEXT_MAX];
		size_t count;
		const float *v = infer_scores(f, (int)k, 0, &count);

		printf("%s\t%s", infer_output_name(f, (int)k),
		    shape_text(text, &s));
		for (size_t i = 0; i < count && i < 10; i++)
			printf("\t%.6g", (double)v[i]);
		puts(count > 10 ? "\t..." : "");
	}
}

int
arrays_run_inputs(
    struct arrays *a, struct infer *f, const struct opt_list *inputs)
{
	struct infer_tensor *in = mem_array(struct infer_tensor, inputs->n);
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < inputs->n; i++)
		rc = read_input(&in[i], inputs->v[i]);
	if (rc >= 0)
		rc = infer_run_tensors(f, in, inputs->n);
	if (rc >= 0 && a != NULL) {
		a->whole = true;
		rc = arrays_add(a, f, 0, -1);
	} else if (rc >= 0) {
		print_outputs(f);
	}
	for (size_t i = 0; i < inputs->n; i++) {
		mem_free((char *)in[i].name);
		mem_free((float *)in[i].v);
	}
	mem_free(in);
	return rc;
}
