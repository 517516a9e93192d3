/* train.ndjson as it is read by everybody, and which snapshot is the best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "model/history.h"
#include "model/model.h"
#include "../tmp.h"

static char *dir, *path;

static void
write_text(const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
}

static void
validations_by_iteration(void **state)
{
	struct history h;

	(void)state;
	write_text("{\"event\":\"start\",\"iter\":0}\n"
		   "{\"event\":\"val\",\"iter\":0,\"epoch\":0,"
		   "\"outputs\":{\"loss\":2.5,\"Accuracy\":0.125}}\n"
		   "{\"event\":\"train\",\"iter\":10,\"elapsed\":4.5}\n"
		   "no JSON\n[1]\n"
		   "{\"event\":\"val\",\"iter\":20,\"epoch\":2,"
		   "\"outputs\":{\"loss\":1,\"Accuracy\":0.75}}\n"
		   "{\"event\":\"val\",\"iter\":20,\"epoch\":2,"
		   "\"outputs\":{\"loss\":1,\"Accuracy\":0.5}}\n"
		   "{\"event\":\"val\",\"iter\":30,\"epoch\":3,"
		   "\"outputs\":{\"loss\":null,\"Accuracy\":null}}\n"
		   "{\"event\":\"end\",\"iter\":30,\"reason\":\"until\"}\n"
		   "{\"event\":\"val\",\"iter\":40,\"outp");
	assert_int_equal(history_read(&h, dir, -1), 0);
	assert_int_equal(h.n, 3);
	assert_int_equal(h.iter, 30);
	assert_float_equal(h.elapsed, 4.5, 0);
	assert_string_equal(h.reason, "until");
	assert_float_equal(history_best(&h)->score, 0.5, 0);
	assert_true(history_best(&h)->accuracy);
	assert_int_equal(history_best(&h)->iter, 20);
	assert_true(isnan(history_at(&h, 30)->score));
	assert_null(history_at(&h, 40));
	history_clear(&h);
}

/* As model-train goes on from iteration 20: what comes later is not its. */
static void
until_an_iteration(void **state)
{
	static const char kept[] = "{\"event\":\"scale\",\"iter\":20,"
				   "\"scale\":1024,\"good\":3,\"skipped\":1}\n";
	struct history h;
	char *text = mem_printf("%s%s", kept,
	    "{\"event\":\"train\",\"iter\":21}\n"
	    "{\"event\":\"train\",\"iter\":5}\n");

	(void)state;
	write_text(text);
	assert_int_equal(history_read(&h, dir, 20), 0);
	assert_int_equal(h.bytes, strlen(kept));
	assert_int_equal(h.iter, 20);
	assert_true(h.scale.found);
	assert_float_equal(h.scale.scale, 1024, 0);
	history_clear(&h);
	mem_free(text);
}

static void
best_of_those_there(void **state)
{
	const struct gate_value v[] = { { "loss", 0.3 } },
				w[] = { { "loss", 0.2 } },
				nan[] = { { "loss", (double)NAN } };
	struct model_snapshot s[] = { { .iter = 10 }, { .iter = 30 },
		{ .iter = 35 }, { .iter = 40 } };
	struct model_snapshots there = { .v = s, .n = 4 };
	int64_t iter[] = { 40, 30, 10, 35 };
	struct history h;

	(void)state;
	history_init(&h);
	assert_null(history_judge(&h, &there));
	history_add(&h, 10, 1, v, 1);
	history_add(&h, 20, 2, w, 1);
	history_add(&h, 30, 3, v, 1);
	history_add(&h, 40, 4, nan, 1);
	assert_int_equal(history_best(&h)->iter, 20);
	/* of equals the earlier; 20 has no snapshot */
	assert_int_equal(history_judge(&h, &there)->iter, 10);
	assert_int_equal(history_order(&h, iter, 4), 2);
	assert_int_equal(iter[0], 10);
	assert_int_equal(iter[1], 30);
	there.n = 0;
	assert_int_equal(history_judge(&h, &there)->iter, 20);
	history_add(&h, 40, 4, w, 1);
	assert_int_equal(h.n, 4);
	assert_int_equal(history_best(&h)->iter, 20);
	history_clear(&h);
}

