/* Tables as lists: see columns.h. */
#include "dset/plan/columns.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "file/file.h"
#include "file/quote.h"

static const size_t table_bytes_max = (size_t)2 << 30;

/* ---- what is wanted ---- */

static void
add_label(struct dset_columns *c, size_t *cap, const char *s, size_t n)
{
	mem_grow(&c->label, cap, c->nlabels + 1);
	c->label[c->nlabels++] = mem_strndup(s, n);
}

/* "A+B" */
static void
parse_labels(struct dset_columns *c, const char *s, size_t n)
{
	size_t cap = 0, len;

	c->all = n == 1 && *s == '*';
	for (; !c->all && n > 0; s += len, n -= len) {
		const char *plus = memchr(s, '+', n);

		len = plus != NULL ? (size_t)(plus - s) : n;
		add_label(c, &cap, s, len);
		len += plus != NULL;
	}
}

int
dset_columns_parse(struct dset_columns *out, const char *spec)
{
	const char *s = spec, *end, *is;

	*out = (struct dset_columns){ 0 };
	for (;; s = end + 1) {
		size_t n;

		end = s + strcspn(s, ",");
		is = memchr(s, '=', (size_t)(end - s));
		if (is == NULL || is + 1 == end)
			break;
		n = (size_t)(end - is - 1);
		if (strncmp(s, "path=", 5) == 0 && out->path == NULL)
			out->path = mem_strndup(is + 1, n);
		else if (strncmp(s, "split=", 6) == 0 && out->split == NULL)
			out->split = mem_strndup(is + 1, n);
		else if (strncmp(s, "label=", 6) == 0 && out->nlabels == 0)
			parse_labels(out, is + 1, n);
		else
			break;
		if (*end != '\0')
			continue;
		if (out->nlabels > 0 || out->all)
			return 0;
		break;
	}
	dset_columns_clear(out);
	return err_set(ERR_USAGE,
	    "--columns %s: path=NAME,label=NAME,split=NAME is wanted, of which label is needed",
	    spec);
}

void
dset_columns_clear(struct dset_columns *c)
{
	for (size_t i = 0; i < c->nlabels; i++)
		mem_free(c->label[i]);
	mem_free(c->label);
	mem_free(c->path);
	mem_free(c->split);
	*c = (struct dset_columns){ 0 };
}

bool
dset_columns_several(const struct dset_columns *c)
{
	return c->all || c->nlabels > 1;
}

/* ---- rows ---- */

struct table {
	const struct dset_columns *c;
	const char *at, *end;
	char delimiter; /* ' ': any blanks */
	size_t line;    /* of the row that was read last, from 1 */
	size_t next_line;
	char **field; /* of that row, into text */
	size_t n, cap;
	struct buf text; /* the fields, a 0 behind each */
	int path, split; /* the numbers of the columns; -1: none */
	int *label;
	size_t nlabels, width; /* how many columns rows have */
};

/* A field that stands between quotes; at is behind the first of them. */
static int
quoted(struct table *t)
{
	for (;; t->at++) {
		if (t->at == t->end)
			return err_set(
			    ERR_FORMAT, "the file ends within quotes");
		if (*t->at == '"') {
			t->at++;
			if (t->at == t->end || *t->at != '"')
				return 0;
		}
		t->next_line += *t->at == '\n';
		TRY(buf_addc(&t->text, *t->at));
	}
}

static bool
ends_row(const struct table *t)
{
	return t->at == t->end || *t->at == '\n';
}

static int
read_field(struct table *t)
{
	const char d = t->delimiter;

	if (d != ' ' && t->at < t->end && *t->at == '"') {
		t->at++;
		TRY(quoted(t));
	}
	while (!ends_row(t) && *t->at != d && !(d == ' ' && *t->at == '\t')) {
		if (*t->at != '\r')
			TRY(buf_addc(&t->text, *t->at));
		t->at++;
	}
	return buf_addc(&t->text, '\0');
}

