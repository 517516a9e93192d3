/* Names, and where there are none yet: see source.h. */
#include "infer/source.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/text.h"
#include "dset/dset.h"
#include "dset/sources/source.h"
#include "file/deps.h"
#include "file/file.h"
#include "file/quote.h"
#include "file/sniff.h"
#include "image/image.h"
#include "infer/stream.h"

#define STDIN_NAME "standard input"

void
source_item_clear(struct source_item *it)
{
	mem_free(it->name);
	it->name = NULL;
	buf_clear(&it->bytes);
	it->truth = it->record = -1;
	it->failure.code = 0;
}

/* name is now the item's. */
static int
give(struct source_item *it, char *name, int truth, int64_t record)
{
	it->name = name;
	it->truth = truth;
	it->record = record;
	return 1;
}

/* "path with blanks 7" -> path, 7; without a number: -1. */
static int
split_label(char *line)
{
	size_t end = strlen(line), digits;
	int64_t v;

	while (end > 0 && isspace((unsigned char)line[end - 1]))
		line[--end] = '\0';
	digits = end;
	while (digits > 0 && isdigit((unsigned char)line[digits - 1]))
		digits--;
	if (digits == end || digits < 2 ||
	    !isspace((unsigned char)line[digits - 1]) ||
	    num_int(&v, line + digits, 0, INT32_MAX) < 0)
		return -1;
	while (digits > 0 && isspace((unsigned char)line[digits - 1]))
		line[--digits] = '\0';
	return digits == 0 ? -1 : (int)v;
}

/* "path with blanks old dog" -> path, the class of that name; without one: -1. */
static int
split_class(const struct source *src, char *line)
{
	const size_t len = strlen(line);
	const char *const *labels;
	size_t n;

	labels = infer_labels(src->s->infer, &n);
	for (size_t i = 0; i < n; i++) {
		size_t k = strlen(labels[i]);

		if (k == 0 || k + 2 > len ||
		    !isspace((unsigned char)line[len - k - 1]) ||
		    strcmp(line + len - k, labels[i]) != 0)
			continue;
		for (k = len - k; k > 0 && isspace((unsigned char)line[k - 1]);)
			line[--k] = '\0';
		return k > 0 ? (int)i : -1;
	}
	return -1;
}

static const char *
list_name(const struct source *src)
{
	const char *list = src->s->list;

	return list != NULL && strcmp(list, "-") != 0 ? list : STDIN_NAME;
}

/* Without the byte order mark and the carriage return of editors; names are no
 * page and not UTF-16. */
static int
tidy_line(const struct source *src, char **line)
{
	const char *what = NULL;
	size_t n = strlen(*line);

	if (src->lines.number == 1) {
		what = sniff(*line, n);
		if (what != NULL && strstr(what, "UTF-16") == NULL &&
		    strstr(what, "HTML") == NULL && strstr(what, "LFS") == NULL)
			what = NULL;
		*line += text_mark(*line, n);
	}
	n = strlen(*line);
	if (src->lines.delimiter == '\n' && n > 0 && (*line)[n - 1] == '\r')
		(*line)[n - 1] = '\0';
	return what == NULL
	    ? 0
	    : err_set(ERR_FORMAT, "%s: is %s, not a list of names",
		  list_name(src), what);
}

static int
next_line(struct source *src, struct source_item *it)
{
	const char *root = src->s->root;
	char *line = NULL, *plain = NULL, *name;
	int rc, truth;

	do {
		rc = names_next(&src->lines, &line);
		if (rc < 0 && rc != ERR_STOPPED)
			return err_in(rc, "%s", list_name(src));
		if (rc != 1)
			return rc;
		TRY(tidy_line(src, &line));
	} while (line[strspn(line, " \t")] == '\0');
	truth = src->labelled ? split_label(line) : -1;
	if (truth >= 0) /* 0 where 1 is the first: no class has it */
		truth = truth >= src->s->first_label
		    ? truth - src->s->first_label
		    : ANSWER_NO_CLASS;
	else if (src->labelled)
		truth = split_class(src, line);
	if (src->lines.delimiter == '\n')
		plain = quote_read(line);
	if (plain != NULL)
		line = plain;
	name = root != NULL && !path_is_url(line) ? file_below(root, line)
						  : mem_strdup(line);
	mem_free(plain);
	if (src->lines.zero)
		err_save(&it->failure,
		    err_set(ERR_FORMAT,
			"a 0 byte in the line (-0 for lists that end lines so)"));
	return give(it, name, truth, src->lines.number);
}

static int
next_sample(struct source *src, struct source_item *it)
{
	struct sample one;
	int rc = samples_next(&src->samples, &one);

	if (rc != 1)
		return rc;
	it->bytes = one.bytes;
	it->failure = one.failure;
	return give(it, one.name, one.truth, -1);
}

