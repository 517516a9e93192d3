/*
 * Hostile and damaged archives: each is refused with the right code, and
 * nothing appears outside the folder.  Each case is a list of entries that is
 * written here, as tar and (where a zip can say it) as zip.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "archive/archive.h"
#include "base/err.h"
#include "file/file.h"
#include "file/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "../tmp.h"

struct entry {
	const char *name;
	unsigned type;    /* 0: a file */
	const char *link; /* symbolic, or hard when type is 0 */
};

struct hostile {
	const char *what;
	struct entry entry[4];
	int rc;
	int tar_only;
};

#define DEEP "a/b/c/d/e/f/g/h/i/j"

static const struct hostile cases[] = {
	{ "two plain files", { { "a" }, { "b" } }, 0 },
	{ "a folder", { { "d", AE_IFDIR }, { "d/a" } }, 0 },
	{ "./ in front", { { "./a" } }, 0 },
	{ "parent", { { "../evil" } }, ERR_REFUSED },
	{ "parent inside", { { "a/../../evil" } }, ERR_REFUSED },
	{ "parent at the end", { { "a/.." } }, ERR_REFUSED },
	{ "parent folder", { { "..", AE_IFDIR } }, ERR_REFUSED },
	{ "absolute", { { "/tmp/nnutils-evil" } }, ERR_REFUSED },
	{ "double slash", { { "a//b" } }, ERR_REFUSED },
	{ "dot inside", { { "a/./b" } }, ERR_REFUSED },
	{ "drive letter", { { "C:evil" } }, ERR_REFUSED },
	{ "backslash", { { "..\\evil" } }, ERR_REFUSED, 1 },
	{ "control character", { { "a\033[2Jb" } }, ERR_REFUSED },
	{ "line break", { { "a\nb" } }, ERR_REFUSED },
	{ "symbolic link", { { "l", AE_IFLNK, "/etc/passwd" } }, ERR_REFUSED },
	{ "through a link", { { "l", AE_IFLNK, "/tmp" }, { "l/evil" } },
	    ERR_REFUSED },
	{ "hard link", { { "a" }, { "b", 0, "/etc/passwd" } }, ERR_REFUSED, 1 },
	{ "hard link inside", { { "a" }, { "b", 0, "a" } }, ERR_REFUSED, 1 },
	{ "character device", { { "d", AE_IFCHR } }, ERR_REFUSED, 1 },
	{ "block device", { { "d", AE_IFBLK } }, ERR_REFUSED, 1 },
	{ "pipe", { { "p", AE_IFIFO } }, ERR_REFUSED, 1 },
	{ "twice", { { "a" }, { "a" } }, ERR_REFUSED },
	{ "twice but for case", { { "Info.json" }, { "info.json" } },
	    ERR_REFUSED },
	{ "twice by ./", { { "a" }, { "./a" } }, ERR_REFUSED },
	{ "file, then folder of its name", { { "a" }, { "a/b" } }, -100 },
	{ "too deep", { { DEEP } }, ERR_RANGE },
	{ "nothing", { { NULL } }, ERR_FORMAT },
};

static char *top, *target;

static int
setup(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	top = tmp_dir;
	target = path_join(top, "target");
	return mkdir(target, 0777);
}

static int
teardown(void **state)
{
	mem_free(target);
	return tmp_teardown(state);
}

static void
entry_write(struct archive *a, const struct entry *e)
{
	struct archive_entry *ae = archive_entry_new();

	archive_entry_set_pathname(ae, e->name);
	archive_entry_set_perm(ae, 0644);
	archive_entry_set_filetype(ae, e->type != 0 ? e->type : AE_IFREG);
	if (e->type == AE_IFLNK)
		archive_entry_set_symlink(ae, e->link);
	else if (e->link != NULL)
		archive_entry_set_hardlink(ae, e->link);
	else if (e->type == 0)
		archive_entry_set_size(ae, 5);
	archive_write_header(a, ae);
	if (e->type == 0 && e->link == NULL)
		archive_write_data(a, "hello", 5);
	archive_entry_free(ae);
}

static char *
make(const struct hostile *h, int zip)
{
	char *path = path_join(top, zip ? "x.zip" : "x.tar");
	struct archive *a = archive_write_new();
	size_t i;

	if (zip)
		archive_write_set_format_zip(a);
	else
		archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (i = 0; i < LENGTH(h->entry) && h->entry[i].name != NULL; i++)
		entry_write(a, &h->entry[i]);
	archive_write_close(a);
	archive_write_free(a);
	return path;
}

static void
check_outside(void)
{
	char **names = NULL;
	size_t n = 0;

	assert_int_equal(file_list(&names, &n, top), 0);
	assert_int_equal(n, 2); /* the archive and the target */
	file_list_free(names, n);
	assert_false(file_exists("/tmp/evil"));
	assert_false(file_exists("/tmp/nnutils-evil"));
}

static void
refuses_what_is_hostile(void **state)
{
	size_t i;
	int zip, rc;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++)
		for (zip = 0; zip < (cases[i].tar_only ? 1 : 2); zip++) {
			char *path = make(&cases[i], zip);

			rc = archive_unpack(path, target, NULL);
			if (cases[i].rc == -100 ? rc >= 0 : rc != cases[i].rc)
				fail_msg("%s (%s): %d, %s", cases[i].what,
				    zip ? "zip" : "tar", rc, err_text());
			check_outside();
			assert_int_equal(file_remove_tree(target), 0);
			assert_int_equal(mkdir(target, 0777), 0);
			assert_int_equal(remove(path), 0);
			mem_free(path);
		}
}

