/* A file on its way: see part.h. */
#include "http/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alias.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "file/lock.h"
#include "http/url.h"
#include "json/json.h"

enum {
	STATE_MAX = 1 << 16,
	WRITE_BACK = 32 << 20,
	RESERVE = 64 << 20, /* left of the disk by what may be endless */
	SMALL = 1 << 20,    /* not worth going on with: kept without a state */
};

void
part_init(struct part *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->total = UINT64_MAX;
}

static void
forget_part(struct part *p)
{
	mem_free(p->etag);
	mem_free(p->modified);
	p->etag = p->modified = NULL;
	p->total = UINT64_MAX;
}

static int
state_write(struct part *p, const struct http_file *f)
{
	char *url = url_public(f->url);
	struct json_w w;
	struct buf b;
	int rc;

	buf_init(&b, STATE_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kstr(&w, "url", url);
	json_w_kstr(&w, "etag", p->etag);
	json_w_kstr(&w, "last_modified", p->modified);
	if (p->total != UINT64_MAX)
		json_w_kint(&w, "size", (int64_t)p->total);
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc == 0)
		rc = file_write(p->state_path, b.data, b.len, 1);
	buf_clear(&b);
	mem_free(url);
	return rc;
}

/* Take over the state if it is that of f: 1, else 0. */
static int
state_read(struct part *p, const struct http_file *f)
{
	struct json *j = NULL;
	const char *of;
	char *url = url_public(f->url);
	double size;
	int same = 0;

	if (json_read(&j, p->state_path) < 0)
		goto done;
	of = json_str(j, "url", NULL);
	if (of == NULL || strcmp(of, url) != 0)
		goto done;
	p->etag = mem_strdup(json_str(j, "etag", NULL));
	p->modified = mem_strdup(json_str(j, "last_modified", NULL));
	size = json_num(j, "size", -1);
	if (size >= 0 && size < 9e15)
		p->total = (uint64_t)size;
	same = 1;
done:
	json_free(j);
	mem_free(url);
	return same;
}

const char *
part_validator(const struct part *p)
{
	if (p->etag != NULL && strncmp(p->etag, "W/", 2) != 0)
		return p->etag;
	return p->modified;
}

/* May a run go on from what is there?  Only if a change would be noticed. */
static int
part_usable(struct part *p, const struct http_file *f)
{
	if (!state_read(p, f))
		return 0;
	if (p->total != UINT64_MAX && p->have > p->total)
		return 0;
	if (f->size != UINT64_MAX &&
	    (p->have > f->size ||
		(p->total != UINT64_MAX && p->total != f->size)))
		return 0;
	return part_validator(p) != NULL || f->sha256 != NULL ||
	    f->sha1 != NULL;
}