static int
next_of_folder(struct source *src, struct source_item *it)
{
	if (src->in_folder >= src->folder.n)
		return 0;
	return give(
	    it, mem_strdup(src->folder.v[src->in_folder++].path), -1, -1);
}

/* What stands for standard input among the operands. */
static int
begin_stdin(struct source *src, struct source_item *it)
{
	struct names *l = &src->lines;
	enum names_kind kind;
	int rc;

	names_init(l, STDIN_FILENO, src->s->nul ? '\0' : '\n');
	TRY(names_kind(&kind, l));
	if (kind == NAMES_LINES)
		return 0;
	l->fd = -1;
	if (kind == NAMES_ARCHIVE)
		return samples_open(&src->samples, STDIN_FILENO, STDIN_NAME,
		    l->b.data + l->at, l->b.len - l->at);
	buf_init(&it->bytes, IMAGE_MAX_FILE);
	rc = buf_add(&it->bytes, l->b.data + l->at, l->b.len - l->at);
	if (rc >= 0)
		rc = file_read(&it->bytes, "-");
	return rc < 0 ? err_in(rc, STDIN_NAME)
		      : give(it, mem_strdup("-"), -1, -1);
}

/* 1: it is an item, of which no picture comes. */
static int
begin_folder(struct source *src, struct source_item *it, const char *dir)
{
	int rc;

	if (dset_is(dir))
		rc = err_set(ERR_FORMAT,
		    "a data set, not a folder of pictures: name it by -d, or a database by --db");
	else {
		dset_list_clear(&src->folder);
		dset_list_init(&src->folder);
		src->in_folder = 0;
		rc = dset_source_walk(&src->folder, dir);
		if (rc == 0 && src->folder.n == 0)
			rc = err_set(ERR_FORMAT, "%s holds no pictures", dir);
	}
	if (rc == 0 || rc == ERR_STOPPED)
		return rc;
	err_save(&it->failure, rc);
	return give(it, mem_strdup(dir), -1, -1);
}

static int
next_operand(struct source *src, struct source_item *it)
{
	const char *name = src->s->names[src->next++];

	if (strcmp(name, "-") == 0)
		return begin_stdin(src, it);
	if (file_is_dir(name))
		return begin_folder(src, it, name);
	return give(it, mem_strdup(name), -1, -1);
}

int
source_next(struct source *src, struct source_item *it)
{
	source_item_clear(it);
	for (;;) {
		int rc = src->samples.archive != NULL ? next_sample(src, it)
		    : src->lines.fd >= 0              ? next_line(src, it)
						      : next_of_folder(src, it);

		if (rc != 0)
			return rc;
		if (src->lines.fd > STDIN_FILENO)
			close(src->lines.fd);
		src->lines.fd = -1;
		names_clear(&src->lines);
		archive_stream_close(src->samples.archive);
		src->samples.archive = NULL;
		if (src->labelled || src->next >= src->s->nnames)
			return 0;
		rc = next_operand(src, it);
		if (rc != 0)
			return rc;
	}
}

/* A list may be something else, on standard input as "-" may. */
static int
check_list(struct source *src)
{
	enum names_kind kind;
	int rc;

	rc = names_kind(&kind, &src->lines);
	if (rc < 0 && rc != ERR_STOPPED)
		return err_in(rc, "%s", list_name(src));
	if (rc < 0 || kind == NAMES_LINES)
		return rc;
	return err_set(ERR_FORMAT, "%s: is %s, not a list%s", list_name(src),
	    kind == NAMES_PICTURE ? "a picture" : "an archive",
	    src->lines.fd == STDIN_FILENO
		? "; the operand - takes it, instead of --list"
		: "");
}

int
source_open(struct source *src, const struct stream *s)
{
	int fd = STDIN_FILENO;

	*src = (struct source){ .s = s, .lines.fd = -1 };
	dset_list_init(&src->folder);
	if (s->list == NULL)
		return 0;
	if (strcmp(s->list, "-") != 0) {
		fd = file_open_stream(s->list);
		TRY(fd);
		deps_add(s->list);
	}
	src->labelled = true;
	names_init(&src->lines, fd, s->nul ? '\0' : '\n');
	return check_list(src);
}

void
source_close(struct source *src)
{
	if (src->s == NULL)
		return;
	if (src->lines.fd > STDIN_FILENO)
		close(src->lines.fd);
	names_clear(&src->lines);
	samples_close(&src->samples);
	dset_list_clear(&src->folder);
}

size_t
source_count(const struct stream *s)
{
	for (size_t i = 0; i < s->nnames; i++)
		if (strcmp(s->names[i], "-") == 0 || file_is_dir(s->names[i]))
			return 0;
	return s->nnames;
}

size_t
source_others(const struct source *src, const char **first)
{
	*first = src->samples.other;
	return src->samples.others;
}
