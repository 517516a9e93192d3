/* The worst mistakes, kept in order: see mistakes.h. */
#include "infer/classes/mistakes.h"

#include <string.h>

#include "base/mem.h"

void
mistakes_init(struct mistakes *m, size_t keep)
{
	m->v = mem_array(struct mistake, keep + 1);
	m->n = 0;
	m->keep = keep;
}

void
mistakes_clear(struct mistakes *m)
{
	for (size_t i = 0; i < m->n; i++)
		mem_free(m->v[i].name);
	mem_free(m->v);
	memset(m, 0, sizeof(*m));
}

/* Inserted by falling confidence; the last one falls off. */
void
mistakes_add(struct mistakes *m, const char *name, int truth, int answer,
    double confidence)
{
	size_t at = m->n;

	while (at > 0 && m->v[at - 1].confidence < confidence)
		at--;
	if (at >= m->keep)
		return;
	if (m->n == m->keep)
		mem_free(m->v[--m->n].name);
	memmove(m->v + at + 1, m->v + at, (m->n - at) * sizeof(*m->v));
	m->v[at] =
	    (struct mistake){ mem_strdup(name), truth, answer, confidence };
	m->n++;
}
