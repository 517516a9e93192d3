/* What fits into a terminal's line: see line.h. */
#include "base/progress/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void
progress_line_add(struct progress_line *l, int rank, const char *fmt, ...)
{
	struct progress_part *p = &l->parts[l->n];
	va_list ap;

	if (l->n == PROGRESS_PARTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	p->rank = rank;
	l->n += p->text[0] != '\0';
}

void
progress_line_split(
    struct progress_line *l, const char *text, const int *ranks, int nranks)
{
	for (int i = 0; *text != '\0'; i++) {
		const char *end = strstr(text, "  ");
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);

		progress_line_add(l,
		    i < nranks ? ranks[i] : ranks[nranks - 1] + i, "%.*s",
		    (int)n, text);
		text += n + strspn(text + n, " ");
	}
}

void
progress_line_put(struct buf *b, struct progress_line *l)
{
	int columns = 80, lines, width, used = -2, last;
	const size_t from = b->len;

	(void)text_terminal(STDERR_FILENO, &columns, &lines);
	width = columns - 1;
	for (int i = 0; i < l->n; i++)
		used += 2 + (int)text_columns(l->parts[i].text);
	while (used > width && l->n > 1) {
		last = 0;
		for (int i = 1; i < l->n; i++)
			if (l->parts[i].rank >= l->parts[last].rank)
				last = i;
		used -= 2 + (int)text_columns(l->parts[last].text);
		l->n--;
		memmove(&l->parts[last], &l->parts[last + 1],
		    (size_t)(l->n - last) * sizeof(l->parts[0]));
	}
	for (int i = 0; i < l->n; i++)
		buf_printf(b, "%s%s", i > 0 ? "  " : "", l->parts[i].text);
	if (used > width) {
		b->len = from + text_fit(b->data + from, (size_t)width);
		b->data[b->len] = '\0';
	}
}
