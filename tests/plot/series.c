/* Series, names of them, the moving average; files of each kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"
#include "plot/read.h"
#include "../tmp.h"

static void
names(void **state)
{
	(void)state;
	assert_true(plot_named("val*", "val accuracy"));
	assert_true(plot_named("Val_accuracy", "val accuracy"));
	assert_true(plot_named("learning-rate", "learning rate"));
	assert_false(plot_named("loss", "val loss"));
	assert_true(plot_is_val("val loss") && plot_is_val("metrics/val_x") &&
	    !plot_is_val("loss"));
	assert_true(plot_is_share("val mean IoU") && plot_is_share("mAP") &&
	    !plot_is_share("val loss") && !plot_is_share("iou loss"));
	assert_true(plot_is_share("val ap50") && plot_is_share("mean-ap") &&
	    plot_is_share("metrics/mAP50-95(B)") &&
	    plot_is_share("val weighted-iou"));
	assert_false(plot_is_share("gap") || plot_is_share("snapshot") ||
	    plot_is_share("images/s") || plot_is_share("waited"));
	assert_true(plot_is_detail("val iou/cat") &&
	    !plot_is_detail("val/box_loss") && !plot_is_detail("images/s"));
}

/* Worked by hand: weight 0.5 on 4, 2, gap, 0. */
static void
what_is_shown(void **state)
{
	(void)state;
	assert_true(plot_shown(0) && plot_shown(-1e150));
	assert_false(
	    plot_shown(NAN) || plot_shown(INFINITY) || plot_shown(-1e308));
}

static void
smoothing(void **state)
{
	static const double y[] = { 4, 2, NAN, 0 };
	struct plot_data d;
	double out[4];

	(void)state;
	plot_data_init(&d);
	for (int i = 0; i < 4; i++)
		plot_add(&d, "r", "s",
		    &(struct plot_point){ .x = { i, i, i }, .y = y[i] });
	plot_smooth(out, &d.v[0], 0.5);
	assert_true(out[0] == 4);
	assert_true(fabs(out[1] - 2.0 / 0.75) < 1e-12); /* (1 + 1) / 0.75 */
	assert_true(isnan(out[2]));
	assert_true(fabs(out[3] - 1.0 / 0.875) < 1e-12);
	plot_smooth(out, &d.v[0], 0);
	assert_true(out[1] == 2);
	plot_data_clear(&d);
}

static void
read_text(struct plot_data *d, const char *text)
{
	const char *path = tmp_path("x");

	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
	plot_data_init(d);
	assert_int_equal(plot_read(d, path, "r"), 0);
}

static void
check(const struct plot_data *d, size_t i, const char *name, size_t n,
    double iter, double epoch, double time, double last)
{
	const struct plot_point *p;

	assert_true(i < d->n);
	assert_string_equal(d->v[i].name, name);
	assert_int_equal(d->v[i].n, n);
	p = &d->v[i].p[n - 1];
	assert_true(isnan(iter) ? isnan(p->x[PLOT_ITER])
				: fabs(p->x[PLOT_ITER] - iter) < 1e-9);
	assert_true(isnan(epoch) ? isnan(p->x[PLOT_EPOCH])
				 : fabs(p->x[PLOT_EPOCH] - epoch) < 1e-9);
	assert_true(isnan(time) ? isnan(p->x[PLOT_TIME])
				: fabs(p->x[PLOT_TIME] - time) < 1e-6);
	assert_true(isnan(last) ? isnan(p->y) : fabs(p->y - last) < 1e-9);
}

