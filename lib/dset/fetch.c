/*
 * dset-fetch: find the files (download, unpack), take them apart, write PNGs on
 * all threads.  Files are known by content and by "train", "t10k", "test" in
 * their names, so that other sets of the same forms (EMNIST, KMNIST) work too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/dset.h"
#include "dset/fetch.h"
#include "dset/fetch_sets.h"
#include "dset/records.h"
#include "dset/remote.h"
#include "http/http.h"
#include "http/url.h"

enum { TRAIN, TEST, PHASES };
enum { FILES_MAX = 1000, DEPTH_MAX = 4, PNG_BYTES_MAX = 1 << 26 };

static const char *const phase_names[PHASES] = { "train", "test" };

/* One fetching. */
struct fetching {
	const struct dset_fetch_options *o;
	const struct fetch_set *set; /* or NULL: a name of the user's */
	struct dset_fetched *out;
	char *tmp;    /* the output, not yet under its name */
	char **files; /* found, sorted */
	size_t n, cap;
	char *folders[FETCH_CLASSES_MAX]; /* of the classes */
	/* while writing a phase */
	int phase;
	struct dset_records *records;
	size_t next_file;
	FILE *list;
};

/* A picture on its way. */
struct job {
	struct image im;
	struct buf png;
	int label;
	uint64_t number;
};

/* Every file below dir, by full name. */
static int
find_files(struct fetching *f, const char *dir, int depth)
{
	char **names, *path;
	size_t i, n;
	int rc = file_list(&names, &n, dir);

	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++) {
		path = path_join(dir, names[i]);
		if (file_is_dir(path)) {
			if (depth < DEPTH_MAX && names[i][0] != '.')
				rc = find_files(f, path, depth + 1);
			mem_free(path);
			continue;
		}
		if (f->n == FILES_MAX)
			rc = err_set(ERR_RANGE, "%s: more than %d files", dir,
			    FILES_MAX);
		mem_grow(&f->files, &f->cap, f->n + 1);
		f->files[f->n++] = path;
	}
	file_list_free(names, n);
	return rc;
}

/* Which phase a file belongs to, by its name. */
static int
phase_of(const char *path)
{
	const char *name = path_base(path);

	return strstr(name, "t10k") || strstr(name, "test") ? TEST : TRAIN;
}

/* A file of records of this phase after *at, or NULL; *at moves past it. */
static const char *
next_of(const struct fetching *f, size_t *at, int kind)
{
	const char *path;

	while (*at < f->n) {
		path = f->files[(*at)++];
		if (phase_of(path) != f->phase)
			continue;
		if (kind == 'c' ? path_has_ext(path, ".bin")
				: dset_records_kind(path) == kind)
			return path;
	}
	return NULL;
}

static int
is_cifar(const struct fetching *f)
{
	size_t i;

	if (f->set)
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
	int bytes = f->set ? f->set->label_bytes : 1;

	dset_records_close(f->records);
	f->records = NULL;
	if (is_cifar(f)) {
		images = next_of(f, &f->next_file, 'c');
		if (!images)
			return 0;
		TRY(dset_records_cifar(
		    &f->records, images, bytes, f->o->coarse ? 0 : bytes - 1));
		return 1;
	}
	images = next_of(f, &f->next_file, 'i');
	if (!images)
		return 0;
	labels = next_of(f, &at, 'l');
	if (!labels)
		return err_set(
		    ERR_MISSING, "%s: no labels (idx1) beside it", images);
	TRY(dset_records_idx(&f->records, images, labels));
	f->next_file = f->n; /* one pair a phase */
	return 1;
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
		rc = f->records ? dset_records_next(f->records, &j->im,
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
	path = mem_printf("%s/%s/%s/%05llu.png", f->tmp, phase_names[f->phase],
	    f->folders[j->label], (unsigned long long)j->number);
	/* The folder as a whole is what appears at once and is synced. */
	out = fopen(path, "wb");
	rc = out ? 0 : -1;
	if (out && fwrite(j->png.data, 1, j->png.len, out) != j->png.len)
		rc = -1;
	if (out && fclose(out) != 0)
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
		phase_names[f->phase], f->folders[j->label],
		(unsigned long long)j->number, j->label) < 0)
		return err_sys("write %s.txt", phase_names[f->phase]);
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

