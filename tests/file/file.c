/* Whole reads, outputs that appear whole, leftovers of killed runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/err.h"
#include "file/file_tmp.h"
#include "file/lock.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/replace.h"
#include "base/rng.h"
#include "../tmp.h"

static void
has(const char *path, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&b, path), 0);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

static void
put(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
}

/* How many names there are in a folder. */
static size_t
names_in(const char *dir)
{
	char **names;
	size_t n;

	assert_int_equal(file_list(&names, &n, dir), 0);
	file_list_free(names, n);
	return n;
}

static void
reading(void **state)
{
	struct buf b;
	const void *p;
	size_t n;
	uint64_t size;

	(void)state;
	put(tmp_path("five"), "12345");
	buf_init(&b, 5);
	assert_int_equal(file_read(&b, tmp_path("five")), 0);
	assert_int_equal(b.len, 5);
	buf_clear(&b);
	buf_init(&b, 4);
	assert_int_equal(file_read(&b, tmp_path("five")), ERR_RANGE);
	assert_non_null(strstr(err_text(), "five"));
	buf_clear(&b);
	/* A file of the system's has no size to look at first. */
	buf_init(&b, 100);
	assert_int_equal(file_read(&b, "/proc/self/maps"), ERR_RANGE);
	buf_clear(&b);
	assert_int_equal(file_read(&b, "/dev/zero"), ERR_FORMAT);
	assert_int_equal(file_read(&b, tmp_path("none")), ERR_MISSING);
	assert_int_equal(file_read(&b, tmp_dir), ERR_IO);
	buf_clear(&b);

	assert_int_equal(file_map(&p, &n, tmp_path("five")), 0);
	assert_int_equal(n, 5);
	assert_memory_equal(p, "12345", 5);
	file_unmap(p, n);
	put(tmp_path("empty"), "");
	assert_int_equal(file_map(&p, &n, tmp_path("empty")), 0);
	assert_null(p);
	file_unmap(p, n);
	assert_int_equal(file_map(&p, &n, tmp_dir), ERR_FORMAT);
	assert_int_equal(file_size(&size, tmp_path("five")), 0);
	assert_int_equal(size, 5);
	assert_int_equal(file_size(&size, tmp_path("none")), ERR_MISSING);
}

