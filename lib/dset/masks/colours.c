/* Files of colours: lines "R G B name". */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/masks/masks.h"
#include "file/lines.h"

static const char ignore[] = "ignore";
static const char blanks[] = " \t,";

/* R G B of a line, 0 to 255 each; *name: the rest of it. */
static int
read_colour(uint8_t rgb[3], char **name, char *line)
{
	char *at = line, *end, was;
	int64_t v;

	for (int c = 0; c < 3; c++) {
		at += strspn(at, blanks);
		end = at + strcspn(at, blanks);
		was = *end;
		*end = '\0';
		if (num_int(&v, at, 0, 255) < 0)
			return err_set(ERR_FORMAT,
			    "\"%s\" where R G B are wanted, 0 to 255 each, and then a name",
			    at);
		*end = was;
		rgb[c] = (uint8_t)v;
		at = end;
	}
	*name = at + strspn(at, blanks);
	return 0;
}

static int
add_colour(struct dset_masks *m, char ***names, size_t *n, char *line)
{
	uint8_t *rgb = m->colours + 3 * m->ncolours;
	char *name = NULL;

	if (m->ncolours == MASK_VALUES)
		return err_set(ERR_RANGE, "more than %d colours", MASK_VALUES);
	TRY(read_colour(rgb, &name, line));
	for (size_t i = 0; i < m->ncolours; i++)
		if (memcmp(m->colours + 3 * i, rgb, 3) == 0)
			return err_set(ERR_FORMAT,
			    "%d %d %d stands there twice", rgb[0], rgb[1],
			    rgb[2]);
	if (strcmp(name, ignore) == 0) {
		m->to[m->ncolours++] = MASK_IGNORED;
		memcpy(m->palette + (size_t)3 * MASK_IGNORED, rgb, 3);
		return 0;
	}
	if (*n == MASK_IGNORED)
		return err_set(ERR_RANGE, "more than %d classes", MASK_IGNORED);
	memcpy(m->palette + 3 * *n, rgb, 3);
	m->to[m->ncolours++] = (uint8_t)*n;
	(*names)[*n] = *name != '\0' ? mem_strdup(name) : mem_printf("%zu", *n);
	(*n)++;
	return 0;
}

/* The names of the map, unless others were given: as many, then. */
static int
take_names(struct dset_masks *m, char **names, size_t n, const char *file)
{
	if (m->nlabels == 0) {
		m->labels = names;
		m->nlabels = n;
		return 0;
	}
	dset_labels_free(names, n);
	if (n > m->nlabels)
		return err_set(ERR_FORMAT, "%s: %zu classes, and %s names %zu",
		    file, n, m->o->labels, m->nlabels);
	return 0;
}

int
dset_masks_colours(struct dset_masks *m, const char *file)
{
	char **names = mem_array(char *, MASK_VALUES), **lines;
	size_t i, n = 0, count = 0;
	int rc = lines_read(&lines, &n, file, "colours");

	for (i = 0; rc == 0 && i < n; i++) {
		if (lines[i][0] == '\0' || lines[i][0] == '#')
			continue;
		rc = add_colour(m, &names, &count, lines[i]);
		if (rc < 0)
			rc = err_in(rc, "%s: line %zu", file, i + 1);
	}
	if (n > 0)
		lines_free(lines, n);
	if (rc == 0 && count == 0)
		rc = err_set(ERR_FORMAT, "%s: no class has a colour", file);
	if (rc < 0) {
		dset_labels_free(names, count);
		return rc;
	}
	m->mapped = true;
	m->npalette = memchr(m->to, MASK_IGNORED, m->ncolours) != NULL
	    ? IMAGE_COLOURS
	    : (int)count;
	return take_names(m, names, count, file);
}
