/* A training as TensorBoard reads it: see board.h. */
#include "train/monitors/board.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "model/model.h"
#include "train/journal.h"
#include "train/monitors/event.h"

enum { FILE_VERSION = 3, GRAPH = 4, SUMMARY = 5 };
enum { HOST_MAX = 65, PNG_HEAD = 24, COLOURS = 3 };

struct board {
	int fd;
	char *path;
};

void
board_close(struct board *b)
{
	if (b == NULL)
		return;
	if (b->fd >= 0)
		close(b->fd);
	mem_free(b->path);
	mem_free(b);
}

/* An event with one field beside time and step, which is freed. */
static int
write_event(struct board *b, int64_t iter, int field, struct buf *value)
{
	struct buf event, record;
	struct timespec now;
	int rc;

	clock_gettime(CLOCK_REALTIME, &now);
	buf_init(&event, EVENT_BYTES_MAX);
	buf_init(&record, EVENT_BYTES_MAX + EVENT_RECORD);
	event_double(
	    &event, 1, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
	event_int(&event, 2, iter);
	event_bytes(&event, field, buf_str(value), value->len);
	rc = event_record(&record, &event);
	if (rc >= 0)
		rc = file_write_all(b->fd, record.data, record.len, b->path);
	buf_clear(&event);
	buf_clear(&record);
	buf_clear(value);
	return rc;
}

/* Said once: a board is no reason to end. */
static void
put(struct board *b, int64_t iter, int field, struct buf *value)
{
	if (write_event(b, iter, field, value) >= 0)
		return;
	log_warn(
	    "--tensorboard: %s; nothing more is written there", err_text());
	close(b->fd);
	b->fd = -1;
}

static bool
writes(const struct board *b)
{
	return b != NULL && b->fd >= 0;
}

/* ---- the file ------------------------------------------------------------- */

/* The newest of ours; NULL: there is none. */
static char *
find_file(const char *dir)
{
	char **names = NULL, *path = NULL;
	size_t n = 0;

	if (file_list(&names, &n, dir) < 0)
		return NULL;
	for (size_t i = n; i > 0 && path == NULL; i--)
		if (fnmatch("events.out.tfevents.*.nnutils", names[i - 1], 0) ==
		    0)
			path = path_join(dir, names[i - 1]);
	file_list_free(names, n);
	return path;
}

static char *
new_file(const char *dir)
{
	char host[HOST_MAX] = "";
	char *name, *path;

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0' ||
	    strchr(host, '/') != NULL)
		snprintf(host, sizeof(host), "localhost");
	name = mem_printf("events.out.tfevents.%010lld.%s.nnutils",
	    (long long)time(NULL), host);
	path = path_join(dir, name);
	mem_free(name);
	return path;
}

/* What is of a later iteration, and what a killed run left half, goes. */
static int
cut(const char *path, int64_t from)
{
	const void *map;
	size_t n, at = 0, len;
	int64_t step;

	TRY(file_map(&map, &n, path));
	while (at < n) {
		len = event_step(&step, (const uint8_t *)map + at, n - at);
		if (len == 0 || step > from)
			break;
		at += len;
	}
	file_unmap(map, n);
	if (at < n && truncate(path, (off_t)at) != 0)
		return err_sys("truncate %s", path);
	return 0;
}

/* ---- what is written ------------------------------------------------------- */

void
board_scalars(struct board *b, int64_t iter, const char *part,
    const struct gate_value *v, size_t n)
{
	struct buf summary, value;

	if (!writes(b) || n == 0)
		return;
	buf_init(&summary, EVENT_BYTES_MAX);
	buf_init(&value, EVENT_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		char *tag = mem_printf("%s/%s", part, v[i].name);

		buf_reset(&value);
		event_text(&value, 1, tag);
		event_float(&value, 2, (float)v[i].value);
		event_bytes(&summary, 1, value.data, value.len);
		mem_free(tag);
	}
	buf_clear(&value);
	put(b, iter, SUMMARY, &summary);
}

/* What a training itself says beside its outputs. */
void
board_train(struct board *b, const struct measurement *m)
{
	const struct gate_value own[] = { { "learning_rate", m->rate },
		{ "epoch", m->epoch }, { "images_per_s", m->images_per_s } };

	board_scalars(b, m->iter, "train", m->v, m->n);
	board_scalars(b, m->iter, "train", own, m->images_per_s > 0 ? 3 : 2);
}