/* What is no file is said, and never waited for, but where it is meant. */
static void
pipes(void **state)
{
	const char *fifo = tmp_path("fifo");
	const void *p;
	char name[64];
	int end[2], rc, fd;
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_read(&b, fifo), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "fifo is a FIFO, not a file"));
	assert_int_equal(file_map(&p, &n, fifo), ERR_FORMAT);
	assert_int_equal(file_copy(fifo, tmp_path("copy")), ERR_FORMAT);
	assert_null(file_fopen(&rc, fifo));
	assert_int_equal(rc, ERR_FORMAT);
	fd = open(fifo, O_RDWR | O_CLOEXEC);
	assert_int_equal(write(fd, "ab", 2), 2);
	rc = file_open_stream(fifo);
	assert_true(rc >= 0);
	close(rc);
	close(fd);
	assert_int_equal(pipe(end), 0);
	assert_int_equal(write(end[1], "list", 4), 4);
	close(end[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", end[0]);
	assert_int_equal(file_read(&b, name), 0);
	assert_string_equal(buf_str(&b), "list");
	close(end[0]);
	buf_clear(&b);
}

static void
writing(void **state)
{
	struct file_out *o = NULL;
	const char *path = tmp_path("out");

	(void)state;
	assert_int_equal(file_out_open(&o, path, 0), 0);
	fputs("whole", file_out_stream(o));
	fflush(file_out_stream(o));
	assert_false(file_exists(path));
	assert_int_equal(file_out_commit(&o), 0);
	assert_null(o);
	has(path, "whole");
	assert_int_equal(file_out_open(&o, path, 0), ERR_REFUSED);
	assert_null(o);
	assert_int_equal(file_out_open(&o, path, 1), 0);
	fputs("half", file_out_stream(o));
	file_out_abort(&o);
	has(path, "whole");
	assert_int_equal(file_write(path, "new", 3, 1), 0);
	has(path, "new");
	assert_int_equal(names_in(tmp_dir), 1);
	file_out_abort(&o);
	file_out_abort(NULL);
	assert_int_equal(file_write(tmp_dir, "x", 1, 1), ERR_REFUSED);
	assert_int_equal(
	    file_write(tmp_path("no/such"), "x", 1, 0), ERR_MISSING);
	assert_int_equal(file_write("", "x", 1, 0), ERR_USAGE);
}

/* Someone else made the name while we wrote: theirs stays. */
static void
raced(void **state)
{
	struct file_out *o = NULL;

	(void)state;
	assert_int_equal(file_out_open(&o, tmp_path("out"), 0), 0);
	put(tmp_path("out"), "theirs");
	assert_int_equal(file_out_commit(&o), ERR_REFUSED);
	has(tmp_path("out"), "theirs");
	assert_int_equal(names_in(tmp_dir), 1);
}

static void
special(void **state)
{
	char big[100000];
	struct stat st;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(file_write("/dev/null", big, sizeof(big), 0), 0);
	if (file_exists("/dev/full")) {
		assert_int_equal(file_write("/dev/full", "x", 1, 0), ERR_IO);
		assert_non_null(strstr(err_text(), "No space left"));
	}
	/* A link stays a link; what it leads to is replaced. */
	put(tmp_path("real"), "old");
	assert_int_equal(symlink("real", tmp_path("link")), 0);
	assert_int_equal(file_write(tmp_path("link"), "new", 3, 1), 0);
	assert_int_equal(lstat(tmp_path("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	has(tmp_path("real"), "new");
	/* The mode is what open(2) would give. */
	umask(022);
	put(tmp_path("mode"), "x");
	assert_int_equal(stat(tmp_path("mode"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void
copying(void **state)
{
	char *big = mem_calloc(1, 1000000);
	const void *p;
	size_t n;

	(void)state;
	memset(big, 'q', 1000000);
	assert_int_equal(file_write(tmp_path("a"), big, 1000000, 0), 0);
	assert_int_equal(file_copy(tmp_path("a"), tmp_path("b")), 0);
	assert_int_equal(file_map(&p, &n, tmp_path("b")), 0);
	assert_int_equal(n, 1000000);
	assert_memory_equal(p, big, n);
	file_unmap(p, n);
	mem_free(big);
	assert_int_equal(
	    file_copy(tmp_path("none"), tmp_path("c")), ERR_MISSING);
}

static void
folders(void **state)
{
	char **names;
	size_t n;

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path("x/y/z/")), 0);
	assert_int_equal(file_mkdirs(tmp_path("x/y/z")), 0);
	put(tmp_path("x/y/f"), "1");
	assert_int_equal(file_mkdirs(tmp_path("x/y/f")), ERR_REFUSED);
	assert_int_equal(symlink("/", tmp_path("x/root")), 0);
	put(tmp_path("x/B"), "");
	put(tmp_path("x/a"), "");
	assert_int_equal(file_list(&names, &n, tmp_path("x")), 0);
	assert_int_equal(n, 4);
	assert_string_equal(names[0], "B");
	assert_string_equal(names[1], "a");
	file_list_free(names, n);
	assert_int_equal(file_list(&names, &n, tmp_path("no")), ERR_MISSING);
	/* The link is removed, not what is behind it. */
	assert_int_equal(file_remove_tree(tmp_path("x")), 0);
	assert_false(file_exists(tmp_path("x")));
	assert_true(file_is_dir("/"));
	assert_int_equal(file_remove_tree(tmp_path("x")), 0);
	file_list_free(NULL, 0);
}

/* What the folders here hold; any that has no more is one. */
static int
judge(struct replace_names *more, const char *dir, const void *ctx)
{
	(void)more;
	(void)dir;
	(void)ctx;
	return 0;
}

static const char *const held[] = { "f", "sub/[0-9]", NULL };
static const struct replace_kind kind = { "test set", held, judge, NULL };

/* A folder whose files all hold text. */
static int
make_dir(const char *path, int force, const char *text)
{
	struct file_dir *d = NULL;
	char *sub = NULL, *f = NULL;
	int rc, i;

	rc = file_dir_begin(&d, path, force ? &kind : NULL);
	if (rc < 0)
		return rc;
	sub = path_join(file_dir_path(d), "sub");
	rc = file_mkdirs(sub);
	for (i = 0; rc == 0 && i < 5; i++) {
		f = mem_printf("%s/%d", sub, i);
		rc = file_write(f, text, strlen(text), 0);
		mem_free(f);
	}
	if (rc == 0)
		rc = file_dir_commit(&d);
	file_dir_abort(&d);
	mem_free(sub);
	return rc;
}

static void
whole_folders(void **state)
{
	struct file_dir *d = NULL;

	(void)state;
	assert_int_equal(make_dir(tmp_path("set/"), 0, "one"), 0);
	has(tmp_path("set/sub/4"), "one");
	assert_int_equal(make_dir(tmp_path("set"), 0, "two"), ERR_REFUSED);
	has(tmp_path("set/sub/4"), "one");
	assert_int_equal(make_dir(tmp_path("set"), 1, "two"), 0);
	has(tmp_path("set/sub/4"), "two");
	assert_int_equal(names_in(tmp_dir), 1);
	assert_int_equal(file_dir_begin(&d, tmp_path("set"), &kind), 0);
	assert_int_equal(names_in(tmp_dir), 2);
	file_dir_abort(&d);
	assert_int_equal(names_in(tmp_dir), 1);
	has(tmp_path("set/sub/4"), "two");
	put(tmp_path("file"), "x");
	assert_int_equal(make_dir(tmp_path("file"), 1, "x"), ERR_REFUSED);
	assert_int_equal(make_dir("/", 1, "x"), ERR_REFUSED);
	assert_int_equal(make_dir(".", 1, "x"), ERR_REFUSED);
	assert_int_equal(make_dir(tmp_path("no/set"), 0, "x"), ERR_MISSING);
	file_dir_abort(&d);
}

/* A path that ends in a slash names no file: what lies in that folder is no
 * leftover of it. */
static void
no_name(void **state)
{
	struct file_out *o = NULL;

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path("keep/empty")), 0);
	put(tmp_path("keep/file"), "x");
	assert_true(file_out_open(&o, tmp_path("keep/"), 1) < 0 ||
	    file_out_commit(&o) < 0);
	assert_true(file_is_dir(tmp_path("keep/empty")));
	assert_true(file_exists(tmp_path("keep/file")));
	assert_false(file_tmp_is_of("srv", "old", ""));
	assert_false(file_tmp_is_of(".a.old-0123abcd", "old", ""));
	assert_false(file_tmp_is_of(".ab.old-0123abcd", "old", "a"));
	assert_true(file_tmp_is_of(".a.old-0123abcd", "old", "a"));
}

/* Many files, which are synced in another way. */
static void
large_folder(void **state)
{
	struct file_dir *d = NULL;
	char *f;
	int i;

	(void)state;
	assert_int_equal(file_dir_begin(&d, tmp_path("big"), NULL), 0);
	for (i = 0; i < 200; i++) {
		FILE *out;

		f = mem_printf("%s/%d", file_dir_path(d), i);
		out = fopen(f, "w");
		assert_non_null(out);
		fputs("x", out);
		fclose(out);
		mem_free(f);
	}
	assert_int_equal(file_dir_commit(&d), 0);
	assert_int_equal(names_in(tmp_path("big")), 200);
}

/* What a living owner holds stays; what a dead one left goes. */
static void
leftovers(void **state)
{
	struct file_dir *alive = NULL, *other = NULL;
	struct file_out *o = NULL;

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path(".set.tmp-0123abcd/sub")), 0);
	put(tmp_path(".set.tmp-0123abcd/sub/f"), "x");
	put(tmp_path(".set.tmp-01234567"), "x");
	put(tmp_path(".set.tmp-mine"), "not of ours: kept");
	put(tmp_path(".sets.tmp-01234567"), "of another output: kept");
	put(tmp_path(".set.tmp-20XXabcd"), "not of ours: kept");
	assert_int_equal(file_dir_begin(&alive, tmp_path("set"), NULL), 0);
	assert_int_equal(names_in(tmp_dir), 4);
	/* Who comes second leaves at once. */
	assert_int_equal(
	    file_dir_begin(&other, tmp_path("set"), NULL), ERR_REFUSED);
	assert_int_equal(
	    file_dir_begin(&other, tmp_path("set"), &kind), ERR_REFUSED);
	assert_non_null(strstr(err_text(), "another process"));
	assert_int_equal(names_in(tmp_dir), 4);
	assert_true(file_is_dir(file_dir_path(alive)));
	/* Made by a program that asks nobody. */
	assert_int_equal(file_mkdirs(tmp_path("set/theirs")), 0);
	assert_int_equal(file_dir_commit(&alive), ERR_REFUSED);
	assert_true(file_is_dir(tmp_path("set/theirs")));
	assert_int_equal(names_in(tmp_dir), 4);
	put(tmp_path(".f.tmp-01234567"), "x");
	assert_int_equal(file_out_open(&o, tmp_path("f"), 0), 0);
	assert_false(file_exists(tmp_path(".f.tmp-01234567")));
	file_out_abort(&o);
}

/* Looks at names that lead to nothing, and to something. */
static void
looking(void **state)
{
	struct stat st;
	char *name;

	(void)state;
	name = mem_printf("%s/%0400d", tmp_dir, 0);
	put(tmp_path("f"), "x");
	assert_int_equal(symlink("round", tmp_path("round")), 0);
	assert_int_equal(symlink("f", tmp_path("link")), 0);
	assert_false(file_exists(name));
	assert_true(file_exists(tmp_path("round")));
	assert_int_equal(file_look(&st, tmp_path("no")), 0);
	assert_int_equal(file_look(&st, tmp_path("f/no")), 0);
	assert_int_equal(file_look(&st, tmp_path("round")), 0);
	assert_int_equal(file_look(&st, name), 0);
	assert_int_equal(file_look(&st, tmp_path("link")), 1);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(file_look_dir(tmp_path("link")), 0);
	assert_int_equal(file_look_dir(tmp_dir), 1);
	assert_int_equal(file_refuse(tmp_path("no"), "hint"), 0);
	assert_int_equal(file_refuse(tmp_path("round"), "hint"), ERR_REFUSED);
	assert_non_null(strstr(err_text(), "round exists (hint)"));
	mem_free(name);
}

/* Replacing in two steps, killed in between: the old one is put back. */
static void
half_replaced(void **state)
{
	struct file_dir *d = NULL;

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path(".set.old-01234567")), 0);
	put(tmp_path(".set.old-01234567/f"), "old");
	assert_int_equal(
	    file_absent(tmp_path("set"), "no such set"), ERR_MISSING);
	assert_non_null(
	    strstr(err_text(), "no such set (a killed run left it"));
	assert_non_null(strstr(err_text(), ".set.old-01234567"));
	assert_int_equal(
	    file_dir_begin(&d, tmp_path("set"), NULL), ERR_REFUSED);
	has(tmp_path("set/f"), "old");
	assert_int_equal(file_mkdirs(tmp_path(".set.old-76543210")), 0);
	assert_int_equal(file_dir_begin(&d, tmp_path("set"), &kind), 0);
	file_dir_abort(&d);
	has(tmp_path("set/f"), "old");
	assert_int_equal(names_in(tmp_dir), 1);
}