static void
texts(void **state)
{
	const struct gate_value v[] = { { "loss", 0.25 },
		{ "a \"b\"", (double)NAN } };
	struct history h;
	char *text;

	(void)state;
	history_init(&h);
	history_add(&h, 1, 1, v, 2);
	text = history_text(history_best(&h));
	assert_string_equal(text, "loss 0.25, a \"b\" nan");
	mem_free(text);
	text = history_json(history_best(&h));
	assert_string_equal(text, "{\"loss\": 0.25, \"a \\\"b\\\"\": null}");
	mem_free(text);
	history_clear(&h);
}

/* Lines in the wrong order and beyond all length are no trouble. */
static void
odd_files(void **state)
{
	struct history h;
	FILE *f = fopen(path, "w");

	(void)state;
	for (int i = 20000; i > 0; i--)
		fprintf(f,
		    "{\"event\":\"val\",\"iter\":%d,\"outputs\":{\"loss\":%d}}"
		    "\n",
		    i, i);
	for (int i = 0; i < 3 << 20; i++)
		fputc('{', f);
	fputs("\n{\"iter\":7}\n", f);
	fclose(f);
	assert_int_equal(history_read(&h, dir, -1), 0);
	assert_int_equal(h.n, 20000);
	assert_int_equal(h.iter, 7);
	assert_int_equal(history_best(&h)->iter, 1);
	history_clear(&h);
}

/* Of lines of a training that follow one another only the last is looked at, but for
 * one that was cut off; their bytes are counted. */
static void
rows(void **state)
{
	static const char train[] = "{\"event\": \"train\", \"iter\": ";
	struct history h;
	char *text =
	    mem_printf("%s1, \"elapsed\": 1}\n"
		       "%s2, \"elapsed\": 2}\n"
		       "%s3, \"elapsed\": 3, \"pa\n"
		       "{\"event\": \"val\", \"iter\": 3, \"epoch\": 1, "
		       "\"outputs\": {\"loss\": 1}}\n"
		       "%s4, \"elapsed\": 4}\n"
		       "%s5, \"elapsed\": 5}\n",
		train, train, train, train, train);

	(void)state;
	write_text(text);
	assert_int_equal(history_read(&h, dir, -1), 0);
	assert_int_equal(h.iter, 5);
	assert_float_equal(h.elapsed, 5, 0);
	assert_int_equal(h.n, 1);
	history_clear(&h);
	/* up to an iteration each counts */
	assert_int_equal(history_read(&h, dir, 1), 0);
	assert_int_equal(h.iter, 1);
	assert_float_equal(h.elapsed, 1, 0);
	assert_int_equal(h.bytes, strchr(text, '\n') + 1 - text);
	history_clear(&h);
	text[strlen(text) - 2] = '\0'; /* the last has no end */
	write_text(text);
	assert_int_equal(history_read(&h, dir, -1), 0);
	assert_int_equal(h.iter, 4);
	history_clear(&h);
	mem_free(text);
}

static void
no_file(void **state)
{
	struct history h;

	(void)state;
	unlink(path);
	assert_int_equal(history_read(&h, dir, -1), 0);
	assert_int_equal(h.iter, -1);
	assert_null(history_best(&h));
	history_clear(&h);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(history_read(&h, dir, -1), ERR_FORMAT);
	history_clear(&h);
	unlink(path);
}

static void
stops(void **state)
{
	struct history h;

	(void)state;
	write_text("{\"iter\":7}\n");
	stop_install();
	raise(SIGTERM);
	assert_int_equal(history_read(&h, dir, -1), ERR_STOPPED);
	history_clear(&h);
}

static int
setup(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	dir = mem_strdup(tmp_dir);
	path = path_join(dir, "train.ndjson");
	return 0;
}

static int
teardown(void **state)
{
	mem_free(dir);
	mem_free(path);
	return tmp_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validations_by_iteration),
		cmocka_unit_test(until_an_iteration),
		cmocka_unit_test(best_of_those_there), cmocka_unit_test(texts),
		cmocka_unit_test(odd_files), cmocka_unit_test(rows),
		cmocka_unit_test(no_file),
		cmocka_unit_test(stops), /* last: it stays stopped */
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
