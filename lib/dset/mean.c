/* Mean images; the file form is Caffe's BlobProto with its old dimensions. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "dset/mean.h"
#include "record/db.h"
#include "record/pixels.h"

/* 255 * this many still fits into 32 bits. */
enum { PENDING_MAX = 1 << 24 };

static size_t
count(const struct dset_mean *m)
{
	return (size_t)m->width * (size_t)m->height * (size_t)m->channels;
}

void
dset_mean_init(struct dset_mean *m, int width, int height, int channels)
{
	memset(m, 0, sizeof *m);
	m->width = width;
	m->height = height;
	m->channels = channels;
	m->part = mem_array(uint32_t, count(m));
	m->total = mem_array(uint64_t, count(m));
}

void
dset_mean_clear(struct dset_mean *m)
{
	mem_free(m->part);
	mem_free(m->total);
	memset(m, 0, sizeof *m);
}

static void
flush(struct dset_mean *m)
{
	size_t i, n = count(m);

	for (i = 0; i < n; i++)
		m->total[i] += m->part[i];
	memset(m->part, 0, n * sizeof *m->part);
	m->pending = 0;
}

void
dset_mean_add(struct dset_mean *m, const struct image *im)
{
	pixels_add(m->part, im->data, count(m));
	m->count++;
	if (++m->pending == PENDING_MAX)
		flush(m);
}

int
dset_mean_image(struct image *out, struct dset_mean *m)
{
	size_t i, n = count(m);

	flush(m);
	TRY(image_resize_buffer(out, m->width, m->height, m->channels));
	for (i = 0; i < n; i++)
		out->data[i] = m->count
		    ? (uint8_t)nearbyint((double)m->total[i] / (double)m->count)
		    : 0;
	return 0;
}

void
dset_mean_pixel(double out[3], struct dset_mean *m)
{
	size_t i, n = count(m), c = (size_t)m->channels;
	double sum[3] = { 0 };

	flush(m);
	for (i = 0; i < n; i++)
		sum[i % c] += (double)m->total[i];
	for (i = 0; i < 3; i++)
		out[i] = m->count
		    ? sum[i < c ? i : 0] / (double)m->count / (double)(n / c)
		    : 0;
}

static int
write_proto(const struct image *im, const char *path)
{
	size_t i,
	    n = (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	uint8_t *planes = mem_array(uint8_t, n);
	float *values = mem_array(float, n);
	Caffe__BlobProto *blob;
	int rc;

	record_image_to_planes(planes, im);
	for (i = 0; i < n; i++)
		values[i] = planes[i];
	blob = caffe_blob_new_legacy(
	    1, im->channels, im->height, im->width, values);
	rc = caffe_mean_write(path, blob, 0);
	caffe_msg_free(blob);
	mem_free(values);
	mem_free(planes);
	return rc;
}

int
dset_mean_write(struct dset_mean *m, const char *dir)
{
	char *proto = path_join(dir, "mean.binaryproto");
	char *png = path_join(dir, "mean.png");
	struct image im;
	int rc;

	image_init(&im);
	rc = dset_mean_image(&im, m);
	if (rc == 0)
		rc = write_proto(&im, proto);
	if (rc == 0)
		rc = image_write(png, &im, 0);
	image_clear(&im);
	mem_free(proto);
	mem_free(png);
	return rc;
}
