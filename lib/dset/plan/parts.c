/* Is it train, val and test, or are these classes?  See parts.h. */
#include "dset/plan/parts.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "dset/sources/source.h"
#include "dset/tasks/task.h"
#include "file/file.h"

enum { LEVELS_MAX = 4 };

static const struct {
	const char *name;
	enum dset_part part;
} words[] = {
	{ "train", DSET_TRAIN },
	{ "training", DSET_TRAIN },
	{ "val", DSET_VAL },
	{ "valid", DSET_VAL },
	{ "validation", DSET_VAL },
	{ "test", DSET_TEST },
	{ "testing", DSET_TEST },
};

/* The folders in a folder, sorted, or that pictures lie in it, and then perhaps not
 * all of its folders: it may hold a million. */
struct inside {
	char **dirs;
	size_t n, cap;
	bool pictures;
};

static void
inside_clear(struct inside *s)
{
	file_list_free(s->dirs, s->n);
	*s = (struct inside){ 0 };
}

static bool
entry_is_dir(const char *dir, const struct dirent *e)
{
	char *path;
	bool is;

	if (e->d_type == DT_REG || e->d_type == DT_DIR)
		return e->d_type == DT_DIR;
	path = path_join(dir, e->d_name);
	is = file_is_dir(path);
	mem_free(path);
	return is;
}

/* What cannot be looked at is told when it is scanned. */
static void
inside_look(struct inside *s, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	*s = (struct inside){ 0 };
	while (d != NULL && !s->pictures && (e = readdir(d)) != NULL) {
		if (dset_source_hidden(e->d_name))
			continue;
		if (entry_is_dir(dir, e)) {
			mem_grow(&s->dirs, &s->cap, s->n + 1);
			s->dirs[s->n++] = mem_strdup(e->d_name);
		} else {
			s->pictures = dset_source_picture(e->d_name) != 0;
		}
	}
	if (d != NULL)
		closedir(d);
	if (s->n > 1)
		qsort(s->dirs, s->n, sizeof *s->dirs, path_cmp);
}

static void
inside_look_below(struct inside *s, const char *dir, const char *name)
{
	char *path = path_join(dir, name);

	inside_look(s, path);
	mem_free(path);
}

/* Does it hold folders, and no pictures? */
static bool
holds_folders(const char *dir, const char *name)
{
	struct inside s;
	bool does;

	inside_look_below(&s, dir, name);
	does = s.n > 0 && !s.pictures;
	inside_clear(&s);
	return does;
}

/* The part that a folder is called after, or -1. */
static int
part_of(const char *name)
{
	for (size_t i = 0; i < LENGTH(words); i++)
		if (strcasecmp(name, words[i].name) == 0)
			return (int)words[i].part;
	return -1;
}

/*
 * The folder of each part, or NULL.  True where training is among them and each is
 * called so once and holds folders.  *all: every folder is called after a part.
 */
static bool
find_parts(const char *of[DSET_PARTS], bool *all, const struct inside *s,
    const char *dir)
{
	bool good = true;
	int part;

	memset(of, 0, DSET_PARTS * sizeof *of);
	*all = s->n > 0;
	for (size_t i = 0; i < s->n; i++) {
		part = part_of(s->dirs[i]);
		if (part < 0) {
			*all = false;
			continue;
		}
		good =
		    good && of[part] == NULL && holds_folders(dir, s->dirs[i]);
		of[part] = s->dirs[i];
	}
	return good && *all && of[DSET_TRAIN] != NULL;
}

static bool
below_are_parts(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	const char *of[DSET_PARTS];
	struct inside s;
	bool all, are;

	inside_look(&s, path);
	are = !s.pictures && find_parts(of, &all, &s, path);
	inside_clear(&s);
	mem_free(path);
	return are;
}

static const char *
below(struct arena *arena, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	const char *kept = arena_strdup(arena, path);

	mem_free(path);
	return kept;
}

static void
take_source(struct dset_plan_options *o, struct arena *arena, const char *dir)
{
	const char **source = arena_take(arena, sizeof *source);

	*source = dir;
	o->sources = source;
}

/* The folder of a part beside training's. */
static void
take_part(struct dset_plan_options *o, int part, const char *dir)
{
	const char *name = dset_part_name((enum dset_part)part);

	if (o->part_folder[part] != NULL || o->part_list[part] != NULL)
		log_warn("%s is left out: there is another %s part", dir, name);
	else if (o->percent_asked[part] && o->percent[part] == 0)
		log_warn("%s is left out, by --%s 0", dir, name);
	else {
		if (o->percent_asked[part])
			log_warn(
			    "--%s has no effect: %s is that part", name, dir);
		o->part_folder[part] = dir;
	}
}

