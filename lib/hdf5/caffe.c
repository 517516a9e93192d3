/*
 * The layout of Caffe's HDF5 files of weights and solver states
 * (caffe/hdf5.h); single objects are h5.c's.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/hdf5_ops.h"
#include "caffe/msg.h"
#include "caffe/wire.h"
#include "hdf5/apart.h"
#include "hdf5/h5.h"

/* Groups within groups, blobs of a layer, arrays of a history. */
enum { DEPTH = 16, BLOBS_MAX = 64, HISTORY_MAX = 1 << 17 };

/* "0", "1", "12": a place below max; -1 for any other name. */
static int
place_of(const char *link, int max)
{
	int v = 0;

	if (link[0] == '0' && link[1])
		return -1;
	for (; *link >= '0' && *link <= '9'; link++) {
		v = v * 10 + *link - '0';
		if (v >= max)
			return -1;
	}
	return *link ? -1 : v;
}

/* Put blob i into a list, with gaps before it where there are none. */
static void
put_blob(Caffe__BlobProto ***v, size_t *n, size_t i, Caffe__BlobProto *b)
{
	while (*n <= i)
		caffe_add(v, n, caffe_new(Caffe__BlobProto, blob_proto));
	caffe_msg_free((*v)[i]);
	(*v)[i] = b;
}

/* ---- weights ---- */

struct walk {
	struct h5_in in;
	Caffe__NetParameter *net;
	Caffe__LayerParameter *layer; /* of the group we are in, or NULL */
	const char *name;             /* of that group: "a/b", "" for /data */
	int depth;
};

static int walk_group(struct walk *w, hid_t group, const char *name);

/* The layer of the group, made when its first blob is seen. */
static Caffe__LayerParameter *
this_layer(struct walk *w)
{
	if (w->layer == NULL) {
		w->layer = caffe_new(Caffe__LayerParameter, layer_parameter);
		caffe_set_str(w->layer, "name", w->name);
		caffe_add(&w->net->layer, &w->net->n_layer, w->layer);
	}
	return w->layer;
}

static int
visit_blob(struct walk *w, hid_t group, const char *link, const char *name)
{
	Caffe__LayerParameter *l;
	Caffe__BlobProto *b;
	int i = place_of(link, BLOBS_MAX);

	if (i < 0 || !*w->name)
		return err_set(ERR_FORMAT,
		    "%s: /data/%s: the name is not the number of a blob",
		    w->in.path, name);
	TRY(h5_read_blob(&b, &w->in, group, link, name));
	l = this_layer(w);
	put_blob(&l->blobs, &l->n_blobs, (size_t)i, b);
	return 0;
}

static int
visit(void *ctx, hid_t group, const char *link, H5I_type_t kind)
{
	struct walk *w = ctx, outer;
	char *name;
	hid_t sub;
	int rc;

	name = *w->name ? mem_printf("%s/%s", w->name, link) : mem_strdup(link);
	if (kind == H5I_GROUP) {
		outer = *w;
		sub = H5Gopen2(group, link, H5P_DEFAULT);
		rc = sub < 0 ? h5_fail(w->in.path, name, "a broken group")
			     : walk_group(w, sub, name);
		h5_close(sub);
		w->layer = outer.layer;
		w->name = outer.name;
		w->depth = outer.depth;
	} else {
		rc = visit_blob(w, group, link, name);
	}
	mem_free(name);
	return rc;
}

static int
walk_group(struct walk *w, hid_t group, const char *name)
{
	size_t before = w->net->n_layer;

	if (w->depth == DEPTH)
		return err_set(ERR_RANGE, "%s: more than %d groups deep",
		    w->in.path, DEPTH);
	w->depth++;
	w->layer = NULL;
	w->name = name;
	TRY(h5_each(&w->in, group, name, visit, w));
	/* an empty group is a layer without blobs */
	if (*name && w->net->n_layer == before)
		this_layer(w);
	return 0;
}

