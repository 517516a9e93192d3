/* caffemodel and mean.binaryproto: read, values taken, upgraded, written. */
#include <stdlib.h>

#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "caffe/wire.h"
#include "fuzz.h"

enum { OUT_MAX = 512 << 20 };

static void
take_values(const Caffe__BlobProto *b)
{
	struct caffe_shape s;
	float *v;

	if (caffe_blob_shape(&s, b) < 0 || s.count > 1 << 20)
		return;
	v = mem_calloc(s.count + 1, sizeof(*v));
	caffe_blob_floats(v, s.count, b);
	caffe_blob_diffs(v, s.count, b);
	mem_free(v);
}

/* What we write, we read as the same. */
static void
again(const ProtobufCMessage *m)
{
	ProtobufCMessage *back;
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (caffe_wire_add(&b, m) == 0) {
		if (caffe_wire_parse(
			&back, m->descriptor, b.data, b.len, "output") < 0 ||
		    !caffe_msg_equal(m, back))
			__builtin_trap();
		caffe_msg_free(back);
	}
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Caffe__NetParameter *net;
	ProtobufCMessage *m;
	size_t i, k;

	if (caffe_wire_parse(&m, &caffe__net_parameter__descriptor, data, size,
		"input") == 0) {
		again(m);
		net = (Caffe__NetParameter *)m;
		if (caffe_net_upgrade(net) >= 0)
			for (i = 0; i < net->n_layer; i++)
				for (k = 0; k < net->layer[i]->n_blobs; k++)
					take_values(net->layer[i]->blobs[k]);
		caffe_msg_free(m);
	}
	if (caffe_wire_parse(
		&m, &caffe__blob_proto__descriptor, data, size, "input") == 0) {
		take_values((Caffe__BlobProto *)m);
		caffe_msg_free(m);
	}
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static uint8_t half[8] = { 0x00, 0x3c, 0x00, 0xc0, 0, 0, 0xff, 0x7b };
	const float v[4] = { 1, 2, 3, 4 };
	Caffe__BlobProto *b = caffe_blob_new_legacy(1, 1, 2, 2, v);
	struct buf out;

	buf_init(&out, 4096);
	if (caffe_wire_add(&out, b) == 0)
		add(out.data, out.len);
	buf_reset(&out);
	mem_free(b->data);
	b->data = NULL;
	b->n_data = 0;
	b->has_raw_data = b->has_raw_data_type = 1;
	b->raw_data_type = CAFFE__TYPE__FLOAT16;
	b->raw_data.data = half;
	b->raw_data.len = sizeof(half);
	if (caffe_wire_add(&out, b) == 0)
		add(out.data, out.len);
	b->raw_data.data = NULL;
	buf_clear(&out);
	caffe_msg_free(b);
}
