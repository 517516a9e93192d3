/*
 * dset-fetch, the pictures: files of records taken apart, PNGs written on all
 * threads.  Files are known by content and by "train", "t10k", "test" in their
 * names, so that other sets of the same forms (EMNIST, KMNIST) work too.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/dset.h"
#include "dset/fetch/fetch_int.h"
#include "dset/fetch/records.h"
#include "file/file.h"

enum { PNG_BYTES_MAX = 1 << 26 };

const char *const fetch_phase_names[PHASES] = { "train", "test" };

/* A picture on its way. */
struct job {
	struct image im;
	struct buf png;
	int label;
	uint64_t number;
};

/* Which phase a file belongs to, by its name. */
static int
phase_of(const char *path)
{
	const char *name = path_base(path);

	return strstr(name, "t10k") != NULL || strstr(name, "test") != NULL
	    ? TEST
	    : TRAIN;
}

/* A file of records of this phase after *at, or NULL; *at moves past it. */
static int
next_of(const char **out, const struct fetching *f, size_t *at, int kind)
{
	const char *path;
	int is;

	for (*out = NULL; *at < f->n && *out == NULL;) {
		path = f->files[(*at)++];
		if (phase_of(path) != f->phase)
			continue;
		if (kind == 'c')
			is = path_has_ext(path, ".bin") ? 'c' : 0;
		else
			TRY(is = dset_records_kind(path));
		if (is == kind)
			*out = path;
	}
	return 0;
}

static int
is_cifar(const struct fetching *f)
{
	size_t i;

	if (f->set != NULL)
		return f->set->label_bytes > 0;
	for (i = 0; i < f->n; i++)
		if (path_has_ext(f->files[i], ".bin"))
			return 1;
	return 0;
}

/* Open the next file(s) of the phase; 1: open, 0: no more. */
static int
open_next(struct fetching *f)
{
	const char *images, *labels;
	size_t at = 0;
	int bytes = f->set != NULL ? f->set->label_bytes : 1;

	dset_records_close(f->records);
	f->records = NULL;
	if (is_cifar(f)) {
		TRY(next_of(&images, f, &f->next_file, 'c'));
		if (images == NULL)
			return 0;
		TRY(dset_records_cifar(
		    &f->records, images, bytes, f->o->coarse ? 0 : bytes - 1));
		return 1;
	}
	TRY(next_of(&images, f, &f->next_file, 'i'));
	if (images == NULL)
		return 0;
	TRY(next_of(&labels, f, &at, 'l'));
	if (labels == NULL)
		return err_set(
		    ERR_MISSING, "%s: no labels (idx1) beside it", images);
	TRY(dset_records_idx(&f->records, images, labels));
	f->next_file = f->n; /* one pair a phase */
	return 1;
}

/* Pictures of the phase, as far as its files tell; 0: not known. */
static uint64_t
count_phase(const struct fetching *f)
{
	const bool cifar = is_cifar(f);
	const int bytes = !cifar ? 0 : f->set != NULL ? f->set->label_bytes : 1;
	const char *path;
	uint64_t n, total = 0;
	size_t at = 0;

	while (next_of(&path, f, &at, cifar ? 'c' : 'i') == 0 && path != NULL) {
		n = dset_records_count(path, bytes);
		if (n == 0)
			return 0;
		total += n;
		if (!cifar)
			break; /* one pair a phase */
	}
	return total;
}

static int
produce(void *ctx, void *slot, size_t i)
{
	struct fetching *f = ctx;
	struct job *j = slot;
	int rc;

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	for (;;) {
		rc = f->records != NULL ? dset_records_next(f->records, &j->im,
					      &j->label, f->o->invert)
					: 0;
		if (rc != 0)
			break;
		rc = open_next(f);
		if (rc <= 0)
			return rc;
	}
	j->number = i;
	if (rc > 0 && (size_t)j->label >= f->out->nlabels)
		return err_set(ERR_FORMAT, "picture %zu: label %d of %zu", i,
		    j->label, f->out->nlabels);
	return rc;
}

static int
work(void *ctx, void *slot, int thread)
{
	struct fetching *f = ctx;
	struct job *j = slot;
	char *path;
	FILE *out;
	int rc;

	(void)thread;
	if (j->png.max == 0)
		buf_init(&j->png, PNG_BYTES_MAX);
	buf_reset(&j->png);
	TRY(image_encode_png(&j->png, &j->im, -1));
	path = mem_printf("%s/%s/%s/%05llu.png", f->tmp,
	    fetch_phase_names[f->phase], f->folders[j->label],
	    (unsigned long long)j->number);
	/* The folder as a whole is what appears at once and is synced. */
	out = fopen(path, "wb");
	rc = out != NULL ? 0 : -1;
	if (out != NULL &&
	    fwrite(j->png.data, 1, j->png.len, out) != j->png.len)
		rc = -1;
	if (out != NULL && fclose(out) != 0)
		rc = -1;
	if (rc < 0)
		rc = err_sys("write %s", path);
	mem_free(path);
	return rc;
}

static int
consume(void *ctx, void *slot, size_t i)
{
	struct fetching *f = ctx;
	struct job *j = slot;

	(void)i;
	if (fprintf(f->list, "%s/%s/%s/%05llu.png %d\n", f->o->out,
		fetch_phase_names[f->phase], f->folders[j->label],
		(unsigned long long)j->number, j->label) < 0)
		return err_sys("write %s.txt", fetch_phase_names[f->phase]);
	f->out->count[f->phase]++;
	f->out->per_class[f->phase][j->label]++;
	progress_add(1);
	return 0;
}

static void
clear(void *ctx, void *slot)
{
	struct job *j = slot;

	(void)ctx;
	image_clear(&j->im);
	buf_clear(&j->png);
}

int
fetch_write_phase(struct fetching *f, int phase)
{
	struct queue_job job = { .ctx = f,
		.item_size = sizeof(struct job),
		.window = 64 * (size_t)f->o->threads,
		.produce = produce,
		.threads = f->o->threads,
		.work = work,
		.consume = consume,
		.clear = clear };
	char *path;
	size_t i;
	int rc = 0;

	f->phase = phase;
	f->next_file = 0;
	for (i = 0; rc == 0 && i < f->out->nlabels; i++) {
		path = mem_printf("%s/%s/%s", f->tmp, fetch_phase_names[phase],
		    f->folders[i]);
		rc = file_mkdirs(path);
		mem_free(path);
	}
	if (rc < 0)
		return rc;
	path = mem_printf("%s/%s.txt", f->tmp, fetch_phase_names[phase]);
	f->list = fopen(path, "w");
	if (f->list == NULL)
		rc = err_sys("open %s", path);
	progress_begin(fetch_phase_names[phase], count_phase(f), "images");
	if (rc == 0)
		rc = queue_run(&job);
	progress_end();
	if (f->list != NULL && fclose(f->list) != 0 && rc == 0)
		rc = err_sys("write %s", path);
	if (rc == 0 && f->out->count[phase] == 0)
		rc = err_set(ERR_MISSING,
		    "no %s pictures: idx files (images-idx3, labels-idx1) or CIFAR .bin files are wanted",
		    fetch_phase_names[phase]);
	dset_records_close(f->records);
	f->records = NULL;
	mem_free(path);
	return rc;
}
