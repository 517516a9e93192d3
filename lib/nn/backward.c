/* The gradient of a net, and its loss. */
#include "base/err.h"
#include "base/mem.h"
#include "nn/net.h"

enum { BLOB_MAX = 1 << 30 }; /* bytes of a loss blob read back */

static bool
blob_wanted(const struct net *n, int i)
{
	const struct net_param *p = &n->params[i];

	return p->owner == i && p->learn && p->lr_mult != 0;
}

/* Scale and bias go into the batchnorm before them, which has their gradient in
 * one pass; not where the tensor between is a blob that may be read. */
static int
fuse_scales(struct net *n)
{
	bool *keep = mem_array(bool, (size_t)n->nblobs + 1);
	int i, rc;

	for (i = 0; i < n->nblobs; i++) {
		struct tensor *t = graph_tensor(n->graph, n->blobs[i].tensor);

		keep[i] = t->keep;
		t->keep = true;
	}
	rc = graph_fuse(n->graph, GRAPH_FUSE_SCALE);
	for (i = n->nblobs - 1; i >= 0; i--)
		graph_tensor(n->graph, n->blobs[i].tensor)->keep = keep[i];
	mem_free(keep);
	return rc;
}

int
net_backward_from(struct net *n, const struct graph_seed *seeds, int nseeds)
{
	int *want = mem_array(
	    int, (size_t)n->nparams + (size_t)graph_tensors(n->graph));
	int nwant = 0, i, rc, have = graph_tensors(n->graph);

	for (i = 0; i < n->nparams; i++)
		if (blob_wanted(n, i))
			want[nwant++] = n->params[i].tensor;
	for (i = 0; i < have && n->force_backward; i++)
		if (graph_tensor(n->graph, i)->kind == TENSOR_INPUT)
			want[nwant++] = i;
	rc = fuse_scales(n);
	if (rc >= 0)
		rc = graph_backward(n->graph, seeds, nseeds, want, nwant);
	mem_free(want);
	return rc;
}

int
net_backward(struct net *n)
{
	struct graph_seed *seeds =
	    mem_array(struct graph_seed, (size_t)n->nblobs + 1);
	int nseeds = 0, i, rc;

	for (i = 0; i < n->nblobs; i++)
		if (n->blobs[i].loss_weight != 0)
			seeds[nseeds++] = (struct graph_seed){
				n->blobs[i].tensor,
				n->blobs[i].loss_weight,
				-1,
			};
	if (nseeds == 0)
		rc = err_set(ERR_FORMAT,
		    "the net has no loss in phase %s: add a loss layer such as SoftmaxWithLoss, or a loss_weight",
		    n->train ? "TRAIN" : "TEST");
	else
		rc = net_backward_from(n, seeds, nseeds);
	mem_free(seeds);
	return rc;
}

/* Caffe's loss of a blob is the sum of its values, whatever its shape. */
static int
blob_sum(
    const struct net *n, struct plan *p, const struct net_blob *b, double *out)
{
	size_t count = shape_count(graph_shape(n->graph, b->tensor)), i;
	void *mem = NULL;
	float *v;
	int rc;

	TRY(mem_take(&mem, count, sizeof(*v), BLOB_MAX, b->name));
	v = mem;
	rc = plan_read(p, b->tensor, v);
	*out = 0;
	for (i = 0; i < count && rc >= 0; i++)
		*out += v[i];
	mem_free(mem);
	return rc;
}

int
net_loss(const struct net *n, struct plan *p, double *out)
{
	double sum;
	int i;

	*out = 0;
	for (i = 0; i < n->nblobs; i++) {
		if (n->blobs[i].loss_weight == 0)
			continue;
		TRY(blob_sum(n, p, &n->blobs[i], &sum));
		*out += n->blobs[i].loss_weight * sum;
	}
	return 0;
}
