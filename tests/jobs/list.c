/* Jobs are told by their folders, put in order by what is known, and marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "jobs/list.h"
#include "jobs/look.h"
#include "json/mark.h"
#include "model/model.h"
#include "../tmp.h"

static void
unfinished_names(void **state)
{
	char *name = look_unfinished("a/.my.set.tmp-0123abcd");

	(void)state;
	assert_string_equal(name, "my.set");
	mem_free(name);
	assert_null(look_unfinished(".set.tmp-0123abc"));
	assert_null(look_unfinished(".set.tmp-0123abcg"));
	assert_null(look_unfinished(".set.old-0123abcd"));
	assert_null(look_unfinished("set.tmp-0123abcd"));
	assert_null(look_unfinished("..tmp-0123abcd"));
}

static void
marks_are_kept_and_taken_away(void **state)
{
	char *group = mem_strdup("of info.json"), *note = NULL;
	const char *dir = tmp_path("m");

	(void)state;
	assert_int_equal(file_mkdirs(dir), 0);
	assert_int_equal(mark_read(&group, &note, dir), 0);
	assert_string_equal(group, "of info.json");
	assert_int_equal(mark_write(dir, NULL, "a \"note\"\n"), 0);
	assert_int_equal(mark_write(dir, "", NULL), 0);
	assert_int_equal(mark_read(&group, &note, dir), 0);
	assert_null(group);
	assert_string_equal(note, "a \"note\"\n");
	mem_free(note);
}

static struct job
a_job(const char *path, double accuracy, double loss)
{
	const bool share = accuracy >= 0;

	return (struct job){ .path = mem_strdup(path),
		.kind = JOB_MODEL,
		.name = mem_strdup(path),
		.progress = -1,
		.elapsed = -1,
		.eta = -1,
		.accuracy = accuracy,
		.score = share ? accuracy : -loss };
}

static void
paths_are(const struct jobs *l, const char *want)
{
	char got[16] = "";

	for (size_t i = 0; i < l->n; i++)
		strncat(got, l->v[i].path, 1);
	assert_string_equal(got, want);
}

static void
best_first_unknown_last(void **state)
{
	struct jobs l = { 0 };

	(void)state;
	jobs_sort(&l, JOBS_BY_BEST, false);
	l.n = l.cap = 5;
	l.v = mem_array(struct job, l.n);
	l.v[0] = a_job("a", -1, 0.25);
	l.v[1] = a_job("b", 0.5, 0);
	l.v[2] = a_job("c", -1, NAN);
	l.v[3] = a_job("d", 0.75, 0);
	l.v[4] = a_job("e", -1, 0.125);
	l.v[4].eta = 5;
	l.v[0].eta = 7;
	l.v[0].bytes = 9;
	jobs_sort(&l, JOBS_BY_BEST, false);
	paths_are(&l, "dbeac");
	jobs_sort(&l, JOBS_BY_BEST, true);
	paths_are(&l, "aebdc");
	jobs_sort(&l, JOBS_BY_ETA, false);
	paths_are(&l, "eabcd");
	jobs_sort(&l, JOBS_BY_ETA, true);
	paths_are(&l, "aebcd");
	jobs_sort(&l, JOBS_BY_SIZE, false);
	paths_are(&l, "abcde");
	jobs_sort(&l, JOBS_BY_NAME, true);
	paths_are(&l, "edcba");
	jobs_clear(&l);
}

static void
words_of_options(void **state)
{
	const char *good[] = { "done", "KILLED" }, *bad[] = { "Don" };
	struct jobs_choice c = { .status = { good, 2 } };

	(void)state;
	assert_int_equal(jobs_choice_check(&c), 0);
	c.status = (struct opt_list){ bad, 1 };
	assert_int_equal(jobs_choice_check(&c), ERR_USAGE);
	c.status.n = 0;
	c.kind = (struct opt_list){ bad, 1 };
	assert_int_equal(jobs_choice_check(&c), ERR_USAGE);
}

static void
what_is_nothing_is_listed_only_when_asked(void **state)
{
	const char *dir = tmp_path("empty");
	struct job j;

	(void)state;
	assert_int_equal(file_mkdirs(dir), 0);
	assert_int_equal(job_read(&j, dir, false), 0);
	assert_int_equal(j.kind, JOB_NONE);
	job_clear(&j);
	assert_int_equal(job_read(&j, dir, true), 0);
	assert_int_equal(j.kind, JOB_OTHER);
	assert_string_equal(j.status, "Foreign");
	assert_false(job_is_dead(&j));
	job_clear(&j);
	assert_int_equal(job_read(&j, tmp_path("not there"), true), 0);
	assert_int_equal(j.kind, JOB_NONE);
	job_clear(&j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unfinished_names),
		cmocka_unit_test(marks_are_kept_and_taken_away),
		cmocka_unit_test(best_first_unknown_last),
		cmocka_unit_test(words_of_options),
		cmocka_unit_test(what_is_nothing_is_listed_only_when_asked),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
