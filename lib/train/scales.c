/* Nets and plans of several sizes for one training: see scales.h. */
#include "train/scales.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "input/augment/rescale.h"
#include "train/session.h"

static const uint64_t scales_stream = 0x7363616c6573; /* "scales" */

/* One size. */
struct scale {
	int size[2]; /* height, width */
	bool own;    /* what there is without it: that is taken */
	struct feeds feeds;
	struct learner with; /* plan and metrics NULL: not made now */
};

struct scales {
	int n, largest; /* -1: there is none beside the training's own */
	struct scale *v;
	struct learner own; /* of the size of the data */
	int now;            /* -1: the own, which no turn was to */
	uint64_t bytes;     /* of the largest plan */
};

/* The number that stands before one of `ends`, which *at is left at. */
static int
take_number(int *out, const char **at, const char *ends)
{
	const size_t len = strcspn(*at, ends);
	char *one = mem_strndup(*at, len);
	int64_t v;
	const int rc = num_int(&v, one, 1, 65535);

	mem_free(one);
	*at += len;
	*out = rc < 0 ? 0 : (int)v;
	return rc;
}

static int
read_text(struct train_scales *o, const char *at)
{
	TRY(take_number(&o->min, &at, "-/@"));
	if (*at != '-')
		return err_set(ERR_USAGE,
		    "MIN-MAX, MIN-MAX/STEP or MIN-MAX/STEP@ITERATIONS is meant");
	at++;
	TRY(take_number(&o->max, &at, "/@"));
	if (*at == '/') {
		at++;
		TRY(take_number(&o->step, &at, "@"));
	}
	if (*at == '@') {
		at++;
		TRY(take_number(&o->every, &at, ""));
	}
	return 0;
}

int
scales_parse(struct train_scales *out, const char *text)
{
	struct train_scales o = { .step = SCALES_STEP, .every = SCALES_EVERY };

	memset(out, 0, sizeof(*out));
	if (text == NULL)
		return 0;
	if (read_text(&o, text) < 0)
		return err_in(ERR_USAGE, "--multi-scale %s", text);
	if (o.min % o.step != 0 || o.max % o.step != 0 || o.min > o.max)
		return err_set(ERR_USAGE,
		    "--multi-scale %s: MIN and MAX are multiples of %d, and MIN is not the larger one",
		    text, o.step);
	if (scales_count(&o) > SCALES_MOST)
		return err_set(ERR_USAGE,
		    "--multi-scale %s: %d sizes, %d are possible: give a larger STEP",
		    text, scales_count(&o), (int)SCALES_MOST);
	*out = o;
	return 0;
}

int
scales_count(const struct train_scales *o)
{
	return (o->max - o->min) / o->step + 1;
}

void
scales_size(
    int out[2], const struct train_scales *o, int i, const int nominal[2])
{
	const int side = o->min + i * o->step;
	const int tall = nominal[0] >= nominal[1];
	const int64_t other = nominal[tall ? 1 : 0],
		      most = nominal[tall ? 0 : 1];
	const int64_t times =
	    (other * side * 2 + most * o->step) / (2 * most * o->step);

	out[tall ? 0 : 1] = side;
	out[tall ? 1 : 0] = times < 1 ? o->step : (int)times * o->step;
}

int
scales_draw(const struct train_scales *o, uint64_t seed, int64_t iter)
{
	struct rng r;

	rng_at(&r, seed, scales_stream, (uint64_t)(iter / o->every));
	return (int)rng_below(&r, (uint64_t)scales_count(o));
}

static int
err_at(int rc, const int size[2])
{
	return rc < 0 ? err_in(rc, "--multi-scale: at %dx%d", size[1], size[0])
		      : rc;
}

/* The weights are those of the training's own net. */
static int
check_params(const struct net *n, const struct net *own)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];

	for (int i = 0; i < n->nparams; i++) {
		const struct net_param *p = &n->params[i];
		const struct shape *was = &own->params[i].shape;

		if (!shape_same(&p->shape, was))
			return err_set(ERR_FORMAT,
			    "layer %s has weights %s, and %s at the size of the data: only nets whose weights do not depend on the size can be trained at several",
			    n->layers[p->layer].name,
			    shape_text(have, &p->shape), shape_text(want, was));
	}
	return 0;
}

static int
open_net(struct scale *v, const struct session *s)
{
	TRY(session_net(s, v->size, &v->feeds, &v->with.net));
	TRY(check_params(v->with.net, s->net));
	return solver_new(&v->with.solver, v->with.net, s->job->solver);
}

