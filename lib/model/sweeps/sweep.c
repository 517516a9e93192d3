/* The reader of sweep.json: see sweep.h. */
#include "model/sweeps/sweep.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"

enum { AXES_MAX = 64, MEMBERS_MAX = 1 << 16, LABEL_MAX = 1 << 20 };

int
model_sweep_there(const char *dir)
{
	char *path = path_join(dir, MODEL_SWEEP_FILE);
	struct stat st;
	int there = file_look(&st, path);

	mem_free(path);
	return there;
}

static int
take_axes(struct model_sweep *s, const struct json *axes)
{
	size_t n = axes != NULL ? json_length(axes) : 0;

	if (n == 0 || n > AXES_MAX || json_type(axes) != JSON_ARRAY)
		return err_set(ERR_FORMAT, "\"axes\" is no list of options");
	s->option = mem_array(const char *, n);
	for (const struct json *a = json_first(axes); a != NULL;
	     a = json_next(a))
		TRY(json_need_str(&s->option[s->naxes++], a, "option"));
	return 0;
}

static int
take_member(struct model_sweep *s, const struct json *j)
{
	struct model_sweep_member *m = &s->v[s->n++];
	const struct json *values = json_find(j, "values");

	m->value = mem_array(const char *, s->naxes);
	TRY(json_need_str(&m->name, j, "name"));
	TRY(path_check_inside(m->name));
	if (strchr(m->name, '/') != NULL || values == NULL)
		return err_set(
		    ERR_FORMAT, "member %zu is no folder with values", s->n);
	for (size_t i = 0; i < s->naxes; i++)
		TRY(json_need_str(&m->value[i], values, s->option[i]));
	return 0;
}

static int
take_sweep(struct model_sweep *s)
{
	const struct json *members = json_find(s->doc, "members");
	size_t n = members != NULL ? json_length(members) : 0;

	if (strcmp(json_str(s->doc, "kind", ""), "sweep") != 0)
		return err_set(ERR_FORMAT, "\"kind\" is not \"sweep\"");
	TRY(take_axes(s, json_find(s->doc, "axes")));
	if (members == NULL || n > MEMBERS_MAX ||
	    json_type(members) != JSON_ARRAY)
		return err_set(ERR_FORMAT, "\"members\" is no list of models");
	s->v = mem_array(struct model_sweep_member, n + 1);
	for (const struct json *m = json_first(members); m != NULL;
	     m = json_next(m))
		TRY(take_member(s, m));
	return 0;
}

int
model_sweep_read(struct model_sweep *s, const char *dir)
{
	char *path = path_join(dir, MODEL_SWEEP_FILE);
	int rc;

	memset(s, 0, sizeof(*s));
	rc = json_read(&s->doc, path);
	if (rc >= 0 && take_sweep(s) < 0)
		rc = err_in(ERR_FORMAT, "%s", path);
	mem_free(path);
	return rc;
}

void
model_sweep_clear(struct model_sweep *s)
{
	for (size_t i = 0; i < s->n; i++)
		mem_free(s->v[i].value);
	mem_free(s->v);
	mem_free(s->option);
	json_free(s->doc);
	memset(s, 0, sizeof(*s));
}

/* Have the members more than one value of the axis? */
static bool
is_varied(const struct model_sweep *s, size_t axis)
{
	for (size_t i = 1; i < s->n; i++)
		if (strcmp(s->v[i].value[axis], s->v[0].value[axis]) != 0)
			return true;
	return s->naxes == 1;
}

char *
model_sweep_label(const struct model_sweep *s, size_t i)
{
	struct buf b;

	buf_init(&b, LABEL_MAX);
	for (size_t k = 0; k < s->naxes; k++)
		if (is_varied(s, k))
			buf_printf(&b, "%s%s %s", b.len > 0 ? ", " : "",
			    s->option[k], s->v[i].value[k]);
	return b.len > 0 ? buf_steal(&b) : mem_strdup(s->v[i].name);
}
