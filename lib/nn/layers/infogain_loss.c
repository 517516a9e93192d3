/*
 * InfogainLoss: multinomial logistic loss of the softmax of bottom 0, weighted
 * by a matrix H (classes, classes): bottom 2, or a binaryproto file.  The second
 * top is the softmax.
 */
#include "base/mem.h"
#include "base/num.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "nn/layers/types.h"

static const Caffe__InfogainLossParameter none =
    CAFFE__INFOGAIN_LOSS_PARAMETER__INIT;

static int
read_matrix(struct layer *l, const char *path, int64_t classes)
{
	struct shape s = { 2, { classes, classes } };
	size_t n = shape_count(&s);
	Caffe__BlobProto *b = NULL;
	float *v = NULL;
	int rc;

	rc = caffe_mean_read(&b, path);
	if (rc < 0)
		goto done;
	if (b->n_data != n) {
		rc = err_set(ERR_FORMAT, "%s has %s; of %s it must have %zu",
		    path, NUM_COUNTED(b->n_data, "value"),
		    NUM_COUNTED(classes, "class"), n);
		goto done;
	}
	v = mem_array(float, n);
	rc = caffe_blob_floats(v, n, b);
	if (rc >= 0)
		rc = graph_add_const(l->graph, "infogain", &s, v);
done:
	mem_free(v);
	caffe_msg_free(b);
	return rc;
}

static int
emit(struct layer *l)
{
	const Caffe__InfogainLossParameter *p =
	    LAYER_PARAM(l, infogain_loss_param, &none);
	union op_attr a = { .loss = { .fn = LOSS_INFOGAIN } };
	int in[3] = { l->bottom[0], l->bottom[1], -1 }, y;

	TRY(layer_axis(l, 0, p->axis, &a.loss.axis));
	layer_loss_param(l, NORM_VALID, &a.loss);
	if (l->nbottom < 3 && p->source == NULL)
		return err_set(ERR_FORMAT,
		    "the matrix is missing: give a third bottom or infogain_loss_param.source");
	if (l->nbottom < 3)
		in[2] = read_matrix(
		    l, p->source, layer_shape(l, 0)->d[a.loss.axis]);
	else
		in[2] = l->bottom[2];
	if (in[2] < 0)
		return in[2];
	TRY(y = graph_add(l->graph, OP_LOSS, &a, in, 3));
	if (l->ntop > 1) {
		TRY(layer_top(l, 1, graph_last(l->graph)->out[1]));
		graph_tensor(l->graph, l->top[1])->keep = true;
	}
	return layer_loss_top(l, y);
}

const struct layer_type layer_infogain_loss = { "InfogainLoss", 2, 3, 1, 2,
	.emit = emit, .loss_weight = 1, .no_grad = 6 };