/* Without the plan, which another may take the room of. */
static void
drop_plan(struct scale *v)
{
	if (v->own)
		return;
	metrics_free(v->with.metrics);
	plan_free(v->with.plan);
	v->with.metrics = NULL;
	v->with.plan = NULL;
}

static int
make_plan(struct scale *v, struct session *s)
{
	log_info("multi-scale: a plan for %dx%d", v->size[1], v->size[0]);
	TRY(session_plan(s, &v->with.plan, v->with.net, s->plan));
	return s->measure
	    ? 0
	    : metrics_new(&v->with.metrics, v->with.net, v->with.plan, false);
}

static uint64_t
bytes_of(const struct plan *p)
{
	struct plan_memory m;

	plan_memory(p, &m);
	return (uint64_t)m.values + m.workspace + m.later;
}

/* The sizes, of which one may be that of the data. */
static void
list_sizes(struct scales *c, const struct session *s, const int own[2])
{
	int64_t most = 0;

	c->n = scales_count(&s->job->scales);
	c->v = mem_array(struct scale, (size_t)c->n);
	c->largest = -1;
	c->own = s->now;
	for (int i = 0; i < c->n; i++) {
		struct scale *v = &c->v[i];

		scales_size(v->size, &s->job->scales, i, own);
		v->own = v->size[0] == own[0] && v->size[1] == own[1];
		if (v->own)
			v->with = c->own;
		else if ((int64_t)v->size[0] * v->size[1] > most) {
			most = (int64_t)v->size[0] * v->size[1];
			c->largest = i;
		}
	}
}

/* All nets, and the largest plan. */
static int
open_all(struct scales *c, struct session *s)
{
	struct scale *v = &c->v[c->largest < 0 ? 0 : c->largest];

	for (int i = 0; i < c->n; i++)
		if (!c->v[i].own)
			TRY(err_at(open_net(&c->v[i], s), c->v[i].size));
	if (c->largest < 0)
		return 0;
	TRY(err_at(make_plan(v, s), v->size));
	c->bytes = bytes_of(v->with.plan);
	return 0;
}

int
scales_open(struct scales **out, struct session *s)
{
	struct scales *c;
	int own[2], rc;

	if (!feeds_size(&s->feeds, own))
		return err_set(ERR_FORMAT,
		    "--multi-scale: no layer of the net gives pictures");
	c = mem_new(struct scales);
	c->now = -1;
	list_sizes(c, s, own);
	rc = open_all(c, s);
	if (rc < 0) {
		scales_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
scales_free(struct scales *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < c->n; i++) {
		if (c->v[i].own)
			continue;
		drop_plan(&c->v[i]);
		solver_free(c->v[i].with.solver);
		net_free(c->v[i].with.net);
		feeds_clear(&c->v[i].feeds);
	}
	mem_free(c->v);
	mem_free(c);
}

/* Room for one more, of which none needs more than the largest.  The one of now goes
 * as well: memory was asked for one beside the training's own. */
static void
make_room(struct scales *c, struct session *s)
{
	if (device_room(s->device) >= c->bytes + c->bytes / 8)
		return;
	s->now = c->own;
	c->now = -1;
	for (int i = 0; i < c->n; i++)
		drop_plan(&c->v[i]);
}

static int
drawn(const struct session *s)
{
	return scales_draw(&s->job->scales, s->job->seed, s->iter);
}

bool
scales_turns(const struct scales *c, const struct session *s)
{
	return c != NULL && drawn(s) != c->now;
}

int
scales_turn(struct scales *c, struct session *s)
{
	const int next = drawn(s);
	struct scale *v = &c->v[next];
	struct plan_scale scale;

	TRY(plan_scale_get(s->now.plan, &scale));
	if (v->with.plan == NULL) {
		make_room(c, s);
		TRY(err_at(make_plan(v, s), v->size));
	}
	if (scale.used)
		TRY(plan_scale_set(v->with.plan, &scale));
	feeder_aim(s->feeder, v->with.net);
	s->now = v->with;
	c->now = next;
	return 0;
}

void
scales_need(const struct scales *c, struct need *n, int iter_size)
{
	const uint64_t feeding = n->feeding;
	const struct plan *p;
	struct plan_memory m;

	if (c->largest < 0)
		return;
	p = c->v[c->largest].with.plan;
	need_add_plan(n, p);
	n->feeding = feeding; /* one feeder for all of them */
	plan_memory(p, &m);
	if (iter_size > 1)
		n->learning += m.later;
}