int
part_open(struct part *p, const struct http_file *f)
{
	struct stat st;

	p->path = mem_printf("%s.part", f->path);
	p->state_path = mem_printf("%s.part.json", f->path);
	alias_add(p->path, f->path);
	/* whole, from a run of the set that was stopped: look at it again */
	if (f->of_set && rename(f->path, p->path) != 0 && errno != ENOENT)
		return err_sys("rename %s", f->path);
	p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (p->fd < 0)
		return err_sys("open %s", p->path);
	if (flock(p->fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(
		    ERR_REFUSED, "%s: another process is fetching it", f->path);
	/* its name may have changed before the lock was ours: then it is a
	 * file that another process has just completed */
	if (!lock_same(p->fd, p->path))
		return err_set(ERR_REFUSED,
		    "%s: another process has just fetched it", f->path);
	p->locked = 1;
	if (fstat(p->fd, &st) != 0)
		return err_sys("stat %s", p->path);
	if (!S_ISREG(st.st_mode))
		return err_set(ERR_REFUSED, "%s is not a file", p->path);
	p->have = (uint64_t)st.st_size;
	if (p->have > 0 && !part_usable(p, f)) {
		forget_part(p);
		p->have = 0;
		if (ftruncate(p->fd, 0) != 0)
			return err_sys("empty %s", p->path);
	}
	TRY(follow_open(&p->follow, p->fd, f->sha1 != NULL));
	follow_advance(p->follow, p->have);
	return 0;
}

/* Refuse now what would fill the disk later; a file that does not say how long
 * it is may be endless, and leaves some of the disk free. */
static int
room_check(const struct part *p, const char *path)
{
	char need[NUM_TEXT_MAX], have[NUM_TEXT_MAX];
	struct statvfs vfs;
	uint64_t room;

	if (fstatvfs(p->fd, &vfs) != 0)
		return 0;
	room = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (p->total == UINT64_MAX ? room >= RESERVE : p->total <= room)
		return 0;
	if (p->total == UINT64_MAX)
		return err_set(ERR_IO,
		    "%s: the disk has %s free, and the server does not say how long the file is",
		    path, num_bytes_text(have, room));
	return err_set(ERR_IO, "%s needs %s, the disk has %s free", path,
	    num_bytes_text(need, p->total), num_bytes_text(have, room));
}

int
part_restart(struct part *p, const struct http_file *f, const char *etag,
    const char *modified, uint64_t total)
{
	forget_part(p);
	if (ftruncate(p->fd, 0) != 0)
		return err_sys("empty %s", p->path);
	p->have = p->written = 0;
	p->filled = p->flushed = 0;
	p->buffer = NULL;
	follow_restart(p->follow);
	p->etag = mem_strdup(etag);
	p->modified = mem_strdup(modified);
	p->total = total;
	TRY(room_check(p, f->path));
	if (total <= SMALL) {
		unlink(p->state_path);
		return 0;
	}
	return state_write(p, f);
}

/* Begin to write to the disk what came since the last time, so that little is
 * left to write when the file is complete. */
static int
write_back(struct part *p)
{
	if (p->have < p->written || p->have - p->written < WRITE_BACK)
		return 0;
	(void)!sync_file_range(p->fd, (off_t)p->written,
	    (off_t)(p->have - p->written), SYNC_FILE_RANGE_WRITE);
	p->written = p->have;
	return p->total == UINT64_MAX ? room_check(p, p->path) : 0;
}

int
part_flush(struct part *p)
{
	ssize_t w;

	while (p->flushed < p->filled) {
		size_t left = p->filled - p->flushed;

		w = pwrite(p->fd, p->buffer + p->flushed, left,
		    (off_t)(p->have - left));
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys("write %s", p->path);
		p->flushed += (size_t)w;
	}
	return 0;
}

/* The buffer is in the file: it goes to be hashed. */
static int
buffer_hand(struct part *p)
{
	TRY(part_flush(p));
	follow_hand(p->follow, p->filled, p->have);
	p->filled = p->flushed = 0;
	p->buffer = NULL;
	return write_back(p);
}

int
part_write(struct part *p, const char *data, size_t n)
{
	size_t m;

	while (n > 0) {
		if (p->buffer == NULL)
			p->buffer = follow_buffer(p->follow);
		m = FOLLOW_BUFFER - p->filled;
		m = n < m ? n : m;
		memcpy(p->buffer + p->filled, data, m);
		p->filled += m;
		p->have += m;
		data += m;
		n -= m;
		if (p->filled == FOLLOW_BUFFER)
			TRY(buffer_hand(p));
	}
	return 0;
}

int
part_end(struct part *p, struct http_file *f)
{
	TRY(buffer_hand(p));
	f->got = p->have;
	return follow_finish(p->follow, f->got_sha256, f->got_sha1);
}

int
part_commit(struct part *p, const struct http_file *f)
{
	if (rename(p->path, f->path) != 0)
		return err_sys("rename %s to %s", p->path, f->path);
	if (!f->of_set)
		unlink(p->state_path);
	if (close(p->fd) != 0) {
		p->fd = -1;
		return err_sys("write %s", f->path);
	}
	p->fd = -1;
	return 0;
}

void
part_discard(struct part *p)
{
	if (p->path != NULL) {
		unlink(p->path);
		unlink(p->state_path);
	}
}

void
part_close(struct part *p)
{
	if (p->fd >= 0) {
		(void)!part_flush(p); /* to go on from, as far as it can */
		if (p->locked && p->have == 0 && lock_same(p->fd, p->path))
			part_discard(p);
		close(p->fd);
	}
	p->fd = -1;
	p->locked = 0;
	p->buffer = NULL;
	p->filled = p->flushed = 0;
	follow_close(p->follow);
	p->follow = NULL;
	forget_part(p);
	alias_drop(p->path);
	mem_free(p->path);
	mem_free(p->state_path);
	p->path = p->state_path = NULL;
}