/* zeros, many of them, packed tightly */
static char *
bomb(const char *name, enum pack_format format, const char *entry, size_t n)
{
	char *path = path_join(top, name);
	char *zeros = mem_array(char, n);
	const struct pack_file f = { entry, NULL, zeros, n };

	assert_int_equal(archive_pack(path, format, &f, 1, 1), 0);
	mem_free(zeros);
	return path;
}

static void
refuses_bombs(void **state)
{
	static const struct {
		const char *name;
		enum pack_format format;
		const char *entry;
	} kinds[] = {
		{ "b.tar.gz", PACK_TAR_GZ, "zeros" },
		{ "b.tar.bz2", PACK_TAR_BZ2, "zeros" },
		{ "b.tar.xz", PACK_TAR_XZ, "zeros" },
		{ "b.zip", PACK_ZIP, "zeros" },
		/* passed over, but not unseen */
		{ "m.zip", PACK_ZIP, "__MACOSX/._zeros" },
		{ "m.tar.gz", PACK_TAR_GZ, "._zeros" },
	};
	struct unpack_limits l;
	size_t i;

	(void)state;
	unpack_limits_init(&l);
	l.ratio_from = 1 << 20;
	for (i = 0; i < LENGTH(kinds); i++) {
		char *path = bomb(
		    kinds[i].name, kinds[i].format, kinds[i].entry, 8 << 20);

		if (archive_unpack(path, target, &l) != ERR_REFUSED)
			fail_msg("%s: %s", kinds[i].name, err_text());
		file_remove_tree(target);
		mkdir(target, 0777);
		mem_free(path);
	}
}

static void
keeps_to_limits(void **state)
{
	char *path = bomb("b.tar", PACK_TAR, "zeros", 1 << 20);
	static const struct hostile two = { "", { { "a" }, { "b" } }, 0 };
	struct unpack_limits l;

	(void)state;
	unpack_limits_init(&l);
	l.bytes = (1 << 20) - 1;
	assert_int_equal(archive_unpack(path, target, &l), ERR_RANGE);
	mem_free(path);
	path = make(&two, 0);
	unpack_limits_init(&l);
	l.entries = 1;
	assert_int_equal(archive_unpack(path, target, &l), ERR_RANGE);
	mem_free(path);
}

/* Without the fsync of file_write, which hundreds of times takes seconds. */
static void
put(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
names_what_is_damaged(void **state)
{
	static const struct pack_file f = { "a", NULL, "0123456789", 10 };
	static const enum pack_format formats[] = { PACK_TAR_GZ, PACK_TAR_BZ2,
		PACK_TAR_XZ, PACK_ZIP };
	char *path = path_join(top, "d");
	struct buf b;
	size_t i, n;
	int rc;

	(void)state;
	for (i = 0; i < LENGTH(formats); i++) {
		buf_init(&b, 1 << 20);
		assert_int_equal(archive_pack(path, formats[i], &f, 1, 1), 0);
		assert_int_equal(file_read(&b, path), 0);
		for (n = 0; n < b.len; n++) { /* cut anywhere */
			put(path, b.data, n);
			file_remove_tree(target);
			mkdir(target, 0777);
			rc = archive_unpack(path, target, NULL);
			if (rc != ERR_FORMAT && rc != 0)
				fail_msg(
				    "cut at %zu: %d %s", n, rc, err_text());
		}
		buf_clear(&b);
	}
	assert_int_equal(file_write(path, "not an archive", 14, 1), 0);
	assert_int_equal(archive_unpack(path, target, NULL), ERR_FORMAT);
	assert_int_equal(
	    archive_unpack("/nowhere.tar", target, NULL), ERR_MISSING);
	mem_free(path);
}

static void
packs_the_same_bytes(void **state)
{
	static const char *const names[] = { "a.tar", "a.tar.gz", "a.tgz",
		"a.tar.bz2", "a.tar.xz", "a.zip" };
	const struct pack_file f[] = { { "x", NULL, "one", 3 },
		{ "y/z", NULL, "", 0 } };
	char one[HASH_HEX_MAX], two[HASH_HEX_MAX], *path;
	enum pack_format format;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		path = path_join(top, names[i]);
		assert_int_equal(pack_format_of(&format, path), 0);
		assert_int_equal(archive_pack(path, format, f, 2, 0), 0);
		assert_int_equal(hash_file(HASH_SHA256, path, one), 0);
		assert_int_equal(
		    archive_pack(path, format, f, 2, 0), ERR_REFUSED);
		assert_int_equal(archive_pack(path, format, f, 2, 1), 0);
		assert_int_equal(hash_file(HASH_SHA256, path, two), 0);
		assert_string_equal(one, two);
		file_remove_tree(target);
		mkdir(target, 0777);
		assert_int_equal(archive_unpack(path, target, NULL), 0);
		mem_free(path);
	}
	assert_int_equal(pack_format_of(&format, "a.rar"), ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    refuses_what_is_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_bombs, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    keeps_to_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_what_is_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    packs_the_same_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