/* The next row that is not empty: 1; 0 at the end. */
static int
next_row(struct table *t)
{
	size_t i, from;

	do {
		buf_reset(&t->text);
		t->n = 0;
		if (t->at == t->end)
			return 0;
		t->line = t->next_line;
		while (!ends_row(t)) {
			if (t->delimiter == ' ')
				t->at += strspn(t->at, " \t\r");
			if (ends_row(t))
				break;
			TRY(read_field(t));
			if (++t->n > COLUMNS_MAX)
				return err_set(ERR_RANGE,
				    "line %zu: more than %d columns", t->line,
				    COLUMNS_MAX);
			/* Behind the last delimiter there is one more. */
			if (ends_row(t) || t->delimiter == ' ')
				continue;
			t->at++;
			if (ends_row(t)) {
				TRY(buf_addc(&t->text, '\0'));
				t->n++;
			}
		}
		t->at += t->at < t->end;
		t->next_line++;
	} while (t->n == 0 || (t->n == 1 && *t->text.data == '\0'));
	mem_grow(&t->field, &t->cap, t->n);
	for (i = from = 0; i < t->n; i++) {
		t->field[i] = t->text.data + from;
		from += strlen(t->field[i]) + 1;
	}
	return 1;
}

/* The delimiter of the line that names the columns. */
static char
find_delimiter(const char *at, const char *end)
{
	const char *stop = memchr(at, '\n', (size_t)(end - at));
	size_t n = (size_t)((stop != NULL ? stop : end) - at);

	return memchr(at, '\t', n) != NULL ? '\t'
	    : memchr(at, ',', n) != NULL   ? ','
	    : memchr(at, ';', n) != NULL   ? ';'
					   : ' ';
}

/* CelebA's first line: how many rows there are. */
static void
skip_count(struct table *t)
{
	const char *p = t->at;

	while (p < t->end && *p >= '0' && *p <= '9')
		p++;
	if (p == t->at)
		return;
	while (p < t->end && (*p == '\r' || *p == ' '))
		p++;
	if (p < t->end && *p == '\n') {
		t->at = p + 1;
		t->next_line++;
	}
}

/* ---- columns ---- */

/* shift: names begin with the second column. */
static int
find_column(
    int *out, char *const *name, size_t n, size_t shift, const char *wanted)
{
	int64_t number;

	for (size_t i = 0; i < n; i++)
		if (strcmp(name[i], wanted) == 0) {
			*out = (int)(i + shift);
			return 0;
		}
	if (num_int(&number, wanted, 1, (int64_t)(n + shift)) == 0) {
		*out = (int)number - 1;
		return 0;
	}
	return err_set(ERR_FORMAT,
	    "no column is called \"%s\": there are %s%s%s%s", wanted,
	    n > 0 ? name[0] : "none", n > 1 ? ", " : "", n > 1 ? name[1] : "",
	    n > 2 ? ", ..." : "");
}

static void
take_label(
    struct dset_rows_text *out, struct table *t, int column, const char *name)
{
	t->label[t->nlabels++] = column;
	out->names[out->nnames++] = mem_strdup(name);
}

/* Which columns these are, by the line of their names (n fields). */
static int
find_columns(struct dset_rows_text *out, struct table *t, char *const *name,
    size_t n, size_t shift)
{
	const struct dset_columns *c = t->c;
	int at;

	t->width = n + shift;
	t->path = 0;
	t->split = -1;
	if (c->path != NULL)
		TRY(find_column(&t->path, name, n, shift, c->path));
	if (c->split != NULL)
		TRY(find_column(&t->split, name, n, shift, c->split));
	t->label = mem_array(int, t->width + c->nlabels);
	out->names = mem_array(char *, t->width + c->nlabels);
	for (size_t i = 0; i < c->nlabels; i++) {
		TRY(find_column(&at, name, n, shift, c->label[i]));
		take_label(out, t, at, c->label[i]);
	}
	for (int i = 0; c->all && i < (int)t->width; i++)
		if (i != t->path && i != t->split && i >= (int)shift)
			take_label(out, t, i, name[(size_t)i - shift]);
	return t->nlabels > 0
	    ? 0
	    : err_set(ERR_FORMAT, "there are no columns of labels");
}

/* The names, and then the first row: it may have a column more. */
static int
read_head(struct dset_rows_text *out, struct table *t)
{
	char **name;
	size_t n, i;
	int rc;

	skip_count(t);
	t->delimiter = find_delimiter(t->at, t->end);
	rc = next_row(t);
	if (rc <= 0)
		return rc < 0 ? rc : err_set(ERR_FORMAT, "is empty");
	n = t->n;
	name = mem_array(char *, n + 1);
	for (i = 0; i < n; i++)
		name[i] = mem_strdup(t->field[i]);
	rc = next_row(t);
	if (rc > 0)
		rc = find_columns(out, t, name, n, t->n == n + 1);
	else if (rc == 0)
		rc = err_set(ERR_FORMAT, "has no rows below its first line");
	for (i = 0; i < n; i++)
		mem_free(name[i]);
	mem_free(name);
	return rc;
}