/* The class folders and pictures of one phase, and its list. */
static int
write_phase(struct fetching *f, int phase)
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
		path = mem_printf(
		    "%s/%s/%s", f->tmp, phase_names[phase], f->folders[i]);
		rc = file_mkdirs(path);
		mem_free(path);
	}
	if (rc < 0)
		return rc;
	path = mem_printf("%s/%s.txt", f->tmp, phase_names[phase]);
	f->list = fopen(path, "w");
	if (!f->list)
		rc = err_sys("open %s", path);
	progress_begin(phase_names[phase], 0, "images");
	if (rc == 0)
		rc = queue_run(&job);
	progress_end();
	if (f->list && fclose(f->list) != 0 && rc == 0)
		rc = err_sys("write %s", path);
	if (rc == 0 && f->out->count[phase] == 0)
		rc = err_set(ERR_MISSING,
		    "no %s pictures: idx files "
		    "(images-idx3, labels-idx1) or CIFAR .bin files "
		    "are wanted",
		    phase_names[phase]);
	dset_records_close(f->records);
	f->records = NULL;
	mem_free(path);
	return rc;
}

/* Names of the classes: a file beside the data, the known ones, or numbers. */
static int
name_classes(struct fetching *f)
{
	static const char *const name_files[] = { "batches.meta.txt",
		"fine_label_names.txt", "coarse_label_names.txt" };
	const char *const *known = NULL;
	const char *want = NULL;
	char **v = NULL, number[16];
	size_t i, k, n = 0;
	int rc = 0;

	if (f->set)
		known = f->o->coarse ? f->set->coarse : f->set->classes;
	for (i = 0; i < LENGTH(name_files) && f->set; i++)
		if ((int)i == f->set->label_bytes - 1 + f->o->coarse)
			want = f->set->label_bytes ? name_files[i] : NULL;
	for (i = 0; rc == 0 && want && !v && i < f->n; i++)
		if (strcmp(path_base(f->files[i]), want) == 0)
			rc = dset_labels_read(&v, &n, f->files[i]);
	while (n > 0 && v[n - 1][0] == '\0')
		mem_free(v[--n]);
	for (k = 0; !v && known && known[k]; k++)
		f->out->labels[f->out->nlabels++] = mem_strdup(known[k]);
	for (k = 0; v && k < n && k < FETCH_CLASSES_MAX; k++)
		f->out->labels[f->out->nlabels++] = mem_strdup(v[k]);
	for (k = 0; f->out->nlabels == 0 && !known && k < FETCH_CLASSES_MAX;
	     k++) {
		snprintf(number, sizeof number, "%zu", k);
		f->out->labels[k] = mem_strdup(number);
	}
	if (f->out->nlabels == 0)
		f->out->nlabels = FETCH_CLASSES_MAX;
	dset_labels_free(v, n);
	return rc;
}

/* Folder names: no blank, no slash, nothing that could lead elsewhere. */
static int
name_folders(struct fetching *f)
{
	size_t i;
	char *p;

	for (i = 0; i < f->out->nlabels; i++) {
		f->folders[i] = mem_strdup(f->out->labels[i]);
		for (p = f->folders[i]; *p; p++) {
			if (*p == ' ')
				*p = '_';
			else if (*p == '/')
				*p = '-';
		}
		TRY(path_check_inside(f->folders[i]));
	}
	return 0;
}

/* Classes that a set without names turned out not to have. */
static void
trim_classes(struct fetching *f)
{
	size_t i;
	char *path;
	int phase;

	if (f->set)
		return;
	for (i = f->out->nlabels; i > 0; i--) {
		if (f->out->per_class[TRAIN][i - 1] ||
		    f->out->per_class[TEST][i - 1])
			break;
		for (phase = 0; phase < PHASES; phase++) {
			path = mem_printf("%s/%s/%s", f->tmp,
			    phase_names[phase], f->folders[i - 1]);
			remove(path);
			mem_free(path);
		}
		mem_free(f->out->labels[i - 1]);
		f->out->labels[i - 1] = NULL;
		f->out->nlabels--;
	}
}

static int
write_labels(const struct fetching *f)
{
	char *path = path_join(f->tmp, "labels.txt");
	struct buf b;
	size_t i;
	int rc = 0;

	buf_init(&b, 1 << 20);
	for (i = 0; rc == 0 && i < f->out->nlabels; i++)
		rc = buf_printf(&b, "%s\n", f->out->labels[i]);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 0);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static void
came(void *ctx, int64_t bytes)
{
	(void)ctx;
	if (bytes > 0)
		progress_add((uint64_t)bytes);
}

/* In the cache, a folder for each name and place. */
static char *
cache_folder(const char *name, const char *url)
{
	char hex[HASH_HEX_MAX], *sub, *path;

	hash_of(HASH_SHA256, url, strlen(url), hex);
	sub = mem_printf("dset/%s-%.8s", name, hex);
	path = dset_cache_path(sub);
	mem_free(sub);
	return path;
}

/* Fetch one file, resumed; what is in the cache is not fetched again. */
static int
download_one(struct http *h, const char *url, const char *path)
{
	struct http_file file = {
		.url = url, .path = path, .size = UINT64_MAX, .progress = came
	};
	int rc;

	if (file_exists(path))
		return 0;
	progress_begin(path_base(path), 0, "bytes");
	rc = http_fetch(h, &file, 1);
	progress_end();
	return rc;
}

