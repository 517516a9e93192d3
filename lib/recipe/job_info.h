/*
 * A training's job in info.json: how it differs from what the prototxts say.  It
 * is written when the folder is made, and read back by --resume.
 *
 *	"training": {"shuffle": true, "warmup": 0, "ema": 0, "classes": 10, ...},
 *	"seed": 1, "iterations per epoch": 938
 */
#ifndef RECIPE_JOB_INFO_H
#define RECIPE_JOB_INFO_H

#include "model/model.h"
#include "train/train.h"

void job_info_write(struct model_info *info, const struct train_job *job);
/* What is missing there is as of a training that was not told of it.  ERR_FORMAT
 * names a field with a value that no option sets, and a folder of others. */
int job_info_read(struct train_job *job, const struct model_info *info);

#endif
