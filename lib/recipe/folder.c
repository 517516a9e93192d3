/* The texts and info.json of a training's model folder. */
#include "recipe/folder.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "file/file.h"
#include "json/line.h"
#include "model/product.h"
#include "nn/read.h"
#include "prog/prog.h"

static int
write_text(const char *dir, const char *name, const void *m)
{
	char *path;
	int rc;

	if (m == NULL)
		return 0;
	path = path_join(dir, name);
	rc = caffe_text_write(path, m, 1);
	mem_free(path);
	return rc;
}

static int
copy_in(const char *dir, const char *name, const char *from)
{
	char *path;
	int rc;

	if (from == NULL)
		return 0;
	path = path_join(dir, name);
	rc = file_copy(from, path);
	mem_free(path);
	return rc;
}

/* The data set's mean, in the order of the net's channels. */
static int
mean_in(const char *dir, const char *from, bool rgb)
{
	Caffe__BlobProto *b = NULL;
	char *path;
	int rc;

	if (from == NULL || !rgb)
		return copy_in(dir, "mean.binaryproto", from);
	TRY(caffe_mean_read(&b, from));
	path = path_join(dir, "mean.binaryproto");
	rc = caffe_mean_swap(b);
	if (rc >= 0)
		rc = caffe_mean_write(path, b, 0);
	mem_free(path);
	caffe_msg_free(b);
	return rc;
}

static int
names_in(const char *dir, char *const *names, size_t n)
{
	char *path = path_join(dir, "labels.txt");
	struct buf b;
	int rc = 0;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = buf_printf(&b, "%s\n", names[i]);
	if (rc >= 0)
		rc = file_write(path, buf_str(&b), b.len, 0);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static int
fill_folder(const struct folder *f, const char *dir)
{
	TRY(write_text(dir, "original.prototxt", f->original));
	TRY(write_text(dir, "train_val.prototxt", f->train_val));
	TRY(write_text(dir, "deploy.prototxt", f->deploy));
	TRY(write_text(dir, "solver.prototxt", f->solver));
	for (size_t i = 0; i < f->nets.ntests; i++)
		TRY(write_text(dir, f->solver->test_net[i], f->nets.tests[i]));
	TRY(f->nnames > 0 ? names_in(dir, f->names, f->nnames)
			  : copy_in(dir, "labels.txt", f->labels));
	TRY(mean_in(dir, f->mean, f->rgb));
	return model_info_write(&f->info, dir);
}

int
folder_create(
    struct file_dir **out, const struct folder *f, const char *path, bool force)
{
	int rc;

	TRY(file_dir_begin(out, path, force ? &model_kind : NULL));
	rc = fill_folder(f, file_dir_path(*out));
	if (rc >= 0 && !file_dir_replaces(*out))
		rc = file_dir_publish(*out);
	if (rc < 0)
		file_dir_abort(out);
	return rc;
}

int
folder_read(struct folder *f, const char *path)
{
	char *net = path_join(path, "train_val.prototxt");
	char *solver = path_join(path, "solver.prototxt");
	int rc;

	memset(f, 0, sizeof(*f));
	model_info_init(&f->info);
	rc = model_info_read(&f->info, path);
	if (rc >= 0)
		rc = net_read(&f->train_val, net);
	if (rc >= 0)
		rc = caffe_solver_read(&f->solver, solver);
	if (rc >= 0)
		rc = solver_file_tests(&f->nets, f->solver, path);
	mem_free(net);
	mem_free(solver);
	return rc;
}

void
folder_clear(struct folder *f)
{
	caffe_msg_free(f->original);
	caffe_msg_free(f->train_val);
	caffe_msg_free(f->deploy);
	caffe_msg_free(f->solver);
	solver_nets_clear(&f->nets);
	model_info_clear(&f->info);
	memset(f, 0, sizeof(*f));
}

int
folder_tell_solver(const struct folder *f, FILE *out)
{
	struct json_line line;
	struct buf b;
	int rc;

	buf_init(&b, 1 << 20);
	rc = caffe_text_add(&b, f->solver);
	if (rc >= 0 && prog_options()->format == PROG_FMT_JSON) {
		json_w_kstr(json_line_begin(&line), "solver", buf_str(&b));
		rc = json_line_end(&line, out);
	} else if (rc >= 0) {
		fputs(buf_str(&b), out);
	}
	buf_clear(&b);
	return rc;
}
