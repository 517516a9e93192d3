/* What the tests of YOLO's losses share: a net on ref, its blobs by name. */
#ifndef TESTS_NN_MACHINE_H
#define TESTS_NN_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"

struct machine {
	struct net *net;
	struct device *dev;
	struct plan *plan;
};

static inline void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static inline int
blob(const struct machine *m, const char *name)
{
	return net_blob_find(m->net, name)->tensor;
}

static inline int
machine_net(struct machine *m, const char *text, const struct net_opts *o)
{
	Caffe__NetParameter *np;
	int rc;

	memset(m, 0, sizeof(*m));
	must(caffe_net_parse(&np, text, strlen(text), "net"));
	rc = net_new(&m->net, np, o);
	caffe_msg_free(np);
	return rc;
}

static inline void
machine_plan(struct machine *m)
{
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };

	must(device_open(&m->dev, "ref", &d));
	must(device_plan(m->dev, &m->plan, m->net->graph, &po));
}

static inline void
close_machine(struct machine *m)
{
	plan_free(m->plan);
	net_free(m->net);
	device_close(m->dev);
}

/* Of a blob of one. */
static inline float
number(struct machine *m, const char *name)
{
	float v;

	must(plan_read(m->plan, blob(m, name), &v));
	return v;
}

#endif
