/* info.json: read, judged, its files named, written, read as the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/model.h"

enum { OUT_MAX = 4 * MODEL_INFO_MAX };

/* Written, and read from that. */
static void
written(struct model_info *back, struct buf *text, const struct model_info *m)
{
	model_info_init(back);
	buf_init(text, OUT_MAX);
	if (model_info_text(text, m) < 0 ||
	    model_info_parse(back, buf_str(text), text->len, "output") < 0)
		abort();
}

/* What we write, we read, and write the same again; names that were no UTF-8
 * are another order of keys the first time. */
static void
again(const struct model_info *m)
{
	struct model_info one, two, three;
	struct buf a, b, c;

	written(&one, &a, m);
	written(&two, &b, &one);
	written(&three, &c, &two);
	if (b.len != c.len || memcmp(b.data, c.data, b.len) != 0)
		abort();
	model_info_clear(&one);
	model_info_clear(&two);
	model_info_clear(&three);
	buf_clear(&a);
	buf_clear(&b);
	buf_clear(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_files files;
	struct model_info m;

	model_info_init(&m);
	if (model_info_parse(&m, (const char *)data, size, "input") == 0) {
		(void)model_info_check(&m, "input");
		model_files_named(&files, &m);
		model_files_free(&files);
		free(model_info_failure(&m));
		again(&m);
	}
	model_info_clear(&m);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"{\"framework\": \"caffe\", \"name\": \"m\", \"snapshot "
		"file\": "
		"\"snapshot_iter_10.caffemodel\", \"model file\": "
		"\"original.prototxt\", \"labels file\": \"labels.txt\", "
		"\"mean file\": \"\", \"image dimensions\": [28, 28, 1], "
		"\"image resize mode\": \"squash\", \"id\": \"2016\"}",
		"{\"framework\": \"tensorflow\", \"name\": \"t\", \"snapshot "
		"file\": \"s.ckpt\", \"network file\": \"n.py\", \"seed\": 3, "
		"\"mean pixel\": [1, 2.5, 3], \"input scale\": 0.0039, "
		"\"epochs\": 2.5, \"iterations per epoch\": 3, \"max "
		"iterations\": 9, \"error\": \"it \\u00fc\", \"x\": {\"y\": "
		"[null, true, 1e300]}, \"status\": \"Error\"}",
	};
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
