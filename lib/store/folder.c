/* A store that is a folder here: listed from the disk, never cached. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "store/store.h"

/* The file's text, or NULL when it is not there. */
static int
doc_read(struct store_doc *d, const struct store *s, const char *dir,
    const char *name, size_t max)
{
	struct buf b;
	int rc;

	buf_init(&b, max);
	rc = store_read(&b, NULL, s, dir, name);
	if (rc == 0)
		d->text = buf_steal(&b);
	buf_clear(&b);
	return rc == ERR_MISSING ? 0 : rc;
}

/* Without master.json: every folder that holds an info.json. */
static int
folders_add(struct store *s)
{
	char **names = NULL;
	size_t i, n = 0;

	TRY(file_list(&names, &n, s->url));
	for (i = 0; i < n; i++) {
		char *dir = path_join(s->url, names[i]);
		char *info = path_join(dir, "info.json");

		if (names[i][0] != '.' && file_exists(info))
			store_model_add(s, names[i]);
		mem_free(info);
		mem_free(dir);
	}
	file_list_free(names, n);
	store_models_sort(s);
	return 0;
}

/* Sizes of the named files where no manifest tells them. */
static void
size_sum(struct store_model *m, const struct store *s)
{
	struct model_files f;
	uint64_t sum = 0;
	struct stat st;
	size_t i;
	int there;

	if (m->rc < 0 || m->size != UINT64_MAX)
		return;
	model_files_named(&f, &m->info);
	for (i = 0; i < f.n; i++) {
		char *path = store_place(s, m->dir, f.name[i]);

		there = m->rc == 0 ? file_look(&st, path) : 0;
		if (there > 0)
			sum += (uint64_t)st.st_size;
		else if (there < 0)
			err_save(&m->error, m->rc = there);
		mem_free(path);
	}
	model_files_free(&f);
	m->size = sum + strlen(m->info_doc.text);
}

static void
model_list(struct store_model *m, const struct store *s)
{
	if (m->rc == 0)
		m->rc = doc_read(
		    &m->info_doc, s, m->dir, "info.json", STORE_INFO_MAX);
	if (m->rc == 0)
		m->rc = doc_read(
		    &m->aux_doc, s, m->dir, "aux.json", STORE_INFO_MAX);
	if (m->rc < 0) {
		if (m->error.code == 0)
			err_save(&m->error, m->rc);
		return;
	}
	store_model_read(m, s);
	size_sum(m, s);
}

void
store_list_folder(struct store *s)
{
	size_t i;
	int rc;

	s->fetched = time(NULL);
	rc = doc_read(&s->master_doc, s, NULL, "master.json", STORE_MASTER_MAX);
	if (rc == 0)
		rc = doc_read(
		    &s->manifest_doc, s, NULL, "manifest.json", MANIFEST_MAX);
	if (rc == 0)
		rc = store_manifest_read(s);
	if (rc == 0)
		rc = s->master_doc.text != NULL ? store_master_read(s)
						: folders_add(s);
	for (i = 0; i < s->models.n && rc == 0; i++)
		model_list(&s->models.v[i], s);
	if (rc < 0) {
		s->rc = err_in(rc, "store %s", s->url);
		err_save(&s->error, s->rc);
	}
}
