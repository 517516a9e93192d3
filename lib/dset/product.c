/* What a data set and a folder of pictures hold: see product.h. */
#include "dset/product.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/dset.h"
#include "file/file.h"
#include "json/json.h"
#include "json/mark.h"

enum { NOTES_BYTES_MAX = 1 << 28 };

/* The databases of a column that has one of its own in each part. */
static void
add_column(struct replace_names *more, const char *name)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char *rel;

	for (int part = 0; part < DSET_PARTS; part++)
		for (size_t i = 0; i < LENGTH(files); i++) {
			rel = mem_printf("%s_db/%s/%s", dset_part_name(part),
			    name, files[i]);
			replace_name_add(more, rel);
			mem_free(rel);
		}
}

/* Of the columns that dataset.json names, those that have folders of their name:
 * data and label are in features and labels. */
static void
add_columns(struct replace_names *more, const struct json *j)
{
	const struct json *c = json_first(json_find(j, "columns"));
	const char *name;

	for (; c != NULL; c = json_next(c)) {
		name = json_str(c, "name", "");
		if (strcmp(name, "data") != 0 && strcmp(name, "label") != 0 &&
		    path_check_inside(name) == 0 && strchr(name, '/') == NULL)
			add_column(more, name);
	}
}

/* dataset.json, and by whom. */
static int
judge_set(struct replace_names *more, const char *dir, const void *ctx)
{
	char *path = path_join(dir, "dataset.json");
	struct json *j = NULL;
	struct buf b;
	int rc;

	(void)ctx;
	buf_init(&b, NOTES_BYTES_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = json_parse(&j, buf_str(&b), b.len, path);
	if (rc == 0 && json_str(j, "nnutils_version", NULL) == NULL)
		rc = err_set(ERR_FORMAT, "%s does not say who made it", path);
	if (rc == 0)
		add_columns(more, j);
	if (rc == 0)
		mark_name(more, dir);
	json_free(j);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static const char *const set_names[] = { "dataset.json", "labels.txt",
	"mean.binaryproto", "mean.png", "train.txt", "val.txt", "test.txt",
	"train_db/data.mdb", "train_db/lock.mdb", "val_db/data.mdb",
	"val_db/lock.mdb", "test_db/data.mdb", "test_db/lock.mdb",
	"train_db/list.txt", "train_db/[0-9]*.h5", "val_db/list.txt",
	"val_db/[0-9]*.h5", "test_db/list.txt", "test_db/[0-9]*.h5",
	"train_db/features/data.mdb", "train_db/features/lock.mdb",
	"train_db/labels/data.mdb", "train_db/labels/lock.mdb",
	"val_db/features/data.mdb", "val_db/features/lock.mdb",
	"val_db/labels/data.mdb", "val_db/labels/lock.mdb",
	"test_db/features/data.mdb", "test_db/features/lock.mdb",
	"test_db/labels/data.mdb", "test_db/labels/lock.mdb", NULL };

const struct replace_kind dset_kind = { "data set", set_names, judge_set,
	NULL };

static int
judge_pictures(struct replace_names *more, const char *dir, const void *ctx)
{
	int rc = replace_list_read(more, dir, dset_pictures_kind.what);

	(void)ctx;
	return rc == 0
	    ? err_set(ERR_MISSING, "there is no %s in it", REPLACE_LIST)
	    : rc;
}

const struct replace_kind dset_pictures_kind = { "folder of pictures", NULL,
	judge_pictures, NULL };
