/* How a training stands, in info.json: see status.h. */
#include "train/status.h"

#include "base/mem.h"
#include "model/model.h"

int
status_begin(const char *path)
{
	struct model_info info;
	int rc;

	model_info_init(&info);
	rc = model_info_read(&info, path);
	if (rc >= 0) {
		model_set(&info.status, "Running");
		model_info_fail(&info, NULL);
		rc = model_info_write(&info, path);
	}
	model_info_clear(&info);
	return rc == ERR_MISSING ? 0 : rc;
}

int
status_finish(
    const char *path, const struct train_result *r, const struct err_saved *why)
{
	const bool good = why->code >= 0 || why->code == ERR_GATE;
	const bool stopped = why->code == ERR_STOPPED;
	struct model_info info;
	int result;

	model_info_init(&info);
	result = model_info_read(&info, path);
	if (result >= 0) {
		model_set(&info.status,
		    good          ? "Done"
			: stopped ? "Aborted"
				  : "Error");
		model_info_fail(&info, good || stopped ? NULL : why->text);
		model_set(&info.snapshot_file,
		    r->snapshot != NULL ? r->snapshot : "no snapshots");
		result = model_info_write_last(&info, path);
	}
	model_info_clear(&info);
	return result;
}
