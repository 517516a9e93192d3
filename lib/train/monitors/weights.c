/* Histograms of weights: see event.h. */
#include <math.h>

#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "train/monitors/event.h"

enum { BUCKETS = 30 };

/* Of n numbers; buckets of the same width, the last of which ends at the largest. */
static void
add_histogram(struct buf *out, const float *v, size_t n)
{
	double lo = INFINITY, hi = -INFINITY, sum = 0, squares = 0;
	double limit[BUCKETS], count[BUCKETS] = { 0 };
	size_t finite = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(v[i]))
			continue;
		lo = fmin(lo, v[i]);
		hi = fmax(hi, v[i]);
		sum += v[i];
		squares += (double)v[i] * v[i];
		finite++;
	}
	if (finite == 0)
		lo = hi = 0;
	for (int k = 0; k < BUCKETS; k++)
		limit[k] =
		    k + 1 < BUCKETS ? lo + (hi - lo) * (k + 1) / BUCKETS : hi;
	for (size_t i = 0; i < n; i++) {
		const double at = hi > lo ? (v[i] - lo) / (hi - lo) : 1;

		if (isfinite(v[i]))
			count[(int)fmin(at * BUCKETS, BUCKETS - 1)]++;
	}
	event_double(out, 1, lo);
	event_double(out, 2, hi);
	event_double(out, 3, (double)finite);
	event_double(out, 4, sum);
	event_double(out, 5, squares);
	event_doubles(out, 6, limit, BUCKETS);
	event_doubles(out, 7, count, BUCKETS);
}

static void
add_blob(struct buf *summary, const char *layer, size_t k,
    const Caffe__BlobProto *blob)
{
	char *tag = mem_printf("%s/%zu", layer, k);
	const float *v = caffe_blob_view(blob);
	struct buf value, histogram;

	buf_init(&value, EVENT_BYTES_MAX);
	buf_init(&histogram, EVENT_BYTES_MAX);
	if (v != NULL) {
		add_histogram(&histogram, v, blob->n_data);
		event_text(&value, 1, tag);
		event_bytes(&value, 5, histogram.data, histogram.len);
		event_bytes(summary, 1, value.data, value.len);
	}
	buf_clear(&value);
	buf_clear(&histogram);
	mem_free(tag);
}

int
event_weights(struct buf *summary, const char *path)
{
	Caffe__NetParameter *net = NULL;
	int rc = caffe_weights_read(&net, path);

	for (size_t i = 0; rc >= 0 && i < net->n_layer; i++)
		for (size_t k = 0; k < net->layer[i]->n_blobs; k++)
			add_blob(summary, net->layer[i]->name, k,
			    net->layer[i]->blobs[k]);
	caffe_msg_free(net);
	return rc;
}
