/*
 * What a benchmark costs: seconds, those of CPUs, memory; and what the CPUs could do
 * at most.  For one file alone, which includes it.
 */
#ifndef TESTS_BENCH_COST_H
#define TESTS_BENCH_COST_H

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clones.h"

enum { LANES = 16, CHAINS = 12 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of all CPUs that this process has had. */
static double
used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* MiB that the process has held at most since the last call. */
static double
most_memory(void)
{
	char line[128];
	double kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtod(line + 6, NULL);
	if (f != NULL)
		fclose(f);
	f = fopen("/proc/self/clear_refs", "w");
	if (f != NULL) {
		fputs("5", f);
		fclose(f);
	}
	return kib / 1024;
}

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

CLONES("avx512f", "avx2,fma", "default")
static float
chains(long n)
{
	vec a[CHAINS], b = { 0 }, c = { 0 };
	float sum = 0;
	long i;
	int k;

	for (k = 0; k < CHAINS; k++)
		a[k] = b + (float)k;
	b += 0.999f;
	c += 0.5f;
	for (i = 0; i < n; i++)
#pragma GCC unroll 12
		for (k = 0; k < CHAINS; k++)
			a[k] = a[k] * b + c;
	for (k = 0; k < CHAINS; k++)
		sum += a[k][0];
	return sum;
}

/* GFLOP/s of fused multiply-adds on all threads. */
static double
peak(int threads)
{
	const long n = 4000000;
	volatile float sink;
	double best = 0, t;
	int round;

	for (round = 0; round < 5; round++) {
		t = now();
#pragma omp parallel num_threads(threads)
		sink = chains(n);
		t = now() - t;
		best = fmax(best,
		    2e-9 * LANES * CHAINS * (double)n * (double)threads / t);
	}
	(void)sink;
	return best;
}

#endif
