/* Options that have no effect as they were given, and what was given: see
 * opt.needs and prog_given in prog.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "prog/gate.h"
#include "prog/prog_int.h"

enum { WORD_MAX = 256 };

/* The rows of this process, for prog_given. */
static struct prog_row *kept;

/* The words of this process: the program, what the rows were given in its order, and
 * what it works on. */
static struct {
	struct word {
		struct prog_word option; /* name NULL: it is none, or short */
		char *text;
	} * v;
	size_t n, cap;
} words;

static void
rows_free(struct prog_row *rows)
{
	for (struct prog_row *r = rows; r != NULL && r->opt != NULL; r++) {
		mem_free(r->text);
		mem_free(r->was);
	}
	mem_free(rows);
}

void
prog_given_keep(struct prog_row *rows)
{
	rows_free(kept);
	kept = rows;
	if (rows != NULL)
		return;
	for (size_t i = 0; i < words.n; i++)
		mem_free(words.v[i].text);
	words.n = 0;
}

static void
add_word(struct prog_word option, char *text)
{
	mem_grow(&words.v, &words.cap, words.n + 1);
	words.v[words.n++] = (struct word){ option, text };
}

void
prog_words_add(char *word)
{
	add_word((struct prog_word){ .name = NULL }, word);
}

const char *const *
prog_words(void)
{
	static const char **texts;
	static size_t cap;

	if (words.n == 0)
		return NULL;
	mem_grow(&texts, &cap, words.n + 1);
	for (size_t i = 0; i < words.n; i++)
		texts[i] = words.v[i].text;
	texts[words.n] = NULL;
	return texts;
}

void
prog_given_note(struct prog_row *r, const char *arg, bool off)
{
	const struct prog_word option = { r->opt->name, arg, off };
	char was[WORD_MAX] = "";
	char *more;

	add_word(option,
	    option.name != NULL
		? prog_word_text(&option)
		: mem_printf("-%c%s", r->opt->c, arg != NULL ? arg : ""));
	if (r->opt->type == OPT_FLAG)
		arg = off ? "off" : "on";
	if (!r->given) {
		if (r->opt->type == OPT_FLAG)
			snprintf(was, sizeof(was), "%s",
			    *(bool *)r->dest ? "on" : "off");
		else
			prog_default(r, was, sizeof(was));
		r->was = mem_strdup(was);
	}
	if (r->opt->type == OPT_LIST && r->text != NULL) {
		more = mem_printf("%s,%s", r->text, arg != NULL ? arg : "");
		mem_free(r->text);
		r->text = more;
		return;
	}
	mem_free(r->text);
	r->text = mem_strdup(arg != NULL ? arg : "");
}

static const struct prog_row *
find_row(const struct prog_row *rows, const char *name, size_t n)
{
	for (const struct prog_row *r = rows; r != NULL && r->opt != NULL; r++)
		if (r->opt->name != NULL &&
		    strncmp(r->opt->name, name, n) == 0 &&
		    r->opt->name[n] == '\0')
			return r;
	return NULL;
}

const char *
prog_given(const char *name)
{
	const struct prog_row *r = find_row(kept, name, strlen(name));

	return r != NULL && r->given ? r->text : NULL;
}

void
prog_given_each(void (*f)(void *ctx, const struct prog_given *g), void *ctx)
{
	for (const struct prog_row *r = kept; r != NULL && r->opt != NULL; r++)
		if (r->given && r->opt->name != NULL)
			f(ctx,
			    &(struct prog_given){ r->opt->name, r->text, r->was,
				r->opt->needs != NULL &&
				    strstr(r->opt->needs, "=resume") != NULL });
}

void
prog_words_each(void (*f)(void *ctx, const struct prog_word *w), void *ctx)
{
	for (size_t i = 0; i < words.n; i++)
		if (words.v[i].option.name != NULL)
			f(ctx, &words.v[i].option);
}

char *
prog_word_text(const struct prog_word *w)
{
	if (w->arg != NULL)
		return mem_printf("--%s=%s", w->name, w->arg);
	return mem_printf("--%s%s", w->off ? "no-" : "", w->name);
}

static int
make_word(struct prog_word *w, const struct prog_row *r, const char *text)
{
	/* of the value, which is not kept */
	union {
		double number[2];
		struct opt_list list;
	} room = { .number = { 0, 0 } };
	struct prog_row one = { .opt = r->opt, .dest = &room };
	struct gate g;

	*w = (struct prog_word){ r->opt->name, text, false };
	if (r->opt->flags & OPT_GATE)
		return gate_parse(&g, text);
	if (r->opt->type != OPT_FLAG)
		return prog_value(&one, text);
	w->arg = NULL;
	w->off = strcmp(text, "off") == 0;
	return w->off || strcmp(text, "on") == 0
	    ? 0
	    : err_set(ERR_USAGE, "%s: on or off", text);
}

