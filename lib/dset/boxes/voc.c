/*
 * Pascal VOC's XML: annotation/object has a name, a bndbox and flags.  Parts of
 * people have boxes of their own, deeper, which are not looked at.  A DOCTYPE, and
 * with it every entity of the file's own, is refused: expat reads nothing but the
 * text it is given.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/boxes.h"
#include "dset/boxes/detect.h"

enum { DEPTH_MAX = 64, TEXT_MAX = 1024 };

/* What an object has, as bits of what was seen. */
enum field { XMIN, YMIN, XMAX, YMAX, EDGES, NAME = EDGES };

struct voc {
	struct dset_boxes *out;
	struct dset_page *page;
	XML_Parser xml;
	int rc;
	int depth;
	bool in_object, in_box, in_size;
	struct buf text; /* of the innermost element */
	/* The object so far. */
	unsigned seen;
	double edge[EDGES], truncated, occluded;
	bool difficult;
	char name[TEXT_MAX];
	/* What the file says of the picture. */
	double width, height;
};

static void
stop(struct voc *v, int rc)
{
	v->rc = rc;
	v->page->line = (int64_t)XML_GetCurrentLineNumber(v->xml);
	XML_StopParser(v->xml, XML_FALSE);
}

static void
doctype(void *ctx, const char *name, const char *system_id,
    const char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	stop(ctx, err_set(ERR_FORMAT, "a DOCTYPE, which labels may not have"));
}

static void
begin(void *ctx, const char *name, const char **attributes)
{
	struct voc *v = ctx;

	(void)attributes;
	if (v->rc < 0) /* expat ends what it has begun */
		return;
	buf_reset(&v->text);
	if (v->depth == 0 && strcmp(name, "annotation") != 0) {
		stop(v,
		    err_set(ERR_FORMAT, "<%.40s>, where VOC has <annotation>",
			name));
		return;
	}
	if (v->depth == 1) {
		v->in_object = strcmp(name, "object") == 0;
		v->in_size = strcmp(name, "size") == 0;
		v->seen = 0;
		v->truncated = v->occluded = 0;
		v->difficult = false;
	}
	if (v->depth == 2)
		v->in_box = v->in_object && strcmp(name, "bndbox") == 0;
	if (++v->depth > DEPTH_MAX)
		stop(v,
		    err_set(
			ERR_FORMAT, "elements more than %d deep", DEPTH_MAX));
}

static void
text(void *ctx, const char *s, int n)
{
	struct voc *v = ctx;

	if (v->rc < 0)
		return;
	if (v->text.len + (size_t)n < TEXT_MAX)
		(void)buf_add(&v->text, s, (size_t)n);
	else if (v->depth == 3 || v->depth == 4)
		stop(v,
		    err_set(
			ERR_FORMAT, "a value of more than %d bytes", TEXT_MAX));
}

/* The text without blanks around. */
static char *
stripped(struct voc *v)
{
	static char none[1];
	char *s = v->text.len ? v->text.data : none;
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	if (s[n] != '\0')
		s[n] = '\0';
	return s;
}

static int
read_number(double *out, struct voc *v, const char *name)
{
	const char *s = stripped(v);

	return num_double(out, s, -1e9, 1e9) < 0
	    ? err_set(ERR_FORMAT, "%s is \"%.40s\", not a number", name, s)
	    : 0;
}

static int
read_edge(struct voc *v, const char *name)
{
	static const char *const names[] = { "xmin", "ymin", "xmax", "ymax" };

	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(name, names[i]) == 0) {
			v->seen |= 1u << i;
			return read_number(&v->edge[i], v, name);
		}
	return 0;
}

