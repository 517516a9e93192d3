/*
 * A net and its feeds, made of a text, for tests of what feeds give.  cmocka.h and
 * what it wants are included before.
 */
#ifndef TESTS_INPUT_FED_H
#define TESTS_INPUT_FED_H

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "input/augment/rescale.h"
#include "input/feed.h"
#include "nn/net.h"
#include "../tmp.h"

static inline void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

/* The feeds stand in the order of the net's layers, those of late types last. */
struct fed {
	struct feeds feeds;
	struct net *net;
	Caffe__NetParameter *np;
};

/* In phase TRAIN; DIR in the text stands for the test's folder.  To be closed
 * whatever is returned. */
static inline int
fed_open(struct fed *o, const char *format, const struct feed_opts *fo)
{
	struct net_opts no = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_made = feeds_rescaled,
		.feed_ctx = &o->feeds };
	char *net = mem_strdup(format), *at;

	while ((at = strstr(net, "DIR")) != NULL) {
		char *next = mem_printf(
		    "%.*s%s%s", (int)(at - net), net, tmp_dir, at + 3);

		mem_free(net);
		net = next;
	}
	memset(o, 0, sizeof(*o));
	feeds_init(&o->feeds, fo);
	must(caffe_net_parse(&o->np, net, strlen(net), "test"));
	mem_free(net);
	TRY(net_new(&o->net, o->np, &no));
	return feeds_start(&o->feeds, o->net);
}

static inline void
fed_close(struct fed *o)
{
	net_free(o->net);
	feeds_clear(&o->feeds);
	caffe_msg_free(o->np);
}

/* It is not opened, but ends in that code and a sentence with that word. */
static inline void
fed_refused(
    const char *format, const struct feed_opts *fo, int code, const char *word)
{
	struct fed o;

	assert_int_equal(fed_open(&o, format, fo), code);
	if (strstr(err_text(), word) == NULL)
		fail_msg("\"%s\" is not in: %s", word, err_text());
	fed_close(&o);
}

#endif
