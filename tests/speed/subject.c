/* Standard nets made ready and run, as model-bench does; and the times of their
 * steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "speed/speed.h"

static void
run_net(const char *name, bool train, const char *device)
{
	const struct speed_setting o = {
		.device = device, .threads = 1, .batch = 2
	};
	struct speed_model m;
	struct subject *s = NULL;
	const struct speed_opts so = { .model = name, .train = train };
	int rc = speed_model_read(&m, &so);

	if (rc >= 0)
		rc = subject_open(&s, &m, &o);
	for (int i = 0; i < 3 && rc >= 0; i++)
		rc = subject_run(s);
	if (rc < 0)
		fail_msg("%s on %s: %s", name, device, err_text());
	assert_int_equal(subject_input(s)->d[0], 2);
	assert_true(subject_macs(s) > 0);
	assert_true(subject_bytes(s) > 0);
	subject_close(s);
	speed_model_clear(&m);
}

static void
runs(void **state)
{
	static const char *const nets[] = { "lenet", "siamese", "regression",
		"binary-segmentation" };

	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		run_net(nets[i], false, "cpu");
		run_net(nets[i], true, "cpu");
	}
	run_net("lenet", true, "ref");
}

/* Steps have names and times, and their shares are the whole. */
static void
steps(const char *device, bool train)
{
	const struct speed_setting o = {
		.device = device, .threads = 1, .batch = 2
	};
	const struct speed_opts so = { .model = "lenet", .train = train };
	struct speed_result r = { .way = o };
	struct speed_model m;
	struct subject *s;
	double share = 0;
	bool conv = false, backward = false;

	assert_int_equal(speed_model_read(&m, &so), 0);
	assert_int_equal(subject_open(&s, &m, &o), 0);
	assert_int_equal(speed_profile(&r, s, 3, false), 0);
	assert_true(r.nsteps > 4);
	for (size_t i = 0; i < r.nsteps; i++) {
		assert_true(r.step[i].seconds > 0);
		assert_true(r.step[i].steps > 0);
		share += r.step[i].share;
		conv = conv || strcmp(r.step[i].layer, "conv2") == 0;
		backward = backward || r.step[i].backward;
	}
	assert_true(share > 0.999 && share < 1.001);
	assert_true(conv);
	assert_true(backward == train);
	subject_close(s);
	speed_result_clear(&r);
	speed_model_clear(&m);
}

static void
profiles(void **state)
{
	(void)state;
	steps("cpu", false);
	steps("cpu", true);
	steps("ref", true);
}

static void
unreadable(void **state)
{
	struct speed_opts o = { 0 };
	struct speed_model m;

	(void)state;
	o.model = "no-such-net";
	assert_int_equal(speed_model_read(&m, &o), ERR_MISSING);
	o.model = "lenet";
	o.input = "3x";
	assert_int_equal(speed_model_read(&m, &o), ERR_USAGE);
	o.input = NULL;
	assert_int_equal(speed_model_read(&m, &o), 0);
	assert_int_equal(speed_model_pictures(&m, NULL, 0), ERR_USAGE);
	speed_model_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs),
		cmocka_unit_test(profiles),
		cmocka_unit_test(unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
