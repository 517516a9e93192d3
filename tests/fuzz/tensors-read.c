/* Files of arrays: opened, looked through, their numbers taken. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "tensors/tensors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tensors *t;

	if (tensors_parse(&t, data, size, "input") < 0)
		return 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct tensors_item *item = &t->v[i];
		float *v;

		if (tensors_find(t, item->name) != item)
			__builtin_trap();
		if (item->count > 1 << 22)
			continue;
		v = mem_calloc(item->count + 1, sizeof(*v));
		tensors_floats(v, item);
		mem_free(v);
	}
	tensors_close(t);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char header[] =
	    "{\"__metadata__\":{\"format\":\"pt\"},"
	    "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,0,3],\"data_offsets\":[16,16]},"
	    "\"a\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[4,16]},"
	    "\"c\":{\"dtype\":\"U8\",\"shape\":[2,2],\"data_offsets\":[0,4]}}  ";
	const uint64_t n = sizeof(header) - 1;
	char file[sizeof(header) + 7 + 16] = { 0 };

	memcpy(file, &n, 8);
	memcpy(file + 8, header, sizeof(header) - 1);
	add(file, sizeof(file));
}