/* A published folder is at its place, and locked until its owner lets go. */
static void
published(void **state)
{
	struct file_dir *d = NULL, *other = NULL;
	const char *set = tmp_path("set");
	char *f;
	int fd;

	(void)state;
	assert_int_equal(make_dir(set, 0, "old"), 0);
	assert_int_equal(file_dir_begin(&d, set, &kind), 0);
	assert_true(file_dir_replaces(d));
	f = path_join(file_dir_path(d), "f");
	put(f, "new");
	mem_free(f);
	has(tmp_path("set/sub/1"), "old");
	assert_int_equal(file_dir_publish(d), 0);
	assert_int_equal(names_in(tmp_dir), 1);
	assert_string_equal(file_dir_path(d), set);
	assert_false(file_dir_replaces(d));
	has(tmp_path("set/f"), "new");
	assert_int_equal(file_dir_publish(d), 0);
	assert_int_equal(lock_now(set), ERR_REFUSED);
	assert_int_equal(file_dir_begin(&other, set, &kind), ERR_REFUSED);
	assert_non_null(strstr(err_text(), "another process is using it"));
	file_dir_abort(&d);
	has(tmp_path("set/f"), "new");
	fd = lock_now(set);
	assert_true(fd >= 0);
	assert_int_equal(file_dir_begin(&other, set, &kind), ERR_REFUSED);
	close(fd);
	assert_int_equal(lock_now(tmp_path("none")), ERR_MISSING);
}