/* What stands in an object. */
static int
read_fact(struct voc *v, const char *name)
{
	double number = 0;

	if (strcmp(name, "name") == 0) {
		memcpy(v->name, stripped(v), strlen(stripped(v)) + 1);
		v->seen |= 1u << NAME;
		return 0;
	}
	if (strcmp(name, "truncated") == 0 || strcmp(name, "occluded") == 0 ||
	    strcmp(name, "difficult") == 0) {
		if (*stripped(v) != '\0' &&
		    strcmp(stripped(v), "Unspecified") != 0)
			TRY(read_number(&number, v, name));
		if (*name == 't')
			v->truncated = number;
		else if (*name == 'o')
			v->occluded = number;
		else
			v->difficult = number != 0;
	}
	return 0;
}

static int
end_object(struct voc *v)
{
	static const char *const wants[] = { "xmin", "ymin", "xmax", "ymax",
		"name" };
	struct dset_box b;
	int rc;

	for (unsigned i = 0; i < LENGTH(wants); i++)
		if (!(v->seen & 1u << i))
			return err_set(
			    ERR_FORMAT, "an object without %s", wants[i]);
	/* Pixels are counted from 1, and the last one belongs to the box. */
	b = dset_box_make(
	    v->edge[XMIN] - 1, v->edge[YMIN] - 1, v->edge[XMAX], v->edge[YMAX]);
	b.truncated = v->truncated != 0;
	b.occluded = v->occluded != 0;
	b.aside = v->difficult;
	rc = dset_detect_class(&b.class, v->page->detect, v->name);
	return rc > 0
	    ? dset_boxes_add(v->out, &b, v->page->width, v->page->height)
	    : rc;
}

/* A size of 0 is that of files whose makers did not know it. */
static int
end_size(const struct voc *v)
{
	const struct dset_page *p = v->page;

	if (v->width > 0 && v->height > 0 && p->width > 0 &&
	    (v->width != p->width || v->height != p->height))
		return err_set(ERR_FORMAT,
		    "labels of a picture of %gx%g pixels, and it has %dx%d",
		    v->width, v->height, p->width, p->height);
	return 0;
}

static void
end(void *ctx, const char *name)
{
	struct voc *v = ctx;
	int rc = 0;

	if (v->rc < 0)
		return;
	v->depth--;
	if (v->depth == 3 && v->in_box)
		rc = read_edge(v, name);
	else if (v->depth == 2 && v->in_object)
		rc = read_fact(v, name);
	else if (v->depth == 2 && v->in_size && strcmp(name, "width") == 0)
		rc = read_number(&v->width, v, name);
	else if (v->depth == 2 && v->in_size && strcmp(name, "height") == 0)
		rc = read_number(&v->height, v, name);
	else if (v->depth == 1 && v->in_object)
		rc = end_object(v);
	else if (v->depth == 1 && v->in_size)
		rc = end_size(v);
	if (v->depth == 2)
		v->in_box = false;
	if (v->depth == 1)
		v->in_object = v->in_size = false;
	buf_reset(&v->text);
	if (rc < 0)
		stop(v, rc);
}

int
dset_voc_read(struct dset_boxes *out, struct dset_page *p)
{
	struct voc v = { .out = out, .page = p };

	p->line = -1;
	v.xml = XML_ParserCreate(NULL);
	if (v.xml == NULL)
		return err_set(ERR_IO, "no memory for reading XML");
	buf_init(&v.text, TEXT_MAX);
	XML_SetUserData(v.xml, &v);
	XML_SetStartDoctypeDeclHandler(v.xml, doctype);
	XML_SetElementHandler(v.xml, begin, end);
	XML_SetCharacterDataHandler(v.xml, text);
	if (XML_Parse(v.xml, p->text, (int)p->len, 1) != XML_STATUS_OK &&
	    v.rc == 0) {
		v.rc = err_set(ERR_FORMAT, "not XML: %s",
		    XML_ErrorString(XML_GetErrorCode(v.xml)));
		p->line = (int64_t)XML_GetCurrentLineNumber(v.xml);
	}
	XML_ParserFree(v.xml);
	buf_clear(&v.text);
	return v.rc;
}
