/* The stack machine of pickles: see pickle.h. */
#include "tensors/pickle.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensors/pickle_op.h"

enum { PROTOCOL_MAX = 5 };

struct machine {
	struct arena *arena;
	const struct pickle_host *host;
	const uint8_t *at, *begin, *end;
	struct pickle_value **stack;
	size_t n, cap;
	size_t *marks; /* heights of the stack */
	size_t n_marks, marks_cap;
	struct pickle_value **memo;
	size_t n_memo, memo_cap;
};

struct pickle_value *
pickle_new(struct arena *a, enum pickle_kind kind)
{
	struct pickle_value *v = arena_take(a, sizeof(*v));

	v->kind = kind;
	return v;
}

int
pickle_is(const struct pickle_value *v, const char *text)
{
	return v->kind == PICKLE_TEXT && v->n == strlen(text) &&
	    memcmp(v->text, text, v->n) == 0;
}

struct pickle_value *
pickle_get(const struct pickle_value *v, const char *key)
{
	for (size_t i = 0; i + 1 < v->n; i += 2)
		if (pickle_is(v->items[i], key))
			return v->items[i + 1];
	return NULL;
}

/* ---- bytes ---- */

static int
take(const uint8_t **out, struct machine *m, uint64_t n)
{
	if (n > (uint64_t)(m->end - m->at))
		return err_set(ERR_FORMAT, "it breaks off");
	*out = m->at;
	m->at += n;
	return 0;
}

/* A number of so many bytes, the lowest first. */
static int
take_uint(uint64_t *out, struct machine *m, int bytes)
{
	const uint8_t *p = NULL;

	TRY(take(&p, m, (uint64_t)bytes));
	*out = 0;
	for (int i = 0; i < bytes; i++)
		*out |= (uint64_t)p[i] << 8 * i;
	return 0;
}

/* ---- the stack ---- */

static int
push(struct machine *m, struct pickle_value *v)
{
	mem_grow(&m->stack, &m->cap, m->n + 1);
	m->stack[m->n++] = v;
	return 0;
}

/* What is above the last mark. */
static size_t
floor_of(const struct machine *m)
{
	return m->n_marks > 0 ? m->marks[m->n_marks - 1] : 0;
}

static int
pop(struct pickle_value **out, struct machine *m)
{
	if (m->n <= floor_of(m))
		return err_set(ERR_FORMAT, "its stack is empty");
	*out = m->stack[--m->n];
	return 0;
}

static int
top(struct pickle_value **out, const struct machine *m)
{
	if (m->n <= floor_of(m))
		return err_set(ERR_FORMAT, "its stack is empty");
	*out = m->stack[m->n - 1];
	return 0;
}

static int
push_int(struct machine *m, enum pickle_kind kind, int64_t number)
{
	struct pickle_value *v = pickle_new(m->arena, kind);

	v->number = number;
	return push(m, v);
}

static int
push_text(struct machine *m, int length_bytes)
{
	struct pickle_value *v = NULL;
	const uint8_t *p = NULL;
	uint64_t n = 0;

	TRY(take_uint(&n, m, length_bytes));
	TRY(take(&p, m, n));
	v = pickle_new(m->arena, PICKLE_TEXT);
	v->text = (const char *)p;
	v->n = (size_t)n;
	return push(m, v);
}

/* Two's complement; of more than 8 bytes the bytes are kept. */
static int
push_long(struct machine *m, int length_bytes)
{
	uint64_t n = 0, u = 0;
	const uint8_t *p = NULL;

	TRY(take_uint(&n, m, length_bytes));
	if (n > 8) {
		m->at -= length_bytes;
		return push_text(m, length_bytes);
	}
	TRY(take(&p, m, n));
	for (uint64_t i = 0; i < n; i++)
		u |= (uint64_t)p[i] << 8 * i;
	if (n > 0 && n < 8 && p[n - 1] & 0x80)
		u |= ~(uint64_t)0 << 8 * n;
	return push_int(m, PICKLE_INT, (int64_t)u);
}

/* ---- what is made of several ---- */

static void
add_items(struct machine *m, struct pickle_value *v,
    struct pickle_value *const *from, size_t n)
{
	if (v->n + n > v->cap) {
		struct pickle_value **more;

		v->cap = v->cap * 2 > v->n + n ? v->cap * 2 : v->n + n;
		more = arena_take(m->arena, v->cap * sizeof(*more));
		if (v->n > 0)
			memcpy(more, v->items, v->n * sizeof(*more));
		v->items = more;
	}
	if (n > 0)
		memcpy(v->items + v->n, from, n * sizeof(*from));
	v->n += n;
}

