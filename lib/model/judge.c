/* Do the files of a model belong together?  See check.h. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/lines.h"
#include "model/check.h"
#include "nn/match.h"
#include "nn/read.h"
#include "nn/score.h"
#include "nn/use.h"

enum { SIDE = 224 }; /* of pictures whose size nothing tells */

/* The net that the weights are for: the one that is run, else the trained. */
static const char *
net_file(const struct model *m)
{
	return m->deploy != NULL   ? m->deploy
	    : m->train_val != NULL ? m->train_val
				   : m->original;
}

static int
build_net(
    struct net **out, const struct model *m, const Caffe__NetParameter *np)
{
	const struct model_info *i = &m->info;
	struct net_data d = { .batch = 1, .chw = { 3, SIDE, SIDE } };
	char **labels = NULL;
	size_t n = 0;

	*out = NULL;
	if (m->labels != NULL &&
	    lines_read(&labels, &n, m->labels, "labels") < 0)
		n = 0;
	d.classes = (int)n;
	lines_free(labels, n);
	if (i->dims[0] > 0 && i->dims[1] > 0) {
		d.chw[0] = i->dims[2] > 0 ? i->dims[2] : 3;
		d.chw[1] = i->dims[0];
		d.chw[2] = i->dims[1];
	}
	return net_new_use(
	    out, np, m->deploy != NULL ? NET_DEPLOY : net_use_guess(np), &d);
}

static bool
is_caffe(const struct model *m)
{
	return m->info.framework == NULL ||
	    strcmp(m->info.framework, "caffe") == 0;
}

static bool
has_layer(const Caffe__NetParameter *np, const char *name)
{
	size_t i;

	for (i = 0; i < np->n_layer; i++)
		if (strcmp(np->layer[i]->name != NULL ? np->layer[i]->name : "",
			name != NULL ? name : "") == 0)
			return true;
	return false;
}

/* All that can be said of a net that cannot be built: one name in common, and
 * numbers. */
static int
judge_names(const Caffe__NetParameter *np, const Caffe__NetParameter *w)
{
	size_t i, holders = 0, shared = 0;

	for (i = 0; i < w->n_layer; i++) {
		const Caffe__LayerParameter *l = w->layer[i];

		if (l->n_blobs == 0)
			continue;
		holders++;
		shared += np == NULL || has_layer(np, l->name);
		TRY(net_layer_finite(l));
	}
	if (holders == 0)
		return err_set(ERR_FORMAT, "holds no weights");
	return shared > 0
	    ? 0
	    : err_set(ERR_FORMAT,
		  "is another net's: of its %zu %s with weights none is one of this net's",
		  holders, num_plural(holders, "layer", "layers"));
}

/* Is it a mistake in the net that it cannot be built?  Layers of a plug-in are
 * not, nor is what a net for training reads. */
static bool
wrong_net(const struct model *m, int rc)
{
	return m->deploy != NULL && rc != ERR_UNSUPPORTED;
}

struct told {
	void (*missing)(void *ctx, const char *file, const char *layer);
	void *ctx;
	const char *file;
};

static void
tell_untrained(void *ctx, const char *layer)
{
	struct told *t = ctx;

	t->missing(t->ctx, t->file, layer);
}

static int
judge_net(const struct net *net, const Caffe__NetParameter *w, struct told *t)
{
	struct net_copy_report r = { 0 };
	int rc = net_match_weights(net, w, &r);

	if (rc >= 0 && t->missing == NULL)
		rc = net_copy_whole(&r);
	else if (rc >= 0)
		net_copy_each_missing(&r, tell_untrained, t);
	net_copy_report_clear(&r);
	return rc;
}

int
model_judge(const struct model *m,
    void (*missing)(void *ctx, const char *file, const char *layer), void *ctx)
{
	Caffe__NetParameter *np = NULL, *w = NULL;
	struct net *net = NULL;
	struct told t = { missing, ctx, "" };
	int rc;

	if (m->weights == NULL || !is_caffe(m))
		return 0;
	t.file = path_base(m->weights);
	TRY(caffe_weights_read(&w, m->weights));
	rc = net_file(m) != NULL ? net_read(&np, net_file(m)) : 0;
	if (rc >= 0) {
		if (np != NULL)
			rc = build_net(&net, m, np);
		if (rc < 0 && wrong_net(m, rc)) {
			rc = err_in(rc, "%s", path_base(net_file(m)));
		} else {
			if (rc == ERR_UNSUPPORTED)
				log_warn(
				    "%s: cannot be built here, so the weights are compared by the names of layers only: %s",
				    path_base(net_file(m)), err_text());
			rc = net != NULL ? judge_net(net, w, &t)
					 : judge_names(np, w);
			if (rc < 0)
				rc = err_in(rc, "%s", t.file);
		}
	}
	net_free(net);
	caffe_msg_free(np);
	caffe_msg_free(w);
	return rc;
}

int
model_labels_judge(const struct model *m)
{
	Caffe__NetParameter *np = NULL;
	struct net *net = NULL;
	char **labels = NULL;
	size_t n = 0;
	int rc;

	if (m->labels == NULL || m->deploy == NULL || !is_caffe(m))
		return 0;
	rc = lines_read(&labels, &n, m->labels, "labels");
	lines_free(labels, n);
	TRY(rc);
	if (net_read(&np, m->deploy) >= 0 && build_net(&net, m, np) >= 0)
		rc = net_labels_check(net, n);
	net_free(net);
	caffe_msg_free(np);
	return rc < 0 ? err_in(rc, "%s", path_base(m->labels)) : 0;
}
