/* Inside of infer/: what a model that is open holds. */
#ifndef INFER_INSIDE_H
#define INFER_INSIDE_H

#include "infer/infer.h"
#include "nn/match.h"

enum { INFER_PLANS = 4 }; /* sizes of input kept compiled */

struct infer_out {
	const char *name;
	int tensor;
	struct shape shape;
	size_t classes; /* probabilities for so many; 0: other numbers */
	float *v;
};

struct infer_plan {
	struct net *net;
	struct plan *plan;
	struct shape input;
	struct infer_out *out;
	size_t nout, score; /* which of them the net scores */
	size_t more[INFER_MORE];
	int nmore; /* and which those of opts.more are */
	bool list; /* that one has several values, one a class */
	uint64_t used;
};

struct infer {
	struct infer_opts opts;
	struct model *model;
	struct device *device;
	Caffe__NetParameter *deploy, *weights;
	struct net_copy_report match; /* of weights and net */
	bool judged;
	char **labels;
	size_t nlabels;
	/* preparation */
	const char *input;  /* the net's first input */
	int channels;       /* 1 or 3 for pictures */
	bool last;          /* they are its last axis: (N, H, W, C) */
	int in_h, in_w;     /* of the net's input */
	int size_h, size_w; /* pictures are brought to this, then cropped */
	bool middle;        /* that is the middle of one that covers fit */
	int fit_h, fit_w;
	int pad_h,
	    pad_w; /* black at the right and below before that; 0: none */
	bool rgb;  /* channels are R G B, not B G R */
	enum image_mode mode;
	enum image_filter filter;
	struct transform transform;
	/* running */
	struct infer_plan plans[INFER_PLANS];
	struct infer_plan *current;
	uint64_t clock;
	int pictures; /* places in the current batch */
	bool whole;   /* the last run was of tensors as they are */
};

/* learn.c: fill the preparation from deploy, train_val, info.json and mean. */
int infer_learn_preparation(struct infer *f);

/* ---- plan.c ------------------------------------------------------------ */

/* The blob of that name, or what the layer of that name puts out, into *out unless
 * that is NULL; ERR_MISSING. */
int infer_output_find(
    const struct net *net, const char *name, const struct net_blob **out);
/* Do the weights belong to the net?  Once. */
int infer_check_trained(struct infer *f, const struct net *net);
/* What opts.more wants of that net: how many. */
int infer_ask_more(
    const struct infer *f, const struct net *net, const char *v[INFER_MORE]);
/* inputs as net_new takes them. */
int infer_plan_open(
    struct infer *f, struct infer_plan *p, const struct net_input *inputs);
void infer_plan_close(struct infer_plan *p); /* also of none */
/* The plan for n pictures of that size, made when there is none; the oldest
 * makes room. */
int infer_plan_for(
    struct infer *f, int n, int c, int h, int w, struct infer_plan **out);

#endif
