/*
 * The device as this machine's memory: with libs.c and feed.c what rt.h asks, so
 * that everything else of lib/cuda runs where there is no GPU.  For tests alone
 * (nnutils-cuda.so in the emulator's folder): slow and simple.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cuda/rt.h"

int cu_host_do(
    void *stream, int (*run)(const void *work), const void *work, size_t size);

/* A launch as it is recorded: what it does, and its arguments. */
struct launch {
	int (*run)(const void *work);
	void *work;
};

struct tape {
	struct launch *v;
	size_t n, cap;
};

enum { DEVICES = 4 };

struct cu_rt {
	int index;
	uint64_t waits;
	unsigned asked;    /* whether all is done */
	struct tape *tape; /* what is being recorded, or NULL */
};

/* NNUTILS_EMULATE_REFUSE: as a device that cannot record, and says so at the
 * begin, at a step, or at the end. */
static int
refuses(const char *at)
{
	const char *told = getenv("NNUTILS_EMULATE_REFUSE");

	if (told == NULL || strcmp(told, at) != 0)
		return 0;
	return err_set(ERR_DEVICE, "no recording (%s)", at);
}

/* All work on the stream comes by here. */
int
cu_host_do(
    void *stream, int (*run)(const void *work), const void *work, size_t size)
{
	struct tape *t = ((struct cu_rt *)stream)->tape;

	if (t == NULL)
		return run(work);
	TRY(refuses("step"));
	mem_grow(&t->v, &t->cap, t->n + 1);
	t->v[t->n].run = run;
	t->v[t->n].work = mem_array(char, size);
	memcpy(t->v[t->n++].work, work, size);
	return 0;
}

/* What waits for the device, or takes memory, cannot be part of a recording. */
static int
refuse_recording(const struct cu_rt *rt, const char *what)
{
	if (rt->tape == NULL)
		return 0;
	return err_set(ERR_DEVICE, "%s in a recording", what);
}

int
rt_count(int *n)
{
	*n = DEVICES;
	return 0;
}

static int
check_device(int index)
{
	if (index >= 0 && index < DEVICES)
		return 0;
	return err_set(ERR_DEVICE, "there is no GPU %d: this machine has %d",
	    index, DEVICES);
}

static size_t
memory(void)
{
	const char *mib = getenv("NNUTILS_EMULATE_MIB");

	return mib != NULL ? strtoul(mib, NULL, 10) << 20 : (size_t)1 << 33;
}

int
rt_info(struct device_info *out, int index)
{
	memset(out, 0, sizeof(*out));
	TRY(check_device(index));
	snprintf(out->name, sizeof(out->name), "emulated on this machine");
	snprintf(out->arch, sizeof(out->arch), "loops");
	snprintf(out->bus, sizeof(out->bus), "0000:00:00.0");
	out->units = 1;
	out->memory = out->free = memory();
	return 0;
}

int
rt_open(struct cu_rt **out, int index, char name[96])
{
	TRY(check_device(index));
	*out = mem_new(struct cu_rt);
	(*out)->index = index;
	snprintf(name, 96, "cuda emulated on this machine");
	return 0;
}

int
rt_open_like(struct cu_rt **out, const char *like, char name[96])
{
	(void)like;
	return rt_open(out, 0, name);
}

void
rt_close(struct cu_rt *rt)
{
	mem_free(rt);
}

void
rt_bus(const struct cu_rt *rt, char out[32])
{
	(void)rt;
	snprintf(out, 32, "0000:00:00.0");
}

int
rt_use(struct cu_rt *rt)
{
	(void)rt;
	return 0;
}

void *
rt_stream(struct cu_rt *rt)
{
	return rt;
}

/* NNUTILS_EMULATE_MIB: as a device with so much memory. */
void
rt_memory(struct cu_rt *rt, size_t *available, size_t *total)
{
	(void)rt;
	*available = *total = memory();
}

/* Not zeros, so that a kernel that forgets an element is found out: what rt.h
 * promises is zeros, which the caller of rt_alloc may rely on for `fixed`.
 * NNUTILS_EMULATE_FULL: without room for images to be held. */
int
rt_alloc(struct cu_rt *rt, void **out, size_t bytes, const char *what)
{
	TRY(refuse_recording(rt, what));
	if (strcmp(what, "images held") == 0 &&
	    getenv("NNUTILS_EMULATE_FULL") != NULL)
		return err_set(ERR_DEVICE, "%s: the device is full", what);
	TRY(mem_take(out, bytes + 1, 1, (size_t)1 << 36, what));
	memset(*out,
	    strcmp(what, "the net's values") == 0 ||
		    strcmp(what, "work space") == 0 ||
		    strcmp(what, "images held") == 0
		? 0xff
		: 0,
	    bytes);
	return 0;
}

void
rt_free(struct cu_rt *rt, void *p)
{
	(void)rt;
	mem_free(p);
}

int
rt_upload(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	TRY(rt_sync(rt));
	memcpy(to, from, bytes);
	return 0;
}

int
rt_download(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	return rt_upload(rt, to, from, bytes);
}

struct copy {
	void *to;
	const void *from;
	size_t bytes;
};

static int
copy(const void *work)
{
	const struct copy *c = work;

	memcpy(c->to, c->from, c->bytes);
	return 0;
}

int
rt_copy(struct cu_rt *rt, void *to, const void *from, size_t bytes)
{
	const struct copy c = { to, from, bytes };

	return cu_host_do(rt, copy, &c, sizeof(c));
}

uint64_t
rt_waits(const struct cu_rt *rt)
{
	return rt->waits;
}

int
rt_sync(struct cu_rt *rt)
{
	rt->waits++;
	return refuse_recording(rt, "waiting");
}

int
rt_side(struct cu_rt *rt, void **stream)
{
	*stream = rt;
	return 0;
}

int
rt_join(struct cu_rt *rt)
{
	(void)rt;
	return 0;
}

/* Not when first asked, as a device would not be. */
int
rt_done(struct cu_rt *rt)
{
	TRY(refuse_recording(rt, "asking"));
	return ++rt->asked % 3 == 0;
}

struct mean {
	struct plan_reducer *r;
	float *v;
	size_t n;
};

static int
mean(const void *work)
{
	const struct mean *m = work;

	return m->r->mean(m->r, m->v, m->n, NULL);
}

int
rt_mean(struct plan_reducer *r, float *v, size_t n, void *stream)
{
	const struct mean m = { r, v, n };

	return cu_host_do(stream, mean, &m, sizeof(m));
}

bool
rt_captures(const struct cu_rt *rt)
{
	(void)rt;
	return true;
}

int
rt_capture_begin(struct cu_rt *rt)
{
	TRY(refuse_recording(rt, "a recording"));
	TRY(refuses("begin"));
	rt->tape = mem_new(struct tape);
	return 0;
}

int
rt_capture_end(struct cu_rt *rt, void **out)
{
	const int rc = refuses("end");

	*out = rc < 0 ? NULL : rt->tape;
	if (rc < 0)
		rt_graph_free(rt, rt->tape);
	rt->tape = NULL;
	return rc;
}

int
rt_replay(struct cu_rt *rt, void *graph)
{
	const struct tape *t = graph;

	TRY(refuse_recording(rt, "a recording"));
	for (size_t i = 0; i < t->n; i++)
		TRY(t->v[i].run(t->v[i].work));
	return 0;
}

void
rt_graph_free(struct cu_rt *rt, void *graph)
{
	struct tape *t = graph;

	(void)rt;
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		mem_free(t->v[i].work);
	mem_free(t->v);
	mem_free(t);
}
