/* Prototxt: read as net and as solver, upgraded, filtered, written, read again, and
 * its layers where it is neither. */
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "fuzz.h"

enum { OUT_MAX = 512 << 20 };

/* What we write, we read as the same. */
static void
again(const ProtobufCMessage *m)
{
	ProtobufCMessage *back;
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (caffe_text_add(&b, m) == 0 && b.len <= CAFFE_TEXT_MAX) {
		if (caffe_text_parse(&back, m->descriptor, buf_str(&b), b.len,
			"output") < 0 ||
		    !caffe_msg_equal(m, back))
			__builtin_trap();
		caffe_msg_free(back);
	}
	buf_clear(&b);
}

static void
filter(const Caffe__NetParameter *net)
{
	static const char *const stages[] = { "val", NULL };
	Caffe__NetState *state = caffe_state_new(CAFFE__PHASE__TEST, 0, stages);
	Caffe__NetParameter *in;

	if (caffe_net_filter(&in, net, state) == 0)
		caffe_msg_free(in);
	caffe_msg_free(state);
}

static int
look(void *ctx, const char *name, const char *type, int line)
{
	(void)ctx;
	if (line < 1 || name == NULL || type == NULL)
		__builtin_trap();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Caffe__SolverParameter *solver;
	Caffe__NetParameter *net;

	if (caffe_net_parse(&net, (const char *)data, size, "input") == 0) {
		again(&net->base);
		filter(net);
		caffe_msg_free(net);
	}
	if (caffe_solver_parse(&solver, (const char *)data, size, "input") ==
	    0) {
		again(&solver->base);
		caffe_msg_free(solver);
	}
	caffe_text_layers((const char *)data, size, look, NULL);
	return 0;
}
