/*
 * What samples of a stream hold beside pictures.  The first byte says which: j a label
 * in JSON, n an array.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/stream/stream_int.h"
#include "file/npy.h"
#include "fuzz.h"

enum { MOST = 1 << 16 };

static void
read_array(const void *p, size_t n)
{
	int shape[3];
	size_t count;
	float *v;

	if (dset_npy_shape(shape, p, n, "array") < 0)
		return;
	count = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
	if (count == 0 || count > n)
		abort(); /* a number has a byte at least */
	if (count > MOST)
		return;
	v = mem_array(float, count);
	if (dset_npy_floats(v, count, p, n, "array") < 0)
		abort();
	(void)dset_npy_bytes(p, n);
	mem_free(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	if (*data == 'n')
		read_array(data + 1, size - 1);
	else if (stream_json_text(&text, data + 1, size - 1) == 0)
		mem_free(text);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = { "j{\"label\": [1, 2.5]}",
		"j\"dog\"", "j7" };
	static const float v[4] = { 1, 2, 3, 4 };
	const size_t dim[2] = { 2, 2 };
	struct buf b;

	for (size_t i = 0; i < LENGTH(seeds); i++)
		add(seeds[i], strlen(seeds[i]));
	buf_init(&b, 1 << 16);
	(void)buf_addc(&b, 'n');
	(void)npy_add(&b, NPY_F32, 2, dim, v);
	add(b.data, b.len);
	buf_clear(&b);
}
