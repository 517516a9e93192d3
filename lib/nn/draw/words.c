/* The words of a net's picture: what layers do, what they make, and its head. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "nn/draw/picture.h"
#include "nn/show/describe.h"

enum { SHAPES_MAX = 3 };

/* "7x7", "3x3x3"; v of n numbers. */
static void
put_sizes(struct buf *b, const int *v, int n)
{
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s%d", i > 0 ? "x" : "", v[i]);
}

static bool
all_one(const int *v, int n)
{
	for (int i = 0; i < n; i++)
		if (v[i] != 1)
			return false;
	return true;
}

/* "3x3 / 2", with what else there is of dilation and groups. */
static void
put_conv(struct buf *b, const struct op_conv *c)
{
	buf_addc(b, ' ');
	put_sizes(b, c->kernel, c->nd);
	if (!all_one(c->stride, c->nd)) {
		buf_adds(b, " / ");
		put_sizes(b, c->stride,
		    all_one(c->stride + 1, c->nd - 1) ||
			    c->stride[0] == c->stride[c->nd - 1]
			? 1
			: c->nd);
	}
	if (!all_one(c->dilation, c->nd))
		buf_printf(b, ", dilation %d", c->dilation[0]);
	if (c->group > 1)
		buf_printf(b, ", %d groups", c->group);
}

static void
put_pool(struct buf *b, const struct op_pool *p)
{
	buf_adds(b, p->fn == POOL_MAX ? " max " : " mean ");
	put_sizes(b, p->kernel, 2);
	if (!all_one(p->stride, 2)) {
		buf_adds(b, " / ");
		put_sizes(b, p->stride, p->stride[0] == p->stride[1] ? 1 : 2);
	}
}

/* In which phases and stages alone it is: " (train)". */
static void
put_rules(struct buf *b, const Caffe__LayerParameter *p)
{
	const char *sep = " (";

	for (size_t i = 0; i < p->n_include; i++) {
		const Caffe__NetStateRule *r = p->include[i];

		for (size_t k = 0; k < r->n_stage; k++, sep = ", ")
			buf_printf(b, "%s%s", sep, r->stage[k]);
		if (r->n_stage == 0 && r->has_phase) {
			buf_printf(b, "%s%s", sep,
			    r->phase == CAFFE__PHASE__TRAIN ? "train" : "test");
			sep = ", ";
		}
	}
	if (sep[0] == ',')
		buf_addc(b, ')');
}

char *
net_words_kind(const struct layer *l)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_adds(&b, l->type->name);
	for (int i = l->op; i < l->op + l->nops; i++) {
		const struct op *op = graph_op(l->graph, i);

		if (op->kind == OP_CONV || op->kind == OP_CONV_DATA) {
			put_conv(&b, &op->a.conv);
			break;
		}
		if (op->kind == OP_POOL) {
			put_pool(&b, &op->a.pool);
			break;
		}
	}
	put_rules(&b, l->p);
	return buf_steal(&b);
}

char *
net_words_shapes(const struct layer *l)
{
	struct buf b;
	char s[SHAPE_TEXT_MAX];

	buf_init(&b, 4096);
	for (int i = 0; i < l->ntop && i < SHAPES_MAX; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    shape_text(s, graph_shape(l->graph, l->top[i])));
	if (l->ntop > SHAPES_MAX)
		buf_printf(&b, ", … (%d)", l->ntop);
	return b.len > 0 ? buf_steal(&b) : mem_strdup("");
}

static const char *
name_of(const struct net *n)
{
	return n->name != NULL && n->name[0] != '\0' ? n->name : "net";
}

void
net_words_head(struct net_picture *p, const struct net *n,
    const struct net_draw_opts *opts)
{
	char params[NUM_TEXT_MAX], macs[NUM_TEXT_MAX];
	struct net_line x;

	net_line(n, -1, &x);
	p->title = opts->diff != NULL
	    ? mem_printf("%s → %s", name_of(opts->diff->a), name_of(n))
	    : mem_strdup(name_of(n));
	p->sub = mem_printf("%s%s%s, %s parameters, %s multiply-adds",
	    opts->use != NULL ? opts->use : "", opts->use != NULL ? ": " : "",
	    NUM_COUNTED(n->nlayers, "layer"), num_count_text(params, x.params),
	    num_count_text(macs, x.macs));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
within(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

char *
net_words_range(const char *a, const char *b)
{
	const size_t na = strlen(a), nb = strlen(b);
	size_t same = 0, tail = 0;

	if (strcmp(a, b) == 0)
		return mem_strdup(a);
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	while (same > 0 && (within(a[same]) || within(b[same])))
		same--;
	while (same > 0 && is_digit(a[same - 1]))
		same--;
	while (tail < na - same && tail < nb - same &&
	    a[na - 1 - tail] == b[nb - 1 - tail])
		tail++;
	while (tail > 0 && (within(a[na - tail]) || is_digit(a[na - tail])))
		tail--;
	return mem_printf("%.*s{%.*s…%.*s}%s", (int)same, a,
	    (int)(na - same - tail), a + same, (int)(nb - same - tail),
	    b + same, a + na - tail);
}
