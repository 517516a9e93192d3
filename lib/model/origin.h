/*
 * How a model came about, in its info.json: enough to make it again.
 *
 *	"arguments": ["model-train", "--dataset=mnist", ...],  see prog_words
 *	"directory": "/home/me",                    where relative paths began
 *	"resumed": [{"arguments": [...], "directory": "..."}, ...],
 *	"pretrained": [{"path": "vgg", "file": "vgg/a.caffemodel", "sha256": "..."}]
 *
 * and the digest of the data set's training records under "dataset digest".
 */
#ifndef MODEL_ORIGIN_H
#define MODEL_ORIGIN_H

#include <stddef.h>

#include "model/model.h"

/* The run that makes it; words end with NULL. */
void origin_begin(struct model_info *info, const char *const *words);
/* A run more, by prog_words; one that is as the run before is not noted again. */
int origin_resume(struct model_info *info);
/* The data set that it learns from: what its dataset.json says, if it has one. */
int origin_dataset(struct model_info *info, const char *dset);
/* Weights it begins with, n of them: as they were asked for, and their files; of
 * those in NULL's place only the path is known. */
int origin_pretrained(struct model_info *info, const char *const *paths,
    const char *const *files, size_t n);

#endif
