/* Arrays from .npy files: see array.h. */
#include "input/array.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/npy.h"

static const size_t array_bytes_max = (size_t)16 << 30;

int
input_array_split(size_t *top, const char **path, const char *text)
{
	const char *eq = strchr(text, '=');

	if (eq == NULL || eq == text || eq[1] == '\0')
		return err_set(
		    ERR_USAGE, "--input %s: NAME=FILE.npy is wanted", text);
	*top = (size_t)(eq - text);
	*path = eq + 1;
	return 0;
}

int
input_array_read(struct input_array *out, const char *path)
{
	struct npy a;
	void *v = NULL;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	TRY(npy_read(&a, path, array_bytes_max));
	if (a.ndim > SHAPE_MAX)
		rc = err_set(
		    ERR_FORMAT, "%s: more than %d axes", path, SHAPE_MAX);
	if (rc >= 0)
		rc = mem_take(
		    &v, a.count + 1, sizeof(float), array_bytes_max, path);
	if (rc >= 0) {
		out->path = mem_strdup(path);
		out->count = a.count;
		out->v = v;
		out->shape.n = a.ndim;
		for (int i = 0; i < a.ndim; i++)
			out->shape.d[i] = (int64_t)a.dim[i];
		npy_floats(out->v, &a);
	}
	npy_clear(&a);
	return rc;
}

void
input_array_clear(struct input_array *a)
{
	mem_free(a->path);
	mem_free(a->v);
	memset(a, 0, sizeof(*a));
}
