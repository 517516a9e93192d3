/* Hashing a file while it is written: see follow.h. */
#include "http/follow.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

enum { CHUNK = 1 << 20 };

struct follow {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	int fd;
	struct hash *sha256, *sha1; /* sha1 may be NULL */
	char *chunk;
	/* under lock */
	uint64_t upto; /* written */
	uint64_t at;   /* hashed */
	int finish;    /* hash the last piece too, however small */
	int restart;   /* forget what was hashed */
	int quit;
	struct err_saved error; /* code < 0: reading failed */
};

/* The hashes back to where nothing was added. */
static void
hashes_reset(struct follow *f)
{
	char hex[HASH_HEX_MAX];

	hash_hex(f->sha256, hex);
	if (f->sha1 != NULL)
		hash_hex(f->sha1, hex);
}

static int
read_all(struct follow *f, uint64_t at, size_t n)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = pread(f->fd, f->chunk + have, n - have, (off_t)(at + have));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys("read back what was fetched");
		if (r == 0)
			return err_set(ERR_IO,
			    "what was fetched is shorter "
			    "than what was written");
		have += (size_t)r;
	}
	return 0;
}

static void
hash_chunk(struct follow *f, size_t n)
{
	hash_add(f->sha256, f->chunk, n);
	if (f->sha1 != NULL)
		hash_add(f->sha1, f->chunk, n);
}

static void *
work(void *ctx)
{
	struct follow *f = ctx;
	uint64_t at, n;
	int rc;

	pthread_mutex_lock(&f->lock);
	while (!f->quit) {
		if (f->restart) {
			hashes_reset(f);
			f->at = 0;
			f->restart = 0;
		}
		n = f->upto - f->at;
		if (f->error.code < 0 || n == 0 || (n < CHUNK && !f->finish)) {
			pthread_cond_signal(&f->done);
			pthread_cond_wait(&f->work, &f->lock);
			continue;
		}
		at = f->at;
		n = n < CHUNK ? n : CHUNK;
		pthread_mutex_unlock(&f->lock);
		rc = read_all(f, at, (size_t)n);
		if (rc == 0)
			hash_chunk(f, (size_t)n);
		pthread_mutex_lock(&f->lock);
		if (rc < 0 && !f->restart)
			err_save(&f->error, rc);
		f->at = at + n;
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

int
follow_open(struct follow **out, int fd, int sha1)
{
	struct follow *f = mem_new(struct follow);

	f->fd = fd;
	f->sha256 = hash_new(HASH_SHA256);
	f->sha1 = sha1 ? hash_new(HASH_SHA1) : NULL;
	f->chunk = mem_array(char, CHUNK);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->work, NULL);
	pthread_cond_init(&f->done, NULL);
	if (pthread_create(&f->thread, NULL, work, f) != 0) {
		f->quit = -1; /* no thread to join */
		follow_close(f);
		return err_set(ERR_IO, "no thread to hash with");
	}
	*out = f;
	return 0;
}

void
follow_advance(struct follow *f, uint64_t upto)
{
	pthread_mutex_lock(&f->lock);
	f->upto = upto;
	if (f->upto - f->at >= CHUNK)
		pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
}

void
follow_restart(struct follow *f)
{
	pthread_mutex_lock(&f->lock);
	f->upto = f->at = 0;
	f->restart = 1;
	f->error.code = 0;
	pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
}

int
follow_finish(
    struct follow *f, char sha256[HASH_HEX_MAX], char sha1[HASH_HEX_MAX])
{
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	f->finish = 1;
	pthread_cond_signal(&f->work);
	while (f->error.code == 0 && (f->restart || f->at < f->upto))
		pthread_cond_wait(&f->done, &f->lock);
	f->finish = 0;
	if (f->error.code < 0)
		rc = err_restore(&f->error);
	pthread_mutex_unlock(&f->lock);
	if (rc < 0)
		return rc;
	hash_hex(f->sha256, sha256);
	if (f->sha1 != NULL)
		hash_hex(f->sha1, sha1);
	follow_restart(f); /* hash_hex began the hashes anew */
	return 0;
}

void
follow_close(struct follow *f)
{
	if (f == NULL)
		return;
	if (f->quit == 0) {
		pthread_mutex_lock(&f->lock);
		f->quit = 1;
		pthread_cond_signal(&f->work);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	pthread_cond_destroy(&f->work);
	pthread_cond_destroy(&f->done);
	pthread_mutex_destroy(&f->lock);
	hash_free(f->sha256);
	hash_free(f->sha1);
	mem_free(f->chunk);
	mem_free(f);
}
