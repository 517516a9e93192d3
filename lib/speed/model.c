/* The nets, weights and pictures that are measured: see subject.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "speed/speed.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "dset/dset.h"
#include "infer/infer.h"
#include "model/model.h"
#include "model/net.h"
#include "nn/read.h"

void
speed_model_clear(struct speed_model *m)
{
	caffe_msg_free(m->net);
	caffe_msg_free(m->weights);
	caffe_msg_free(m->solver);
	mem_free(m->pictures);
	memset(m, 0, sizeof(*m));
}

/* What model-train takes where nothing is said. */
static Caffe__SolverParameter *
plain_solver(void)
{
	Caffe__SolverParameter *sp =
	    caffe_new(Caffe__SolverParameter, solver_parameter);

	sp->has_base_lr = sp->has_momentum = sp->has_weight_decay = 1;
	sp->base_lr = 1e-5f;
	sp->momentum = 0.9f;
	sp->weight_decay = 0.0005f;
	return sp;
}

/* The size of a model's pictures: info.json's, else that of deploy's input. */
static int
learn_size(struct speed_model *m, const struct model *f)
{
	const int *dims = f->info.dims; /* H, W, C */
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;
	int rc = 0;

	if (dims[0] > 0 && dims[1] > 0 && dims[2] > 0) {
		m->data.chw[0] = dims[2];
		m->data.chw[1] = dims[0];
		m->data.chw[2] = dims[1];
		return 0;
	}
	if (f->deploy == NULL)
		return 0;
	rc = net_read(&np, f->deploy);
	if (rc >= 0)
		rc = net_new_use(&n, np, NET_DEPLOY, &m->data);
	for (int t = 0; rc >= 0 && t < graph_tensors(n->graph); t++) {
		const struct tensor *x = graph_tensor(n->graph, t);

		if (x->kind != TENSOR_INPUT || x->shape.n != 4)
			continue;
		memcpy(m->data.chw, x->shape.d + 1, sizeof(m->data.chw));
		break;
	}
	net_free(n);
	caffe_msg_free(np);
	return rc;
}

static int
read_folder(struct speed_model *m, const struct model *f)
{
	const char *file = f->deploy;
	char **labels = NULL;
	size_t n = 0;

	if (m->train)
		file = f->train_val != NULL ? f->train_val : f->original;
	if (file == NULL)
		return err_set(ERR_MISSING, "it has no %s",
		    m->train ? "net for a training (train_val.prototxt)"
			     : "deploy.prototxt");
	TRY(net_read(&m->net, file));
	if (!m->train && f->weights != NULL)
		TRY(caffe_weights_read(&m->weights, f->weights));
	if (m->train && f->solver != NULL)
		TRY(caffe_solver_read(&m->solver, f->solver));
	if (f->labels != NULL)
		TRY(dset_labels_read(&labels, &n, f->labels));
	if (n > 0)
		m->data.classes = (int)n;
	dset_labels_free(labels, n);
	return m->train && m->data.chw[0] == 0 ? learn_size(m, f) : 0;
}

/* Does a layer turn lists of boxes into maps?  It takes a number for each picture,
 * too, until it is run. */
static bool
wants_boxes(const Caffe__NetParameter *np)
{
	for (size_t i = 0; i < np->n_layer; i++)
		if (np->layer[i]->type != NULL &&
		    strcmp(np->layer[i]->type, "DetectNetTransformation") == 0)
			return true;
	return false;
}

int
speed_model_read(struct speed_model *m, const struct speed_opts *o)
{
	const char *name = o->model;
	const bool train = o->train;
	struct model *f = NULL;
	int rc;

	*m = (struct speed_model){ .name = name, .train = train };
	m->data.classes = o->classes;
	rc = net_data_size(&m->data, o->input);
	if (rc < 0)
		return err_in(rc, "--input");
	if (!model_named(name)) {
		rc = model_net_read(
		    &m->net, name, train ? NET_TRAIN : -1, &m->data);
	} else if ((rc = model_open(&f, name, MODEL_NEWEST)) >= 0) {
		rc = read_folder(m, f);
		model_close(f);
		if (rc < 0)
			rc = err_in(rc, "%s", name);
	}
	if (rc < 0) {
		speed_model_clear(m);
		return rc;
	}
	m->use = train ? NET_TRAIN : net_use_guess(m->net);
	if (train && wants_boxes(m->net))
		m->data.labels = NET_LABEL_BOXES;
	if (train && m->solver == NULL)
		m->solver = plain_solver();
	return 0;
}

static int
take_picture(struct speed_model *m, const struct infer *f, size_t i,
    const char *path, struct infer_input *in)
{
	const double start = stop_clock();
	struct image im;
	size_t n;
	int rc;

	image_init(&im);
	rc = image_read(&im, path, infer_image_flags(f));
	if (rc >= 0)
		rc = infer_prepare(f, in, &im);
	image_clear(&im);
	TRY(rc);
	m->prepare += stop_clock() - start;
	n = (size_t)in->c * (size_t)in->h * (size_t)in->w;
	if (i > 0 && n != m->picture_size)
		return err_set(
		    ERR_FORMAT, "%s: not of the size of the others", path);
	m->picture_size = n;
	m->pictures = mem_realloc(m->pictures, (i + 1) * n, sizeof(float));
	memcpy(m->pictures + i * n, in->v, n * sizeof(float));
	return 0;
}

int
speed_model_pictures(struct speed_model *m, const char *const *paths, size_t n)
{
	/* only its preparation is wanted, which is the same everywhere */
	const struct infer_opts o = { .epoch = MODEL_NEWEST, .device = "ref" };
	struct infer_input in = { 0 };
	struct infer *f = NULL;
	int rc;

	if (!model_named(m->name))
		return err_set(ERR_USAGE,
		    "%s: pictures are for a model folder, which says how they are prepared",
		    m->name);
	rc = infer_open(&f, m->name, &o);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = take_picture(m, f, i, paths[i], &in);
	infer_input_clear(&in);
	infer_close(f);
	m->npictures = n;
	m->prepare /= (double)(n > 0 ? n : 1);
	return rc;
}
