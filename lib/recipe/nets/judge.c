/* Building nets only to see whether that can be done: see judge.h. */
#include "recipe/nets/judge.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "nn/score.h"
#include "nn/use.h"
#include "input/feed.h"
#include "ranks/exchange.h"

int
judge_deploy(const Caffe__NetParameter *deploy, const char *name, int classes,
    size_t labels)
{
	const struct net_data data = { .classes = classes };
	Caffe__NetParameter *np = caffe_msg_copy(deploy);
	struct net *n = NULL;
	int rc;

	if (np == NULL)
		return 0;
	/* its inputs stand as fields */
	rc = caffe_net_upgrade(np);
	if (rc >= 0)
		rc = net_new_use(&n, np, NET_DEPLOY, &data);
	if (rc >= 0 && labels > 0 && net_labels_check(n, labels) < 0)
		log_warn("labels.txt %s", err_text());
	net_free(n);
	caffe_msg_free(np);
	if (rc < 0)
		rc = err_in(rc, "the net for use (stage deploy)");
	return rc < 0 && name != NULL ? err_in(rc, "%s", name) : rc;
}

void
judge_order(const struct model_info *m, const char *name, bool rgb)
{
	bool was = m->channel_order != NULL &&
	    strcasecmp(m->channel_order, "RGB") == 0;

	if (was != rgb && m->dims[2] != 1)
		log_warn(
		    "%s was trained on %s pictures, this training is on %s (--%srgb)",
		    name, was ? "R G B" : "B G R", rgb ? "R G B" : "B G R",
		    was ? "" : "no-");
}

void
judge_channels(const char *dataset, int channels)
{
	if (channels != 3)
		log_warn("--rgb has no effect: the pictures of %s have %d %s",
		    dataset, channels,
		    num_plural((uint64_t)channels, "channel", "channels"));
}

/* Does a layer that is handed its data have a top of that name? */
static bool
takes_array(const Caffe__NetParameter *np, const char *top)
{
	for (size_t i = 0; i < np->n_layer; i++) {
		const Caffe__LayerParameter *l = np->layer[i];

		if (strcmp(l->type, "MemoryData") != 0 &&
		    strcmp(l->type, "Input") != 0)
			continue;
		for (size_t t = 0; t < l->n_top; t++)
			if (strcmp(l->top[t], top) == 0)
				return true;
	}
	return false;
}

/* Does this layer give what it reads as it is stored? */
static bool
gives_stored(const Caffe__LayerParameter *l)
{
	for (const struct feed_type *const *t = feed_types; *t != NULL; t++)
		if (strcmp((*t)->name, l->type) == 0)
			return (*t)->as_stored;
	return false;
}

/* Those layers of a net into b, each once. */
static void
list_stored(struct buf *b, const Caffe__NetParameter *np)
{
	for (size_t i = 0; i < np->n_layer; i++) {
		const Caffe__LayerParameter *l = np->layer[i];
		char *text;

		if (!gives_stored(l))
			continue;
		text = mem_printf(
		    "\"%s\" (%s)", l->name != NULL ? l->name : "", l->type);
		if (strstr(buf_str(b), text) == NULL)
			buf_printf(b, "%s%s", b->len > 0 ? ", " : "", text);
		mem_free(text);
	}
}

static void
judge_rgb(const struct train_job *job)
{
	struct buf b;

	if (!job->rgb || job->resume || !exchange_leads(job->exchange))
		return;
	buf_init(&b, ERR_TEXT_MAX);
	list_stored(&b, job->net);
	for (size_t k = 0; k < job->ntest; k++)
		list_stored(&b, job->test_nets[k]);
	if (b.len > 0)
		log_warn(
		    "--rgb has no effect on layer %s: the planes stay as they are stored",
		    buf_str(&b));
	buf_clear(&b);
}

int
judge_asked(const struct train_job *job)
{
	for (size_t i = 0; i < job->ninputs; i++) {
		bool found = takes_array(job->net, job->inputs[i].name);

		for (size_t k = 0; k < job->ntest && !found; k++)
			found =
			    takes_array(job->test_nets[k], job->inputs[i].name);
		if (!found)
			return err_set(ERR_USAGE,
			    "--input %s: no MemoryData or Input layer has such a top",
			    job->inputs[i].name);
	}
	judge_rgb(job);
	if (job->early_stop > 0 &&
	    (job->ntest == 0 || job->solver->test_interval <= 0))
		log_warn("--early-stop has no effect: there is no validation");
	return 0;
}