static int
read_weights(Caffe__NetParameter **out, const char *path)
{
	struct walk w = { 0 };
	hid_t data;
	int rc;

	*out = NULL;
	TRY(h5_open(&w.in, path));
	w.net = caffe_new(Caffe__NetParameter, net_parameter);
	data = H5Gopen2(w.in.file, "data", H5P_DEFAULT);
	rc = data < 0 ? h5_fail(path, "", "no group /data of weights")
		      : walk_group(&w, data, "");
	h5_close(data);
	h5_close(w.in.file);
	if (rc < 0)
		caffe_msg_free(w.net);
	else
		*out = w.net;
	return rc;
}

/* A name becomes groups: its parts must be names. */
static bool
name_fits(const char *name)
{
	const char *p = name;
	size_t n;

	for (;;) {
		n = strcspn(p, "/");
		if (n == 0 || (n == 1 && *p == '.'))
			return false;
		if (!p[n])
			return true;
		p += n + 1;
	}
}

static int
write_layer(struct h5_out *o, const Caffe__LayerParameter *l)
{
	const char *layer = l->name;
	char *name;
	size_t i;
	int rc;

	if (!name_fits(layer)) {
		if (l->n_blobs == 0)
			return 0;
		return err_set(ERR_UNSUPPORTED,
		    "%s: HDF5 cannot hold a layer named \"%s\"", o->path,
		    layer);
	}
	name = mem_printf("/data/%s", layer);
	rc = h5_write_group(o, name);
	mem_free(name);
	for (i = 0; i < l->n_blobs && rc >= 0; i++) {
		const Caffe__BlobProto *b = l->blobs[i];

		if (!b->n_data && !b->n_double_data && !b->raw_data.len)
			continue; /* shared with an earlier layer */
		name = mem_printf("/data/%s/%zu", layer, i);
		rc = h5_write_blob(o, name, b);
		mem_free(name);
	}
	return rc;
}

static int
hdf5_write_weights(const char *path, const Caffe__NetParameter *net, int force)
{
	struct h5_out o;
	size_t i;
	int rc;

	TRY(h5_create(&o, path, force));
	rc = h5_write_group(&o, "/data");
	for (i = 0; i < net->n_layer && rc >= 0; i++)
		rc = write_layer(&o, net->layer[i]);
	return h5_finish(&o, rc);
}

/* ---- solver states ---- */

struct history {
	struct h5_in in;
	Caffe__SolverState *state;
};

static int
visit_history(void *ctx, hid_t group, const char *link, H5I_type_t kind)
{
	struct history *h = ctx;
	Caffe__BlobProto *b;
	int i = place_of(link, HISTORY_MAX);

	(void)kind;
	if (i < 0)
		return err_set(ERR_FORMAT,
		    "%s: /history/%s: the name is not a number", h->in.path,
		    link);
	TRY(h5_read_blob(&b, &h->in, group, link, link));
	put_blob(&h->state->history, &h->state->n_history, (size_t)i, b);
	return 0;
}

/* Every place of the history must be there. */
static int
check_history(const struct history *h)
{
	size_t i;

	for (i = 0; i < h->state->n_history; i++)
		if (h->state->history[i]->shape == NULL)
			return err_set(ERR_FORMAT,
			    "%s: /history/%zu is missing", h->in.path, i);
	return 0;
}

static int
read_state(struct history *h)
{
	Caffe__SolverState *s = h->state;
	hid_t group;
	char *name;
	int rc;

	TRY(h5_read_int(&s->iter, &h->in, "/iter"));
	TRY(h5_read_int(&s->current_step, &h->in, "/current_step"));
	s->has_iter = s->has_current_step = 1;
	if (H5Lexists(h->in.file, "learned_net", H5P_DEFAULT) > 0) {
		TRY(h5_read_string(&name, &h->in, "/learned_net"));
		s->learned_net = name;
	}
	group = H5Gopen2(h->in.file, "history", H5P_DEFAULT);
	if (group < 0)
		return h5_fail(h->in.path, "", "no group /history");
	rc = h5_each(&h->in, group, "/history", visit_history, h);
	h5_close(group);
	return rc < 0 ? rc : check_history(h);
}

