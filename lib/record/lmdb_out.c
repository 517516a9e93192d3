/*
 * Through liblmdb.  No MDB_WRITEMAP: with it a full disk would be a SIGBUS, and
 * here it is an error.  The map is made large enough before each transaction, so
 * that none has to be done twice; it doubles, so its final size, which is stored
 * in the file, follows from the data alone.
 */
#include <errno.h>
#include <lmdb.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "record/lmdb_out.h"

enum {
	TXN_BYTES = 16 << 20, /* of values; dirty pages stay in memory */
	MAP_FIRST = 64 << 20,
	MAP_MARGIN = 4 << 20, /* pages of the tree, rounding to pages */
	RECORD_EXTRA = 8192   /* a record takes less than this more */
};

struct record_lmdb_out {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	size_t map, page;
	size_t bytes; /* of values in the transaction */
	char *dir;
};

/* A short write is EIO to liblmdb, or ENOSPC; this is what the rest of it would
 * have got. */
static int
why_short(const struct record_lmdb_out *o, int code)
{
	struct rlimit most;
	struct statvfs fs;
	uint64_t size = 0;
	char *file;

	if (code != EIO && code != ENOSPC)
		return code;
	file = path_join(o->dir, "data.mdb");
	(void)!file_size(&size, file);
	mem_free(file);
	if (getrlimit(RLIMIT_FSIZE, &most) == 0 &&
	    most.rlim_cur != RLIM_INFINITY && size >= most.rlim_cur)
		return EFBIG;
	if (statvfs(o->dir, &fs) == 0 && fs.f_bavail < TXN_BYTES / fs.f_frsize)
		return ENOSPC;
	return code;
}

/* The code of liblmdb as one of ours. */
static int
fail(const struct record_lmdb_out *o, const char *what, int code)
{
	code = why_short(o, code);
	if (code > 0) {
		errno = code;
		err_sys("%s %s", what, o->dir);
		return ERR_IO;
	}
	return err_set(code == MDB_KEYEXIST ? ERR_FORMAT : ERR_IO, "%s %s: %s",
	    what, o->dir, mdb_strerror(code));
}

int
record_lmdb_create(struct record_lmdb_out **out, const char *dir)
{
	struct record_lmdb_out *o = mem_new(struct record_lmdb_out);
	MDB_stat st;
	int code, rc = 0;

	*out = NULL;
	o->dir = mem_strdup(dir);
	o->map = MAP_FIRST;
	code = mdb_env_create(&o->env);
	if (code == 0)
		code = mdb_env_set_mapsize(o->env, o->map);
	if (code == 0)
		code = mdb_env_open(o->env, dir,
		    MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOLOCK, 0666);
	if (code == 0)
		code = mdb_env_stat(o->env, &st);
	if (code != 0) {
		rc = fail(o, "create LMDB", code);
		record_lmdb_abort(&o);
		return rc;
	}
	o->page = st.ms_psize;
	*out = o;
	return 0;
}

static int
commit(struct record_lmdb_out *o)
{
	int code;

	if (o->txn == NULL)
		return 0;
	mdb_cursor_close(o->cursor);
	o->cursor = NULL;
	code = mdb_txn_commit(o->txn);
	o->txn = NULL;
	return code ? fail(o, "write", code) : 0;
}

/* Begin a transaction that has room for a full one, or for one big record. */
static int
begin(struct record_lmdb_out *o, size_t record)
{
	size_t need = record > TXN_BYTES ? record : TXN_BYTES;
	MDB_envinfo info;
	int code = mdb_env_info(o->env, &info);

	/* A record may double in size on its pages when it is just too big
	 * for half of one. */
	need = (info.me_last_pgno + 1) * o->page + 3 * need + MAP_MARGIN;
	while (o->map < need)
		o->map *= 2;
	if (code == 0 && o->map != info.me_mapsize)
		code = mdb_env_set_mapsize(o->env, o->map);
	if (code == 0)
		code = mdb_txn_begin(o->env, NULL, 0, &o->txn);
	if (code == 0)
		code = mdb_dbi_open(o->txn, NULL, 0, &o->dbi);
	if (code == 0)
		code = mdb_cursor_open(o->txn, o->dbi, &o->cursor);
	o->bytes = 0;
	return code ? fail(o, "write", code) : 0;
}

int
record_lmdb_put(struct record_lmdb_out *o, const char *key, size_t key_len,
    const void *value, size_t value_len)
{
	MDB_val k = { key_len, (void *)key }, v = { value_len, NULL };
	int code;

	if (o->txn != NULL && o->bytes + value_len > TXN_BYTES)
		TRY(commit(o));
	if (o->txn == NULL)
		TRY(begin(o, value_len + RECORD_EXTRA));
	v.mv_data = (void *)value;
	code = mdb_cursor_put(o->cursor, &k, &v, MDB_APPEND);
	o->bytes += value_len + key_len + 32;
	return code ? fail(o, "write", code) : 0;
}

int
record_lmdb_finish(struct record_lmdb_out **op)
{
	struct record_lmdb_out *o = *op;
	int rc, code;

	if (o == NULL)
		return 0;
	rc = commit(o);
	if (rc == 0) {
		code = mdb_env_sync(o->env, 1);
		if (code != 0)
			rc = fail(o, "sync", code);
	}
	record_lmdb_abort(op);
	return rc;
}

void
record_lmdb_abort(struct record_lmdb_out **op)
{
	struct record_lmdb_out *o = *op;

	if (o == NULL)
		return;
	if (o->cursor != NULL)
		mdb_cursor_close(o->cursor);
	if (o->txn != NULL)
		mdb_txn_abort(o->txn);
	if (o->env != NULL)
		mdb_env_close(o->env);
	mem_free(o->dir);
	mem_free(o);
	*op = NULL;
}
