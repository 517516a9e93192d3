/* A model folder into an archive: see pack.h. */
#include "model/pack.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "model/check.h"
#include "model/folder.h"

enum { FILES_MAX = 24 };

struct packing {
	struct pack_file v[FILES_MAX];
	char *paths[FILES_MAX];
	size_t n;
	struct buf info;
};

/* Add DIR's file if it is there and not yet in. */
static void
add_path(struct packing *p, char *path)
{
	size_t i;

	for (i = 0; path != NULL && i < p->n; i++)
		if (strcmp(p->v[i].name, path_base(path)) == 0) {
			mem_free(path);
			path = NULL;
		}
	if (path == NULL || p->n == FILES_MAX) {
		mem_free(path);
		return;
	}
	p->paths[p->n] = path;
	p->v[p->n].name = path_base(path);
	p->v[p->n].path = path;
	p->n++;
}

static void
add_given(struct packing *p, const char *path)
{
	add_path(p, mem_strdup(path));
}

static int
add_in(struct packing *p, const char *dir, const char *name)
{
	char *path;

	TRY(model_file_in(&path, dir, name));
	add_path(p, path);
	return 0;
}

/* Files that info.json does not name but a reader of the model wants. */
static int
add_companions(struct packing *p, const struct model *m)
{
	static const char *const names[] = { "license.txt", "LICENSE",
		"readme.md", "README.md", "aux.json" };
	size_t i;

	for (i = 0; i < LENGTH(names); i++)
		TRY(add_in(p, m->dir, names[i]));
	return 0;
}

/* The name of a path, put where info.json has none. */
static void
name_if_absent(char **field, const char *path)
{
	if (*field == NULL && path != NULL)
		model_set(field, path_base(path));
}

/* info.json of the archive: that of the folder, with the chosen snapshot. */
static int
info_make(struct packing *p, struct model *m)
{
	struct model_info *i = &m->info;

	model_set(&i->snapshot_file, path_base(m->weights));
	name_if_absent(&i->deploy_file, m->deploy);
	name_if_absent(&i->train_val_file, m->train_val);
	name_if_absent(&i->solver_file, m->solver);
	name_if_absent(&i->labels_file, m->labels);
	name_if_absent(&i->mean_file, m->mean);
	name_if_absent(&i->palette_file, m->palette);
	name_if_absent(&i->class_file, m->class_names);
	if (i->model_file == NULL && i->network_file == NULL)
		name_if_absent(&i->model_file,
		    m->original != NULL ? m->original : m->deploy);
	TRY(model_info_guess(i, m->dir, NULL));
	TRY(model_info_check(i, m->dir));
	TRY(model_info_text(&p->info, i));
	p->v[p->n].name = "info.json";
	p->v[p->n].path = NULL;
	p->v[p->n].data = p->info.data;
	p->v[p->n].n = p->info.len;
	p->n++;
	return 0;
}

/* DIGITS's name: JOB_epoch_EPOCH.tar.gz, of what is packed; without the epoch
 * where it is not known, as of an imported model.  The caller's. */
static int
usual_name(char **out, const struct model *m, const char *dir)
{
	const struct model_info *info = &m->info;
	char *real = realpath(dir, NULL);
	const char *id = info->job_id != NULL ? info->job_id
	    : info->id != NULL                ? info->id
	    : info->name != NULL              ? info->name
				 : path_base(real != NULL ? real : dir);
	struct model_snapshots s;
	double epoch = -1;
	int rc = model_snapshots_find(&s, m->dir, info);

	for (size_t i = 0; i < s.n; i++)
		if (s.v[i].iter == m->iter)
			epoch = s.v[i].epoch;
	model_snapshots_free(&s);
	if (id[0] == '\0' || path_check_inside(id) < 0 ||
	    strchr(id, '/') != NULL)
		id = "model";
	*out = epoch < 0 ? mem_printf("%s.tar.gz", id)
			 : mem_printf("%s_epoch_%.6g.tar.gz", id, epoch);
	free(real);
	return rc;
}

int
model_pack(
    char **made, const char *dir, double epoch, const char *out, int force)
{
	struct packing p = { .n = 0 };
	enum pack_format format = PACK_TAR_GZ;
	struct model *m = NULL;
	char *name = out != NULL ? mem_strdup(out) : NULL;
	size_t i;
	int rc = 0;

	*made = NULL;
	buf_init(&p.info, MODEL_INFO_MAX);
	if (out != NULL && strcmp(out, "-") != 0)
		rc = pack_format_of(&format, out);
	if (rc == 0)
		rc = model_open(&m, dir, epoch);
	if (rc < 0)
		goto done;
	if (m->weights == NULL) {
		rc = err_set(ERR_MISSING, "%s has no snapshot", dir);
		goto done;
	}
	rc = model_judge(m, NULL, NULL);
	if (rc < 0)
		goto done;
	add_given(&p, m->solver);
	add_given(&p, m->train_val);
	add_given(&p, m->deploy);
	add_given(&p, m->original);
	rc = add_in(&p, m->dir, m->info.python_layer_file);
	add_given(&p, m->labels);
	add_given(&p, m->mean);
	add_given(&p, m->palette);
	add_given(&p, m->class_names);
	if (rc == 0)
		rc = add_companions(&p, m);
	add_given(&p, m->weights);
	if (rc == 0)
		rc = info_make(&p, m);
	if (rc == 0 && out == NULL)
		rc = usual_name(&name, m, dir);
	if (rc == 0)
		rc = archive_pack(name, format, p.v, p.n, force);
	if (rc == 0) {
		*made = name;
		name = NULL;
	}
done:
	mem_free(name);
	for (i = 0; i < LENGTH(p.paths); i++)
		mem_free(p.paths[i]);
	buf_clear(&p.info);
	model_close(m);
	return rc;
}
