/* The files that info.json names: see model.h. */
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "model/model.h"

static void
add_file(struct model_files *f, const char *name, int required)
{
	size_t i;

	if (name == NULL || name[0] == '\0' ||
	    strcmp(name, "no snapshots") == 0)
		return;
	for (i = 0; i < f->n; i++)
		if (strcmp(f->name[i], name) == 0)
			return;
	f->name = mem_realloc(f->name, f->n + 1, sizeof(*f->name));
	f->required = mem_realloc(f->required, f->n + 1, sizeof(*f->required));
	f->name[f->n] = mem_strdup(name);
	f->required[f->n] = required;
	f->n++;
}

/* TensorFlow's checkpoint is a prefix, not a file. */
static void
add_snapshot(struct model_files *f, const char *name)
{
	static const char *const parts[] = { ".data-00000-of-00001", ".index",
		".meta" };
	size_t i;

	if (name == NULL || !path_has_ext(name, ".ckpt")) {
		add_file(f, name, 1);
		return;
	}
	for (i = 0; i < LENGTH(parts); i++) {
		char *part = mem_printf("%s%s", name, parts[i]);

		add_file(f, part, 1);
		mem_free(part);
	}
}

void
model_files_named(struct model_files *f, const struct model_info *m)
{
	memset(f, 0, sizeof(*f));
	add_snapshot(f, m->snapshot_file);
	add_file(f, m->model_file != NULL ? m->model_file : m->network_file, 1);
	add_file(f, m->deploy_file, 0);
	add_file(f, m->train_val_file, 0);
	add_file(f, m->solver_file, 0);
	add_file(f, m->labels_file, 0);
	add_file(f, m->mean_file, 0);
	add_file(f, m->python_layer_file, 0);
	add_file(f, m->palette_file, 0);
	add_file(f, m->class_file, 0);
}

void
model_files_free(struct model_files *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		mem_free(f->name[i]);
	mem_free(f->name);
	mem_free(f->required);
	memset(f, 0, sizeof(*f));
}
