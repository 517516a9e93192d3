/* See walk.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/rows.h"
#include "onnx/walk.h"

static const char *
op_of(const Onnx__NodeProto *p)
{
	return p->op_type;
}

/* Put in front which node it is. */
static int
name_node(int rc, const Onnx__NodeProto *p, size_t i)
{
	if (p->name != NULL && p->name[0] != '\0')
		return err_in(rc, "node \"%s\" (%s)", p->name, op_of(p));
	if (p->n_output > 0 && p->output[0][0] != '\0')
		return err_in(rc, "the node that makes \"%s\" (%s)",
		    p->output[0], op_of(p));
	return err_in(rc, "node %zu (%s)", i, op_of(p));
}

static int
make_values(struct onnx_walk *w)
{
	size_t n = 0;

	if (w->made != NULL)
		return 0;
	for (size_t i = 0; i < w->nnodes; i++)
		n += w->nodes[i]->n_output;
	w->made = mem_array(struct onnx_value *, n + 1);
	w->first = mem_array(size_t, w->nnodes + 1);
	w->needed = mem_array(bool, w->nnodes + 1);
	for (size_t i = 0, at = 0; i < w->nnodes; i++) {
		const Onnx__NodeProto *p = w->nodes[i];

		w->first[i] = at;
		for (size_t k = 0; k < p->n_output; k++, at++) {
			int rc;

			if (p->output[k][0] == '\0')
				continue;
			w->made[at] = onnx_value_new(w->imp, p->output[k]);
			w->made[at]->graph = w->nodes;
			w->made[at]->node = i;
			rc =
			    onnx_scope_put(w->scope, p->output[k], w->made[at]);
			if (rc < 0)
				return name_node(rc, p, i);
		}
	}
	return 0;
}

/* Names that a list of nodes has yet to make. */
struct stack {
	const char **v;
	size_t n, cap;
};

static void
push(struct stack *s, const char *name)
{
	if (name == NULL || name[0] == '\0')
		return;
	mem_grow(&s->v, &s->cap, s->n + 1);
	s->v[s->n++] = name;
}

/* What the graphs in a node's attributes read may be of this graph. */
static void
push_inner(struct stack *s, const Onnx__GraphProto *g, int depth)
{
	if (g == NULL || depth > ONNX_DEPTH_MAX)
		return;
	for (size_t i = 0; i < g->n_node; i++) {
		const Onnx__NodeProto *p = g->node[i];

		for (size_t k = 0; k < p->n_input; k++)
			push(s, p->input[k]);
		for (size_t k = 0; k < p->n_attribute; k++)
			push_inner(s, p->attribute[k]->g, depth + 1);
	}
	for (size_t i = 0; i < g->n_output; i++)
		push(s, g->output[i]->name);
}

/* Which nodes are needed to make what is on the stack, which ends here. */
static int
mark(struct onnx_walk *w, struct stack *s)
{
	while (s->n > 0) {
		struct onnx_value *v = onnx_scope_find(w->scope, s->v[--s->n]);
		const Onnx__NodeProto *p;
		size_t i;

		if (v == NULL)
			continue; /* a node that reads it says so */
		v->uses++;
		v->left++;
		i = v->graph == w->nodes ? v->node : SIZE_MAX;
		if (i >= w->nnodes || w->needed[i])
			continue;
		w->needed[i] = true;
		p = w->nodes[i];
		for (size_t k = 0; k < p->n_input; k++)
			push(s, p->input[k]);
		for (size_t k = 0; k < p->n_attribute; k++)
			push_inner(s, p->attribute[k]->g, 0);
	}
	mem_free(s->v);
	return 0;
}

int
onnx_walk_outputs(struct onnx_walk *w, Onnx__ValueInfoProto *const *v, size_t n)
{
	struct stack s = { 0 };

	TRY(make_values(w));
	for (size_t i = 0; i < n; i++)
		push(&s, v[i]->name);
	return mark(w, &s);
}

int
onnx_walk_names(struct onnx_walk *w, char *const *names, size_t n)
{
	struct stack s = { 0 };

	TRY(make_values(w));
	for (size_t i = 0; i < n; i++)
		push(&s, names[i]);
	return mark(w, &s);
}

void
onnx_walk_clear(struct onnx_walk *w)
{
	mem_free(w->made);
	mem_free(w->first);
	mem_free(w->needed);
}

static bool
same_domain(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0 ||
	    (onnx_own_domain(a) && onnx_own_domain(b));
}

static const Onnx__FunctionProto *
function_of(const struct onnx_node *n)
{
	const Onnx__ModelProto *m = n->imp->file->model;

	for (size_t i = 0; i < m->n_functions; i++) {
		const Onnx__FunctionProto *f = m->functions[i];

		if (strcmp(f->name, n->op) == 0 &&
		    same_domain(f->domain, n->p->domain))
			return f;
	}
	return NULL;
}

