/* What convolutions and pools have in common. */
#include <string.h>

#include "base/err.h"
#include "onnx/ops/ops.h"

int
onnx_attr_window(
    struct onnx_node *n, const char *name, int nd, int64_t none, int64_t *out)
{
	const int k = onnx_attr_ints(n, name, out, nd);

	if (k == ONNX_NONE || k == 0) {
		for (int i = 0; i < nd; i++)
			out[i] = none;
		return 0;
	}
	TRY(k);
	if (k != nd)
		return err_set(
		    ERR_FORMAT, "%s has %d numbers for %d axes", name, k, nd);
	for (int i = 0; i < nd; i++)
		if (out[i] < 0 || out[i] > 1 << 20)
			return err_set(
			    ERR_FORMAT, "%s is %lld", name, (long long)out[i]);
	return 0;
}

int
onnx_pads(struct onnx_node *n, const struct onnx_value *x, int nd,
    const int64_t *kernel, const int64_t *stride, const int64_t *dilation,
    int64_t *pads)
{
	const char *mode = onnx_attr_str(n, "auto_pad", "NOTSET");
	const bool same = strncmp(mode, "SAME", 4) == 0;

	if (!same && strcmp(mode, "VALID") != 0) {
		const int k = onnx_attr_ints(n, "pads", pads, 2 * nd);

		if (k == ONNX_NONE)
			memset(pads, 0, 2 * (size_t)nd * sizeof(*pads));
		else if (k < 0)
			return k;
		else if (k != 2 * nd)
			return err_set(ERR_FORMAT,
			    "pads has %d numbers for %d axes", k, nd);
		return 0;
	}
	for (int i = 0; i < nd; i++) {
		int64_t size, all;

		pads[i] = pads[nd + i] = 0;
		if (!same)
			continue;
		TRY(onnx_fixed(n, x, 2 + i, &size));
		/* as many windows as strides begin in it */
		all = ((size + stride[i] - 1) / stride[i] - 1) * stride[i] +
		    (kernel[i] - 1) * dilation[i] + 1 - size;
		all = all < 0 ? 0 : all;
		pads[i] =
		    strcmp(mode, "SAME_LOWER") == 0 ? all - all / 2 : all / 2;
		pads[nd + i] = all - pads[i];
	}
	return 0;
}
