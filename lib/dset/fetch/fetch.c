/*
 * dset-fetch: the files found, the classes named, a phase written after the
 * other, and all of it under its name at once.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/dset.h"
#include "dset/fetch/fetch_int.h"
#include "dset/product.h"
#include "dset/fetch/records.h"

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

	if (f->set != NULL)
		known = f->o->coarse ? f->set->coarse : f->set->classes;
	for (i = 0; i < LENGTH(name_files) && f->set != NULL; i++)
		if ((int)i == f->set->label_bytes - 1 + f->o->coarse)
			want = f->set->label_bytes ? name_files[i] : NULL;
	for (i = 0; rc == 0 && want != NULL && v == NULL && i < f->n; i++)
		if (strcmp(path_base(f->files[i]), want) == 0)
			rc = dset_labels_read(&v, &n, f->files[i]);
	while (n > 0 && v[n - 1][0] == '\0')
		mem_free(v[--n]);
	for (k = 0; v == NULL && known != NULL && known[k] != NULL; k++)
		f->out->labels[f->out->nlabels++] = mem_strdup(known[k]);
	for (k = 0; v != NULL && k < n && k < FETCH_CLASSES_MAX; k++)
		f->out->labels[f->out->nlabels++] = mem_strdup(v[k]);
	for (k = 0;
	     f->out->nlabels == 0 && known == NULL && k < FETCH_CLASSES_MAX;
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

	if (f->set != NULL)
		return;
	for (i = f->out->nlabels; i > 0; i--) {
		if (f->out->per_class[TRAIN][i - 1] ||
		    f->out->per_class[TEST][i - 1])
			break;
		for (phase = 0; phase < PHASES; phase++) {
			path = mem_printf("%s/%s/%s", f->tmp,
			    fetch_phase_names[phase], f->folders[i - 1]);
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
	rc =
	    file_dir_begin(&dir, o->out, o->force ? &dset_pictures_kind : NULL);
	if (rc < 0)
		return rc;
	f.tmp = mem_strdup(file_dir_path(dir));
	unpacked = path_join(f.tmp, ".unpacked");
	rc = fetch_find(&f, unpacked);
	if (rc == 0)
		rc = name_classes(&f);
	if (rc == 0)
		rc = name_folders(&f);
	for (phase = 0; rc == 0 && phase < PHASES; phase++)
		rc = fetch_write_phase(&f, phase);
	if (rc == 0) {
		trim_classes(&f);
		rc = write_labels(&f);
	}
	if (rc == 0)
		rc = file_remove_tree(unpacked);
	if (rc == 0)
		rc = replace_list_write(f.tmp, dset_pictures_kind.what, NULL);
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