/* The top n values, or all above the last mark for n < 0, into one of that kind. */
static int
gather(struct machine *m, enum pickle_kind kind, int n)
{
	struct pickle_value *v = pickle_new(m->arena, kind);
	size_t from;

	if (n < 0) {
		if (m->n_marks == 0)
			return err_set(ERR_FORMAT, "it has no mark");
		from = m->marks[--m->n_marks];
	} else {
		if (m->n - floor_of(m) < (size_t)n)
			return err_set(ERR_FORMAT, "its stack is empty");
		from = m->n - (size_t)n;
	}
	if (kind == PICKLE_DICT && (m->n - from) % 2 != 0)
		return err_set(ERR_FORMAT, "a key without a value");
	if (m->n > from) /* there may be no stack yet */
		add_items(m, v, m->stack + from, m->n - from);
	m->n = from;
	return push(m, v);
}

/* The same into the one below them, which is of that kind. */
static int
append(struct machine *m, enum pickle_kind kind, int n)
{
	struct pickle_value *v = NULL, *to = NULL;

	TRY(gather(m, kind, n));
	TRY(pop(&v, m));
	TRY(top(&to, m));
	if (to->kind != kind)
		return err_set(ERR_FORMAT, "items for what is no %s",
		    kind == PICKLE_DICT ? "dictionary" : "list");
	add_items(m, to, v->items, v->n);
	return 0;
}

/* ---- the memo ---- */

static int
memo_put(struct machine *m, uint64_t i)
{
	struct pickle_value *v = NULL;

	TRY(top(&v, m));
	/* each entry takes bytes of the pickle */
	if (i >= (uint64_t)(m->end - m->begin))
		return err_set(ERR_FORMAT, "memo %llu is out of range",
		    (unsigned long long)i);
	mem_grow(&m->memo, &m->memo_cap, (size_t)i + 1);
	while (m->n_memo <= i)
		m->memo[m->n_memo++] = NULL;
	m->memo[i] = v;
	return 0;
}

static int
memo_get(struct machine *m, int bytes)
{
	uint64_t i = 0;

	TRY(take_uint(&i, m, bytes));
	if (i >= m->n_memo || m->memo[i] == NULL)
		return err_set(ERR_FORMAT, "memo %llu is not there",
		    (unsigned long long)i);
	return push(m, m->memo[i]);
}

/* ---- what the host knows ---- */

static int
push_name(
    struct machine *m, const char *module, size_t n, const char *name, size_t k)
{
	struct pickle_value *v = pickle_new(m->arena, PICKLE_NAME);
	char *text = arena_take(m->arena, n + k + 2);

	memcpy(text, module, n);
	text[n] = '.';
	memcpy(text + n + 1, name, k);
	v->text = text;
	v->n = n + k + 1;
	if (memchr(text, '\0', v->n) != NULL)
		return err_set(ERR_FORMAT, "a name with a NUL byte");
	TRY(m->host->name(m->host->ctx, v));
	return push(m, v);
}

static int
take_line(const char **line, size_t *n, struct machine *m)
{
	const uint8_t *end = memchr(m->at, '\n', (size_t)(m->end - m->at));

	if (end == NULL)
		return err_set(ERR_FORMAT, "it breaks off");
	*line = (const char *)m->at;
	*n = (size_t)(end - m->at);
	m->at = end + 1;
	return 0;
}

static int
global(struct machine *m)
{
	const char *module = NULL, *name = NULL;
	size_t n = 0, k = 0;

	TRY(take_line(&module, &n, m));
	TRY(take_line(&name, &k, m));
	return push_name(m, module, n, name, k);
}

static int
stack_global(struct machine *m)
{
	struct pickle_value *name = NULL, *module = NULL;

	TRY(pop(&name, m));
	TRY(pop(&module, m));
	if (name->kind != PICKLE_TEXT || module->kind != PICKLE_TEXT)
		return err_set(ERR_FORMAT, "a name that is no text");
	return push_name(m, module->text, module->n, name->text, name->n);
}

static int
outside(struct machine *m)
{
	struct pickle_value *id = NULL, *v = NULL;

	TRY(pop(&id, m));
	TRY(m->host->outside(m->host->ctx, &v, id));
	return push(m, v);
}

static int
call(struct machine *m)
{
	struct pickle_value *args = NULL, *name = NULL, *v = NULL;

	TRY(pop(&args, m));
	TRY(pop(&name, m));
	if (name->kind != PICKLE_NAME || args->kind != PICKLE_TUPLE)
		return err_set(ERR_FORMAT, "it calls what is no name");
	TRY(m->host->call(m->host->ctx, &v, name, args));
	return push(m, v);
}

static int
build(struct machine *m)
{
	struct pickle_value *state = NULL, *v = NULL;

	TRY(pop(&state, m));
	TRY(top(&v, m));
	return m->host->build(m->host->ctx, v, state);
}

/* ---- one opcode ---- */

