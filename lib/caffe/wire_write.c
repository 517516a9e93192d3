/* Writing protobuf's binary format: into memory, or message by message into a
 * file. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/wire.h"
#include "file/file.h"

int
caffe_wire_add(struct buf *b, const void *m)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *p = buf_room(b, n);

	if (p == NULL)
		return ERR_RANGE;
	buf_grew(b, protobuf_c_message_pack(m, p));
	return 0;
}

struct caffe_wire_out {
	ProtobufCBuffer base;
	struct file_out *file;
};

static void
append_bytes(ProtobufCBuffer *b, size_t n, const uint8_t *p)
{
	struct caffe_wire_out *o = (struct caffe_wire_out *)b;

	/* A failure stays in the stream; file_out_commit finds it. */
	(void)!fwrite(p, 1, n, file_out_stream(o->file));
}

int
caffe_wire_open(struct caffe_wire_out **out, const char *path, int force)
{
	struct file_out *file = NULL;

	*out = NULL;
	TRY(file_out_open(&file, path, force));
	*out = mem_new(struct caffe_wire_out);
	**out = (struct caffe_wire_out){ { append_bytes }, file };
	return 0;
}

void
caffe_wire_put(struct caffe_wire_out *o, const void *m)
{
	protobuf_c_message_pack_to_buffer(m, &o->base);
}

int
caffe_wire_close(struct caffe_wire_out *o, int rc)
{
	if (rc >= 0)
		rc = file_out_commit(&o->file);
	else
		file_out_abort(&o->file);
	mem_free(o);
	return rc;
}

int
caffe_wire_write(const char *path, const void *m, int force)
{
	struct caffe_wire_out *o;

	TRY(caffe_wire_open(&o, path, force));
	caffe_wire_put(o, m);
	return caffe_wire_close(o, 0);
}
