/* Trainings that go on: see live.h. */
#include "plot/live.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "file/file.h"
#include "jobs/job.h"
#include "model/history.h"
#include "plot/read.h"

uint64_t
plot_fingerprint(char **operands, int n)
{
	uint64_t sum = 14695981039346656037u;

	for (int i = 0; i < n; i++) {
		struct stat st = { 0 };
		char *path;

		if (plot_file(&path, operands[i]) < 0)
			continue; /* it has only begun */
		(void)stat(path, &st);
		sum = (sum ^ (uint64_t)st.st_size) * 1099511628211u;
		sum = (sum ^ (uint64_t)st.st_mtim.tv_nsec) * 1099511628211u;
		sum = (sum ^ (uint64_t)st.st_mtim.tv_sec) * 1099511628211u;
		mem_free(path);
	}
	return sum;
}

/* Has a training whose folder has no info.json not said yet that it ended? */
static bool
goes_on(const char *dir)
{
	struct history h;
	bool on = history_read(&h, dir, -1) >= 0 && h.reason[0] == '\0';

	history_clear(&h);
	return on;
}

/* Is the training of the folder at work? */
static bool
is_running(const char *dir)
{
	struct job j;
	bool runs;

	if (job_read(&j, dir, false) < 0)
		return false;
	runs = j.status == NULL
	    ? goes_on(dir)
	    : strcmp(j.status, "Running") == 0 || strcmp(j.status, "Init") == 0;
	job_clear(&j);
	return runs;
}

bool
plot_any_runs(char **operands, int n)
{
	for (int i = 0; i < n; i++)
		if (!file_is_dir(operands[i]) || is_running(operands[i]))
			return true;
	return false;
}
