/* The net of a training, for a page. */
#include "base/err.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "model/net.h"
#include "nn/draw/draw.h"
#include "report/inside.h"

static uint64_t
parameters(const struct net *n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n->nparams; i++)
		if (n->params[i].owner == i)
			sum += (uint64_t)shape_count(&n->params[i].shape);
	return sum;
}

static int
draw(struct page *p, const struct report_all *a)
{
	const struct net_draw_opts o = { .width = 0 }; /* as words are read */
	struct net_data d = { .batch = 1 };
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;
	struct buf b;
	int rc;

	buf_init(&b, 1 << 26);
	rc = model_net_read(&np, a->o->model, -1, &d);
	if (rc >= 0)
		rc = net_new_use(&n, np, NET_DEPLOY, &d);
	if (rc >= 0)
		rc = net_draw_inline(&b, n, &o);
	if (rc >= 0) {
		page_line(p, "%s, %s.", NUM_COUNTED(n->nlayers, "layer"),
		    NUM_COUNTED(parameters(n), "parameter"));
		page_drawing(p, &b, false, "The net, from its input down", "");
	}
	net_free(n);
	caffe_msg_free(np);
	buf_clear(&b);
	return rc;
}

void
report_net(struct page *p, const struct report_all *a)
{
	page_section(p, "Net");
	if (draw(p, a) < 0)
		page_line(p, "Not shown: %s.", err_text());
	page_section_end(p);
}