/* The set's files, from the URL of a folder, or the one file at a URL. */
static int
download(struct fetching *f, const char *base, const char *dir)
{
	static const char *const none[] = { NULL };
	const char *const *files = f->set ? f->set->files : none;
	struct http_options options;
	struct http *h = NULL;
	char *url, *path;
	int rc;

	http_options_init(&options);
	rc = http_new(&h, &options);
	if (rc == 0)
		rc = file_mkdirs(dir);
	if (rc == 0 && archive_named(base)) {
		path = path_join(dir, path_base(base));
		rc = download_one(h, base, path);
		mem_free(path);
		files = none;
	} else if (rc == 0 && !f->set) {
		rc = err_set(ERR_USAGE,
		    "%s: no known data set (%s); give --from a folder or an "
		    "archive",
		    f->o->name, dset_fetch_names());
	}
	for (; rc == 0 && *files; files++) {
		url = url_join(base, *files);
		path = path_join(dir, *files);
		rc = download_one(h, url, path);
		mem_free(url);
		mem_free(path);
	}
	http_free(h);
	return rc;
}

/* Archives among the files are unpacked into dir, and found there. */
static int
unpack(struct fetching *f, const char *dir)
{
	struct unpack_limits limits;
	size_t i, n = f->n;
	char *to;
	int rc = 0;

	unpack_limits_init(&limits);
	for (i = 0; rc == 0 && i < n; i++) {
		if (!archive_named(f->files[i]))
			continue;
		to = mem_printf("%s/%zu", dir, i);
		rc = file_mkdirs(to);
		if (rc == 0)
			rc = archive_unpack(f->files[i], to, &limits);
		if (rc == 0)
			rc = find_files(f, to, 0);
		mem_free(to);
	}
	return rc;
}

/* From wherever the data are to a list of files. */
static int
gather(struct fetching *f, const char *unpack_dir)
{
	const char *from = f->o->from;
	char *cache = NULL;
	int rc = 0;

	if (!from && !f->set)
		return err_set(ERR_USAGE,
		    "%s: no known data set (%s); another needs --from",
		    f->o->name, dset_fetch_names());
	if (!from || path_is_url(from)) {
		cache = cache_folder(f->o->name, from ? from : f->set->url);
		rc = download(f, from ? from : f->set->url, cache);
		from = cache;
	}
	if (rc == 0 && !file_exists(from)) {
		rc = err_set(ERR_MISSING, "%s: no such folder or file", from);
	} else if (rc == 0 && file_is_dir(from)) {
		rc = find_files(f, from, 0);
	} else if (rc == 0) {
		mem_grow(&f->files, &f->cap, 1);
		f->files[f->n++] = mem_strdup(from);
	}
	if (rc == 0)
		rc = unpack(f, unpack_dir);
	if (rc == 0 && f->n > 0)
		qsort(f->files, f->n, sizeof *f->files, path_cmp);
	mem_free(cache);
	return rc;
}

int
dset_fetch(struct dset_fetched *out, const struct dset_fetch_options *o)
{
	struct fetching f = {
		.o = o, .out = out, .set = fetch_set_find(o->name)
	};
	struct file_dir *dir = NULL;
	char *unpacked = NULL;
	size_t i;
	int rc, phase;

	memset(out, 0, sizeof *out);
	for (phase = 0; phase < PHASES; phase++)
		out->per_class[phase] = mem_array(uint64_t, FETCH_CLASSES_MAX);
	rc = file_dir_begin(&dir, o->out, o->force);
	if (rc < 0)
		return rc;
	f.tmp = mem_strdup(file_dir_path(dir));
	unpacked = path_join(f.tmp, ".unpacked");
	rc = gather(&f, unpacked);
	if (rc == 0)
		rc = name_classes(&f);
	if (rc == 0)
		rc = name_folders(&f);
	for (phase = 0; rc == 0 && phase < PHASES; phase++)
		rc = write_phase(&f, phase);
	if (rc == 0) {
		trim_classes(&f);
		rc = write_labels(&f);
	}
	if (rc == 0)
		rc = file_remove_tree(unpacked);
	if (rc == 0)
		rc = file_dir_commit(&dir);
	file_dir_abort(&dir);
	dset_records_close(f.records);
	file_list_free(f.files, f.n);
	for (i = 0; i < FETCH_CLASSES_MAX; i++)
		mem_free(f.folders[i]);
	mem_free(f.tmp);
	mem_free(unpacked);
	return rc;
}

void
dset_fetched_clear(struct dset_fetched *f)
{
	size_t i;

	for (i = 0; i < FETCH_CLASSES_MAX; i++)
		mem_free(f->labels[i]);
	mem_free(f->per_class[TRAIN]);
	mem_free(f->per_class[TEST]);
	memset(f, 0, sizeof *f);
}
