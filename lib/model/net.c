/* Finding a net: see net.h. */
#include "model/net.h"

#include <string.h>

#include "base/err.h"
#include "file/file.h"
#include "model/model.h"
#include "nn/nets.h"
#include "nn/read.h"

/* Which of the model's files holds the net; NULL: none. */
static const char *
file_for(const struct model *m, int use)
{
	const char *file = m->train_val != NULL ? m->train_val : m->original;

	if (use == MODEL_NET_TEXT)
		return m->original;
	if (m->deploy != NULL && (file == NULL || use < 0 || use == NET_DEPLOY))
		return m->deploy;
	return file;
}

static int
from_model(Caffe__NetParameter **out, const char *path, int use)
{
	const char *file;
	struct model *m;
	int rc;

	TRY(model_open(&m, path, MODEL_NEWEST));
	file = file_for(m, use);
	if (file != NULL)
		rc = net_read(out, file);
	else
		rc = err_set(ERR_MISSING, "%s: %s", path,
		    use == MODEL_NET_TEXT ? "no original.prototxt"
					  : "holds no net");
	model_close(m);
	return rc;
}

int
model_net_read(
    Caffe__NetParameter **out, const char *name, int use, struct net_data *d)
{
	const struct net_standard *s = net_standard_find(name);

	*out = NULL;
	if (strcmp(name, "-") == 0)
		return net_read(out, name);
	if (model_named(name))
		return from_model(out, name, use);
	if (file_exists(name))
		return net_read(out, name);
	if (s == NULL &&
	    (strchr(name, '/') != NULL || strchr(name, '.') != NULL))
		return file_absent(name, "%s: no such file", name);
	TRY(net_standard_read(out, name));
	if (d == NULL)
		return 0;
	if (d->classes == 0)
		d->classes = s->classes;
	return d->chw[0] == 0 ? net_data_size(d, s->input) : 0;
}