/* What came into the old folder meanwhile stays, and so does the new one. */
static void
notes_meanwhile(void **state)
{
	struct file_dir *d = NULL;
	char *f;

	(void)state;
	assert_int_equal(make_dir(tmp_path("set"), 0, "old"), 0);
	assert_int_equal(file_dir_begin(&d, tmp_path("set"), &kind), 0);
	f = path_join(file_dir_path(d), "f");
	put(f, "new");
	mem_free(f);
	put(tmp_path("set/notes"), "of a person");
	assert_int_equal(file_dir_commit(&d), ERR_REFUSED);
	assert_non_null(strstr(err_text(), "notes"));
	assert_non_null(strstr(err_text(), "set.new"));
	has(tmp_path("set/notes"), "of a person");
	has(tmp_path("set/sub/1"), "old");
	has(tmp_path("set.new/f"), "new");
}

/* SIGKILL at any moment: the folder is there, whole, old or new. */
static void
killed(void **state)
{
	char text[2] = "a", first[8], *f;
	struct buf b;
	struct rng r;
	int i, k;
	pid_t pid;

	(void)state;
	rng_init(&r, 9, 0);
	assert_int_equal(make_dir(tmp_path("set"), 0, text), 0);
	for (i = 0; i < 40; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			for (;; text[0] = text[0] == 'z' ? 'a' : text[0] + 1)
				if (make_dir(tmp_path("set"), 1, text) < 0)
					_exit(9);
		}
		usleep((useconds_t)rng_below(&r, 8000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &k, 0), pid);
		assert_true(WIFSIGNALED(k));
		for (k = 0; k < 5; k++) {
			f = mem_printf("%s/set/sub/%d", tmp_dir, k);
			buf_init(&b, 2);
			assert_int_equal(file_read(&b, f), 0);
			assert_int_equal(b.len, 1);
			if (k == 0)
				memcpy(first, buf_str(&b), 2);
			assert_string_equal(buf_str(&b), first);
			buf_clear(&b);
			mem_free(f);
		}
	}
	assert_int_equal(make_dir(tmp_path("set"), 1, "!"), 0);
	assert_int_equal(names_in(tmp_dir), 1);
}

#define IN_TMP(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMP(reading),
		IN_TMP(pipes),
		IN_TMP(writing),
		IN_TMP(raced),
		IN_TMP(special),
		IN_TMP(copying),
		IN_TMP(folders),
		IN_TMP(whole_folders),
		IN_TMP(no_name),
		IN_TMP(large_folder),
		IN_TMP(leftovers),
		IN_TMP(looking),
		IN_TMP(half_replaced),
		IN_TMP(published),
		IN_TMP(notes_meanwhile),
		IN_TMP(killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
