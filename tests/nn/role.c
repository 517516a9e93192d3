/* What each layer type is for, asked of the table by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nn/layer.h"

/* What the names of Caffe's types say, and the table says too. */
static void
as_named(void **state)
{
	(void)state;
	for (size_t i = 0; layer_types[i] != NULL; i++) {
		const char *name = layer_types[i]->name;
		const enum layer_role role = layer_role(name);
		const bool data = strstr(name, "Data") != NULL;
		const bool loss = strstr(name, "Loss") != NULL ||
		    strcmp(name, "Yolov3") == 0; /* as a fork calls it */
		const size_t n = strlen(name);
		const bool norm = strcmp(name, "BN") == 0 ||
		    (n > 4 && strcmp(name + n - 4, "Norm") == 0);

		if (data != (role == LAYER_DATA))
			fail_msg("%s: data?", name);
		if (loss != (role == LAYER_LOSS))
			fail_msg("%s: a loss?", name);
		if (norm != (role == LAYER_NORM))
			fail_msg("%s: a normalisation?", name);
	}
}

static void
others(void **state)
{
	(void)state;
	assert_int_equal(layer_role("Input"), LAYER_INPUT);
	assert_int_equal(layer_role("Accuracy"), LAYER_SCORE);
	assert_int_equal(layer_role("Silence"), LAYER_SINK);
	assert_int_equal(layer_role("Softmax"), LAYER_ANSWER);
	assert_int_equal(layer_role("Convolution"), LAYER_PLAIN);
	assert_int_equal(layer_role("MyDataLoss"), LAYER_PLAIN);
	assert_int_equal(layer_role(""), LAYER_PLAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_named),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
