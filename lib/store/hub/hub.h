/*
 * Models of the Hugging Face hub, by name: hf:ORG/NAME[@REVISION].
 *
 * The hub lists a repository's files, with their sizes and digests, at
 * ENDPOINT/api/models/ORG/NAME/revision/REVISION?blobs=true, and serves them at
 * ENDPOINT/ORG/NAME/resolve/REVISION/FILE.  ENDPOINT is $HF_ENDPOINT, else
 * https://huggingface.co.
 *
 * Of a repository come the weights (a file of ONNX, else of safetensors, else what
 * torch.save wrote) and the small files that tell how pictures are prepared and what
 * the classes are.  They gather in the cache ($NNUTILS_CACHE/hub), where a later pull
 * goes on, and where they are checked: large files by their sha256, others as git
 * names them.  From there they become a model folder, where the weights are some that
 * model-import takes; otherwise they lie in the folder by their own names.
 *
 * The token is $HF_TOKEN, or what is in $HF_HOME/token (~/.cache/huggingface/token);
 * it is sent to the endpoint's host and to no other (http/http.h).
 */
#ifndef STORE_HUB_HUB_H
#define STORE_HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/args.h"

/* Is it a name of the hub ("hf:…")? */
bool hub_is(const char *name);

/* A client for the hub, with the token that there is. */
int hub_http(struct http **out, const struct http_args *a);

/* What is about to be pulled, for those who ask. */
struct hub_offer {
	const char *name;    /* "hf:ORG/NAME@REVISION" */
	const char *licence; /* or NULL */
	uint64_t size;
	size_t files;
};

struct hub_options {
	const char *out;  /* the folder that the model's comes into */
	const char *as;   /* how that is called; NULL: NAME */
	const char *file; /* the file with the weights; NULL: it is chosen */
	int force;
	bool offline;
	double max_age;    /* seconds in which the hub is not asked again */
	uint64_t max_size; /* of each file; 0: the free disk */
	/* 0 goes on; or NULL */
	int (*agree)(void *ctx, const struct hub_offer *offer);
	void *ctx;
};

struct hub_result {
	char *path;      /* of the folder; the caller's, as all here */
	char *revision;  /* the commit */
	char *licence;   /* or NULL */
	char *file;      /* that the weights are of */
	char *framework; /* "caffe": it can be run here */
	uint64_t size, fetched;
	size_t files;
	bool was_there;
};

/* Also by the address of a file (http://…), whose name the folder gets.
 * ERR_MISSING: no such model, or nothing in it that weights could be; ERR_REFUSED: it
 * wants a token, or a digest is another.  r in any case: hub_result_clear. */
int hub_pull(struct hub_result *r, struct http *h, const char *name,
    const struct hub_options *o);
void hub_result_clear(struct hub_result *r);

/*
 * For programs that take a model: where *name is one of the hub, it becomes the path
 * of its folder in the cache, which is pulled if need be.  The text lives as long as
 * the process.  ERR_UNSUPPORTED: it is none that can be run here.
 */
int hub_resolve(const char **name);

#endif