static int
part_of(const char *s)
{
	static const char *const names[][DSET_PARTS] = {
		{ "train", "val", "test" },
		{ "training", "validation", "testing" },
		{ "0", "1", "2" },
		{ "", "valid", "" },
		{ "", "dev", "" },
	};

	for (size_t i = 0; *s != '\0' && i < LENGTH(names); i++)
		for (int part = 0; part < DSET_PARTS; part++)
			if (strcasecmp(s, names[i][part]) == 0)
				return part;
	return -1;
}

/* A field as a word of a list, which TABs and line breaks end. */
static int
put_label(struct buf *b, char *s)
{
	s[strcspn(s, "\r\n")] = '\0';
	for (char *p = s; *p != '\0'; p++)
		if (*p == '\t')
			*p = ' ';
	return *s != '\0' ? buf_adds(b, s)
			  : err_set(ERR_FORMAT, "a label is empty");
}

static int
put_row(struct dset_rows_text *out, const struct table *t)
{
	int part = DSET_TRAIN;
	struct buf *b;
	size_t was;
	int rc = 0;

	if (t->n != t->width)
		return err_set(ERR_FORMAT, "%zu columns, and there are %zu",
		    t->n, t->width);
	if (t->split >= 0) {
		part = part_of(t->field[t->split]);
		if (part < 0)
			return err_set(ERR_FORMAT,
			    "\"%s\" is no part: train, val or test",
			    t->field[t->split]);
	}
	if (*t->field[t->path] == '\0')
		return err_set(ERR_FORMAT, "no path");
	b = &out->part[part];
	was = b->len;
	TRY(quote_name(b, t->field[t->path]));
	for (size_t i = 0; rc == 0 && i < t->nlabels; i++) {
		rc = buf_addc(b, i == 0 ? '\t' : ' ');
		if (rc == 0)
			rc = put_label(b, t->field[t->label[i]]);
	}
	if (rc < 0)
		b->len = was;
	else
		out->has[part] = true;
	return rc;
}

/* Empty lines up to that of the row, so that both have one number. */
static int
fill_up(struct dset_rows_text *out, size_t *lines, size_t line)
{
	for (; *lines < line; ++*lines)
		for (int part = 0; part < DSET_PARTS; part++)
			TRY(buf_addc(&out->part[part], '\n'));
	return 0;
}

int
dset_columns_text(struct dset_rows_text *out, const char *text, size_t n,
    const char *file, const struct dset_columns *c, const struct dset_bad *bad)
{
	struct table t = { .c = c, .end = text + n, .next_line = 1 };
	size_t lines = 1;
	int rc;

	*out = (struct dset_rows_text){ 0 };
	for (int part = 0; part < DSET_PARTS; part++)
		buf_init(&out->part[part], table_bytes_max);
	buf_init(&t.text, table_bytes_max);
	t.at = text + text_mark(text, n);
	rc = read_head(out, &t);
	rc = rc < 0 ? err_in(rc, "%s", file) : 1; /* the first row is there */
	while (rc > 0) {
		rc = fill_up(out, &lines, t.line);
		if (rc == 0 && put_row(out, &t) < 0)
			rc = dset_bad_tell(
			    bad, file, (int64_t)t.line, err_text());
		if (rc < 0)
			break;
		rc = next_row(&t);
		if (rc < 0)
			rc = err_in(rc, "%s", file);
	}
	if (rc == 0)
		rc = fill_up(out, &lines, t.line + 1);
	buf_clear(&t.text);
	mem_free(t.field);
	mem_free(t.label);
	return rc;
}

int
dset_columns_read(struct dset_rows_text *out, const char *file,
    const struct dset_columns *c, const struct dset_bad *bad)
{
	struct buf text;
	int rc;

	*out = (struct dset_rows_text){ 0 };
	buf_init(&text, table_bytes_max);
	rc = file_read_stream(&text, file);
	if (rc < 0)
		rc = err_in(rc, "list");
	else
		rc = dset_columns_text(
		    out, buf_str(&text), text.len, file, c, bad);
	buf_clear(&text);
	return rc;
}

void
dset_rows_text_clear(struct dset_rows_text *t)
{
	for (int part = 0; part < DSET_PARTS; part++)
		buf_clear(&t->part[part]);
	for (size_t i = 0; i < t->nnames; i++)
		mem_free(t->names[i]);
	mem_free(t->names);
	*t = (struct dset_rows_text){ 0 };
}