static int
read_states(Caffe__SolverState **out, const char *path)
{
	struct history h = { 0 };
	int rc;

	*out = NULL;
	TRY(h5_open(&h.in, path));
	h.state = caffe_new(Caffe__SolverState, solver_state);
	rc = read_state(&h);
	h5_close(h.in.file);
	if (rc < 0)
		caffe_msg_free(h.state);
	else
		*out = h.state;
	return rc;
}

static int
hdf5_write_state(const char *path, const Caffe__SolverState *state, int force)
{
	struct h5_out o;
	char name[64];
	size_t i;
	int rc;

	TRY(h5_create(&o, path, force));
	rc = h5_write_int(&o, "/iter", state->iter);
	if (rc >= 0 && state->learned_net != NULL)
		rc = h5_write_string(&o, "/learned_net", state->learned_net);
	if (rc >= 0)
		rc = h5_write_int(&o, "/current_step", state->current_step);
	if (rc >= 0)
		rc = h5_write_group(&o, "/history");
	for (i = 0; i < state->n_history && rc >= 0; i++) {
		snprintf(name, sizeof(name), "/history/%zu", i);
		rc = h5_write_blob(&o, name, state->history[i]);
	}
	return h5_finish(&o, rc);
}

/* ---- reading them apart ---- */

struct sending {
	ProtobufCBuffer base;
	FILE *out;
};

static void
send_bytes(ProtobufCBuffer *b, size_t n, const uint8_t *p)
{
	(void)!fwrite(p, 1, n, ((struct sending *)b)->out);
}

/* In the child: the message, which goes. */
static int
send_message(FILE *out, void *m)
{
	struct sending s = { { send_bytes }, out };

	h5_apart_answer(out, protobuf_c_message_get_packed_size(m));
	protobuf_c_message_pack_to_buffer(m, &s.base);
	caffe_msg_free(m);
	return 0;
}

static int
send_weights(void *ctx, const struct h5_ask *ask, FILE *out)
{
	Caffe__NetParameter *net;

	(void)ask;
	TRY(read_weights(&net, ctx));
	return send_message(out, net);
}

static int
send_state(void *ctx, const struct h5_ask *ask, FILE *out)
{
	Caffe__SolverState *state;

	(void)ask;
	TRY(read_states(&state, ctx));
	return send_message(out, state);
}

static int
take_message(struct h5_apart *a, ProtobufCMessage **out,
    const ProtobufCMessageDescriptor *type, const char *path)
{
	const struct h5_ask ask = { 0 };
	void *p = NULL;
	uint64_t n;
	int rc;

	TRY(h5_apart_ask(a, &ask, &n));
	TRY(mem_take(&p, n ? n : 1, 1, SIZE_MAX / 2, path));
	rc = h5_apart_take(a, p, n);
	if (rc >= 0)
		rc = caffe_wire_parse(out, type, p, n, path);
	mem_free(p);
	return rc;
}

static int
read_apart(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
    const char *path, h5_apart_fn *fn)
{
	struct h5_apart *a;
	char *name;
	int rc;

	*out = NULL;
	TRY(h5_readable(path));
	name = mem_strdup(path);
	rc = h5_apart_start(&a, path, fn, name);
	if (rc >= 0)
		rc = take_message(a, out, type, path);
	h5_apart_end(&a);
	mem_free(name);
	return rc;
}

static int
hdf5_read_weights(Caffe__NetParameter **out, const char *path)
{
	ProtobufCMessage *m;
	int rc = read_apart(
	    &m, &caffe__net_parameter__descriptor, path, send_weights);

	*out = (Caffe__NetParameter *)m;
	return rc;
}

static int
hdf5_read_state(Caffe__SolverState **out, const char *path)
{
	ProtobufCMessage *m;
	int rc =
	    read_apart(&m, &caffe__solver_state__descriptor, path, send_state);

	*out = (Caffe__SolverState *)m;
	return rc;
}

const struct caffe_hdf5_ops caffe_hdf5_ops = {
	.abi = CAFFE_HDF5_ABI,
	.read_weights = hdf5_read_weights,
	.write_weights = hdf5_write_weights,
	.read_state = hdf5_read_state,
	.write_state = hdf5_write_state,
};
