/* Finding a net: see net.h. */
#include "model/net.h"

#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/upgrade.h"
#include "model/model.h"
#include "nn/nets.h"

static bool
is_archive(const char *path)
{
	static const char *const ext[] = { ".gz", ".tgz", ".tar", ".zip",
		".bz2", ".xz" };
	size_t i;

	for (i = 0; i < LENGTH(ext); i++)
		if (path_has_ext(path, ext[i]))
			return true;
	return false;
}

static int
from_model(Caffe__NetParameter **out, const char *path, int use)
{
	const char *file;
	struct model *m;
	int rc;

	TRY(model_open(&m, path, -1));
	file = m->deploy;
	if (file == NULL || (use >= 0 && use != NET_DEPLOY))
		file = m->train_val ? m->train_val : m->original;
	if (file == NULL)
		file = m->deploy;
	rc = file ? caffe_net_read(out, file)
		  : err_set(ERR_MISSING, "%s holds no net", path);
	model_close(m);
	return rc;
}

int
model_net_read(
    Caffe__NetParameter **out, const char *name, int use, struct net_data *d)
{
	const struct net_standard *s = net_standard_find(name);

	*out = NULL;
	if (file_is_dir(name) || is_archive(name))
		return from_model(out, name, use);
	if (file_exists(name) || strcmp(name, "-") == 0)
		return caffe_net_read(out, name);
	if (s == NULL && (strchr(name, '/') || strchr(name, '.')))
		return caffe_net_read(out, name);
	TRY(net_standard_read(out, name));
	if (d->classes == 0)
		d->classes = s->classes;
	return d->chw[0] == 0 ? net_data_size(d, s->input) : 0;
}
