/* solverstate: read, written, read again. */
#include "caffe/msg.h"
#include "caffe/wire.h"
#include "fuzz.h"

enum { OUT_MAX = 512 << 20 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ProtobufCMessage *m, *back;
	struct buf b;

	if (caffe_wire_parse(
		&m, &caffe__solver_state__descriptor, data, size, "input") < 0)
		return 0;
	buf_init(&b, OUT_MAX);
	if (caffe_wire_add(&b, m) == 0) {
		if (caffe_wire_parse(
			&back, m->descriptor, b.data, b.len, "output") < 0 ||
		    !caffe_msg_equal(m, back))
			__builtin_trap();
		caffe_msg_free(back);
	}
	buf_clear(&b);
	caffe_msg_free(m);
	return 0;
}
