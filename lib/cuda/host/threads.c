/*
 * Threads of a group as coroutines.  One coroutine does thread after thread until
 * one has to wait; then another goes on with the rest: a kernel without
 * collectives needs one coroutine, one with collectives as many as threads.
 */
#include "cuda/host/threads.h"

#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/clones.h"
#include "base/err.h"
#include "base/mem.h"

enum { STACK = 1 << 17, WARP = 32 };

/* swapcontext asks the system for the signal mask each time; to go on where one
 * was before, setjmp is enough.  The sanitizers know the former alone. */
enum { SLOW = SANITIZED };

struct place {
	ucontext_t at;
	jmp_buf jump;
};

struct fiber {
	struct place at;
	size_t tid;
	bool made, waits;
};

struct cu_crew {
	size_t threads, group, room_size;
	cu_thread *run;
	const void *f;
	struct place home;
	struct fiber *fibers;
	struct fiber *now;
	char *stacks;
	void *room;
	float *values; /* of the collective, by thread */
	float result;
	size_t waiting, ended, begun;
	enum cu_meeting kind;
	int line;
	bool apart; /* threads came to different collectives */
	int other;
	struct cu_order order;
	size_t next;
};

static size_t
common(size_t a, size_t b)
{
	while (b != 0) {
		const size_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

struct cu_order
cu_host_order(size_t n, size_t salt)
{
	const uint64_t mixed =
	    ((uint64_t)salt + 1) * 0x9e3779b97f4a7c15U ^ n * 0xd1342543U;
	struct cu_order o = { n, 0, 0 };

	if (n < 2)
		return o;
	o.first = (size_t)(mixed >> 40) % n;
	o.step = (size_t)(mixed >> 20 & 0xfffff) % n;
	while (o.step == 0 || common(n, o.step) != 1)
		o.step = (o.step + 1) % n;
	return o;
}

/* From here, which is `from`, to where `to` is. */
static void
leave(struct place *from, struct place *to, bool began)
{
	if (SLOW)
		swapcontext(&from->at, &to->at);
	else if (_setjmp(from->jump) != 0)
		return;
	else if (began)
		_longjmp(to->jump, 1);
	else
		setcontext(&to->at);
}

/* All threads that nobody has begun, one after the other. */
static void
work(struct cu_crew *c)
{
	while (c->begun < c->threads) {
		const size_t tid = c->next;

		c->next = cu_host_next(&c->order, tid);
		c->begun++;
		c->now->tid = tid;
		c->run(c->f, c->group, tid, c);
		c->ended++;
	}
}

/* makecontext gives ints: the halves of a pointer. */
static void
thread_begin(unsigned high, unsigned low)
{
	struct cu_crew *c = (struct cu_crew *)((uintptr_t)high << 32 | low);

	for (;;) {
		work(c);
		leave(&c->now->at, &c->home, true);
	}
}

static void
go(struct cu_crew *c, struct fiber *f)
{
	const uintptr_t p = (uintptr_t)c;
	const bool began = f->made;
	ucontext_t *at = &f->at.at;

	if (!began) {
		getcontext(at);
		at->uc_stack.ss_sp =
		    c->stacks + (size_t)(f - c->fibers) * STACK;
		at->uc_stack.ss_size = STACK;
		at->uc_link = NULL;
		makecontext(at, (void (*)(void))thread_begin, 2,
		    (unsigned)(p >> 32), (unsigned)p);
		f->made = true;
	}
	c->now = f;
	leave(&c->home, &f->at, began);
}

static float
fold_lane(float a, float b, enum cu_meeting kind)
{
	return kind == CU_MAX ? fmaxf(a, b) : a + b;
}

/* As each.cuh does on the device: butterflies of a warp, then warp by warp. */
static float
folded(float *v, size_t n, enum cu_meeting kind)
{
	float all = 0;

	for (size_t w = 0; w < n; w += WARP) {
		for (size_t d = WARP / 2; d > 0; d /= 2)
			for (size_t i = 0; i < d; i++)
				v[w + i] =
				    fold_lane(v[w + i], v[w + i + d], kind);
		all = w == 0 ? v[0] : fold_lane(all, v[w], kind);
	}
	return all;
}

float
cu_host_meet(
    struct cu_crew *c, size_t tid, enum cu_meeting kind, int line, float v)
{
	struct fiber *me = c->now;

	if (c->waiting == 0) {
		c->kind = kind;
		c->line = line;
	} else if (c->kind != kind || c->line != line) {
		c->apart = true;
		c->other = line;
	}
	c->values[tid] = v;
	c->waiting++;
	me->waits = true;
	leave(&me->at, &c->home, true);
	return c->result;
}

void *
cu_host_room(struct cu_crew *c)
{
	return c->room;
}

void
cu_host_aligned(const void *p, size_t bytes)
{
	if ((uintptr_t)p % (bytes < 16 ? bytes : 16) == 0)
		return;
	fprintf(stderr, "a kernel takes %zu bytes at %p\n", bytes, p);
	abort();
}

static int
together(const struct cu_crew *c)
{
	if (c->apart)
		return err_set(ERR_DEVICE,
		    "threads of group %zu part ways: some are at line %d, others at line %d",
		    c->group, c->line, c->other);
	if (c->ended > 0)
		return err_set(ERR_DEVICE,
		    "threads of group %zu part ways: %zu wait at line %d, %zu have ended",
		    c->group, c->waiting, c->line, c->ended);
	return 0;
}

static int
run_group(struct cu_crew *c, size_t group)
{
	size_t n = 0;

	c->group = group;
	c->waiting = c->ended = c->begun = 0;
	c->order = cu_host_order(c->threads, group);
	c->next = c->order.first;
	memset(c->room, 0xff, c->room_size);
	while (c->begun < c->threads)
		go(c, &c->fibers[n++]);
	for (size_t round = 1; c->waiting > 0; round++) {
		struct cu_order o = cu_host_order(n, group + round);

		TRY(together(c));
		if (c->kind != CU_SYNC)
			c->result = folded(c->values, c->threads, c->kind);
		c->waiting = 0;
		for (size_t k = 0, at = o.first;
		     k<n; k++, at = n> 1 ? cu_host_next(&o, at) : 0) {
			struct fiber *f = &c->fibers[at];

			if (!f->waits)
				continue;
			f->waits = false;
			go(c, f);
		}
	}
	return 0;
}

int
cu_host_groups(
    size_t n, size_t threads, size_t room, cu_thread *run, const void *f)
{
	const size_t bytes = threads * STACK;
	struct cu_order o = cu_host_order(n, threads);
	struct cu_crew c = {
		.threads = threads, .run = run, .f = f, .room_size = room
	};
	size_t at = o.first;
	int rc = 0;

	c.stacks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (c.stacks == MAP_FAILED)
		return err_sys("stacks of %zu threads", threads);
	c.fibers = mem_array(struct fiber, threads);
	c.values = mem_array(float, threads);
	c.room = mem_array(char, room + 1);
	for (size_t k = 0; k < n && rc == 0; k++) {
		rc = run_group(&c, at);
		at = n > 1 ? cu_host_next(&o, at) : 0;
	}
	mem_free(c.room);
	mem_free(c.values);
	mem_free(c.fibers);
	munmap(c.stacks, bytes);
	return rc;
}
