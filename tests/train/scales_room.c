/*
 * A training at several sizes on a device that never has room: beside the plan of the
 * training's own size there is one other at a time, as its forecast says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/caffe.pb-c.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "ref/ref.h"
#include "train/session.h"
#include "../tmp.h"

enum { TURNS = 40 };

static struct backend full; /* ref without room, which counts its plans */
static int alive, most;

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static void
no_room(struct device *d, uint64_t *available, uint64_t *total)
{
	(void)d;
	*available = *total = 0;
}

static int
counted_plan(struct plan **out, struct device *d, const struct graph *g,
    const struct plan_opts *o)
{
	TRY(backend_ref.plan(out, d, g, o));
	(*out)->backend = &full;
	alive++;
	most = alive > most ? alive : most;
	return 0;
}

static void
counted_free(struct plan *p)
{
	alive--;
	backend_ref.free(p);
}

/* Two pictures of 8x8, and a net that takes them. */
static Caffe__NetParameter *
make_net(void)
{
	static const char pixels[] =
	    "P5 8 8 255\n0123456789012345678901234567890123456789012345678901234567890123";
	char list[256], text[1024];
	Caffe__NetParameter *n;

	must(file_write(tmp_path("a.pgm"), pixels, sizeof(pixels) - 1, 0));
	snprintf(list, sizeof(list), "a.pgm 0\na.pgm 1\n");
	must(file_write(tmp_path("list.txt"), list, strlen(list), 0));
	snprintf(text, sizeof(text),
	    "layer { name: 'd' type: 'ImageData' top: 'd' top: 'l' image_data_param { "
	    "source: '%s' root_folder: '%s/' batch_size: 2 is_color: false } } "
	    "layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' "
	    "convolution_param { num_output: 2 kernel_size: 3 pad: 1 "
	    "weight_filler { type: 'xavier' } } } "
	    "layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p' "
	    "pooling_param { pool: AVE global_pooling: true } } "
	    "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'p' bottom: 'l' top: 'loss' }",
	    tmp_path("list.txt"), tmp_dir);
	must(caffe_net_parse(&n, text, strlen(text), "net"));
	return n;
}

static void
one_at_a_time(void **state)
{
	Caffe__SolverParameter solver = CAFFE__SOLVER_PARAMETER__INIT;
	const struct device_opts none = { .threads = 1 };
	struct train_job job = { .solver = &solver, .threads = 1 };
	Caffe__NetParameter *net = make_net();
	struct session s;
	int turns = 0;

	(void)state;
	must(scales_parse(&job.scales, "4-16/4@1"));
	must(backend_ref.open(&job.opened, 0, &none));
	full = backend_ref;
	full.room = no_room;
	full.plan = counted_plan;
	full.free = counted_free;
	job.opened->backend = &full;
	job.net = net;
	must(session_open(&s, &job));
	for (; s.iter < TURNS; s.iter++)
		if (scales_turns(s.scales, &s)) {
			must(scales_turn(s.scales, &s));
			turns++;
		}
	assert_true(turns > 10);
	assert_int_equal(most, 2);
	session_close(&s);
	assert_int_equal(alive, 0);
	caffe_msg_free(net);
	job.opened->backend = &backend_ref;
	device_close(job.opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