/* The size that a PNG says it has. */
static int64_t
png_size(const struct buf *png, size_t at)
{
	int64_t v = 0;

	for (size_t i = 0; i < 4; i++)
		v = v << 8 | (uint8_t)png->data[at + i];
	return v;
}

/* A PNG file; one that is not there is left out. */
static void
put_picture(struct board *b, int64_t iter, const char *tag, const char *path)
{
	struct buf summary, value, image, png;

	if (!writes(b) || !file_exists(path))
		return;
	buf_init(&png, EVENT_BYTES_MAX / 2);
	if (file_read(&png, path) < 0 || png.len < PNG_HEAD) {
		buf_clear(&png);
		return;
	}
	buf_init(&summary, EVENT_BYTES_MAX);
	buf_init(&value, EVENT_BYTES_MAX);
	buf_init(&image, EVENT_BYTES_MAX);
	event_int(&image, 1, png_size(&png, 20));
	event_int(&image, 2, png_size(&png, 16));
	event_int(&image, 3, COLOURS);
	event_bytes(&image, 4, png.data, png.len);
	event_text(&value, 1, tag);
	event_bytes(&value, 4, image.data, image.len);
	event_bytes(&summary, 1, value.data, value.len);
	buf_clear(&png);
	buf_clear(&image);
	buf_clear(&value);
	put(b, iter, SUMMARY, &summary);
}

void
board_weights(struct board *b, int64_t iter, const char *path)
{
	struct buf summary;

	if (!writes(b))
		return;
	buf_init(&summary, EVENT_BYTES_MAX);
	if (event_weights(&summary, path) >= 0 && summary.len > 0)
		put(b, iter, SUMMARY, &summary);
	buf_clear(&summary);
}

/* The last layer before i that has this top. */
static const char *
maker(const Caffe__NetParameter *net, size_t i, const char *top)
{
	while (i-- > 0)
		for (size_t k = 0; k < net->layer[i]->n_top; k++)
			if (strcmp(net->layer[i]->top[k], top) == 0)
				return net->layer[i]->name;
	return NULL;
}

/* Layers as nodes; a bottom comes from the last layer before that has it as top. */
static void
put_graph(struct board *b, const Caffe__NetParameter *net)
{
	struct buf graph, node, versions;

	if (!writes(b))
		return;
	buf_init(&graph, EVENT_BYTES_MAX);
	buf_init(&node, EVENT_BYTES_MAX);
	buf_init(&versions, EVENT_BYTES_MAX);
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		buf_reset(&node);
		event_text(&node, 1, l->name);
		event_text(&node, 2, l->type);
		for (size_t k = 0; k < l->n_bottom; k++) {
			const char *from = maker(net, i, l->bottom[k]);

			if (from != NULL)
				event_text(&node, 3, from);
		}
		event_bytes(&graph, 1, node.data, node.len);
	}
	event_int(&versions, 1, 22);
	event_bytes(&graph, 4, versions.data, versions.len);
	buf_clear(&node);
	buf_clear(&versions);
	put(b, 0, GRAPH, &graph);
}

static void
put_beginning(
    struct board *b, const Caffe__NetParameter *net, const char *model)
{
	char *first =
	    model != NULL ? path_join(model, MODEL_FIRST_BATCH) : NULL;

	put_graph(b, net);
	if (first != NULL)
		put_picture(b, 0, "first_batch", first);
	mem_free(first);
}

int
board_open(struct board **out, const char *dir, int64_t from,
    const Caffe__NetParameter *net, const char *model)
{
	struct board *b = mem_new(struct board);
	struct buf version;
	struct stat st;
	int rc = file_mkdirs(dir);

	b->fd = -1;
	if (rc >= 0 && from >= 0)
		b->path = find_file(dir);
	if (b->path != NULL)
		rc = cut(b->path, from);
	else
		b->path = new_file(dir);
	if (rc >= 0) {
		b->fd = open(
		    b->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (b->fd < 0 || fstat(b->fd, &st) != 0)
			rc = err_sys("open %s", b->path);
	}
	if (rc >= 0 && st.st_size == 0) {
		buf_init(&version, EVENT_BYTES_MAX);
		buf_adds(&version, "brain.Event:2");
		rc = write_event(b, 0, FILE_VERSION, &version);
	}
	if (rc < 0) {
		board_close(b);
		return err_in(rc, "--tensorboard");
	}
	if (from < 0)
		put_beginning(b, net, model);
	*out = b;
	return 0;
}
