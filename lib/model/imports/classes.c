/* See classes.h. */
#include "model/imports/classes.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "file/lines.h"
#include "model/folder.h"
#include "nn/read.h"
#include "nn/score.h"

/* How many classes are named; 0: none are. */
static int
count_labels(size_t *n, const char *dir, const struct model_info *info)
{
	char *path, **labels = NULL;
	int rc;

	*n = 0;
	TRY(model_file_in(&path, dir, info->labels_file));
	if (path == NULL)
		return 0;
	rc = lines_read(&labels, n, path, "labels");
	lines_free(labels, *n);
	mem_free(path);
	return rc;
}

/* The only output, if it is a list of so many scores that are no probabilities. */
static const char *
find_scores(const struct net *net, size_t classes)
{
	const struct net_blob *b = net_score_blob(net);
	int outputs = 0;

	for (int i = 0; i < net->nblobs; i++)
		outputs += net->blobs[i].output;
	return b != NULL && outputs == 1 && classes > 1 &&
		net_blob_classes(net, b) == classes &&
		!net_blob_is_probability(net, b) &&
		net_blob_find(net, "prob") == NULL &&
		net_layer_find(net, "prob") == NULL
	    ? b->name
	    : NULL;
}

static int
add_softmax(const char *path, size_t classes)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	Caffe__NetParameter *np = NULL;
	Caffe__LayerParameter *l;
	struct net *net = NULL;
	const char *scores = NULL;
	int rc = net_read(&np, path);

	if (rc >= 0 && net_new(&net, np, &o) >= 0)
		scores = find_scores(net, classes);
	if (scores != NULL) {
		l = caffe_new(Caffe__LayerParameter, layer_parameter);
		caffe_set_str(l, "name", "prob");
		caffe_set_str(l, "type", "Softmax");
		caffe_add_str(&l->bottom, &l->n_bottom, scores);
		caffe_add_str(&l->top, &l->n_top, "prob");
		caffe_add(&np->layer, &np->n_layer, l);
		log_info("a Softmax makes probabilities of the scores \"%s\"",
		    scores);
		rc = caffe_text_write(path, np, 1);
	}
	net_free(net);
	caffe_msg_free(np);
	return rc;
}

int
model_add_probabilities(const char *dir, const struct model_info *info)
{
	size_t classes;
	char *path;
	int rc;

	TRY(count_labels(&classes, dir, info));
	if (classes == 0)
		return 0;
	TRY(model_file_in(&path, dir, info->deploy_file));
	if (path == NULL)
		return 0;
	rc = add_softmax(path, classes);
	mem_free(path);
	return rc;
}