/* The results of a function or branch are the node's. */
static int
take_results(struct onnx_node *n, const struct onnx_walk *w, char *const *names,
    size_t count)
{
	for (size_t i = 0; i < count && (int)i < n->nout; i++) {
		struct onnx_value *v = onnx_scope_find(w->scope, names[i]);

		if (v == NULL)
			return err_set(ERR_FORMAT,
			    "\"%s\" is not made inside of it", names[i]);
		n->out[i] = v;
	}
	return 0;
}

static int
walk_inside(
    struct onnx_node *n, struct onnx_walk *w, char *const *names, size_t count)
{
	int rc = ++n->imp->depth > ONNX_DEPTH_MAX
	    ? err_set(ERR_UNSUPPORTED, "functions more than %d deep",
		  ONNX_DEPTH_MAX)
	    : 0;

	if (rc >= 0)
		rc = onnx_walk_names(w, names, count);
	if (rc >= 0)
		rc = onnx_walk(w);
	if (rc >= 0)
		rc = take_results(n, w, names, count);
	n->imp->depth--;
	onnx_walk_clear(w);
	return rc;
}

/* A node that calls a function of the file: what that does, in its place. */
static int
call(struct onnx_node *n, const Onnx__FunctionProto *f)
{
	struct onnx_scope *s = onnx_scope_new(NULL);
	struct onnx_walk w = {
		.imp = n->imp,
		.scope = s,
		.nodes = f->node,
		.nnodes = f->n_node,
		.opset = n->opset,
		.inner = true,
	};
	const Onnx__AttributeProto **given =
	    mem_array(const Onnx__AttributeProto *,
		n->p->n_attribute + f->n_attribute_proto + 1);
	int rc = 0;

	for (size_t i = 0; i < f->n_opset_import; i++)
		if (onnx_own_domain(f->opset_import[i]->domain))
			w.opset = (int)f->opset_import[i]->version;
	for (size_t i = 0; i < n->p->n_attribute; i++) {
		const Onnx__AttributeProto *a =
		    onnx_attr(n, n->p->attribute[i]->name);

		if (a != NULL)
			given[w.nouter++] = a;
	}
	/* what the call leaves out */
	for (size_t i = 0; i < f->n_attribute_proto; i++)
		given[w.nouter++] = f->attribute_proto[i];
	w.outer = given;
	for (size_t i = 0; i < f->n_input && rc >= 0; i++)
		if ((int)i < n->nin && n->in[i] != NULL)
			rc = onnx_scope_put(s, f->input[i], n->in[i]);
	if (rc >= 0)
		rc = walk_inside(n, &w, f->output, f->n_output);
	mem_free(given);
	onnx_scope_free(s);
	return rc < 0 ? err_in(rc, "function %s", n->op) : 0;
}

/* The branch of an If whose condition is known. */
static int
branch(struct onnx_node *n)
{
	const struct onnx_array *cond;
	const Onnx__AttributeProto *a;
	struct onnx_walk w = { 0 };
	char **names;
	int rc;

	if (onnx_const(n, 0, &cond) < 0)
		return err_set(ERR_UNSUPPORTED,
		    "which of its branches is run depends on the data");
	a = onnx_attr(n,
	    cond->count > 0 && onnx_get(cond, 0) != 0 ? "then_branch"
						      : "else_branch");
	if (a == NULL || a->g == NULL)
		return err_set(ERR_FORMAT, "it has no such branch");
	w.imp = n->imp;
	w.scope = onnx_scope_new(n->scope);
	w.nodes = a->g->node;
	w.nnodes = a->g->n_node;
	w.opset = n->opset;
	w.inner = true;
	w.outer = n->outer;
	w.nouter = n->nouter;
	names = mem_array(char *, a->g->n_output + 1);
	for (size_t i = 0; i < a->g->n_output; i++)
		names[i] = a->g->output[i]->name;
	rc = onnx_take_initializers(n->imp, w.scope, a->g);
	if (rc >= 0)
		rc = walk_inside(n, &w, names, a->g->n_output);
	mem_free(names);
	onnx_scope_free(w.scope);
	return rc;
}

static bool
all_const(const struct onnx_node *n)
{
	for (int i = 0; i < n->nin; i++)
		if (n->in[i] != NULL &&
		    (!onnx_is_const(n->in[i]) || n->in[i]->rows > 0))
			return false;
	return true;
}

/* The same, or given from outside. */
static bool
all_known(const struct onnx_node *n)
{
	for (int i = 0; i < n->nin; i++)
		if (n->in[i] != NULL && !onnx_is_const(n->in[i]) &&
		    n->in[i]->given == NULL)
			return false;
	return true;
}

static int
fold(struct onnx_node *n, const struct onnx_op *op)
{
	struct onnx_array *out[16] = { 0 };
	int rc;

	if (n->nout > (int)LENGTH(out))
		return err_set(ERR_UNSUPPORTED, "%d outputs", n->nout);
	/* a small file shall not ask for all there is */
	if (n->imp->folded > 2 * onnx_fold_max + n->imp->file->size)
		return err_set(
		    ERR_RANGE, "constants of more numbers than the file has");
	rc = onnx_fold(n, op, out);
	for (int i = 0; i < n->nout; i++) {
		if (rc >= 0 && n->out[i] != NULL && out[i] != NULL) {
			struct onnx_value *v = n->out[i];

			n->imp->folded += out[i]->count;
			v->array = out[i];
			v->type = out[i]->type;
			v->dims.n = out[i]->n;
			for (int k = 0; k < out[i]->n; k++)
				v->dims.d[k] = onnx_int(out[i]->d[k]);
		} else
			onnx_array_free(out[i]);
	}
	return rc < 0 ? rc : 0;
}

