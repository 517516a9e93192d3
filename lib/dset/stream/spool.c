/* A file without a name: see spool.h. */
#include "dset/stream/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

int
dset_spool_open(struct dset_spool *s, const char *dir)
{
	char *path = mem_printf("%s/.stream-XXXXXX", dir);
	int rc = 0;

	*s = (struct dset_spool){ .fd = mkostemp(path, O_CLOEXEC) };
	if (s->fd < 0)
		rc = err_sys("create %s", path);
	else if (unlink(path) < 0)
		rc = err_sys("remove %s", path);
	mem_free(path);
	return rc;
}

int
dset_spool_add(struct dset_spool *s, uint64_t *at, const void *p, size_t n)
{
	const char *bytes = p;
	ssize_t done;

	*at = s->n;
	while (n > 0) {
		done = write(s->fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys("keep the stream");
		bytes += done;
		n -= (size_t)done;
		s->n += (uint64_t)done;
	}
	return 0;
}

int
dset_spool_map(struct dset_spool *s)
{
	void *p;

	if (s->n == 0)
		return 0;
	p = mmap(NULL, s->n, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (p == MAP_FAILED)
		return err_sys("map the stream");
	s->map = p;
	return 0;
}

void
dset_spool_close(struct dset_spool *s)
{
	if (s->map != NULL)
		munmap((void *)(uintptr_t)s->map, s->n);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct dset_spool){ .fd = -1 };
}
