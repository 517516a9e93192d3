/* What a data set and a folder of pictures hold: see product.h. */
#include "dset/product.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"

enum { NOTES_BYTES_MAX = 1 << 28 };

/* dataset.json, and by whom. */
static int
judge_set(struct replace_names *more, const char *dir, const void *ctx)
{
	char *path = path_join(dir, "dataset.json");
	struct json *j = NULL;
	struct buf b;
	int rc;

	(void)more;
	(void)ctx;
	buf_init(&b, NOTES_BYTES_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = json_parse(&j, buf_str(&b), b.len, path);
	if (rc == 0 && json_str(j, "nnutils_version", NULL) == NULL)
		rc = err_set(ERR_FORMAT, "%s does not say who made it", path);
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
	/* columns that have a database each */
	"train_db/*/data.mdb", "train_db/*/lock.mdb", "val_db/*/data.mdb",
	"val_db/*/lock.mdb", "test_db/*/data.mdb", "test_db/*/lock.mdb", NULL };

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
