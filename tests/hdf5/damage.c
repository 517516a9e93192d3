/*
 * Damaged HDF5 files, on some of which libhdf5 crashes or goes round for ever:
 * whatever was changed in them, reading them is a success or an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/hdf5.h"
#include "caffe/msg.h"
#include "record/hdf5.h"
#include "../tmp.h"

enum { VARIANTS = 250, SIDE = 4, RECORDS = 6 };

/* A few bytes, words or addresses become others. */
static void
damage(struct buf *to, const struct buf *from, uint64_t seed)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
	struct rng r;
	uint64_t word;

	rng_init(&r, seed, 0);
	buf_reset(to);
	assert_int_equal(buf_add(to, from->data, from->len), 0);
	for (uint64_t i = 0, n = 1 + rng_below(&r, 4); i < n; i++) {
		size_t at = rng_below(&r, to->len - 8);

		switch (rng_below(&r, 4)) {
		case 0:
			to->data[at] = (char)odd[rng_below(&r, sizeof(odd))];
			break;
		case 1: to->data[at] ^= (char)(1 << rng_below(&r, 8)); break;
		case 2:
			word = rng_below(&r, to->len);
			memcpy(to->data + (at & ~(size_t)7), &word, 8);
			break;
		default:
			memset(to->data + at, (int)rng_below(&r, 2) * 0xff, 8);
			break;
		}
	}
}

/* read(path) on VARIANTS damaged copies of the file. */
static void
each_damaged(const char *path, void (*look)(const char *path))
{
	struct buf whole, broken;

	buf_init(&whole, 1 << 20);
	buf_init(&broken, 1 << 20);
	assert_int_equal(file_read(&whole, path), 0);
	for (uint64_t i = 0; i < VARIANTS; i++) {
		damage(&broken, &whole, i);
		assert_int_equal(
		    file_write(path, broken.data, broken.len, 1), 0);
		look(path);
	}
	buf_clear(&whole);
	buf_clear(&broken);
}

static void
look_weights(const char *path)
{
	Caffe__NetParameter *net;

	if (caffe_hdf5_read_weights(&net, path) == 0)
		caffe_msg_free(net);
	else
		assert_true(*err_text() != '\0');
}

static void
look_state(const char *path)
{
	Caffe__SolverState *state;

	if (caffe_hdf5_read_state(&state, path) == 0)
		caffe_msg_free(state);
	else
		assert_true(*err_text() != '\0');
}

/* Numbers in a row, which opening has seen to be few enough to multiply. */
static size_t
row_size(const struct record_hdf5 *h, int array)
{
	int64_t dim[ROWS_DIMS];
	size_t n = 1;

	for (int i = record_hdf5_dims(h, array, dim); i > 0; i--)
		n *= (size_t)dim[i - 1];
	return n;
}

static void
look_set(const char *path)
{
	struct record_hdf5 *h;
	size_t labels, n;

	if (record_hdf5_open(&h, path) < 0)
		return;
	n = row_size(h, 0);
	labels = row_size(h, 1);
	if (n <= 1 << 16 && labels <= 16) {
		float *data = mem_array(float, n), label[16];

		for (size_t i = 0; i < record_hdf5_count(h) && i < 64; i++)
			if (record_hdf5_row(h, 0, i, data) < 0 ||
			    record_hdf5_row(h, 1, i, label) < 0)
				break;
		mem_free(data);
	}
	record_hdf5_close(h);
}

static Caffe__BlobProto *
blob(void)
{
	const float v[6] = { 1, 2, 3, 4, 5, 6 };
	const int64_t dim[2] = { 2, 3 };

	return caffe_blob_new(dim, 2, v);
}

static void
weights(void **state)
{
	const char *path = tmp_path("w.h5");
	Caffe__NetParameter *net =
	    caffe_new(Caffe__NetParameter, net_parameter);

	(void)state;
	for (int i = 0; i < 3; i++) {
		Caffe__LayerParameter *l =
		    caffe_new(Caffe__LayerParameter, layer_parameter);
		char name[] = "ip0/x";

		name[2] = (char)('0' + i);
		caffe_set_str(l, "name", name);
		caffe_add(&l->blobs, &l->n_blobs, blob());
		caffe_add(&net->layer, &net->n_layer, l);
	}
	assert_int_equal(caffe_hdf5_write_weights(path, net, 1), 0);
	caffe_msg_free(net);
	each_damaged(path, look_weights);
}

static void
states(void **state)
{
	const char *path = tmp_path("s.h5");
	Caffe__SolverState *s = caffe_new(Caffe__SolverState, solver_state);

	(void)state;
	caffe_set_str(s, "learned_net", "w.h5");
	for (int i = 0; i < 3; i++)
		caffe_add(&s->history, &s->n_history, blob());
	assert_int_equal(caffe_hdf5_write_state(path, s, 1), 0);
	caffe_msg_free(s);
	each_damaged(path, look_state);
}

static void
sets(void **state)
{
	float data[SIDE * SIDE] = { 0 }, label = 0;
	char *set = mem_strdup(tmp_path("set")), *path = path_join(set, "0.h5");
	const struct record_array arrays[] = { { "data", 3, { 1, SIDE, SIDE } },
		{ "label", 0, { 1 } } };
	const float *rows[] = { data, &label };
	struct record_hdf5_out *out;

	(void)state;
	assert_int_equal(file_mkdirs(set), 0);
	/* Chunks of a megabyte are a few hundred bytes when packed. */
	if (record_hdf5_create(&out, set, arrays, 2, 1, 1 << 20) < 0)
		fail_msg("%s", err_text());
	for (int i = 0; i < RECORDS; i++) {
		data[i] = label = (float)i;
		assert_int_equal(record_hdf5_put(out, rows), 0);
	}
	assert_int_equal(record_hdf5_finish(&out), 0);
	each_damaged(path, look_set);
	mem_free(path);
	mem_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights),
		cmocka_unit_test(states),
		cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
