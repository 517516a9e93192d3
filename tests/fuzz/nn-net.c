/* Prototxt to nets: built for each phase, with gradient, planned, drawn. */
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "fuzz.h"
#include "nn/draw/draw.h"
#include "nn/show/describe.h"
#include "nn/use.h"

enum { OUT_MAX = 16 << 20 };

/* Fonts are known until the end. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}

static void
say(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;
}

static void
draw(const struct net *n)
{
	const struct net_draw_opts all = { .width = 300, .all = true };
	struct buf b;

	buf_init(&b, OUT_MAX);
	net_draw_inline(&b, n, NULL);
	net_draw_inline(&b, n, &all);
	buf_clear(&b);
}

static void
measure(const struct net *n)
{
	const struct plan_opts o = { .measure = true };
	static struct device *ref;
	struct plan *p;

	if ((ref != NULL || device_open(&ref, "ref", NULL) == 0) &&
	    device_plan(ref, &p, n->graph, &o) == 0)
		plan_free(p);
}

static void
build(const Caffe__NetParameter *np, enum net_use use)
{
	const struct net_data d = {
		.batch = 2, .chw = { 3, 12, 12 }, .classes = 3
	};
	struct net_line x;
	struct net *n;

	if (net_new_use(&n, np, use, &d) < 0)
		return;
	net_line(n, -1, &x);
	net_check(n, say, NULL);
	if (graph_ops(n->graph) < 2000) {
		draw(n);
		if (net_backward(n) == 0)
			measure(n);
	}
	net_free(n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Caffe__NetParameter *np;

	if (caffe_net_parse(&np, (const char *)data, size, "input") < 0)
		return 0;
	build(np, NET_TRAIN);
	build(np, NET_DEPLOY);
	caffe_msg_free(np);
	return 0;
}
