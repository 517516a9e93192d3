/* Pieces of the export to ONNX that whole files (cli/model-export-onnx) do not show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include <math.h>

#include "base/mem.h"
#include "base/num.h"
#include "onnx/export/names.h"
#include "onnx/export/write.h"
#include "onnx/forms/form.h"

/* Every half comes back, and what lies between two goes to the nearer one, of two as
 * near to the even one. */
static void
halves(void **state)
{
	(void)state;
	for (uint32_t h = 0; h < 0x7bff; h++) {
		const float a = num_half((uint16_t)h);
		const float b = num_half((uint16_t)(h + 1));
		const float middle = a + (b - a) / 2;

		assert_int_equal(export_half(a), h);
		assert_int_equal(export_half(-a), h | 0x8000);
		assert_int_equal(export_half(middle), h & 1 ? h + 1 : h);
		assert_int_equal(export_half(nextafterf(middle, -1)), h);
		assert_int_equal(export_half(nextafterf(middle, 1e9f)), h + 1);
	}
	assert_int_equal(export_half(1e30f), 0x7bff);
	assert_int_equal(export_half(-INFINITY), 0xfbff);
	assert_true(isnan(num_half(export_half(NAN))));
	assert_int_equal(export_half(1e-30f), 0);
}

static void
names(void **state)
{
	struct export_names s = { 0 };
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(export_names_take(&s, a, "x"), "x");
	assert_string_equal(export_names_take(&s, a, "x"), "x_2");
	assert_string_equal(export_names_take(&s, a, "x_2"), "x_2_2");
	assert_string_equal(export_names_take(&s, a, "x"), "x_3");
	for (int i = 0; i < 2000; i++) {
		char *name = mem_printf("n%d", i);

		assert_string_equal(
		    export_names_take(&s, a, arena_strdup(a, name)), name);
		mem_free(name);
	}
	assert_string_equal(export_names_take(&s, a, "n1999"), "n1999_2");
	export_names_clear(&s);
	arena_free(a);
}

/* A kind of op that a net for use may have has a form, or is known not to. */
static void
kinds(void **state)
{
	static const char *const none[] = { "loss", "accuracy", "dropout",
		"custom", "conv-weight", "col2im" };

	(void)state;
	for (int k = 0; k < OP_KINDS; k++) {
		const char *name = op_defs[k].name;
		bool wanted = strstr(name, "-grad") == NULL;

		for (size_t i = 0; i < LENGTH(none); i++)
			wanted &= strcmp(name, none[i]) != 0;
		if ((export_ops[k] != NULL) != wanted)
			fail_msg("%s", name);
	}
}

/* Forms are of types that there are, and say what they do. */
static void
forms(void **state)
{
	(void)state;
	for (const struct export_form *f = export_forms; f->type != NULL; f++) {
		assert_true((f->emit != NULL) != f->last);
		if (!f->last && layer_type_find(f->type) == NULL)
			fail_msg("%s", f->type);
		if (f > export_forms && strcasecmp(f[-1].type, f->type) >= 0)
			fail_msg("%s is out of order", f->type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves),
		cmocka_unit_test(names),
		cmocka_unit_test(kinds),
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
