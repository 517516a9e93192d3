/* Classes of boxes. */
#include "dset/boxes/detect.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/plan/classmap.h"

enum { NAME_BYTES_MAX = 256, OTHERS_NAMED = 5 };

const char *
dset_label_format_name(enum dset_label_format f)
{
	static const char *const names[] = { "auto", "kitti", "voc", "coco",
		"yolo" };

	return names[f];
}

/* DIGITS's classes of KITTI's objects; person is pedestrian, too. */
static const char *const kitti_names[] = { DETECT_DONTCARE, "car", "van",
	"truck", "bus", "pickup", "vehicle-with-trailer", "special-vehicle",
	"pedestrian", "person-fa", "person?", "people", "cyclist", "tram",
	"person_sitting", "misc" };

static void
add_name(struct dset_detect *d, char *name)
{
	mem_grow(&d->names, &d->cap, d->n + 1);
	d->names[d->n++] = name;
}

static long
find_name(struct dset_detect *d, const char *name)
{
	size_t i;

	/* Boxes of a class are often together. */
	if (d->last < d->n && strcmp(d->names[d->last], name) == 0)
		return (long)d->last;
	for (i = 0; i < d->n; i++)
		if (strcmp(d->names[i], name) == 0 ||
		    ((d->closed || i == 0) &&
			strcasecmp(d->names[i], name) == 0)) {
			d->last = i;
			return (long)i;
		}
	return -1;
}

/* "a,b,c": dontcare comes first unless it stands among them. */
static int
take_classes(struct dset_detect *d, const char *list)
{
	const char *at = list, *end, *to;
	char *name;

	d->closed = true;
	for (;; at = end + 1) {
		end = at + strcspn(at, ",");
		for (to = end; to > at && to[-1] == ' '; to--)
			continue;
		at += strspn(at, " ");
		if (to <= at)
			return err_set(
			    ERR_USAGE, "--classes %s: a name is empty", list);
		name = mem_strndup(at, (size_t)(to - at));
		if (find_name(d, name) >= 0) {
			mem_free(name);
			return err_set(ERR_USAGE,
			    "--classes %s: a name is there twice", list);
		}
		add_name(d, name);
		if (*end == '\0')
			break;
	}
	if (find_name(d, DETECT_DONTCARE) < 0) {
		add_name(d, NULL);
		memmove(d->names + 1, d->names, (d->n - 1) * sizeof *d->names);
		d->names[0] = mem_strdup(DETECT_DONTCARE);
		d->front = true;
	}
	d->dontcare = (int32_t)find_name(d, DETECT_DONTCARE);
	return 0;
}

int
dset_detect_new(struct dset_detect **out, const struct dset_detect_options *o,
    const struct dset_classmap *map)
{
	struct dset_detect *d = mem_new(struct dset_detect);
	int rc = 0;

	d->o = o;
	d->map = map;
	buf_init(&d->other_names, 1 << 16);
	if (o->classes != NULL)
		rc = take_classes(d, o->classes);
	else
		add_name(d, mem_strdup(DETECT_DONTCARE));
	if (rc < 0)
		dset_detect_free(d);
	*out = rc < 0 ? NULL : d;
	return rc;
}

void
dset_detect_free(struct dset_detect *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++)
		mem_free(d->names[i]);
	mem_free(d->names);
	mem_free(d->rank);
	buf_clear(&d->other_names);
	mem_free(d);
}

void
dset_detect_use(struct dset_detect *d, enum dset_label_format f)
{
	if (d->o->classes != NULL || d->n > 1)
		return;
	d->sort = f == LABELS_VOC;
	d->closed = f == LABELS_KITTI;
	for (size_t i = 1; f == LABELS_KITTI && i < LENGTH(kitti_names); i++)
		add_name(d, mem_strdup(kitti_names[i]));
}

void
dset_detect_other(struct dset_detect *d, const char *name)
{
	struct buf *b = &d->other_names;

	name = dset_classmap_name(d->map, name);
	d->others++;
	/* Names are kept between commas, to be found again. */
	if (d->nother >= OTHERS_NAMED)
		return;
	for (const char *s = buf_str(b); (s = strstr(s, name)) != NULL; s++)
		if ((s == b->data || s[-1] == ' ') &&
		    (s[strlen(name)] == ',' || s[strlen(name)] == '\0'))
			return;
	if (buf_printf(b, "%s%s", b->len ? ", " : "", name) == 0)
		d->nother++;
}

static int
check_name(const char *name)
{
	size_t n = strlen(name);

	if (n == 0)
		return err_set(ERR_FORMAT, "a class without a name");
	if (n > NAME_BYTES_MAX)
		return err_set(ERR_FORMAT,
		    "a class with a name of more than %d bytes",
		    NAME_BYTES_MAX);
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return err_set(ERR_FORMAT,
			    "a class whose name has control characters");
	return 0;
}

int
dset_detect_name(int32_t *out, struct dset_detect *d, const char *name)
{
	long at;

	*out = d->dontcare;
	TRY(check_name(name));
	name = dset_classmap_name(d->map, name);
	if (*name == '\0')
		return 0;
	at = find_name(d, name);
	if (at < 0 && d->o->classes == NULL && d->closed &&
	    strcasecmp(name, "person") == 0)
		at = find_name(d, "pedestrian");
	if (at < 0 && d->closed)
		return DETECT_OTHER;
	if (at < 0 && d->n > DETECT_CLASSES_MAX)
		return err_set(
		    ERR_RANGE, "more than %d classes", DETECT_CLASSES_MAX);
	if (at < 0) {
		at = (long)d->n;
		add_name(d, mem_strdup(name));
	}
	*out = (int32_t)at;
	return 1;
}

int
dset_detect_class(int32_t *out, struct dset_detect *d, const char *name)
{
	int rc = dset_detect_name(out, d, name);

	if (rc != DETECT_OTHER)
		return rc;
	dset_detect_other(d, name);
	return 1;
}

long
dset_detect_nth(const struct dset_detect *d, int64_t n)
{
	if (d->o->classes == NULL || n < 0 || n + d->front >= (int64_t)d->n)
		return -1;
	return (long)n + d->front;
}

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
tell(const struct dset_detect *d)
{
	if (d->others > 0)
		log_warn("%llu %s of classes that are not asked for (%s%s) %s",
		    (unsigned long long)d->others,
		    num_plural(d->others, "box", "boxes"),
		    buf_str(&d->other_names),
		    d->nother >= OTHERS_NAMED ? ", ..." : "",
		    num_plural(d->others, "is dontcare", "are dontcare"));
	if (d->unlabelled > 0)
		log_warn("%llu %s no label file, and so no boxes",
		    (unsigned long long)d->unlabelled,
		    num_plural(d->unlabelled, "picture has", "pictures have"));
}

void
dset_detect_end(struct dset_detect *d, char ***names, size_t *n)
{
	char **v = mem_array(char *, d->n);
	struct dset_index *x;

	memcpy(v, d->names, d->n * sizeof *v);
	if (d->sort && d->n > 1)
		qsort(v + 1, d->n - 1, sizeof *v, by_name);
	x = dset_index_new(v, d->n);
	mem_free(d->rank);
	d->rank = mem_array(int32_t, d->n);
	for (size_t i = 0; i < d->n; i++)
		d->rank[i] = (int32_t)dset_index_find(x, d->names[i]);
	dset_index_free(x);
	for (size_t i = 0; i < d->n; i++)
		v[i] = mem_strdup(v[i]);
	*names = v;
	*n = d->n;
	tell(d);
}
