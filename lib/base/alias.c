/* Hidden names and what the user knows them by: see alias.h. */
#include "base/alias.h"

#include <ctype.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

struct alias {
	struct alias *next;
	char *hidden, *shown;
};

static struct alias *all; /* newest first */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
hold(void)
{
	pthread_mutex_lock(&lock);
}

static void
let_go(void)
{
	pthread_mutex_unlock(&lock);
}

/* A child that is forked makes sentences too, and has the lock as it is then. */
static void
at_fork(void)
{
	pthread_atfork(hold, let_go, let_go);
}

/* Its link in the list, or the last one. */
static struct alias **
find_hidden(const char *hidden)
{
	struct alias **a = &all;

	while (*a != NULL && strcmp((*a)->hidden, hidden) != 0)
		a = &(*a)->next;
	return a;
}

void
alias_add(const char *hidden, const char *shown)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct alias *a;

	pthread_once(&once, at_fork);
	pthread_mutex_lock(&lock);
	a = *find_hidden(hidden);
	if (a == NULL) {
		a = mem_new(struct alias);
		a->hidden = mem_strdup(hidden);
		a->next = all;
		all = a;
	}
	mem_free(a->shown);
	a->shown = mem_strdup(shown);
	pthread_mutex_unlock(&lock);
}

void
alias_drop(const char *hidden)
{
	struct alias **a, *gone;

	if (hidden == NULL)
		return;
	pthread_mutex_lock(&lock);
	a = find_hidden(hidden);
	gone = *a;
	if (gone != NULL) {
		*a = gone->next;
		mem_free(gone->hidden);
		mem_free(gone->shown);
		mem_free(gone);
	}
	pthread_mutex_unlock(&lock);
}

/* Could c belong to the name that it stands beside? */
static bool
in_name(char c)
{
	return isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("._-", c) != NULL);
}

/* The first place at or after s where the name stands whole; text begins at
 * start. */
static const char *
find_word(const char *start, const char *s, const char *name)
{
	size_t n = strlen(name);

	for (; (s = strstr(s, name)) != NULL; s++)
		if (!in_name(s[n]) &&
		    (s == start || !in_name(name[0]) || !in_name(s[-1])))
			return s;
	return NULL;
}

char *
alias_shown(const char *text)
{
	const struct alias *a;
	const char *s;
	char *made = NULL, *more;
	size_t before;

	pthread_mutex_lock(&lock);
	/* A hidden name within a hidden folder is newer than the folder's. */
	for (a = all; a != NULL; a = a->next) {
		s = find_word(text, text, a->hidden);
		while (s != NULL) {
			before = (size_t)(s - text);
			more = mem_printf("%.*s%s%s", (int)before, text,
			    a->shown, s + strlen(a->hidden));
			mem_free(made);
			text = made = more;
			s = find_word(
			    text, text + before + strlen(a->shown), a->hidden);
		}
	}
	pthread_mutex_unlock(&lock);
	return made;
}