static int
run(struct onnx_node *n)
{
	const Onnx__FunctionProto *f = function_of(n);
	const struct onnx_op *op;
	bool known;
	int rc;

	if (f != NULL)
		return call(n, f);
	op = onnx_op_of(n->p->domain, n->op);
	if (op == NULL && !onnx_own_domain(n->p->domain))
		return err_set(ERR_UNSUPPORTED,
		    "operator %s of the domain \"%s\" is not ONNX's, and the file does not say what it does",
		    n->op, n->p->domain);
	if (strcmp(n->op, "If") == 0)
		return branch(n);
	if (op == NULL)
		return err_set(
		    ERR_UNSUPPORTED, "operator %s is not offered", n->op);
	/* what handlers need not look at again */
	if (n->in[0] == NULL && strcmp(n->op, "Constant") != 0)
		return err_set(ERR_FORMAT, "input 0 is missing");
	known = op->emit == NULL || op->shapes || all_const(n);
	if (op->emit == NULL && !op->shapes && !all_known(n))
		return err_set(ERR_UNSUPPORTED,
		    "operator %s is offered for constants alone", n->op);
	rc = known ? 0 : onnx_rows_prepare(n);
	if (rc >= 0)
		rc = known ? fold(n, op) : op->emit(n);
	/* what depends on the batch size may be a layer nevertheless */
	if (known && rc == ERR_UNSUPPORTED && op->emit != NULL &&
	    n->imp->batch_free)
		rc = op->emit(n);
	TRY(rc);
	return onnx_rows_follow(n);
}

/* Look up what the node reads and makes. */
static int
connect(struct onnx_node *n, struct onnx_value **made)
{
	for (int i = 0; i < n->nin; i++) {
		const char *name = n->p->input[i];

		if (name[0] == '\0')
			continue;
		n->in[i] = onnx_scope_find(n->scope, name);
		if (n->in[i] == NULL)
			return err_set(ERR_FORMAT,
			    "its input \"%s\" is not made by any node and is no input or constant of the graph",
			    name);
		if (n->in[i]->blob == NULL && n->in[i]->input == NULL &&
		    !onnx_is_const(n->in[i]))
			return err_set(ERR_FORMAT,
			    "its input \"%s\" is made by a node that stands behind it, or by itself",
			    name);
	}
	for (int i = 0; i < n->nout; i++)
		n->out[i] = made[i];
	return 0;
}

/* What the node made in place of what was planned, and what nobody needs now. */
static int
settle(struct onnx_node *n, struct onnx_value **made)
{
	for (int i = 0; i < n->nout; i++) {
		struct onnx_value *v = made[i], *to = n->out[i];

		if (v == NULL || v->uses == 0)
			continue;
		if (to == NULL ||
		    (to->blob == NULL && to->input == NULL &&
			!onnx_is_const(to)))
			return err_set(
			    ERR_UNSUPPORTED, "its output %d is not offered", i);
		if (to == v)
			continue;
		/* the same under another name */
		v->type = to->type;
		v->tensor = to->tensor;
		v->blob = to->blob;
		v->input = to->input;
		v->dims = to->dims;
		v->learned = to->learned;
		v->rows = to->rows;
		v->rows_axis = to->rows_axis;
		if (to->tensor == NULL && to->array != NULL)
			v->array = onnx_array_copy(to->array);
	}
	for (int i = 0; i < n->nin; i++) {
		struct onnx_value *v = n->in[i];

		if (v != NULL && --v->left <= 0 && v->tensor != NULL) {
			onnx_array_free(v->array);
			v->array = NULL;
		}
	}
	return 0;
}

int
onnx_walk(struct onnx_walk *w)
{
	for (size_t i = 0; i < w->nnodes; i++) {
		Onnx__NodeProto *p = w->nodes[i];
		struct onnx_value **made = w->made + w->first[i];
		struct onnx_node n = {
			.imp = w->imp,
			.p = p,
			.op = op_of(p),
			.opset = w->opset,
			.nin = (int)p->n_input,
			.nout = (int)p->n_output,
			.scope = w->scope,
			.outer = w->outer,
			.nouter = w->nouter,
			.inner = w->inner,
		};
		int rc;

		if (!w->needed[i])
			continue;
		/* some NULLs behind, for optional inputs */
		n.in = mem_array(struct onnx_value *, p->n_input + 8);
		n.out = mem_array(struct onnx_value *, p->n_output + 1);
		rc = connect(&n, made);
		if (rc >= 0)
			rc = run(&n);
		if (rc >= 0)
			rc = settle(&n, made);
		mem_free(n.in);
		mem_free(n.out);
		if (rc < 0)
			return name_node(rc, p, i);
	}
	return 0;
}
