/* Hashing a file while it is written: see follow.h. */
#include "http/follow.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

struct follow {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	int fd;
	struct hash *sha256, *sha1; /* sha1 may be NULL */
	/* A ring: the receiver fills buffer[(first + handed) % FOLLOW_BUFFERS],
	 * the thread hashes buffer[first]. */
	char *buffer[FOLLOW_BUFFERS];
	char *back; /* what is read back */
	/* under lock */
	size_t length[FOLLOW_BUFFERS];
	unsigned first, handed;
	uint64_t upto; /* in the file */
	uint64_t at;   /* hashed: what is handed over begins here */
	int busy;      /* at work on bytes, without the lock */
	int hold;      /* begin nothing: what is there is to be forgotten */
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
read_back(struct follow *f, uint64_t at, size_t n)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = pread(f->fd, f->back + have, n - have, (off_t)(at + have));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys("read back what was fetched");
		if (r == 0)
			return err_set(ERR_IO,
			    "what was fetched is shorter than what was written");
		have += (size_t)r;
	}
	return 0;
}

static void
hash_bytes(struct follow *f, const char *p, size_t n)
{
	hash_add(f->sha256, p, n);
	if (f->sha1 != NULL)
		hash_add(f->sha1, p, n);
}

/* Bytes of the next piece: handed over, or to be read back; 0: none now. */
static size_t
next_piece(const struct follow *f)
{
	uint64_t n = f->upto - f->at;

	if (f->hold || f->error.code < 0)
		return 0;
	if (f->handed > 0)
		return f->length[f->first];
	return n < FOLLOW_BUFFER ? (size_t)n : FOLLOW_BUFFER;
}

/* The lock is held, but not while bytes are hashed. */
static void
take_bytes(struct follow *f, size_t n)
{
	int rc = 0, handed = f->handed > 0;
	const char *p = handed ? f->buffer[f->first] : f->back;
	uint64_t at = f->at;

	f->busy = 1;
	pthread_mutex_unlock(&f->lock);
	if (!handed)
		rc = read_back(f, at, n);
	if (rc == 0)
		hash_bytes(f, p, n);
	pthread_mutex_lock(&f->lock);
	f->busy = 0;
	if (rc < 0)
		err_save(&f->error, rc);
	f->at += n;
	if (handed) {
		f->first = (f->first + 1) % FOLLOW_BUFFERS;
		f->handed--;
	}
	pthread_cond_signal(&f->done);
}

static void *
work(void *ctx)
{
	struct follow *f = ctx;
	size_t n;

	pthread_mutex_lock(&f->lock);
	while (!f->quit) {
		n = next_piece(f);
		if (n > 0)
			take_bytes(f, n);
		else
			pthread_cond_wait(&f->work, &f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

int
follow_open(struct follow **out, int fd, int sha1)
{
	struct follow *f = mem_new(struct follow);
	int i;

	f->fd = fd;
	f->sha256 = hash_new(HASH_SHA256);
	f->sha1 = sha1 ? hash_new(HASH_SHA1) : NULL;
	for (i = 0; i < FOLLOW_BUFFERS; i++)
		f->buffer[i] = mem_array(char, FOLLOW_BUFFER);
	f->back = mem_array(char, FOLLOW_BUFFER);
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

char *
follow_buffer(struct follow *f)
{
	char *p;

	pthread_mutex_lock(&f->lock);
	p = f->buffer[(f->first + f->handed) % FOLLOW_BUFFERS];
	pthread_mutex_unlock(&f->lock);
	return p;
}

void
follow_hand(struct follow *f, size_t n, uint64_t upto)
{
	uint64_t next; /* where the thread will be */
	unsigned i;

	pthread_mutex_lock(&f->lock);
	for (next = f->at, i = 0; i < f->handed; i++)
		next += f->length[(f->first + i) % FOLLOW_BUFFERS];
	if (next == upto - n && n > 0 && f->error.code == 0) {
		i = (f->first + f->handed++) % FOLLOW_BUFFERS;
		f->length[i] = n;
	}
	f->upto = upto;
	pthread_cond_signal(&f->work);
	while (f->handed == FOLLOW_BUFFERS)
		pthread_cond_wait(&f->done, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void
follow_advance(struct follow *f, uint64_t upto)
{
	pthread_mutex_lock(&f->lock);
	f->upto = upto;
	pthread_cond_signal(&f->work);
	pthread_mutex_unlock(&f->lock);
}

void
follow_restart(struct follow *f)
{
	pthread_mutex_lock(&f->lock);
	f->hold = 1;
	while (f->busy)
		pthread_cond_wait(&f->done, &f->lock);
	hashes_reset(f);
	f->hold = 0;
	f->handed = 0;
	f->upto = f->at = 0;
	f->error.code = 0;
	pthread_mutex_unlock(&f->lock);
}

int
follow_finish(
    struct follow *f, char sha256[HASH_HEX_MAX], char sha1[HASH_HEX_MAX])
{
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	while (f->error.code == 0 && f->at < f->upto)
		pthread_cond_wait(&f->done, &f->lock);
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
	int i;

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
	for (i = 0; i < FOLLOW_BUFFERS; i++)
		mem_free(f->buffer[i]);
	mem_free(f->back);
	mem_free(f);
}
