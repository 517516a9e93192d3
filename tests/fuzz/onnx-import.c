/* Files of ONNX: read, and made into nets. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "onnx/import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct onnx_opts o = { .size = { 32, 32 } };
	struct onnx_file *f;
	struct onnx_net *n;

	onnx_fold_max = 1 << 20;
	if (onnx_file_parse(&f, data, size, "input") < 0)
		return 0;
	if (onnx_import(&n, f, &o) >= 0) {
		for (size_t i = 0; i < n->noutputs; i++)
			if (n->outputs[i].blob == NULL)
				__builtin_trap();
		onnx_net_free(n);
	}
	onnx_file_close(f);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	/* y = Relu(x) */
	static const char model[] =
	    "\010\010\072\046\012\014\012\001x\022\001y\042\004Relu"
	    "Z\020\012\001x\022\013\012\011\010\001\022\005\012\003\010\004"
	    "b\003\012\001y";

	add(model, sizeof(model) - 1);
}
