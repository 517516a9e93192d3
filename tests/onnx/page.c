/* nnutils-onnx(7) lists the operators that are read: those of the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "file/file.h"
#include "onnx/node.h"

#define PAGE "man/nnutils-onnx.7"

struct names {
	const char **v;
	size_t n, cap;
};

static void
add(void *ctx, const char *name)
{
	struct names *l = ctx;

	mem_grow(&l->v, &l->cap, l->n + 1);
	l->v[l->n++] = name;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "Abs, Acos, Add." in lines as a page has them; the caller's. */
static char *
paragraph(bool microsoft)
{
	struct names l = { 0 };
	size_t column = 0;
	struct buf b;

	buf_init(&b, 1 << 20);
	onnx_op_each(microsoft, add, &l);
	qsort(l.v, l.n, sizeof(*l.v), by_name);
	for (size_t i = 0; i < l.n; i++) {
		const size_t n = strlen(l.v[i]) + 1;

		if (i > 0 && column + 1 + n > 78) {
			buf_addc(&b, '\n');
			column = 0;
		} else if (i > 0) {
			buf_addc(&b, ' ');
			column++;
		}
		buf_adds(&b, l.v[i]);
		buf_addc(&b, i + 1 < l.n ? ',' : '.');
		column += n;
	}
	buf_addc(&b, '\n');
	mem_free(l.v);
	return buf_steal(&b);
}

static void
is_in_the_page(void **state)
{
	struct buf page;

	(void)state;
	buf_init(&page, 1 << 20);
	assert_int_equal(file_read(&page, PAGE), 0);
	for (int k = 0; k < 2; k++) {
		char *want = paragraph(k == 1);

		if (strstr(buf_str(&page), want) == NULL) {
			fputs(want, stdout);
			fail_msg(PAGE ": this paragraph is not in it");
		}
		mem_free(want);
	}
	buf_clear(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_in_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
