/* The journal: what is written, and that resuming cuts it where it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "train/journal.h"

static char dir[] = "/tmp/nnutils-journal-XXXXXX";

static struct measurement
val(int64_t iter, double accuracy)
{
	struct measurement m = {
		.iter = iter, .epoch = (double)iter / 10, .n = 2
	};

	m.v[0] = (struct gate_value){ "loss", 1 - accuracy };
	m.v[1] = (struct gate_value){ "accuracy", accuracy };
	return m;
}

static char *
lines(void)
{
	char *path = path_join(dir, "train.ndjson");
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&b, path), 0);
	mem_free(path);
	return buf_steal(&b);
}

static size_t
count(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

static void
resumes_where_it_was(void **state)
{
	struct measurement m;
	struct journal j;
	char *text;

	(void)state;
	assert_int_equal(journal_open(&j, dir, -1), 0);
	assert_int_equal(journal_start(&j, 0, "ref", "model-train", 7), 0);
	m = val(10, 0.5);
	assert_int_equal(journal_val(&j, &m), 0);
	m = val(20, 0.9);
	assert_int_equal(journal_val(&j, &m), 0);
	m = val(30, 0.7);
	assert_int_equal(journal_val(&j, &m), 0);
	assert_int_equal(history_best(&j.history)->iter, 20);
	journal_close(&j);

	assert_int_equal(journal_open(&j, dir, 10), 0);
	assert_int_equal(history_best(&j.history)->iter, 10);
	assert_float_equal(history_best(&j.history)->score, 0.5, 1e-9);
	/* and is not measured again */
	assert_int_equal(j.last_val.iter, 10);
	assert_int_equal(j.last_val.n, 2);
	assert_string_equal(j.last_val.v[1].name, "accuracy");
	m = val(10, 0.6);
	assert_int_equal(journal_val(&j, &m), 0);
	assert_int_equal(j.history.n, 1);
	journal_close(&j);
	text = lines();
	assert_int_equal(count(text, '\n'), 3);
	assert_null(strstr(text, "\"iter\": 20"));
	free(text);
}

/* A half-written last line, as a crash leaves it, is cut off. */
static void
torn_line(void **state)
{
	char *path = path_join(dir, "train.ndjson"), *text;
	static const char torn[] =
	    "{\"event\":\"start\",\"iter\":0}\n{\"event\":\"va";
	struct journal j;

	(void)state;
	assert_int_equal(file_write(path, torn, strlen(torn), 1), 0);
	assert_int_equal(journal_open(&j, dir, 100), 0);
	journal_close(&j);
	text = lines();
	assert_string_equal(text, "{\"event\":\"start\",\"iter\":0}\n");
	free(text);
	mem_free(path);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	return file_remove_tree(dir);
}

/* Every measurement is one whole line, however many outputs a net has. */
static void
long_lines_stay_lines(void **state)
{
	struct measurement m = { .iter = 1, .epoch = 1, .n = JOURNAL_OUTPUTS };
	char name[200], *path, *own;
	struct journal j;
	struct buf b;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < m.n; i++)
		m.v[i] = (struct gate_value){ name, 0.5 };
	own = path_join(dir, "long");
	assert_int_equal(file_mkdirs(own), 0);
	assert_int_equal(journal_open(&j, own, -1), 0);
	assert_int_equal(journal_train(&j, &m), 0);
	assert_int_equal(journal_train(&j, &m), 0);
	journal_close(&j);
	path = path_join(own, "train.log");
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&b, path), 0);
	assert_int_equal(count(buf_str(&b), '\n'), 2);
	assert_int_equal(b.data[b.len - 1], '\n');
	buf_clear(&b);
	mem_free(path);
	mem_free(own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resumes_where_it_was),
		cmocka_unit_test(long_lines_stay_lines),
		cmocka_unit_test(torn_line),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