static void
take_parts(struct dset_plan_options *o, const char *const of[DSET_PARTS],
    const char *dir, struct arena *arena)
{
	log_warn("%s: taken as parts, not as classes: %s%s%s%s%s", dir,
	    of[DSET_TRAIN], of[DSET_VAL] != NULL ? ", " : "",
	    of[DSET_VAL] != NULL ? of[DSET_VAL] : "",
	    of[DSET_TEST] != NULL ? ", " : "",
	    of[DSET_TEST] != NULL ? of[DSET_TEST] : "");
	for (int part = DSET_VAL; part < DSET_PARTS; part++)
		if (of[part] != NULL)
			take_part(o, part, below(arena, dir, of[part]));
	take_source(o, arena, below(arena, dir, of[DSET_TRAIN]));
}

/* Do all folders hold folders of the same names, of which there are several? */
static bool
all_alike(struct inside *first, const struct inside *s, const char *dir)
{
	struct inside other;
	bool alike;

	inside_look_below(first, dir, s->dirs[0]);
	alike = s->n > 1 && first->n > 1 && !first->pictures;
	for (size_t i = 1; i < s->n && alike; i++) {
		inside_look_below(&other, dir, s->dirs[i]);
		alike = other.n == first->n && !other.pictures;
		for (size_t k = 0; k < first->n && alike; k++)
			alike = strcmp(other.dirs[k], first->dirs[k]) == 0;
		inside_clear(&other);
	}
	return alike;
}

/* What the names do not tell. */
static void
warn_odd(const struct inside *s, const char *const of[DSET_PARTS], bool all,
    const char *dir)
{
	struct inside first;

	if (s->n < 2)
		return;
	if (all_alike(&first, s, dir))
		log_warn(
		    "%s: each of its folders holds the folders %s, %s%s; where these are the classes, the sources are %s/%s, %s/%s%s",
		    dir, first.dirs[0], first.dirs[1],
		    first.n > 2 ? ", ..." : "", dir, s->dirs[0], dir,
		    s->dirs[1], s->n > 2 ? ", ..." : "");
	else if (all)
		log_warn(
		    "%s: %s, %s%s are taken as classes: not each of them holds class folders",
		    dir, s->dirs[0], s->dirs[1], s->n > 2 ? ", ..." : "");
	else if (of[DSET_TRAIN] != NULL &&
	    (of[DSET_VAL] != NULL || of[DSET_TEST] != NULL))
		log_warn(
		    "%s: %s is taken as a class, as other folders are not called after parts",
		    dir, of[DSET_TRAIN]);
	inside_clear(&first);
}

static bool
may_be_parts(const struct dset_plan_options *o)
{
	return o->list == NULL && o->nsources == 1 &&
	    o->task->sources == NULL && !path_is_url(o->sources[0]) &&
	    file_is_dir(o->sources[0]);
}

void
dset_parts_find(struct dset_plan_options *o, struct arena *arena)
{
	const char *of[DSET_PARTS], *dir, *one;
	struct inside s;
	bool all, deeper = may_be_parts(o);

	for (int level = 0; deeper && level < LEVELS_MAX; level++) {
		dir = o->sources[0];
		inside_look(&s, dir);
		deeper = false;
		if (s.pictures) {
			/* they are told of elsewhere */
		} else if (find_parts(of, &all, &s, dir)) {
			take_parts(o, of, dir, arena);
		} else if (s.n == 1) {
			/* The one folder of an archive? */
			one = s.dirs[0];
			deeper = holds_folders(dir, one) &&
			    (strcmp(one, path_base(dir)) == 0 ||
				below_are_parts(dir, one));
			if (deeper)
				take_source(o, arena, below(arena, dir, one));
		} else {
			warn_odd(&s, of, all, dir);
		}
		inside_clear(&s);
	}
}

void
dset_parts_warn(const struct dset_scan *s, size_t first, const char *where)
{
	bool train = false;

	if (!path_is_url(where) || s->n < first + 2)
		return;
	for (size_t i = first; i < s->n; i++) {
		if (part_of(s->classes[i]) < 0)
			return;
		train |= part_of(s->classes[i]) == DSET_TRAIN;
	}
	if (train)
		log_warn(
		    "%s: %s, %s%s are taken as classes; where they are parts, name the one for training, and the others by --val-folder and --test-folder",
		    where, s->classes[first], s->classes[first + 1],
		    s->n > first + 2 ? ", ..." : "");
}

int
dset_parts_hint(int rc, const struct dset_plan_options *o)
{
	struct inside s = { 0 };
	char *why;

	if (!may_be_parts(o))
		return rc;
	inside_look(&s, o->sources[0]);
	why = mem_strdup(err_text());
	if (s.n == 1 && holds_folders(o->sources[0], s.dirs[0]))
		err_set(rc, "%s; is %s/%s the folder of the classes?", why,
		    o->sources[0], s.dirs[0]);
	mem_free(why);
	inside_clear(&s);
	return rc;
}
