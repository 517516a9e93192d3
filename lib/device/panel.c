/* The hardware panel: see panel.h. */
#include "device/panel.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stop.h"
#include "device/nvml.h"

const char *const panel_keys[PANEL_FIELDS] = {
	[PANEL_CPU] = "cpu_percent",
	[PANEL_RSS] = "rss_bytes",
	[PANEL_RSS_PEAK] = "rss_peak_bytes",
	[PANEL_GPU] = "gpu_percent",
	[PANEL_GPU_MEMORY] = "gpu_memory_bytes",
	[PANEL_GPU_MEMORY_TOTAL] = "gpu_memory_total_bytes",
	[PANEL_GPU_TEMPERATURE] = "gpu_celsius",
	[PANEL_GPU_POWER] = "gpu_watts",
};

enum { PATIENCE = 2 }; /* seconds for a driver that does not answer */

struct panel {
	struct panel_sample now;
	bool taken;
	double last, cpu; /* clock and processor seconds of the last look */
	/* The GPU's side; shared with the thread from `lock` on. */
	char bus[32];
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ending;
	struct nvml_state gpu;
};

/* Seconds of processor time of all threads so far. */
static double
cpu_seconds(struct rusage *r)
{
	getrusage(RUSAGE_SELF, r);
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
	    1e-6 * (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec);
}

static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long size, pages;
	double bytes = NAN;

	if (f == NULL)
		return NAN;
	if (fscanf(f, "%lu %lu", &size, &pages) == 2)
		bytes = (double)pages * (double)sysconf(_SC_PAGESIZE);
	fclose(f);
	return bytes;
}

static void
take_gpu(struct panel *p, double *v)
{
	struct nvml_state g;

	pthread_mutex_lock(&p->lock);
	g = p->gpu;
	pthread_mutex_unlock(&p->lock);
	v[PANEL_GPU] = g.busy;
	v[PANEL_GPU_MEMORY] = g.memory_used;
	v[PANEL_GPU_MEMORY_TOTAL] = g.memory_total;
	v[PANEL_GPU_TEMPERATURE] = g.temperature;
	v[PANEL_GPU_POWER] = g.power;
}

static void
sample_panel(struct panel *p, double clock)
{
	struct rusage r;
	double cpu = cpu_seconds(&r), passed = clock - p->last;
	double *v = p->now.v;

	v[PANEL_CPU] = passed > 0 ? 100 * (cpu - p->cpu) / passed : NAN;
	v[PANEL_RSS] = resident();
	/* The kernel counts the peak a little behind. */
	v[PANEL_RSS_PEAK] = fmax((double)r.ru_maxrss * 1024, v[PANEL_RSS]);
	take_gpu(p, v);
	p->last = clock;
	p->cpu = cpu;
	p->taken = true;
}

bool
panel_tick(struct panel *p)
{
	double clock;

	if (p == NULL)
		return false;
	clock = stop_clock();
	if (clock - p->last < 1)
		return false;
	sample_panel(p, clock);
	return true;
}

const struct panel_sample *
panel_now(struct panel *p)
{
	if (!p->taken)
		sample_panel(p, stop_clock());
	return &p->now;
}

/* With the lock: until a second has passed, or the end. */
static void
wait_second(struct panel *p)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec++;
	while (!p->ending &&
	    pthread_cond_timedwait(&p->wake, &p->lock, &t) != ETIMEDOUT)
		;
}

static void *
watch(void *arg)
{
	struct panel *p = arg;
	struct nvml_state g;
	struct nvml *n;

	if (nvml_open(&n, p->bus) < 0) {
		log_info("the GPU is not on the panel: %s", err_text());
		return NULL;
	}
	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		pthread_mutex_unlock(&p->lock);
		nvml_read(n, &g);
		pthread_mutex_lock(&p->lock);
		p->gpu = g;
		wait_second(p);
	}
	pthread_mutex_unlock(&p->lock);
	nvml_close(n);
	return NULL;
}

/* Signals are for the threads that work. */
static bool
start_thread(struct panel *p)
{
	sigset_t all, before;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ok = pthread_create(&p->thread, NULL, watch, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

void
panel_open(struct panel **out, const struct device *d)
{
	struct panel *p = mem_new(struct panel);
	pthread_condattr_t attr;
	struct rusage r;

	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_condattr_destroy(&attr);
	p->gpu = (struct nvml_state){ NAN, NAN, NAN, NAN, NAN };
	p->last = stop_clock();
	p->cpu = cpu_seconds(&r);
	if (d != NULL && d->bus[0] != '\0') {
		snprintf(p->bus, sizeof(p->bus), "%s", d->bus);
		p->has_thread = start_thread(p);
	}
	*out = p;
}

/* 1 when the thread has ended.  A driver that hangs shall not hold the program:
 * the thread and what it looks at are then left to the end of the process. */
static int
thread_end(struct panel *p)
{
	struct timespec t;

	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += PATIENCE;
	return pthread_timedjoin_np(p->thread, NULL, &t) == 0;
}

void
panel_close(struct panel *p)
{
	if (p == NULL || (p->has_thread && !thread_end(p)))
		return;
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	mem_free(p);
}

/* "187%", "61 C" or nothing, with what stands before it. */
static void
add_figure(struct buf *b, const char *fmt, double v)
{
	if (!isnan(v))
		buf_printf(b, fmt, v);
}

static void
add_bytes(struct buf *b, const char *before, double v)
{
	char text[NUM_TEXT_MAX];

	/* what a file says may be anything */
	if (v >= 0 && v < 1e18)
		buf_printf(
		    b, "%s%s", before, num_bytes_text(text, (uint64_t)v));
}

char *
panel_text(char out[PANEL_TEXT_MAX], const struct panel_sample *s)
{
	const double *v = s->v;
	struct buf b, g;

	buf_init(&b, PANEL_TEXT_MAX);
	buf_init(&g, PANEL_TEXT_MAX);
	add_figure(&b, " %.0f%%", v[PANEL_CPU]);
	add_bytes(&b, " ", v[PANEL_RSS]);
	add_figure(&g, " %.0f%%", v[PANEL_GPU]);
	add_bytes(&g, " ", v[PANEL_GPU_MEMORY]);
	add_bytes(&g, " of ", v[PANEL_GPU_MEMORY_TOTAL]);
	add_figure(&g, " %.0f C", v[PANEL_GPU_TEMPERATURE]);
	add_figure(&g, " %.0f W", v[PANEL_GPU_POWER]);
	snprintf(out, PANEL_TEXT_MAX, "cpu%s%s%s", buf_str(&b),
	    g.len > 0 ? ", gpu" : "", buf_str(&g));
	buf_clear(&b);
	buf_clear(&g);
	return out;
}
