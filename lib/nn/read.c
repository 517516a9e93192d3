/* A net's file: see read.h. */
#include "nn/read.h"

#include "base/err.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "file/file.h"
#include "nn/forks.h"
#include "nn/layer.h"

static int
judge_type(void *ctx, const char *name, const char *type, int line)
{
	const char *path = ctx;

	if (!type[0] || layer_type_find(type) != NULL)
		return 0;
	return name[0] != '\0'
	    ? err_in(layer_type_missing(type), "%s: layer \"%.99s\" (line %d)",
		  path, name, line)
	    : err_in(layer_type_missing(type),
		  "%s: layer without a name (line %d)", path, line);
}

int
net_read(Caffe__NetParameter **out, const char *path)
{
	struct err_saved first;
	struct buf b;
	int rc;

	*out = NULL;
	buf_init(&b, CAFFE_TEXT_MAX);
	rc = file_read(&b, path);
	if (rc < 0)
		goto done;
	rc = caffe_net_parse(out, buf_str(&b), b.len, path);
	if (rc == ERR_FORMAT) {
		err_save(&first, rc);
		rc = caffe_text_layers(
		    buf_str(&b), b.len, judge_type, (void *)path);
		if (rc == 0)
			rc = err_restore(&first);
	} else if (rc >= 0 && (*out)->n_layer == 0 && (*out)->n_input == 0) {
		caffe_msg_free(*out);
		*out = NULL;
		rc = err_set(ERR_FORMAT, "%s: holds no layers", path);
	}
done:
	buf_clear(&b);
	return rc;
}