/* Numbers, texts and what else stands by itself. */
static int
step_value(struct machine *m, int op)
{
	const uint8_t *p = NULL;
	uint64_t u = 0;

	switch (op) {
	case OP_NONE: return push(m, pickle_new(m->arena, PICKLE_NONE));
	case OP_NEWTRUE: return push_int(m, PICKLE_BOOL, 1);
	case OP_NEWFALSE: return push_int(m, PICKLE_BOOL, 0);
	case OP_BININT:
		TRY(take_uint(&u, m, 4));
		return push_int(m, PICKLE_INT, (int32_t)(uint32_t)u);
	case OP_BININT1:
		TRY(take_uint(&u, m, 1));
		return push_int(m, PICKLE_INT, (int64_t)u);
	case OP_BININT2:
		TRY(take_uint(&u, m, 2));
		return push_int(m, PICKLE_INT, (int64_t)u);
	case OP_LONG1: return push_long(m, 1);
	case OP_LONG4: return push_long(m, 4);
	case OP_BINFLOAT: /* its value is of no use to files of weights */
		TRY(take(&p, m, 8));
		return push_int(m, PICKLE_FLOAT, 0);
	case OP_SHORT_BINSTRING:
	case OP_SHORT_BINBYTES:
	case OP_SHORT_BINUNICODE: return push_text(m, 1);
	case OP_BINSTRING:
	case OP_BINBYTES:
	case OP_BINUNICODE: return push_text(m, 4);
	case OP_BINBYTES8:
	case OP_BINUNICODE8: return push_text(m, 8);
	case OP_EMPTY_TUPLE: return gather(m, PICKLE_TUPLE, 0);
	case OP_EMPTY_LIST: return gather(m, PICKLE_LIST, 0);
	case OP_EMPTY_DICT: return gather(m, PICKLE_DICT, 0);
	case OP_GLOBAL: return global(m);
	}
	return err_set(ERR_FORMAT,
	    "opcode 0x%02x is none that files of weights have", (unsigned)op);
}

static int
pop_mark(struct machine *m)
{
	if (m->n_marks == 0)
		return err_set(ERR_FORMAT, "it has no mark");
	m->n = m->marks[--m->n_marks];
	return 0;
}

static int
step(struct machine *m, int op)
{
	struct pickle_value *v = NULL;
	uint64_t u = 0;

	switch (op) {
	case OP_PROTO:
		TRY(take_uint(&u, m, 1));
		return u <= PROTOCOL_MAX
		    ? 0
		    : err_set(
			  ERR_UNSUPPORTED, "protocol %d is not read", (int)u);
	case OP_FRAME: return take_uint(&u, m, 8);
	case OP_MARK:
		mem_grow(&m->marks, &m->marks_cap, m->n_marks + 1);
		m->marks[m->n_marks++] = m->n;
		return 0;
	case OP_POP: return pop(&v, m);
	case OP_POP_MARK: return pop_mark(m);
	case OP_DUP: TRY(top(&v, m)); return push(m, v);
	case OP_BINPUT: TRY(take_uint(&u, m, 1)); return memo_put(m, u);
	case OP_LONG_BINPUT: TRY(take_uint(&u, m, 4)); return memo_put(m, u);
	case OP_MEMOIZE: return memo_put(m, m->n_memo);
	case OP_BINGET: return memo_get(m, 1);
	case OP_LONG_BINGET: return memo_get(m, 4);
	case OP_TUPLE: return gather(m, PICKLE_TUPLE, -1);
	case OP_TUPLE1: return gather(m, PICKLE_TUPLE, 1);
	case OP_TUPLE2: return gather(m, PICKLE_TUPLE, 2);
	case OP_TUPLE3: return gather(m, PICKLE_TUPLE, 3);
	case OP_LIST: return gather(m, PICKLE_LIST, -1);
	case OP_DICT: return gather(m, PICKLE_DICT, -1);
	case OP_APPEND: return append(m, PICKLE_LIST, 1);
	case OP_APPENDS: return append(m, PICKLE_LIST, -1);
	case OP_SETITEM: return append(m, PICKLE_DICT, 2);
	case OP_SETITEMS: return append(m, PICKLE_DICT, -1);
	case OP_STACK_GLOBAL: return stack_global(m);
	case OP_BINPERSID: return outside(m);
	case OP_NEWOBJ:
	case OP_REDUCE: return call(m);
	case OP_BUILD: return build(m);
	}
	return step_value(m, op);
}

static int
steps(struct pickle_value **out, struct machine *m)
{
	while (m->at < m->end) {
		const uint8_t *before = m->at;
		const int op = *m->at++;
		int rc;

		if (op == OP_STOP)
			return pop(out, m);
		rc = step(m, op);
		if (rc < 0)
			return err_in(rc, "pickle: byte %zu",
			    (size_t)(before - m->begin));
	}
	return err_set(ERR_FORMAT, "pickle: it breaks off");
}

int
pickle_run(struct pickle_value **out, size_t *taken, struct arena *a,
    const void *p, size_t n, const struct pickle_host *host)
{
	struct machine m = { .arena = a, .host = host, .at = p, .begin = p };
	int rc;

	m.end = m.begin + n;
	rc = steps(out, &m);
	*taken = (size_t)(m.at - m.begin);
	mem_free(m.stack);
	mem_free(m.marks);
	mem_free(m.memo);
	return rc;
}
