/*
 * What files beside a model of another program say of how its pictures are prepared,
 * and of its classes: preprocessor_config.json and config.json as Transformers writes
 * them, config.json as timm does.  A model in a folder that is called onnx is looked
 * for in the folder above, too.
 */
#ifndef MODEL_IMPORTS_BESIDE_H
#define MODEL_IMPORTS_BESIDE_H

#include "model/imports/prepare.h"

/* What p says already stays.  A file that cannot be read is told of (log_warn). */
int model_beside_take(struct model_prepared *p, const char *model);

#endif
