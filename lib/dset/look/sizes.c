/* Sizes of pictures, gathered: see sizes.h. */
#include "dset/look/sizes.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/sources/pairs.h"
#include "dset/sources/source.h"
#include "dset/walk.h"
#include "image/image.h"

struct gather {
	struct dset_sizes *s;
	const struct dset_bad *bad;
	const char *part;
	struct dset_list list; /* of a folder */
};

static void
add(struct dset_sizes *s, const struct image_info *info)
{
	const bool turned = info->orientation >= 5;
	const size_t n = s->n + 1;

	if (n > s->cap) {
		size_t same = s->cap;

		mem_grow(&s->height, &same, n);
		mem_grow(&s->width, &s->cap, n);
	}
	s->width[s->n] = turned ? info->height : info->width;
	s->height[s->n++] = turned ? info->width : info->height;
	s->grey += info->channels < 3;
	s->colour += info->channels >= 3;
}

static void
add_format(struct dset_sizes *s, const char *format)
{
	int i = 0;

	while (i < s->formats && strcmp(s->format[i], format) != 0)
		i++;
	if (i == SIZES_FORMATS)
		return;
	if (i == s->formats)
		s->format[s->formats++] = format;
	s->of_format[i]++;
}

static int
look_record(void *ctx, const struct record *r, void *user)
{
	const struct value *v = &r->v[RECORD_DATA];
	struct image_info *info = user;

	(void)ctx;
	*info = (struct image_info){
		.width = v->width, .height = v->height, .channels = v->channels
	};
	if (v->blob == NULL)
		return 0;
	TRY(image_probe(info, v->blob, v->blob_len, "picture"));
	info->orientation = 1; /* as nets see it */
	return 0;
}

static int
tell_record(void *ctx, const struct record *r, void *user, const char *why)
{
	struct gather *g = ctx;
	if (why == NULL) {
		add(g->s, user);
		return 0;
	}
	g->s->bad++;
	return dset_bad_tell(g->bad, g->part, (int64_t)r->index, why);
}

int
dset_sizes_records(struct dset_sizes *s, const struct dset *d, int part,
    int threads, const struct dset_bad *bad)
{
	struct gather g = { .s = s, .bad = bad };
	const struct dset_walk w = { .ctx = &g,
		.threads = threads,
		.flags = RECORD_KEEP,
		.user_size = sizeof(struct image_info),
		.work = look_record,
		.tell = tell_record };
	bool any = false;
	int rc = 0;

	for (int i = 0; i < DSET_PARTS && rc == 0; i++) {
		struct record_db *db;

		if (d->db_path[i] == NULL || (part >= 0 && part != i))
			continue;
		any = true;
		TRY(dset_open_part(&db, d, (enum dset_part)i));
		g.part = dset_part_name((enum dset_part)i);
		rc = dset_walk_run(&w, db, g.part);
		record_db_close(db);
	}
	if (rc == 0 && !any)
		rc = err_set(ERR_MISSING, "%s: no %s database", d->path,
		    dset_part_name((enum dset_part)part));
	return rc;
}

/* A file on its way. */
struct slot {
	const char *path;
	struct image_info info;
	int rc;
	char *why; /* it cannot be used */
};

static int
take_file(void *ctx, void *user, size_t i)
{
	const struct gather *g = ctx;
	struct slot *s = user;

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	if (i == g->list.n)
		return 0;
	s->path = g->list.v[i].path;
	return 1;
}

static int
look_file(void *ctx, void *user, int thread)
{
	struct slot *s = user;

	(void)ctx;
	(void)thread;
	s->rc = dset_pairs_probe(&s->info, s->path);
	if (s->rc < 0)
		s->why = mem_strdup(err_text());
	return 0;
}

static int
tell_file(void *ctx, void *user, size_t i)
{
	struct gather *g = ctx;
	struct slot *s = user;
	int rc = 0;

	(void)i;
	progress_add(1);
	if (s->rc < 0) {
		g->s->bad++;
		rc = dset_bad_tell(g->bad, s->path, -1, s->why);
	} else {
		add(g->s, &s->info);
		add_format(g->s, s->info.format);
	}
	mem_free(s->why);
	s->why = NULL;
	return rc;
}

static void
clear_file(void *ctx, void *user)
{
	struct slot *s = user;

	(void)ctx;
	mem_free(s->why);
}

int
dset_sizes_folder(struct dset_sizes *s, const char *dir, int threads,
    const struct dset_bad *bad)
{
	struct gather g = { .s = s, .bad = bad };
	const struct queue_job job = { .ctx = &g,
		.item_size = sizeof(struct slot),
		.threads = threads,
		.produce = take_file,
		.work = look_file,
		.consume = tell_file,
		.clear = clear_file };
	int rc;

	dset_list_init(&g.list);
	rc = dset_source_walk(&g.list, dir);
	if (rc >= 0 && g.list.n == 0)
		rc = err_set(ERR_MISSING, "%s: no pictures", dir);
	progress_begin("sizes", g.list.n, "pictures");
	if (rc >= 0)
		rc = queue_run(&job);
	progress_end();
	dset_list_clear(&g.list);
	return rc;
}

void
dset_sizes_clear(struct dset_sizes *s)
{
	mem_free(s->width);
	mem_free(s->height);
	memset(s, 0, sizeof(*s));
}

double *
dset_sizes_figure(const struct dset_sizes *s, enum dset_size_figure figure)
{
	double *v = mem_array(double, s->n + 1);

	for (size_t i = 0; i < s->n; i++) {
		const double w = s->width[i], h = s->height[i];

		v[i] = figure == DSET_SIZE_WIDTH ? w
		    : figure == DSET_SIZE_HEIGHT ? h
		    : figure == DSET_SIZE_ASPECT ? w / h
						 : w * h;
	}
	return v;
}
