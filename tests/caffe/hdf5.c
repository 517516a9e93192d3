/* HDF5 files: Caffe's own, and ours written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/hdf5.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"

#define SNAP "../shared/golden/solvers/sgd_hdf5snap/snap_iter_5."

static char *dir;

static int
make_dir(void **state)
{
	char name[] = "/tmp/nnutils-hdf5-XXXXXX";

	(void)state;
	dir = mem_strdup(mkdtemp(name));
	return dir ? 0 : -1;
}

static int
remove_dir(void **state)
{
	(void)state;
	file_remove_tree(dir);
	mem_free(dir);
	return 0;
}

static Caffe__LayerParameter *
layer(const char *name, int blobs)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	const float v[6] = { 1, 2, 3, 4, 5, (float)blobs };
	const int64_t dim[2] = { 2, 3 };

	caffe_set_str(l, "name", name);
	for (int i = 0; i < blobs; i++)
		caffe_add(&l->blobs, &l->n_blobs, caffe_blob_new(dim, 2, v));
	return l;
}

static void
weights(void **state)
{
	Caffe__NetParameter *net =
	    caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__NetParameter *back;
	char *path = path_join(dir, "w.caffemodel.h5");
	char *path2 = path_join(dir, "w2.caffemodel.h5");
	struct buf a, b;

	(void)state;
	/* in the order in which they will be found */
	caffe_add(&net->layer, &net->n_layer, layer("a", 2));
	caffe_add(&net->layer, &net->n_layer, layer("inception/1x1", 1));
	caffe_add(&net->layer, &net->n_layer, layer("inception/3x3/x", 3));
	caffe_add(&net->layer, &net->n_layer, layer("none", 0));
	if (caffe_weights_write(path, net, 0) < 0)
		fail_msg("%s", err_text());
	assert_int_equal(caffe_hdf5_is(path), 1);
	if (caffe_weights_read(&back, path) < 0)
		fail_msg("%s", err_text());
	assert_true(caffe_msg_equal(net, back));
	caffe_msg_free(back);
	/* the same content is the same bytes */
	sleep(1);
	assert_int_equal(caffe_weights_write(path2, net, 0), 0);
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&a, path), 0);
	assert_int_equal(file_read(&b, path2), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_clear(&a);
	buf_clear(&b);
	assert_int_equal(caffe_weights_write(path, net, 0), ERR_REFUSED);
	caffe_set_str(net->layer[0], "name", "x//y");
	assert_int_equal(caffe_weights_write(path, net, 1), ERR_UNSUPPORTED);
	/* what was there is still there */
	assert_int_equal(caffe_weights_read(&back, path), 0);
	caffe_msg_free(back);
	caffe_msg_free(net);
	mem_free(path);
	mem_free(path2);
}

static void
solver_state(void **state)
{
	Caffe__SolverState *s = caffe_new(Caffe__SolverState, solver_state);
	Caffe__SolverState *back;
	char *path = path_join(dir, "s.solverstate.h5");
	const int64_t dim[1] = { 3 };
	const float v[3] = { -1, 0, 1e30f };

	(void)state;
	s->has_iter = s->has_current_step = 1;
	s->iter = 123456;
	s->current_step = 2;
	caffe_set_str(s, "learned_net", "a b/c.caffemodel.h5");
	for (int i = 0; i < 12; i++)
		caffe_add(
		    &s->history, &s->n_history, caffe_blob_new(dim, 1, v));
	if (caffe_state_write(path, s, 0) < 0)
		fail_msg("%s", err_text());
	if (caffe_state_read(&back, path) < 0)
		fail_msg("%s", err_text());
	assert_true(caffe_msg_equal(s, back));
	caffe_msg_free(back);
	caffe_msg_free(s);
	mem_free(path);
}

/* Caffe's snapshot in HDF5, against params_by_iter of the same run. */
static void
golden(void **state)
{
	Caffe__NetParameter *n;
	Caffe__SolverState *s;
	struct buf params;
	const float *want;
	size_t off = 0;

	(void)state;
	if (!file_is_dir("../shared/golden")) {
		print_message("skipped: no ../shared\n");
		skip();
	}
	if (caffe_weights_read(&n, SNAP "caffemodel.h5") < 0)
		fail_msg("%s", err_text());
	buf_init(&params, 1 << 20);
	assert_int_equal(file_read(&params,
			     "../shared/golden/solvers/sgd_hdf5snap/"
			     "params_by_iter.bin"),
	    0);
	want = (const float *)params.data + (size_t)4 * 225;
	for (size_t i = 0; i < n->n_layer; i++)
		for (size_t k = 0; k < n->layer[i]->n_blobs; k++) {
			Caffe__BlobProto *b = n->layer[i]->blobs[k];

			assert_true(off + b->n_data <= 225);
			assert_memory_equal(
			    b->data, want + off, b->n_data * sizeof(float));
			off += b->n_data;
		}
	assert_int_equal(off, 225);
	caffe_msg_free(n);
	buf_clear(&params);
	if (caffe_state_read(&s, SNAP "solverstate.h5") < 0)
		fail_msg("%s", err_text());
	assert_int_equal(s->iter, 5);
	assert_int_equal(s->n_history, 4);
	assert_non_null(strstr(s->learned_net, "snap_iter_5.caffemodel.h5"));
	caffe_msg_free(s);
}

static void
not_hdf5(void **state)
{
	char *path = path_join(dir, "bad.h5");
	Caffe__NetParameter *n;

	(void)state;
	file_write(path, "\x89HDF\r\n\x1a\nrubbish", 15, 1);
	assert_int_equal(caffe_weights_read(&n, path), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "bad.h5: not a whole HDF5 file"));
	assert_int_equal(caffe_weights_read(&n, "/nowhere"), ERR_MISSING);
	mem_free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights),
		cmocka_unit_test(solver_state),
		cmocka_unit_test(golden),
		cmocka_unit_test(not_hdf5),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