static void
caffe(void **state)
{
	struct plot_data d;

	(void)state;
	read_text(&d,
	    "I1231 23:59:50.5 2 solver.cpp:247] Iteration 0, Testing net (#0)\n"
	    "I1231 23:59:51.5 2 solver.cpp:298]     Test net output #0: accuracy = 0.1\n"
	    "I1231 23:59:51.5 2 solver.cpp:298]     Test net output #1: accuracy = 0.2\n"
	    "I1231 23:59:51.5 2 solver.cpp:298]     Test net output #2: loss = 2.3 (* 1 = 2.3 loss)\n"
	    "I1231 23:59:52.5 2 solver.cpp:218] Iteration 0 (-nan iter/s, 0.5s/20 iters), loss = 2.4\n"
	    "I1231 23:59:52.5 2 solver.cpp:237]     Train net output #0: loss = 2.4 (* 1 = 2.4 loss)\n"
	    "I1231 23:59:52.5 2 sgd_solver.cpp:105] Iteration 0, lr = 0.01\n"
	    "I0101 00:00:10.5 2 solver.cpp:218] Iteration 20 (1 iter/s, 20s/20 iters), loss = nan\n"
	    "I0101 00:00:11.5 2 solver.cpp:330] Iteration 20, Testing net (#1)\n"
	    "I0101 00:00:11.5 2 solver.cpp:397]     Test net output #0: accuracy = 0.9\n");
	check(&d, 0, "val accuracy", 1, 0, NAN, 1, 0.1);
	check(&d, 1, "val accuracy 1", 1, 0, NAN, 1, 0.2);
	check(&d, 2, "val loss", 1, 0, NAN, 1, 2.3);
	check(&d, 3, "loss", 2, 20, NAN, 20, NAN); /* over the new year */
	check(&d, 4, "learning rate", 1, 0, NAN, 2, 0.01);
	check(&d, 5, "val 1 accuracy", 1, 20, NAN, 21, 0.9);
	plot_data_clear(&d);
}

static void
others(void **state)
{
	struct plot_data d;

	(void)state;
	read_text(&d,
	    "Loaded: 0.0 seconds\n"
	    " 1: 805.5, 805.25 avg loss, 0.001 rate, 2.5 seconds, 64 images, -1 hours left\n"
	    "\n 2: 800, 804 avg, 0.002 rate, 1.5 seconds, 128 images\n"
	    " mean average precision (mAP@0.50) = 0.25, or 25.00 %\n");
	check(&d, 0, "loss", 2, 2, NAN, 4, 800);
	check(&d, 1, "average loss", 2, 2, NAN, 4, 804);
	check(&d, 2, "learning rate", 2, 2, NAN, 4, 0.002);
	check(&d, 3, "val mAP", 1, 2, NAN, 4, 0.25);
	plot_data_clear(&d);
	read_text(&d,
	    "\xef\xbb\xbf   epoch,  train/box_loss, \"a, b\"\r\n1, 0.5, 7\r\n\r\n2, , nan\r\n");
	check(&d, 0, "train/box_loss", 1, NAN, 1, NAN, 0.5);
	check(&d, 1, "a, b", 2, NAN, 2, NAN, NAN);
	plot_data_clear(&d);
	read_text(&d, "step\tloss\n10\t3\n20\t2\n");
	check(&d, 0, "loss", 2, 20, NAN, NAN, 2);
	plot_data_clear(&d);
	read_text(&d,
	    "{\"event\":\"start\",\"iter\":0}\n"
	    "{\"event\":\"train\",\"iter\":5,\"elapsed\":2.5,\"epoch\":0.5,\"learning_rate\":0.1,\"outputs\":{\"loss\":1.5},\"panel\":{\"cpu_percent\":99}}\n"
	    "rubbish\n"
	    "{\"event\":\"val\",\"iter\":10,\"elapsed\":5,\"epoch\":1,\"outputs\":{\"loss\":null,\"accuracy\":0.5}}\n"
	    "{\"event\":\"val\",\"iter\":20");
	check(&d, 0, "loss", 1, 5, 0.5, 2.5, 1.5);
	check(&d, 1, "learning rate", 1, 5, 0.5, 2.5, 0.1);
	check(&d, 2, "cpu_percent", 1, 5, 0.5, 2.5, 99);
	check(&d, 3, "val loss", 1, 10, 1, 5, NAN);
	check(&d, 4, "val accuracy", 1, 10, 1, 5, 0.5);
	plot_data_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names),
		cmocka_unit_test(what_is_shown), cmocka_unit_test(smoothing),
		cmocka_unit_test(caffe), cmocka_unit_test(others) };

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