int
prog_word_make(struct prog_word *w, const char *name, const char *text)
{
	const struct prog_row *r = find_row(kept, name, strlen(name));

	if (r == NULL || r->opt->type == OPT_COUNT)
		return prog_unknown_option(kept, name, strlen(name));
	if (make_word(w, r, text) < 0)
		return err_in(ERR_USAGE, "--%s", name);
	return 0;
}

/* Does an option of OPT_VALUES stand for the one of this name (of n bytes)? */
static bool
stood_for(const struct prog_row *rows, const char *name, size_t n)
{
	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		const struct opt_list *l = r->dest;

		for (size_t i = 0; (r->opt->flags & OPT_VALUES) && i < l->n;
		     i++)
			if (strncmp(l->v[i], name, n) == 0 && l->v[i][n] == '=')
				return true;
	}
	return false;
}

/* Is the option in use?  A flag: on; a choice, a text: there. */
static bool
in_use(const struct prog_row *r)
{
	if (r == NULL || !r->given)
		return false;
	return r->opt->type != OPT_FLAG || *(const bool *)r->dest;
}

/* Is the value of the option, given or not, one of a|b|c? */
static bool
has_value(const struct prog_row *r, const char *list)
{
	char now[WORD_MAX];
	size_t n = 0, len;

	if (r == NULL)
		return false;
	prog_default(r, now, sizeof(now));
	for (; *list != '\0'; list += len + (list[len] == '|')) {
		len = strcspn(list, "|");
		n = strlen(now);
		if (n == len && strncmp(list, now, n) == 0)
			return true;
	}
	return false;
}

/* One of NAME|NAME is in use. */
static bool
any_in_use(const struct prog_row *rows, const char *list)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == '|')) {
		len = strcspn(list, "|");
		if (in_use(find_row(rows, list, len)) ||
		    stood_for(rows, list, len))
			return true;
	}
	return false;
}

/* Those of a|b that are in use. */
static void
add_in_use(struct buf *b, const struct prog_row *rows, const char *list)
{
	const char *gap = "";
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == '|')) {
		len = strcspn(list, "|");
		if (!in_use(find_row(rows, list, len)) &&
		    !stood_for(rows, list, len))
			continue;
		buf_printf(b, "%s--%.*s", gap, (int)len, list);
		gap = " and ";
	}
}

/* "a|b|c" as "PREa, PREb or PREc". */
static void
add_list(struct buf *b, const char *list, const char *before)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == '|')) {
		const char *next, *gap = "";

		len = strcspn(list, "|");
		next = list[len] == '|' ? list + len + 1 : "";
		if (*next != '\0')
			gap = next[strcspn(next, "|")] == '|' ? ", " : " or ";
		buf_printf(b, "%s%.*s%s", before, (int)len, list, gap);
	}
}

/* One word of needs. */
static int
check_need(
    const struct prog_row *rows, const struct prog_row *r, const char *word)
{
	const char *eq = strchr(word, '=');
	const bool beside = word[0] == '!', never = beside && word[1] == '!';
	struct buf b;

	if (word[0] == '=') /* prog_given's reader sees to it */
		return 0;
	word += beside + never;
	if (beside           ? !any_in_use(rows, word)
		: eq != NULL ? stood_for(rows, word, (size_t)(eq - word)) ||
		    has_value(find_row(rows, word, (size_t)(eq - word)), eq + 1)
			     : any_in_use(rows, word))
		return 0;
	if (never)
		return err_set(ERR_USAGE, "--%s cannot be used with --%s",
		    r->opt->name, word);
	buf_init(&b, ERR_TEXT_MAX);
	if (beside) {
		add_in_use(&b, rows, word);
		log_warn(
		    "--%s has no effect beside %s", r->opt->name, buf_str(&b));
	} else {
		if (eq != NULL) {
			buf_printf(&b, "--%.*s ", (int)(eq - word), word);
			add_list(&b, eq + 1, "");
		} else {
			add_list(&b, word, "--");
		}
		log_warn("--%s has no effect: it needs %s", r->opt->name,
		    buf_str(&b));
	}
	buf_clear(&b);
	return 0;
}

/* All of the numbers of a text above 0 and below 1? */
static bool
are_shares(const char *text)
{
	char *end;

	for (;; text = end + 1) {
		const double v = strtod(text, &end);

		if (end == text || !(v > 0 && v < 1))
			return false;
		if (*end != ',')
			return *end == '\0';
	}
}

int
prog_needs_check(const struct prog_row *rows)
{
	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		const char *p = r->opt->needs;
		char word[WORD_MAX];

		if (!r->given)
			continue;
		if ((r->opt->flags & OPT_PERCENT) && are_shares(r->text))
			log_warn(
			    "--%s %s is less than one percent: for a quarter say 25",
			    r->opt->name, r->text);
		while (p != NULL && *p != '\0') {
			const size_t n = strcspn(p, " ");

			snprintf(word, sizeof(word), "%.*s", (int)n, p);
			TRY(check_need(rows, r, word));
			p += n + strspn(p + n, " ");
		}
	}
	return 0;
}
