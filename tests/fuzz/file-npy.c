/* .npy files. */
#include <stdlib.h>

#include "base/mem.h"
#include "file/npy.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct npy a;
	float *v;

	if (npy_parse(&a, data, size, "input") == 0) {
		v = mem_calloc(a.count < 1 << 22 ? a.count + 1 : 1, sizeof(*v));
		if (a.count < 1 << 22)
			npy_floats(v, &a);
		mem_free(v);
	}
	npy_clear(&a);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const double v[12];
	static const size_t dim[] = { 2, 3, 2 };
	struct buf b;
	int type;

	for (type = NPY_F32; type <= NPY_I64; type++) {
		buf_init(&b, 4096);
		if (npy_add(&b, type, type == NPY_U8 ? 1 : 3, dim, v) == 0)
			add(b.data, b.len);
		buf_clear(&b);
	}
}
